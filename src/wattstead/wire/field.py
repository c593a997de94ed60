"""What the bytes of a payload are worth: one description, both directions.

A profile's table names these types; none of them knows a device. ``read`` raises DecodeError, ``write`` EncodeError;
both speak of the value only: who calls them adds the field's name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from wattstead.model.errors import DecodeError, EncodeError

Raw = float | int | str | datetime | None | tuple[int, ...]
"""What one field decodes to. None: the device sent its sign for "not known"."""

Order = Literal["big", "little"]
"""Of the bytes of one value."""


class Type(Protocol):
    """A value of a fixed number of bytes."""

    @property
    def size(self) -> int: ...

    def read(self, data: bytes) -> Raw: ...

    def write(self, value: object) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Number:
    """value = raw x scale + offset, rounded to ``digits`` decimals so that 5280 x 0.01 is 52.8.

    absent: the raw value that means "not known", as it stands on the wire. order: of the bytes.
    """

    size: int = 2
    signed: bool = False
    scale: float = 1.0
    offset: float = 0.0
    digits: int = 0
    absent: int | None = None
    order: Order = "big"

    def read(self, data: bytes) -> float | int | None:
        if self.absent is not None and int.from_bytes(data, self.order) == self.absent:
            return None
        raw = int.from_bytes(data, self.order, signed=self.signed)
        if self.scale == 1 and self.offset == 0:  # ``whole``, without the price of a call
            return raw
        return round(raw * self.scale + self.offset, self.digits) + 0.0  # + 0.0: never -0.0

    def write(self, value: object) -> bytes:
        if value is None and self.absent is not None:
            return self.absent.to_bytes(self.size, self.order)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise EncodeError(f"{value!r} is no number")
        try:
            raw = value if self.whole and isinstance(value, int) else round((value - self.offset) / self.scale)
            data = raw.to_bytes(self.size, self.order, signed=self.signed)
        except (OverflowError, ValueError):  # too large, infinite, not a number
            low, high = self.limits
            raise EncodeError(f"{value} does not fit; the wire carries {low:g} to {high:g}") from None
        if self.absent is not None and int.from_bytes(data, self.order) == self.absent:
            raise EncodeError(f"{value} is the wire's sign for 'not known'")
        return data

    @property
    def whole(self) -> bool:
        """Whether the value is the raw integer itself."""
        return self.scale == 1 and self.offset == 0

    @property
    def limits(self) -> tuple[float, float]:
        """Smallest and largest value that the wire carries, in the field's unit."""
        bits = 8 * self.size
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if self.signed else (0, (1 << bits) - 1)
        ends = round(low * self.scale + self.offset, self.digits), round(high * self.scale + self.offset, self.digits)
        return min(ends), max(ends)  # a negative scale turns them round


@dataclass(frozen=True, slots=True)
class Word:
    """A number that stands for a word. Numbers without a word are kept as ``0x33`` so that nothing is lost.

    also: words that this wire has no number for, and which of its own it says instead.
    """

    names: Mapping[int, str]
    size: int = 1
    order: Order = "big"
    also: Mapping[str, str] = field(default_factory=dict)

    def read(self, data: bytes) -> str:
        raw = int.from_bytes(data, self.order)
        return self.names.get(raw, f"0x{raw:0{2 * self.size}X}")

    def write(self, value: object) -> bytes:
        value = self.also.get(value, value) if isinstance(value, str) else value
        for raw, name in self.names.items():
            if name == value:
                return raw.to_bytes(self.size, self.order)
        if isinstance(value, str) and value.startswith("0x"):
            try:
                return int(value, 16).to_bytes(self.size, self.order)
            except (ValueError, OverflowError):
                pass
        raise EncodeError(f"{value!r} is none of {', '.join(self.names.values())} (or a number such as 0x33)")


@dataclass(frozen=True, slots=True)
class Bits:
    """Bits with names, bit 0 first; "" where a bit means nothing. The value is the number as it stands on the wire."""

    names: tuple[str, ...]
    size: int = 1
    order: Order = "big"

    def read(self, data: bytes) -> int:
        return int.from_bytes(data, self.order)

    def write(self, value: object) -> bytes:
        if not isinstance(value, int) or not 0 <= value < 1 << 8 * self.size:
            raise EncodeError(f"{value!r} is no number of {8 * self.size} bits")
        return value.to_bytes(self.size, self.order)

    def name_of(self, bit: int, field: str) -> str:
        """Name a bit; one without a name of its own is called after its field, so that nothing set is hidden."""
        return self.names[bit] if bit < len(self.names) and self.names[bit] else f"{field}_bit_{bit}"

    def split(self, value: int, field: str) -> dict[str, bool]:
        """Give each bit that has a name or is set."""
        if not value:  # nearly always
            return dict.fromkeys(filter(None, self.names), False)
        return {
            self.name_of(bit, field): bool(value >> bit & 1)
            for bit in range(8 * self.size)
            if value >> bit & 1 or (bit < len(self.names) and self.names[bit])
        }

    def join(self, on: Mapping[str, object], field: str) -> int:
        """Give the value in which the bits are set whose names are true in ``on``."""
        return sum(1 << bit for bit in range(8 * self.size) if on.get(self.name_of(bit, field)))


