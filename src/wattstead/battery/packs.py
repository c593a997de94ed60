"""The state of N packs as arrays: what the cells hold, what the BMS believes, what is switched.

Arrays of cells are ``[cell, pack]``, of packs ``[pack]``: the packs lie side by side in memory, so that one instruction
serves several of them. One pack is N = 1. ``step.advance`` changes a state in place, ``step.step`` makes a new one.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattstead.battery import estimator
from wattstead.battery.check import between, require, whole
from wattstead.battery.curves import cell_curves
from wattstead.battery.kernel import estimate
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import State
from wattstead.battery.ocv import HIGHEST_FILL, LOWEST_FILL
from wattstead.battery.preset import PackPreset
from wattstead.battery.terms import OFFSET_STEPS, estimator_terms, tables

Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]

_CYCLES = (estimate.CYCLES_EFC, estimate.CYCLES_RULE, estimate.CORRECTED_EFC)
_LEAST_SOH, _OF_RATED = 0.01, "a share of the rated capacity, and a cell without any stores nothing"
_LINE = 16  # rows begin on lines of the cache, and not all on the same set of it


class Packs:
    """N packs of one preset at one instant of simulated time.

    preset: may be replaced by one with the same cells and the same number of protections. state: the arrays, see
    ``kernel.layout``; rows are padded, the properties give them without.
    """

    __slots__ = ("count", "preset", "state")

    def __init__(self, preset: PackPreset, state: State, count: int) -> None:
        self.preset = preset
        self.state = state
        self.count = count

    @property
    def packs(self) -> int:
        """How many packs."""
        return self.count

    @property
    def time_s(self) -> float:
        """Simulated seconds since the start."""
        return float(self.state.time[at.NOW]) / at.TICKS_PER_S

    @classmethod
    def rest(
        cls,
        preset: PackPreset,
        n: int,
        soc: float | Sequence[float] | Floats = 0.5,
        *,
        temperature_degc: float = 25.0,
        soh: float | Sequence[float] | Floats = 1.0,
        cycles: float = 0.0,
        first: int = 0,
        believed_soc: float | Sequence[float] | Floats | None = None,
    ) -> "Packs":
        """Give n packs that have rested long.

        soc: 0..1, of all packs or one each; cells lie about it by the preset's spread. soh: remaining share of the
        capacity, of all packs or one each, which the BMS knows. cycles: already behind them. first: number of the
        first pack; its cells follow from (preset.seed, number) alone, so pack 7 is the same pack in any fleet.
        believed_soc: what the BMS starts with, where it is not the truth. Raises UsageError.
        """
        whole("packs", n, 1, "a state holds at least one pack")
        whole("first", first, 0, "packs are counted from 0")
        between("temperature_degc", temperature_degc, -60.0, 100.0, "a temperature that cells survive")
        between("cycles", cycles, 0.0, 1e6, "cycles are counted from 0")
        start, healthy = _of_packs("soc", soc, n), _of_packs("soh", soh, n, _LEAST_SOH, _OF_RATED)
        believed = start if believed_soc is None else _of_packs("believed_soc", believed_soc, n)
        packs = cls(preset, _empty(preset, n), n)
        state = packs.state
        state.time[at.NUMBER] = first
        _draw(state, preset, start, healthy, first, n)
        state.cell[at.DEGC, :, :n] = temperature_degc
        state.pack[[at.AMBIENT_DEGC, at.MOS_DEGC, at.WAS_MOS_DEGC], :n] = temperature_degc
        state.pack[[at.WAS_DEGC_MAX, at.WAS_DEGC_MIN], :n] = temperature_degc
        state.pack[at.WAS_SOC, :n] = 100.0 * believed
        state.status[:n] = at.ON | at.CHARGE_ON | at.DISCHARGE_ON
        packs.settle()
        packs.believe(believed, healthy)
        state.tally[[estimate.CYCLES_EFC, estimate.CORRECTED_EFC], :n] = cycles
        state.tally[estimate.CYCLES_RULE, :n] = np.floor(cycles)
        return packs

    def settle(self) -> None:
        """Work out resting voltages and resistances from charge and temperature, as after a long rest."""
        curves, state, n = tables(self.preset), self.state, self.count
        self._catch_up()
        place = (state.fill[:, :n] + 0.06) * 1000.0
        point = place.astype(np.int64)
        low = curves.ocv_v[point].astype(np.float64)
        ocv = low + (place - point) * (curves.ocv_v[point + 1] - low)
        degc = np.clip(state.cell[at.DEGC, :, :n] + 40.0, 0.0, 159.999)
        whole_degc = degc.astype(np.int64)
        share = curves.r_share[whole_degc]
        share = share + (degc - whole_degc) * (curves.r_share[whole_degc + 1] - share)
        state.cell[at.R_OHM, :, :n] = state.cell[at.R25_OHM, :, :n] * curves.r_factor[point] * share
        half = np.interp(degc[0], np.arange(len(curves.half_gap_v)), curves.half_gap_v)
        state.pack[at.HALF_GAP_V, :n] = half
        rise = (curves.ocv_v[point + 1].astype(np.float64) - low) * 1000.0
        warmth = curves.entropy[point] * (state.cell[at.DEGC, :, :n] - 25.0)
        slope = rise * state.cell[at.PER_AH, :, :n]
        state.cell[at.LINE_SLOPE, :, :n] = slope
        state.cell[at.LINE_V, :, :n] = ocv + warmth
        state.pack[at.R_SUM_OHM, :n] = in_order(state.cell[at.R_OHM, :, :n])
        state.pack[at.SLOPE_SUM, :n] = in_order(slope)
        emf = ocv + warmth + half * state.cell[at.HYSTERESIS, :, :n] + self.branch_voltage_v
        state.pack[at.EMF_V, :n] = in_order(emf)
        state.pack[at.EMF_MAX_V, :n], state.pack[at.EMF_MIN_V, :n] = emf.max(axis=0), emf.min(axis=0)

    def _catch_up(self) -> None:
        """Bring charge and hysteresis of the cells up to now; what has warmed them since the last look is kept."""
        self.cell(at.HYSTERESIS)[:] = self.hysteresis
        self.cell(at.LINE_V)[:] += self.cell(at.LINE_SLOPE) * self._lately_ah.astype(np.float32)
        self.state.fill[:, : self.count] = self.fill
        self.state.lately[at.LATELY_AH, : self.count] = 0.0

    def believe(self, soc: Floats, soh: float | Floats | None = None) -> None:
        """Tell the BMS its state of charge, 0..1 ``[pack]``, and where ``soh`` is given its capacity."""
        known = estimator_terms(self.preset, 1.0)[0]
        healthy = np.full(self.count, soh) if soh is not None else self.soh
        tally, belief = estimator.begin(known, np.asarray(soc, dtype=np.float64), healthy)
        kept = [row for row in _CYCLES if soh is None]
        tally[kept] = self.state.tally[kept, : self.count]
        self.state.tally[:, : self.count] = tally
        self.state.belief[:, : self.count] = belief

    def age(self, capacity_ah: Floats, r25_ohm: Floats) -> None:
        """Give cells other capacities and resistances at 25 °C ``[cell, pack]``; the charge that they hold stays.

        What follows from these follows when the engine looks at it the next time, within half a minute.
        """
        self._catch_up()
        per_ah = self.cell(at.PER_AH)
        before = per_ah.astype(np.float64)
        per_ah[:] = 1.0 / capacity_ah
        self.cell(at.R25_OHM)[:] = r25_ohm
        self.state.fill[:, : self.count] *= per_ah / before

    def calibrate(self, k: int, *, zero_a: float = 0.0, gain: float = 1.0) -> None:
        """Let the current sensor of pack k read (what it has read - zero_a) x gain from now on (PWS-10).

        zero_a: what it reads while nothing flows. gain: what flows over what it reads. Raises UsageError.
        """
        require(0 <= k < self.count, "pack", k, f"be one of 0 to {self.count - 1}")
        between("zero_a", zero_a, -100.0, 100.0, "a sensor that is further off is broken")
        between("gain", gain, 0.5, 2.0, "a sensor that is further off is broken")
        offset, own = self.pack_row(at.OFFSET_A), self.pack_row(at.GAIN_A)
        offset[k], own[k] = (offset[k] - zero_a) * gain, own[k] * gain

    # What the packs are.

    def cell(self, row: int) -> Floats:
        """Give a row of the cells ``[cell, pack]``, as a view; rows stand in ``kernel.layout``."""
        return self.state.cell[row, :, : self.count]

    def pack_row(self, row: int) -> Floats:
        """Give a row of the packs ``[pack]``, as a view."""
        return self.state.pack[row, : self.count]

    def _tally(self, row: int) -> NDArray[np.float64]:
        tally: NDArray[np.float64] = self.state.tally[row, : self.count]
        return tally

    @property
    def fill(self) -> NDArray[np.float64]:
        """Charge over capacity ``[cell, pack]``, read-only; a cell ill-treated goes a little beyond 0 and 1.

        May be set as a whole; voltages follow by the next look at the cells, or by ``settle``.
        """
        moved = self._lately_ah * self.cell(at.PER_AH).astype(np.float64)
        now = np.clip(self.state.fill[:, : self.count] + moved, LOWEST_FILL, HIGHEST_FILL)
        now.setflags(write=False)
        return np.asarray(now)

    @fill.setter
    def fill(self, now: Floats) -> None:
        self._catch_up()
        self.state.fill[:, : self.count] = now

    @property
    def hysteresis(self) -> Floats:
        """Where each cell stands between its branches: -1 discharge, 1 charge ``[cell, pack]``."""
        per_fill = np.float32(cell_curves(self.preset.cell.ocv).hysteresis_per_fill)
        lately_ah = self._lately_ah.astype(np.float32)
        return np.clip(self.cell(at.HYSTERESIS) + lately_ah * self.cell(at.PER_AH) * per_fill, -1.0, 1.0)

    @property
    def _lately_ah(self) -> NDArray[np.float64]:
        moved: NDArray[np.float64] = self.state.lately[at.LATELY_AH, : self.count]
        return moved

    @property
    def branch_voltage_v(self) -> Floats:
        """Over the RC branch of each cell ``[cell, pack]``."""
        cell = self.preset.cell
        ratio = np.float32(cell.r1_ohm / cell.r0_ohm)
        return np.asarray(self.cell(at.R_OHM) * (self.pack_row(at.BRANCH_A) * ratio))

    @property
    def capacity_ah(self) -> Floats:
        """Of each cell."""
        return 1.0 / self.cell(at.PER_AH)

    @property
    def temperature_degc(self) -> Floats:
        """Of each cell."""
        return self.cell(at.DEGC)

    @property
    def current_a(self) -> Floats:
        """That flows now, positive charges."""
        return self.pack_row(at.CURRENT_A)

    @property
    def mos_degc(self) -> Floats:
        """Of the MOS."""
        return self.pack_row(at.MOS_DEGC)

    @property
    def ambient_degc(self) -> Floats:
        """Of the air."""
        return self.pack_row(at.AMBIENT_DEGC)

    @property
    def cell_voltage_v(self) -> Floats:
        """True voltage of each cell at its terminals ``[cell, pack]``."""
        return np.asarray(self.rest_voltage_v + self.current_a * self.cell(at.R_OHM))

    @property
    def rest_voltage_v(self) -> Floats:
        """The same without what the current drops over R0 ``[cell, pack]``."""
        line = self.cell(at.LINE_V) + self.cell(at.LINE_SLOPE) * self._lately_ah.astype(np.float32)
        return np.asarray(line + self.pack_row(at.HALF_GAP_V) * self.hysteresis + self.branch_voltage_v)

    @property
    def pack_voltage_v(self) -> Floats:
        """Sum of the true cell voltages."""
        return np.asarray(self.pack_row(at.EMF_V) + self.current_a * self.pack_row(at.R_SUM_OHM))

    # What the BMS believes and does.

    @property
    def soc(self) -> NDArray[np.float64]:
        """As the BMS estimates it, 0..1."""
        return np.asarray(estimator.soc_of(self._tallies()))

    @property
    def soc_bound(self) -> Floats:
        """How far the SOC may be off in 95 of 100 cases, as the BMS believes, 0..1."""
        return np.asarray(estimator.soc_bound_of(self._tallies(), self._beliefs()))

    @property
    def counted_soc(self) -> NDArray[np.float64]:
        """The baseline: counted, with resets at full and empty, 0..1."""
        return self._tally(estimate.COUNTED)

    @property
    def soh(self) -> Floats:
        """As the BMS estimates it, 0..1."""
        return np.asarray(estimator.soh_of(estimator_terms(self.preset, 1.0)[0], self._tallies(), self._beliefs())[0])

    @property
    def capacity_known_ah(self) -> Floats:
        """From 0 % to 100 % as the BMS has learnt it."""
        return np.asarray(estimator.capacity_ah_of(self._tallies(), self._beliefs()))

    @property
    def cycles(self) -> NDArray[np.float64]:
        """Equivalent full cycles by throughput."""
        return self._tally(estimate.CYCLES_EFC)

    @property
    def cycles_by_rule(self) -> NDArray[np.float64]:
        """Cycles by the rule of depth (SEP-12)."""
        return self._tally(estimate.CYCLES_RULE)

    def _tallies(self) -> NDArray[np.float64]:
        return np.asarray(self.state.tally[:, : self.count])

    def _beliefs(self) -> Floats:
        return np.asarray(self.state.belief[:, : self.count])

    @property
    def charged_kwh(self) -> NDArray[np.float64]:
        """Energy into the terminals since the start."""
        return self.state.energy[at.CHARGED_KWH, : self.count]

    @property
    def discharged_kwh(self) -> NDArray[np.float64]:
        """Energy out of the terminals since the start."""
        return self.state.energy[at.DISCHARGED_KWH, : self.count]

    def has(self, bits: int) -> Flags:
        """Tell for each pack whether any of these bits of its status is set, see ``kernel.layout``."""
        return np.asarray((self.state.status[: self.count] & bits) != 0)

    @property
    def on(self) -> Flags:
        """Whether the BMS is on."""
        return self.has(at.ON)

    @property
    def charge_mos_on(self) -> Flags:
        """Whether the charge switch conducts."""
        return self.has(at.CHARGE_ON)

    @property
    def discharge_mos_on(self) -> Flags:
        """Whether the discharge switch conducts."""
        return np.asarray(self.has(at.DISCHARGE_ON) & ~self.has(at.PRECHARGING))

    @property
    def active(self) -> Flags:
        """Which rows are active ``[row, pack]``, in the order of the preset's protections."""
        return self._bits(self.state.active)

    @property
    def locked(self) -> Flags:
        """Which rows are locked ``[row, pack]``."""
        return self._bits(self.state.locked)

    def _bits(self, words: NDArray[np.int64]) -> Flags:
        rows = np.arange(len(self.preset.protections), dtype=np.int64)[:, np.newaxis]
        return np.asarray((words[: self.count] >> rows) & 1, dtype=np.bool_)

    def bleeding(self, k: int) -> tuple[int, ...]:
        """Give the cells of pack k, from 1, that bleed or give charge away."""
        bits = int(self.state.bleed[k])
        cells = {c + 1 for c in range(self.preset.cells) if bits >> c & 1}
        if self.state.status[k] & at.TRANSFER:
            cells.add((int(self.state.moving[k]) & 255) + 1)
        return tuple(sorted(cells))

    @property
    def nbytes(self) -> int:
        """Bytes that the state takes in memory."""
        return sum(array.nbytes for array in self.state)

    # Copies.

    def copy(self) -> "Packs":
        """Give a state of its own with the same values."""
        return Packs(self.preset, State(*(array.copy() for array in self.state)), self.count)

    def pick(self, places: Sequence[int]) -> "Packs":
        """Give some packs, by place from 0, as a state of their own. Raises UsageError for an absent one."""
        for k in places:
            require(0 <= k < self.count, "pack", k, f"be one of 0 to {self.count - 1}")
        n, chosen = len(places), np.asarray(places, dtype=np.intp)
        picked = Packs(self.preset, _empty(self.preset, n), n)
        _copy(self.state, chosen, picked.state, np.arange(n))
        picked.state.time[at.NUMBER] = self.state.time[at.NUMBER] + places[0] if n else 0
        return picked

    def pack(self, k: int) -> "Packs":
        """Give one pack, counted from 0, as a state of its own."""
        return self.pick([k])

    def put(self, places: Sequence[int], packs: "Packs") -> None:
        """Take back packs that were picked, after they went on by themselves; time goes with them."""
        _copy(packs.state, np.arange(packs.count), self.state, np.asarray(places, dtype=np.intp))


