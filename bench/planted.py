"""Packs with faults planted in them, and what their BMS would say of them over the wire, five minutes at a time.

The battery is the engine's, the household that of ``batch`` (sun with clouds, meals, seasons), here with days on which
nobody is at home and with packs in banks. A reading is what a protocol carries: cells in whole millivolts, current in
0.1 A, probes and SOC in whole degrees and percents, each with noise, and with the offsets and gains of its sensors. One
a minute is taken, and the mean of five is kept, as the store keeps it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattstead.batch.draw import draw, keys
from wattstead.batch.homes import Homes
from wattstead.batch.plan import Block, Plan
from wattstead.battery.behaviour import Busbar, Sensors
from wattstead.battery.kernel import layout as at
from wattstead.battery.make import pack_preset
from wattstead.battery.packs import Packs
from wattstead.battery.preset import PackPreset, Spread
from wattstead.battery.step import advance
from wattstead.battery.terms import OFFSET_STEPS
from wattstead.catalog.packs import load_pack
from wattstead.plant.health.day import BUCKETS, Day

Floats = NDArray[np.floating[Any]]

WEAK, DOUBLE, LEAK, LOOSE_OHM, PROBE_K = 0.80, 2.0, 5.0, 0.001, 5.0
"""What is planted: capacity left; resistance and self-discharge, in those of a sound cell; joint; offset of a probe."""
SAMPLE_S, STEP_S, DAY_S, BUCKET_S = 60, 10, 86_400, 300
AWAY = 0.06
"""Share of days on which nothing flows in a household: nobody at home, the inverter off."""
_OWN_PROBE_K, _PROBE_SCALE_K = 1.0, 7.0
_LEAK_EVERY_S = 6 * 3600
_MONTH_S = 30 * DAY_S
_AWAY, _CELL, _PROBE, _SIGN = 101, 102, 103, 104  # reasons of draws


class Fault(StrEnum):
    """What is planted in a pack."""

    NONE = "none"
    WEAK = "weak_cell"
    RESISTANCE = "high_resistance"
    LEAK = "self_discharge"
    BUSBAR = "loose_connection"
    PROBE = "drifting_probe"


@dataclass(frozen=True, slots=True)
class Planted:
    """A group of packs of one season with the same fault, each in a place of its own. place: cell or probe, from 1."""

    fault: Fault
    packs: Packs
    homes: Homes
    place: NDArray[np.int64]


def preset(name: str, seed: int) -> PackPreset:
    """Give the pack: cells that differ as sound ones do after some years, and sensors of middling quality."""
    made = pack_preset(load_pack(name))
    sensors = Sensors(
        cell_offset_v=0.003,
        cell_step_v=0.001,
        cell_noise_v=0.0007,
        current_offset_a=0.1,
        current_gain=0.01,
        current_step_a=0.1,
        current_noise_a=0.05,
        temperature_offset_k=_PROBE_SCALE_K,
    )
    return replace(made, sensors=sensors, spread=Spread(0.012, 0.07, 0.006), busbars=(), seed=seed)


def plant(base: PackPreset, fault: Fault, count: int, *, first_day: int, per_home: int) -> Planted:
    """Make ``count`` packs of households that begin on that day of the year, and plant the fault."""
    cells, probes = base.cells, len(base.probes)
    own = keys(base.seed, 0, count)
    place = (draw(own, _CELL) * cells).astype(np.int64)
    if fault is Fault.BUSBAR:  # of the preset, and so of a whole group: it says which joint
        place[:] = 1 + (base.seed * 7 + 3) % (cells - 2)
        base = replace(base, busbars=(Busbar(cell=int(place[0]) + 1, ohm=LOOSE_OHM),))
    plan = Plan("planted", base, count, 1.0, STEP_S, BUCKET_S, first_day, per_home, (0.8, 1.0))
    homes = Homes(plan, Block(0, 0, count))
    packs = Packs.rest(
        base,
        count,
        np.maximum(homes.start_soc(), 0.35),
        temperature_degc=18.0,
        soh=homes.soh(),
        believed_soc=homes.believed_soc(),
    )
    packs.state.probe_offset[:, :count] = np.rint(packs.state.probe_offset[:, :count] * (_OWN_PROBE_K / _PROBE_SCALE_K))
    if fault is Fault.PROBE:
        place = (draw(own, _PROBE) * probes).astype(np.int64)
        sign = np.where(draw(own, _SIGN) < 0.5, -1, 1)
        packs.state.probe_offset[place, np.arange(count)] += (
            sign * round(OFFSET_STEPS * PROBE_K / _PROBE_SCALE_K)
        ).astype(np.int8)
    if fault is Fault.RESISTANCE:
        r25 = packs.cell(at.R25_OHM).copy()
        r25[place, np.arange(count)] *= DOUBLE
        packs.age(packs.capacity_ah, r25)
    if fault is Fault.WEAK:
        _weaken(packs, place)
    packs.settle()
    return Planted(fault, packs, homes, place + 1)


def _weaken(packs: Packs, place: NDArray[np.int64]) -> None:
    """Take capacity from a cell of each pack, and leave it as full as the others are when all are full."""
    here = np.arange(packs.count)
    capacity, fill = packs.capacity_ah.astype(np.float64), packs.fill.copy()
    missing_ah = (1.0 - fill[place, here]) * capacity[place, here]
    capacity[place, here] *= WEAK
    packs.age(capacity, packs.cell(at.R25_OHM).copy())
    fill[place, here] = np.maximum(1.0 - missing_ah / capacity[place, here], 0.05)
    packs.fill = fill


def live(planted: Planted, days: int, sample_s: int = SAMPLE_S) -> Iterator[Sequence[Day]]:
    """Let the packs live, and give each day what every one of them has said. sample_s: from reading to reading."""
    packs, base, n = planted.packs, planted.packs.preset, planted.packs.count
    stream = np.random.default_rng(base.seed)
    leak = (LEAK - 1.0) * base.cell.leak_per_month * _LEAK_EVERY_S / _MONTH_S
    own = keys(base.seed, 0, n)
    homes = planted.homes
    per_bucket = BUCKET_S // sample_s
    for day in range(days):
        away = draw(own, _AWAY, day) < AWAY
        kept = _Kept.empty(base, n)
        sums = _Kept.sums(base, n)
        for sample in range(DAY_S // sample_s):
            at_s = day * DAY_S + sample * sample_s
            if planted.fault is Fault.LEAK and at_s % _LEAK_EVERY_S == 0:
                fill = packs.fill.copy()
                fill[planted.place - 1, np.arange(n)] -= leak
                packs.fill = fill
            inputs = homes.inputs(at_s + sample_s / 2, sample_s, packs)
            inputs.values[at.ASKED_A] *= ~away
            advance(packs, inputs, STEP_S, sample_s // STEP_S)
            sums.add(_said(packs, stream))
            if (sample + 1) % per_bucket == 0:
                kept.put(sample // per_bucket, sums, per_bucket)
        yield [kept.day(day, k) for k in range(n)]


def _said(packs: Packs, stream: np.random.Generator) -> tuple[Floats, Floats, Floats, Floats]:
    """Give what each BMS would say now: cells, current, probes, SOC in %; NaN where it is off."""
    base, n = packs.preset, packs.count
    sensors = base.sensors
    true_a = packs.current_a.astype(np.float64)
    volts = packs.cell_voltage_v + packs.state.offset[:, :n] * (sensors.cell_offset_v / OFFSET_STEPS)
    for busbar in base.busbars:
        volts[busbar.cell - 1] += true_a * (busbar.ohm - busbar.corrected_ohm)
    volts = volts + sensors.cell_noise_v * stream.standard_normal(volts.shape, dtype=np.float32)
    read_a = true_a * packs.pack_row(at.GAIN_A) + packs.pack_row(at.OFFSET_A)
    read_a += sensors.current_noise_a * stream.standard_normal(n)
    degc = packs.temperature_degc
    probes = np.stack([degc[one[0] - 1 : one[-1]].mean(axis=0) for one in base.probes])
    probes += packs.state.probe_offset[:, :n] * (sensors.temperature_offset_k / OFFSET_STEPS)
    on = np.where(packs.on, 0.0, np.nan)
    return (
        np.rint(volts * 1000.0) / 1000.0 + on,
        np.rint(read_a * 10.0) / 10.0 + on,
        np.rint(probes) + on,
        np.rint(packs.soc * 100.0) + on,
    )


class _Kept:
    """Readings of all packs, over a day or added up over five minutes."""

    def __init__(self, *arrays: Floats) -> None:
        self.arrays = arrays

    @classmethod
    def empty(cls, base: PackPreset, n: int) -> "_Kept":
        cells, probes = base.cells, len(base.probes)
        return cls(*(np.full((BUCKETS, *some, n), np.nan, dtype=np.float32) for some in ((cells,), (), (probes,), ())))

    @classmethod
    def sums(cls, base: PackPreset, n: int) -> "_Kept":
        return cls(*(np.zeros((*some, n)) for some in ((base.cells,), (), (len(base.probes),), ())))

    def add(self, said: Sequence[Floats]) -> None:
        for total, one in zip(self.arrays, said, strict=True):
            total += one

    def put(self, bucket: int, sums: "_Kept", number: int) -> None:
        for kept, total in zip(self.arrays, sums.arrays, strict=True):
            kept[bucket] = total / number
            total[:] = 0.0

    def day(self, number: int, k: int) -> Day:
        cells, current, probes, soc = (np.ascontiguousarray(one[..., k]) for one in self.arrays)
        return Day(number, cells, current, soc, probes)
