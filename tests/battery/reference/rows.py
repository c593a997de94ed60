"""One row of ``model.protection`` through time: armed, pending, active, locked."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto

from battery.reference.sample import exact
from battery.reference.surroundings import Span, Surroundings
from wattstead.model.protection import Atom, Protection


class Change(Enum):
    BEGAN = auto()
    LOCKED = auto()
    UNLOCKED = auto()
    ENDED = auto()


@dataclass(frozen=True)
class Event:
    """Something happened to a row. at_s: the exact instant of a trip, else the end of the step."""

    at_s: Decimal
    name: str
    change: Change


class Row:
    """The state of one protection; at most one transition at each sample."""

    def __init__(self, protection: Protection, load_release_s: Decimal) -> None:
        self.protection = protection
        limit = protection.threshold
        self.trip, self.recover, self.above = exact(limit.trip), exact(limit.recover), limit.above
        self.delay_s, self.recover_delay_s = exact(limit.delay_s), exact(protection.recover_delay_s)
        self.load_release_s = load_release_s
        self.active = False
        self.locked = False
        self.pending_since_s: Decimal | None = None
        self.tripped_at_s = Decimal(0)
        self.back_since_s: Decimal | None = None

    @property
    def only_service_ends(self) -> bool:
        recovery = self.protection.recovery
        return not recovery or any(clause == {Atom.SERVICE} for clause in recovery)

    def is_beyond(self, value: Decimal) -> bool:
        return value >= self.trip if self.above else value <= self.trip

    def is_back(self, value: Decimal) -> bool:
        return value <= self.recover if self.above else value >= self.recover

    def trips_at_s(self, around: Surroundings, start_s: Decimal, end_s: Decimal) -> Decimal | None:
        """Let an armed row see one step; give the instant of its trip where one falls into it."""
        course = around.channel(self.protection.channel)
        if course is None or not self.is_beyond(course.end) or not around.gate(self.protection.gate):
            self.pending_since_s = None
            return None
        if self.pending_since_s is None or not self.is_beyond(course.begin):
            self.pending_since_s = self._crossing_s(course, start_s, end_s)
        at_s = self.pending_since_s + self.delay_s
        return at_s if at_s <= end_s else None

    def _crossing_s(self, course: Span, start_s: Decimal, end_s: Decimal) -> Decimal:
        if self.is_beyond(course.begin):
            return start_s
        share = (self.trip - course.begin) / (course.end - course.begin)
        return start_s + share * (end_s - start_s)

    def begin(self, at_s: Decimal) -> None:
        self.active, self.tripped_at_s = True, at_s
        self.pending_since_s = self.back_since_s = None

    def end(self) -> None:
        self.active = self.locked = False
        self.pending_since_s = self.back_since_s = None

    def unlocks(self, around: Surroundings) -> bool:
        """Tell whether a locked row is let go: by the button, by service, and by a charger where the lock says so."""
        lock = self.protection.lock
        charger = lock is not None and lock.charger_unlocks and around.source
        return around.press or around.sample.service or charger

    def ends(self, around: Surroundings, start_s: Decimal, end_s: Decimal) -> bool:
        """Let an active row that is not locked see one step; tell whether its recovery holds at the end of it."""
        self._watch_value(around, start_s, end_s)
        if around.sample.service:
            return True
        recovery = self.protection.recovery
        return bool(recovery) and all(any(self._holds(atom, around, end_s) for atom in clause) for clause in recovery)

    def _watch_value(self, around: Surroundings, start_s: Decimal, end_s: Decimal) -> None:
        course = around.channel(self.protection.channel)
        if course is None or not self.is_back(course.end):
            self.back_since_s = None
        elif self.back_since_s is None:
            # What breaks off does so at the beginning of a step, so no channel comes back in the middle of one.
            self.back_since_s = start_s if self.is_back(course.begin) else end_s

    def _holds(self, atom: Atom, around: Surroundings, end_s: Decimal) -> bool:
        sample = around.sample
        asks: dict[Atom, Callable[[], bool]] = {
            Atom.VALUE: lambda: self.back_since_s is not None and end_s - self.back_since_s >= self.recover_delay_s,
            Atom.CHARGE: lambda: around.charging,
            Atom.DISCHARGE: lambda: around.discharging,
            Atom.CHARGER: lambda: around.source,
            Atom.LOAD_REMOVED: lambda: not sample.load and around.now.unloaded_s >= self.load_release_s,
            Atom.ELAPSED: lambda: end_s - self.tripped_at_s >= exact(self.protection.elapsed_s),
            Atom.SOC: lambda: sample.soc_pct <= exact(self.protection.soc_at_most_pct),
            Atom.BUTTON: lambda: around.press,
            # Switching on ends every row that this atom could end, so a row still active has seen none.
            Atom.POWER_CYCLE: lambda: False,
            Atom.SERVICE: lambda: sample.service,
        }
        return asks[atom]()
