"""The framers of JBD, Daly and JK: frames, noise with its reason, and bytes that want to break them."""

import tracemalloc
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattstead.wire.frame import Frame, Framer, Noise, Why
from wattstead.wire.framing.daly import DalyFramer
from wattstead.wire.framing.jbd import JbdFramer
from wattstead.wire.framing.jk import JkFramer


@dataclass(frozen=True)
class Case:
    """A framing with two recorded frames, and with what begins them."""

    make: type[Any]
    good: bytes
    other: bytes
    mark: bytes

    def framer(self) -> Framer:
        framer: Framer = self.make()
        return framer

    @property
    def frame(self) -> Frame:
        (item,) = self.framer().feed(self.good)
        assert isinstance(item, Frame)
        return item


CASES = [
    Case(
        JbdFramer,
        bytes.fromhex("DD03001D0618000001F201F400002C7C00000000000080640304030B8B0B8A0B84FA8D77"),
        bytes.fromhex("DDA50300FFFD77"),
        b"\xdd",
    ),
    Case(
        DalyFramer,
        bytes.fromhex("A501900802100000763001F4EB"),
        bytes.fromhex("A540900800000000000000007D"),
        b"\xa5",
    ),
    Case(
        JkFramer,
        bytes.fromhex("4E5700130000000006030000000000006800000129"),
        bytes.fromhex("4E57001300000000030300850000000068000001AB"),
        b"NW",
    ),
]
case = pytest.mark.parametrize("case", CASES, ids=lambda one: one.make.__name__)
junk = st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from([0xDD, 0xA5, 0x5A, 0x01, 0x4E, 0x57, 0x00, 0x08, 0x77, 0x68, 0x40]), max_size=60).map(
        bytes
    ),
)


def feed(framer: Framer, data: bytes, size: int = 0) -> list[Frame | Noise]:
    pieces = [data[at : at + size] for at in range(0, len(data), size)] if size else [data]
    return [item for piece in pieces for item in framer.feed(piece)] + framer.silence()


def frames(items: list[Frame | Noise]) -> list[Frame]:
    return [item for item in items if isinstance(item, Frame)]


@case
def test_a_frame_is_cut_out_and_built_again(case: Case) -> None:
    for wire in (case.good, case.other):
        (frame,) = frames(feed(case.framer(), wire))
        assert frame.raw == wire
        assert case.framer().build(frame) == wire


@case
def test_every_changed_bit_under_a_check_is_noise(case: Case) -> None:
    for at in range(len(case.good)):
        if case.make is JbdFramer and at == 1:
            continue  # the register of an answer stands under no check: docs/devices/jbd.md
        for bit in range(8):
            changed = case.good[:at] + bytes((case.good[at] ^ 1 << bit,)) + case.good[at + 1 :]
            items = feed(case.framer(), changed + case.good)
            assert [frame.raw for frame in frames(items)] == [case.good], (at, bit)


@case
def test_noise_tells_why(case: Case) -> None:
    broken = case.good[:-2] + bytes((case.good[-2] ^ 1,)) + case.good[-1:]
    for data, why in ((b"hello", Why.STRAY), (broken, Why.CHECKSUM), (case.good[:-1], Why.CUT)):
        (noise,) = feed(case.framer(), data)
        assert isinstance(noise, Noise)
        assert (noise.why, noise.data) == (why, data)


@case
@given(cut=st.integers(0, 60), between=junk)
def test_a_cut_frame_hides_nothing_after_it(case: Case, cut: int, between: bytes) -> None:
    framer = case.framer()
    found = frames(framer.feed(case.good[:cut][:-1] + between + case.other))
    assert case.other in [frame.raw for frame in found], "at once, not only when the line goes quiet"


@case
@given(before=junk, inside=junk, at=st.integers(0, 40))
def test_noise_hides_no_frame(case: Case, before: bytes, inside: bytes, at: int) -> None:
    broken = case.other[:at] + inside + case.other[at:]
    found = [frame.raw for frame in frames(feed(case.framer(), before + case.good + case.good + broken + case.good))]
    assert found.count(case.good) >= 3


@case
@given(data=st.lists(st.one_of(junk, st.integers(0, 90)), max_size=8))
def test_pieces_of_any_size_give_the_same(case: Case, data: list[Any]) -> None:
    wire = b"".join(case.good[:one] if isinstance(one, int) else one for one in data)
    whole = feed(case.framer(), wire)
    for size in (1, 2, 3, 7, 64):
        assert feed(case.framer(), wire, size) == whole


@case
@given(data=st.lists(st.one_of(junk, st.integers(0, 90)), max_size=8))
def test_no_byte_is_lost_in_silence(case: Case, data: list[Any]) -> None:
    wire = b"".join(case.good[:one] if isinstance(one, int) else one for one in data)
    told = b"".join(item.raw if isinstance(item, Frame) else item.data for item in feed(case.framer(), wire))
    if case.make is DalyFramer and len(told) > len(wire):
        return  # two frames that share bytes are both told: a sum of eight bits cannot tell which is one
    assert told == wire


@case
@pytest.mark.parametrize(
    "garbage", [b"\0", b"\xdd\x03\0\xff", b"\xa5\x01\x90\x08", b"NW\x03\xf0", b"NW", bytes(range(256))]
)
def test_endless_garbage_keeps_little_memory(case: Case, garbage: bytes) -> None:
    framer = case.framer()
    piece = (garbage * 1024)[:1024]
    framer.feed(piece)
    tracemalloc.start()
    try:
        for _ in range(32):
            for item in framer.feed(piece):
                assert isinstance(item, Noise | Frame)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 16_000
    framer.silence()
    assert frames(framer.feed(case.good)) == [case.frame]
