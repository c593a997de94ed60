"""From a checked profile file to the messages of the wire."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from wattstead.catalog.blocks import make_block
from wattstead.catalog.spec import CountSpec, FieldSpec, GroupSpec, MessageSpec, PartSpec, ProfileSpec, WhenSpec
from wattstead.catalog.types import Types
from wattstead.catalog.where import Where, nearest
from wattstead.model.errors import EncodeError
from wattstead.model.quantity import QUANTITIES, Kind
from wattstead.wire.field import Bits, Clock, Dotted, Hex, Number, Positions, Text, Type, Word
from wattstead.wire.fill import FILLS
from wattstead.wire.layout import REGISTER, Count, Field, Group, Lane, Part, Repeat, When
from wattstead.wire.message import Act, Message, Poll
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

_KINDS: Final[dict[type, Collection[Kind]]] = {  # which quantities a type can tell
    Number: (Kind.NUMBER,),
    Word: (Kind.STATE,),
    Text: (Kind.TEXT,),
    Dotted: (Kind.TEXT,),
    Hex: (Kind.TEXT,),
    Clock: (Kind.TIME,),
    Positions: (Kind.POSITIONS,),
    Bits: (),
    LowFirst: (Kind.NUMBER,),
    Narrow: (Kind.NUMBER,),
    PackedTime: (Kind.TIME,),
    TextOrHex: (Kind.TEXT,),
    LowFirstTime: (Kind.TIME,),
    DottedDigits: (Kind.TEXT,),
    SignAndSize: (Kind.NUMBER,),
    ChargeThenDischarge: (Kind.NUMBER,),
    Folded: (Kind.NUMBER,),
    Digits: (Kind.NUMBER,),
    Real: (Kind.NUMBER,),
    PackedDate: (Kind.TEXT,),
    Nibbles: (Kind.TEXT,),
    WordPositions: (Kind.POSITIONS,),
    RestText: (Kind.TEXT,),
    SaidNumber: (Kind.NUMBER,),
    SaidWord: (Kind.STATE,),
    SaidText: (Kind.TEXT,),
    SaidTime: (Kind.TIME,),
    SaidMask: (),
    SaidPlaces: (Kind.POSITIONS,),
    UnixTime: (Kind.TIME,),
}


@dataclass(frozen=True, slots=True)
class _Level:
    """What a part can look at: parts read before it, those of the groups around it included."""

    before: dict[str, Part]
    packs: bool = False  # whether a group of packs may stand here
    many: bool = False  # whether what stands here comes more than once a pack
    order: Literal["big", "little"] = "big"  # of bytes, where a value says no other

    def with_part(self, part: Part) -> "_Level":
        return replace(self, before={**self.before, part.name: part})


class Builder:
    """Builds one profile's messages. Raises ProfileError with the place in the file and what would be right."""

    def __init__(self, where: Where, spec: ProfileSpec, codes: Collection[str]) -> None:
        self._where = where
        self._spec = spec
        self._settings = {setting.name for setting in spec.setting}
        flags = {name for name, one in QUANTITIES.items() if one.kind is Kind.FLAG}
        self._types = Types(where, spec.types, flags | self._settings, codes)

    def messages(self) -> tuple[Message, ...]:
        return tuple(self._message(one) for one in self._spec.message)

    def _message(self, spec: MessageSpec) -> Message:
        where = self._where.inside(f"message {spec.name!r}")
        request = self._payload(spec.request, where.inside("request"), _Level({}, order=spec.order))
        reply = self._payload(spec.reply, where.inside("reply"), _Level({}, packs=True, order=spec.order))
        poll = Poll(spec.poll)
        message = Message(
            spec.name,
            spec.command or 0,
            request,
            reply,
            spec.aliases,
            poll,
            spec.version_in_header,
            spec.answered,
            spec.command_in_reply,
            tuple(Act(act.when, act.does, act.sets, act.unless, act.refuses, act.says) for act in spec.acts),
            spec.bank,
            spec.behind,
        )
        modbus = self._spec.link.modbus
        return make_block(where, spec, message, modbus.step if modbus else 1)

    def _payload(self, parts: tuple[PartSpec, ...] | str, where: Where, level: _Level) -> tuple[Part, ...]:
        if isinstance(parts, str):
            if parts not in self._spec.layouts:
                known = list(self._spec.layouts)
                raise where.wrong(
                    f"there is no layout {parts!r}",
                    nearest(parts, known, "write the fields, or add it under [layouts]"),
                )
            parts = self._spec.layouts[parts]
        return self._parts(parts, where, level)

    def _parts(self, specs: Sequence[PartSpec], where: Where, level: _Level) -> tuple[Part, ...]:
        parts: list[Part] = []
        level = replace(level, before=dict(level.before))
        for spec in specs:
            here = where.inside(f"{'group' if isinstance(spec, GroupSpec) else 'field'} {spec.name!r}")
            if parts and _takes_rest(parts[-1]):
                raise here.wrong(
                    f"nothing is left after {parts[-1].name!r}, which takes the rest", "put it before that"
                )
            if spec.name in {part.name for part in parts}:
                raise here.wrong("stands twice", "give each its own name")
            part = self._group(spec, here, level) if isinstance(spec, GroupSpec) else self._field(spec, here, level)
            parts.append(part)
            level = level.with_part(part)
        for spec in specs:
            self._check_absent_when(spec, where, {part.name: part for part in parts})
        return _lanes(parts, where)

    def _group(self, spec: GroupSpec, where: Where, level: _Level) -> Group:
        if spec.packs and not level.packs:
            raise where.wrong(
                "packs stands inside a group or in a request", "packs are the outermost groups of a reply"
            )
        if spec.length and spec.repeat is not None:
            raise where.wrong("has both length and repeat", "put the repeated group inside the sized one")
        if spec.spare and spec.repeat != "rest":
            raise where.wrong(
                "has spare bytes but does not repeat to the end", 'add repeat = "rest", or give it a length instead'
            )
        repeat, when = self._repeat(spec, where, level), self._when(spec.when, where, level)
        length = self._count(spec.length, where, level) if spec.length else None
        many = level.many or (repeat is not None and not spec.packs)
        inner = replace(level, packs=False, many=many)
        parts = self._parts(spec.parts, where, inner)
        tail = self._tail(spec, where.inside("tail"), inner)
        tail_when = _when(spec.tail_when) if spec.tail_when else None
        return Group(spec.name, parts, repeat, length, when, spec.optional, spec.packs, spec.spare, tail, tail_when)

    def _tail(self, spec: GroupSpec, where: Where, level: _Level) -> tuple[Field, ...]:
        """Build what is known of the spare bytes: fields of a known size that may all be missing."""
        if not spec.tail:
            return ()
        if not spec.spare:
            raise where.wrong("there are no spare bytes", "add spare = the most that each repeat may have")
        fields: list[Field] = []
        for one in spec.tail:
            here = where.inside(f"field {one.name!r}")
            if not one.optional:
                raise here.wrong("must be there", "add optional = true: of the tail all may be missing")
            if one.name in {part.name for part in spec.parts} | {field.name for field in fields}:
                raise here.wrong("stands twice", "give each its own name")
            fields.append(self._field(one, here, level))
            if not fields[-1].type.size or isinstance(one.repeat, (str, CountSpec)):
                raise here.wrong("has no fixed size", "give it a size, and a number where it repeats")
        return tuple(fields)

    def _field(self, spec: FieldSpec, where: Where, level: _Level) -> Field:
        kind = self._types.build(spec, where, level.order if spec.width is None else "big")
        if spec.width is not None:
            if spec.repeat is not None or spec.when is not None or spec.optional:
                raise where.wrong("shares a register", "take repeat, when and optional away")
            kind = self._types.narrowed(kind, spec.width, where)
        repeat, when = self._repeat(spec, where, level), self._when(spec.when, where, level)
        if spec.padded and not isinstance(repeat, int):
            raise where.wrong("is padded but has no fixed number of places", "add repeat = how many there are")
        if repeat is not None and not kind.size:
            raise where.wrong("repeats bytes without a size", "add size = number of bytes")
        if spec.fill and spec.fill not in FILLS:
            rules = list(FILLS)
            raise where.wrong(
                f"there is no rule {spec.fill!r}", nearest(spec.fill, rules, f"fill is one of {', '.join(rules)}")
            )
        if spec.fill and spec.fill != "asked" and spec.default is not None:
            raise where.wrong("has both fill and default", "one of them gives the value: take the other away")
        _check_default(spec, kind, where)
        absent_when = _when(spec.absent_when) if spec.absent_when else None
        return Field(
            spec.name,
            kind,
            self._quantity(spec, kind, where, level),
            repeat,
            when,
            absent_when,
            spec.optional,
            spec.fill,
            spec.default,
            None if spec.width is None else Lane(0, spec.width, level.order),
            spec.padded,
        )

    def _quantity(self, spec: FieldSpec, kind: Type, where: Where, level: _Level) -> str:
        """Find what a field tells: what it says, or else what has the same name."""
        known = {**dict.fromkeys(QUANTITIES), **dict.fromkeys(sorted(self._settings))}
        name = spec.quantity if spec.quantity is not None else spec.name if spec.name in known else ""
        if name and name not in known:
            raise where.wrong(
                f"there is no quantity {name!r}",
                nearest(name, list(known), "see `wattstead quantities` for their names"),
            )
        if name and level.many:
            remedy = 'repeat the field itself, make each repeat a pack (packs = true), or add quantity = ""'
            raise where.wrong(f"a repeated group cannot tell {name}: only one value would be left", remedy)
        quantity = QUANTITIES.get(name)
        if quantity and quantity.kind not in _KINDS[type(kind)]:
            remedy = 'use another type, or add quantity = "" if it tells something else'
            raise where.wrong(f"{spec.type} cannot tell {name}, which is a {quantity.kind}", remedy)
        return name

    def _repeat(self, spec: PartSpec, where: Where, level: _Level) -> Repeat:
        return self._count(spec.repeat, where, level) if isinstance(spec.repeat, CountSpec) else spec.repeat

    def _count(self, spec: CountSpec, where: Where, level: _Level) -> Count:
        counter = level.before.get(spec.count)
        if counter is None:
            raise where.wrong(f"{spec.count!r} is not read before it", "count a field that stands earlier")
        if (
            not (isinstance(counter, Field) and isinstance(counter.type, Number) and counter.type.whole)
            or counter.repeat
        ):
            raise where.wrong(f"{spec.count!r} is no whole number", "count a field such as u8 without scale")
        return Count(spec.count, spec.less, spec.times)

    def _when(self, spec: WhenSpec | None, where: Where, level: _Level) -> When | None:
        if spec is None:
            return None
        looked_at = level.before.get(spec.field)
        if looked_at is None:
            raise where.wrong(f"{spec.field!r} is not read before it", "name a field that stands earlier in when")
        if not _is_whole(looked_at):
            raise where.wrong(
                f"{spec.field!r} is no whole number", "look at a field such as u8 without scale, or at bits"
            )
        return _when(spec)

    def _check_absent_when(self, spec: PartSpec, where: Where, beside: dict[str, Part]) -> None:
        if not isinstance(spec, FieldSpec) or spec.absent_when is None:
            return
        here, field = where.inside(f"field {spec.name!r}"), beside[spec.name]
        looked_at = beside.get(spec.absent_when.field)
        if looked_at is None or not _is_whole(looked_at):
            raise here.wrong(
                f"no whole number {spec.absent_when.field!r} stands beside it",
                "name a field of the same row in absent_when",
            )
        if not (isinstance(field, Field) and isinstance(field.type, Number) and field.type.absent is not None):
            raise here.wrong("has no sign for 'not known'", "add absent = the number that means it")


