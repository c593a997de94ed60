"""How a virtual stick logger reports to a cloud: hello, samples, heartbeats; and it does what the cloud asks.

What the cloud did not acknowledge is sent again; samples that found no cloud wait, so many at most, and are marked.
"""

import asyncio
from bisect import bisect_right
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import accumulate

from wattstead.link.port import Port
from wattstead.model.errors import DecodeError, LinkLost
from wattstead.virtual.logger import StickLogger
from wattstead.wire.frame import Noise
from wattstead.wire.framing.solarman_payload import (
    BUFFERED,
    TO_ANSWER,
    Control,
    Data,
    Hello,
    Report,
    Time,
    Wifi,
    understand,
    write,
)
from wattstead.wire.framing.solarman_v5 import SolarmanV5Framer, V5Frame
from wattstead.wire.framing.solarman_values import BLOCK_HEAD, BLOCKS, Block, write_blocks

ACKNOWLEDGED_S = 10.0
TRIES = 3
REOPEN_FIRST_S, REOPEN_LAST_S = 5.0, 300.0
AFTER_BURST_S = 60.0
ROOM = 1400
"""Bytes of register blocks in one frame."""

WAITING = 288
"""Samples that wait for a cloud: a day at one in five minutes. The oldest goes first."""

Connect = Callable[[], Awaitable[Port]]

_HELLO_CD = Report(0, 0, 0, bytes((1, 1, 12)), bytes(12))
_HELLO_END = Report(0, 0, 0, bytes((1, 5, 44)), b"\xff" * 44)


