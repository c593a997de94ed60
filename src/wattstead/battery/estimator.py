"""What a BMS assumes of its cells and sensors when it estimates; it never knows what they really are.

``Estimator`` holds the assumptions, ``terms_of`` turns them into the numbers that ``kernel.estimate`` works with.
docs/models/soc.md says what 100 % and 0 % are, where the figures come from and what they lead to.
"""

import math
from dataclasses import dataclass

import numpy as np

from wattstead.battery.check import above_zero, between, number, require
from wattstead.battery.kernel import estimate as row
from wattstead.battery.kernel.estimate import Rows, Terms


@dataclass(frozen=True)
class Estimator:
    """The assumptions behind SOC, SOH and cycles; all ours, docs/models/soc.md gives the reasons.

    Definition: full_fill and empty_fill are the places on the cell's own curve (0 and 1 are its ends) that are called
    100 % and 0 %. Full is seen when the mean cell voltage is at least full_cell_voltage_v while the current is between
    the dead band of discharge and full_current_c (A per Ah) of charge, for full_hold_s. cycle_depth: SOC below which a
    discharge must have taken the pack so that the next charge counts a cycle (SEP-12).

    What is not known, each as one standard deviation: start_soc (the SOC told at the start), capacity (relative), gain
    (of the current sensor, part of SOH), curve_fill (the curve against ours, along the charge), full_soc and
    cut_soc (the anchors: full seen; a protection cut), voltage_v (the voltage model on the plateau, of which floor_v
    never averages out), resistance (relative). current_offset_a is the limit of the sensor's offset, unseen_draw_a the
    most that flows past the sensor. The voltage is weighed every correct_every_s.
    """

    full_fill: float = 0.986
    empty_fill: float = 0.017
    full_cell_voltage_v: float = 3.50
    full_current_c: float = 0.05
    full_hold_s: float = 120.0
    cycle_depth: float = 0.80
    start_soc: float = 0.18
    capacity: float = 0.08
    gain: float = 0.003
    curve_fill: float = 0.012
    current_offset_a: float = 0.1
    unseen_draw_a: float = 0.05
    full_soc: float = 0.006
    cut_soc: float = 0.03
    voltage_v: float = 0.016
    floor_v: float = 0.015
    resistance: float = 0.3
    correct_every_s: float = 60.0

    def __post_init__(self) -> None:
        for name in ("full_fill", "empty_fill", "cycle_depth"):
            between(f"estimator {name}", getattr(self, name), 0.0, 1.0, "a share of the charge")
        apart = self.empty_fill < self.full_fill
        require(apart, "estimator empty_fill", self.empty_fill, f"lie below full_fill {self.full_fill:g}")
        for name in ("full_cell_voltage_v", "full_current_c", "voltage_v", "floor_v", "current_offset_a", "full_soc"):
            above_zero(f"estimator {name}", getattr(self, name), "nothing is known without any doubt")
        for name in ("start_soc", "capacity", "gain", "curve_fill", "cut_soc", "resistance"):
            between(f"estimator {name}", getattr(self, name), 0.001, 1.0, "a share; nothing is known without any doubt")
        between("estimator full_hold_s", self.full_hold_s, 0.0, 86400.0, "a time within a day")
        number("estimator unseen_draw_a", self.unseen_draw_a)
        require(self.unseen_draw_a >= 0.0, "estimator unseen_draw_a", self.unseen_draw_a, "not be negative")
        between("estimator correct_every_s", self.correct_every_s, 1.0, 3600.0, "an hour is a tenth of a charge")


TAU_S = (30.0, 1500.0)
"""Time constants of the assumed fast and slow branch."""
R_OHM_AH = (0.030, 0.020, 0.030)
"""Assumed resistance x capacity at 25 °C: ohmic, fast branch, slow branch."""


