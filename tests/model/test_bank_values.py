"""What a bank tells as one battery, by the names of quantities."""

from typing import Any

import pytest

from wattstead.model.bank import Member, Request, Standing
from wattstead.model.bank_values import bank_values

FIRST: dict[str, Any] = {
    "pack_voltage_v": 52.0,
    "pack_current_a": 10.0,
    "soc_pct": 50.0,
    "soh_pct": 99.0,
    "full_capacity_ah": 100.0,
    "remaining_capacity_ah": 50.0,
    "cell_voltage_v": (3.25, 3.26, 3.24),
    "cell_temperature_degc": (21.0, 22.0),
    "mos_temperature_degc": 30.0,
    "cycle_count": 12,
    "charged_energy_kwh": 3.5,
    "full_charge_requested": False,
    "fully_charged": True,
}
SECOND: dict[str, Any] = {
    **FIRST,
    "pack_voltage_v": 52.2,
    "pack_current_a": -4.0,
    "soc_pct": 80.0,
    "soh_pct": 95.0,
    "full_capacity_ah": 300.0,
    "remaining_capacity_ah": 240.0,
    "cell_voltage_v": (3.25, 3.31, 3.22),
    "cell_temperature_degc": (19.0, 25.0),
    "mos_temperature_degc": 28.0,
    "cycle_count": 800,
    "full_charge_requested": True,
    "fully_charged": False,
}
ASKS = Request(55.2, 48.0, 50.0, 100.0)


def two(standing: Standing = Standing.CONNECTED) -> list[Member]:
    return [Member("2", Standing.CONNECTED, FIRST, (), ASKS), Member("3", standing, SECOND, (), ASKS)]


def test_totals_means_and_extremes_with_whose_they_are() -> None:
    told = bank_values(two())
    wanted = {
        "module_count": 2,
        "pack_voltage_v": 52.1,
        "pack_current_a": 6.0,
        "soc_pct": 72.5,
        "soh_pct": 97.0,
        "soh_min_pct": 95.0,
        "soh_min_module": 3,
        "remaining_capacity_ah": 290.0,
        "full_capacity_ah": 400.0,
        "cell_voltage_max_v": 3.31,
        "cell_voltage_max_module": 3,
        "cell_voltage_max_place": 2,
        "cell_voltage_min_v": 3.22,
        "cell_voltage_min_place": 3,
        "cell_voltage_mean_v": 19.53 / 6,
        "cell_temperature_mean_degc": 21.75,
        "cell_temperature_min_degc": 19.0,
        "cell_temperature_min_module": 3,
        "cell_temperature_max_place": 2,
        "mos_temperature_degc": 29.0,
        "mos_temperature_max_degc": 30.0,
        "mos_temperature_max_module": 2,
        "cycle_count": 406.0,
        "cycle_count_max": 800.0,
        "charged_energy_kwh": 7.0,
        "charge_voltage_limit_v": 55.2,
        "charge_current_limit_a": 100.0,
        "discharge_current_limit_a": -200.0,
    }
    assert {name: told[name] for name in wanted} == pytest.approx(wanted)
    assert (told["full_charge_requested"], told["fully_charged"]) == (True, False), "one needs it; not all are full"
    assert "mos_temperature_max_place" not in told, "a pack has one"
    assert not {"cell_voltage_v", "cell_temperature_degc"} & told.keys(), "one number is no list of cells"


@pytest.mark.parametrize("standing", [Standing.ISOLATED, Standing.STALE])
def test_who_is_not_connected_is_not_in_it(standing: Standing) -> None:
    told = bank_values(two(standing))
    assert (told["module_count"], told["soc_pct"], told["cell_voltage_min_v"]) == (1, 50.0, 3.24)


def test_isolated_packs_alone_are_told_with_no_module_on_the_bus() -> None:
    told = bank_values([Member("2", Standing.ISOLATED, FIRST, (), ASKS)])
    assert (told["module_count"], told["soc_pct"], told["charge_current_limit_a"]) == (0, 50.0, 0.0)
    assert told["charge_enabled"] is False


def test_before_data_there_is_nothing_and_no_zeros() -> None:
    assert bank_values([]) == {}
    assert bank_values([Member("2", Standing.UNREAD), Member("3", Standing.STALE)]) == {}
    mute = bank_values([Member("2", Standing.CONNECTED, {"pack_voltage_v": 52.0})])
    assert mute["pack_voltage_v"] == 52.0
    assert not {"soc_pct", "pack_current_a", "charge_current_limit_a"} & mute.keys()


def test_names_that_are_no_numbers_stay_words() -> None:
    told = bank_values([Member("garage", Standing.CONNECTED, FIRST, (), ASKS)])
    assert told["cell_voltage_max_module"] == "garage"
