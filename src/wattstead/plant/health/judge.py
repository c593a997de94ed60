"""From the facts of some weeks to findings: limits, and how sure each finding is. Reasons: docs/models/health.md."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wattstead.model.health import Cause, Finding, Kind, Weight
from wattstead.plant.health.charge import Charge, charge_of, fills_by_day, lack_se
from wattstead.plant.health.day import Floats
from wattstead.plant.health.facts import Facts

WINDOW_DAYS = 30
"""Findings rest on so many days back from the last one."""
LEAST_DAYS = 4
"""Before so many days with readings nothing is said."""
_LACK, _LACK_SES, _LACK_SPREADS, _LACK_APART = 0.10, 2.0, 4.0, 0.05
_EMPTY_ENOUGH = 0.55
"""A pack that never was below says little of its capacity: deviations there are those of one step of the curve."""
_ODD_LACK = 0.06
"""A cell so far off in charge shows other resistances too: they follow from it."""
_OHM_SHARE, _OHM_SPREADS, _OHM_SES, _OHM_SWING = 0.40, 5.0, 4.0, 60.0
_JOINT_SHARE = 0.95
"""Excess over the resistance of the median cell beyond which a joint is likelier than the cell."""
_PROBE_K, _PROBE_QUIET = 3.3, 12
_LEAK_PER_DAY, _LEAK_SPREADS, _LEAK_SES, _LEAK_DAYS, _LEAK_SPAN, _LEAK_FALL = 0.0010, 8.0, 5.0, 10, 14, 0.010
_LEAK_APART, _LEAK_BELOW = 2.0, 0.006
_SPREAD_SHARE, _SPREAD_PER_DAY = 0.05, 0.0004
_JUMP_PCT, _JUMP_DAYS = 8.0, 2
_UNFILLED_DAYS, _UNFILLED_READ = 28, 24


def judge(facts: Sequence[Facts]) -> tuple[Finding, ...]:
    """Give what is to be found in the facts of one pack, in order of days; the gravest first."""
    if not facts:
        return ()
    seen = _Seen([one for one in facts if one.number > facts[-1].number - WINDOW_DAYS], facts)
    if len(seen.facts) < LEAST_DAYS:
        return ()
    found = [finding for ask in _QUESTIONS for finding in ask(seen)]
    return tuple(sorted(found, key=lambda one: (one.weight is not Weight.FAULT, -one.confidence)))


@dataclass(frozen=True)
class _Seen:
    """The facts of the window, what several questions need of them, and those of all days."""

    facts: Sequence[Facts]
    ever: Sequence[Facts]

    @cached_property
    def swing_a2(self) -> float:
        return float(sum(one.swing_a2.sum() for one in self.facts))

    @cached_property
    def own_ohm(self) -> Floats:
        """Resistance of each cell over that of the median cell."""
        return np.asarray(sum(one.own_va.sum(axis=0) for one in self.facts) / (self.swing_a2 + 1.0))

    @cached_property
    def common_ohm(self) -> float:
        """Resistance of the median cell as five minutes show it."""
        return float(sum(one.common_va.sum() for one in self.facts) / (self.swing_a2 + 1.0))

    @cached_property
    def charge(self) -> Charge | None:
        return charge_of(self.facts, self.own_ohm, self.common_ohm)

    @cached_property
    def odd(self) -> Floats:
        """Which cells are so far off in charge that other deviations follow from it."""
        lack = self.charge.lack if self.charge else np.zeros(len(self.own_ohm))
        return np.asarray(np.abs(lack) > _ODD_LACK)

    @property
    def excess_ohm(self) -> Floats:
        """Resistance of each cell over that of the middle one."""
        return np.asarray(self.own_ohm - np.median(self.own_ohm))


def _spread(values: Floats, *, least: float) -> float:
    """Give a robust standard deviation: one odd cell does not widen it."""
    return max(1.4826 * float(np.median(np.abs(values - np.median(values)))), least)


def _sure(times_limit: float, days: int) -> float:
    """Give 0.5 at the limit and towards 1 far beyond it, less with few days."""
    return float(round((1.0 - 0.5 / max(times_limit, 1.0) ** 2) * min(1.0, 0.6 + 0.04 * days), 2))


def _weak_cell(seen: _Seen) -> list[Finding]:
    charge = seen.charge
    if charge is None or charge.soc_low > _EMPTY_ENOUGH:
        return []
    lack = charge.lack
    cell = int(np.argmax(lack))
    others = np.delete(lack, cell)
    limit = max(_LACK, float(others.max()) + _LACK_APART, _LACK_SPREADS * _spread(others, least=0.005))
    if lack[cell] < limit or lack[cell] < _LACK_SES * lack_se(seen.facts, seen.own_ohm, seen.common_ohm)[cell]:
        return []
    full_seen = any(one.high_count for one in seen.facts)
    charge_first = full_seen and -charge.fill[cell] > 0.5 * lack[cell]
    causes = (Cause.CELL_CHARGE, Cause.CELL_CAPACITY) if charge_first else (Cause.CELL_CAPACITY, Cause.CELL_CHARGE)
    figures = {
        "missing_pct": 100.0 * float(min(charge.missing[cell], 0.9)),
        "soc_low_pct": 100.0 * charge.soc_low,
        "soc_high_pct": 100.0 * charge.soc_high,
        "behind_pct": 100.0 * float(-charge.low[cell]),
        "full_seen": float(full_seen),
    }
    sure = _sure(lack[cell] / limit, charge.days)
    return [Finding(Kind.WEAK_CELL, Weight.FAULT, sure, causes, charge.days, cell + 1, figures)]


def _resistance(seen: _Seen) -> list[Finding]:
    common = seen.common_ohm
    capacity_ah = seen.facts[-1].capacity_ah
    if common <= 0.0 or seen.swing_a2 < _OHM_SWING * (capacity_ah / 100.0) ** 2:
        return []
    found = []
    limit = max(_OHM_SHARE * common, _OHM_SPREADS * _spread(seen.own_ohm, least=0.05 * common))
    for cell in np.flatnonzero(seen.excess_ohm > limit).tolist():
        ohm = float(seen.excess_ohm[cell])
        error = _ohm_error(seen, cell)
        if seen.odd[cell] or ohm - _OHM_SES * error < 0.5 * limit:
            continue
        joint = ohm > _JOINT_SHARE * common
        causes = (Cause.CONNECTION, Cause.CELL_RESISTANCE) if joint else (Cause.CELL_RESISTANCE, Cause.CONNECTION)
        figures = {
            "excess_mohm": 1000.0 * ohm,
            "median_mohm": 1000.0 * common,
            "share_pct": 100.0 * ohm / common,
            "drop_mv": 1000.0 * ohm * 0.5 * capacity_ah,
            "at_current_a": 0.5 * capacity_ah,
        }
        sure = _sure(ohm / limit, len(seen.facts))
        found.append(Finding(Kind.RESISTANCE, Weight.FAULT, sure, causes, len(seen.facts), cell + 1, figures))
    return found


def _ohm_error(seen: _Seen, cell: int) -> float:
    """Give the standard error of the resistance of a cell, by how much the days differ."""
    weight = np.array([one.swing_a2.sum() for one in seen.facts])
    each = np.array([one.own_va[:, cell].sum() for one in seen.facts])
    rest = each - weight * seen.own_ohm[cell]
    n = len(weight)
    return float(np.sqrt((rest**2).sum() * n / max(n - 1, 1)) / max(weight.sum(), 1e-9))


def _self_discharge(seen: _Seen) -> list[Finding]:
    charge = seen.charge
    if charge is None or len(seen.facts) < _LEAK_DAYS or seen.facts[-1].number - seen.facts[0].number < _LEAK_SPAN:
        return []
    days, fills, sds = fills_by_day(seen.facts, charge, seen.own_ohm, seen.common_ohm)
    if len(days) < _LEAK_DAYS or days[-1] - days[0] < _LEAK_SPAN:
        return []
    fall, error = _trend(days, fills, sds)
    fall = fall - np.median(fall)
    found = _imbalance(seen, fills, fall)
    cell = int(np.argmin(fall))
    others = np.delete(fall, cell)
    limit = max(
        _LEAK_PER_DAY,
        _LEAK_SPREADS * _spread(others, least=2e-5),
        _LEAK_SES * float(error[cell]),
        _LEAK_APART * float(-others.min()),
        _LEAK_FALL / float(days[-1] - days[0]),
    )
    late = np.median(fills[-max(3, len(fills) // 3) :], axis=0)
    bled = late[cell] > late.min() or late[cell] - np.median(late) > -_LEAK_BELOW  # a cell that balancing brings down
    resistive = seen.excess_ohm[cell] > _OHM_SHARE * seen.common_ohm
    if seen.odd[cell] or resistive or bled or -fall[cell] < limit:
        return found
    figures = {
        "per_month_pct": 100.0 * 30.0 * float(-fall[cell]),
        "fallen_pct": 100.0 * float(-fall[cell] * (days[-1] - days[0])),
        "span_days": float(days[-1] - days[0]),
    }
    causes = (Cause.CELL_LEAK, Cause.BALANCING)
    sure = _sure(-fall[cell] / limit, len(days))
    return [Finding(Kind.SELF_DISCHARGE, Weight.FAULT, sure, causes, len(days), cell + 1, figures)]


def _trend(days: Floats, fills: Floats, sds: Floats) -> tuple[Floats, Floats]:
    """Give slope per day and its error for each cell, by weighted least squares with outliers drawn in once."""
    weight = 1.0 / np.maximum(sds, 0.001) ** 2
    time = days - np.average(days, weights=weight)
    middle = np.median(fills, axis=0)
    near = 4.0 * np.maximum(1.4826 * np.median(np.abs(fills - middle), axis=0), 0.002)
    drawn = np.clip(fills, middle - near, middle + near)
    over = (weight * time**2).sum()
    slope = (weight[:, np.newaxis] * time[:, np.newaxis] * drawn).sum(axis=0) / over
    rest = drawn - np.average(drawn, axis=0, weights=weight) - time[:, np.newaxis] * slope
    spread = (weight[:, np.newaxis] * rest**2).sum(axis=0) / weight.sum()
    return slope, np.sqrt(spread * weight.sum() / over / max(len(days) - 2, 1))


def _imbalance(seen: _Seen, fills: Floats, fall: Floats) -> list[Finding]:
    """Tell of cells that drift apart without a single one standing out."""
    if seen.odd.any():
        return []
    late = np.median(fills[-max(3, len(fills) // 3) :], axis=0)
    apart, growth = float(late.max() - late.min()), float(fall[late.argmax()] - fall[late.argmin()])
    if apart < _SPREAD_SHARE or growth < _SPREAD_PER_DAY:
        return []
    figures = {
        "apart_pct": 100.0 * apart,
        "per_month_pct": 100.0 * 30.0 * growth,
        "highest_cell": float(late.argmax() + 1),
        "lowest_cell": float(late.argmin() + 1),
    }
    sure = _sure(min(apart / _SPREAD_SHARE, growth / _SPREAD_PER_DAY), len(seen.facts))
    causes = (Cause.BALANCING, Cause.CELL_LEAK)
    return [Finding(Kind.IMBALANCE, Weight.NOTE, sure, causes, len(seen.facts), None, figures)]


def _probe(seen: _Seen) -> list[Finding]:
    told = [one for one in seen.facts if one.quiet >= _PROBE_QUIET]
    if len(told) < LEAST_DAYS:
        return []
    each = np.array([one.probe_k for one in told])
    off = np.median(each, axis=0)
    probe = int(np.argmax(np.abs(off)))
    if abs(off[probe]) < _PROBE_K or np.mean(np.abs(each[:, probe]) > _PROBE_K - 1.0) < 0.7:
        return []
    causes = (Cause.PROBE_OFFSET, Cause.WARM_SPOT) if off[probe] > 0.0 else (Cause.PROBE_OFFSET,)
    place = probe + 1 if len(off) > 2 else None  # of two probes nobody can say which one is off
    figures = {"off_k": float(off[probe])}
    sure = _sure(abs(off[probe]) / _PROBE_K, len(told))
    return [Finding(Kind.PROBE, Weight.FAULT, sure, causes, len(told), place, figures)]


def _soc_drift(seen: _Seen) -> list[Finding]:
    jumps = [one.jump_pct for one in seen.facts if abs(one.jump_pct) >= _JUMP_PCT]
    if len(jumps) < _JUMP_DAYS:
        return []
    largest = max(jumps, key=abs)
    figures = {"jumps": float(len(jumps)), "largest_pct": largest}
    causes = (Cause.CURRENT_SENSOR, Cause.CAPACITY_SETTING)
    sure = _sure(abs(largest) / _JUMP_PCT, len(seen.facts))
    return [Finding(Kind.SOC_DRIFT, Weight.NOTE, sure, causes, len(seen.facts), None, figures)]


def _no_full_charge(seen: _Seen) -> list[Finding]:
    last = max((one.number for one in seen.ever if one.full), default=None)
    since = seen.facts[-1].number - (seen.ever[0].number if last is None else last)
    if since < _UNFILLED_DAYS or len(seen.facts) < _UNFILLED_READ:
        return []
    highest = max(one.soc_high_pct for one in seen.ever if last is None or one.number > last)
    figures = {"since_days": float(since), "soc_high_pct": highest}
    causes = (Cause.CHARGE_LIMIT, Cause.LITTLE_SUN) if highest > 75.0 else (Cause.LITTLE_SUN, Cause.CHARGE_LIMIT)
    return [Finding(Kind.NO_FULL_CHARGE, Weight.NOTE, 0.95, causes, len(seen.facts), None, figures)]


_QUESTIONS: Sequence[Callable[[_Seen], list[Finding]]] = (
    _weak_cell,
    _resistance,
    _self_discharge,
    _probe,
    _soc_drift,
    _no_full_charge,
)
