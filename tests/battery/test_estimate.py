"""What the BMS estimates: charge, health and cycles, and how sure it says it is."""

import math
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from battery.soc_measured import watch
from battery.soc_scenes import SCENES
from battery.soc_trial import Trial, run, score
from parts import one_quick
from wattstead.battery.curves import cell_curves
from wattstead.battery.estimator import (
    Estimator,
    begin,
    capacity_ah_of,
    soc_bound_of,
    soc_of,
    soh_of,
    terms_of,
    weakest_soc_of,
)
from wattstead.battery.kernel import estimate as row
from wattstead.battery.kernel.correct import correct
from wattstead.battery.kernel.estimate import Rows, count
from wattstead.model.errors import UsageError

OCV_V = cell_curves().single().ocv_v
USABLE_AH = 100.0 * (0.986 - 0.017)


class Watched:
    """Packs of 100 Ah whose sensors say what the test says."""

    def __init__(self, soc: Any, *, dt_s: float = 60.0, soh: float = 1.0, **own: Any) -> None:
        self.terms = terms_of(Estimator(**own), rated_ah=100.0, dt_s=dt_s)
        soc = np.atleast_1d(np.asarray(soc, dtype=float))
        self.tally, self.belief = begin(self.terms, soc, np.full(len(soc), soh))

    def see(
        self,
        current_a: float,
        volt: float = 3.30,
        steps: int = 1,
        *,
        min_v: float | None = None,
        degc: float = 25.0,
        charge_cut: bool = False,
        discharge_cut: bool = False,
    ) -> "Watched":
        packs = self.tally.shape[1]
        one = [np.broadcast_to(np.float32(value), packs).copy() for value in (current_a, volt, degc)]
        lowest = one[1] if min_v is None else np.full(packs, min_v, dtype=np.float32)
        high, low = np.full(packs, charge_cut), np.full(packs, discharge_cut)
        for _ in range(steps):
            count(self.terms, 0, np.full(packs, True), one[0], one[1], high, low, self.tally, self.belief)
            correct(self.terms, 0, one[1], lowest, one[0], one[2], OCV_V, self.tally, self.belief)
            high = low = np.full(packs, False)
        return self

    def count_only(self, current_a: float, hours: float) -> None:
        packs = self.tally.shape[1]
        no = np.full(packs, False)
        amps, volts = np.full(packs, current_a), np.full(packs, 3.3)
        for _ in range(round(hours * 3600.0 / self.terms.dt_s)):
            count(self.terms, 0, np.full(packs, True), amps, volts, no, no, self.tally, self.belief)

    @property
    def soc(self) -> float:
        return float(soc_of(self.tally)[0])

    @property
    def counted(self) -> float:
        return float(self.tally[row.COUNTED, 0])

    @property
    def bound(self) -> float:
        return float(soc_bound_of(self.tally, self.belief)[0])

    @property
    def rule(self) -> int:
        return int(self.tally[row.CYCLES_RULE, 0])


# Anchors


def test_full_is_seen_after_the_hold_and_makes_both_100_percent() -> None:
    pack = Watched(0.9).see(3.0, 3.51)
    assert pack.counted < 1.0  # 60 s of 120
    pack.see(3.0, 3.51)
    assert (pack.counted, pack.soc) == (1.0, 1.0)
    assert pack.bound == pytest.approx(2 * 0.006, rel=1e-6)


@pytest.mark.parametrize(
    ("current_a", "volt", "full"),
    [(5.0, 3.5, True), (5.1, 3.6, False), (-0.5, 3.5, True), (-0.6, 3.6, False), (0.0, 3.499, False)],
)
def test_full_needs_the_voltage_and_a_small_current(current_a: float, volt: float, *, full: bool) -> None:
    pack = Watched(0.9).see(current_a, volt, steps=3)
    assert (pack.counted == 1.0) is full


def test_a_break_starts_the_hold_anew() -> None:
    pack = Watched(0.5).see(1.0, 3.51).see(1.0, 3.45).see(1.0, 3.51)
    assert pack.counted < 1.0


def test_a_cut_by_a_protection_sets_the_count_and_bends_the_estimate() -> None:
    empty = Watched(0.2).see(-20.0, 2.75, min_v=2.6, discharge_cut=True)
    assert empty.counted == 0.0
    assert empty.soc == pytest.approx(0.0, abs=0.01)
    high = Watched(0.8).see(40.0, 3.45, charge_cut=True)
    assert high.counted == 1.0
    assert high.soc == pytest.approx(0.99, abs=0.01)


# The bound


