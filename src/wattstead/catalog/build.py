"""From a checked profile file to the objects of the wire."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from wattstead.catalog.spec import CountSpec, MessageSpec, PartSpec, ProfileSpec, TypeSpec, WhenSpec
from wattstead.model.errors import ProfileError
from wattstead.model.quantity import QUANTITIES, Kind
from wattstead.wire.field import Bits, Clock, Dotted, Hex, Number, Positions, Text, Type, Word
from wattstead.wire.fill import FILLS
from wattstead.wire.layout import Count, Field, Group, Part, When, fields_of
from wattstead.wire.message import Dialect, Message, Poll

_NUMBERS = {f"{sign}{8 * size}": (size, sign == "i") for sign in "ui" for size in (1, 2, 3, 4)}
_SIZED = {"text": Text, "dotted": Dotted}


class Builder:
    """Builds one profile's messages. Raises ProfileError with the place in the file and what would be right."""

    def __init__(self, file: str, spec: ProfileSpec, codes: Mapping[str, object]) -> None:
        self._file = file
        self._spec = spec
        self._settings = {setting.name for setting in spec.setting}
        self._codes = codes
        self._told = {name for name, one in QUANTITIES.items() if one.kind is Kind.FLAG} | self._settings

    def dialect(self) -> Dialect:
        """Build all messages and check what only the whole file can tell."""
        messages = tuple(self._message(one) for one in self._spec.message)
        self._unique([one.name for one in messages], "message.name")
        self._unique([f"{one.command:02X}H" for one in messages], "message.command")
        if "ok" not in self._spec.status:
            raise self._wrong("status", "no return code is called ok", "say which one means that all went well")
        for name in (self._spec.link.probe, *self._spec.link.zero_answers):
            if name not in {one.name for one in messages}:
                raise self._wrong("link", f"there is no message {name!r}", "name one of the messages of this file")
        statuses = {code: name for name, code in self._spec.status.items()}
        link, told = self._spec.link, frozenset(QUANTITIES) | frozenset(self._settings)
        return Dialect(self._spec.profile.name, messages, statuses, link.version, link.kind, told)

    def _message(self, spec: MessageSpec) -> Message:
        place = f"message {spec.name!r}"
        request = self._parts(self._layout(spec.request, place), f"{place}, request")
        reply = self._parts(self._layout(spec.reply, place), f"{place}, reply")
        poll = Poll(spec.poll)
        return Message(
            spec.name, spec.command, request, reply, spec.aliases, poll, spec.version_in_header, spec.answered
        )

    def _layout(self, parts: tuple[PartSpec, ...] | str, place: str) -> tuple[PartSpec, ...]:
        if not isinstance(parts, str):
            return parts
        if parts not in self._spec.layouts:
            raise self._wrong(place, f"there is no layout {parts!r}", "write its fields, or add it under [layouts]")
        return self._spec.layouts[parts]

    def _parts(self, specs: Sequence[PartSpec], place: str, seen: frozenset[str] = frozenset()) -> tuple[Part, ...]:
        parts: list[Part] = []
        self._unique([spec.name for spec in specs], place)
        for spec in specs:
            here = f"{place}, {spec.name}"
            self._known(spec, here, seen | {part.name for part in parts}, {other.name for other in specs})
            parts.append(self._part(spec, here, seen | {part.name for part in parts}))
        return tuple(parts)

    def _part(self, spec: PartSpec, place: str, seen: frozenset[str]) -> Part:
        repeat = _count(spec.repeat) if isinstance(spec.repeat, CountSpec) else spec.repeat
        if spec.parts:
            parts = self._parts(spec.parts, place, seen)
            length = _count(spec.length) if spec.length else None
            return Group(spec.name, parts, repeat, length, _when(spec.when), spec.packs)
        quantity = spec.quantity if spec.quantity is not None else spec.name if self._is_told(spec.name) else ""
        if quantity and not self._is_told(quantity):
            raise self._wrong(place, f"there is no quantity {quantity!r}", "see `wattstead quantities` for their names")
        if spec.fill and spec.fill not in FILLS:
            raise self._wrong(place, f"there is no rule {spec.fill!r}", f"fill is one of {', '.join(FILLS)}")
        default = tuple(spec.default) if isinstance(spec.default, list) else spec.default
        kind = self._type(spec, place)
        return Field(
            spec.name,
            kind,
            quantity,
            repeat,
            _when(spec.when),
            _when(spec.absent_when),
            spec.optional,
            spec.fill,
            default,
        )

    def _is_told(self, name: str) -> bool:
        return name in QUANTITIES or name in self._settings

    def _known(self, spec: PartSpec, place: str, before: frozenset[str], level: set[str]) -> None:
        """Refuse rules that look at a field which is not there yet."""
        rules = [rule.count for rule in (spec.repeat, spec.length) if isinstance(rule, CountSpec)]
        rules += [spec.when.field] if spec.when else []
        for name in rules:
            if name not in before:
                raise self._wrong(place, f"{name!r} is not read before it", "name a field that stands earlier")
        if spec.absent_when and spec.absent_when.field not in level:
            raise self._wrong(place, f"there is no field {spec.absent_when.field!r} beside it", "name one of its row")

    def _type(self, spec: TypeSpec, place: str) -> Type:
        if spec.type in self._spec.types:
            own = self._spec.types[spec.type]
            said = spec.model_dump(exclude_unset=True, include=set(TypeSpec.model_fields) - {"type"})
            return self._type(own.model_copy(update=said), place)
        if spec.type in _NUMBERS:
            size, signed = _NUMBERS[spec.type]
            return Number(size, signed, spec.scale, spec.offset, _digits(spec), spec.absent, spec.order)
        if spec.type in _SIZED and not spec.size:
            raise self._wrong(place, f"a {spec.type} needs its size", "add size = number of bytes")
        match spec.type:
            case "text":
                return Text(spec.size, spec.pad)
            case "dotted":
                return Dotted(spec.size)
            case "hex":
                return Hex(spec.size)
            case "time":
                return Clock()
            case "word":
                return self._word(spec, place)
            case "bits":
                return self._bits(spec, place)
            case "positions":
                return Positions(spec.size or 2, spec.first)
        known = sorted({*_NUMBERS, *self._spec.types, "text", "dotted", "hex", "time", "word", "bits", "positions"})
        raise self._wrong(place, f"there is no type {spec.type!r}", f"type is one of {', '.join(known)}")

    def _word(self, spec: TypeSpec, place: str) -> Word:
        try:
            names = {int(raw, 0): name for raw, name in spec.names.items()}
        except ValueError:
            raise self._wrong(
                place, "a key of names is no number", 'write names = { "0x01" = "charging", … }'
            ) from None
        if not names:
            raise self._wrong(place, "a word needs its names", 'add names = { "0" = "normal", … }')
        return Word(names, spec.size or 1)

    def _bits(self, spec: TypeSpec, place: str) -> Bits:
        size = spec.size or 1
        if len(spec.bits) > 8 * size:
            raise self._wrong(place, f"{len(spec.bits)} bits do not fit {size} bytes", "shorten bits or enlarge size")
        for name in filter(None, spec.bits):
            if name not in self._told and name not in self._codes:
                remedy = (
                    f"use a flag of `wattstead quantities`, or add it to words/codes/{self._spec.profile.name}.toml"
                )
                raise self._wrong(place, f"bit {name!r} is neither a flag nor a code", remedy)
        return Bits(spec.bits, size)

    def _unique(self, names: Sequence[str], place: str) -> None:
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise self._wrong(place, f"{', '.join(twice)} stands twice", "give each its own name")

    def _wrong(self, place: str, what: str, remedy: str) -> ProfileError:
        return ProfileError(self._file, place, what, remedy)


def told_by(dialect: Dialect) -> frozenset[str]:
    """Names of the quantities and settings that the replies of a dialect tell."""
    names: set[str] = set()
    for message in dialect.messages:
        for field in fields_of(message.reply):
            names |= {field.quantity} - {""}
            if isinstance(field.type, Bits):
                names |= set(field.type.names) & dialect.told
    return frozenset(names)


def _digits(spec: TypeSpec) -> int:
    """Decimals of a number: those of its scale and offset, so that 0.01 gives two."""
    exponents = [Decimal(str(one)).normalize().as_tuple().exponent for one in (spec.scale, spec.offset)]
    return max(0, *(-one for one in exponents if isinstance(one, int)))


def _count(spec: CountSpec) -> Count:
    return Count(spec.count, spec.less, spec.times)


def _when(spec: WhenSpec | None) -> When | None:
    if spec is None:
        return None
    return When(
        spec.field,
        spec.at_least if spec.equals is None else spec.equals,
        spec.at_most if spec.equals is None else spec.equals,
    )
