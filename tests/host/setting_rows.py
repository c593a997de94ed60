"""What each setting does to the rows of a virtual BMS, tried on as many packs as there are rows, all at once.

A row is seen to trip between its old and its new limit, to end between its old and its new recovery, and to take the
time that a delay says. Sensors are made to see what the row watches; the engine steps.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from wattstead.battery.inputs import Inputs, Signal
from wattstead.battery.packs import Packs
from wattstead.battery.preset import PackPreset
from wattstead.battery.sense import Sense
from wattstead.battery.step import EventKind, advance
from wattstead.model.pack import PackRow
from wattstead.model.protection import Action, Atom, Channel, Gate

FLOWS_A = 20.0
STEP_S = 0.1


@dataclass
class Trial:
    """What one pack sees: ``first`` for a while, then ``then``, where it is given. began_s: after the start of the
    first, ended_s: after the start of the second.
    """

    row: PackRow
    first: float
    then: float | None = None
    began_s: float = inf
    ended_s: float = inf


def far(*rows: PackRow) -> float:
    """Give a value at which each of these, which are one row with several limits, trips for certain."""
    row = rows[0]
    room = {"V": 0.04, "A": 40.0, "degC": 8.0, "%": 0.5, "ohm": 0.02}.get(row.channel.unit, 0.5)
    if row.channel in (Channel.PACK_VOLTAGE, Channel.PORT_VOLTAGE):
        room = 1.0
    return max(one.trip for one in rows) + room if row.above else min(one.trip for one in rows) - room


def run(preset: PackPreset, trials: Sequence[Trial], first_s: float, then_s: float = 0.0) -> Sequence[Trial]:
    """Let all packs see what their trials say, one pack a trial, and note when their rows began and ended."""
    if not trials:
        return trials
    packs = Packs.rest(preset, len(trials), 0.5)
    _watch(packs, trials, [one.first for one in trials], first_s, later=False)
    if then_s > 0.0:
        _watch(packs, trials, [one.then for one in trials], then_s, later=True)
    return trials


def _watch(
    packs: Packs, trials: Sequence[Trial], values: Sequence[float | None], seconds: float, *, later: bool
) -> None:
    start_s = packs.time_s
    sense, inputs = _seen(packs, trials, values, later=later)
    log = advance(packs, inputs, STEP_S, round(seconds / STEP_S), sense=sense)
    assert not log.lost
    for event in log.events(packs.preset):
        trial = trials[event.pack]
        if event.name != trial.row.name:
            continue
        if event.kind is EventKind.BEGAN and not later:
            trial.began_s = min(trial.began_s, event.at_s - start_s)
        if event.kind is EventKind.ENDED and later:
            trial.ended_s = min(trial.ended_s, event.at_s - start_s)


def _seen(
    packs: Packs, trials: Sequence[Trial], values: Iterable[float | None], *, later: bool
) -> tuple[Sense, Inputs]:
    sense, signals = Sense.true(packs), np.zeros(packs.count, dtype=np.int32)
    port_v = np.full(packs.count, np.nan, dtype=np.float32)
    sense.current_a[:] = 0.0
    sense.soc_pct[:] = 50.0
    sense.cell_voltage_v[:] = 3.3
    for place, (trial, value) in enumerate(zip(trials, values, strict=True)):
        if value is None:
            continue
        gate, channel = trial.row.gate, trial.row.channel
        flows_a = {Gate.CHARGING: FLOWS_A, Gate.LOADED: FLOWS_A, Gate.DISCHARGING: -FLOWS_A}.get(gate, 0.0)
        sense.current_a[place] = 0.0 if later else flows_a
        if gate is Gate.CHARGER and not later:
            signals[place] |= int(Signal.CHARGER)
        match channel:
            case Channel.CELL_VOLTAGE_MAX | Channel.CELL_VOLTAGE_MIN:
                sense.cell_voltage_v[0, place] = value
            case Channel.CELL_VOLTAGE_DIFFERENCE:
                sense.cell_voltage_v[0, place] = 3.3 + value
            case Channel.PACK_VOLTAGE:
                sense.pack_voltage_v[place] = value
            case Channel.PORT_VOLTAGE:
                sense.port_voltage_v[place] = value
                signals[place] |= int(Signal.CHARGER)
            case Channel.CHARGE_CURRENT:
                sense.current_a[place] = value
            case Channel.DISCHARGE_CURRENT:
                sense.current_a[place] = -value
                signals[place] |= int(Signal.LOAD)  # it stays, so that nothing but time ends the row
            case Channel.CELL_TEMPERATURE_MAX | Channel.CELL_TEMPERATURE_MIN:
                sense.probe_degc[:, place] = value
            case Channel.AMBIENT_TEMPERATURE:
                sense.ambient_degc[place] = value
            case Channel.MOS_TEMPERATURE:
                sense.mos_degc[place] = value
            case Channel.SOC:
                sense.soc_pct[place] = value
            case Channel.CONNECTION_RESISTANCE:
                sense.connection_ohm[place] = value
            case Channel.BUTTON_STUCK:
                signals[place] |= int(Signal.BUTTON)
            case Channel.EMERGENCY_STOP:
                signals[place] |= int(Signal.EMERGENCY_STOP)
            case Channel.SECONDARY_TRIP:
                signals[place] |= int(Signal.SECONDARY_TRIP)
            case _:
                signals[place] |= int(Signal[channel.name])
    return sense, Inputs.of(packs.count, 0.0, port_voltage_v=port_v, signals=signals)


def by_value(row: PackRow) -> bool:
    """Whether the row ends once its value is back; what else its recovery wants is given here: no load, half full."""
    ends = {Atom.VALUE, Atom.SOC, Atom.LOAD_REMOVED}
    if Action.POWER_OFF in row.actions:
        return False  # who is off ends nothing
    return any(Atom.VALUE in clause for clause in row.recovery) and all(clause & ends for clause in row.recovery)


def by_time(row: PackRow) -> bool:
    """Whether the row ends some time after its trip."""
    return any(Atom.ELAPSED in clause for clause in row.recovery)
