"""From a type of a profile to the object of the wire that reads and writes it."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Final

from wattstead.catalog.spec import TypeSpec
from wattstead.catalog.where import Where, nearest
from wattstead.wire.field import Bits, Clock, Dotted, Hex, Number, Order, Positions, Text, Type, Word
from wattstead.wire.peculiar import (
    ChargeThenDischarge,
    Digits,
    Folded,
    Nibbles,
    PackedDate,
    Real,
    RestText,
    SignAndSize,
    WordPositions,
)
from wattstead.wire.register_types import DottedDigits, LowFirst, LowFirstTime, Narrow, PackedTime, TextOrHex
from wattstead.wire.said import SaidMask, SaidNumber, SaidPlaces, SaidText, SaidTime, SaidWord
from wattstead.wire.unix_time import UnixTime

_NUMBERS: Final = {f"{sign}{8 * size}": (size, sign == "i") for sign in "ui" for size in (1, 2, 3, 4)}
_KEYS: Final = {  # that count beside each type
    **dict.fromkeys(_NUMBERS, ("scale", "offset", "absent", "order")),
    "text": ("size", "pad"),
    "dotted": ("size",),
    "hex": ("size",),
    "time": ("size",),
    "word": ("size", "order", "names", "also"),
    "bits": ("size", "order", "bits"),
    "positions": ("size", "first"),
    # Of register maps: wire/register_types.py.
    **dict.fromkeys(("u32_low_first", "i32_low_first"), ("scale", "offset", "absent")),
    "time_low_first": (),
    "dotted_digits": ("size",),
    "unix_time": (),
    **dict.fromkeys(("packed_time", "packed_time_in_bytes"), ()),
    "text_or_hex": ("size",),
    # Of one make or two: wire/peculiar.py.
    "sign_and_size": ("size", "scale"),
    "charge_then_discharge": ("size", "scale"),
    "folded": ("size",),
    "packed_date": (),
    "ascii_digits": ("size",),
    "bcd": ("size",),
    "real": ("scale",),
    "nibbles": (),
    "word_positions": ("size", "first"),
    "rest_text": ("counted",),
    # Of text consoles: wire/said.py.
    "said_number": ("scale", "offset"),
    "said_word": ("words", "also"),
    "said_text": (),
    "said_time": (),
    "said_mask": ("bits", "words", "size"),
    "said_places": (),
}


class Types:
    """The types that one profile may use: the built-in ones, and its own that stand on them.

    flags: names of bits that are values; codes: those that are codes.
    """

    def __init__(
        self, where: Where, own: Mapping[str, TypeSpec], flags: Collection[str], codes: Collection[str]
    ) -> None:
        self._own = own
        self._flags = flags
        self._codes = codes
        for name, spec in own.items():
            here = where.inside(f"type {name!r}")
            if name in _KEYS:
                raise here.wrong("is built in", "give your own another name")
            if spec.type in own:
                raise here.wrong(
                    f"stands on {spec.type!r}, which is no built-in type", f"use one of {', '.join(_KEYS)}"
                )
            self._check_keys(spec, here)

    def build(self, spec: TypeSpec, where: Where, order: Order = "big") -> Type:
        """Build what a field says of its type. order: of its bytes where it says no other. Raises ProfileError."""
        own = self._own.get(spec.type)
        if own is not None:
            said = spec.model_dump(exclude_unset=True, include=set(TypeSpec.model_fields) - {"type"})
            spec = own.model_copy(update=said)
        if "order" not in spec.model_fields_set and "order" in _KEYS.get(spec.type, ()):
            spec = spec.model_copy(update={"order": order})
        self._check_keys(spec, where)
        match spec.type:
            case "text" | "dotted" | "text_or_hex" if not spec.size:
                raise where.wrong(f"a {spec.type} needs its size", "add size = number of bytes")
            case "text":
                return Text(spec.size, spec.pad)
            case "dotted":
                return Dotted(spec.size)
            case "hex":
                return Hex(spec.size)
            case "time" if spec.size not in (0, 6, 7):
                raise where.wrong(f"a time of {_bytes(spec.size)}", "write size = 7, or 6 for a year of one byte")
            case "time":
                return Clock(spec.size or 7)
            case "word":
                return _word(spec, where)
            case "bits":
                return self._bits(spec, where)
            case "positions":
                return Positions(spec.size or 2, spec.first)
            case "time_low_first":
                return LowFirstTime()
            case "unix_time":
                return UnixTime()
            case "dotted_digits":
                return DottedDigits(spec.size or 2)
            case "packed_time" | "packed_time_in_bytes":
                return PackedTime(spec.type == "packed_time")
            case "text_or_hex":
                return TextOrHex(spec.size)
            case "u32_low_first" | "i32_low_first":
                plain = _number(spec.model_copy(update={"type": spec.type[:3]}), where)
                return LowFirst(4, plain.signed, plain.scale, plain.offset, plain.digits, plain.absent)
        if spec.type == "said_mask":
            named = self._bits(spec, where)
            return SaidMask(named.names, spec.size or 4, words=spec.words)
        return _said(spec) or _peculiar(spec) or _number(spec, where)

    def narrowed(self, kind: Type, width: int, where: Where) -> Type:
        """Give the type as it stands in some bits of a register. Raises ProfileError."""
        if type(kind) is Number and not kind.signed and kind.absent is None and width <= 8 * kind.size:
            return Narrow(kind.size, scale=kind.scale, offset=kind.offset, digits=kind.digits, width=width)
        if isinstance(kind, Word | Bits) and width <= 8 * kind.size:
            beyond = len(kind.names) if isinstance(kind, Bits) else max(kind.names).bit_length()
            if beyond <= width:
                return kind
        raise where.wrong(f"does not fit {width} bits", "a number without sign, a word or bits of that many fit")

    def _check_keys(self, spec: TypeSpec, where: Where) -> None:
        if spec.type not in _KEYS:
            known = [*_KEYS, *(name for name, own in self._own.items() if own is not spec)]
            raise where.wrong(
                f"there is no type {spec.type!r}", nearest(spec.type, known, f"type is one of {', '.join(known)}")
            )
        wrong = (set(TypeSpec.model_fields) & spec.model_fields_set) - {"type", *_KEYS[spec.type]}
        if wrong:
            allowed = f"its keys are {', '.join(_KEYS[spec.type])}" if _KEYS[spec.type] else "it has no keys"
            raise where.wrong(f"{min(wrong)} means nothing to a {spec.type}", f"take it away: {allowed}")

    def _bits(self, spec: TypeSpec, where: Where) -> Bits:
        size = spec.size or 1
        if len(spec.bits) > 8 * size:
            raise where.wrong(f"{len(spec.bits)} bits do not fit {_bytes(size)}", "shorten bits or enlarge size")
        for name in filter(None, spec.bits):
            if name not in self._flags and name not in self._codes:
                remedy = "use a flag of `wattstead quantities`, a setting, or add the code under [codes]"
                raise where.wrong(f"bit {name!r} is no flag, no setting and no code", remedy)
            if spec.bits.count(name) > 1:
                raise where.wrong(f"bit {name!r} stands twice", 'give each its own name, or "" where it means nothing')
        return Bits(spec.bits, size, spec.order)


def _said(spec: TypeSpec) -> Type | None:
    match spec.type:
        case "said_number":
            return SaidNumber(4, signed=True, scale=spec.scale, offset=spec.offset, digits=_digits(spec))
        case "said_word":
            return SaidWord(spec.words, spec.also)
        case "said_text":
            return SaidText()
        case "said_time":
            return SaidTime()
        case "said_places":
            return SaidPlaces()
    return None


def _peculiar(spec: TypeSpec) -> Type | None:
    match spec.type:
        case "sign_and_size":
            return SignAndSize(spec.size or 2, signed=True, scale=spec.scale, digits=_digits(spec))
        case "charge_then_discharge":
            return ChargeThenDischarge(spec.size or 4, signed=True, scale=spec.scale, digits=_digits(spec))
        case "folded":
            return Folded(spec.size or 2, signed=True)
        case "packed_date":
            return PackedDate()
        case "ascii_digits" | "bcd":
            return Digits(spec.size or 2, bcd=spec.type == "bcd")
        case "real":
            return Real(4, signed=True, scale=spec.scale, digits=6)
        case "nibbles":
            return Nibbles()
        case "word_positions":
            return WordPositions(spec.size or 4, spec.first)
        case "rest_text":
            return RestText(spec.counted)
    return None


def _number(spec: TypeSpec, where: Where) -> Number:
    size, signed = _NUMBERS[spec.type]
    if not spec.scale:
        raise where.wrong(
            "scale is 0", "value = number on the wire x scale + offset: leave scale out, or write another"
        )
    if spec.absent is not None and not 0 <= spec.absent < 1 << 8 * size:
        raise where.wrong(
            f"absent = {spec.absent} does not fit {_bytes(size)}", "write it as it stands on the wire, such as 0xFFFF"
        )
    return Number(size, signed, spec.scale, spec.offset, _digits(spec), spec.absent, spec.order)


def _digits(spec: TypeSpec) -> int:
    """Decimals of a number: those of its scale and offset, so that 0.01 gives two."""
    exponents = [Decimal(str(one)).normalize().as_tuple().exponent for one in (spec.scale, spec.offset)]
    return max(0, *(-one for one in exponents if isinstance(one, int)))


def _word(spec: TypeSpec, where: Where) -> Word:
    size = spec.size or 1
    names: dict[int, str] = {}
    for raw, name in spec.names.items():
        try:
            number = int(raw, 0)
        except ValueError:
            raise where.wrong(f"{raw!r} in names is no number", 'write names = { "0x01" = "charging", … }') from None
        if not 0 <= number < 1 << 8 * size:
            raise where.wrong(f"{raw} in names does not fit {_bytes(size)}", "enlarge size, or correct the number")
        if number in names or name in names.values():
            raise where.wrong(
                f"{raw} = {name!r} in names stands twice", "each number has one word, each word one number"
            )
        names[number] = name
    if not names:
        raise where.wrong("a word needs its names", 'add names = { "0" = "normal", … }')
    for name, instead in spec.also.items():
        if instead not in names.values() or name in names.values():
            raise where.wrong(
                f"{name} = {instead!r} in also stands for no number", "write a new word and one that names has"
            )
    return Word(names, size, spec.order, spec.also)


def _bytes(size: int) -> str:
    return f"{size} byte{'s' * (size > 1)}"
