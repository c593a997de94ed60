"""The device's end of a line: requests in, answers out, at the pace of a real device."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from wattstead.link.port import Chunk, Listener, Port
from wattstead.model.errors import LinkLost

_BURST_BYTES = 16  # serial adapters hand bytes over in bursts of about this size
_QUIET_BURSTS = 3
_QUIET_LEAST_S = 0.05
_QUIET_TCP_S = 0.5  # networks deliver in pieces with pauses that no serial line has


class Answers(Protocol):
    """What ``wire.responder.Responder`` does."""

    def feed(self, data: bytes, at: float = 0.0) -> list[bytes]: ...

    def silence(self, at: float = 0.0) -> None: ...


async def serve(
    listener: Listener,
    responder: Callable[[], Answers],
    *,
    turnaround_s: float,
) -> None:
    """Answer whoever connects, until cancelled or until the listener is closed; the listener is closed in the end.

    responder: makes one for each client, for each line needs a framer of its own; the device behind them is one, and
    answers one request at a time. turnaround_s: from the last byte of a request to the first byte of the answer.
    """
    bus = asyncio.Lock()
    try:
        async with asyncio.TaskGroup() as clients:
            async for port in listener.ports():
                line = _Line(port, responder(), bus, turnaround_s)
                clients.create_task(line.run(), name=f"answering {port.url}")
    finally:
        await listener.close()


class _Line:
    """One client's line."""

    def __init__(self, port: Port, responder: Answers, bus: asyncio.Lock, turnaround_s: float) -> None:
        self._port = port
        self._responder = responder
        self._bus = bus
        self._turnaround_s = turnaround_s
        self._quiet_s = _quiet_s(port.baud)

    async def run(self) -> None:
        """Answer until the client goes away."""
        try:
            while True:
                await self._answer(await self._chunk())
        except LinkLost:
            return  # the client hung up, or the listener was closed: neither is a fault of the device
        finally:
            await self._port.close()

    async def _chunk(self) -> Chunk:
        """Wait for bytes; a pause on the line ends a request that was cut.

        Bytes that came while the machine was busy elsewhere are no pause: after the wait it looks once more.
        """
        for wait_s in (self._quiet_s, 0.0):
            try:
                async with asyncio.timeout(wait_s):
                    return await self._port.receive()
            except TimeoutError:
                await asyncio.sleep(0)  # lets the event loop fetch what the system holds
        self._responder.silence(asyncio.get_running_loop().time())
        return await self._port.receive()

    async def _answer(self, chunk: Chunk) -> None:
        async with self._bus:
            answers = self._responder.feed(chunk.data, chunk.at)
            if answers:
                await asyncio.sleep(chunk.at + self._turnaround_s - asyncio.get_running_loop().time())
        for answer in answers:  # not on the bus: a client that does not read must not hold up the others
            await self._port.send(answer)


def _quiet_s(baud: int | None) -> float:
    if baud is None:
        return _QUIET_TCP_S
    return max(_QUIET_LEAST_S, _QUIET_BURSTS * _BURST_BYTES * 10 / baud)
