"""Sensors that lie: limits and counters follow them, the cells do not."""

from math import inf, nan

import numpy as np
import pytest

from battery.packs import seplos
from wattstead.battery.limit import NAMES
from wattstead.battery.measure import report, report_pack
from wattstead.battery.sense import Sense
from wattstead.battery.state import ARRAYS, PackState
from wattstead.battery.step import BLOCK_PACKS, Inputs, step
from wattstead.model.errors import UsageError
from wattstead.model.reading import numbers


def live(state: PackState, sense: Sense | None, current_a: float, seconds: int, dt_s: float = 1.0) -> PackState:
    for _ in range(round(seconds / dt_s)):
        state = step(state, Inputs.of(state.packs, current_a), dt_s, sense)
    return state


def active(state: PackState, pack: int = 0) -> set[str]:
    return {name for name, on in zip(NAMES, state.active[:, pack].tolist(), strict=True) if on}


def test_true_sensors_change_nothing() -> None:
    state = PackState.rest(seplos(), 3, 0.97)
    seen, plain = live(state, Sense.true(state), 40.0, 900), live(state, None, 40.0, 900)
    assert plain.active.any()
    for name in ARRAYS:
        assert np.array_equal(getattr(seen, name), getattr(plain, name)), name


def test_one_sensed_cell_trips_with_its_delay_and_recovers_with_the_truth() -> None:
    state = PackState.rest(seplos(), 1, 0.5)
    sense = Sense.true(state)
    sense.cell_voltage_v[7, 0] = 3.66
    before = live(state, sense, 20.0, 1)
    assert active(before) == {"cell_high_voltage_alarm"}
    cut = live(before, sense, 20.0, 1)
    assert active(cut) == {"cell_high_voltage_alarm", "cell_overvoltage_protection"}
    assert float(cut.current_a[0]) == 0.0
    assert float(cut.cell_voltage_v.max()) < 3.4
    after = live(cut, None, 20.0, 2)
    assert active(after) == set()
    assert float(after.current_a[0]) == 20.0


@pytest.mark.parametrize("dt_s", [0.1, 0.5, 1.0, 2.0])
def test_pack_voltage_has_its_own_sensor(dt_s: float) -> None:
    state = PackState.rest(seplos(), 1, 0.5)
    sense = Sense.true(state)
    sense.pack_voltage_v[0] = 43.0
    assert active(live(state, sense, -20.0, 2, dt_s)) == {"pack_low_voltage_alarm", "pack_undervoltage_protection"}


def test_sensed_current_opens_the_gate_and_is_counted() -> None:
    state = PackState.rest(seplos(), 1, 0.5)
    sense = Sense.true(state)
    sense.cell_voltage_v[:, 0] = 3.6
    assert active(live(state, sense, 0.0, 10)) == set()  # watched while charging only
    sense.current_a[0] = 36.0
    after = live(state, sense, 0.0, 100)
    assert active(after) == {"cell_high_voltage_alarm"}
    assert float(after.remaining_ah[0]) == pytest.approx(51.0)
    assert np.array_equal(after.fill, state.fill)


def test_what_a_pack_says_follows_its_sensors() -> None:
    state = live(PackState.rest(seplos(), 2, 0.5), None, -20.0, 5)
    sense = Sense.true(state)
    sense.current_a[0], sense.pack_voltage_v[0], sense.cell_voltage_v[3, 0] = 7.0, 51.0, 3.0
    seen, other = report(sense.seen(state))
    assert (seen.values["pack_current_a"], seen.values["pack_voltage_v"]) == (7.0, 51.0)
    assert seen.values["operating_state"] == "charging"
    assert numbers(seen.values["cell_voltage_v"])[3] == 3.0
    assert other == report_pack(state, 1)


def test_each_pack_has_its_own_sensors_in_any_block() -> None:
    state = PackState.rest(seplos(), BLOCK_PACKS + 2, 0.5)
    sense = Sense.true(state)
    sense.cell_voltage_v[:, BLOCK_PACKS + 1] = 3.56
    after = live(state, sense, 20.0, 1)
    assert [pack for pack in range(state.packs) if active(after, pack)] == [BLOCK_PACKS + 1]


def test_impossible_readings_are_refused() -> None:
    state = PackState.rest(seplos(), 2, 0.5)
    sense = Sense.true(state)
    sense.current_a[1] = inf
    with pytest.raises(UsageError, match="sensed current_a"):
        step(state, Inputs.of(2, 0.0), 1.0, sense)
    with pytest.raises(UsageError, match="sensed cell_voltage_v of shape"):
        step(state, Inputs.of(2, 0.0), 1.0, Sense(np.full((16, 1), nan), np.full(2, nan), np.full(2, nan)))
