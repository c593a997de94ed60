"""Guides: what a person does at the battery, step by step, and how far he has come.

A guide is data (``words/guides``). Progress is kept apart from it, a tick with its time for each step, so that a guide
may change its words, and lose or gain a step, while a person is half-way through it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum

from wattstead.model.advice import Actor, Text
from wattstead.model.errors import UsageError
from wattstead.model.reminder import Reminder


class GuideKind(StrEnum):
    """What a guide is for, in the order in which guides are listed."""

    EMERGENCY = "emergency"
    WIRING = "wiring"
    TOPOLOGY = "topology"
    START = "start"
    PARALLEL = "parallel"
    PANEL = "panel"
    CELLS = "cells"
    STORAGE = "storage"
    FIRMWARE = "firmware"
    REPLACEMENT = "replacement"
    TRANSPORT = "transport"


@dataclass(frozen=True, slots=True)
class Measured:
    """A value that a person measures and types. lowest, highest: what is right, both ends included; None: no limit."""

    unit: Text
    lowest: float | None = None
    highest: float | None = None

    def fits(self, value: float) -> bool:
        """Whether a value is right."""
        above = self.lowest is None or value >= self.lowest
        return above and (self.highest is None or value <= self.highest)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do.

    id: unique in its guide. danger: harm to people or things if it is done wrong. when: the case in which it is to be
    done; such a step is not missed. wait_s: seconds to wait once it is done.
    """

    id: str
    text: Text
    why: Text | None = None
    when: Text | None = None
    danger: bool = False
    measured: Measured | None = None
    wait_s: int = 0

    @property
    def texts(self) -> tuple[Text, ...]:
        """Every text of it, in the order in which they are read."""
        return tuple(one for one in (self.when, self.text, self.why) if one is not None)


@dataclass(frozen=True, slots=True)
class Table:
    """Pins, lamps or limits, as rows of cells below their headings."""

    columns: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Steps that belong together. drawing: name of a drawing of ``catalog/drawing``."""

    title: Text
    steps: tuple[Step, ...] = ()
    text: Text | None = None
    drawing: str | None = None
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide. products: names of ``words/guide_products.toml``. source: the document that it was made from.

    see: guides that go with it. remind: when what it tells is due again.
    """

    name: str
    title: Text
    summary: Text
    kind: GuideKind
    products: tuple[str, ...]
    who: Actor
    requirements: tuple[str, ...]
    source: Text
    parts: tuple[Part, ...]
    see: tuple[str, ...] = field(default=())
    remind: Reminder | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in their order."""
        return tuple(step for part in self.parts for step in part.steps)

    @property
    def needed(self) -> tuple[Step, ...]:
        """Steps that everybody has to do: those without a ``when``."""
        return tuple(step for step in self.steps if step.when is None)

    @property
    def drawings(self) -> tuple[str, ...]:
        """Names of its drawings, each once."""
        return tuple(dict.fromkeys(part.drawing for part in self.parts if part.drawing is not None))

    def step(self, wanted: str) -> Step:
        """Give a step by its id or by its number, from 1. Raises UsageError with the nearest."""
        steps = self.steps
        if wanted.isascii() and wanted.isdigit():
            if 1 <= int(wanted) <= len(steps):
                return steps[int(wanted) - 1]
            raise UsageError(f"guide {self.name} has no step {wanted}; its steps are 1 to {len(steps)}")
        ids = [step.id for step in steps]
        if wanted in ids:
            return steps[ids.index(wanted)]
        near = get_close_matches(wanted.lower(), ids, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"say 1 to {len(steps)}, or an id: {', '.join(ids)}"
        raise UsageError(f"guide {self.name} has no step {wanted!r}; {hint}")

    def texts(self) -> Iterator[Text]:
        """Every text of it, in the order in which they are read."""
        yield from (self.title, self.summary, self.source)
        for part in self.parts:
            yield from (one for one in (part.title, part.text) if one is not None)
            if part.table is not None:
                yield from part.table.columns
                yield from (cell for row in part.table.rows for cell in row)
            for step in part.steps:
                yield from step.texts


@dataclass(frozen=True, slots=True)
class Tick:
    """A step that is done. at_ms: UTC. value: what was measured."""

    at_ms: int
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a person has come with one guide at one plant. ticks: by id of the step.

    since_ms: UTC, when the battery was fully charged last, as a person said; of guides that remind.
    """

    ticks: Mapping[str, Tick] = field(default_factory=dict)
    since_ms: int | None = None

    def tick(self, guide: Guide, step: Step, at_ms: int, value: float | None = None) -> "Progress":
        """Note a step as done. Raises UsageError for a value that is missing, wrong or not asked for.

        A step that is ticked already keeps its time, unless another value came.
        """
        check_value(guide, step, value)
        old = self.ticks.get(step.id)
        if old is not None and old.value == value:
            return self
        return replace(self, ticks={**self.ticks, step.id: Tick(at_ms, value)})

    def untick(self, step: Step) -> "Progress":
        """Take a tick back."""
        return replace(self, ticks={id_: tick for id_, tick in self.ticks.items() if id_ != step.id})

    def done(self, guide: Guide) -> int:
        """Count the needed steps that are done."""
        return sum(step.id in self.ticks for step in guide.needed)

    def charged_ms(self, guide: Guide) -> int | None:
        """Give when the battery was charged last: as a person said, or ticked; UTC, None where nobody did either."""
        tick = self.ticks.get(guide.remind.step) if guide.remind else None
        return max((one for one in (self.since_ms, tick.at_ms if tick else None) if one is not None), default=None)

    def next(self, guide: Guide) -> Step | None:
        """Give the first needed step that is not done."""
        return next((step for step in guide.needed if step.id not in self.ticks), None)


def check_value(guide: Guide, step: Step, value: float | None) -> None:
    """Raise UsageError for a measured value that is missing, outside its limits, or not asked for."""
    at = f"guide {guide.name}, step {step.id}"
    if step.measured is None:
        if value is not None:
            raise UsageError(f"{at}: nothing is measured there; tick it without a value")
        return
    wanted = limits(step.measured)
    if value is None:
        raise UsageError(f"{at}: a measured value is to be given ({wanted}); say it with --value {step.id}=…")
    if not step.measured.fits(value):
        raise UsageError(f"{at}: {value:g} {step.measured.unit['en']} is not right; it must be {wanted}. Not ticked")


def limits(measured: Measured) -> str:
    """Write what is right, such as ``45 to 60 V``."""
    low, high, unit = measured.lowest, measured.highest, measured.unit["en"]
    if low is not None and high is not None:
        return f"{low:g} to {high:g} {unit}"
    if low is not None:
        return f"at least {low:g} {unit}"
    return f"at most {high:g} {unit}" if high is not None else f"in {unit}"
