"""A quick way through layouts with counts, groups and conditions: each is compiled once into a row of small functions.

``wire/read.py`` can read everything; this reads most of it in a fraction of the time, and gives None wherever that one
must look: bytes that run out or are left over, values that a type refuses, what only few layouts have.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from struct import Struct
from typing import Any, Final

from wattstead.model.errors import DecodeError
from wattstead.wire.field import Hex
from wattstead.wire.fixed import unpacking
from wattstead.wire.layout import LEFT_OVER, Count, Field, Group, Part, Record, When

_HEX: Final = Hex()
_MOST: Final = 1024  # layouts that are kept: those of all profiles, and windows that somebody asks for again and again

_Around = tuple[Record, ...]
_Do = Callable[[bytes, int, int, Record, _Around], int]
"""Reads a part. Takes the payload, where to begin, where it ends, the record to fill, and those around it, inner ones
first. Gives where it stopped."""


class _Walk(Exception):
    """Only the walk can read this, or say what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Quick:
    """Reads one layout. steps: each with whether it and all after it may be missing."""

    parts: Sequence[Part]
    steps: tuple[tuple[bool, _Do], ...]

    def read(self, payload: bytes) -> Record | None:
        """Read a whole payload; None where it has to be walked."""
        record: Record = {}
        try:
            at = _level(self.steps, payload, 0, len(payload), record, ())
        except (_Walk, DecodeError):
            return None
        return record if at == len(payload) else None


_known: dict[int, tuple[Sequence[Part], Quick | None]] = {}


def quick_of(parts: Sequence[Part]) -> Quick | None:
    """Give the quick way through a layout; None where there is none."""
    known = _known.get(id(parts))
    if known is None or known[0] is not parts:
        if len(_known) >= _MOST:
            _known.clear()
        steps = _steps(parts)
        known = _known[id(parts)] = (parts, None if steps is None else Quick(parts, steps))
    return known[1]


def _level(
    steps: Sequence[tuple[bool, _Do]], payload: bytes, at: int, end: int, record: Record, around: _Around
) -> int:
    for optional, do in steps:
        if optional and at >= end:
            break
        at = do(payload, at, end, record, around)
    return at


def _steps(parts: Sequence[Part]) -> tuple[tuple[bool, _Do], ...] | None:
    """Compile parts that stand in a row; neighbours without conditions are unpacked at once."""
    steps: list[tuple[bool, _Do]] = []
    row: list[Field] = []
    for part in parts:
        if isinstance(part, Field) and _is_plain(part) and not part.optional and not part.when:
            row.append(part)
            continue
        do = _field(part) if isinstance(part, Field) else _group(part)
        if do is None:
            return None
        steps += [(False, _row(row))] if row else []
        row = []
        steps.append((part.optional, _when(part.when, do) if part.when else do))
    steps += [(False, _row(row))] if row else []
    return tuple(steps)


def _is_plain(field: Field) -> bool:
    """Whether it takes always as many bytes."""
    return bool(field.type.size) and _is_usual(field) and (field.repeat is None or isinstance(field.repeat, int))


def _is_usual(field: Field) -> bool:
    return field.lane is None and not field.padded


def _row(fields: Sequence[Field]) -> _Do:
    """Read fields of fixed sizes that stand in a row."""
    text, each, at = ">", [], 0
    for field in fields:
        code, make = unpacking(field)
        count = field.repeat if isinstance(field.repeat, int) else 1
        text += code * count
        each.append((field.name, at, at + count, field.repeat is not None, make))
        at += count
    struct = Struct(text)
    size, unpack = struct.size, struct.unpack_from

    def do(payload: bytes, at: int, end: int, record: Record, _: _Around) -> int:
        if at + size > end:
            raise _Walk
        raw = unpack(payload, at)
        for name, first, last, many, make in each:
            if many:
                held = raw[first:last]
                record[name] = held if make is None else tuple([make(one) for one in held])
            else:
                record[name] = raw[first] if make is None else make(raw[first])
        return at + size

    return do


def _field(field: Field) -> _Do | None:
    """Read a field that repeats as often as an earlier one says or to the end, or that depends on one."""
    if _is_plain(field):
        return _row((field,))
    if not _is_usual(field) or not field.type.size or field.repeat is None:
        return None
    (code, make), name, rule, size = unpacking(field), field.name, field.repeat, field.type.size
    rest = rule == "rest"
    unpacker = _many(code)

    def do(payload: bytes, at: int, end: int, record: Record, around: _Around) -> int:
        count = (end - at) // size if rest else _count(rule, record, around)
        if at + count * size > end:
            raise _Walk
        held = unpacker(count)(payload, at)
        record[name] = held if make is None else tuple([make(one) for one in held])
        return at + count * size

    return do


