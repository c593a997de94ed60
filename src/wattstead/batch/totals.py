"""What a block, or a batch, adds up to."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from wattstead.battery.packs import Packs
from wattstead.battery.preset import PackPreset
from wattstead.battery.step import EventKind, Log

KINDS = tuple(kind.name.lower() for kind in sorted(EventKind, key=lambda one: one.value))


@dataclass
class Totals:
    """Sums over packs. events: by name of the protection, one count a kind of ``KINDS``. lost: found no room."""

    packs: int = 0
    rows: int = 0
    pack_steps: int = 0
    charged_energy_kwh: float = 0.0
    discharged_energy_kwh: float = 0.0
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

    def end(self, packs: Packs) -> None:
        """Take the energies of a block that is done."""
        self.charged_energy_kwh += float(packs.charged_kwh.sum())
        self.discharged_energy_kwh += float(packs.discharged_kwh.sum())

    def count_of(self, kind: str) -> int:
        """How many events of a kind."""
        place = KINDS.index(kind)
        return sum(counts[place] for counts in self.events.values())

    def add(self, others: Iterable["Totals"]) -> "Totals":
        """Take in other blocks."""
        for other in others:
            for name in ("packs", "rows", "pack_steps", "charged_energy_kwh", "discharged_energy_kwh", "lost"):
                setattr(self, name, getattr(self, name) + getattr(other, name))
            for name, counts in other.events.items():
                self._count(name, counts)
        return self

    def _count(self, name: str, counts: list[int]) -> None:
        before = self.events.get(name, [0] * len(KINDS))
        self.events[name] = [a + b for a, b in zip(before, counts, strict=True)]
