"""By how much of its charge each cell lies off the others, and whether that grows as the pack empties.

On the plateau a cell that holds less charge shows a lower voltage in proportion to the slope of the curve, which the
pack itself shows as it moves along it; at the knees voltage tells charge directly. All of it is one linear question
for each cell: deviation = offset of its sensor + slope x (lack at full + what the lack grows by down to empty).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wattstead.plant.health.day import Floats
from wattstead.plant.health.facts import BINS, CHARGING, DISCHARGING, Facts
from wattstead.plant.health.lfp import low_end, share_at

FOLDS = 5
"""Parts of the days, for the spread of the answer: each is left out once."""
_LEAST_COUNT, _USUAL_COUNT, _MOST_COUNT = 3.0, 12.0, 36.0
_LEAST_BINS = 3
_CHORD = 0.02
_NOISE_V = 0.0012
_BLUR = 0.012
"""Of the charge: how sharp the SOC of a BMS is. What it blurs counts less where the curve is steep."""
_KNEE_SD, _TOP_SD = 0.012, 0.006
_SENSOR_V, _FILL_SD, _LACK_SD = 0.003, 0.01, 0.3
"""What is likely before anything is known: offset of a sensor, difference in charge, growth of it."""
_PRIOR = np.diag([_SENSOR_V**-2, _FILL_SD**-2, _LACK_SD**-2])
_DAY_SD = 0.02
"""A day that tells charge less sharply than this, or says next to nothing of some cell, is left out of its course."""
_TURNS = 4
_CENTRES = (np.arange(BINS) + 0.5) / BINS


@dataclass(frozen=True, slots=True, eq=False)
class Charge:
    """Of each cell. lack: by which its capacity is smaller than that of the median cell, as a share of its own.

    sensor_v: offset of its reading. fill: charge over the median when full, 0..1. low: the same at the lowest SOC that
    was seen. soc_low, soc_high: 0..1, between which the pack moved. days: that it rests on.
    """

    sensor_v: Floats
    fill: Floats
    lack: Floats
    low: Floats
    soc_low: float
    soc_high: float
    days: int

    @property
    def missing(self) -> Floats:
        """Share of its capacity that each cell lacks."""
        return np.asarray(self.lack / (1.0 + np.maximum(self.lack, -0.5)))


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Sums of some days. count, median_v ``[direction, bin]``, own_v ``[direction, bin, cell]``; knees ``[cell]``."""

    count: Floats
    median_v: Floats
    own_v: Floats
    high: Floats
    high_n: int
    low: Floats
    low_n: int
    low_soc: float


@dataclass(frozen=True, slots=True, eq=False)
class _Bins:
    """Bins of both directions in a row: share, count ``[row]``; own_v ``[row, cell]``; curve: charge and voltage."""

    share: Floats
    count: Floats
    own_v: Floats
    curve: tuple[Floats, Floats]

    def slope(self, off: Floats) -> Floats:
        """Give the slope of the chord from each bin to where each cell is thought to stand, ``[row, cell]``."""
        off = np.where(np.abs(off) < _CHORD, np.where(off < 0.0, -_CHORD, _CHORD), off)
        if not len(self.share):
            return off
        share = self.share[:, np.newaxis]
        return np.asarray((_voltage(share + off, *self.curve) - _voltage(share, *self.curve)) / off)


def charge_of(facts: Sequence[Facts], own_ohm: Floats, common_ohm: float) -> Charge | None:
    """Answer it for each cell; None where the pack hardly moved. own_ohm, common_ohm: what current drops."""
    seen = _seen(facts, own_ohm, common_ohm)
    bins = _bins(seen)
    if not len(bins.share) and not seen.low_n and not seen.high_n:
        return None
    sensor, fill, lack = _answer(seen, bins)
    lows = [*bins.share.tolist(), *([seen.low_soc] if seen.low_n else [])]
    highs = [*bins.share.tolist(), *([1.0] if seen.high_n else [])]
    low_at = min(lows, default=1.0)
    low = fill - (1.0 - low_at) * lack
    return Charge(sensor, fill, lack, low, low_at, max(highs, default=low_at), len(facts))


def lack_se(facts: Sequence[Facts], own_ohm: Floats, common_ohm: float) -> Floats:
    """Give how much the growth of the lack changes with the days that it is asked of: the jackknife's error."""
    parts = [
        charge_of([one for k, one in enumerate(facts) if k % FOLDS != fold], own_ohm, common_ohm)
        for fold in range(min(FOLDS, len(facts)))
    ]
    left = np.array([part.lack for part in parts if part is not None])
    n = len(left)
    if n < 2:
        return np.full(len(own_ohm), np.inf)
    return np.asarray(np.sqrt((n - 1) / n * ((left - left.mean(axis=0)) ** 2).sum(axis=0)))


