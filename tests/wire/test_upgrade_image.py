"""The container of an image and the bytes of the transfer: what is damaged is seen, and said."""

import random
import struct
import zlib

import pytest

from wattstead.model.errors import DecodeError, EncodeError, UsageError
from wattstead.wire.frame import Frame
from wattstead.wire.upgrade import (
    MARK,
    Answer,
    Op,
    Question,
    Result,
    State,
    Status,
    Why,
    most_answer,
    pack_block,
    pack_numbers,
    read_block,
    read_echo,
    read_numbers,
)
from wattstead.wire.upgrade_image import HEAD_BYTES, MOST_BLOCK, Head, Image, parse_version
from wattstead.wire.upgrade_line import CanEar, can_frames, can_mark_question, modbus_asked, modbus_question

CONTENT = random.Random(7).randbytes(301)
IMAGE = Image.make(CONTENT, model="WS-TEST", version=(1, 2, 3), hardware=(1, 3), block_bytes=64)
FILE = IMAGE.packed()


def test_an_image_comes_back_as_it_was_made() -> None:
    assert Image.read(FILE) == IMAGE
    assert (IMAGE.head.blocks, IMAGE.head.length_of(4), len(IMAGE.block(4))) == (5, 45, 45)
    assert b"".join(map(IMAGE.block, range(5))) == CONTENT
    assert len(FILE) == HEAD_BYTES + 4 * 5 + 301
    # The layout of docs/upgrade.md, written out by hand.
    assert FILE[:7] == b"WSFW\x01\x01\x03"
    assert FILE[8:15] == b"WS-TEST"
    assert struct.unpack(">HHHHI", FILE[32:44]) == (1, 2, 3, 64, 301)
    assert int.from_bytes(FILE[124:128]) == zlib.crc32(FILE[:124])
    assert int.from_bytes(FILE[128:132]) == zlib.crc32(CONTENT[:64])


def test_every_changed_byte_and_every_cut_is_seen() -> None:
    for at in range(len(FILE)):
        with pytest.raises(DecodeError):
            Image.read(FILE[:at] + bytes((FILE[at] ^ 0x10,)) + FILE[at + 1 :])
        with pytest.raises(DecodeError, match="cut off"):
            Image.read(FILE[:at])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is cut off: 0 of the 128 bytes of its head are there"),
        (b"PK\x03\x04" + FILE[4:], "this is no image of Wattstead; makers' own files are not taken"),
        (FILE[:4] + b"\x02" + FILE[5:], "it has the format 2; this program knows format 1"),
        (FILE[:20] + b"X" + FILE[21:], "the check sum of its head is wrong"),
        (FILE[:130] + b"X" + FILE[131:], "the check sum of its table is wrong"),
        (FILE[:-1], "it is cut off: 448 of 449 bytes are there; fetch the file again"),
        (FILE + b"\0", "1 byte stands behind its end"),
        (FILE[:-1] + b"X", "1 block is damaged, the first is 4 of 5"),
    ],
)
def test_it_says_what_is_wrong(data: bytes, why: str) -> None:
    with pytest.raises(DecodeError) as error:
        Image.read(data)
    assert str(error.value).startswith(why)


def test_a_content_that_was_exchanged_with_its_check_sums_is_seen() -> None:
    other = Image.make(b"x" * 301, model="WS-TEST", version=(1, 2, 3), hardware=(1, 3), block_bytes=64)
    head = Head("WS-TEST", 1, 3, (1, 2, 3), 64, 301, IMAGE.head.sha256, other.head.table_crc)
    with pytest.raises(DecodeError, match="its SHA-256 is not that of its content"):
        Image.read(head.packed() + other.packed()[HEAD_BYTES:])


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"model": "growatt"}, "'growatt' is no model"),
        ({"hardware": (3, 1)}, "hardware 3 to 1 cannot be"),
        ({"block_bytes": 8}, "blocks of 8 bytes cannot be"),
        ({"content": b""}, "0 bytes in blocks of 64 cannot be sent"),
    ],
)
def test_an_image_that_cannot_be_is_not_made(wrong: dict[str, object], why: str) -> None:
    right = {"content": CONTENT, "model": "WS-TEST", "version": (1, 0, 0), "hardware": (1, 1), "block_bytes": 64}
    made = {**right, **wrong}
    with pytest.raises(EncodeError, match=why):
        Image.make(made.pop("content"), **made)  # type: ignore[arg-type]


