"""What one day says of the health of a pack: a few sums, from which findings are made once there are enough days.

Nothing is judged here. Each day is boiled down to some kilobytes, alike for live readings and for history, so that
months of it fit into memory. What the sums stand for, and why they are taken so: docs/models/health.md.
"""

from dataclasses import dataclass

import numpy as np

from wattstead.plant.health.day import BUCKET_S, BUCKETS, Day, Flags, Floats
from wattstead.plant.health.lfp import KNEE_HIGH_V, KNEE_LOW_V, share_at

BINS = 20
"""Of the state of charge, 5 % each."""
CHARGING, DISCHARGING = 0, 1
PARTS = 2
"""Of a day, by warmth: the cooler half of its steps of current, and the warmer one."""
USUAL_AH = 100.0
"""Of a pack that does not tell its capacity."""
_FLOWS_C = 0.005
_QUIET_C = 0.06
_THERMAL_S = 5400.0
_LEAST_READ = 6  # buckets
_STEEP_V = 0.10  # a spread beyond is not the plateau, whatever the median says
_FULL_PCT = 98.5
_FULL_V = 3.42


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Of one pack and day. Currents in A, positive charges; deviations are those of a cell from the median cell.

    swing_a2, common_va ``[part]``, own_va ``[part, cell]``: sums over steps of current from one bucket to the next, of
    the step squared, of its product with the step of the median cell, and with that of the deviation; degc ``[part]``.
    count, current_a, median_v ``[direction, bin]``, deviation_v ``[direction, bin, cell]``: means on the plateau.
    high_share, low_share ``[cell]``: by how much of its charge a cell lies above the median at the upper and at the
    lower knee; high_count, low_count; low_soc: charge that the pack is said to have at the lower knee, 0..1.
    probe_k ``[probe]``: over the median of the others while the pack is thermally quiet; quiet: buckets of it.
    jump_pct: largest step of the SOC that no current explains; full: whether it was full; read: buckets with readings.
    soc_low_pct, soc_high_pct: that were passed through.
    """

    number: int
    read: int
    capacity_ah: float
    swing_a2: Floats
    common_va: Floats
    own_va: Floats
    degc: Floats
    count: Floats
    current_a: Floats
    median_v: Floats
    deviation_v: Floats
    high_share: Floats
    high_count: int
    low_share: Floats
    low_count: int
    low_soc: float
    probe_k: Floats
    quiet: int
    jump_pct: float
    full: bool
    soc_low_pct: float
    soc_high_pct: float


def facts_of(day: Day) -> Facts | None:
    """Boil a day down; None where it holds too little of everything."""
    there = np.isfinite(day.cell_voltage_v).all(axis=1) & np.isfinite(day.current_a) & np.isfinite(day.soc_pct)
    there &= (day.cell_voltage_v > 0.5).all(axis=1)
    if there.sum() < _LEAST_READ or day.cell_voltage_v.shape[1] < 3:
        return None
    volts = day.cell_voltage_v.astype(np.float64)
    current, soc = day.current_a.astype(np.float64), day.soc_pct.astype(np.float64) / 100.0
    capacity_ah = day.capacity_ah or USUAL_AH
    degc = _pack_degc(day.probe_degc, len(there))
    median = _middle(volts)
    apart = volts - median[:, np.newaxis]
    level = there & (volts.min(axis=1) > KNEE_LOW_V) & (volts.max(axis=1) < KNEE_HIGH_V)
    swing, common, own, part_degc = _steps(current, median, apart, level, degc)
    own_ohm = _ratio(own.sum(axis=0), swing.sum())
    common_ohm = _ratio(common.sum(), swing.sum())
    count, mean_a, mean_v, mean_apart = _by_charge(current, soc, median, apart, level, _FLOWS_C * capacity_ah)
    knees = [
        _knee(volts, current, soc, own_ohm, common_ohm, there & where)
        for where in (
            (median >= KNEE_HIGH_V) & (current > _FLOWS_C * capacity_ah),
            (volts.min(axis=1) <= KNEE_LOW_V) & (current < -_FLOWS_C * capacity_ah),
        )
    ]
    (high, high_count, _), (low, low_count, low_soc) = knees
    probe_k, quiet = _probes(day.probe_degc, current, there, capacity_ah)
    return Facts(
        number=day.number,
        read=int(there.sum()),
        capacity_ah=capacity_ah,
        swing_a2=swing,
        common_va=common,
        own_va=own,
        degc=part_degc,
        count=count,
        current_a=mean_a,
        median_v=mean_v,
        deviation_v=mean_apart,
        high_share=high,
        high_count=high_count,
        low_share=low,
        low_count=low_count,
        low_soc=low_soc,
        probe_k=probe_k,
        quiet=quiet,
        jump_pct=_jump_pct(soc, current, there, capacity_ah),
        full=bool(((soc[there] >= _FULL_PCT / 100.0) | (median[there] >= _FULL_V)).any()),
        soc_low_pct=float(100.0 * soc[there].min()),
        soc_high_pct=float(100.0 * soc[there].max()),
    )


def _middle(rows: Floats) -> Floats:
    """Give the median of each row; NumPy's own takes ten times as long for short rows."""
    ordered = np.sort(rows, axis=1)
    half = rows.shape[1] // 2
    return np.asarray(ordered[:, half] if rows.shape[1] % 2 else 0.5 * (ordered[:, half - 1] + ordered[:, half]))


def _ratio(over: Floats, under: Floats) -> Floats:
    # A regression drawn towards nothing: a day with hardly any current says nothing of a resistance.
    return np.asarray(over / (under + 100.0))


