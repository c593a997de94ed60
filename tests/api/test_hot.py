"""Packs, latest values and series, as the page asks for them."""

from typing import Any

import pytest

from api.site import HOUR_MS, Site
from plant.plants import START_MS, silent
from wattstead.model.reading import Snapshot


async def get(site: Site, path: str) -> Any:
    answer = await site.client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


async def refused(site: Site, path: str, status: int) -> str:
    answer = await site.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    said = answer.json()
    assert said["status"] == status
    assert set(said) == {"type", "title", "status", "detail"}
    return str(said["detail"])


async def test_packs(site: Site) -> None:
    first, second = (await get(site, "/api/v1/packs"))["packs"]
    assert (first["id"], first["name"], first["make"], first["bus"], first["address"]) == (
        "seplos-1",
        "Pack 1",
        "Seplos V2",
        "seplos bus",
        0,
    )
    assert first["latest"] == await get(site, "/api/v1/packs/seplos-1/latest")
    assert (first["silent_since"], first["silent_why"]) == (None, None)
    assert second["latest"] is None
    assert (second["silent_since"], second["silent_why"]) == ("2026-01-01T01:59:59.500Z", "no answer")


async def test_latest(site: Site) -> None:
    latest = await get(site, "/api/v1/packs/seplos-1/latest")
    values = latest.pop("values")
    assert latest == {
        "at": "2026-01-01T01:59:59.500Z",
        "age_s": 0.5,
        "fresh": True,
        "origin": "measured",
        "state": "discharging",
        "active": [
            {"code": "COVP", "severity": "protection", "label": {"en": "overvoltage", "fr": "surtension"}},
            {"code": "event_7_bit_6", "severity": "alarm", "label": {"en": "event_7_bit_6", "fr": "event_7_bit_6"}},
        ],
        "silent_since": None,
        "silent_why": None,
    }
    assert values["soc_pct"] == 62.0
    assert values["cell_voltage_v"] == [3.301, 3.312, 3.29]
    assert values["charge_mos_on"] is True
    assert values["operating_state"] == "discharge"
    assert (values["pack_power_w"], values["cell_voltage_min_v"]) == (pytest.approx(-123.8, abs=0.1), 3.29)
    assert values["cell_voltage_spread_v"] == 0.022


async def test_latest_grows_old_and_falls_silent(site: Site) -> None:
    site.clock.now_ms += 60_000
    old = await get(site, "/api/v1/packs/seplos-1/latest")
    assert (old["fresh"], old["state"], old["age_s"]) == (False, "unknown", 60.5)
    await site.watch.take([silent(site.clock.now_ms, why="the line stayed silent")])
    silenced = await get(site, "/api/v1/packs/seplos-1/latest")
    assert (silenced["state"], silenced["silent_since"]) == ("silent", "2026-01-01T02:01:00.000Z")
    assert (silenced["silent_why"], silenced["values"]["soc_pct"]) == ("the line stayed silent", 62.0)
    first, _ = (await get(site, "/api/v1/packs"))["packs"]
    assert (first["silent_since"], first["silent_why"]) == ("2026-01-01T02:01:00.000Z", "the line stayed silent")


async def test_latest_of_nobody_and_of_a_pack_without_data(site: Site) -> None:
    assert await refused(site, "/api/v1/packs/nobody/latest", 404) == (
        "there is no pack nobody; this plant has seplos-1, pylon-1"
    )
    assert await refused(site, "/api/v1/packs/pylon-1/latest", 404) == (
        "pack pylon-1 has not said anything yet, there is no data yet: no answer"
    )


async def test_latest_of_a_pack_that_was_not_asked_yet(empty_site: Site) -> None:
    assert await refused(empty_site, "/api/v1/packs/pylon-1/latest", 404) == (
        "pack pylon-1 has not said anything yet, there is no data yet"
    )


async def test_values_that_json_cannot_say_are_null(site: Site) -> None:
    await site.watch.take(
        [Snapshot("pylon-1", START_MS, {"soc_pct": float("nan"), "cell_voltage_v": (3.3, float("inf"))})]
    )
    latest = await get(site, "/api/v1/packs/pylon-1/latest")
    assert (latest["values"]["soc_pct"], latest["values"]["cell_voltage_v"]) == (None, [3.3, None])


