"""How a payload is laid out: fields, groups and repeats in a row; ``wire/read.py`` and ``wire/write.py`` walk it.

A payload becomes a *record*: a plain dictionary, field name to value, a tuple for a repeat, a list of records for a
repeated group. Reading and writing are each other's mirror: a record that was read is written to the same bytes, but
for texts that came with other padding than the profile's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from wattstead.wire.field import Bits, Hex, Order, Type

Record = dict[str, Any]
"""Decoded payload: str -> Raw | tuple[Raw, ...] | Record | list[Record]."""

REGISTER: Final = 2
"""Bytes of one."""

LEFT_OVER: Final = "_left_over"
"""Where a record keeps bytes beyond the parts that we know, as hex text: of a group, a repeat, a whole payload."""


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
    at_least: int = -0x8000_0000
    at_most: int = 0xFFFF_FFFF

    def holds(self, value: object) -> bool:
        return isinstance(value, int) and self.at_least <= value <= self.at_most


@dataclass(frozen=True, slots=True)
class Lane:
    """Some bits of a register that several fields share.

    shift: where they begin, counted from the lowest bit. width: how many. order: of the register's bytes.
    """

    shift: int
    width: int
    order: Order = "big"

    @property
    def last(self) -> bool:
        """Whether the register ends with them."""
        return self.shift + self.width == 8 * REGISTER


Repeat = Count | int | Literal["rest"] | None
"""How often a part stands there: as often as an earlier field says, so often, until the payload ends, once."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value, or one after the other where it repeats.

    name: its place in the record. quantity: the quantity or setting that it tells, "" for what only the wire needs.
    optional: it and all after it may be missing.
    fill: the rule that gives it where a device's report does not (``wire/fill.py``). default: the same, as a value.
    absent_when: a report's value is told as "not known" then (the type must have such a sign).
    lane: its bits, where it shares a register with the fields beside it; the lowest bits come first.
    padded: of a field that repeats: places behind the last value are zero, and zeros at the end are no values.
    """

    name: str
    type: Type
    quantity: str = ""
    repeat: Repeat = None
    when: When | None = None
    absent_when: When | None = None
    optional: bool = False
    fill: str = ""
    default: object = None
    lane: Lane | None = None
    padded: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that belong together.

    length: the number of bytes it fills; what its parts leave over is kept. optional: as in Field. packs: each repeat
    is one pack. spare: where it repeats until the payload ends, each repeat may have so many bytes more; they are kept.
    tail: what is known of those spare bytes, all of it optional. tail_when: a device's report fills the tail then.
    """

    name: str
    parts: "Sequence[Field | Group]"
    repeat: Repeat = None
    length: Count | None = None
    when: When | None = None
    optional: bool = False
    packs: bool = False
    spare: int = 0
    tail: "Sequence[Field]" = ()
    tail_when: When | None = None


Part = Field | Group


def fields_of(parts: Sequence[Part]) -> Iterator[Field]:
    """All fields, those of groups included, in the order of the wire."""
    for part in parts:
        if isinstance(part, Group):
            yield from fields_of(part.parts)
            yield from part.tail
        else:
            yield part


def names_of(parts: Sequence[Part]) -> frozenset[str]:
    """All names by which a value of these parts can be given: fields, groups, quantities, bits."""
    names: set[str] = set()
    for part in parts:
        names.add(part.name)
        if isinstance(part, Group):
            names |= names_of(part.parts) | names_of(part.tail)
            continue
        names.add(part.quantity)
        if isinstance(part.type, Bits):
            names |= {part.type.name_of(bit, part.name) for bit in range(8 * part.type.size)}
    return frozenset(names - {""})


def left_over(record: Record, inside: str) -> dict[str, str]:
    """Find bytes that no part of a record stands for, as hex text by what they follow. inside: its name."""
    found = {inside: record[LEFT_OVER]} if LEFT_OVER in record else {}
    for name, held in record.items():
        rounds = held if isinstance(held, list) else [held]
        for number, one in enumerate(rounds, 1):
            if isinstance(one, dict):
                place = f"{name} {number}" if len(rounds) > 1 else name
                found |= left_over(one, f"{inside}, {place}")
    return found


def takes_anything(parts: Sequence[Part]) -> bool:
    """Whether they hold bytes that nobody knows, however many: such a layout fits every payload."""
    return any(isinstance(field.type, Hex) and not field.type.size for field in fields_of(parts))
