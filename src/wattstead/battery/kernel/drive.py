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
    start, number, looked = state.time[at.NOW], state.time[at.STEP], state.time[at.LOOKED]
    for block in range((packs + at.BLOCK - 1) // at.BLOCK):
        first = block * at.BLOCK
        n = min(at.BLOCK, packs - first)
        state.time[at.LOOKED] = looked
        seen_v = np.empty((terms.cells, n), dtype=np.float32)
        begin = np.zeros((at.CHANNELS, n), dtype=np.float32)
        channels = np.zeros((at.CHANNELS, n), dtype=np.float32)
        floats = np.empty((14, n), dtype=np.float32)
        words, longs = np.empty((11, n), dtype=np.int32), np.empty(n, dtype=np.int64)
        calm = np.empty(2 * at.CHANNELS, dtype=np.float32)
        for j in range(steps):
            state.time[at.NOW] = start + (j + 1) * terms.dt
            state.time[at.STEP] = number + j + 1
            _step(
                state,
                given,
                first,
                n,
                block,
                j == 0,
                seen_v,
                begin,
                channels,
                floats,
                words,
                longs,
                calm,
                rows,
                curves,
                terms,
                estimator,
                events,
            )
    state.time[at.NOW] = start + steps * terms.dt
    state.time[at.STEP] = number + steps


@inlined
def _step(
    state: State,
    given: Given,
    first: int,
    n: int,
    block: int,
    first_of_call: bool,
    seen_v: Rows,
    begin: Rows,
    channels: Rows,
    floats: Rows,
    words: Rows,
    longs: Rows,
    calm: Rows,
    rows: Rows,
    curves: Curves,
    terms: Record,
    estimator: Any,
    events: Events,
) -> None:
    last = first + n
    atoms, gates, conducting, actions, began, doing = words[0], words[1], words[2], words[3], words[4], words[5]
    dirty, tripped, awake, charge_cut, discharge_cut = words[6], words[7], words[8], words[9], words[10]
    flows_a, seen_a, end_a, share, drive, mean_a = floats[0], floats[1], floats[2], floats[3], floats[4], floats[5]
    lately_ah, energy_v, source_v, ohm, over_a = floats[6], floats[7], floats[8], floats[9], floats[10]
    probe, mean_v, counted_a, ended = floats[11], floats[12], floats[13], longs

    _copy(state.pack[at.AMBIENT_DEGC, first:last], given.given[at.AIR_DEGC, first:last])
    power.surroundings(state, first, n, atoms, source_v, given, terms)
    flow.wanted(state, first, n, flows_a, ohm, given, terms)
    flow.inrush(state, first, n, flows_a, given, rows, terms)
    measure.current(state, first, n, flows_a, seen_a, given, curves.noise, terms)
    _begin_channels(state, first, n, flows_a, seen_a, begin, given)
    _gates(state, first, n, seen_a, gates, terms)
    cut = flow.cut_within(state, first, n, begin, gates, given.seen, share, conducting, rows, terms)
    flow.spread_over_step(state, first, n, flows_a, share, cut, drive, mean_a, terms)
    _at_end(flows_a, share, end_a)
    _copy(energy_v, state.pack[at.EMF_V, first:last])

    balance.apply(state, first, n, terms)
    looks = cells.passes(state, terms, at.LOOK_EVERY_S)
    if looks:
        cells.look(state, first, n, actions, probe, mean_v, curves, terms)
        state.time[at.LOOKED] = state.time[at.NOW]
    act.warm_board(state, first, n, mean_a, terms)
    measure.voltages(state, first, n, end_a, lately_ah, over_a, seen_v, channels, given, curves.noise, terms)
    _energy(state, first, n, flows_a, mean_a, energy_v, terms)
    if looks or first_of_call or given.seen_probe.shape[0]:
        measure.temperatures(state, first, n, probe, channels, given, terms)
    measure.slow(state, first, n, channels, given, state.tally[estimate.SOC, first:last])
    power.clocks(state, first, n, seen_a, given, terms)
    _end_channels(state, first, n, seen_a, source_v, begin, channels, given, terms)
    if cut:
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
        calm,
        rows,
        terms,
        events,
    )
    act.act(state, first, n, actions, seen_a, end_a, dirty, channels[at.CH_DEGC_MIN], given, rows, terms)
    _remember(state, first, n, channels)
    if terms.bleed_a > _F0 or terms.transfer_a > _F0:
        _doing(gates, doing)
        balance.choose(state, first, n, seen_v, channels, doing, terms)
    share_of_cell = _F1 / np.float32(terms.cells)
    _counted(seen_a, share, channels[at.CH_PACK], state.status[first:last], counted_a, mean_v, awake, share_of_cell)
    _cuts(began, charge_cut, discharge_cut)
    tally, belief = state.tally, state.belief
    estimate.count(estimator, first, awake, counted_a, mean_v, charge_cut, discharge_cut, tally, belief)
    _remember_full(state, first, n, began, terms)
    if cells.passes(state, terms, _CORRECT_EVERY_S):
        low_v, degc = channels[at.CH_CELL_MIN], channels[at.CH_DEGC_MIN]
        correct.correct(estimator, first, mean_v, low_v, counted_a, degc, curves.ocv_v, tally, belief)
    power.settle(state, first, n, source_v, given, rows, terms, events)


