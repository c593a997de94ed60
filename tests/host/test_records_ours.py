"""Codes that the platform saw come and go, in one row with what a battery has recorded itself, each told once."""

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from leap import leaping
from wattstead.app import stored as app_stored
from wattstead.app.stored import Stored, Wanted, stored_codes
from wattstead.catalog.profile import load_profile
from wattstead.catalog.setting_words import setting_label
from wattstead.cli.records import records
from wattstead.cli.records_ours import Ours
from wattstead.cli.records_show import print_csv, show_rows
from wattstead.host.records.entry import Entry
from wattstead.host.records.keep import RecordStore
from wattstead.host.records.ours import Seen
from wattstead.host.records.rows import Row, rows_of
from wattstead.model.errors import UsageError
from wattstead.model.reading import Silence, Snapshot
from wattstead.plant.came_and_went import came_and_went
from wattstead.store.base import DAY_MS, StoreError
from wattstead.store.sqlite import SqliteStore

PROFILE = load_profile("ps-20016s")
OV, LOW = "cell_overvoltage_protection", "cell_undervoltage_protection"
NOON_MS = 1_780_315_200_000
AHEAD_S = 7200.0  # the device's clock shows local time
KEY = "ps-20016s-PS20016S00000001"


def said(at_s: float, *active: str, pack: str = "left", serial: str = "", codes: bool = True) -> Snapshot:
    values: dict[str, Any] = {"pack_voltage_v": 52.0} | ({"serial_number": serial} if serial else {})
    return Snapshot(pack, NOON_MS + round(1000 * at_s), values, active if codes else None)


def seen(code: str, at_s: float, after_s: float | None, *, began: bool = True) -> Seen:
    after_ms = None if after_s is None else NOON_MS + round(1000 * after_s)
    return Seen("left", code, began, NOON_MS + round(1000 * at_s), after_ms)


def kept(folder: Path, *events: tuple[float, str, bool | None], ahead_s: float | None = AHEAD_S) -> RecordStore:
    """Keep records of a device. events: when they happened, s from noon UTC; what; whether it began."""
    store = RecordStore(folder / KEY / "records.jsonl", PROFILE)
    clock = (NOON_MS / 1000 + (ahead_s or 0.0), UTC)
    entries = [
        Entry(k, datetime.fromtimestamp(clock[0] + at_s, clock[1]).replace(tzinfo=None), word, raised)
        for k, (at_s, word, raised) in enumerate(events, 1)
    ]
    store.reading(NOON_MS + 3_600_000, ahead_s).take(entries[::-1])
    return store


def told(rows: list[Row]) -> list[tuple[str, str]]:
    """Give kinds and words, without the label's part about what is cut."""
    return [(row.kind, re.sub(r" protection: [a-z ]+ \(", " protection (", row.what["en"])) for row in rows]


@leaping
async def test_codes_came_and_went_as_the_stored_readings_tell(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "home.db")
    await store.write(
        [
            said(0, OV),
            said(10, OV),
            said(15, codes=False),
            Silence("left", NOON_MS + 20_000, "no answer"),
            said(30, LOW, OV),
            said(40, OV, LOW),
            said(50, LOW),
            said(60, pack="right"),
            said(70),
        ]
    )
    expected = [
        seen(OV, 0, None),
        seen(LOW, 30, 10),
        seen(OV, 50, 40, began=False),
        seen(LOW, 70, 50, began=False),
    ]
    assert await came_and_went(store, "left") == expected
    await store.seal(NOON_MS + DAY_MS)
    assert await came_and_went(store, "left") == expected, "sealed as well"
    assert await came_and_went(store, "right") == []
    assert await came_and_went(store, "nobody") == []
    assert await came_and_went(store, "left", NOON_MS + 40_000, NOON_MS + 60_000) == [
        seen(OV, 40, None),
        seen(LOW, 40, None),
        seen(OV, 50, 40, began=False),
    ]
    assert await store.packs() == ["left", "right"]
    await store.close()


def test_one_order_of_time_and_nothing_twice(tmp_path: Path) -> None:
    store = kept(tmp_path, (5.0, "OV", True), (95.0, "OV", False), (4000.0, "OV", True))
    rows = rows_of(
        store,
        [{"at": "2026-06-01T12:00:50Z", "what": "write", "name": "x_v", "from": 1, "to": 2, "outcome": "written"}],
        seen=[
            seen(OV, 10, 0),  # the device tells it
            seen(LOW, 20, 10),
            seen(LOW, 20, 10),
            seen(LOW, 60, 50, began=False),
            seen(OV, 100, 90, began=False),  # that, too
            seen(OV, 1000, 990),  # this one it does not
        ],
    )
    assert told(rows) == [
        ("device", "OV: cell overvoltage protection (began)"),
        ("ours", "UV: cell undervoltage protection (began)"),
        ("own", "we set x_v: 1 → 2: written"),
        ("ours", "UV: cell undervoltage protection (ended)"),
        ("device", "OV: cell overvoltage protection (ended)"),
        ("ours", "OV: cell overvoltage protection (began)"),
        ("device", "OV: cell overvoltage protection (began)"),
    ]


