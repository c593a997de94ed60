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
    rest_v: Rows,
    seen_v: Rows,
    channels: Rows,
    given: Given,
    terms: Record,
) -> None:
    """Measure every cell with end_a flowing; fill the voltage channels. rest_v, seen_v: ``[cell, pack]``."""
    last = first + n
    high, low, total = channels[at.CH_CELL_MAX], channels[at.CH_CELL_MIN], channels[at.CH_PACK]
    for k in range(n):
        high[k] = -_BIG
        low[k] = _BIG
        total[k] = _F0
    for c in range(terms.cells):
        seen = seen_v[c]
        r, offset = state.cell[at.R_OHM, c, first:last], state.offset[c, first:last]
        _terminal(seen, rest_v[c], end_a, r, offset, terms.offset_step_v)
        for j in range(terms.busbars):
            if terms.busbar_cell[j] == c:
                _drop(seen, end_a, terms.busbar_ohm[j])
        if terms.cell_noise_v > _F0:
            _noise(seen, terms.cell_noise_v, state.time[1], first, c, terms.noise_seed)
        if terms.cell_per_step > _F0:
            _rounded(seen, terms.cell_per_step)
        if given.seen_cell.shape[0]:
            _instead(seen, given.seen_cell[c, first:last])
        _extremes(seen, high, low, total)
    difference = channels[at.CH_DIFFERENCE]
    for k in range(n):
        difference[k] = high[k] - low[k]
    if given.seen.shape[0]:
        _instead(total, given.seen[at.SEEN_PACK_V, first:last])


@kernel
def _terminal(seen: Rows, rest: Rows, end_a: Rows, r: Rows, offset: Rows, step_v: Any) -> None:
    for k in range(seen.shape[0]):
        seen[k] = rest[k] + end_a[k] * r[k] + np.float32(offset[k]) * step_v


@kernel
def _drop(seen: Rows, end_a: Rows, ohm: Any) -> None:
    for k in range(seen.shape[0]):
        seen[k] += end_a[k] * ohm


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
def _noise(seen: Rows, sigma: Any, number: int, first: int, channel: int, seed: int) -> None:
    """Add noise that follows from pack, step and channel alone: the sum of four uniform bytes, of variance sigma²."""
    key = np.uint32(number * 0x9E3779B1 + channel * 0x85EBCA77 + seed)
    scale = sigma * np.float32(1.0 / 147.8)
    for k in range(seen.shape[0]):
        x = np.uint32(np.uint32(key ^ np.uint32(first + k)) * np.uint32(0x2C1B3C6D))  # wider by itself, hence the cuts
        x = np.uint32(x ^ np.uint32(x >> np.uint32(15)))
        x = np.uint32(x * np.uint32(0x297A2D39))
        x = np.uint32(x ^ np.uint32(x >> np.uint32(14)))
        low = np.uint32(x & np.uint32(255)) + np.uint32(np.uint32(x >> np.uint32(8)) & np.uint32(255))
        high = np.uint32(np.uint32(x >> np.uint32(16)) & np.uint32(255)) + np.uint32(x >> np.uint32(24))
        seen[k] += (np.float32(np.int32(low + high)) - np.float32(510.0)) * scale


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
        share = _F1 / np.float32(end - begin)
        for k in range(n):
            mean[k] *= share
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
def current(state: State, first: int, n: int, true_a: Rows, seen_a: Rows, given: Given, terms: Record) -> None:
    """Measure a current."""
    last = first + n
    offset, gain = state.pack[at.OFFSET_A, first:last], state.pack[at.GAIN_A, first:last]
    for k in range(n):
        seen_a[k] = true_a[k] * gain[k] + offset[k]
    if terms.current_noise_a > _F0:
        _noise(seen_a, terms.current_noise_a, state.time[1], first, 255, terms.noise_seed)
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
