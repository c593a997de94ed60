"""From a ``[sense]`` table to what the sensors of a pack see; what stands there is told in ``sensing``."""

from collections.abc import Mapping
from math import inf
from typing import Any, Final

from wattstead.model.errors import UsageError
from wattstead.virtual.sensing import CELL_OFFSET, CELLS, CURRENT_OFFSET, OF_PACK, ONLY_TOLD, PROBE_OFFSET, PROBES
from wattstead.virtual.vocabulary import is_number, nearest, one_each

FROZEN, TRUE = "frozen", "true"
BROKEN: Final = {"open": -inf, "short": inf}
"""What a probe of temperature can be."""
OFFSETS: Final = (CELL_OFFSET, CURRENT_OFFSET, PROBE_OFFSET)
SENSED: Final = (CELLS, PROBES, *OF_PACK, *ONLY_TOLD, *OFFSETS)
_EACH: Final = {CELLS: CELLS, CELL_OFFSET: CELLS, PROBES: PROBES, PROBE_OFFSET: PROBES}


class SenseReading:
    """Reads the tables of one pack, one name after the other.

    simulated: what the pack says by itself. was: readings that stood still before; they go on doing so. frozen: those
    that do now.
    """

    def __init__(self, simulated: Mapping[str, Any], was: Mapping[str, Mapping[int, float]]) -> None:
        self._simulated = simulated
        self._was = was
        self.frozen: dict[str, dict[int, float]] = {}

    def read(self, name: str, value: object) -> Any:
        """Give what the sensors see. Raises UsageError: no such sensor, or a reading that it cannot have."""
        if name not in SENSED:
            raise UsageError(f"no sensor sees this; {nearest(name, SENSED, 'sensors see')}")
        self.frozen.pop(name, None)
        if name not in _EACH:
            return self._one(name, 0, value)
        wanted = len(self._simulated[_EACH[name]])
        return tuple(self._one(name, number, one) for number, one in enumerate(one_each(value, wanted)))

    def _one(self, name: str, number: int, value: object) -> float | None:
        if value == FROZEN and name not in OFFSETS:
            return self._freeze(name, number)
        if value == TRUE and name in _EACH:
            return 0.0 if name in OFFSETS else None
        if name == PROBES and isinstance(value, str) and value in BROKEN:
            return BROKEN[value]
        if not is_number(value):
            raise UsageError(f"{value!r} is no number{_or_word(name) if isinstance(value, str) else ''}")
        return float(value)

    def _freeze(self, name: str, number: int) -> float:
        if name not in self._simulated:
            raise UsageError("nobody knows what it reads now; give a number")
        held = self._was.get(name, {}).get(number)
        if held is None:
            now = self._simulated[name]
            held = float(now[number] if isinstance(now, tuple) else now)
        self.frozen.setdefault(name, {})[number] = held
        return held


def _or_word(name: str) -> str:
    words = [*(BROKEN if name == PROBES else ()), *((FROZEN,) if name not in OFFSETS else ())]
    words += [TRUE] if name in _EACH else []
    return f", nor one of {', '.join(words)}" if words else ""
