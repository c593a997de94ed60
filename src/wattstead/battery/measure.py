"""What a pack says of itself: what its sensors read and its BMS believes, in the words of ``model.quantity``.

Plain Python values of one instant. Sensors read with their offset, gain and rounding, and with the drop over the
busbars; ``sense`` puts other readings in their place. The noise of a sample is left out: a report is the mean of many.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattstead.battery import estimator
from wattstead.battery.behaviour import LimiterKind, Switch
from wattstead.battery.check import require
from wattstead.battery.kernel import estimate
from wattstead.battery.kernel import layout as at
from wattstead.battery.packs import Floats, Packs
from wattstead.battery.sense import Sense
from wattstead.battery.terms import OFFSET_STEPS, estimator_terms
from wattstead.model.reading import Value

_DIODE_V = 0.7
"""Over an open switch of MOS whose diode carries the current."""
_OPEN_READS_DEGC, _SHORT_READS_DEGC = -40.0, 125.0
"""What a probe without reading seems to say: the ends of its scale (ours)."""


@dataclass(frozen=True, slots=True)
class PackReport:
    """What one pack says at one instant.

    values: by quantity name, in its unit; nothing is rounded for the wire, for that is the wire's affair.
    active: names of the rows that hold, in the order of the preset's protections.
    """

    values: dict[str, Value]
    active: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the sensors of one pack read. probes_degc: NaN for a probe that is open or short."""

    cells_v: tuple[float, ...]
    pack_v: float
    current_a: float
    probes_degc: tuple[float, ...]
    ambient_degc: float
    mos_degc: float
    soc: float


def report(packs: Packs, sense: Sense | None = None) -> tuple[PackReport, ...]:
    """Give what every pack says, in order."""
    return tuple(report_pack(packs, k, sense) for k in range(packs.count))


def report_pack(packs: Packs, k: int, sense: Sense | None = None) -> PackReport:
    """Give what pack k, counted from 0, says. Raises UsageError for an absent one."""
    seen = measured(packs, k, sense)
    values = _sensed(packs, k, seen, sense) | _believed(packs, k, seen) | _switched(packs, k, seen)
    bits = int(packs.state.active[k])
    names = tuple(row.name for place, row in enumerate(packs.preset.protections) if bits >> place & 1)
    return PackReport(values, names)


def measured(packs: Packs, k: int, sense: Sense | None = None) -> Measured:
    """Give what the sensors of pack k read. Raises UsageError for an absent one."""
    require(0 <= k < packs.count, "pack", k, f"be one of 0 to {packs.count - 1}")
    true_a = float(packs.current_a[k])
    cells = _cells(packs, k, true_a)
    if sense is not None:
        cells = _instead(cells, sense.cell_voltage_v[:, k])
    degc = packs.temperature_degc[:, k].tolist()
    off_k = packs.state.probe_offset[:, k] * (packs.preset.sensors.temperature_offset_k / OFFSET_STEPS)
    probes = [
        sum(degc[cell - 1] for cell in probe) / len(probe) + float(off)
        for probe, off in zip(packs.preset.probes, off_k, strict=True)
    ]
    if sense is not None:
        probes = [math.nan if math.isinf(one) else one for one in _instead(probes, sense.probe_degc[:, k])]
    return Measured(
        cells_v=tuple(cells),
        pack_v=_one(sum(cells), sense, at.SEEN_PACK_V, k),
        current_a=_one(_current(packs, k, true_a), sense, at.SEEN_CURRENT_A, k),
        probes_degc=tuple(probes),
        ambient_degc=_one(float(packs.ambient_degc[k]), sense, at.SEEN_AMBIENT, k),
        mos_degc=_one(float(packs.mos_degc[k]), sense, at.SEEN_MOS, k),
        soc=_one(100.0 * _soc(packs, k), sense, at.SEEN_SOC, k) / 100.0,
    )


def _cells(packs: Packs, k: int, true_a: float) -> list[float]:
    preset = packs.preset
    volts = packs.cell_voltage_v[:, k].astype(np.float64)
    volts += packs.state.offset[:, k] * (preset.sensors.cell_offset_v / OFFSET_STEPS)
    for busbar in preset.busbars:
        volts[busbar.cell - 1] += true_a * (busbar.ohm - busbar.corrected_ohm)
    return _rounded(volts, preset.sensors.cell_step_v)


def _current(packs: Packs, k: int, true_a: float) -> float:
    if not packs.on[k]:
        return 0.0
    read = true_a * float(packs.pack_row(at.GAIN_A)[k]) + float(packs.pack_row(at.OFFSET_A)[k])
    return _rounded(np.array([read]), packs.preset.sensors.current_step_a)[0]


def _rounded(values: NDArray[np.float64], step: float) -> list[float]:
    some: list[float] = (values if step <= 0.0 else np.rint(values / step) * step).tolist()
    return some


def _instead(true: list[float], seen: Floats) -> list[float]:
    return [one if math.isnan(given) else given for one, given in zip(true, seen.tolist(), strict=True)]


