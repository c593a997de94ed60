"""Waking a console that sleeps at another speed: what is sent, at which speed, and only where it is needed."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

from leap import leaping
from talk.talking import NOON_S
from wattstead.catalog.profile import load_profile
from wattstead.cli import VERBS
from wattstead.cli import line as shared
from wattstead.cli.setting_source import Places, Wish
from wattstead.host.conversation import Conversation
from wattstead.host.wake import open_awake
from wattstead.link.listener import OnePortListener
from wattstead.link.memory import memory_pair
from wattstead.link.open import listen
from wattstead.link.port import Chunk, Port
from wattstead.link.uart import garble
from wattstead.link.url import SerialUrl, parse_url
from wattstead.model.errors import NoAnswer, UsageError
from wattstead.virtual.asleep import SleepingPort, asleep
from wattstead.virtual.bank import Bank
from wattstead.virtual.day import Day
from wattstead.virtual.live import LiveBank
from wattstead.virtual.serve import serve

CONSOLE = load_profile("pylontech-console")
URL = "serial:///dev/ttyTEST"


@dataclass
class SpeedLine:
    """A cable whose ends have speeds of their own; it keeps what the host's end was opened at and what it sent."""

    device_baud: int
    opened: list[int] = field(default_factory=list)
    sent: list[tuple[int, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._host, self._device = memory_pair()
        self.device = DeviceEnd(self, self._device)

    async def open(self, url: str, *, baud: int | None = None) -> Port:
        where = parse_url(url)
        speed = where.baud if isinstance(where, SerialUrl) and where.baud else baud
        assert speed is not None
        self.opened.append(speed)
        return HostEnd(self, self._host, speed)


class HostEnd:
    def __init__(self, line: SpeedLine, port: Port, baud: int) -> None:
        self._line, self._port, self.baud = line, port, baud
        self.url = URL

    async def send(self, data: bytes) -> None:
        self._line.sent.append((self.baud, data))
        await self._port.send(garble(data, self.baud, self._line.device_baud))

    async def receive(self) -> Chunk:
        chunk = await self._port.receive()
        return Chunk(chunk.at, garble(chunk.data, self._line.device_baud, self.baud))

    async def close(self) -> None:
        """The cable stays where it is."""


class DeviceEnd:
    url = "memory://device"

    def __init__(self, line: SpeedLine, port: Port) -> None:
        self._line, self._port = line, port
        self.receive, self.send, self.close = port.receive, port.send, port.close

    @property
    def baud(self) -> int:
        return self._line.device_baud

    def turn_to(self, baud: int) -> None:
        self._line.device_baud = baud


def live() -> LiveBank:
    clock_s = asyncio.get_running_loop().time
    bank = Bank(CONSOLE, now_ms=lambda: round((NOON_S + clock_s()) * 1000), seed=7)
    return LiveBank(bank, Day(7), clock_s=clock_s, local_s=NOON_S)


@asynccontextmanager
async def answering(port: Port) -> AsyncIterator[None]:
    serving = asyncio.create_task(serve(OnePortListener(port.url, port), live().responder, turnaround_s=0.02))
    try:
        yield
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


@asynccontextmanager
async def a_console(*, sleeps: bool) -> AsyncIterator[SpeedLine]:
    assert CONSOLE.link.wake is not None
    line = SpeedLine(CONSOLE.link.wake.baud if sleeps else CONSOLE.baud)
    port = SleepingPort(line.device, CONSOLE.link.wake, CONSOLE.baud) if sleeps else line.device
    async with answering(port):
        yield line


@leaping
async def test_a_console_that_sleeps_is_woken_and_then_read() -> None:
    said: list[str] = []
    async with a_console(sleeps=True) as line:
        began_s = asyncio.get_running_loop().time()
        port = await open_awake(URL, CONSOLE, say=said.append, opening=line.open)
        took_s = asyncio.get_running_loop().time() - began_s
        told = await Conversation(port, CONSOLE).ask("pack", 1)
    assert told.packs[0].values["soc_pct"] == 50
    assert line.opened == [115200, 1200, 115200]
    assert [one for one in line.sent if one[0] == 1200] == [(1200, b"~20014682C0048520FCC3\r")], "nothing else"
    assert said == [
        "serial:///dev/ttyTEST is silent at 115200 baud: sending its wake-up ~20014682C0048520FCC3 at 1200 baud"
    ]
    assert 1.5 < took_s < 4.0, "half a second of silence, a second to wake up"


@leaping
async def test_an_awake_console_is_left_at_its_speed() -> None:
    said: list[str] = []
    async with a_console(sleeps=False) as line:
        port = await open_awake(URL, CONSOLE, say=said.append, opening=line.open)
        assert (await Conversation(port, CONSOLE).ask("pack", 1)).packs
    assert (line.opened, said) == ([115200], [])
    assert line.sent[0] == (115200, b"\r")


@leaping
async def test_who_forbids_it_sends_nothing_at_another_speed() -> None:
    async with a_console(sleeps=True) as line:
        port = await open_awake(URL, CONSOLE, wakes=False, opening=line.open)
        with pytest.raises(NoAnswer):
            await Conversation(port, CONSOLE).ask("pack", 1)
    assert line.opened == [115200]


@leaping
async def test_another_make_is_never_sent_anything_but_its_questions() -> None:
    line, other = SpeedLine(9600), load_profile("pylontech")
    await open_awake(URL, other, opening=line.open)
    assert (line.opened, line.sent) == ([other.baud], [])


@leaping
async def test_verbs_open_their_lines_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wake, opened in ((False, [115200]), (True, [115200, 1200, 115200])):
        async with a_console(sleeps=True) as line:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(shared, "open_port", line.open)
                wish = Wish(CONSOLE, None, None, tmp_path, "fr", wake=wake)
                async with Places(wish).device(URL) as device:
                    assert device.address == 1
        assert line.opened == opened
    assert "envoi de son réveil ~20014682C0048520FCC3 à 1200 bauds" in capsys.readouterr().err


def test_every_verb_that_asks_a_device_may_be_told_not_to_wake_it() -> None:
    talkers = {"read", "discover", "settings", "records", "screen", "calibrate", "support", "capture", "explain"}
    asks = {
        name for name in VERBS if "wake" in signature(getattr(import_module(f"wattstead.cli.{name}"), name)).parameters
    }
    assert asks == talkers


async def test_only_a_line_whose_speed_can_change_can_sleep() -> None:
    assert CONSOLE.link.wake is not None
    listener = await listen("tcp://127.0.0.1:0")
    try:
        with pytest.raises(UsageError, match=r"only a pty:// can sleep at another speed"):
            asleep(listener, CONSOLE.link.wake, 115200)
    finally:
        await listener.close()


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals need Linux or macOS")
async def test_a_pseudo_terminal_sleeps_at_1200_baud(tmp_path: Path) -> None:
    assert CONSOLE.link.wake is not None
    where = f"{tmp_path}/console"
    listener = asleep(await listen(f"pty://{where}", baud=1200), CONSOLE.link.wake, 115200)
    port = await anext(aiter(listener.ports()))
    async with asyncio.timeout(10.0), answering(port):
        opened = await open_awake(f"serial://{where}", CONSOLE)
        told = await Conversation(opened, CONSOLE).ask("pack", 1)
        await opened.close()
    assert told.packs[0].values["soc_pct"] == 50