def terms_of(
    estimator: Estimator,
    *,
    rated_ah: float,
    cells: int = 16,
    dt_s: float,
    dead_band_a: float = 0.5,
    r_ohm_ah: tuple[float, float, float] = R_OHM_AH,
) -> Terms:
    """Work out the numbers of one size of step. rated_ah: of the cells, from end to end of their curve."""
    above_zero("rated_ah", rated_ah, "a pack without capacity stores nothing (SEP-3)")
    above_zero("step", dt_s, "a step has a length")
    uniform = 1.0 / math.sqrt(3.0)  # standard deviation of what is uniform within ±1
    return Terms(
        dt_h=dt_s / 3600.0,
        dt_s=dt_s,
        span=estimator.full_fill - estimator.empty_fill,
        empty_fill=estimator.empty_fill,
        rated_ah=rated_ah,
        cells=float(cells),
        dead_band_a=dead_band_a,
        full_v=estimator.full_cell_voltage_v,
        full_a=estimator.full_current_c * rated_ah,
        full_hold_s=estimator.full_hold_s,
        cycle_depth=estimator.cycle_depth,
        keep_fast=math.exp(-dt_s / TAU_S[0]),
        tau_slow_h=TAU_S[1] / 3600.0,
        r0_ohm=r_ohm_ah[0] / rated_ah,
        r1_ohm=r_ohm_ah[1] / rated_ah,
        r2_ohm=r_ohm_ah[2] / rated_ah,
        start_var=estimator.start_soc**2,
        offset_var=(estimator.current_offset_a * uniform) ** 2 + (estimator.unseen_draw_a * uniform) ** 2,
        offset_floor=(1e-4 * rated_ah) ** 2,
        gain_var=estimator.capacity**2 + estimator.gain**2,
        known_gain_var=estimator.gain**2,
        gain_floor=1.25 * (estimator.curve_fill**2 + estimator.full_soc**2),
        full_var=estimator.full_soc**2,
        cut_var=estimator.cut_soc**2,
        stray_v=estimator.voltage_v,
        floor_v=estimator.floor_v,
        curve_fill=estimator.curve_fill,
        resistance=estimator.resistance,
    )


def begin(terms: Terms, soc: Rows, soh: Rows) -> tuple[Rows, Rows]:
    """Give ``tally`` and ``belief`` of packs that have just been told SOC and SOH, 0..1, and nothing else."""
    packs = len(soc)
    tally, belief = np.zeros((row.TALLY_ROWS, packs)), np.zeros((row.BELIEF_ROWS, packs), dtype=np.float32)
    tally[row.SOC] = tally[row.COUNTED] = soc
    tally[row.CAPACITY_AH] = terms.rated_ah * terms.span * soh
    belief[row.P_SS], belief[row.P_OO] = terms.start_var, terms.offset_var
    belief[row.P_GG], belief[row.P_VV] = terms.gain_var, 4.0  # the branch of the hysteresis is not known yet
    belief[row.RULE] = np.where(tally[row.SOC] >= terms.cycle_depth, 0.0, 2.0)
    return tally, belief


def soc_of(tally: Rows) -> Rows:
    """Give the estimated SOC, 0..1."""
    return np.asarray(np.clip(tally[row.SOC], 0.0, 1.0))


def soc_bound_of(tally: Rows, belief: Rows) -> Rows:
    """Give how far the SOC may be off in 95 of 100 cases, 0..1."""
    hours, moved = tally[row.AWAKE_H], tally[row.MOVED_AH] / tally[row.CAPACITY_AH]
    drift = -hours / tally[row.CAPACITY_AH]
    var = belief[row.P_SS] + 2.0 * (drift * belief[row.P_SO] + moved * belief[row.P_SG])
    var = var + drift**2 * belief[row.P_OO] + moved**2 * belief[row.P_GG] + 2.0 * drift * moved * belief[row.P_OG]
    # A filter that started from a wrong guess is surer of itself than it should be, until it has seen an anchor.
    deviations = np.where(belief[row.ANCHORED] > 0.0, 2.0, 3.3)
    return np.asarray(np.minimum(deviations * np.sqrt(np.maximum(var, 0.0)), 1.0))


def weakest_soc_of(tally: Rows, belief: Rows) -> Rows:
    """Give the SOC of the cell that empties first, 0..1."""
    soc = soc_of(tally)
    return np.asarray(np.clip(soc - belief[row.WEAK] * (1.0 - soc), 0.0, 1.0))


def capacity_ah_of(tally: Rows, belief: Rows) -> Rows:
    """Give the capacity from 0 % to 100 % as learnt, in Ah."""
    return np.asarray(tally[row.CAPACITY_AH] / (1.0 + belief[row.GAIN]))


def soh_of(terms: Terms, tally: Rows, belief: Rows) -> tuple[Rows, Rows]:
    """Give SOH and how far it may be off in 95 of 100 cases, as shares of the rated capacity."""
    soh = capacity_ah_of(tally, belief) / (terms.rated_ah * terms.span)
    bound = 2.0 * soh * np.sqrt(belief[row.P_GG] + terms.known_gain_var)
    return np.clip(soh, 0.0, 1.0), np.minimum(bound, 1.0)
