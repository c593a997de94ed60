"""Frames of JBD boards (Jiabaida, Xiaoxiang, Overkill Solar), checked and cut out of whatever comes over the line.

    DD  A5  03  00            FF FD  77    read register 03
    DD  5A  E1  02  00 01     FF 1C  77    write 00 01 to register E1
    DD  03  00  1D  …29 bytes FA 8D  77    answer: register 03, status 00, 29 bytes

The check is the 16-bit two's complement of the sum of all bytes between the mark's second byte and the check: register,
length and data of a request; status, length and data of an answer. The register of an answer therefore stands under no
check. There is no address: one board a line.
"""

from typing import ClassVar

from wattstead.model.errors import EncodeError
from wattstead.wire.frame import Frame
from wattstead.wire.framing.scan import ScanFramer

READ, WRITE, ANSWER = 0xA5, 0x5A, 0x00
"""``Frame.kind``: a request to read, a request to write, an answer, whose status stands in ``Frame.version``."""

_START, _STOP = 0xDD, 0x77
_STATUSES = (0x00, 0x80, 0x81, 0x82, 0x83)  # all well, no such register, only in factory mode, broken, wrong password
_AROUND = 7  # bytes of a frame beside its data


def checksum(data: bytes) -> int:
    """Give the check of the bytes that it covers."""
    return -sum(data) & 0xFFFF


class JbdFramer(ScanFramer):
    """Cuts a stream of bytes into JBD frames and noise."""

    MARK: ClassVar[bytes] = bytes((_START,))
    LONGEST: ClassVar[int] = 255 + _AROUND

    def size(self, data: bytes | bytearray, start: int) -> int | None:
        """The fourth byte counts the data."""
        return data[start + 3] + _AROUND if len(data) >= start + 4 else None

    def right(self, data: bytes) -> bool:
        """Whether stop byte and check are right. An answer with a status that nobody knows is none."""
        request = data[1] in (READ, WRITE)
        return (
            data[-1] == _STOP
            and (request or data[2] in _STATUSES)
            and int.from_bytes(data[-3:-1]) == checksum(data[2:-3])
        )

    def read(self, data: bytes, at: float) -> Frame:
        """Give a frame: its command is the register."""
        payload = data[4:-3]
        if data[1] in (READ, WRITE):
            return Frame(0, data[2], payload, 0, data[1], data, at)
        return Frame(0, data[1], payload, data[2], ANSWER, data, at)

    def build(self, frame: Frame) -> bytes:
        """Give the bytes of a frame. Raises EncodeError where the data is too long."""
        if len(frame.payload) > 0xFF:
            raise EncodeError(f"a payload of {len(frame.payload)} bytes does not fit; the protocol carries 255 at most")
        first, second = (frame.command, frame.version) if frame.kind == ANSWER else (frame.kind, frame.command)
        body = bytes((second, len(frame.payload))) + frame.payload
        return bytes((_START, first)) + body + checksum(body).to_bytes(2) + bytes((_STOP,))
