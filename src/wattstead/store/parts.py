"""Raw readings in columns, wherever they lie: fresh in ``hot``, or sealed in ``chunk``."""

import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Protocol, Self

from wattstead.store.base import Reading
from wattstead.store.columns import Column, common_digits, from_segment, from_shelf, in_digits, to_segment
from wattstead.store.layout import Layout, WordOf
from wattstead.store.names import Names
from wattstead.store.stats import Rollup, Wanted, bucketed, every

SPAN_MS = 6 * 3_600_000
"""What one sealed row covers: a quarter of a day, from whole multiples of it in UTC."""


class Part(Protocol):
    """Readings of one pack and one layout, in the order of time."""

    @property
    def layout(self) -> Layout: ...

    @property
    def times_ms(self) -> list[int]: ...

    def columns(self, fields: Sequence[int]) -> list[Column]:
        """Give some fields; -1 is the word before the first one (see ``Layout.columns``)."""
        ...

    def cut(self, from_ms: int, to_ms: int) -> Self:
        """Give the part of it that lies in a range."""
        ...


@dataclass(frozen=True, slots=True)
class Hot:
    """Fresh rows. schema: the number of their layout."""

    schema: int
    layout: Layout
    times_ms: list[int]
    payloads: list[bytes]

    def columns(self, fields: Sequence[int]) -> list[Column]:
        """See ``Part``."""
        return self.layout.columns(self.payloads, fields)

    def cut(self, from_ms: int, to_ms: int) -> "Hot":
        """See ``Part``."""
        first, end = _places(self.times_ms, from_ms, to_ms)
        return Hot(self.schema, self.layout, self.times_ms[first:end], self.payloads[first:end])


@dataclass(frozen=True, slots=True)
class Sealed:
    """Rows of a chunk, from place ``first`` on."""

    layout: Layout
    times_ms: list[int]
    data: bytes
    first: int = 0

    def columns(self, fields: Sequence[int]) -> list[Column]:
        """See ``Part``."""
        found = [from_shelf(self.data, field + 1)[0] for field in fields]
        end = self.first + len(self.times_ms)
        return [Column(column.numbers[self.first : end], column.digits) for column in found]

    def cut(self, from_ms: int, to_ms: int) -> "Sealed":
        """See ``Part``."""
        first, end = _places(self.times_ms, from_ms, to_ms)
        return Sealed(self.layout, self.times_ms[first:end], self.data, self.first + first)


def any_layout(_: Layout) -> bool:
    """Want every layout."""
    return True


def hot_parts(
    connection: sqlite3.Connection,
    names: Names,
    pack: int,
    from_ms: int,
    to_ms: int,
    wanted: Callable[[Layout], bool] = any_layout,
) -> list[Hot]:
    """Read fresh rows of a pack."""
    parts: dict[int, Hot] = {}
    rows = connection.execute(
        "SELECT ts_ms, schema, payload FROM hot WHERE ts_ms >= ? AND ts_ms < ? AND pack = ? ORDER BY ts_ms",
        (from_ms, to_ms, pack),
    )
    for at, schema, payload in rows:
        if (part := parts.get(schema)) is None:
            part = parts[schema] = Hot(schema, names.layout(schema), [], [])
        part.times_ms.append(at)
        part.payloads.append(payload)
    return [part for part in parts.values() if wanted(part.layout)]


def sealed_parts(
    connection: sqlite3.Connection,
    names: Names,
    pack: int,
    from_ms: int,
    to_ms: int,
    wanted: Callable[[Layout], bool] = any_layout,
) -> list[Sealed]:
    """Read sealed rows of a pack."""
    schemas = {number: layout for number, layout in names.layouts() if wanted(layout)}
    rows = connection.execute(
        "SELECT schema, times, data FROM chunk WHERE pack = ? AND start_ms > ? AND start_ms < ? ORDER BY start_ms",
        (pack, from_ms - SPAN_MS, to_ms),
    )
    found = [
        Sealed(schemas[schema], times_of(times), data).cut(from_ms, to_ms)
        for schema, times, data in rows
        if schema in schemas
    ]
    return [part for part in found if part.times_ms]


def times_of(segment: bytes) -> list[int]:
    """Read the times of a chunk."""
    return list(from_segment(segment)[0].numbers)


def times_to_bytes(times_ms: Sequence[int]) -> bytes:
    """Write the times of a chunk."""
    return to_segment([Column(times_ms)])


def readings_of(pack: str, parts: Iterable[Part], word: WordOf) -> list[Reading]:
    """Give whole readings in the order of time."""
    found: list[Reading] = []
    for part in parts:
        columns = part.columns(range(-1, len(part.layout.fields)))
        found += part.layout.readings(pack, part.times_ms, columns, word)
    return sorted(found, key=lambda reading: reading.at_ms)


def rollup_of(parts: Iterable[Part], width_ms: int, wanted: Wanted = every) -> Rollup:
    """Sum up the numbers of some readings by channel. wanted: picks channels."""
    tracks: dict[str, list[tuple[list[int], Column]]] = {}
    for part in parts:
        fields = {name: at for name, at in part.layout.number_fields.items() if wanted(name)}
        for name, column in zip(fields, part.columns(list(fields.values())), strict=True):
            tracks.setdefault(name, []).append((part.times_ms, column))
    found = {name: bucketed(*_in_one(track), width_ms) for name, track in tracks.items()}
    return {name: stats for name, stats in found.items() if stats.starts}


def _in_one(track: list[tuple[list[int], Column]]) -> tuple[list[int], Column]:
    """Put the readings of one channel in the order of time; layouts may alternate."""
    if len(track) == 1:
        return track[0]
    digits = common_digits([column.digits for _, column in track])
    pairs: list[tuple[int, Any]] = []
    for times, column in track:
        pairs += zip(times, in_digits(column.numbers, column.digits, digits), strict=True)
    pairs.sort(key=itemgetter(0))
    return [at for at, _ in pairs], Column([number for _, number in pairs], digits)


def _places(times_ms: list[int], from_ms: int, to_ms: int) -> tuple[int, int]:
    return bisect_left(times_ms, from_ms), bisect_left(times_ms, to_ms)
