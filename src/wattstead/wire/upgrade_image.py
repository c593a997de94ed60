"""The container of an image: what it is for, how long, its SHA-256, a CRC for each block. It is this project's own.

::

    0   magic "WSFW"          4    format (1)            5, 6  first and last hardware revision that it fits
    8   model, 24 characters  32   version, 3 x 2 bytes  38    bytes of a block, 2
    40  size, 4               44   reserved, 4 (0)       48    SHA-256 of the content
    80  CRC-32 of the table   84   reserved, 40 (0)      124   CRC-32 of bytes 0 to 123
    128 the table: CRC-32 of each block, 4 bytes each; behind it the content, whose last block may be short

Numbers have their high byte first. The check sums find damage; they are no signature, and prove nobody's authorship.
"""

import hashlib
import re
import struct
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from wattstead.model.counted import Count
from wattstead.model.errors import DecodeError, EncodeError, UsageError

MAGIC: Final = b"WSFW"
HEAD_BYTES: Final = 128
LEAST_BLOCK, MOST_BLOCK = 16, 216
"""Bytes of a block: the most that fits one Modbus frame with all that goes with it."""
MOST_BYTES: Final = 16 << 20
_FORMAT: Final = 1
_HEAD: Final = struct.Struct(">4sBBBx24s3HHI4x32sI40xI")
_MODEL: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{1,23}")
_VERSION: Final = re.compile(r"(\d{1,5})\.(\d{1,5})(?:\.(\d{1,5}))?")

Version = tuple[int, int, int]


def parse_version(text: str) -> Version:
    """Understand ``1.5`` or ``1.5.2``. Raises UsageError."""
    found = _VERSION.fullmatch(text)
    numbers = tuple(int(one or 0) for one in found.groups()) if found else ()
    if len(numbers) != 3 or max(numbers) > 0xFFFF:
        raise UsageError(f"{text!r} is no version; write two or three numbers up to 65535, such as 1.5 or 1.5.2")
    return numbers[0], numbers[1], numbers[2]


def shown_version(version: Version) -> str:
    """Write a version as people do."""
    return ".".join(map(str, version))


