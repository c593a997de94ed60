"""The state of N packs as arrays: what the cells hold, what the BMS believes, what is switched.

Arrays of cells are ``[cell, pack]``, of limits ``[limit, pack]`` in the order of ``limit.ROWS``, of packs ``[pack]``:
the packs lie side by side in memory, so that one instruction serves several of them. One pack is N = 1.
A state is never changed: a step makes a new one, and arrays that stay the same are shared between the two.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattstead.battery.check import between, require, whole
from wattstead.battery.limit import ROWS
from wattstead.battery.preset import PackPreset

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PackState:
    """N packs of one preset at one instant of simulated time.

    Cells, as made: capacity_ah, r0_ohm, r1_ohm. Cells, now: fill (charge over capacity; 0 and 1 are the ends of the
    curve, a cell ill-treated by a source that ignores the BMS goes a little beyond), rc_v (over the RC branch),
    temperature_degc, ocv_v (at rest), cell_voltage_v (at the terminals).
    Pack: current_a that flows, positive charges; pack_voltage_v over all cells; ambient_degc; mos_degc.
    BMS: active limits and for how long each was beyond its value (pending_s); MOS; remaining_ah and full_ah as counted;
    full_hold_s (how long full was seen) and fully_charged; cycles (equivalent full ones, by throughput); energy through
    the terminals. time_s: simulated seconds since the start.
    """

    preset: PackPreset
    time_s: float
    capacity_ah: Floats
    r0_ohm: Floats
    r1_ohm: Floats
    fill: Floats
    rc_v: Floats
    temperature_degc: Floats
    ocv_v: Floats
    cell_voltage_v: Floats
    current_a: Floats
    pack_voltage_v: Floats
    ambient_degc: Floats
    mos_degc: Floats
    active: Flags
    pending_s: Floats
    charge_mos_on: Flags
    discharge_mos_on: Flags
    remaining_ah: Floats
    full_ah: Floats
    full_hold_s: Floats
    fully_charged: Flags
    cycles: Floats
    charged_kwh: Floats
    discharged_kwh: Floats

    @property
    def packs(self) -> int:
        """How many packs."""
        return len(self.current_a)

    @property
    def soc(self) -> Floats:
        """True state of charge of each cell, 0..1."""
        return np.clip(self.fill, 0.0, 1.0)

    @classmethod
    def rest(
        cls,
        preset: PackPreset,
        n: int,
        soc: float | Sequence[float] = 0.5,
        *,
        temperature_degc: float = 25.0,
        soh: float = 1.0,
        cycles: float = 0.0,
        first: int = 0,
    ) -> "PackState":
        """Give n packs that have rested long.

        soc: 0..1, of all packs or one each; cells lie about it by the preset's spread. soh: remaining share of the
        capacity, which the BMS knows. cycles: already behind them. first: number of the first pack; its cells follow
        from (preset.seed, number) alone, so pack 7 is the same pack in any fleet. Raises UsageError.
        """
        whole("packs", n, 1, "a state holds at least one pack")
        whole("first", first, 0, "packs are counted from 0")
        between("temperature_degc", temperature_degc, -60.0, 100.0, "a temperature that cells survive")
        between("soh", soh, 0.01, 1.0, "a share of the rated capacity, and a cell without any stores nothing")
        between("cycles", cycles, 0.0, 1e6, "cycles are counted from 0")
        start_soc = _soc_of_packs(soc, n)
        capacity, r0, r1, fill = _draw_cells(preset, start_soc, soh, first)
        ocv = preset.cell.ocv.voltage(fill)
        zeros, full = np.zeros(n), np.full(n, preset.rated_capacity_ah * soh)
        return cls(
            preset=preset,
            time_s=0.0,
            capacity_ah=capacity,
            r0_ohm=r0,
            r1_ohm=r1,
            fill=fill,
            rc_v=np.zeros_like(fill),
            temperature_degc=np.full_like(fill, temperature_degc),
            ocv_v=ocv,
            cell_voltage_v=ocv,
            current_a=zeros,
            pack_voltage_v=sum_over_cells(ocv),
            ambient_degc=np.full(n, temperature_degc),
            mos_degc=np.full(n, temperature_degc),
            active=np.zeros((len(ROWS), n), dtype=np.bool_),
            pending_s=np.zeros((len(ROWS), n)),
            charge_mos_on=np.ones(n, dtype=np.bool_),
            discharge_mos_on=np.ones(n, dtype=np.bool_),
            remaining_ah=full * start_soc,
            full_ah=full,
            full_hold_s=zeros,
            fully_charged=np.zeros(n, dtype=np.bool_),
            cycles=np.full(n, float(cycles)),
            charged_kwh=zeros,
            discharged_kwh=zeros,
        )

    def span(self, start: int, end: int) -> "PackState":
        """Give the packs from ``start`` up to, not including, ``end``, as views on the same arrays."""
        return self._each_array(lambda array: array[..., start:end])

    def pack(self, k: int) -> "PackState":
        """Give one pack, counted from 0, as a state of its own. Raises UsageError for an absent one."""
        require(0 <= k < self.packs, "pack", k, f"be one of 0 to {self.packs - 1}")
        return self._each_array(lambda array: np.ascontiguousarray(array[..., k : k + 1]))

    def _each_array(self, change: Callable[[NDArray[Any]], NDArray[Any]]) -> "PackState":
        changed: dict[str, Any] = {name: change(getattr(self, name)) for name in ARRAYS}
        return replace(self, **changed)


CONSTANT = frozenset({"capacity_ah", "r0_ohm", "r1_ohm"})
"""Arrays that no step changes."""
ARRAYS = tuple(one.name for one in fields(PackState) if one.name not in {"preset", "time_s"})


def join(parts: Sequence[PackState], whole_before: PackState) -> PackState:
    """Put spans of packs side by side again. whole_before: the state they were cut from, whose constants stay."""
    changed: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts], axis=-1)
        for name in ARRAYS
        if name not in CONSTANT
    }
    return replace(whole_before, time_s=parts[0].time_s, **changed)


def sum_over_cells(values: Floats) -> Floats:
    """Sum ``[cell, pack]`` over the cells, always in the same order.

    NumPy's own sum takes another order when there is one pack only, and the last bit would differ.
    """
    while values.shape[0] > 1:
        half = values.shape[0] // 2
        pairs = values[:half] + values[half : 2 * half]
        if values.shape[0] % 2:
            pairs[0] += values[-1]
        values = pairs
    total: Floats = values[0]
    return total


def _soc_of_packs(soc: float | Sequence[float], n: int) -> Floats:
    given = np.asarray(soc, dtype=np.float64)
    require(given.shape in {(), (n,)}, "soc", soc, f"be one number or one for each of the {n} packs")
    for one in given.reshape(-1).tolist():
        between("soc", one, 0.0, 1.0, "a share of the capacity")
    return np.full(n, given)


def _draw_cells(preset: PackPreset, soc: Floats, soh: float, first: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Draw capacity, r0, r1 and fill ``[cell, pack]``: one stream of random numbers a pack."""
    n, cell, spread = soc.shape[0], preset.cell, preset.spread
    draws = np.empty((3, preset.cells, n))
    for k in range(n):
        stream = np.random.Generator(np.random.Philox(key=[preset.seed, first + k]))
        draws[:, :, k] = stream.standard_normal((3, preset.cells))
    np.clip(draws, -3.0, 3.0, out=draws)
    resistance = 1.0 + spread.resistance * draws[1]
    return (
        cell.capacity_ah * soh * (1.0 + spread.capacity * draws[0]),
        cell.r0_ohm * resistance,
        cell.r1_ohm * resistance,
        np.clip(soc + spread.soc * draws[2], 0.0, 1.0),
    )
