"""From what a person and the surroundings do to what the engine takes in."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wattstead.battery.inputs import Inputs, Signal
from wattstead.battery.kernel import layout as at
from wattstead.virtual.given import NOTHING, Input

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
_ROWS: Final = (
    ("charge_voltage_v", at.HELD_AT_V),
    ("port_voltage_v", at.PORT_V),
    ("bus_gap_v", at.BUS_GAP_V),
    ("connection_ohm", at.LINK_EXTRA_OHM),
)


@dataclass(frozen=True)
class Flow:
    """What is asked of each pack in a step. own: places that stand alone, off the bus. waiting: kept off it.

    current_a ``[pack]``, positive charges. charge_voltage_v: where the charger of each stops. gap_v: between the bus
    and a pack that is to join it. failed: who has failed to join. ambient_degc: of the air around each.
    """

    current_a: NDArray[np.float64]
    charge_voltage_v: NDArray[np.float64]
    ambient_degc: NDArray[np.float64]
    gap_v: Sequence[float]
    failed: Sequence[bool]
    own: frozenset[int] = frozenset()
    waiting: frozenset[int] = frozenset()
    crossing: frozenset[int] = frozenset()


def inputs_of(flow: Flow, common: Input, own: Sequence[Input], on: Sequence[bool]) -> Inputs:
    """Make the inputs of all packs. common: what is done to all together. own: to each alone. on: who is on.

    What lies across the bus of several packs is shared by them: each sees its part.
    """
    packs = [one.over(common) for one in own]
    for place in flow.waiting - flow.own:
        packs[place] = packs[place].off_bus()
    sharing = max(1, len(packs) - len(flow.own | flow.waiting))
    values = np.zeros((at.GIVEN_ROWS, len(packs)), dtype=np.float32)
    values[at.ASKED_A], values[at.HELD_AT_V] = flow.current_a, flow.charge_voltage_v
    values[at.AIR_DEGC], values[at.BUS_GAP_V] = flow.ambient_degc, flow.gap_v
    values[at.PORT_V], values[at.SHORT_OHM] = nan, inf
    signals = np.zeros(len(packs), dtype=np.int32)
    for place, one in enumerate(packs):
        if one != NOTHING:
            _put(values[:, place], one, 1 if place in flow.own else sharing)
            signals[place] = _signals(one, on[place])
        if place in flow.crossing and not one.charger and np.isnan(values[at.PORT_V, place]):
            values[at.PORT_V, place] = 0.0  # its neighbours are no charger: it can be turned off
        if flow.failed[place]:
            signals[place] |= Signal.PARALLEL_FAULT
    return Inputs(values, signals)


def _put(values: NDArray[np.float32], one: Input, part: int) -> None:
    """Put what is done to a pack in place. part: among how many what lies across the terminals is shared."""
    for name, row in _ROWS:
        if (value := getattr(one, name)) is not None:
            values[row] = value
    if one.short_circuit_ohm is not None:
        values[at.SHORT_OHM] = one.short_circuit_ohm * part
    if one.inverter_capacitance_f is not None:
        values[at.INVERTER_F] = one.inverter_capacitance_f / part


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