def _lanes(parts: Sequence[Part], where: Where) -> tuple[Part, ...]:
    """Give each field that shares a register its place in it. Raises ProfileError where one is not full."""
    placed: list[Part] = []
    shift = 0
    for part in parts:
        lane = part.lane if isinstance(part, Field) else None
        if isinstance(part, Field) and lane is not None and shift + lane.width <= 8 * REGISTER:
            part, shift = replace(part, lane=replace(lane, shift=shift)), shift + lane.width
            shift %= 8 * REGISTER
        elif shift or lane is not None:
            raise where.inside(f"field {part.name!r}").wrong(
                f"{shift} bits of a register stand before it", "the widths of fields that share one make 16 together"
            )
        placed.append(part)
    if shift:
        remedy = "the widths of fields that share one make 16 together"
        raise where.wrong(f"only {shift} bits of the last register have a field", remedy)
    return tuple(placed)


def _check_default(spec: FieldSpec, kind: Type, where: Where) -> None:
    if spec.default is None:
        return
    try:
        kind.write(spec.default)
    except EncodeError as error:
        raise where.wrong(f"default: {error}", "write a default that the wire can carry") from None


def _takes_rest(part: Part) -> bool:
    if isinstance(part, Group):
        sized = part.length is not None
        return part.repeat == "rest" or (not sized and any(_takes_rest(inner) for inner in part.parts))
    return part.repeat == "rest" or not part.type.size


def _is_whole(part: Part) -> bool:
    if not isinstance(part, Field) or part.repeat is not None:
        return False
    return isinstance(part.type, Bits) or (isinstance(part.type, Number) and part.type.whole)


def _when(spec: WhenSpec) -> When:
    if spec.equals is not None:
        return When(spec.field, spec.equals, spec.equals)
    given = {"at_least": spec.at_least, "at_most": spec.at_most}
    return When(spec.field, **{name: value for name, value in given.items() if value is not None})
