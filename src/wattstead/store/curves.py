"""Series out of raw parts and out of rollups."""

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

from wattstead.store.base import Curve
from wattstead.store.layout import Layout, WordOf
from wattstead.store.parts import Part
from wattstead.store.stats import Rollup, curve

Curves = tuple[list[int], dict[str, Curve]]
"""Times and channels of a series."""


def asked_for(channel: str, quantities: Sequence[str]) -> bool:
    """Tell whether a channel was asked for, by its own name or by that of its quantity."""
    return channel in quantities or channel.partition(".")[0] in quantities


def says(layout: Layout, quantities: Sequence[str]) -> bool:
    """Tell whether readings of a layout hold something of the quantities."""
    return any(name in layout.fields_by_name for name in quantities)


def in_order(channels: Iterable[str], quantities: Sequence[str]) -> list[str]:
    """Sort channels as they were asked for, those of one quantity by their position."""

    def key(channel: str) -> tuple[int, int]:
        name, _, position = channel.partition(".")
        asked = channel if channel in quantities else name
        return quantities.index(asked), int(position or 0)

    return sorted(set(channels), key=key)


def raw_curves(parts: Sequence[Part], quantities: Sequence[str], word: WordOf) -> Curves:
    """Give raw values, exactly as they were written."""
    times = sorted(at for part in parts for at in part.times_ms)
    place = {at: index for index, at in enumerate(times)}
    values: dict[str, list[Any]] = {}
    for part in parts:
        places = [place[at] for at in part.times_ms]
        for channel, found in _values(part, quantities, word).items():
            along = values.setdefault(channel, [None] * len(times))
            for at, value in zip(places, found, strict=True):
                along[at] = value
    return times, {channel: _raw_curve(values[channel]) for channel in in_order(values, quantities)}


def rollup_curves(rollup: Rollup, quantities: Sequence[str]) -> Curves:
    """Give the buckets of a rollup."""
    starts = sorted({at for stats in rollup.values() for at in stats.starts})
    return starts, {channel: curve(rollup[channel], starts) for channel in in_order(rollup, quantities)}


def _values(part: Part, quantities: Sequence[str], word: WordOf) -> dict[str, list[Any]]:
    fields = _fields(part.layout, quantities)
    columns = part.columns(list(fields.values()))
    return {
        channel: part.layout.values(field, column, word)
        for (channel, field), column in zip(fields.items(), columns, strict=True)
    }


def _fields(layout: Layout, quantities: Sequence[str]) -> dict[str, int]:
    return {layout.fields[at].name: at for name in quantities for at in layout.fields_by_name.get(name, ())}


def _raw_curve(values: list[Any]) -> Curve:
    numbers = [value if _is_number(value) else None for value in values]
    return Curve(numbers, numbers, numbers, values, [0 if value is None else 1 for value in values])


def _is_number(value: Any) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool) and isfinite(value)
