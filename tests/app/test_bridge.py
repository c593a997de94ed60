"""The configuration of a bridge: what it makes, and what is said of mistakes; its page and its metrics."""

import asyncio
import inspect
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from leap import leaping
from wattstead.api.bridge import bridge_app
from wattstead.api.bridge_page import BridgePage
from wattstead.app import bridge
from wattstead.app.bridge import dry_run, make_bridge, tell_frames
from wattstead.app.bridge_config import BridgeConfig, load_bridge_config, packs_of, protocol_of
from wattstead.catalog.bridge_words import bridge_page_words
from wattstead.catalog.inverters import inverters
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.host.bridge.metrics import metrics
from wattstead.host.bridge.run import Bridge
from wattstead.host.bridge.status import ROUNDED, gist, line, silences, status
from wattstead.model.bank import Standing
from wattstead.model.bridge import Slope, Stated
from wattstead.model.errors import UsageError
from wattstead.model.reading import Silence, Snapshot
from wattstead.virtual.bank import Bank
from wattstead.wire.can_state import BusState
from wattstead.wire.family.can import Can

GOOD = """
[inverter]
url = "can://socketcan/can0"
protocol = "deye"

[limits]
charge_current_a = 150

[[bus]]
url = "tcp://127.0.0.1:1"
profile = "seplos-v2"
limits = { charge_voltage_v = 56, discharge_voltage_v = 46, charge_current_a = 50, discharge_current_a = 80 }
packs = [{ address = 0, id = "left" }, { address = 1, id = "right" }]

[[bus]]
url = "tcp://127.0.0.1:2"
profile = "ps-20016s"
packs = [{ address = 2, id = "new" }]
"""


def loaded(tmp_path: Path, text: str) -> BridgeConfig:
    file = tmp_path / "bridge.toml"
    file.write_text(text)
    return load_bridge_config(file)


def test_a_file_says_packs_protocol_and_rules(tmp_path: Path) -> None:
    config = loaded(tmp_path, GOOD + '\n[rules]\nnear_full_v = [3.40, 3.50]\nsilent = "others"\nstale_s = 20\n')
    left, _, new = packs_of(config)
    assert (left.name, left.stated, new.stated) == ("left", Stated(56.0, 46.0, 50.0, 80.0), Stated())
    assert protocol_of(config.inverter).virtual.says["maker"] == "DEYE"
    rules = config.rules.rules()
    assert (rules.near_full_v, rules.goes_on_without) == (Slope(3.4, 3.5), True)
    assert config.rules.times().stale_s == 20.0
    assert config.bus[0].interval_s == 1.0
    assert config.http is None


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("can://socketcan/can0", "serial:///dev/ttyUSB9", "Deye hears a battery of ours only over CAN, not over RS485"),
        ('"deye"', '"deya"', "there is no inverter 'deya'; did you mean deye"),
        ('"deye"', '"seplos-v3"', "seplos-v3 is not spoken at can://socketcan/can0"),
        ('protocol = "deye"', 'protocol = "deye"\naddress = 2', "on CAN, where there are no addresses"),
        ('protocol = "deye"', 'protocol = "deye"\nsays = { brand = "x" }', "has no place for brand; it has"),
        ('protocol = "deye"', 'protocol = "deye"\nlost = "cry"', "inverter, lost is 'cry'"),
        ("charge_current_a = 150", "charge_current = 150", "limits, charge_current: there is no such key"),
        ("charge_current_a = 150", "charge_current_a = -1", "limits, charge_current_a is -1"),
        ("charge_voltage_v = 56, ", "", "seplos-v2 does not say what may flow; look into its manual"),
        ("discharge_voltage_v = 46", "discharge_voltage_v = 57", "discharge_voltage_v 57 must lie below"),
        ("tcp://127.0.0.1:2", "tcp://127.0.0.1:1", "bus 1 is at tcp://127.0.0.1:1, too"),
        ('id = "new"', 'id = "left"', "there are two packs 'left'"),
        ("address = 2,", "address = 200,", "ps-20016s has no address 200"),
        ('url = "tcp://127.0.0.1:1"', 'url = "tcp://127.0.0.1:1"\nignore = ["oops"]', "seplos-v2 has no code 'oops'"),
        ("[limits]", "[rules]\nstale_s = 0.5\n[limits]", "to read 2 packs may take 1 s, but"),
        ("[limits]", "[rules]\nnear_full_v = [3.5, 3.4]\n[limits]", "[3.5, 3.4]; write where it begins first"),
    ],
)  # fmt: skip
def test_a_mistake_is_answered_with_its_place_and_what_is_right(tmp_path: Path, old: str, new: str, why: str) -> None:
    assert old in GOOD
    with pytest.raises(UsageError) as caught:
        loaded(tmp_path, GOOD.replace(old, new, 1))
    assert why in str(caught.value)
    assert "bridge.toml" in str(caught.value)


