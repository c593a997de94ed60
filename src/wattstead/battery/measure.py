"""What a pack says of itself: its state in the words of ``model.quantity``, as plain Python values.

A report is of the state given: for what sensors see in place of the truth, give it ``sense.Sense.seen(state)``.
"""

from dataclasses import dataclass

from wattstead.battery.check import require
from wattstead.battery.limit import NAMES
from wattstead.battery.state import PackState
from wattstead.model.reading import Value

_BODY_DIODE_V = 0.7
"""Over an open MOS whose diode carries the current."""


@dataclass(frozen=True, slots=True)
class PackReport:
    """What one pack says at one instant.

    values: by quantity name, in its unit; nothing is rounded, for that is the wire's affair.
    active: names of the limits that hold, in the order of ``limit.ROWS``.
    """

    values: dict[str, Value]
    active: tuple[str, ...]


def report(state: PackState) -> tuple[PackReport, ...]:
    """Give what every pack says, in order."""
    return tuple(report_pack(state, k) for k in range(state.packs))


def report_pack(state: PackState, k: int) -> PackReport:
    """Give what pack k, counted from 0, says. Raises UsageError for an absent one."""
    require(0 <= k < state.packs, "pack", k, f"be one of 0 to {state.packs - 1}")
    values = _measured(state, k) | _counted(state, k) | _switched(state, k)
    return PackReport(values, tuple(name for name, on in zip(NAMES, state.active[:, k].tolist(), strict=True) if on))


def _measured(state: PackState, k: int) -> dict[str, Value]:
    ambient, mos = float(state.ambient_degc[k]), float(state.mos_degc[k])
    return {
        "cell_voltage_v": tuple(state.cell_voltage_v[:, k].tolist()),
        "pack_voltage_v": float(state.pack_voltage_v[k]),
        "port_voltage_v": port_voltage_v(state, k),
        "pack_current_a": float(state.current_a[k]),
        "cell_temperature_degc": _probes(state, k),
        "ambient_temperature_degc": ambient,
        "mos_temperature_degc": mos,
        "bms_temperature_degc": ambient + state.preset.board.board_share * (mos - ambient),
    }


def _counted(state: PackState, k: int) -> dict[str, Value]:
    remaining, full, rated = float(state.remaining_ah[k]), float(state.full_ah[k]), state.preset.rated_capacity_ah
    return {
        "soc_pct": 100.0 * remaining / full,
        "soh_pct": 100.0 * full / rated,
        "remaining_capacity_ah": remaining,
        "full_capacity_ah": full,
        "rated_capacity_ah": rated,
        "cycle_count": int(state.cycles[k]),
        "charged_energy_kwh": float(state.charged_kwh[k]),
        "discharged_energy_kwh": float(state.discharged_kwh[k]),
    }


def _switched(state: PackState, k: int) -> dict[str, Value]:
    return {
        "charge_mos_on": bool(state.charge_mos_on[k]),
        "discharge_mos_on": bool(state.discharge_mos_on[k]),
        "fully_charged": bool(state.fully_charged[k]),
        "operating_state": operating_state(state, k),
        "balancing_cells": (),  # this form has no balancer
    }


def operating_state(state: PackState, k: int) -> str:
    """Say in one word what pack k does: charging, floating (charged on while full), discharging, full or standby."""
    current, full = float(state.current_a[k]), bool(state.fully_charged[k])
    if current > state.preset.dead_band_a:
        return "floating" if full else "charging"
    if current < -state.preset.dead_band_a:
        return "discharging"
    return "full" if full else "standby"


def port_voltage_v(state: PackState, k: int) -> float:
    """Give the voltage at the terminals of pack k: behind MOS and cable, 0 where the discharge MOS holds it back.

    It is the pack's own: what a charger or other packs put on the bus stands in ``bank.Share``.
    """
    current = float(state.current_a[k])
    behind_link = float(state.pack_voltage_v[k]) + current * state.preset.link_ohm
    if state.discharge_mos_on[k]:
        return behind_link if state.charge_mos_on[k] or current >= 0.0 else behind_link - _BODY_DIODE_V
    return behind_link + _BODY_DIODE_V if current > 0.0 else 0.0


def _probes(state: PackState, k: int) -> tuple[float, ...]:
    degc = state.temperature_degc[:, k].tolist()
    return tuple(sum(degc[cell - 1] for cell in probe) / len(probe) for probe in state.preset.probes)
