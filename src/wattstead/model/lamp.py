"""A lamp on the front of a device, what it does, and the short text in which a person writes that down.

The text of a pattern: ``off``, ``on``, ``blink``, ``blink@2s`` (with the period), ``blink2`` (two flashes, then a
pause), ``blink@1s*5>on`` (five times, then on), ``blink/20%`` (lit for a fifth of each flash). What is left out is
not known.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from wattstead.model.errors import UsageError
from wattstead.model.protection import Light

BLINK_S: Final = 1.0
"""What each flash takes, its share of the pause included, where no document states a period (ours)."""

_PLAIN: Final = (None, 1, 0, 50.0)
_SAME_PERIOD: Final = 0.2  # a person counts to within a fifth, and the tables' nearest two differ by a quarter
_PERIODS_S: Final = (0.05, 3600.0)
_TEXT: Final = re.compile(
    r"(?P<word>[^\W\d_]+)(?P<flashes>\d{1,2})?(?:@(?P<period>\d+(?:\.\d+)?)s?)?(?:/(?P<lit>\d+(?:\.\d+)?)%)?"
    r"(?:\*(?P<times>\d{1,3})(?:>(?P<then>[^\W\d_]+))?)?"
)
_WORDS: Final = {
    **dict.fromkeys(("off", "dark", "out", "éteint", "eteint", "éteinte", "éteints"), Light.OFF),
    **dict.fromkeys(("on", "steady", "solid", "lit", "fixe", "allumé", "allume", "allumée", "allumés"), Light.ON),
    **dict.fromkeys(("blink", "blinks", "blinking", "flash", "flashes", "flashing"), Light.BLINK),
    **dict.fromkeys(("flicker", "flickers", "flickering", "clignote", "clignotent", "clignotant"), Light.BLINK),
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """What one lamp does.

    The rest is for a lamp that blinks. period_s: None where nobody says. flashes: in each period, followed by a pause
    if there are several. times: how many periods, 0 for no end. then: what follows the last. lit_pct: of each flash.
    """

    light: Light
    period_s: float | None = None
    flashes: int = 1
    times: int = 0
    then: Light = Light.OFF
    lit_pct: float = 50.0

    def __post_init__(self) -> None:
        if self.light is not Light.BLINK and (self.period_s, self.flashes, self.times, self.lit_pct) != _PLAIN:
            raise UsageError(f"a lamp that is {self.light} has no period, flashes or times: only one that blinks has")
        if self.period_s is not None and not _PERIODS_S[0] <= self.period_s <= _PERIODS_S[1]:
            raise UsageError(f"period {self.period_s:g} s must lie between {_PERIODS_S[0]:g} and {_PERIODS_S[1]:g} s")
        if not 1 <= self.flashes <= 99:
            raise UsageError(f"{self.flashes} flashes in a period must be 1 to 99")
        if not 0 <= self.times <= 999:
            raise UsageError(f"{self.times} times must be 1 to 999, or 0 for no end")
        if self.then is Light.BLINK or (self.then is Light.ON and not self.times):
            raise UsageError("after it has blinked a number of times a lamp must be off or on")
        if not 1.0 <= self.lit_pct <= 99.0:
            raise UsageError(f"a lamp that blinks must be lit for 1 to 99 % of a flash, not {self.lit_pct:g} %")

    def text(self) -> str:
        """Write it as ``parse_pattern`` reads it."""
        if self.light is not Light.BLINK:
            return self.light.value
        return (
            f"blink{self.flashes if self.flashes > 1 else ''}"
            f"{f'@{_plain(self.period_s)}s' if self.period_s is not None else ''}"
            f"{f'/{_plain(self.lit_pct)}%' if self.lit_pct != 50.0 else ''}"
            f"{f'*{self.times}>{self.then.value}' if self.times else ''}"
        )

    def fits(self, seen: "Pattern") -> bool:
        """Tell whether a person who saw this lamp may have written ``seen``; what one of them leaves open fits."""
        if self.light is not Light.BLINK or seen.light is not Light.BLINK:
            return self.light is seen.light
        if seen.flashes not in (1, self.flashes) or (seen.times and seen.times != self.times):
            return False
        if self.period_s is None or seen.period_s is None:
            return True
        return abs(seen.period_s - self.period_s) <= _SAME_PERIOD * self.period_s


OFF: Final = Pattern(Light.OFF)
ON: Final = Pattern(Light.ON)
BLINK: Final = Pattern(Light.BLINK)


@dataclass(frozen=True, slots=True)
class Lamp:
    """One lamp. name: the short word people type. colour: as CSS names it. printed: what stands beside it.

    Two lamps with the same words beside them are one window that can show two colours. label: by language ("en", "fr").
    """

    name: str
    colour: str
    label: Mapping[str, str] = field(hash=False)
    printed: str = ""
    aliases: tuple[str, ...] = ()


def parse_pattern(text: str) -> Pattern:
    """Read the text of one pattern. Raises UsageError with the words that there are."""
    found = _TEXT.fullmatch(text.strip().lower())
    light = _WORDS.get(found["word"]) if found else None
    then = _WORDS.get(found["then"] or "off") if found else None
    if found is None or light is None or then is None:
        raise UsageError(f"a lamp cannot be {text!r}; write off, on or blink, also as blink@2s, blink2 or blink*5>on")
    return Pattern(
        light=light,
        period_s=float(found["period"]) if found["period"] else None,
        flashes=int(found["flashes"] or 1),
        times=int(found["times"] or 0),
        then=then,
        lit_pct=float(found["lit"] or 50.0),
    )


def lamp_on(pattern: Pattern, t_s: float) -> bool:
    """Tell whether the lamp is lit ``t_s`` seconds after the pattern began.

    A flash begins dark: lamps with periods of 1, 2, 3 and 4 s that begin together then light up in turn (GRW-4), and
    one that was lit before is seen to blink.
    """
    if not 0.0 <= t_s < math.inf:
        raise UsageError(f"t_s {t_s} must be a time of 0 s or more since the pattern began")
    if pattern.light is not Light.BLINK:
        return pattern.light is Light.ON
    periods = t_s / (pattern.period_s or BLINK_S * pattern.flashes)
    if pattern.times and periods >= pattern.times:
        return pattern.then is Light.ON
    slots = pattern.flashes if pattern.flashes == 1 else pattern.flashes + 1  # the last slot is the pause
    slot, phase = divmod(periods % 1.0 * slots, 1.0)
    return slot < pattern.flashes and phase >= 1.0 - pattern.lit_pct / 100.0


def _plain(number: float) -> str:
    return repr(float(number)).removesuffix(".0")
