"""A day in a house, as far as its battery notices: sun charges it, evening and night empty it.

The power that is asked of a battery grows with its capacity, so that small and large banks live alike. All variation
follows from the seed and the date: the same day of the same house is the same on every run.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from wattstead.battery.packs import Floats, Packs
from wattstead.virtual.given import Input

DAY_S = 86400.0
_SUN_RISES_H, _SUN_SETS_H = 7.0, 19.0
_SUN_PEAK_C = 0.26  # A per Ah of the bank at noon of a clear day
_BASE_C = 0.012
# Hour, width in h, A per Ah: breakfast, lunch, evening.
_PEAKS = ((7.3, 0.9, 0.06), (12.5, 1.2, 0.04), (19.8, 2.0, 0.13))
_CHARGER_C = 0.5
_EMPTY, _SPARING = 0.10, 0.18  # an inverter gives less below the second state of charge and nothing below the first


@dataclass(frozen=True)
class Day:
    """One house. seed: the same seed gives the same days. ambient_degc: mean of the air around the battery."""

    seed: int = 0
    ambient_degc: float = 21.0

    def sun_c(self, local_s: float) -> float:
        """Current from the sun in A per Ah of the bank, 0 at night. local_s: seconds of local time since 1970."""
        hour = local_s % DAY_S / 3600.0
        if not _SUN_RISES_H < hour < _SUN_SETS_H:
            return 0.0
        height = math.sin(math.pi * (hour - _SUN_RISES_H) / (_SUN_SETS_H - _SUN_RISES_H))
        clearness = 0.45 + 0.55 * _draws(f"{self.seed} sun {local_s // DAY_S:.0f}")[0]
        return _SUN_PEAK_C * clearness * math.pow(height, 1.5) * self._flicker(local_s, "clouds", 1.0 - 0.6 * clearness)

    def load_c(self, local_s: float) -> float:
        """Current that the house draws in A per Ah of the bank."""
        hour = local_s % DAY_S / 3600.0
        habits = _draws(f"{self.seed} habits {local_s // DAY_S:.0f}")
        drawn = _BASE_C
        for (peak_h, width_h, height_c), late, hungry in zip(_PEAKS, habits[0::2], habits[1::2], strict=False):
            apart = (hour - peak_h - (late - 0.5)) / width_h
            drawn += height_c * (0.7 + 0.5 * hungry) * math.exp(-0.5 * apart * apart)
        return drawn * self._flicker(local_s, "kettle", 0.5) * self._flicker(local_s, "fridge", 0.2, slot_s=20.0)

    def air_degc(self, local_s: float) -> float:
        """Temperature of the air around, warmest in the middle of the afternoon."""
        hour = local_s % DAY_S / 3600.0
        return self.ambient_degc + 2.5 * math.cos(math.tau * (hour - 15.0) / 24.0)

    def _flicker(self, local_s: float, about: str, depth: float, slot_s: float = 300.0) -> float:
        """Give a factor from 1 - depth to 1 that wanders from one slot of time to the next."""
        slot, place = divmod(local_s / slot_s, 1.0)
        before, after = (_draws(f"{self.seed} {about} {slot + step:.0f}")[0] for step in (0, 1))
        return 1.0 - depth * (before + (after - before) * place)

    def current_a(self, packs: Packs, local_s: float, dt_s: float, given: Input, places: Sequence[int]) -> float:
        """Give what is asked of the packs at these places together during a step, positive charges.

        given: what a person fixed; the rest follows the day. A load stops at the charge that an inverter spares, unless
        a person fixed it. A charger stops by its voltage, which is not looked at here.
        """
        if given.current_a is not None:
            return given.current_a
        if given.short_circuit_ohm is not None:
            return 0.0  # neither charger nor load works on a short circuit
        known = _Known(packs.soc[places], packs.capacity_known_ah[places])
        in_a = self._charge_c(local_s, given) * known.capacity_ah
        if given.load_w is not None:
            return in_a - given.load_w / max(float(packs.pack_voltage_v[places].mean()), 1.0)
        if given.load is False:
            return in_a
        out_a = min(self.load_c(local_s) * known.capacity_ah * known.share_given, known.most_given_a(dt_s) + in_a)
        return in_a - out_a

    def _charge_c(self, local_s: float, given: Input) -> float:
        if given.charger is None:
            return self.sun_c(local_s)
        return _CHARGER_C if given.charger else 0.0


@dataclass(frozen=True)
class _Known:
    """What packs say of themselves. soc: 0..1. full_ah: what each holds."""

    soc: Floats
    full_ah: Floats

    @property
    def capacity_ah(self) -> float:
        return float(self.full_ah.sum())

    @property
    def share_given(self) -> float:
        """How much of a load an inverter takes from a battery at its state of charge, 0..1."""
        return min(max((float(self.soc.min()) - _EMPTY) / (_SPARING - _EMPTY), 0.0), 1.0)

    def most_given_a(self, dt_s: float) -> float:
        """Current that empties the packs to the charge at which an inverter stops, within one step."""
        left_ah = (self.soc - _EMPTY) * self.full_ah
        return max(float(left_ah.min()) * len(self.soc), 0.0) * 3600.0 / dt_s


@lru_cache(maxsize=1024)
def _draws(about: str) -> tuple[float, ...]:
    """Give numbers from 0 to 1 that always belong to this subject."""
    digest = blake2b(about.encode(), digest_size=4 * 2 * len(_PEAKS)).digest()
    return tuple(int.from_bytes(digest[at : at + 4]) / 0xFFFF_FFFF for at in range(0, len(digest), 4))