def test_the_bound_shrinks_at_a_full_charge_and_grows_without() -> None:
    pack = Watched(0.5)
    assert pack.bound == pytest.approx(3.3 * 0.18)
    pack.see(2.0, 3.51, steps=2)
    bounds = [pack.bound]
    for _ in range(6):
        pack.see(0.0, 3.345, steps=12 * 60)
        bounds.append(pack.bound)
    assert bounds[0] < 0.013
    assert all(before < after for before, after in pairwise(bounds))
    assert bounds[-1] > 0.03
    pack.see(2.0, 3.51, steps=2)
    assert pack.bound < 0.013


def test_the_bound_grows_between_two_corrections_too() -> None:
    pack = Watched(0.5).see(2.0, 3.51, steps=2)
    before = pack.bound
    pack.count_only(-30.0, 1.0)
    assert pack.bound > before + 0.02  # what is not known of the capacity


def test_a_worse_sensor_says_so() -> None:
    good, bad = (Watched(0.5, current_offset_a=limit).see(2.0, 3.51, steps=2) for limit in (0.1, 4.0))
    for pack in (good, bad):
        pack.count_only(0.0, 5.0)
    assert bad.bound > 5 * good.bound


def test_on_the_plateau_the_voltage_may_be_looked_at_a_thousand_times() -> None:
    pack = Watched(0.55)
    pack.see(0.0, float(OCV_V[round((0.06 + 0.017 + 0.969 * 0.45) * 1000)]), steps=1000)
    assert pack.bound > 0.1  # 10 mV of unknown hysteresis are 10 % here


def test_at_the_knee_the_voltage_tells() -> None:
    pack = Watched(0.4).see(0.0, 3.0, steps=60)  # 5 % on the curve
    assert pack.soc == pytest.approx(0.03, abs=0.04)
    assert pack.bound < 0.1


# Counting


def test_an_hour_of_charge() -> None:
    pack = Watched(0.5)
    pack.count_only(10.0, 1.0)
    assert pack.soc == pytest.approx(0.5 + 10.0 / USABLE_AH, rel=1e-12)
    assert pack.counted == pytest.approx(pack.soc, rel=1e-12)


def test_small_currents_are_not_lost_in_short_steps() -> None:
    pack = Watched(0.5, dt_s=0.01)
    pack.count_only(0.04, 0.1)
    assert pack.soc == pytest.approx(0.5 + 0.004 / USABLE_AH, rel=1e-9)


def test_equivalent_full_cycles_by_hand() -> None:
    pack = Watched(0.5)
    pack.count_only(20.0, 1.0)
    pack.count_only(-30.0, 2.0)
    pack.count_only(0.0, 5.0)
    assert pack.tally[row.CYCLES_EFC, 0] == pytest.approx((20.0 + 60.0) / 200.0, rel=1e-12)


def test_the_rule_of_depth_by_hand() -> None:
    """SEP-12: a discharge takes the SOC below 80 %, charging follows: one cycle."""
    pack = Watched(0.95)
    story = (
        (-14.0, 1, 0),  # to 80.6 %: not below
        (1.0, 1, 0),
        (-5.0, 1, 0),  # to 76.4 %: armed, nothing counted yet
        (-10.0, 1, 0),
        (0.4, 1, 0),  # within the dead band: no charge
        (10.0, 0.1, 1),  # charging follows
        (-10.0, 1, 1),  # deeper, but it has not been above since
        (10.0, 1, 1),
        (10.0, 2, 1),  # above 80 % again
        (-20.0, 1, 1),
        (5.0, 0.1, 2),
    )
    for current_a, hours, cycles in story:
        pack.count_only(current_a, hours)
        assert pack.rule == cycles, (current_a, pack.soc)


def test_a_pack_that_starts_below_the_depth_counts_nothing_at_first() -> None:
    pack = Watched(0.5)
    pack.count_only(-10.0, 1.0)
    pack.count_only(10.0, 1.0)
    assert pack.rule == 0


def test_the_depth_is_a_setting() -> None:
    pack = Watched(0.95, cycle_depth=0.9)
    pack.count_only(-10.0, 1.0)
    pack.count_only(10.0, 0.1)
    assert pack.rule == 1


