"""The quick ways through a layout give what the walk gives, or leave it to the walk."""

from dataclasses import replace
from random import Random
from typing import Any

from folding import each
from recordings import captures
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.model.errors import DecodeError
from wattstead.wire.field import Bits, Number, Text
from wattstead.wire.fill import Told, told_of
from wattstead.wire.layout import Count, Field, Group, Part, fields_of
from wattstead.wire.quick import quick_of
from wattstead.wire.quick_keep import USES, Keeper
from wattstead.wire.quick_tell import teller
from wattstead.wire.read import _Reader
from wattstead.wire.register_types import LowFirst

LAYOUTS = [
    (f"{name}-{message.name}-{side}", parts, load_profile(name).dialect.told)
    for name in profile_names()
    for message in load_profile(name).dialect.messages
    for side, parts in (("request", message.request), ("reply", message.reply))
    if parts and quick_of(parts)
]
REAL = sorted({one.frame.payload for one in captures() if one.kind == "frame" and one.frame.payload})


def walked(parts: Any, payload: bytes) -> Any:
    reader = _Reader(payload)
    try:
        record = reader.parts(parts, {})
    except DecodeError:
        return None
    return None if reader.left else record


def payloads(name: str) -> list[bytes]:
    """Real ones, some with bytes changed, and zeros of every size: something of that fits most layouts."""
    rng = Random(name)
    changed = []
    for real in rng.sample(REAL, 40):
        data = bytearray(real)
        data[rng.randrange(len(data))] = rng.choice((0, 1, 2, 4, 16, 0x7F, 0x80, 0xFF))
        changed += [bytes(data), bytes(data[1:]), bytes(data[: rng.randrange(len(data))])]
    return [
        *rng.sample(REAL, 200),
        *changed,
        *(bytes(size) for size in range(256)),
        *(rng.randbytes(size) for size in range(0, 256, 2)),
    ]


@each(("name", "parts", "told"), LAYOUTS, ids=lambda one: one if isinstance(one, str) else "")
def test_both_ways_give_the_same(name: str, parts: Any, told: frozenset[str]) -> None:
    read, tell = quick_of(parts), teller(parts, told, Told)
    assert read
    for payload in payloads(name):
        quick = read(payload)
        if quick is None:
            continue
        assert repr(quick) == repr(walked(parts, payload)), payload.hex(" ")
        values, active, packs = tell(quick)
        assert repr((Told(values, active), tuple(packs))) == repr(told_of(parts, quick, told)), payload.hex(" ")


def test_values_that_are_not_there_are_told_by_neither_way() -> None:
    """Families that read by names leave values out, and some have a sign for what is not known."""
    profile = load_profile("jk")
    parts, told = profile.dialect.message("everything").reply, profile.dialect.told
    rng, full = Random(4), {field.name: 1 for field in fields_of(parts)}
    for _ in range(50):
        record = {name: rng.choice((value, None)) for name, value in full.items() if rng.random() < 0.7}
        values, active, packs = teller(parts, told, Told)(record)
        assert repr((Told(values, active), tuple(packs))) == repr(told_of(parts, record, told))


def test_a_layout_that_is_needed_once_is_walked() -> None:
    written: list[Any] = []

    def write(parts: Any, _: object) -> int:
        written.append(parts)
        return len(written)

    keeper = Keeper(write)
    often, seldom = [Field("a", Number(1))], [Field("a", Number(1))]
    assert [keeper.of(often) for _ in range(USES + 2)] == [None] * (USES - 1) + [1] * 3
    assert keeper.of(seldom) is None
    assert written == [often]


def test_a_name_of_a_profile_is_never_taken_for_a_program() -> None:
    name = "a'\"]\n    raise SystemExit  # "
    parts: list[Part] = [
        Field(name, Number(1), name),
        Field(name + "2", Bits((name,)), optional=True),
        Group(name + "3", [Field(name, Text(2), name, repeat=Count(name))], length=Count(name + "2"), optional=True),
    ]
    read = quick_of(parts)
    assert read
    assert read(b"\x01\x02WS") == walked(parts, b"\x01\x02WS") == {name: 1, name + "2": 2, name + "3": {name: ("WS",)}}
    assert teller(parts, frozenset((name,)), Told)({name: 7, name + "2": 1})[0] == {name: True}


def test_most_layouts_have_a_quick_way_and_read_real_payloads_by_it() -> None:
    told = [one for one in captures() if one.kind == "frame" and one.said.get("direction") == "reply" and one.packs]
    quick = 0
    reads: dict[int, Any] = {}
    for one in told:
        family, message = one.device.dialect.family, one.device.dialect.message(one.said["message"])
        try:
            content = family.content(one.frame, message)
        except DecodeError:
            continue
        message = family.shaped(one.frame, message)
        read = reads[id(message.reply)] = reads.get(id(message.reply)) or quick_of(message.reply)
        quick += read is not None and read(content) is not None
    assert quick > 0.6 * len(told)


NUMBERS = {
    (kind.size, kind.signed, kind.scale, kind.offset, kind.digits, kind.absent, kind.order, type(kind).__name__): field
    for name in profile_names()
    if load_profile(name).link.framing != "can"
    for message in load_profile(name).dialect.messages
    for field in fields_of((*message.request, *message.reply))
    if isinstance(kind := field.type, Number) and type(kind).read in (Number.read, LowFirst.read)
}


@each("key", NUMBERS)
def test_a_number_divided_is_the_number_rounded(key: tuple[Any, ...]) -> None:
    """Each 17th raw value of two bytes; of all those at the ends and some at random."""
    field: Field = NUMBERS[key]
    read = quick_of([replace(field, repeat=None, when=None, optional=False, lane=None)])
    assert read
    bits, signed = 8 * field.type.size, key[1]
    low = -(1 << bits - 1) if signed else 0
    rng = Random(str(key))
    raws = (*range(low, low + (1 << min(bits, 16)), 17), low, low + (1 << bits) - 1, 0, 1)
    for raw in (*raws, *(rng.randrange(low, low + (1 << bits)) for _ in range(1000))):
        data = raw.to_bytes(field.type.size, field.type.order, signed=signed)  # type: ignore[attr-defined]
        assert repr((read(data) or {})[field.name]) == repr(field.type.read(data)), raw
