"""Watching the limits: which are active after a step (SEP-6, SEP-7).

A limit waits while its value is beyond the trip value and current flows in its direction; it becomes active once it
has waited its delay, and ends only at the recovery value. Its wait begins inside the step, where a straight line
between the voltages at both ends crosses the trip value; so a big step finds a trip at most one step late.
A direction that ends stops the waiting, but ends no active limit.
"""

import numpy as np

from wattstead.battery.cell import Cells
from wattstead.battery.plan import CHANNEL, GATE, STOPS_CHARGE, STOPS_DISCHARGE, Plan
from wattstead.battery.sense import Sense
from wattstead.battery.state import Flags, Floats, PackState, sum_over_cells

_SAME_INSTANT_S = 1e-6
"""Ten waits of 0.1 s are 1 s, though their sum in binary is not."""


def watch(
    state: PackState, cells: Cells, current_a: Floats, plan: Plan, sense: Sense | None = None
) -> tuple[Flags, Floats]:
    """Give ``active`` and ``pending_s`` after a step in which current_a flowed; cells and current as the BMS sees them.

    sense: what the sensors see in place of the truth, also when the step began.
    """
    values = _channels(cells.voltage_v, cells.pack_voltage_v)[CHANNEL] * plan.sign
    beyond: Flags = _gates(current_a, state.preset.dead_band_a)[GATE]
    beyond &= values >= plan.trip
    pending = _pending(state, current_a, values, beyond, plan, sense)
    active = state.active & (values > plan.recover)
    active |= beyond & (pending + _SAME_INSTANT_S >= plan.delay_s)
    return np.asarray(active), pending


def switches(active: Flags) -> tuple[Flags, Flags]:
    """Tell for each pack whether charge and discharge MOS conduct: no active limit cuts them, in whatever order."""
    no_charge: Flags = np.logical_or.reduce(active[STOPS_CHARGE], axis=0)
    no_discharge: Flags = np.logical_or.reduce(active[STOPS_DISCHARGE], axis=0)
    return ~no_charge, ~no_discharge


def _channels(cell_voltage_v: Floats, pack_voltage_v: Floats) -> Floats:
    """Stack the measured values in the order of ``limit.Channel``."""
    return np.stack((cell_voltage_v.max(axis=0), cell_voltage_v.min(axis=0), pack_voltage_v))


def _gates(current_a: Floats, dead_band_a: float) -> Flags:
    """Stack the directions in the order of ``limit.Gate``; exactly the dead band is still standby."""
    return np.stack((current_a > dead_band_a, current_a < -dead_band_a))


def _pending(
    state: PackState, current_a: Floats, values: Floats, beyond: Flags, plan: Plan, sense: Sense | None
) -> Floats:
    """Give for how long each limit has been beyond its value without a break."""
    pending = np.zeros_like(state.pending_s)
    packs = np.flatnonzero(beyond.any(axis=0))
    if not packs.size:
        return pending
    start = _values_at_start(state, current_a, packs, plan, sense)
    was_beyond = start >= plan.trip
    crosses = beyond[:, packs] & ~was_beyond
    rise = np.where(crosses, values[:, packs] - start, 1.0)
    since_crossing = np.where(crosses, (values[:, packs] - plan.trip) / rise * plan.dt_s, 0.0)
    waited = np.where(was_beyond, state.pending_s[:, packs] + plan.dt_s, since_crossing)
    pending[:, packs] = np.where(beyond[:, packs], waited, 0.0)
    return pending


def _values_at_start(
    state: PackState,
    current_a: Floats,
    packs: np.ndarray[tuple[int], np.dtype[np.intp]],
    plan: Plan,
    sense: Sense | None,
) -> Floats:
    """Give the channels of some packs just after the current of this step began to flow."""
    voltage = state.ocv_v[:, packs] + state.rc_v[:, packs] + current_a[packs] * state.r0_ohm[:, packs]
    pack_voltage = sum_over_cells(voltage)
    if sense is not None:
        voltage, pack_voltage = sense.voltages(voltage, pack_voltage, packs)
    return _channels(voltage, pack_voltage)[CHANNEL] * plan.sign
