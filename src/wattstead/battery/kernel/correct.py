"""Once a minute the estimator weighs the voltage, and the anchors it has seen, against the charge it has counted.

A Kalman filter that distrusts the plateau; see estimate.py for the four unknowns, docs/models/soc.md for the equations.
What is believed travels as two tuples: the unknowns (SOC, offset, gain, stray voltage) and the ten covariances in the
order of the rows.
"""

from typing import Any

import numpy as np

from wattstead.battery.jit import entry, kernel
from wattstead.battery.kernel.estimate import (
    ANCHORED,
    AWAKE_H,
    BEYOND,
    BRANCH,
    CAPACITY_AH,
    CHARGE_CUT,
    CORRECTED_EFC,
    CYCLES_EFC,
    DISCHARGE_CUT,
    FAST_A,
    FULL,
    GAIN,
    MOVED_AH,
    OFFSET_A,
    P_GG,
    P_GV,
    P_OG,
    P_OO,
    P_OV,
    P_SG,
    P_SO,
    P_SS,
    P_SV,
    P_VV,
    SEEN,
    SLOW_A,
    SOC,
    STRAY,
    WEAK,
    Rows,
    Terms,
)

LOWEST_FILL = -0.06  # of the curve handed in, with 1000 points from 0 to 1 (battery/curves.py)
POINTS_PER_FILL = 1000.0

_ROOT3 = 1.7320508075688772
_NOISE_V2 = 0.003**2  # what does average out
_CURVE_REACH = 0.012  # the slope of the curve is taken over at least this much to either side
_STRAY_SOC = 0.3  # after so much of the charge the voltage model is wrong by something else,
_STRAY_H = 72.0  # or after so many hours
_MOST_STRAY = 3.0  # standard deviations; more would explain anything
_BRANCH_SOC = 0.08  # the hysteresis turns within about this share of the charge
_BRANCH_V = 0.018  # assumed half gap of the branches at 25 °C
_USUAL_GAP_V = 0.015  # between mean and lowest cell: sensors and spread
_KNEE = 0.30  # below, the curve is steep enough to tell of capacity and of the weakest cell
_WEAK_RATE = 0.05  # how fast the weakest cell is learnt, each minute
_UNANCHORED = 1.5  # times the floor of the voltage: before the first anchor a guess stays a guess
_SURPRISE = 25.0  # five standard deviations, squared
_OFFSET_WALK = 2.0e-10  # per hour, of rated Ah squared: on 100 Ah it drifts by 0.03 A in 20 days
_GAIN_WALK = 1.0e-8  # per hour: capacity drifts by 1 % in 400 days
_SOC_WALK = 1.0e-8  # per hour
_SOC_WALK_MOVED = 2.0e-5  # per unit of SOC moved: quick errors of gain, efficiency


@entry
def correct(
    terms: Terms,
    first: int,
    mean_v: Rows,
    min_v: Rows,
    current_a: Rows,
    temperature_degc: Rows,
    ocv_v: Rows,
    tally: Rows,
    belief: Rows,
) -> None:
    """Weigh what the packs from ``first`` on have measured, as many as there are voltages.

    mean_v, min_v: measured mean and lowest cell voltage; current_a, temperature_degc: measured. ocv_v: table of the
    resting voltage midway between the branches, from LOWEST_FILL on. A pack that has been asleep is left as it is;
    where a sensor gives no number, the voltage is left out.
    """
    for j in range(mean_v.shape[0]):
        k = first + j
        if tally[AWAKE_H, k] <= 0.0:
            continue
        x = (tally[SOC, k], _wide(belief[OFFSET_A, k]), _wide(belief[GAIN, k]), _wide(belief[STRAY, k]))
        x, p = _predict(terms, tally, belief, k, x)
        seen, anchored = belief[SEEN, k], belief[ANCHORED, k]
        if seen != 0.0:
            x, p = _anchor(terms, seen, anchored, _wide(belief[WEAK, k]), x, p)
            belief[SEEN, k], belief[ANCHORED, k] = 0.0, 2.0 if seen == FULL else 1.0
        else:
            belief[ANCHORED, k] = 1.0 if anchored > 0.0 else 0.0
            volt, current, degc = _wide(mean_v[j]), _wide(current_a[j]), _wide(temperature_degc[j])
            gap = volt - _wide(min_v[j])
            if np.isfinite(current + degc + gap):
                volt += max(gap - _USUAL_GAP_V, 0.0) / (terms.cells - 1.0)  # as if the weakest cell were not there
                degc = min(max(degc, -40.0), 80.0)  # beyond, the parabola of the resistance means nothing
                drop = _drop(terms, current, degc, _wide(tally[FAST_A, k]), _wide(belief[SLOW_A, k]))
                branch_v = _branch_v(degc)
                volt -= drop + branch_v * _wide(belief[BRANCH, k])
                x, p = _weigh(terms, volt, drop, branch_v / _BRANCH_V, ocv_v, anchored, x, p)
                if 0.0 < x[0] < _KNEE and gap > _USUAL_GAP_V:
                    belief[WEAK, k] += _WEAK_RATE * (_weakness(gap, ocv_v, terms, x[0]) - belief[WEAK, k])
        _store(tally, belief, k, x, p)


