"""What an estimator is judged by: cells and sensors of a making of their own, in NumPy, many runs side by side.

Nothing here is shared with the engine or the estimator. Each run has a typical cell (15 of 16) and its weakest one,
with figures drawn from ranges the estimator does not see. The two branches of the resting voltage are those of an A123
26650 cell at C/27, mixed run by run with the curve of another make (Sony US26650, published with SimSES, BSD-3).
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]

SOC_PCT = (0, 2, 5, 10, 15, 20, 30, 40, 50, 60, 65, 70, 80, 90, 95, 98, 100)
A123_DISCHARGE_V = (
    *(2.000, 2.756, 2.987, 3.151, 3.197, 3.220, 3.250, 3.282, 3.291, 3.297),
    *(3.303, 3.310, 3.332, 3.340, 3.353, 3.404, 3.580),
)
A123_CHARGE_V = (
    *(2.321, 2.884, 3.063, 3.206, 3.240, 3.269, 3.310, 3.320, 3.325, 3.337),
    *(3.344, 3.351, 3.359, 3.364, 3.385, 3.477, 3.600),
)
SONY_V = (
    *(2.286, 2.895, 3.065, 3.197, 3.212, 3.234, 3.270, 3.292, 3.300, 3.304),
    *(3.306, 3.311, 3.335, 3.343, 3.345, 3.349, 3.531),
)
SONY_HALF_GAP_V = tuple(
    1e-3 * mv for mv in (30, 30, 28.7, 25.1, 24.2, 24.9, 28.8, 22.6, 18.7, 19.1, 19.7, 20.9, 19.4, 17.1, 18.5, 21.9, 30)
)

_KNOTS = np.array(SOC_PCT) / 100.0
_A_MID = 0.5 * (np.array(A123_CHARGE_V) + np.array(A123_DISCHARGE_V))
_A_HALF = 0.5 * (np.array(A123_CHARGE_V) - np.array(A123_DISCHARGE_V))
_GRID = np.linspace(-0.1, 1.1, 1201)


def _table(knots_v: Floats, ends: bool) -> Floats:
    values = np.interp(_GRID, _KNOTS, knots_v)
    if ends:  # the straight ends go on
        values += np.where(_GRID < 0.0, _GRID * 33.0, 0.0) + np.where(_GRID > 1.0, (_GRID - 1.0) * 7.5, 0.0)
    return values


_TABLES = [_table(_A_MID, True), _table(_A_HALF, False)]
_TABLES += [_table(np.array(SONY_V), True), _table(np.array(SONY_HALF_GAP_V), False)]

CELLS_IN_SERIES = 16
RATED_AH = 100.0


@dataclass(eq=False)
class Truth:
    """Runs side by side. Arrays ``[run]``; of cells ``[2, run]``: the typical cell, the weakest.

    q_ah: capacity between the ends of the curve. r_ohm: ohmic, fast, slow, ``[3, run]``. tau_s: fast, slow. sony:
    share of the other make's curve. bend: of the curve along the charge. lift_v: of the curve. gap: times the width of
    the hysteresis. turn: share of the charge within which it turns. efficiency: of charge. leak_a: self-discharge.
    draw_a: past the shunt. v_off, i_off, i_gain, t_off: of the sensors. cv_v: at which the charger holds the cells.
    air_degc: around the pack.
    """

    q_ah: Floats
    r_ohm: Floats
    tau_s: Floats
    sony: Floats
    bend: Floats
    lift_v: Floats
    gap: Floats
    turn: Floats
    efficiency: Floats
    leak_a: Floats
    draw_a: Floats
    v_off: Floats
    i_off: Floats
    i_gain: Floats
    t_off: Floats
    cv_v: Floats
    air_degc: Floats

    def __post_init__(self) -> None:
        runs = self.sony.shape[0]
        self.fill = np.full((2, runs), 0.5)
        self.branch = np.zeros((2, runs))
        self.rc_v = np.zeros((2, 2, runs))
        self.warmth_k = np.zeros(runs)
        self.full_fill = self._crossing(self._charge_end, 3.50)
        self.empty_fill = self._crossing(self._discharge_end, 2.70)

    @property
    def runs(self) -> int:
        return int(self.sony.shape[0])

    def soc(self) -> Floats:
        """True SOC of both cells: 1 where a charge to 3.50 V ends at C/20, 0 where a discharge at C/5 meets 2.7 V."""
        soc = (self.fill - self.empty_fill) / (self.full_fill - self.empty_fill)
        return np.asarray(np.clip(soc, 0.0, 1.0))

    def begin(self, soc: Floats, branch: Floats) -> None:
        """Put the typical cell at a SOC, at rest on a branch; the weakest was full together with it."""
        self.fill[0] = self.empty_fill + soc * (self.full_fill - self.empty_fill)
        self.fill[1] = self.full_fill - (self.full_fill - self.fill[0]) * self.q_ah[0] / self.q_ah[1]
        self.branch[:] = branch

    def resting_v(self, fill: Floats, branch: Floats) -> Floats:
        bent = np.clip(fill + self.bend * np.sin(2.0 * np.pi * np.clip(fill, 0.0, 1.0)), -0.1, 1.1)
        place = (bent + 0.1) * 1000.0
        low = np.minimum(place.astype(np.intp), 1199)
        part = place - low
        mid_a, half_a, mid_s, half_s = (t[low] + part * (t[low + 1] - t[low]) for t in _TABLES)
        cold = np.maximum(25.0 - self.degc(), -20.0)
        half = (half_a + self.sony * (half_s - half_a)) * self.gap * (1.0 + np.where(cold > 0, 0.028, 0.009) * cold)
        return np.asarray(mid_a + self.sony * (mid_s - mid_a) + self.lift_v + branch * half)

    def degc(self) -> Floats:
        return np.asarray(self.air_degc + self.warmth_k)

    def resistance(self, fill: Floats) -> tuple[Floats, Floats, Floats]:
        """Ohmic, fast and slow, now."""
        kelvin = self.degc() + 273.15
        energy = np.where(kelvin < 298.15, 20e3, 10e3)
        share = np.exp(energy / 8.314 * (1.0 / kelvin - 1.0 / 298.15))
        low = 1.0 + 1.5 * np.exp(-np.maximum(fill, 0.0) / 0.05)
        return self.r_ohm[0] * share * low, self.r_ohm[1] * share * low, self.r_ohm[2] * share

    def inner_v(self) -> Floats:
        """Voltage of both cells without the ohmic drop."""
        return np.asarray(self.resting_v(self.fill, self.branch) + self.rc_v.sum(axis=0))

    def step(self, current_a: Floats, dt_s: float) -> None:
        """Let a constant current flow."""
        hours = dt_s / 3600.0
        through = current_a - self.draw_a - self.leak_a
        moved = np.where(through > 0.0, through * self.efficiency, through) * hours / self.q_ah
        self.fill = np.clip(self.fill + moved, -0.06, 1.09)
        side = np.sign(current_a)
        self.branch = side + (self.branch - side) * np.exp(-np.abs(moved) / self.turn)
        r0, r1, r2 = self.resistance(self.fill)
        for k, r in enumerate((r1, r2)):
            end = current_a * r
            self.rc_v[k] = end + (self.rc_v[k] - end) * np.exp(-dt_s / self.tau_s[k])
        heat_w = CELLS_IN_SERIES * current_a**2 * (r0 + r1 + r2)[0]
        self.warmth_k += (heat_w / 6.0 - self.warmth_k) * (dt_s / 9000.0)

    def cell_v(self, current_a: Floats) -> Floats:
        """Voltage of both cells at their terminals."""
        return np.asarray(self.inner_v() + current_a * self.resistance(self.fill)[0])

    def measured(self, current_a: Floats, rng: np.random.Generator) -> tuple[Floats, ...]:
        """Mean and lowest cell voltage, current and temperature as the sensors say."""
        volts = self.cell_v(current_a)
        mean = (volts[0] * (CELLS_IN_SERIES - 1) + volts[1]) / CELLS_IN_SERIES
        noise = rng.normal(0.0, 1.0, (3, self.runs))
        mean_v = np.round(mean + self.v_off + 0.0003 * noise[0], 4)
        min_v = np.round(volts.min(axis=0) + self.v_off + 0.001 * noise[1], 3)
        amps = np.round(current_a * (1.0 + self.i_gain) + self.i_off + 0.03 * noise[2], 2)
        return mean_v, min_v, amps, self.degc() + self.t_off

    def _charge_end(self, fill: Floats) -> Floats:
        return np.asarray(self.resting_v(fill, np.ones(self.runs)) + 0.05 * RATED_AH * self.r_ohm.sum(axis=0))

    def _discharge_end(self, fill: Floats) -> Floats:
        low = 1.0 + 1.5 * np.exp(-np.maximum(fill, 0.0) / 0.05)
        return np.asarray(self.resting_v(fill, -np.ones(self.runs)) - 0.2 * RATED_AH * self.r_ohm.sum(axis=0) * low)

    def _crossing(self, voltage: Any, at_v: float) -> Floats:
        """Where on the curve a voltage is reached, at 25 °C."""
        air, self.air_degc = self.air_degc, np.full(self.runs, 25.0)
        low, high = np.full(self.runs, -0.05), np.full(self.runs, 1.08)
        for _ in range(40):
            mid = 0.5 * (low + high)
            below = voltage(mid) < at_v
            low, high = np.where(below, mid, low), np.where(below, high, mid)
        self.air_degc = air
        return np.asarray(0.5 * (low + high))


def draw(runs: int, rng: np.random.Generator, **fixed: Any) -> Truth:
    """Draw the figures of as many runs. fixed: what a scenario sets itself, a number or one a run."""

    def within(low: float, high: float) -> Floats:
        return rng.uniform(low, high, runs)

    typical = RATED_AH * within(0.97, 1.03)
    drawn: dict[str, Any] = {
        "q_ah": np.array([typical, typical * within(0.97, 0.99)]),
        "r_ohm": np.array([within(0.020, 0.040), within(0.014, 0.035), within(0.02, 0.08)]) / RATED_AH,
        "tau_s": np.array([within(20.0, 60.0), within(1000.0, 3000.0)]),
        "sony": within(0.0, 0.5),
        "bend": rng.normal(0.0, 0.004, runs),
        "lift_v": within(-0.003, 0.003),
        "gap": within(0.7, 1.3),
        "turn": np.exp(within(np.log(0.02), np.log(0.15))),
        "efficiency": within(0.998, 1.0),
        "leak_a": RATED_AH * within(0.005, 0.02) / 720.0,
        "draw_a": within(0.0, 0.015),
        "v_off": within(-0.005, 0.005),
        "i_off": within(-0.1, 0.1),
        "i_gain": within(-0.005, 0.005),
        "t_off": within(-2.0, 2.0),
        "cv_v": within(3.51, 3.55),
        "air_degc": within(18.0, 27.0),
    }
    for name, value in fixed.items():
        drawn[name] = value(drawn[name], rng) if callable(value) else np.broadcast_to(value, drawn[name].shape).copy()
    return Truth(**drawn)


def beside(parts: list[Truth]) -> Truth:
    """Put the runs of several scenarios into one, so that one instruction serves all."""
    return Truth(**{f.name: np.concatenate([getattr(p, f.name) for p in parts], axis=-1) for f in fields(Truth)})
