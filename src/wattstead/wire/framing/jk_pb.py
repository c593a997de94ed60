"""Frames of JK boards of the PB series at RS485: a question is a write of Modbus, its answer no frame of Modbus.

::

    01  10 16 20  00 01  02  00 00  D6 F1        asks address 1 for list 1620
    55 AA EB 90  02  05  …          18           the list: kind, a count, up to 300 bytes, their sum
    01  10 16 20  00 01  04 4B                   and the acknowledgement of the write, which names who answered

CRC-16 of Modbus, low byte first. The sum is of the 299 bytes before it, eight bits.
"""

from typing import Final

from wattstead.model.errors import EncodeError
from wattstead.wire.frame import Frame, Noise, Why
from wattstead.wire.framing.modbus_rtu import crc16

ASK, ANSWER = 0x00, 0x01
"""``Frame.kind``: which way it goes. ``Frame.command`` is the list; ``Frame.version`` of an answer its count."""

LISTS: Final = {0x1C: 0x03, 0x1E: 0x01, 0x20: 0x02}
"""Kind of the answer by the low byte of the list: about, settings, status."""

MARK: Final = b"\x55\xaa\xeb\x90"
DATA: Final = 293  # bytes of a list between its head of six and its sum
_ASK_SIZE, _LIST, _ACK = 11, 300, 8
_SIZE: Final = _LIST + _ACK
_WRITE: Final = b"\x10\x16"


class JkPbFramer:
    """Cuts a stream of both directions into frames. The right frame that ends first is the next one."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes, at: float = 0.0) -> list[Frame | Noise]:
        """Take bytes as they came. Never raises."""
        self._pending += data
        items: list[Frame | Noise] = []
        while found := self._first():
            start, end = found
            self._noise(start, items, at)
            items.append(_read(bytes(self._pending[: end - start]), at))
            del self._pending[: end - start]
        keep = self._kept()
        if len(self._pending) - keep >= _SIZE:
            self._noise(len(self._pending) - keep, items, at)
        return items

    def silence(self, at: float = 0.0) -> list[Frame | Noise]:
        """The line went quiet: what is pending will not be completed."""
        items: list[Frame | Noise] = []
        self._noise(len(self._pending), items, at)
        return items

    def build(self, frame: Frame) -> bytes:
        """Give the bytes of a frame. Raises EncodeError for a list that is not there or does not fit."""
        number = frame.command & 0xFF
        head = bytes((frame.address,)) + _WRITE + bytes((number, 0, 1))
        if frame.kind == ASK:
            body = head + b"\x02\x00\x00"
            return body + crc16(body).to_bytes(2, "little")
        if number not in LISTS or len(frame.payload) != DATA:
            raise EncodeError(f"list {frame.command:04X} of {len(frame.payload)} bytes cannot be; each has {DATA}")
        body = MARK + bytes((LISTS[number], frame.version)) + frame.payload
        return body + bytes((sum(body) & 0xFF,)) + head + crc16(head).to_bytes(2, "little")

    def _first(self) -> tuple[int, int] | None:
        """Give begin and end of the right frame that ends first."""
        best: tuple[int, int] | None = None
        for mark, back, right, size in ((MARK, 0, _is_answer, _SIZE), (_WRITE, 1, _is_question, _ASK_SIZE)):
            at = self._pending.find(mark)
            while at >= 0 and (best is None or at - back + size <= best[1]):
                start, end = at - back, at - back + size
                if start >= 0 and end <= len(self._pending) and right(bytes(self._pending[start:end])):
                    best = start, end
                    break
                at = self._pending.find(mark, at + 1)
        return best

    def _kept(self) -> int:
        """Give how many bytes at the end may still become a frame."""
        return min(len(self._pending), _SIZE - 1)

    def _noise(self, until: int, items: list[Frame | Noise], at: float) -> None:
        """Tell the first bytes as noise, in pieces no longer than a frame."""
        lost, self._pending = self._pending[:until], self._pending[until:]
        for begin in range(0, len(lost), _SIZE):
            piece = bytes(lost[begin : begin + _SIZE])
            starts = piece.find(MARK)
            why = Why.STRAY if starts < 0 else Why.CUT if len(piece) - starts < _SIZE else Why.CHECKSUM
            items.append(Noise(why, piece, None, at))


def _is_crc_right(data: bytes) -> bool:
    return crc16(data[:-2]) == int.from_bytes(data[-2:], "little")


def _is_question(data: bytes) -> bool:
    return data[4:7] == b"\x00\x01\x02" and _is_crc_right(data)


def _is_answer(data: bytes) -> bool:
    body, ack = data[:_LIST], data[_LIST:]
    return (
        sum(body[:-1]) & 0xFF == body[-1]
        and ack[1:3] == _WRITE
        and ack[4:6] == b"\x00\x01"
        and LISTS.get(ack[3]) == body[4]
        and _is_crc_right(ack)
    )


def _read(data: bytes, at: float) -> Frame:
    if len(data) == _ASK_SIZE:
        return Frame(data[0], 0x1600 | data[3], data[7:9], 0, ASK, data, at)
    return Frame(data[_LIST], 0x1600 | data[_LIST + 3], data[6 : _LIST - 1], data[5], ANSWER, data, at)
