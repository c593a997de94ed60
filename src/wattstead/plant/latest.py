"""What is known of a pack right now, and what that means."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from wattstead.model.code import Code, Severity
from wattstead.model.reading import Origin, Value, numbers

IDLE_A = 0.15
"""Below this much current, either way, a pack is idle: current sensors drift by about a tenth of an ampere."""

MISSED_POLLS = 3
"""After so many poll intervals without values these are no longer fresh."""


class State(StrEnum):
    """What a pack is doing, in one word."""

    CHARGING = "charging"
    DISCHARGING = "discharging"
    IDLE = "idle"
    CUT = "cut"  # a protection is active, and no current flows
    SILENT = "silent"  # it was asked and did not answer
    UNKNOWN = "unknown"  # it does not say its current, or nobody has asked for too long


@dataclass(frozen=True, slots=True)
class PackInfo:
    """One pack of the plant. poll_interval_s: how often it is asked."""

    id: str
    name: str
    make: str
    profile: str
    bus: str
    address: int
    poll_interval_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest known values of a pack; positive current and power charge it.

    at_ms: UTC, when the newest of them was said. active: None where no message has carried any codes lately.
    silent_since_ms: when it first failed to answer after that, None while it answers.
    silent_why: why it does not answer now, one sentence for a person; None while it answers.
    """

    pack: PackInfo
    at_ms: int
    origin: Origin
    values: Mapping[str, Value]
    active: tuple[Code, ...] | None = None
    silent_since_ms: int | None = None
    silent_why: str | None = None

    def age_s(self, now_ms: int) -> float:
        """Give the age of the values; a clock that was set back makes nothing younger than new."""
        return max(0, now_ms - self.at_ms) / 1000

    def fresh(self, now_ms: int) -> bool:
        """Tell whether fewer than MISSED_POLLS polls were missed since. Values from the future are not fresh either."""
        return abs(now_ms - self.at_ms) <= 1000 * MISSED_POLLS * self.pack.poll_interval_s

    def state(self, now_ms: int) -> State:
        """Say what the pack is doing. Old values say nothing of it.

        A protection that stops only charging leaves a pack that discharges at work: it is cut where nothing flows.
        """
        if self.silent_since_ms is not None:
            return State.SILENT
        if not self.fresh(now_ms):
            return State.UNKNOWN
        state = _by_current(numbers(self.values.get("pack_current_a")))
        return State.CUT if state is State.IDLE and self._protected() else state

    def _protected(self) -> bool:
        return any(code.severity is Severity.PROTECTION for code in self.active or ())


def _by_current(current_a: tuple[float, ...]) -> State:
    if not current_a:
        return State.UNKNOWN
    if abs(current_a[0]) < IDLE_A:
        return State.IDLE
    return State.CHARGING if current_a[0] > 0 else State.DISCHARGING