@leaping
async def test_a_console_that_sleeps_is_woken_unless_its_line_forbids_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, bool]] = []

    async def opened(url: str, *_: Any, wakes: bool, say: Callable[[str], None]) -> None:
        seen.append((url, wakes))
        say("woken")

    monkeypatch.setattr(bridge, "open_awake", opened)
    told: list[str] = []
    for bus in loaded(tmp_path, GOOD.replace("packs =", "wake = false\npacks =", 1)).bus:
        await bridge._line(bus, told.append).open_port()
    assert (seen, told) == ([("tcp://127.0.0.1:1", False), ("tcp://127.0.0.1:2", True)], ["woken", "woken"])


def test_packs_and_inverter_need_a_line_each(tmp_path: Path) -> None:
    text = GOOD.replace(
        'url = "tcp://127.0.0.1:2"\nprofile = "ps-20016s"', 'url = "can://socketcan/can0?x=1"\nprofile = "sma-can"'
    )
    with pytest.raises(UsageError, match="give packs and inverter a line each"):
        loaded(tmp_path, text.replace("address = 2,", "address = 1,"))
    with pytest.raises(UsageError, match="does not exist; write it with at least"):
        load_bridge_config(tmp_path / "none.toml")


def reading(make: str, pack: str, **changed: Any) -> Snapshot:
    told = Bank(load_profile(make), now_ms=lambda: 0, soc_pct=50.0, seed=3).report(0)
    return Snapshot(pack, 0, {**told.values, **changed}, tuple(told.active))


def filled(config: BridgeConfig) -> Bridge:
    bridge, now = make_bridge(config), asyncio.get_running_loop().time()
    for make, pack in (("seplos-v2", "left"), ("seplos-v2", "right"), ("ps-20016s", "new")):
        bridge.bank.take(reading(make, pack), now)
    return bridge


@leaping
async def test_what_is_sent_and_why_stands_in_status_metrics_and_line(tmp_path: Path) -> None:
    bridge = filled(loaded(tmp_path, GOOD))
    now = status(bridge)
    asked = now["asks"]["charge_current_a"]
    assert (asked["value"], now["inverter"]["protocol"]) == (150.0, "pylontech-can")
    assert [pack["standing"] for pack in now["packs"]] == ["connected"] * 3
    assert now["packs"][0]["bears"]["charge"]["why"]["fr"] == "votre limite pour le pack left"
    assert line(bridge, "en").startswith("charge 56.0 V 150.0 A (")
    assert "3/3 packs" in line(bridge, "en")
    assert "décharge 46.0 V" in line(bridge, "fr")
    text = metrics(bridge)
    assert "wattstead_bridge_charge_current_limit_a 150\n" in text
    assert 'wattstead_bridge_pack_standing{pack="left",standing="connected"} 1' in text
    for row in text.splitlines():
        assert row.startswith(("# TYPE wattstead_bridge_", "wattstead_bridge_"))
    before = gist(bridge)
    bridge.bank.take(Silence("right", 0, "no answer within 1 s"), 0.0)
    await asyncio.sleep(5.0)
    for make, pack in (("seplos-v2", "left"), ("ps-20016s", "new")):
        bridge.bank.take(reading(make, pack), 5.0)
    await asyncio.sleep(6.0)
    assert gist(bridge) != before
    assert "charge 56.0 V 0.0 A (pack right is silent)" in line(bridge, "en")
    assert silences(bridge) == ["right: no answer within 1 s"]
    stale = status(bridge)["packs"][1]
    assert (stale["standing"], stale["age_s"]) == ("stale", 11.0)
    assert "soc_pct" not in stale, "old numbers are not shown"


