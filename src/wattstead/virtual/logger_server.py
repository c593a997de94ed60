"""The local port of a virtual stick logger: TCP 8899, for as many clients as the stick serves."""

import asyncio
from collections.abc import AsyncIterator

from wattstead.link.port import Listener, Port
from wattstead.model.errors import LinkLost
from wattstead.virtual.logger import Gone, StickLogger
from wattstead.wire.frame import Noise
from wattstead.wire.framing.solarman_v5 import SolarmanV5Framer, V5Frame

QUIET_S = 0.5
"""After so long without a byte a frame that was cut is forgotten."""

GRACE_S = 0.5
"""So long a client that is one too many may wait until another one has left."""

SPLIT_S = 0.02
CHATTER = b"AT+YZCMPVER=V1.1.0\r\n\r\n"


async def serve_logger(listener: Listener, logger: StickLogger) -> None:
    """Answer clients until cancelled or until the listener is closed; the listener is closed in the end."""
    places = asyncio.Semaphore(logger.manners.clients)
    try:
        async with asyncio.TaskGroup() as clients:
            async for port in listener.ports():
                clients.create_task(_answer(port, logger, places), name=f"logger for {port.url}")
    finally:
        await listener.close()


async def _answer(port: Port, logger: StickLogger, places: asyncio.Semaphore) -> None:
    """Serve one client where there is a place for it; who has just left may still be on the way out."""
    try:
        async with asyncio.timeout(GRACE_S):
            await places.acquire()
    except TimeoutError:
        await asyncio.sleep(0)  # on a machine that was busy elsewhere both may be over: the wait, and who was there
        if places.locked():
            await port.close()
            return
        await places.acquire()
    try:
        await _Client(port, logger).run()
    finally:
        places.release()  # who has left holds nobody up, however long the port takes to close
        await port.close()


class _Client:
    """One client's connection."""

    def __init__(self, port: Port, logger: StickLogger) -> None:
        self._port = port
        self._logger = logger
        self._framer = SolarmanV5Framer()

    async def run(self) -> None:
        """Answer until the client goes away or says nothing for too long."""
        beats = asyncio.create_task(self._beat()) if self._logger.manners.heartbeat_s else None
        try:
            async for frame in self._frames():
                if answer := await self._logger.local(frame):
                    await self._send(answer)
        except (LinkLost, Gone):
            return  # neither is a fault of the logger
        finally:
            if beats is not None:
                beats.cancel()

    async def _frames(self) -> AsyncIterator[V5Frame]:
        """Yield frames; end once the client said nothing for longer than the stick puts up with."""
        idle_s = self._logger.manners.idle_s or None
        while True:
            try:
                async with asyncio.timeout(idle_s):
                    chunk = await self._port.receive()
            except TimeoutError:
                return
            found = self._framer.feed(chunk.data, chunk.at)
            if not found:
                found = await self._rest_of_frame()
            for item in found:
                if not isinstance(item, Noise):
                    yield item

    async def _rest_of_frame(self) -> list[V5Frame | Noise]:
        """Wait for what completes a frame; a pause ends one that was cut."""
        while True:
            try:
                async with asyncio.timeout(QUIET_S):
                    chunk = await self._port.receive()
            except TimeoutError:
                return self._framer.silence(asyncio.get_running_loop().time())
            if found := self._framer.feed(chunk.data, chunk.at):
                return found

    async def _send(self, answer: bytes) -> None:
        manners = self._logger.manners
        if manners.glued:
            answer = self._logger.heartbeat() + answer
        if manners.chatter:
            await self._port.send(CHATTER)
        if not manners.split:
            await self._port.send(answer)
            return
        half = len(answer) // 2
        await self._port.send(answer[:half])
        await asyncio.sleep(SPLIT_S)
        await self._port.send(answer[half:])

    async def _beat(self) -> None:
        try:
            while True:
                await asyncio.sleep(self._logger.manners.heartbeat_s)
                await self._port.send(self._logger.heartbeat())
        except LinkLost:
            return
