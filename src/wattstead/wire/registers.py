"""Register maps: blocks of registers or coils, and any window of them that somebody asks for.

A block is a message whose content lies at fixed places, so a window of it is a message, too: with the fields that lie
in it whole, and hex text for what is cut. Reading and writing a window are each other's mirror.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from wattstead.model.errors import EncodeError
from wattstead.wire.field import Bits, Hex
from wattstead.wire.layout import REGISTER, Field, Part, Record, fields_of
from wattstead.wire.message import Message
from wattstead.wire.read import decode
from wattstead.wire.write import encode

BIT_FUNCTIONS: Final = (0x01, 0x02, 0x05, 0x0F)


@dataclass(frozen=True, slots=True)
class Block(Message):
    """Registers or coils that follow each other.

    function: by which a host reads or writes them. start: the first. count: how many, registers or bits. asks: the
    count that a request names where it is another: some devices make commands of it. blocks: of a window, where it
    lies. step: from the address of one register to that of the next; 2 where addresses count bytes.
    """

    function: int = 0
    start: int = 0
    count: int = 0
    asks: int | None = None
    blocks: "tuple[Block, ...]" = ()
    step: int = 1

    @property
    def end(self) -> int:
        return self.start + self.count * self.step

    @property
    def of_bits(self) -> bool:
        return self.function in BIT_FUNCTIONS

    @property
    def asked_count(self) -> int:
        return self.count if self.asks is None else self.asks

    @property
    def parts(self) -> Sequence[Part]:
        """What its registers hold."""
        return self.request if self.writes else self.reply


@dataclass(frozen=True, slots=True)
class _Placed:
    """A field and its place in a map, in bits from the first."""

    field: Field
    at: int
    size: int


def content_bits(parts: Sequence[Part]) -> int:
    """Give the size of a layout whose fields have a fixed one. Raises ValueError with the name of one that has not."""
    return max((placed.at + placed.size for placed in _placed(parts, 0)), default=0)


def places(block: Block) -> Iterator[tuple[int, int, Field]]:
    """Give each field of a block with the address of its first register or coil and how many it fills, at least one."""
    unit = 1 if block.of_bits else 16
    for placed in _placed(block.parts, 0):
        first, end = placed.at // unit, -(-(placed.at + placed.size) // unit)
        yield block.start + first * block.step, end - first, placed.field


def window(blocks: Sequence[Block], function: int, start: int, count: int) -> Block | None:
    """Make the message of a window. blocks: where it may lie; None where a part of it lies in none of them."""
    step = blocks[0].step if blocks else 1
    stop, at = start + count * step, start
    inside = sorted((one for one in blocks if one.start < stop and start < one.end), key=lambda one: one.start)
    if any((start - one.start) % step for one in inside):
        return None  # between two registers
    for one in inside:
        if one.start > at:
            return None
        at = max(at, one.end)
    if at < stop:
        return None
    first = inside[0]
    of_bits = first.of_bits
    parts = tuple(_bits(inside, start, count) if of_bits else _each_once(_registers(inside, start, count)))
    named = first.name if len(inside) == 1 else f"{first.name}_and_more"
    return replace(
        first,
        name=named,
        command=function << 16 | start,
        aliases=(),
        request=parts if first.writes else (),
        reply=() if first.writes else parts,
        function=function,
        start=start,
        count=count,
        asks=None,
        blocks=tuple(inside),
        answered=all(one.answered for one in inside),
        behind=max(one.behind for one in inside),
    )


def cut(one: Block, images: Sequence[bytes]) -> Record:
    """Give the record of a window from the whole contents of its blocks."""
    if not one.of_bits:
        data = bytearray(2 * one.count)
        for block, image in zip(one.blocks, images, strict=True):
            low, high, size = max(one.start, block.start), min(one.end, block.end), REGISTER // one.step
            data[size * (low - one.start) : size * (high - one.start)] = image[
                size * (low - block.start) : size * (high - block.start)
            ]
        return decode(one.reply, bytes(data))
    bits = 0
    for block, image in zip(one.blocks, images, strict=True):
        all_bits = int.from_bytes(image, "little") & (1 << block.count) - 1
        shift = block.start - one.start
        bits |= all_bits << shift if shift >= 0 else all_bits >> -shift
    return decode(one.reply, (bits & (1 << one.count) - 1).to_bytes(-(-one.count // 8), "little"))


def part_of(block: Block, names: frozenset[str]) -> Block:
    """Give the smallest window of a block that a write of these names needs. names: fields, quantities, bits.

    Raises EncodeError where something that nobody gave lies between them.
    """
    places = list(_named(block, names))
    if not places:
        return block
    unit = 1 if block.of_bits else 16
    low, high = min(at for at, _ in places) // unit, max(-(-end // unit) for _, end in places)
    found = window((block,), block.function, block.start + low * block.step, high - low)
    return block if found is None or (low, high) == (0, block.count) else found


def _named(block: Block, names: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Give begin and end, in bits, of each field or bit of that name."""
    for placed in _placed(block.parts, 0):
        if placed.field.name in names or placed.field.quantity in names:
            yield placed.at, placed.at + placed.size
        elif isinstance(placed.field.type, Bits):
            kind = placed.field.type
            for bit in range(8 * kind.size):
                if kind.name_of(bit, placed.field.name) in names:
                    at = placed.at + bit
                    yield (at, at + 1) if block.of_bits else (placed.at, placed.at + placed.size)