@dataclass(frozen=True, slots=True)
class Positions:
    """Bits that number cells, bit 0 of the first byte is ``first``: bytes follow each other from low to high cells."""

    size: int = 2
    first: int = 1

    def read(self, data: bytes) -> tuple[int, ...]:
        raw = int.from_bytes(data, "little")
        if not raw:  # nearly always
            return ()
        return tuple(self.first + bit for bit in range(8 * self.size) if raw >> bit & 1)

    def write(self, value: object) -> bytes:
        last = self.first + 8 * self.size - 1
        if not isinstance(value, Sequence) or not all(
            isinstance(one, int) and self.first <= one <= last for one in value
        ):
            raise EncodeError(f"{value!r} is no list of cell numbers from {self.first} to {last}")
        raw: int = sum(1 << one - self.first for one in set(value))
        return raw.to_bytes(self.size, "little")


@dataclass(frozen=True, slots=True)
class Text:
    """ASCII text of a fixed length. pad: what a shorter text is filled up with; read takes NUL and blanks away."""

    size: int
    pad: str = " "

    def read(self, data: bytes) -> str:
        text = data.rstrip(b"\0 ").decode("latin-1")
        if not (text.isascii() and text.isprintable()):
            raise DecodeError(f"{data.hex(' ').upper()} is no ASCII text")
        return text

    def write(self, value: object) -> bytes:
        if not isinstance(value, str) or not value.isascii():
            raise EncodeError(f"{value!r} is no ASCII text")
        if len(value) > self.size:
            raise EncodeError(f"{value!r} is longer than {self.size} characters")
        return value.encode("ascii").ljust(self.size, self.pad.encode())


@dataclass(frozen=True, slots=True)
class Dotted:
    """A version: one byte a number, printed with dots between them (10 04 is 16.4)."""

    size: int = 2

    def read(self, data: bytes) -> str:
        return ".".join(map(str, data))

    def write(self, value: object) -> bytes:
        parts = value.split(".") if isinstance(value, str) else []
        if len(parts) != self.size or not all(part.isdecimal() and int(part) < 256 for part in parts):
            raise EncodeError(f"{value!r} is no version of {self.size} numbers with dots between them, each below 256")
        return bytes(int(part) for part in parts)


_SHORT_CLOCK = 6


@dataclass(frozen=True, slots=True)
class Clock:
    """Year, month, day, hour, minute, second: the device's own clock, no zone. All zero: never set.

    size: 7 with a year of two bytes; 6 with one byte, counted from 2000.
    """

    size: int = 7

    def read(self, data: bytes) -> datetime | None:
        if not any(data):
            return None
        try:
            year = int.from_bytes(data[:-5]) + self._from
            return datetime(year, *data[-5:])  # noqa: DTZ001 - a device's clock knows no zone
        except ValueError as error:
            raise DecodeError(f"{data.hex(' ').upper()} is no date and time ({error})") from None

    def write(self, value: object) -> bytes:
        if value is None:
            return bytes(self.size)
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                raise EncodeError(f"{value!r} is no date and time such as 2026-10-04T21:07:19") from None
        if not isinstance(value, datetime):
            raise EncodeError(f"{value!r} is no date and time")
        if not 0 <= value.year - self._from < 1 << 8 * (self.size - 5):
            raise EncodeError(
                f"the year {value.year} does not fit; the wire carries {self._from} to {self._from + 255}"
            )
        year = (value.year - self._from).to_bytes(self.size - 5)
        return year + bytes((value.month, value.day, value.hour, value.minute, value.second))

    @property
    def _from(self) -> int:
        return 0 if self.size > _SHORT_CLOCK else 2000


@dataclass(frozen=True, slots=True)
class Hex:
    """Bytes whose meaning nobody knows, kept as hex text. size 0: all that is left."""

    size: int = 0

    def read(self, data: bytes) -> str:
        return data.hex(" ").upper()

    def write(self, value: object) -> bytes:
        try:
            data = bytes.fromhex(value) if isinstance(value, str) else b""
        except ValueError:
            data = b""
        if not isinstance(value, str) or (value.strip() and not data) or (self.size and len(data) != self.size):
            raise EncodeError(f"{value!r} is no hex text{f' of {self.size} bytes' if self.size else ''}")
        return data
