"""Running packs: block by block, and in each block step by step, so that its rows stay in the cache of a core."""

from typing import Any

import numpy as np

from wattstead.battery.jit import entry, inlined, kernel
from wattstead.battery.kernel import act, balance, cells, correct, estimate, flow, measure, power, watch
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import Curves, Events, Given, Record, Rows, State

_F0, _F1 = np.float32(0.0), np.float32(1.0)
_A_LITTLE_LESS = np.float32(0.99999994)
_CORRECT_EVERY_S = 60
_FULL_UNTIL = 0.96  # ours: below, a pack no longer says that it is full


@entry
def run(
    state: State,
    given: Given,
    steps: int,
    packs: int,
    rows: Rows,
    curves: Curves,
    known: Rows,
    assumed: Rows,
    events: Events,
) -> None:
    """Let ``steps`` steps pass with constant inputs. Events come block by block, in order of time within each.

    known, assumed: one record each, of ``layout.TERMS`` and of the estimator's terms; as arrays, for a record alone
    costs Python twenty microseconds to hand over.
    """
    terms, estimator = known[0], assumed[0]
    start, number = state.time[0], state.time[1]
    for block in range((packs + at.BLOCK - 1) // at.BLOCK):
        first = block * at.BLOCK
        n = min(at.BLOCK, packs - first)
        rest_v = np.empty((terms.cells, n), dtype=np.float32)
        seen_v = np.empty((terms.cells, n), dtype=np.float32)
        begin = np.zeros((at.CHANNELS, n), dtype=np.float32)
        channels = np.zeros((at.CHANNELS, n), dtype=np.float32)
        floats, wides = np.empty((14, n), dtype=np.float32), np.empty((2, n), dtype=np.float64)
        words, longs = np.empty((11, n), dtype=np.int32), np.empty(n, dtype=np.int64)
        for j in range(steps):
            state.time[0] = start + (j + 1) * terms.dt
            state.time[1] = number + j + 1
            _step(
                state,
                given,
                first,
                n,
                block,
                rest_v,
                seen_v,
                begin,
                channels,
                floats,
                wides,
                words,
                longs,
                rows,
                curves,
                terms,
                estimator,
                events,
            )
    state.time[0] = start + steps * terms.dt
    state.time[1] = number + steps


@inlined
def _step(
    state: State,
    given: Given,
    first: int,
    n: int,
    block: int,
    rest_v: Rows,
    seen_v: Rows,
    begin: Rows,
    channels: Rows,
    floats: Rows,
    wides: Rows,
    words: Rows,
    longs: Rows,
    rows: Rows,
    curves: Curves,
    terms: Record,
    estimator: Any,
    events: Events,
) -> None:
    last = first + n
    atoms, gates, conducting, actions, began, doing = words[0], words[1], words[2], words[3], words[4], words[5]
    dirty, tripped, awake, charge_cut, discharge_cut = words[6], words[7], words[8], words[9], words[10]
    flows_a, seen_a, end_a, drive, mean_a, mean_a2 = floats[0], floats[1], floats[2], floats[3], floats[4], floats[5]
    heat_w, energy_v, source_v, ohm, spilled = floats[6], floats[7], floats[8], floats[9], floats[10]
    probe, mean_v, counted_a = floats[11], floats[12], floats[13]
    share, moved_ah, ended = wides[0], wides[1], longs

    _copy(state.pack[at.AMBIENT_DEGC, first:last], given.given[at.AIR_DEGC, first:last])
    power.surroundings(state, first, n, atoms, source_v, given, terms)
    flow.wanted(state, first, n, flows_a, ohm, given, terms)
    flow.inrush(state, first, n, flows_a, given, rows, terms)
    measure.current(state, first, n, flows_a, seen_a, given, terms)
    _begin_channels(state, first, n, flows_a, seen_a, begin, given)
    _gates(state, first, n, seen_a, gates, terms)
    flow.cut_within(state, first, n, begin, gates, given.seen, share, conducting, rows, terms)
    flow.spread_over_step(state, first, n, flows_a, share, moved_ah, drive, mean_a, mean_a2, heat_w, terms)
    for k in range(n):
        end_a[k] = flows_a[k] if share[k] >= 1.0 else _F0
        energy_v[k] = state.pack[at.EMF_V, first + k]

    balance.apply(state, first, n, terms)
    cells.advance(state, first, n, moved_ah, drive, mean_a, mean_a2, heat_w, spilled, rest_v, curves, terms)
    act.warm_board(state, first, n, mean_a, terms)
    _energy(state, first, n, flows_a, share, energy_v, terms)

    measure.voltages(state, first, n, end_a, rest_v, seen_v, channels, given, terms)
    measure.temperatures(state, first, n, probe, channels, given, terms)
    measure.slow(state, first, n, channels, given, state.tally[estimate.SOC, first:last])
    power.clocks(state, first, n, seen_a, given, terms)
    _end_channels(state, first, n, seen_a, source_v, begin, channels, given, terms)
    _cut_in_sight(n, share, conducting, channels, terms)
    _atoms(n, gates, atoms)
    watch.watch(
        state,
        first,
        n,
        block,
        begin,
        channels,
        gates,
        atoms,
        conducting,
        actions,
        began,
        dirty,
        ended,
        tripped,
        rows,
        terms,
        events,
    )
    act.act(state, first, n, actions, seen_a, end_a, dirty, channels[at.CH_DEGC_MIN], given, rows, terms)
    _remember(state, first, n, channels)
    if terms.bleed_a > _F0 or terms.transfer_a > _F0:
        for k in range(n):
            doing[k] = 1 if gates[k] & at.GATE_CHARGING else (-1 if gates[k] & at.GATE_DISCHARGING else 0)
        balance.choose(state, first, n, seen_v, channels, doing, terms)
    for k in range(n):
        awake[k] = state.status[first + k] & at.ON
        mean_v[k] = channels[at.CH_PACK, k] / np.float32(terms.cells)
        counted_a[k] = seen_a[k] * np.float32(share[k])
        charge_cut[k], discharge_cut[k] = began[k] & 1, began[k] >> 1
    tally, belief = state.tally, state.belief
    estimate.count(estimator, first, awake, counted_a, mean_v, charge_cut, discharge_cut, tally, belief)
    _remember_full(state, first, n, began, terms)
    if cells.passes(state, terms, _CORRECT_EVERY_S):
        low_v, degc = channels[at.CH_CELL_MIN], channels[at.CH_DEGC_MIN]
        correct.correct(estimator, first, mean_v, low_v, counted_a, degc, curves.ocv_v, tally, belief)
    power.settle(state, first, n, source_v, given, rows, terms, events)


@kernel
def _begin_channels(state: State, first: int, n: int, flows_a: Rows, seen_a: Rows, begin: Rows, given: Given) -> None:
    """Work out what rows see just after the current of this step began to flow."""
    last, pack = first + n, state.pack
    high, low, emf = pack[at.EMF_MAX_V, first:last], pack[at.EMF_MIN_V, first:last], pack[at.EMF_V, first:last]
    ohm, share = pack[at.R_SUM_OHM, first:last], _F1 / np.float32(state.fill.shape[0])
    _over(begin[at.CH_CELL_MAX], high, flows_a, ohm, share)
    _over(begin[at.CH_CELL_MIN], low, flows_a, ohm, share)
    _over(begin[at.CH_PACK], emf, flows_a, ohm, _F1)
    _less(begin[at.CH_DIFFERENCE], high, low)
    _signed(seen_a, begin[at.CH_CHARGE_A], begin[at.CH_DISCHARGE_A])
    _copy(begin[at.CH_DEGC_MAX], pack[at.WAS_DEGC_MAX, first:last])
    _copy(begin[at.CH_DEGC_MIN], pack[at.WAS_DEGC_MIN, first:last])
    _copy(begin[at.CH_MOS], pack[at.WAS_MOS_DEGC, first:last])
    _copy(begin[at.CH_SOC], pack[at.WAS_SOC, first:last])
    if given.seen_cell.shape[0]:
        for k in range(n):
            _seen_cells(given, first + k, k, begin)
    if given.seen.shape[0]:
        for k in range(n):
            _instead(given, at.SEEN_PACK_V, first + k, k, begin, at.CH_PACK)
            _instead(given, at.SEEN_MOS, first + k, k, begin, at.CH_MOS)
            _instead(given, at.SEEN_SOC, first + k, k, begin, at.CH_SOC)
    if given.seen_probe.shape[0]:
        for k in range(n):
            for p in range(given.seen_probe.shape[0]):
                value = given.seen_probe[p, first + k]
                if value == value:
                    begin[at.CH_DEGC_MAX, k] = np.float32(1e9)  # from the first instant on
                    begin[at.CH_DEGC_MIN, k] = np.float32(-1e9)


@kernel
def _copy(row: Rows, source: Rows) -> None:
    for k in range(row.shape[0]):
        row[k] = source[k]


@kernel
def _over(begin: Rows, rest: Rows, flows_a: Rows, ohm: Rows, share: Any) -> None:
    for k in range(begin.shape[0]):
        begin[k] = rest[k] + flows_a[k] * ohm[k] * share


@kernel
def _less(begin: Rows, high: Rows, low: Rows) -> None:
    for k in range(begin.shape[0]):
        begin[k] = high[k] - low[k]


@kernel
def _seen_cells(given: Given, p: int, k: int, begin: Rows) -> None:
    """Overridden cells read the same when the step begins: then so do the extremes, as far as all are overridden."""
    some = False
    for c in range(given.seen_cell.shape[0]):
        value = given.seen_cell[c, p]
        some |= value == value
    if some:  # beyond at the end means beyond from the beginning
        begin[at.CH_CELL_MAX, k] = begin[at.CH_DIFFERENCE, k] = begin[at.CH_PACK, k] = np.float32(1e9)
        begin[at.CH_CELL_MIN, k] = np.float32(-1e9)


@kernel
def _instead(given: Given, row: int, p: int, k: int, begin: Rows, channel: int) -> None:
    value = given.seen[row, p]
    if value == value:
        begin[channel, k] = value


@kernel
def _end_channels(
    state: State,
    first: int,
    n: int,
    seen_a: Rows,
    source_v: Rows,
    begin: Rows,
    channels: Rows,
    given: Given,
    terms: Record,
) -> None:
    """Fill the channels that need no sensor of a cell."""
    last, ticks = first + n, state.ticks
    _signed(seen_a, channels[at.CH_CHARGE_A], channels[at.CH_DISCHARGE_A])
    _copy(channels[at.CH_PORT], source_v)
    _copy(channels[at.CH_BUS_GAP], given.given[at.BUS_GAP_V, first:last])
    _seconds(ticks[at.CHARGING_FOR, first:last], terms.dt, begin[at.CH_CHARGING_FOR], channels[at.CH_CHARGING_FOR])
    _seconds(ticks[at.SILENT, first:last], terms.dt, begin[at.CH_SILENCE], channels[at.CH_SILENCE])
    _seconds(ticks[at.HELD, first:last], terms.dt, begin[at.CH_BUTTON], channels[at.CH_BUTTON])
    _bit(given.signals[first:last], at.STOP, channels[at.CH_STOP])
    _bit(state.status[first:last], at.PRECHARGE_FAILED, channels[at.CH_PRECHARGE])
    some = 0
    for k in range(n):
        some |= given.signals[first + k]
    if some >> at.FAULT_FIRST_BIT:  # inputs stay the same for a whole run, and channels begin at 0
        for k in range(n):
            _faults(given.signals[first + k], k, channels)
    if given.seen.shape[0]:
        for k in range(n):
            _instead(given, at.SEEN_PORT_V, first + k, k, channels, at.CH_PORT)
            _instead(given, at.SEEN_CONNECTION, first + k, k, channels, at.CH_CONNECTION)
            _instead(given, at.SEEN_RATIO, first + k, k, channels, at.CH_RESISTANCE_RATIO)


@kernel
def _signed(seen_a: Rows, charge: Rows, discharge: Rows) -> None:
    for k in range(seen_a.shape[0]):
        charge[k] = seen_a[k] if seen_a[k] > _F0 else _F0
        discharge[k] = -seen_a[k] if seen_a[k] < _F0 else _F0


@kernel
def _seconds(ticks: Rows, dt: int, begin: Rows, channel: Rows) -> None:
    """Rounded down: a row on a time must not trip before it is over."""
    for k in range(channel.shape[0]):
        exact = np.float64(ticks[k]) / at.TICKS_PER_S
        near = np.float32(exact)
        channel[k] = near if np.float64(near) <= exact else near * _A_LITTLE_LESS
        begin[k] = np.float32(np.float64(max(ticks[k] - dt, 0)) / at.TICKS_PER_S)


@kernel
def _bit(words: Rows, bit: int, channel: Rows) -> None:
    for k in range(channel.shape[0]):
        channel[k] = _F1 if words[k] & bit else _F0


@kernel
def _faults(signals: int, k: int, channels: Rows) -> None:
    bit = at.FAULT_FIRST_BIT
    for c in range(at.CH_VOLTAGE_SENSOR, at.CH_SECONDARY + 1):
        if c == at.CH_BUTTON or c == at.CH_STOP:
            continue
        if signals & (1 << bit):
            channels[c, k] = _F1
        elif c != at.CH_TEMPERATURE_SENSOR and c != at.CH_PRECHARGE:
            channels[c, k] = _F0
        bit += 1


@kernel
def _gates(state: State, first: int, n: int, seen_a: Rows, gates: Rows, terms: Record) -> None:
    status, band = state.status[first : first + n], terms.dead_band_a
    for k in range(n):
        gate = at.GATE_IDLE | at.GATE_ANY
        gate = at.GATE_ANY | at.GATE_CHARGING | at.GATE_LOADED if seen_a[k] > band else gate
        gate = at.GATE_ANY | at.GATE_DISCHARGING | at.GATE_LOADED if seen_a[k] < -band else gate
        gates[k] = gate | at.GATE_CHARGER if status[k] & at.SOURCE else gate


@kernel
def _cut_in_sight(n: int, share: Rows, conducting: Rows, channels: Rows, terms: Record) -> None:
    """After a cut within the step the sample at its end sees no current; the rows on current have seen it flow."""
    for k in range(n):
        if share[k] < 1.0 and conducting[k] < terms.dt:
            channels[at.CH_CHARGE_A, k] = channels[at.CH_DISCHARGE_A, k] = _F0


@kernel
def _atoms(n: int, gates: Rows, atoms: Rows) -> None:
    for k in range(n):
        if gates[k] & at.GATE_CHARGING:
            atoms[k] |= at.AT_CHARGE
        elif gates[k] & at.GATE_DISCHARGING:
            atoms[k] |= at.AT_DISCHARGE


@kernel
def _remember(state: State, first: int, n: int, channels: Rows) -> None:
    last, pack = first + n, state.pack
    _copy(pack[at.WAS_DEGC_MAX, first:last], channels[at.CH_DEGC_MAX])
    _copy(pack[at.WAS_DEGC_MIN, first:last], channels[at.CH_DEGC_MIN])
    _copy(pack[at.WAS_MOS_DEGC, first:last], channels[at.CH_MOS])
    _copy(pack[at.WAS_SOC, first:last], channels[at.CH_SOC])


@kernel
def _energy(state: State, first: int, n: int, flows_a: Rows, share: Rows, before_v: Rows, terms: Record) -> None:
    """Count energy through the terminals: the mean of the voltages at both ends of the step."""
    last = first + n
    charged, discharged = state.energy[at.CHARGED_KWH, first:last], state.energy[at.DISCHARGED_KWH, first:last]
    after_v, ohm = state.pack[at.EMF_V, first:last], state.pack[at.R_SUM_OHM, first:last]
    per_kwh = terms.dt_s / 3.6e6
    for k in range(n):
        volt = np.float64((before_v[k] + after_v[k]) * np.float32(0.5) + flows_a[k] * ohm[k])
        moved = volt * np.float64(flows_a[k]) * share[k] * per_kwh
        charged[k] += max(0.0, moved)
        discharged[k] -= min(0.0, moved)


@kernel
def _remember_full(state: State, first: int, n: int, began: Rows, terms: Record) -> None:
    """Note that a pack is full, until it has given some of its charge away."""
    status, counted = state.status[first : first + n], state.tally[estimate.COUNTED, first : first + n]
    hold = state.tally[estimate.HOLD_S, first : first + n]
    for k in range(n):
        full = status[k] | at.FULL if hold[k] >= terms.full_hold_s or began[k] & 1 else status[k]
        status[k] = full & ~at.FULL if counted[k] < _FULL_UNTIL else full
