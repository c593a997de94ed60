"""A log in words, as consoles print it: what the pack began to do, and the alarms among its records."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from wattstead.battery.record import Kind, Record, RecordLog
from wattstead.catalog.journal_spec import JournalSpec

CHARGING, DISCHARGING, LOW, NORMAL = "charging_began", "discharging_began", "charge_low", "charge_normal"
_BOARD: Final = "BMM"


@dataclass
class Journal:
    """Of one pack. spec: as the profile says. charges: how often charging began; the log and the counters tell it."""

    spec: JournalSpec
    charges: int = 0
    _flows: int = 0
    _is_low: bool | None = None

    def look(self, time_s: float, flows: int, soc_pct: float, records: RecordLog) -> None:
        """Write what began since the last look. flows: 1 while charging, -1 while discharging, 0 at rest."""
        if flows not in (0, self._flows):
            self._flows = flows
            self.charges += flows > 0
            name, code = (CHARGING, f"{self.charges:x}") if flows > 0 else (DISCHARGING, "0")
            records.event(time_s, name, began=True, code=code)
        is_low = soc_pct < self.spec.low_below_pct
        if self._is_low not in (None, is_low):
            records.event(time_s, LOW if is_low else NORMAL, began=True, code="0")
        self._is_low = is_low

    def told(self, records: RecordLog, time_of: Callable[[float], datetime]) -> dict[str, Any]:
        """Give what the wire tells of it, the newest entry first. time_of: the pack's clock at a time of the engine."""
        begun = [one for one in records.rows(newest_first=True) if one.kind is Kind.BEGAN][: self.spec.rows]
        entries = [self._entry(len(begun) - 1 - place, one, time_of(one.time_s)) for place, one in enumerate(begun)]
        return {"entries": entries, "charge_times": self.charges}

    def _entry(self, index: int, one: Record, at: datetime) -> dict[str, Any]:
        spec = self.spec
        words = {CHARGING: spec.charging, DISCHARGING: spec.discharging, LOW: spec.low, NORMAL: spec.normal}
        said = one.name in words
        return {
            "index": index,
            "at": f"{at:%y-%m-%d %H:%M:%S}",
            "board": _BOARD,
            "code": one.code if said else "0",
            "text": words[one.name] if said else one.code,
        }
