"""Button, power and what stands at the port: what a person and the surroundings do to the BMS of one pack."""

from typing import Any

import numpy as np

from wattstead.battery.jit import kernel
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.flow import precharge
from wattstead.battery.kernel.layout import Events, Given, Record, Rows, State
from wattstead.battery.kernel.watch import end_row, note

_F0 = np.float32(0.0)
_FAR_V = np.float32(1e6)
_PRESS = at.BUTTON_WAS | at.PRESS_USED


@kernel
def surroundings(state: State, first: int, n: int, atoms: Rows, source_v: Rows, given: Given, terms: Record) -> None:
    """See who stands at the port and who presses.

    atoms: gets what that says for the end of rows. source_v: gets the voltage of a source at the port, 0 for none.
    """
    last = first + n
    asked, port = given.given[at.ASKED_A, first:last], given.given[at.PORT_V, first:last]
    held_at, short = given.given[at.HELD_AT_V, first:last], given.given[at.SHORT_OHM, first:last]
    signals, status = given.signals[first:last], state.status[first:last]
    no_load, emf = state.ticks[at.NO_LOAD, first:last], state.pack[at.EMF_V, first:last]
    _sources(source_v, asked, port, held_at, signals, emf)
    _see_source(status, atoms, source_v)
    _see_load(atoms, no_load, asked, signals, short, terms.dt, terms.load_release)
    if not _any(signals, at.BUTTON | at.SERVICE) and not _any(status, _PRESS | at.PRECHARGING):
        return
    for k in range(n):
        if signals[k] & (at.BUTTON | at.SERVICE) or status[k] & (_PRESS | at.PRECHARGING):
            atoms[k] |= _hands(state, first + k, signals[k], given.given[at.INVERTER_F, first + k], terms)


@kernel
def _any(words: Rows, bits: int) -> bool:
    some = 0
    for k in range(words.shape[0]):
        some |= words[k] & bits
    return some != 0


@kernel
def _see_source(status: Rows, atoms: Rows, source_v: Rows) -> None:
    for k in range(status.shape[0]):
        there = source_v[k] > _F0
        status[k] = (status[k] & ~(at.SOURCE | at.JUST_OFF | at.CLEARED)) | (at.SOURCE if there else 0)
        atoms[k] = at.AT_CHARGER if there else 0


@kernel
def _see_load(atoms: Rows, no_load: Rows, asked: Rows, signals: Rows, short: Rows, dt: int, release: int) -> None:
    most = at.MOST_TICKS - dt
    for k in range(atoms.shape[0]):
        loaded = (asked[k] < _F0) | (signals[k] & at.LOAD != 0) | (short[k] < _FAR_V)
        without = 0 if loaded else min(no_load[k], most) + dt
        no_load[k] = without
        atoms[k] |= at.AT_LOAD_REMOVED if (not loaded) & (without >= release) else 0


@kernel
def _sources(source_v: Rows, asked: Rows, port: Rows, held_at: Rows, signals: Rows, emf: Rows) -> None:
    for k in range(source_v.shape[0]):
        there = signals[k] & at.CHARGER != 0 or asked[k] > _F0
        own = held_at[k] if held_at[k] < _FAR_V else emf[k]
        implied = own if there else _F0
        source_v[k] = port[k] if port[k] == port[k] else implied  # NaN: not said


@kernel
def _hands(state: State, p: int, signals: int, farad: Any, terms: Record) -> int:
    """Follow button, technician and pre-charge; give what that says for the end of rows."""
    atom, status = 0, state.status[p]
    if signals & at.SERVICE:
        atom |= at.AT_SERVICE
        status &= ~(at.BROKEN | at.PRECHARGE_FAILED)
        for family in range(2 * at.FAMILIES):
            state.trips[family, p] = 0
    if signals & at.BUTTON:
        if not status & at.BUTTON_WAS and status & at.ON:
            atom |= at.AT_BUTTON
        status |= at.BUTTON_WAS
        state.ticks[at.HELD, p] = _later(state.ticks[at.HELD, p], terms.dt)
    elif status & _PRESS:
        status &= ~_PRESS
        state.ticks[at.HELD, p] = 0
    state.status[p] = status
    if status & at.PRECHARGING and precharge(state, p, farad, terms):
        atom |= at.AT_LOAD_REMOVED
    return atom


@kernel
def _later(ticks: int, dt: int) -> int:
    return min(ticks, at.MOST_TICKS - dt) + dt


@kernel
def clocks(state: State, first: int, n: int, seen_a: Rows, given: Given, terms: Record) -> None:
    """Count for how long there has been charge, no current, no word from the inverter."""
    last = first + n
    signals, status = given.signals[first:last], state.status[first:last]
    _count(state.ticks[at.SILENT, first:last], signals, at.SILENCE, status, terms.dt)
    charging, idle = state.ticks[at.CHARGING_FOR, first:last], state.ticks[at.IDLE, first:last]
    _count_currents(charging, idle, seen_a, status, terms.dead_band_a, terms.dt)


@kernel
def _count_currents(charging: Rows, idle: Rows, seen_a: Rows, status: Rows, dead_band_a: Any, dt: int) -> None:
    most = at.MOST_TICKS - dt
    for k in range(status.shape[0]):
        on = status[k] & at.ON != 0
        charges, rests = (seen_a[k] > dead_band_a) & on, (abs(seen_a[k]) <= dead_band_a) & on
        charging[k] = min(charging[k], most) + dt if charges else 0
        idle[k] = min(idle[k], most) + dt if rests else 0


