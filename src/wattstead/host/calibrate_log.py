"""What the audit log says of calibrations: the way back, also after this program or the line broke off."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

_BEGAN: Final = "calibrate begin"
_ENDED: Final = "calibrate"
_STANDS: Final = ("done", "link_lost")
"""Ends after which the device holds something else than before, or nobody knows."""


@dataclass(frozen=True, slots=True)
class Past:
    """One calibration that stands. at: when, as the log has it. after: None where it never ended, or nobody knows."""

    kind: str
    at: str
    before: Mapping[str, float]
    after: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Calibrations of one device that stand, the oldest first."""

    standing: tuple[Past, ...] = ()

    @property
    def last(self) -> Past | None:
        """The one that an undo takes back."""
        return self.standing[-1] if self.standing else None

    @classmethod
    def of(cls, entries: Iterable[Mapping[str, Any]]) -> "History":
        """Read the log of a device, the oldest entry first; what is no calibration is passed over."""
        stack: list[Past] = []
        begun: Past | None = None
        for entry in entries:
            before, after = entry.get("before"), entry.get("after")
            if entry.get("what") == _BEGAN and isinstance(before, Mapping):
                stack += [begun] if begun is not None and begun.kind != "undo" else []
                begun = Past(str(entry.get("name", "")), str(entry.get("at", "")), before)
            elif entry.get("what") == _ENDED and begun is not None:
                now = replace(begun, after=after if isinstance(after, Mapping) else None)
                if entry.get("outcome") in _STANDS:
                    stack = stack[:-1] if begun.kind == "undo" and entry["outcome"] == "done" else _with(stack, now)
                begun = None
        return cls(tuple(_with(stack, begun) if begun is not None else stack))


def _with(stack: Sequence[Past], one: Past) -> list[Past]:
    """Add one that stands. An undo of which nobody knows whether it went through leaves what it was to undo."""
    return [*stack] if one.kind == "undo" else [*stack, one]


def began(
    kind: str, before: Mapping[str, float], readings_a: Sequence[float], reference_a: float | None
) -> dict[str, Any]:
    """Give the entry that is written before anything is sent."""
    entry: dict[str, Any] = {"what": _BEGAN, "name": kind, "before": dict(before), "readings_a": list(readings_a)}
    return entry if reference_a is None else {**entry, "reference_a": reference_a}


def ended(
    kind: str,
    outcome: str,
    before: Mapping[str, float],
    after: Mapping[str, float] | None,
    readings_a: Sequence[float] | None,
    why: str,
) -> dict[str, Any]:
    """Give the entry that is written when it has ended. Its from and to name what has changed."""
    changed = [name for name in before if after is not None and after.get(name) != before[name]]
    told = {"from": _short(before, changed), "to": "?" if after is None else _short(after, changed)}
    entry: dict[str, Any] = {"what": _ENDED, "name": kind, "outcome": outcome, **told, "before": dict(before)}
    entry |= {"after": None if after is None else dict(after), "sent": 1}
    entry |= {} if readings_a is None else {"readings_a": list(readings_a)}
    return {**entry, "why": why} if why else entry


def _short(trim: Mapping[str, float], names: Sequence[str]) -> str:
    return ", ".join(f"{name} {trim[name]:g}" for name in names or trim)
