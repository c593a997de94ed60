"""The judge of the rollups: all raw readings, added up one by one."""

from collections.abc import Iterable
from dataclasses import dataclass

from wattstead.model.reading import Snapshot
from wattstead.store.base import Reading, Series


@dataclass
class Bucket:
    numbers: list[float]

    @property
    def mean(self) -> float:
        return sum(self.numbers) / len(self.numbers)


def buckets(readings: Iterable[Reading], quantity: str, width_ms: int) -> dict[str, dict[int, Bucket]]:
    """Give buckets by channel and start."""
    found: dict[str, dict[int, Bucket]] = {}
    for reading in sorted(readings, key=lambda one: one.at_ms):
        if not isinstance(reading, Snapshot) or quantity not in reading.values:
            continue
        value = reading.values[quantity]
        channels = (
            {f"{quantity}.{at}": one for at, one in enumerate(value, 1)}
            if isinstance(value, tuple)
            else {quantity: value}
        )
        for channel, number in channels.items():
            assert isinstance(number, float | int)
            start = reading.at_ms // width_ms * width_ms
            found.setdefault(channel, {}).setdefault(start, Bucket([])).numbers.append(number)
    return found


def disagreements(series: Series, expected: dict[str, dict[int, Bucket]]) -> list[str]:
    """Say where a rollup series differs from the judge; means may differ in the last bits of a float."""
    wrong = []
    if set(series.channels) != set(expected):
        wrong.append(f"channels {sorted(series.channels)} instead of {sorted(expected)}")
    for channel, curve in series.channels.items():
        rows = zip(series.times_ms, curve.mean, curve.minimum, curve.maximum, curve.last, curve.count, strict=True)
        for at, mean, minimum, maximum, last, count in rows:
            bucket = expected.get(channel, {}).get(at)
            if bucket is None:
                if (mean, minimum, maximum, last, count) != (None, None, None, None, 0):
                    wrong.append(f"{channel} at {at}: something instead of nothing")
                continue
            close = mean is not None and abs(mean - bucket.mean) <= 1e-9 * max(1.0, abs(bucket.mean))
            exact = (min(bucket.numbers), max(bucket.numbers), bucket.numbers[-1], len(bucket.numbers))
            if not close or (minimum, maximum, last, count) != exact:
                wrong.append(f"{channel} at {at}: {(mean, minimum, maximum, last, count)} instead of {exact}")
        missing = set(expected.get(channel, {})) - set(series.times_ms)
        wrong += [f"{channel}: nothing at {at}" for at in missing]
    return wrong
