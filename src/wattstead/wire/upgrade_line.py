"""How questions and answers of the transfer travel: in Modbus frames, and in extended frames of a CAN bus.

**The first question** asks whether a boot loader of this project is there, and can change nothing: on Modbus a plain
read (function 03) of eight registers, on a CAN bus a remote frame, which carries no data at all. Whatever does not
answer ``WATTSTEAD LOADER`` is told nothing else.

**Modbus**: function 17H writes the question into a window of registers and reads the answer out of another one, in one
exchange. Both begin with two bytes that count the rest; a last odd byte is filled up with 0.

**CAN**: identifiers of 29 bits, ``1E57 0000H`` + 8000H (answers) + tag x 100H + address. The tag, 1 to 127, is the
tool's own, so that two tools on one bus do not mix. A frame has a head byte, 80H for the first of a row, 40H for the
last, a count from 0 in the lower six bits; the first has two bytes of length behind it. These identifiers give way to
all 11-bit frames below 795H, which are those of batteries and inverters, and are none that J1939 knows.
"""

import struct
from dataclasses import dataclass, field
from typing import Final

from wattstead.model.can import CanFrame, unpacked
from wattstead.wire.frame import Frame
from wattstead.wire.framing.can import CanFramer
from wattstead.wire.upgrade import MARK, most_answer

# Modbus.

READ: Final = 0x03
EXCHANGE: Final = 0x17
MARK_AT: Final = 0xF600
ANSWER_AT: Final = 0xF610
QUESTION_AT: Final = 0xF690
_MOST_REGISTERS: Final = 121
_EXCHANGE: Final = struct.Struct(">HHHHB")


def modbus_mark_question() -> bytes:
    """Give the payload of the first question, a read of function 03."""
    return struct.pack(">HH", MARK_AT, len(MARK) // 2)


def modbus_is_mark(frame: Frame) -> bool:
    """Whether this answers the first question as a boot loader does."""
    return frame.command == READ and frame.payload == bytes((len(MARK),)) + MARK


def modbus_question(question: bytes, op: int) -> bytes:
    """Give the payload of function 17H for a question. op: tells how long the answer may be."""
    said = _counted(question)
    registers = (2 + most_answer(op) + 1) // 2
    return _EXCHANGE.pack(ANSWER_AT, registers, QUESTION_AT, len(said) // 2, len(said)) + said


def modbus_answer(frame: Frame) -> bytes | None:
    """Give the answer that a frame of function 17H carries; None where it carries none."""
    payload = frame.payload
    if frame.command != EXCHANGE or not payload or payload[0] != len(payload) - 1:
        return None
    return _uncounted(payload[1:])


def modbus_asked(frame: Frame) -> bytes | None:
    """Give what the tool asks by a frame, b"" for the first question; None where it is for somebody else."""
    payload = frame.payload
    if frame.command == READ:
        return b"" if payload == modbus_mark_question() else None
    if frame.command != EXCHANGE or len(payload) < _EXCHANGE.size:
        return None
    read, _, written, registers, size = _EXCHANGE.unpack(payload[: _EXCHANGE.size])
    said = payload[_EXCHANGE.size :]
    if (read, written) != (ANSWER_AT, QUESTION_AT) or not size == 2 * registers == len(said):
        return None
    return _uncounted(said)


def modbus_reply(asked: Frame, answer: bytes) -> bytes | None:
    """Give the payload that answers a frame; None where the tool left too little room for it."""
    if asked.command == READ:
        return bytes((len(answer),)) + answer
    size = 2 * int.from_bytes(asked.payload[2:4])
    said = _counted(answer)
    return bytes((size,)) + said.ljust(size, b"\0") if len(said) <= size <= 2 * 125 else None


def _counted(data: bytes) -> bytes:
    said = len(data).to_bytes(2) + data
    return said + b"\0" * (len(said) % 2)


def _uncounted(said: bytes) -> bytes | None:
    size = int.from_bytes(said[:2])
    return said[2 : 2 + size] if len(said) >= 2 + size and size else None


# CAN.

BASE: Final = 0x1E57_0000
_ANSWERS: Final = 0x8000
_FIRST, _LAST, _COUNT = 0x80, 0x40, 0x3F
_MOST_BYTES: Final = 512
_MOST_ROWS: Final = 8


def can_mark_question(tag: int, address: int) -> bytes:
    """Give the first question, packed: a remote frame."""
    return CanFrame(_identifier(tag, address), extended=True, asks=8).packed()


def can_frames(data: bytes, tag: int, address: int, *, answers: bool) -> list[bytes]:
    """Give the packed frames that carry a question or an answer."""
    said = len(data).to_bytes(2) + data
    pieces = [said[at : at + 7] for at in range(0, len(said), 7)]
    identifier = _identifier(tag, address) | (_ANSWERS if answers else 0)
    frames = []
    for count, piece in enumerate(pieces):
        head = count & _COUNT | (0 if count else _FIRST) | (_LAST if count == len(pieces) - 1 else 0)
        frames.append(CanFrame(identifier, bytes((head,)) + piece, extended=True).packed())
    return frames


def _identifier(tag: int, address: int) -> int:
    return BASE | (tag & 0x7F) << 8 | address & 0xFF


@dataclass(frozen=True, slots=True)
class Carried:
    """What came together: from which tool, for which device or of which, and whether it is an answer.

    mark: it is the first question, which carries no data.
    """

    tag: int
    address: int
    answers: bool
    data: bytes
    mark: bool = False


@dataclass
class CanEar:
    """Puts rows of frames together; what is broken or of somebody else is passed over. Bounded memory."""

    _framer: CanFramer = field(default_factory=CanFramer)
    _rows: dict[int, bytearray] = field(default_factory=dict)
    _counts: dict[int, int] = field(default_factory=dict)

    def feed(self, data: bytes, at: float = 0.0) -> list[Carried]:
        """Take packed frames as they came."""
        frames = [unpacked(item.raw) for item in self._framer.feed(data, at) if isinstance(item, Frame)]
        return [one for frame in frames if (one := self._take(frame)) is not None]

    def _take(self, frame: CanFrame) -> Carried | None:
        key = frame.identifier
        if not frame.extended or key & ~0xFFFF != BASE:
            return None
        tag, address, answers = key >> 8 & 0x7F, key & 0xFF, bool(key & _ANSWERS)
        if frame.asks is not None:
            return None if answers else Carried(tag, address, answers, b"", mark=True)
        if not frame.data:
            return None
        head = frame.data[0]
        if head & _FIRST:
            while len(self._rows) >= _MOST_ROWS:
                self._drop(next(iter(self._rows)))
            self._rows[key], self._counts[key] = bytearray(), 0
        row = self._rows.get(key)
        if row is None or head & _COUNT != self._counts[key] & _COUNT or len(row) > _MOST_BYTES:
            self._drop(key)
            return None
        row += frame.data[1:]
        self._counts[key] += 1
        if not head & _LAST:
            return None
        self._drop(key)
        size = int.from_bytes(row[:2])
        return Carried(tag, address, answers, bytes(row[2:])) if size and size == len(row) - 2 else None

    def _drop(self, key: int) -> None:
        self._rows.pop(key, None)
        self._counts.pop(key, None)
