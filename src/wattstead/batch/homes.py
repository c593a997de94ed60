"""Households around the packs of a block: what sun, people and inverter ask of each pack, and the air around it.

A household has one pack, or several in parallel whose current physics shares. All figures are ours and stand in
docs/batch.md; currents are A per Ah of the battery, so that small and large ones live alike. Everything follows from
the seed and the number of the household or pack (``draw``).
"""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wattstead.batch.draw import Floats, Wander, draw, keys
from wattstead.batch.plan import DAY_S, Block, Plan
from wattstead.battery.bank import share
from wattstead.battery.inputs import Inputs, Signal
from wattstead.battery.kernel import layout as at
from wattstead.battery.packs import Packs

# Reasons of draws.
_REGION, _SUN, _BASE, _USE, _OUTDOORS, _START, _BELIEF, _HEED, _CLEAR, _CLOUDS, _KETTLE, _LATE, _HUNGRY, _AGE = range(
    14
)
_HOME, _WEATHER = range(2)

REGIONS: Final = 16
"""Each with a latitude, from 43 to 55° north, and the clearness of its days."""
_SOUTH_DEG, _NORTH_DEG = 43.0, 55.0
_SLOT_S = 300.0
# Hour, width in h, A per Ah: breakfast, lunch, evening.
_PEAKS = ((7.3, 0.9, 0.06), (12.5, 1.2, 0.04), (19.8, 2.0, 0.13))
_SPARED, _SPARING = 0.10, 0.18  # an inverter gives less below the second SOC and nothing below the first
_FED, _FED_C = 0.08, 0.05  # what still grows empty by itself below this SOC is charged from the grid, A per Ah
_CARELESS = 0.02  # share of households whose inverter spares nothing, and as many that charge too high
_TOO_HIGH_V = 0.2  # a cell


