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
    calm: Rows,
    rows: Rows,
    terms: Record,
    events: Events,
) -> None:
    """Watch n packs from ``first`` on.

    begin, channels: ``[channel, pack]`` when the step began, with its current, and at its end. gates, atoms: bits
    ``[pack]``. conducting: ticks of the step in which the current flowed. actions: gets the merged actions. began: gets
    bits, 1 where a row that stops charge by high voltage has begun, 2 for discharge by low voltage. dirty: gets bits,
    the families of locks of which a row was active or beyond. ended, tripped, calm: scratch.
    """
    _begin_watch(actions, began, dirty, tripped, ended, calm)
    if _some_locked(state.locked[first : first + n]):
        for k in range(n):
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
        if state.busy[r, block] == 0:
            side = 2 * c + (1 if rows[r].sign > _F0 else 0)
            if rows[r].trip >= calm[side]:
                continue  # nothing is beyond a value that is reached sooner
            if not _some_beyond(looked, rows[r].sign, rows[r].trip):
                calm[side] = rows[r].trip
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
def _begin_watch(actions: Rows, began: Rows, dirty: Rows, tripped: Rows, ended: Rows, calm: Rows) -> None:
    for k in range(actions.shape[0]):
        actions[k] = began[k] = dirty[k] = tripped[k] = 0
        ended[k] = 0
    for side in range(calm.shape[0]):
        calm[side] = np.inf


@kernel
def _some_locked(locked: Rows) -> Any:
    some = np.int64(0)
    for k in range(locked.shape[0]):
        some |= locked[k]
    return some != 0


@kernel
def _unlock(state: State, p: int, atoms: int, rows: Rows, events: Events) -> Any:
    """Leave the locks that the surroundings open; give the rows that ended, as bits."""
    now_s = np.float64(state.time[at.NOW]) / at.TICKS_PER_S
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
    status, active, locked = state.status[first:last], state.active[first:last], state.locked[first:last]
    timer = state.timer[r, first:last]
    _go_on(timer, active, status, end, r, rows[r].sign, rows[r].recover, rows[r].back > 0, terms.dt)
    if rows[r].family >= 0:
        _dirty_of_family(dirty, active, ended, r, 1 << rows[r].family)
    clears = terms.manual and rows[r].activates
    always = at.AT_SERVICE | (at.AT_BUTTON if clears else 0)
    c0, c1, c2 = rows[r].clauses[0], rows[r].clauses[1], rows[r].clauses[2]
    most_soc, value_after, elapsed_after = rows[r].soc, rows[r].back, rows[r].elapsed
    sign, recover = rows[r].sign, rows[r].recover
    some = False
    for k in range(n):
        known = atoms[k] | (at.AT_SOC if soc_pct[k] <= most_soc else 0)
        known |= at.AT_VALUE if (sign * end[k] <= recover) & (timer[k] >= value_after) else 0
        known |= at.AT_ELAPSED if (elapsed_after > 0) & (timer[k] >= elapsed_after) else 0
        recovered = (known & c0 != 0) & ((c1 == 0) | (known & c1 != 0)) & ((c2 == 0) | (known & c2 != 0))
        watched = (active[k] >> r) & (~locked[k] >> r) & 1 & status[k]  # at.ON is the first bit
        some |= (watched != 0) & (recovered | (known & always != 0))
    if not some:
        return
    for k in range(n):
        if active[k] & bit and status[k] & at.ON and not locked[k] & bit:
            known = atoms[k] | (at.AT_SOC if soc_pct[k] <= most_soc else 0)
            _maybe_end(state, first + k, r, bit, sign * end[k], known, clears, rows, events)
            ended[k] |= bit if not active[k] & bit else 0


@kernel
def _go_on(
    timer: Rows, active: Rows, status: Rows, end: Rows, r: int, sign: Any, recover: Any, waits: bool, dt: int
) -> None:
    """Count for how long a row has been active; where its recovery has to last, for how long it has lasted."""
    most = at.MOST_TICKS - dt
    for k in range(timer.shape[0]):
        longer = min(timer[k], most) + dt
        longer = 0 if waits & (not sign * end[k] <= recover) else longer
        timer[k] = longer if (active[k] >> r) & 1 & status[k] else timer[k]


