"""The front of a device in words: every state that its lamps can show, and which of them a person may be looking at.

A battery's states come from its panel (``model/panel.py``), those of a stick logger or an inverter from a table of its
own. Both are looked up alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from wattstead.model.advice import Advice, Text
from wattstead.model.errors import UsageError
from wattstead.model.lamp import Lamp, Pattern
from wattstead.model.seen import Seen, compare, fits, said


class Kind(StrEnum):
    """What sort of device it is."""

    BATTERY = "battery"
    INVERTER = "inverter"
    LOGGER = "logger"


@dataclass(frozen=True, slots=True)
class Look:
    """One way in which a state can look. lights: by lamp; one that is not named may do anything.

    ours: no document says that it looks so.
    """

    lights: Mapping[str, Pattern]
    ours: bool = False


@dataclass(frozen=True, slots=True)
class FrontState:
    """One state of a device. title: a few words. calls: names of what it calls for, the gravest first."""

    name: str
    title: Text
    looks: tuple[Look, ...]
    calls: tuple[str, ...]

    def __hash__(self) -> int:
        return hash(self.name)  # texts are tables, which have none


@dataclass(frozen=True, slots=True)
class FrontMatch:
    """A state that a person may be looking at.

    differs: lamps that were seen otherwise. unsaid: lamps that would be lit, but were not named.
    """

    state: FrontState
    look: Look
    differs: tuple[str, ...]
    unsaid: tuple[str, ...]

    @property
    def exact(self) -> bool:
        return not self.differs and not self.unsaid


@dataclass(frozen=True, slots=True)
class Key:
    """What pressing something does. press: which key, and how long."""

    press: Text
    does: Text


@dataclass(frozen=True, eq=False)
class Front:
    """The lamps of one device with all its states.

    title: by language. dialects: other names by which people ask for it. advice: what a call means and asks, by its
    name. codes: what may be behind a call, label by the name of the code. legend: what one lamp says by itself, by its
    name. keys: its buttons. notes: what is not certain.
    """

    name: str
    title: Text
    kind: Kind
    source: str
    lamps: tuple[Lamp, ...]
    states: tuple[FrontState, ...]
    advice: Mapping[str, Advice]
    dialects: tuple[str, ...] = ()
    codes: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)
    legend: Mapping[str, tuple[tuple[Pattern, Text], ...]] = field(default_factory=dict)
    keys: tuple[Key, ...] = ()
    notes: tuple[Text, ...] = ()

    def state(self, name: str) -> FrontState:
        """Give one state. Raises UsageError with the names that there are."""
        for one in self.states:
            if one.name == name:
                return one
        raise UsageError(f"{self.name} has no state {name!r}; its states are {', '.join(s.name for s in self.states)}")

    def rank(self, seen: Seen) -> tuple[FrontMatch, ...]:
        """Give the states that fit what was seen, the likeliest first.

        First those that fit in every lamp, then those that would light lamps which were not named, then those in which
        one lamp differs. Only where there is none of these: those with the fewest lamps that differ.
        """
        found = [match for state in self.states if (match := self._best(state, seen)) and _agrees(match, seen)]
        ranked = sorted(found, key=lambda match: _rank(match, seen))  # those that fit alike stay in the table's order
        near = [match for match in ranked if len(match.differs) <= (0 if match.unsaid else 1)]
        fewest = min((len(match.differs) for match in ranked), default=0)
        return tuple(near or [match for match in ranked if len(match.differs) == fewest])

    def _best(self, state: FrontState, seen: Seen) -> FrontMatch:
        every = [FrontMatch(state, look, *compare(look.lights, seen)) for look in state.looks]
        return min(every, key=lambda match: _rank(match, seen))

    def says(self, seen: Seen) -> tuple[tuple[Lamp, Text], ...]:
        """Give what each lamp says by itself, where the document has words for it."""
        found = []
        for lamp in self.lamps:
            light = seen.get(lamp.name)
            if light is not None:
                found += [(lamp, text) for pattern, text in self.legend.get(lamp.name, ()) if fits(pattern, light)]
        return tuple(found)

    def alike(self) -> tuple[tuple[Look, tuple[FrontState, ...]], ...]:
        """Give each look that stands for several states, with them: there no person can tell which it is."""
        found: dict[frozenset[str], tuple[Look, tuple[FrontState, ...]]] = {}
        for state in self.states:
            for look in state.looks:
                same = tuple(one for one in self.states if any(_alike(look, other) for other in one.looks))
                if len(same) > 1:
                    found.setdefault(frozenset(one.name for one in same), (look, same))
        return tuple(found.values())

    def gravest(self, state: FrontState) -> Advice:
        """Give what a state calls for first."""
        return self.advice[state.calls[0]]


def _agrees(match: FrontMatch, seen: Seen) -> bool:
    """Tell whether enough speaks for it: a lamp that was seen, and nothing against it or about half of the lamps."""
    told = [name for name in match.look.lights if seen.get(name) is not None]
    return bool(told) and (not match.differs or (len(told) > 1 and 2 * len(match.differs) <= len(told) + 1))


def _rank(match: FrontMatch, seen: Seen) -> tuple[int, int, bool, bool]:
    less = any(
        (light := seen.get(name)) is not None and not said(pattern, light)
        for name, pattern in match.look.lights.items()
    )
    return len(match.differs), len(match.unsaid), match.look.ours, less


def _alike(one: Look, other: Look) -> bool:
    """Tell whether there is something to be seen that fits both."""
    shared = one.lights.keys() & other.lights.keys()
    return all(
        one.lights[name].fits(other.lights[name]) and other.lights[name].fits(one.lights[name]) for name in shared
    )
