"""The memory of a virtual boot loader: bytes that outlive a loss of power, in the program or in a file.

A write that is cut by a loss of power has put down its first bytes and, at the cut, one that is neither old nor new.
"""

import os
from pathlib import Path
from typing import Protocol

from wattstead.model.errors import FileError


class PowerLost(Exception):
    """The power failed while the loader was at work: what it had in its head is gone."""


class Flash(Protocol):
    """What a boot loader writes to."""

    def read(self, at: int, size: int) -> bytes: ...

    def write(self, at: int, data: bytes) -> None:
        """Raises PowerLost."""
        ...

    def sync(self) -> None:
        """Return once all that was written is safe."""
        ...


class MemoryFlash:
    """In the program. cut: at which write the power fails, from 0, and after how many of its bytes; once."""

    def __init__(self, size: int) -> None:
        self._bytes = bytearray(size)
        self.writes = 0
        self.cut: tuple[int, int] | None = None

    def read(self, at: int, size: int) -> bytes:
        return bytes(self._bytes[at : at + size])

    def write(self, at: int, data: bytes) -> None:
        number, self.writes = self.writes, self.writes + 1
        if self.cut is not None and self.cut[0] == number:
            put, self.cut = min(self.cut[1], len(data)), None
            self._bytes[at : at + put] = data[:put]
            if 0 < put < len(data):
                self._bytes[at + put] ^= 0x5A
            raise PowerLost
        self._bytes[at : at + len(data)] = data

    def sync(self) -> None:
        """Nothing to wait for."""


class FileFlash:
    """In a file, so that it outlives the program. at: where in the file it begins; size: its bytes.

    Raises FileError for a file that cannot be used.
    """

    def __init__(self, path: Path, at: int, size: int) -> None:
        self._at, self._path = at, path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            if os.fstat(self._file).st_size < at + size:
                os.ftruncate(self._file, at + size)
        except OSError as error:
            raise FileError(f"{path}: {error.strerror}; name a file that can be written") from None

    def read(self, at: int, size: int) -> bytes:
        return os.pread(self._file, size, self._at + at)

    def write(self, at: int, data: bytes) -> None:
        os.pwrite(self._file, data, self._at + at)

    def sync(self) -> None:
        os.fsync(self._file)

    def close(self) -> None:
        os.close(self._file)
