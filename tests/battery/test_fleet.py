"""One pack alone is the same pack within a fleet, bit for bit; no current whatever breaks a state."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from battery.packs import PS, SEPLOS, WALL, bare, of_make, run, same_bits
from wattstead.battery.bank import share
from wattstead.battery.behaviour import Sensors
from wattstead.battery.inputs import Inputs, Signal
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import BLOCK, State
from wattstead.battery.noise import noise_table
from wattstead.battery.ocv import HIGHEST_FILL, LOWEST_FILL
from wattstead.battery.packs import Packs
from wattstead.battery.preset import Spread
from wattstead.battery.step import advance, step
from wattstead.model.errors import UsageError

WILD = Spread(capacity=0.03, resistance=0.1, soc=0.02)
FLEET = 600
SIGNALS = (0, 0, 0, Signal.BUTTON, Signal.CHARGER, Signal.LOAD, Signal.SILENCE, Signal.SERVICE)


@pytest.mark.parametrize("name", [SEPLOS, PS, WALL, "pylontech-15s"])
def test_a_pack_alone_equals_its_row_in_a_fleet(name: str) -> None:
    rng = random.Random(4)
    preset = replace(of_make(name), spread=WILD)
    fleet = Packs.rest(preset, FLEET, [rng.random() for _ in range(FLEET)])
    chosen = [0, 1, BLOCK - 1, BLOCK, FLEET - 1, *rng.sample(range(FLEET), 3)]
    alone = {k: fleet.pack(k) for k in chosen}
    began = 0
    for dt_s in (1.0, 60.0, 600.0, 10.0, 0.1) * 8:
        currents = [rng.uniform(-150, 150) for _ in range(FLEET)]
        ambients = [rng.uniform(-15, 55) for _ in range(FLEET)]
        signals = [int(rng.choice(SIGNALS)) for _ in range(FLEET)]
        began += len(advance(fleet, Inputs.of(FLEET, currents, ambients, signals=signals), dt_s).row)
        for k, packs in alone.items():
            advance(packs, Inputs.of(1, currents[k], ambients[k], signals=signals[k]), dt_s)
    assert began > FLEET, "rows must come and go for the comparison to mean something"
    for k, packs in alone.items():
        same_bits(packs, fleet.pack(k))


def test_pack_seven_is_the_same_in_any_fleet() -> None:
    preset = bare(spread=WILD, seed=12)
    same_bits(Packs.rest(preset, 20).pack(7), Packs.rest(preset, 1, first=7))
    same_bits(Packs.rest(preset, 20).pack(7), Packs.rest(preset, 3, first=5).pack(2))
    other = Packs.rest(bare(spread=WILD, seed=13), 1, first=7)
    assert not np.array_equal(other.capacity_ah, Packs.rest(preset, 1, first=7).capacity_ah)


def test_packs_picked_and_put_back_are_the_same() -> None:
    preset = replace(of_make(), spread=WILD)
    whole, parts = Packs.rest(preset, 5, 0.5), Packs.rest(preset, 5, 0.5)
    currents = np.array([10.0, -20.0, 30.0, -40.0, 50.0])
    advance(whole, Inputs.of(5, currents), 10.0)
    apart = parts.pick([3, 1])
    rest = parts.pick([0, 2, 4])
    advance(apart, Inputs.of(2, currents[[3, 1]]), 10.0)
    advance(rest, Inputs.of(3, currents[[0, 2, 4]]), 10.0)
    parts.put([3, 1], apart)
    parts.put([0, 2, 4], rest)
    same_bits(whole, parts)


def test_cells_spread_as_asked() -> None:
    """Over 800 packs the standard deviations come out as set, and none lies beyond three of them."""
    packs = Packs.rest(bare(spread=Spread(capacity=0.01, resistance=0.05, soc=0.004)), 800, 0.5)
    middle = packs.preset.estimator.empty_fill * 0.5 + packs.preset.estimator.full_fill * 0.5
    for array, mean, sigma in ((packs.capacity_ah, 100.0, 1.0), (packs.fill, middle, 0.004)):
        assert float(array.mean()) == pytest.approx(mean, abs=sigma / 20)
        assert float(array.std()) == pytest.approx(sigma, rel=0.05)
        assert float(np.abs(array - mean).max()) <= 3.0001 * sigma


currents = st.floats(allow_nan=False, allow_infinity=False) | st.floats(-150.0, 150.0)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(currents, st.sampled_from((0.01, 1.0, 10.0, 60.0, 3600.0))), min_size=1, max_size=25),
    st.floats(0.0, 1.0),
    st.booleans(),
)
def test_no_finite_current_breaks_a_state(steps: list[tuple[float, float]], soc: float, watched: bool) -> None:
    preset = replace(of_make() if watched else bare(), spread=WILD)
    packs = Packs.rest(preset, 2, soc)
    for current, dt_s in steps:
        asked = np.clip([current, -current], -1e30, 1e30)
        charge, discharge = packs.charge_mos_on, packs.discharge_mos_on
        advance(packs, Inputs.of(2, asked), dt_s)
        for name in State._fields:
            assert np.isfinite(getattr(packs.state, name)).all(), name
        assert ((packs.soc >= 0.0) & (packs.soc <= 1.0)).all()
        assert ((packs.fill >= LOWEST_FILL) & (packs.fill <= HIGHEST_FILL)).all()
        assert (np.sign(packs.current_a) * np.sign(asked) >= 0.0).all()
        assert not (packs.current_a[~charge] > 0.0).any()
        assert not (packs.current_a[~discharge] < 0.0).any()


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), float("-inf")])
def test_an_input_that_is_no_number_is_refused_by_pack(wrong: float) -> None:
    with pytest.raises(UsageError, match=r"current_a of pack 1 .* must be a finite number"):
        Inputs.of(3, [0.0, wrong, 0.0])
    with pytest.raises(UsageError, match=r"ambient_degc of pack 2 .* must be a finite number"):
        Inputs.of(3, 0.0, [20.0, 20.0, wrong])


def test_inputs_that_cannot_be_are_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"bus_gap_v -1.0 must not be negative"):
        Inputs.of(1, bus_gap_v=-1.0)
    with pytest.raises(UsageError, match="charge_voltage_v nan must be a finite number"):
        Inputs.of(1, charge_voltage_v=float("nan"))
    with pytest.raises(UsageError, match=r"signals .* must be one or one for each of the 2 packs"):
        Inputs.of(2, signals=[1, 2, 3])


@pytest.mark.parametrize(
    ("dt_s", "says"),
    [
        (0.0, "above 0"),
        (-1.0, "above 0"),
        (float("nan"), "above 0"),
        (float("inf"), "above 0"),
        (7200.0, "an hour or less"),
        (0.00015, "whole number of 0.1 ms"),
    ],
)
def test_a_step_of_no_possible_length_is_refused(dt_s: float, says: str) -> None:
    with pytest.raises(UsageError, match=rf"dt_s .* must be .*{says}"):
        step(Packs.rest(bare(), 1), Inputs.of(1, 0.0), dt_s)
    with pytest.raises(UsageError, match=r"dt_s .* must be"):
        share(Packs.rest(bare(), 1), 0.0, dt_s)


def test_inputs_of_another_number_of_packs_are_refused() -> None:
    with pytest.raises(UsageError, match="one for each of the 3 packs"):
        Inputs.of(3, [1.0, 2.0])
    with pytest.raises(UsageError, match="inputs 3 must be for the 2 packs"):
        step(Packs.rest(bare(), 2), Inputs.of(3, 0.0), 1.0)
    with pytest.raises(UsageError, match="steps 0 must be a whole number of at least 1"):
        advance(Packs.rest(bare(), 1), Inputs.of(1), 1.0, 0)
    with pytest.raises(UsageError, match="pack 2 must be one of 0 to 1"):
        Packs.rest(bare(), 2).pack(2)


def test_where_no_row_cuts_the_bms_counts_what_the_cells_hold() -> None:
    packs = run(run(Packs.rest(bare(), 1, 0.5), 20.0, 3600.0, 10.0), -35.0, 3600.0, 10.0)
    known = packs.preset.estimator
    filled = (packs.fill[:, 0] - known.empty_fill) / (known.full_fill - known.empty_fill)
    assert float(packs.counted_soc[0]) == pytest.approx(float(filled.mean()), abs=1e-6)


def test_noise_follows_from_the_number_of_a_pack() -> None:
    """Pack 555 hears the same noise alone, in a fleet, and picked out of one."""
    noisy = Sensors(cell_noise_v=0.002, current_noise_a=0.3, cell_offset_v=0.003)
    preset = replace(of_make(), sensors=noisy)
    fleet, alone = Packs.rest(preset, 600, 0.6), Packs.rest(preset, 1, 0.6, first=555)
    advance(fleet, Inputs.of(600, 20.0), 1.0, 40)
    advance(alone, Inputs.of(1, 20.0), 1.0, 20)
    picked = fleet.pick([555])
    advance(alone, Inputs.of(1, 20.0), 1.0, 20)
    same_bits(alone, picked)
    advance(picked, Inputs.of(1, -5.0), 1.0, 70)
    advance(alone, Inputs.of(1, -5.0), 1.0, 70)
    same_bits(alone, picked)
    assert len(np.unique(fleet.state.tally[0, :600])) > 590, "each pack hears its own"


def test_the_table_of_noise_is_normal() -> None:
    table = noise_table()[: at.NOISE_POINTS] / at.NOISE_PER_SIGMA
    assert abs(table.mean()) < 0.01
    assert table.std() == pytest.approx(1.0, abs=0.01)
    assert (np.abs(table) < 1.96).mean() == pytest.approx(0.95, abs=0.01)
    whole = noise_table()
    assert (whole[at.NOISE_POINTS :] == whole[: at.BLOCK]).all()
