"""A cloud of one's own: stick loggers report to it as they do to their maker's.

Each frame is acknowledged with the time, as loggers expect, and told as one record. What nobody has described is told
in hex, so that nothing is lost. However many loggers come and whatever they send, memory stays bounded.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wattstead.host.ingest_records import described, noise_record
from wattstead.host.ingest_values import BlockReader
from wattstead.link.port import Listener, Port
from wattstead.model.errors import LinkLost
from wattstead.wire.frame import Noise
from wattstead.wire.framing.solarman_payload import TO_ANSWER, ZONE_MINUTES, Control, Time, write
from wattstead.wire.framing.solarman_v5 import SolarmanV5Framer, V5Frame, build

CONNECTIONS = 2000
IDLE_S = 600.0
"""Five heartbeats of a usual logger: who was silent for so long is gone."""

Record = Mapping[str, Any]
REQUESTS = frozenset(one for one in Control if one is not Control.COMMAND)


@dataclass
class Counts:
    """What has come so far."""

    connections: int = 0
    refused: int = 0
    frames: int = 0
    noise: int = 0
    told: dict[str, int] = field(default_factory=dict)


class Ingest:
    """Receives what loggers report.

    tell: takes each record, and may be slow: then its logger waits. unix_s: the time of day, which loggers are set to.
    connections: at once; more are sent away, and come again by themselves. raw: also tell the bytes of each payload
    that was understood. reader: makes values of register blocks.
    """

    def __init__(
        self,
        tell: Callable[[Record], None],
        *,
        unix_s: Callable[[], float],
        connections: int = CONNECTIONS,
        idle_s: float = IDLE_S,
        zone_min: int = ZONE_MINUTES,
        raw: bool = False,
        reader: BlockReader | None = None,
    ) -> None:
        self.counts = Counts()
        self.open: OrderedDict[str, int | None] = OrderedDict()
        """Connections by the address of the other side, with the serial that was heard on each."""
        self._tell = tell
        self._unix_s = unix_s
        self._connections = connections
        self._idle_s = idle_s
        self._zone_min = zone_min
        self._raw = raw
        self._reader = reader

    async def serve(self, listener: Listener) -> None:
        """Receive until cancelled or until the listener is closed; the listener is closed in the end."""
        try:
            async with asyncio.TaskGroup() as loggers:
                async for port in listener.ports():
                    if len(self.open) >= self._connections:
                        self.counts.refused += 1
                        await port.close()
                        continue
                    self.counts.connections += 1
                    self.open[port.url] = None
                    loggers.create_task(self._logger(port), name=f"logger at {port.url}")
        finally:
            await listener.close()

    async def _logger(self, port: Port) -> None:
        try:
            await self._hear(port)
        except LinkLost:
            pass  # loggers come and go
        finally:
            self.open.pop(port.url, None)
            await port.close()

    async def _hear(self, port: Port) -> None:
        framer = SolarmanV5Framer()
        while True:
            try:
                async with asyncio.timeout(self._idle_s):
                    chunk = await port.receive()
            except TimeoutError:
                return
            for item in framer.feed(chunk.data, chunk.at):
                await self._take(port, item)

    async def _take(self, port: Port, item: V5Frame | Noise) -> None:
        head = {"at_s": round(self._unix_s(), 3), "from": port.url.removeprefix("tcp://")}
        if isinstance(item, Noise):
            self.counts.noise += 1
            self._put({**head, **noise_record(item)})
            return
        self.counts.frames += 1
        self.open[port.url] = item.serial
        self._put({**head, **described(item, self._reader, raw=self._raw)})
        if _is_request(item):
            await port.send(self.acknowledgement(item))

    def _put(self, record: Record) -> None:
        kind = str(record["kind"])
        self.counts.told[kind] = self.counts.told.get(kind, 0) + 1
        self._tell(record)

    def acknowledgement(self, frame: V5Frame) -> bytes:
        """Give the answer to a frame: the time, which sets the logger's clock, under the numbers that it expects."""
        payload = write(
            Time(int(self._unix_s()) & 0xFFFF_FFFF, frame.payload[0] if frame.payload else 0, 1, self._zone_min)
        )
        return build(
            V5Frame(frame.control - TO_ANSWER, frame.serial, payload, frame.sequence + 1 & 0xFF, frame.logger_sequence)
        )


def _is_request(frame: V5Frame) -> bool:
    """Whether a logger waits for an answer: also to a code that nobody has described, but never to an answer."""
    return frame.control in REQUESTS or (0x4000 <= frame.control < 0x5000 and frame.control != Control.COMMAND)
