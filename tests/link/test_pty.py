import asyncio
import contextlib
import os
import sys
import termios
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from cable import cable, first_port, joined, listening, take
from wattstead.link import open as opening
from wattstead.link.open import listen, open_port
from wattstead.link.port import Port
from wattstead.link.pty import PtyPort
from wattstead.link.speed import set_speed, speed_of
from wattstead.link.uart import garble
from wattstead.model.errors import LinkLost, UsageError

if sys.platform == "win32":
    pytest.skip("pseudo-terminals need Linux or macOS", allow_module_level=True)

LATE_S = 0.25  # generous: the machine may be busy; the lower bounds are strict


@contextlib.contextmanager
def client(path: Path, baud: int | None = None) -> Iterator[int]:
    """Open the line as any program would: raw, at a speed of its own."""
    terminal = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        tty.setraw(terminal)
        if baud is not None:
            set_speed(terminal, baud)
        yield terminal
    finally:
        os.close(terminal)


async def read(terminal: int, size: int) -> tuple[bytes, float]:
    """Read so many bytes; give them and the time when the last came."""
    loop = asyncio.get_running_loop()
    data = b""
    arrived = asyncio.Event()
    loop.add_reader(terminal, arrived.set)
    async with asyncio.timeout(5):
        while len(data) < size:
            arrived.clear()
            await arrived.wait()
            with contextlib.suppress(BlockingIOError):  # the event may stem from bytes that were read already
                data += os.read(terminal, size - len(data))
    at = loop.time()
    loop.remove_reader(terminal)
    return data, at


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_bytes_cross_in_both_directions(tmp_path: Path) -> None:
    async with listening(f"pty://{tmp_path}/pack") as listener:
        device = await first_port(listener)
        assert listener.url == device.url == f"pty://{tmp_path}/pack"
        assert device.baud is None
        with client(tmp_path / "pack") as terminal:
            os.write(terminal, bytes(range(256)))
            assert joined(await take(device, 256)) == bytes(range(256))
            await device.send(bytes(range(255, -1, -1)))
            assert (await read(terminal, 256))[0] == bytes(range(255, -1, -1))


async def test_clients_come_and_go(tmp_path: Path) -> None:
    async with listening(f"pty://{tmp_path}/pack") as listener:
        device = await first_port(listener)
        for turn in range(5):
            with client(tmp_path / "pack") as terminal:
                os.write(terminal, b"%d" % turn)
                assert (await device.receive()).data == b"%d" % turn
                await device.send(b"answer")
                assert (await read(terminal, 6))[0] == b"answer"


async def test_the_line_begins_at_the_speed_of_the_device(tmp_path: Path) -> None:
    for baud in (9600, 19200, 12345):
        async with listening(f"pty://{tmp_path}/pack?baud={baud}"):
            terminal = os.open(tmp_path / "pack", os.O_RDWR | os.O_NOCTTY)
            assert speed_of(terminal) == baud
            os.close(terminal)


@pytest.mark.parametrize("baud", [9600, 19200])
async def test_the_answer_comes_at_the_pace_of_the_line(tmp_path: Path, baud: int) -> None:
    async with listening(f"pty://{tmp_path}/pack", baud=baud) as listener:
        device = await first_port(listener)
        with client(tmp_path / "pack") as terminal:
            began = asyncio.get_running_loop().time()
            await device.send(bytes(168))
            assert asyncio.get_running_loop().time() - began < 0.05  # handing over is not waiting
            _, ended = await read(terminal, 168)
            assert 168 * 10 / baud <= ended - began <= 168 * 10 / baud + LATE_S


async def test_no_burst_is_early(tmp_path: Path) -> None:
    async with listening(f"pty://{tmp_path}/pack?baud=9600") as listener:
        device = await first_port(listener)
        with client(tmp_path / "pack") as terminal:
            began = asyncio.get_running_loop().time()
            await device.send(bytes(96))
            seen = 0
            while seen < 96:
                seen += len((await read(terminal, 1))[0])
                assert asyncio.get_running_loop().time() - began >= seen * 10 / 9600


