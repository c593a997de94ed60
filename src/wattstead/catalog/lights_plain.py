"""Fronts and what was found on them as plain objects: for JSON on the command line, over HTTP and on the page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wattstead.catalog.fronts import fronts_of
from wattstead.model.errors import UsageError
from wattstead.model.front import Front, FrontMatch
from wattstead.model.lamp import Pattern
from wattstead.model.seen import Seen, light_text, parse_lights


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person saw on a device, and what it may mean there. matches: the likeliest first."""

    front: Front
    seen: Seen
    matches: tuple[FrontMatch, ...]


def look_up(text: str, dialect: str | None = None) -> tuple[Answer, ...]:
    """Find what lights may mean, on all devices that have such lamps or on those of a dialect; the likeliest first.

    Raises UsageError where no device has these lamps, with the lamps that there are.
    """
    some, answers, errors = fronts_of(dialect), [], []
    for front in some:
        try:
            seen = parse_lights(front, text)
        except UsageError as error:
            errors.append(str(error))
        else:
            answers.append(Answer(front, seen, front.rank(seen)))
    if not answers:
        raise UsageError(errors[0] if len(set(errors)) == 1 else _refusal(text, some, errors))
    return tuple(sorted(answers, key=_how_near))


def _refusal(text: str, some: Sequence[Front], errors: Sequence[str]) -> str:
    """Say why no device fits: the same slip everywhere, or lamps that none of them has."""
    common = [one for one in errors if not one.startswith("panel ")]
    if common:  # some have all these lamps
        return common[0]
    lamps = "; ".join(f"{front.name}: {', '.join(lamp.name for lamp in front.lamps)}" for front in some)
    return f"no device has all the lamps of {text!r}; the lamps are {lamps}"


def _how_near(answer: Answer) -> tuple[int, int, bool]:
    if not answer.matches:
        return len(answer.front.lamps) + 1, 0, False
    first = answer.matches[0]
    return len(first.differs), len(first.unsaid), first.look.ours


def front_plain(front: Front) -> dict[str, Any]:
    """Give a whole front."""
    return {
        "name": front.name,
        "kind": front.kind.value,
        "title": dict(front.title),
        "source": front.source,
        "dialects": list(front.dialects),
        "lamps": [
            {
                "name": lamp.name,
                "colour": lamp.colour,
                "printed": lamp.printed,
                "label": dict(lamp.label),
                "says": [
                    {"pattern": pattern.text(), "text": dict(text)} for pattern, text in front.legend.get(lamp.name, ())
                ],
            }
            for lamp in front.lamps
        ],
        "patterns": {pattern.text(): _pattern_plain(pattern) for pattern in _patterns(front)},
        "states": [
            {
                "name": state.name,
                "title": dict(state.title),
                "looks": [{"lights": _lights(look.lights), "ours": look.ours} for look in state.looks],
                "calls": list(state.calls),
            }
            for state in front.states
        ],
        "calls": {name: call_plain(front, name) for name in front.advice},
        "keys": [{"press": dict(one.press), "does": dict(one.does)} for one in front.keys],
        "notes": [dict(one) for one in front.notes],
    }


def _patterns(front: Front) -> Iterable[Pattern]:
    for state in front.states:
        for look in state.looks:
            yield from look.lights.values()
    for some in front.legend.values():
        yield from (pattern for pattern, _ in some)


def _pattern_plain(pattern: Pattern) -> dict[str, Any]:
    return {
        "light": pattern.light.value,
        "period_s": pattern.period_s,
        "flashes": pattern.flashes,
        "times": pattern.times,
        "then": pattern.then.value,
        "lit_pct": pattern.lit_pct,
    }


def _lights(lights: Mapping[str, Pattern]) -> dict[str, str]:
    return {name: pattern.text() for name, pattern in lights.items()}


def call_plain(front: Front, name: str) -> dict[str, Any]:
    """Give what a state calls for."""
    advice = front.advice[name]
    return {
        "name": name,
        "topic": advice.topic or None,
        "meaning": dict(advice.meaning),
        "causes": [dict(one) for one in advice.causes],
        "check": [dict(one) for one in (*advice.own_check, *advice.check)],
        "do": [dict(one) for one in (*advice.own_do, *advice.do)],
        "who": advice.who.value,
        "risk": advice.risk.value,
        "urgency": advice.urgency.value,
        "codes": [{"name": code, "label": dict(label)} for code, label in front.codes.get(name, {}).items()],
    }


def answer_plain(answer: Answer) -> dict[str, Any]:
    """Give what was found on one device."""
    front = answer.front
    return {
        "panel": front.name,
        "title": dict(front.title),
        "seen": {name: light_text(light) for name, light in answer.seen.items()},
        "states": [
            {
                "name": match.state.name,
                "title": dict(match.state.title),
                "exact": match.exact,
                "differs": list(match.differs),
                "unsaid": list(match.unsaid),
                "ours": match.look.ours,
                "lights": _lights(match.look.lights),
                "calls": [call_plain(front, name) for name in match.state.calls],
            }
            for match in answer.matches
        ],
        "lamps": [{"name": lamp.name, "says": dict(text)} for lamp, text in front.says(answer.seen)],
    }