@kernel
def _wide(value: Any) -> Any:
    return np.float64(value)


@kernel
def _predict(terms: Terms, tally: Rows, belief: Rows, k: int, x: Any) -> Any:
    """Let the uncertainty grow by what has flowed; the SOC itself has been counted on the way."""
    hours, capacity = tally[AWAKE_H, k], tally[CAPACITY_AH, k]
    through = (tally[CYCLES_EFC, k] - tally[CORRECTED_EFC, k]) * 2.0 * terms.rated_ah / capacity
    a, m = -hours / capacity, tally[MOVED_AH, k] / capacity  # what offset and gain add to the SOC
    keep = 1.0 / (1.0 + through / _STRAY_SOC + hours / _STRAY_H)
    ss, so, sg, sv = belief[P_SS, k], _wide(belief[P_SO, k]), _wide(belief[P_SG, k]), belief[P_SV, k]
    oo, og, ov = _wide(belief[P_OO, k]), _wide(belief[P_OG, k]), belief[P_OV, k]
    gg, gv, vv = _wide(belief[P_GG, k]), belief[P_GV, k], _wide(belief[P_VV, k])
    p = (
        ss
        + 2.0 * (a * so + m * sg + a * m * og)
        + a * a * oo
        + m * m * gg
        + _SOC_WALK * hours
        + _SOC_WALK_MOVED * through,
        so + a * oo + m * og,
        sg + a * og + m * gg,
        keep * (sv + a * ov + m * gv),
        oo + _OFFSET_WALK * terms.rated_ah * terms.rated_ah * hours,
        og,
        keep * ov,
        gg + _GAIN_WALK * hours,
        keep * gv,
        keep * keep * vv + 1.0 - keep * keep,
    )
    _polarise(terms, tally[MOVED_AH, k] / hours, hours, capacity, belief, k)
    return (x[0], x[1], x[2], keep * x[3]), p


@kernel
def _polarise(terms: Terms, mean_a: float, hours: float, capacity: float, belief: Rows, k: int) -> None:
    """Move the slow branch and the hysteresis; fractions in place of exponentials, good enough for minutes."""
    over = hours / terms.tau_slow_h
    slow_a = mean_a + (belief[SLOW_A, k] - mean_a) / (1.0 + over * (1.0 + 0.5 * over))
    belief[SLOW_A, k] = slow_a
    # Short reversals hardly turn a measured cell: what counts is where the charge goes over half an hour.
    if abs(slow_a) > terms.dead_band_a:
        side = 1.0 if slow_a > 0.0 else -1.0
        turn = abs(slow_a) * hours / (capacity * _BRANCH_SOC)
        belief[BRANCH, k] = side + (belief[BRANCH, k] - side) / (1.0 + turn * (1.0 + 0.5 * turn))


@kernel
def _anchor(terms: Terms, seen: float, anchored: float, weak: float, x: Any, p: Any) -> Any:
    """Take in that the pack was seen full, or that a protection cut."""
    if seen == FULL and anchored == 2.0:  # still: whatever was counted in the meantime tells nothing
        return (1.0, x[1], x[2], x[3]), _known(terms.full_var, p)
    place, var = 1.0, terms.full_var
    if seen == CHARGE_CUT:  # one cell was high: the mean is near full, or below it by what the cells differ
        place, var = 0.99, terms.cut_var
    elif seen == DISCHARGE_CUT:  # the weakest cell is empty
        place, var = weak / (1.0 + weak), terms.cut_var
    if anchored == 0.0:  # where the counting began is not known: nothing to learn from what was counted
        return (place, x[1], x[2], x[3]), _known(var, p)
    p = _doubt(place - x[0], 1.0, var + p[0], 0.04, 25.0 * terms.offset_var, p)
    if p[0] > var:  # seeing the same anchor again and again tells no more than once
        noise = max(var, var * p[0] / (p[0] - 0.9 * var))
        x, p = _update(terms, place - x[0], 1.0, 0.0, noise, terms.gain_floor, 1.0, 1.0, x, p)
    return (1.0 if seen == FULL else x[0], x[1], x[2], x[3]), p


