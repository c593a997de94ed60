"""Frames of a CAN bus out of the bytes by which they travel (``model.can``): the bus has checked them already."""

from typing import Final

from wattstead.model.can import HEAD_BYTES, LAST_STANDARD, CanFrame, packed_size, unpacked
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
        self._held += data
        found: list[Frame | Noise] = []
        stray = 0
        while len(self._held) - stray >= HEAD_BYTES:
            size = packed_size(self._held[stray : stray + HEAD_BYTES])
            if size is None:
                stray += 1
                continue
            if len(self._held) - stray < size:
                break
            if stray:
                found.append(Noise(Why.STRAY, self._held[:stray], at=at))
            found.append(self._frame(self._held[stray : stray + size], at))
            self._held, stray = self._held[stray + size :], 0
        if stray:
            found.append(Noise(Why.STRAY, self._held[:stray], at=at))
            self._held = self._held[stray:]
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
        can = unpacked(data)
        address, command = 0, can.identifier
        if self._shift and can.extended:
            address, command = can.identifier >> self._shift & 0xFF, can.identifier & (1 << self._shift) - 1
        kind = EXTENDED if can.extended else 0
        return Frame(address, command, can.data, 0 if can.asks is None else REMOTE, kind, data, at)


def shown(command: int, *, extended: bool) -> str:
    """Write an identifier as people do."""
    return f"{command:08X}" if extended and command > LAST_STANDARD else f"{command:03X}"
