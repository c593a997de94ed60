"""The RS485 protocol of Growatt batteries against the tables of its document, and its switches."""

import re
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import pytest

from recordings import whole_frame
from wattstead.catalog.packs import load_pack
from wattstead.catalog.profile import load_file, load_profile
from wattstead.model.errors import DecodeError, ProfileError, UsageError
from wattstead.virtual.status import told_by_others
from wattstead.wire.codec import Question, Said
from wattstead.wire.field import Bits
from wattstead.wire.framing.modbus_rtu import ModbusRtuFramer
from wattstead.wire.layout import Field, fields_of

PROFILE = load_profile("growatt-rs485")
SHEET = Path(__file__).parents[3] / "shared" / "reference" / "growatt-battery.md"

BITS = {
    "errors": {
        0: "discharge_overcurrent_protection",  # OCD
        1: "short_circuit_protection",  # SCD
        2: "cell_overvoltage_protection",  # OV
        3: "cell_undervoltage_protection",  # UV
        4: "discharge_overtemperature_protection",  # OTD
        5: "charge_overtemperature_protection",  # OTC
        6: "discharge_undertemperature_protection",  # UTD
        7: "charge_undertemperature_protection",  # UTC
        8: "soft_start_fault",
        9: "permanent_fault",
        10: "cell_difference_fault",
        11: "charge_overcurrent_protection",  # OCC
        12: "mos_overtemperature_protection",
        13: "ambient_overtemperature_protection",
        14: "ambient_undertemperature_protection",
    },
    "warnings": {
        0: "cell_high_voltage_alarm",
        1: "cell_low_voltage_alarm",
        2: "pack_high_voltage_alarm",
        3: "pack_low_voltage_alarm",
        4: "discharge_overcurrent_alarm",
        5: "charge_overcurrent_alarm",
        6: "discharge_high_temperature_alarm",
        7: "discharge_low_temperature_alarm",
        8: "charge_high_temperature_alarm",
        9: "charge_low_temperature_alarm",
        10: "mos_high_temperature_alarm",
        11: "ambient_high_temperature_alarm",
        12: "ambient_low_temperature_alarm",
        13: "turn_off_alarm",
    },
    "module_errors": {
        0: "dip_switch_fault",
        1: "module_version_fault",
        2: "serial_number_fault",
        3: "master_lost_fault",
        4: "slave_lost_fault",
    },
    "faults_1": {
        0: "external_can_fault",
        1: "internal_can_fault",
        2: "soc_below_5_alarm",
        3: "soc_below_10_alarm",
        4: "short_circuit_protection",
        5: "precharge_fault",
        6: "external_rs485_fault",
        7: "internal_rs485_fault",
        8: "leakage_fault",
        9: "front_end_fault",
        10: "main_supply_fault",
        11: "sensor_supply_fault",
        12: "eeprom_fault",
        13: "clock_fault",
        14: "broken_wire_fault",
        15: "temperature_sensor_fault",
    },
    "faults_2": {
        0: "pack_voltage_sampling_fault",
        1: "current_sampling_fault",
        2: "load_voltage_sampling_fault",
        3: "flash_fault",
        4: "calibration_load_fault",
        5: "charge_switch_stuck_closed_fault",
        6: "charge_switch_stuck_open_fault",
        7: "discharge_switch_stuck_closed_fault",
        8: "discharge_switch_stuck_open_fault",
        9: "mos_overtemperature_protection",
        10: "mos_high_temperature_alarm",
    },
}
"""Each bit of the document, by its number."""

WITHOUT_A_BIT = {"cell_difference_alarm", "cell_difference_derating", "inverter_silence_alarm"}
"""Rows of the wall battery for which this wire has no word."""


def field(name: str) -> Field:
    return next(one for message in PROFILE.dialect.messages for one in fields_of(message.reply) if one.name == name)


def understood(name: str, message: str, registers: list[int]) -> Said:
    """What a profile reads in a reply of these registers."""
    profile = load_profile(name)
    codec, about = profile.codec(), profile.dialect.message(message)
    content = b"".join(one.to_bytes(2) for one in registers)
    frame = ModbusRtuFramer().build(codec.family.reply(Question(about, 1), content))
    return codec.understand(whole_frame(profile, frame), Question(about, 1))


