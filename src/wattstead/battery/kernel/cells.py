"""The cells: charge, hysteresis, RC branch, heat and resting voltage after steps of constant current.

The cells of a pack are in series, so what flows is common to them. Each step only notes that, for the pack; every
LOOK_EVERY_S (each step, where steps are longer) the cells are looked at: charge, hysteresis and warmth are brought up
to now, and a tangent is laid to each resting voltage, on which the steps until the next look go. All of it is exact for
a constant current, so steps of 1, 10 and 60 s agree (docs/models/cell.md).

One row is one cell of all packs of a block, so that one instruction serves several packs.
"""

import math
from typing import Any

import numpy as np

from wattstead.battery.jit import kernel
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import Curves, Record, Rows, State

_LOWEST_FILL = -0.06
_HIGHEST_FILL = 1.10
_COLDEST = np.float32(-40.0)
_LAST_DEGC = np.float32(159.999)
_F0, _F1 = np.float32(0.0), np.float32(1.0)
_REFERENCE = np.float32(25.0)
_KELVIN = np.float32(273.15)
_LOWEST = np.float32(_LOWEST_FILL)
_SLOPE_PER_FILL = np.float32(1000.0)
_SECONDS = np.float32(3600.0)


@kernel
def passes(state: State, terms: Record, every_s: int) -> bool:
    """Whether a whole multiple of that time lies within this step."""
    every = np.int64(every_s * at.TICKS_PER_S)
    return bool(state.time[at.NOW] // every != (state.time[0] - terms.dt) // every)


@kernel
def look(
    state: State, first: int, n: int, points: Rows, parts: Rows, per_k: Rows, curves: Curves, terms: Record
) -> None:
    """Bring the cells of n packs from ``first`` on up to now. points (int32), parts, per_k: scratch, ``[pack]``."""
    spilled = parts
    last, cell, pack = first + n, state.cell, state.pack
    elapsed_s = np.float64(state.time[at.NOW] - state.time[at.LOOKED]) / at.TICKS_PER_S
    slow = passes(state, terms, at.SLOW_EVERY_S)
    lately_ah, heat_a2s = state.lately[at.LATELY_AH, first:last], state.lately[at.LATELY_A2S, first:last]
    ambient, half_gap = pack[at.AMBIENT_DEGC, first:last], pack[at.HALF_GAP_V, first:last]
    slopes, r_sum = pack[at.SLOPE_SUM, first:last], pack[at.R_SUM_OHM, first:last]
    slopes[:] = _F0
    if slow:
        r_sum[:] = _F0
        _hysteresis_width(cell[at.DEGC, 0, first:last], curves.half_gap_v, half_gap)
    lost = terms.leak_per_s * elapsed_s
    spill_j = np.float32(3600.0) / terms.per_fill
    for c in range(terms.cells):
        keep = math.exp(-terms.cooling_per_s[c] * elapsed_s)
        kelvin_per_j = np.float32(_mean_keep(terms.cooling_per_s[c] * elapsed_s) / terms.heat_capacity)
        fill, per_ah = state.fill[c, first:last], cell[at.PER_AH, c, first:last]
        hysteresis, degc = cell[at.HYSTERESIS, c, first:last], cell[at.DEGC, c, first:last]
        r = cell[at.R_OHM, c, first:last]
        _charge(fill, lately_ah, per_ah, hysteresis, spilled, lost, terms.per_fill)
        _warm(degc, ambient, heat_a2s, r, spilled, half_gap, per_ah, np.float32(keep), kelvin_per_j, spill_j)
        if terms.heater_w > _F0:
            heated_s = state.lately[at.LATELY_HEATED_S, first:last]
            _warm_by_heater(degc, heated_s, np.float32(terms.heater_share) * kelvin_per_j)
        line_v, slope = cell[at.LINE_V, c, first:last], cell[at.LINE_SLOPE, c, first:last]
        _find(fill, points, parts)
        _read(points, line_v, slope, per_k, curves.ocv_v, curves.entropy)
        _lay(parts, degc, per_ah, lately_ah, line_v, slope, per_k, slopes, kelvin_per_j)
        if slow:
            r25, grows = cell[at.R25_OHM, c, first:last], per_k
            _read_growth(points, degc, grows, r, curves.r_factor, curves.r_share)
            _resist(r, r25, grows, r_sum)
    _forget(state.lately, first, last)


@kernel
def _mean_keep(decay: float) -> float:
    """Give what is left, on average, of heat that came evenly over a time in which exp(-decay) of it stays."""
    return -math.expm1(-decay) / decay if decay > 0.0 else 1.0


@kernel
def _forget(lately: Rows, first: int, last: int) -> None:
    for row in range(at.LATELY_ROWS):
        lately[row, first:last] = 0.0


@kernel
def _charge(
    fill: Rows, lately_ah: Rows, per_ah: Rows, hysteresis: Rows, spilled: Rows, lost: Any, per_fill: Any
) -> None:
    for k in range(fill.shape[0]):
        before = fill[k]
        after = before + lately_ah[k] * np.float64(per_ah[k]) - lost
        after = max(_LOWEST_FILL, after)
        after = min(_HIGHEST_FILL, after)
        fill[k] = after
        turned = hysteresis[k] + np.float32(after - before) * per_fill
        stopped = max(-_F1, turned)
        stopped = min(_F1, stopped)
        spilled[k] = turned - stopped
        hysteresis[k] = stopped


@kernel
def _warm(
    degc: Rows,
    ambient: Rows,
    heat_a2s: Rows,
    r: Rows,
    spilled: Rows,
    half_gap: Rows,
    per_ah: Rows,
    keep: Any,
    kelvin_per_j: Any,
    spill_j: Any,
) -> None:
    """Cool towards the air, warm by the resistances, and by the hysteresis on a branch; turning keeps its energy."""
    for k in range(degc.shape[0]):
        joule = r[k] * np.float32(heat_a2s[k]) + half_gap[k] * abs(spilled[k]) / per_ah[k] * spill_j
        degc[k] = ambient[k] + (degc[k] - ambient[k]) * keep + joule * kelvin_per_j


@kernel
def _warm_by_heater(degc: Rows, heated_s: Rows, kelvin_per_s: Any) -> None:
    for k in range(degc.shape[0]):
        degc[k] += np.float32(heated_s[k]) * kelvin_per_s


@kernel
def _find(fill: Rows, points: Rows, parts: Rows) -> None:
    """Find the place in the tables: the point below, and the part of the way to the next."""
    for k in range(fill.shape[0]):
        place = (np.float32(fill[k]) - _LOWEST) * _SLOPE_PER_FILL
        point = np.int32(place)
        points[k] = point
        parts[k] = place - np.float32(point)


@kernel
def _read(points: Rows, low_v: Rows, high_v: Rows, per_k: Rows, ocv: Rows, entropy: Rows) -> None:
    """Read the tables one by one.

    The way out of the loop, never taken, keeps the compiler from gathering several at once: on many processors that
    takes five times as long.
    """
    for k in range(points.shape[0]):
        point = np.uint32(points[k])
        if point >= ocv.shape[0]:
            break
        low_v[k] = ocv[point]
        high_v[k] = ocv[point + np.uint32(1)]
        per_k[k] = entropy[point]


@kernel
def _lay(
    parts: Rows,
    degc: Rows,
    per_ah: Rows,
    lately_ah: Rows,
    line_v: Rows,
    slope: Rows,
    per_k: Rows,
    slopes: Rows,
    kelvin_per_j: Any,
) -> None:
    """Lay the line of the resting voltage where the cell is now; warm it by what the entropy gave on the way.

    line_v, slope: hold the voltages of the points below and above.
    """
    for k in range(degc.shape[0]):
        low, rise = line_v[k], slope[k] - line_v[k]
        joule_per_k = np.float32(lately_ah[k]) * _SECONDS * per_k[k]
        warmed = degc[k] + joule_per_k * (degc[k] + _KELVIN) * kelvin_per_j
        degc[k] = warmed
        line_v[k] = low + rise * parts[k] + per_k[k] * (warmed - _REFERENCE)
        per_charge = rise * _SLOPE_PER_FILL * per_ah[k]
        slope[k] = per_charge
        slopes[k] += per_charge


@kernel
def _read_growth(points: Rows, degc: Rows, grows: Rows, share: Rows, by_fill: Rows, by_degc: Rows) -> None:
    """Read how the resistance grows with charge and temperature, one by one as in ``_read``."""
    for k in range(points.shape[0]):
        point = np.uint32(points[k])
        if point >= by_fill.shape[0]:
            break
        warm = min(max(degc[k] - _COLDEST, _F0), _LAST_DEGC)
        whole = np.uint32(warm)
        low = by_degc[whole]
        grows[k] = by_fill[point]
        share[k] = low + (warm - np.float32(whole)) * (by_degc[whole + np.uint32(1)] - low)


@kernel
def _resist(r: Rows, r25: Rows, grows: Rows, r_sum: Rows) -> None:
    """Give the resistance; r holds its share of that at 25 °C."""
    for k in range(r.shape[0]):
        r[k] = r25[k] * grows[k] * r[k]
        r_sum[k] += r[k]


@kernel
def _hysteresis_width(degc: Rows, table: Rows, half_gap: Rows) -> None:
    for k in range(degc.shape[0]):
        warm = min(max(degc[k] - _COLDEST, _F0), _LAST_DEGC)
        whole = np.uint32(warm)
        low = table[whole]
        half_gap[k] = low + (warm - np.float32(whole)) * (table[whole + np.uint32(1)] - low)
