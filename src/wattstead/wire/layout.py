"""How a payload is laid out: fields, groups and repeats in a row, read and written by one walk each.

A payload becomes a *record*: a plain dictionary, field name to value, a tuple for a repeat, a list of records for a
repeated group. ``decode`` and ``encode`` are each other's mirror: a decoded record encodes to the same bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wattstead.model.errors import DecodeError, EncodeError
from wattstead.wire.field import Hex, Type

Record = dict[str, Any]
"""Decoded payload: str -> Raw | tuple[Raw, ...] | Record | list[Record]."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number that an earlier field says. number = value x times - less."""

    field: str
    less: int = 0
    times: int = 1

    def of(self, value: int) -> int:
        return value * self.times - self.less

    def back(self, number: int) -> int:
        return (number + self.less) // self.times


@dataclass(frozen=True, slots=True)
class When:
    """A condition on an earlier whole-number field; without it the part is absent."""

    field: str
    at_least: int = 0
    at_most: int = 0xFFFF_FFFF

    def holds(self, value: object) -> bool:
        return isinstance(value, int) and self.at_least <= value <= self.at_most


@dataclass(frozen=True, slots=True)
class Field:
    """One value, or one after the other where it repeats.

    name: its place in the record. quantity: the quantity or setting that it tells, "" for what only the wire needs.
    repeat: how often, None for once, "rest" until the payload ends. optional: it and all after it may be missing.
    fill: the rule that gives it where a device's report does not (``wire/fill.py``). default: the same, as a value.
    absent_when: a report's value is told as "not known" then (the type must have such a sign).
    """

    name: str
    type: Type
    quantity: str = ""
    repeat: Count | int | str | None = None
    when: When | None = None
    absent_when: When | None = None
    optional: bool = False
    fill: str = ""
    default: object = None


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that belong together.

    repeat: as in Field. length: the number of bytes it fills; what its parts leave over is kept. packs: each repeat is
    one pack.
    """

    name: str
    parts: "Sequence[Field | Group]"
    repeat: Count | int | str | None = None
    length: Count | None = None
    when: When | None = None
    packs: bool = False


Part = Field | Group
_LEFT_OVER = "_left_over"  # bytes of a sized group beyond its parts
_HEX = Hex()


def fields_of(parts: Sequence[Part]) -> Iterator[Field]:
    """All fields, those of groups included, in the order of the wire."""
    for part in parts:
        if isinstance(part, Group):
            yield from fields_of(part.parts)
        else:
            yield part


def decode(parts: Sequence[Part], payload: bytes) -> Record:
    """Read a whole payload. Raises DecodeError: too short, too long, or a value that its type refuses."""
    reader = _Reader(payload)
    record = reader.parts(parts, {})
    if reader.left:
        raise DecodeError(f"{reader.left} bytes too many: the payload of {len(payload)} should end at {reader.at}")
    return record


def encode(parts: Sequence[Part], record: Mapping[str, Any]) -> bytes:
    """Write a record. Counts that it does not hold are found from what they count. Raises EncodeError."""
    full = {**_counts(parts, record), **record}
    data, ended = b"", ""
    for part in parts:
        if part.when and not part.when.holds(full.get(part.when.field)):
            continue
        if part.name in full:
            if ended:
                raise EncodeError(f"{part.name} cannot follow: {ended} is missing before it")
            data += _write(part, full)
        elif isinstance(part, Field) and part.optional:
            ended = ended or part.name
        elif not ended:
            raise EncodeError(f"{part.name} is missing")
    return data


class _Reader:
    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.at = 0

    @property
    def left(self) -> int:
        return len(self.payload) - self.at

    def parts(self, parts: Sequence[Part], scope: Mapping[str, Any]) -> Record:
        """Read parts in their order. scope: what outer groups read before."""
        record: Record = {}
        for part in parts:
            seen = {**scope, **record}
            if isinstance(part, Field) and part.optional and not self.left:
                break
            if part.when and not part.when.holds(seen.get(part.when.field)):
                continue
            record[part.name] = self._part(part, seen)
        return record

    def _part(self, part: Part, seen: Mapping[str, Any]) -> Any:
        if isinstance(part, Field):
            if part.repeat is None:
                return self._field(part)
            return tuple(self._field(part) for _ in self._rounds(part, seen))
        if part.length is not None:
            return self._sized(part, part.length, seen)
        if part.repeat is None:
            return self.parts(part.parts, seen)
        return [self.parts(part.parts, seen) for _ in self._rounds(part, seen)]

    def _rounds(self, part: Part, seen: Mapping[str, Any]) -> Iterator[int]:
        """Yield once a repeat; "rest" ends with the payload and stops where a round takes nothing."""
        if part.repeat != "rest":
            yield from range(_number(part, part.repeat, seen))
            return
        while self.left:
            before = self.at
            yield before
            if self.at == before:
                raise DecodeError(f"{part.name}: a repeat of nothing before {self.left} bytes")

    def _sized(self, group: Group, length: Count, seen: Mapping[str, Any]) -> Record:
        inner = _Reader(self._take(_number(group, length, seen), group.name))
        record = inner.parts(group.parts, seen)
        if inner.left:
            record[_LEFT_OVER] = _HEX.read(inner.payload[inner.at :])
        return record

    def _field(self, field: Field) -> Any:
        size = field.type.size or self.left
        try:
            return field.type.read(self._take(size, field.name))
        except DecodeError as error:
            raise DecodeError(f"{field.name}: {error}") from None

    def _take(self, size: int, name: str) -> bytes:
        if size > self.left:
            raise DecodeError(
                f"{name} wants {size} bytes at {self.at}, but the payload of {len(self.payload)} has {self.left} left"
            )
        self.at += size
        return self.payload[self.at - size : self.at]


def _number(part: Part, rule: Count | int | str | None, seen: Mapping[str, Any]) -> int:
    if isinstance(rule, int):
        return rule
    if not isinstance(rule, Count):
        raise DecodeError(f"{part.name}: no rule says how often it repeats")
    value = seen.get(rule.field)
    if not isinstance(value, int) or (number := rule.of(value)) < 0:
        raise DecodeError(f"{part.name}: {rule.field} is {value}, at least {rule.back(0)} expected")
    return number


def _counts(parts: Sequence[Part], record: Mapping[str, Any]) -> Record:
    """Find the counts that the parts of one level need and the record does not hold."""
    found: Record = {}
    for part in parts:
        held = record.get(part.name)
        if isinstance(part.repeat, Count) and isinstance(held, list | tuple):
            found[part.repeat.field] = part.repeat.back(len(held))
        if isinstance(part, Group) and part.length is not None and isinstance(held, dict):
            found[part.length.field] = part.length.back(len(_group(part, held)))
    return found


def _write(part: Part, record: Mapping[str, Any]) -> bytes:
    held = record[part.name]
    if isinstance(part, Field):
        if part.repeat is None:
            return _value(part, held)
        _agree(part, len(held), record)
        return b"".join(_value(part, one) for one in held)
    rounds = [held] if part.repeat is None else held
    _agree(part, len(rounds), record)
    data = b"".join(_group(part, one) for one in rounds)
    if part.length is not None and len(data) != (wanted := _counted(part.length, record)):
        raise EncodeError(f"{part.name} has {len(data)} bytes, but {part.length.field} says {wanted}")
    return data


def _counted(rule: Count, record: Mapping[str, Any]) -> int:
    value = record.get(rule.field)
    if not isinstance(value, int):
        raise EncodeError(f"{rule.field} is missing")
    return rule.of(value)


def _agree(part: Part, number: int, record: Mapping[str, Any]) -> None:
    """Refuse a list whose count says something else."""
    rule = part.repeat
    wanted = _counted(rule, record) if isinstance(rule, Count) else rule
    if isinstance(wanted, int) and part.repeat is not None and number != wanted:
        raise EncodeError(f"{part.name} has {number} values, but {wanted} are wanted")


def _group(group: Group, record: Mapping[str, Any]) -> bytes:
    return encode(group.parts, record) + _HEX.write(record.get(_LEFT_OVER, ""))


def _value(field: Field, value: object) -> bytes:
    try:
        return field.type.write(value)
    except EncodeError as error:
        raise EncodeError(f"{field.name}: {error}") from None
