"""Watching the rows: which are pending, active, locked after a step (docs/models/bms.md).

A row whose channel stays far from its trip value in all packs of a block, and that neither pends nor is active in any,
is not looked at: most rows, most of the time.
"""

from typing import Any

import numpy as np

from wattstead.battery.jit import kernel
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import Events, Record, Rows, State

_F0 = np.float32(0.0)
_ONE = np.int64(1)


@kernel
def watch(
    state: State,
    first: int,
    n: int,
    block: int,
    begin: Rows,
    channels: Rows,
    gates: Rows,
    atoms: Rows,
    conducting: Rows,
    actions: Rows,
    began: Rows,
    dirty: Rows,
    ended: Rows,
    tripped: Rows,
    rows: Rows,
    terms: Record,
    events: Events,
) -> None:
    """Watch n packs from ``first`` on.

    begin, channels: ``[channel, pack]`` when the step began, with its current, and at its end. gates, atoms: bits
    ``[pack]``. conducting: ticks of the step in which the current flowed. actions: gets the merged actions. began: gets
    bits, 1 where a row that stops charge by high voltage has begun, 2 for discharge by low voltage. dirty: gets bits,
    the families of locks of which a row was active or beyond. ended, tripped: scratch.
    """
    for k in range(n):
        actions[k] = began[k] = dirty[k] = tripped[k] = 0
        ended[k] = 0
        if state.locked[first + k] and state.status[first + k] & at.ON:
            ended[k] = _unlock(state, first + k, atoms[k], rows, events)
    for r in range(rows.shape[0]):  # what ends, ends before anything begins
        if state.busy[r, block]:
            end, soc_pct = channels[rows[r].channel], channels[at.CH_SOC]
            _ends(state, first, n, r, end, soc_pct, atoms, ended, dirty, rows, terms, events)
    locks = False
    for r in range(rows.shape[0]):
        c = rows[r].channel
        starts = channels[c] if _constant(c) else begin[c]
        looked = starts if _of_current(c) else channels[c]
        if state.busy[r, block] == 0 and not _some_beyond(looked, rows[r].sign, rows[r].trip):
            continue
        if rows[r].family >= 0:
            locks = True
            _beyond_of_family(channels[c], rows[r].sign, rows[r].trip, 1 << rows[r].family, dirty)
        state.busy[r, block] = _begins(
            state,
            first,
            n,
            r,
            starts,
            channels[c],
            gates,
            conducting,
            actions,
            began,
            ended,
            tripped,
            rows,
            terms,
            events,
        )
    if locks:
        for k in range(n):
            if tripped[k]:
                _maybe_lock(state, first + k, tripped[k], rows, events)


@kernel
def _unlock(state: State, p: int, atoms: int, rows: Rows, events: Events) -> Any:
    """Leave the locks that the surroundings open; give the rows that ended, as bits."""
    now_s = np.float64(state.time[0]) / at.TICKS_PER_S
    ended = np.int64(0)
    for r in range(rows.shape[0]):
        bit = _ONE << r
        if state.locked[p] & bit and atoms & (rows[r].unlock | at.AT_SERVICE):
            state.locked[p] &= ~bit
            state.trips[rows[r].family, p] = state.trips[at.FAMILIES + rows[r].family, p] = 0
            note(events, now_s, p, r, at.UNLOCKED)
            end_row(state, p, r, bit, now_s, events)
            ended |= bit
    return ended


@kernel
def _of_current(c: int) -> bool:
    """A current that was cut inside the step may have tripped a row before: it is looked at as it began."""
    return c == at.CH_CHARGE_A or c == at.CH_DISCHARGE_A


@kernel
def _constant(c: int) -> bool:
    """Whether a channel stays the same within a step."""
    return c == at.CH_PORT or c == at.CH_AMBIENT or (c >= at.CH_BUS_GAP and c != at.CH_BUTTON)