def test_versions() -> None:
    assert [parse_version(text) for text in ("1.5", "0.0.1", "65535.1.2")] == [(1, 5, 0), (0, 0, 1), (65535, 1, 2)]
    for text in ("1", "v1.2", "1.2.3.4", "65536.0", "1.-2", ""):
        with pytest.raises(UsageError, match="is no version"):
            parse_version(text)


def test_questions_and_answers_come_back_and_every_changed_bit_is_seen() -> None:
    question = Question(Op.BLOCK, 513, 0xDEADBEEF, pack_block(258, b"abc"))
    answer = Answer(Op.BLOCK, 513, 0xDEADBEEF, Result.OK, b"\x01\x02")
    assert question.packed()[:8].hex(" ") == "01 12 02 01 de ad be ef"
    assert answer.packed()[:9].hex(" ") == "01 92 02 01 de ad be ef 00"
    for read, one in ((Question.read, question), (Answer.read, answer)):
        data = one.packed()
        assert read(data) == one
        for bit in range(8 * len(data)):
            broken = bytearray(data)
            broken[bit // 8] ^= 1 << bit % 8
            with pytest.raises(DecodeError):
                read(bytes(broken))
    assert answer.answers(question)
    assert not answer.answers(Question(Op.BLOCK, 514, 0xDEADBEEF))
    with pytest.raises(DecodeError, match="this is an answer"):
        Question.read(answer.packed())
    with pytest.raises(DecodeError, match="this is no answer"):
        Answer.read(question.packed())


def test_contents_come_back() -> None:
    status = Status(
        *(State.TRIAL, 1, 77, Why.ACTIVATED, "WS-TEST", 2, (1, 2, 3), b"a" * 32, (1, 0, 9), b"b" * 32, b"c" * 32),
        *(300, 299, "SN-1", 192, 262144),
    )
    assert Status.read(status.packed()) == status
    assert most_answer(Op.STATUS) == len(Answer(Op.STATUS, 0, 0, 0, status.packed()).packed())
    assert read_block(pack_block(65535, b"x")) == (65535, b"x")
    assert read_numbers(pack_numbers(list(range(500)))) == tuple(range(96))
    for broken in (read_block, read_echo, Status.read):
        with pytest.raises(DecodeError):
            broken(b"\0\1\2")
    with pytest.raises(DecodeError):
        read_block(pack_block(3, b"abc")[:-1] + b"X")


def test_the_longest_question_fits_a_frame_and_nothing_else_is_taken_for_one() -> None:
    question = Question(Op.BLOCK, 1, 2, pack_block(1, bytes(MOST_BLOCK))).packed()
    payload = modbus_question(question, Op.BLOCK)
    assert len(payload) + 4 <= 256
    assert modbus_asked(Frame(1, 0x17, payload)) == question
    for other in (payload[:-1], b"\0" + payload[1:], payload[:4] + b"\0\0" + payload[6:], b""):
        assert modbus_asked(Frame(1, 0x17, other)) is None
    assert modbus_asked(Frame(1, 0x03, bytes.fromhex("00 13 00 04"))) is None
    assert modbus_asked(Frame(1, 0x10, payload)) is None


def test_rows_of_can_frames_survive_each_other_and_junk() -> None:
    chance, ear = random.Random(3), CanEar()
    said = [chance.randbytes(size) for size in (1, 5, 6, 7, 200, 400)]
    rows = [can_frames(data, tag, 1, answers=bool(tag % 2)) for tag, data in enumerate(said, 1)]
    mixed = [frame for _, frame in sorted((k / len(row), frame) for row in rows for k, frame in enumerate(row))]
    found = [one for frame in mixed for one in ear.feed(frame)]
    assert {one.tag: one.data for one in found} == dict(enumerate(said, 1))
    assert all(one.answers == bool(one.tag % 2) for one in found)
    (mark,) = ear.feed(can_mark_question(9, 4))
    assert (mark.tag, mark.address, mark.mark, mark.data) == (9, 4, True, b"")
    for _ in range(3000):
        ear.feed(chance.randbytes(chance.randrange(20)))
        assert len(ear._rows) <= 8
    ear = CanEar()
    whole = rows[4]
    assert not [one for frame in (*whole[:3], *whole[4:]) for one in ear.feed(frame)], "one frame is missing"
    assert [one.data for frame in whole for one in ear.feed(frame)] == [said[4]]
    assert len(MARK) == 16
