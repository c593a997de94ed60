"""pymodbus and Debian's mbpoll at a virtual PS-20016S: values, settings that are programmed, records, who it is."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from pymodbus.client import ModbusSerialClient

from strangers.serving import lived, pty, simulate, standing_still
from strangers.test_modbus import held, mbpoll, printed
from wattstead.wire.sh367309.eeprom import settings_of

pytestmark = pytest.mark.slow
ADDRESS = 3  # of the second pack


@pytest.fixture
def served(tmp_path: Path) -> Any:
    bank = lived("ps-20016s", 2, -31.7)
    wanted, path = pty(tmp_path)
    with standing_still(bank, [wanted]):
        stranger: Any = ModbusSerialClient(path, baudrate=9600, timeout=5)
        assert stranger.connect()
        try:
            yield bank, stranger
        finally:
            stranger.close()


def signed(value: int) -> int:
    return value - 0x10000 if value & 0x8000 else value


def test_pymodbus_reads_values_cells_and_the_front_end(served: Any) -> None:
    bank, stranger = served
    summary = stranger.read_input_registers(0x0000, count=43, device_id=ADDRESS).registers
    cells = stranger.read_input_registers(0x0030, count=23, device_id=ADDRESS).registers
    image = stranger.read_input_registers(0x0050, count=26, device_id=ADDRESS).registers
    assert [summary[6]] == held(bank, "pack_voltage_v", 0.01)
    assert [signed(summary[7])] == held(bank, "pack_current_a", 0.1)
    current = stranger.convert_from_registers(summary[8:10], stranger.DATATYPE.INT32)
    assert [current] == held(bank, "pack_current_a", 0.001)
    assert [summary[10]] == held(bank, "soc_pct", 0.1)
    assert (summary[16], summary[17] & 3) == (3, 3)  # discharging, both switches on
    assert cells[:16] == held(bank, "cell_voltage_v", 0.001)
    assert cells[16:20] == held(bank, "cell_temperature_degc", 0.1)
    assert settings_of(bytes(image))["cell_overvoltage_protection_mv"] == 3750


def test_pymodbus_is_refused_by_the_codes_of_the_map(served: Any) -> None:
    _, stranger = served
    refused = [
        stranger.read_coils(0, count=1, device_id=ADDRESS),
        stranger.read_input_registers(0x002B, count=1, device_id=ADDRESS),
        stranger.write_register(0x1032, 3700, device_id=ADDRESS),  # locked
    ]
    assert [one.exception_code for one in refused] == [1, 2, 4]
    assert not stranger.write_register(0x2000, 0x5053, device_id=ADDRESS).isError()
    assert stranger.write_register(0x1032, 3751, device_id=ADDRESS).exception_code == 3


def test_pymodbus_programs_a_setting(served: Any) -> None:
    bank, stranger = served
    assert not stranger.write_register(0x2000, 0x5053, device_id=ADDRESS).isError()
    assert not stranger.write_registers(0x1032, [3700, 3500], device_id=ADDRESS).isError()
    assert stranger.read_holding_registers(0x1032, count=2, device_id=ADDRESS).registers == [3750, 3550]
    assert not stranger.write_register(0x2001, 2, device_id=ADDRESS).isError()
    assert stranger.read_holding_registers(0x1032, count=2, device_id=ADDRESS).registers == [3700, 3500]
    assert stranger.write_register(0x1032, 3750, device_id=ADDRESS).exception_code == 6  # its clock stands still
    assert [pack.settings["cell_overvoltage_protection_mv"] for pack in bank.packs] == [3750, 3700]


def test_pymodbus_asks_who_it_is(served: Any) -> None:
    _, stranger = served
    said = stranger.read_device_information(device_id=ADDRESS)
    assert said.information == {0: b"PowaStone", 1: b"PS-20016S", 2: b"open map v1.0"}


@pytest.mark.skipif(
    shutil.which("mbpoll") is None, reason="Debian's mbpoll is not installed: sudo apt-get install mbpoll"
)
def test_mbpoll_reads_the_program_as_a_person_starts_it(tmp_path: Path) -> None:
    wanted, path = pty(tmp_path)
    with simulate("ps-20016s", "--on", wanted):
        ask = ["-m", "rtu", "-b", "9600", "-P", "none", "-a", "2"]
        limits = mbpoll(*ask, "-t", "4", "-r", str(0x1032), "-c", "3", path)
        cells = mbpoll(*ask, "-t", "3", "-r", str(0x0004), "-c", "2", path)
    assert printed(limits) == [3750, 3550, 4000], limits
    assert printed(cells) == [16, 7]
