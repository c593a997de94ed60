"""What a framer finds in a stream of bytes: frames, and noise with its reason."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from wattstead.model.light import light


class Why(StrEnum):
    """Why bytes are noise."""

    STRAY = "stray"  # bytes between frames
    CUT = "cut"  # a frame that began and did not end
    CHARACTER = "character"  # a byte inside a frame that the framing does not allow
    LENGTH = "length"  # the length field contradicts itself or the frame
    CHECKSUM = "checksum"
    TOO_LONG = "too_long"


@light
@dataclass(frozen=True, slots=True)
class Frame:
    """One whole frame whose checksum is right.

    address: of the device; 0 where the protocol has none (CAN, consoles). command: what stands in the command place:
    the command of a request, in many protocols the return code of a reply, in others a function or an identifier of up
    to 29 bits. payload: what the family finds between header and checksum; a console's line as it came. version, kind:
    two more header bytes, where a framing has them (VER and CID1 of ASCII-hex). raw: the bytes as they came. at: when
    the last byte came, seconds on the clock that the chunks were stamped with. tag: a number of the request that its
    reply repeats (the transaction of Modbus TCP, the sequence of an envelope); 0 where the framing has none.
    """

    address: int
    command: int
    payload: bytes
    version: int = 0
    kind: int = 0
    raw: bytes = b""
    at: float = 0.0
    tag: int = 0


@light
@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that are no frame. address: whom a broken frame named, where that much could be read, else None."""

    why: Why
    data: bytes
    address: int | None = None
    at: float = 0.0


class Framer(Protocol):
    """Cuts a stream into frames. Never raises, never loses the next good frame, keeps bounded memory.

    One that writes tags says so: ``tagged = True`` on its class.
    """

    def feed(self, data: bytes, at: float = 0.0) -> list[Frame | Noise]: ...

    def silence(self, at: float = 0.0) -> list[Frame | Noise]:
        """Tell the framer that the line went quiet: what is pending becomes noise."""
        ...

    def build(self, frame: Frame) -> bytes:
        """Give the bytes of a frame; ``raw`` and ``at`` are not looked at. Raises EncodeError."""
        ...
