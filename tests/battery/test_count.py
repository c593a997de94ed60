"""The BMS's own counters: full and empty marks, cycles, energy."""

import numpy as np
import pytest

from battery.packs import run, seplos
from wattstead.battery.preset import Spread
from wattstead.battery.state import PackState


def wrong_by(state: PackState, ah: float) -> PackState:
    """A BMS whose counter has drifted."""
    state.remaining_ah[:] = np.clip(state.remaining_ah + ah, 0.0, state.full_ah)
    return state


def full_pack() -> PackState:
    """Cells at 99.5 %: at rest above 3.50 V each, no limit met."""
    state = PackState.rest(seplos(), 1, 0.995)
    assert float(state.pack_voltage_v[0]) > 16 * 3.50
    return wrong_by(state, -30.0)


def test_a_high_voltage_with_a_small_current_is_full_after_its_hold() -> None:
    state = run(full_pack(), 1.0, 119.0)
    assert not state.fully_charged[0]
    assert float(state.remaining_ah[0]) == pytest.approx(69.5 + 119.0 / 3600.0)
    state = run(state, 1.0, 1.0)
    assert state.fully_charged[0]
    assert float(state.remaining_ah[0]) == 100.0


@pytest.mark.parametrize(("current", "is_full"), [(0.0, True), (-0.5, True), (-0.6, False), (5.0, True), (5.1, False)])
def test_full_needs_a_current_between_the_dead_band_and_c_over_20(current: float, is_full: bool) -> None:
    assert bool(run(full_pack(), current, 120.0, 10.0).fully_charged[0]) is is_full


def test_a_break_starts_the_hold_again() -> None:
    state = run(run(full_pack(), 1.0, 100.0), -2.0, 1.0)
    assert float(state.full_hold_s[0]) == 0.0
    assert not run(state, 1.0, 119.0).fully_charged[0]


def test_a_full_pack_stays_full_down_to_its_release() -> None:
    state = run(full_pack(), 0.0, 120.0)
    state = run(state, -10.0, 3.9 * 360.0, 1.0)
    assert state.fully_charged[0], "96.1 % is still called full"
    assert not run(state, -10.0, 0.2 * 360.0, 1.0).fully_charged[0]


def test_a_protection_that_cuts_charge_marks_full() -> None:
    state = wrong_by(PackState.rest(seplos(), 1, 0.9), -40.0)
    while state.charge_mos_on[0]:
        state = run(state, 40.0, 10.0, 10.0)
    assert float(state.remaining_ah[0]) == 100.0
    assert state.fully_charged[0]
    assert float(run(state, -10.0, 360.0, 10.0).remaining_ah[0]) == pytest.approx(99.0), "it marks once, then counts"


def test_a_protection_that_cuts_discharge_marks_empty() -> None:
    state = wrong_by(PackState.rest(seplos(), 1, 0.05), 25.0)
    while state.discharge_mos_on[0]:
        state = run(state, -20.0, 10.0, 10.0)
    assert float(state.remaining_ah[0]) == 0.0
    assert float(run(state, 10.0, 360.0, 10.0).remaining_ah[0]) == pytest.approx(1.0)


def test_an_alarm_marks_nothing() -> None:
    state = wrong_by(PackState.rest(seplos(), 1, 0.05), 25.0)
    while not state.active.any():
        state = run(state, -20.0, 1.0)
    assert state.discharge_mos_on[0]
    assert float(state.remaining_ah[0]) > 20.0


def test_energy_is_voltage_times_charge_in_each_direction() -> None:
    """An hour of 10 A on the plateau: some 53 V x 10 Ah, each way into its own counter."""
    state = run(PackState.rest(seplos(), 1, 0.5), 10.0, 3600.0, 60.0)
    assert float(state.charged_kwh[0]) == pytest.approx(0.530, abs=0.003)
    assert float(state.discharged_kwh[0]) == 0.0
    state = run(state, -10.0, 3600.0, 60.0)
    assert float(state.discharged_kwh[0]) == pytest.approx(0.530, abs=0.003)
    assert float(state.charged_kwh[0]) > float(state.discharged_kwh[0]), "resistance takes its part both ways"


def test_one_full_swing_is_one_cycle() -> None:
    state = PackState.rest(seplos(pairs={}), 1, 1.0, cycles=41.5)
    state = run(state, -25.0, 4 * 3600.0, 60.0)
    assert float(state.cycles[0]) == pytest.approx(42.0)
    assert float(run(state, 25.0, 4 * 3600.0, 60.0).cycles[0]) == pytest.approx(42.5)


def test_an_aged_pack_is_full_with_less() -> None:
    state = PackState.rest(seplos(spread=Spread(capacity=0.0)), 1, 0.5, soh=0.8)
    assert float(state.full_ah[0]) == pytest.approx(80.0)
    assert state.capacity_ah[:, 0].tolist() == pytest.approx([80.0] * 16)
    assert float(state.remaining_ah[0]) == pytest.approx(40.0)
