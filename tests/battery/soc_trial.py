"""Lets the estimator and its baselines watch the same packs, and scores what they say."""

from dataclasses import dataclass, replace

import numpy as np

from battery.soc_scenes import STEPS_A_DAY, SUNNY, Scene
from battery.soc_truth import RATED_AH, Floats, Truth, beside, draw
from wattstead.battery.curves import cell_curves
from wattstead.battery.estimator import Estimator, begin, soc_bound_of, soc_of, soh_of, terms_of, weakest_soc_of
from wattstead.battery.kernel.correct import correct
from wattstead.battery.kernel.estimate import COUNTED, FULL, SEEN, Terms, count

DT_S = 60.0
EVERY = 15  # steps between two that are scored
SAID = ("default", "counting with reset", "counting, perfect sensor", "EKF, trusts 5 mV")


@dataclass(eq=False)
class Trial:
    """What came out, ``[sample, run]``: truth, estimates and the filter's bound, shares of 1; days since the last full
    charge that the BMS saw (infinite before the first). soh, soh_bound, true_soh: at the end, ``[run]``.
    """

    scene: list[str]
    true: Floats
    weakest: Floats
    said: dict[str, Floats]
    said_weakest: Floats
    bound: Floats
    days_since_full: Floats
    soh: Floats
    soh_bound: Floats
    true_soh: Floats

    def of(self, name: str) -> np.ndarray:
        return np.array([one == name for one in self.scene])


class PlainEkf:
    """The baseline of section 6.3: no hysteresis, full trust in a 5 mV sensor; reset when full."""

    def __init__(self, terms: Terms, soc: Floats, ocv_v: Floats) -> None:
        self.terms, self.ocv_v, self.soc = terms, ocv_v, soc.copy()
        self.var = np.full(soc.shape, terms.start_var)

    def step(self, mean_v: Floats, current_a: Floats, fast_a: Floats, full: Floats) -> None:
        terms, ah = self.terms, RATED_AH * self.terms.span
        self.soc = np.clip(self.soc + current_a * terms.dt_h / ah, 0.0, 1.0)
        self.var += (0.06 * terms.dt_h / ah) ** 2 * 60.0
        expected, slope = self._curve()
        error = mean_v - expected - terms.r0_ohm * current_a - terms.r1_ohm * fast_a
        gain = self.var * slope / (slope * slope * self.var + 0.005**2)
        self.soc = np.where(full, 1.0, np.clip(self.soc + gain * error, 0.0, 1.0))
        self.var = np.where(full, terms.full_var, (1.0 - gain * slope) * self.var)

    def _curve(self) -> tuple[Floats, Floats]:
        place = (self.terms.empty_fill + self.terms.span * self.soc + 0.06) * 1000.0
        low = place.astype(np.intp)
        rise = self.ocv_v[low + 1] - self.ocv_v[low]
        return self.ocv_v[low] + (place - low) * rise, rise * 1000.0 * self.terms.span


def run(scenes: tuple[Scene, ...], runs: int, days: int, seed: int, estimator: Estimator | None = None) -> Trial:
    """Let all scenarios pass at once, so many runs of each."""
    rng = np.random.default_rng(seed)
    truth = beside([draw(runs, rng, **scene.cells) for scene in scenes])
    house = House(scenes, runs, truth)
    truth.begin(rng.uniform(0.25, 0.85, truth.runs), rng.choice([-0.7, 0.7], truth.runs))
    start = truth.soc()[0]
    wrong = np.clip(start + rng.uniform(-0.3, 0.3, truth.runs), 0.0, 1.0)
    watcher = Watcher(scenes, runs, wrong, start, truth, estimator or Estimator())
    kept: list[tuple[Floats, ...]] = []
    for day in range(days):
        asked = house.day(day, rng)
        for minute in range(STEPS_A_DAY):
            current, charge_cut, discharge_cut = house.flow(asked[minute], truth, first=day == 0)
            truth.step(current, DT_S)
            watcher.see(truth.measured(current, rng), current, charge_cut, discharge_cut)
            if minute % EVERY == 0:
                kept.append((*truth.soc(), *watcher.says()))
    columns = [np.array(column, dtype=np.float32) for column in zip(*kept, strict=True)]
    soh, soh_bound = watcher.soh()
    return Trial(
        scene=[scene.name for scene in scenes for _ in range(runs)],
        true=columns[0],
        weakest=columns[1],
        said=dict(zip(SAID, columns[2:6], strict=True)),
        said_weakest=columns[6],
        bound=columns[7],
        days_since_full=columns[8],
        soh=soh,
        soh_bound=soh_bound,
        true_soh=(truth.q_ah[0] * (truth.full_fill - truth.empty_fill)) / (RATED_AH * watcher.terms[0].span),
    )