@kernel
def _at_end(flows_a: Rows, share: Rows, end_a: Rows) -> None:
    for k in range(end_a.shape[0]):
        end_a[k] = flows_a[k] if share[k] >= _F1 else _F0


@kernel
def _doing(gates: Rows, doing: Rows) -> None:
    """Give 1 for charge, -1 for discharge, 0 for rest."""
    for k in range(doing.shape[0]):
        doing[k] = (1 if gates[k] & at.GATE_CHARGING else 0) - (1 if gates[k] & at.GATE_DISCHARGING else 0)


@kernel
def _counted(
    seen_a: Rows, share: Rows, pack_v: Rows, status: Rows, counted_a: Rows, mean_v: Rows, awake: Rows, part: Any
) -> None:
    """Give the estimator what was measured."""
    for k in range(seen_a.shape[0]):
        counted_a[k] = seen_a[k] * share[k]
        mean_v[k] = pack_v[k] * part
        awake[k] = status[k] & at.ON


@kernel
def _cuts(began: Rows, charge_cut: Rows, discharge_cut: Rows) -> None:
    for k in range(began.shape[0]):
        charge_cut[k], discharge_cut[k] = began[k] & 1, began[k] >> 1


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
    if terms.channels & (1 << at.CH_CHARGING_FOR):
        _seconds(ticks[at.CHARGING_FOR, first:last], terms.dt, begin[at.CH_CHARGING_FOR], channels[at.CH_CHARGING_FOR])
    if terms.channels & (1 << at.CH_PRECHARGE):
        _bit(state.status[first:last], at.PRECHARGE_FAILED, channels[at.CH_PRECHARGE])
    some = _of_any(given.signals[first:last])  # signals stay the same for a whole run, and channels begin at 0
    if some & at.SILENCE:
        _seconds(ticks[at.SILENT, first:last], terms.dt, begin[at.CH_SILENCE], channels[at.CH_SILENCE])
    if some & at.BUTTON:
        _seconds(ticks[at.HELD, first:last], terms.dt, begin[at.CH_BUTTON], channels[at.CH_BUTTON])
    if some & at.STOP:
        _bit(given.signals[first:last], at.STOP, channels[at.CH_STOP])
    if some >> at.FAULT_FIRST_BIT:
        for k in range(n):
            _faults(given.signals[first + k], k, channels)
    if given.seen.shape[0]:
        for k in range(n):
            _instead(given, at.SEEN_PORT_V, first + k, k, channels, at.CH_PORT)
            _instead(given, at.SEEN_CONNECTION, first + k, k, channels, at.CH_CONNECTION)
            _instead(given, at.SEEN_RATIO, first + k, k, channels, at.CH_RESISTANCE_RATIO)


