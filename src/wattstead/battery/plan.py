"""What a preset and a step size fix, worked out once and kept: decay factors, and the limits as columns.

Current and ambient are constant within a step, so the equations of a cell have closed solutions; all that depends on
the step size alone stands here. Derivation: docs/models/cell.md.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from wattstead.battery.check import require
from wattstead.battery.limit import ROWS, Stops
from wattstead.battery.preset import PackPreset
from wattstead.battery.state import Flags, Floats
from wattstead.model.threshold import Threshold

_NEVER = Threshold(trip=math.inf, recover=math.inf)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Factors of one step.

    rc_keep: share of the RC voltage's distance from its end value that remains. rc_mean: its mean over the step.
    warmth_keep: likewise of a cell's warmth over ambient, ``[cell, 1]``. k_per_w_*: K of warming per W of heat that is
    steady, that fades with the RC branch, and that fades twice as fast. mos_keep: as warmth_keep, for the MOS.
    sign, trip, recover, delay_s ``[limit, 1]``: of the limits, with the lower ones turned so that more is always worse.
    """

    dt_s: float
    rc_keep: float
    rc_mean: float
    warmth_keep: Floats
    k_per_w_steady: Floats
    k_per_w_fading: Floats
    k_per_w_fading_twice: Floats
    mos_keep: float
    sign: Floats
    trip: Floats
    recover: Floats
    delay_s: Floats


CHANNEL = np.array([row.channel for row in ROWS], dtype=np.intp)
GATE = np.array([row.gate for row in ROWS], dtype=np.intp)
STOPS_CHARGE: Flags = np.array([row.stops is Stops.CHARGE for row in ROWS])
STOPS_DISCHARGE: Flags = np.array([row.stops is Stops.DISCHARGE for row in ROWS])


@lru_cache(maxsize=256)
def plan_step(preset: PackPreset, dt_s: float) -> Plan:
    """Work out the factors of a step of dt_s seconds. Raises UsageError for a step of no length."""
    require(math.isfinite(dt_s) and dt_s > 0.0, "dt_s", dt_s, "be above 0: time only goes on")
    cell, fading = preset.cell, 1.0 / preset.cell.tau_s
    cooling = [coupling / cell.heat_capacity_j_per_k for coupling in cell_cooling_w_per_k(preset)]

    def warming(rate: float) -> Floats:
        return _column([both_fade(rate, one, dt_s) / cell.heat_capacity_j_per_k for one in cooling])

    thresholds = [preset.limits.of(row) or _NEVER for row in ROWS]
    signs = [1.0 if row.above or preset.limits.of(row) is None else -1.0 for row in ROWS]
    return Plan(
        dt_s=dt_s,
        rc_keep=math.exp(-fading * dt_s),
        rc_mean=both_fade(fading, 0.0, dt_s) / dt_s,
        warmth_keep=_column([math.exp(-one * dt_s) for one in cooling]),
        k_per_w_steady=warming(0.0),
        k_per_w_fading=warming(fading),
        k_per_w_fading_twice=warming(2.0 * fading),
        mos_keep=math.exp(-dt_s / preset.board.tau_s),
        sign=_column(signs),
        trip=_column([sign * one.trip for sign, one in zip(signs, thresholds, strict=True)]),
        recover=_column([sign * one.recover for sign, one in zip(signs, thresholds, strict=True)]),
        delay_s=_column([one.delay_s for one in thresholds]),
    )


def cell_cooling_w_per_k(preset: PackPreset) -> tuple[float, ...]:
    """Share the pack's coupling to ambient among its cells, in W/K, first and last with their advantage."""
    shares = [preset.edge_cooling if cell in {0, preset.cells - 1} else 1.0 for cell in range(preset.cells)]
    return tuple(preset.cooling_w_per_k * share / sum(shares) for share in shares)


def both_fade(rate_a: float, rate_b: float, dt_s: float) -> float:
    """Integrate exp(-a s) exp(-b (dt - s)) over s from 0 to dt, in seconds; rates in 1/s, equal ones too."""
    apart = abs(rate_a - rate_b) * dt_s
    mean = -math.expm1(-apart) / apart if apart > 0.0 else 1.0
    return math.exp(-min(rate_a, rate_b) * dt_s) * dt_s * mean


def _column(values: list[float]) -> Floats:
    return np.array(values, dtype=np.float64)[:, np.newaxis]
