import asyncio
import errno
import fcntl
import os
import sys
from pathlib import Path

import pytest
import serialx

from cable import cable, first_port, joined, listening, opened, take
from wattstead.link import serial
from wattstead.link.open import listen, open_port
from wattstead.link.pty import PtyPort
from wattstead.model.errors import LinkLost, UsageError

if sys.platform == "win32":
    pytest.skip("these tests need pseudo-terminals", allow_module_level=True)


async def test_a_port_opened_at_the_right_speed_reads_right(tmp_path: Path) -> None:
    async with cable(f"pty://{tmp_path}/pack?baud=19200") as (host, device):
        await host.send(bytes(range(256)))
        assert joined(await take(device, 256)) == bytes(range(256))
        await device.send(bytes(range(256)))
        chunks = await take(host, 256)
        assert joined(chunks) == bytes(range(256))
        assert chunks[0].at < chunks[-1].at <= asyncio.get_running_loop().time()
        assert host.url == f"serial://{tmp_path}/pack?baud=19200"
        assert host.baud == 19200


async def test_a_port_opened_at_a_wrong_speed_reads_garbage(tmp_path: Path) -> None:
    async with listening(f"pty://{tmp_path}/pack?baud=19200") as listener:
        device = await first_port(listener)
        async with opened(f"serial://{tmp_path}/pack", baud=9600) as host:
            await host.send(b"~2002\r")
            assert (await device.receive()).data not in b"~2002\r"
        async with opened(f"serial://{tmp_path}/pack", baud=19200) as host:
            await host.send(b"~2002\r")
            assert joined(await take(device, 6))[-6:] == b"~2002\r"


async def test_a_url_has_the_last_word_on_the_speed(tmp_path: Path) -> None:
    async with listening(f"pty://{tmp_path}/pack"), opened(f"serial://{tmp_path}/pack?baud=9600", baud=19200) as host:
        assert host.baud == 9600


async def test_a_cancelled_receive_loses_nothing(tmp_path: Path) -> None:
    async with cable(f"pty://{tmp_path}/pack?baud=115200") as (host, device):
        data = bytes(range(256))
        await device.send(data)
        got = b""
        while len(got) < len(data):
            try:
                async with asyncio.timeout(0.001):
                    got += (await host.receive()).data
            except TimeoutError:
                continue
        assert got == data


async def test_a_device_on_a_serial_port(tmp_path: Path) -> None:
    async with (
        listening(f"pty://{tmp_path}/line?baud=19200") as wire,
        listening(f"serial://{tmp_path}/line?baud=19200") as listener,
    ):
        far_end, device = await first_port(wire), await first_port(listener)
        await far_end.send(b"ask")
        assert joined(await take(device, 3)) == b"ask"
        await device.send(b"answer")
        assert joined(await take(far_end, 6)) == b"answer"
        assert listener.url == f"serial://{tmp_path}/line?baud=19200"


async def test_a_port_that_vanishes_is_told(tmp_path: Path) -> None:
    async with listening(f"pty://{tmp_path}/pack") as listener, opened(f"serial://{tmp_path}/pack?baud=9600") as host:
        waiting = asyncio.create_task(host.receive())
        await asyncio.sleep(0)
        await listener.close()
        with pytest.raises(LinkLost, match="the serial port is gone; plug the adapter in again"):
            await waiting
        with pytest.raises(LinkLost, match="the serial port is gone"):
            await host.send(b"x")


async def test_closing_twice_and_opening_again(tmp_path: Path) -> None:
    async with listening(f"pty://{tmp_path}/pack"):
        for _ in range(3):
            port = await open_port(f"serial://{tmp_path}/pack?baud=9600")
            await port.close()
            await port.close()
            with pytest.raises(LinkLost, match="the port was closed"):
                await port.receive()


