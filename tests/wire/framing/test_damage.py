"""One change anywhere in a recorded frame: it is never taken for a frame that says something else."""

from collections.abc import Iterator

import pytest

from folding import each
from recordings import Capture, frames
from wattstead.wire.frame import Frame, Framer

NEXT = b"~20024642E00202FD33\r"
HEX = b"0123456789ABCDEF"
CAPTURES = [one for one in frames() if one.values[0].device.link.framing == "ascii_hex"]


def assert_seen(framer: Framer, right: bytes, changed: bytes) -> None:
    """What the change left must be noise, and the next frame must be found."""
    found = [item.raw for item in framer.feed(changed + NEXT) if isinstance(item, Frame)]
    assert found == [NEXT], (right, changed)


def flipped(right: bytes) -> Iterator[bytes]:
    """Every change of one bit."""
    for at in range(len(right)):
        for bit in range(8):
            yield right[:at] + bytes((right[at] ^ 1 << bit,)) + right[at + 1 :]


def replaced(right: bytes, by: bytes) -> Iterator[bytes]:
    """Every change of one byte into one of these."""
    for at in range(len(right)):
        for byte in by:
            if byte != right[at]:
                yield right[:at] + bytes((byte,)) + right[at + 1 :]


def lost(right: bytes) -> Iterator[bytes]:
    """Every loss of one byte."""
    for at in range(len(right)):
        yield right[:at] + right[at + 1 :]


def grown(right: bytes) -> Iterator[bytes]:
    """Every hex digit more, at every place inside."""
    for at in range(1, len(right)):
        for byte in HEX:
            yield right[:at] + bytes((byte,)) + right[at:]


@each("capture", CAPTURES)
def test_one_changed_bit_is_always_seen(capture: Capture) -> None:
    framer = capture.device.framer()
    for changed in flipped(capture.wire):
        assert_seen(framer, capture.wire, changed)


@pytest.mark.slow
@each("capture", CAPTURES)
def test_one_changed_character_is_always_seen(capture: Capture) -> None:
    framer = capture.device.framer()
    for changed in replaced(capture.wire, HEX + b"~\r"):
        assert_seen(framer, capture.wire, changed)


@pytest.mark.slow
@each("capture", CAPTURES)
def test_one_changed_byte_is_always_seen(capture: Capture) -> None:
    """Sixteen bytes at each place, other ones at the next: characters and single bits have tests of their own."""
    framer, right = capture.device.framer(), capture.wire
    for at in range(len(right)):
        for byte in range(at % 16, 256, 16):
            if byte != right[at]:
                assert_seen(framer, right, right[:at] + bytes((byte,)) + right[at + 1 :])


@each("capture", CAPTURES)
def test_one_lost_or_added_character_is_always_seen(capture: Capture) -> None:
    framer = capture.device.framer()
    for changed in (*lost(capture.wire), *grown(capture.wire)):
        assert_seen(framer, capture.wire, changed)
