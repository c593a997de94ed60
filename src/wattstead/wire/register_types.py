"""Values as makers of register maps write them: two registers with the low one first, times, versions in letters."""

from dataclasses import dataclass
from datetime import datetime

from wattstead.model.errors import DecodeError, EncodeError
from wattstead.wire.field import Clock, Number


@dataclass(frozen=True, slots=True)
class LowFirst(Number):
    """A number of two registers, the low one first; within a register the high byte comes first as ever."""

    def read(self, data: bytes) -> float | int | None:
        return Number.read(self, data[2:] + data[:2])

    def write(self, value: object) -> bytes:
        data = Number.write(self, value)
        return data[2:] + data[:2]


@dataclass(frozen=True, slots=True)
class LowFirstTime:
    """Year with its low byte first, month, day, hour, minute, second, and a byte that says nothing: eight in all.

    Some boards put a number into the last byte; it is not told.
    """

    size: int = 8

    def read(self, data: bytes) -> datetime | None:
        return Clock().read(data[1::-1] + data[2:7])

    def write(self, value: object) -> bytes:
        data = Clock().write(value)
        return data[1::-1] + data[2:] + b"\0"


@dataclass(frozen=True, slots=True)
class DottedDigits:
    """A version in ASCII digits, one a number: ``15`` is 1.5."""

    size: int = 2

    def read(self, data: bytes) -> str:
        text = data.rstrip(b"\0 ")
        if not text.isdigit():
            raise DecodeError(f"{data.hex(' ').upper()} is no version in digits")
        return ".".join(text.decode("ascii"))

    def write(self, value: object) -> bytes:
        digits = value.split(".") if isinstance(value, str) else []
        if len(digits) != self.size or not all(len(one) == 1 and one.isascii() and one.isdigit() for one in digits):
            raise EncodeError(f"{value!r} is no version of {self.size} digits with dots between them")
        return "".join(digits).encode("ascii")
