"""From what a person and the surroundings do to what the engine takes in."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wattstead.battery.inputs import Inputs, Signal
from wattstead.virtual.given import Input

FAULTS: Final = {
    "voltage_sensor": Signal.VOLTAGE_SENSOR_FAULT,
    "temperature_sensor": Signal.TEMPERATURE_SENSOR_FAULT,
    "current_sensor": Signal.CURRENT_SENSOR_FAULT,
    "charge_switch": Signal.CHARGE_SWITCH_FAULT,
    "discharge_switch": Signal.DISCHARGE_SWITCH_FAULT,
    "relay_drive": Signal.RELAY_DRIVE_FAULT,
    "precharge": Signal.PRECHARGE_FAULT,
    "limiter": Signal.LIMITER_FAULT,
    "output_reversed": Signal.OUTPUT_REVERSED,
    "parallel": Signal.PARALLEL_FAULT,
    "secondary_trip": Signal.SECONDARY_TRIP,
}
"""What can be broken in the hardware of a pack."""

KEYS: Final = ("wake", "enter", "up", "down", "back")
"""Of a screen. The first two wake a pack that is off; on a pack that is on no key does anything yet."""
_WAKING = frozenset(KEYS[:2])
_SWITCHES: Final = (
    ("button", Signal.BUTTON),
    ("emergency_stop", Signal.EMERGENCY_STOP),
    ("charger", Signal.CHARGER),
    ("load", Signal.LOAD),
    ("inverter_silent", Signal.SILENCE),
    ("service", Signal.SERVICE),
)


@dataclass(frozen=True)
class Flow:
    """What is asked of each pack in a step. own: places that stand alone, off the bus.

    current_a ``[pack]``, positive charges. charge_voltage_v: where the charger of each stops. gap_v: between the bus
    and a pack that is to join it. failed: who has failed to join. ambient_degc: of the air around each.
    """

    current_a: NDArray[np.float64]
    charge_voltage_v: NDArray[np.float64]
    ambient_degc: NDArray[np.float64]
    gap_v: Sequence[float]
    failed: Sequence[bool]
    own: frozenset[int] = frozenset()


def inputs_of(flow: Flow, common: Input, own: Sequence[Input], on: Sequence[bool]) -> Inputs:
    """Make the inputs of all packs. common: what is done to all together. own: to each alone. on: who is on.

    What lies across the bus of several packs is shared by them: each sees its part.
    """
    packs = [one.over(common) for one in own]
    sharing = max(1, len(packs) - len(flow.own))
    parts = [1 if place in flow.own else sharing for place in range(len(packs))]
    return Inputs.of(
        len(packs),
        flow.current_a,
        flow.ambient_degc,
        charge_voltage_v=_each(packs, "charge_voltage_v", flow.charge_voltage_v),
        port_voltage_v=_each(packs, "port_voltage_v", [nan] * len(packs)),
        short_ohm=[_shared(one.short_circuit_ohm, part) for one, part in zip(packs, parts, strict=True)],
        inverter_f=[(one.inverter_capacitance_f or 0.0) / part for one, part in zip(packs, parts, strict=True)],
        bus_gap_v=_each(packs, "bus_gap_v", flow.gap_v),
        connection_ohm=[one.connection_ohm or 0.0 for one in packs],
        signals=[
            _signals(one, is_on) | (Signal.PARALLEL_FAULT if failed else 0)
            for one, is_on, failed in zip(packs, on, flow.failed, strict=True)
        ],
    )


def _each(packs: Sequence[Input], name: str, otherwise: Sequence[float] | NDArray[np.float64]) -> list[float]:
    given = [getattr(one, name) for one in packs]
    return [float(other) if value is None else float(value) for value, other in zip(given, otherwise, strict=True)]


def _shared(ohm: float | None, part: int) -> float:
    return inf if ohm is None else ohm * part


def _signals(one: Input, on: bool) -> int:  # noqa: FBT001 - of one pack
    bits = Signal(0)
    for name, signal in _SWITCHES:
        if getattr(one, name) and not (name == "charger" and one.short_circuit_ohm is not None):
            bits |= signal
    if one.load_w:
        bits |= Signal.LOAD
    if one.external_switch == "off":
        bits |= Signal.SWITCHED_OFF
    if not on and _WAKING & set(one.keypad or ()):
        bits |= Signal.BUTTON
    for name in one.faults or ():
        bits |= FAULTS[name]
    return int(bits)
