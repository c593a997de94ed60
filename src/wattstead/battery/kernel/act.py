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
    forces = terms.automatic or terms.manual
    status, active = state.status[first : first + n], state.active[first : first + n]
    for k in range(n):
        concerns = active[k] & terms.activating != 0 or status[k] & _EMPTY != 0
        if forces and concerns and status[k] & at.ON:
            actions[k] = _force(state, first + k, actions[k], rows, terms)
    for k in range(n):
        kept = status[k] & ~(_SWITCHES | _FROM_ACTIONS | at.DIODE)
        kept |= 0 if actions[k] & at.STOP_CHARGE else at.CHARGE_ON
        kept |= 0 if actions[k] & at.STOP_DISCHARGE else at.DISCHARGE_ON
        kept |= at.NO_BALANCE if actions[k] & at.STOP_BALANCING else 0
        kept |= at.ASK_LESS_CHARGE if actions[k] & at.LESS_CHARGE else 0
        kept |= at.ASK_LESS_DISCHARGE if actions[k] & at.LESS_DISCHARGE else 0
        status[k] = kept if status[k] & at.ON else status[k]
    trips = state.trips
    for k in range(n):
        p = first + k
        rare = actions[k] != 0 or status[k] & _RARE != 0
        rare |= trips[0, p] + trips[1, p] + trips[2, p] != 0 or not status[k] & at.DISCHARGE_ON
        if rare:
            _rarely(state, p, actions[k], seen_a[k], dirty[k], given, terms)
        if terms.heater_w > _F0 and status[k] & at.ON:
            _heat(state, p, cold[k], terms)
    _flows(state, first, n, end_a, terms)


_EMPTY = at.FORCED | at.EMPTY_WAS | at.CLEARED
_RARE = at.BROKEN | at.LIMITING


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
def _flows(state: State, first: int, n: int, end_a: Rows, terms: Record) -> None:
    """Work out the current once the switches have acted, and whether it takes a diode."""
    status = state.status[first : first + n]
    current = state.pack[at.CURRENT_A, first : first + n]
    for k in range(n):
        bits, flows = status[k], end_a[k]
        charge, discharge = bits & at.CHARGE_ON != 0, bits & at.DISCHARGE_ON != 0
        both = charge and discharge
        into = (both if terms.relay else charge) and bits & at.ON != 0
        out = (both if terms.relay else discharge) and bits & at.ON != 0 and bits & at.PRECHARGING == 0
        flows = _F0 if (flows > _F0 and not into) or (flows < _F0 and not out) else flows
        current[k] = flows
        diode = (flows > _F0 and not discharge) or (flows < _F0 and not charge)
        drops = diode and (not terms.ideal_diode or abs(flows) < _IDEAL_ON_A)
        status[k] = bits | at.DIODE if drops else bits


@kernel
def _give_up(state: State, p: int, action: int) -> bool:
    """Trip the breaker, or turn off; tell whether nothing more is to do."""
    if action & at.TRIP_BREAKER:
        state.status[p] |= at.BROKEN
    if action & at.POWER_OFF:
        switch_off(state, p)
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
def _heat(state: State, p: int, cold: Any, terms: Record) -> None:
    heats = state.status[p] & at.HEATING
    source = state.status[p] & at.SOURCE
    if source and (cold < terms.heat_on_degc or (heats and cold < terms.heat_off_degc)):
        state.status[p] |= at.HEATING
    else:
        state.status[p] &= ~at.HEATING


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
    for k in range(n):
        diode = terms.diode_k_per_a * abs(mean_a[k]) if status[k] & at.DIODE else _F0
        rise = terms.mos_k_per_a2 * mean_a[k] * mean_a[k] + diode
        end = ambient[k] + rise
        mos[k] = end + (mos[k] - end) * terms.mos_keep
