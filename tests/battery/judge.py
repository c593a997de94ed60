"""One pack in plain Python, cell by cell, as the judge of the array engine.

Written from the equations of docs/models/cell.md and the rules of SEP-6 and SEP-7, by another road where there is one:
the curve by Hermite's basis on its raw knots, the limits one by one through ``Threshold``, sums by fsum.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from math import exp, fsum

from wattstead.battery.limit import ROWS, Channel, Gate, LimitRow, Stops
from wattstead.battery.ocv import HIGHEST_FILL, LOWEST_FILL, OcvCurve
from wattstead.battery.preset import PackPreset
from wattstead.battery.state import PackState


class JudgeCurve:
    """The open-circuit voltage, evaluated afresh from the knots."""

    def __init__(self, curve: OcvCurve) -> None:
        self.x = [soc / 100.0 for soc in curve.soc_pct]
        self.y = list(curve.voltage_v)
        self.slopes = [self._slope(k) for k in range(len(self.x))]

    def _rise(self, k: int) -> float:
        return (self.y[k + 1] - self.y[k]) / (self.x[k + 1] - self.x[k])

    def _slope(self, k: int) -> float:
        if k == 0:
            return self._rise(0)
        if k == len(self.x) - 1:
            return self._rise(k - 1)
        before, after = self.x[k] - self.x[k - 1], self.x[k + 1] - self.x[k]
        weight = (before + 2.0 * after) / (3.0 * (before + after))
        return 1.0 / (weight / self._rise(k - 1) + (1.0 - weight) / self._rise(k))

    def __call__(self, fill: float) -> float:
        if fill < 0.0:
            return self.y[0] + self.slopes[0] * fill
        if fill >= 1.0:
            return self.y[-1] + self.slopes[-1] * (fill - 1.0)
        k = bisect_right(self.x, fill) - 1
        h = self.x[k + 1] - self.x[k]
        t = (fill - self.x[k]) / h
        return (
            (1.0 + 2.0 * t) * (1.0 - t) ** 2 * self.y[k]
            + t * (1.0 - t) ** 2 * h * self.slopes[k]
            + t**2 * (3.0 - 2.0 * t) * self.y[k + 1]
            + t**2 * (t - 1.0) * h * self.slopes[k + 1]
        )


@dataclass(frozen=True)
class Fading:
    """What fades in a step: RC voltage and warmth of a cell by its place; warming in K per W of three kinds of heat."""

    rc: float
    warmth: float
    steady_k_per_w: float
    with_rc_k_per_w: float
    twice_as_fast_k_per_w: float


def fading(preset: PackPreset, place: int, dt_s: float) -> Fading:
    shares = [1.0] * preset.cells
    shares[0] = shares[-1] = preset.edge_cooling
    heat_capacity, rc_rate = preset.cell.heat_capacity_j_per_k, 1.0 / preset.cell.tau_s
    loss = preset.cooling_w_per_k * shares[place] / sum(shares) / heat_capacity  # 1/s

    def convolved(rate: float) -> float:
        return (exp(-rate * dt_s) - exp(-loss * dt_s)) / (loss - rate) / heat_capacity

    return Fading(exp(-rc_rate * dt_s), exp(-loss * dt_s), convolved(0.0), convolved(rc_rate), convolved(2 * rc_rate))


def measured(channel: Channel, voltages: list[float]) -> float:
    if channel is Channel.PACK_VOLTAGE:
        return fsum(voltages)
    return max(voltages) if channel is Channel.CELL_VOLTAGE_MAX else min(voltages)


@dataclass
class JudgeCell:
    capacity_ah: float
    r0_ohm: float
    r1_ohm: float
    fill: float
    temperature_degc: float
    rc_v: float = 0.0
    voltage_v: float = 0.0
    ocv_v: float = 0.0


@dataclass
class JudgePack:
    preset: PackPreset
    curve: JudgeCurve
    cells: list[JudgeCell]
    remaining_ah: float
    full_ah: float
    cycles: float = 0.0
    charged_kwh: float = 0.0
    discharged_kwh: float = 0.0
    current_a: float = 0.0
    full_hold_s: float = 0.0
    fully_charged: bool = False
    pending_s: dict[str, float] = field(default_factory=lambda: {row.name: 0.0 for row in ROWS})
    active: set[str] = field(default_factory=set)
    fades: dict[float, list[Fading]] = field(default_factory=dict)

    @classmethod
    def of(cls, state: PackState) -> "JudgePack":
        """Take over the only pack of a state at rest."""
        curve = JudgeCurve(state.preset.cell.ocv)
        names = ("capacity_ah", "r0_ohm", "r1_ohm", "fill", "temperature_degc")
        columns = zip(*(getattr(state, name)[:, 0].tolist() for name in names), strict=True)
        cells = [JudgeCell(*values) for values in columns]
        for cell in cells:
            cell.ocv_v = cell.voltage_v = curve(cell.fill)
        return cls(state.preset, curve, cells, float(state.remaining_ah[0]), float(state.full_ah[0]))

    @property
    def pack_voltage_v(self) -> float:
        return fsum(cell.voltage_v for cell in self.cells)

    def stopped(self, stops: Stops) -> bool:
        return any(row.name in self.active for row in ROWS if row.stops is stops)

    def _flows(self, wanted_a: float) -> float:
        if (wanted_a > 0.0 and self.stopped(Stops.CHARGE)) or (wanted_a < 0.0 and self.stopped(Stops.DISCHARGE)):
            return 0.0
        return wanted_a

    def step(self, wanted_a: float, ambient_degc: float, dt_s: float) -> None:
        current = self._flows(wanted_a)
        before = [cell.ocv_v + cell.rc_v + current * cell.r0_ohm for cell in self.cells]
        self._cells_and_energy(current, ambient_degc, dt_s)
        was_active = set(self.active)
        for row in ROWS:
            self._limit(row, before, current, dt_s)
        self._count(current, was_active, dt_s)
        self.current_a = self._flows(current)
        for cell in self.cells:
            cell.voltage_v -= (current - self.current_a) * cell.r0_ohm

    def _cells_and_energy(self, current: float, ambient_degc: float, dt_s: float) -> None:
        tau, energy_j = self.preset.cell.tau_s, 0.0
        if dt_s not in self.fades:
            self.fades[dt_s] = [fading(self.preset, place, dt_s) for place in range(self.preset.cells)]
        for cell, fades in zip(self.cells, self.fades[dt_s], strict=True):
            old_ocv, final_rc = cell.ocv_v, current * cell.r1_ohm
            apart = cell.rc_v - final_rc
            cell.fill = min(max(cell.fill + current * dt_s / 3600.0 / cell.capacity_ah, LOWEST_FILL), HIGHEST_FILL)
            cell.ocv_v = self.curve(cell.fill)
            cell.rc_v = final_rc + apart * fades.rc
            cell.voltage_v = cell.ocv_v + cell.rc_v + current * cell.r0_ohm
            mean_rc = final_rc + apart * tau / dt_s * (1.0 - fades.rc)
            energy_j += current * dt_s * (0.5 * (old_ocv + cell.ocv_v) + mean_rc + current * cell.r0_ohm)
            cell.temperature_degc = (
                ambient_degc
                + (cell.temperature_degc - ambient_degc) * fades.warmth
                + current**2 * (cell.r0_ohm + cell.r1_ohm) * fades.steady_k_per_w
                + 2.0 * current * apart * fades.with_rc_k_per_w
                + apart**2 / cell.r1_ohm * fades.twice_as_fast_k_per_w
            )
        self.charged_kwh += max(energy_j, 0.0) / 3.6e6
        self.discharged_kwh += max(-energy_j, 0.0) / 3.6e6

    def _limit(self, row: LimitRow, before: list[float], current: float, dt_s: float) -> None:
        threshold = self.preset.limits.of(row)
        if threshold is None:
            return
        start, end = measured(row.channel, before), measured(row.channel, [cell.voltage_v for cell in self.cells])
        band = self.preset.dead_band_a
        gate = current > band if row.gate is Gate.CHARGING else current < -band
        if not (gate and threshold.beyond(end)):
            self.pending_s[row.name] = 0.0
        elif threshold.beyond(start):
            self.pending_s[row.name] += dt_s
        else:
            self.pending_s[row.name] = dt_s * (end - threshold.trip) / (end - start)
        if row.name in self.active and threshold.back(end):
            self.active.remove(row.name)
        if gate and threshold.beyond(end) and self.pending_s[row.name] > threshold.delay_s - 1e-6:
            self.active.add(row.name)

    def _count(self, current: float, was_active: set[str], dt_s: float) -> None:
        counter, moved_ah = self.preset.counter, current * dt_s / 3600.0
        self.cycles += abs(moved_ah) / 2.0 / self.preset.rated_capacity_ah
        self.remaining_ah = min(max(self.remaining_ah + moved_ah, 0.0), self.full_ah)
        looks_full = (
            self.pack_voltage_v >= counter.full_cell_voltage_v * self.preset.cells
            and -self.preset.dead_band_a <= current <= counter.full_current_c * self.full_ah
        )
        self.full_hold_s = self.full_hold_s + dt_s if looks_full else 0.0
        began = self.active - was_active
        full = looks_full and self.full_hold_s >= counter.full_hold_s
        full = full or any(row.name in began for row in ROWS if row.stops is Stops.CHARGE)
        if full:
            self.remaining_ah = self.full_ah
        if any(row.name in began for row in ROWS if row.stops is Stops.DISCHARGE):
            self.remaining_ah = 0.0
        kept = self.fully_charged and self.remaining_ah > counter.full_release * self.full_ah
        self.fully_charged = full or kept
