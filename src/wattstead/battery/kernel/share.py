"""Sharing the current of a bus among packs, see ``bank``.

Each pack is a voltage over its current at the end of the step; Newton's method makes it a voltage behind a resistance,
and a bus of such is solved exactly, with the currents that no switch lets through cut off. A bank's answer does not
depend on its neighbours: one that stands still is left alone.
"""

import numpy as np

from wattstead.battery.jit import entry, kernel
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import Curves, Record, Rows, State

_LOWEST_FILL, _HIGHEST_FILL, _POINTS = -0.06, 1.10, 1000.0
_DIODE_V = 0.7  # over an open switch whose body diode carries the current
_BLOCK = 256  # packs whose tangents are worked out at a time
_MOST_PASSES = 30
_FREE_PASSES = 6  # after them the corners of the curve throw the answer to and fro: then half way only
_STANDS_STILL_A = 1e-3
_STRAIGHT_V = 0.003  # a pack whose curve moves by less is as good as straight
_MOST_A = 1e4


@entry
def solve(
    state: State,
    members: int,
    given: Rows,
    holds: int,
    joined: Rows,
    curves: Curves,
    known: Rows,
    flows: Rows,
    bus: Rows,
) -> None:
    """Find the current of each pack, ``[pack]``, and the voltage of each bus, ``[bank]``.

    members: packs of a bank. given: for each bank its voltage where ``holds`` is 1, else its current. joined: who hangs
    on the bus. known: one record of ``layout.TERMS``. flows: holds the first guess.
    """
    terms = known[0]
    per_block = max(1, _BLOCK // members)
    most = per_block * members
    low, high, shift, base = np.empty(most), np.empty(most), np.empty(most), np.empty(most)
    e, r, ohm = np.empty(most), np.empty(most), np.empty(most)
    moved, slope = np.empty(most), np.empty(most)
    done = np.empty(per_block, dtype=np.int32)
    for begin in range(0, given.shape[0], per_block):
        banks = min(per_block, given.shape[0] - begin)
        first, n = begin * members, banks * members
        _bounds(state, first, n, joined, terms, flows, low, high, shift, ohm)
        done[:] = 0
        _straight(state, first, n, terms, flows, shift, ohm, e, r)
        _meet(begin, banks, members, 0, given, holds, e, r, low, high, flows, bus, done)
        if _near(first, members, banks, terms, flows, r, ohm, done) < banks:
            _without_curve(state, first, n, curves.ocv_v, terms, shift, base)
            for turn in range(_MOST_PASSES):
                _tangent(state, first, n, curves.ocv_v, terms, base, ohm, flows, moved, slope, e, r)
                if _meet(begin, banks, members, turn, given, holds, e, r, low, high, flows, bus, done) == banks:
                    break
        if not holds:
            _open(begin, banks, members, low, e, shift, flows, bus)


@kernel
def _bounds(
    state: State,
    first: int,
    n: int,
    joined: Rows,
    terms: Record,
    flows: Rows,
    low: Rows,
    high: Rows,
    shift: Rows,
    ohm: Rows,
) -> None:
    """Work out least and most current, by how much a diode moves the voltage, and the resistance but for the curve."""
    over_rc = 1.0 + np.float64(terms.rc_ratio) * (1.0 - np.float64(terms.rc_keep))
    for k in range(n):
        p = first + k
        status = state.status[p]
        charge, discharge = status & at.CHARGE_ON, status & at.DISCHARGE_ON
        both = charge and discharge
        low[k] = high[k] = shift[k] = 0.0
        ohm[k] = state.pack[at.R_SUM_OHM, p] * over_rc + terms.link_ohm
        if joined[p] and status & at.ON and (both or not terms.relay):
            if charge:
                limited = terms.limiter == 1 or status & at.LIMITING
                high[k] = terms.limit_a if limited else _MOST_A
            if discharge and not status & at.PRECHARGING:
                low[k] = -_MOST_A
            if not terms.ideal_diode and not both:
                shift[k] = _DIODE_V if charge else -_DIODE_V
        flows[p] = min(max(flows[p], low[k]), high[k])


@kernel
def _straight(
    state: State,
    first: int,
    n: int,
    terms: Record,
    flows: Rows,
    shift: Rows,
    ohm: Rows,
    e: Rows,
    r: Rows,
) -> None:
    """Give the tangents where the last step ended, from the sums over cells that it has left behind."""
    dt_h, fades = terms.dt_s / 3600.0, _fades(terms)
    turning = np.float64(terms.per_fill) * terms.cells / terms.rated_ah
    pack, turned = state.pack, state.cell[at.HYSTERESIS, 0]
    for k in range(n):
        p = first + k
        branch = turned[p] + state.lately[at.LATELY_AH, p] * turning / terms.cells
        stuck = (branch >= 1.0 and flows[p] >= 0.0) or (branch <= -1.0 and flows[p] <= 0.0)
        slope = pack[at.SLOPE_SUM, p] + (0.0 if stuck else pack[at.HALF_GAP_V, p] * turning)
        over_v = pack[at.BRANCH_A, p] * pack[at.R_SUM_OHM, p] * fades
        e[k] = pack[at.EMF_V, p] - over_v - terms.standby_a * dt_h * slope + shift[k]
        r[k] = ohm[k] + slope * dt_h


@kernel
def _fades(terms: Record) -> float:
    """Give how much of the RC branch fades in a step, in ohm per ohm of R0."""
    return np.float64(terms.rc_ratio) * (1.0 - np.float64(terms.rc_keep))


@kernel
def _near(first: int, members: int, banks: int, terms: Record, flows: Rows, r: Rows, ohm: Rows, done: Rows) -> int:
    """Mark the banks for which the straight lines will do, and tell how many they are.

    They do for steps in which the cells go along a straight line themselves, and where the curve hardly moves.
    """
    count, short = 0, terms.dt_s < at.LOOK_EVERY_S
    for bank in range(banks):
        done[bank] = 1
        for m in range(members):
            k = bank * members + m
            if not short and abs(flows[first + k]) * (r[k] - ohm[k]) > _STRAIGHT_V:
                done[bank] = 0
        count += done[bank]
    return count


@kernel
def _without_curve(state: State, first: int, n: int, ocv: Rows, terms: Record, shift: Rows, base: Rows) -> None:
    """Give what of a voltage comes neither from the curve and its hysteresis nor from the current of this step."""
    last, fades, per_fill = first + n, _fades(terms), np.float64(terms.per_fill)
    emf, branch = state.pack[at.EMF_V, first:last], state.pack[at.BRANCH_A, first:last]
    half_gap, r_sum = state.pack[at.HALF_GAP_V, first:last], state.pack[at.R_SUM_OHM, first:last]
    lately_ah = state.lately[at.LATELY_AH, first:last]
    for k in range(n):
        base[k] = np.float64(emf[k]) - np.float64(branch[k]) * r_sum[k] * fades + shift[k]
    for c in range(terms.cells):
        fill, turned = state.fill[c, first:last], state.cell[at.HYSTERESIS, c, first:last]
        per_ah = state.cell[at.PER_AH, c, first:last]
        for k in range(n):
            place = (_within(fill[k] + lately_ah[k] * per_ah[k]) - _LOWEST_FILL) * _POINTS
            point = np.uint32(place)
            low = np.float64(ocv[point])
            base[k] -= low + (place - point) * (ocv[point + np.uint32(1)] - low)
        for k in range(n):
            base[k] -= half_gap[k] * min(max(turned[k] + lately_ah[k] * per_ah[k] * per_fill, -1.0), 1.0)


@kernel
def _within(fill: float) -> float:
    return min(max(_LOWEST_FILL, fill), _HIGHEST_FILL)


@kernel
def _tangent(
    state: State,
    first: int,
    n: int,
    ocv: Rows,
    terms: Record,
    base: Rows,
    ohm: Rows,
    flows: Rows,
    moved: Rows,
    slope: Rows,
    e: Rows,
    r: Rows,
) -> None:
    """Give the straight lines that touch the voltages at the end of the step over the current, at these currents."""
    last, dt_h = first + n, terms.dt_s / 3600.0
    lost, per_fill = terms.leak_per_s * terms.dt_s, np.float64(terms.per_fill)
    half_gap, amps = state.pack[at.HALF_GAP_V, first:last], flows[first:last]
    lately_ah = state.lately[at.LATELY_AH, first:last]
    for k in range(n):
        slope[k] = 0.0
        moved[k] = lately_ah[k] + (amps[k] * (terms.efficiency if amps[k] > 0.0 else 1.0) - terms.standby_a) * dt_h
        e[k] = base[k]
    for c in range(terms.cells):
        fill, turned = state.fill[c, first:last], state.cell[at.HYSTERESIS, c, first:last]
        per_ah = state.cell[at.PER_AH, c, first:last]
        for k in range(n):
            place = (_within(fill[k] + moved[k] * per_ah[k] - lost) - _LOWEST_FILL) * _POINTS
            point = np.uint32(place)
            below = np.float64(ocv[point])
            rise = ocv[point + np.uint32(1)] - below
            e[k] += below + (place - point) * rise
            slope[k] += rise * per_ah[k] * _POINTS
        for k in range(n):
            wanted = turned[k] + (moved[k] * per_ah[k] - lost) * per_fill
            kept = max(-1.0, wanted)
            kept = min(1.0, kept)
            e[k] += half_gap[k] * kept
            slope[k] += half_gap[k] * per_ah[k] * per_fill if kept == wanted else 0.0
    for k in range(n):
        more = slope[k] * dt_h
        e[k] -= more * amps[k]
        r[k] = ohm[k] + more


@kernel
def _meet(
    begin: int,
    banks: int,
    members: int,
    turn: int,
    given: Rows,
    holds: int,
    e: Rows,
    r: Rows,
    low: Rows,
    high: Rows,
    flows: Rows,
    bus: Rows,
    done: Rows,
) -> int:
    """Solve each bus that does not stand still yet, with packs as straight as they are; tell how many stand still."""
    still = 0
    for bank in range(banks):
        if not done[bank]:
            a, z = bank * members, (bank + 1) * members
            volt = given[begin + bank] if holds else voltage(given[begin + bank], e[a:z], r[a:z], low[a:z], high[a:z])
            bus[begin + bank] = volt
            share = 1.0 if turn < _FREE_PASSES else 0.5
            moved = 0.0
            for k in range(a, z):
                amps = min(max((volt - e[k]) / r[k], low[k]), high[k])
                p = begin * members + k
                moved = max(moved, abs(amps - flows[p]))
            if moved < _STANDS_STILL_A:
                done[bank], share = 1, 1.0
            for k in range(a, z):
                amps = min(max((volt - e[k]) / r[k], low[k]), high[k])
                p = begin * members + k
                flows[p] += share * (amps - flows[p])
        still += done[bank]
    return still


@kernel
def voltage(total_a: float, e: Rows, r: Rows, low: Rows, high: Rows) -> float:
    """Give the bus voltage at which sources of voltages e behind r, each within its bounds, take total_a together.

    What a bus drives into the packs only grows with its voltage, and bends where a pack meets a bound: between the two
    bends about the answer all is straight. Where no voltage will do, the bend that comes nearest.
    """
    siemens, driven = 0.0, 0.0
    for m in range(e.shape[0]):
        siemens += 1.0 / r[m]
        driven += e[m] / r[m]
    bus = (total_a + driven) / siemens
    free = True
    for m in range(e.shape[0]):
        free &= low[m] < (bus - e[m]) / r[m] < high[m]
    if free:
        return bus
    below, above = -np.inf, np.inf
    for m in range(e.shape[0]):
        for bound in (low[m], high[m]):
            bend = e[m] + r[m] * bound
            amps = _into(bend, e, r, low, high)
            if amps <= total_a:
                below = max(below, bend)
            if amps >= total_a:
                above = min(above, bend)
    if below == -np.inf or above == np.inf:
        return above if below == -np.inf else below
    middle, siemens = 0.5 * (below + above), 0.0
    for m in range(e.shape[0]):
        siemens += 1.0 / r[m] if low[m] < (middle - e[m]) / r[m] < high[m] else 0.0
    return middle + (total_a - _into(middle, e, r, low, high)) / siemens if siemens > 0.0 else middle


@kernel
def _into(bus: float, e: Rows, r: Rows, low: Rows, high: Rows) -> float:
    total = 0.0
    for m in range(e.shape[0]):
        total += min(max((bus - e[m]) / r[m], low[m]), high[m])
    return total


@kernel
def _open(begin: int, banks: int, members: int, low: Rows, e: Rows, shift: Rows, flows: Rows, bus: Rows) -> None:
    """Give a bus on which nothing flows the voltage of the highest pack that may drive it, 0 where none may."""
    for bank in range(banks):
        highest, flowing = 0.0, False
        for k in range(bank * members, (bank + 1) * members):
            flowing |= flows[begin * members + k] != 0.0
            if low[k] < 0.0:
                highest = max(highest, e[k] - shift[k])
        if not flowing:
            bus[begin + bank] = highest
