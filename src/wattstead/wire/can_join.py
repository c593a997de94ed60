"""Values that stand in several signals, and often in several frames: a name in two halves, cells four by four, a clock.

Each rule has a name, by which a profile calls it, and works both ways.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from wattstead.model.errors import EncodeError


@dataclass(frozen=True, slots=True)
class Rule:
    """together: signals to value, None where they make none. apart: value to so many signals. Raises EncodeError."""

    together: Callable[[Sequence[Any]], Any]
    apart: Callable[[Any, int], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Join:
    """quantity: what the signals make together, by the rule of that name."""

    quantity: str
    rule: str
    signals: tuple[str, ...]

    def told(self, signals: Mapping[str, Any]) -> Any:
        """Give the value, None while one of the signals is not there or not known."""
        values = [signals.get(name) for name in self.signals]
        return None if any(value is None for value in values) else RULES[self.rule].together(values)

    def said(self, value: Any) -> dict[str, Any]:
        """Give the signals of a value. Raises EncodeError."""
        return dict(zip(self.signals, RULES[self.rule].apart(value, len(self.signals)), strict=True))


_LETTERS: Final = 8


def _cut(text: Any, count: int) -> Sequence[str]:
    shown = str(text)[: _LETTERS * count]
    return [shown[_LETTERS * k : _LETTERS * (k + 1)] for k in range(count)]


def _clock(parts: Sequence[Any]) -> datetime | None:
    year, *rest = parts
    if not any(parts):
        return None  # never set
    try:
        return datetime(2000 + year, *rest)  # noqa: DTZ001 - a device's clock knows no zone
    except ValueError:
        return None


def _clock_parts(value: Any, count: int) -> Sequence[int]:
    if not isinstance(value, datetime) or not 2000 <= value.year < 2064:
        raise EncodeError(f"{value!r} is no time from 2000 to 2063")
    return (value.year - 2000, value.month, value.day, value.hour, value.minute, value.second)[:count]


def _cells(value: Any, count: int) -> Sequence[Any]:
    if not isinstance(value, Sequence) or len(value) != count:
        raise EncodeError(f"there are {count} places, not {len(value) if isinstance(value, Sequence) else 1}")
    return list(value)


def _numbers(value: Any, count: int, base: int) -> Sequence[int]:
    try:
        parts = [int(part, base) for part in str(value).split(".")]
    except ValueError:
        parts = []
    if len(parts) != count or any(part > 0xFF for part in parts):
        raise EncodeError(f"{value!r} is no version such as 1.17")
    return parts


RULES: Final[Mapping[str, Rule]] = {
    "text": Rule("".join, _cut),
    "list": Rule(tuple, _cells),
    "clock": Rule(_clock, _clock_parts),
    # 01 17 is 1.17: of a byte people read the two hex digits, as the GX devices show them.
    "hex_version": Rule(
        lambda parts: f"{parts[0]:X}." + ".".join(f"{part:02X}" for part in parts[1:]),
        lambda value, count: _numbers(value, count, 16),
    ),
    "version": Rule(
        lambda parts: ".".join(str(part) for part in parts), lambda value, count: _numbers(value, count, 10)
    ),
}
