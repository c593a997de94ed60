"""Two slots for images, and the record that says which one runs: what a boot loader keeps in its memory.

Everything carries a check sum of its own, and nothing that is in use is ever written over: of the two copies of the
record the older one is written, and an image comes into the slot that does not run. So a loss of power at any byte
leaves what was, or what is to be.
"""

import hashlib
import struct
import zlib
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from wattstead.model.errors import DecodeError
from wattstead.virtual.loader_flash import Flash
from wattstead.wire.upgrade import Why
from wattstead.wire.upgrade_image import HEAD_BYTES, LEAST_BLOCK, Head, Image

_RECORD: Final = struct.Struct(">4sIBBBxII")
_MAGIC: Final = b"WSBR"
_RECORDS_AT: Final = (0, 512)
_SLOTS_AT: Final = 1024
_HEAD_ROOM: Final = 256
_ROW: Final = struct.Struct(">II")


class Phase(IntEnum):
    """How far a change of images is."""

    SETTLED = 0
    PENDING = 1  # the slot of the record is to be tried at the next start
    TRIAL = 2  # it is being tried: at the next start the other one runs again


@dataclass(frozen=True, slots=True)
class BootRecord:
    """slot: whose image is to run. why: it does. boots: starts so far. count: the higher one of two copies is valid."""

    slot: int = 0
    phase: Phase = Phase.SETTLED
    why: Why = Why.USUAL
    boots: int = 0
    count: int = 0

    def packed(self) -> bytes:
        data = _RECORD.pack(_MAGIC, self.count, self.slot, self.phase, self.why, self.boots, 0)[:-4]
        return data + zlib.crc32(data).to_bytes(4)

    @classmethod
    def read(cls, data: bytes) -> "BootRecord | None":
        magic, count, slot, phase, why, boots, crc = _RECORD.unpack(data)
        if magic != _MAGIC or zlib.crc32(data[:-4]) != crc:
            return None
        return cls(slot, Phase(phase), Why(why), boots, count)


@dataclass
class Slot:
    """Room for one image. at: where it begins in the memory. room: bytes of content.

    head: of the image that is in it or on its way, None where nothing is. held: numbers of its blocks that are there.
    """

    flash: Flash
    at: int
    room: int
    head: Head | None = None
    held: set[int] = field(default_factory=set)

    @staticmethod
    def size(room: int) -> int:
        """Give the bytes of memory that a slot takes."""
        return _HEAD_ROOM + room // LEAST_BLOCK * _ROW.size + room

    def load(self) -> None:
        """Find out what is in it: each block counts whose check sum is right."""
        self.held = set()
        try:
            self.head = Head.read(self.flash.read(self.at, HEAD_BYTES))
        except DecodeError:
            self.head = None
            return
        if self.head.size > self.room:
            self.head = None
            return
        self.held = {index for index in range(self.head.blocks) if self._is_there(index, self.head)}

    def open(self, head: Head) -> None:
        """Make room for an image; blocks of the same one that are there stay. Raises PowerLost."""
        if self.head == head:
            return
        self.head, self.held = None, set()
        self.flash.write(self.at, head.packed())
        self.load()

    def put(self, index: int, data: bytes) -> int:
        """Write a block; give the CRC-32 of what is read back. Raises PowerLost."""
        head, crc = self._known(), zlib.crc32(data)
        if index in self.held and zlib.crc32(self.block(index)) == crc:
            return crc  # it was sent twice: memory is not worn for that
        back = self.spoil(index, data)
        if back == crc:
            self.flash.write(self._row_at(index), _ROW.pack(back, _seal(head, index, back)))
            self.held.add(index)
        return back

    def spoil(self, index: int, data: bytes) -> int:
        """Write data in the place of a block without taking it for one; give the CRC-32 of what is read back."""
        at = self._content_at + index * self._known().block_bytes
        self.held.discard(index)
        self.flash.write(at, data)
        return zlib.crc32(self.flash.read(at, len(data)))

    def block(self, index: int) -> bytes:
        head = self._known()
        return self.flash.read(self._content_at + index * head.block_bytes, head.length_of(index))

    @property
    def missing(self) -> list[int]:
        return [index for index in range(self.head.blocks) if index not in self.held] if self.head else []

    @property
    def whole(self) -> bool:
        return self.head is not None and len(self.held) == self.head.blocks

    def sha256(self) -> bytes:
        """Give the SHA-256 of the content as it is read back."""
        return hashlib.sha256(self.flash.read(self._content_at, self._known().size)).digest()

    def can_run(self) -> bool:
        """Whether a whole image is in it that is what it says."""
        return self.head is not None and self.whole and self.sha256() == self.head.sha256

    def fill(self, image: Image) -> None:
        """Put a whole image into it, as a factory does."""
        self.open(image.head)
        for index in self.missing:
            self.put(index, image.block(index))

    @property
    def _content_at(self) -> int:
        return self.at + _HEAD_ROOM + self.room // LEAST_BLOCK * _ROW.size

    def _row_at(self, index: int) -> int:
        return self.at + _HEAD_ROOM + index * _ROW.size

    def _known(self) -> Head:
        if self.head is None:
            raise LookupError("there is no image in this slot")
        return self.head

    def _is_there(self, index: int, head: Head) -> bool:
        crc, seal = _ROW.unpack(self.flash.read(self._row_at(index), _ROW.size))
        return bool(seal == _seal(head, index, crc)) and zlib.crc32(self.block(index)) == crc


def _seal(head: Head, index: int, crc: int) -> int:
    """A row of an image that was there before must not count for this one."""
    return zlib.crc32(head.packed() + struct.pack(">HI", index, crc))


@dataclass
class Store:
    """The whole memory of one loader: two slots and the record."""

    flash: Flash
    room: int
    slots: tuple[Slot, Slot] = field(init=False)
    record: BootRecord = field(init=False)

    def __post_init__(self) -> None:
        size = Slot.size(self.room)
        first, second = (Slot(self.flash, _SLOTS_AT + number * size, self.room) for number in (0, 1))
        self.slots = (first, second)
        self.load()

    @staticmethod
    def size(room: int) -> int:
        """Give the bytes of memory that two slots of this room take with the record."""
        return _SLOTS_AT + 2 * Slot.size(room)

    def load(self) -> None:
        """Read what the memory holds, as after a start."""
        for slot in self.slots:
            slot.load()
        self.record = max(self._copies(), key=lambda one: one.count, default=BootRecord())

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever written."""
        return not self._copies() and all(slot.head is None for slot in self.slots)

    def settle(self, record: BootRecord) -> None:
        """Write the record over the older of its copies. Raises PowerLost: then the one before holds."""
        new = BootRecord(record.slot, record.phase, record.why, record.boots, self.record.count + 1)
        self.flash.sync()
        self.flash.write(_RECORDS_AT[new.count % 2], new.packed())
        self.flash.sync()
        self.record = new

    def tear(self, record: BootRecord) -> None:
        """Write half of a record, as where the power fails meanwhile."""
        self.flash.write(_RECORDS_AT[(self.record.count + 1) % 2], record.packed()[: _RECORD.size // 2])

    def _copies(self) -> list[BootRecord]:
        found = (BootRecord.read(self.flash.read(at, _RECORD.size)) for at in _RECORDS_AT)
        return [one for one in found if one is not None]
