"""Balancing: which cells bleed, from which to which charge moves, and what that does to them (SEP-14, PWS-6)."""

from typing import Any

import numpy as np

from wattstead.battery.jit import kernel
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import Record, Rows, State

_F0 = np.float32(0.0)


@kernel
def choose(state: State, first: int, n: int, seen_v: Rows, channels: Rows, charging: Rows, terms: Record) -> None:
    """Choose the cells of each pack by what was measured. charging: 1 charge, -1 discharge, 0 rest, ``[pack]``."""
    high, gap = channels[at.CH_CELL_MAX], channels[at.CH_DIFFERENCE]
    least = terms.bleed_stop_gap_v if terms.bleed_a > _F0 else terms.transfer_stop_gap_v
    resting = state.ticks[at.RESTING, first : first + n]
    if not _some_near(state.status[first : first + n], high, gap, least, terms.bleed_start_v, terms.transfer_a > _F0):
        _not_resting(resting, charging)
        return
    for k in range(n):
        p = first + k
        status = state.status[p]
        near = gap[k] > least and (high[k] >= terms.bleed_start_v or terms.transfer_a > _F0)
        if not near and not status & at.BALANCING:
            state.ticks[at.RESTING, p] = 0 if charging[k] != 0 else state.ticks[at.RESTING, p]
            continue
        if not _may(state, p, charging[k], terms):
            _stop(state, p)
            continue
        if terms.bleed_a > _F0:
            state.bleed[p] = _bleeders(seen_v, k, high[k], gap[k], state.bleed[p], terms)
        if terms.transfer_a > _F0:
            _transfer(state, p, seen_v, k, gap[k], terms)
        works = state.bleed[p] != 0 or state.status[p] & at.TRANSFER
        if works and charging[k] == 0:
            state.ticks[at.RESTING, p] = min(state.ticks[at.RESTING, p], at.MOST_TICKS - terms.dt) + terms.dt
            if state.ticks[at.RESTING, p] >= terms.rest_limit:
                _stop(state, p)
                continue
        state.status[p] = (state.status[p] | at.BALANCING) if works else (state.status[p] & ~at.BALANCING)


@kernel
def _some_near(status: Rows, high: Rows, gap: Rows, least: Any, start_v: Any, transfers: bool) -> bool:
    some = 0
    for k in range(status.shape[0]):
        near = (gap[k] > least) & ((high[k] >= start_v) | transfers)
        some |= (status[k] & at.BALANCING) | (1 if near else 0)
    return some != 0


@kernel
def _not_resting(resting: Rows, charging: Rows) -> None:
    for k in range(resting.shape[0]):
        resting[k] = 0 if charging[k] != 0 else resting[k]


@kernel
def _may(state: State, p: int, charging: int, terms: Record) -> bool:
    """Whether the pack balances now at all; a current ends the count of its time at rest."""
    status = state.status[p]
    if charging != 0:
        state.ticks[at.RESTING, p] = 0
    if not status & at.ON or status & at.NO_BALANCE or charging < 0:
        return False
    if charging > 0:
        return bool(terms.balance_charging)
    return bool(terms.balance_resting and state.ticks[at.RESTING, p] < terms.rest_limit)


@kernel
def _stop(state: State, p: int) -> None:
    state.bleed[p] = 0
    state.status[p] &= ~(at.BALANCING | at.TRANSFER)


@kernel
def _bleeders(seen_v: Rows, k: int, high: Any, gap: Any, bleeding: int, terms: Record) -> int:
    """Give the cells that bleed, as bits: they start beyond one difference and go on until the other."""
    low = high - gap
    chosen = 0
    for c in range(terms.cells):
        value = seen_v[c, k]
        against = low
        if terms.neighbours:
            left = seen_v[c - 1, k] if c > 0 else value
            right = seen_v[c + 1, k] if c + 1 < terms.cells else value
            against = min(right, left)
        goes_on = bleeding & (1 << c) and value - against > terms.bleed_stop_gap_v
        starts = value >= terms.bleed_start_v and value - against >= terms.bleed_start_gap_v
        if starts or goes_on:
            chosen |= 1 << c
    return chosen


@kernel
def _transfer(state: State, p: int, seen_v: Rows, k: int, gap: Any, terms: Record) -> None:
    moves = state.status[p] & at.TRANSFER
    if gap <= terms.transfer_stop_gap_v or (not moves and gap < terms.transfer_start_gap_v):
        state.status[p] &= ~at.TRANSFER
        return
    highest = lowest = 0
    for c in range(terms.cells):
        highest = c if seen_v[c, k] > seen_v[highest, k] else highest
        lowest = c if seen_v[c, k] < seen_v[lowest, k] else lowest
    state.moving[p] = highest + 256 * lowest
    state.status[p] |= at.TRANSFER


@kernel
def apply(state: State, first: int, n: int, terms: Record) -> None:
    """Let balancing move charge for a step."""
    dt_h = terms.dt_s / 3600.0
    some = 0
    status = state.status[first : first + n]
    for k in range(n):
        some |= status[k] & at.BALANCING
    if not some:
        return
    for k in range(n):
        p = first + k
        if not state.status[p] & at.BALANCING:
            continue
        bleeding = state.bleed[p]
        for c in range(terms.cells):
            if bleeding & (1 << c):
                _move(state, c, p, -terms.bleed_a * dt_h)
        if state.status[p] & at.TRANSFER:
            charge_ah = terms.transfer_a * dt_h
            _move(state, state.moving[p] & 255, p, -charge_ah)
            _move(state, state.moving[p] >> 8, p, charge_ah * terms.transfer_share)


@kernel
def _move(state: State, c: int, p: int, charge_ah: float) -> None:
    """Give a single cell of a pack some charge."""
    state.fill[c, p] += charge_ah * np.float64(state.cell[at.PER_AH, c, p])
    state.cell[at.LINE_V, c, p] += state.cell[at.LINE_SLOPE, c, p] * np.float32(charge_ah)
