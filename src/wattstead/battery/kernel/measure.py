"""What the sensors say at the end of a step: voltages, temperatures, current; and the channels that rows go by."""

from typing import Any

import numpy as np

from wattstead.battery.jit import kernel
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import Given, Record, Rows, State

_F0, _F1 = np.float32(0.0), np.float32(1.0)
_BIG = np.float32(1e9)
_VALID_LOW, _VALID_HIGH = np.float32(-55.0), np.float32(150.0)


@kernel
def voltages(
    state: State,
    first: int,
    n: int,
    end_a: Rows,
    lately_ah: Rows,
    over_a: Rows,
    seen_v: Rows,
    channels: Rows,
    given: Given,
    noise: Rows,
    terms: Record,
) -> None:
    """Measure every cell with end_a flowing; fill the voltage channels and the sums of the voltages at rest.

    lately_ah, over_a: scratch. seen_v ``[cell, pack]``: gets what is measured.
    """
    last, pack, cell = first + n, state.pack, state.cell
    emf, rest_high, rest_low = (
        pack[at.EMF_V, first:last],
        pack[at.EMF_MAX_V, first:last],
        pack[at.EMF_MIN_V, first:last],
    )
    high, low, total = channels[at.CH_CELL_MAX], channels[at.CH_CELL_MIN], channels[at.CH_PACK]
    half_gap = pack[at.HALF_GAP_V, first:last]
    _begin_sums(emf, rest_high, rest_low, high, low, total)
    _over_rest(state.lately[at.LATELY_AH, first:last], pack[at.BRANCH_A, first:last], lately_ah, over_a, terms.rc_ratio)
    noise_v = terms.cell_noise_v * np.float32(1.0 / at.NOISE_PER_SIGMA)
    for c in range(terms.cells):
        begin = _noise_from(state, first, c, terms) if noise_v > _F0 else 0
        busbar_ohm = _F0
        for j in range(terms.busbars):
            if terms.busbar_cell[j] == c:
                busbar_ohm += terms.busbar_ohm[j]
        _cell(
            cell[at.HYSTERESIS, c, first:last],
            cell[at.PER_AH, c, first:last],
            cell[at.LINE_V, c, first:last],
            cell[at.LINE_SLOPE, c, first:last],
            cell[at.R_OHM, c, first:last],
            state.offset[c, first:last],
            noise[begin : begin + n],
            lately_ah,
            half_gap,
            over_a,
            end_a,
            emf,
            rest_high,
            rest_low,
            seen_v[c],
            high,
            low,
            total,
            terms.per_fill,
            busbar_ohm,
            terms.offset_step_v,
            noise_v,
            terms.cell_per_step,
        )
    if given.seen_cell.shape[0]:
        _override(seen_v, given.seen_cell, first, high, low, total)
    _less(channels[at.CH_DIFFERENCE], high, low)
    if given.seen.shape[0]:
        _instead(total, given.seen[at.SEEN_PACK_V, first:last])


@kernel
def _begin_sums(emf: Rows, rest_high: Rows, rest_low: Rows, high: Rows, low: Rows, total: Rows) -> None:
    for k in range(emf.shape[0]):
        emf[k] = total[k] = _F0
        rest_high[k] = high[k] = -_BIG
        rest_low[k] = low[k] = _BIG


@kernel
def _over_rest(moved_ah: Rows, branch_a: Rows, lately_ah: Rows, over_a: Rows, ratio: Any) -> None:
    """Give what the cells of a pack have in common: charge since the last look; current behind R1, as if it were R0."""
    for k in range(branch_a.shape[0]):
        lately_ah[k] = np.float32(moved_ah[k])
        over_a[k] = branch_a[k] * ratio


@kernel
def _cell(
    hysteresis: Rows,
    per_ah: Rows,
    line_v: Rows,
    slope: Rows,
    r: Rows,
    offset: Rows,
    noise: Rows,
    lately_ah: Rows,
    half_gap: Rows,
    over_a: Rows,
    end_a: Rows,
    emf: Rows,
    rest_high: Rows,
    rest_low: Rows,
    seen: Rows,
    high: Rows,
    low: Rows,
    total: Rows,
    per_fill: Any,
    busbar_ohm: Any,
    offset_step_v: Any,
    noise_v: Any,
    per_step: Any,
) -> None:
    """Work out one cell of each pack: its voltage but for R0, from where it was looked at last, and what is read."""
    rounds = per_step > _F0
    for k in range(hysteresis.shape[0]):
        turned = hysteresis[k] + lately_ah[k] * per_ah[k] * per_fill
        turned = min(max(turned, -_F1), _F1)
        rest = line_v[k] + slope[k] * lately_ah[k] + half_gap[k] * turned + r[k] * over_a[k]
        emf[k] += rest
        rest_high[k] = max(rest_high[k], rest)
        rest_low[k] = min(rest_low[k], rest)
        value = rest + end_a[k] * (r[k] + busbar_ohm)
        value += np.float32(offset[k]) * offset_step_v + np.float32(noise[k]) * noise_v
        value = np.rint(value * per_step) / per_step if rounds else value
        seen[k] = value
        high[k] = max(high[k], value)
        low[k] = min(low[k], value)
        total[k] += value


@kernel
def _override(seen_v: Rows, given: Rows, first: int, high: Rows, low: Rows, total: Rows) -> None:
    """Let cells read what they are made to read."""
    n = total.shape[0]
    for k in range(n):
        high[k] = -_BIG
        low[k] = _BIG
        total[k] = _F0
    for c in range(given.shape[0]):
        _instead(seen_v[c], given[c, first : first + n])
        _extremes(seen_v[c], high, low, total)


