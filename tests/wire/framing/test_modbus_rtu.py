"""The RTU framer: a good frame is found whatever surrounds it, in pieces of any size; a broken one is never taken."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folding import each
from wattstead.model.errors import EncodeError
from wattstead.wire.frame import Frame, Noise, Why
from wattstead.wire.framing.modbus_rtu import LONGEST, ModbusRtuFramer, crc16, is_whole


def ended(text: str) -> bytes:
    """Give the bytes with their CRC."""
    body = bytes.fromhex(text)
    return body + crc16(body).to_bytes(2, "little")


ASK = bytes.fromhex("01 04 10 00 00 12 74 C7")
ASK_COILS = bytes.fromhex("01 01 12 00 00 90 39 1E")
REPLY = bytes.fromhex("01 04 22 14CDFF776B4080E80122034003E7000A0CFF0B7F0D000CFF0B810B7E000000B400B4 D32E")
SMALL = bytes.fromhex("00 01 0A 01 00 00 00 00 00 00 43 00 00 7F E1")
NO = bytes.fromhex("00 84 02 93 01")
WRITE = ended("00 10 13 0D 00 02 04 0E 10 0C 1C")
WRITTEN = ended("00 10 13 0D 00 02")
IDENTITY = ended("01 2B 0E 01 01 00 00 02 00 03 41 42 43 01 02 44 45")
ALL = (ASK, ASK_COILS, REPLY, SMALL, NO, WRITE, WRITTEN, IDENTITY)


def fed(data: bytes, size: int) -> list[Frame | Noise]:
    """Feed in pieces of that size, then let the line go quiet."""
    framer = ModbusRtuFramer()
    found = [item for at in range(0, len(data), size) for item in framer.feed(data[at : at + size], float(at))]
    return found + framer.silence()


def frames(items: list[Frame | Noise]) -> list[bytes]:
    return [item.raw for item in items if isinstance(item, Frame)]


def all_bytes(items: list[Frame | Noise]) -> bytes:
    return b"".join(item.raw if isinstance(item, Frame) else item.data for item in items)


def test_the_crc_is_that_of_the_standard() -> None:
    assert crc16(b"123456789") == 0x4B37
    assert all(is_whole(one) for one in ALL)


@pytest.mark.parametrize("frame", ALL, ids=bytes.hex)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 16, 300])
def test_a_frame_is_found_before_the_line_goes_quiet(frame: bytes, size: int) -> None:
    framer = ModbusRtuFramer()
    found = [item for at in range(0, len(frame), size) for item in framer.feed(frame[at : at + size], 1.5)]
    assert [(item.raw, item.address, item.command, item.payload) for item in found if isinstance(item, Frame)] == [
        (frame, frame[0], frame[1], frame[2:-2])
    ]
    assert framer.build(found[0]) == frame if isinstance(found[0], Frame) else False
    assert framer.silence() == []


@each(("first", "second"), list(product(ALL, ALL)))
def test_two_glued_frames_are_two(first: bytes, second: bytes) -> None:
    for size in (1, 5, 16, 300):
        assert frames(fed(first + second, size)) == [first, second]


@each(("cut", "good"), list(product(ALL, ALL)))
def test_a_cut_frame_does_not_hide_the_next_good_one(cut: bytes, good: bytes) -> None:
    for kept in range(1, len(cut)):
        broken = cut[:kept]
        if any(is_whole(broken + good[:more]) for more in range(len(good))):
            continue  # with the first bytes of the next one it is a frame: no check can see that
        found = fed(broken + good, 300)
        assert frames(found) == [good], kept
        assert all_bytes(found) == broken + good


def test_a_good_frame_behind_a_cut_one_is_told_at_once() -> None:
    framer = ModbusRtuFramer()
    noise, frame = framer.feed(REPLY[:20] + SMALL)
    assert isinstance(noise, Noise)
    assert (noise.why, noise.address, noise.data) == (Why.CUT, 1, REPLY[:20])
    assert isinstance(frame, Frame)


@settings(max_examples=300)
@given(before=st.binary(max_size=20), good=st.sampled_from(ALL), after=st.binary(max_size=20), size=st.integers(1, 40))
def test_noise_around_a_good_frame(before: bytes, good: bytes, after: bytes, size: int) -> None:
    data = before + good + after
    found = fed(data, size)
    assert all_bytes(found) == data
    assert all(is_whole(raw) for raw in frames(found))
    overlapping = any(
        is_whole(data[start:end])
        for start in range(len(before) + 1)
        for end in range(len(before) + 1, len(data) + 1)
        if (start, end) != (len(before), len(before) + len(good))
    )
    assert good in frames(found) or overlapping


@given(data=st.binary(max_size=2000), size=st.integers(1, 700))
@settings(max_examples=100, deadline=None)
def test_anything_at_all_gives_back_its_bytes(data: bytes, size: int) -> None:
    assert all_bytes(fed(data, size)) == data


def test_it_keeps_little_however_much_comes() -> None:
    framer = ModbusRtuFramer()
    for _ in range(50):
        framer.feed(b"\x01\x10\x00\x00\x00\x7b\xff" * 40)
        assert len(framer._pending) <= 2 * LONGEST + LONGEST


def test_a_function_that_nobody_knows_ends_with_its_piece() -> None:
    frame = ended("05 65 01 02 03 04 05 06 07")
    assert frames(ModbusRtuFramer().feed(frame)) == [frame]
    assert frames(fed(frame[:-1], 300)) == []


def test_the_first_bytes_of_a_long_frame_may_look_like_a_short_one() -> None:
    """A reply whose first eight bytes have a right CRC by chance is still one reply."""
    head = bytes.fromhex("01 04 10 00 00 12")  # as a reply: 16 bytes of data, of which these are the first
    long = head + crc16(head).to_bytes(2, "little") + bytes(11)
    long += crc16(long).to_bytes(2, "little")
    assert len(long) == 5 + 0x10
    assert frames(ModbusRtuFramer().feed(long)) == [long]
    framer = ModbusRtuFramer()
    assert frames(framer.feed(long[:16]) + framer.feed(long[16:])) == [long]


@pytest.mark.parametrize("frame", ALL, ids=bytes.hex)
def test_one_changed_bit_is_always_seen(frame: bytes) -> None:
    for at, bit in product(range(len(frame)), range(8)):
        changed = frame[:at] + bytes((frame[at] ^ 1 << bit,)) + frame[at + 1 :]
        found = frames(fed(changed + ASK, 300))
        assert found == [ASK], (at, bit)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(EncodeError, match="300 bytes do not fit a Modbus frame; it carries 252 at most"):
        ModbusRtuFramer().build(Frame(1, 4, bytes(300)))
