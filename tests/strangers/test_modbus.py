"""pymodbus and Debian's mbpoll (libmodbus), clients that we did not write, read and write virtual Modbus devices.

To pymodbus address 0 is everybody, so it asks the second pack.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.framer import FramerType

from strangers.serving import lived, pty, simulate, standing_still
from wattstead.model.reading import numbers
from wattstead.virtual.bank import Bank

pytestmark = pytest.mark.slow
MBPOLL = shutil.which("mbpoll")
KINDS = ["serial", "tcp", "modbus-tcp"]
ADDRESS = 1  # of the second pack


@pytest.fixture
def bank() -> Bank:
    return lived("seplos-v3", 2, -31.7)


def held(bank: Bank, name: str, scale: float) -> list[int]:
    """What the second pack tells, as its wire counts it."""
    return [round(one / scale) for one in numbers(bank.report(1).values[name])]


@contextmanager
def client(kind: str, bank: Bank, folder: Path) -> Iterator[Any]:
    """Connect pymodbus to a bank whose time stands still."""
    wanted, path = pty(folder) if kind == "serial" else (f"{kind}://127.0.0.1:0", "")
    with standing_still(bank, [wanted]) as (url,), connected(kind, url, path) as stranger:
        yield stranger


@contextmanager
def connected(kind: str, url: str, path: str = "") -> Iterator[Any]:
    if kind == "serial":
        stranger: Any = ModbusSerialClient(path, baudrate=19200, timeout=5)
    else:
        framer = FramerType.RTU if kind == "tcp" else FramerType.SOCKET
        stranger = ModbusTcpClient("127.0.0.1", port=port_of(url), framer=framer, timeout=5)
    assert stranger.connect()
    try:
        yield stranger
    finally:
        stranger.close()


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


@pytest.mark.parametrize("kind", KINDS)
def test_pymodbus_reads_blocks_windows_and_coils(kind: str, bank: Bank, tmp_path: Path) -> None:
    with client(kind, bank, tmp_path) as stranger:
        summary = stranger.read_input_registers(0x1000, count=18, device_id=ADDRESS).registers
        cells = stranger.read_input_registers(0x1100, count=26, device_id=ADDRESS).registers
        window = stranger.read_input_registers(0x1103, count=2, device_id=ADDRESS).registers
        states = stranger.read_coils(0x1200, count=0x90, device_id=ADDRESS).bits[:0x90]
        few = stranger.read_coils(0x1277, count=4, device_id=ADDRESS).bits[:4]
        names = stranger.read_input_registers(0x1700, count=20, device_id=ADDRESS)
    assert summary[:1] == held(bank, "pack_voltage_v", 0.01)
    assert [summary[1] - 0x10000] == held(bank, "pack_current_a", 0.01)
    assert summary[2:4] == [*held(bank, "remaining_capacity_ah", 0.01), 33000]
    assert cells[:16] == held(bank, "cell_voltage_v", 0.001)
    assert window == cells[3:5]
    assert [at for at, on in enumerate(states) if on] == [0x40, 0x78, 0x79]  # discharging, both switches on
    assert few == [False, True, True, False]
    text = stranger.convert_from_registers(names.registers, stranger.DATATYPE.STRING)
    assert text.replace("\0", "") == "XZH-ElecTech Co.,LtdSG16S200A-SP57B-A"


@pytest.mark.parametrize("kind", KINDS)
def test_pymodbus_is_refused_by_the_codes_of_the_standard(kind: str, bank: Bank, tmp_path: Path) -> None:
    with client(kind, bank, tmp_path) as stranger:
        refused = [
            stranger.read_holding_registers(0x1000, count=1, device_id=ADDRESS),
            stranger.read_input_registers(0x1011, count=2, device_id=ADDRESS),
            stranger.read_input_registers(0x2000, count=1, device_id=ADDRESS),  # of the stack: on the master alone
            stranger.write_registers(0x130D, [0], device_id=ADDRESS),
            stranger.write_registers(0x1513, [0xAA55], device_id=ADDRESS),
        ]
    assert [one.exception_code for one in refused] == [1, 2, 2, 3, 4]


@pytest.mark.parametrize("kind", KINDS)
def test_pymodbus_writes_settings_switches_and_orders(kind: str, bank: Bank, tmp_path: Path) -> None:
    with client(kind, bank, tmp_path) as stranger:
        assert not stranger.write_registers(0x130D, [3600], device_id=ADDRESS).isError()
        assert stranger.read_input_registers(0x130C, count=2, device_id=ADDRESS).registers == [3400, 3600]
        assert not stranger.write_coils(0x1402, [False, True, False], device_id=ADDRESS).isError()
        switches = stranger.read_coils(0x1400, count=8, device_id=ADDRESS).bits[:8]
        assert not stranger.write_registers(0x1510, [0x55AA], device_id=ADDRESS).isError()
        states = stranger.read_coils(0x1278, count=2, device_id=ADDRESS).bits[:2]
    assert switches == [True, True, False, True, False, True, True, True]
    assert bank.packs[1].settings["cell_overvoltage_protection_v"] == 3.6
    assert bank.packs[1].settings["enable_pack_high_voltage_alarm"] is False
    assert bank.packs[0].settings["cell_overvoltage_protection_v"] == 3.65
    assert states == [False, True]


@pytest.mark.parametrize(("says", "code"), [("refuse", 3), ("ignore", 0)])
def test_writes_are_taken_as_the_state_file_says(says: str, code: int, tmp_path: Path) -> None:
    state = tmp_path / "state.toml"
    state.write_text(f'[report]\nwrites = "{says}"\nsoc_pct = 42.0\n', encoding="utf-8")
    command = ["seplos-v3", "--on", "modbus-tcp://127.0.0.1:0", "--address", "1", "--state", str(state)]
    with simulate(*command) as running, connected("modbus-tcp", running.url) as stranger:
        assert stranger.write_registers(0x130D, [3600], device_id=ADDRESS).exception_code == code
        assert stranger.read_input_registers(0x130D, count=1, device_id=ADDRESS).registers == [3650]
        assert stranger.read_input_registers(0x1005, count=1, device_id=ADDRESS).registers == [420]


def test_many_clients_of_modbus_tcp_get_each_their_own_answer(bank: Bank) -> None:
    with standing_still(bank, ["modbus-tcp://127.0.0.1:0"]) as (url,):
        strangers: list[Any] = [ModbusTcpClient("127.0.0.1", port=port_of(url), timeout=5) for _ in range(4)]
        try:
            assert all(one.connect() for one in strangers)
            starts = (0x1000, 0x1100, 0x1300, 0x1400)
            asked = list(zip(strangers, starts, strict=True))
            answers = [one.read_input_registers(at, count=4, device_id=ADDRESS) for one, at in asked]
        finally:
            for one in strangers:
                one.close()
    assert answers[0].registers[:1] == held(bank, "pack_voltage_v", 0.01)
    assert answers[1].registers == held(bank, "cell_voltage_v", 0.001)[:4]
    assert answers[2].registers == [4, 16, 5400, 5600]
    assert answers[3].exception_code == 2


def mbpoll(*arguments: str) -> str:
    """Run mbpoll once; give what it printed."""
    command = [str(MBPOLL), "-1", "-0", "-o", "5", "-q", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return done.stdout + done.stderr


def printed(text: str) -> list[int]:
    return [int(value) for value in re.findall(r"^\[\d+\]:\s+(-?\d+)", text, re.MULTILINE)]


@pytest.mark.skipif(MBPOLL is None, reason="Debian's mbpoll is not installed: sudo apt-get install mbpoll")
@pytest.mark.parametrize("kind", ["serial", "modbus-tcp"])
def test_mbpoll_reads_and_is_refused(kind: str, bank: Bank, tmp_path: Path) -> None:
    wanted, path = pty(tmp_path) if kind == "serial" else (f"{kind}://127.0.0.1:0", "127.0.0.1")
    with standing_still(bank, [wanted]) as (url,):
        line = ["-m", "rtu", "-b", "19200", "-P", "none"] if kind == "serial" else ["-p", str(port_of(url))]
        ask = [*line, "-a", str(ADDRESS)]
        cells = mbpoll(*ask, "-t", "3", "-r", str(0x1100), "-c", "16", path)
        coils = mbpoll(*ask, "-t", "0", "-r", str(0x1278), "-c", "4", path)
        beyond = mbpoll(*ask, "-t", "3", "-r", str(0x1012), "-c", "1", path)
        holding = mbpoll(*ask, "-t", "4", "-r", str(0x1000), "-c", "1", path)
    assert printed(cells) == held(bank, "cell_voltage_v", 0.001), cells
    assert printed(coils) == [1, 1, 0, 0]
    assert "Illegal data address" in beyond
    assert "Illegal function" in holding