@kernel
def _of_any(words: Rows) -> Any:
    some = 0
    for k in range(words.shape[0]):
        some |= words[k]
    return some


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
        charges, discharges = seen_a[k] > band, seen_a[k] < -band
        gate = at.GATE_CHARGING if charges else 0
        gate |= at.GATE_DISCHARGING if discharges else 0
        gate |= at.GATE_LOADED if charges | discharges else at.GATE_IDLE
        gates[k] = gate | at.GATE_ANY | (at.GATE_CHARGER if status[k] & at.SOURCE else 0)


@kernel
def _cut_in_sight(n: int, share: Rows, conducting: Rows, channels: Rows, terms: Record) -> None:
    """After a cut within the step the sample at its end sees no current; the rows on current have seen it flow."""
    for k in range(n):
        if share[k] < 1.0 and conducting[k] < terms.dt:
            channels[at.CH_CHARGE_A, k] = channels[at.CH_DISCHARGE_A, k] = _F0


@kernel
def _atoms(n: int, gates: Rows, atoms: Rows) -> None:
    for k in range(n):
        atoms[k] |= at.AT_CHARGE if gates[k] & at.GATE_CHARGING else 0
        atoms[k] |= at.AT_DISCHARGE if gates[k] & at.GATE_DISCHARGING else 0


@kernel
def _remember(state: State, first: int, n: int, channels: Rows) -> None:
    last, pack = first + n, state.pack
    _copy(pack[at.WAS_DEGC_MAX, first:last], channels[at.CH_DEGC_MAX])
    _copy(pack[at.WAS_DEGC_MIN, first:last], channels[at.CH_DEGC_MIN])
    _copy(pack[at.WAS_MOS_DEGC, first:last], channels[at.CH_MOS])
    _copy(pack[at.WAS_SOC, first:last], channels[at.CH_SOC])


@kernel
def _energy(state: State, first: int, n: int, flows_a: Rows, mean_a: Rows, before_v: Rows, terms: Record) -> None:
    """Count energy through the terminals: the mean of the voltages at both ends of the step."""
    last = first + n
    charged, discharged = state.energy[at.CHARGED_KWH, first:last], state.energy[at.DISCHARGED_KWH, first:last]
    after_v, ohm = state.pack[at.EMF_V, first:last], state.pack[at.R_SUM_OHM, first:last]
    _count_energy(charged, discharged, before_v, after_v, ohm, flows_a, mean_a, terms.dt_s / 3.6e6)


@kernel
def _count_energy(
    charged: Rows,
    discharged: Rows,
    before_v: Rows,
    after_v: Rows,
    ohm: Rows,
    flows_a: Rows,
    mean_a: Rows,
    per_kwh: Any,
) -> None:
    for k in range(mean_a.shape[0]):
        volt = (before_v[k] + after_v[k]) * np.float32(0.5) + flows_a[k] * ohm[k]
        moved = np.float64(volt * mean_a[k]) * per_kwh
        charged[k] += max(0.0, moved)
        discharged[k] -= min(0.0, moved)


@kernel
def _remember_full(state: State, first: int, n: int, began: Rows, terms: Record) -> None:
    """Note that a pack is full, until it has given some of its charge away."""
    status, counted = state.status[first : first + n], state.tally[estimate.COUNTED, first : first + n]
    hold = state.tally[estimate.HOLD_S, first : first + n]
    _full(status, hold, counted, began, terms.full_hold_s)


@kernel
def _full(status: Rows, hold: Rows, counted: Rows, began: Rows, full_hold_s: float) -> None:
    for k in range(status.shape[0]):
        bits = status[k] | (at.FULL if (hold[k] >= full_hold_s) | (began[k] & 1 != 0) else 0)
        status[k] = bits & ~(at.FULL if counted[k] < _FULL_UNTIL else 0)
