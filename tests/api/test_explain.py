"""What codes mean over HTTP: with the values behind them, those of now and those when they came."""

from typing import Any

import pytest

from api.site import Site
from api.test_hot import get, refused
from plant.plants import START_MS, silent
from wattstead.model.reading import Snapshot, Value

CODE = "cell_overvoltage_protection"
SECOND_MS = 1000


def near_full(top_v: float, current_a: float = 20.0) -> dict[str, Value]:
    cells = (*([3.48] * 6), top_v, *([3.48] * 9))
    return {"cell_voltage_v": cells, "pack_voltage_v": sum(cells), "pack_current_a": current_a, "soc_pct": 96.0}


async def live_into_trouble(site: Site) -> None:
    """A cell rises; from the third reading on its protection is active."""
    tops = (3.50, 3.60, 3.65, 3.68, 3.66)
    for number, top in enumerate(tops):
        site.clock.now_ms = START_MS + 4 * SECOND_MS * number
        active = (CODE, "pack_charging") if number >= 2 else ("pack_charging",)
        await site.watch.take([Snapshot("seplos-1", site.clock.now_ms, near_full(top), active)])


async def test_an_active_code_shows_its_values_limits_and_history(empty_site: Site) -> None:
    """The example of the requirement: cell 7 at 3.66 V, limit 3.65 V, spread 180 mV, at 96 % and 20 A of charge."""
    await live_into_trouble(empty_site)
    told = await get(empty_site, "/api/v1/packs/seplos-1/codes")
    assert (told["pack"], told["profile"], told["fresh"], told["silent_since"]) == ("seplos-1", "seplos-v2", True, None)
    (case,) = told["active"]
    assert (case["bit"], case["severity"], case["who"]) == (CODE, "protection", "installer")
    evidence = case["evidence"]
    assert evidence["text"] == (
        "cell 7 at 3.660 V, limit 3.65 V, active for 8 s, worst since then cell 7 at 3.680 V, spread 180 mV, "
        "at 96 % of charge, 20.0 A of charge current"
    )
    assert (evidence["since_s"], evidence["since_at_least"], evidence["times"]) == (8.0, False, 1)
    assert [one["key"] for one in evidence["findings"]] == ["cut_and_flows", "one_cell_first", "spread_near_full"]
    assert case["limits"][0]["ends_text"] == "ends at 3.38 V and at 96 % of charge or less"
    assert (case["limits_read"], case["active"]) == (False, True)
    (span,) = case["history"]["spans"]
    assert span == {"from": "2026-01-01T00:00:08.000Z", "to": None, "earlier": False}
    assert [one["name"] for one in told["states"]] == ["pack_charging"], "states are no alerts (PYL-5)"


async def test_the_moment_in_which_it_came_is_that_of_the_store(empty_site: Site) -> None:
    await live_into_trouble(empty_site)
    case = await get(empty_site, f"/api/v1/packs/seplos-1/codes/{CODE}")
    assert case["came"]["at"] == "2026-01-01T00:00:08.000Z"
    assert case["came"]["evidence"]["measured"] == {"channel": "cell_voltage_max", "value": 3.65, "place": 7}
    assert case["came"]["evidence"]["text"].startswith("cell 7 at 3.650 V, limit 3.65 V, spread 170 mV")


async def test_texts_come_in_the_language_that_is_asked_for(empty_site: Site) -> None:
    await live_into_trouble(empty_site)
    case = await get(empty_site, f"/api/v1/packs/seplos-1/codes/{CODE}?lang=fr")
    assert case["meaning"].startswith("Une cellule a dépassé sa limite haute")
    assert case["evidence"]["text"].startswith("cellule 7 à 3,660 V, limite 3,65 V, actif depuis 8 s")
    assert "lang" in await refused(empty_site, "/api/v1/packs/seplos-1/codes?lang=de", 422)


