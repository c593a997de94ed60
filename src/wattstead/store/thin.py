"""Fewer points: neighbours joined into buckets of mean, minimum and maximum, so that no peak is lost."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby
from math import fsum

from wattstead.store.base import Curve, Series

_Bucket = tuple[int, int]  # first place, end place


def thinned(series: Series, points: int) -> Series:
    """Give a series of at most so many points (at least one). Times then are the starts of buckets of equal length."""
    times = series.times_ms
    if len(times) <= points:
        return series
    width = _width_ms(times[-1] - times[0] + 1, points)
    # On a fixed grid a chart that moves with the time keeps its points; a single one has no grid to keep.
    origin = times[0] if points <= 1 else 0
    starts = [at - (at - origin) % width for at in times]
    buckets = _buckets(starts)
    channels = {name: _joined(curve, buckets) for name, curve in series.channels.items()}
    kept = [starts[first] for first, _ in buckets]
    return Series(series.pack, series.from_ms, series.to_ms, series.resolution, kept, channels)


def _width_ms(length_ms: int, points: int) -> int:
    """Give the length of a bucket, rounded up to two digits: a range of nearly the same length has the same grid."""
    width = -(-length_ms // max(points - 1, 1))
    unit = int(10 ** max(len(str(width)) - 2, 0))
    return -(-width // unit) * unit


def _buckets(starts: Sequence[int]) -> list[_Bucket]:
    buckets, first = [], 0
    for start, _ in groupby(starts):
        end = bisect_left(starts, start + 1, first)
        buckets.append((first, end))
        first = end
    return buckets


def _joined(curve: Curve, buckets: Sequence[_Bucket]) -> Curve:
    found = Curve()
    for first, end in buckets:
        count = curve.count[first:end]
        weighed = [(mean, n) for mean, n in zip(curve.mean[first:end], count, strict=True) if mean is not None]
        total = sum(n for _, n in weighed)
        found.mean.append(fsum(mean * n for mean, n in weighed) / total if total else None)
        found.minimum.append(min((one for one in curve.minimum[first:end] if one is not None), default=None))
        found.maximum.append(max((one for one in curve.maximum[first:end] if one is not None), default=None))
        found.last.append(next((one for one in reversed(curve.last[first:end]) if one is not None), None))
        found.count.append(sum(count))
    return found
