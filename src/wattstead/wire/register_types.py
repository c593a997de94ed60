"""Values as makers of register maps write them: two registers with the low one first, times, versions in letters."""

from dataclasses import dataclass
from datetime import datetime

from wattstead.model.errors import DecodeError, EncodeError
from wattstead.wire.field import Clock, Hex, Number, Text


@dataclass(frozen=True, slots=True)
class LowFirst(Number):
    """A number of two registers, the low one first; within a register the high byte comes first as ever."""

    def read(self, data: bytes) -> float | int | None:
        return Number.read(self, data[2:] + data[:2])

    def write(self, value: object) -> bytes:
        data = Number.write(self, value)
        return data[2:] + data[:2]


@dataclass(frozen=True, slots=True)
class Narrow(Number):
    """A number without sign of a few bits of a register. width: how many."""

    width: int = 8

    def write(self, value: object) -> bytes:
        low, high = self.limits
        if isinstance(value, int | float) and not low <= value <= high:  # not a number is refused here, too
            raise EncodeError(f"{value} does not fit; the wire carries {low:g} to {high:g}")
        return Number.write(self, value)

    @property
    def limits(self) -> tuple[float, float]:
        ends = self.offset, round(((1 << self.width) - 1) * self.scale + self.offset, self.digits)
        return min(ends), max(ends)


@dataclass(frozen=True, slots=True)
class PackedTime:
    """Second, minute (six bits each), hour, day (five), month (four), years since 2000 (six), the lowest bits first.

    low_first: two registers, the low one first; else four registers of a byte each, the highest byte first. All zero:
    never set.
    """

    low_first: bool = True

    @property
    def size(self) -> int:
        return 4 if self.low_first else 8

    def read(self, data: bytes) -> datetime | None:
        raw = int.from_bytes(data[2:] + data[:2] if self.low_first else data[1::2])
        if not self.low_first and any(data[::2]):
            raise DecodeError(f"{data.hex(' ').upper()} has more than a byte in a register")
        if not raw:
            return None
        at = (2000 + (raw >> 26), raw >> 22 & 0xF, raw >> 17 & 0x1F, raw >> 12 & 0x1F, raw >> 6 & 0x3F, raw & 0x3F)
        try:
            return datetime(*at)  # noqa: DTZ001 - a device's clock knows no zone
        except ValueError as error:
            raise DecodeError(f"{data.hex(' ').upper()} is no date and time ({error})") from None

    def write(self, value: object) -> bytes:
        whole = Clock().write(value)  # refuses what is no time
        year = int.from_bytes(whole[:2])
        if any(whole) and not 2000 <= year < 2064:
            raise EncodeError(f"the year {year} does not fit; the wire carries 2000 to 2063")
        month, day, hour, minute, second = whole[2:]
        raw = (max(year - 2000, 0) << 26) | month << 22 | day << 17 | hour << 12 | minute << 6 | second
        data = raw.to_bytes(4)
        return data[2:] + data[:2] if self.low_first else b"".join(bytes((0, one)) for one in data)


@dataclass(frozen=True, slots=True)
class TextOrHex:
    """A bar code or serial number: ASCII text where all its bytes are letters, else the bytes as hex text."""

    size: int

    def read(self, data: bytes) -> str:
        text = data.rstrip(b"\0 ").decode("latin-1")
        return text if text.isascii() and text.isprintable() and " " not in text else data.hex(" ").upper()

    def write(self, value: object) -> bytes:
        if isinstance(value, str) and len(value) == 3 * self.size - 1:
            return Hex(self.size).write(value)
        return Text(self.size, "\0").write(value)


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
