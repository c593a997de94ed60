"""Letting time pass: one step or many, for one pack or a hundred thousand.

``advance`` changes a state in place, as fast as it goes; ``step`` leaves the old state alone and makes a new one. The
state after a step is what it is once the switches have acted: where a protection has just cut, the current is 0.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from wattstead.battery import jit
from wattstead.battery.check import require, whole
from wattstead.battery.inputs import Inputs
from wattstead.battery.kernel import drive
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import Events, Given
from wattstead.battery.packs import Packs
from wattstead.battery.preset import PackPreset
from wattstead.battery.sense import Sense
from wattstead.battery.terms import estimator_terms, rows_of, tables, terms

MOST_CURRENT_A = 1e4
"""More does not flow through a home battery's terminals, not even in a short circuit; a request beyond is cut to it."""
_NOTHING = np.empty((0, 0), dtype=np.float32)
_ROOM = 64  # events of a pack in one call


class EventKind(Enum):
    """What has happened to a row."""

    BEGAN = at.BEGAN
    ENDED = at.ENDED
    LOCKED = at.LOCKED
    UNLOCKED = at.UNLOCKED


@dataclass(frozen=True, slots=True)
class Event:
    """A row of a pack has begun, ended, locked or been unlocked. at_s: simulated time, exact within the step."""

    at_s: float
    pack: int
    name: str
    kind: EventKind


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """Events as arrays, in the order in which they were found. lost: how many found no room."""

    at_s: "np.ndarray[tuple[int], np.dtype[np.float64]]"
    pack: "np.ndarray[tuple[int], np.dtype[np.int32]]"
    row: "np.ndarray[tuple[int], np.dtype[np.int32]]"
    kind: "np.ndarray[tuple[int], np.dtype[np.int32]]"
    lost: int

    def events(self, preset: PackPreset) -> tuple[Event, ...]:
        """Give them one by one, in order of time."""
        order = np.argsort(self.at_s, kind="stable")
        return tuple(
            Event(float(self.at_s[j]), int(self.pack[j]), preset.protections[self.row[j]].name, EventKind(self.kind[j]))
            for j in order.tolist()
        )


def step(packs: Packs, inputs: Inputs, dt_s: float, sense: Sense | None = None) -> Packs:
    """Let dt_s seconds pass with constant inputs and give the state after; the one given stays as it is."""
    after = packs.copy()
    advance(after, inputs, dt_s, sense=sense)
    return after


def advance(packs: Packs, inputs: Inputs, dt_s: float, steps: int = 1, *, sense: Sense | None = None) -> Log:
    """Let ``steps`` steps of dt_s seconds pass with constant inputs, in place.

    Any size of step gives the same cells; a row acts at most one step late, one on current in time. sense: what sensors
    see in place of the truth; the BMS acts on it, the state holds the truth. The first call on a machine compiles for
    some seconds (``jit.ready``). Raises UsageError for inputs of another number of packs and for a step of no length.
    """
    require(inputs.packs == packs.count, "inputs", inputs.packs, f"be for the {packs.count} packs")
    whole("steps", steps, 1, "time only goes on")
    preset, n = packs.preset, packs.count
    known = terms(preset, float(dt_s))
    if sense is not None:
        sense.check(packs)
    room = 1024 + _ROOM * min(n, 1 << 14)
    events = Events(
        length=np.zeros(1, dtype=np.int64),
        at_s=np.empty(room, dtype=np.float64),
        pack=np.empty(room, dtype=np.int32),
        row=np.empty(room, dtype=np.int32),
        kind=np.empty(room, dtype=np.int32),
    )
    given = Given(
        inputs.values,
        inputs.signals,
        _NOTHING if sense is None else sense.packs,
        _NOTHING if sense is None else sense.cell_voltage_v,
        _NOTHING if sense is None else sense.probe_degc,
    )
    drive.run(
        packs.state,
        given,
        steps,
        n,
        rows_of(preset),
        tables(preset),
        known,
        estimator_terms(preset, float(dt_s)),
        events,
    )
    jit.remember()
    length = int(events.length[0])
    kept = min(length, room)
    return Log(events.at_s[:kept], events.pack[:kept], events.row[:kept], events.kind[:kept], length - kept)
