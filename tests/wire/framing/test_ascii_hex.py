"""The framer of the ASCII-hex family: frames, noise with its reason, and bytes that want to break it."""

import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wattstead.model.errors import EncodeError
from wattstead.wire.frame import Frame, Noise, Why
from wattstead.wire.framing.ascii_hex import AsciiHexFramer, checksum, length_field

GOOD = b"~20024642E00202FD33\r"
GOOD_FRAME = Frame(2, 0x42, b"\x02", 0x20, 0x46, GOOD)
OTHER = b"~200046040000FDB0\r"
QUIET = b"\r\n\0"
SPECIAL = b"~\r\n\0 0123456789ABCDEFabcdef"

junk = st.one_of(st.binary(max_size=80), st.lists(st.sampled_from(SPECIAL), max_size=80).map(bytes))
digits = st.text("0123456789ABCDEF", max_size=40).map(str.encode)
right_length = digits.map(lambda info: b"%04X%b" % (length_field(len(info)), info))
forged = st.builds(
    lambda head, body: b"~%b%b%04X\r" % (head, body, checksum(head + body)),
    st.binary(min_size=4, max_size=4).map(lambda head: head.hex().upper().encode()) | digits,
    right_length | digits,
)
"""Texts whose CHKSUM is always right, and LENGTH mostly: every other check has to stand by itself."""


def feed(data: bytes, *, size: int = 0) -> list[Frame | Noise]:
    """Feed a framer in pieces of that size, 0 for all at once, and let the line go quiet."""
    framer = AsciiHexFramer()
    pieces = [data[at : at + size] for at in range(0, len(data), size)] if size else [data]
    return [item for piece in pieces for item in framer.feed(piece)] + framer.silence()


def frames(items: list[Frame | Noise]) -> list[Frame]:
    return [item for item in items if isinstance(item, Frame)]


def test_a_frame_is_cut_out_and_built_again() -> None:
    assert feed(GOOD) == [GOOD_FRAME]
    assert AsciiHexFramer().build(GOOD_FRAME) == GOOD


def test_the_checks_of_the_documents() -> None:
    assert checksum(b"20004642E00200") == 0xFD37
    assert checksum(b"1203400456ABCEFE") == 0xFC71, "FC72 is printed: a misprint"
    assert checksum(b"1203400456ABCDFE") == 0xFC72
    assert checksum(b"") == 0, "the complement of 0 is 0, not 10000"
    assert (length_field(0), length_field(2), length_field(18)) == (0x0000, 0xE002, 0xD012)


def test_the_longest_payload_is_2047_bytes() -> None:
    framer = AsciiHexFramer()
    (frame,) = frames(framer.feed(framer.build(Frame(1, 0x42, bytes(2047)))))
    assert len(frame.payload) == 2047
    with pytest.raises(EncodeError, match=r"a payload of 2048 bytes does not fit; the protocol carries 2047 at most"):
        framer.build(Frame(1, 0x42, bytes(2048)))


@pytest.mark.parametrize(
    ("data", "why", "address"),
    [
        (b"hello\r", Why.STRAY, None),
        (b"20024642E00202FD33\r", Why.STRAY, None),
        (b"~20024642\r", Why.CUT, 2),
        (b"~2\r", Why.CUT, None),
        (b"~20024642E00202FD", Why.CUT, 2),
        (b"~200a4642E00202FD33\r", Why.CHARACTER, None),
        (b"~2002 4642E00202FD33\r", Why.CHARACTER, 2),
        (b"~20024642F00202FD32\r", Why.LENGTH, 2),
        (b"~20024642E0020202FCD1\r", Why.LENGTH, 2),
        (b"~20024642F00102FD33\r", Why.LENGTH, 2),
        (b"~20024642F0010FD65\r", Why.LENGTH, 2),  # half a byte, and both checks are right
        (b"~20024642E00202FD34\r", Why.CHECKSUM, 2),
        (b"~20024642E00203FD33\r", Why.CHECKSUM, 2),
        (b"~2002" + b"0" * 5000, Why.TOO_LONG, 2),
    ],
)
def test_noise_tells_why_and_whom_it_named(data: bytes, why: Why, address: int | None) -> None:
    first = feed(data)[0]
    assert isinstance(first, Noise)
    assert (first.why, first.address) == (why, address)


def test_what_lies_quietly_between_frames_is_no_noise() -> None:
    assert feed(b"\n\0\r" + GOOD + b"\r\n\0\0" + GOOD + b"\n") == [GOOD_FRAME, GOOD_FRAME]