@pytest.mark.parametrize(
    ("one", "left_out"),
    [
        (seen(OV, 64, 60), True),  # within a minute of the record at 5 s
        (seen(OV, 70, 66), False),
        (seen(OV, 5, -3600), True),  # long between two readings: the record lies in between
        (seen(OV, -60, -70), False),
        (seen(OV, -50, -60), True),
        (seen(OV, 10, 0, began=False), False),
        (seen(LOW, 10, 0), False),
        (seen(OV, 2000, None), True),  # active when we first looked: the record before says since when
        (seen(OV, -2000, None), False),
    ],
)
def test_what_counts_as_the_same(one: Seen, left_out: bool, tmp_path: Path) -> None:
    rows = rows_of(kept(tmp_path, (5.0, "OV", True)), [], seen=[one])
    assert [row.kind for row in rows].count("ours") == (not left_out)


def test_a_clock_of_which_nobody_knows_how_it_goes_leaves_nothing_out(tmp_path: Path) -> None:
    rows = rows_of(kept(tmp_path, (5.0, "OV", True), ahead_s=None), [], seen=[seen(OV, 10, 0)])
    assert sorted(row.kind for row in rows) == ["device", "ours"]


def test_a_record_that_lists_what_is_active_tells_no_end(tmp_path: Path) -> None:
    profile = load_profile("seplos-v3")
    code = next(iter(profile.codes))
    store = RecordStore(tmp_path / "records.jsonl", profile)
    at = datetime.fromtimestamp(NOON_MS / 1000, UTC).replace(tzinfo=None)
    store.reading(NOON_MS, 0.0).take([Entry(1, at, "", None, (code,))])
    rows = rows_of(store, [], seen=[seen(code, 5, 0), seen(code, 15, 5, began=False), seen("what_is_this", 20, 10)])
    assert [row.kind for row in rows] == ["device", "ours", "ours"]
    assert rows[-1].what == {"en": "what_is_this (began)", "fr": "what_is_this (début)"}


def test_what_we_did_is_said_in_words(tmp_path: Path) -> None:
    did = {"at": "2026-06-01T12:00:50Z", "from": 3750, "to": 3700, "name": "cell_overvoltage_protection_mv"}
    log = [{**did, "what": "write", "outcome": "written"}]
    log.append({**did, "what": "calibrate", "outcome": "done", "name": "zero", "from": "offset 1", "to": "offset 2"})
    rows = rows_of(kept(tmp_path), log)
    label = setting_label("cell_overvoltage_protection_mv", "fr")
    assert label != "cell_overvoltage_protection_mv"
    assert rows[0].what["fr"] == f"nous avons réglé « {label} » : 3750 → 3700 mV : écrit"
    assert rows[1].what["en"] == "we calibrated (zero): offset 1 → offset 2: done"
    assert rows[0].plain()["name"] == "cell_overvoltage_protection_mv"