@pytest.mark.parametrize("name", BITS)
def test_each_bit_of_the_document_has_its_code_and_no_other_has_one(name: str) -> None:
    kind = field(name).type
    assert isinstance(kind, Bits)
    assert {bit: code for bit, code in enumerate(kind.names) if code} == BITS[name]
    for code in BITS[name].values():
        assert set(PROFILE.codes[code].label) == {"en", "fr"}


def test_the_codes_are_those_of_the_document_and_of_its_status_word() -> None:
    of_bits = {code for codes in BITS.values() for code in codes.values()}
    assert set(PROFILE.codes) == of_bits | {"sleep", "terminal_open", "soh_flag"}


def test_the_sheet_lists_as_many_bits() -> None:
    if not SHEET.is_file():
        pytest.skip("the sheet is not beside the repository (../shared/reference)")
    text = SHEET.read_text(encoding="utf-8")
    errors = text[text.index("### 3.2") : text.index("### 3.3")]
    rows = re.findall(r"^\| ([\d /]+) \|", errors, re.MULTILINE)
    assert sorted(int(bit) for row in rows for bit in row.split("/")) == sorted(BITS["errors"])
    warnings = text[text.index("### 3.3") : text.index("### 3.4")]
    assert {int(bit) for bit in re.findall(r"(?:^|· |\n)(\d+) [a-zM]", warnings)} == set(BITS["warnings"])
    modules = text[text.index("### 3.4") : text.index("### 3.5")]
    assert {int(bit) for bit in re.findall(r"(?:^|· |\n)(\d) [a-zDI]", modules)} == set(BITS["module_errors"])
    for table, name in (("FaultTab1", "faults_1"), ("FaultTab2", "faults_2")):
        (row,) = re.findall(rf"{table}: (.+?) \|", text)
        assert [int(one.strip().split()[0]) for one in row.split(",")] == list(BITS[name])


def test_each_row_of_the_wall_battery_is_told_by_a_bit() -> None:
    rows = {row.name for row in load_pack("wall-6k5").rows}
    dark = {row for row in rows if not set(told_by_others([row], PROFILE.virtual.implies)) & set(PROFILE.codes)}
    assert dark == WITHOUT_A_BIT
    assert set(PROFILE.virtual.implies) <= rows


def test_the_time_of_the_document() -> None:
    wanted = datetime(2024, 3, 27, 12, 34, 56)  # noqa: DTZ001 - a device's clock knows no zone
    low_first = understood("growatt-rs485", "gauge", [0, 0xC8B8, 0x60F6])
    in_bytes = understood("growatt-rs485", "version", [0x0104, 0x0102, 2, 1, 0x60, 0xF6, 0xC8, 0xB8])
    assert low_first.packs[0].values["device_time"] == in_bytes.packs[0].values["device_time"] == wanted
    assert in_bytes.record["gauge_release"] == 0x10002


def test_registers_that_several_values_share() -> None:
    said = understood("growatt-rs485", "state", [0x1469, 0x0000, 66, 2631, 0x10000 - 1230, 0x10000 - 7])
    values = said.packs[0].values
    assert (values["operating_state"], values["inverter_state"]) == ("standby", "standby")
    assert (values["balancing_on"], values["discharge_mos_on"], values["charge_mos_on"]) == (True, True, True)
    assert values["charge_immediately_1"] is True  # bit 12
    assert (values["pack_current_a"], values["cell_temperature_max_degc"]) == (-12.3, -7)
    shared = understood("growatt-rs485", "limits", [6400, 8064, 12171, 0x0104, 13, 117, 0x0501, 0x00E3])
    assert (shared.record["master_box_present"], shared.record["battery_number"]) == (1, 5)
    assert shared.packs[0].values["soh_pct"] == 99
    assert shared.packs[0].active == ("soh_flag",)
    chemistry = understood("growatt-rs485", "warnings", [5760, 0xA001])
    assert chemistry.packs[0].values == {"charge_voltage_limit_v": 57.6, "chemistry": "LTO"}
    assert chemistry.packs[0].active == ("cell_high_voltage_alarm", "turn_off_alarm")


