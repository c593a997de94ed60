"""The embedded store: one SQLite file. All work on the disk is done by threads, never by the event loop.

One thread writes; a few read, each through a connection of its own, which a writer never makes wait (WAL).
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import Self, TypeVar

from wattstead.store.base import (
    DAY_MS,
    RAW_DAYS,
    ActiveChange,
    Bounds,
    Last,
    Reading,
    Resolution,
    Series,
    StoreError,
)
from wattstead.store.connect import connect, telling
from wattstead.store.migrations import migrate
from wattstead.store.reader import Reader
from wattstead.store.writer import LATE_MS, Writer

_READERS = 2
_BATCH = 2000  # readings in one transaction of a long history

_T = TypeVar("_T")


class SqliteStore:
    """A ``Store`` in one file. Made by ``open``."""

    def __init__(self, path: Path, writer: Writer, readers: Sequence[Reader]) -> None:
        self.path = path
        self._writer = writer
        self._readers = readers
        self._idle: SimpleQueue[Reader] = SimpleQueue()
        for reader in readers:
            self._idle.put(reader)
        self._write_thread = ThreadPoolExecutor(1, "store-writer")
        self._read_threads = ThreadPoolExecutor(len(readers), "store-reader")
        self._closed = False

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the file, or make it and its folders, and bring it up to date.

        Raises StoreError: no right to write there, not a store, or written by a later version.
        """
        writer, readers = await asyncio.to_thread(_open, path)
        return cls(path, writer, readers)

    async def write(self, readings: Sequence[Reading]) -> int:
        """See ``Store.write``."""
        return await self._by_writer(lambda writer: writer.write(readings))

    async def write_many(self, readings: Iterable[Reading], progress: Callable[[int], None] | None = None) -> int:
        """See ``Store.write_many``. The readings are drawn in a thread, so that making them may take its time."""
        rest, new = iter(readings), 0
        while batch := await asyncio.to_thread(lambda: list(islice(rest, _BATCH))):
            new += await self.write(batch)
            if progress:
                progress(len(batch))
        return new

    async def read(
        self,
        pack: str,
        quantities: Sequence[str],
        from_ms: int,
        to_ms: int,
        resolution: Resolution = Resolution.AUTO,
        points: int | None = None,
    ) -> Series:
        """See ``Store.read``."""
        return await self._by_reader(lambda reader: reader.read(pack, quantities, from_ms, to_ms, resolution, points))

    async def history(self, pack: str, from_ms: int, to_ms: int) -> list[Reading]:
        """See ``Store.history``."""
        return await self._by_reader(lambda reader: reader.history(pack, from_ms, to_ms))

    async def active_changes(self, pack: str, from_ms: int, to_ms: int) -> list[ActiveChange]:
        """See ``Store.active_changes``."""
        return await self._by_reader(lambda reader: reader.active_changes(pack, from_ms, to_ms))

    async def packs(self) -> list[str]:
        """See ``Store.packs``."""
        return await self._by_reader(Reader.packs)

    async def latest(self, pack: str) -> Last:
        """See ``Store.latest``."""
        return await self._by_reader(lambda reader: reader.latest(pack))

    async def bounds(self, pack: str) -> Bounds | None:
        """See ``Store.bounds``."""
        return await self._by_reader(lambda reader: reader.bounds(pack))

    async def seal(self, now_ms: int) -> int:
        """See ``Store.seal``. Each stretch of each pack is a turn of its own: a round that waits comes in between."""
        stretches = await self._by_writer(lambda writer: writer.sealable(now_ms - LATE_MS))
        for pack, start in stretches:
            await self._by_writer(partial(Writer.seal, pack=pack, start_ms=start))
        return len(stretches)

    async def expire(self, now_ms: int, keep_days: int = RAW_DAYS) -> int:
        """See ``Store.expire``. Late readings are sealed first, so that their rollups know of them."""
        await self.seal(now_ms)
        return await self._by_writer(lambda writer: writer.expire(now_ms - keep_days * DAY_MS))

    async def close(self) -> None:
        """See ``Store.close``."""
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._close)

    async def _by_writer(self, work: Callable[[Writer], _T]) -> _T:
        return await self._by(self._write_thread, lambda: work(self._writer))

    async def _by_reader(self, work: Callable[[Reader], _T]) -> _T:
        return await self._by(self._read_threads, lambda: self._with_reader(work))

    async def _by(self, threads: ThreadPoolExecutor, work: Callable[[], _T]) -> _T:
        if self._closed:
            raise StoreError(f"store {self.path} is closed")

        def told() -> _T:
            with telling(self.path):
                return work()

        return await asyncio.get_running_loop().run_in_executor(threads, told)

    def _with_reader(self, work: Callable[[Reader], _T]) -> _T:
        reader = self._idle.get()  # as many as threads: there always is one
        try:
            return work(reader)
        finally:
            self._idle.put(reader)

    def _close(self) -> None:
        self._read_threads.shutdown()
        self._write_thread.shutdown()
        for reader in self._readers:
            reader.connection.close()
        # The last one to close merges the log into the file.
        self._writer.connection.close()


def _open(path: Path) -> tuple[Writer, list[Reader]]:
    with telling(path), ExitStack() as undo:
        path.parent.mkdir(parents=True, exist_ok=True)
        connections: list[sqlite3.Connection] = []
        for _ in range(1 + _READERS):
            connections.append(connect(path, reader=bool(connections)))
            undo.callback(connections[-1].close)
            if len(connections) == 1:
                migrate(connections[0], path)
        undo.pop_all()
    return Writer(connections[0]), [Reader(connection) for connection in connections[1:]]