async def test_the_request_arrives_at_the_pace_of_the_line(tmp_path: Path) -> None:
    async with listening(f"pty://{tmp_path}/pack?baud=9600") as listener:
        device = await first_port(listener)
        with client(tmp_path / "pack") as terminal:
            began = asyncio.get_running_loop().time()
            os.write(terminal, bytes(48))
            chunks = await take(device, 48)
            assert 0.05 <= chunks[-1].at - began <= 0.05 + LATE_S
            assert len(chunks[0].data) < 48  # in bursts, as from a UART


async def test_both_directions_share_the_line(tmp_path: Path) -> None:
    async with listening(f"pty://{tmp_path}/pack?baud=9600") as listener:
        device = await first_port(listener)
        with client(tmp_path / "pack") as terminal:
            began = asyncio.get_running_loop().time()
            await device.send(bytes(48))
            os.write(terminal, bytes(48))
            assert (await take(device, 48))[-1].at - began >= 0.1


async def exchanged(device: Port, terminal: int, data: bytes) -> tuple[bytes, bytes]:
    """Send data both ways and give what arrived until the line was quiet."""
    os.write(terminal, data)
    heard = b""
    while True:
        try:
            async with asyncio.timeout(0.15):
                heard += (await device.receive()).data
        except TimeoutError:
            break
    await device.send(data)
    await asyncio.sleep(0.15)
    try:
        return heard, os.read(terminal, 4096)
    except BlockingIOError:
        return heard, b""


@pytest.mark.slow
@pytest.mark.parametrize("baud", [9600, 4800, 115200, 12345])
async def test_a_client_at_another_speed_gets_garbage(tmp_path: Path, baud: int) -> None:
    data = b"~20004642E00200FD37\r"
    async with listening(f"pty://{tmp_path}/pack?baud=19200") as listener:
        device = await first_port(listener)
        with client(tmp_path / "pack", baud) as terminal:
            assert await exchanged(device, terminal, data) == (garble(data, baud, 19200), garble(data, 19200, baud))
            set_speed(terminal, 19200)
            assert await exchanged(device, terminal, data) == (data, data)


async def test_a_client_that_hangs_up_by_speed_0_hears_as_before(tmp_path: Path) -> None:
    async with listening(f"pty://{tmp_path}/pack?baud=19200") as listener:
        device = await first_port(listener)
        with client(tmp_path / "pack") as terminal:
            attributes = termios.tcgetattr(terminal)
            attributes[4] = attributes[5] = termios.B0
            termios.tcsetattr(terminal, termios.TCSANOW, attributes)
            assert await exchanged(device, terminal, b"data") == (b"data", b"data")


async def test_what_nobody_reads_is_dropped_and_nobody_is_blocked(tmp_path: Path) -> None:
    async with listening(f"pty://{tmp_path}/pack") as listener:
        device = await first_port(listener)
        assert isinstance(device, PtyPort)
        async with asyncio.timeout(5):
            for _ in range(100):
                await device.send(bytes(4096))
        assert 0 < device.dropped_bytes < 100 * 4096
        with client(tmp_path / "pack") as terminal:
            termios.tcflush(terminal, termios.TCIFLUSH)
            kept = 100 * 4096 - device.dropped_bytes
            while kept > 0:
                try:
                    kept -= len(os.read(terminal, 65536))
                except BlockingIOError:
                    break
            await device.send(b"alive")
            assert (await read(terminal, 5))[0] == b"alive"


async def test_a_sender_waits_once_the_buffer_is_full(tmp_path: Path) -> None:
    async with listening(f"pty://{tmp_path}/pack?baud=4000000") as listener:
        device = await first_port(listener)
        began = asyncio.get_running_loop().time()
        for _ in range(21):
            await device.send(bytes(4096))
        assert asyncio.get_running_loop().time() - began >= 19 * 4096 * 10 / 4_000_000


async def test_waiting_for_deadlines_burns_no_cpu(tmp_path: Path) -> None:
    async with listening(f"pty://{tmp_path}/pack?baud=9600") as listener:
        device = await first_port(listener)
        with client(tmp_path / "pack") as terminal:
            burnt = time.process_time()
            await device.send(bytes(480))
            await read(terminal, 480)
            assert time.process_time() - burnt < 0.1  # of the half second that it takes