async def test_a_code_that_ended_tells_when_it_was_there(empty_site: Site) -> None:
    await live_into_trouble(empty_site)
    empty_site.clock.now_ms += 4 * SECOND_MS
    await empty_site.watch.take([Snapshot("seplos-1", empty_site.clock.now_ms, near_full(3.40, 0.0), ())])
    assert (await get(empty_site, "/api/v1/packs/seplos-1/codes"))["active"] == []
    case = await get(empty_site, f"/api/v1/packs/seplos-1/codes/{CODE}")
    assert (case["active"], case["evidence"]["since_s"]) == (False, None)
    assert case["history"]["spans"] == [
        {"from": "2026-01-01T00:00:08.000Z", "to": "2026-01-01T00:00:20.000Z", "earlier": False}
    ]


async def test_what_is_not_known_is_said_and_not_guessed(empty_site: Site) -> None:
    """A code in the first reading of all: how long before that, and what it was then, nobody knows."""
    first = Snapshot("seplos-1", START_MS, {"soc_pct": 50.0}, (CODE, "event_7_bit_6"))
    await empty_site.watch.take([first])
    empty_site.clock.now_ms = START_MS + 60 * SECOND_MS
    await empty_site.watch.take([silent(empty_site.clock.now_ms)])
    told = await get(empty_site, "/api/v1/packs/seplos-1/codes")
    case = next(one for one in told["active"] if one["bit"] == CODE)
    assert case["evidence"]["text"].startswith("The device does not tell the value behind this code.")
    assert (case["evidence"]["measured"], case["evidence"]["since_at_least"]) == (None, True)
    assert case["came"] == {"at": "2026-01-01T00:00:00.000Z", "evidence": None}
    assert case["history"]["spans"][0]["earlier"] is True
    assert (told["at"], told["silent_since"]) == ("2026-01-01T00:00:00.000Z", "2026-01-01T00:01:00.000Z")
    nameless = next(one for one in told["active"] if one["bit"] == "event_7_bit_6")
    assert (nameless["name"], nameless["limits"]) == ("unknown_bit", [])


async def test_a_code_of_a_dialect_without_a_battery(site: Site) -> None:
    code = await get(site, "/api/v1/codes/pylontech/%D0%A1%D0%9E%D0%A1%D0%A0")  # COCP, pasted in Cyrillic letters
    assert (code["code"], code["name"]) == ("COCP", "charge_overcurrent_protection")
    assert code["limits"][0]["trip"] == 102.0
    assert {"profile": "ps-20016s", "make": "PowaStone PS-20016S", "code": "OCC"} in code["elsewhere"]
    printed = (await get(site, "/api/v1/codes/growatt-can/SOC%200-15%20%25?lang=fr"))["label"]
    assert printed == "état de charge bas, 0 à 15 %"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("packs/nobody/codes", "there is no pack nobody; this plant has seplos-1, pylon-1"),
        ("packs/pylon-1/codes", "pack pylon-1 has not said anything yet"),
        ("packs/seplos-1/codes/F14", "seplos-v2 has no code F14"),
        ("packs/seplos-1/codes/cell_overvoltage_protektion", f"did you mean {CODE}?"),
        ("packs/seplos-1/codes/pack_charging", "is a state, no alert"),
        ("codes/nothing/F14", "there is no dialect nothing; there are aura"),
        ("codes/aura/F99", "aura has no code F99; near are aura/F09"),
    ],
)
async def test_refusals_say_what_would_be_right(site: Site, path: str, said: str) -> None:
    assert said in await refused(site, f"/api/v1/{path}", 404)


async def test_every_code_of_both_profiles_is_told(empty_site: Site) -> None:
    for pack, profile in (("seplos-1", "seplos-v2"), ("pylon-1", "pylontech")):
        codes = tuple(empty_site.profiles[profile].codes)
        await empty_site.watch.take([Snapshot(pack, START_MS, near_full(3.66), codes)])
        told: dict[str, Any] = await get(empty_site, f"/api/v1/packs/{pack}/codes?lang=fr")
        assert {one["bit"] for one in (*told["active"], *told["states"])} >= set(codes)
