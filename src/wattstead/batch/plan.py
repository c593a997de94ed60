"""What a batch simulates: whoever says the same gets the same rows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wattstead.battery.check import above_zero, between, require, whole
from wattstead.battery.kernel.layout import TICKS_PER_S
from wattstead.battery.preset import PackPreset
from wattstead.battery.wear import Acting
from wattstead.model.errors import UsageError

DAY_S = 86400
BLOCK = 1024
"""Packs simulated together, and written into one file; a batch is as large in memory as one block a worker."""
CALL_S = 60.0
"""For so long, or one step where that is longer, households ask for the same current; then a value is looked at."""
_UNITS_S = {"s": 1, "min": 60, "h": 3600, "d": DAY_S}


@dataclass(frozen=True, slots=True)
class Block:
    """Packs first to first + count - 1. number: from 0."""

    number: int
    first: int
    count: int


@dataclass(frozen=True)
class Plan:
    """One batch.

    preset: its name. pack: what it says; its seed is that of cells, households and weather. keep_s: one row a pack for
    each such period. first_day: day of the year on which it begins, from 1. per_home: packs in parallel on the bus of
    one household. soh: least and most of the capacity that is left, 0..1, drawn for each pack. ageing: which of the
    band acts on the cells. Raises UsageError for what cannot be simulated.
    """

    preset: str
    pack: PackPreset
    packs: int
    days: float
    step_s: float
    keep_s: int
    first_day: int = 80
    per_home: int = 1
    soh: tuple[float, float] = (1.0, 1.0)
    ageing: Acting = Acting.MIDDLE

    def __post_init__(self) -> None:
        whole("packs", self.packs, 1, "a batch holds at least one pack")
        require(self.packs < 2**31, "packs", self.packs, "be fewer than 2147483648: they are numbered in 32 bits")
        above_zero("days", self.days, "time only goes on")
        between("days", self.days, 0.0, 36525.0, "no battery lives a hundred years")
        between("step", self.step_s, 0.0001, 3600.0, "seconds from 0.1 ms to an hour")
        ticks = self.step_s * TICKS_PER_S
        require(abs(ticks - round(ticks)) < 1e-3, "step", self.step_s, "be a whole number of 0.1 ms")
        whole("keep", self.keep_s, 1, "a row stands for some seconds")
        rest = self.keep_s * TICKS_PER_S % round(ticks)
        require(rest == 0, "step", f"{self.step_s:g} s", f"divide the {self.keep_s} s of a kept row")
        periods = self.days * DAY_S / self.keep_s
        even = round(periods) >= 1 and abs(periods - round(periods)) < 1e-6
        require(even, "days", f"{self.days:g}", f"be a whole number of kept rows of {self.keep_s} s; change either")
        require(self.seed < 2**63, "seed", self.seed, "be smaller than 9223372036854775808")
        between("first day", self.first_day, 1, 365, "days of the year are counted from 1")
        whole("packs per home", self.per_home, 1, "a household has at least one pack")
        most = min(self.pack.parallel.most, BLOCK)
        require(self.per_home <= most, "packs per home", self.per_home, f"be at most {most} with this preset")
        divides = self.packs % self.per_home == 0
        require(divides, "packs", self.packs, f"divide into households of {self.per_home} packs")
        low, high = self.soh
        between("soh", low, 0.01, 1.0, "a share of the capacity, and a cell without any stores nothing")
        between("soh", high, low, 1.0, "the most is not below the least")

    @property
    def seed(self) -> int:
        """Of cells, households and weather."""
        return self.pack.seed

    @property
    def periods(self) -> int:
        """Kept rows of one pack."""
        return round(self.days * DAY_S / self.keep_s)

    @property
    def steps_per_call(self) -> int:
        """Steps with the same inputs: as many as fit into CALL_S and divide a kept row."""
        steps = round(self.keep_s / self.step_s)
        most = max(1, int(CALL_S / self.step_s + 1e-9))
        return max(one for one in range(1, min(most, steps) + 1) if steps % one == 0)

    @property
    def calls(self) -> int:
        """Looks at the values within one kept row."""
        return round(self.keep_s / self.step_s) // self.steps_per_call

    @property
    def call_s(self) -> float:
        """Simulated seconds from one look at the values to the next."""
        return self.step_s * self.steps_per_call

    def blocks(self) -> Iterator[Block]:
        """Give the blocks; their size depends on nothing else, so that any number of workers writes the same files."""
        most = BLOCK - BLOCK % self.per_home  # a household is never cut in two
        for number, first in enumerate(range(0, self.packs, most)):
            yield Block(number, first, min(most, self.packs - first))


def soh_of(text: str) -> tuple[float, float]:
    """Turn 90 or 70-100, in %, into least and most, 0..1. Raises UsageError."""
    found = re.fullmatch(r"(\d{1,3}(?:\.\d+)?)(?:-(\d{1,3}(?:\.\d+)?))?", text.strip())
    if not found:
        raise UsageError(f"soh {text!r} is no share of the capacity; say for instance 90, or 70-100, in %")
    return float(found[1]) / 100.0, float(found[2] or found[1]) / 100.0


def period_s(text: str) -> int:
    """Turn 30s, 5min, 1h or 1d into seconds. Raises UsageError."""
    found = re.fullmatch(r"(\d{1,9}) ?(s|min|h|d)", text.strip())
    if not found or int(found[1]) == 0:
        raise UsageError(f"keep {text!r} is no length of time; say for instance 5min, 1h or 1d")
    return int(found[1]) * _UNITS_S[found[2]]
