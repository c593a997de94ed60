"""SOC, SOH and cycles as a BMS estimates them: from measured voltage, current and temperature alone.

``count`` runs every step and adds up charge; ``correct`` runs once a minute and weighs the voltage against it. Together
they are a Kalman filter of four unknowns: SOC, offset of the current, relative error of the charge moved (gain of the
sensor and capacity in one), and by how much the voltage model is wrong just now (``STRAY``, in units of its standard
deviation). The last one keeps it honest: on the plateau a wrong voltage stays wrong for hours, so looking at it a
thousand times tells no more than looking once. docs/models/soc.md has the equations.

Packs never meet, and every operation is one of IEEE 754: N packs give the same bits as one alone.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

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
BELIEF_ROWS = 18

LOWEST_FILL = -0.06  # of the curve handed in, with 1000 points from 0 to 1 (battery/curves.py)
HIGHEST_FILL = 1.10
POINTS_PER_FILL = 1000.0

FULL, CHARGE_CUT, DISCHARGE_CUT = 1.0, 2.0, -1.0

_ROOT3 = 1.7320508075688772
_STRAY_SOC = 0.2  # after so much of the charge the voltage model is wrong by something else,
_STRAY_H = 72.0  # or after so many hours
_BRANCH_SOC = 0.08  # the hysteresis turns within about this share of the charge
_BRANCH_V = 0.018  # assumed half gap of the branches at 25 °C
_NO_CURRENT_A = 1e6  # no sensor says so; NaN and infinity count as no current
_BEYOND = 0.1  # how far the estimate may count beyond 0 and 1: the excess tells of offset and gain
_LSB_V2 = 0.003**2  # noise that does average out
_CURVE_REACH = 0.012  # half width over which the slope of the curve is taken where the SOC is well known
_OFFSET_WALK = 2.0e-6  # A² per hour: the offset drifts by 0.03 A in 20 days
_GAIN_WALK = 1.0e-8  # per hour: capacity drifts by 1 % in 400 days
_SOC_WALK = 1.0e-8  # per hour
_SOC_WALK_MOVED = 2.0e-5  # per unit of SOC moved: quick errors of gain, efficiency


class Terms(NamedTuple):
    """What the kernels need beside the rows; ``estimator.terms_of`` works it out and says what each is."""

    dt_h: float
    dt_s: float
    span: float
    empty_fill: float
    rated_ah: float
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
    gain_var: float
    known_gain_var: float
    full_var: float
    cut_var: float
    stray_v: float
    floor_v: float
    curve_fill: float
    resistance: float
    correct_every_h: float


@njit(error_model="numpy")
def count(
    terms: Terms,
    awake: Rows,
    current_a: Rows,
    mean_v: Rows,
    charge_cut: Rows,
    discharge_cut: Rows,
    tally: Rows,
    belief: Rows,
) -> None:  # pragma: no cover - compiled
    """Add up one step of every pack that is awake.

    awake: measures at all. current_a, mean_v: measured current and mean cell voltage. charge_cut, discharge_cut: a
    protection of high (low) voltage has begun to stop charge (discharge) in this step. A current that is no number
    counts as none.
    """
    _count_charge(
        terms, awake, current_a, tally[CAPACITY_AH], tally[COUNTED], tally[SOC], belief[OFFSET_A], belief[GAIN]
    )
    _count_flow(terms, awake, current_a, tally[MOVED_AH], tally[AWAKE_H], tally[FAST_A], tally[CYCLES_EFC])
    _see_anchors(terms, awake, current_a, mean_v, charge_cut, discharge_cut, tally, belief[SEEN])
    _count_by_rule(terms, awake, current_a, tally[SOC], tally[CYCLES_RULE], belief[RULE])


# Loops of few arrays each: the compiler turns them into vector code, which it gives up on beyond some six arrays.


@njit(error_model="numpy", inline="always")
def _flowing(awake: Any, current_a: Any) -> Any:  # pragma: no cover - compiled
    return np.float64(current_a) if awake and abs(current_a) < _NO_CURRENT_A else 0.0


@njit(error_model="numpy")
def _count_charge(
    terms: Terms, awake: Rows, current_a: Rows, capacity: Rows, counted: Rows, soc: Rows, offset: Rows, gain: Rows
) -> None:  # pragma: no cover - compiled
    for k in range(current_a.shape[0]):
        hours = terms.dt_h if awake[k] else 0.0
        moved = _flowing(awake[k], current_a[k]) * terms.dt_h
        share = 1.0 / capacity[k]
        counted[k] = min(max(counted[k] + moved * share, 0.0), 1.0)
        after = soc[k] + (moved * (1.0 + gain[k]) - offset[k] * hours) * share
        soc[k] = min(max(after, -_BEYOND), 1.0 + _BEYOND)


@njit(error_model="numpy")
def _count_flow(
    terms: Terms, awake: Rows, current_a: Rows, moved_ah: Rows, awake_h: Rows, fast_a: Rows, cycles: Rows
) -> None:  # pragma: no cover - compiled
    per_cycle = terms.dt_h / (2.0 * terms.rated_ah)
    for k in range(current_a.shape[0]):
        current = _flowing(awake[k], current_a[k])
        moved_ah[k] += current * terms.dt_h
        awake_h[k] += terms.dt_h if awake[k] else 0.0
        fast_a[k] = current + (fast_a[k] - current) * terms.keep_fast
        cycles[k] += abs(current) * per_cycle


@njit(error_model="numpy")
def _see_anchors(
    terms: Terms,
    awake: Rows,
    current_a: Rows,
    mean_v: Rows,
    charge_cut: Rows,
    discharge_cut: Rows,
    tally: Rows,
    seen: Rows,
) -> None:  # pragma: no cover - compiled
    hold, counted = tally[HOLD_S], tally[COUNTED]
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


@njit(error_model="numpy")
def _count_by_rule(
    terms: Terms, awake: Rows, current_a: Rows, soc: Rows, cycles: Rows, rule: Rows
) -> None:  # pragma: no cover - compiled
    for k in range(current_a.shape[0]):
        current = _flowing(awake[k], current_a[k])
        below = soc[k] < terms.cycle_depth
        now = rule[k]
        now = np.float32(0.0) if now == 2.0 and not below else now
        now = np.float32(1.0) if now == 0.0 and below and current < -terms.dead_band_a else now
        done = now == 1.0 and current > terms.dead_band_a
        cycles[k] += 1.0 if done else 0.0
        rule[k] = np.float32(2.0) if done else now


@njit(error_model="numpy")
def correct(
    terms: Terms,
    mean_v: Rows,
    min_v: Rows,
    current_a: Rows,
    temperature_degc: Rows,
    ocv_v: Rows,
    tally: Rows,
    belief: Rows,
) -> None:  # pragma: no cover - compiled
    """Weigh the measured voltage and the anchors seen against the charge counted since the last call.

    mean_v, min_v: measured mean and lowest cell voltage; current_a, temperature_degc: measured. ocv_v: table of the
    resting voltage midway between the branches, from LOWEST_FILL to HIGHEST_FILL. A pack that has been asleep is left
    as it is; where a sensor gives no number, the voltage is left out.
    """
    x = np.empty(4)
    p = np.empty((4, 4))
    for k in range(mean_v.shape[0]):
        hours = tally[AWAKE_H, k]
        if hours <= 0.0:
            continue
        _read(tally, belief, k, x, p)
        _predict(terms, tally, belief, k, x, p)
        seen = belief[SEEN, k]
        if seen != 0.0:
            _anchor(terms, seen, np.float64(belief[WEAK, k]), x, p)
            belief[SEEN, k] = 0.0
        volt, current = np.float64(mean_v[k]), np.float64(current_a[k])
        degc = np.float64(temperature_degc[k])
        if np.isfinite(volt) and np.isfinite(current) and np.isfinite(degc):
            slope = _weigh(terms, volt, current, degc, ocv_v, tally, belief, k, x, p)
            _weakest(volt - np.float64(min_v[k]), slope, belief, k, x)
        _write(tally, belief, k, x, p)


@njit(error_model="numpy", inline="always")
def _read(tally: Rows, belief: Rows, k: int, x: Rows, p: Rows) -> None:  # pragma: no cover - compiled
    x[0], x[1], x[2], x[3] = tally[SOC, k], belief[OFFSET_A, k], belief[GAIN, k], belief[STRAY, k]
    row = P_SS
    for i in range(4):
        for j in range(i, 4):
            p[i, j] = p[j, i] = belief[row, k]
            row += 1


@njit(error_model="numpy", inline="always")
def _write(tally: Rows, belief: Rows, k: int, x: Rows, p: Rows) -> None:  # pragma: no cover - compiled
    tally[SOC, k] = min(max(x[0], -_BEYOND), 1.0 + _BEYOND)
    belief[OFFSET_A, k], belief[GAIN, k], belief[STRAY, k] = x[1], min(max(x[2], -0.2), 2.0), x[3]
    row = P_SS
    for i in range(4):
        for j in range(i, 4):
            belief[row, k] = p[i, j]
            row += 1
    tally[MOVED_AH, k] = tally[AWAKE_H, k] = 0.0
    tally[CORRECTED_EFC, k] = tally[CYCLES_EFC, k]


@njit(error_model="numpy", inline="always")
def _predict(terms: Terms, tally: Rows, belief: Rows, k: int, x: Rows, p: Rows) -> None:  # pragma: no cover - compiled
    """Let the uncertainty grow by what has flowed; the SOC itself has been counted on the way."""
    hours, capacity = tally[AWAKE_H, k], tally[CAPACITY_AH, k]
    moved = tally[MOVED_AH, k] / capacity
    through = (tally[CYCLES_EFC, k] - tally[CORRECTED_EFC, k]) * 2.0 * terms.rated_ah / capacity
    drift = -hours / capacity
    for j in range(4):  # P <- F P
        p[0, j] += drift * p[1, j] + moved * p[2, j]
    for j in range(4):  # P <- P Ft
        p[j, 0] += drift * p[j, 1] + moved * p[j, 2]
    keep = 1.0 / (1.0 + through / _STRAY_SOC + hours / _STRAY_H)
    x[3] *= keep
    for j in range(4):
        p[3, j] *= keep
    for j in range(4):
        p[j, 3] *= keep
    p[3, 3] += 1.0 - keep * keep
    p[0, 0] += _SOC_WALK * hours + _SOC_WALK_MOVED * through
    p[1, 1] += _OFFSET_WALK * hours
    p[2, 2] += _GAIN_WALK * hours

    mean_a = tally[MOVED_AH, k] / hours
    over = hours / terms.tau_slow_h
    slow_keep = 1.0 / (1.0 + over * (1.0 + 0.5 * over))
    belief[SLOW_A, k] = mean_a + (belief[SLOW_A, k] - mean_a) * slow_keep
    turn = through / _BRANCH_SOC
    side = 0.0 if moved == 0.0 else (1.0 if moved > 0.0 else -1.0)
    belief[BRANCH, k] = side + (belief[BRANCH, k] - side) / (1.0 + turn * (1.0 + 0.5 * turn))


@njit(error_model="numpy", inline="always")
def _anchor(terms: Terms, seen: float, weak: float, x: Rows, p: Rows) -> None:  # pragma: no cover - compiled
    """Take in that the pack was seen full, or that a protection cut."""
    place, var = 1.0, terms.full_var
    if seen == CHARGE_CUT:  # one cell was high: the mean is near full, or below it by what the cells differ
        place, var = 0.99, terms.cut_var
    elif seen == DISCHARGE_CUT:  # the weakest cell is empty
        place, var = weak / (1.0 + weak), terms.cut_var
    if p[0, 0] > var:  # seeing the same anchor again and again tells no more than once
        _update(place - x[0], 1.0, 0.0, max(var, var * p[0, 0] / (p[0, 0] - 0.9 * var)), x, p)
    if seen == FULL:
        x[0] = 1.0


@njit(error_model="numpy", inline="always")
def _weigh(
    terms: Terms,
    volt: float,
    current: float,
    degc: float,
    ocv_v: Rows,
    tally: Rows,
    belief: Rows,
    k: int,
    x: Rows,
    p: Rows,
) -> Any:  # pragma: no cover - compiled
    """Correct by the voltage as far as it deserves; gives the slope of the curve here, V per unit of SOC."""
    half = _ROOT3 * np.sqrt(p[0, 0] + _CURVE_REACH * _CURVE_REACH)
    here = _ocv(ocv_v, terms, x[0])
    low, high = max(x[0] - half, -_BEYOND), min(x[0] + half, 1.0 + _BEYOND)
    below, above = _ocv(ocv_v, terms, low), _ocv(ocv_v, terms, high)
    slope = (above - below) / (high - low)
    expected = (4.0 * here + below + above) / 6.0
    bent = (4.0 * (here - expected) ** 2 + (below - expected) ** 2 + (above - expected) ** 2) / 6.0
    bent = max(bent - slope * slope * p[0, 0], 0.0)  # what a straight line leaves out

    cold = 25.0 - degc
    r_share = 1.0 + cold * (0.0275 + 0.0007 * cold) if cold > 0.0 else max(1.0 + 0.0113 * cold, 0.6)
    branch_v = _BRANCH_V * (1.0 + 0.028 * cold if cold > 0.0 else max(1.0 + 0.009 * cold, 0.6))
    drop = r_share * (
        terms.r0_ohm * current
        + terms.r1_ohm * np.float64(tally[FAST_A, k])
        + terms.r2_ohm * np.float64(belief[SLOW_A, k])
    )
    cold_v = terms.stray_v * branch_v / _BRANCH_V
    side_v = slope * terms.curve_fill
    drop_v = terms.resistance * drop
    stray_v = np.sqrt(cold_v * cold_v + side_v * side_v + drop_v * drop_v)

    noise = _LSB_V2 + bent + 0.25 * drop_v * drop_v
    innovation = volt - (expected + branch_v * np.float64(belief[BRANCH, k]) + drop + stray_v * x[3])
    steep = max(slope, 1e-3)
    floor = (terms.floor_v / steep) ** 2 + 0.1 * terms.full_var
    apart = p[0, 0] - floor
    if apart > 0.0:
        toward = p[0, 0] * slope + p[0, 3] * stray_v
        spread = slope * toward + stray_v * (p[0, 3] * slope + p[3, 3] * stray_v)
        noise = max(noise, toward * toward / apart - spread)
        _update(innovation, slope, stray_v, noise, x, p)
    return slope


@njit(error_model="numpy", inline="always")
def _update(
    innovation: float, on_soc: float, on_stray: float, noise: float, x: Rows, p: Rows
) -> None:  # pragma: no cover - compiled
    """Kalman's update by one number that depends on SOC and stray voltage."""
    c0 = p[0, 0] * on_soc + p[0, 3] * on_stray
    c1 = p[1, 0] * on_soc + p[1, 3] * on_stray
    c2 = p[2, 0] * on_soc + p[2, 3] * on_stray
    c3 = p[3, 0] * on_soc + p[3, 3] * on_stray
    spread = on_soc * c0 + on_stray * c3 + noise
    c = (c0, c1, c2, c3)
    for i in range(4):
        x[i] += c[i] * innovation / spread
        for j in range(4):
            p[i, j] -= c[i] * c[j] / spread


@njit(error_model="numpy", inline="always")
def _ocv(ocv_v: Rows, terms: Terms, soc: float) -> Any:  # pragma: no cover - compiled
    """Read the curve at a SOC, straight between its points."""
    place = (terms.empty_fill + terms.span * soc - LOWEST_FILL) * POINTS_PER_FILL
    place = min(max(place, 0.0), ocv_v.shape[0] - 1.001)
    point = int(place)
    part = place - point
    low = np.float64(ocv_v[point])
    return low + part * (np.float64(ocv_v[point + 1]) - low)


@njit(error_model="numpy", inline="always")
def _weakest(gap_v: float, slope: float, belief: Rows, k: int, x: Rows) -> None:  # pragma: no cover - compiled
    """Learn, where the curve is steep and low, how much emptier the weakest cell is than the mean."""
    if x[0] < 0.25 and slope > 0.4 and gap_v >= 0.0:
        weak = np.float64(belief[WEAK, k])
        lead = min(gap_v / slope / (1.0 - x[0]), 0.5)
        belief[WEAK, k] = weak + 0.05 * (lead - weak)
