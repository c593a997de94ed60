"""Questions about the past are checked before the store is asked."""

from pathlib import Path

import pytest

from plant.plants import START_MS, Clock, make_watch, open_store, said
from wattstead.model.errors import UsageError
from wattstead.plant.history import History, Resolution, check_channel


async def test_series_of_what_was_taken(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    watch = make_watch(store, Clock())
    await watch.take([said(START_MS, soc_pct=50.0, cell_voltage_v=(3.2, 3.3))])
    history = History(store, watch.packs)
    series = await history.series("seplos-1", ["soc_pct", "cell_voltage_v", "soc_pct"], START_MS, START_MS + 1)
    assert series.resolution is Resolution.RAW
    assert {name: curve.mean for name, curve in series.channels.items()} == {
        "soc_pct": [50.0],
        "cell_voltage_v.1": [3.2],
        "cell_voltage_v.2": [3.3],
    }
    for pack, names, from_ms, to_ms, sentence in (
        ("nobody", ["soc_pct"], 0, 1, "there is no pack nobody; this plant has seplos-1, pylon-1"),
        ("seplos-1", [], 0, 1, "no quantity was asked for; name at least one"),
        ("seplos-1", ["soc_pct"], 5, 5, "from must lie before to"),
        ("seplos-1", ["soc_pct"], -5, 5, "in 1970 to 9999"),
        ("seplos-1", ["soc"], 0, 5, "soc is no quantity"),
    ):
        with pytest.raises(UsageError, match=sentence):
            await history.series(pack, names, from_ms, to_ms)
    await store.close()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("soc_pc", r"soc_pc is no quantity; did you mean soc_pct\?"),
        ("xyzzy", "xyzzy is no quantity; `wattstead quantities` lists them$"),
        ("firmware_version", "firmware_version is a text; only numbers"),
        ("charge_mos_on", "charge_mos_on is a flag; only numbers"),
        ("soc_pct.1", "a pack has one soc_pct; ask for it without a position"),
        ("cell_voltage_v.0", r"the position is a number from 1, such as cell_voltage_v\.1"),
        ("cell_voltage_v.", "the position is a number from 1"),
        ("cell_voltage_v.x", "the position is a number from 1"),
    ],
)
def test_names_that_cannot_be_given_over_time(name: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        check_channel(name)


@pytest.mark.parametrize("name", ["soc_pct", "cell_voltage_v", "cell_voltage_v.16", "cell_temperature_degc.4"])
def test_names_that_can(name: str) -> None:
    check_channel(name)