@leaping
async def test_a_dry_run_shows_frames_and_opens_no_inverter(tmp_path: Path) -> None:
    told: list[str] = []
    bridge = filled(loaded(tmp_path, GOOD))
    tell_frames(bridge, told.append)
    assert told[0].strip().startswith("351#3002DC05")
    assert len(told) == 6
    config = loaded(tmp_path, GOOD.replace("can://socketcan/can0", "can://nowhere/none"))
    lines: list[str] = []
    running = asyncio.create_task(dry_run(config, lines.append, "fr"))
    await asyncio.sleep(30.0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert "ne dit rien encore" in lines[0]
    assert any("nothing listens on port 1" in one for one in lines), "why the packs are silent"


@leaping
async def test_the_page_shows_the_same_and_lets_nobody_else_in(tmp_path: Path) -> None:
    bridge = filled(loaded(tmp_path, GOOD))
    now, text = status(bridge), metrics(bridge)
    app = bridge_app(lambda: now, lambda: text, bridge_page_words())
    client = TestClient(app, base_url="http://127.0.0.1")
    page = client.get("/")
    assert page.status_code == 200
    shown = plain(page.text)
    assert "charge current 150.0 A your limit for pack left" in shown
    assert "left connected 50.0 % 52.94 V" in shown
    assert "style=" not in page.text
    assert "onclick=" not in page.text
    for name in re.findall(r'(?:href|src)="([^"#?]+)"', page.text):
        assert client.get(f"/{name}").status_code == 200, name
    assert client.get("/bridge.toml").status_code == 404
    assert client.get("/status").json()["asks"]["charge_current_a"]["value"] == 150.0
    answer = client.get("/metrics")
    assert answer.text == text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert client.get("/", headers={"host": "evil.example"}).status_code == 403
    assert client.post("/status").status_code == 405


def plain(html: str) -> str:
    """Give what a person reads of a page."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


@leaping
async def test_the_page_speaks_the_language_of_its_reader_and_says_what_is_wrong(tmp_path: Path) -> None:
    bridge = filled(loaded(tmp_path, GOOD))
    client = TestClient(bridge_app(lambda: status(bridge), str, bridge_page_words()), base_url="http://127.0.0.1")
    for headers, query in (({"accept-language": "fr-CH,en;q=0.5"}, ""), ({"accept-language": "en"}, "?lang=fr")):
        assert "tension de charge 56,0 V" in plain(client.get(f"/{query}", headers=headers).text)
    assert "charge voltage" in client.get("/?lang=zz", headers={"accept-language": "zz"}).text
    await asyncio.sleep(11.0)
    bridge.bank.take(Silence("right", 0, "no <answer> within 1 s"), 11.0)
    shown = client.get("/").text
    assert "no &lt;answer&gt; within 1 s" in shown
    assert "right silent no <answer> within 1 s – – –" in plain(shown)


def test_the_page_has_a_word_for_all_that_it_shows() -> None:
    words = bridge_page_words()
    assert {*Standing, "joining"} <= set(words)
    assert set(ROUNDED) <= set(words)
    source = Path(inspect.getfile(BridgePage)).read_text()
    unused = [name for name in words if f'"{name}"' not in source and f"'{name}'" not in source]
    assert set(unused) <= {*Standing}


@leaping
async def test_each_can_protocol_of_the_catalog_tells_the_same_limits(tmp_path: Path) -> None:
    for name in [one for one in profile_names() if one.endswith("-can")]:
        bridge = filled(loaded(tmp_path, GOOD.replace('"deye"', f'"{name}"')))
        family = bridge.voice.profile.dialect.family
        assert isinstance(family, Can)
        codec, framer = bridge.voice.profile.codec(), bridge.voice.profile.framer()
        heard = BusState(family)
        for data in bridge.frames():
            for frame in framer.feed(data, 0.0):
                heard.take(codec.understand(frame), 0.0)  # type: ignore[arg-type]
        values = heard.values(0.0)
        assert values["charge_current_limit_a"] == 150.0, name
        assert values["discharge_current_limit_a"] == pytest.approx(-240.0), name
        assert values["charge_voltage_limit_v"] == pytest.approx(56.0), name
        assert values["soc_pct"] == pytest.approx(50.0, abs=0.6), name
        assert not bridge.unspoken(), name


def test_each_brand_that_is_heard_over_can_can_be_named(tmp_path: Path) -> None:
    for brand in inverters().values():
        if any(way.bus == "can" and way.here for way in brand.ways):
            config = loaded(tmp_path, GOOD.replace('"deye"', f'"{brand.name}"'))
            assert protocol_of(config.inverter).link.can is not None


def test_the_files_of_the_page_are_right(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "bridge.md").read_text()
    blocks = [text.split("```")[0] for text in page.split("```toml\n")[1:]]
    assert len(blocks) == 2
    for block in blocks:
        loaded(tmp_path, block)
        loaded(tmp_path, re.sub(r"^# (?=(lost_s|says|soh_pct|ignore) = )", "", block, flags=re.MULTILINE))
    defaults = load_bridge_config(tmp_path / "bridge.toml").rules
    for name in ("near_full_v", "charge_cold_degc", "discharge_hot_degc"):
        first, last = getattr(defaults, name)
        assert f"`{name}` | [{first:g}, {last:g}] |" in page.replace("3.0, 2.8", "3, 2.8")
