"""Modbus RTU: address, function, data, CRC-16 with its low byte first. A frame does not say where it ends.

On a serial line silence ends a frame; adapters, bridges and busy machines make silences of their own, and swallow real
ones. So the end is found from the function: of each that is known the size of a request and of a reply follow from the
first bytes, and the CRC tells which it was. A frame of another function ends where its piece of the stream ends.

Noise, a cut frame or two frames glued together hide no good one. Where the frame at hand does not come out right, or is
not whole yet, one that begins later counts as soon as frames run from there to the end of what came. Inside of a good
long frame that is still coming such a row is there by chance, too, but far less than once in a million: what looks like
a short frame must also make sense as one.

Some batteries (Voltronic's document of 2020) count what a read gives in two bytes, and in registers.
"""

import re
from array import array
from collections.abc import Mapping, Sequence
from functools import cache
from struct import unpack_from
from typing import Final

from wattstead.model.errors import EncodeError
from wattstead.wire.frame import Frame, Noise, Why

SHORTEST: Final = 4
LONGEST: Final = 269  # a write of the most registers, with some room for makers who count otherwise
_GLITCH: Final = 3  # bytes that are no frame: a line that turns around leaves some behind
_HOLD: Final = 2 * LONGEST
_OBJECTS, _REGISTERS = -1, -2  # in place of the place of a count: what else tells the size

_Table = Mapping[int, tuple[tuple[int, int], tuple[int, int]]]


def _table(bits: int) -> Sequence[int]:
    """Give what so many bits make of a CRC."""
    table = list(range(1 << bits))
    for _ in range(bits):
        table = [value >> 1 ^ 0xA001 if value & 1 else value >> 1 for value in table]
    return array("H", table)


@cache
def _crcs() -> Sequence[int]:
    """Give what two bytes make of a CRC: faster than one byte at a time, and made when it is first needed."""
    return _table(16)


_LAST: Final = _table(8)


def crc16(data: bytes | bytearray) -> int:
    """Give the CRC of Modbus (polynomial A001, begins at FFFF)."""
    crc, table = 0xFFFF, _crcs()
    for pair in unpack_from(f"<{len(data) // 2}H", data):
        crc = table[crc ^ pair]
    if len(data) & 1:
        crc = crc >> 8 ^ _LAST[(crc ^ data[-1]) & 0xFF]
    return crc


def is_whole(data: bytes) -> bool:
    """Whether the bytes end with their own CRC."""
    return len(data) >= SHORTEST and crc16(data) == 0


