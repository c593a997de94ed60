"""Packs in parallel on one busbar: physics shares the current among them.

Each pack is a voltage E behind a resistance R; the bus settles where all currents add up to the total:
``V_bus = (I_total + sum E/R) / sum 1/R`` over the packs that conduct. An open switch of MOS lets the other direction
through its diode, 0.7 V lower or higher; one of relays lets nothing through.

E and R are those of the *end* of the step: there all packs stand at the voltage of the bus, RC branch, hysteresis and
curve included. With those of its beginning, long steps would throw current to and fro between full packs. The curve is
not straight, so E and R are its tangent where the last pass ended, until the currents stand still (Newton's method).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattstead.battery.check import require
from wattstead.battery.kernel.share import solve
from wattstead.battery.packs import Flags, Packs
from wattstead.battery.terms import tables, terms

Amounts = float | NDArray[np.float64]

_MOST_A = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """How one or several banks share their current, float64.

    current_a: of each pack, ``[pack]``. bus_voltage_v: of each bank, 0 where no pack drives it. total_a: what each bank
    takes, which is less than asked where no pack may conduct that way.
    """

    current_a: NDArray[np.float64]
    bus_voltage_v: NDArray[np.float64]
    total_a: NDArray[np.float64]


def share(packs: Packs, total_a: Amounts, dt_s: float, *, banks: int = 1, joined: Flags | None = None) -> Share:
    """Share total_a among the packs of each bank for a step of dt_s; its current_a is what to ask of ``advance``.

    banks: consecutive packs form one, all of equal size. total_a: one for all banks or one each; positive charges.
    joined: which packs hang on the bus, ``[pack]``; all where None. Raises UsageError where the packs do not divide
    into banks, for NaN and infinity, and for a step of no length.
    """
    asked = np.clip(_per_bank(packs, "total_a", total_a, banks), -_MOST_A, _MOST_A)
    return _solved(packs, asked, dt_s, joined, holds=False)


def current_at_voltage(
    packs: Packs, bus_voltage_v: Amounts, dt_s: float, *, banks: int = 1, joined: Flags | None = None
) -> NDArray[np.float64]:
    """Give the current that each bank takes, ``[bank]``, so that its bus ends the step at bus_voltage_v.

    This is what a charger at constant voltage lets flow; negative where the bus would have to be pulled down.
    """
    return _solved(packs, _per_bank(packs, "bus_voltage_v", bus_voltage_v, banks), dt_s, joined, holds=True).total_a


def _solved(packs: Packs, given: NDArray[np.float64], dt_s: float, joined: Flags | None, *, holds: bool) -> Share:
    members = packs.count // len(given)
    on_bus = np.ones(packs.count, dtype=np.bool_) if joined is None else np.asarray(joined, dtype=np.bool_)
    require(on_bus.shape == (packs.count,), "joined", f"of shape {on_bus.shape}", f"be for the {packs.count} packs")
    preset, flows, bus = packs.preset, packs.current_a.astype(np.float64), np.zeros(len(given))
    solve(packs.state, members, given, int(holds), on_bus, tables(preset), terms(preset, float(dt_s)), flows, bus)
    return Share(flows, bus, flows.reshape(len(given), members).sum(axis=1))


def _per_bank(packs: Packs, name: str, value: Amounts, banks: int) -> NDArray[np.float64]:
    divides = banks >= 1 and packs.count % banks == 0
    require(divides, "banks", banks, f"divide the {packs.count} packs into banks of equal size")
    given = np.asarray(value, dtype=np.float64)
    require(given.shape in {(), (banks,)}, name, value, f"be one number or one for each of the {banks} banks")
    require(bool(np.isfinite(given).all()), name, value, "be a finite number")
    return np.full(banks, given)
