"""Rollups: what each channel did in each bucket of time. Plain arithmetic, no database.

Sums are kept, not means: whole numbers add up exactly, in any order and from any level to the next.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import fsum, isfinite
from typing import Any

from wattstead.store.base import Curve
from wattstead.store.columns import (
    Column,
    common_digits,
    from_shelf,
    in_digits,
    tightened,
    to_segment,
    to_shelf,
)


@dataclass(slots=True)
class Stats:
    """One channel in buckets.

    starts: UTC ms. total, low, high, last: in 10**-digits of the unit; None: in the unit itself.
    """

    starts: list[int] = field(default_factory=list)
    count: list[int] = field(default_factory=list)
    total: list[Any] = field(default_factory=list)
    low: list[Any] = field(default_factory=list)
    high: list[Any] = field(default_factory=list)
    last: list[Any] = field(default_factory=list)
    digits: int | None = 0


_NUMBERS = ("total", "low", "high", "last")

Rollup = dict[str, Stats]
"""Stats by channel name."""

Wanted = Callable[[str], bool]
"""Picks channels by their name."""


def every(_: str) -> bool:
    """Pick every channel."""
    return True


def bucketed(times_ms: Sequence[int], column: Column, width_ms: int) -> Stats:
    """Sum up one channel's readings, in the order of time. What is no finite number does not count."""
    numbers = column.numbers
    if column.digits is None:
        pairs = [(at, number) for at, number in zip(times_ms, numbers, strict=True) if isfinite(number)]
        times_ms, numbers = [at for at, _ in pairs], [number for _, number in pairs]
    stats = Stats(digits=column.digits)
    for start, first, end in _edges(times_ms, width_ms):
        part = numbers[first:end]
        stats.starts.append(start)
        stats.count.append(end - first)
        stats.total.append(_sum(part, column.digits))
        stats.low.append(min(part))
        stats.high.append(max(part))
        stats.last.append(part[-1])
    return stats


def folded(stats: Stats, width_ms: int) -> Stats:
    """Join buckets into longer ones, whose length is a multiple of theirs."""
    found = Stats(digits=stats.digits)
    for start, first, end in _edges(stats.starts, width_ms):
        found.starts.append(start)
        found.count.append(sum(stats.count[first:end]))
        found.total.append(_sum(stats.total[first:end], stats.digits))
        found.low.append(min(stats.low[first:end]))
        found.high.append(max(stats.high[first:end]))
        found.last.append(stats.last[end - 1])
    return found


def joined(rollups: Iterable[Rollup]) -> Rollup:
    """Put rollups that follow each other in time one behind the other."""
    parts: dict[str, list[Stats]] = {}
    for rollup in rollups:
        for name, stats in rollup.items():
            parts.setdefault(name, []).append(stats)
    return {name: _joined(found) for name, found in parts.items()}


def folded_all(rollup: Rollup, width_ms: int) -> Rollup:
    """Fold every channel."""
    return {name: folded(stats, width_ms) for name, stats in rollup.items()}


def cut(rollup: Rollup, from_ms: int, to_ms: int) -> Rollup:
    """Keep the buckets that start in a range."""
    found = {name: _cut(stats, from_ms, to_ms) for name, stats in rollup.items()}
    return {name: stats for name, stats in found.items() if stats.starts}


def to_bytes(rollup: Rollup) -> bytes:
    """Give the stats of all channels, in their order, as one shelf."""
    return to_shelf([_to_segment(stats) for stats in rollup.values()])


def from_bytes(data: bytes, channels: Sequence[str], wanted: Wanted = every) -> Rollup:
    """Read what ``to_bytes`` wrote. wanted: picks the channels to unpack."""
    return {name: _from_columns(from_shelf(data, at)) for at, name in enumerate(channels) if wanted(name)}


def curve(stats: Stats, starts: Sequence[int]) -> Curve:
    """Give stats in the unit of the quantity, along the times of a series, which hold all of theirs."""
    at = {start: place for place, start in enumerate(stats.starts)}
    places = [at.get(start) for start in starts]
    scale = None if stats.digits is None else 10**stats.digits

    def along(numbers: Sequence[Any]) -> list[Any]:
        if scale is None:
            return [None if place is None else numbers[place] for place in places]
        return [None if place is None else numbers[place] / scale for place in places]

    means = [_mean(total, count, scale) for total, count in zip(stats.total, stats.count, strict=True)]
    return Curve(
        mean=[None if place is None else means[place] for place in places],
        minimum=along(stats.low),
        maximum=along(stats.high),
        last=along(stats.last),
        count=[0 if place is None else stats.count[place] for place in places],
    )


def _mean(total: float, count: int, scale: int | None) -> float:
    # One division: whole numbers give the float nearest to the true mean.
    return total / count if scale is None else total / (count * scale)


def _sum(numbers: Sequence[Any], digits: int | None) -> Any:
    if digits is not None:
        return sum(numbers)
    try:
        return fsum(numbers)
    except (OverflowError, ValueError):  # beyond what a float holds: let it be infinite, or no number
        return sum(map(float, numbers))


def _edges(times_ms: Sequence[int], width_ms: int) -> Iterator[tuple[int, int, int]]:
    """Give start, first place and end place of every bucket that is not empty."""
    first = 0
    for start, group in groupby(times_ms, key=lambda at: at - at % width_ms):
        end = first + sum(1 for _ in group)
        yield start, first, end
        first = end


def _joined(found: Sequence[Stats]) -> Stats:
    if len(found) == 1:
        return found[0]
    digits = common_digits([stats.digits for stats in found])
    whole = Stats(digits=digits)
    for stats in found:
        whole.starts += stats.starts
        whole.count += stats.count
        for name in _NUMBERS:
            getattr(whole, name).extend(in_digits(getattr(stats, name), stats.digits, digits))
    return whole


def _to_segment(stats: Stats) -> bytes:
    rest = [tightened(Column(getattr(stats, name), stats.digits)) for name in _NUMBERS]
    return to_segment([Column(stats.starts), Column(stats.count), *rest])


def _from_columns(columns: Sequence[Column]) -> Stats:
    starts, count, *rest = columns
    digits = common_digits([column.digits for column in rest])
    total, low, high, last = (in_digits(column.numbers, column.digits, digits) for column in rest)
    return Stats(list(starts.numbers), list(count.numbers), total, low, high, last, digits)


def _cut(stats: Stats, from_ms: int, to_ms: int) -> Stats:
    keep = slice(bisect_left(stats.starts, from_ms), bisect_left(stats.starts, to_ms))
    total, low, high, last = (getattr(stats, name)[keep] for name in _NUMBERS)
    return Stats(stats.starts[keep], stats.count[keep], total, low, high, last, stats.digits)
