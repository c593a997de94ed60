"""Trips that are counted together, and the lock that follows."""

from collections.abc import Collection, Sequence
from decimal import Decimal

from battery.reference.rows import Row
from battery.reference.sample import NOTHING
from battery.reference.surroundings import Surroundings
from wattstead.model.protection import Channel

CLEAN_S = Decimal(1800)
"""Of current in the family's direction within the limit, without a break: the count is forgotten."""


class Family:
    """The rows of one family with their common count."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.count = 0
        self.clean_s = NOTHING
        channels = {row.protection.channel for row in rows}
        self._charge = Channel.CHARGE_CURRENT in channels
        self._discharge = Channel.DISCHARGE_CURRENT in channels

    def forget(self) -> None:
        self.count, self.clean_s = 0, NOTHING

    def count_trips(self, tripped: Collection[Row]) -> bool:
        """Add the trips of one sample; tell whether the rows that are active now lock."""
        ours = [row for row in self.rows if row in tripped]
        self.count += len(ours)
        return any(row.protection.lock is not None and self.count >= row.protection.lock.after for row in ours)

    def rest(self, around: Surroundings, dt_s: Decimal, active_before: Collection[Row]) -> None:
        """Note one step of clean current, or its end."""
        clean = self._flows(around) and not any(
            row.active or row in active_before or _is_beyond(row, around) for row in self.rows
        )
        self.clean_s = self.clean_s + dt_s if clean else NOTHING
        if self.clean_s >= CLEAN_S:
            self.forget()

    def _flows(self, around: Surroundings) -> bool:
        either = not (self._charge or self._discharge)
        return (around.charging and (self._charge or either)) or (around.discharging and (self._discharge or either))


def _is_beyond(row: Row, around: Surroundings) -> bool:
    course = around.channel(row.protection.channel)
    return course is not None and row.is_beyond(course.end)
