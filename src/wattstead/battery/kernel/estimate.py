"""SOC, SOH and cycles as a BMS estimates them: from measured voltage, current and temperature alone.

``count`` runs every step and adds up charge; ``correct`` (correct.py) runs once a minute and weighs the voltage against
it. Together they are a Kalman filter of four unknowns: SOC, offset of the current, relative error of the charge moved
(gain of the sensor and capacity in one), and by how much the voltage model is wrong just now (``STRAY``, in units of
its standard deviation). The last one keeps it honest: on the plateau a wrong voltage stays wrong for hours, so looking
at it a thousand times tells no more than looking once. docs/models/soc.md has the equations.

Packs never meet, and every operation is one of IEEE 754: N packs give the same bits as one alone.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wattstead.battery.jit import entry, kernel

Rows = NDArray[Any]

# Rows of ``tally``, float64: what adds up.
SOC = 0  # estimated; may stand a little outside 0..1 until the next anchor, ``soc_of`` cuts that off
COUNTED = 1  # the baseline: counting with resets, 0..1
CAPACITY_AH = 2  # from 0 % to 100 %, as known at the start
MOVED_AH = 3  # net, since the last correction
AWAKE_H = 4  # time since the last correction
HOLD_S = 5  # for how long the pack has looked full
FAST_A = 6  # current behind the fast branch
CYCLES_EFC = 7  # equivalent full cycles by throughput
CYCLES_RULE = 8  # cycles by the rule of depth
CORRECTED_EFC = 9  # CYCLES_EFC at the last correction
TALLY_ROWS = 10

# Rows of ``belief``, float32 will do: what is believed beside the SOC, and how well all is known.
OFFSET_A = 0  # of the current sensor, with what flows unseen
GAIN = 1  # relative error of the charge moved per unit of SOC
STRAY = 2  # error of the voltage model, in standard deviations
P_SS, P_SO, P_SG, P_SV = 3, 4, 5, 6  # covariances of SOC with SOC, offset, gain, stray voltage
P_OO, P_OG, P_OV = 7, 8, 9
P_GG, P_GV, P_VV = 10, 11, 12
BRANCH = 13  # hysteresis: -1 discharge branch, 1 charge branch
SLOW_A = 14  # current behind the slow branch
WEAK = 15  # how much deeper the weakest cell is discharged than the mean, relative
SEEN = 16  # anchors since the last correction: 1 full, 2 charge cut, -1 discharge cut
RULE = 17  # rule of depth: 0 waits for a discharge, 1 for a charge, 2 for a SOC above the depth
ANCHORED = 18  # 1 once an anchor was seen: only from then on do offset and gain learn; 2 while full is still seen
BELIEF_ROWS = 19

FULL, CHARGE_CUT, DISCHARGE_CUT = 1.0, 2.0, -1.0
"""Anchors, as ``SEEN`` holds them."""

BEYOND = 0.1
"""How far the estimate may count beyond 0 and 1: the excess tells of offset and gain."""
_NO_CURRENT_A = 1e6  # no sensor says so; NaN and infinity count as no current
_MOST_A = np.float32(_NO_CURRENT_A)
_READY, _EMPTIED, _DONE = np.float32(0.0), np.float32(1.0), np.float32(2.0)  # of the rule of depth, see RULE


class Terms(NamedTuple):
    """What the kernels need beside the rows; ``estimator.terms_of`` works it out and says what each is."""

    dt_h: float
    dt_s: float
    span: float
    empty_fill: float
    rated_ah: float
    cells: float
    dead_band_a: float
    full_v: float
    full_a: float
    full_hold_s: float
    cycle_depth: float
    keep_fast: float
    tau_slow_h: float
    r0_ohm: float
    r1_ohm: float
    r2_ohm: float
    start_var: float
    offset_var: float
    offset_floor: float
    gain_var: float
    known_gain_var: float
    gain_floor: float
    full_var: float
    cut_var: float
    stray_v: float
    floor_v: float
    curve_fill: float
    resistance: float


@entry
def count(
    terms: Terms,
    first: int,
    awake: Rows,
    current_a: Rows,
    mean_v: Rows,
    charge_cut: Rows,
    discharge_cut: Rows,
    tally: Rows,
    belief: Rows,
) -> None:
    """Add up one step of the packs from ``first`` on, as many as there are currents.

    awake: measures at all. current_a, mean_v: measured current and mean cell voltage. charge_cut, discharge_cut: a
    protection of high (low) voltage has begun to stop charge (discharge) in this step. A current that is no number
    counts as none.
    """
    last = first + current_a.shape[0]
    soc, counted, capacity = tally[SOC, first:last], tally[COUNTED, first:last], tally[CAPACITY_AH, first:last]
    moved_ah, awake_h, fast_a = tally[MOVED_AH, first:last], tally[AWAKE_H, first:last], tally[FAST_A, first:last]
    offset, gain, seen = belief[OFFSET_A, first:last], belief[GAIN, first:last], belief[SEEN, first:last]
    _count_charge(terms, awake, current_a, capacity, counted, soc, offset, gain)
    _count_flow(terms, awake, current_a, moved_ah, awake_h, fast_a, tally[CYCLES_EFC, first:last])
    _see_anchors(terms, awake, current_a, mean_v, charge_cut, discharge_cut, tally[HOLD_S, first:last], counted, seen)
    _count_by_rule(terms, awake, current_a, soc, tally[CYCLES_RULE, first:last], belief[RULE, first:last])


# Loops of few arrays each: the compiler turns them into vector code, which it gives up on beyond some six arrays.


@kernel
def _flowing(awake: Any, current_a: Any) -> Any:
    return np.float64(current_a) if awake and abs(current_a) < _NO_CURRENT_A else 0.0


@kernel
def _count_charge(
    terms: Terms, awake: Rows, current_a: Rows, capacity: Rows, counted: Rows, soc: Rows, offset: Rows, gain: Rows
) -> None:
    for k in range(current_a.shape[0]):
        hours = terms.dt_h if awake[k] else 0.0
        moved = _flowing(awake[k], current_a[k]) * terms.dt_h
        share = 1.0 / capacity[k]
        counted[k] = min(max(counted[k] + moved * share, 0.0), 1.0)
        after = soc[k] + (moved * (1.0 + gain[k]) - offset[k] * hours) * share
        soc[k] = min(max(after, -BEYOND), 1.0 + BEYOND)


@kernel
def _count_flow(
    terms: Terms, awake: Rows, current_a: Rows, moved_ah: Rows, awake_h: Rows, fast_a: Rows, cycles: Rows
) -> None:
    per_cycle = terms.dt_h / (2.0 * terms.rated_ah)
    for k in range(current_a.shape[0]):
        current = _flowing(awake[k], current_a[k])
        moved_ah[k] += current * terms.dt_h
        awake_h[k] += terms.dt_h if awake[k] else 0.0
        fast_a[k] = current + (fast_a[k] - current) * terms.keep_fast
        cycles[k] += abs(current) * per_cycle


@kernel
def _see_anchors(
    terms: Terms,
    awake: Rows,
    current_a: Rows,
    mean_v: Rows,
    charge_cut: Rows,
    discharge_cut: Rows,
    hold: Rows,
    counted: Rows,
    seen: Rows,
) -> None:
    some = False
    for k in range(current_a.shape[0]):
        some |= bool(charge_cut[k]) | bool(discharge_cut[k]) | (mean_v[k] >= terms.full_v) | (hold[k] > 0.0)
    if not some:  # most blocks, most of the time
        return
    for k in range(current_a.shape[0]):
        if not awake[k]:
            continue
        looks_full = mean_v[k] >= terms.full_v and -terms.dead_band_a <= current_a[k] <= terms.full_a
        hold[k] = hold[k] + terms.dt_s if looks_full else 0.0
        if looks_full and hold[k] >= terms.full_hold_s:
            counted[k], seen[k] = 1.0, FULL
        if charge_cut[k]:
            counted[k] = 1.0
            if seen[k] != FULL:
                seen[k] = CHARGE_CUT
        if discharge_cut[k]:
            counted[k], seen[k] = 0.0, DISCHARGE_CUT


@kernel
def _count_by_rule(terms: Terms, awake: Rows, current_a: Rows, soc: Rows, cycles: Rows, rule: Rows) -> None:
    dead_band_a = np.float32(terms.dead_band_a)
    for k in range(current_a.shape[0]):
        counts = (awake[k] != 0) & (abs(current_a[k]) < _MOST_A)
        below = soc[k] < terms.cycle_depth
        now = rule[k]
        now = _READY if (now == _DONE) & (not below) else now
        now = _EMPTIED if (now == _READY) & below & counts & (current_a[k] < -dead_band_a) else now
        done = (now == _EMPTIED) & counts & (current_a[k] > dead_band_a)
        cycles[k] += 1.0 if done else 0.0
        rule[k] = _DONE if done else now
