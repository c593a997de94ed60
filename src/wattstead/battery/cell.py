"""The cells: charge, RC branch, heat and terminal voltage after a step of constant current.

All four are exact for a constant current, so steps of 1, 10 and 60 s agree; docs/models/cell.md derives them.
Sums over the cells are taken in a fixed order, so one pack alone gives the same bits as within a fleet.
"""

from dataclasses import dataclass

import numpy as np

from wattstead.battery.ocv import HIGHEST_FILL, LOWEST_FILL
from wattstead.battery.plan import Plan
from wattstead.battery.state import Floats, PackState, sum_over_cells


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells at the end of a step, ``[cell, pack]``, with mean_pack_voltage_v over the step, ``[pack]``."""

    fill: Floats
    rc_v: Floats
    temperature_degc: Floats
    ocv_v: Floats
    voltage_v: Floats
    pack_voltage_v: Floats
    mean_pack_voltage_v: Floats


def advance(state: PackState, current_a: Floats, ambient_degc: Floats, plan: Plan) -> Cells:
    """Let current_a flow through every cell of each pack for the planned step, ambient_degc around them."""
    fill = fill_after(state.fill, current_a, state.capacity_ah, plan.dt_s)
    ocv = state.preset.cell.ocv.voltage(fill)
    rc_end = current_a * state.r1_ohm
    rc_apart = state.rc_v - rc_end
    rc = rc_end + rc_apart * plan.rc_keep
    over_r0 = current_a * state.r0_ohm
    voltage = ocv + rc
    voltage += over_r0
    warmth = _warmth_after(state, current_a, ambient_degc, rc_end, rc_apart, over_r0, plan)
    mean = (state.ocv_v + ocv) * 0.5
    mean += rc_end + rc_apart * plan.rc_mean
    mean += over_r0
    return Cells(fill, rc, warmth + ambient_degc, ocv, voltage, sum_over_cells(voltage), sum_over_cells(mean))


def fill_after(fill: Floats, current_a: Floats, capacity_ah: Floats, dt_s: float) -> Floats:
    """Count charge into the cells; what lies beyond the ends of the curve is lost (see ocv.HIGHEST_FILL)."""
    after = current_a * (dt_s / 3600.0) / capacity_ah
    after += fill
    np.maximum(after, LOWEST_FILL, out=after)
    np.minimum(after, HIGHEST_FILL, out=after)
    return after


def _warmth_after(
    state: PackState,
    current_a: Floats,
    ambient_degc: Floats,
    rc_end: Floats,
    rc_apart: Floats,
    over_r0: Floats,
    plan: Plan,
) -> Floats:
    """Give each cell's temperature over ambient in K.

    Heat is what both resistors burn: i² r0 + u²/r1, where u fades from its start towards i r1.
    """
    warmth = (state.temperature_degc - ambient_degc) * plan.warmth_keep
    warmth += current_a * (over_r0 + rc_end) * plan.k_per_w_steady
    warmth += current_a * 2.0 * rc_apart * plan.k_per_w_fading
    warmth += rc_apart * rc_apart / state.r1_ohm * plan.k_per_w_fading_twice
    return warmth