async def test_series_raw(site: Site) -> None:
    series = await get(
        site,
        f"/api/v1/packs/seplos-1/series?quantity=soc_pct&quantity=cell_voltage_v.2"
        f"&from={START_MS}&to=2026-01-01T00:03:00Z&resolution=raw",
    )
    assert series == {
        "pack": "seplos-1",
        "from_ms": START_MS,
        "to_ms": START_MS + 180_000,
        "resolution": "raw",
        "times_ms": [START_MS, START_MS + 60_000, START_MS + 120_000],
        "series": {
            "soc_pct": {"mean": [50.0, 50.1, 50.2], "min": [50.0, 50.1, 50.2], "max": [50.0, 50.1, 50.2]},
            "cell_voltage_v.2": {"mean": [3.312] * 3, "min": [3.312] * 3, "max": [3.312] * 3},
        },
    }


async def test_series_by_default_is_the_last_day_in_at_most_600_points(site: Site) -> None:
    series = await get(site, "/api/v1/packs/seplos-1/series?quantity=cell_voltage_v&quantity=soc_pct")
    assert (series["to_ms"], series["from_ms"]) == (site.clock.now_ms, max(0, site.clock.now_ms - 24 * HOUR_MS))
    assert series["resolution"] == "raw"
    assert len(series["times_ms"]) == 121
    assert list(series["series"]) == ["cell_voltage_v.1", "cell_voltage_v.2", "cell_voltage_v.3", "soc_pct"]


async def test_series_in_buckets(site: Site) -> None:
    series = await get(site, "/api/v1/packs/seplos-1/series?quantity=soc_pct&resolution=1h")
    assert series["times_ms"] == [START_MS, START_MS + HOUR_MS]
    soc = series["series"]["soc_pct"]
    assert (soc["min"], soc["max"]) == ([50.0, 56.0], [55.9, 62.0])
    assert soc["mean"][0] == pytest.approx(52.95)
    auto = await get(site, "/api/v1/packs/seplos-1/series?quantity=soc_pct&points=40")
    assert (auto["resolution"], len(auto["times_ms"])) == ("5min", 24)
    thin = await get(site, "/api/v1/packs/seplos-1/series?quantity=soc_pct&points=10&resolution=raw")
    assert thin["resolution"] == "raw"
    assert 5 <= len(thin["times_ms"]) <= 10
    assert max(thin["series"]["soc_pct"]["max"]) == 62.0


async def test_series_of_a_pack_without_data_is_empty(site: Site) -> None:
    series = await get(site, "/api/v1/packs/pylon-1/series?quantity=soc_pct")
    assert (series["times_ms"], series["series"]) == ([], {})


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "no quantity was asked for; name at least one, such as soc_pct"),
        ("quantity=soc_pc", "soc_pc is no quantity; did you mean soc_pct?"),
        ("quantity=serial_number", "serial_number is a text; only numbers can be given over time"),
        ("quantity=soc_pct&points=0", "points=0 is out of range; say a whole number from 1 to 10000"),
        ("quantity=soc_pct&points=many", "points=many is out of range; say a whole number from 1 to 10000"),
        ("quantity=soc_pct&resolution=2h", "resolution=2h does not exist; say one of auto, raw, 5min, 1h, 1d"),
        ("quantity=soc_pct&from=monday", "from=monday is no time; say UTC milliseconds or ISO 8601, such as"),
        ("quantity=soc_pct&from=20&to=10", "from must lie before to"),
        ("quantity=soc_pct&to=0001-01-01T00:00:00%2B09:00", "from must lie before to, in 1970 to 9999"),
        ("quantities=soc_pct", "quantities is no parameter here; say quantity, from, to, resolution, points"),
    ],
)
async def test_series_says_what_would_be_right(site: Site, query: str, sentence: str) -> None:
    assert sentence in await refused(site, f"/api/v1/packs/seplos-1/series?{query}", 400)


async def test_series_of_nobody(site: Site) -> None:
    assert "there is no pack nobody" in await refused(site, "/api/v1/packs/nobody/series?quantity=soc_pct", 404)


async def test_a_store_that_cannot_be_read_is_told(site: Site) -> None:
    await site.store.close()
    said = await refused(site, "/api/v1/packs/seplos-1/series?quantity=soc_pct", 503)
    assert "is closed" in said
