"""What each shipped preset says, against tables written here from the makers' documents and the requirement pages."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wattstead.catalog.packs import load_pack, preset_names
from wattstead.catalog.profile import load_profile
from wattstead.catalog.words import codes
from wattstead.model.pack import PackRow
from wattstead.model.protection import Level, Source, recovery_text

FACTS = Path(__file__).parents[3] / "shared" / "facts"

# name | channel | level | gate | trip | recover | delay in s | stops (c, d) | recovery; "-" where not of account.
SEPLOS = """
cell_high_voltage_alarm | cell_voltage_max | alarm | charging | 3.55 | 3.38 | 1 | - | value
cell_low_voltage_alarm | cell_voltage_min | alarm | discharging | 2.9 | 3.1 | 1 | - | value
cell_overvoltage_protection | cell_voltage_max | protection | charging | 3.65 | 3.38 | 2 | c | value and soc
cell_undervoltage_protection | cell_voltage_min | protection | discharging | 2.7 | 3.1 | 2 | d | value
charging_forbidden_low_cell | cell_voltage_min | critical | any | 1.5 | - | 2 | c | never
pack_high_voltage_alarm | pack_voltage | alarm | charging | 56 | 54 | 1 | - | value
pack_low_voltage_alarm | pack_voltage | alarm | discharging | 46.4 | 48 | 1 | - | value
pack_overvoltage_protection | pack_voltage | protection | charging | 57.6 | 54 | 2 | c | value and soc
pack_undervoltage_protection | pack_voltage | protection | discharging | 43.2 | 48 | 2 | d | value
charger_overvoltage_protection | port_voltage | protection | charger | 63 | 61 | 2 | c | value
charge_high_temperature_alarm | cell_temperature_max | alarm | charging | 50 | 47 | 1 | - | value
charge_low_temperature_alarm | cell_temperature_min | alarm | charging | 2 | 5 | 1 | - | value
charge_overtemperature_protection | cell_temperature_max | protection | charging | 55 | 50 | 5 | c | value
charge_undertemperature_protection | cell_temperature_min | protection | charging | -10 | 0 | 5 | c | value
discharge_high_temperature_alarm | cell_temperature_max | alarm | discharging | 52 | 47 | 1 | - | value
discharge_low_temperature_alarm | cell_temperature_min | alarm | discharging | -10 | 3 | 1 | - | value
discharge_overtemperature_protection | cell_temperature_max | protection | discharging | 55 | 50 | 5 | d | value
discharge_undertemperature_protection | cell_temperature_min | protection | discharging | -10 | 0 | 5 | d | value
ambient_high_temperature_alarm | ambient_temperature | alarm | any | 50 | 47 | 1 | - | value
ambient_low_temperature_alarm | ambient_temperature | alarm | any | 0 | 3 | 1 | - | value
ambient_overtemperature_protection | ambient_temperature | protection | any | 60 | 55 | 5 | cd | value
ambient_undertemperature_protection | ambient_temperature | protection | any | -10 | 0 | 5 | cd | value
mos_high_temperature_alarm | mos_temperature | alarm | any | 90 | 85 | 1 | - | value
mos_overtemperature_protection | mos_temperature | protection | any | 100 | 85 | 5 | cd | value
charge_overcurrent_alarm | charge_current | alarm | charging | 70 | 65 | 1 | - | value
discharge_overcurrent_alarm | discharge_current | alarm | discharging | 105 | 103 | 1 | - | value
charge_overcurrent_protection | charge_current | protection | charging | 110 | - | 10 | c | elapsed
discharge_overcurrent_protection | discharge_current | protection | discharging | 110 | - | 10 | d | elapsed
transient_overcurrent_protection | discharge_current | critical | discharging | 250 | - | 0.03 | d | elapsed
short_circuit_protection | discharge_current | critical | discharging | 500 | - | 0.0003 | cd | charger or elapsed
soc_alarm | soc | alarm | any | 10 | 11 | 1 | - | value
soc_protection | soc | protection | discharging | 5 | - | 2 | d | charger
cell_difference_fault | cell_voltage_difference | alarm | any | 0.5 | 0.3 | 1 | - | value
temperature_sensor_fault | temperature_sensor_fault | alarm | any | 1 | 0 | 1 | - | value
button_fault | button_stuck | alarm | any | 30 | 0 | 0 | - | value
"""
PS_20016S = """
abnormal_high_voltage_protection | cell_voltage_max | critical | any | 3.9 | 3.55 | 8 | c | discharge or value
cell_overvoltage_protection | cell_voltage_max | protection | any | 3.75 | 3.55 | 4 | c | discharge or value
cell_undervoltage_protection|cell_voltage_min|protection|any|2.5 | 2.7 | 4 | d | (charge or value) and load_removed
charge_overcurrent_protection | charge_current | protection | charging | 205 | - | 8 | c | elapsed
discharge_overcurrent_protection | discharge_current | protection | discharging | 205 | - | 8 | d | elapsed
charge_overcurrent_front_end_protection | charge_current | critical | charging | 300 | - | 8 | cd | elapsed
discharge_overcurrent_1_protection|discharge_current|critical|discharging | 300 | - | 4 | cd | elapsed or load_removed
discharge_overcurrent_2_protection|discharge_current|critical|discharging | 400 | - | 2 | cd | elapsed or load_removed
short_circuit_protection | discharge_current | critical | discharging | 1100 | - | 0.00032 | cd | load_removed
charge_limiting | charge_current | alarm | charging | 205 | - | 5 | - | elapsed
mos_charge_overtemperature_protection | mos_temperature | protection | charging | 100 | 70 | 5 | c | value
mos_charge_undertemperature_protection | mos_temperature | protection | charging | -20 | -10 | 5 | c | value
mos_discharge_overtemperature_protection | mos_temperature | protection | discharging | 100 | 70 | 5 | d | value
mos_discharge_undertemperature_protection | mos_temperature | protection | discharging | -20 | -10 | 5 | d | value
charge_overtemperature_protection | cell_temperature_max | protection | charging | 65 | 55 | 5 | c | value
charge_undertemperature_protection | cell_temperature_min | protection | charging | 2 | 5 | 5 | c | value
discharge_overtemperature_protection | cell_temperature_max | protection | discharging | 65 | 55 | 5 | d | value
discharge_undertemperature_protection | cell_temperature_min | protection | discharging | -5 | -2 | 5 | d | value
emergency_stop | emergency_stop | critical | any | 1 | 0 | 0 | cd | value and button
charge_switch_fault | charge_switch_fault | critical | any | 1 | 0 | 2 | cd | service
discharge_switch_fault | discharge_switch_fault | critical | any | 1 | 0 | 2 | cd | service
"""


def said(row: PackRow, columns: list[str]) -> list[str]:
    """Write a row like a line above; "-" in a column asks nothing of it."""
    stops = "".join(one[0] for one in ("charge", "discharge") if f"stop_{one}" in row.actions)
    figures = [f"{figure:g}" for figure in (row.trip, row.recover, row.delay_s)]
    words = [row.name, row.channel.label, row.level.value, row.gate.value, *figures, stops, recovery_text(row.recovery)]
    return [
        "-" if wanted == "-" and name != 7 else word or "-"
        for name, (word, wanted) in enumerate(zip(words, columns, strict=True))
    ]


@pytest.mark.parametrize(("name", "table"), [("seplos-16s-100ah", SEPLOS), ("ps-20016s", PS_20016S)])
def test_the_rows_that_are_watched_are_those_of_the_document(name: str, table: str) -> None:
    """SEP-7, SEP-9, SEP-10, SEP-12, SEP-13, SEP-21; PWS-3, PWS-4, PWS-5: each figure, delay and release."""
    wanted = [[column.strip() for column in line.split("|")] for line in table.strip().splitlines()]
    watched = [row for row in load_pack(name).rows if row.enabled]
    assert [row.name for row in watched] == [columns[0] for columns in wanted]
    assert [said(row, columns) for row, columns in zip(watched, wanted, strict=True)] == wanted


def test_the_settings_of_seplos_are_those_of_its_profile_as_shipped() -> None:
    profile = load_profile("seplos-v2")
    assert dict(load_pack("seplos-16s-100ah").settings) == {name: one.default for name, one in profile.settings.items()}


def test_the_settings_of_the_module_of_15_cells_are_those_of_its_profile() -> None:
    profile = load_profile("pylontech")
    assert dict(load_pack("pylontech-15s").settings) == {name: one.default for name, one in profile.settings.items()}


def test_the_settings_of_ps_20016s_are_its_65_parameters_in_order() -> None:
    file = FACTS / "powastone_parameters.csv"
    if not file.is_file():
        pytest.skip("the maker's table powastone_parameters.csv is not beside the repository (../shared/facts)")
    with file.open(encoding="utf-8", newline="") as lines:
        listed = list(csv.DictReader(lines))
    settings = list(load_pack("ps-20016s").settings.items())
    assert len(listed) == 65
    assert [name for name, _ in settings[65:]] == [
        "shunt_mohm",
        "limiter_board_fitted",
        "emergency_stop_fitted",
        "external_switch_fitted",
        "transfer_start_difference_mv",
        "transfer_stop_difference_mv",
        "balancing_charging_difference_mv",
        "balancing_standby_difference_mv",
        "inverter_protocol",
        "screen_charge_voltage_v",
    ]
    words: dict[str, Any] = {
        "off": False,
        "on": True,
        "close-discharge MOS": "discharge_mos",
        "Chg/Dsg": "charge_and_discharge",
    }
    units = {"°C": "degc", "%": "pct", "µs": "us", "µV": "uv"}
    for (name, value), row in zip(settings, listed, strict=False):
        listed_as = words[row["default"]] if row["default"] in words else float(row["default"])
        discharges = row["unit"] == "A" and "discharge" in name  # negative here, counted up by the maker
        assert value == (-listed_as if discharges else listed_as), name
        if unit := row["unit"].lower():
            assert name.endswith(f"_{units.get(row['unit'], unit)}"), name


def test_the_records_of_ps_20016s_are_the_codes_of_its_screen() -> None:
    """PWS-9."""
    file = FACTS / "powastone_records.csv"
    if not file.is_file():
        pytest.skip("the maker's table powastone_records.csv is not beside the repository (../shared/facts)")
    with file.open(encoding="utf-8", newline="") as lines:
        listed = {row["code"] for row in csv.DictReader(lines)}
    pack = load_pack("ps-20016s")
    assert {row.record for row in pack.rows} == {*listed, ""}
    assert [row.name for row in pack.rows if not row.record] == ["charge_limiting"]
    assert pack.records == {"capacity": 50}


def test_alarms_and_protections_of_the_sheet_have_codes_of_their_own() -> None:
    """PYL-4."""
    file = FACTS / "pylontech_codes.csv"
    if not file.is_file():
        pytest.skip("the sheet pylontech_codes.csv is not beside the repository (../shared/facts)")
    with file.open(encoding="utf-8", newline="") as lines:
        severity = {row["code"]: row["severity"] for row in csv.DictReader(lines)}
    rows = load_pack("pylontech-15s").rows
    assert {row.record for row in rows} <= set(severity)
    wanted = {"alarm": {"alarm"}, "protection": {"protection", "critical"}}
    for row in rows:
        if severity[row.record] in wanted and row.record != "OTC":  # over-time charge: one code, first alarm, then cut
            assert row.level.value in wanted[severity[row.record]], row.name


@pytest.mark.parametrize(("name", "dialect"), [("seplos-16s-100ah", "seplos-v2"), ("pylontech-15s", "pylontech")])
def test_a_row_with_a_bit_on_the_wire_has_its_word(name: str, dialect: str) -> None:
    bits = {code for code in codes(dialect) if code.endswith(("_alarm", "_protection", "_fault", "_low_cell"))}
    rows = {row.name for row in load_pack(name).rows}
    by_both = {"cell_overtemperature_protection", "cell_undertemperature_protection"}  # one bit for both directions
    # Without a value at hand that would make them true.
    unknown = {"mos_high_temperature_alarm", "mos_overtemperature_protection", "temperature_difference_alarm"}
    board = {"eeprom_fault", "clock_fault"}
    assert bits - rows <= (by_both | unknown if dialect == "pylontech" else board)


def test_locks_of_seplos_count_by_direction() -> None:
    """SEP-10."""
    pack = load_pack(
        "seplos-16s-100ah", {"enable_transient_overcurrent_lockout": True, "overcurrent_recovery_count": 3}
    )
    locks = {row.name: row.lock for row in pack.rows if row.lock}
    assert {name: (lock.family, lock.after, lock.charger_unlocks) for name, lock in locks.items() if lock} == {
        "charge_overcurrent_protection": ("charge_overcurrent", 3, False),
        "discharge_overcurrent_protection": ("discharge_overcurrent", 3, True),
        "transient_overcurrent_protection": ("discharge_overcurrent", 3, True),
        "short_circuit_protection": ("short_circuit", 3, True),
    }
    shipped = load_pack("seplos-16s-100ah")
    assert shipped.row("transient_overcurrent_protection").lock is None
    assert shipped.row("short_circuit_protection").lock is not None


def test_the_wall_battery_lets_flow_what_it_is_made_for() -> None:
    """GRW-1."""
    pack = load_pack("wall-6k5")
    cuts = [row for row in pack.rows if row.level is not Level.ALARM]

    def of(channel: str) -> list[PackRow]:
        return [row for row in cuts if row.channel.label == channel]

    assert all(row.trip > 64.0 for row in of("charge_current"))
    assert all(row.trip > 85.0 for row in of("discharge_current"))
    assert all(row.delay_s >= 3.0 for row in of("discharge_current") if row.trip <= 96.0)
    assert {row.trip for row in of("cell_temperature_max")} == {45.0}
    assert {row.trip for row in of("cell_temperature_min")} == {-10.0}
    assert pack.row("cell_overvoltage_protection").trip * 16 == pytest.approx(57.6)
    assert pack.row("cell_undervoltage_protection").trip * 16 == 48.0
    assert pack.capacity_ah * pack.usable_share == 118.0


def test_the_wall_battery_has_three_levels_and_says_how_its_lamp_shines() -> None:
    """GRW-5; GRW-6: what turns it off."""
    rows = {row.name: row for row in load_pack("wall-6k5").rows}
    for what in ("cell_high_voltage", "charge_overcurrent", "discharge_low_temperature", "cell_difference"):
        assert not rows[f"{what}_alarm"].actions
        assert {action.value[:8] for action in rows[f"{what}_derating"].actions} == {"ask_less"}
    assert rows["soc_alarm"].led.value == "off"  # the panel itself blinks from 13 %
    flickers = {name for name, row in rows.items() if row.led.value == "blink"}
    assert flickers == {
        "cell_high_voltage_derating",
        "cell_overvoltage_protection",
        "cell_low_voltage_derating",
        "cell_undervoltage_protection",
        "pack_overvoltage_protection",
        "pack_undervoltage_protection",
    }
    turns_off = {name for name, row in rows.items() if "power_off" in row.actions}
    assert turns_off == {
        "cell_undervoltage_protection",
        "pack_undervoltage_protection",
        "zero_volt_cell_fault",
        "parallel_fault",
    }


@pytest.mark.parametrize("name", preset_names())
def test_fast_rows_are_the_front_ends_and_alarms_cut_nothing(name: str) -> None:
    """SEP-6."""
    for row in load_pack(name).rows:
        assert (row.source is Source.FRONT_END) or row.delay_s == 0.0 or row.delay_s >= 0.1, row.name
        assert row.protection().name == row.name  # an alarm that cuts is refused here


@pytest.mark.parametrize("name", preset_names())
def test_each_preset_has_words_in_both_languages_and_a_source(name: str) -> None:
    pack = load_pack(name)
    assert pack.name == name
    assert set(pack.title) == {"en", "fr"}
    assert pack.source


# What the two sources state; the rest of this preset is ours. name | trip | record
PYLONTECH = """
cell_overvoltage_protection | 3.65 | OVP
cell_low_voltage_alarm | 3.05 | CUV
cell_undervoltage_protection | 2.9 | UVP
pack_overvoltage_protection | 54 | OVP
pack_low_voltage_alarm | 46 | BLV
pack_undervoltage_protection | 44.5 | UVP
charge_overcurrent_alarm | 37 | COCA
charge_overcurrent_protection | 102 | COCP
discharge_overcurrent_protection | 100 | DOCP
cell_high_temperature_alarm | 60 | OTW
cell_low_temperature_alarm | 0 | UTW
charge_overtemperature_protection | 61 | OTP
charge_undertemperature_protection | -11 | UTP
discharge_overtemperature_protection | 61 | OTP
discharge_undertemperature_protection | -11 | UTP
"""


def test_what_is_stated_of_the_module_of_15_cells() -> None:
    pack = load_pack("pylontech-15s")
    stated = [row for row in pack.rows if row.channel.unit and "trip" not in row.ours]
    lines = [f"{row.name} | {row.trip:g} | {row.record}" for row in stated]
    assert lines == PYLONTECH.strip().splitlines()


OTHERS: dict[str, Any] = {
    "overdischarge_mos_control": "both",
    "ctl_pin_control": "discharge",
    "inverter_protocol": "sma_can",
    "screen_charge_voltage_v": 50.0,  # the smaller of two limits counts
}


@pytest.mark.slow
@pytest.mark.parametrize("name", preset_names())
def test_each_setting_that_is_not_listed_as_unused_changes_something(name: str) -> None:
    """SEP-23: and each that is listed changes nothing."""
    shipped = load_pack(name)
    # Behind these switches lie settings that count only with them.
    opened = {"precharge_control": True} if name == "ps-20016s" else {}
    before = load_pack(name, opened)
    for setting, value in before.settings.items():
        other: Any = value
        written: Any = OTHERS[setting] if setting in OTHERS else not other if isinstance(other, bool) else other + 1
        after = load_pack(name, {**opened, setting: written}, refuse=False)
        same = replace(after, settings=before.settings) == before
        assert same is (setting in shipped.unused), setting
