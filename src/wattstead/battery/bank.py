"""Packs in parallel on one busbar: physics shares the current among them.

Each pack is a voltage E behind a resistance R; the bus settles where all currents add up to the total:
``V_bus = (I_total + sum E/R) / sum 1/R`` over the packs that conduct. A pack whose charge MOS is open conducts only
while the bus lies below its E (through the body diode), one whose discharge MOS is open only while it lies above.

E and R are those of the *end* of the step: there all packs stand at the voltage of the bus, RC branch and curve
included. With those of its beginning, long steps would throw current to and fro between full packs. The curve is not
straight, so E and R are its tangent where the last pass ended, until the currents stand still (Newton's method).
"""

from dataclasses import dataclass

import numpy as np

from wattstead.battery.cell import fill_after
from wattstead.battery.check import require
from wattstead.battery.plan import Plan, plan_step
from wattstead.battery.state import Flags, Floats, PackState, sum_over_cells
from wattstead.battery.step import MOST_CURRENT_A, flowing

_MOST_PASSES = 8  # two or three are usual; five reach rounding even where 200 A jump over the knees of the curve
_STANDS_STILL_A = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """How one or several banks share their current.

    current_a: of each pack, ``[pack]``. bus_voltage_v: of each bank, 0 where no pack drives it. total_a: what each bank
    takes, which is less than asked where no pack may conduct that way.
    """

    current_a: Floats
    bus_voltage_v: Floats
    total_a: Floats


def share(state: PackState, total_a: float | Floats, dt_s: float, *, banks: int = 1) -> Share:
    """Share total_a among the packs of each bank for a step of dt_s; its current_a is the request for ``step``.

    banks: consecutive packs form one, all of equal size. total_a: one for all banks or one each; positive charges.
    Raises UsageError where the packs do not divide into banks, for NaN and infinity, and for a step of no length.
    """
    shape = _bank_shape(state, banks)
    asked = _per_bank("total_a", total_a, banks)
    asked = np.clip(asked, -MOST_CURRENT_A * shape[1], MOST_CURRENT_A * shape[1])
    charge, discharge = state.charge_mos_on.reshape(shape), state.discharge_mos_on.reshape(shape)
    packs, current = _Sources.of(state, plan_step(state.preset, dt_s)), state.current_a
    for _ in range(_MOST_PASSES):
        emf, ohm = packs.straightened_at(current)
        bus = bus_voltage(asked, emf.reshape(shape), ohm.reshape(shape), charge, discharge)
        before, current = current, _currents(bus, emf, ohm, state)
        if np.abs(current - before).max() < _STANDS_STILL_A:
            break
    return Share(current, bus, current.reshape(shape).sum(axis=1))


def current_at_voltage(state: PackState, bus_voltage_v: float | Floats, dt_s: float, *, banks: int = 1) -> Floats:
    """Give the current that each bank takes, ``[bank]``, so that its bus ends the step at bus_voltage_v.

    This is what a charger at constant voltage lets flow; negative where the bus would have to be pulled down.
    """
    shape = _bank_shape(state, banks)
    bus = _per_bank("bus_voltage_v", bus_voltage_v, banks)
    packs, current = _Sources.of(state, plan_step(state.preset, dt_s)), state.current_a
    for _ in range(_MOST_PASSES):
        before, current = current, _currents(bus, *packs.straightened_at(current), state)
        if np.abs(current - before).max() < _STANDS_STILL_A:
            break
    total: Floats = current.reshape(shape).sum(axis=1)
    return total


