"""What a block, or a batch, adds up to."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from wattstead.battery.packs import Packs
from wattstead.battery.preset import PackPreset
from wattstead.battery.step import EventKind, Log
from wattstead.battery.wear import Ageing

KINDS = tuple(kind.name.lower() for kind in sorted(EventKind, key=lambda one: one.value))

_SUMS = (
    "packs",
    "rows",
    "pack_steps",
    "charged_energy_kwh",
    "discharged_energy_kwh",
    "equivalent_full_cycles",
    "lost",
)


@dataclass
class Totals:
    """Sums over packs. events: by name of the protection, one count a kind of ``KINDS``. lost: found no room.

    capacity_left: shares by the worst, the middle and the best model of ageing, at the end.
    """

    packs: int = 0
    rows: int = 0
    pack_steps: int = 0
    charged_energy_kwh: float = 0.0
    discharged_energy_kwh: float = 0.0
    equivalent_full_cycles: float = 0.0
    capacity_left: list[float] = field(default_factory=lambda: [0.0] * 3)
    lost: int = 0
    events: dict[str, list[int]] = field(default_factory=dict)

    def happened(self, log: Log, preset: PackPreset) -> None:
        """Count events."""
        self.lost += log.lost
        if not len(log.row):
            return
        counts = np.bincount(log.row * len(KINDS) + log.kind, minlength=len(preset.protections) * len(KINDS))
        counts = counts.reshape(-1, len(KINDS))
        for place in np.flatnonzero(counts.any(axis=1)).tolist():
            self._count(preset.protections[place].name, counts[place].tolist())

    def end(self, packs: Packs, ageing: Ageing) -> None:
        """Take energies and wear of a block that is done."""
        self.charged_energy_kwh += float(packs.charged_kwh.sum())
        self.discharged_energy_kwh += float(packs.discharged_kwh.sum())
        self.equivalent_full_cycles += float(ageing.cycles.sum())
        aged = ageing.aged
        band = (aged.capacity_low, aged.capacity_mid, aged.capacity_high)
        self.capacity_left = [sum_ + float(one.sum()) for sum_, one in zip(self.capacity_left, band, strict=True)]

    def count_of(self, kind: str) -> int:
        """How many events of a kind."""
        place = KINDS.index(kind)
        return sum(counts[place] for counts in self.events.values())

    def add(self, others: Iterable["Totals"]) -> "Totals":
        """Take in other blocks."""
        for other in others:
            for name in _SUMS:
                setattr(self, name, getattr(self, name) + getattr(other, name))
            self.capacity_left = [a + b for a, b in zip(self.capacity_left, other.capacity_left, strict=True)]
            for name, counts in other.events.items():
                self._count(name, counts)
        return self

    def _count(self, name: str, counts: list[int]) -> None:
        before = self.events.get(name, [0] * len(KINDS))
        self.events[name] = [a + b for a, b in zip(before, counts, strict=True)]
