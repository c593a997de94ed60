"""The preset checker: what it finds in the shipped presets, and each rule on a preset that breaks it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from wattstead.catalog.packs import load_pack, preset_names
from wattstead.model.pack import PackModel
from wattstead.model.preset_check import Finding, check_pack
from wattstead.model.protection import Channel
from wattstead.model.setting import SettingValue

SEPLOS, PS_20016S, WALL, PYLONTECH = "seplos-16s-100ah", "ps-20016s", "wall-6k5", "pylontech-15s"
PACE, SEPLOS_V3, SMART = "pace-16s-100ah", "seplos-v3-16s-330ah", "smart-16s-100ah"


def found(pack: PackModel, *rules: str) -> list[Finding]:
    """What it finds, without the delays that nobody states."""
    return [one for one in check_pack(pack) if one.rule != "DELAY" and (not rules or one.rule in rules)]


def of(name: str, settings: Mapping[str, SettingValue] | None = None) -> PackModel:
    return load_pack(name, settings, refuse=False)


def changed(name: str, row: str, **values: Any) -> PackModel:
    pack = of(name)
    return replace(pack, rows=tuple(replace(one, **values) if one.name == row else one for one in pack.rows))


def tabled(name: str, table: str, **values: Any) -> PackModel:
    pack = of(name)
    return replace(pack, tables={**pack.tables, table: {**pack.tables[table], **values}})


# --- the shipped presets: each finding is true, and why it stays is said in docs/models/presets.md

SHIPPED: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    SMART: [
        ("C6", ("pack_overvoltage_protection_v", "cell_overvoltage_protection_v")),
        ("C6", ("pack_undervoltage_protection_v", "cell_undervoltage_protection_v")),
    ],
    PACE: [
        ("C4", ("charge_undertemperature_protection_degc",)),
        ("SEP-3", ("cell_high_voltage_alarm_v", "cell_overvoltage_recovery_v")),
        ("SEP-3", ("pack_high_voltage_alarm_v", "pack_overvoltage_recovery_v")),
        ("C6", ("pack_overvoltage_protection_v", "cell_overvoltage_protection_v")),
        ("C6", ("pack_undervoltage_protection_v", "cell_undervoltage_protection_v")),
        ("LFP", ("cell_overvoltage_protection_v",)),
    ],
    SEPLOS_V3: [
        ("C6", ("pack_overvoltage_protection_v", "cell_overvoltage_protection_v")),
        ("C6", ("pack_overvoltage_recovery_v", "cell_overvoltage_recovery_v")),
        ("C6", ("pack_undervoltage_protection_v", "cell_undervoltage_protection_v")),
        ("C6", ("pack_undervoltage_recovery_v", "cell_undervoltage_recovery_v")),
        ("C13", ("requests.charge_voltage_v", "pack_overvoltage_protection_v")),
    ],
    SEPLOS: [
        ("C4", ("charge_undertemperature_protection_degc",)),
        ("C5", ("discharge_low_temperature_alarm_degc", "discharge_undertemperature_protection_degc")),
        ("C6", ("pack_overvoltage_protection_v", "cell_overvoltage_protection_v")),
        ("C6", ("pack_undervoltage_protection_v", "cell_undervoltage_protection_v")),
        ("C6", ("pack_undervoltage_recovery_v", "cell_undervoltage_recovery_v")),
        ("C25", ("soc_protection_pct",)),
    ],
    PS_20016S: [
        ("C13", ("requests.discharge_voltage_v", "cell_undervoltage_protection_mv")),
        ("C13", ("abnormal_high_voltage_mv", "cell_overvoltage_protection_mv")),
        ("LFP", ("cell_overvoltage_protection_mv",)),
    ],
    WALL: [
        ("C4", ("charge_undertemperature_protection_degc",)),
        ("C6", ("pack_overvoltage_protection_v", "cell_overvoltage_protection_v")),
        ("C6", ("pack_undervoltage_protection_v", "cell_undervoltage_protection_v")),
    ],
    PYLONTECH: [
        ("C4", ("charge_low_temperature_limit_degc",)),
        ("C6", ("pack_high_voltage_limit_v", "cell_high_voltage_limit_v")),
        ("C6", ("pack_overvoltage_protection", "cell_overvoltage_protection")),
        ("C6", ("pack_undervoltage_protection_v", "cell_undervoltage_protection_v")),
        ("C6", ("pack_undervoltage_protection", "cell_undervoltage_protection")),
    ],
}


@pytest.mark.parametrize("name", preset_names())
def test_findings_of_the_shipped_presets(name: str) -> None:
    assert [(one.rule, one.names) for one in found(of(name))] == SHIPPED[name]


@pytest.mark.parametrize("name", preset_names())
def test_no_shipped_preset_has_a_grave_finding(name: str) -> None:
    assert not any(one.grave for one in check_pack(of(name)))


def test_the_sentences_of_the_factory_set() -> None:
    assert [one.text for one in found(of(SEPLOS))] == [
        "charge_undertemperature_protection lets cells be charged down to -10 °C; below 0 °C lithium plates out",
        (
            "discharge_low_temperature_alarm comes at -10 °C, at the same value as "
            "discharge_undertemperature_protection at -10 °C, and ends after it, at 3 °C"
        ),
        (
            "pack_overvoltage_protection at 57.6 V is 3.6 V a cell and comes before cell_overvoltage_protection "
            "at 3.65 V when the cells are balanced"
        ),
        (
            "pack_undervoltage_protection at 43.2 V is 2.7 V a cell, exactly 16 times cell_undervoltage_protection: "
            "both come at once when balanced"
        ),
        "pack_undervoltage_protection ends at 3 V a cell, cell_undervoltage_protection at 3.1 V",
        "soc_protection trips at 5 % and has no other value to end at: it may come and go",
    ]


@pytest.mark.parametrize("name", preset_names())
def test_delays_that_no_document_states_are_named(name: str) -> None:
    (finding,) = [one for one in check_pack(of(name)) if one.rule == "DELAY"]
    assert set(finding.names) == {row.name for row in of(name).rows if row.enabled and "delay_s" in row.ours}
    stated = {row.name for row in of(name).rows if row.enabled} - set(finding.names)
    assert ("charge_overcurrent_protection" in stated) is (name in (SEPLOS, PS_20016S, PACE, SEPLOS_V3))


# --- settings that cure or break


def test_cured_settings_have_no_finding_left() -> None:
    cured = {
        "charge_undertemperature_protection_degc": 0,
        "charge_undertemperature_recovery_degc": 5,
        "discharge_low_temperature_alarm_degc": -5,
        "enable_pack_overvoltage_protection": False,
        "enable_pack_undervoltage_protection": False,
        "enable_soc_protection": False,
    }
    assert found(of(SEPLOS, cured)) == []


@pytest.mark.parametrize(
    ("settings", "rule", "names"),
    [
        ({"cell_overvoltage_recovery_v": 3.66}, "SEP-6", ("cell_overvoltage_recovery_v",)),
        ({"cell_low_voltage_recovery_v": 2.8}, "SEP-6", ("cell_low_voltage_alarm", "cell_low_voltage_recovery_v")),
        ({"discharge_overcurrent_recovery_a": -106}, "SEP-6", ("discharge_overcurrent_recovery_a",)),
        ({"overcurrent_recovery_delay_s": 0}, "SEP-3", ("overcurrent_recovery_delay_s",)),
        ({"rated_capacity_ah": 0}, "SEP-3", ("rated_capacity_ah",)),
        ({"balancing_stop_difference_v": 0.04}, "SEP-3", ("balancer.stop_difference_v",)),
        ({"heating_start_degc": 10}, "SEP-3", ("heater.on_degc", "heater.off_degc")),
        (
            {"cell_undervoltage_protection_v": 3.65, "cell_undervoltage_recovery_v": 3.7},
            "SEP-3",
            ("cell_undervoltage_protection_v", "cell_overvoltage_protection_v"),
        ),
        (
            {"charge_undertemperature_protection_degc": 56, "charge_undertemperature_recovery_degc": 57},
            "SEP-3",
            ("charge_undertemperature_protection_degc", "charge_overtemperature_protection_degc"),
        ),
        (
            {"pack_low_voltage_alarm_v": 56.5, "pack_low_voltage_recovery_v": 57},
            "SEP-3",
            ("pack_low_voltage_alarm_v", "pack_high_voltage_alarm_v"),
        ),
    ],
)  # fmt: skip
def test_what_no_bms_can_run_is_grave_and_stands_first(
    settings: Mapping[str, SettingValue], rule: str, names: tuple[str, ...]
) -> None:
    findings = check_pack(of(SEPLOS, settings))
    grave = [one for one in findings if one.grave]
    assert findings[: len(grave)] == tuple(grave)
    assert any(one.rule == rule and set(names) <= set(one.names) for one in grave)
    assert not any(one.grave for one in check_pack(of(SEPLOS)))


@pytest.mark.parametrize(
    ("settings", "rule", "names"),
    [
        ({"cell_high_voltage_alarm_v": 3.65}, "C5", ("cell_high_voltage_alarm_v", "cell_overvoltage_protection_v")),
        ({"cell_high_voltage_alarm_v": 3.7}, "C5", ("cell_high_voltage_alarm_v", "cell_overvoltage_protection_v")),
        ({"cell_low_voltage_alarm_v": 2.6}, "C5", ("cell_low_voltage_alarm_v", "cell_undervoltage_protection_v")),
        ({"discharge_overcurrent_alarm_a": -110}, "C5", ("discharge_overcurrent_alarm_a",)),
        ({"cell_high_voltage_recovery_v": 3.5}, "SEP-3", ("cell_high_voltage_recovery_v",)),
        ({"balancing_stop_difference_v": 0.03}, "SEP-3", ("balancer.stop_difference_v",)),
        ({"cell_overvoltage_protection_v": 3.55}, "C6", ("pack_overvoltage_protection_v",)),
        ({"cell_overvoltage_recovery_v": 3.65}, "C25", ("cell_overvoltage_protection_v",)),
        ({"charge_overcurrent_alarm_a": 120}, "C13", ("requests.charge_current_a", "charge_overcurrent_protection_a")),
        ({"discharge_overcurrent_protection_a": -100}, "C13", ("requests.discharge_current_a",)),
        ({"pack_overvoltage_protection_v": 55.2}, "C13", ("requests.charge_voltage_v",)),
        ({"cell_overvoltage_protection_v": 3.7}, "LFP", ("cell_overvoltage_protection_v",)),
        ({"cell_undervoltage_protection_v": 2.4}, "LFP", ("cell_undervoltage_protection_v",)),
        ({"enable_charge_undertemperature_protection": False}, "C4", ()),
        ({"enable_cell_overvoltage_protection": False}, "SEP-4", ("enable_cell_overvoltage_protection",)),
        ({"enable_discharge_overcurrent_alarm": False, "enable_cell_undervoltage_protection": False}, "SEP-4", ()),
    ],
)  # fmt: skip
def test_what_a_person_should_know_is_told_and_not_grave(
    settings: Mapping[str, SettingValue], rule: str, names: tuple[str, ...]
) -> None:
    new = set(found(of(SEPLOS, settings))) - set(found(of(SEPLOS)))
    assert any(one.rule == rule and set(names) <= set(one.names) and not one.grave for one in new)


def test_limits_that_ruin_cells_are_grave() -> None:
    assert [one.grave for one in found(changed(SEPLOS, "cell_overvoltage_protection", trip=4.3), "LFP")] == [True]
    low = changed(SEPLOS, "cell_undervoltage_protection", trip=0.9)
    assert [one.grave for one in found(low, "LFP")] == [True]


def test_a_second_line_behind_a_good_limit_is_no_finding() -> None:
    cured = {"cell_overvoltage_protection_mv": 3650, "inverter_discharge_voltage_v": 44}
    assert found(of(PS_20016S, cured)) == []  # abnormal high voltage stays at 3.9 V and 62.4 V, behind it


def test_a_pack_limit_that_never_comes_first() -> None:
    (finding,) = [
        one for one in found(changed(SEPLOS, "pack_overvoltage_protection", trip=59.0), "C6") if "never" in one.text
    ]
    assert finding.text.endswith("3.688 V a cell and never comes first: cell_overvoltage_protection does, at 3.65 V")


def test_limits_of_rows_that_are_off_are_no_finding() -> None:
    off = of(SEPLOS, {"enable_discharge_low_temperature_alarm": False})
    assert found(off, "C5") == []


def test_a_charge_alarm_is_not_held_against_a_discharge_protection() -> None:
    late = changed(SEPLOS, "charge_low_temperature_alarm", trip=-9.5)
    assert found(late, "C5") == found(of(SEPLOS), "C5")


def test_what_is_not_asked_of_the_inverter_or_what_no_row_cuts_is_no_finding() -> None:
    wall = of(WALL)
    tables = {name: table for name, table in wall.tables.items() if name != "requests"}
    assert found(replace(wall, tables=tables), "C13") == []
    uncut = tuple(row for row in wall.rows if row.channel is not Channel.CHARGE_CURRENT)
    assert found(replace(wall, rows=uncut), "C13") == found(wall, "C13")


def test_rows_that_end_by_time_or_by_a_person_need_no_hysteresis() -> None:
    assert found(changed(SEPLOS, "charging_forbidden_low_cell", enabled=True), "C25") == found(of(SEPLOS), "C25")
    assert {name for one in found(of(PS_20016S), "C25") for name in one.names} == set()


def test_zero_capacity_and_no_cells() -> None:
    for name in ("capacity_ah", "rated_capacity_ah", "series", "cells_in_parallel"):
        values: dict[str, Any] = {name: 0}
        grave = [one.names for one in check_pack(replace(of(WALL), **values)) if one.grave]
        assert (name,) in grave


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("power", {"wake_low_v": 60.0}),
        ("requests", {"discharge_voltage_v": 55.0}),
        ("balancer", {"stop_difference_v": 0.031}),
    ],
)
def test_starts_that_lie_beyond_their_ends(table: str, values: dict[str, float]) -> None:
    assert [one.names[0] for one in check_pack(tabled(WALL, table, **values)) if one.grave] == [
        f"{table}.{next(iter(values))}"
    ]
