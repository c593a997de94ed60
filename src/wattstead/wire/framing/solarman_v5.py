"""The framing of Solarman V5: what stick loggers speak on their local port and towards their cloud.

::

    A5  LENGTH  10 TYPE  SEQUENCE  SERIAL  PAYLOAD...  CHECKSUM  15
    1     2      1   1    1   1      4      LENGTH         1      1    bytes

All numbers are little-endian; ``10 45`` is the control code 4510H. CHECKSUM is the sum of the bytes from LENGTH to the
end of PAYLOAD, modulo 256. It sees every changed bit, but neither two bytes that changed places nor two changes that
cancel each other. A Modbus RTU frame inside has its own CRC, which sees those.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wattstead.model.errors import EncodeError
from wattstead.wire.frame import Noise, Why

START: Final = 0xA5
END: Final = 0x15
CONSTANT: Final = 0x10  # the low byte of every control code
OVERHEAD: Final = 13  # bytes around the payload
LONGEST_PAYLOAD: Final = 2048
"""What we take and send, in bytes. The field could say 65535; the longest frame known has some 300."""

_HEADER: Final = 11
_SERIAL_MAX: Final = 0xFFFF_FFFF
_MORE: Final = -1
_NONE: Final = -2


@dataclass(frozen=True, slots=True)
class V5Frame:
    """One whole frame whose checksum is right.

    control: the control code, 4510H for a request to an inverter. sequence: the client's number, or the cloud's.
    logger_sequence: the logger's own counter. serial: of the logger. raw: the bytes as they came. at: when the last one
    came, seconds on the clock that the chunks were stamped with.
    """

    control: int
    serial: int
    payload: bytes
    sequence: int = 0
    logger_sequence: int = 0
    raw: bytes = b""
    at: float = 0.0


def checksum(data: bytes | bytearray) -> int:
    """CHECKSUM of the bytes from LENGTH to the end of the payload."""
    return sum(data) & 0xFF


def build(frame: V5Frame) -> bytes:
    """Give the bytes of a frame; ``raw`` and ``at`` are not looked at. Raises EncodeError."""
    if len(frame.payload) > LONGEST_PAYLOAD:
        raise EncodeError(f"a payload of {len(frame.payload)} bytes does not fit; {LONGEST_PAYLOAD} bytes do")
    if not 0 <= frame.serial <= _SERIAL_MAX:
        raise EncodeError(f"{frame.serial} is no serial number of a logger; it is a number from 0 to {_SERIAL_MAX}")
    if frame.control & 0xFF != CONSTANT or not 0 <= frame.control <= 0xFFFF:
        raise EncodeError(f"{frame.control:04X}H is no control code; all end in 10, as 4510H")
    body = b"".join(
        (
            len(frame.payload).to_bytes(2, "little"),
            frame.control.to_bytes(2, "little"),
            bytes((frame.sequence & 0xFF, frame.logger_sequence & 0xFF)),
            frame.serial.to_bytes(4, "little"),
            frame.payload,
        )
    )
    return b"%c%b%c%c" % (START, body, checksum(body), END)


class SolarmanV5Framer:
    """Cuts a stream into frames; whatever comes in, the next good frame is found and nothing is lost in silence.

    A frame that was cut, or whose length is wrong, would swallow what follows it. So a whole frame that stands later
    in the bytes is taken as soon as it is complete, and what stood before it is noise.
    """

    def __init__(self) -> None:
        self._pending = bytearray()  # begins with START, or is empty

    def feed(self, data: bytes, at: float = 0.0) -> list[V5Frame | Noise]:
        """Take bytes as they came, in pieces of any size. at: seconds, stamped on what they complete."""
        found: list[V5Frame | Noise] = []
        for begin in range(0, len(data), LONGEST_PAYLOAD):  # so that what is pending stays short
            known = len(self._pending)
            self._pending += data[begin : begin + LONGEST_PAYLOAD]
            self._cut(known, found, at)
        return found

    def silence(self, at: float = 0.0) -> list[V5Frame | Noise]:
        """The line went quiet: what is pending will not be completed."""
        data = bytes(self._pending)
        self._pending.clear()
        return [Noise(Why.CUT, data, None, at)] if data else []

    def build(self, frame: V5Frame) -> bytes:
        """Give the bytes of a frame. Raises EncodeError."""
        return build(frame)

    def _cut(self, known: int, found: list[V5Frame | Noise], at: float) -> None:
        """Take from the pending bytes all that is decided. known: so many of them were looked at before."""
        while self._pending:
            begin, end = _first_whole(self._pending, known)
            if end > 0:
                self._waste(begin, found, at)
                found.append(_frame(bytes(self._pending[: end - begin]), at))
                del self._pending[: end - begin]
                known = 0
                continue
            begin = _first_open(self._pending)
            self._waste(len(self._pending) if begin == _NONE else begin, found, at)
            return

    def _waste(self, size: int, found: list[V5Frame | Noise], at: float) -> None:
        """Tell so many bytes as noise."""
        if size:
            data = bytes(self._pending[:size])
            del self._pending[:size]
            found.append(Noise(_why(data), data, None, at))


def _first_whole(data: bytearray, known: int) -> tuple[int, int]:
    """Find the first frame that is complete and right: where it begins and ends, or (_NONE, _NONE).

    Frames that would have ended among the bytes known before were found wrong then.
    """
    begin = data.find(START)
    while begin >= 0:
        end = _end(data, begin)
        if known < end <= len(data) and data[end - 1] == END and checksum(data[begin + 1 : end - 2]) == data[end - 2]:
            return begin, end
        begin = data.find(START, begin + 1)
    return _NONE, _NONE


def _first_open(data: bytearray) -> int:
    """Find where the first frame begins that may still be completed, _NONE if there is none."""
    begin = data.find(START)
    while begin >= 0:
        end = _end(data, begin)
        if end == _MORE or end > len(data):
            return begin
        begin = data.find(START, begin + 1)
    return _NONE


def _end(data: Sequence[int], begin: int) -> int:
    """Give where a frame ends that begins there: _MORE where its header is not there yet, _NONE where it is none."""
    header = data[begin : begin + 4]
    if len(header) == 4 and header[3] != CONSTANT:
        return _NONE
    if len(header) < 4:
        return _MORE
    length = header[1] | header[2] << 8
    return begin + length + OVERHEAD if length <= LONGEST_PAYLOAD else _NONE


def _frame(data: bytes, at: float) -> V5Frame:
    control, serial = int.from_bytes(data[3:5], "little"), int.from_bytes(data[7:11], "little")
    return V5Frame(control, serial, data[_HEADER:-2], data[5], data[6], data, at)


def _why(data: bytes) -> Why:
    """Say what is wrong with bytes that are no frame."""
    if data[0] != START:
        return Why.STRAY
    if len(data) < 4:
        return Why.CUT
    if data[3] != CONSTANT:
        return Why.CHARACTER
    if (length := data[1] | data[2] << 8) > LONGEST_PAYLOAD:
        return Why.TOO_LONG
    end = length + OVERHEAD
    if len(data) < end:
        return Why.CUT
    return Why.CHECKSUM if data[end - 1] == END else Why.LENGTH