@dataclass(frozen=True, slots=True, eq=False)
class _Sources:
    """The packs as voltages behind resistances at the end of a step; curve apart, all of it is straight.

    rc_v: what will be left of the RC branches by then. ohm: of cells and link, with what the RC branches add by then.
    """

    state: PackState
    plan: Plan
    rc_v: Floats
    ohm: Floats

    @classmethod
    def of(cls, state: PackState, plan: Plan) -> "_Sources":
        ohm = sum_over_cells(state.r0_ohm + state.r1_ohm * (1.0 - plan.rc_keep)) + state.preset.link_ohm
        return cls(state, plan, sum_over_cells(state.rc_v) * plan.rc_keep, ohm)

    def straightened_at(self, current_a: Floats) -> tuple[Floats, Floats]:
        """Give E in V and R in ohm of each pack: the tangent of its end voltage over its current, at current_a."""
        state, dt_s = self.state, self.plan.dt_s
        filled = fill_after(state.fill, current_a, state.capacity_ah, dt_s)
        voltage, slope = state.preset.cell.ocv.voltage_and_slope(filled)
        slope /= state.capacity_ah
        rise = sum_over_cells(slope) * (dt_s / 3600.0)
        return sum_over_cells(voltage) + self.rc_v - rise * current_a, rise + self.ohm


def bus_voltage(total_a: Floats, emf: Floats, ohm: Floats, may_charge: Flags, may_discharge: Flags) -> Floats:
    """Solve for the bus voltage of each bank. total_a ``[bank]``, the rest ``[bank, pack]``.

    The current that a bus of voltage V drives into the packs only grows with V, and bends only where V passes an E: so
    where a MOS is open the E are sorted, the two that enclose the solution are found, and who conducts is known.
    """
    if may_charge.all() and may_discharge.all():
        siemens = 1.0 / ohm
        bus: Floats = (total_a + (siemens * emf).sum(axis=1)) / siemens.sum(axis=1)
        return bus
    return _bus_voltage_with_open_mos(total_a, emf, ohm, may_charge, may_discharge)


def _bus_voltage_with_open_mos(
    total_a: Floats, emf: Floats, ohm: Floats, may_charge: Flags, may_discharge: Flags
) -> Floats:
    order = np.argsort(emf, axis=1, kind="stable")
    e, r = np.take_along_axis(emf, order, axis=1), np.take_along_axis(ohm, order, axis=1)
    charge, discharge = np.take_along_axis(may_charge, order, axis=1), np.take_along_axis(may_discharge, order, axis=1)
    into = (e[:, :, np.newaxis] - e[:, np.newaxis, :]) / r[:, np.newaxis, :]
    into = np.where(into > 0.0, into * charge[:, np.newaxis, :], into * discharge[:, np.newaxis, :])
    below = (into.sum(axis=2) < total_a[:, np.newaxis]).sum(axis=1)
    conducts = np.where(np.arange(e.shape[1]) < below[:, np.newaxis], charge, discharge)
    siemens = conducts / r
    driven = siemens.sum(axis=1)
    solved = (total_a + (siemens * e).sum(axis=1)) / np.where(driven > 0.0, driven, 1.0)
    bus: Floats = np.where(driven > 0.0, solved, _open_bus(e, discharge))
    return bus


def _open_bus(emf: Floats, may_discharge: Flags) -> Floats:
    """Give the voltage of a bus into which nothing flows: that of the highest pack that may drive it, else 0."""
    highest: Floats = np.where(may_discharge, emf, 0.0).max(axis=1)
    return highest


def _currents(bus: Floats, emf: Floats, ohm: Floats, state: PackState) -> Floats:
    each = np.repeat(bus, emf.shape[0] // bus.shape[0])
    return flowing((each - emf) / ohm, state.charge_mos_on, state.discharge_mos_on)


def _bank_shape(state: PackState, banks: int) -> tuple[int, int]:
    divides = banks >= 1 and state.packs % banks == 0
    require(divides, "banks", banks, f"divide the {state.packs} packs into banks of equal size")
    return banks, state.packs // banks


def _per_bank(name: str, value: float | Floats, banks: int) -> Floats:
    given = np.asarray(value, dtype=np.float64)
    require(given.shape in {(), (banks,)}, name, value, f"be one number or one for each of the {banks} banks")
    require(bool(np.isfinite(given).all()), name, value, "be a finite number")
    return np.full(banks, given)
