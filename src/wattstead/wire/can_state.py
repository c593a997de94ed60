"""What a side of a CAN bus has said lately, put together from its frames."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wattstead.model.reading import Value
from wattstead.wire.can_signal import CanMessage
from wattstead.wire.codec import Said
from wattstead.wire.family.can import Can

_MISSES: Final = 3  # cycles that a frame may be missing before what it said no longer counts
_LEAST_S: Final = 5.0


@dataclass(slots=True)
class _Heard:
    said: Said
    at: float


class BusState:
    """family: of the protocol. needs: names of messages without which the other side is not known well enough.

    sender: whose frames count.
    """

    def __init__(self, family: Can, needs: Collection[str] = (), sender: str = "battery") -> None:
        self._family = family
        self._needs = needs
        self._sender = sender
        self._last: dict[str, _Heard] = {}
        self.at: float | None = None

    def take(self, said: Said, at: float) -> bool:
        """Remember what was said; gives whether it counts. at: on any clock, the same for all calls."""
        message = said.message
        if not isinstance(message, CanMessage) or message.sender != self._sender:
            return False
        self._last[message.name] = _Heard(said, at)
        self.at = at
        return True

    def missing(self, now: float) -> list[str]:
        """Name the needed messages that have not come lately."""
        return [name for name in self._needs if name not in self._last or not self._counts(self._last[name], now)]

    def fresh(self, now: float, lost_s: float) -> bool:
        """Whether something came within this time."""
        return self.at is not None and now - self.at <= lost_s

    def values(self, now: float) -> dict[str, Value]:
        """Give the values of all frames that still count, the finer of two that say the same."""
        values: dict[str, Value] = {}
        for heard in self._current(now):
            for told in heard.said.packs:
                values.update(told.values)
        return {**values, **self._family.told_together(self._signals(now))}

    def active(self, now: float) -> tuple[str, ...] | None:
        """Give the codes that are active, None where no frame carried any."""
        lists = [told.active for heard in self._current(now) for told in heard.said.packs if told.active is not None]
        return tuple(dict.fromkeys(code for codes in lists for code in codes)) if lists else None

    def _signals(self, now: float) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for heard in self._current(now):
            found.update(heard.said.record)
        return found

    def _current(self, now: float) -> Sequence[_Heard]:
        return [heard for heard in self._last.values() if self._counts(heard, now)]

    @staticmethod
    def _counts(heard: _Heard, now: float) -> bool:
        message = heard.said.message
        cycle_s = message.cycle_ms / 1000.0 if isinstance(message, CanMessage) else 0.0
        return now - heard.at <= max(_LEAST_S, _MISSES * cycle_s)