async def test_a_host_port_on_the_line(tmp_path: Path) -> None:
    async with cable(f"pty://{tmp_path}/pack?baud=19200") as (host, device):
        await host.send(b"ask")
        assert joined(await take(device, 3)) == b"ask"
        await device.send(b"answer")
        assert joined(await take(host, 6)) == b"answer"
        assert host.baud == device.baud == 19200


async def test_closing_takes_the_link_away(tmp_path: Path) -> None:
    listener = await listen(f"pty://{tmp_path}/pack?baud=9600")
    device = await first_port(listener)
    await device.send(bytes(100))
    await listener.close()
    await listener.close()
    assert names(tmp_path) == []
    for attempt in (device.receive(), device.send(b"x")):
        with pytest.raises(LinkLost, match="the port was closed"):
            await attempt


async def test_a_link_of_somebody_else_stays_when_closing(tmp_path: Path) -> None:
    listener = await listen(f"pty://{tmp_path}/pack")
    (tmp_path / "pack").unlink()
    (tmp_path / "pack").symlink_to("/dev/null")
    await listener.close()
    assert (tmp_path / "pack").is_symlink()


async def test_a_listener_yields_one_port_and_ends_when_closed(tmp_path: Path) -> None:
    listener = await listen(f"pty://{tmp_path}/pack")

    async def count() -> int:
        return len([port async for port in listener.ports()])

    counting = asyncio.create_task(count())
    await asyncio.sleep(0.01)
    assert not counting.done()
    await listener.close()
    assert await counting == 1


async def test_a_stale_link_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "pack").symlink_to("/dev/pts/99999")
    async with cable(f"pty://{tmp_path}/pack?baud=9600") as (host, device):
        await host.send(b"x")
        assert (await device.receive()).data == b"x"


KILLED = """
import asyncio, sys
from wattstead.link.open import listen

async def main():
    listeners = [await listen(url) for url in sys.argv[1:]]
    print("ready", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_what_a_killed_device_left_behind_is_replaced(tmp_path: Path) -> None:
    urls = [f"pty://{tmp_path}/{name}" for name in ("one", "two")]
    sources = {"PYTHONPATH": str(Path(opening.__file__).parents[2])}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, *urls, stdout=asyncio.subprocess.PIPE, env=sources
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        with pytest.raises(
            LinkLost, match=rf"one: .*\(process {process.pid}\) serves a virtual device here; stop that"
        ):
            await listen(urls[0])
    finally:
        process.kill()
        await process.wait()
    assert (tmp_path / "one").is_symlink()
    # In the other order, so that a new terminal gets the number that the other stale link still names.
    async with listening(urls[1]), listening(urls[0]):
        assert (tmp_path / "one").readlink() != (tmp_path / "two").readlink()


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("file", "there is a file of this name already; choose another path"),
        ("folder", "there is a folder of this name already"),
        ("link", "this is a link to .*file already; choose another path, or remove it"),
        ("nowhere/pack", "the folder .*nowhere does not exist; create it, or choose another path"),
    ],
)
async def test_a_path_that_is_taken(tmp_path: Path, path: str, says: str) -> None:
    (tmp_path / "file").write_text("precious")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with pytest.raises(LinkLost, match=says):
        await listen(f"pty://{tmp_path}/{path}")
    assert (tmp_path / "file").read_text() == "precious"
    assert names(tmp_path) == ["file", "folder", "link"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder in which even the administrator cannot write")
async def test_a_folder_in_which_nobody_may_write() -> None:
    with pytest.raises(LinkLost, match=r"/proc/pack: cannot write in /proc \(.*\); choose another"):
        await listen("pty:///proc/pack")


async def test_a_pty_has_no_host_side(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=rf"open it with serial://{tmp_path}/pack"):
        await open_port(f"pty://{tmp_path}/pack")


async def test_elsewhere_a_pty_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening.os, "name", "nt")  # type: ignore[attr-defined]
    with pytest.raises(UsageError, match="needs Linux or macOS; use tcp://"):
        await listen("pty:///somewhere/pack")