def in_order(rows: Floats) -> Floats:
    """Sum over the cells one after the other: NumPy takes another order where there is one pack."""
    total: Floats = sum(rows[1:], rows[0].copy())
    return total


def _copy(source: State, these: NDArray[Any], target: State, those: NDArray[Any]) -> None:
    target.time[: at.NUMBER] = source.time[: at.NUMBER]
    for name in State._fields:
        if name not in {"time", "busy"}:
            getattr(target, name)[..., those] = getattr(source, name)[..., these]
    target.busy[:] = 1  # looked at anew in the next step


def _empty(preset: PackPreset, n: int) -> State:
    stride = -(-n // _LINE) * _LINE
    if stride * 4 % 4096 == 0:
        stride += _LINE
    cells, rows, blocks = preset.cells, len(preset.protections), -(-n // at.BLOCK)
    return State(
        time=np.zeros(at.TIMES, dtype=np.int64),
        offset=np.zeros((cells, stride), dtype=np.int8),
        probe_offset=np.zeros((len(preset.probes), stride), dtype=np.int8),
        cell=np.zeros((at.CELL_ROWS, cells, stride), dtype=np.float32),
        fill=np.zeros((cells, stride), dtype=np.float64),
        lately=np.zeros((at.LATELY_ROWS, stride), dtype=np.float64),
        pack=np.zeros((at.PACK_ROWS, stride), dtype=np.float32),
        energy=np.zeros((at.ENERGY_ROWS, stride), dtype=np.float64),
        tally=np.zeros((estimate.TALLY_ROWS, stride), dtype=np.float64),
        belief=np.zeros((estimate.BELIEF_ROWS, stride), dtype=np.float32),
        ticks=np.zeros((at.TICK_ROWS, stride), dtype=np.int32),
        trips=np.zeros((2 * at.FAMILIES, stride), dtype=np.int32),
        status=np.zeros(stride, dtype=np.int32),
        bleed=np.zeros(stride, dtype=np.int32),
        moving=np.zeros(stride, dtype=np.int32),
        active=np.zeros(stride, dtype=np.int64),
        locked=np.zeros(stride, dtype=np.int64),
        timer=np.zeros((rows, stride), dtype=np.int32),
        busy=np.ones((rows, blocks), dtype=np.int8),
    )


def _of_packs(
    name: str, value: float | Sequence[float] | Floats, n: int, low: float = 0.0, what: str = "a share of the capacity"
) -> NDArray[np.float64]:
    given = np.asarray(value, dtype=np.float64)
    require(given.shape in {(), (n,)}, name, value, f"be one number or one for each of the {n} packs")
    for one in given.reshape(-1).tolist():
        between(name, one, low, 1.0, what)
    return np.full(n, given)


def _draw(state: State, preset: PackPreset, soc: Floats, soh: Floats, first: int, n: int) -> None:
    """Draw cells and sensors: one stream of random numbers a pack."""
    cell, spread, sensors = preset.cell, preset.spread, preset.sensors
    probes = len(preset.probes)
    normal, even = np.empty((3, preset.cells, n)), np.empty((preset.cells + 2 + probes, n))
    for k in range(n):
        stream = np.random.Generator(np.random.Philox(key=[preset.seed, first + k]))
        normal[:, :, k] = stream.standard_normal((3, preset.cells))
        even[:, k] = stream.uniform(-1.0, 1.0, preset.cells + 2 + probes)
    np.clip(normal, -3.0, 3.0, out=normal)
    capacity = cell.capacity_ah * soh * (1.0 + spread.capacity * normal[0])
    state.cell[at.PER_AH, :, :n] = 1.0 / capacity
    state.cell[at.R25_OHM, :, :n] = cell.r0_ohm * (1.0 + spread.resistance * normal[1])
    known = preset.estimator
    fill = known.empty_fill + soc * (known.full_fill - known.empty_fill)
    state.fill[:, :n] = np.clip(fill + spread.soc * normal[2], 0.0, 1.0)
    state.offset[:, :n] = np.rint(OFFSET_STEPS * even[: preset.cells])
    state.pack[at.OFFSET_A, :n] = sensors.current_offset_a * even[preset.cells]
    state.pack[at.GAIN_A, :n] = 1.0 + sensors.current_gain * even[preset.cells + 1]
    state.probe_offset[:, :n] = np.rint(OFFSET_STEPS * even[preset.cells + 2 :])