@cache
def _many(code: str) -> Callable[[int], Callable[[bytes, int], tuple[Any, ...]]]:
    """Give what makes an unpacker of so many values; no payload holds more than some thousand."""

    @cache
    def unpacker(count: int) -> Callable[[bytes, int], tuple[Any, ...]]:
        return Struct(">" + code * count).unpack_from

    return unpacker


def _group(group: Group) -> _Do | None:
    inner = _steps(group.parts)
    if inner is None or (group.length and group.repeat):
        return None
    if group.length is not None:
        return _sized(group.name, group.length, inner)
    if group.repeat is None:
        return _once(group.name, inner)
    if group.repeat != "rest" or not group.spare:
        return _rounds(group, inner)
    tail = [(_row((one,)), _size(one)) for one in group.tail if _is_plain(one) and not one.when]
    return _spared(group, inner, tail) if len(tail) == len(group.tail) else None


def _size(field: Field) -> int:
    return field.type.size * (field.repeat if isinstance(field.repeat, int) else 1)


def _once(name: str, inner: Sequence[tuple[bool, _Do]]) -> _Do:
    def do(payload: bytes, at: int, end: int, record: Record, around: _Around) -> int:
        own: Record = {}
        at = _level(inner, payload, at, end, own, (record, *around))
        record[name] = own
        return at

    return do


def _sized(name: str, rule: Count, inner: Sequence[tuple[bool, _Do]]) -> _Do:
    """Read a group that fills so many bytes; what its parts leave over is kept."""

    def do(payload: bytes, at: int, end: int, record: Record, around: _Around) -> int:
        last = at + _count(rule, record, around)
        if last > end:
            raise _Walk
        own: Record = {}
        stopped = _level(inner, payload, at, last, own, (record, *around))
        if stopped < last:
            own[LEFT_OVER] = _HEX.read(payload[stopped:last])
        record[name] = own
        return last

    return do


def _rounds(group: Group, inner: Sequence[tuple[bool, _Do]]) -> _Do:
    """Read a group that repeats."""
    name, repeat = group.name, group.repeat

    def do(payload: bytes, at: int, end: int, record: Record, around: _Around) -> int:
        count = -1 if repeat == "rest" else repeat if isinstance(repeat, int) else _count(repeat, record, around)
        rounds: list[Record] = []
        while at < end if count < 0 else len(rounds) < count:
            own: Record = {}
            before, at = at, _level(inner, payload, at, end, own, (record, *around))
            if at == before:  # a count of thousands must not cost time for nothing
                raise _Walk
            rounds.append(own)
        record[name] = rounds
        return at

    return do


def _spared(group: Group, inner: Sequence[tuple[bool, _Do]], tail: Sequence[tuple[_Do, int]]) -> _Do:
    """Read repeats to the end that may have spare bytes each, by the rule of the walk (``_Reader._rest``)."""
    name, most = group.name, group.spare

    def rounds(payload: bytes, at: int, end: int, around: _Around, spare: int) -> tuple[list[Record], int]:
        found: list[Record] = []
        sizes = set()
        while at < end:
            own: Record = {}
            before, at = at, _level(inner, payload, at, end, own, around)
            if spare:
                at = _tail(tail, payload, at, at + spare, end, own, around)
            if at == before:
                raise _Walk
            found.append(own)
            sizes.add(at - before)
        return found, len(sizes)

    def do(payload: bytes, at: int, end: int, record: Record, around: _Around) -> int:
        uneven: list[Record] | None = None
        for spare in range(most + 1):
            try:
                found, sizes = rounds(payload, at, end, (record, *around), spare)
            except (_Walk, DecodeError):
                continue
            if sizes <= 1 or not spare:
                record[name] = found
                return end
            uneven = uneven or found
        if uneven is None:
            raise _Walk
        record[name] = uneven
        return end

    return do


def _tail(
    tail: Sequence[tuple[_Do, int]], payload: bytes, at: int, last: int, end: int, own: Record, around: _Around
) -> int:
    """Read what is known of the spare bytes up to ``last``; what is not there whole is kept with the rest."""
    if last > end:
        raise _Walk
    for do, size in tail:
        if last - at < size:
            break
        at = do(payload, at, last, own, around)
    if at < last:
        own[LEFT_OVER] = _HEX.read(payload[at:last])
    return last


def _when(when: When, do: _Do) -> _Do:
    def judged(payload: bytes, at: int, end: int, record: Record, around: _Around) -> int:
        return do(payload, at, end, record, around) if when.holds(_seen(when.field, record, around)) else at

    return judged


def _count(rule: Any, record: Record, around: _Around) -> int:
    value = _seen(rule.field, record, around) if isinstance(rule, Count) else None
    if not isinstance(value, int) or (number := rule.of(value)) < 0:
        raise _Walk
    return int(number)


def _seen(name: str, record: Record, around: _Around) -> Any:
    """Find what an earlier field said, those of the groups around included."""
    if name in record:
        return record[name]
    return next((one[name] for one in around if name in one), None)