class ModbusRtuFramer:
    """Cuts a stream of both directions into frames. in_registers: reads are counted so, in two bytes."""

    def __init__(self, *, in_registers: bool = False) -> None:
        self._table = _IN_REGISTERS if in_registers else _SIZES
        self._pending = bytearray()
        self._junk = bytearray()  # what was given up since the last frame
        self._why = Why.STRAY
        self._address: int | None = None

    def feed(self, data: bytes, at: float = 0.0) -> list[Frame | Noise]:
        """Take bytes as they came, in pieces of any size. at: seconds, stamped on what they complete."""
        if not self._pending and not self._junk and _is_one(self._table, data):  # nearly always
            raw = bytes(data)
            return [Frame(raw[0], raw[1], raw[2:-2], 0, 0, raw, at)]
        found: list[Frame | Noise] = []
        for begin in range(0, len(data), LONGEST):  # bounds what one look costs, however much came at once
            self._pending += data[begin : begin + LONGEST]
            self._look(found, at)
            if len(self._pending) > _HOLD:
                self._search(found, at, everything=True)
                self._drop(max(0, len(self._pending) - LONGEST))
        return found

    def silence(self, at: float = 0.0) -> list[Frame | Noise]:
        """The line went quiet: what is pending will not be completed. A good frame within it still counts."""
        found: list[Frame | Noise] = []
        self._search(found, at, everything=True)
        self._drop(len(self._pending))
        self._tell_junk(found, at)
        return found

    def build(self, frame: Frame) -> bytes:
        """Give the bytes of a frame. Raises EncodeError where they are too many."""
        if len(frame.payload) > LONGEST - SHORTEST:
            raise EncodeError(f"{len(frame.payload)} bytes do not fit a Modbus frame; it carries 252 at most")
        body = bytes((frame.address, frame.command)) + frame.payload
        return body + crc16(body).to_bytes(2, "little")

    def _look(self, found: list[Frame | Noise], at: float) -> None:
        """Take frames from the front while they come out right; then see whether a good one lies behind a bad one."""
        while self._pending and not self._junk:
            size = self._front()
            if size is None:
                break
            self._take(size, found, at)
        if len(self._pending) >= SHORTEST:
            self._search(found, at, everything=False)

    def _front(self) -> int | None:
        """Give the size of the good frame that all this begins with; None where there is none, or not yet."""
        good = _good(self._table, self._pending, 0)
        if not good:
            return None
        size, wanted = good[-1], max(_sizes(self._table, self._pending, 0) or (0,))
        if size < len(self._pending) < wanted and not _runs_to_end(self._table, self._pending, size):
            return None  # the first bytes of a longer frame that look like a short one by chance
        return size

    def _search(self, found: list[Frame | Noise], at: float, *, everything: bool) -> None:
        """Find good frames anywhere. everything: count those, too, behind which something unfinished stands."""
        start = 0
        while (start := self._place(start)) + SHORTEST <= len(self._pending):
            good = _good(self._table, self._pending, start)
            if not everything:
                good = [size for size in good if _counts(self._table, self._pending, start, size)]
            if not good:
                start += 1
                continue
            self._drop(start)
            self._take(good[-1], found, at)
            start = 0
        if not everything and self._is_hopeless():
            self._drop(1)

    def _place(self, start: int) -> int:
        """Give where a frame may begin, from there on: at a known function, or where all begins."""
        if not start:
            return 0
        found = _FUNCTIONS.search(self._pending, start + 1)
        return found.start() - 1 if found else len(self._pending)

    def _is_hopeless(self) -> bool:
        """Whether what stands in front is whole and broken: then its first byte begins no frame."""
        sizes = _sizes(self._table, self._pending, 0) or (LONGEST,)
        return max(sizes) <= len(self._pending) and not _good(self._table, self._pending, 0)

    def _take(self, size: int, found: list[Frame | Noise], at: float) -> None:
        raw = bytes(self._pending[:size])
        del self._pending[:size]
        self._tell_junk(found, at)
        found.append(Frame(raw[0], raw[1], raw[2:-2], raw=raw, at=at))

    def _drop(self, count: int) -> None:
        """Give up the first bytes."""
        if not count:
            return
        if not self._junk:
            sizes = _sizes(self._table, self._pending, 0)
            if sizes:
                self._address = self._pending[0]
                self._why = Why.CHECKSUM if max(sizes) <= len(self._pending) else Why.CUT
        self._junk += self._pending[:count]
        del self._pending[:count]

    def _tell_junk(self, found: list[Frame | Noise], at: float) -> None:
        if self._junk:
            found.append(Noise(self._why, bytes(self._junk), self._address, at))
        self._junk.clear()
        self._why, self._address = Why.STRAY, None


def _runs_to_end(table: _Table, data: bytearray, start: int) -> bool:
    """Whether nothing but good frames, or a glitch too short for one, stands from here to the end."""
    while len(data) - start > _GLITCH:
        good = _good(table, data, start)
        if not good:
            return False
        start += good[-1]
    return True


def _is_one(table: _Table, data: bytes) -> bool:
    """Whether this is one good frame of a known function, and nothing else."""
    sizes = _sizes(table, data, 0)
    return sizes is not None and len(data) in sizes and is_whole(data)