@kernel
def _count(ticks: Rows, words: Rows, bit: int, status: Rows, dt: int) -> None:
    for k in range(ticks.shape[0]):
        longer = min(ticks[k], at.MOST_TICKS - dt) + dt
        ticks[k] = longer if words[k] & bit and status[k] & at.ON else 0


@kernel
def settle(
    state: State,
    first: int,
    n: int,
    source_v: Rows,
    given: Given,
    rows: Rows,
    terms: Record,
    events: Events,
) -> None:
    """Turn packs off and on at the end of a step."""
    last = first + n
    signals, status = given.signals[first:last], state.status[first:last]
    silent, idle = state.ticks[at.SILENT, first:last], state.ticks[at.IDLE, first:last]
    if not _some_turn(signals, status, idle, silent, terms.shutdown_after, terms.silence_off):
        return
    for k in range(n):
        asks = signals[k] & (at.BUTTON | at.SWITCHED_OFF) or status[k] & at.SWITCH_WAS_OFF
        late = idle[k] >= terms.shutdown_after or silent[k] >= terms.silence_off
        if asks or late or not status[k] & at.ON:
            _on_or_off(state, first + k, signals[k], source_v[k], rows, terms, events)


@kernel
def _some_turn(signals: Rows, status: Rows, idle: Rows, silent: Rows, shutdown_after: int, silence_off: int) -> bool:
    some = 0
    for k in range(status.shape[0]):
        late = (idle[k] >= shutdown_after) | (silent[k] >= silence_off)
        asks = (signals[k] & (at.BUTTON | at.SWITCHED_OFF)) | (status[k] & at.SWITCH_WAS_OFF)
        some |= asks | (1 if late else 0) | (~status[k] & at.ON)
    return some != 0


@kernel
def _on_or_off(state: State, p: int, signals: int, source_v: Any, rows: Rows, terms: Record, events: Events) -> None:
    wakeful = terms.wake_low_v <= source_v <= terms.wake_high_v
    fitted_off = terms.external_switch and signals & at.SWITCHED_OFF
    fresh = signals & at.BUTTON and not state.status[p] & at.PRESS_USED
    if state.status[p] & at.ON:
        pressed = fresh and state.ticks[at.HELD, p] >= terms.press_off
        late = state.ticks[at.IDLE, p] >= terms.shutdown_after or state.ticks[at.SILENT, p] >= terms.silence_off
        if fitted_off or (not wakeful and (pressed or late)):
            switch_off(state, p)
    elif not fitted_off and not state.status[p] & at.JUST_OFF:
        if state.status[p] & at.SENT_OFF:
            wakeful = False
            if source_v <= _F0:
                state.status[p] &= ~at.SENT_OFF
        pressed = fresh and state.ticks[at.HELD, p] >= terms.press_on
        flipped = terms.external_switch and state.status[p] & at.SWITCH_WAS_OFF
        if pressed or flipped or wakeful:
            switch_on(state, p, rows, events)
    if terms.external_switch:
        was = at.SWITCH_WAS_OFF if signals & at.SWITCHED_OFF else 0
        state.status[p] = (state.status[p] & ~at.SWITCH_WAS_OFF) | was


@kernel
def switch_off(state: State, p: int) -> None:
    """Turn a pack off: all switches open, nothing is watched."""
    keep = at.BUTTON_WAS | at.PRESS_USED | at.SWITCH_WAS_OFF | at.SOURCE | at.BROKEN
    state.pack[at.CURRENT_A, p] = _F0
    used = at.PRESS_USED if state.status[p] & at.BUTTON_WAS else 0
    state.status[p] = (state.status[p] & keep) | at.JUST_OFF | used
    state.bleed[p] = 0
    for row in (at.IDLE, at.SILENT, at.RESTING, at.LIMIT_LEFT, at.FORCED_LEFT, at.PRESSED_LEFT, at.WAITED):
        state.ticks[row, p] = 0
    state.ticks[at.CHARGING_FOR, p] = 0


@kernel
def switch_on(state: State, p: int, rows: Rows, events: Events) -> None:
    """Turn a pack on: every row starts anew but an active one that only service ends."""
    state.status[p] &= ~at.SENT_OFF
    actions = at.STOP_CHARGE | at.STOP_DISCHARGE if state.status[p] & at.BROKEN else 0
    state.ticks[at.HELD, p] = state.ticks[at.NO_LOAD, p] = 0
    now_s = np.float64(state.time[at.NOW]) / at.TICKS_PER_S
    for r in range(rows.shape[0]):
        bit = np.int64(1) << r
        if state.locked[p] & bit:
            note(events, now_s, p, r, at.UNLOCKED)
            state.locked[p] &= ~bit
        if rows[r].only and state.active[p] & bit:
            actions |= rows[r].actions
            continue
        if state.active[p] & bit:
            end_row(state, p, r, bit, now_s, events)
        state.timer[r, p] = 0
    actions |= at.STOP_CHARGE | at.STOP_DISCHARGE if actions & at.TRIP_BREAKER else 0
    charge = 0 if actions & at.STOP_CHARGE else at.CHARGE_ON
    state.status[p] |= at.PRESS_USED if state.status[p] & at.BUTTON_WAS else 0
    state.status[p] |= at.ON | charge | (0 if actions & at.STOP_DISCHARGE else at.DISCHARGE_ON)
    for family in range(2 * at.FAMILIES):
        state.trips[family, p] = 0
