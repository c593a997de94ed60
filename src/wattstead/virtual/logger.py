"""A virtual stick logger: what it is, what it counts, and how it answers a frame, whoever sent it.

Its local port stands in ``logger_server.py``, its discovery and AT commands in ``logger_search.py`` and
``logger_at.py``, its way to a cloud in ``logger_cloud.py``.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from wattstead.model.errors import DecodeError
from wattstead.virtual.logger_line import InverterLine
from wattstead.virtual.logger_manners import Manners
from wattstead.wire.framing.solarman_payload import (
    ANSWER,
    INVERTER,
    LOGGER,
    Answer,
    Command,
    Control,
    Counters,
    Status,
    understand,
    write,
)
from wattstead.wire.framing.solarman_v5 import V5Frame, build

WORKED_S = 7_660_413
"""What a virtual logger has worked before it is switched on: some three months."""

RunAt = Callable[[str], Awaitable[str]]


class Gone(Exception):
    """The logger ends the connection in place of an answer."""


@dataclass(slots=True)
class Worked:
    """How long the logger has worked. began_s: when it was switched on. offset_s: 0 without a clock."""

    began_s: float
    before_s: int = WORKED_S
    offset_s: int = 0

    def counters(self, now_s: float) -> Counters:
        power_on_s = max(0, int(now_s - self.began_s))
        return Counters((self.before_s + power_on_s) & 0xFFFF_FFFF, power_on_s, self.offset_s)

    def set_clock(self, now_s: float, unix_s: int) -> None:
        """Take the time that the cloud told."""
        self.offset_s = (unix_s - self.counters(now_s).total_s) & 0xFFFF_FFFF

    def restart(self, now_s: float) -> None:
        """Switch it off and on: it counts anew how long it was on, and keeps what it worked in all."""
        self.before_s = self.counters(now_s).total_s
        self.began_s = now_s


class StickLogger:
    """One stick.

    line: to its inverter. unix_s: the time of day, looked at once, for a logger that has a clock. inverter_serial: as
    samples name it.
    """

    def __init__(
        self, line: InverterLine, manners: Manners, *, unix_s: Callable[[], float], inverter_serial: str = ""
    ) -> None:
        self.line = line
        self.manners = manners
        self.inverter_serial = inverter_serial[:16]
        now_s = asyncio.get_running_loop().time()
        self.worked = Worked(now_s)
        if manners.clock:
            self.worked.set_clock(now_s, int(unix_s()))
        self.overloaded = asyncio.Event()  # too many requests: whoever holds the cloud link lets it go
        self.at: RunAt | None = None
        self._sent = 0
        self._asked_at_s: deque[float] = deque(maxlen=max(1, manners.burst))
        self._silent_until_s = 0.0

    def frame(self, control: int, payload: bytes, sequence: int = 0) -> bytes:
        """Give the bytes of a frame of this logger; it counts every frame, to whomever it goes."""
        counted, self._sent = self._sent, (self._sent + 1) & 0xFF
        return build(V5Frame(control, self.manners.serial, payload, sequence, counted))

    def heartbeat(self) -> bytes:
        """Give a heartbeat."""
        return self.frame(Control.HEARTBEAT, b"\0")

    @property
    def counters(self) -> Counters:
        return self.worked.counters(asyncio.get_running_loop().time())

    async def local(self, frame: V5Frame) -> bytes:
        """Answer a client of the local port; b"" where the stick says nothing. Raises Gone."""
        if frame.control != Control.COMMAND:
            return b""  # a client that acknowledges our heartbeats
        if frame.serial != self.manners.serial and not (frame.serial == 0 and self.manners.zero_serial):
            answer = self._to_wrong_serial(frame)
            if answer:  # no faster than any other: a client that is still getting ready to listen would miss it
                await asyncio.sleep(self.manners.latency_ms / 1000.0)
            return answer
        if self._is_too_much():
            return b""
        return await self.command(frame)

    async def command(self, frame: V5Frame) -> bytes:
        """Do what a client or the cloud asks, no faster than a stick can; b"" for what nobody understands."""
        loop = asyncio.get_running_loop()
        ready_s = loop.time() + self.manners.latency_ms / 1000.0
        try:
            asked = understand(frame)
        except DecodeError:
            return b""
        if not isinstance(asked, Command):
            return b""
        answer = await self._do(asked)
        await asyncio.sleep(max(0.0, ready_s - loop.time()))
        return self._answer(frame, answer, asked.frame_type) if answer else b""

    async def _do(self, asked: Command) -> bytes:
        if asked.frame_type == INVERTER:
            rtu = await self.line.ask(asked.body)
            return self._with_quirks(rtu) or bytes((Status.NO_ANSWER, 0))
        if asked.frame_type == LOGGER and self.at is not None and self.manners.at:
            return (await self.at(asked.body.decode("latin-1"))).encode("latin-1")
        return b""

    def _with_quirks(self, rtu: bytes) -> bytes:
        return rtu + b"\0\0" if rtu and self.manners.double_crc else rtu

    def _answer(self, frame: V5Frame, body: bytes, frame_type: int = INVERTER) -> bytes:
        return self.frame(ANSWER, write(Answer(body, self.counters, frame_type)), frame.sequence)

    def _to_wrong_serial(self, frame: V5Frame) -> bytes:
        match self.manners.wrong_serial:
            case "status":
                return self._answer(frame, bytes((Status.WRONG_SERIAL, 0)))
            case "close":
                raise Gone
            case "echo":
                return frame.raw
        return b""

    def _is_too_much(self) -> bool:
        """Whether a burst of requests has made the stick hang for a while."""
        if not self.manners.burst:
            return False
        now_s = asyncio.get_running_loop().time()
        if now_s < self._silent_until_s:
            return True
        asked = self._asked_at_s
        full = len(asked) == self.manners.burst and now_s - asked[0] < self.manners.burst_s
        if full:
            asked.clear()
            self._silent_until_s = now_s + self.manners.burst_rest_s
            self.overloaded.set()
            return True
        asked.append(now_s)
        return False