@kernel
def _some_beyond(row: Rows, sign: Any, trip: Any) -> bool:
    some = 0
    for k in range(row.shape[0]):
        some |= 0 if sign * row[k] < trip else 1  # one without a reading is looked at, too
    return some != 0


@kernel
def _beyond_of_family(end: Rows, sign: Any, trip: Any, bit: int, dirty: Rows) -> None:
    for k in range(end.shape[0]):
        dirty[k] |= bit if sign * end[k] >= trip else 0


@kernel
def _ends(
    state: State,
    first: int,
    n: int,
    r: int,
    end: Rows,
    soc_pct: Rows,
    atoms: Rows,
    ended: Rows,
    dirty: Rows,
    rows: Rows,
    terms: Record,
    events: Events,
) -> None:
    """End a row where its recovery holds."""
    last, bit = first + n, _ONE << r
    status, active = state.status[first:last], state.active[first:last]
    family = 1 << rows[r].family if rows[r].family >= 0 else 0
    for k in range(n):
        if not active[k] & bit or not status[k] & at.ON:
            dirty[k] |= family if ended[k] & bit else 0
            continue
        dirty[k] |= family
        known = atoms[k] | (at.AT_SOC if soc_pct[k] <= rows[r].soc else 0)
        _maybe_end(state, first + k, r, bit, rows[r].sign * end[k], known, rows, terms, events)
        ended[k] |= bit if not active[k] & bit else 0


@kernel
def _begins(
    state: State,
    first: int,
    n: int,
    r: int,
    begin: Rows,
    end: Rows,
    gates: Rows,
    conducting: Rows,
    actions: Rows,
    began: Rows,
    ended: Rows,
    tripped: Rows,
    rows: Rows,
    terms: Record,
    events: Events,
) -> Any:
    """Let a row pend and begin in all packs; give 1 where it pends or is active in any."""
    last = first + n
    sign, trip, delay, gate = rows[r].sign, rows[r].trip, rows[r].delay, rows[r].gate
    timer, bit, busy = state.timer[r, first:last], _ONE << r, 0
    status, active = state.status[first:last], state.active[first:last]
    of_current = _of_current(rows[r].channel)
    for k in range(n):
        if not status[k] & at.ON or ended[k] & bit:
            busy |= 1 if timer[k] != 0 or active[k] & bit else 0
            continue
        if active[k] & bit:
            busy = 1
            actions[k] |= _does(status[k], rows, r)
            continue
        pended = _pended(
            timer[k], sign * begin[k], sign * end[k], trip, gates[k] & gate, of_current, conducting[k], terms.dt
        )
        if pended < 0:
            timer[k] = 0
            continue
        busy = 1
        if pended < delay:
            timer[k] = pended + 1 if sign * end[k] >= trip else 0
            continue
        within = conducting[k] if of_current else terms.dt
        ago = terms.dt - within + pended - delay
        early = rows[r].delay_s * at.TICKS_PER_S - delay  # of a delay that is no whole number of ticks
        _begin(state, first + k, r, bit, min(ago, terms.dt), early, rows, events)
        tripped[k] |= 1 << rows[r].family if rows[r].family >= 0 else 0
        actions[k] |= _does(status[k], rows, r)
        began[k] |= _cuts_by_voltage(rows, r)
    return busy


@kernel
def _pended(was: int, begin: Any, end: Any, trip: Any, gated: int, of_current: Any, conducting: int, dt: int) -> Any:
    """Give for how many ticks the row has pended, -1 where it does not."""
    if of_current:
        if not begin >= trip or gated == 0:
            return -1
        return (was - 1 if was > 0 else 0) + conducting
    if not end >= trip or gated == 0:
        return -1
    if was > 0:
        return min(was - 1, at.MOST_TICKS - dt) + dt
    if begin >= trip:
        return dt
    return np.int32(np.float64(end - trip) / np.float64(end - begin) * dt)


