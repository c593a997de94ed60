"""The framing of Solarman V5: what stick loggers speak on their local port and towards their cloud.

::

    A5  LENGTH  10 TYPE  SEQUENCE  SERIAL  PAYLOAD...  CHECKSUM  15
    1     2      1   1    1   1      4      LENGTH         1      1    bytes

All numbers are little-endian; ``10 45`` is the control code 4510H. CHECKSUM is the sum of the bytes from LENGTH to the
end of PAYLOAD, modulo 256. It sees every changed bit, but neither two bytes that changed places nor two changes that
cancel each other. A Modbus RTU frame inside has its own CRC, which sees those.
"""

from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
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
_TO_CONSTANT: Final = 4  # bytes that tell whether a frame can begin there, and how long it is


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
        self._passed = 0  # bytes that went before it: places are counted over the whole stream
        self._looked = 0  # each START before this place is known
        self._open: list[tuple[int, int]] = []  # heap: where frames that have begun will end, where they begin
        self._begins: deque[int] = deque()  # the same, by where they begin
        self._wrong: set[int] = set()  # those of them that turned out to be none

    def feed(self, data: bytes, at: float = 0.0) -> list[V5Frame | Noise]:
        """Take bytes as they came, in pieces of any size. at: seconds, stamped on what they complete."""
        found: list[V5Frame | Noise] = []
        for begin in range(0, len(data), LONGEST_PAYLOAD):  # so that what is pending stays short
            self._pending += data[begin : begin + LONGEST_PAYLOAD]
            self._look()
            for first, end in self._whole():
                if first >= self._passed:
                    self._waste(first, found, at)
                    found.append(_frame(self._take(end), at))
            self._waste(self._first_open(), found, at)
        return found

    def silence(self, at: float = 0.0) -> list[V5Frame | Noise]:
        """The line went quiet: what is pending will not be completed."""
        data = self._take(self._passed + len(self._pending))
        self._look()
        return [Noise(Why.CUT, data, None, at)] if data else []

    def build(self, frame: V5Frame) -> bytes:
        """Give the bytes of a frame. Raises EncodeError."""
        return build(frame)

    def _look(self) -> None:
        """Learn where frames begin, as far as their headers are there, and where they will end."""
        pending = self._pending
        place = pending.find(START, max(0, self._looked - self._passed))
        while 0 <= place <= len(pending) - _TO_CONSTANT:
            length = pending[place + 1] | pending[place + 2] << 8
            if pending[place + 3] == CONSTANT and length <= LONGEST_PAYLOAD:
                begin = self._passed + place
                heappush(self._open, (begin + length + OVERHEAD, begin))
                self._begins.append(begin)
            place = pending.find(START, place + 1)
        self._looked = self._passed + max(0, len(pending) - _TO_CONSTANT + 1)

    def _whole(self) -> list[tuple[int, int]]:
        """Give where whole frames begin and end, in order; each place is tried once, when its end has come."""
        good: list[tuple[int, int]] = []
        while self._open and self._open[0][0] <= self._passed + len(self._pending):
            end, begin = heappop(self._open)
            if begin < self._passed:
                continue  # inside what was taken
            first, last = begin - self._passed, end - self._passed
            data = self._pending
            if data[last - 1] == END and checksum(data[first + 1 : last - 2]) == data[last - 2]:
                good.append((begin, end))
            self._wrong.add(begin)
        return sorted(good)

    def _first_open(self) -> int:
        """Find where the first frame begins that may still be completed; the end of all where there is none."""
        begins = self._begins
        while begins and (begins[0] < self._passed or begins[0] in self._wrong):
            self._wrong.discard(begins.popleft())
        if begins:
            return begins[0]
        place = self._pending.find(START, max(0, self._looked - self._passed))
        return self._passed + (place if place >= 0 else len(self._pending))

    def _waste(self, upto: int, found: list[V5Frame | Noise], at: float) -> None:
        """Tell what stands before this place as noise."""
        if upto > self._passed:
            data = self._take(upto)
            found.append(Noise(_why(data), data, None, at))

    def _take(self, upto: int) -> bytes:
        size = upto - self._passed
        data = bytes(self._pending[:size])
        del self._pending[:size]
        self._passed = upto
        return data


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
