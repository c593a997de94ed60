"""pymodbus and Debian's mbpoll read, hand-shake with and command a virtual Growatt battery, as an inverter does."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymodbus.client import ModbusSerialClient

from strangers.serving import lived, pty, standing_still
from strangers.test_modbus import KINDS, MBPOLL, connected, mbpoll, port_of, printed
from wattstead.model.reading import numbers
from wattstead.virtual.bank import Bank

pytestmark = pytest.mark.slow
ADDRESS = 1


@pytest.fixture
def bank() -> Bank:
    return lived("growatt-rs485", 2, -31.7)


@contextmanager
def client(kind: str, bank: Bank, folder: Path) -> Iterator[Any]:
    """Connect pymodbus to a bank whose time stands still; on a serial line at the speed of these batteries."""
    wanted, path = pty(folder) if kind == "serial" else (f"{kind}://127.0.0.1:0", "")
    with standing_still(bank, [wanted]) as (url,):
        if kind != "serial":
            with connected(kind, url) as stranger:
                yield stranger
            return
        serial: Any = ModbusSerialClient(path, baudrate=9600, timeout=5)
        assert serial.connect()
        try:
            yield serial
        finally:
            serial.close()


def held(bank: Bank, place: int, name: str, scale: float) -> list[int]:
    """What a pack tells, as its wire counts it."""
    return [round(one / scale) & 0xFFFF for one in numbers(bank.report(place).values[name])]


@pytest.mark.parametrize("kind", KINDS)
def test_pymodbus_reads_both_packs(kind: str, bank: Bank, tmp_path: Path) -> None:
    with client(kind, bank, tmp_path) as stranger:
        state = stranger.read_holding_registers(0x13, count=6, device_id=ADDRESS).registers
        bulk = stranger.read_holding_registers(0x01, count=0x29, device_id=ADDRESS).registers
        second = stranger.read_holding_registers(0x43, count=6, device_id=ADDRESS).registers
        cells = stranger.read_holding_registers(0x71, count=32, device_id=ADDRESS).registers
        series = stranger.read_holding_registers(0x29, count=1, device_id=ADDRESS).registers
    assert state[3:5] == [*held(bank, 0, "pack_voltage_v", 0.01), *held(bank, 0, "pack_current_a", 0.01)]
    assert bulk[0x12:0x18] == state
    assert state[0] & 3 == 3  # discharging
    assert second[3:5] == [*held(bank, 1, "pack_voltage_v", 0.01), *held(bank, 1, "pack_current_a", 0.01)]
    assert cells == [*held(bank, 0, "cell_voltage_v", 0.001), *held(bank, 1, "cell_voltage_v", 0.001)]
    assert series == [16]


@pytest.mark.parametrize("kind", KINDS)
def test_pymodbus_shakes_hands_opens_a_switch_and_sets_a_limit(kind: str, bank: Bank, tmp_path: Path) -> None:
    with client(kind, bank, tmp_path) as stranger:
        assert not stranger.write_registers(0x13, [0x0C00], device_id=ADDRESS).isError()
        shaken = stranger.read_holding_registers(0x13, count=1, device_id=ADDRESS).registers[0]
        assert not stranger.write_registers(0x10C, [0x0300], device_id=ADDRESS).isError()  # low byte first
        opened = stranger.read_holding_registers(0x13, count=1, device_id=ADDRESS).registers[0]
        assert not stranger.write_registers(0x128, [0xFC0D], device_id=ADDRESS).isError()  # 3580 mV
        limit = stranger.read_holding_registers(0x128, count=1, device_id=ADDRESS).registers
    assert (shaken >> 10 & 3, shaken >> 5 & 3) == (3, 3)
    assert opened >> 5 & 3 == 1
    assert limit == [0xFC0D]
    assert bank.packs[0].settings["cell_overvoltage_protection_v"] == 3.58


@pytest.mark.parametrize("kind", KINDS)
def test_pymodbus_is_refused_by_the_codes_of_the_standard(kind: str, bank: Bank, tmp_path: Path) -> None:
    with client(kind, bank, tmp_path) as stranger:
        refused = [
            stranger.read_input_registers(0x13, count=1, device_id=ADDRESS),
            stranger.write_register(0x13, 0x0400, device_id=ADDRESS),
            stranger.read_holding_registers(0x53, count=1, device_id=ADDRESS),
            stranger.read_holding_registers(0x10C, count=1, device_id=ADDRESS),
            stranger.read_holding_registers(0x43, count=1, device_id=2),  # the second pack has none behind it
            stranger.write_registers(0x127, [0x0F04], device_id=ADDRESS),
        ]
    assert [one.exception_code for one in refused] == [1, 1, 2, 2, 2, 3]


@pytest.mark.skipif(MBPOLL is None, reason="Debian's mbpoll is not installed: sudo apt-get install mbpoll")
@pytest.mark.parametrize("kind", ["serial", "modbus-tcp"])
def test_mbpoll_reads_and_shakes_hands(kind: str, bank: Bank, tmp_path: Path) -> None:
    wanted, path = pty(tmp_path) if kind == "serial" else (f"{kind}://127.0.0.1:0", "127.0.0.1")
    with standing_still(bank, [wanted]) as (url,):
        line = ["-m", "rtu", "-b", "9600", "-P", "none"] if kind == "serial" else ["-p", str(port_of(url))]
        ask = [*line, "-a", str(ADDRESS), "-t", "4"]
        cells = mbpoll(*ask, "-r", str(0x71), "-c", "16", path)
        state = mbpoll(*ask, "-r", str(0x15), "-c", "3", path)
        beyond = mbpoll(*ask, "-r", str(0x2A), "-c", "10", path)
        written = mbpoll(*ask, "-r", str(0x13), path, "2048", "0")  # two values: mbpoll writes one by function 06
    assert printed(cells) == held(bank, 0, "cell_voltage_v", 0.001), cells
    assert printed(state)[1:2] == held(bank, 0, "pack_voltage_v", 0.01)
    assert len(printed(beyond)) == 10
    assert "Illegal data address" in written  # 0013 alone can be written
