"""LED panels, both ways: what the lamps show in a state, and which states a person may be looking at.

A panel is a table (``panels/*.toml``): rows with conditions and lamps. For each lamp the first row that holds and names
it decides. docs/models/panels.md says how a table is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from wattstead.model.errors import UsageError
from wattstead.model.lamp import Lamp, Pattern
from wattstead.model.panel_state import VALUES, Conditions, PanelState, Power, cells, merged
from wattstead.model.seen import Seen, compare
from wattstead.model.seen import parse_lights as parse_lights


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table. patterns: by name of the lamp."""

    when: Conditions
    patterns: Mapping[str, Pattern]


Lights = tuple[tuple[Lamp, Pattern], ...]
"""What each lamp of a panel shows, in the order of the panel."""


@dataclass(frozen=True, slots=True)
class StateMatch:
    """States that a person may be looking at, and what they would show.

    differs: lamps that were seen otherwise. unsaid: lamps that would be lit, but were not named.
    """

    conditions: Conditions
    lights: Lights
    differs: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        return not self.differs and not self.unsaid


@dataclass(frozen=True, eq=False)
class Panel:
    """The lamps of one battery and their table.

    title: by language. source: the document it stands in. dialects: other names by which people ask for it.
    """

    name: str
    title: Mapping[str, str]
    source: str
    lamps: tuple[Lamp, ...]
    rows: tuple[Row, ...]
    dialects: tuple[str, ...] = ()

    def lights(self, state: PanelState) -> Lights:
        """Give what each lamp shows. Raises UsageError where the table says nothing of a lamp."""
        decided = self._decided(state)
        dark = [lamp.name for lamp, row in zip(self.lamps, decided, strict=True) if row is None]
        if dark:
            raise UsageError(f"the table of panel {self.name} does not say what lamp {dark[0]} does with {state}")
        shown = zip(self.lamps, decided, strict=True)
        return tuple((lamp, row.patterns[lamp.name]) for lamp, row in shown if row is not None)

    def _decided(self, state: PanelState) -> tuple[Row | None, ...]:
        """Give the row that decides each lamp."""
        holding = [row for row in self.rows if row.when.hold(state)]
        return tuple(next((row for row in holding if lamp.name in row.patterns), None) for lamp in self.lamps)

    def states(self, seen: Seen) -> tuple[StateMatch, ...]:
        """Give the states that fit what was seen, the likeliest first; then those in which one lamp differs.

        Exact ones come first, then those that would light lamps which were not named. ``parse_lights`` reads ``seen``.
        """
        found = []
        for lights, conditions in self.meanings.items():
            differs, unsaid = compare({lamp.name: pattern for lamp, pattern in lights}, seen)
            if len(differs) > 1 or (differs and unsaid):
                continue
            other = any(seen.get(lamp.name, pattern) != pattern for lamp, pattern in lights)
            rank = (len(differs), len(unsaid), other)
            found += [(rank, StateMatch(one, lights, differs, unsaid)) for one in conditions]
        return tuple(match for _, match in sorted(found, key=lambda one: one[0]))

    @cached_property
    def meanings(self) -> Mapping[Lights, tuple[Conditions, ...]]:
        """All that the panel can show, each with the states in which it does; together these are all states."""
        found: dict[Lights, list[Conditions]] = {}
        for cell, _ in self._cells:
            found.setdefault(self.lights(cell.example()), []).append(cell)
        return {lights: merged(some) for lights, some in found.items()}

    def shared(self) -> Mapping[Lights, tuple[Conditions, ...]]:
        """Give what the panel shows in states that differ in more than SOC: there a look at it cannot tell which it is.

        A property that it never shows (``hidden``) is not counted, nor is what a pack would do that is off.
        """
        hidden = self.hidden()
        return {lights: some for lights, some in self.meanings.items() if len(some) > 1 or _vague(some[0], hidden)}

    def hidden(self) -> tuple[str, ...]:
        """Name the properties of a state on which nothing on this panel depends."""
        used = {name for row in self.rows for name in row.when.narrowed()}
        return tuple(name for name in (*VALUES, "soc") if name not in used)

    @cached_property
    def _cells(self) -> list[tuple[Conditions, tuple[Row | None, ...]]]:
        """Cut all states into sets within which nothing changes, each with the row that decides each lamp."""
        borders = {border for row in self.rows for border in (row.when.soc[0], row.when.soc[1] + 1)}
        return [(cell, self._decided(cell.example())) for cell in cells(borders)]

    def gaps(self) -> list[tuple[str, Conditions]]:
        """Name each lamp of which the table says nothing, with a state in which it does not."""
        found: dict[str, Conditions] = {}
        for cell, decided in self._cells:
            for lamp, row in zip(self.lamps, decided, strict=True):
                if row is None:
                    found.setdefault(lamp.name, cell)
        return list(found.items())

    def idle_rows(self) -> list[int]:
        """Give the places of rows that never decide anything, because those above always do."""
        used = {id(row) for _, decided in self._cells for row in decided}
        return [place for place, row in enumerate(self.rows) if id(row) not in used]


def _vague(one: Conditions, hidden: tuple[str, ...]) -> bool:
    counted = VALUES if Power.ON in one.power else ("power",)
    return any(len(getattr(one, name)) > 1 for name in counted if name not in hidden)


def lights_text(lights: Lights) -> str:
    """Write what a panel shows as ``parse_lights`` reads it."""
    return " ".join(f"{lamp.name}={pattern.text()}" for lamp, pattern in lights)