def _placed(parts: Sequence[Part], at: int) -> Iterator[_Placed]:
    for field in _in_a_row(parts):
        repeat = 1 if field.repeat is None else field.repeat
        if not field.type.size or not isinstance(repeat, int) or field.optional or field.when:
            raise ValueError(field.name)
        size = 8 * field.type.size * repeat if field.lane is None else 8 * REGISTER
        yield _Placed(field, at, size)
        at += size if field.lane is None or field.lane.last else 0


def _in_a_row(parts: Sequence[Part]) -> Iterator[Field]:
    """Give the fields one after the other; those of a group that repeats are numbered and tell nothing by themselves.

    Raises ValueError with the name of a group without a fixed size.
    """
    for part in parts:
        if isinstance(part, Field):
            yield part
        elif part.repeat is None:
            yield from fields_of(part.parts)
        elif isinstance(part.repeat, int):
            for number in range(1, part.repeat + 1):
                for field in fields_of(part.parts):
                    yield replace(field, name=f"{part.name}_{number}_{field.name}", quantity="")
        else:
            raise ValueError(part.name)


def _registers(blocks: Sequence[Block], start: int, count: int) -> Iterator[Field]:
    """Give the fields of a window; what is cut is kept as hex text."""
    bits = 16 // blocks[0].step
    low, high = bits * start, bits * start + 16 * count
    for placed in (one for block in blocks for one in _placed(block.parts, bits * block.start)):
        begin, end = max(low, placed.at), min(high, placed.at + placed.size)
        if begin >= end:
            continue
        field, element = placed.field, 8 * placed.field.type.size
        if end - begin == placed.size:
            yield field
        elif field.repeat is not None and (begin - placed.at) % element == 0 and (end - begin) % element == 0:
            yield replace(field, quantity="", repeat=(end - begin) // element)
        else:
            yield Field(field.name, Hex((end - begin) // 8))


def _each_once(fields: Iterable[Field]) -> Iterator[Field]:
    """Give fields that several blocks of a window have in common a name of their own: the first one tells.

    Bits of the others, of a second pack mostly, lose their names: what is set is told by its place.
    """
    times: dict[str, int] = {}
    for field in fields:
        times[field.name] = number = times.get(field.name, 0) + 1
        if number == 1:
            yield field
            continue
        kind = replace(field.type, names=()) if isinstance(field.type, Bits) else field.type
        yield replace(field, name=f"{field.name}_{number}", type=kind, quantity="")


def _bits(blocks: Sequence[Block], start: int, count: int) -> Iterator[Field]:
    """Give a field for each byte of a window of coils; bits keep their names wherever the window begins."""
    names: list[str | None] = [None] * count
    for placed in (one for block in blocks for one in _placed(block.parts, block.start)):
        kind = placed.field.type
        if not isinstance(kind, Bits):
            continue
        for bit in range(placed.size):
            if 0 <= placed.at + bit - start < count:
                names[placed.at + bit - start] = kind.name_of(bit, placed.field.name)
    for begin in range(0, count, 8):
        each = names[begin : begin + 8]
        name = f"bits_{start + begin:04x}"
        known = tuple(one for one in each if one is not None)
        yield Field(name, Bits(known, 1, "little") if len(known) == len(each) else Hex(1))


def whole(block: Block, record: Record) -> bytes:
    """Write all registers of a block. Raises EncodeError."""
    content = encode(block.reply, record)
    wanted = -(-block.count // 8) if block.of_bits else 2 * block.count
    if len(content) != wanted:
        raise EncodeError(f"{block.name} has {len(content)} bytes, but its registers hold {wanted}")
    return content
