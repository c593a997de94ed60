"""How one value is read in the text of a quick reader (``wire/quick.py``): its code for ``struct``, and what makes it.

Most values are whole numbers that ``struct`` unpacks and a little arithmetic; all others ask their type. Of a profile
only whole numbers go into the text: words, types and names are given to the function beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from struct import Struct
from typing import Any, Final

from wattstead.wire.field import Bits, Dotted, Hex, Number, Text, Type, Word
from wattstead.wire.layout import Field
from wattstead.wire.peculiar import Digits, PackedDate
from wattstead.wire.register_types import DottedDigits, LowFirst, TextOrHex

_CODES: Final = {1: "B", 2: "H", 4: "I", 8: "Q"}
_EXACT: Final = 1e-9
_MANY: Final = 128
_LOW_HALF: Final = 0xFFFF
_SELDOM_NEW: Final = (Text, Dotted, DottedDigits, TextOrHex, PackedDate, Digits)
"""Types of names, versions, days and hours."""

Give = Callable[[str, Any], str]
"""Gives something to the function and its name there. Takes how the name begins, and the thing."""


class Words(dict[int, str]):
    """Words of numbers; one without a word is made when it is asked for, and not kept: there may be many."""

    def __init__(self, kind: Word) -> None:
        super().__init__(kind.names)
        self._kind = kind

    def __missing__(self, raw: int) -> str:
        return self._kind.read(raw.to_bytes(self._kind.size))


class Kept(dict[bytes, Any]):
    """What bytes are worth of a type that takes its time; for names, versions and hours, which are seldom new."""

    def __init__(self, kind: Type) -> None:
        super().__init__()
        self._read = kind.read

    def __missing__(self, data: bytes) -> Any:
        if len(self) >= _MANY:
            self.clear()
        value = self[data] = self._read(data)
        return value


class Unpackers(dict[int, Callable[[bytes, int], tuple[Any, ...]]]):
    """What unpacks so many values of one code; kept for as many as a battery has."""

    def __init__(self, order: str, code: str) -> None:
        super().__init__()
        self._order, self._code = order, code

    def __missing__(self, count: int) -> Callable[[bytes, int], tuple[Any, ...]]:
        made = Struct(self._order + self._code * count).unpack_from
        if count <= _MANY:
            self[count] = made
        return made


@dataclass(frozen=True, slots=True)
class Place:
    """One field in a row of fixed sizes. at: in bytes from its beginning. shared: others have bits of it, too."""

    field: Field
    at: int
    shared: bool = False

    @property
    def order(self) -> str:
        """The sign of ``struct`` for the order of its bytes."""
        lane = self.field.lane
        order = lane.order if lane is not None else getattr(self.field.type, "order", "big")
        return "<" if order == "little" else ">"

    @property
    def code(self) -> str:
        return "H" if self.field.lane is not None else code_of(self.field.type)


def code_of(kind: Type) -> str:
    """Give the code of ``struct`` for a value; values that it does not know are unpacked as bytes."""
    if isinstance(kind, Number):
        if _is_usual(kind) and kind.size in _CODES:
            code = _CODES[kind.size]
            return code.lower() if kind.signed and not isinstance(kind, LowFirst) else code
    elif type(kind) in (Bits, Word) and kind.size in _CODES:
        return _CODES[kind.size]
    return f"{kind.size}s"


def value_of(field: Field, name: str, give: Give) -> str:
    """Give the expression that makes a value of what was unpacked under this name; the name where that is it."""
    kind = field.type
    if field.lane is not None:
        return _shared(field, name, give)
    if code_of(kind).endswith("s"):
        if type(kind) is Hex:
            return f"{name}.hex(' ').upper()"
        if isinstance(kind, Number) and _is_usual(kind):
            read = give("whole", partial(int.from_bytes, byteorder=kind.order, signed=kind.signed))
            return (
                scaled(kind, f"{read}({name})", give) if kind.absent is None else f"{give('read', kind.read)}({name})"
            )
        return (
            f"{give('kept', Kept(kind))}[{name}]" if type(kind) in _SELDOM_NEW else f"{give('read', kind.read)}({name})"
        )
    if type(kind) is Word:
        return f"{give('words', Words(kind))}[{name}]"
    if isinstance(kind, Number):
        return _usual(kind, name, give)
    return name


def is_whole(kind: Type) -> bool:
    """Whether a value is always a whole number: then nobody has to look whether it is one."""
    return type(kind) is Bits or (isinstance(kind, Number) and _is_usual(kind) and kind.whole and kind.absent is None)


def _is_usual(kind: Number) -> bool:
    """Whether it is read as all numbers are, but for the order of its registers."""
    return type(kind).read in (Number.read, LowFirst.read)


def _usual(kind: Number, name: str, give: Give) -> str:
    raw = name
    if isinstance(kind, LowFirst):
        raw = f"({name} >> 16 | ({name} & {_LOW_HALF}) << 16)"
        raw = f"(({raw} ^ {1 << 31}) - {1 << 31})" if kind.signed else raw
    value = scaled(kind, raw, give)
    if kind.absent is None:
        return value
    absent, bits = kind.absent, 8 * kind.size
    if kind.signed and absent >> bits - 1:
        absent -= 1 << bits
    return f"None if {raw} == {absent} else {value}"


def scaled(kind: Number, raw: str, give: Give) -> str:
    """Scale. Whole numbers divided once are as exact as rounding, in a fifth of the time."""
    if kind.whole:
        return raw
    scale, offset, digits = kind.scale, kind.offset, kind.digits
    unit = 10**digits
    step, start = round(scale * unit), round(offset * unit)
    if abs(step - scale * unit) > _EXACT or abs(start - offset * unit) > _EXACT:
        return f"{give('scaled', lambda raw: round(raw * scale + offset, digits) + 0.0)}({raw})"  # + 0.0: never -0.0
    product = raw if step == 1 else f"{raw} * {step}"
    return f"({product} + {start}) / {unit}" if start else f"{product} / {unit}"


def _shared(field: Field, name: str, give: Give) -> str:
    """Make a value of its bits of a register."""
    lane, kind = field.lane, field.type
    if lane is None:
        return name
    shifted = f"{name} >> {lane.shift}" if lane.shift else name
    bits = shifted if lane.last else f"{shifted} & {(1 << lane.width) - 1}"
    if type(kind) is Bits:
        return bits
    if type(kind) is Word and kind.order == "big":
        return f"{give('words', Words(kind))}[{bits}]"
    if isinstance(kind, Number) and _is_usual(kind) and not kind.signed and kind.absent is None and kind.order == "big":
        return scaled(kind, f"({bits})", give)
    return f"{give('read', kind.read)}(({bits}).to_bytes({kind.size}))"
