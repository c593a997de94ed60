"""Frames of a CAN bus out of the bytes by which they travel (``model.can``): the bus has checked them already."""

from typing import Final

from wattstead.model.can import (
    EXTENDED_FLAG,
    HEAD_BYTES,
    LAST_EXTENDED,
    LAST_STANDARD,
    REMOTE_FLAG,
    CanFrame,
    packed_size,
)
from wattstead.model.errors import EncodeError
from wattstead.wire.frame import Frame, Noise, Why

EXTENDED: Final = 1
"""``Frame.kind`` of a frame with a 29-bit identifier; 0 of one with 11 bits."""

REMOTE: Final = 1
"""``Frame.version`` of a remote frame, which asks for another one and carries nothing."""


class CanFramer:
    """Cuts packed frames apart. Bytes that begin none are noise, one stretch up to where the next frame may begin.

    pack_shift: where 29-bit identifiers carry the number of the pack, the bit from which on it stands; it becomes the
    frame's address. 0 where they carry none.
    """

    def __init__(self, pack_shift: int = 0) -> None:
        self._shift = pack_shift
        self._held = b""

    def feed(self, data: bytes, at: float = 0.0) -> list[Frame | Noise]:
        """Take bytes; give the frames that are whole."""
        if not self._held and len(data) >= HEAD_BYTES and packed_size(data) == len(data):  # as ports give them
            return [self._frame(data, at)]
        held = self._held + data
        found: list[Frame | Noise] = []
        begin = stray = 0  # of what is not yet told, and of the frame that may begin there
        while len(held) - stray >= HEAD_BYTES:
            size = packed_size(held[stray : stray + HEAD_BYTES])
            if size is None:
                stray += 1
                continue
            if len(held) - stray < size:
                break
            if stray > begin:
                found.append(Noise(Why.STRAY, held[begin:stray], at=at))
            found.append(self._frame(held[stray : stray + size], at))
            begin = stray = stray + size
        if stray > begin:
            found.append(Noise(Why.STRAY, held[begin:stray], at=at))
        self._held = held[stray:]
        return found

    def silence(self, at: float = 0.0) -> list[Frame | Noise]:
        """Give up what is not whole."""
        held, self._held = self._held, b""
        return [Noise(Why.CUT, held, at=at)] if held else []

    def build(self, frame: Frame) -> bytes:
        """Give the packed bytes of a frame. Raises EncodeError."""
        extended = frame.kind == EXTENDED
        identifier = frame.command
        if self._shift and extended:
            identifier |= frame.address << self._shift
        try:
            return CanFrame(identifier, frame.payload, extended).packed()
        except ValueError as error:
            raise EncodeError(f"frame {identifier:X}: {error}") from None

    def _frame(self, data: bytes, at: float) -> Frame:
        """Make the frame of bytes that are one: ``packed_size`` has looked at them."""
        word = int.from_bytes(data[:4])
        if word <= LAST_STANDARD:  # nearly always
            return Frame(0, word, data[HEAD_BYTES:], 0, 0, data, at)
        extended = word & EXTENDED_FLAG
        address, command = 0, word & LAST_EXTENDED
        if self._shift and extended:
            address, command = command >> self._shift & 0xFF, command & (1 << self._shift) - 1
        remote = REMOTE if word & REMOTE_FLAG else 0
        return Frame(address, command, data[HEAD_BYTES:], remote, EXTENDED if extended else 0, data, at)


def shown(command: int, *, extended: bool) -> str:
    """Write an identifier as people do."""
    return f"{command:08X}" if extended and command > LAST_STANDARD else f"{command:03X}"