@kernel
def _known(var: float, p: Any) -> Any:
    """Give the covariances once the SOC is known afresh."""
    return var, 0.0, 0.0, 0.0, p[4], p[5], p[6], p[7], p[8], p[9]


@kernel
def _drop(terms: Terms, current: float, degc: float, fast_a: float, slow_a: float) -> float:
    """Give the assumed voltage over the resistances; a parabola stands for Arrhenius."""
    cold = 25.0 - degc
    share = 1.0 + cold * (0.0275 + 0.0007 * cold) if cold > 0.0 else max(1.0 + 0.0113 * cold, 0.6)
    return share * (terms.r0_ohm * current + terms.r1_ohm * fast_a + terms.r2_ohm * slow_a)


@kernel
def _branch_v(degc: float) -> float:
    """Give the assumed half gap of the hysteresis, which is wider in the cold."""
    cold = 25.0 - degc
    return _BRANCH_V * (1.0 + 0.028 * cold if cold > 0.0 else max(1.0 + 0.009 * cold, 0.6))


@kernel
def _weigh(terms: Terms, rest_v: float, drop: float, cold: float, ocv_v: Rows, anchored: float, x: Any, p: Any) -> Any:
    """Correct by the resting voltage, as far as it deserves. cold: how much wider than at 25 °C the hysteresis is."""
    soc = x[0]
    half = _ROOT3 * np.sqrt(p[0] + _CURVE_REACH * _CURVE_REACH)
    low, high = max(soc - half, -BEYOND), min(soc + half, 1.0 + BEYOND)
    here, below, above = _ocv(ocv_v, terms, soc), _ocv(ocv_v, terms, low), _ocv(ocv_v, terms, high)
    slope = max((above - below) / (high - low), 1e-3)
    expected = (4.0 * here + below + above) / 6.0
    bent = (4.0 * (here - expected) ** 2 + (below - expected) ** 2 + (above - expected) ** 2) / 6.0
    bent = max(bent - slope * slope * p[0], 0.0)  # what a straight line leaves out

    plain_v, side_v = terms.stray_v * cold, slope * terms.curve_fill
    stray_v = np.sqrt(plain_v * plain_v + side_v * side_v)
    noise = _NOISE_V2 + bent + (terms.resistance * drop) ** 2
    stray = min(max(x[3], -_MOST_STRAY), _MOST_STRAY)
    if stray != x[3]:
        p = (p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], max(p[9], 0.5))
    x = (soc, x[1], x[2], stray)
    apart_v = rest_v - expected - stray_v * stray
    spread = _spread(slope, stray_v, p) + noise
    p = _doubt(apart_v, slope, spread + terms.floor_v * terms.floor_v, 1e-3, 0.1 * terms.offset_var, p)

    never_v = terms.floor_v if anchored > 0.0 else _UNANCHORED * terms.floor_v
    room = p[0] - (never_v / slope) ** 2 - (0.5 * terms.curve_fill) ** 2
    if room <= 0.0:  # the count is better than this voltage can ever be
        return x, p
    toward = p[0] * slope + p[3] * stray_v
    noise = max(noise, toward * toward / room - _spread(slope, stray_v, p))
    gain_floor = terms.gain_floor + (terms.floor_v / slope) ** 2
    gain_learns = anchored if soc < _KNEE else 0.0
    return _update(terms, apart_v, slope, stray_v, noise, gain_floor, anchored, gain_learns, x, p)


@kernel
def _spread(on_soc: float, on_stray: float, p: Any) -> Any:
    return on_soc * on_soc * p[0] + 2.0 * on_soc * on_stray * p[3] + on_stray * on_stray * p[9]