def test_the_extension_has_its_low_byte_first_unless_the_switch_says_otherwise() -> None:
    registers = [10, 173, 3320, 0, 531, 12034, 11879, 0x8001, 0x0402, 0x0101, 0x8000, 0x0072]
    swapped = [(one & 0xFF) << 8 | one >> 8 for one in registers]
    low = understood("growatt-rs485", "extension", swapped)
    high = understood("growatt-rs485+extension-high-first", "extension", registers)
    assert low.record == high.record
    assert low.packs == high.packs
    assert low.packs[0].values["balancing_cells"] == (1, 9, 32)
    assert low.packs[0].values["operating_state"] == "discharging"
    assert low.record["main_switch"] == "closed"
    assert low.packs[0].active == (
        "external_can_fault",
        "temperature_sensor_fault",
        "current_sampling_fault",
        "mos_high_temperature_alarm",
    )


def test_switches_of_the_current_and_of_the_voltage() -> None:
    registers = [0x0063, 0, 66, 532, 1230, 25]
    said = understood("growatt-rs485+positive-discharges+tenths-of-volts", "state", registers).packs[0].values
    assert (said["pack_current_a"], said["pack_voltage_v"]) == (-12.3, 53.2)


def test_cells_from_70() -> None:
    board = load_profile("growatt-rs485+cells-from-70").codec()
    assert board.ask("cells", 1)[1].hex(" ") == "01 03 00 70 00 10 45 dd"
    assert board.ask("pack_number", 1)[1][2:6].hex() == "00800001"
    assert PROFILE.codec().ask("cells", 1)[1].hex(" ") == "01 03 00 71 00 10 14 1d"


def test_the_time_in_two_registers_unless_it_has_a_byte_in_each() -> None:
    wanted = datetime(2024, 3, 27, 12, 34, 56)  # noqa: DTZ001 - a device's clock knows no zone
    said = understood("growatt-rs485+time-in-two-registers", "version", [0x0104, 0x0102, 2, 1, 0xC8B8, 0x60F6, 0, 0])
    assert said.packs[0].values == {"firmware_version": "1.4", "device_time": wanted}
    with pytest.raises(DecodeError, match="more than a byte in a register"):
        understood("growatt-rs485", "version", [0x0104, 0x0102, 2, 1, 0xC8B8, 0x60F6, 0, 0])


def test_a_switch_that_nobody_has() -> None:
    with pytest.raises(UsageError, match="growatt-rs485 has no switch 'cells'; did you mean 'cells-from-70'"):
        load_profile("growatt-rs485+cells")


def changed(folder: Path, wrong: str, right: str) -> Path:
    """Give a copy of the profile with other words in it."""
    text = (files("wattstead") / "profiles" / "growatt-rs485.toml").read_text(encoding="utf-8")
    assert wrong in text
    file = folder / "growatt-rs485.toml"
    file.write_text(text.replace(wrong, right, 1), encoding="utf-8")
    return file


def test_a_switch_may_leave_messages_out(tmp_path: Path) -> None:
    key = '[switch."cells-from-70"]\n'
    board = load_file(changed(tmp_path, key, f'{key}without = ["second_cells"]\n'), "cells-from-70")
    with pytest.raises(UsageError, match="second_cells"):
        board.dialect.message("second_cells")


def test_a_switch_about_a_message_that_is_not_there(tmp_path: Path) -> None:
    file = changed(tmp_path, "messages = { cells =", "messages = { cell =")
    with pytest.raises(ProfileError, match="switch 'cells-from-70': there is no message 'cell'; did you mean 'cells'"):
        load_file(file, "cells-from-70")


@pytest.mark.parametrize(
    ("wrong", "right", "why"),
    [
        ("width = 4, bits", "width = 3, bits", "only 15 bits of the last register|15 bits of a register stand before"),
        ('"u8", width = 7 }', '"i8", width = 7 }', "does not fit 7 bits; a number without sign"),
    ],
)
def test_fields_that_share_a_register_fill_it(tmp_path: Path, wrong: str, right: str, why: str) -> None:
    with pytest.raises(ProfileError, match=why):
        load_file(changed(tmp_path, wrong, right))


def test_the_battery_on_can_of_sph_inverters_sends_one_frame_more() -> None:
    plain, sph = (load_profile(name).link.can for name in ("growatt-can", "growatt-can+sph"))
    assert plain is not None
    assert sph is not None
    assert sph.send == (*plain.send, "temperature")
    said = load_profile("growatt-can+sph").dialect.message("temperature")
    assert {one.quantity for one in fields_of(said.reply)} >= {"cell_temperature_max_degc", "soc_pct"}
