"""What a side of a CAN bus has said lately, put together from its frames."""

from collections.abc import Collection
from typing import Any, Final

from wattstead.model.reading import Value
from wattstead.wire.can_signal import CanMessage
from wattstead.wire.codec import Said
from wattstead.wire.family.can import Can
from wattstead.wire.layout import Record

_MISSES: Final = 3  # cycles that a frame may be missing before what it said no longer counts
_LEAST_S: Final = 5.0


_Heard = tuple[float, Record, dict[str, Any], tuple[str, ...] | None]
"""What a message said last: until when it counts, on the clock that it came by; record, values, active codes."""


class BusState:
    """family: of the protocol. needs: names of messages without which the other side is not known well enough.

    sender: whose frames count.
    """

    def __init__(self, family: Can, needs: Collection[str] = (), sender: str = "battery") -> None:
        self._family = family
        self._needs = needs
        self._sender = sender
        self._last: dict[str, _Heard] = {}
        cycles_s = {one.name: one.cycle_ms / 1000.0 for one in family.messages if isinstance(one, CanMessage)}
        self._keeps_s = {name: max(_LEAST_S, _MISSES * cycle_s) for name, cycle_s in cycles_s.items()}
        self.at: float | None = None

    def take(self, said: Said, at: float) -> bool:
        """Remember what was said; gives whether it counts. at: on any clock, the same for all calls."""
        if not isinstance(said.message, CanMessage):
            return False
        (told,) = said.packs
        return self.note(said.message, said.record, told.values, told.active, at)

    def note(
        self, message: CanMessage, record: Record, values: dict[str, Any], active: tuple[str, ...] | None, at: float
    ) -> bool:
        """Remember the same in pieces."""
        if message.sender != self._sender:
            return False
        self._last[message.name] = at + self._keeps_s[message.name], record, values, active
        self.at = at
        return True

    def missing(self, now: float) -> list[str]:
        """Name the needed messages that have not come lately."""
        last = self._last
        return [name for name in self._needs if name not in last or now > last[name][0]]

    def fresh(self, now: float, lost_s: float) -> bool:
        """Whether something came within this time."""
        return self.at is not None and now - self.at <= lost_s

    def values(self, now: float) -> dict[str, Value]:
        """Give the values of all frames that still count, the finer of two that say the same."""
        values: dict[str, Value] = {}
        signals: dict[str, Any] = {}
        scattered = self._family.scattered
        for name, (until, record, told, _) in self._last.items():
            if now <= until:
                values.update(told)
                if name in scattered:
                    signals.update(record)
        if signals:
            values.update(self._family.told_across(signals))
        return values

    def active(self, now: float) -> tuple[str, ...] | None:
        """Give the codes that are active, None where no frame carried any."""
        lists = [active for until, _, _, active in self._last.values() if active is not None and now <= until]
        return tuple(dict.fromkeys([code for codes in lists for code in codes])) if lists else None
