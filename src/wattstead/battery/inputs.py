"""What a person and the surroundings do to packs during a step (docs/models/bms.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag
from math import inf, isnan, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattstead.battery.check import require
from wattstead.battery.kernel import layout as at

Floats = NDArray[np.floating[Any]]
Numbers = float | Sequence[float] | Floats


class Signal(IntFlag):
    """What is either so or not. Faults are of the hardware, and last while they are given."""

    BUTTON = at.BUTTON  # held
    EMERGENCY_STOP = at.STOP  # the dry contact is open
    CHARGER = at.CHARGER  # a source stands at the port, whether it drives current or not
    LOAD = at.LOAD  # a load hangs on the port, whether it draws or not
    SILENCE = at.SILENCE  # the inverter does not speak
    SWITCHED_OFF = at.SWITCHED_OFF  # the external switch, where one is fitted
    SERVICE = at.SERVICE  # a technician's reset
    VOLTAGE_SENSOR_FAULT = 1 << 8
    TEMPERATURE_SENSOR_FAULT = 1 << 9
    CURRENT_SENSOR_FAULT = 1 << 10
    CHARGE_SWITCH_FAULT = 1 << 11
    DISCHARGE_SWITCH_FAULT = 1 << 12
    RELAY_DRIVE_FAULT = 1 << 13
    PRECHARGE_FAULT = 1 << 14
    LIMITER_FAULT = 1 << 15
    OUTPUT_REVERSED = 1 << 16
    PARALLEL_FAULT = 1 << 17
    SECONDARY_TRIP = 1 << 18


_ROWS = {
    "current_a": at.ASKED_A,
    "charge_voltage_v": at.HELD_AT_V,
    "ambient_degc": at.AIR_DEGC,
    "port_voltage_v": at.PORT_V,
    "short_ohm": at.SHORT_OHM,
    "inverter_f": at.INVERTER_F,
    "bus_gap_v": at.BUS_GAP_V,
    "connection_ohm": at.LINK_EXTRA_OHM,
}


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """One number a pack, float32. Build with ``of``.

    current_a: asked by load or charger, positive charges; what flows may be less. charge_voltage_v: a charger holds the
    port at most there (inf: it does not look). ambient_degc: of the air. port_voltage_v: of a source at the port, NaN
    where it follows from charger and charge voltage. short_ohm: across the port, inf for none. inverter_f: capacitance
    of an inverter there, 0 for none. bus_gap_v: between the pack and the bus that it is to join. connection_ohm: of a
    bad joint between cells and port. signals: bits of ``Signal``, int32.
    """

    values: Floats
    signals: NDArray[np.int32]

    @classmethod
    def of(
        cls,
        packs: int,
        current_a: Numbers = 0.0,
        ambient_degc: Numbers = 25.0,
        *,
        charge_voltage_v: Numbers = inf,
        port_voltage_v: Numbers = nan,
        short_ohm: Numbers = inf,
        inverter_f: Numbers = 0.0,
        bus_gap_v: Numbers = 0.0,
        connection_ohm: Numbers = 0.0,
        signals: Signal | int | Sequence[int] | NDArray[np.int32] = 0,
    ) -> "Inputs":
        """Build from one number for all packs or one for each. Raises UsageError with the name and the rule."""
        given = {
            "current_a": current_a,
            "charge_voltage_v": charge_voltage_v,
            "ambient_degc": ambient_degc,
            "port_voltage_v": port_voltage_v,
            "short_ohm": short_ohm,
            "inverter_f": inverter_f,
            "bus_gap_v": bus_gap_v,
            "connection_ohm": connection_ohm,
        }
        values = np.empty((at.GIVEN_ROWS, packs), dtype=np.float32)
        for name, value in given.items():
            values[_ROWS[name]] = _checked(name, value, packs)
        bits = np.asarray(signals, dtype=np.int32)
        require(bits.shape in {(), (packs,)}, "signals", bits, f"be one or one for each of the {packs} packs")
        return cls(values, np.full(packs, bits, dtype=np.int32))

    @property
    def packs(self) -> int:
        """For how many packs."""
        return len(self.signals)

    @property
    def current_a(self) -> Floats:
        """What is asked of each pack."""
        return np.asarray(self.values[at.ASKED_A])

    def span(self, start: int, end: int) -> "Inputs":
        """Give the inputs of the packs from ``start`` up to, not including, ``end``."""
        return Inputs(np.ascontiguousarray(self.values[:, start:end]), self.signals[start:end].copy())


_MAY_BE_INFINITE = {"charge_voltage_v", "short_ohm"}
_NOT_NEGATIVE = {"charge_voltage_v", "short_ohm", "inverter_f", "connection_ohm", "bus_gap_v"}


def _checked(name: str, value: Numbers, packs: int) -> Floats:
    given = np.asarray(value, dtype=np.float64)
    require(given.shape in {(), (packs,)}, name, value, f"be one number or one for each of the {packs} packs")
    if name == "port_voltage_v":
        given = np.where(np.isnan(given), 0.0, given)  # NaN stands for "not said" here alone
        checked = np.asarray(value, dtype=np.float64)
    else:
        checked = given
    for k, one in enumerate(np.atleast_1d(given).tolist()):
        where = name if given.shape == () else f"{name} of pack {k}"
        fine = not isnan(one) and (abs(one) != inf or (name in _MAY_BE_INFINITE and one > 0))
        require(fine, where, one, "be a finite number")
        require(one >= 0.0 or name not in _NOT_NEGATIVE, where, one, "not be negative")
        if not fine:
            break
    return np.full(packs, checked)
