"""What the BMS does after a sample: switches, limiter, heater, forced output, clean time of locks."""

from typing import Any

import numpy as np

from wattstead.battery.jit import kernel
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import Given, Record, Rows, State
from wattstead.battery.kernel.power import switch_off

_F0 = np.float32(0.0)
_SWITCHES = at.CHARGE_ON | at.DISCHARGE_ON
_FROM_ACTIONS = at.NO_BALANCE | at.ASK_LESS_CHARGE | at.ASK_LESS_DISCHARGE
_IDEAL_ON_A = np.float32(0.5)


@kernel
def act(
    state: State,
    first: int,
    n: int,
    actions: Rows,
    seen_a: Rows,
    end_a: Rows,
    dirty: Rows,
    cold: Rows,
    given: Given,
    rows: Rows,
    terms: Record,
) -> None:
    """Set the switches of n packs by the merged actions, and what hangs on them. cold: lowest probe, °C."""
    last = first + n
    status, active = state.status[first:last], state.active[first:last]
    if (terms.automatic or terms.manual) and _some_empty(active, status, terms.activating):
        for k in range(n):
            concerns = active[k] & terms.activating != 0 or status[k] & _EMPTY != 0
            if concerns and status[k] & at.ON:
                actions[k] = _force(state, first + k, actions[k], rows, terms)
    _switch(status, actions)
    trips = state.trips
    if _some_rare(status, actions, trips[0, first:last], trips[1, first:last], trips[2, first:last]):
        for k in range(n):
            p = first + k
            rare = actions[k] != 0 or status[k] & _RARE != 0
            rare |= trips[0, p] + trips[1, p] + trips[2, p] != 0 or not status[k] & at.DISCHARGE_ON
            if rare:
                _rarely(state, p, actions[k], seen_a[k], dirty[k], given, terms)
    if terms.heater_w > _F0:
        _heat(status, cold, terms.heat_on_degc, terms.heat_off_degc)
    _flows(status, state.pack[at.CURRENT_A, first:last], end_a, terms.relay != 0, terms.ideal_diode != 0)


_EMPTY = at.FORCED | at.EMPTY_WAS | at.CLEARED
_RARE = at.BROKEN | at.LIMITING


@kernel
def _some_empty(active: Rows, status: Rows, activating: int) -> Any:
    some = np.int64(0)
    for k in range(status.shape[0]):
        some |= (active[k] & activating) | np.int64(status[k] & _EMPTY)
    return some != 0


@kernel
def _switch(status: Rows, actions: Rows) -> None:
    """Set the switches, and what the actions say besides, in packs that are on."""
    for k in range(status.shape[0]):
        does, bits = actions[k], status[k]
        kept = bits & ~(_SWITCHES | _FROM_ACTIONS | at.DIODE)
        kept |= 0 if does & at.STOP_CHARGE else at.CHARGE_ON
        kept |= 0 if does & at.STOP_DISCHARGE else at.DISCHARGE_ON
        kept |= at.NO_BALANCE if does & at.STOP_BALANCING else 0
        kept |= at.ASK_LESS_CHARGE if does & at.LESS_CHARGE else 0
        kept |= at.ASK_LESS_DISCHARGE if does & at.LESS_DISCHARGE else 0
        status[k] = kept if bits & at.ON else bits


@kernel
def _some_rare(status: Rows, actions: Rows, some_trips: Rows, more_trips: Rows, most_trips: Rows) -> bool:
    some = 0
    for k in range(status.shape[0]):
        some |= actions[k] | (status[k] & _RARE) | (~status[k] & at.DISCHARGE_ON)
        some |= some_trips[k] | more_trips[k] | most_trips[k]
    return some != 0


@kernel
def _rarely(state: State, p: int, action: int, seen_a: Any, dirty: int, given: Given, terms: Record) -> None:
    """Do what few packs need: breaker, power off, limiter, clean time, pre-charge after a short circuit."""
    if not state.status[p] & at.ON:
        return
    if (action & (at.POWER_OFF | at.TRIP_BREAKER) or state.status[p] & at.BROKEN) and _give_up(state, p, action):
        return
    if terms.limiter == 2 and (action & at.LIMIT_CHARGE or state.status[p] & at.LIMITING):
        _limit(state, p, action, terms)
    if state.trips[0, p] + state.trips[1, p] + state.trips[2, p] > 0:
        _clean(state, p, seen_a, dirty, terms)
    _after_short(state, p, given, terms)


@kernel
def _flows(status: Rows, current_a: Rows, end_a: Rows, relay: bool, ideal_diode: bool) -> None:
    """Work out the current once the switches have acted, and whether it takes a diode."""
    for k in range(status.shape[0]):
        bits, flows = status[k], end_a[k]
        charge, discharge = bits & at.CHARGE_ON != 0, bits & at.DISCHARGE_ON != 0
        both, on = charge & discharge, bits & at.ON != 0
        into = (both if relay else charge) & on
        out = (both if relay else discharge) & on & (bits & at.PRECHARGING == 0)
        stopped = ((flows > _F0) & (not into)) | ((flows < _F0) & (not out))
        flows = _F0 if stopped else flows
        current_a[k] = flows
        diode = ((flows > _F0) & (not discharge)) | ((flows < _F0) & (not charge))
        drops = diode & ((not ideal_diode) | (abs(flows) < _IDEAL_ON_A))
        status[k] = bits | (at.DIODE if drops else 0)


@kernel
def _give_up(state: State, p: int, action: int) -> bool:
    """Trip the breaker, or turn off; tell whether nothing more is to do."""
    if action & at.TRIP_BREAKER:
        state.status[p] |= at.BROKEN
    if action & at.POWER_OFF:
        switch_off(state, p)
        state.status[p] |= at.SENT_OFF
    if state.status[p] & at.BROKEN:
        state.status[p] &= ~_SWITCHES
    if action & at.POWER_OFF or state.status[p] & at.BROKEN:
        state.pack[at.CURRENT_A, p] = _F0
        return True
    return False


