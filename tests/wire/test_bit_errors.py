"""One flipped bit in any recorded frame with a check: refused, or read as the same values. Over all profiles.

What counts is what a host would take: an answer to its question, of the device that it asked.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from folding import each
from recordings import Capture, captures
from wattstead.model.errors import DecodeError, Refused
from wattstead.wire.codec import Codec, Question, Said
from wattstead.wire.frame import Frame
from wattstead.wire.framing import solarman_v5
from wattstead.wire.framing.solarman_payload import understand
from wattstead.wire.framing.solarman_v5 import SolarmanV5Framer, V5Frame
from wattstead.wire.sh367309.twi import Transaction, parse, read_frame, write_frame
from wire.test_captures import asked

UNCHECKED = {"can", "console"}
"""The bus itself checks CAN frames; a console has no check."""
FEW = 240
"""Bits of a frame that the quick part flips; the slow one flips all."""

CHECKED = [
    one for one in captures() if one.kind == "frame" and one.device.link.framing not in UNCHECKED and one.said["bytes"]
]
LONG = [one for one in CHECKED if 8 * len(one.wire) > FEW]


def flips(data: bytes, bits: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    for bit in bits:
        yield bit, data[: bit // 8] + bytes((data[bit // 8] ^ 1 << bit % 8,)) + data[bit // 8 + 1 :]


def some_of(data: bytes) -> Iterable[int]:
    """All bits of a short frame; of a long one each so many-th, and those of its head and its check."""
    total = 8 * len(data)
    if total <= FEW:
        return range(total)
    step = total // FEW + 1 | 1  # an odd step passes through all places of a byte
    return sorted({*range(32), *range(total - 32, total), *range(0, total, step)})


def taken(capture: Capture, codec: Codec, data: bytes, question: Question | None) -> list[Any]:
    """Give what a host takes of these bytes as the answer, or a device as a request."""
    framer = capture.device.framer()
    items = [item for item in framer.feed(data) + framer.silence() if isinstance(item, Frame)]
    return [one for one in (_meaning(codec, item, question) for item in items) if one is not None]


def _meaning(codec: Codec, frame: Frame, question: Question | None) -> Any:
    if question is None:
        try:
            heard = codec.hear(frame)
        except Refused:
            return None
        return heard.message.name, heard.address, heard.record
    if frame.address != question.address:
        return None
    try:
        said: Said = codec.understand(frame, question)
    except Refused as no:
        return "refused", no.reason
    except DecodeError:
        return None
    if said.direction != "reply" or (said.message and said.message.name != question.message.name):
        return None
    return said.address, said.record, [(one.values, one.active) for one in said.packs]


def _question(capture: Capture, codec: Codec) -> Question:
    """Give what a reply answers; a refusal may be one of anything."""
    if "after" in capture.said or "message" in capture.said:
        return asked(capture, codec)
    return Question(codec.dialect.message(capture.device.link.probe), capture.frame.address)


def check(capture: Capture, bits: Iterable[int]) -> None:
    codec = capture.device.codec()
    is_request = capture.said["direction"] == "request"
    question = None if is_request else _question(capture, codec)
    right = taken(capture, codec, capture.wire, question)
    for bit, changed in flips(capture.wire, bits):
        found = taken(capture, codec, changed, question)
        assert found in ([], right), f"bit {bit}: {changed.hex(' ')}"


@each("capture", CHECKED, ids=str)
def test_a_flipped_bit_never_gives_other_values(capture: Capture) -> None:
    check(capture, some_of(capture.wire))


@pytest.mark.slow
@each("capture", LONG, ids=str)
def test_no_flipped_bit_of_a_long_frame_gives_other_values(capture: Capture) -> None:
    check(capture, range(8 * len(capture.wire)))


def test_frames_of_stick_loggers() -> None:
    """A byte sum sees each flipped bit; one in the mark, the length or the end leaves no frame."""
    rtu = bytes.fromhex("01 03 0C 32 34 30 31 31 31 31 32 31 33 00 00 B8 A4")
    data = solarman_v5.build(V5Frame(0x1510, 3112345678, bytes((2, 1)) + bytes(12) + rtu, 1, 13))
    (right,) = SolarmanV5Framer().feed(data)
    assert isinstance(right, V5Frame)
    for bit, changed in flips(data, range(8 * len(data))):
        framer = SolarmanV5Framer()
        found = [one for one in framer.feed(changed) + framer.silence() if isinstance(one, V5Frame)]
        assert not found or [understand(one) for one in found] == [understand(right)], bit


@pytest.mark.parametrize("data", [write_frame(0x05, 0xA5), read_frame(0x43, bytes(range(0x20)))])
def test_exchanges_with_the_front_end(data: bytes) -> None:
    right = parse(data)
    for bit, changed in flips(data, range(8 * len(data))):
        found: Transaction | None = None
        try:
            found = parse(changed)
        except DecodeError:
            continue
        assert found == right, bit
