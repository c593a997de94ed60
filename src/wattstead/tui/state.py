"""What is known of the packs of one line since the screen was opened. No port, no terminal."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from wattstead.host.records.rows import Row
from wattstead.host.turns import PolledPack
from wattstead.model.bank import Member, heard
from wattstead.model.reading import Silence, Snapshot, Value, derived

STALE_S: Final = 5.0
"""Values that are older are shown as old, though the pack was not found silent; on a long bus three rounds."""
_ROUNDS: Final = 3.0
_KEPT: Final = 500
LASTING: Final = frozenset({"rated_capacity_ah", "chemistry", "maker", "product_name", "device_name", "serial_number"})
"""Told once an hour, and true for longer."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that came or went. code: "" for the pack itself, which fell silent or is back."""

    at_ms: int
    code: str
    came: bool
    why: str = ""


@dataclass(slots=True)
class RecordBook:
    """What a device has kept itself, with what this program did to it, the newest first. rows: None until it was read.

    reading: how many came so far, None while nobody reads. error: why it was not read to its end.
    """

    rows: Sequence[Row] | None = None
    reading: int | None = None
    error: str = ""


@dataclass(slots=True)
class PackNow:
    """One pack. at_ms: its last answer, None before the first. active: None until a message has told codes.

    silent_since_ms: when it first did not answer, None while it does. why: in words. told_ms: when each value was told.
    first_alarms_ms: when codes were first told; what was active then may have been so before.
    """

    who: PolledPack
    values: dict[str, Value] = field(default_factory=dict)
    told_ms: dict[str, int] = field(default_factory=dict)
    at_ms: int | None = None
    active: tuple[str, ...] | None = None
    active_ms: int | None = None
    first_alarms_ms: int | None = None
    silent_since_ms: int | None = None
    why: str = ""
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=_KEPT))
    answers: int = 0
    gap_s: float = 0.0

    @property
    def name(self) -> str:
        return str(self.who.address)

    def take(self, reading: Snapshot | Silence) -> None:
        """Add what it said, or that it said nothing."""
        if isinstance(reading, Silence):
            self._silence(reading)
            return
        if self.silent_since_ms is not None and self.at_ms is not None:
            self.events.append(Event(reading.at_ms, "", came=False))
        if self.at_ms is not None:
            self.gap_s = max(0.0, (reading.at_ms - self.at_ms) / 1000) if self.silent_since_ms is None else 0.0
        self.at_ms, self.silent_since_ms, self.why = reading.at_ms, None, ""
        self.answers += 1
        told = {**reading.values, **derived(reading.values)}
        self.values |= told
        self.told_ms |= dict.fromkeys(told, reading.at_ms)
        if reading.active is not None:
            self._codes(reading.active, reading.at_ms)

    def _silence(self, reading: Silence) -> None:
        if self.silent_since_ms is None:
            self.silent_since_ms = reading.at_ms
            if self.at_ms is not None:
                self.events.append(Event(reading.at_ms, "", came=True, why=reading.why))
        self.why = reading.why

    def _codes(self, active: Sequence[str], at_ms: int) -> None:
        self.first_alarms_ms = at_ms if self.first_alarms_ms is None else self.first_alarms_ms
        before, now = self.active or (), tuple(dict.fromkeys(active))
        self.events.extend(Event(at_ms, code, came=True) for code in now if code not in before)
        self.events.extend(Event(at_ms, code, came=False) for code in before if code not in now)
        self.active, self.active_ms = now, at_ms

    def age_s(self, now_ms: int) -> float | None:
        """Give how long ago it answered; None before that."""
        return None if self.at_ms is None else max(0.0, (now_ms - self.at_ms) / 1000)

    def is_stale(self, now_ms: int) -> bool:
        """Whether what is shown of it is no longer what it says."""
        age_s = self.age_s(now_ms)
        return age_s is not None and (self.silent_since_ms is not None or age_s > self.patience_s)

    def silent_s(self, now_ms: int) -> float | None:
        """Give for how long nothing was heard of a pack that does not answer; None while it does."""
        if self.silent_since_ms is None:
            return None
        since_ms = self.silent_since_ms if self.at_ms is None else self.at_ms
        return max(0.0, (now_ms - since_ms) / 1000)

    @property
    def patience_s(self) -> float:
        return max(STALE_S, _ROUNDS * self.gap_s)

    def is_old(self, name: str, now_ms: int) -> bool:
        """Whether a value is older than the pack's last words allow."""
        if name not in self.told_ms or name in LASTING:
            return self.is_stale(now_ms)
        return self.is_stale(now_ms) or (now_ms - self.told_ms[name]) / 1000 > _ROUNDS * self.patience_s

    def member(self, now_ms: int) -> Member:
        """Give it as the rules of a bank want it."""
        values: Mapping[str, Value] | None = self.values if self.at_ms is not None else None
        age_s = self.age_s(now_ms)
        old_s = 2 * self.patience_s if self.is_stale(now_ms) else 0.0
        return heard(
            self.name, values, self.active, age_s=0.0 if age_s is None else old_s, stale_after_s=self.patience_s
        )