def _one(true: float, sense: Sense | None, row: int, k: int) -> float:
    return true if sense is None or math.isnan(given := float(sense.packs[row, k])) else given


def _soc(packs: Packs, k: int) -> float:
    return float(min(max(packs.state.tally[estimate.SOC, k], 0.0), 1.0))


def _sensed(packs: Packs, k: int, seen: Measured, sense: Sense | None) -> dict[str, Value]:
    share = packs.preset.board.board_share
    raw = sense.probe_degc[:, k].tolist() if sense is not None else [math.nan] * len(seen.probes_degc)
    return {
        "cell_voltage_v": seen.cells_v,
        "pack_voltage_v": seen.pack_v,
        "port_voltage_v": _one(port_voltage_v(packs, k), sense, at.SEEN_PORT_V, k),
        "pack_current_a": seen.current_a,
        "cell_temperature_degc": tuple(_probe(*one) for one in zip(seen.probes_degc, raw, strict=True)),
        "ambient_temperature_degc": seen.ambient_degc,
        "mos_temperature_degc": seen.mos_degc,
        "bms_temperature_degc": seen.ambient_degc + share * (seen.mos_degc - seen.ambient_degc),
    }


def _probe(degc: float, raw: float) -> float:
    if not math.isnan(degc):
        return degc
    return _OPEN_READS_DEGC if raw < 0.0 else _SHORT_READS_DEGC


def _believed(packs: Packs, k: int, seen: Measured) -> dict[str, Value]:
    """Give what the BMS has estimated and counted. Ah are those of the label, from its 0 % to its 100 %."""
    tally, belief = packs.state.tally[:, k : k + 1], packs.state.belief[:, k : k + 1]
    rated = packs.preset.rated_capacity_ah
    soh = float(estimator.soh_of(estimator_terms(packs.preset, 1.0)[0], tally, belief)[0][0])
    return {
        "soc_pct": 100.0 * seen.soc,
        "soc_bound_pct": 100.0 * float(estimator.soc_bound_of(tally, belief)[0]),
        "soh_pct": 100.0 * soh,
        "remaining_capacity_ah": seen.soc * soh * rated,
        "full_capacity_ah": soh * rated,
        "rated_capacity_ah": rated,
        "cycle_count": int(packs.cycles_by_rule[k]),
        "charged_energy_kwh": float(packs.charged_kwh[k]),
        "discharged_energy_kwh": float(packs.discharged_kwh[k]),
    }


def _switched(packs: Packs, k: int, seen: Measured) -> dict[str, Value]:
    status = int(packs.state.status[k])
    always = packs.preset.limiter.kind is LimiterKind.ACTIVE and seen.current_a > packs.preset.dead_band_a
    return {
        "charge_mos_on": bool(status & at.CHARGE_ON),
        "discharge_mos_on": bool(status & at.DISCHARGE_ON and not status & at.PRECHARGING),
        "precharge_mos_on": bool(status & at.PRECHARGING),
        "current_limiter_on": bool(status & at.LIMITING) or always,
        "heater_on": bool(status & at.HEATING),
        "fully_charged": fully_charged(packs, k),
        "operating_state": operating_state(packs, k, seen.current_a),
        "balancing_cells": packs.bleeding(k),
    }


def fully_charged(packs: Packs, k: int) -> bool:
    """Whether the BMS of pack k has seen it full, and little has flowed out since."""
    holds = float(packs.state.tally[estimate.HOLD_S, k]) >= max(packs.preset.estimator.full_hold_s, 1e-9)
    return holds or bool(packs.state.status[k] & at.FULL)


def operating_state(packs: Packs, k: int, current_a: float) -> str:
    """Say in one word what pack k does. current_a: as measured.

    charging, floating (charged on while full), discharging, full, standby; shutdown where it is off.
    """
    if not packs.on[k]:
        return "shutdown"
    full, dead_band_a = fully_charged(packs, k), packs.preset.dead_band_a
    if current_a > dead_band_a:
        return "floating" if full else "charging"
    if current_a < -dead_band_a:
        return "discharging"
    return "full" if full else "standby"


def port_voltage_v(packs: Packs, k: int) -> float:
    """Give the voltage at the terminals of pack k: behind switches and cable, 0 where an open switch holds it back.

    It is the pack's own: what a charger or other packs put on the bus stands in ``bank.Share``.
    """
    status, current = int(packs.state.status[k]), float(packs.current_a[k])
    charge, discharge = status & at.CHARGE_ON, status & at.DISCHARGE_ON and not status & at.PRECHARGING
    relay = packs.preset.switches.kind is Switch.RELAY
    if not status & at.ON or (relay and not (charge and discharge)):
        return 0.0
    diode_v = _DIODE_V if packs.preset.switches.kind is Switch.MOS else 0.0
    behind = float(packs.pack_row(at.EMF_V)[k]) + current * float(packs.pack_row(at.R_SUM_OHM)[k])
    behind += current * packs.preset.link_ohm
    if discharge:
        return behind if charge or current >= 0.0 else behind - diode_v
    return behind + diode_v if current > 0.0 else 0.0
