"""From states to kept rows: means, extremes, energies and times of one period."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from wattstead.batch.columns import KEPT
from wattstead.batch.plan import Plan
from wattstead.battery.kernel import layout as at
from wattstead.battery.packs import Floats, Packs
from wattstead.battery.wear import Ageing

_MEASURED: Final = (
    "pack_current_a",
    "pack_voltage_v",
    "cell_voltage_min_v",
    "cell_voltage_max_v",
    "cell_voltage_spread_v",
    "cell_temperature_degc",
    "cell_temperature_min_degc",
    "cell_temperature_max_degc",
    "ambient_temperature_degc",
    "mos_temperature_degc",
    "soc_pct",
    "true_soc_pct",
    "soc_bound_pct",
)
_SWITCHES: Final = {
    "bms_on_s": at.ON,
    "charge_mos_on_s": at.CHARGE_ON,
    "discharge_mos_on_s": at.DISCHARGE_ON,
    "heating_s": at.HEATING,
    "balancing_s": at.BALANCING,
}
_ENERGIES: Final = {"charged_energy_kwh": at.CHARGED_KWH, "discharged_energy_kwh": at.DISCHARGED_KWH}
_SCALE = np.array([10.0**column.digits for column in KEPT])[:, np.newaxis]


class Keeper:
    """Adds up what a block of packs does, in float64, and gives a row for each period."""

    def __init__(self, plan: Plan, packs: Packs, ageing: Ageing) -> None:
        self._plan, self._packs, self._ageing = plan, packs, ageing
        self._now = np.empty((len(_MEASURED), packs.count))
        self._sum, self._low, self._high = (np.empty_like(self._now) for _ in range(3))
        self._on = np.empty((len(_SWITCHES), packs.count))
        self._energy = packs.state.energy.copy()
        self._begin()

    def look(self) -> None:
        """Take in the state as it is now, once after each call of the engine."""
        packs, now = self._packs, self._now
        cells_v, cells_degc = packs.cell_voltage_v, packs.temperature_degc
        now[0], now[1] = packs.current_a, packs.pack_voltage_v
        cells_v.min(axis=0, out=now[2])
        cells_v.max(axis=0, out=now[3])
        np.subtract(now[3], now[2], out=now[4])
        cells_degc.mean(axis=0, out=now[5])
        cells_degc.min(axis=0, out=now[6])
        cells_degc.max(axis=0, out=now[7])
        now[8], now[9] = packs.ambient_degc, packs.mos_degc
        now[10], now[11], now[12] = packs.soc, true_soc(packs), packs.soc_bound
        now[10:13] *= 100.0
        self._sum += now
        np.minimum(self._low, now, out=self._low)
        np.maximum(self._high, now, out=self._high)
        for place, bit in enumerate(_SWITCHES.values()):
            self._on[place] += packs.has(bit)

    def close(self) -> NDArray[np.float32]:
        """Give the row of the period that ends here, ``[column, pack]``, rounded; the next one begins."""
        n, energy, calls = self._packs.count, self._packs.state.energy, self._plan.calls
        values: dict[str, Floats] = {}
        for place, name in enumerate(_MEASURED):
            stem, unit = name.rsplit("_", 1)
            values[f"{stem}_mean_{unit}"] = self._sum[place] / calls
            for end, extreme in (("min", self._low), ("max", self._high)):
                values[f"{stem.removesuffix(f'_{end}')}_{end}_{unit}"] = extreme[place]
        for place, name in enumerate(_SWITCHES):
            values[name] = self._on[place] * self._plan.call_s
        for name, place in _ENERGIES.items():
            values[name] = energy[place, :n] - self._energy[place, :n]
        aged = self._ageing.aged
        values["capacity_left_low_pct"] = 100.0 * aged.capacity_low
        values["capacity_left_mid_pct"] = 100.0 * aged.capacity_mid
        values["capacity_left_high_pct"] = 100.0 * aged.capacity_high
        values["resistance_growth_mid_pct"] = 100.0 * (aged.resistance_mid - 1.0)
        values["equivalent_full_cycles"] = self._ageing.cycles
        row = np.stack([values[column.name] for column in KEPT])
        rounded: NDArray[np.float32] = (np.rint(row * _SCALE) / _SCALE + 0.0).astype(np.float32)  # + 0.0: no -0.0
        np.copyto(self._energy, energy)
        self._begin()
        return rounded

    def _begin(self) -> None:
        self._sum[:], self._low[:], self._high[:], self._on[:] = 0.0, np.inf, -np.inf, 0.0


def true_soc(packs: Packs) -> Floats:
    """Give the true SOC, 0..1: mean of the cells between the fills that count as empty and full."""
    known = packs.preset.estimator
    share = (packs.fill.mean(axis=0) - known.empty_fill) / (known.full_fill - known.empty_fill)
    return np.asarray(np.clip(share, 0.0, 1.0))
