"""What is said while an image is transferred: questions of the tool and answers of a boot loader, as bytes.

THE TRANSFER IS THIS PROJECT'S OWN: no maker publishes one. Only boot loaders of this project answer it.

::

    question   version (1) · operation · number, 2 · session, 4 ·          content · CRC-32 of all before, 4
    answer     version (1) · operation + 80H · number, 2 · session, 4 · result, 1 · content · CRC-32, 4

An answer repeats number and session of its question. How these bytes travel says ``upgrade_line``.
"""

import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from wattstead.model.errors import DecodeError
from wattstead.wire.upgrade_image import Version

MARK: Final = b"WATTSTEAD LOADER"
"""What a boot loader answers to the one question that may be put to any device."""
_VERSION: Final = 1
_ANSWER: Final = 0x80
_HEAD: Final = struct.Struct(">BBHI")
MOST_TEXT: Final = 160
MISSING_AT_ONCE: Final = 96
"""So many numbers of missing blocks one answer carries."""


class Op(IntEnum):
    """Operations. STATUS and MISSING only read; all others need the lease that TAKE gives."""

    STATUS = 0x01
    MISSING = 0x02
    TAKE = 0x10
    OPEN = 0x11
    BLOCK = 0x12
    VERIFY = 0x13
    ACTIVATE = 0x14
    CONFIRM = 0x15
    ROLLBACK = 0x16
    CLOSE = 0x17


class Result(IntEnum):
    """What an answer says."""

    OK = 0
    BUSY = 1  # another tool has the lease; the content says for how long, ms
    NO_LEASE = 2
    WRONG_MODEL = 3
    WRONG_HARDWARE = 4
    TOO_LARGE = 5
    OLDER = 6  # and nobody said that this is meant
    NOT_READY = 7  # the state of the battery; the content says it in words
    BAD_BLOCK = 8
    NO_TRANSFER = 9
    INCOMPLETE = 10
    WRONG_HASH = 11
    MEMORY = 12
    UNKNOWN = 13
    NO_OTHER_IMAGE = 14
    BAD_HEAD = 15
    IN_TRIAL = 16


class State(IntEnum):
    """What a boot loader is at."""

    IDLE = 0
    RECEIVING = 1
    COMPLETE = 2  # the slot that does not run holds a whole image
    TRIAL = 3  # the new image runs and waits to be confirmed
    NO_IMAGE = 4  # neither slot holds one that can run


class Why(IntEnum):
    """Why the image runs that runs."""

    USUAL = 0
    ACTIVATED = 1
    NOT_CONFIRMED = 2  # the new one was not confirmed in time, or the power failed before
    DID_NOT_START = 3
    BROKEN = 4  # the other one is
    ASKED = 5  # somebody asked for the way back


