"""Writing: one transaction a round, and sealing what is old into chunks and rollups."""

import sqlite3
from collections.abc import Sequence

from wattstead.store.base import DAY_MS, LAST_MS, WIDTH_MS, Reading, Resolution, StoreError
from wattstead.store.columns import tightened, to_segment, to_shelf
from wattstead.store.connect import transaction
from wattstead.store.names import Names
from wattstead.store.parts import (
    SPAN_MS,
    Hot,
    Part,
    hot_parts,
    readings_of,
    rollup_of,
    sealed_parts,
    times_of,
    times_to_bytes,
)
from wattstead.store.rollups import Rollups
from wattstead.store.stats import folded_all, joined

LATE_MS = 15 * 60_000
"""A stretch is sealed so long after its end: what comes a little late costs nothing then."""

_INSERT = "INSERT INTO hot (ts_ms, pack, schema, payload) VALUES (?, ?, ?, ?) ON CONFLICT (ts_ms, pack) DO NOTHING"
_Row = tuple[int, int, int, bytes]  # a row of ``hot``


class Writer:
    """The one that writes; used from one thread only."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._names = Names(connection)

    def write(self, readings: Sequence[Reading]) -> int:
        """Store readings in one transaction; give how many were new."""
        try:
            with transaction(self.connection):
                rows = self._without_sealed([self._row(reading) for reading in readings])
                return self.connection.executemany(_INSERT, rows).rowcount if rows else 0
        except BaseException:
            self._names.forget()  # numbers made in a transaction that was taken back are void
            raise

    def sealable(self, before_ms: int) -> list[tuple[int, int]]:
        """List pack and start of the stretches that ended before a time and have fresh rows, the newest first."""
        rows = self.connection.execute(
            "SELECT DISTINCT pack, ts_ms - ts_ms % ? AS start FROM hot WHERE ts_ms < ? ORDER BY start DESC, pack",
            (SPAN_MS, _start(before_ms)),
        )
        return rows.fetchall()

    def seal(self, pack: int, start_ms: int) -> None:
        """Seal one stretch of one pack: chunks, rollups and the end of its fresh rows in one transaction."""
        try:
            with transaction(self.connection):
                parts = self._parts(pack, start_ms)
                self._save_chunks(pack, start_ms, parts)
                self._save_rollups(pack, start_ms, parts)
                self.connection.execute(
                    "DELETE FROM hot WHERE ts_ms >= ? AND ts_ms < ? AND pack = ?", (start_ms, start_ms + SPAN_MS, pack)
                )
        except BaseException:
            self._names.forget()
            raise

    def expire(self, before_ms: int) -> int:
        """Remove the sealed stretches that ended before a time, and make their rollups final; give the readings."""
        limit = _start(before_ms)
        with transaction(self.connection):
            packs = self.connection.execute("SELECT id FROM pack").fetchall()
            return sum(self._expire_pack(pack, limit) for (pack,) in packs)

    def _expire_pack(self, pack: int, limit_ms: int) -> int:
        oldest, readings = self.connection.execute(
            "SELECT min(start_ms), sum(readings) FROM chunk WHERE pack = ? AND start_ms < ?", (pack, limit_ms)
        ).fetchone()
        if oldest is None:
            return 0
        Rollups(self.connection, self._names, pack).finish(oldest, limit_ms)
        self.connection.execute("DELETE FROM chunk WHERE pack = ? AND start_ms < ?", (pack, limit_ms))
        return int(readings)

    def _row(self, reading: Reading) -> _Row:
        if not 0 <= reading.at_ms <= LAST_MS:
            raise StoreError(f"pack {reading.pack}: time {reading.at_ms} ms lies outside the years 1970 to 9999")
        schema, layout = self._names.make_layout(reading)
        payload = layout.pack(reading, self._names.make_word)
        return reading.at_ms, self._names.make_pack(reading.pack), schema, payload

    def _without_sealed(self, rows: list[_Row]) -> list[_Row]:
        """Leave out what stands in a chunk already: the first reading of a millisecond stays."""
        stretches = {(pack, _start(at)) for at, pack, _, _ in rows}
        known = {stretch: self._sealed_times(*stretch) for stretch in stretches}
        return [row for row in rows if row[0] not in known[row[1], _start(row[0])]]

    def _sealed_times(self, pack: int, start_ms: int) -> set[int]:
        rows = self.connection.execute("SELECT times FROM chunk WHERE pack = ? AND start_ms = ?", (pack, start_ms))
        return {at for (times,) in rows for at in times_of(times)}

    def _parts(self, pack: int, start_ms: int) -> list[Hot]:
        """Give all readings of a stretch. Late ones join those that are sealed already, which are unpacked for it."""
        end = start_ms + SPAN_MS
        fresh = hot_parts(self.connection, self._names, pack, start_ms, end)
        sealed = sealed_parts(self.connection, self._names, pack, start_ms, end)
        if not sealed:
            return fresh
        parts: dict[int, Hot] = {}
        for reading in readings_of("", [*sealed, *fresh], self._names.word):
            schema, layout = self._names.make_layout(reading)
            part = parts.setdefault(schema, Hot(schema, layout, [], []))
            part.times_ms.append(reading.at_ms)
            part.payloads.append(layout.pack(reading, self._names.make_word))
        return list(parts.values())

    def _save_chunks(self, pack: int, start_ms: int, parts: Sequence[Hot]) -> None:
        rows = [
            (pack, start_ms, part.schema, len(part.times_ms), times_to_bytes(part.times_ms), _sealed(part))
            for part in parts
        ]
        self.connection.execute("DELETE FROM chunk WHERE pack = ? AND start_ms = ?", (pack, start_ms))
        self.connection.executemany(
            "INSERT INTO chunk (pack, start_ms, schema, readings, times, data) VALUES (?, ?, ?, ?, ?, ?)", rows
        )

    def _save_rollups(self, pack: int, start_ms: int, parts: Sequence[Part]) -> None:
        """Compute the rollups anew from all readings of the stretch, unless some of these are gone."""
        shelf = Rollups(self.connection, self._names, pack)
        if next(shelf.final(start_ms, start_ms + 1), None) is not None:
            return
        fine = rollup_of(parts, WIDTH_MS[Resolution.FIVE_MINUTES])
        shelf.save(WIDTH_MS[Resolution.FIVE_MINUTES], start_ms, fine)
        shelf.save(WIDTH_MS[Resolution.HOUR], start_ms, folded_all(fine, WIDTH_MS[Resolution.HOUR]))
        day = start_ms - start_ms % DAY_MS
        hours = shelf.load(WIDTH_MS[Resolution.HOUR], day, day + DAY_MS)
        shelf.save(DAY_MS, day, folded_all(joined(hours.values()), DAY_MS))


def _start(at_ms: int) -> int:
    return at_ms - at_ms % SPAN_MS


def _sealed(part: Hot) -> bytes:
    fields = range(-1, len(part.layout.fields))
    return to_shelf([to_segment([tightened(column)]) for column in part.columns(fields)])
