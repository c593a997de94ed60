"""Days of a plain pack without engine: cells on an LFP curve, sun by day and a house by night, what sensors say.

Simple on purpose, and another truth than that of bench/planted.py: a curve with resistances, nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from wattstead.plant.health.day import BUCKET_S, BUCKETS, Day, Floats
from wattstead.plant.health.facts import Facts, facts_of

# Resting voltage of a 280 Ah prismatic cell as makers print it: coarser and somewhat other than that of the detectors.
SHARE = np.array([0.0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.8, 0.9, 0.97, 0.99, 1.0])
VOLTS = np.array(
    [2.5, 2.9, 3.08, 3.19, 3.215, 3.24, 3.275, 3.29, 3.295, 3.30, 3.315, 3.33, 3.333, 3.336, 3.36, 3.42, 3.52]
)
CELLS, PROBES, CAPACITY_AH, OHM = 16, 4, 100.0, 0.0006


@dataclass(frozen=True)
class Pack:
    """What its cells are. lost_per_day: of the charge of each cell beyond that of the others."""

    capacity: Floats = field(default_factory=lambda: np.ones(CELLS))
    ohm: Floats = field(default_factory=lambda: np.full(CELLS, OHM))
    lost_per_day: Floats = field(default_factory=lambda: np.zeros(CELLS))
    probe_k: Floats = field(default_factory=lambda: np.zeros(PROBES))
    deep: float = 0.75
    full: bool = True
    soc_jump_pct: float = 0.0

    def but(self, name: str, cell: int, value: float) -> "Pack":
        """Give the same pack with another value at one cell or probe, counted from 1."""
        values = getattr(self, name).copy()
        values[cell - 1] = value
        return replace(self, **{name: values})


def sound(seed: int = 1) -> Pack:
    """Give a pack whose cells differ as sound ones do."""
    stream = np.random.default_rng(seed)
    return Pack(1.0 + 0.01 * stream.normal(size=CELLS).clip(-2, 2), OHM * (1.0 + 0.06 * stream.normal(size=CELLS)))


def days_of(pack: Pack, days: int, seed: int = 5) -> list[Day]:
    """Let it live and give what it said."""
    stream = np.random.default_rng(seed)
    offset_v = stream.uniform(-0.003, 0.003, CELLS)
    probe_k = stream.uniform(-0.8, 0.8, PROBES) + pack.probe_k
    top = 0.995 if pack.full else 0.85
    lives = []
    for number in range(days):
        soc, current_a = _course(stream, top, pack.deep)
        used = (1.0 - soc)[:, np.newaxis]
        fill = 1.0 - used / pack.capacity - number * pack.lost_per_day
        volts = np.interp(fill, SHARE, VOLTS) + 0.006 * np.sign(current_a)[:, np.newaxis] * (soc < 0.98)[:, np.newaxis]
        volts = volts + current_a[:, np.newaxis] * pack.ohm + offset_v + 0.0004 * stream.normal(size=volts.shape)
        degc = 18.0 + 3.0 * np.sin(np.arange(BUCKETS) / BUCKETS * 2 * np.pi)[:, np.newaxis] + probe_k
        told = 100.0 * soc
        if pack.soc_jump_pct and number % 3 == 0:
            told[150:] = np.clip(told[150:] + pack.soc_jump_pct, 0.0, 100.0)
        lives.append(
            Day(number, np.round(volts, 3), np.round(current_a, 1), np.round(told), np.round(degc), CAPACITY_AH)
        )
    return lives


def _course(stream: np.random.Generator, top: float, deep: float) -> tuple[Floats, Floats]:
    """Give SOC and current of a day: the night empties it, the sun fills it, kettles and clouds come and go."""
    hour = np.arange(BUCKETS) * BUCKET_S / 3600.0
    sun = np.maximum(np.sin((hour - 7.0) / 11.0 * np.pi), 0.0) * (hour > 7.0) * (hour < 18.0)
    sun *= stream.uniform(0.4, 1.0, BUCKETS)
    house = 0.2 + np.exp(-((hour - 20.0) ** 2) / 4.0) + 0.6 * (stream.random(BUCKETS) < 0.1)
    sun, house = sun / sun.sum(), house * (hour > 18.0) + 0.3 * house * (hour < 7.0)
    net = deep * (sun - house / house.sum())
    soc = top - deep * 0.4 + np.cumsum(net)
    soc = np.clip(soc - (soc.max() - top), 0.02, top)
    moved = np.diff(soc, prepend=soc[0])
    return soc, moved * CAPACITY_AH * 3600.0 / BUCKET_S


def facts(pack: Pack, days: int) -> Sequence[Facts]:
    """The same, boiled down."""
    return [one for day in days_of(pack, days) if (one := facts_of(day)) is not None]
