"""What a person saw of the lamps of a device, as he types it: ``run=blink, alm=on, 1-3=on`` or ``alm on, run slow``."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import Final, Protocol

from wattstead.model.errors import UsageError
from wattstead.model.lamp import Lamp, Pattern, parse_pattern
from wattstead.model.protection import Light


class Pace(StrEnum):
    """How fast a lamp blinks, where a person did not count."""

    SLOW = "slow"
    FAST = "fast"


SeenLight = Pattern | Pace
"""What one lamp did in the eyes of a person."""

Seen = Mapping[str, SeenLight | None]
"""What a person saw, by name of the lamp; None for one that could not be seen. A lamp not named was probably dark."""


class HasLamps(Protocol):
    """A panel or a front: what lamps are named after."""

    @property
    def name(self) -> str: ...
    @property
    def lamps(self) -> tuple[Lamp, ...]: ...


_FAST_FROM_S: Final = 0.5
_SLOW_FROM_S: Final = 1.0
"""A flash of less than the first is fast, one of more than the second slow; between them a person may say either."""

_PACES: Final = {
    **dict.fromkeys(("slow", "slowly", "lent", "lente", "lentement"), Pace.SLOW),
    **dict.fromkeys(("fast", "quick", "quickly", "rapid", "rapidly", "rapide", "rapidement"), Pace.FAST),
}
_UNSEEN: Final = frozenset({"?", "unseen", "unknown", "hidden", "caché", "cache", "invisible", "inconnu"})
_ALL: Final = frozenset({"all", "tous", "toutes", "tout"})
_REST: Final = frozenset({"rest", "others", "other", "autres", "reste"})
_FILLERS: Final = frozenset(
    {"led", "leds", "lamp", "lamps", "light", "lights", "voyant", "voyants", "is", "are", "est", "sont", "and", "et"}
    | {"the", "le", "la", "les"}
)
_RANGE: Final = re.compile(r"(?P<word>\D*?)(?P<first>\d+)(?:-|–|\.\.)(?P<again>\D*?)(?P<last>\d+)")
_WAYS: Final = (
    "write off, on, slow, fast or blink (also blink@2s for its period, blink2 for two flashes), ? for not seen"
)


def fits(pattern: Pattern, seen: SeenLight) -> bool:
    """Tell whether a person who saw a lamp with this pattern may have said ``seen``."""
    if isinstance(seen, Pattern):
        return pattern.fits(seen)
    if pattern.light is not Light.BLINK:
        return False
    if pattern.period_s is None or pattern.flashes > 1:  # nobody says how fast, or short flashes with long pauses
        return True
    return pattern.period_s >= _FAST_FROM_S if seen is Pace.SLOW else pattern.period_s <= _SLOW_FROM_S


def said(pattern: Pattern, seen: SeenLight) -> bool:
    """Tell whether a person said just what a table says, no less."""
    return pattern == seen if isinstance(seen, Pattern) else fits(pattern, seen)


def compare(lights: Mapping[str, Pattern], seen: Seen) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name the lamps that were seen otherwise than they should be, and those that would be lit but were not named."""
    differs, unsaid = [], []
    for name, pattern in lights.items():
        if name not in seen:
            unsaid += [name] if pattern.light is not Light.OFF else []
        elif (one := seen[name]) is not None and not fits(pattern, one):
            differs.append(name)
    return tuple(differs), tuple(unsaid)


def seen_text(seen: Seen) -> str:
    """Write what was seen as ``parse_lights`` reads it."""
    return " ".join(f"{name}={light_text(light)}" for name, light in seen.items())


def light_text(light: SeenLight | None) -> str:
    """Write what one lamp did."""
    return "?" if light is None else light.text() if isinstance(light, Pattern) else light.value


def parse_light(text: str) -> SeenLight | None:
    """Read what one lamp did; None for one that could not be seen. Raises UsageError with the words that there are."""
    word = text.strip().lower()
    if word in _UNSEEN:
        return None
    if word in _PACES:
        return _PACES[word]
    try:
        return parse_pattern(word)
    except UsageError as error:
        what, sign, _ = str(error).partition("; write off")
        raise UsageError(f"{what}; {_WAYS}") if sign else error from None