@kernel
def _less(difference: Rows, high: Rows, low: Rows) -> None:
    for k in range(difference.shape[0]):
        difference[k] = high[k] - low[k]


@kernel
def _rounded(seen: Rows, per_step: Any) -> None:
    for k in range(seen.shape[0]):
        seen[k] = np.rint(seen[k] * per_step) / per_step


@kernel
def _instead(seen: Rows, given: Rows) -> None:
    for k in range(seen.shape[0]):
        one = given[k]
        seen[k] = one if one == one else seen[k]


@kernel
def _extremes(seen: Rows, high: Rows, low: Rows, total: Rows) -> None:
    for k in range(seen.shape[0]):
        value = seen[k]
        high[k] = max(high[k], value)
        low[k] = min(low[k], value)
        total[k] += value


@kernel
def _noise_from(state: State, first: int, channel: int, terms: Record) -> Any:
    """Give where the noise of the packs from ``first`` on begins in its table, for this step and channel."""
    x = np.uint32(state.time[at.STEP] * 0x9E3779B1 + channel * 0x85EBCA77 + terms.noise_seed)
    x = np.uint32(
        np.uint32(x ^ np.uint32(x >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
    )  # wider by itself, hence the cuts
    x = np.uint32(np.uint32(x ^ np.uint32(x >> np.uint32(12))) * np.uint32(0x297A2D39))
    x = np.uint32(x ^ np.uint32(x >> np.uint32(15)))
    return (np.int64(x) + state.time[at.NUMBER] + first) & (at.NOISE_POINTS - 1)


@kernel
def _noise(seen: Rows, noise: Rows, sigma: Any) -> None:
    scale = sigma * np.float32(1.0 / at.NOISE_PER_SIGMA)
    for k in range(seen.shape[0]):
        seen[k] += np.float32(noise[k]) * scale


@kernel
def temperatures(state: State, first: int, n: int, mean: Rows, channels: Rows, given: Given, terms: Record) -> None:
    """Measure the probes; one that is open or short is left out of the extremes and raises its fault."""
    last = first + n
    high, low, fault = (
        channels[at.CH_DEGC_MAX],
        channels[at.CH_DEGC_MIN],
        channels[at.CH_TEMPERATURE_SENSOR],
    )
    for k in range(n):
        high[k] = -_BIG
        low[k] = _BIG
        fault[k] = _F0
    for p in range(terms.probe_count):
        begin, end = terms.probes[p, 0], terms.probes[p, 1]
        for k in range(n):
            mean[k] = _F0
        for c in range(begin, end):
            row = state.cell[at.DEGC, c, first:last]
            for k in range(n):
                mean[k] += row[k]
        share, offset = _F1 / np.float32(end - begin), state.probe_offset[p, first:last]
        for k in range(n):
            mean[k] = mean[k] * share + np.float32(offset[k]) * terms.probe_offset_step_k
        if given.seen_probe.shape[0]:
            _instead(mean, given.seen_probe[p, first:last])
            for k in range(n):
                valid = _VALID_LOW < mean[k] < _VALID_HIGH
                fault[k] = fault[k] if valid else _F1
                high[k] = mean[k] if valid and mean[k] > high[k] else high[k]
                low[k] = mean[k] if valid and mean[k] < low[k] else low[k]
        else:
            for k in range(n):
                high[k] = max(high[k], mean[k])
                low[k] = min(low[k], mean[k])
    if given.seen_probe.shape[0]:
        for k in range(n):  # no probe tells anything: neither beyond nor back
            if high[k] == -_BIG:
                high[k] = low[k] = np.float32(np.nan)


@kernel
def current(
    state: State, first: int, n: int, true_a: Rows, seen_a: Rows, given: Given, noise: Rows, terms: Record
) -> None:
    """Measure a current."""
    last = first + n
    offset, gain = state.pack[at.OFFSET_A, first:last], state.pack[at.GAIN_A, first:last]
    for k in range(n):
        seen_a[k] = true_a[k] * gain[k] + offset[k]
    if terms.current_noise_a > _F0:
        begin = _noise_from(state, first, 255, terms)
        _noise(seen_a, noise[begin : begin + n], terms.current_noise_a)
    if terms.current_per_step > _F0:
        _rounded(seen_a, terms.current_per_step)
    if given.seen.shape[0]:
        _instead(seen_a, given.seen[at.SEEN_CURRENT_A, first:last])


@kernel
def slow(state: State, first: int, n: int, channels: Rows, given: Given, soc: Rows) -> None:
    """Fill the channels of air, MOS and SOC. soc: 0..1 as the BMS believes."""
    last = first + n
    ambient, mos, percent = channels[at.CH_AMBIENT], channels[at.CH_MOS], channels[at.CH_SOC]
    air, board = state.pack[at.AMBIENT_DEGC, first:last], state.pack[at.MOS_DEGC, first:last]
    for k in range(n):
        ambient[k] = air[k]
        mos[k] = board[k]
        share = min(max(soc[k], 0.0), 1.0)
        percent[k] = np.float32(100.0 * share)
    if given.seen.shape[0]:
        _instead(ambient, given.seen[at.SEEN_AMBIENT, first:last])
        _instead(mos, given.seen[at.SEEN_MOS, first:last])
        _instead(percent, given.seen[at.SEEN_SOC, first:last])
