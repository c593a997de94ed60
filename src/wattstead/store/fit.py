"""Numbers and times fitted into the few bytes that a row has for them, and the ones that do not fit."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from wattstead.store.base import StoreError

ODD = -(2**31)
"""Stands in the place of a number that does not fit."""

_LIMIT = 2**31
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def fixed(values: list[float], scales: list[int], odd: list[float]) -> list[int]:
    """Give floats as whole numbers, ODD for those that would not come back equal; these go to ``odd``."""
    try:
        found = [round(value * scale) for value, scale in zip(values, scales, strict=True)]
    except (ValueError, OverflowError):  # not a number, or infinite
        found = None
    if found is not None and _exact(found, scales, values):
        return found
    return list(_one_by_one(values, scales, odd))


def _exact(found: list[int], scales: list[int], values: list[float]) -> bool:
    if not found:
        return True
    same = [number / scale for number, scale in zip(found, scales, strict=True)] == values
    return same and min(found) > ODD and max(found) < _LIMIT


def _one_by_one(values: list[float], scales: list[int], odd: list[float]) -> Iterator[int]:
    for value, scale in zip(values, scales, strict=True):
        if abs(value) * scale < _LIMIT - 1 and (number := round(value * scale)) / scale == value:
            yield number
        else:  # also for a value that is not a number
            odd.append(value)
            yield ODD


def whole(values: list[int], odd: list[float]) -> list[int]:
    """Give integers, ODD for those of more than four bytes; these go to ``odd``."""
    found = []
    for value in values:
        fits = ODD < value < _LIMIT
        found.append(value if fits else ODD)
        if not fits:
            odd.append(_in_eight_bytes(value))
    return found


def _in_eight_bytes(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        raise StoreError(f"the whole number {value} cannot be stored; it must fit in 64 bits")
    return value


def to_ticks(time: datetime) -> int:
    """Give microseconds since 1970, doubled; odd where the time knew its zone. A device's clock knows none."""
    aware = time.tzinfo is not None
    since = time - _EPOCH if aware else time.replace(tzinfo=UTC) - _EPOCH
    return since // _MICROSECOND * 2 + aware


def from_ticks(ticks: int) -> datetime:
    """Give the time that ``to_ticks`` turned into a number, in UTC where it knew its zone."""
    time = _EPOCH + (ticks // 2) * _MICROSECOND
    return time if ticks % 2 else time.replace(tzinfo=None)