class House:
    """Charger, inverter and the protections that cut, as far as they shape the current."""

    def __init__(self, scenes: tuple[Scene, ...], runs: int, truth: Truth) -> None:
        self.scenes, self.runs = scenes, runs
        self.top = np.repeat([scene.top for scene in scenes], runs)
        self.bottom = np.repeat([scene.bottom for scene in scenes], runs)
        self.done = np.zeros(truth.runs, dtype=bool)
        self.high, self.low = self.done.copy(), self.done.copy()

    def day(self, number: int, rng: np.random.Generator) -> Floats:
        parts = [(SUNNY if number == 0 else scene.day)(number, self.runs, rng) for scene in self.scenes]
        if number == 0:  # the first day ends full
            for part in parts:
                part[600:1080] = np.maximum(part[600:1080], 30.0)
        return np.concatenate(parts, axis=1)

    def flow(self, asked_a: Floats, truth: Truth, *, first: bool) -> tuple[Floats, Floats, Floats]:
        """Current that flows in the next step; whether charge, discharge has just been cut."""
        soc, inner = truth.soc()[0], truth.inner_v()
        volts = inner + asked_a * truth.resistance(truth.fill)[0]
        high = np.where(self.high, volts.max(axis=0) > 3.38, volts.max(axis=0) >= 3.65)
        low = np.where(self.low, volts.min(axis=0) < 3.0, volts.min(axis=0) <= 2.7)
        cuts = high & ~self.high, low & ~self.low
        self.high, self.low = high, low
        stiff = truth.resistance(truth.fill)[0][0] + 0.0016
        held = np.maximum((truth.cv_v - inner[0]) / stiff, 0.0)
        current = np.minimum(asked_a, held)
        self.done = np.where(self.done, soc > 0.97, (held < 2.0) & (asked_a > 0.0))
        top = 2.0 if first else self.top
        stop_charge = (soc >= top) | high | (self.done & (held < 1.0))
        stop_discharge = (soc <= self.bottom) | low
        current = np.where((current > 0.0) & stop_charge, 0.0, current)
        return np.where((current < 0.0) & stop_discharge, 0.0, current), *cuts


class Watcher:
    """The estimator, one set of terms a scenario, and the baselines."""

    def __init__(
        self, scenes: tuple[Scene, ...], runs: int, wrong: Floats, start: Floats, truth: Truth, estimator: Estimator
    ) -> None:
        told = [replace(estimator, current_offset_a=scene.told_a) for scene in scenes]
        self.terms = [terms_of(one, rated_ah=RATED_AH, dt_s=DT_S) for one in told]
        self.spans = [slice(k * runs, (k + 1) * runs) for k in range(len(scenes))]
        self.ocv_v = np.asarray(cell_curves().ocv_v)
        soh = np.ones(runs)
        self.state = [begin(terms, wrong[span], soh) for terms, span in zip(self.terms, self.spans, strict=True)]
        self.perfect, self.fast_a = start.copy(), np.zeros_like(start)
        self.perfect_ah = truth.q_ah[0] * (truth.full_fill - truth.empty_fill)
        self.ekf = PlainEkf(self.terms[0], wrong, self.ocv_v)
        self.every = round(estimator.correct_every_s / DT_S)
        self.until_correct = 0
        self.days = np.full_like(start, np.inf)
        self.awake = np.ones(runs, dtype=np.bool_)

    def see(self, measured: tuple[Floats, ...], true_a: Floats, charge_cut: Floats, discharge_cut: Floats) -> None:
        mean_v, min_v, current, degc = measured
        self.until_correct = (self.until_correct or self.every) - 1
        full = np.zeros(len(current), dtype=bool)
        for terms, span, (tally, belief) in zip(self.terms, self.spans, self.state, strict=True):
            count(
                terms, 0, self.awake, current[span], mean_v[span], charge_cut[span], discharge_cut[span], tally, belief
            )
            full[span] = belief[SEEN] == FULL
            if self.until_correct == 0:
                correct(terms, 0, mean_v[span], min_v[span], current[span], degc[span], self.ocv_v, tally, belief)
        self.fast_a = current + (self.fast_a - current) * self.terms[0].keep_fast
        self.perfect = np.clip(self.perfect + true_a * DT_S / 3600.0 / self.perfect_ah, 0.0, 1.0)
        self.ekf.step(mean_v, current, self.fast_a, full)
        self.days = np.where(full, 0.0, self.days + DT_S / 86400.0)

    def says(self) -> tuple[Floats, ...]:
        said = [soc_of(tally) for tally, _ in self.state], [tally[COUNTED].copy() for tally, _ in self.state]
        weakest = [weakest_soc_of(*state) for state in self.state]
        bound = [soc_bound_of(*state) for state in self.state]
        filtered, counted = (np.concatenate(one) for one in said)
        return (
            *(filtered, counted, self.perfect, self.ekf.soc),
            *(np.concatenate(weakest), np.concatenate(bound), self.days),
        )

    def soh(self) -> tuple[Floats, Floats]:
        pairs = [soh_of(terms, *state) for terms, state in zip(self.terms, self.state, strict=True)]
        return np.concatenate([one for one, _ in pairs]), np.concatenate([one for _, one in pairs])


@dataclass(frozen=True)
class Score:
    """Errors of SOC in percent of the charge; coverage: how often the truth lay within the bound, in percent."""

    rms: float
    p95: float
    p99: float
    worst: float
    coverage: float
    bound: float


def score(said: Floats, true: Floats, bound: Floats, where: Floats) -> Score:
    """Score the samples selected."""
    error = np.abs(said - true)[where].astype(float) * 100.0
    if not error.size:
        return Score(*[float("nan")] * 6)
    limit = bound[where] * 100.0
    return Score(
        float(np.sqrt(np.mean(error**2))),
        float(np.percentile(error, 95)),
        float(np.percentile(error, 99)),
        float(error.max()),
        float(np.mean(error <= limit) * 100.0),
        float(np.mean(limit)),
    )
