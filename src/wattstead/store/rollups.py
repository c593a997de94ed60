"""Rollups of one pack as rows: one row per level and stretch, so that a seal writes its own rows and no others."""

import sqlite3
from collections.abc import Iterator

from wattstead.store.base import WIDTH_MS, Resolution
from wattstead.store.names import Names
from wattstead.store.parts import SPAN_MS
from wattstead.store.stats import Rollup, Wanted, every, from_bytes, to_bytes

_FINE_MS = WIDTH_MS[Resolution.FIVE_MINUTES]
_HOUR_MS = WIDTH_MS[Resolution.HOUR]
_SAVE = """INSERT INTO rollup (pack, width_ms, start_ms, channels, data) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (pack, width_ms, start_ms) DO UPDATE SET channels = excluded.channels, data = excluded.data"""


def stretch_ms(width_ms: int) -> int:
    """Give how much time one row of a level covers."""
    return max(width_ms, SPAN_MS)


class Rollups:
    """The rollups of one pack. width_ms: names the level."""

    def __init__(self, connection: sqlite3.Connection, names: Names, pack: int) -> None:
        self._connection = connection
        self._names = names
        self._pack = pack

    def save(self, width_ms: int, start_ms: int, rollup: Rollup) -> None:
        """Write one row anew; readings without a single number leave none."""
        if rollup:
            channels = self._names.make_word(tuple(rollup))
            self._connection.execute(_SAVE, (self._pack, width_ms, start_ms, channels, to_bytes(rollup)))

    def load(self, width_ms: int, from_ms: int, to_ms: int, wanted: Wanted = every) -> dict[int, Rollup]:
        """Read the rows that start in a range, by their start, in the order of time. wanted: picks channels."""
        rows = self._connection.execute(
            """SELECT start_ms, channels, data FROM rollup
            WHERE pack = ? AND width_ms = ? AND start_ms >= ? AND start_ms < ? ORDER BY start_ms""",
            (self._pack, width_ms, from_ms, to_ms),
        )
        return {start: from_bytes(data, self._names.word(number), wanted) for start, number, data in rows}

    def finish(self, from_ms: int, to_ms: int) -> None:
        """Make the rollups of stretches final, whose readings are removed. A day may still grow by its other ones."""
        for width_ms in (_FINE_MS, _HOUR_MS):
            self._connection.execute(
                "UPDATE rollup SET final = 1 WHERE pack = ? AND width_ms = ? AND start_ms >= ? AND start_ms < ?",
                (self._pack, width_ms, from_ms, to_ms),
            )

    def final(self, from_ms: int, to_ms: int) -> Iterator[int]:
        """Give the stretches that start in a range and are final, in the order of time."""
        rows = self._connection.execute(
            """SELECT start_ms FROM rollup
            WHERE pack = ? AND width_ms = ? AND start_ms >= ? AND start_ms < ? AND final = 1 ORDER BY start_ms""",
            (self._pack, _FINE_MS, from_ms, to_ms),
        )
        return (start for (start,) in rows)
