"""Frames of JK boards (Jikong) at their serial port, checked and cut out of whatever comes over the line.

    4E 57  00 13  00 00 00 00  06  03  00  00  00 00 00 00  68  00 00  01 29
    mark   size   board        cmd who way data record      end unused sum

The size counts all bytes but the mark. The sum is that of all bytes before it, 16 bits; a CRC was planned in the two
bytes before it and is zero in all that was recorded. way: 00 asks, 01 answers. who: 03 is a computer, 00 the board.
"""

from typing import ClassVar

from wattstead.model.errors import EncodeError
from wattstead.wire.frame import Frame
from wattstead.wire.framing.scan import ScanFramer

ASK, ANSWER = 0x00, 0x01
"""``Frame.kind``: which way it goes. ``Frame.version`` is who sent it."""

_END = 0x68
_HEAD, _TAIL = 11, 9  # bytes before and after the data
_LONGEST = 1024  # the longest that was recorded has 308; a board of 32 cells needs some 330


class JkFramer(ScanFramer):
    """Cuts a stream of bytes into JK frames and noise."""

    MARK: ClassVar[bytes] = b"NW"
    LONGEST: ClassVar[int] = _LONGEST

    def size(self, data: bytes | bytearray, start: int) -> int | None:
        """Two bytes after the mark count all that follows the mark."""
        if len(data) < start + 4:
            return None
        size = int.from_bytes(data[start + 2 : start + 4]) + 2
        return size if _HEAD + _TAIL <= size <= _LONGEST else 0

    def right(self, data: bytes) -> bool:
        """Whether end byte, unused bytes and sum are right."""
        return data[-5] == _END and data[10] in (ASK, ANSWER) and int.from_bytes(data[-4:]) == sum(data[:-4]) & 0xFFFF

    def read(self, data: bytes, at: float) -> Frame:
        """Give a frame; what the record number says is left out, it counts frames or is zero."""
        return Frame(int.from_bytes(data[4:8]) & 0xFF, data[8], data[_HEAD:-_TAIL], data[9], data[10], data, at)

    def build(self, frame: Frame) -> bytes:
        """Give the bytes of a frame. Raises EncodeError where the data is too long."""
        size = _HEAD + len(frame.payload) + _TAIL
        if size > _LONGEST:
            raise EncodeError(f"a payload of {len(frame.payload)} bytes does not fit; {_LONGEST - _HEAD - _TAIL} do")
        head = b"NW" + (size - 2).to_bytes(2) + frame.address.to_bytes(4)
        body = head + bytes((frame.command, frame.version, frame.kind)) + frame.payload + bytes(4) + bytes((_END,))
        return body + (sum(body) & 0xFFFF).to_bytes(4)
