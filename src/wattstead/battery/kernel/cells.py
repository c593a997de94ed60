"""The cells: charge, hysteresis, RC branch, heat and voltage after a step of constant current.

One row is one cell of all packs of a block. Each loop touches few arrays, for the compiler turns only those into vector
code. All is exact for a constant current, so steps of 1, 10 and 60 s agree (docs/models/cell.md).
"""

from typing import Any

import numpy as np

from wattstead.battery.jit import kernel
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import Curves, Record, Rows, State

_LOWEST_FILL = -0.06
_HIGHEST_FILL = 1.10
_POINTS = 1000.0
_COLDEST = np.float32(-40.0)
_LAST_DEGC = np.float32(159.999)
_F0, _F1, _F2 = np.float32(0.0), np.float32(1.0), np.float32(2.0)
_REFERENCE = np.float32(25.0)
_KELVIN = np.float32(273.15)
_SLOPE_PER_FILL = np.float32(1000.0)
_BIG = np.float32(1e9)


@kernel
def advance(
    state: State,
    first: int,
    n: int,
    moved_ah: Rows,
    drive: Rows,
    mean_a: Rows,
    mean_a2: Rows,
    heat_w: Rows,
    spilled: Rows,
    rest_v: Rows,
    curves: Curves,
    terms: Record,
) -> None:
    """Let charge flow through the cells of n packs from ``first`` on.

    moved_ah: float64, through all cells. drive: current that the RC branch strives for, weighed. mean_a, mean_a2: mean
    current and mean square. heat_w: of the heater, per cell. spilled: scratch.
    rest_v ``[cell, pack]``: gets the voltage without R0.
    """
    last = first + n
    line, slow = passes(state, terms, at.LINE_EVERY_S), passes(state, terms, at.SLOW_EVERY_S)
    pack = state.pack
    ambient, half_gap = pack[at.AMBIENT_DEGC, first:last], pack[at.HALF_GAP_V, first:last]
    slopes, r_sum = pack[at.SLOPE_SUM, first:last], pack[at.R_SUM_OHM, first:last]
    emf, rc_sum = pack[at.EMF_V, first:last], pack[at.RC_SUM_V, first:last]
    high, low = pack[at.EMF_MAX_V, first:last], pack[at.EMF_MIN_V, first:last]
    _begin_sums(emf, rc_sum, high, low)
    if line:
        slopes[:] = _F0
    if slow:
        r_sum[:] = _F0
        _hysteresis_width(state, first, n, curves.half_gap_v, half_gap)
    lost = terms.leak_per_s * terms.dt_s
    spill_gain = np.float32(3600.0 / terms.dt_s) / terms.per_fill
    heats = False
    for k in range(n):
        heats |= heat_w[k] > _F0
    for c in range(terms.cells):
        cell, gain = state.cell, terms.warmth_gain[c]
        fill, per_ah = state.fill[c, first:last], cell[at.PER_AH, c, first:last]
        hysteresis, degc = cell[at.HYSTERESIS, c, first:last], cell[at.DEGC, c, first:last]
        rc, r = cell[at.RC_V, c, first:last], cell[at.R_OHM, c, first:last]
        line_v, line_rise = cell[at.LINE_V, c, first:last], cell[at.LINE_RISE, c, first:last]
        rest = rest_v[c]
        _charge(fill, moved_ah, per_ah, hysteresis, spilled, lost, terms.per_fill)
        if slow:
            _resistance(fill, degc, cell[at.R25_OHM, c, first:last], r, curves.r_factor, curves.r_share)
            _reversible(degc, fill, mean_a, curves.entropy, terms.slow_gain[c])
            _add(r, r_sum)
        if line:
            _tangent(fill, degc, line_v, line_rise, curves.ocv_v, curves.entropy)
            _add_slope(line_rise, per_ah, slopes)
        _rest(rest, line_v, line_rise, fill, half_gap, hysteresis)
        _warm(degc, ambient, mean_a2, r, terms.warmth_keep[c], gain)
        _warm_more(degc, mean_a, rc, spilled, half_gap, per_ah, terms.rc_mean * gain, spill_gain * gain)
        if heats:
            _warm_by_heater(degc, heat_w, gain)
        _branch(rc, drive, r, rest, emf, terms.rc_keep, terms.rc_ratio)
        _rest_sums(rest, rc, rc_sum, high, low)