@kernel
def _doubt(apart: float, on_soc: float, spread: float, soc_most: float, offset_most: float, p: Any) -> Any:
    """Believe less of SOC and offset where a number is far from what they lead to expect. *_most: variance added."""
    excess = apart * apart / _SURPRISE - spread
    if excess <= 0.0:
        return p
    excess = min(excess / (on_soc * on_soc), soc_most)
    ss, so, oo = p[0] + excess, p[1], p[4]
    along = so / oo  # how far the SOC has drifted per ampere of offset
    if along < -0.02:
        more = min(excess / (along * along), offset_most)
        oo, so, ss = oo + more, so + along * more, ss + along * along * more
    return ss, so, p[2], p[3], oo, p[5], p[6], p[7], p[8], p[9]


@kernel
def _update(
    terms: Terms,
    apart: float,
    on_soc: float,
    on_stray: float,
    noise: float,
    gain_floor: float,
    offset_learns: float,
    gain_learns: float,
    x: Any,
    p: Any,
) -> Any:
    """Kalman's update by one number that depends on SOC and stray voltage.

    Offset and gain are never known better than their floors: their own update is held back, and the rest knows of it
    (Schmidt's filter). *_learns: 0 where not even that much is learnt.
    """
    c0, c1 = p[0] * on_soc + p[3] * on_stray, p[1] * on_soc + p[6] * on_stray
    c2, c3 = p[2] * on_soc + p[8] * on_stray, p[3] * on_soc + p[9] * on_stray
    spread = on_soc * c0 + on_stray * c3 + noise
    w = 1.0 / spread
    f1 = _held_back((p[4] - terms.offset_floor) * spread, c1 * c1) if offset_learns > 0.0 else 0.0
    f2 = _held_back((p[7] - gain_floor) * spread, c2 * c2) if gain_learns > 0.0 else 0.0
    step = apart * w
    x = (x[0] + c0 * step, x[1] + f1 * c1 * step, x[2] + f2 * c2 * step, x[3] + c3 * step)
    p = (
        p[0] - c0 * c0 * w,
        p[1] - c0 * c1 * w,
        p[2] - c0 * c2 * w,
        p[3] - c0 * c3 * w,
        p[4] - f1 * (2.0 - f1) * c1 * c1 * w,
        p[5] - (f1 + f2 - f1 * f2) * c1 * c2 * w,
        p[6] - c1 * c3 * w,
        p[7] - f2 * (2.0 - f2) * c2 * c2 * w,
        p[8] - c2 * c3 * w,
        p[9] - c3 * c3 * w,
    )
    return x, p


@kernel
def _held_back(most: float, wanted: float) -> Any:
    """Give the share of an update that takes no more variance than allowed."""
    if most >= wanted:
        return 1.0
    return 1.0 - np.sqrt(1.0 - max(most, 0.0) / wanted)


@kernel
def _ocv(ocv_v: Rows, terms: Terms, soc: float) -> Any:
    """Read the curve at a SOC, straight between its points."""
    place = (terms.empty_fill + terms.span * soc - LOWEST_FILL) * POINTS_PER_FILL
    place = min(max(place, 0.0), ocv_v.shape[0] - 1.001)
    point = int(place)
    low = _wide(ocv_v[point])
    return low + (place - point) * (_wide(ocv_v[point + 1]) - low)


@kernel
def _weakness(gap_v: float, ocv_v: Rows, terms: Terms, soc: float) -> float:
    """Give how much emptier the weakest cell is than the mean, as a share of what the mean has given."""
    lowest_v = _ocv(ocv_v, terms, soc) - gap_v
    low, high = -BEYOND, soc
    for _ in range(10):
        mid = 0.5 * (low + high)
        if _ocv(ocv_v, terms, mid) < lowest_v:
            low = mid
        else:
            high = mid
    return (soc - high) / (1.0 - soc)


@kernel
def _store(tally: Rows, belief: Rows, k: int, x: Any, p: Any) -> None:
    tally[SOC, k] = min(max(x[0], -BEYOND), 1.0 + BEYOND)
    belief[OFFSET_A, k], belief[STRAY, k] = x[1], x[3]
    belief[GAIN, k] = min(max(x[2], -0.2), 2.0)
    belief[P_SS, k], belief[P_SO, k], belief[P_SG, k], belief[P_SV, k] = p[0], p[1], p[2], p[3]
    belief[P_OO, k], belief[P_OG, k], belief[P_OV, k] = p[4], p[5], p[6]
    belief[P_GG, k], belief[P_GV, k], belief[P_VV, k] = p[7], p[8], p[9]
    tally[MOVED_AH, k], tally[AWAKE_H, k] = 0.0, 0.0
    tally[CORRECTED_EFC, k] = tally[CYCLES_EFC, k]
