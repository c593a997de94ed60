"""One pack alone is the same pack within a fleet, bit for bit; and no current whatever breaks a state."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from battery.packs import SEPLOS_PAIRS, run, seplos
from wattstead.battery.bank import share
from wattstead.battery.ocv import HIGHEST_FILL, LOWEST_FILL
from wattstead.battery.preset import Spread
from wattstead.battery.state import ARRAYS, PackState, sum_over_cells
from wattstead.battery.step import BLOCK_PACKS, Inputs, step
from wattstead.model.errors import UsageError

WILD = Spread(capacity=0.03, resistance=0.1, soc=0.02)


def assert_same_bits(one: PackState, other: PackState) -> None:
    assert one.time_s == other.time_s
    for name in ARRAYS:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


@pytest.mark.parametrize(("cells", "packs"), [(16, 500), (15, BLOCK_PACKS * 2 + 3)])
def test_a_pack_alone_equals_its_row_in_a_fleet(cells: int, packs: int) -> None:
    rng = random.Random(4)
    fleet = PackState.rest(seplos(cells=cells, spread=WILD), packs, [rng.random() for _ in range(packs)])
    chosen = sorted({0, 1, packs // 2, packs - 1, *rng.sample(range(packs), 3)})
    alone = {k: fleet.pack(k) for k in chosen}
    changed = 0
    for dt_s in (1.0, 60.0, 600.0, 10.0) * 15:
        currents = [rng.uniform(-80, 80) for _ in range(packs)]
        ambients = [rng.uniform(-5, 35) for _ in range(packs)]
        before = fleet
        fleet = step(fleet, Inputs.of(packs, currents, ambients), dt_s)
        changed += int((before.active ^ fleet.active).sum())
        for k, state in alone.items():
            alone[k] = step(state, Inputs.of(1, currents[k], ambients[k]), dt_s)
    assert changed > packs, "limits must come and go for the comparison to mean something"
    for k, state in alone.items():
        assert_same_bits(state, fleet.pack(k))


def test_pack_seven_is_the_same_in_any_fleet() -> None:
    preset = seplos(spread=WILD, seed=12)
    assert_same_bits(PackState.rest(preset, 20).pack(7), PackState.rest(preset, 1, first=7))
    assert_same_bits(PackState.rest(preset, 20).pack(7), PackState.rest(preset, 3, first=5).pack(2))
    other = PackState.rest(seplos(spread=WILD, seed=13), 1, first=7)
    assert not np.array_equal(other.capacity_ah, PackState.rest(preset, 1, first=7).capacity_ah)


def test_cells_spread_as_asked() -> None:
    """Over 800 packs the standard deviations come out as set, and none lies beyond three of them."""
    state = PackState.rest(seplos(spread=Spread(capacity=0.01, resistance=0.05, soc=0.004)), 800, 0.5)
    for array, middle, sigma in (
        (state.capacity_ah, 100.0, 1.0),
        (state.r0_ohm, 0.0003, 0.000015),
        (state.r1_ohm, 0.0002, 0.00001),
        (state.fill, 0.5, 0.004),
    ):
        assert float(array.mean()) == pytest.approx(middle, abs=sigma / 20)
        assert float(array.std()) == pytest.approx(sigma, rel=0.05)
        assert float(np.abs(array - middle).max()) <= 3.0001 * sigma


def test_the_sum_over_cells_is_a_sum() -> None:
    rng = np.random.default_rng(1)
    for cells in range(1, 20):
        values = rng.normal(size=(cells, 7))
        assert sum_over_cells(values).tolist() == pytest.approx(values.sum(axis=0).tolist(), abs=1e-12)


currents = st.floats(allow_nan=False, allow_infinity=False) | st.floats(-150.0, 150.0)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(currents, st.sampled_from((0.01, 1.0, 10.0, 60.0, 3600.0))), min_size=1, max_size=25),
    st.floats(0.0, 1.0),
    st.booleans(),
)
def test_no_finite_current_breaks_a_state(steps: list[tuple[float, float]], soc: float, watched: bool) -> None:
    preset = seplos(spread=WILD, pairs=SEPLOS_PAIRS if watched else {})
    state = PackState.rest(preset, 2, soc)
    for current, dt_s in steps:
        state = step(state, Inputs.of(2, [current, -current]), dt_s)
        for name in ARRAYS:
            assert np.isfinite(getattr(state, name)).all(), name
        assert (state.soc >= 0.0).all()
        assert (state.soc <= 1.0).all()
        assert (state.fill >= LOWEST_FILL).all()
        assert (state.fill <= HIGHEST_FILL).all()
        assert (state.remaining_ah >= 0.0).all()
        assert (state.remaining_ah <= state.full_ah).all()
        assert (np.sign(state.current_a) * np.sign([current, -current]) >= 0.0).all()
        assert not (state.current_a[~state.charge_mos_on] > 0.0).any()
        assert not (state.current_a[~state.discharge_mos_on] < 0.0).any()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.floats(-100.0, 100.0), st.integers(1, 60)), min_size=1, max_size=5))
def test_where_no_limit_cuts_the_counter_follows_the_cells(pieces: list[tuple[float, int]]) -> None:
    """The BMS counts what the cells hold; a pack of equal cells differs from its counter by rounding alone."""
    state = PackState.rest(seplos(pairs={}), 1, 0.5)
    for current, minutes in pieces:
        amps = current * 0.4 * 60 / (minutes * len(pieces))  # at most 40 Ah in all: neither end is met
        state = run(state, max(-100.0, min(100.0, amps)), 60.0 * minutes, 60.0)
    assert float(state.remaining_ah[0]) == pytest.approx(float(state.fill[0, 0]) * 100.0, abs=1e-9)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), float("-inf")])
def test_an_input_that_is_no_number_is_refused_by_pack(wrong: float) -> None:
    state = PackState.rest(seplos(), 3)
    with pytest.raises(UsageError, match=r"current_a of pack 1 .* must be a finite number"):
        step(state, Inputs.of(3, [0.0, wrong, 0.0]), 1.0)
    with pytest.raises(UsageError, match=r"ambient_degc of pack 2 .* must be a finite number"):
        step(state, Inputs.of(3, 0.0, [20.0, 20.0, wrong]), 1.0)


@pytest.mark.parametrize("dt_s", [0.0, -1.0, float("nan"), float("inf")])
def test_a_step_of_no_length_is_refused(dt_s: float) -> None:
    with pytest.raises(UsageError, match=r"dt_s .* must be above 0"):
        step(PackState.rest(seplos(), 1), Inputs.of(1, 0.0), dt_s)
    with pytest.raises(UsageError, match=r"dt_s .* must be above 0"):
        share(PackState.rest(seplos(), 1), 0.0, dt_s)


def test_inputs_of_another_number_of_packs_are_refused() -> None:
    with pytest.raises(UsageError, match="one for each of the 3 packs"):
        Inputs.of(3, [1.0, 2.0])
    with pytest.raises(UsageError, match="hold one number for each of the 2 packs"):
        step(PackState.rest(seplos(), 2), Inputs.of(3, 0.0), 1.0)
    with pytest.raises(UsageError, match="pack 2 must be one of 0 to 1"):
        PackState.rest(seplos(), 2).pack(2)
