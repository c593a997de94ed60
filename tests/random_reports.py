"""Reports that fit a layout, for properties: whatever a device may tell, on the steps of its wire and between."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from hypothesis import strategies as st

from wattstead.wire.field import Bits, Clock, Dotted, Hex, Number, Positions, Text, Type, Word
from wattstead.wire.fill import Report
from wattstead.wire.layout import Count, Field, Group, Part
from wattstead.wire.peculiar import Folded, Nibbles, PackedDate, RestText, WordPositions
from wattstead.wire.register_types import DottedDigits, LowFirstTime, PackedTime, TextOrHex
from wattstead.wire.said import SaidNumber, SaidPlaces, SaidText, SaidTime, SaidWord
from wattstead.wire.unix_time import UnixTime

# Two values that must agree with each other: the form of the message follows from the full capacity.
CAPACITY_AH = 600.0
_EARLY = datetime(2000, 1, 1)  # noqa: DTZ001 - a device's clock knows no zone
_FIRST_DAY, _LAST_DAY = datetime(1970, 1, 2), datetime(2106, 1, 1)  # noqa: DTZ001 - as above
_TEXT = st.characters(min_codepoint=0x21, max_codepoint=0x7E)


def _says_unknown(kind: Number, value: float) -> bool:
    """Whether the wire's sign for "not known" is the nearest to a value: nobody can say such a one."""
    return round((value - kind.offset) / kind.scale) % (1 << 8 * kind.size) == kind.absent


def values_of(kind: Type) -> st.SearchStrategy[Any]:
    """All that a type can say, and numbers between two steps of the wire."""
    match kind:
        case SaidNumber():
            return st.integers(0, 1_000_000).map(lambda raw: round(raw * kind.scale, 6))
        case SaidWord():
            return st.sampled_from(sorted(set(kind.names.values()) - {"absent"}))
        case SaidText():
            return st.text(_TEXT, min_size=1, max_size=14).filter(lambda text: ":" not in text)
        case SaidTime():
            return st.datetimes(min_value=_EARLY).map(lambda time: time.replace(microsecond=0))
        case SaidPlaces():
            return st.lists(st.integers(1, 15), unique=True).map(lambda cells: tuple(sorted(cells)))
        case PackedDate():
            return st.dates(date(2000, 1, 1), date(2127, 12, 31)).map(date.isoformat)
        case Nibbles():
            return st.tuples(st.integers(0, 15), st.integers(0, 15)).map(lambda two: f"{two[0]}.{two[1]}")
        case WordPositions():
            last = kind.first + 8 * kind.size - 1
            return st.lists(st.integers(kind.first, last), unique=True).map(lambda cells: tuple(sorted(cells)))
        case RestText():
            return st.text(_TEXT, min_size=1, max_size=14)
        case DottedDigits():
            return st.lists(st.integers(0, 9).map(str), min_size=kind.size, max_size=kind.size).map(".".join)
        case LowFirstTime():
            return st.datetimes().map(lambda time: time.replace(microsecond=0))
        case PackedTime():
            latest = datetime(2063, 12, 31, 23, 59, 59)  # noqa: DTZ001
            times = st.datetimes(min_value=_EARLY.replace(day=2), max_value=latest)
            return times.map(lambda time: time.replace(microsecond=0))
        case TextOrHex():
            return st.text(_TEXT, max_size=kind.size)
        case Folded():
            return st.integers(-60, 100)
        case Number():
            low, high = kind.limits
            numbers = st.integers(int(low), int(high)) if kind.whole else st.floats(low, high)
            return numbers if kind.absent is None else numbers.filter(lambda value: not _says_unknown(kind, value))
        case Word():
            return st.sampled_from(sorted(kind.names.values()))
        case Bits():
            return st.integers(0, (1 << 8 * kind.size) - 1)
        case Positions():
            last = kind.first + 8 * kind.size - 1
            return st.lists(st.integers(kind.first, last), unique=True).map(lambda cells: tuple(sorted(cells)))
        case Text():
            return st.text(_TEXT, max_size=kind.size)
        case Dotted():
            return st.lists(st.integers(0, 255).map(str), min_size=kind.size, max_size=kind.size).map(".".join)
        case UnixTime():
            return st.datetimes(min_value=_FIRST_DAY, max_value=_LAST_DAY).map(lambda time: time.replace(microsecond=0))
        case Clock():
            times = st.datetimes().map(lambda time: time.replace(microsecond=0))
            return times if kind.size > 6 else times.map(lambda time: time.replace(year=2000 + time.year % 28 * 4))
        case Hex():
            return st.binary(min_size=kind.size, max_size=kind.size or 20).map(lambda data: data.hex(" ").upper())
    raise AssertionError(kind)


def fields_to_give(parts: Sequence[Part]) -> list[tuple[Field, str]]:
    """Fields that a report gives, with the name to give them by; what the codec finds itself is left out."""
    counted = {part.repeat.field for part in parts if isinstance(part.repeat, Count)}
    counted |= {part.length.field for part in parts if isinstance(part, Group) and part.length}
    found: list[tuple[Field, str]] = []
    for part in parts:
        if isinstance(part, Group):
            found += fields_to_give(part.parts)
        elif part.name not in counted and not part.fill and (part.quantity or part.default is None):
            found.append((part, part.quantity or part.name))
    return found


@st.composite
def reports(draw: st.DrawFn, parts: Sequence[Part], flags: frozenset[str]) -> Report:
    """Draw a report of one pack. flags: names of bits that are values, the others are codes."""
    values: dict[str, Any] = {}
    active: list[str] = []
    for field, name in fields_to_give(parts):
        if name in values:
            continue
        if isinstance(field.type, Bits):
            on = {bit: draw(st.booleans()) for bit in filter(None, field.type.names)}
            values |= {bit: state for bit, state in on.items() if bit in flags}
            active += [bit for bit, state in on.items() if state and bit not in flags]
        elif field.repeat is not None:
            values[name] = tuple(draw(_lists(field, parts)))
        else:
            values[name] = draw(values_of(field.type))
    if "full_capacity_ah" in values and "remaining_capacity_ah" in values:
        values["full_capacity_ah"] = draw(st.floats(1.0, CAPACITY_AH))
        values["remaining_capacity_ah"] = draw(st.floats(0.0, values["full_capacity_ah"]))
    return Report(values, active)


def _lists(field: Field, parts: Sequence[Part]) -> st.SearchStrategy[list[Any]]:
    """As many as a repeat may have: what its count has as default, else up to 24."""
    number = field.repeat if isinstance(field.repeat, int) else _usual(field.repeat, parts)
    low, high = (number, number) if number is not None else (0, 24)
    values = values_of(field.type)
    if field.padded:  # a zero at the end is no value
        values = values.filter(lambda value: any(field.type.write(value)))
    return st.lists(values, min_size=low, max_size=high)


def _usual(rule: object, parts: Sequence[Part]) -> int | None:
    for level in (parts, *(part.parts for part in parts if isinstance(part, Group))):
        for part in level:
            if isinstance(part, Field) and isinstance(rule, Count) and part.name == rule.field:
                return rule.of(part.default) if isinstance(part.default, int) else None
    return None
