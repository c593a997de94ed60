"""The ends of what is kept of one pack: its newest reading, its first one."""

import sqlite3
from collections.abc import Iterable
from typing import cast

from wattstead.model.reading import Silence, Snapshot
from wattstead.store.base import WIDTH_MS, Bounds, Last, Reading, Resolution
from wattstead.store.names import Names
from wattstead.store.parts import SPAN_MS, hot_parts, readings_of, sealed_parts, times_of
from wattstead.store.rollups import Rollups

_NEVER_MS = -1
_HOUR_MS = WIDTH_MS[Resolution.HOUR]


class Ends:
    """Looks at the ends within one transaction of the connection."""

    def __init__(self, connection: sqlite3.Connection, names: Names, pack: int) -> None:
        self._connection = connection
        self._names = names
        self._pack = pack

    def last(self, name: str) -> Last:
        """Give the newest snapshot and the first silence after it. name: of the pack."""
        said = self._newest_snapshot_ms()
        silent = self._first_silence_ms(_NEVER_MS if said is None else said)
        return Last(
            snapshot=cast("Snapshot | None", self._reading(name, said)),
            silence=cast("Silence | None", self._reading(name, silent)),
        )

    def bounds(self) -> Bounds | None:
        """Give the first and the last time of which something is known."""
        first = [*self._hot_times("ASC"), *self._edge_times("min"), *self._first_rollup_ms()]
        last = [*self._hot_times("DESC"), *self._edge_times("max"), *self._last_rollup_ms()]
        return Bounds(min(first), max(last)) if first else None

    def _newest_snapshot_ms(self) -> int | None:
        fresh = self._connection.execute(
            """SELECT ts_ms FROM hot WHERE pack = ? AND schema IN (SELECT id FROM schema WHERE silence = 0)
            ORDER BY ts_ms DESC LIMIT 1""",
            (self._pack,),
        )
        sealed = self._connection.execute(
            """SELECT times FROM chunk WHERE pack = :pack AND schema IN (SELECT id FROM schema WHERE silence = 0)
            AND start_ms = (SELECT max(start_ms) FROM chunk
                WHERE pack = :pack AND schema IN (SELECT id FROM schema WHERE silence = 0))""",
            {"pack": self._pack},
        )
        found = [at for (at,) in fresh] + [times_of(times)[-1] for (times,) in sealed]
        return max(found, default=None)

    def _first_silence_ms(self, after_ms: int) -> int | None:
        fresh = self._connection.execute(
            """SELECT ts_ms FROM hot
            WHERE pack = ? AND ts_ms > ? AND schema IN (SELECT id FROM schema WHERE silence = 1)
            ORDER BY ts_ms LIMIT 1""",
            (self._pack, after_ms),
        )
        found = [at for (at,) in fresh] + list(self._first_sealed_silence(after_ms))
        return min(found, default=None)

    def _first_sealed_silence(self, after_ms: int) -> Iterable[int]:
        sealed = self._connection.execute(
            """SELECT times FROM chunk WHERE pack = ? AND start_ms > ?
            AND schema IN (SELECT id FROM schema WHERE silence = 1) ORDER BY start_ms""",
            (self._pack, after_ms - SPAN_MS),
        )
        for (times,) in sealed:
            if later := [at for at in times_of(times) if at > after_ms]:
                return later[:1]
        return ()

    def _reading(self, name: str, at_ms: int | None) -> Reading | None:
        if at_ms is None:
            return None
        where = (self._connection, self._names, self._pack, at_ms, at_ms + 1)
        return readings_of(name, [*hot_parts(*where), *sealed_parts(*where)], self._names.word)[0]

    def _hot_times(self, order: str) -> list[int]:
        """Give the first or the last time among the fresh rows."""
        statement = f"SELECT ts_ms FROM hot WHERE pack = ? ORDER BY ts_ms {order} LIMIT 1"  # noqa: S608 - ASC or DESC
        return [at for (at,) in self._connection.execute(statement, (self._pack,))]

    def _edge_times(self, pick: str) -> list[int]:
        """Give the ends of the first or the last sealed stretch. pick: min or max."""
        statement = f"""SELECT times FROM chunk WHERE pack = :pack
            AND start_ms = (SELECT {pick}(start_ms) FROM chunk WHERE pack = :pack)"""  # noqa: S608 - min or max
        times = [times_of(times) for (times,) in self._connection.execute(statement, {"pack": self._pack})]
        return [at for one in times for at in (one[0], one[-1])]

    def _first_rollup_ms(self) -> list[int]:
        return self._rollup_starts("min")[:1]

    def _last_rollup_ms(self) -> list[int]:
        return self._rollup_starts("max")[-1:]

    def _rollup_starts(self, pick: str) -> list[int]:
        """Give the hours of the first or the last stretch that has rollups, where its raw readings are gone."""
        (start,) = self._connection.execute(
            f"SELECT {pick}(start_ms) FROM rollup WHERE pack = ? AND width_ms = ? AND final = 1",  # noqa: S608 - min or max
            (self._pack, _HOUR_MS),
        ).fetchone()
        if start is None:
            return []
        rollup = Rollups(self._connection, self._names, self._pack).load(_HOUR_MS, start, start + 1)[start]
        return sorted({at for stats in rollup.values() for at in stats.starts})