async def test_a_busy_port_names_who_holds_it(tmp_path: Path) -> None:
    async with listening(f"pty://{tmp_path}/pack"), opened(f"serial://{tmp_path}/pack?baud=9600"):
        with pytest.raises(LinkLost, match=rf"the port is busy, held by .*\(process {os.getpid()}\); close the other"):
            await open_port(f"serial://{tmp_path}/pack?baud=9600")


async def test_a_port_locked_by_another_program(tmp_path: Path) -> None:
    async with listening(f"pty://{tmp_path}/pack"):
        other = os.open(tmp_path / "pack", os.O_RDWR | os.O_NOCTTY)
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(LinkLost, match="the port is busy"):
            await open_port(f"serial://{tmp_path}/pack?baud=9600")
        os.close(other)
        async with opened(f"serial://{tmp_path}/pack?baud=9600") as host:
            assert host.baud == 9600


def info(device: str) -> serialx.SerialPortInfo:
    nothing = dict.fromkeys(
        (
            "vid",
            "pid",
            "serial_number",
            "manufacturer",
            "product",
            "bcd_device",
            "interface_description",
            "interface_num",
        )
    )
    return serialx.SerialPortInfo(device=device, resolved_device=device, **nothing)


@pytest.mark.parametrize(
    ("ports", "says"),
    [
        ([], "this machine has no serial port now: plug the adapter in, and check its cable"),
        (
            ["/dev/ttyUSB1", "/dev/ttyS0"],
            "this machine has /dev/ttyS0, /dev/ttyUSB1: plug the adapter in, or name one of these",
        ),
    ],
)
async def test_an_absent_port_lists_those_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ports: list[str], says: str
) -> None:
    monkeypatch.setattr(serialx, "list_serial_ports", lambda: [info(port) for port in ports])
    with pytest.raises(LinkLost, match=f"there is no such port; {says}"):
        await open_port(f"serial://{tmp_path}/none?baud=9600")


async def test_what_is_no_serial_port(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    for path in (tmp_path / "file", tmp_path, Path("/dev/null")):
        with pytest.raises(LinkLost, match="this is no serial port; this machine has"):
            await open_port(f"serial://{path}?baud=9600")
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied"),
            r"join its group by 'sudo usermod -aG \w+ \$USER', then log",
        ),
        (OSError(errno.EIO, "Input/output error"), r"cannot open the port \(Input/output error\); unplug the adapter"),
        (serialx.UnsupportedSetting("Unsupported baudrate 9601"), "cannot run at 9600 baud; try another speed"),
    ],
)
async def test_other_failures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, says: str) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(serialx, "create_serial_connection", fail)
    async with listening(f"pty://{tmp_path}/pack"):
        with pytest.raises(LinkLost, match=says):
            await open_port(f"serial://{tmp_path}/pack?baud=9600")


async def test_where_there_is_no_port_a_speed_would_not_help() -> None:
    with pytest.raises(LinkLost, match=r"^serial:///dev/ttyNOWHERE: there is no such port; this machine has"):
        await open_port("/dev/ttyNOWHERE")


async def test_no_speed_is_no_guess() -> None:
    for attempt in (open_port("/dev/null"), listen("/dev/null")):
        with pytest.raises(UsageError, match=r"the speed is missing; write serial:///dev/null\?baud=19200"):
            await attempt
    with pytest.raises(UsageError, match="96 baud cannot be"):
        await open_port("/dev/ttyUSB0", baud=96)


async def test_the_modem_lines_stay_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_pins: list[serialx.ModemPins] = []
    kind = type(serialx.serial_for_url(str(tmp_path / "pack")))
    monkeypatch.setattr(kind, "_set_modem_pins", lambda _, pins: set_pins.append(pins))
    async with cable(f"pty://{tmp_path}/pack?baud=9600") as (_, device):
        assert isinstance(device, PtyPort)
    assert all(pins == serialx.ModemPins() for pins in set_pins)


def test_the_group_of_a_port_that_is_gone() -> None:
    assert serial._group("/dev/no-such-port") == "dialout"
