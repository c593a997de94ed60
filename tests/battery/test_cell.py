"""Cells against equations solved by hand or by another method."""

import random
from fractions import Fraction
from math import exp

import numpy as np
import pytest

from battery.packs import NO_SPREAD, run, seplos
from wattstead.battery.plan import both_fade, cell_cooling_w_per_k
from wattstead.battery.preset import CellPreset, PackPreset, Spread
from wattstead.battery.state import Floats, PackState
from wattstead.battery.step import Inputs, step

BARE = PackPreset(cells=16, cell=CellPreset.lfp(100.0), spread=NO_SPREAD)
CELL = BARE.cell


def day_in_minutes(seed: int = 5) -> list[float]:
    """Currents of 1440 minutes that keep a pack of 100 Ah between some 10 and 90 %."""
    rng, soc_ah, day = random.Random(seed), 50.0, list[float]()
    for _ in range(1440):
        current = rng.uniform(-100.0, 100.0)
        current = -abs(current) if soc_ah > 90 else abs(current) if soc_ah < 10 else current
        soc_ah += current / 60.0
        day.append(current)
    return day


def test_charge_is_counted_exactly() -> None:
    """Against fractions: 20 A for 90 minutes, then 7.5 A out for 32 minutes, then 0.04 A for a day."""
    expected_ah = Fraction(50) + Fraction(20) * 90 / 60 - Fraction("7.5") * 32 / 60 + Fraction("0.04") * 24
    state = run(PackState.rest(BARE, 1, 0.5), 20.0, 5400.0, 1.0)
    state = run(state, -7.5, 1920.0, 10.0)
    state = run(state, 0.04, 86_400.0, 60.0)
    assert float(state.remaining_ah[0]) == pytest.approx(float(expected_ah), abs=1e-9)
    assert state.fill[:, 0].tolist() == pytest.approx([float(expected_ah) / 100.0] * 16, abs=1e-11)
    moved_ah = Fraction(20) * 90 / 60 + Fraction("7.5") * 32 / 60 + Fraction("0.04") * 24
    assert float(state.cycles[0]) == pytest.approx(float(moved_ah / 200), abs=1e-11)


def test_what_goes_in_comes_out() -> None:
    state = PackState.rest(seplos(spread=Spread(), pairs={}), 3, 0.5)
    before = state.fill
    for current in (30.0, -45.0, 12.0, -5.0):
        state = run(state, current, 600.0, 10.0)
        state = run(state, -current, 600.0, 60.0)
    assert np.abs(state.fill - before).max() < 1e-12
    assert np.abs(state.remaining_ah - 50.0).max() < 1e-10


def after(hours: int, dt_s: float) -> PackState:
    state = PackState.rest(PackPreset(cells=16, cell=CELL, spread=Spread(), seed=9), 2, 0.5, temperature_degc=18.0)
    for current in day_in_minutes()[: 60 * hours]:
        inputs = Inputs.of(2, [current, -0.5 * current], 31.0)
        for _ in range(round(60.0 / dt_s)):
            state = step(state, inputs, dt_s)
    return state


@pytest.mark.parametrize("hours", [1, pytest.param(24, marks=pytest.mark.slow)])
def test_steps_of_1_10_and_60_seconds_agree(hours: int) -> None:
    """Cells agree to rounding; energy to 1 in 10 000, for a step takes the curve as straight."""
    fine = after(hours, 1.0)
    for coarse in (after(hours, 10.0), after(hours, 60.0)):
        assert np.abs(coarse.fill - fine.fill).max() < 1e-11
        assert np.abs(coarse.rc_v - fine.rc_v).max() < 1e-12
        assert np.abs(coarse.cell_voltage_v - fine.cell_voltage_v).max() < 1e-9
        assert np.abs(coarse.temperature_degc - fine.temperature_degc).max() < 1e-9
        assert np.abs(coarse.mos_degc - fine.mos_degc).max() < 1e-9
        assert np.abs(coarse.remaining_ah - fine.remaining_ah).max() < 1e-9
        assert np.abs(coarse.charged_kwh / fine.charged_kwh - 1.0).max() < 1e-4
        assert np.abs(coarse.discharged_kwh / fine.discharged_kwh - 1.0).max() < 1e-4


@pytest.mark.parametrize("dt_s", [0.1, 1.0, 5.0, 60.0])
def test_rc_branch_charges_and_relaxes_as_solved(dt_s: float) -> None:
    state = run(PackState.rest(BARE, 1), 40.0, 60.0, dt_s)
    end = 40.0 * CELL.r1_ohm
    assert state.rc_v[:, 0].tolist() == pytest.approx([end * (1.0 - exp(-60.0 / CELL.tau_s))] * 16, rel=1e-9)
    state = run(state, 0.0, 120.0, dt_s)
    relaxed = end * (1.0 - exp(-60.0 / CELL.tau_s)) * exp(-120.0 / CELL.tau_s)
    assert state.rc_v[:, 0].tolist() == pytest.approx([relaxed] * 16, rel=1e-9)


def test_the_ohmic_drop_comes_and_goes_at_once() -> None:
    state = run(PackState.rest(BARE, 1), 50.0, 0.001, 0.001)
    lift = state.cell_voltage_v - state.ocv_v
    assert lift[:, 0].tolist() == pytest.approx([50.0 * CELL.r0_ohm] * 16, rel=1e-4)