def fills_by_day(
    facts: Sequence[Facts], charge: Charge, own_ohm: Floats, common_ohm: float
) -> tuple[Floats, Floats, Floats]:
    """Give for each day that tells it the charge of each cell over the median, as if full: number, ``[day, cell]``, sd.

    Offsets of sensors and capacities are taken from all days together, so that what is left is charge.
    """
    curve = _curve(_seen(facts, own_ohm, common_ohm))
    count = np.stack([one.count for one in facts])
    own_v = np.stack([one.deviation_v - one.current_a[..., np.newaxis] * own_ohm for one in facts])
    grown = (1.0 - _CENTRES[:, np.newaxis]) * charge.lack
    nothing = np.zeros((BINS, 0))
    slope = _Bins(_CENTRES, nothing, nothing, curve).slope(charge.fill - grown) if len(curve[0]) else 0.0 * grown
    each = _weight(np.where(count < _LEAST_COUNT, 0.0, count), slope)
    weight = (each * slope**2).sum(axis=(1, 2))
    right = (each * slope * (own_v - charge.sensor_v + slope * grown)).sum(axis=(1, 2))
    high = np.array([one.high_count > 0 for one in facts])[:, np.newaxis] * _TOP_SD**-2
    low = np.array([one.low_count > 0 for one in facts])[:, np.newaxis] * _KNEE_SD**-2
    right += high * np.nan_to_num(np.stack([one.high_share for one in facts]))
    empty = np.nan_to_num(1.0 - np.array([one.low_soc for one in facts]))[:, np.newaxis]
    right += low * (np.nan_to_num(np.stack([one.low_share for one in facts])) + empty * charge.lack)
    weight += high + low
    tells = (np.median(weight, axis=1) > _DAY_SD**-2) & (weight.min(axis=1) > 0.1 * _DAY_SD**-2)
    days = np.array([one.number for one in facts], dtype=np.float64)[tells]
    return days, right[tells] / weight[tells], np.sqrt(1.0 / np.median(weight[tells], axis=1))


def _seen(facts: Sequence[Facts], own_ohm: Floats, common_ohm: float) -> _Seen:
    count = np.sum([one.count for one in facts], axis=0)
    over = np.maximum(count, 1.0)
    current = np.sum([one.count * one.current_a for one in facts], axis=0) / over
    median = np.sum([one.count * one.median_v for one in facts], axis=0) / over
    own = np.sum([one.count[..., np.newaxis] * one.deviation_v for one in facts], axis=0) / over[..., np.newaxis]
    highs = [one for one in facts if one.high_count]
    lows = [one for one in facts if one.low_count]
    nothing = np.zeros(len(own_ohm))
    return _Seen(
        count,
        median - current * common_ohm,
        own - current[..., np.newaxis] * own_ohm,
        np.median([one.high_share for one in highs], axis=0) if highs else nothing,
        len(highs),
        np.median([one.low_share for one in lows], axis=0) if lows else nothing,
        len(lows),
        float(np.median([one.low_soc for one in lows])) if lows else 0.0,
    )


def _answer(seen: _Seen, bins: _Bins) -> Floats:
    """Give ``[(offset, fill, lack), cell]`` by least squares, from what is likely and what was seen."""
    cells = len(seen.high)
    answer = np.zeros((cells, 3))
    begin, right_begin = np.repeat(_PRIOR[np.newaxis], cells, axis=0), np.zeros((cells, 3))
    knees = [(np.array([0.0, 1.0, 0.0]), seen.high, seen.high_n, _TOP_SD)]
    knees += [(np.array([0.0, 1.0, -(1.0 - seen.low_soc)]), seen.low, seen.low_n, _KNEE_SD)]
    for row, value, n, sd in knees:
        if n:
            begin += np.outer(row, row) / sd**2
            right_begin += value[:, np.newaxis] * row / sd**2
    empty = 1.0 - bins.share[:, np.newaxis]
    for _ in range(_TURNS):
        slope = bins.slope(answer[:, 1] - empty * answer[:, 2])
        weight = _weight(bins.count, slope)
        rows = np.stack([np.ones_like(slope), slope, -slope * empty], axis=2)
        heavy = rows * weight[:, :, np.newaxis]
        square = begin + np.einsum("mci,mcj->cij", heavy, rows)
        right = right_begin + np.einsum("mci,mc->ci", heavy, bins.own_v)
        answer = np.linalg.solve(square, right[..., np.newaxis])[..., 0]
    return answer.T


def _weight(count: Floats, slope: Floats) -> Floats:
    often = np.minimum(count, _MOST_COUNT)[..., np.newaxis] / _USUAL_COUNT
    return np.asarray(often / (_NOISE_V**2 + (slope * _BLUR) ** 2))


def _bins(seen: _Seen) -> _Bins:
    """Give the bins with enough readings."""
    direction, row = np.nonzero(seen.count >= _LEAST_COUNT)
    centres, volts = _curve(seen)
    if len(centres) < _LEAST_BINS:
        direction, row = direction[:0], row[:0]
    return _Bins(_CENTRES[row], seen.count[direction, row], seen.own_v[direction, row], (centres, volts))


def _curve(seen: _Seen) -> tuple[Floats, Floats]:
    """Give the resting voltage over charge: the middle of both directions, for where they turn neither is the curve."""
    there = seen.count >= _LEAST_COUNT
    both = there.all(axis=0)
    gap = float(np.median((seen.median_v[CHARGING] - seen.median_v[DISCHARGING])[both])) if both.any() else 0.0
    level = np.stack([seen.median_v[CHARGING] - gap / 2.0, seen.median_v[DISCHARGING] + gap / 2.0])
    number = there.sum(axis=0)
    used = np.flatnonzero(number)
    volts = np.where(there, level, 0.0).sum(axis=0)[used] / number[used]
    return _CENTRES[used], np.maximum.accumulate(volts)


def _voltage(share: Floats, centres: Floats, volts: Floats) -> Floats:
    """Give the resting voltage by the pack's own curve; below what was seen it goes on as all LFP cells do."""
    inside = np.interp(share, centres, volts)
    below = share < centres[0]
    if below.any():
        first = share_at(volts[0])
        inside = np.where(below, volts[0] + low_end(first - (centres[0] - share)) - low_end(first), inside)
    return np.asarray(inside)