class CloudLink:
    """Keeps one logger in touch with one cloud.

    connect: opens a connection to it. polls: the Modbus RTU requests whose answers make a sample. ip: of the logger.
    """

    def __init__(self, logger: StickLogger, connect: Connect, polls: Sequence[bytes], *, ip: str) -> None:
        self._logger = logger
        self._connect = connect
        self._polls = polls
        self._ip = ip
        self._waiting: deque[Data] = deque(maxlen=WAITING)
        self._record = 0
        self._sequence = 0  # of the cloud, as last heard
        self._port: Port | None = None
        self._acknowledged: asyncio.Future[Time] | None = None
        self._awaited = (0, 0)
        self._had_trouble = False
        self._rest_s = 0.0

    async def run(self) -> None:
        """Report until cancelled, whatever happens to the connection."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sample_for_ever())
            tasks.create_task(self._leave_when_overloaded())
            await self._stay_connected()

    async def _stay_connected(self) -> None:
        wait_s = REOPEN_FIRST_S
        while True:
            with suppress(LinkLost):
                port = await self._connect()
                try:
                    await self._session(port)
                finally:
                    wait_s = REOPEN_FIRST_S if self._port else wait_s
                    self._port = None
                    await port.close()
            self._had_trouble = True
            await asyncio.sleep(max(wait_s, self._rest_s))
            wait_s, self._rest_s = min(2 * wait_s, REOPEN_LAST_S), 0.0

    async def _session(self, port: Port) -> None:
        """Report over one connection until it ends. Raises LinkLost."""
        hearing = asyncio.create_task(self._hear(port))
        telling = asyncio.create_task(self._tell(port))
        try:
            await asyncio.wait((hearing, telling), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (hearing, telling):
                task.cancel()
            ended = await asyncio.gather(hearing, telling, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception) and not isinstance(error, LinkLost):
                raise error

    async def _tell(self, port: Port) -> None:
        loop, manners = asyncio.get_running_loop(), self._logger.manners
        await self._introduce(port)
        self._port = port
        introduced_s = beat_s = loop.time()
        while True:
            await self._send_waiting(port)
            if loop.time() - introduced_s >= manners.again_s:
                await self._introduce(port)
                introduced_s = beat_s = loop.time()
            if loop.time() - beat_s >= manners.beat_s:
                await self._send(port, Control.HEARTBEAT, b"\0")
                beat_s = loop.time()
            await asyncio.sleep(1.0)

    async def _introduce(self, port: Port) -> None:
        """Go through the sequence after power-on."""
        logger, manners = self._logger, self._logger.manners
        hello = Hello(
            logger.counters,
            manners.firmware,
            bytes.fromhex(manners.mac),
            self._ip,
            data_min=max(1, manners.data_s // 60) & 0xFF,
            heartbeat_s=manners.beat_s & 0xFF,
        )
        await self._send(port, Control.HELLO, write(hello))
        if self._had_trouble:
            self._had_trouble = False
            await self._send(port, Control.WIFI, write(Wifi(logger.counters, manners.ssid, 100)))
        if not self._waiting:
            await self._sample(buffered=False)
        await self._send_waiting(port)
        for report in (_HELLO_CD, _HELLO_END):
            at = logger.counters
            stamped = replace(report, total_s=at.total_s, power_on_s=at.power_on_s, stamp_s=at.offset_s)
            await self._send(port, Control.REPORT, write(stamped))

    async def _send_waiting(self, port: Port) -> None:
        while self._waiting:
            await self._send(port, Control.DATA, write(self._waiting[0]))
            self._waiting.popleft()

    async def _send(self, port: Port, control: Control, payload: bytes) -> None:
        """Send a frame until it is acknowledged. Raises LinkLost where it never is."""
        frame = self._logger.frame(control, payload, self._sequence)
        self._awaited = (control - TO_ANSWER, frame[6])
        for _ in range(TRIES):
            self._acknowledged = asyncio.get_running_loop().create_future()
            await port.send(frame)
            try:
                async with asyncio.timeout(ACKNOWLEDGED_S):
                    answer = await self._acknowledged
            except TimeoutError:
                continue
            finally:
                self._acknowledged = None
            self._logger.worked.set_clock(asyncio.get_running_loop().time(), answer.unix_s)
            return
        raise LinkLost(f"{port.url}: the cloud did not acknowledge {control.name} after {TRIES} tries")

    async def _hear(self, port: Port) -> None:
        framer = SolarmanV5Framer()
        while True:
            chunk = await port.receive()
            for item in framer.feed(chunk.data, chunk.at):
                if not isinstance(item, Noise):
                    await self._take(port, item)

    async def _take(self, port: Port, frame: V5Frame) -> None:
        if frame.serial != self._logger.manners.serial:
            return
        self._sequence = frame.sequence
        if frame.control == Control.COMMAND:
            if answer := await self._logger.command(frame):
                await port.send(answer)
            return
        waits = self._acknowledged
        if waits is None or waits.done() or (frame.control, frame.logger_sequence) != self._awaited:
            return
        with suppress(DecodeError):
            answer_time = understand(frame)
            if isinstance(answer_time, Time):
                waits.set_result(answer_time)

    async def _sample_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            due_s += max(1, self._logger.manners.data_s)  # from start to start: asking takes a while
            await asyncio.sleep(due_s - loop.time())
            await self._sample(buffered=self._port is None)

    async def _sample(self, *, buffered: bool) -> None:
        """Ask the inverter and keep what it said, in as many frames as it takes; none for one that sleeps."""
        blocks = [block for request in self._polls if (block := await self._block(request))]
        while blocks:
            fits = list(accumulate((len(one.registers) + BLOCK_HEAD for one in blocks), initial=0))
            many = max(1, bisect_right(fits, ROOM) - 1)
            self._keep(blocks[:many], buffered=buffered)
            blocks = blocks[many:]

    def _keep(self, blocks: Sequence[Block], *, buffered: bool) -> None:
        frame_type = 1 | (BUFFERED if buffered else 0)
        serial = self._logger.inverter_serial
        self._waiting.append(
            Data(BLOCKS, self._logger.counters, self._record, serial, write_blocks(blocks), frame_type)
        )
        self._record = (self._record + 1) & 0xFFFF

    async def _block(self, request: bytes) -> Block | None:
        answer = await self._logger.line.ask(request)
        if len(answer) < 5 or answer[1] != request[1] or len(answer) != answer[2] + 5:
            return None
        return Block(answer[0], answer[1], int.from_bytes(request[2:4], "big"), answer[3:-2])

    async def _leave_when_overloaded(self) -> None:
        """Local clients that ask too much cost the stick its cloud for a while."""
        while True:
            await self._logger.overloaded.wait()
            self._logger.overloaded.clear()
            if self._port is not None:
                self._rest_s = AFTER_BURST_S
                await self._port.close()