@kernel
def _cuts_by_voltage(rows: Rows, r: int) -> Any:
    c = rows[r].channel
    if c == at.CH_CELL_MAX or (c == at.CH_PACK and rows[r].sign > _F0):
        return 1 if rows[r].actions & at.STOP_CHARGE else 0
    if c == at.CH_CELL_MIN or c == at.CH_PACK:
        return 2 if rows[r].actions & at.STOP_DISCHARGE else 0
    return 0


@kernel
def _does(status: int, rows: Rows, r: int) -> Any:
    """What an active row does; a forced output is not stopped by what it is to end."""
    if rows[r].activates and status & at.FORCED:
        return rows[r].actions & ~at.STOP_DISCHARGE
    return rows[r].actions


@kernel
def _begin(state: State, p: int, r: int, bit: Any, ago: int, late: float, rows: Rows, events: Events) -> None:
    """Make a row active. ago: ticks since the trip at the end of the step; late: part of a tick that it came later."""
    state.active[p] |= bit
    state.timer[r, p] = ago if rows[r].back == 0 else 0
    at_s = (np.float64(state.time[0] - ago) + late) / at.TICKS_PER_S
    note(events, at_s, p, r, at.BEGAN)
    if rows[r].family >= 0:
        state.trips[rows[r].family, p] += 1


@kernel
def _maybe_lock(state: State, p: int, tripped: int, rows: Rows, events: Events) -> None:
    """Lock the active rows of each family that has just tripped often enough."""
    at_s = np.float64(state.time[0]) / at.TICKS_PER_S
    for r in range(rows.shape[0]):
        family, bit = rows[r].family, _ONE << r
        if family < 0 or not tripped & (1 << family) or state.trips[family, p] < rows[r].after:
            continue
        if state.active[p] & bit and not state.locked[p] & bit:
            state.locked[p] |= bit
            note(events, at_s, p, r, at.LOCKED)


@kernel
def _maybe_end(
    state: State, p: int, r: int, bit: Any, value: Any, atoms: int, rows: Rows, terms: Record, events: Events
) -> None:
    """End an active row where its recovery holds; a locked one where it is unlocked."""
    now_s = np.float64(state.time[0]) / at.TICKS_PER_S
    state.timer[r, p] = min(state.timer[r, p], at.MOST_TICKS - terms.dt) + terms.dt
    back = value <= rows[r].recover
    if rows[r].back > 0 and not back:
        state.timer[r, p] = 0
    if state.locked[p] & bit:
        return
    if back and state.timer[r, p] >= rows[r].back:
        atoms |= at.AT_VALUE
    if rows[r].elapsed > 0 and state.timer[r, p] >= rows[r].elapsed:
        atoms |= at.AT_ELAPSED
    cleared = terms.manual and rows[r].activates and atoms & at.AT_BUTTON
    if cleared:
        state.status[p] |= at.CLEARED
    if cleared or atoms & at.AT_SERVICE or _recovered(atoms, rows, r):
        end_row(state, p, r, bit, now_s, events)


@kernel
def _recovered(atoms: int, rows: Rows, r: int) -> bool:
    if rows[r].clauses[0] == 0:
        return False
    for j in range(at.CLAUSES):
        clause = rows[r].clauses[j]
        if clause and not clause & atoms:
            return False
    return True


@kernel
def end_row(state: State, p: int, r: int, bit: Any, now_s: float, events: Events) -> None:
    """End an active row."""
    state.active[p] &= ~bit
    state.timer[r, p] = 0
    note(events, now_s, p, r, at.ENDED)


@kernel
def note(events: Events, at_s: float, p: int, r: int, kind: int) -> None:
    """Write an event down; where the buffer is full it is counted only."""
    length = events.length[0]
    events.length[0] = length + 1
    if length < events.pack.shape[0]:
        events.at_s[length] = at_s
        events.pack[length] = p
        events.row[length] = r
        events.kind[length] = kind
