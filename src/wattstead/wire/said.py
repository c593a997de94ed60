"""Values as a text console says them: one word or number in a table or behind a label. A lone dash: not known.

The rules are those of ``wire/field.py``; the bytes are the characters of the value alone, without its unit.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from wattstead.model.errors import DecodeError, EncodeError
from wattstead.wire.field import Bits, Number

ABSENT = b"-"
_DIGITS = 12
_WHOLE = re.compile(rb"[+-]?\d{1,12}")
_TIME = re.compile(r"\d{2,4}-\d\d-\d\d \d\d:\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class SaidNumber(Number):
    """A whole number: value = what stands there x scale. Its size says only which numbers a device can have."""

    size: int = 4
    signed: bool = True

    def read(self, data: bytes) -> float | int | None:
        if data == ABSENT:
            return None
        if not (data.isdigit() and len(data) <= _DIGITS) and not _WHOLE.fullmatch(data):
            raise DecodeError(f"{_text(data)!r} is no whole number")
        raw = int(data)
        return raw if self.scale == 1 else round(raw * self.scale + self.offset, self.digits) + 0.0

    def write(self, value: object) -> bytes:
        if value is None:
            return ABSENT
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise EncodeError(f"{value!r} is no number")
        low, high = self.limits
        if not low <= value <= high:
            raise EncodeError(f"{value} does not fit; the wire carries {low:g} to {high:g}")
        return str(round((value - self.offset) / self.scale)).encode()

    @property
    def whole(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class SaidWord:
    """A word that stands for one of ours. Others are told as they come, in small letters.

    also: words of ours that this console has none for, and which of ours it says instead.
    """

    names: Mapping[str, str]
    also: Mapping[str, str] = field(default_factory=dict)
    size: int = 1

    def read(self, data: bytes) -> str | None:
        text = _text(data)
        return None if data == ABSENT else self.names.get(text, text.lower())

    def write(self, value: object) -> bytes:
        if value is None:
            return ABSENT
        value = self.also.get(value, value) if isinstance(value, str) else value
        for said, name in self.names.items():
            if name == value:
                return said.encode()
        raise EncodeError(f"{value!r} is none of {', '.join(self.names.values())}")


@dataclass(frozen=True, slots=True)
class SaidText:
    """Text as it stands there."""

    size: int = 1

    def read(self, data: bytes) -> str:
        return _text(data)

    def write(self, value: object) -> bytes:
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise EncodeError(f"{value!r} is no printable ASCII text")
        return value.encode("ascii")


@dataclass(frozen=True, slots=True)
class SaidTime:
    """A date and time such as 2026-10-04 21:07:19, whatever stands before it. short: the year has two digits."""

    short: bool = False
    size: int = 1

    def read(self, data: bytes) -> datetime | None:
        if data == ABSENT:
            return None
        found = _TIME.search(_text(data))
        try:
            return datetime.strptime(found[0], self._form) if found else _no_time(data)  # noqa: DTZ007 - a device's clock knows no zone
        except ValueError as error:
            raise DecodeError(f"{_text(data)!r} is no date and time ({error})") from None

    def write(self, value: object) -> bytes:
        if value is None:
            return ABSENT
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                raise EncodeError(f"{value!r} is no date and time such as 2026-10-04T21:07:19") from None
        if not isinstance(value, datetime):
            raise EncodeError(f"{value!r} is no date and time")
        return value.strftime(self._form).encode() if value.year >= 1000 else _too_early(value)

    @property
    def _form(self) -> str:
        return "%y-%m-%d %H:%M:%S" if self.short else "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class SaidMask(Bits):
    """Bits in hex, with their words behind them: 0x2000 COULFULL. words: what the console calls the bits it names."""

    size: int = 4
    words: Mapping[str, str] = field(default_factory=dict)

    def read(self, data: bytes) -> int:
        mask = data.split()[0] if data.split() else b""
        try:
            value = int(mask, 16)
        except ValueError:
            raise DecodeError(f"{_text(data)!r} does not begin with bits in hex such as 0x2000") from None
        if not 0 <= value < 1 << 8 * self.size:
            raise DecodeError(f"{_text(data)!r} has more than {8 * self.size} bits")
        return value

    def write(self, value: object) -> bytes:
        if not isinstance(value, int) or not 0 <= value < 1 << 8 * self.size:
            raise EncodeError(f"{value!r} is no number of {8 * self.size} bits")
        on = [name for bit, name in enumerate(self.names) if name and value >> bit & 1]
        words = " ".join(self.words[name] for name in on if name in self.words)
        return f"0x{value:<8X} {words}".rstrip().encode() if words else f"0x{value:X}".encode()


@dataclass(frozen=True, slots=True)
class SaidPlaces:
    """A column that says Y or N for each cell."""

    size: int = 1

    def read(self, data: bytes) -> tuple[int, ...]:
        return tuple(k for k, word in enumerate(data.split(), 1) if word == b"Y")

    def write(self, value: object) -> bytes:
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise EncodeError(f"{value!r} is no list of cell numbers")
        return b" ".join(b"Y" if k in value else b"N" for k in range(1, max(value, default=0) + 1))


def _text(data: bytes) -> str:
    text = data.decode("latin-1")
    if not (text.isascii() and text.isprintable()):
        raise DecodeError(f"{data.hex(' ').upper()} is no ASCII text")
    return text


def _no_time(data: bytes) -> datetime:
    raise DecodeError(f"{_text(data)!r} holds no date and time such as 2026-10-04 21:07:19")


def _too_early(value: datetime) -> bytes:
    raise EncodeError(f"{value} lies before the year 1000")