@kernel
def passes(state: State, terms: Record, every_s: int) -> bool:
    """Whether a whole multiple of that time lies within this step."""
    every = np.int64(every_s * at.TICKS_PER_S)
    return bool(state.time[0] // every != (state.time[0] - terms.dt) // every)


@kernel
def _begin_sums(emf: Rows, rc_sum: Rows, high: Rows, low: Rows) -> None:
    for k in range(emf.shape[0]):
        emf[k] = rc_sum[k] = _F0
        high[k] = -_BIG
        low[k] = _BIG


@kernel
def _charge(
    fill: Rows, moved_ah: Rows, per_ah: Rows, hysteresis: Rows, spilled: Rows, lost: Any, per_fill: Any
) -> None:
    for k in range(fill.shape[0]):
        before = fill[k]
        after = before + moved_ah[k] * np.float64(per_ah[k]) - lost
        after = max(_LOWEST_FILL, after)
        after = min(_HIGHEST_FILL, after)
        fill[k] = after
        turned = hysteresis[k] + np.float32(after - before) * per_fill
        stopped = max(-_F1, turned)
        stopped = min(_F1, stopped)
        spilled[k] = turned - stopped
        hysteresis[k] = stopped


@kernel
def _tangent(fill: Rows, degc: Rows, line_v: Rows, line_rise: Rows, ocv: Rows, entropy: Rows) -> None:
    """Lay the line of the resting voltage where the cell is now, entropy included."""
    for k in range(fill.shape[0]):
        point = np.uint32((fill[k] - _LOWEST_FILL) * _POINTS)
        low = ocv[point]
        rise = (ocv[point + np.uint32(1)] - low) * _SLOPE_PER_FILL
        line_rise[k] = rise
        at_point = np.float32(np.float64(point) / _POINTS + _LOWEST_FILL)
        line_v[k] = low - rise * at_point + entropy[point] * (degc[k] - _REFERENCE)


@kernel
def _add(row: Rows, total: Rows) -> None:
    for k in range(row.shape[0]):
        total[k] += row[k]


@kernel
def _add_slope(rise: Rows, per_ah: Rows, slopes: Rows) -> None:
    for k in range(rise.shape[0]):
        slopes[k] += rise[k] * per_ah[k]


@kernel
def _resistance(fill: Rows, degc: Rows, r25: Rows, r: Rows, factor: Rows, share: Rows) -> None:
    for k in range(fill.shape[0]):
        warm = degc[k] - _COLDEST
        warm = warm if warm > _F0 else _F0
        warm = warm if warm < _LAST_DEGC else _LAST_DEGC
        whole = np.uint32(warm)
        low = share[whole]
        place = np.uint32((fill[k] - _LOWEST_FILL) * _POINTS)
        r[k] = r25[k] * factor[place] * (low + (warm - np.float32(whole)) * (share[whole + np.uint32(1)] - low))


@kernel
def _reversible(degc: Rows, fill: Rows, mean_a: Rows, entropy: Rows, gain: Any) -> None:
    """Warm by what the entropy gives, for all the time since the last slow look, at the current of now."""
    for k in range(fill.shape[0]):
        per_k = entropy[np.uint32((fill[k] - _LOWEST_FILL) * _POINTS)]
        degc[k] += gain * mean_a[k] * (degc[k] + _KELVIN) * per_k


@kernel
def _hysteresis_width(state: State, first: int, n: int, table: Rows, half_gap: Rows) -> None:
    degc = state.cell[at.DEGC, 0, first : first + n]
    for k in range(n):
        warm = min(max(degc[k] - _COLDEST, _F0), _LAST_DEGC)
        whole = np.uint32(warm)
        low = table[whole]
        half_gap[k] = low + (warm - np.float32(whole)) * (table[whole + np.uint32(1)] - low)


@kernel
def _rest(rest: Rows, line_v: Rows, line_rise: Rows, fill: Rows, half_gap: Rows, hysteresis: Rows) -> None:
    for k in range(rest.shape[0]):
        rest[k] = line_v[k] + line_rise[k] * np.float32(fill[k]) + half_gap[k] * hysteresis[k]


@kernel
def _warm(degc: Rows, ambient: Rows, mean_a2: Rows, r: Rows, keep: Any, gain: Any) -> None:
    for k in range(degc.shape[0]):
        degc[k] = ambient[k] + (degc[k] - ambient[k]) * keep + gain * mean_a2[k] * r[k]


@kernel
def _warm_more(
    degc: Rows, mean_a: Rows, rc: Rows, spilled: Rows, half_gap: Rows, per_ah: Rows, rc_gain: Any, spill_gain: Any
) -> None:
    """What the RC branch burns by its voltage at the start, and the hysteresis on a branch; turning, it keeps it."""
    for k in range(degc.shape[0]):
        degc[k] += mean_a[k] * rc[k] * rc_gain + half_gap[k] * abs(spilled[k]) / per_ah[k] * spill_gain


@kernel
def _warm_by_heater(degc: Rows, heat_w: Rows, gain: Any) -> None:
    for k in range(degc.shape[0]):
        degc[k] += heat_w[k] * gain


@kernel
def _branch(rc: Rows, drive: Rows, r: Rows, rest: Rows, emf: Rows, keep: Any, ratio: Any) -> None:
    for k in range(rc.shape[0]):
        over = rc[k] * keep + drive[k] * r[k] * ratio
        rc[k] = over
        rest[k] += over
        emf[k] += rest[k]


@kernel
def _rest_sums(rest: Rows, rc: Rows, rc_sum: Rows, high: Rows, low: Rows) -> None:
    for k in range(rest.shape[0]):
        value = rest[k]
        rc_sum[k] += rc[k]
        high[k] = value if value > high[k] else high[k]
        low[k] = value if value < low[k] else low[k]