def test_items_carry_the_time_of_the_bytes_that_completed_them() -> None:
    framer = AsciiHexFramer()
    assert framer.feed(GOOD[:5], 1.0) == []
    assert [item.at for item in framer.feed(GOOD[5:] + b"x\r~", 2.0)] == [2.0, 2.0]
    assert [item.at for item in framer.silence(3.0)] == [3.0]
    assert framer.silence(4.0) == []


def test_two_requests_in_one_piece_are_two() -> None:
    assert feed(GOOD + OTHER)[0] == GOOD_FRAME
    assert len(frames(feed(GOOD + OTHER))) == 2


@given(cut=st.integers(0, len(GOOD)), between=junk)
def test_a_cut_frame_hides_nothing_after_it(cut: int, between: bytes) -> None:
    assert frames(feed(OTHER[:cut] + between + GOOD))[-1] == GOOD_FRAME


@given(before=junk, inside=junk, after=junk, at=st.integers(0, len(OTHER)))
def test_noise_before_inside_and_after_a_frame_hides_no_frame(
    before: bytes, inside: bytes, after: bytes, at: int
) -> None:
    broken = OTHER[:at] + inside + OTHER[at:]
    found = frames(feed(before + GOOD + after + b"\r" + GOOD + broken + GOOD))
    assert found.count(GOOD_FRAME) >= 3
    assert found[-1] == GOOD_FRAME


@given(data=st.lists(st.one_of(junk, forged, st.sampled_from([GOOD, OTHER, GOOD[:9]])), max_size=8).map(b"".join))
@example(data=b"~2002" + b"0" * 4110 + b"\r" + GOOD)
@example(data=b"\n" * 5000 + b"x" * 4200 + b"\0\0" + GOOD)
def test_pieces_of_any_size_give_the_same(data: bytes) -> None:
    whole = feed(data)
    for size in (1, 2, 3, 7, 64):
        assert feed(data, size=size) == whole


@given(data=st.lists(st.one_of(junk, forged, st.just(GOOD)), max_size=6).map(b"".join))
def test_no_byte_is_lost_in_silence(data: bytes) -> None:
    told = b"".join(item.raw if isinstance(item, Frame) else item.data for item in feed(data))
    assert told.translate(None, QUIET) == data.translate(None, QUIET)


@given(data=forged)
@example(data=b"~20024642F0010FD65\r")
def test_a_right_checksum_alone_makes_no_frame(data: bytes) -> None:
    """What passes as a frame can be built again to the same bytes; all else is noise, and the next frame is found."""
    framer = AsciiHexFramer()
    first, last = framer.feed(data + GOOD)
    assert last == GOOD_FRAME
    if isinstance(first, Frame):
        assert framer.build(first) == data
    else:
        assert first.data == data
        assert first.why in (Why.CUT, Why.LENGTH)


@given(info=digits)
def test_half_a_byte_is_never_a_frame(info: bytes) -> None:
    text = b"20024642%04X%b" % (length_field(len(info)), info)
    (item,) = feed(b"~%b%04X\r" % (text, checksum(text)))
    assert isinstance(item, Noise if len(info) % 2 else Frame)


@given(data=st.binary(max_size=300))
def test_random_bytes_make_no_frame(data: bytes) -> None:
    assert not frames(feed(data))


@pytest.mark.parametrize("garbage", [b"~", b"0", b"x", b"\0", b"\r", b"~0", b"x\r", bytes(range(256))])
def test_endless_garbage_keeps_little_memory(garbage: bytes) -> None:
    framer = AsciiHexFramer()
    piece = (garbage * 1024)[:1024]
    framer.feed(piece)
    tracemalloc.start()
    try:
        for _ in range(64):
            for item in framer.feed(piece):
                assert isinstance(item, Noise)
                assert len(item.data) <= 4200
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 16_000
    framer.feed(b"\r")
    assert frames(framer.feed(GOOD)) == [GOOD_FRAME]


def test_swapped_characters_pass_the_checksum_which_is_where_it_ends() -> None:
    """A sum knows no order: docs/profiles.md says so to whoever relies on it."""
    right, swapped = b"~20024642E00212FD32\r", b"~20024642E00221FD32\r"
    assert [frame.payload for frame in frames(feed(right + swapped))] == [b"\x12", b"\x21"]


def test_two_changes_that_cancel_each_other_pass_the_checksum_too() -> None:
    assert [frame.payload for frame in frames(feed(b"~20024642E00221FD32\r~20024642E00230FD32\r"))] == [
        b"\x21",
        b"\x30",
    ]
