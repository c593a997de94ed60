"""Values that only one make or two write so; the usual ones stand in ``wire/field.py``, and the rules are the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from struct import Struct
from typing import Final

from wattstead.model.errors import DecodeError, EncodeError
from wattstead.wire.field import Number


@dataclass(frozen=True, slots=True)
class SignAndSize(Number):
    """A number whose highest bit is its sign, the rest its size: value = size x scale, negative where the bit is clear.

    JK boards write the current so: the bit is set while they are charged. A negative scale turns that round.
    """

    def read(self, data: bytes) -> float:
        raw = int.from_bytes(data)
        return round((raw & self._top - 1) * self.scale * (1 if raw & self._top else -1), self.digits) + 0.0

    def write(self, value: object) -> bytes:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise EncodeError(f"{value!r} is no number")
        low, high = self.limits
        if not low <= value <= high:  # not a number is refused here, too
            raise EncodeError(f"{value} does not fit; the wire carries {low:g} to {high:g}")
        raw = round(abs(value) / abs(self.scale))
        return (raw | (self._top if raw and (value > 0) is (self.scale > 0) else 0)).to_bytes(self.size)

    @property
    def _top(self) -> int:
        return 1 << 8 * self.size - 1

    @property
    def whole(self) -> bool:
        return False

    @property
    def limits(self) -> tuple[float, float]:
        limit = round((self._top - 1) * abs(self.scale), self.digits)
        return -limit, limit


@dataclass(frozen=True, slots=True)
class ChargeThenDischarge(Number):
    """A current in two numbers without sign, one for each way, of which one is 0: first charging, then discharging.

    value = (first - second) x scale. Packs in parallel may say both: their difference counts.
    """

    def read(self, data: bytes) -> float:
        half = self.size // 2
        raw = int.from_bytes(data[:half]) - int.from_bytes(data[half:])
        return round(raw * self.scale, self.digits) + 0.0

    def write(self, value: object) -> bytes:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise EncodeError(f"{value!r} is no number")
        low, high = self.limits
        if not low <= value <= high:  # not a number is refused here, too
            raise EncodeError(f"{value} does not fit; the wire carries {low:g} to {high:g}")
        raw, half = round(abs(value) / self.scale), self.size // 2
        one, none = raw.to_bytes(half), bytes(half)
        return one + none if value > 0 else none + one

    @property
    def whole(self) -> bool:
        return False

    @property
    def limits(self) -> tuple[float, float]:
        limit = round(((1 << 4 * self.size) - 1) * self.scale, self.digits)
        return -limit, limit


@dataclass(frozen=True, slots=True)
class Folded(Number):
    """Whole degrees that go on below zero above 100: 100 is 100 degrees, 101 is -1, 140 is -40 (JK)."""

    def read(self, data: bytes) -> int:
        raw = int.from_bytes(data)
        return raw if raw <= 100 else 100 - raw

    def write(self, value: object) -> bytes:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise EncodeError(f"{value!r} is no number")
        low, high = self.limits
        if not low <= value <= high:
            raise EncodeError(f"{value} does not fit; the wire carries {low:g} to {high:g}")
        whole = round(value)
        return (whole if whole >= 0 else 100 - whole).to_bytes(self.size)

    @property
    def whole(self) -> bool:
        return False

    @property
    def limits(self) -> tuple[float, float]:
        return 100.0 - ((1 << 8 * self.size) - 1), 100.0


@dataclass(frozen=True, slots=True)
class Digits(Number):
    """A whole number in decimal digits: ``32 33`` is 23 as ASCII, ``23 30`` is 2330 as BCD (KSTAR inverters).

    bcd: two digits a byte; else one, as a character.
    """

    bcd: bool = False

    def read(self, data: bytes) -> int:
        text = data.hex() if self.bcd else data.decode("latin-1")
        if not (text.isascii() and text.isdecimal()):
            raise DecodeError(f"{data.hex(' ').upper()} are no decimal digits")
        return int(text)

    def write(self, value: object) -> bytes:
        if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
            raise EncodeError(f"{value!r} is no number")
        low, high = self.limits
        if not low <= round(value) <= high:
            raise EncodeError(f"{value} does not fit; the wire carries {low:g} to {high:g}")
        text = f"{round(value):0{self._digits}}"
        return bytes.fromhex(text) if self.bcd else text.encode("ascii")

    @property
    def _digits(self) -> int:
        return 2 * self.size if self.bcd else self.size

    @property
    def limits(self) -> tuple[float, float]:
        return 0, 10**self._digits - 1


_REAL: Final = Struct(">f")


@dataclass(frozen=True, slots=True)
class Real(Number):
    """A number of four bytes as IEEE 754 has it, high byte first (energy meters). value = number x scale.

    It reads as the shortest number that gives the same bytes: 230.1 and not 230.10000610. What is not a number, or
    infinite, is not known. limits: beyond them no meter means what it says.
    """

    def read(self, data: bytes) -> float | None:
        (raw,) = _REAL.unpack(data)
        if not isfinite(raw):
            return None
        shortest = next(
            (value for digits in (6, 7, 8) if _REAL.pack(value := float(f"{raw:.{digits}g}")) == data), float(raw)
        )
        return shortest * self.scale + 0.0

    def write(self, value: object) -> bytes:
        if value is None:
            return bytes.fromhex("7FC00000")
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise EncodeError(f"{value!r} is no number")
        low, high = self.limits
        if not low <= value <= high:  # not a number is refused here, too
            raise EncodeError(f"{value} does not fit; the wire carries {low:g} to {high:g}")
        data = _REAL.pack(value / self.scale)
        return bytes(4) if data == b"\x80\0\0\0" else data  # never -0.0

    @property
    def whole(self) -> bool:
        return False

    @property
    def limits(self) -> tuple[float, float]:
        limit = abs(self.scale) * 1e6
        return -limit, limit


@dataclass(frozen=True, slots=True)
class PackedDate:
    """A day in two bytes: seven bits for the years since 2000, four for the month, five for the day (JBD)."""

    size: int = 2

    def read(self, data: bytes) -> str | None:
        raw = int.from_bytes(data)
        try:
            return date(2000 + (raw >> 9), raw >> 5 & 0xF, raw & 0x1F).isoformat() if raw else None
        except ValueError as error:
            raise DecodeError(f"{data.hex(' ').upper()} is no date ({error})") from None

    def write(self, value: object) -> bytes:
        if value is None:
            return bytes(self.size)
        try:
            day = date.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            day = None
        if day is None or not 2000 <= day.year <= 2127:
            raise EncodeError(f"{value!r} is no date from 2000 to 2127 such as 2026-10-04")
        return (day.year - 2000 << 9 | day.month << 5 | day.day).to_bytes(self.size)


@dataclass(frozen=True, slots=True)
class Nibbles:
    """A version in one byte: 25 is 2.5 (JBD)."""

    size: int = 1

    def read(self, data: bytes) -> str:
        return f"{data[0] >> 4}.{data[0] & 0xF}"

    def write(self, value: object) -> bytes:
        parts = value.split(".") if isinstance(value, str) else []
        if len(parts) != 2 or not all(part.isdecimal() and int(part) < 16 for part in parts):
            raise EncodeError(f"{value!r} is no version of two numbers below 16, such as 2.5")
        return bytes((int(parts[0]) << 4 | int(parts[1]),))


@dataclass(frozen=True, slots=True)
class WordPositions:
    """Bits that number cells, sixteen a word; words go from low to high cells, each with its high byte first (JBD)."""

    size: int = 4
    first: int = 1

    def read(self, data: bytes) -> tuple[int, ...]:
        if not any(data):  # nearly always
            return ()
        raw = self._turned(data)
        return tuple(self.first + bit for bit in range(8 * self.size) if raw >> bit & 1)

    def write(self, value: object) -> bytes:
        last = self.first + 8 * self.size - 1
        if not isinstance(value, Sequence) or not all(
            isinstance(one, int) and self.first <= one <= last for one in value
        ):
            raise EncodeError(f"{value!r} is no list of cell numbers from {self.first} to {last}")
        raw: int = sum(1 << one - self.first for one in set(value))
        data = raw.to_bytes(self.size, "little")
        return b"".join([data[k : k + 2][::-1] for k in range(0, self.size, 2)])

    @staticmethod
    def _turned(data: bytes) -> int:
        return int.from_bytes(b"".join([data[k : k + 2][::-1] for k in range(0, len(data), 2)]), "little")


@dataclass(frozen=True, slots=True)
class RestText:
    """ASCII text of whatever bytes are left; NUL and blanks at its end are taken away. counted: after its length."""

    counted: bool = False
    size: int = 0

    def read(self, data: bytes) -> str:
        if self.counted:
            if not data or data[0] != len(data) - 1:
                raise DecodeError(f"{len(data)} bytes do not begin with the length of the text")
            data = data[1:]
        text = data.rstrip(b"\0 ").decode("latin-1")
        if not (text.isascii() and text.isprintable()):
            raise DecodeError(f"{data.hex(' ').upper()} is no ASCII text")
        return text

    def write(self, value: object) -> bytes:
        if not isinstance(value, str) or not value.isascii():
            raise EncodeError(f"{value!r} is no ASCII text")
        data = value.encode("ascii")
        return bytes((len(data),)) + data if self.counted else data
