"""The quick way through a frame of a CAN bus says what the way through all layouts says, for every message."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folding import each
from wattstead.catalog.profile import Profile, load_profile, profile_names
from wattstead.model.errors import DecodeError
from wattstead.wire.can_quick import Means, reader
from wattstead.wire.can_signal import CanMessage, CanNumber, run
from wattstead.wire.codec import Codec, Said
from wattstead.wire.field import Text
from wattstead.wire.frame import Frame
from wattstead.wire.framing.can import EXTENDED
from wattstead.wire.layout import Field

PROFILES = [name for name in profile_names() if name.endswith("-can")]
MESSAGES = [
    pytest.param(load_profile(name), message, id=f"{name}/{message.name}")
    for name in PROFILES
    for message in load_profile(name).dialect.messages
    if isinstance(message, CanMessage)
]


def understood(codec: Codec, frame: Frame) -> Said | str:
    try:
        return codec.understand(frame)
    except DecodeError as error:
        return str(error)


def both_ways(profile: Profile, frame: Frame) -> tuple[Said | str, Said | str]:
    quick, slow = profile.codec(), profile.codec()
    slow._at_once = None
    return understood(quick, frame), understood(slow, frame)


@pytest.mark.parametrize("name", PROFILES)
@settings(max_examples=40)
@given(payload=st.one_of(st.binary(max_size=8), st.binary(min_size=8, max_size=8), st.just(bytes(8))))
def test_both_ways_say_the_same(name: str, payload: bytes) -> None:
    profile = load_profile(name)
    for message in profile.dialect.messages:
        assert isinstance(message, CanMessage)
        frame = Frame(0, message.command, payload, kind=EXTENDED if message.extended else 0)
        one, other = both_ways(profile, frame)
        # repr: 1 and 1.0 and True are told apart, and -0.0
        assert repr(one) == repr(other), message.name


@each(("profile", "message"), MESSAGES)
def test_whole_frames_take_the_quick_way(profile: Profile, message: CanMessage) -> None:
    frame = Frame(0, message.command, bytes(message.length), kind=EXTENDED if message.extended else 0)
    quick = profile.dialect.family.at_once(profile.dialect.told)
    assert quick is not None
    found = quick(frame)
    assert found is not None
    assert found[0] is message


def test_frames_of_others_leave_no_trace() -> None:
    profile = load_profile("pylontech-can")
    family = profile.dialect.family
    quick = family.at_once(frozenset({"a set of its own"}))
    assert quick is not None
    for command in range(0x400, 0x7FF):
        quick(Frame(0, command, bytes(8)))
        quick(Frame(0, command, bytes(8), kind=EXTENDED))
    quick(Frame(0, 0x351, bytes(8), kind=EXTENDED))
    quick(Frame(0, 0x351, b"", version=1))
    assert not quick.__self__._readers  # type: ignore[attr-defined]


@settings(max_examples=300)
@given(
    bits=st.integers(1, 40),
    signed=st.booleans(),
    scale=st.sampled_from((1.0, -1.0, 0.1, -0.1, 0.01, 0.001, 0.5, 0.25, 10.0, 0.4, -0.02)),
    offset=st.sampled_from((0.0, -40.0, 0.5, -273.1, 1000.0)),
    raw=st.integers(0, (1 << 40) - 1),
)
def test_numbers_are_those_that_rounding_gives(bits: int, signed: bool, scale: float, offset: float, raw: int) -> None:
    bits = bits if not signed else 8 * max(1, bits // 8)
    raw &= (1 << bits) - 1
    digits = 3
    kind = CanNumber(-(-bits // 8), signed, scale, offset, digits, None, bits=bits)
    message = CanMessage("one", 1, (), (Field("it", kind, "it", optional=True),), slots=(run(0, bits, "little"),))
    size = message.slots[0].end
    made = reader(message, size, Means(frozenset()))
    assert made is not None
    record, values, active = made(raw.to_bytes(size, "little"))
    assert repr(record["it"]) == repr(kind.read(raw.to_bytes(kind.size)))
    assert (values, active) == (record, None)


def test_a_name_of_a_profile_is_never_taken_for_a_program() -> None:
    name = "a'\"]\n    raise SystemExit  # "
    message = CanMessage("one", 1, (), (Field(name, Text(2), name, optional=True),), slots=(run(7, 16, "big"),))
    made = reader(message, 2, Means(frozenset()))
    assert made is not None
    assert made(b"WS") == ({name: "WS"}, {name: "WS"}, None)