def test_asleep_nothing_is_counted() -> None:
    pack = Watched([0.5, 0.5])
    before = pack.tally.copy(), pack.belief.copy()
    no = np.full(2, False)
    for _ in range(10):
        count(pack.terms, 0, np.array([False, True]), np.full(2, 10.0), np.full(2, 3.6), no, no, *_rows(pack))
        volts, amps, degc = (np.full(2, value) for value in (3.3, 10.0, 25.0))
        correct(pack.terms, 0, volts, volts, amps, degc, OCV_V, *_rows(pack))
    assert np.array_equal(pack.tally[:, 0], before[0][:, 0])
    assert np.array_equal(pack.belief[:, 0], before[1][:, 0])
    assert pack.tally[row.SOC, 1] != 0.5


def _rows(pack: Watched) -> tuple[Rows, Rows]:
    return pack.tally, pack.belief


# Capacity


def test_capacity_is_learnt_between_full_and_the_knee() -> None:
    """A pack of 80 Ah whose BMS was told 100: after three full discharges it knows within its own bound."""
    pack = Watched(0.9)
    first = soh_of(pack.terms, *_rows(pack))
    for _ in range(3):
        _full_discharge(pack, 0.8)
    soh, bound = (float(value[0]) for value in soh_of(pack.terms, *_rows(pack)))
    assert float(first[0][0]) == 1.0
    assert abs(soh - 0.8) < bound < float(first[1][0])
    assert bound < 0.05
    assert capacity_ah_of(*_rows(pack))[0] == pytest.approx(soh * USABLE_AH, rel=1e-6)


def test_before_an_anchor_nothing_is_learnt_of_capacity_and_offset() -> None:
    pack = Watched(0.9)
    _move(pack, -20.0, 0.5, 0.06, 0.8)
    assert pack.belief[row.GAIN, 0] == 0.0
    assert pack.belief[row.OFFSET_A, 0] == 0.0


def _full_discharge(pack: Watched, soh: float) -> None:
    pack.see(2.0, 3.51, steps=3)
    _move(pack, -20.0, 1.0, 0.06, soh)
    _move(pack, 20.0, 0.06, 0.99, soh)


def _move(pack: Watched, current_a: float, start: float, end: float, soh: float) -> None:
    """From SOC to SOC; resting voltage of the curve, 13 mV of resistance and 18 mV of hysteresis."""
    beside_v = math.copysign(0.031, current_a)
    for soc in np.arange(start, end, current_a / 60.0 / (soh * USABLE_AH)):
        fill = 0.017 + 0.969 * soc
        pack.see(current_a, float(np.interp(fill, np.arange(-60, 1101) / 1000.0, OCV_V)) + beside_v)


def test_a_weak_cell_is_seen_where_the_curve_is_steep() -> None:
    pack = Watched(0.5).see(2.0, 3.51, steps=2)
    _move(pack, -20.0, 1.0, 0.06, 1.0)
    assert float(weakest_soc_of(*_rows(pack))[0]) == pytest.approx(pack.soc, abs=1e-6)
    pack.see(-1.0, 3.05, min_v=2.75, steps=120)
    assert float(weakest_soc_of(*_rows(pack))[0]) < pack.soc - 0.02


# Robustness

ANY = st.one_of(st.floats(-300.0, 300.0, width=32), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e30]))
SIGHT = st.tuples(ANY, st.one_of(st.floats(0.0, 5.0, width=32), ANY), st.one_of(st.floats(0.0, 5.0), ANY), ANY)


@settings(max_examples=60, deadline=None)
@given(sights=st.lists(st.tuples(SIGHT, st.booleans(), st.booleans()), max_size=60), soc=st.floats(0.0, 1.0))
def test_whatever_sensors_say_the_estimates_stay_numbers(sights: list[Any], soc: float) -> None:
    pack = Watched(soc)
    for (current_a, volt, min_v, degc), charge_cut, discharge_cut in sights:
        pack.see(current_a, volt, min_v=min_v, degc=degc, charge_cut=charge_cut, discharge_cut=discharge_cut)
        assert np.isfinite(pack.tally).all()
        assert np.isfinite(pack.belief).all()
        soh, soh_bound = soh_of(pack.terms, *_rows(pack))
        shares = (pack.soc, pack.bound, weakest_soc_of(*_rows(pack))[0], soh[0], soh_bound[0], pack.counted)
        assert all(0.0 <= share <= 1.0 for share in shares)
        assert all(pack.belief[one, 0] >= 0.0 for one in (row.P_SS, row.P_OO, row.P_GG, row.P_VV))


