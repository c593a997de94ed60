"""Frames of a CAN bus read in one step: a function is made for each message and length, when its first frame comes.

It does what ``spread``, ``decode`` and ``tell`` do for all layouts, with the places, steps and names of this one
message put in: the payload as a whole number, shifts and masks. Where a payload is not of whole fields, or a text is
no text, it leaves the frame to them, for their sentence. Of a profile only whole numbers and quoted names go into the
function's text.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from wattstead.model.errors import DecodeError
from wattstead.wire.can_join import Join
from wattstead.wire.can_signal import CanMessage, CanNumber, Pairs, Slot
from wattstead.wire.field import Bits, Hex, Text, Word
from wattstead.wire.layout import LEFT_OVER, Field, Record
from wattstead.wire.quick_tell import Said
from wattstead.wire.quick_value import Words

PADDING: Final = "padding"
"""Where a record keeps zeros behind the last signal: many devices send eight bytes whatever they have to say."""

_WHOLE_BITS: Final = 64
_EXACT_BITS: Final = 40  # beyond them a number and its step are no longer exact as a float
_BYTE: Final = 0xFF

Read = Callable[[bytes], tuple[Record, dict[str, Any], tuple[str, ...] | None]]
"""Payload to record, values by quantity, active codes. Raises DecodeError where the walk has to look."""


@dataclass(frozen=True, slots=True)
class Means:
    """What values mean beyond their message.

    told: names of quantities and settings. joins, preferred: as ``Can`` has them.
    """

    told: frozenset[str]
    joins: Sequence[Join] = ()
    preferred: Mapping[str, str] | None = None


def reader(message: CanMessage, length: int, means: Means) -> Read | None:
    """Make the function for payloads of this many bytes; None where such a payload ends inside a field."""
    placed = list(zip(message.fields, message.slots, strict=True))
    here = []
    for field, slot in placed:
        if slot.end > length:
            break
        here.append((field, slot))
    end = here[-1][1].end if here else 0
    battery = message.sender == "battery"
    if end != length and not (battery and len(here) == len(placed)):
        return None
    return _Text(here, length, end, means, joined=battery).made()


class _Text:
    """Writes the function. joined: whether values of several signals are told, too."""

    def __init__(
        self, placed: Sequence[tuple[Field, Slot]], length: int, end: int, means: Means, *, joined: bool
    ) -> None:
        self._placed, self._length, self._end, self._means, self._joined = placed, length, end, means, joined
        self._names: dict[str, Any] = {"from_bytes": int.from_bytes, "text": _text}
        self._nullable: set[int] = set()

    def made(self) -> Read:
        lines = [*self._payload(), *self._raws(), f"record = {{{self._record()}}}", *self._rest()]
        lines += ["values, active = {}, None", *self._told()]
        if self._joined:
            lines += self._together()
        source = "def read(payload):\n" + "".join(f"    {line}\n" for line in (*lines, "return record, values, active"))
        exec(compile(source, "<frame>", "exec"), self._names)  # noqa: S102 - our own text, see above
        made: Read = self._names["read"]
        return made

    def _payload(self) -> Iterator[str]:
        for order in sorted({slot.order for field, slot in self._placed if not _is_stretch(field, slot)}):
            yield f"{order} = from_bytes(payload, {order!r})"

    def _raws(self) -> Iterator[str]:
        """Give the value of each field a name: v0, v1 and so on."""
        for number, (field, slot) in enumerate(self._placed):
            if _is_stretch(field, slot):
                yield f"v{number} = text(payload[{slot.end - slot.size}:{slot.end}])"
            else:
                yield f"v{number} = {self._bits(slot)}"
                yield from self._value(number, field, slot)

    def _bits(self, slot: Slot) -> str:
        past = _WHOLE_BITS - 8 * self._length if slot.order == "big" else 0
        shift = slot.shift - past
        shifted = f"{slot.order} >> {shift}" if shift else slot.order
        highest = slot.mask + 1 == 1 << 8 * self._length - shift  # nothing stands above it
        return shifted if highest else f"{shifted} & {slot.mask}"

    def _value(self, number: int, field: Field, slot: Slot) -> Iterator[str]:
        """Make the value of its bits."""
        kind, name = field.type, f"v{number}"
        if type(kind) is CanNumber and kind.bits <= _EXACT_BITS:
            yield from self._number(number, kind)
        elif type(kind) is Word:
            self._names[f"words{number}"] = Words(kind)
            yield f"{name} = words{number}[{name}]"
        elif type(kind) is Hex and slot.size == 1:
            self._names["hexes"] = _HEXES
            yield f"{name} = hexes[{name}]"
        elif type(kind) not in (Bits, Pairs):
            self._nullable.add(number)
            self._names[f"read{number}"] = kind.read
            yield f"{name} = read{number}({name}.to_bytes({slot.size}))"

    def _number(self, number: int, kind: CanNumber) -> Iterator[str]:
        """Work out raw x scale + offset in whole numbers, and divide once: exact, and quicker than rounding."""
        name = f"v{number}"
        unknown = sorted({*kind.unknowns, *(() if kind.absent is None else (kind.absent,))})
        raw = f"(({name} ^ {(half := 1 << kind.bits - 1)}) - {half})" if kind.signed else name
        times, plus, by = (round(Decimal(str(one)) * 10**kind.digits) for one in (kind.scale, kind.offset, 1.0))
        product = raw if times == 1 else f"{raw} * {times}"
        value = raw if kind.whole else f"({product}{f' + {plus}' if plus else ''}) / {by}"
        if unknown:
            self._nullable.add(number)
            value = f"None if {' or '.join(f'{name} == {one}' for one in unknown)} else {value}"
        if value != name:
            yield f"{name} = {value}"

    def _record(self) -> str:
        return ", ".join(f"{field.name!r}: v{number}" for number, (field, _) in enumerate(self._placed))

    def _rest(self) -> Iterator[str]:
        """Keep the bytes behind the last field."""
        if self._end < self._length:
            yield f"rest = payload[{self._end}:]"
            yield f"record[{LEFT_OVER!r} if any(rest) else {PADDING!r}] = rest.hex(' ').upper()"

    def _told(self) -> Iterator[str]:
        """Tell values, flags and codes as ``wire/fill.py`` does: of two fields the first one counts."""
        may_be: set[str] = set()
        for number, (field, _) in enumerate(self._placed):
            if isinstance(field.type, Bits):
                self._names[f"bits{number}"] = Said(field.type, field.name, self._means.told)
                may_be |= set(field.type.names)
                yield f"flags, codes = bits{number}[v{number}]"
                yield "if flags: values.update(flags)"
                yield "if codes is not None:"
                yield "    active = codes if not active else (*active, *[one for one in codes if one not in active])"
            elif field.quantity:
                ifs = [f"v{number} is not None"] * (number in self._nullable)
                ifs += [f"{field.quantity!r} not in values"] * (field.quantity in may_be)
                may_be.add(field.quantity)
                condition = f"if {' and '.join(ifs)}: " if ifs else ""
                yield f"{condition}values[{field.quantity!r}] = v{number}"

    def _together(self) -> Iterator[str]:
        """Tell what signals of this message make together, and the finer one of two."""
        numbers = {field.name: number for number, (field, _) in enumerate(self._placed)}
        for place, join in enumerate(self._means.joins):
            if set(join.signals) <= set(numbers):
                self._names[f"join{place}"] = join.told
                yield f"whole = join{place}(record)"
                yield f"if whole is not None: values[{join.quantity!r}] = whole"
        for signal, quantity in (self._means.preferred or {}).items():
            if signal in numbers:
                yield f"if v{numbers[signal]} is not None: values[{quantity!r}] = v{numbers[signal]}"


def _is_stretch(field: Field, slot: Slot) -> bool:
    """Whether it is text: whole bytes in their order."""
    return type(field.type) is Text and slot.order == "big"


_HEXES: Final = tuple(f"{byte:02X}" for byte in range(_BYTE + 1))


def _text(data: bytes) -> str:
    """Read as ``Text`` does. Raises DecodeError."""
    found = data.rstrip(b"\0 ").decode("ascii", "replace")
    if not (found.isascii() and found.isprintable()):
        raise DecodeError("no text")
    return found
