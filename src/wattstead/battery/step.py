"""One step of the battery: cells, then limits, then switches, then counters.

``step`` is pure: it makes a new state and never touches the old one. The state that it gives is what sensors see at the
end of the step, after the switches have acted: where a protection has just cut, the current is already 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattstead.battery.cell import Cells, advance
from wattstead.battery.check import require
from wattstead.battery.count import count
from wattstead.battery.plan import Plan, plan_step
from wattstead.battery.protect import switches, watch
from wattstead.battery.sense import Sense
from wattstead.battery.state import Flags, Floats, PackState, join, sum_over_cells

MOST_CURRENT_A = 1e4
"""More does not flow through a home battery's terminals, not even in a short circuit; a request beyond is cut to it."""

BLOCK_PACKS = 512
"""Packs worked on at a time: their arrays stay in the cache of a core, and fit the allocator's own heap."""


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What the surroundings do to each pack during a step.

    current_a: asked for, positive charges; what flows may be less. ambient_degc: of the air around. One number a pack.
    """

    current_a: Floats
    ambient_degc: Floats

    @classmethod
    def of(
        cls,
        packs: int,
        current_a: float | Sequence[float] | Floats,
        ambient_degc: float | Sequence[float] | Floats = 25.0,
    ) -> "Inputs":
        """Build from one number for all packs or one for each."""
        both = [np.asarray(value, dtype=np.float64) for value in (current_a, ambient_degc)]
        for name, value in zip(("current_a", "ambient_degc"), both, strict=True):
            require(value.shape in {(), (packs,)}, name, value, f"be one number or one for each of the {packs} packs")
        return cls(*(np.full(packs, value) for value in both))


def step(state: PackState, inputs: Inputs, dt_s: float, sense: Sense | None = None) -> PackState:
    """Let dt_s seconds pass with constant inputs.

    Any size of step gives the same cells; a limit acts at the end of a step, so up to one step late.
    sense: what sensors see in place of the truth; the BMS acts on it, the state given holds the truth.
    Raises UsageError for inputs of another number of packs, for NaN and infinity, and for a step of no length.
    """
    for name, value in (("current_a", inputs.current_a), ("ambient_degc", inputs.ambient_degc)):
        _check_input(name, value, state.packs)
    if sense is not None:
        sense.check(state)
    plan = plan_step(state.preset, dt_s)
    if state.packs <= BLOCK_PACKS:
        return _step_block(state, inputs.current_a, inputs.ambient_degc, plan, sense)
    spans = [(start, min(start + BLOCK_PACKS, state.packs)) for start in range(0, state.packs, BLOCK_PACKS)]
    parts = [
        _step_block(
            state.span(start, end),
            inputs.current_a[start:end],
            inputs.ambient_degc[start:end],
            plan,
            sense and sense.span(start, end),
        )
        for start, end in spans
    ]
    return join(parts, state)


def flowing(wanted_a: Floats, charge_mos_on: Flags, discharge_mos_on: Flags) -> Floats:
    """Give the current that flows: an open charge MOS still lets discharge through its body diode, and the reverse."""
    most = np.where(charge_mos_on, MOST_CURRENT_A, 0.0)
    least = np.where(discharge_mos_on, -MOST_CURRENT_A, 0.0)
    return np.minimum(np.maximum(wanted_a, least), most)


def _step_block(state: PackState, wanted_a: Floats, ambient_degc: Floats, plan: Plan, sense: Sense | None) -> PackState:
    current = flowing(wanted_a, state.charge_mos_on, state.discharge_mos_on)
    cells = advance(state, current, ambient_degc, plan)
    seen, seen_a = (cells, current) if sense is None else sense.of(cells, current)
    active, pending = watch(state, seen, seen_a, plan, sense)
    charge_on, discharge_on = switches(active)
    counts = count(state, seen, seen_a, active, plan.dt_s)
    current_after = flowing(current, charge_on, discharge_on)
    voltage, pack_voltage = _after_switching(state, cells, current, current_after)
    return PackState(
        preset=state.preset,
        time_s=state.time_s + plan.dt_s,
        capacity_ah=state.capacity_ah,
        r0_ohm=state.r0_ohm,
        r1_ohm=state.r1_ohm,
        fill=cells.fill,
        rc_v=cells.rc_v,
        temperature_degc=cells.temperature_degc,
        ocv_v=cells.ocv_v,
        cell_voltage_v=voltage,
        current_a=current_after,
        pack_voltage_v=pack_voltage,
        ambient_degc=ambient_degc.copy(),
        mos_degc=_mos_after(state, current, ambient_degc, plan),
        active=active,
        pending_s=pending,
        charge_mos_on=charge_on,
        discharge_mos_on=discharge_on,
        remaining_ah=counts.remaining_ah,
        full_ah=state.full_ah,
        full_hold_s=counts.full_hold_s,
        fully_charged=counts.fully_charged,
        cycles=counts.cycles,
        charged_kwh=counts.charged_kwh,
        discharged_kwh=counts.discharged_kwh,
    )


def _after_switching(state: PackState, cells: Cells, before_a: Floats, after_a: Floats) -> tuple[Floats, Floats]:
    """Give cell and pack voltage once the switches have acted: the drop over r0 goes with the current."""
    cut = before_a != after_a
    if not cut.any():
        return cells.voltage_v, cells.pack_voltage_v
    voltage = np.where(cut, cells.voltage_v - (before_a - after_a) * state.r0_ohm, cells.voltage_v)
    return voltage, np.where(cut, sum_over_cells(voltage), cells.pack_voltage_v)


def _mos_after(state: PackState, current_a: Floats, ambient_degc: Floats, plan: Plan) -> Floats:
    end = ambient_degc + state.preset.board.mos_k_per_a2 * current_a * current_a
    return end + (state.mos_degc - end) * plan.mos_keep


def _check_input(name: str, value: NDArray[np.float64], packs: int) -> None:
    require(value.shape == (packs,), name, f"of shape {value.shape}", f"hold one number for each of the {packs} packs")
    finite = np.isfinite(value)
    if not finite.all():
        k = int(np.argmin(finite))
        require(bool(finite[k]), f"{name} of pack {k}", float(value[k]), "be a finite number")
