"""What came in over a port and was not taken yet."""

import asyncio
from collections import deque

from wattstead.link.port import Chunk
from wattstead.model.errors import LinkLost

LIMIT_BYTES = 64 * 1024


class Inbox:
    """Keeps chunks as they arrived, each with its time; a cancelled ``take`` loses nothing.

    A reader that stays away overruns, as on a real line: beyond ``limit_bytes`` new bytes are dropped and counted.
    """

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self.held_bytes = 0
        self.dropped_bytes = 0
        self._limit_bytes = limit_bytes
        self._chunks: deque[Chunk] = deque()
        self._lost: str | None = None
        self._changed = asyncio.Event()

    def put(self, data: bytes) -> None:
        """Add bytes that arrived just now."""
        kept = data[: max(0, self._limit_bytes - self.held_bytes)]
        self.dropped_bytes += len(data) - len(kept)
        if kept and self._lost is None:
            self.held_bytes += len(kept)
            self._chunks.append(Chunk(asyncio.get_running_loop().time(), kept))
            self._changed.set()

    def end(self, why: str) -> None:
        """Nothing more will come: once all is taken, ``take`` raises LinkLost with this sentence; the first counts."""
        if self._lost is None:
            self._lost = why
            self._changed.set()

    @property
    def ended(self) -> str | None:
        """Why nothing more will come; None while the port lives."""
        return self._lost

    async def take(self) -> Chunk:
        """Wait for the next chunk. Raises LinkLost after the last one of an ended port."""
        while not self._chunks:
            if self._lost is not None:
                raise LinkLost(self._lost)
            self._changed.clear()
            await self._changed.wait()
        chunk = self._chunks.popleft()
        self.held_bytes -= len(chunk.data)
        return chunk
