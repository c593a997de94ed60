"""The quick ways through a layout give what the walk gives, or leave it to the walk."""

from random import Random
from typing import Any

import pytest

from recordings import captures
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.model.errors import DecodeError
from wattstead.wire.field import Number
from wattstead.wire.fixed import plan_of, unpacking
from wattstead.wire.layout import Field, fields_of
from wattstead.wire.quick import quick_of
from wattstead.wire.read import _Reader

LAYOUTS = [
    pytest.param(parts, id=f"{name}-{message.name}-{side}")
    for name in profile_names()
    for message in load_profile(name).dialect.messages
    for side, parts in (("request", message.request), ("reply", message.reply))
    if parts and (plan_of(parts) or quick_of(parts))
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
    """Real ones, with bytes changed, and zeros of every size: something of that fits most layouts."""
    rng = Random(name)
    changed = []
    for real in rng.sample(REAL, 40):
        data = bytearray(real)
        data[rng.randrange(len(data))] = rng.choice((0, 1, 2, 4, 16, 0x7F, 0x80, 0xFF))
        changed += [bytes(data), bytes(data[1:]), bytes(data[: rng.randrange(len(data))])]
    return [*REAL, *changed, *(bytes(size) for size in range(256)), *(rng.randbytes(size) for size in range(256))]


@pytest.mark.parametrize("parts", LAYOUTS)
def test_both_ways_give_the_same(parts: Any, request: pytest.FixtureRequest) -> None:
    way = plan_of(parts) or quick_of(parts)
    assert way
    for payload in payloads(request.node.name):
        quick = way.read(payload)
        if quick is not None:
            assert repr(quick) == repr(walked(parts, payload)), payload.hex(" ")


def test_most_layouts_have_a_quick_way_and_read_real_payloads_by_it() -> None:
    told = [one for one in captures() if one.kind == "frame" and one.said.get("direction") == "reply" and one.packs]
    quick = 0
    for one in told:
        family, message = one.device.dialect.family, one.device.dialect.message(one.said["message"])
        try:
            content = family.content(one.frame, message)
        except DecodeError:
            continue
        message = family.shaped(one.frame, message)
        way = plan_of(message.reply) or quick_of(message.reply)
        quick += way is not None and way.read(content) is not None
    assert quick > 0.6 * len(told)


NUMBERS = {
    (kind.size, kind.signed, kind.scale, kind.offset, kind.digits): field
    for name in profile_names()
    for message in load_profile(name).dialect.messages
    for field in fields_of((*message.request, *message.reply))
    if type(kind := field.type) is Number and not kind.whole and kind.absent is None and kind.order == "big"
}


@pytest.mark.parametrize("key", NUMBERS, ids=str)
def test_a_number_divided_is_the_number_rounded(key: tuple[Any, ...]) -> None:
    """All raw values of two bytes; of four those at the ends and at random."""
    field: Field = NUMBERS[key]
    code, make = unpacking(field)
    assert make
    bits, signed = 8 * field.type.size, key[1]
    low = -(1 << bits - 1) if signed else 0
    rng = Random(str(key))
    raws = range(low, low + (1 << bits)) if bits <= 16 else (low, low + (1 << bits) - 1, 0, 1)
    for raw in (*raws, *(rng.randrange(low, low + (1 << bits)) for _ in range(3000))):
        data = raw.to_bytes(field.type.size, signed=signed)
        wanted = field.type.read(data)
        made = make(data) if code.endswith("s") else make(raw)
        assert repr(made) == repr(wanted), raw
