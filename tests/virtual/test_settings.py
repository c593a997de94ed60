"""Sets of settings: the factory's is possible, and each impossible one is named (SEP-3)."""

import pytest

from virtual.banks import MAKES
from wattstead.catalog.profile import load_profile
from wattstead.model.setting import SettingValue
from wattstead.virtual.settings import factory_settings, impossible


def findings(changes: dict[str, SettingValue], make: str = "seplos-v2") -> tuple[str, ...]:
    return impossible({**factory_settings(load_profile(make)), **changes}, 16, 100.0)


@pytest.mark.parametrize("make", MAKES)
def test_what_the_factory_ships_is_possible(make: str) -> None:
    profile = load_profile(make)
    settings = factory_settings(profile)
    assert settings.keys() == profile.settings.keys()
    assert impossible(settings, profile.virtual.cells, profile.virtual.capacity_ah) == ()


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        (
            {"cell_overvoltage_recovery_v": 3.7},
            "cell_overvoltage_recovery_v 3.7 must not lie above cell_overvoltage_protection_v 3.65 (SEP-3)",
        ),
        (
            {"cell_low_voltage_recovery_v": 2.8},
            "cell_low_voltage_recovery_v 2.8 must not lie below cell_low_voltage_alarm_v 2.9 (SEP-3)",
        ),
        (
            {"discharge_low_temperature_recovery_degc": -11},
            (
                "discharge_low_temperature_recovery_degc -11 must not lie below "
                "discharge_low_temperature_alarm_degc -10 (SEP-3)"
            ),
        ),
        (
            {"discharge_overcurrent_recovery_a": -106},
            "discharge_overcurrent_recovery_a -106 must not lie below discharge_overcurrent_alarm_a -105 (SEP-3)",
        ),
        (
            {"charge_overcurrent_recovery_a": 80},
            "charge_overcurrent_recovery_a 80 must not lie above charge_overcurrent_alarm_a 70 (SEP-3)",
        ),
        (
            {"cell_difference_recovery_v": 0.6},
            "cell_difference_recovery_v 0.6 must not lie above cell_difference_fault_v 0.5 (SEP-3)",
        ),
        (
            {"heating_stop_degc": -1},
            "heating_start_degc 0 must not lie above heating_stop_degc -1 (SEP-3)",
        ),
        (
            {"balancing_stop_difference_v": 0.04},
            "balancing_stop_difference_v 0.04 must not lie above balancing_start_difference_v 0.03 (SEP-3)",
        ),
        ({"cells_in_series": 15}, "cells_in_series 15 must be 16: so many are there"),
        ({"rated_capacity_ah": 0}, "rated_capacity_ah 0 must lie above 0 (SEP-3)"),
        (
            {"remaining_capacity_ah": 100.01},
            "remaining_capacity_ah 100.01 must not exceed the 100 Ah that the pack holds",
        ),
    ],
)
def test_each_impossible_value_is_named_with_its_rule(changes: dict[str, SettingValue], finding: str) -> None:
    assert findings(changes) == (finding,)


def test_all_findings_are_given() -> None:
    found = findings({"cells_in_series": 8, "rated_capacity_ah": -1, "heating_stop_degc": -40})
    assert [text.split()[0] for text in found] == ["heating_start_degc", "cells_in_series", "rated_capacity_ah"]


@pytest.mark.parametrize(
    "changes",
    [
        {"cell_high_voltage_alarm_v": 3.65},  # equal and late alarms are shipped by the factory itself
        {"cell_overvoltage_recovery_v": 3.65},
        {"remaining_capacity_ah": 100},
        {"enable_cell_overvoltage_protection": False},
    ],
)
def test_odd_but_possible_sets_pass(changes: dict[str, SettingValue]) -> None:
    assert findings(changes) == ()
