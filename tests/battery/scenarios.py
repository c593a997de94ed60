"""Random lives of a BMS: what its sensors see walks about the thresholds of a preset, so that much begins and ends.

All values lie on decimal grids (1 mV, 10 mV of the pack, 10 mA, 0.1 °C, 0.1 %), thresholds too, so that an inclusive
comparison comes out the same in decimals and in binary fractions. Differences of two cells do not, so they keep 1 mV
away from the thresholds of differences.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise, repeat
from random import Random
from typing import Any

from battery.reference.rules import Rules
from battery.reference.sample import Sample, exact
from wattstead.model.protection import Action, Channel

FAULTS = (
    Channel.PACK_DIFFERENCE,
    Channel.CONNECTION_RESISTANCE,
    Channel.CELL_RESISTANCE_RATIO,
    Channel.VOLTAGE_SENSOR_FAULT,
    Channel.CURRENT_SENSOR_FAULT,
    Channel.CHARGE_SWITCH_FAULT,
    Channel.DISCHARGE_SWITCH_FAULT,
    Channel.RELAY_DRIVE_FAULT,
    Channel.PRECHARGE_FAULT,
    Channel.LIMITER_FAULT,
    Channel.EMERGENCY_STOP,
    Channel.OUTPUT_REVERSED,
    Channel.PARALLEL_FAULT,
    Channel.SECONDARY_TRIP,
)
"""What somebody else measures and tells the BMS."""
FLAGS = frozenset((*FAULTS, Channel.TEMPERATURE_SENSOR_FAULT)) - {
    Channel.PACK_DIFFERENCE,
    Channel.CONNECTION_RESISTANCE,
    Channel.CELL_RESISTANCE_RATIO,
}
"""What is either so or not."""

_STEP = {"V": Decimal("0.001"), "A": Decimal("0.01"), "degC": Decimal("0.1"), "%": Decimal("0.1"), "": Decimal("0.1")}
_PACK_STEP_V = Decimal("0.01")
_USUAL: dict[Channel, tuple[str, ...]] = {
    Channel.CELL_VOLTAGE_MAX: ("3.3", "3.31", "3.35"),
    Channel.CELL_VOLTAGE_MIN: ("3.3", "3.29", "3.25"),
    Channel.CHARGE_CURRENT: ("0.51", "20", "30"),
    Channel.DISCHARGE_CURRENT: ("0.51", "20", "40"),
    Channel.CELL_TEMPERATURE_MAX: ("25", "27.5"),
    Channel.CELL_TEMPERATURE_MIN: ("20", "24.9"),
    Channel.AMBIENT_TEMPERATURE: ("25", "18"),
    Channel.MOS_TEMPERATURE: ("30", "45.5"),
    Channel.SOC: ("50", "80", "30"),
    Channel.CELL_RESISTANCE_RATIO: ("1",),
}


def step_of(channel: Channel) -> Decimal:
    """Give the smallest difference between two readings of a channel."""
    if channel is Channel.PACK_VOLTAGE:
        return _PACK_STEP_V
    if channel in FLAGS:
        return Decimal(1)
    return _STEP.get(channel.unit, Decimal("0.001"))


def levels(preset: Rules, channel: Channel) -> list[Decimal]:
    """Give what is worth seeing of a channel: each threshold, and one step to either side of it."""
    if channel in FLAGS:
        return [Decimal(1)] if any(row.channel is channel for row in preset.protections) else []
    found: dict[Decimal, None] = {}
    for row in preset.protections:
        if row.channel is channel:
            for value in (exact(row.threshold.trip), exact(row.threshold.recover)):
                found |= dict.fromkeys((value, value - step_of(channel), value + step_of(channel)))
    if channel is Channel.SOC:
        limits = [exact(row.soc_at_most_pct) for row in preset.protections if row.soc_at_most_pct < 100]
        found |= dict.fromkeys(limits + [limit + step_of(channel) for limit in limits])
    return sorted(found)


@dataclass
class Walk:
    """One thing that changes: it holds a value for a while, then takes another."""

    usual: Sequence[Any]
    strange: Sequence[Any]
    strangeness: float
    holds_s: Sequence[Decimal]
    left_s: Decimal = field(default=Decimal(0))
    value: Any = None

    def turn(self, rng: Random) -> None:
        """Take another value if this one has been held long enough."""
        if self.left_s <= 0:
            strange = self.strange and rng.random() < self.strangeness
            self.value = rng.choice(self.strange if strange else self.usual)
            self.left_s = rng.choice(self.holds_s)


class Scenario:
    """An endless row of samples for steps of one length."""

    def __init__(self, preset: Rules, seed: int, dt_s: Decimal) -> None:
        self.preset, self.dt_s, self.rng = preset, dt_s, Random(seed)
        self.holds_s = _holds_s(preset, dt_s)
        thresholds = [exact(row.threshold.trip) for row in preset.protections if _difference(row.channel)]
        thresholds += [exact(row.threshold.recover) for row in preset.protections if _difference(row.channel)]
        balancer = preset.balancer
        thresholds += [exact(balancer.start_difference_v), exact(balancer.stop_difference_v)]
        thresholds += [exact(balancer.transfer_start_difference_v), exact(balancer.transfer_stop_difference_v)]
        self.kept_off_v = frozenset(thresholds)
        self.walks = {channel: self._seen(channel) for channel in _USUAL if channel not in FAULTS}
        usual_v = Decimal("3.3") * preset.cells
        self.walks[Channel.PACK_VOLTAGE] = self._seen(Channel.PACK_VOLTAGE, (usual_v,))
        self.direction = Walk((1, -1, 1, -1, 0), (), 0.0, self.holds_s)
        self.faults = {channel: self._seen(channel, ("0",), 0.04) for channel in FAULTS if levels(preset, channel)}
        edges = (exact(preset.power.wake_low_v), exact(preset.power.wake_high_v))
        sources = [edge + off for edge in edges for off in (Decimal("-0.1"), Decimal(0), Decimal("0.1"))]
        self.source = Walk((None, None, Decimal(52)), sources + levels(preset, Channel.PORT_VOLTAGE), 0.4, self.holds_s)
        self.load = Walk((True, False), (), 0.0, self.holds_s)
        self.silent = Walk((False,), (True,), 0.3, self.holds_s)
        self.external = Walk((True,), (False,), 0.1, self.holds_s)
        self.probes = Walk((0,), (1, 1, 1, 2), 0.2, self.holds_s)  # how many of three are out, 2 for all of them
        self.button = Walk((False,), (True,), 0.2, self.holds_s)

    def _seen(self, channel: Channel, usual: Sequence[Any] = (), strangeness: float = 0.6) -> Walk:
        calm = [exact(one) for one in usual or _USUAL[channel]]
        return Walk(calm, levels(self.preset, channel), strangeness, self.holds_s)

    @property
    def _all_walks(self) -> tuple[Walk, ...]:
        alone = (self.direction, self.source, self.load, self.silent, self.external, self.probes, self.button)
        return (*self.walks.values(), *self.faults.values(), *alone)

    def __iter__(self) -> Iterator[Sample]:
        for sample, steps in self.pieces():
            yield from repeat(sample, steps)

    def pieces(self) -> Iterator[tuple[Sample, int]]:
        """Give samples with the number of steps for which each holds."""
        walks = self._all_walks
        while True:
            for walk in walks:
                walk.turn(self.rng)
            service = self.rng.random() < 0.01
            held_s = self.dt_s if service else min(walk.left_s for walk in walks)
            for walk in walks:
                walk.left_s -= held_s
            yield self._sample(service=service), int(held_s / self.dt_s)

    def _sample(self, *, service: bool) -> Sample:
        seen = {channel: walk.value for channel, walk in self.walks.items()}
        cold = min(seen[Channel.CELL_TEMPERATURE_MIN], seen[Channel.CELL_TEMPERATURE_MAX])
        return Sample(
            cells_v=self._cells(seen[Channel.CELL_VOLTAGE_MIN], seen[Channel.CELL_VOLTAGE_MAX]),
            pack_v=seen[Channel.PACK_VOLTAGE],
            current_a=self._current(seen),
            probes_degc=self._probes(cold, seen[Channel.CELL_TEMPERATURE_MAX]),
            ambient_degc=seen[Channel.AMBIENT_TEMPERATURE],
            mos_degc=seen[Channel.MOS_TEMPERATURE],
            soc_pct=min(Decimal(100), max(Decimal(0), seen[Channel.SOC])),
            source_v=self.source.value,
            load=self.load.value,
            button=self.button.value,
            external_on=self.external.value,
            inverter_silent=self.silent.value,
            service=service,
            faults={channel: walk.value for channel, walk in self.faults.items()},
        )

    def _current(self, seen: dict[Channel, Decimal]) -> Decimal:
        direction = self.direction.value
        if direction == 0:
            dead = exact(self.preset.dead_band_a)
            return self.rng.choice((Decimal(0), dead, -dead, dead / 2))
        channel = Channel.CHARGE_CURRENT if direction > 0 else Channel.DISCHARGE_CURRENT
        return Decimal(direction * seen[channel])

    def _cells(self, low_v: Decimal, high_v: Decimal) -> tuple[Decimal, ...]:
        low_v, high_v = min(low_v, high_v), max(low_v, high_v)
        middle_v = ((low_v + high_v) / 2).quantize(_STEP["V"])
        cells = [middle_v] * self.preset.cells
        highest, lowest = self.rng.sample(range(len(cells)), 2)
        cells[highest], cells[lowest] = high_v, low_v
        while _on_an_edge(cells, self.kept_off_v):
            cells = [one if one == low_v else one - _STEP["V"] for one in cells]
            if min(cells) < low_v:
                cells = [low_v] * len(cells)
        return tuple(cells)

    def _probes(self, cold: Decimal, warm: Decimal) -> tuple[Decimal | None, ...]:
        out = self.probes.value
        count = self.preset.probes
        if out == 2:
            return (None,) * count
        seen = [cold, warm] + [(cold + warm) / 2] * (count - 2)
        there: list[Decimal | None] = [one.quantize(_STEP["degC"]) for one in seen[:count]]
        if out == 1:
            there[self.rng.randrange(count)] = None
        return tuple(there)


def _difference(channel: Channel) -> bool:
    return channel is Channel.CELL_VOLTAGE_DIFFERENCE


def _on_an_edge(cells: Sequence[Decimal], kept_off_v: frozenset[Decimal]) -> bool:
    """Tell whether a difference of two cells is a threshold, and two roundings would decide."""
    low_v = min(cells)
    apart = {(one, low_v) for one in set(cells)} | {(a, b) for a, b in pairwise(cells) if a != b}
    return any(abs(a - b) in kept_off_v for a, b in apart)


def _holds_s(preset: Rules, dt_s: Decimal) -> list[Decimal]:
    """Give how long a value may stay: about the delays of the rows, in whole steps, now and then much longer."""
    delays = {exact(row.threshold.delay_s) for row in preset.protections}
    delays |= {exact(row.elapsed_s) for row in preset.protections if row.elapsed_s <= 60}
    steps = {max(1, int(delay_s / dt_s) + more) for delay_s in delays for more in (-1, 0, 1)}
    return [count * dt_s for count in sorted(steps)] + [dt_s * 5, dt_s * 20]


def cuts(preset: Rules, action: Action) -> set[str]:
    """Give the names of the rows with an action."""
    return {row.name for row in preset.protections if action in row.actions}
