"""What the BMS counts: remaining charge with its resets, cycles, energy. It sees measured values only."""

from dataclasses import dataclass

import numpy as np

from wattstead.battery.cell import Cells
from wattstead.battery.plan import STOPS_CHARGE, STOPS_DISCHARGE
from wattstead.battery.state import Flags, Floats, PackState

_WS_PER_KWH = 3.6e6


@dataclass(frozen=True, slots=True)
class Counts:
    """The counters after a step, ``[pack]``; fields as in PackState."""

    remaining_ah: Floats
    full_hold_s: Floats
    fully_charged: Flags
    cycles: Floats
    charged_kwh: Floats
    discharged_kwh: Floats


def count(state: PackState, cells: Cells, current_a: Floats, active: Flags, dt_s: float) -> Counts:
    """Count a step in which current_a flowed and after which ``active`` limits hold."""
    moved_ah = current_a * (dt_s / 3600.0)
    hold = _full_hold(state, cells, current_a, dt_s)
    remaining, full = _remaining(state, moved_ah, hold, active & ~state.active)
    still_full = state.fully_charged & (remaining > state.full_ah * state.preset.counter.full_release)
    energy_kwh = cells.mean_pack_voltage_v * current_a * (dt_s / _WS_PER_KWH)
    return Counts(
        remaining_ah=remaining,
        full_hold_s=hold,
        fully_charged=full | still_full,
        cycles=state.cycles + np.abs(moved_ah) / (2.0 * state.preset.rated_capacity_ah),
        charged_kwh=state.charged_kwh + np.where(current_a > 0.0, energy_kwh, 0.0),
        discharged_kwh=state.discharged_kwh - np.where(current_a < 0.0, energy_kwh, 0.0),
    )


def _remaining(state: PackState, moved_ah: Floats, hold_s: Floats, began: Flags) -> tuple[Floats, Flags]:
    """Give the counted charge and whether the pack has just been seen full. began: limits that hold since this step."""
    remaining = np.minimum(np.maximum(state.remaining_ah + moved_ah, 0.0), state.full_ah)
    full = (hold_s > 0.0) & (hold_s >= state.preset.counter.full_hold_s)
    if began.any():
        full |= began[STOPS_CHARGE].any(axis=0)
        remaining = np.where(began[STOPS_DISCHARGE].any(axis=0), 0.0, remaining)
    return np.where(full, state.full_ah, remaining), full


def _full_hold(state: PackState, cells: Cells, current_a: Floats, dt_s: float) -> Floats:
    """Give for how long the pack has looked full: high voltage while hardly any current flows."""
    counter = state.preset.counter
    looks_full = cells.pack_voltage_v >= counter.full_cell_voltage_v * state.preset.cells
    looks_full &= current_a >= -state.preset.dead_band_a
    looks_full &= current_a <= counter.full_current_c * state.full_ah
    return np.where(looks_full, state.full_hold_s + dt_s, 0.0)
