"""Sets of settings: the factory's is possible, and each impossible one is named (SEP-3)."""

import pytest

from virtual.banks import MAKES
from wattstead.catalog.profile import load_profile
from wattstead.model.setting import SettingValue
from wattstead.virtual.settings import factory_settings, impossible


def findings(changes: dict[str, SettingValue], make: str = "seplos-v2") -> tuple[str, ...]:
    profile = load_profile(make)
    return impossible(profile, {**factory_settings(profile), **changes}, 16, 100.0)


@pytest.mark.parametrize("make", MAKES)
def test_what_the_factory_ships_is_possible(make: str) -> None:
    profile = load_profile(make)
    settings = factory_settings(profile)
    assert settings.keys() == profile.settings.keys()
    assert impossible(profile, settings, 16, 100.0) == ()


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        (
            {"cell_overvoltage_recovery_v": 3.7},
            "cell_overvoltage_protection: recovery 3.7 must lie at or below the trip value 3.65 (SEP-6)",
        ),
        (
            {"cell_low_voltage_recovery_v": 2.8},
            "cell_low_voltage_alarm: recovery 2.8 must lie at or above the trip value 2.9 (SEP-6)",
        ),
        (
            {"discharge_low_temperature_recovery_degc": -11},
            "discharge_low_temperature_alarm: recovery -11 must lie at or above the trip value -10 (SEP-6)",
        ),
        (
            {"discharge_overcurrent_recovery_a": -106},
            "discharge_overcurrent_alarm: recovery 106 must lie at or below the trip value 105 (SEP-6)",
        ),
        ({"heating_stop_degc": -1}, "heater on_degc 0 must lie below off_degc -1 (SEP-3)"),
        (
            {"balancing_stop_difference_v": 0.04},
            "balancer stop_difference_v 0.04 must lie below start_difference_v 0.03 (SEP-3)",
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
    assert {text.split()[0] for text in found} == {"heater", "cells_in_series", "rated_capacity_ah"}


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
