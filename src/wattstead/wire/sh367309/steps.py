"""Which values a few bits of the chip can stand for, and the nearest of them to one that somebody asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Protocol

from wattstead.model.errors import EncodeError
from wattstead.model.setting import SettingValue
from wattstead.wire.sh367309.thermistor import Thermistor


class Steps(Protocol):
    """What the codes of one setting mean."""

    def value(self, code: int, probe: Thermistor, /) -> SettingValue | None:
        """Give what a code means; None for one that means nothing."""
        ...

    def nearest(self, value: SettingValue, probe: Thermistor, /) -> int:
        """Give the code that comes nearest to a value. Raises EncodeError for what is no value of its kind."""
        ...

    def allows(self, value: SettingValue) -> bool:
        """Whether the data sheet promises that the chip works with this value."""
        ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A number for each code. Where two codes mean the same the first is written."""

    values: Sequence[float]

    def value(self, code: int, _probe: Thermistor, /) -> float:
        return self.values[code]

    def nearest(self, value: SettingValue, _probe: Thermistor, /) -> int:
        asked = number(value)
        return min(range(len(self.values)), key=lambda code: (abs(self.values[code] - asked), code))

    def allows(self, value: SettingValue) -> bool:
        return value in self.values


@dataclass(frozen=True, slots=True)
class Words:
    """A word, or on and off, for each code."""

    values: Sequence[str | bool]

    def value(self, code: int, _probe: Thermistor, /) -> str | bool:
        return self.values[code]

    def nearest(self, value: SettingValue, _probe: Thermistor, /) -> int:
        for code, known in enumerate(self.values):
            if value is known or (isinstance(known, str) and value == known):
                return code
        raise EncodeError(f"{value!r} is none of {', '.join(map(plain, self.values))}")

    def allows(self, value: SettingValue) -> bool:
        return value in self.values


@dataclass(frozen=True, slots=True)
class Stepped:
    """Whole steps from zero. lowest, highest: what the data sheet allows; the bits reach further."""

    step: int
    bits: int
    lowest: int
    highest: int

    def value(self, code: int, _probe: Thermistor, /) -> int:
        return code * self.step

    def nearest(self, value: SettingValue, _probe: Thermistor, /) -> int:
        code = ceil(number(value) / self.step - 0.5)  # of two that are equally near the lower
        return min(max(code, 0), (1 << self.bits) - 1)

    def allows(self, value: SettingValue) -> bool:
        return self.lowest <= float(value) <= self.highest


@dataclass(frozen=True, slots=True)
class Degrees:
    """A temperature as the share of the reference voltage that lies over the NTC, in 512 parts.

    hot: 0 to 255 of the lower half (NTC below the reference resistor); else the upper half, counted from its middle.
    lowest, highest: what the data sheet allows, °C.
    """

    hot: bool
    lowest: int
    highest: int

    def value(self, code: int, probe: Thermistor, /) -> float | None:
        share = code / 512 + (0.0 if self.hot else 0.5)
        return round(probe.degc_of_share(share), 1) if share else None

    def nearest(self, value: SettingValue, probe: Thermistor, /) -> int:
        share = probe.share_of_degc(number(value)) - (0.0 if self.hot else 0.5)
        return min(max(round(share * 512), 1 if self.hot else 0), 255)

    def allows(self, value: SettingValue) -> bool:
        return self.lowest <= float(value) <= self.highest


def number(value: SettingValue) -> float:
    """Give a number as one. Raises EncodeError."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise EncodeError(f"{value!r} is no number")
    return float(value)


def plain(value: SettingValue | None) -> str:
    """Write a value as people do."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, int | float) else str(value)