@kernel
def _dirty_of_family(dirty: Rows, active: Rows, ended: Rows, r: int, family: int) -> None:
    for k in range(dirty.shape[0]):
        dirty[k] |= family if ((active[k] | ended[k]) >> r) & 1 else 0


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
    timer, bit, of_current = state.timer[r, first:last], _ONE << r, _of_current(rows[r].channel)
    status, active, does = state.status[first:last], state.active[first:last], rows[r].actions
    forced = does & ~at.STOP_DISCHARGE if rows[r].activates else does  # a forced output is not stopped
    looked = begin if of_current else end
    busy, some = _scan(timer, active, status, ended, gates, actions, looked, r, sign, trip, gate, does, forced)
    if not some:
        return busy
    for k in range(n):
        if not status[k] & at.ON or (ended[k] | active[k]) & bit or not gates[k] & gate or not sign * looked[k] >= trip:
            continue
        pended = _pended(timer[k], sign * begin[k], sign * end[k], trip, of_current, conducting[k], terms.dt)
        busy = 1
        if pended < delay:
            timer[k] = pended + 1 if sign * end[k] >= trip else 0
            continue
        within = conducting[k] if of_current else terms.dt
        ago = terms.dt - within + pended - delay
        early = rows[r].delay_s * at.TICKS_PER_S - delay  # of a delay that is no whole number of ticks
        _begin(state, first + k, r, bit, min(ago, terms.dt), early, rows, events)
        tripped[k] |= 1 << rows[r].family if rows[r].family >= 0 else 0
        actions[k] |= forced if status[k] & at.FORCED else does
        began[k] |= _cuts_by_voltage(rows, r)
    return busy


@kernel
def _scan(
    timer: Rows,
    active: Rows,
    status: Rows,
    ended: Rows,
    gates: Rows,
    actions: Rows,
    looked: Rows,
    r: int,
    sign: Any,
    trip: Any,
    gate: int,
    does: int,
    forced: int,
) -> Any:
    """Gather what active rows do, forget what no longer pends; tell whether the row is busy, and whether any pends."""
    busy, some = np.int64(0), 0
    for k in range(timer.shape[0]):
        acts = (active[k] >> r) & 1
        lives = status[k] & at.ON & ~(ended[k] >> r)
        beyond = (sign * looked[k] >= trip) & (gates[k] & gate != 0) & (lives != 0) & (acts == 0)
        what = forced if status[k] & at.FORCED else does
        actions[k] |= what if (lives != 0) & (acts != 0) else 0
        busy |= acts | np.int64(timer[k])
        some |= 1 if beyond else 0
        timer[k] = 0 if (lives != 0) & (acts == 0) & (not beyond) else timer[k]
    return (1 if busy else 0), some != 0


@kernel
def _pended(was: int, begin: Any, end: Any, trip: Any, of_current: Any, conducting: int, dt: int) -> Any:
    """Give for how many ticks a row has pended that is beyond its trip value."""
    if of_current:
        return (was - 1 if was > 0 else 0) + conducting
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
def _begin(state: State, p: int, r: int, bit: Any, ago: int, late: float, rows: Rows, events: Events) -> None:
    """Make a row active. ago: ticks since the trip at the end of the step; late: part of a tick that it came later."""
    state.active[p] |= bit
    state.timer[r, p] = ago if rows[r].back == 0 else 0
    at_s = (np.float64(state.time[at.NOW] - ago) + late) / at.TICKS_PER_S
    note(events, at_s, p, r, at.BEGAN)
    if rows[r].family >= 0:
        state.trips[rows[r].family, p] += 1


@kernel
def _maybe_lock(state: State, p: int, tripped: int, rows: Rows, events: Events) -> None:
    """Lock the active rows of each family that has just tripped often enough."""
    at_s = np.float64(state.time[at.NOW]) / at.TICKS_PER_S
    for r in range(rows.shape[0]):
        family, bit = rows[r].family, _ONE << r
        if family < 0 or not tripped & (1 << family) or state.trips[family, p] < rows[r].after:
            continue
        if state.active[p] & bit and not state.locked[p] & bit:
            state.locked[p] |= bit
            note(events, at_s, p, r, at.LOCKED)


@kernel
def _maybe_end(
    state: State, p: int, r: int, bit: Any, value: Any, atoms: int, clears: bool, rows: Rows, events: Events
) -> None:
    """End an active row where its recovery holds."""
    now_s = np.float64(state.time[at.NOW]) / at.TICKS_PER_S
    if value <= rows[r].recover and state.timer[r, p] >= rows[r].back:
        atoms |= at.AT_VALUE
    if rows[r].elapsed > 0 and state.timer[r, p] >= rows[r].elapsed:
        atoms |= at.AT_ELAPSED
    cleared = clears and atoms & at.AT_BUTTON
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
