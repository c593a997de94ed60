"""What a framer finds in a stream of bytes: frames, and noise with its reason."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Why(StrEnum):
    """Why bytes are noise."""

    STRAY = "stray"  # bytes between frames
    CUT = "cut"  # a frame that began and did not end
    CHARACTER = "character"  # a byte inside a frame that the framing does not allow
    LENGTH = "length"  # the length field contradicts itself or the frame
    CHECKSUM = "checksum"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole frame whose checksum is right.

    command: what stands in the command place: the command of a request, in many protocols the return code of a reply.
    version, kind: header bytes of the ASCII-hex family (VER, CID1). raw: the bytes as they came. at: when the last
    byte came, seconds on the clock that the chunks were stamped with.
    """

    address: int
    command: int
    payload: bytes
    version: int = 0
    kind: int = 0
    raw: bytes = b""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that are no frame. address: whom a broken frame named, where that much could be read, else None."""

    why: Why
    data: bytes
    address: int | None = None
    at: float = 0.0


class Framer(Protocol):
    """Cuts a stream into frames. Never raises, never loses the next good frame, keeps bounded memory."""

    def feed(self, data: bytes, at: float = 0.0) -> list[Frame | Noise]: ...

    def silence(self, at: float = 0.0) -> list[Frame | Noise]:
        """Tell the framer that the line went quiet: what is pending becomes noise."""
        ...

    def build(self, frame: Frame) -> bytes:
        """Give the bytes of a frame; ``raw`` and ``at`` are not looked at. Raises EncodeError."""
        ...