@kernel
def _limit(state: State, p: int, action: int, terms: Record) -> None:
    """Start the limiter, or let it look again when its time is up."""
    if not state.status[p] & at.LIMITING:
        state.status[p] |= at.LIMITING
        state.ticks[at.LIMIT_LEFT, p] = terms.limit_hold
        return
    state.ticks[at.LIMIT_LEFT, p] -= terms.dt
    if state.ticks[at.LIMIT_LEFT, p] <= 0:
        if action & at.LIMIT_CHARGE:
            state.ticks[at.LIMIT_LEFT, p] = terms.limit_hold
        else:
            state.status[p] &= ~at.LIMITING


@kernel
def _heat(status: Rows, cold: Rows, on_degc: Any, off_degc: Any) -> None:
    for k in range(status.shape[0]):
        bits = status[k]
        wants = (cold[k] < on_degc) | ((bits & at.HEATING != 0) & (cold[k] < off_degc))
        heats = wants & (bits & at.SOURCE != 0)
        heated = (bits & ~at.HEATING) | (at.HEATING if heats else 0)
        status[k] = heated if bits & at.ON else bits


@kernel
def _force(state: State, p: int, action: int, rows: Rows, terms: Record) -> int:
    """Force the output on for a while, so that an inverter finds the battery; give the actions that remain.

    By itself once every interval, from start to start, while a row of an empty battery is active; by a press at once.
    """
    ticks, status = state.ticks, state.status[p]
    empty = state.active[p] & terms.activating != 0
    ticks[at.FORCED_LEFT, p] = max(ticks[at.FORCED_LEFT, p] - terms.dt, 0) if empty else 0
    ticks[at.PRESSED_LEFT, p] = max(ticks[at.PRESSED_LEFT, p] - terms.dt, 0)
    if status & at.CLEARED:
        ticks[at.PRESSED_LEFT, p] = terms.button_force_for
    waits = empty and status & at.EMPTY_WAS
    ticks[at.WAITED, p] = min(ticks[at.WAITED, p], at.MOST_TICKS - terms.dt) + terms.dt if waits else 0
    if terms.automatic and ticks[at.WAITED, p] >= terms.force_every:
        ticks[at.WAITED, p] = 0
        ticks[at.FORCED_LEFT, p] = terms.force_for
    status &= ~(at.FORCED | at.EMPTY_WAS)
    status |= at.FORCED if ticks[at.FORCED_LEFT, p] > 0 or ticks[at.PRESSED_LEFT, p] > 0 else 0
    state.status[p] = status | (at.EMPTY_WAS if empty else 0)
    return action & ~at.STOP_DISCHARGE | _stopped_by_active(state, p, rows)


@kernel
def _stopped_by_active(state: State, p: int, rows: Rows) -> int:
    """Give whether discharge is stopped by the active rows, but for those that a forced output overrides."""
    for r in range(rows.shape[0]):
        overridden = rows[r].activates and state.status[p] & at.FORCED
        stops = state.active[p] & (np.int64(1) << r) and rows[r].actions & at.STOP_DISCHARGE
        if stops and not overridden:
            return at.STOP_DISCHARGE
    return 0


@kernel
def _clean(state: State, p: int, seen_a: Any, dirty: int, terms: Record) -> None:
    """Forget the trips of a family after its clean time: current in its direction without a break, no row beyond."""
    for family in range(at.FAMILIES):
        if state.trips[family, p] == 0:
            continue
        charges = terms.family_charges[family]
        flows = (charges >= 0 and seen_a > terms.dead_band_a) or (charges <= 0 and seen_a < -terms.dead_band_a)
        flows = flows and not dirty & (1 << family)
        state.trips[at.FAMILIES + family, p] = state.trips[at.FAMILIES + family, p] + terms.dt if flows else 0
        if state.trips[at.FAMILIES + family, p] >= terms.clean:
            state.trips[family, p] = state.trips[at.FAMILIES + family, p] = 0


@kernel
def _after_short(state: State, p: int, given: Given, terms: Record) -> None:
    """Charge the capacitors that have just tripped the short circuit protection through the resistor (PWS-7)."""
    if terms.precharge != 2 or state.status[p] & at.DISCHARGE_ON or state.status[p] & at.PRECHARGING:
        return
    if given.given[at.INVERTER_F, p] > _F0 and state.pack[at.EMF_V, p] - state.pack[at.CAPACITOR_V, p] > np.float32(1):
        state.status[p] |= at.PRECHARGING
        state.ticks[at.PRECHARGING_FOR, p] = 0


@kernel
def warm_board(state: State, first: int, n: int, mean_a: Rows, terms: Record) -> None:
    """Let the MOS follow their current, and the diode's heat."""
    mos, ambient = state.pack[at.MOS_DEGC, first : first + n], state.pack[at.AMBIENT_DEGC, first : first + n]
    status = state.status[first : first + n]
    _warm(mos, ambient, status, mean_a, terms.diode_k_per_a, terms.mos_k_per_a2, terms.mos_keep)


@kernel
def _warm(
    mos: Rows, ambient: Rows, status: Rows, mean_a: Rows, diode_k_per_a: Any, mos_k_per_a2: Any, keep: Any
) -> None:
    for k in range(mos.shape[0]):
        diode = diode_k_per_a * abs(mean_a[k]) if status[k] & at.DIODE else _F0
        end = ambient[k] + mos_k_per_a2 * mean_a[k] * mean_a[k] + diode
        mos[k] = end + (mos[k] - end) * keep
