"""Signals of a CAN frame: where their bits lie, and what they are worth.

A frame's payload is *spread* into whole bytes, one signal after the other, high byte first: that is the content which a
layout reads and writes like any other. *Gathering* puts the bits back. Signals that belong to one byte and have one bit
each are kept together in that byte, with all bits of it that nobody has named, so that nothing set is hidden.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from wattstead.model.errors import EncodeError
from wattstead.wire.field import Bits, Number, Order
from wattstead.wire.layout import Field
from wattstead.wire.message import Message

Sender = Literal["battery", "inverter"]

_WHOLE: Final = 64
_RAISED: Final = 1
_CLEARED: Final = 2


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one field lies. order: how the payload is read as one number. shift, mask: of the field in that number.

    size: whole bytes that it takes in the content. end: number of bytes of the payload that must be there. signed: its
    highest bit is its sign, where it does not fill its bytes.
    """

    order: Order
    shift: int
    mask: int
    size: int
    end: int


@dataclass(frozen=True, slots=True)
class CanMessage(Message):
    """A frame with a name. length: bytes of its payload by the DBC. cycle_ms: how often it is sent; 0 for on occasion.

    slots: one a field, in the order of the content. note: what the DBC says of it.
    """

    slots: Sequence[Slot] = ()
    sender: Sender = "battery"
    length: int = 8
    extended: bool = False
    cycle_ms: int = 0
    note: str = ""

    @property
    def fields(self) -> Sequence[Field]:
        parts = self.reply if self.sender == "battery" else self.request
        return [part for part in parts if isinstance(part, Field)]


def spread(slots: Sequence[Slot], payload: bytes) -> bytes:
    """Give the content of a payload: each field that is whole, then the bytes after the last of them."""
    whole = payload.ljust(8, b"\0")
    little, big = int.from_bytes(whole, "little"), int.from_bytes(whole)
    found: list[bytes] = []
    end = 0
    for slot in slots:
        if slot.end > len(payload):
            break
        raw = (little if slot.order == "little" else big) >> slot.shift & slot.mask
        found.append(raw.to_bytes(slot.size))
        end = slot.end
    return b"".join(found) + payload[end:]


def gather(slots: Sequence[Slot], content: bytes) -> bytes:
    """Give the payload of a content. Raises EncodeError where a value has more bits than its field."""
    little = big = at = end = 0
    for slot in slots:
        if at + slot.size > len(content):
            break
        raw = int.from_bytes(content[at : at + slot.size])
        if raw > slot.mask:
            raise EncodeError(f"{raw} does not fit; the wire carries 0 to {slot.mask}")
        if slot.order == "little":
            little |= raw << slot.shift
        else:
            big |= raw << slot.shift
        at, end = at + slot.size, slot.end
    both = bytes(one | other for one, other in zip(little.to_bytes(8, "little"), big.to_bytes(8), strict=True))
    return both[:end] + content[at:]


def run(start: int, length: int, order: Order) -> Slot:
    """Place a run of bits as a DBC counts: start is the lowest bit (little) or the highest one (big) of the signal."""
    if order == "little":
        shift, end = start, (start + length - 1) // 8 + 1
    else:
        first = 8 * (start // 8) + 7 - start % 8  # from the front of the payload
        shift, end = _WHOLE - first - length, (first + length - 1) // 8 + 1
    return Slot(order, shift, (1 << length) - 1, -(-length // 8), end)


def byte(number: int, mask: int = 0xFF) -> Slot:
    """Place the bits of a mask of one byte."""
    return Slot("little", 8 * number, mask, 1, number + 1)


def stretch(first: int, count: int) -> Slot:
    """Place whole bytes in their order."""
    return Slot("big", _WHOLE - 8 * (first + count), (1 << 8 * count) - 1, count, first + count)


@dataclass(frozen=True, slots=True)
class CanNumber(Number):
    """A number of any number of bits whose scale may be negative, where the maker counts the other way round.

    unknowns: further raw values that mean "not known"; ``absent`` is the one that is written.
    """

    bits: int = 16
    unknowns: tuple[int, ...] = ()

    def read(self, data: bytes) -> float | int | None:
        if self.unknowns and int.from_bytes(data) in self.unknowns:
            return None
        return Number.read(self, data)

    def write(self, value: object) -> bytes:
        low, high = self.limits
        if isinstance(value, int | float) and not isinstance(value, bool) and not low <= value <= high:
            raise EncodeError(f"{value} does not fit; the wire carries {low:g} to {high:g}")
        return Number.write(self, value)

    @property
    def limits(self) -> tuple[float, float]:
        low, high = (-(1 << self.bits - 1), (1 << self.bits - 1) - 1) if self.signed else (0, (1 << self.bits) - 1)
        if self.absent is not None:  # the wire's word for "not known" is no value
            high -= not self.signed and self.absent == high
            low += self.signed and self.absent == 1 << self.bits - 1
        # + 0.0: never -0.0
        ends = sorted(round(raw * self.scale + self.offset, self.digits) + 0.0 for raw in (low, high))
        return ends[0], ends[1]


@dataclass(frozen=True, slots=True)
class Pairs(Bits):
    """A byte of four pairs of bits, lowest pair first: 01 raised, 10 cleared; 00 and 11 say nothing.

    names: of the pairs, "" where one means nothing. Pairs that nobody has named are written as cleared, too.
    rest: what is written for a pair that is not raised.
    """

    rest: int = field(default=_CLEARED)

    def name_of(self, bit: int, field: str) -> str:
        """Name the pair that a bit belongs to."""
        pair = bit // 2
        return self.names[pair] if pair < len(self.names) and self.names[pair] else f"{field}_pair_{pair}"

    def split(self, value: int, field: str) -> dict[str, bool]:
        """Give each pair that has a name or is raised."""
        found = {}
        for pair in range(4):
            raised = value >> 2 * pair & 3 == _RAISED
            if raised or (pair < len(self.names) and self.names[pair]):
                found[self.name_of(2 * pair, field)] = raised
        return found

    def join(self, on: Mapping[str, object], field: str) -> int:
        """Give the byte in which the pairs are raised whose names are true in ``on``, all others at rest."""
        return sum((_RAISED if on.get(self.name_of(2 * pair, field)) else self.rest) << 2 * pair for pair in range(4))