@pytest.mark.parametrize("dt_s", [10.0, 60.0])
def test_steady_current_warms_towards_heat_over_cooling(dt_s: float) -> None:
    """Once the RC branch stands, each cell warms by P/k (1 - exp(-k t/C)) over ambient, from any start."""
    state = run(PackState.rest(BARE, 1, 0.3, temperature_degc=25.0), 20.0, 600.0, dt_s)  # 20 tau
    start = state.temperature_degc[:, 0].tolist()
    state = run(state, 20.0, 3600.0, dt_s, ambient_degc=10.0)
    heat_w = 20.0**2 * (CELL.r0_ohm + CELL.r1_ohm)
    for place, cooling in enumerate(cell_cooling_w_per_k(BARE)):
        keep = exp(-cooling / CELL.heat_capacity_j_per_k * 3600.0)
        expected = 10.0 + (start[place] - 10.0) * keep + heat_w / cooling * (1.0 - keep)
        assert float(state.temperature_degc[place, 0]) == pytest.approx(expected, abs=1e-6)


def test_heat_of_a_jump_in_current_against_small_euler_steps() -> None:
    """The RC branch burns u²/r1 while it relaxes; one step of 60 s must hold all of it."""
    cell = CellPreset(capacity_ah=10.0, r0_ohm=0.01, r1_ohm=0.02, tau_s=20.0, heat_capacity_j_per_k=100.0)
    preset = PackPreset(cells=1, cell=cell, cooling_w_per_k=0.5, spread=NO_SPREAD)
    state = run(run(PackState.rest(preset, 1), 15.0, 60.0, 60.0), -10.0, 60.0, 60.0)
    degc, rc, dt = 25.0, 0.0, 0.002
    for current in (15.0, -10.0):
        for _ in range(round(60.0 / dt)):
            middle = rc + 0.5 * dt * (current - rc / cell.r1_ohm) * cell.r1_ohm / cell.tau_s
            degc += dt * (current**2 * cell.r0_ohm + middle**2 / cell.r1_ohm - 0.5 * (degc - 25.0)) / 100.0
            rc += dt * (current - middle / cell.r1_ohm) * cell.r1_ohm / cell.tau_s
    assert float(state.rc_v[0, 0]) == pytest.approx(rc, abs=1e-7)
    assert float(state.temperature_degc[0, 0]) == pytest.approx(degc, abs=1e-4)


def stored_in_curve_j(start: Floats, end: Floats) -> float:
    """Integrate the resting voltage over the charge of each cell, finely, by the trapezoid."""
    total = 0.0
    for low, high in zip(start.tolist(), end.tolist(), strict=True):
        path = np.linspace(low, high, 20_001)
        total += float(np.trapezoid(CELL.ocv.voltage(path), path)) * CELL.capacity_ah * 3600.0
    return total


def test_no_energy_is_made_or_lost() -> None:
    """Terminals = curve + RC capacitor + heat, with no way out for the heat."""
    preset = PackPreset(cells=16, cell=CELL, spread=NO_SPREAD, cooling_w_per_k=0.0)
    start = PackState.rest(preset, 1, 0.4)
    state = start
    for current in (80.0, -30.0, 55.0, -90.0, 10.0):
        state = run(state, current, 900.0, 1.0)
    through_terminals_j = float(state.charged_kwh[0] - state.discharged_kwh[0]) * 3.6e6
    farad = CELL.tau_s / CELL.r1_ohm
    in_capacitor_j = float((0.5 * farad * state.rc_v**2).sum())
    heat_j = float((state.temperature_degc - 25.0).sum()) * CELL.heat_capacity_j_per_k
    assert heat_j > 10_000.0
    stored = stored_in_curve_j(start.fill[:, 0], state.fill[:, 0]) + in_capacitor_j
    assert through_terminals_j == pytest.approx(stored + heat_j, abs=0.5)  # J, of some 3 MJ moved


def test_end_cells_stay_cooler_than_those_between() -> None:
    state = run(PackState.rest(BARE, 1, 0.1), 50.0, 3600.0, 60.0)
    degc = state.temperature_degc[:, 0].tolist()
    assert degc[0] == degc[-1] < min(degc[1:-1])
    assert sum(cell_cooling_w_per_k(BARE)) == pytest.approx(BARE.cooling_w_per_k)


@pytest.mark.parametrize(("a", "b"), [(0.0, 0.0), (0.1, 0.1), (0.0, 2.0), (3.0, 0.5), (1e-9, 2e-9), (50.0, 0.0)])
def test_two_fades_against_a_sum(a: float, b: float) -> None:
    """Equal rates and very fast ones are where the closed form could break."""
    s = (np.arange(400_000) + 0.5) * 60.0 / 400_000
    expected = float(np.exp(-a * s - b * (60.0 - s)).mean()) * 60.0
    assert both_fade(a, b, 60.0) == pytest.approx(expected, rel=1e-5)


def test_a_step_leaves_the_old_state_alone() -> None:
    state = PackState.rest(seplos(spread=Spread()), 2, [0.2, 0.999])
    before = state.fill.copy(), state.remaining_ah.copy(), state.active.copy(), state.temperature_degc.copy()
    inputs = Inputs.of(2, 90.0, 40.0)
    for _ in range(50):
        step(state, inputs, 60.0)
    for old, now in zip(before, (state.fill, state.remaining_ah, state.active, state.temperature_degc), strict=True):
        assert np.array_equal(old, now)
    first, again = step(state, inputs, 60.0), step(state, inputs, 60.0)
    assert np.array_equal(first.fill, again.fill)
    inputs.ambient_degc[:] = -99.0
    assert first.ambient_degc.tolist() == [40.0, 40.0], "the state must not share memory with the inputs"