def _good(table: _Table, data: bytearray, start: int) -> list[int]:
    """Give the sizes, smallest first, with which a whole frame begins here."""
    sizes = _sizes(table, data, start)
    if sizes is None:  # a function that nobody knows: it ends where all ends
        sizes = (len(data) - start,) if start == 0 else ()
    left = len(data) - start
    return [size for size in sizes if size <= left and is_whole(bytes(data[start : start + size]))]


def _sizes(table: _Table, data: bytes | bytearray, start: int) -> tuple[int, ...] | None:
    """Give the sizes, smallest first, that a frame which begins here may have; None where its function is unknown."""
    if len(data) - start < SHORTEST:
        return ()
    function = data[start + 1]
    if function & 0x80:
        return (5,) if function & 0x7F in table and data[start + 2] in _EXCEPTIONS else None
    if function not in table:
        return None
    request, reply = table[function]
    first = _size(data, start, request) if request[1] else request[0]
    second = _size(data, start, reply) if reply[1] else reply[0]
    return (first, second) if first < second else (first,) if first == second else (second, first)


def _counts(table: _Table, data: bytearray, start: int, size: int) -> bool:
    """Whether a good frame behind broken bytes counts: two CRCs in a row are no chance, a single one may be."""
    if not _runs_to_end(table, data, start + size):
        return False
    return len(data) - start - size > _GLITCH or _makes_sense(data[start : start + size])


def _makes_sense(frame: bytearray) -> bool:
    """Whether numbers and counts of a short frame can be meant."""
    if len(frame) != 8:
        return True
    function, first, second = frame[1], frame[4], frame[5]
    match function:
        case 0x01 | 0x02 | 0x0F:
            return first << 8 | second <= 2000
        case 0x03 | 0x04 | 0x10:
            return first == 0 and second <= 125
        case 0x05:
            return second == 0 and first in (0x00, 0xFF)
    return True


def _size(data: bytes | bytearray, start: int, rule: tuple[int, int]) -> int:
    """Give the size by a rule: a fixed number and what the byte at a place says, the longest while it does not."""
    fixed, place = rule
    if place == _OBJECTS:
        return _objects(data, start)
    if place == _REGISTERS:
        known = start + 4 <= len(data)
        return fixed + 2 * int.from_bytes(data[start + 2 : start + 4]) if known else LONGEST
    return fixed + data[start + place] if start + place < len(data) else LONGEST


def _objects(data: bytes | bytearray, start: int) -> int:
    """Give the size of a device's identification: objects of their own lengths."""
    if len(data) - start < 8:
        return LONGEST
    at = start + 8
    for _ in range(data[start + 7]):
        if at + 1 >= len(data):
            return LONGEST
        at += 2 + data[at + 1]
    return at + 2 - start


_EXCEPTIONS: Final = frozenset((*range(1, 12), 0x81))  # Seplos has one more
_SIZES: Final = {
    # function: (request, reply), each its size without the bytes that the byte at the place counts
    **dict.fromkeys((0x01, 0x02, 0x03, 0x04), ((8, 0), (5, 2))),
    **dict.fromkeys((0x05, 0x06, 0x08), ((8, 0), (8, 0))),
    0x07: ((4, 0), (5, 0)),
    0x0B: ((4, 0), (8, 0)),
    0x0C: ((4, 0), (5, 2)),
    0x0F: ((9, 6), (8, 0)),
    0x10: ((9, 6), (8, 0)),
    0x11: ((4, 0), (5, 2)),
    0x16: ((10, 0), (10, 0)),
    0x17: ((13, 10), (5, 2)),
    0x2B: ((7, 0), (0, _OBJECTS)),
}
_IN_REGISTERS: Final = {**_SIZES, **dict.fromkeys((0x03, 0x04), ((8, 0), (6, _REGISTERS)))}
_FUNCTIONS: Final = re.compile(b"[" + b"".join(re.escape(bytes((one, one | 0x80))) for one in sorted(_SIZES)) + b"]")
