"""When a battery that is put away is to be charged again.

A battery loses charge by itself, and its board takes some. So the months count from the last full charge where that
is known, and else from the last word of it: one that was put away half empty has no more time than that.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

DAY_MS: Final = 86_400_000
IN_USE_DAYS: Final = 7
"""A battery heard of within so many days is in use, not put away."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """months: from one charge to the next. step: of the guide, which tells that the battery was charged."""

    months: int
    step: str


@dataclass(frozen=True, slots=True)
class Due:
    """When a battery is due. from_full: counted from a full charge, else from its last word.

    days_left: whole days until then; below 0, whole days since. late: the day is past and the battery stands unused.
    """

    since_ms: int
    due_ms: int
    from_full: bool
    in_use: bool
    days_left: int
    late: bool


def recharge_due(months: int, now_ms: int, *, full_ms: int | None = None, contact_ms: int | None = None) -> Due | None:
    """Tell when a stored battery is to be charged (GRW-9, PWS-16); None where neither time is known.

    months: from a charge to the next. full_ms: of the last full charge. contact_ms: of the last word of the battery;
    all UTC milliseconds. What lies ahead of now is a clock that was wrong, and counts as now.
    """
    since = full_ms if full_ms is not None else contact_ms
    if since is None:
        return None
    since = min(since, now_ms)
    due_ms = add_months(since, months)
    heard = contact_ms is not None and now_ms - contact_ms <= IN_USE_DAYS * DAY_MS
    days = abs(due_ms - now_ms) // DAY_MS
    past = now_ms > due_ms
    return Due(since, due_ms, full_ms is not None, heard, -days if past else days, past and not heard)


def add_months(at_ms: int, months: int) -> int:
    """Give the same day and hour some months on; the last day of the month where that one is too short. UTC."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    day = min(at.day, monthrange(year, month + 1)[1])
    moved = at.replace(year=year, month=month + 1, day=day)
    return round(moved.timestamp() * 1000)