class Homes:
    """The households of one block."""

    def __init__(self, plan: Plan, block: Block) -> None:
        self._plan, self._per_home = plan, plan.per_home
        n = block.count // plan.per_home
        self._keys = own = keys(plan.seed, block.first // plan.per_home, n, _HOME)
        # Of packs and of households are drawn for different reasons: that they share numbers does not matter.
        self._packs = keys(plan.seed, block.first, block.count, _HOME)
        self._region = (draw(own, _REGION) * REGIONS).astype(np.int64)
        self._weather = keys(plan.seed, 0, REGIONS, _WEATHER)
        step = (_NORTH_DEG - _SOUTH_DEG) / (REGIONS - 1)
        self.latitude_deg = _SOUTH_DEG + step * self._region
        latitude = np.radians(self.latitude_deg)
        self._sin_latitude, self._cos_latitude = np.sin(latitude), np.cos(latitude)
        self._sun_c = 0.18 + 0.22 * draw(own, _SUN)
        self._base_c = 0.006 + 0.014 * draw(own, _BASE)
        self._use = 0.6 + 0.9 * draw(own, _USE)
        self._outdoors = 0.1 + 0.8 * draw(own, _OUTDOORS)
        heed = draw(own, _HEED)
        self._empties = heed < _CARELESS
        self._overcharges = heed > 1.0 - _CARELESS
        self._clouds = Wander(own, _CLOUDS, _SLOT_S)
        self._kettle = Wander(own, _KETTLE, _SLOT_S)
        self._day = -1
        self._clear = np.empty(n)
        self._meals: list[tuple[Floats, Floats]] = []  # of this day: when, and A per Ah
        asks = plan.pack.requests
        held_v = asks.charge_voltage_v + _TOO_HIGH_V * plan.pack.cells * self._overcharges
        self._inputs = Inputs.of(block.count, charge_voltage_v=self._each(held_v))

    def start_soc(self) -> Floats:
        """Give the true SOC of each pack at the start, 0..1: those of a household are even."""
        return self._each(0.15 + 0.8 * draw(self._keys, _START))

    def believed_soc(self) -> Floats:
        """Give what the BMS takes it for: up to 10 % off."""
        return np.clip(self.start_soc() + 0.2 * (draw(self._packs, _BELIEF) - 0.5), 0.0, 1.0)

    def soh(self) -> Floats:
        """Give how much of its capacity each pack has left, 0..1."""
        low, high = self._plan.soh
        return low + (high - low) * draw(self._packs, _AGE)

    def _each(self, of_homes: NDArray[Any]) -> NDArray[Any]:
        """Give each pack what holds for its household."""
        return np.repeat(of_homes, self._per_home)

    def inputs(self, at_s: float, for_s: float, packs: Packs) -> Inputs:
        """Give what is asked of the packs. at_s: since the start, the middle of the time. for_s: how long it lasts.

        The same object each time, with new values.
        """
        sun_c = self.sun_c(at_s)
        net_c = sun_c - self.load_c(at_s)
        asks, many = self._plan.pack.requests, self._per_home
        rated_ah = self._plan.pack.rated_capacity_ah * many
        soc = packs.soc.reshape(-1, many).min(axis=1)  # the inverter goes by the emptiest
        spared = np.where(self._empties, 0.0, _SPARED)
        give = np.where(self._empties, 1.0, np.clip((soc - _SPARED) / (_SPARING - _SPARED), 0.0, 1.0))
        most_a = np.maximum(soc - spared, 0.0) * rated_ah * 3600.0 / for_s
        most_a = np.where(self._empties, asks.discharge_current_a * many, most_a)
        most_a = np.minimum(most_a, asks.discharge_current_a * many)
        current_a = net_c * rated_ah
        current_a = np.where(current_a < 0.0, np.maximum(current_a * give, -most_a), current_a)
        fed_c = np.where(self._empties, 0.0, _FED_C * np.clip((_FED - soc) / 0.01, 0.0, 1.0))
        current_a = np.where(fed_c > 0.0, np.maximum(current_a, fed_c * rated_ah), current_a)
        current_a = np.minimum(current_a, asks.charge_current_a * many)
        self._inputs.values[at.ASKED_A] = self._shared(packs, current_a, for_s)
        self._inputs.values[at.AIR_DEGC] = self._each(self.air_degc(at_s))
        # A hybrid inverter is a source while the sun covers the house or the grid feeds the battery, and a load else.
        source = self._each(((sun_c > 0.0) & (net_c >= 0.0)) | (fed_c > 0.0))
        self._inputs.signals[:] = np.where(source, np.int32(Signal.CHARGER), np.int32(0))
        return self._inputs

    def _shared(self, packs: Packs, current_a: Floats, for_s: float) -> Floats:
        """Share the current of each household among its packs."""
        if self._per_home == 1:
            return current_a
        return share(packs, current_a.astype(np.float64), for_s, banks=len(current_a)).current_a

    def sun_c(self, at_s: float) -> Floats:
        """Current from the sun in A per Ah: height of the sun, clearness of the day, clouds."""
        self._begin_day(at_s)
        hour, day = at_s % DAY_S / 3600.0, self._day_of_year(at_s)
        tilt = math.radians(23.44) * math.sin(math.tau * (day - 81.0) / 365.0)
        turn = math.cos(math.tau * (hour - 12.0) / 24.0)
        height = np.maximum(self._sin_latitude * math.sin(tilt) + self._cos_latitude * (math.cos(tilt) * turn), 0.0)
        if not height.any():
            return np.asarray(height)
        clouds = 1.0 - (1.0 - self._clear) * self._clouds.at(at_s)
        return np.asarray(self._sun_c * self._clear * height**1.2 * clouds)

    def load_c(self, at_s: float) -> Floats:
        """Current that the house draws in A per Ah."""
        self._begin_day(at_s)
        hour = at_s % DAY_S / 3600.0
        drawn = self._base_c.copy()
        for (_, width_h, _), (peak_h, height_c) in zip(_PEAKS, self._meals, strict=True):
            apart = (hour - peak_h) / width_h
            drawn += height_c * np.exp(-0.5 * apart * apart)
        return np.asarray(drawn * (1.0 - 0.5 * self._kettle.at(at_s)))

    def air_degc(self, at_s: float) -> Floats:
        """Air around the pack: between 20 °C of a dwelling and the air outside, by season, latitude and hour."""
        season = math.cos(math.tau * (self._day_of_year(at_s) - 200.0) / 365.0)
        daily = 4.0 * math.cos(math.tau * (at_s % DAY_S / 3600.0 - 15.0) / 24.0)
        outside = 27.0 - 0.35 * self.latitude_deg + 0.2 * self.latitude_deg * season + daily
        return np.asarray(20.0 + self._outdoors * (outside - 20.0))

    def _day_of_year(self, at_s: float) -> float:
        return self._plan.first_day + at_s // DAY_S

    def _begin_day(self, at_s: float) -> None:
        day = int(at_s // DAY_S)
        if day == self._day:
            return
        self._day = day
        self._clear = (0.35 + 0.65 * draw(self._weather, _CLEAR, day))[self._region]
        self._meals = []
        for place, (peak_h, _, height_c) in enumerate(_PEAKS, day * len(_PEAKS)):
            late, hungry = (draw(self._keys, about, place) for about in (_LATE, _HUNGRY))
            self._meals.append((peak_h + late - 0.5, self._use * height_c * (0.7 + 0.5 * hungry)))
