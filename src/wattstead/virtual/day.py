"""A day in a house, as far as its battery notices: sun charges it, evening and night empty it.

The power that is asked of a battery grows with its capacity, so that small and large banks live alike. All variation
follows from the seed and the date: the same day of the same house is the same on every run.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from wattstead.battery.bank import current_at_voltage
from wattstead.battery.state import PackState
from wattstead.virtual.given import Input
from wattstead.virtual.preset import CHARGE_CELL_V

DAY_S = 86400.0
_SUN_RISES_H, _SUN_SETS_H = 7.0, 19.0
_SUN_PEAK_C = 0.26  # A per Ah of the bank at noon of a clear day
_BASE_C = 0.012
# Hour, width in h, A per Ah: breakfast, lunch, evening.
_PEAKS = ((7.3, 0.9, 0.06), (12.5, 1.2, 0.04), (19.8, 2.0, 0.13))
_CHARGER_C = 0.5
_FAR_FROM_FULL = 0.85  # no current of this house brings cells to their charge voltage below this
_LONG_S = 300.0  # over longer steps the answer for a voltage is too coarse: then the fullest cell ends the charge
_FULL = 0.99  # where a cell rests at 3.5 V
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

    def current_a(self, state: PackState, local_s: float, dt_s: float, given: Input) -> float:
        """Give what is asked of the packs together during a step, positive charges.

        given: what a person fixed; the rest follows the day. A charger stops at the voltage that cells like, a load at
        the charge that an inverter spares, unless a person fixed the load.
        """
        if given.current_a is not None:
            return given.current_a
        capacity_ah = float(state.full_ah.sum())
        in_a = self._charge_c(local_s, given) * capacity_ah
        if given.load_w is not None:
            out_a = given.load_w / max(float(state.pack_voltage_v.mean()), 1.0)
        else:
            out_a = min(self.load_c(local_s) * capacity_ah * _share_given(state), _most_given_a(state, dt_s) + in_a)
        return _held(state, in_a - out_a, dt_s)

    def _charge_c(self, local_s: float, given: Input) -> float:
        if given.charger is None:
            return self.sun_c(local_s)
        return _CHARGER_C if given.charger else 0.0


@lru_cache(maxsize=1024)
def _draws(about: str) -> tuple[float, ...]:
    """Give numbers from 0 to 1 that always belong to this subject."""
    digest = blake2b(about.encode(), digest_size=4 * 2 * len(_PEAKS)).digest()
    return tuple(int.from_bytes(digest[at : at + 4]) / 0xFFFF_FFFF for at in range(0, len(digest), 4))


def _share_given(state: PackState) -> float:
    """How much of a load an inverter takes from a battery at its state of charge, 0..1."""
    soc = float((state.remaining_ah / state.full_ah).min())
    return min(max((soc - _EMPTY) / (_SPARING - _EMPTY), 0.0), 1.0)


def _most_given_a(state: PackState, dt_s: float) -> float:
    """Current that empties the packs to the charge at which an inverter stops, within one step."""
    left_ah = state.remaining_ah - _EMPTY * state.full_ah
    return max(float(left_ah.min()) * state.packs, 0.0) * 3600.0 / dt_s


def _held(state: PackState, current_a: float, dt_s: float) -> float:
    """Let no more flow in than what brings the cells to their charge voltage."""
    filled = float(state.fill.max()) + current_a * dt_s / 3600.0 / float(state.capacity_ah[0].sum())
    if current_a <= 0.0 or filled < _FAR_FROM_FULL:
        return current_a  # the exact answer costs as much as a step
    allowed_a = float(current_at_voltage(state, CHARGE_CELL_V * state.preset.cells, dt_s)[0])
    if dt_s > _LONG_S:
        to_full_ah = (_FULL - float(state.fill.max())) * float(state.capacity_ah.min()) * state.packs
        allowed_a = min(allowed_a, to_full_ah * 3600.0 / dt_s)
    return max(min(current_a, allowed_a), 0.0)