def _pack_degc(probe_degc: Floats, buckets: int) -> Floats:
    if probe_degc.shape[1] == 0:
        return np.full(buckets, np.nan)
    told = np.isfinite(probe_degc)
    number = told.sum(axis=1)
    mean = np.where(told, probe_degc, 0.0).sum(axis=1) / np.maximum(number, 1)
    return np.where(number > 0, mean, np.nan)


def _steps(
    current: Floats, median: Floats, apart: Floats, level: Flags, degc: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Add up the steps of current between neighbouring buckets: what answers at once is resistance, not charge."""
    both = level[1:] & level[:-1]
    step, answer, own = np.diff(current)[both], np.diff(median)[both], np.diff(apart, axis=0)[both]
    answer = answer - _moved(step, (current[1:] + current[:-1])[both] / 2.0, answer)
    warm = ((degc[1:] + degc[:-1]) / 2.0)[both]
    swing, common, cells = np.zeros(PARTS), np.zeros(PARTS), np.zeros((PARTS, apart.shape[1]))
    mean = np.full(PARTS, np.nan)
    if not len(step):
        return swing, common, cells, mean
    warmer = warm > np.nanmedian(warm) if np.isfinite(warm).any() else np.zeros(len(warm), dtype=np.bool_)
    for part, these in enumerate((~warmer, warmer)):
        weight = step[these] ** 2
        swing[part], common[part] = weight.sum(), step[these] @ answer[these]
        cells[part] = step[these] @ own[these]
        known = np.isfinite(warm[these])
        if weight[known].sum() > 0.0:
            mean[part] = np.average(warm[these][known], weights=weight[known])
    return swing, common, cells, mean


def _moved(step: Floats, flow: Floats, answer: Floats) -> Floats:
    """Give what the charge that flowed from one bucket to the next has done to the voltage."""
    table = np.stack([step, flow], axis=1)
    known = table.T @ table + np.diag([1.0, 1.0])
    return np.asarray(flow * np.linalg.solve(known, table.T @ answer)[1])


def _by_charge(
    current: Floats, soc: Floats, median: Floats, apart: Floats, level: Flags, flows_a: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Give the means on the plateau, by direction of the current and state of charge."""
    use = level & (np.abs(current) > flows_a)
    place = np.clip((soc[use] * BINS).astype(np.int64), 0, BINS - 1) + BINS * (current[use] < 0.0)
    many = 2 * BINS
    count = np.bincount(place, minlength=many).astype(np.float64)
    over = np.maximum(count, 1.0)
    columns = np.concatenate([current[use, np.newaxis], median[use, np.newaxis], apart[use]], axis=1)
    sums = np.zeros((many, columns.shape[1]))
    np.add.at(sums, place, columns)
    means = (sums / over[:, np.newaxis]).reshape(2, BINS, -1)
    return count.reshape(2, BINS), means[..., 0], means[..., 1], means[..., 2:].astype(np.float32)


def _knee(
    volts: Floats, current: Floats, soc: Floats, own_ohm: Floats, common_ohm: Floats, where: Flags
) -> tuple[Floats, int, float]:
    """Give by how much of its charge each cell lies off the median there; voltage tells it where the curve is steep."""
    number = int(where.sum())
    if not number:
        return np.full(volts.shape[1], np.nan), 0, float("nan")
    resting = volts[where] - current[where, np.newaxis] * (own_ohm + common_ohm)
    shares = share_at(resting)
    off = shares - _middle(shares)[:, np.newaxis]
    return np.median(off, axis=0), number, float(np.median(soc[where]))


def _probes(probe_degc: Floats, current: Floats, there: Flags, capacity_ah: float) -> tuple[Floats, int]:
    """Give how far each probe is from the others once current has long been small, so that all cells are as warm."""
    probes = probe_degc.shape[1]
    if probes < 2:
        return np.full(probes, np.nan), 0
    keep = np.exp(-BUCKET_S / _THERMAL_S)
    heat, quiet = (0.2 * capacity_ah) ** 2, np.zeros(len(there), dtype=np.bool_)
    squares = np.where(there, current, 0.0) ** 2
    for k, square in enumerate(squares.tolist()):
        heat = heat * keep + square * (1.0 - keep)
        quiet[k] = heat < (_QUIET_C * capacity_ah) ** 2
    quiet &= there & np.isfinite(probe_degc).all(axis=1)
    number = int(quiet.sum())
    if not number:
        return np.full(probes, np.nan), 0
    degc = probe_degc[quiet].astype(np.float64)
    others = np.stack([_middle(np.delete(degc, k, axis=1)) for k in range(probes)], axis=1)
    return np.mean(degc - others, axis=0), number


def _jump_pct(soc: Floats, current: Floats, there: Flags, capacity_ah: float) -> float:
    """Give the largest step of the SOC from one bucket to the next but one that no current explains."""
    if len(soc) < 3:
        return 0.0
    whole = there[2:] & there[1:-1] & there[:-2]
    moved = (current[2:] / 2.0 + current[1:-1] + current[:-2] / 2.0) * BUCKET_S / 3600.0 / capacity_ah
    steps = np.where(whole, 100.0 * (soc[2:] - soc[:-2] - moved), 0.0)
    return float(steps[np.argmax(np.abs(steps))])


def empty_day(number: int, cells: int, probes: int) -> Day:
    """Give a day without a reading, to be filled."""
    shapes = ((BUCKETS, cells), (BUCKETS,), (BUCKETS,), (BUCKETS, probes))
    volts, current, soc, degc = (np.full(shape, np.nan, dtype=np.float32) for shape in shapes)
    return Day(number, volts, current, soc, degc)