def test_many_packs_give_the_same_bits_as_one_alone() -> None:
    rng = np.random.default_rng(5)
    packs, steps = 67, 300
    amps = rng.normal(0.0, 30.0, (steps, packs)).astype(np.float32)
    volts = rng.uniform(2.7, 3.6, (steps, packs)).astype(np.float32)
    start = rng.uniform(0.0, 1.0, packs)
    together = _through(start, amps, volts)
    for k in (0, 1, 33, 66):
        alone = _through(start[k : k + 1], amps[:, k : k + 1], volts[:, k : k + 1])
        assert np.array_equal(together[0][:, k], alone[0][:, 0])
        assert np.array_equal(together[1][:, k], alone[1][:, 0])


def _through(start: Rows, amps: Rows, volts: Rows) -> tuple[Rows, Rows]:
    pack = Watched(start)
    no, yes = np.full(len(start), False), np.full(len(start), True)
    degc = np.full(len(start), 25.0, dtype=np.float32)
    for current, volt in zip(amps, volts, strict=True):
        count(pack.terms, 0, yes, current, volt, no, no, *_rows(pack))
        correct(pack.terms, 0, volt, volt - np.float32(0.02), current, degc, OCV_V, *_rows(pack))
    return _rows(pack)


def test_a_block_leaves_the_packs_beside_it_alone() -> None:
    pack = Watched([0.5] * 10)
    no, yes = np.full(3, False), np.full(3, True)
    amps, volts, degc = np.full(3, -20.0), np.full(3, 3.0), np.full(3, 25.0)
    count(pack.terms, 4, yes, amps, volts, no, no, *_rows(pack))
    correct(pack.terms, 4, volts, volts, amps, degc, OCV_V, *_rows(pack))
    changed = np.flatnonzero(pack.tally[row.SOC] != 0.5)
    assert changed.tolist() == [4, 5, 6]


@pytest.mark.parametrize(
    ("name", "value"),
    [("full_fill", 0.01), ("cycle_depth", 1.5), ("voltage_v", 0.0), ("capacity", math.nan), ("unseen_draw_a", -0.1)],
)
def test_impossible_assumptions_are_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(UsageError, match="estimator"):
        replace(Estimator(), **{name: value})


@pytest.mark.parametrize(
    ("name", "value"), [("full_hold_s", 0.0), ("full_hold_s", 86400.0), ("correct_every_s", 1.0), ("gain", 0.001)]
)
def test_the_bounds_of_its_figures_are_allowed(name: str, value: float) -> None:
    assert getattr(replace(Estimator(), **{name: value}), name) == value


def test_steps_and_capacities_have_a_size() -> None:
    with pytest.raises(UsageError, match="rated_ah"):
        terms_of(Estimator(), rated_ah=0.0, dt_s=1.0)
    with pytest.raises(UsageError, match="step"):
        terms_of(Estimator(), rated_ah=100.0, dt_s=0.0)


# Against cells that it does not know: a small part of bench/soc.py


@cache
def trial() -> Trial:
    wanted = ("daily full", "winter, no full charge", "aged to 80 %, not told", "uncalibrated, BMS knows")
    return run(tuple(scene for scene in SCENES if scene.name in wanted), runs=6, days=4, seed=77)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["daily full", "winter, no full charge", "uncalibrated, BMS knows"])
def test_the_targets_hold_and_the_bound_is_honest(name: str) -> None:
    found = trial()
    where = found.of(name)[None, :] & np.isfinite(found.days_since_full)
    default, counted = (
        score(found.said[one], found.true, found.bound, where) for one in ("default", "counting with reset")
    )
    assert default.rms <= 1.5
    assert default.p99 <= 4.0
    assert default.coverage >= 93.0
    assert default.rms < counted.rms


@pytest.mark.slow
def test_an_aged_pack_is_found_out() -> None:
    found = trial()
    aged = found.of("aged to 80 %, not told")
    assert np.all(np.abs(found.soh - found.true_soh)[aged] <= np.maximum(found.soh_bound[aged], 0.03))
    late = aged[None, :] & np.isfinite(found.days_since_full) & (np.arange(len(found.true)) > 2 * 96)[:, None]
    assert score(found.said["default"], found.true, found.bound, late).rms < 3.0
    assert score(found.said["counting with reset"], found.true, found.bound, late).rms > 8.0


@pytest.mark.parametrize("degc", one_quick([5, 25, 45], 25))
def test_on_a_measured_cell_a_wrong_start_is_mended_and_the_bound_holds(degc: int) -> None:
    found = watch(degc, runs=8, seed=3, rounds=1, start_wrong=0.3, from_fill=0.8)
    everywhere = np.ones(found.true.shape, dtype=bool)
    default, counted = (score(said, found.true, found.bound, everywhere) for said in (found.filtered, found.counted))
    assert default.rms < 0.7 * counted.rms
    assert default.coverage >= 90.0