@dataclass(frozen=True, slots=True)
class Question:
    """One question. number: counts them. session: of the tool, by chance."""

    op: int
    number: int
    session: int
    content: bytes = b""

    def packed(self) -> bytes:
        return _sealed(_HEAD.pack(_VERSION, self.op, self.number, self.session) + self.content)

    @classmethod
    def read(cls, data: bytes) -> "Question":
        """Raises DecodeError for what is none."""
        op, number, session, content = _opened(data)
        if op & _ANSWER:
            raise DecodeError("this is an answer")
        return cls(op, number, session, content)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer."""

    op: int
    number: int
    session: int
    result: int
    content: bytes = b""

    def packed(self) -> bytes:
        head = _HEAD.pack(_VERSION, self.op | _ANSWER, self.number, self.session)
        return _sealed(head + bytes((self.result,)) + self.content)

    @classmethod
    def read(cls, data: bytes) -> "Answer":
        """Raises DecodeError for what is none."""
        op, number, session, content = _opened(data)
        if not op & _ANSWER or not content:
            raise DecodeError("this is no answer")
        return cls(op & ~_ANSWER, number, session, content[0], content[1:])

    def answers(self, question: Question) -> bool:
        return (self.op, self.number, self.session) == (question.op, question.number, question.session)


def _sealed(data: bytes) -> bytes:
    return data + zlib.crc32(data).to_bytes(4)


def _opened(data: bytes) -> tuple[int, int, int, bytes]:
    if len(data) < _HEAD.size + 4 or zlib.crc32(data[:-4]) != int.from_bytes(data[-4:]):
        raise DecodeError("it is cut or broken")
    version, op, number, session = _HEAD.unpack(data[: _HEAD.size])
    if version != _VERSION:
        raise DecodeError(f"it is of version {version} of the transfer; this program speaks {_VERSION}")
    return op, number, session, data[_HEAD.size : -4]


# The content of answers and questions.

_STATUS: Final = struct.Struct(">BBIB24sB3H32sB3H32s32sHH16sHI")


@dataclass(frozen=True, slots=True)
class Status:
    """What a boot loader says of itself.

    boots: how often it has begun, ever. running: the image that runs; sha256 is empty where none does. other: in the
    other slot, None where there is none that could run. coming: SHA-256 of the image that is being received, or is
    there and does not run; empty for none. blocks, held: of that image. most_block, slot_bytes: what the device takes.
    """

    state: State
    slot: int
    boots: int
    why: Why
    model: str
    hardware: int
    version: Version
    sha256: bytes
    other_version: Version | None
    other_sha256: bytes
    coming: bytes
    blocks: int
    held: int
    serial: str
    most_block: int
    slot_bytes: int

    def packed(self) -> bytes:
        other = self.other_version
        return _STATUS.pack(
            self.state,
            self.slot,
            self.boots,
            self.why,
            self.model.encode("ascii"),
            self.hardware,
            *self.version,
            self.sha256,
            other is not None,
            *(other or (0, 0, 0)),
            self.other_sha256,
            self.coming,
            self.blocks,
            self.held,
            self.serial.encode("ascii", "replace")[:16],
            self.most_block,
            self.slot_bytes,
        )

    @classmethod
    def read(cls, content: bytes) -> "Status":
        """Raises DecodeError for what is none."""
        if len(content) < _STATUS.size:
            raise DecodeError(f"a status of {len(content)} bytes is too short; it has {_STATUS.size}")
        one = _STATUS.unpack(content[: _STATUS.size])
        try:
            state, why = State(one[0]), Why(one[3])
        except ValueError as error:
            raise DecodeError(f"a status with a state that is not known: {error}") from None
        return cls(
            state,
            one[1],
            one[2],
            why,
            _text(one[4]),
            one[5],
            (one[6], one[7], one[8]),
            _hash(one[9]),
            (one[11], one[12], one[13]) if one[10] else None,
            _hash(one[14]),
            _hash(one[15]),
            one[16],
            one[17],
            _text(one[18]),
            one[19],
            one[20],
        )


def _text(data: bytes) -> str:
    return data.rstrip(b"\0").decode("ascii", "replace")


def _hash(data: bytes) -> bytes:
    return data if any(data) else b""


def pack_block(index: int, data: bytes) -> bytes:
    """Give the content of BLOCK: number, CRC-32 of the data, the data."""
    return struct.pack(">HI", index, zlib.crc32(data)) + data


def read_block(content: bytes) -> tuple[int, bytes]:
    """Understand the content of BLOCK. Raises DecodeError."""
    if len(content) < 7:
        raise DecodeError("a block without data")
    index, crc = struct.unpack(">HI", content[:6])
    if zlib.crc32(content[6:]) != crc:
        raise DecodeError(f"block {index} has a wrong check sum")
    return index, content[6:]


def pack_echo(index: int, crc: int) -> bytes:
    """Give what answers a block: its number, and the CRC-32 of what was read back from the memory."""
    return struct.pack(">HI", index, crc)


def read_echo(content: bytes) -> tuple[int, int]:
    """Raises DecodeError."""
    if len(content) != 6:
        raise DecodeError(f"the echo of a block has 6 bytes, not {len(content)}")
    index, crc = struct.unpack(">HI", content)
    return index, crc


def pack_numbers(numbers: list[int]) -> bytes:
    """Give the first of the missing blocks, as many as one answer carries."""
    few = numbers[:MISSING_AT_ONCE]
    return struct.pack(f">{len(few)}H", *few)


def read_numbers(content: bytes) -> tuple[int, ...]:
    """Raises DecodeError."""
    if len(content) % 2:
        raise DecodeError("a list of block numbers has an even number of bytes")
    return struct.unpack(f">{len(content) // 2}H", content)


def most_answer(op: int) -> int:
    """Give the bytes that an answer has at most."""
    content = {
        Op.STATUS: _STATUS.size,
        Op.MISSING: 2 * MISSING_AT_ONCE,
        Op.OPEN: MOST_TEXT,
        Op.ACTIVATE: MOST_TEXT,
        Op.ROLLBACK: MOST_TEXT,
        Op.BLOCK: 6,
        Op.VERIFY: 32,
        Op.TAKE: 4,
    }
    return _HEAD.size + 1 + content.get(Op(op) if op in set(Op) else Op.CLOSE, 0) + 4
