"""One frame of a CAN bus, and how it travels as bytes where everything else is bytes: ports, captures, framers.

On its way through ports a frame is ``identifier (4 bytes, big-endian, with its flags) · length (1) · data (0 to 8)``:
351H with eight bytes is ``00 00 03 51 08 14 02 …``. The flags stand where SocketCAN has them: bit 31 a 29-bit
identifier, bit 30 a remote frame, which has a length and no data.
"""

from dataclasses import dataclass
from typing import Final

HEAD_BYTES: Final = 5
MOST_BYTES: Final = 8
LAST_STANDARD: Final = 0x7FF
LAST_EXTENDED: Final = 0x1FFF_FFFF

EXTENDED_FLAG: Final = 1 << 31
REMOTE_FLAG: Final = 1 << 30
_ERROR: Final = 1 << 29


@dataclass(frozen=True, slots=True)
class CanFrame:
    """A classic frame. asks: bytes that a remote frame asks for; None for a data frame."""

    identifier: int
    data: bytes = b""
    extended: bool = False
    asks: int | None = None

    def __post_init__(self) -> None:
        last = LAST_EXTENDED if self.extended else LAST_STANDARD
        if not 0 <= self.identifier <= last:
            raise ValueError(f"an identifier of {29 if self.extended else 11} bits ends at {last:X}")
        if len(self.data) > MOST_BYTES or not 0 <= (self.asks or 0) <= MOST_BYTES or (self.asks and self.data):
            raise ValueError("a CAN frame carries 0 to 8 bytes, a remote frame none")

    def packed(self) -> bytes:
        """Give the bytes by which the frame travels through ports."""
        flags = (EXTENDED_FLAG if self.extended else 0) | (0 if self.asks is None else REMOTE_FLAG)
        length = len(self.data) if self.asks is None else self.asks
        return (self.identifier | flags).to_bytes(4) + bytes((length,)) + self.data

    def __str__(self) -> str:
        shown = f"{self.identifier:08X}" if self.extended else f"{self.identifier:03X}"
        return f"{shown}#R{self.asks or ''}" if self.asks is not None else f"{shown}#{self.data.hex().upper()}"


def packed_size(head: bytes) -> int | None:
    """Give how many bytes the frame takes whose head this is; None where no frame begins so."""
    word, length = int.from_bytes(head[:4]), head[4]
    if length > MOST_BYTES:
        return None
    if word <= LAST_STANDARD:  # nearly always
        return HEAD_BYTES + length
    last = LAST_EXTENDED if word & EXTENDED_FLAG else LAST_STANDARD
    if word & _ERROR or word & LAST_EXTENDED > last:
        return None
    return HEAD_BYTES + (0 if word & REMOTE_FLAG else length)


def unpacked(data: bytes) -> CanFrame:
    """Give the frame that these bytes, all of one frame, stand for. Raises ValueError."""
    if len(data) < HEAD_BYTES or packed_size(data) != len(data):
        raise ValueError(f"{data.hex(' ').upper()} is no CAN frame")
    word = int.from_bytes(data[:4])
    asks = data[4] if word & REMOTE_FLAG else None
    return CanFrame(word & LAST_EXTENDED, data[HEAD_BYTES:], bool(word & EXTENDED_FLAG), asks)
