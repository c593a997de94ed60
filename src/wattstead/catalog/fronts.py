"""The fronts of all devices whose lamps a document tells: batteries by their panels, others by a table of states."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from pydantic import ValidationError

from wattstead.catalog.front_spec import FrontSpec, StateSpec
from wattstead.catalog.light_words import (
    advice_of_call,
    calls_of,
    keys_of,
    notes_of,
    preset_of,
    title_of_call,
    title_of_state,
)
from wattstead.catalog.mistakes import explain
from wattstead.catalog.packs import load_pack
from wattstead.catalog.panels import load_panel, panel_names
from wattstead.catalog.where import Where, nearest
from wattstead.catalog.words import read_toml, row_labels
from wattstead.model.advice import Text
from wattstead.model.errors import UsageError
from wattstead.model.front import Front, FrontState, Key, Kind, Look
from wattstead.model.lamp import Lamp, Pattern, parse_pattern
from wattstead.model.panel import Lights, Panel
from wattstead.model.panel_state import Conditions
from wattstead.model.protection import Light

LOGGER = "stick-logger"
_WISHES = {"alarm_on": (Light.ON,), "alarm_blink": (Light.BLINK,), "alarm_any": (Light.ON, Light.BLINK)}


def front_names() -> tuple[str, ...]:
    """Names of all fronts, batteries first."""
    folder = files("wattstead") / "panels" / "named"
    named = (file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))
    return (*panel_names(), *sorted(named))


@cache
def fronts() -> tuple[Front, ...]:
    """All fronts. Raises ProfileError for a broken file or a text that is missing."""
    return tuple(load_front(name) for name in front_names())


@cache
def load_front(name: str) -> Front:
    """Load one front by its name. Raises UsageError for an unknown one, ProfileError for a broken file."""
    known = front_names()
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}? The" if near else "the"
        raise UsageError(f"there is no panel {name!r}; {hint} panels are {', '.join(known)}")
    if name in panel_names():
        return front_of_panel(load_panel(name))
    return load_front_file(files("wattstead") / "panels" / "named" / f"{name}.toml")


def fronts_of(dialect: str | None) -> tuple[Front, ...]:
    """Give the fronts that a name stands for, all without one. Raises UsageError with the names that there are."""
    if dialect is None:
        return fronts()
    wanted = dialect.strip().lower()
    found = tuple(one for one in fronts() if wanted == one.name or wanted in one.dialects)
    if not found:
        names = [name for one in fronts() for name in (one.name, *one.dialects)]
        near = get_close_matches(wanted, names, n=1, cutoff=0.7)
        hint = f"did you mean {near[0]}? There" if near else "there"
        raise UsageError(
            f"no document tells the lamps of {dialect!r}; {hint} are tables for {', '.join(dict.fromkeys(names))}"
        )
    return found


def front_of_panel(panel: Panel) -> Front:
    """Put a battery's panel into words: one state for each set of states that looks alike."""
    states = tuple(_state(lights, one) for lights, some in panel.meanings.items() for one in some)
    calls = dict.fromkeys(call for state in states for call in state.calls)
    return Front(
        name=panel.name,
        title=panel.title,
        kind=Kind.BATTERY,
        source=panel.source,
        lamps=panel.lamps,
        states=states,
        advice={call: advice_of_call(call, panel.name) for call in calls},
        dialects=panel.dialects,
        codes={call: _codes(panel.name, call) for call in calls if call in _WISHES},
        keys=keys_of(panel.name),
        notes=notes_of(panel.name),
    )


def _state(lights: Lights, state: Conditions) -> FrontState:
    look = Look({lamp.name: pattern for lamp, pattern in lights})
    return FrontState(state.text(), title_of_state(state), (look,), calls_of(state))


def _codes(front: str, call: str) -> Mapping[str, Text]:
    """Name what may light the alarm lamp so: the rows of the battery's own preset."""
    preset = preset_of(front)
    rows = load_pack(preset).rows if preset else ()
    return {row.name: row_labels()[row.name] for row in rows if row.enabled and row.led in _WISHES[call]}


def load_front_file(file: Traversable) -> Front:
    """Load a table of named states. Raises ProfileError: file, place, what is wrong, what would be right."""
    where, data = Where(file.name), _frozen(read_toml(file))
    try:
        spec = FrontSpec.model_validate(data)
    except ValidationError as error:
        raise explain(where, data, error, "docs/lights.md") from None
    head, names = spec.panel, list(spec.lamps)
    lamps = tuple(
        Lamp(name, lamp.colour, lamp.label.model_dump(), lamp.printed, lamp.aliases)
        for name, lamp in spec.lamps.items()
    )
    legend = {
        name: tuple(
            (_pattern(where.inside(f"lamps, {name}, says"), text), words.model_dump())
            for text, words in lamp.says.items()
        )
        for name, lamp in spec.lamps.items()
    }
    _check_names(where, spec.states)
    states = tuple(_named(where.inside(f"state {one.name}"), one, names) for one in spec.states)
    return Front(
        name=head.name,
        title=head.title.model_dump(),
        kind=head.kind,
        source=head.source,
        lamps=lamps,
        states=states,
        advice={one.call: advice_of_call(one.call, head.name) for one in spec.states},
        dialects=head.dialects,
        legend=legend,
        keys=tuple(Key(one.press.model_dump(), one.does.model_dump()) for one in spec.keys),
        notes=tuple(one.model_dump() for one in spec.notes),
    )


def _check_names(where: Where, states: tuple[StateSpec, ...]) -> None:
    names = [one.name for one in states]
    for name in names:
        if names.count(name) > 1:
            raise where.inside(f"state {name}").wrong("stands twice", "give each state its own name")


def _named(where: Where, spec: StateSpec, lamps: list[str]) -> FrontState:
    looks = []
    for one in spec.looks:
        for lamp in one.lights:
            if lamp not in lamps:
                here = where.inside(f"lights, {lamp}")
                raise here.wrong("there is no such lamp", nearest(lamp, lamps, f"the lamps are {', '.join(lamps)}"))
        looks.append(Look({lamp: _pattern(where, text) for lamp, text in one.lights.items()}, one.ours))
    return FrontState(spec.name, title_of_call(spec.call), tuple(looks), (spec.call,))


def _pattern(where: Where, text: str) -> Pattern:
    try:
        return parse_pattern(text)
    except UsageError as error:
        what, _, remedy = str(error).partition("; ")
        raise where.wrong(what, remedy or "correct it there") from None


def _frozen(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _frozen(value) for key, value in data.items()}
    return tuple(_frozen(value) for value in data) if isinstance(data, list) else data
