"""The health of a pack from what the store keeps: day by day, each day boiled down once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wattstead.model.health import Finding
from wattstead.plant.health.day import BUCKET_S, BUCKETS, DAY_S, Day, Floats
from wattstead.plant.health.facts import Facts, empty_day, facts_of
from wattstead.plant.health.judge import LEAST_DAYS, WINDOW_DAYS, judge
from wattstead.store.base import Curve, Resolution, Series, Store

KEPT_DAYS = 2 * WINDOW_DAYS
"""How far back is looked: findings rest on the later half, when it was last full on all of it."""
DAY_MS = 1000 * DAY_S
_BUCKET_MS = 1000 * BUCKET_S
_CELLS, _PROBES = "cell_voltage_v", "cell_temperature_degc"
_QUANTITIES = (_CELLS, "pack_current_a", "soc_pct", _PROBES, "rated_capacity_ah", "full_capacity_ah")
_AGAIN_MS = 600_000
_LEAST_CELLS = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found out of a pack. days: with readings; needed: before anything is said. told: whether it tells cells.

    from_ms, to_ms: between which readings were looked at, UTC; both 0 where there is none.
    """

    pack: str
    findings: tuple[Finding, ...]
    days: int
    from_ms: int
    to_ms: int
    told: bool
    needed: int = LEAST_DAYS


class Health:
    """Judges packs by the store. Days that are over are boiled down once and kept, the rest is looked at anew."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._one = asyncio.Lock()  # two who ask at once are answered by one look at the store
        self._days: dict[str, dict[int, Facts | None]] = {}
        self._last: dict[str, tuple[int, Judged]] = {}

    async def judged(self, pack: str, now_ms: int, back_days: int = KEPT_DAYS) -> Judged:
        """Judge a pack by the days before ``now_ms``. Raises StoreError."""
        async with self._one:
            return await self._judged_now(pack, now_ms, back_days)

    async def _judged_now(self, pack: str, now_ms: int, back_days: int) -> Judged:
        bounds = await self._store.bounds(pack)
        last_ms = min(now_ms, bounds.last_ms) if bounds else 0
        if bounds is None or last_ms < bounds.first_ms:
            return Judged(pack, (), 0, 0, 0, told=True)
        known = self._last.get(pack)
        if known is not None and back_days == KEPT_DAYS and 0 <= last_ms - known[0] < _AGAIN_MS:
            return known[1]
        today = last_ms // DAY_MS
        first = max(bounds.first_ms // DAY_MS, today - back_days + 1)
        facts = await self._facts(pack, first, today)
        from_ms = max(bounds.first_ms, first * DAY_MS)
        told = bool(facts) or await self._tells_cells(pack, from_ms, last_ms + 1)
        judged = Judged(pack, judge(facts), len(facts), from_ms, last_ms, told=told)
        if back_days == KEPT_DAYS:
            self._last[pack] = (last_ms, judged)
        return judged

    async def _facts(self, pack: str, first: int, today: int) -> Sequence[Facts]:
        kept = self._days.setdefault(pack, {})
        for number in [one for one in kept if one < today - KEPT_DAYS]:
            del kept[number]
        found = []
        for number in range(first, today + 1):
            if number not in kept:
                fresh = await self._fresh(pack, number)
                if number == today:  # it goes on
                    found.append(fresh)
                    continue
                kept[number] = fresh
            found.append(kept[number])
        return [one for one in found if one is not None]

    async def _fresh(self, pack: str, number: int) -> Facts | None:
        from_ms = number * DAY_MS
        series = await self._store.read(pack, _QUANTITIES, from_ms, from_ms + DAY_MS, Resolution.FIVE_MINUTES)
        day = day_of(series, number)
        return None if day is None else facts_of(day)

    async def _tells_cells(self, pack: str, from_ms: int, to_ms: int) -> bool:
        series = await self._store.read(pack, [_CELLS], from_ms, to_ms, Resolution.DAY)
        return len(_rows(series, _CELLS)) >= _LEAST_CELLS


def day_of(series: Series, number: int) -> Day | None:
    """Make a day out of five-minute means; None where cells, current or SOC are missing."""
    cells, probes = _rows(series, _CELLS), _rows(series, _PROBES)
    current, soc = series.channels.get("pack_current_a"), series.channels.get("soc_pct")
    if len(cells) < _LEAST_CELLS or current is None or soc is None:
        return None
    places = [(at_ms - number * DAY_MS) // _BUCKET_MS for at_ms in series.times_ms]
    inside = [k for k, place in enumerate(places) if 0 <= place < BUCKETS]
    there = [places[k] for k in inside]
    day = empty_day(number, len(cells), len(probes))
    for target, curve in (
        *((day.cell_voltage_v[:, k], curve) for k, curve in enumerate(cells)),
        *((day.probe_degc[:, k], curve) for k, curve in enumerate(probes)),
        (day.current_a, current),
        (day.soc_pct, soc),
    ):
        target[there] = _means(curve)[inside]
    capacity = series.channels.get("full_capacity_ah") or series.channels.get("rated_capacity_ah")
    said = _means(capacity) if capacity is not None else np.empty(0)
    said = said[np.isfinite(said) & (said > 0.0)] if len(said) else said
    capacity_ah = float(np.median(said)) if len(said) else None
    return Day(number, day.cell_voltage_v, day.current_a, day.soc_pct, day.probe_degc, capacity_ah)


def _rows(series: Series, quantity: str) -> list[Curve]:
    named = [
        (int(name.partition(".")[2] or 1), curve)
        for name, curve in series.channels.items()
        if name.partition(".")[0] == quantity
    ]
    return [curve for _, curve in sorted(named, key=lambda one: one[0])]


def _means(curve: Curve) -> Floats:
    return np.array([np.nan if one is None else one for one in curve.mean], dtype=np.float64)