def parse_lights(panel: HasLamps, text: str) -> Seen:
    """Read what a person saw, with the names of the panel's lamps.

    Lamps and what they do in any order: ``run=on 1-3=blink``, ``alm on, run slow blink, rest off``. Raises UsageError
    for a lamp that the panel has not, one named twice, and a light that is none.
    """
    seen: dict[str, SeenLight | None] = {}
    every: list[tuple[bool, SeenLight | None]] = []
    for names, light in _pairs(panel, text):
        for name in names:
            if name in _ALL or name in _REST:
                every.append((name in _ALL, light))
                continue
            for one in _named(panel, name):
                if one in seen:
                    raise UsageError(f"lamp {one} stands twice in {text!r}; name each once")
                seen[one] = light
    for _, light in every:
        seen |= {lamp.name: light for lamp in panel.lamps if lamp.name not in seen}
    return seen


def _pairs(panel: HasLamps, text: str) -> Iterator[tuple[list[str], SeenLight | None]]:
    """Give names with what they do. Two words may say it: slow blink."""
    waiting: list[str] = []
    told: tuple[list[str], SeenLight | None] | None = None
    for token in _tokens(text):
        name, sign, value = token.partition("=")
        if sign:
            yield from [told] if told else []
            waiting, told = [], ([*waiting, *filter(None, [name])], parse_light(value))
            if not told[0]:
                raise UsageError(f"{token!r} does not say which lamp; write NAME=VALUE, such as {_example(panel)}")
        elif _is_light(token) and not _is_lamp(panel, token):
            if waiting:
                yield from [told] if told else []
                waiting, told = [], (waiting, parse_light(token))
            elif told:
                told = (told[0], _both(told[1], parse_light(token), token))
            else:
                raise UsageError(f"{token!r} does not say which lamp; write NAME=VALUE, such as {_example(panel)}")
        elif token not in _FILLERS or _is_lamp(panel, token):
            waiting.append(token)
    yield from [told] if told else []
    if waiting or told is None:
        what = " ".join(waiting)
        for name in waiting:
            _named(panel, name)  # that there is no such lamp says more
        raise UsageError(f"{what!r} in a pattern of lamps must be NAME=VALUE, such as {_example(panel)}; {_WAYS}")


def _tokens(text: str) -> list[str]:
    joined = re.sub(r"\s*[=:]\s*", "=", text.strip().lower())
    return [token for token in re.split(r"[\s,;]+", joined) if token]


def _example(panel: HasLamps) -> str:
    return f"{panel.lamps[0].name}=on"


def _is_light(token: str) -> bool:
    try:
        parse_light(token)
    except UsageError:
        return False
    return True


def _is_lamp(panel: HasLamps, token: str) -> bool:
    return any(token == lamp.name or token in lamp.aliases for lamp in panel.lamps)


def _both(first: SeenLight | None, second: SeenLight | None, token: str) -> SeenLight:
    """Join "slow" and "blink", in either order."""
    both = (first, second)
    pace = next((one for one in both if isinstance(one, Pace)), None)
    blinks = any(isinstance(one, Pattern) and one.light is Light.BLINK for one in both)
    if pace is None or not blinks:
        raise UsageError(f"{token!r} comes after a lamp that does something already; write NAME=VALUE for each lamp")
    return pace


def _named(panel: HasLamps, name: str) -> Sequence[str]:
    """Give the lamps that a name stands for; a range, such as 1-3, stands for several."""
    spelled = name.replace("-", "_")
    for lamp in panel.lamps:
        if name in (lamp.name, *lamp.aliases) or spelled in (lamp.name, *lamp.aliases):
            return (lamp.name,)
    if name in _ALL | _REST:
        return ()
    if span := _RANGE.fullmatch(name):
        first, last = int(span["first"]), int(span["last"])
        if first <= last <= first + len(panel.lamps):
            return [one for at in range(first, last + 1) for one in _named(panel, f"{span['word']}{at}")]
    names = [lamp.name for lamp in panel.lamps]
    near = get_close_matches(name, names, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}? Its" if near else "its"
    raise UsageError(f"panel {panel.name} has no lamp {name!r}; {hint} lamps are {', '.join(names)}")