@dataclass(frozen=True, slots=True)
class Head:
    """What an image says of itself. first_hardware, last_hardware: revisions that it fits. size: of its content."""

    model: str
    first_hardware: int
    last_hardware: int
    version: Version
    block_bytes: int
    size: int
    sha256: bytes
    table_crc: int = 0

    @property
    def blocks(self) -> int:
        return -(-self.size // self.block_bytes)

    def length_of(self, index: int) -> int:
        """Give the bytes of a block; the last may be short."""
        return min(self.block_bytes, self.size - index * self.block_bytes)

    def packed(self) -> bytes:
        """Give the first 128 bytes of the container."""
        model = self.model.encode("ascii")
        said = (self.first_hardware, self.last_hardware, model, *self.version, self.block_bytes, self.size, self.sha256)
        data = _HEAD.pack(MAGIC, _FORMAT, *said, self.table_crc, 0)[:-4]
        return data + zlib.crc32(data).to_bytes(4)

    @classmethod
    def read(cls, data: bytes) -> "Head":
        """Understand 128 bytes. Raises DecodeError that says what is wrong."""
        if len(data) < HEAD_BYTES:
            raise DecodeError(
                f"it is cut off: {len(data)} of the {HEAD_BYTES} bytes of its head are there; fetch the file again"
            )
        if data[:4] != MAGIC:
            raise DecodeError("this is no image of Wattstead; makers' own files are not taken")
        if data[4] != _FORMAT:
            raise DecodeError(f"it has the format {data[4]}; this program knows format {_FORMAT}: take a newer one")
        _, _, first, last, model, *rest, crc = _HEAD.unpack(data[:HEAD_BYTES])
        if zlib.crc32(data[: HEAD_BYTES - 4]) != crc:
            raise DecodeError("the check sum of its head is wrong: the file was damaged or changed; fetch it again")
        major, minor, patch, block, size, sha256, table = rest
        head = cls(_text(model), first, last, (major, minor, patch), block, size, sha256, table)
        head.check()
        return head

    def check(self) -> None:
        """Raise DecodeError for a head that cannot be meant."""
        if not _MODEL.fullmatch(self.model):
            raise DecodeError(f"{self.model!r} is no model; capitals, digits and hyphens make one, 2 to 24 of them")
        if not 0 <= self.first_hardware <= self.last_hardware <= 0xFF:
            raise DecodeError(
                f"hardware {self.first_hardware} to {self.last_hardware} cannot be; write the lower first"
            )
        if not LEAST_BLOCK <= self.block_bytes <= MOST_BLOCK:
            raise DecodeError(f"blocks of {self.block_bytes} bytes cannot be; they have {LEAST_BLOCK} to {MOST_BLOCK}")
        if not 0 < self.size <= MOST_BYTES or self.blocks > 0xFFFF:
            raise DecodeError(f"{self.size} bytes in blocks of {self.block_bytes} cannot be sent")


def _text(data: bytes) -> str:
    return data.rstrip(b"\0").decode("ascii", "replace")


@dataclass(frozen=True)
class Image:
    """A whole image. head: as it says of itself."""

    head: Head
    content: bytes

    def block(self, index: int) -> bytes:
        begin = index * self.head.block_bytes
        return self.content[begin : begin + self.head.block_bytes]

    @cached_property
    def crcs(self) -> tuple[int, ...]:
        """The CRC-32 of each block."""
        return tuple(zlib.crc32(self.block(index)) for index in range(self.head.blocks))

    def packed(self) -> bytes:
        """Give the bytes of the container."""
        return self.head.packed() + _table(self.crcs) + self.content

    @classmethod
    def make(
        cls, content: bytes, *, model: str, version: Version, hardware: tuple[int, int], block_bytes: int
    ) -> "Image":
        """Make an image. hardware: first and last revision that it fits. Raises EncodeError for what cannot be."""
        sha256 = hashlib.sha256(content).digest()
        head = Head(model, *hardware, version, block_bytes, len(content), sha256)
        try:
            head.check()
        except DecodeError as error:
            raise EncodeError(str(error)) from None
        table = zlib.crc32(_table(cls(head, content).crcs))
        return cls(Head(model, *hardware, version, block_bytes, len(content), sha256, table), content)

    @classmethod
    def read(cls, data: bytes) -> "Image":
        """Understand a whole file. Raises DecodeError that says what is wrong, for the first thing that is."""
        head = Head.read(data)
        begin = HEAD_BYTES + 4 * head.blocks
        wanted = begin + head.size
        if len(data) < wanted:
            raise DecodeError(f"it is cut off: {len(data)} of {wanted} bytes are there; fetch the file again")
        if len(data) > wanted:
            raise DecodeError(
                f"{Count(len(data) - wanted):byte stands|bytes stand} behind its end; fetch the file again"
            )
        table, image = data[HEAD_BYTES:begin], cls(head, data[begin:])
        if zlib.crc32(table) != head.table_crc:
            raise DecodeError("the check sum of its table is wrong: the file was damaged or changed; fetch it again")
        said = struct.unpack(f">{head.blocks}I", table)
        wrong = [index for index, (a, b) in enumerate(zip(said, image.crcs, strict=True)) if a != b]
        if wrong:
            raise DecodeError(
                f"{Count(len(wrong)):block is|blocks are} damaged, the first is {wrong[0]} of {head.blocks}; "
                "fetch the file again"
            )
        if hashlib.sha256(image.content).digest() != head.sha256:
            raise DecodeError(
                "its SHA-256 is not that of its content: the file was changed; fetch it again where it comes from"
            )
        return image


def _table(crcs: tuple[int, ...]) -> bytes:
    return struct.pack(f">{len(crcs)}I", *crcs)
