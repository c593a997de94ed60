"""A stick logger as a port: Modbus RTU frames go in and come out, over the network goes Solarman V5."""

import asyncio
from dataclasses import replace

from wattstead.link.port import Chunk, Port
from wattstead.link.solarman_url import SolarmanUrl
from wattstead.link.tcp import connect_tcp
from wattstead.link.url import TcpUrl
from wattstead.model.errors import DecodeError, LinkLost, UsageError
from wattstead.wire.frame import Noise
from wattstead.wire.framing.solarman_payload import (
    ANSWER,
    INVERTER,
    Answer,
    Command,
    Control,
    Status,
    understand,
    without_second_crc,
    write,
)
from wattstead.wire.framing.solarman_v5 import SolarmanV5Framer, V5Frame

GAP_S = 0.1
"""Between an answer and the next request: sticks that are asked without a pause lose their cloud, or hang."""

_ANYBODY = 0  # the serial that asks whoever is there


async def open_solarman(url: SolarmanUrl) -> "SolarmanPort":
    """Connect to a logger. Raises LinkLost with a remedy, UsageError for a switch that only virtual loggers have."""
    if url.switches:
        raise UsageError(f"{url}: {url.switches[0][0]!r} is for virtual loggers; here only serial may stand")
    if url.port == 0:
        raise UsageError(f"{url}: port 0 is for listening only; loggers listen on 8899")
    try:
        return SolarmanPort(await connect_tcp(TcpUrl(url.host, url.port)), url)
    except LinkLost as error:
        why = str(error).partition(": ")[2].replace("the serial server", "the logger")
        if isinstance(error.__cause__, ConnectionRefusedError):
            why = f"nothing listens on port {url.port}; loggers listen on 8899, and newer firmware of some has shut it"
        raise LinkLost(f"{url}: {why}") from error


class SolarmanPort:
    """One connection to one logger.

    Answers to earlier requests, heartbeats and whatever else a logger sends by itself are passed over and counted.
    Nothing but requests is sent: a logger's clock is never set.
    """

    def __init__(self, port: Port, url: SolarmanUrl, *, gap_s: float = GAP_S) -> None:
        self._port = port
        self._url = url
        self._gap_s = gap_s
        self._framer = SolarmanV5Framer()
        self._serial = url.serial or _ANYBODY
        self._sequence = 0
        self._asked = b""
        self._free_s = 0.0
        self._waiting: list[Chunk] = []
        self.passed_over = 0
        self.unanswered = 0
        """How often the logger said that its inverter was silent."""

    @property
    def url(self) -> str:
        """The logger, with its serial number once it is known."""
        return str(replace(self._url, serial=self._serial)) if self._serial else str(self._url)

    @property
    def serial(self) -> int | None:
        """The logger's serial number; None until it has told it."""
        return self._serial or None

    @property
    def baud(self) -> int | None:
        """None: the network has no pace of its own."""
        return None

    async def send(self, data: bytes) -> None:
        """Put one Modbus RTU frame to the inverter, not before the stick has had its pause. Raises LinkLost."""
        loop = asyncio.get_running_loop()
        if (wait_s := self._free_s - loop.time()) > 0:
            await asyncio.sleep(wait_s)
        self._asked = data
        self._sequence = self._sequence % 0xFF + 1  # 1 to 255: some sticks send 0 by themselves
        await self._send()

    async def receive(self) -> Chunk:
        """Wait for the inverter's answer, a whole Modbus RTU frame.

        Where the inverter is silent nothing comes, as on a serial line. Raises LinkLost, and with the right number
        where the logger has another serial than the URL says.
        """
        while not self._waiting:
            chunk = await self._port.receive()
            for item in self._framer.feed(chunk.data, chunk.at):
                if isinstance(item, Noise):
                    self.passed_over += 1
                elif (rtu := await self._take(item)) is not None:
                    self._waiting.append(Chunk(chunk.at, rtu))
        return self._waiting.pop(0)

    async def close(self) -> None:
        """Close the connection."""
        await self._port.close()

    async def _send(self) -> None:
        payload = write(Command(self._asked))
        await self._port.send(self._framer.build(V5Frame(Control.COMMAND, self._serial, payload, self._sequence)))

    async def _take(self, frame: V5Frame) -> bytes | None:
        """Give the Modbus frame of an answer to what was asked last; None for all else."""
        answer = self._answer(frame)
        if answer is None:
            self.passed_over += 1
            return None
        self._free_s = asyncio.get_running_loop().time() + self._gap_s
        if answer.status == Status.WRONG_SERIAL:
            await self._meet(frame.serial)
            return None
        self._serial = frame.serial
        if answer.status is not None:
            self.unanswered += 1
            self._asked = b""
            return None
        self._asked = b""  # one answer a request
        return without_second_crc(answer.body)

    def _answer(self, frame: V5Frame) -> Answer | None:
        if frame.control != ANSWER or frame.sequence != self._sequence or not self._asked:
            return None
        try:
            answer = understand(frame)
        except DecodeError:
            return None
        if not isinstance(answer, Answer) or answer.frame_type != INVERTER or not answer.body:
            return None
        known = self._serial in (_ANYBODY, frame.serial) or answer.status == Status.WRONG_SERIAL
        return answer if known else None

    async def _meet(self, serial: int) -> None:
        """The logger says that its serial is another one: take it where nobody named one. Raises LinkLost."""
        if self._serial == _ANYBODY and serial != _ANYBODY:
            self._serial = serial
            await self._send()
            return
        right = replace(self._url, serial=serial)
        raise LinkLost(f"{self._url}: the logger there has the serial number {serial}; write {right}")
