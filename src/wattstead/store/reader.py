"""Reading: one consistent view over fresh rows, sealed chunks and rollups."""

import sqlite3
from collections.abc import Iterator, Sequence

from wattstead.store.base import (
    DAY_MS,
    WIDTH_MS,
    ActiveChange,
    Bounds,
    Curve,
    Last,
    Reading,
    Resolution,
    Series,
)
from wattstead.store.connect import transaction
from wattstead.store.curves import asked_for, raw_curves, rollup_curves, says
from wattstead.store.ends import Ends
from wattstead.store.layout import Layout
from wattstead.store.names import Names
from wattstead.store.parts import SPAN_MS, Part, hot_parts, readings_of, rollup_of, sealed_parts
from wattstead.store.rollups import Rollups, stretch_ms
from wattstead.store.stats import Rollup, Wanted, cut, folded_all, joined
from wattstead.store.thin import thinned

_FINE_MS = WIDTH_MS[Resolution.FIVE_MINUTES]
_HOUR_MS = WIDTH_MS[Resolution.HOUR]


class Reader:
    """Reads through a connection of its own; used by one thread at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._names = Names(connection)

    def read(
        self, pack: str, quantities: Sequence[str], from_ms: int, to_ms: int, resolution: Resolution, points: int | None
    ) -> Series:
        """See ``Store.read``."""
        with transaction(self.connection, "DEFERRED"):
            number = self._names.pack(pack)
            if number is None:
                finest = Resolution.RAW if resolution is Resolution.AUTO else resolution
                return Series(pack, from_ms, to_ms, finest, [], {})
            one = _OnePack(self.connection, self._names, number)
            if resolution is Resolution.AUTO:
                resolution = one.choose(quantities, from_ms, to_ms, points)
            times, channels = one.curves(quantities, from_ms, to_ms, resolution)
        series = Series(pack, from_ms, to_ms, resolution, times, channels)
        return series if points is None else thinned(series, points)

    def history(self, pack: str, from_ms: int, to_ms: int) -> list[Reading]:
        """See ``Store.history``."""
        with transaction(self.connection, "DEFERRED"):
            number = self._names.pack(pack)
            if number is None:
                return []
            one = _OnePack(self.connection, self._names, number)
            return readings_of(pack, one.parts(from_ms, to_ms), self._names.word)

    def active_changes(self, pack: str, from_ms: int, to_ms: int) -> list[ActiveChange]:
        """See ``Store.active_changes``."""
        with transaction(self.connection, "DEFERRED"):
            number = self._names.pack(pack)
            if number is None:
                return []
            return list(_OnePack(self.connection, self._names, number).active_changes(from_ms, to_ms))

    def packs(self) -> list[str]:
        """See ``Store.packs``."""
        with transaction(self.connection, "DEFERRED"):
            return self._names.packs()

    def latest(self, pack: str) -> Last:
        """See ``Store.latest``."""
        with transaction(self.connection, "DEFERRED"):
            number = self._names.pack(pack)
            return Last() if number is None else Ends(self.connection, self._names, number).last(pack)

    def bounds(self, pack: str) -> Bounds | None:
        """See ``Store.bounds``."""
        with transaction(self.connection, "DEFERRED"):
            number = self._names.pack(pack)
            return None if number is None else Ends(self.connection, self._names, number).bounds()


class _OnePack:
    """What is kept of one pack, seen within one transaction."""

    def __init__(self, connection: sqlite3.Connection, names: Names, pack: int) -> None:
        self._connection = connection
        self._names = names
        self._pack = pack
        self._rollups = Rollups(connection, names, pack)

    def curves(
        self, quantities: Sequence[str], from_ms: int, to_ms: int, resolution: Resolution
    ) -> tuple[list[int], dict[str, Curve]]:
        """Give times and curves of a series."""
        if resolution is Resolution.RAW:
            return raw_curves(self.parts(from_ms, to_ms, quantities), quantities, self._names.word)
        width = WIDTH_MS[resolution]
        return rollup_curves(self._rollup(width, quantities, from_ms - from_ms % width, to_ms), quantities)

    def parts(self, from_ms: int, to_ms: int, quantities: Sequence[str] | None = None) -> list[Part]:
        """Give raw readings, those that say something of the quantities."""

        def wanted(layout: Layout) -> bool:
            return quantities is None or says(layout, quantities)

        where = (self._connection, self._names, self._pack, from_ms, to_ms, wanted)
        return [*sealed_parts(*where), *hot_parts(*where)]

    def active_changes(self, from_ms: int, to_ms: int) -> Iterator[ActiveChange]:
        """Give the changes of the active codes; only their words are unpacked, a day at a time."""
        bounds = Ends(self._connection, self._names, self._pack).bounds()
        if bounds is None:
            return
        from_ms, to_ms = max(from_ms, bounds.first_ms), min(to_ms, bounds.last_ms + 1)
        known, seen_ms = 0, None
        for start in range(from_ms, to_ms, DAY_MS):
            for at_ms, word in self._active_words(start, min(start + DAY_MS, to_ms)):
                if word != known:
                    yield ActiveChange(at_ms, self._names.word(word), seen_ms)
                known, seen_ms = word, at_ms

    def _active_words(self, from_ms: int, to_ms: int) -> list[tuple[int, int]]:
        """Give times and words of the readings that tell codes."""
        found: list[tuple[int, int]] = []
        for part in self.parts(from_ms, to_ms):
            if part.layout.origin is not None:  # else the word is why there is silence
                (words,) = part.columns([-1])
                found += [(at, word) for at, word in zip(part.times_ms, words.numbers, strict=True) if word]
        return sorted(found)

    def choose(self, quantities: Sequence[str], from_ms: int, to_ms: int, points: int | None) -> Resolution:
        """Give the finest resolution that stays within the points; raw only where all of it is still there."""
        if points is None:
            return Resolution.RAW
        bounds = Ends(self._connection, self._names, self._pack).bounds()
        if bounds is None:
            return Resolution.RAW
        from_ms, to_ms = max(from_ms, bounds.first_ms), min(to_ms, bounds.last_ms + 1)
        if self._raw_fits(quantities, from_ms, to_ms, points):
            return Resolution.RAW
        fits = (one for one, width in WIDTH_MS.items() if (to_ms - from_ms) // width + 2 <= points)
        return next(fits, Resolution.DAY)

    def _raw_fits(self, quantities: Sequence[str], from_ms: int, to_ms: int, points: int) -> bool:
        if next(self._rollups.final(from_ms - SPAN_MS + 1, to_ms), None) is not None:
            return False
        # Whole stretches are counted without reading them: a year of them would be slow to read in vain.
        rows = self._connection.execute(
            """SELECT schema, sum(readings) FROM chunk
            WHERE pack = ? AND start_ms >= ? AND start_ms <= ? GROUP BY schema""",
            (self._pack, from_ms, to_ms - SPAN_MS),
        )
        if sum(number for schema, number in rows if says(self._names.layout(schema), quantities)) > points:
            return False
        return sum(len(part.times_ms) for part in self.parts(from_ms, to_ms, quantities)) <= points

    def _rollup(self, width_ms: int, quantities: Sequence[str], from_ms: int, to_ms: int) -> Rollup:
        """Give the buckets of one level that start in a range."""
        stretch = stretch_ms(width_ms)
        low, high = from_ms - from_ms % stretch, to_ms + -to_ms % stretch

        def wanted(channel: str) -> bool:
            return asked_for(channel, quantities)

        found = self._rollups.load(width_ms, low, high, wanted)
        fresh = self._fresh(low, high, wanted)
        if width_ms == DAY_MS:
            found |= self._fresh_days(fresh, wanted)
        else:
            found |= {start: folded_all(rollup, width_ms) for start, rollup in fresh.items()}
        return cut(joined(found[start] for start in sorted(found)), from_ms, to_ms)

    def _fresh(self, from_ms: int, to_ms: int, wanted: Wanted) -> dict[int, Rollup]:
        """Compute the finest level of the stretches with fresh readings, from all of their readings."""
        where = (self._connection, self._names, self._pack)
        hot = hot_parts(*where, from_ms, to_ms)
        starts = {at - at % SPAN_MS for part in hot for at in part.times_ms}
        if starts:
            starts.difference_update(self._rollups.final(min(starts), max(starts) + 1))
        found = {}
        for start in starts:
            end = start + SPAN_MS
            parts: list[Part] = [*sealed_parts(*where, start, end), *(part.cut(start, end) for part in hot)]
            found[start] = rollup_of(parts, _FINE_MS, wanted)
        return found

    def _fresh_days(self, fresh: dict[int, Rollup], wanted: Wanted) -> dict[int, Rollup]:
        """Fold days anew that have fresh stretches; their other stretches come from the stored hours."""
        days = {}
        for day in {start - start % DAY_MS for start in fresh}:
            hours = self._rollups.load(_HOUR_MS, day, day + DAY_MS, wanted)
            hours |= {at: folded_all(rollup, _HOUR_MS) for at, rollup in fresh.items() if at - at % DAY_MS == day}
            days[day] = folded_all(joined(hours[at] for at in sorted(hours)), DAY_MS)
        return days
