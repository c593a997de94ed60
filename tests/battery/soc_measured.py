"""The second truth: a cell that was really measured. Its voltage is the file's; only the sensor's errors are added.

One round is the dynamic profile from full to empty (10 h), then the slow charge with C/27 (27 h), both as recorded. The
truth is the charge that the tester counted. data/README.md names the origin.
"""

from dataclasses import dataclass

import numpy as np

from battery.measured import CAPACITY_AH, dynamic, slow
from battery.soc_truth import Floats
from wattstead.battery.curves import cell_curves
from wattstead.battery.estimator import Estimator, begin, soc_bound_of, soc_of, terms_of
from wattstead.battery.kernel.correct import correct
from wattstead.battery.kernel.estimate import COUNTED, Terms, count


@dataclass(eq=False)
class Watched:
    """What came out, ``[sample, run]``, shares of 1."""

    true: Floats
    filtered: Floats
    counted: Floats
    bound: Floats


@dataclass(eq=False)
class Sensors:
    """Their errors, one a run."""

    v_off: Floats
    i_off: Floats
    i_gain: Floats


class Measured:
    """Many estimators, each with its own sensors and its own wrong guess, on the one measured cell."""

    def __init__(self, degc: int, runs: int, seed: int, *, start_wrong: float, from_fill: float) -> None:
        rng = np.random.default_rng(seed)
        self.degc, self.fill, self.runs = degc, from_fill, runs
        ah = CAPACITY_AH[degc]
        limit_a = 0.001 * ah  # as 0.1 A on 100 Ah
        own = Estimator(current_offset_a=limit_a, unseen_draw_a=0.5 * limit_a)
        rated = ah * rng.uniform(0.97, 1.03)
        self.own, self.ah, self.rated = own, ah, rated
        self.ocv_v = np.asarray(cell_curves().ocv_v)
        self.sensors = Sensors(
            rng.uniform(-0.005, 0.005, runs), rng.uniform(-limit_a, limit_a, runs), rng.uniform(-0.005, 0.005, runs)
        )
        told = np.clip(self.soc() + rng.uniform(-start_wrong, start_wrong, runs), 0.0, 1.0)
        self.tally, self.belief = begin(self._terms(1.0), told, np.ones(runs))
        self.awake, self.no = np.ones(runs, dtype=np.bool_), np.zeros(runs, dtype=np.bool_)
        self.warm = np.full(runs, float(degc))
        self.kept: list[tuple[Floats, ...]] = []

    def soc(self) -> float:
        return min(max((self.fill - self.own.empty_fill) / (self.own.full_fill - self.own.empty_fill), 0.0), 1.0)

    def discharge(self) -> None:
        """Run the dynamic profile from where the cell stands."""
        terms, fill, seconds = self._terms(1.0), 1.0, 0
        for currents, volt in dynamic(self.degc):
            start = fill
            fill += sum(currents) / 3600.0 / self.ah
            if start > self.fill + 1e-3:
                continue
            for current in currents:
                self._count(terms, current, volt)
            seconds += 10
            self.fill = fill
            if seconds % 60 == 0:
                self._correct(terms, currents[-1], volt, keep=seconds % 600 == 0)

    def charge(self) -> None:
        """Charge with C/27 from where the cell stands, a minute at a time."""
        terms, current = self._terms(60.0), self.ah / 27.0
        table = np.array([(pct, charge_v) for pct, _, charge_v in slow(self.degc)])
        minutes = 0
        while self.fill < 1.0:
            self.fill += current / 60.0 / self.ah
            volt = float(np.interp(self.fill * 100.0, table[:, 0], table[:, 1]))
            self._count(terms, current, volt)
            minutes += 1
            self._correct(terms, current, volt, keep=minutes % 10 == 0)

    def watched(self) -> Watched:
        return Watched(*(np.array(column) for column in zip(*self.kept, strict=True)))

    def _terms(self, dt_s: float) -> Terms:
        return terms_of(self.own, rated_ah=self.rated, dt_s=dt_s, dead_band_a=0.005 * self.ah)

    def _seen_a(self, current: float) -> Floats:
        return current * (1.0 + self.sensors.i_gain) + self.sensors.i_off

    def _count(self, terms: Terms, current: float, volt: float) -> None:
        seen_v = volt + self.sensors.v_off
        count(terms, 0, self.awake, self._seen_a(current), seen_v, self.no, self.no, self.tally, self.belief)

    def _correct(self, terms: Terms, current: float, volt: float, *, keep: bool) -> None:
        seen_v = volt + self.sensors.v_off
        correct(terms, 0, seen_v, seen_v, self._seen_a(current), self.warm, self.ocv_v, self.tally, self.belief)
        if keep:
            true = np.full(self.runs, self.soc())
            bound = soc_bound_of(self.tally, self.belief)
            self.kept.append((true, soc_of(self.tally), self.tally[COUNTED].copy(), bound))


def watch(degc: int, runs: int, seed: int, *, rounds: int, start_wrong: float, from_fill: float = 1.0) -> Watched:
    """Go through so many rounds of discharge and charge."""
    cell = Measured(degc, runs, seed, start_wrong=start_wrong, from_fill=from_fill)
    for k in range(rounds):
        if k:
            cell.charge()
        cell.discharge()
    return cell.watched()