@pytest.mark.parametrize("columns", [80, 120])
def test_values_stand_behind_what_happened_or_beside_it(
    columns: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    store = kept(tmp_path)
    values = {"cell_voltage_max_v": 3.8, "pack_voltage_v": 53.0, "soc_pct": 90.0}
    store.reading(NOON_MS, 0.0).take([Entry(7, None, "OV", True, values=values)])
    show_rows(rows_of(store, []), "en")
    head, *lines = capsys.readouterr().out.splitlines()
    assert ("values" in head) == (columns == 120)
    assert " ".join(" ".join(lines).split()).endswith("3.800 V 53.00 V 90.0 %")
    assert len(lines) == (1 if columns == 120 else 2)


def test_how_they_look(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = kept(tmp_path, (5.0, "OV", True))
    rows = rows_of(store, [], seen=[seen(LOW, -500, None), seen(LOW, 600, -300, began=False)])
    show_rows(rows, "en")
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    text = " ".join(lines)
    # By the device's own clock, as the row between them.
    assert "ours 2026-06-01 13:51:40" in text
    assert "1 2026-06-01 14:00:05" in text
    assert "ours 2026-06-01 14:10:00" in text
    assert "still there at 13:55:00" in text
    show_rows(rows, "fr")
    assert "nous" in capsys.readouterr().out
    print_csv(rows, "en")
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("2026-06-01T11:51:40Z,,ours,,UV: cell undervoltage protection")
    assert "(active when we first looked)" in lines[1]
    assert f",{LOW},True," in lines[1]
    plain = [row.plain() for row in rows]
    assert json.loads(json.dumps(plain[2])) == {
        "kind": "ours",
        "time": "2026-06-01T12:10:00Z",
        "what": dict(rows[2].what),
        "event": LOW,
        "raised": False,
        "after": "2026-06-01T11:55:00Z",
        "pack": "left",
    }
    assert plain[0]["after"] is None


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let ``serve`` have its files here; gives what writes its configuration."""
    monkeypatch.setattr(app_stored, "config_path", lambda: tmp_path / "config.toml")
    monkeypatch.setattr(app_stored, "StoreConfig", lambda: type("Usual", (), {"path": tmp_path / "usual.db"})())

    def configured(text: str) -> None:
        (tmp_path / "config.toml").write_text(text, encoding="utf-8")

    return configured


async def written(path: Path, *readings: Snapshot) -> Path:
    store = await SqliteStore.open(path)
    await store.write(readings)
    await store.close()
    return path


CONFIG = """
[store]
path = "{path}"
[[bus]]
url = "/dev/ttyUSB0"
profile = "ps-20016s"
packs = [{{ address = 3, id = "left" }}, {{ address = 4, id = "right" }}]
"""


@leaping
async def test_the_pack_is_found_by_name_serial_number_place_or_alone(
    tmp_path: Path, home: Callable[[str], None]
) -> None:
    two = await written(tmp_path / "two.db", said(0, OV), said(0, LOW, pack="right", serial="PS20016S00000001"))
    one = await written(tmp_path / "one.db", said(0, OV))
    other = await written(tmp_path / "other.db", said(0, OV, serial="PS20016S00000002"))

    async def packs(store: Path | None, key: str = "k", **more: Any) -> tuple[list[str], list[str]]:
        found: Stored = await stored_codes(Wanted(PROFILE, key, store=store, **more))
        return list(found.packs), [one.code for one in found.seen]

    assert await packs(two, packs=("left",)) == (["left"], [OV])
    assert await packs(two, KEY) == (["right"], [LOW])
    assert await packs(two) == ([], [])
    assert await packs(one) == (["left"], [OV])
    assert await packs(other) == ([], []), "it tells that it is another one"
    assert await packs(None) == ([], []), "serve has stored nothing here"
    home(CONFIG.format(path=two))
    assert await packs(None, url="serial:///dev/ttyUSB0", address=3) == (["left"], [OV])
    assert await packs(None, url="serial:///dev/ttyUSB0", address=5) == ([], [])
    assert await packs(None, url="serial:///dev/ttyUSB1", address=3) == ([], [])
    assert await packs(None, KEY) == (["right"], [LOW])
    home("no TOML")
    assert await packs(None, url="serial:///dev/ttyUSB0", address=3) == ([], []), "the usual place, and nothing there"
    with pytest.raises(UsageError, match=r"--pack up: the store has no such pack; it has left, right"):
        await packs(two, packs=("up",))
    with pytest.raises(UsageError, match="there is no such file"):
        await packs(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


@leaping
async def test_what_is_said_of_the_store(
    tmp_path: Path, home: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    two = await written(tmp_path / "usual.db", said(0, OV), said(10), said(0, LOW, pack="right"))
    assert len(await Ours(packs=("left",)).of(PROFILE, KEY, "en")) == 2
    assert f'what wattstead serve saw of left is added, marked "ours" ({two})' in capsys.readouterr().err
    assert await Ours().of(PROFILE, KEY, "fr") == []
    assert "contient d'autres packs : left, right" in capsys.readouterr().err
    junk = tmp_path / "junk.db"
    junk.write_bytes(b"no store at all, but long enough to be read as one" * 40)
    with pytest.raises(StoreError, match="is not a Wattstead store"):
        await Ours(junk).of(PROFILE, KEY, "en")
    home(CONFIG.format(path=junk))
    assert await Ours().of(PROFILE, KEY, "en") == ()
    assert "what wattstead serve has stored is left out: store" in capsys.readouterr().err


def test_kept_ones_with_a_store_on_the_command_line(
    tmp_path: Path, home: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    kept(tmp_path, (5.0, "OV", True))
    store = asyncio.run(written(tmp_path / "home.db", said(0), said(10, OV), said(20, OV, LOW)))
    log = {"at": "2026-06-01T12:00:50Z", "device": KEY, "what": "write", "name": "x_v", "from": 1, "to": 2}
    (tmp_path / "audit.jsonl").write_text(json.dumps(log) + "\n", encoding="utf-8")
    file = str(tmp_path / KEY / "records.jsonl")
    records(file, profile="ps-20016s", store=store, json=True)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["kind"] for row in rows] == ["device", "ours", "own"]
    records(file, profile="ps-20016s", store=store, csv=True, since="2026-06-01T12:00:10+00:00")
    assert [line.split(",")[2] for line in capsys.readouterr().out.splitlines()] == ["source", "ours", "own"]
    with pytest.raises(UsageError, match=r"--store .*none.db: there is no such file"):
        records(file, profile="ps-20016s", store=tmp_path / "none.db")


def test_a_reading_that_never_began_was_not_interrupted(tmp_path: Path) -> None:
    intake = RecordStore(tmp_path / "records.jsonl", PROFILE).reading(NOON_MS)
    intake.take([])
    assert not intake.began
    intake.take([Entry(1, None, "OV", True)])
    again = RecordStore(tmp_path / "records.jsonl", PROFILE).reading(NOON_MS)
    again.take([Entry(1, None, "OV", True)])
    assert (again.began, again.new) == (True, []), "known ones came, too"
