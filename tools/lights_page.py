"""docs/models/lights-ambiguity.md: which states of a device look the same, so that no look at its lamps can tell."""

from collections.abc import Iterator
from itertools import product

from wattstead.catalog.fronts import fronts
from wattstead.catalog.panels import load_panel
from wattstead.model.front import Front, FrontState, Kind
from wattstead.model.lamp import Pattern
from wattstead.model.protection import Light
from wattstead.model.seen import Pace, fits, light_text, parse_lights

_HEAD = """<!-- Made by `make docs` from the tables in panels/; change tools/lights_page.py, not this page. -->

# What the lights cannot tell

Each table below is tried in full: every look of every state of a battery, and every combination of off, slow, fast and
on of the other devices, as a person sees them who does not count seconds. What is listed fits several states; there the
lamps alone cannot tell which it is, and [`explain --led`](../lights.md) says so. How the tables are read stands in
[panels](panels.md).
"""
_SAID = {
    "overcharged": "overcharge",
    "overdischarged": "over-discharge",
    "joined": "joining of a pair",
    "alarm": "alarms",
}


def lights_page() -> str:
    """Give the page."""
    return _HEAD + "".join(_front(front) for front in fronts())


def _front(front: Front) -> str:
    looks = list(dict.fromkeys(_looks(front)))
    found = {text: _exact(front, text) for text in looks}
    several = _by_states({text: states for text, states in found.items() if len(states) > 1})
    none = [text for text, states in found.items() if not states]
    alone = sum(len(states) == 1 for states in found.values())
    page = f"\n## {front.title['en']} (`{front.name}`)\n\n"
    page += f"{len(front.states)} states, {len(looks)} different looks, {alone} of which stand for one state only.\n"
    if front.kind is Kind.BATTERY:
        page += _vague(front)
    if several:
        page += "\n| looks | such as | may be |\n| --- | --- | --- |\n"
        page += "".join(f"| {len(texts)} | `{texts[0]}` | {'; '.join(names)} |\n" for names, texts in several.items())
    if none:
        page += (
            f"\nNo row of the table has {len(none)} of the looks, such as `{none[0]}`; the nearest states are shown.\n"
        )
    return page


def _looks(front: Front) -> Iterator[str]:
    """Give all that can be seen, as a person would type it."""
    if front.kind is not Kind.BATTERY:
        for lights in product(("off", "slow", "fast", "on"), repeat=len(front.lamps)):
            yield " ".join(f"{lamp.name}={light}" for lamp, light in zip(front.lamps, lights, strict=True))
        return
    for state in front.states:
        for look in state.looks:
            yield " ".join(f"{name}={_eye(pattern)}" for name, pattern in look.lights.items())


def _eye(pattern: Pattern) -> str:
    """Give what a person says of a lamp who does not count seconds."""
    if pattern.light is not Light.BLINK or pattern.flashes > 1 or pattern.times:
        return pattern.text()
    return next(light_text(pace) for pace in Pace if fits(pattern, pace))


def _exact(front: Front, text: str) -> list[FrontState]:
    return [match.state for match in front.rank(parse_lights(front, text)) if match.exact]


def _by_states(found: dict[str, list[FrontState]]) -> dict[tuple[str, ...], list[str]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for text, states in found.items():
        groups.setdefault(tuple(state.title["en"] for state in states), []).append(text)
    return groups


def _vague(front: Front) -> str:
    """Say what a panel never shows, and which of its states stand for two things at once."""
    hidden = [_SAID[name] for name in load_panel(front.name).hidden() if name in _SAID]
    text = f"It never shows by itself: {', '.join(hidden)}.\n" if hidden else ""
    both = sum(" or " in state.title["en"] for state in front.states)
    return f"{text}{both} of the states leave open which way the current flows.\n"
