"""Cells of the engine against the plain cell, against equations solved by hand, and against the energy balance."""

import random
from dataclasses import replace
from math import exp
from typing import Any

import numpy as np
import pytest

from battery.cellmodel import CellModel, Parameters
from battery.packs import bare, filled, ideal_cell, run, same_bits
from wattstead.battery.behaviour import Power
from wattstead.battery.inputs import Inputs
from wattstead.battery.kernel import layout as at
from wattstead.battery.packs import Packs
from wattstead.battery.preset import CellPreset, PackPreset, Spread
from wattstead.battery.step import advance, step
from wattstead.battery.terms import cell_cooling_w_per_k
from wattstead.model.errors import UsageError

CELL = ideal_cell()
ALONE = bare(cells=1, cooling_w_per_k=0.375)


def minutes(seed: int, count: int, most_a: float) -> list[float]:
    """Currents that keep 100 Ah between some 35 and 85 %."""
    rng, soc_ah, found = random.Random(seed), 60.0, list[float]()
    for _ in range(count):
        current = rng.choice((0.0, 1.0, 1.0, 1.0)) * rng.uniform(-most_a, most_a)
        current = -abs(current) if soc_ah > 85 else abs(current) if soc_ah < 35 else current
        soc_ah += current / 60.0
        found.append(current)
    return found


def apart_v(fill: float, currents: list[float], dt_s: float, *, ambient_degc: float, mass: float = 1.0) -> float:
    """Give the greatest difference between engine and plain cell, with equal parameters."""
    heat_capacity = mass * CELL.heat_capacity_j_per_k
    packs = filled(replace(ALONE, cell=replace(CELL, heat_capacity_j_per_k=heat_capacity)), fill)
    own = Parameters(100.0, CELL.r0_ohm, CELL.r1_ohm / CELL.r0_ohm, CELL.tau_s, heat_capacity, 0.375)
    model = CellModel(own, fill=fill)
    worst = 0.0
    for current in currents:
        inputs = Inputs.of(1, current, ambient_degc)
        for _ in range(round(60.0 / dt_s)):
            advance(packs, inputs, dt_s)
            wanted = model.step(current, ambient_degc, dt_s)
            worst = max(worst, abs(float(packs.cell_voltage_v[0, 0]) - wanted))
    assert float(packs.fill[0, 0]) == pytest.approx(model.fill, abs=1e-7)
    assert float(packs.temperature_degc[0, 0]) == pytest.approx(model.temperature_degc, abs=0.05)
    return worst


@pytest.mark.parametrize("dt_s", [pytest.param(1.0, marks=pytest.mark.slow), 10.0, 60.0])
def test_the_cell_is_the_plain_one(dt_s: float) -> None:
    """Six hours on the plateau, with charge, rest and discharge: 0.05 mV; 0.2 mV while it cools by 10 K."""
    assert apart_v(0.6, minutes(5, 360, 50.0), dt_s, ambient_degc=25.0, mass=1e6) < 0.05e-3
    assert apart_v(0.6, minutes(5, 360, 50.0), dt_s, ambient_degc=15.0) < 0.2e-3


def test_towards_its_ends_it_follows_within_two_millivolts() -> None:
    """There resistance and curve bend, and the engine looks at them only every so often."""
    assert apart_v(0.9, [50.0] * 10, 1.0, ambient_degc=15.0) < 2e-3
    assert apart_v(0.12, [-50.0] * 9, 1.0, ambient_degc=15.0) < 2e-3


@pytest.mark.parametrize(("charged_s", "most_v"), [(0, 0.01e-3), (600, 0.12e-3)])
def test_a_rough_current_is_followed_between_two_looks(charged_s: int, most_v: float) -> None:
    """Another current each second, up to 1C: worst where the hysteresis stands at a branch."""
    rng, thick = random.Random(3), 1e6 * CELL.heat_capacity_j_per_k
    packs = filled(replace(ALONE, cell=replace(CELL, heat_capacity_j_per_k=thick)), 0.6)
    own = Parameters(100.0, CELL.r0_ohm, CELL.r1_ohm / CELL.r0_ohm, CELL.tau_s, thick, 0.375)
    model, worst_v = CellModel(own, fill=0.6), 0.0
    currents = [50.0] * charged_s + [rng.choice((0.0, 1.0)) * rng.uniform(-100.0, 100.0) for _ in range(1200)]
    for current in currents:
        advance(packs, Inputs.of(1, current), 1.0)
        worst_v = max(worst_v, abs(float(packs.cell_voltage_v[0, 0]) - model.step(current, 25.0, 1.0)))
    assert worst_v < most_v
    assert float(packs.hysteresis[0, 0]) == pytest.approx(model.hysteresis, abs=1e-3)


def test_what_goes_in_comes_out() -> None:
    packs = Packs.rest(bare(spread=Spread()), 3, 0.5)
    before = packs.fill.copy()
    for current in (30.0, -45.0, 12.0, -5.0):
        packs = run(packs, current, 600.0, 10.0)
        packs = run(packs, -current, 600.0, 60.0)
    assert np.abs(packs.fill - before).max() < 1e-7


def test_charge_is_counted_as_it_flows() -> None:
    """20 A for 90 minutes, 7.5 A out for 32, then 0.04 A for a day: 50 + 30 - 4 + 0.96 Ah."""
    packs = run(filled(bare(), 0.5), 20.0, 5400.0)
    packs = run(packs, -7.5, 1920.0, 10.0)
    packs = run(packs, 0.04, 86_400.0, 60.0)
    assert packs.fill[:, 0].tolist() == pytest.approx([0.7696] * 16, abs=1e-7)
    assert float(packs.cycles[0]) == pytest.approx((30.0 + 4.0 + 0.96) / 200.0, abs=1e-6)


def test_losses_are_those_of_the_preset() -> None:
    """A month alone: 1 % leaks and the BMS draws 40 mA x 720 h; of 10 Ah pushed in 99.9 % arrive."""
    cell = replace(CellPreset.lfp(100.0), leak_per_month=0.01, efficiency=0.999)
    packs = run(filled(bare(cell=cell, power=Power(standby_a=0.04)), 0.8), 0.0, 30 * 86_400.0, 600.0)
    assert packs.fill[:, 0].tolist() == pytest.approx([0.8 - 0.01 - 0.04 * 720.0 / 100.0] * 16, abs=1e-6)
    packs = run(filled(bare(cell=replace(cell, leak_per_month=0.0)), 0.5), 10.0, 3600.0, 10.0)
    assert packs.fill[:, 0].tolist() == pytest.approx([0.5 + 0.0999] * 16, abs=1e-7)


def after(dt_s: float) -> Packs:
    packs = Packs.rest(bare(spread=Spread(), seed=9), 2, 0.6, temperature_degc=18.0)
    for current in minutes(5, 120, 100.0):
        packs = run(packs, [current, -0.4 * current], 60.0, dt_s, ambient_degc=31.0)
    return packs


def test_steps_of_1_10_and_60_seconds_agree() -> None:
    fine = after(1.0)
    for coarse in (after(10.0), after(60.0)):
        assert np.abs(coarse.fill - fine.fill).max() < 1e-6
        assert np.abs(coarse.branch_voltage_v - fine.branch_voltage_v).max() < 2e-4
        assert np.abs(coarse.cell_voltage_v - fine.cell_voltage_v).max() < 5e-4
        assert np.abs(coarse.temperature_degc - fine.temperature_degc).max() < 0.05
        assert np.abs(coarse.mos_degc - fine.mos_degc).max() < 1e-3
        assert np.abs(coarse.charged_kwh / fine.charged_kwh - 1.0).max() < 1e-3
        assert np.abs(coarse.discharged_kwh / fine.discharged_kwh - 1.0).max() < 1e-3


@pytest.mark.parametrize("dt_s", [0.1, 1.0, 5.0, 60.0])
def test_rc_branch_charges_and_relaxes_as_solved(dt_s: float) -> None:
    preset = bare(cell=ideal_cell(warming=0.0))
    packs = run(filled(preset, 0.5), 40.0, 60.0, dt_s)
    end = 40.0 * CELL.r1_ohm * (1.0 - exp(-60.0 / CELL.tau_s))
    assert packs.branch_voltage_v[:, 0].tolist() == pytest.approx([end] * 16, rel=1e-4)
    packs = run(packs, 0.0, 120.0, dt_s)
    assert packs.branch_voltage_v[:, 0].tolist() == pytest.approx([end * exp(-120.0 / CELL.tau_s)] * 16, rel=1e-4)


def test_the_ohmic_drop_comes_and_goes_at_once() -> None:
    rest = filled(bare(), 0.5)
    packs = run(rest, 50.0, 0.001, 0.001)
    lift = packs.cell_voltage_v - rest.cell_voltage_v
    assert lift[:, 0].tolist() == pytest.approx([50.0 * CELL.r0_ohm] * 16, rel=1e-3)
    assert run(packs, 0.0, 0.001, 0.001).cell_voltage_v == pytest.approx(rest.cell_voltage_v, abs=5e-6)


@pytest.mark.parametrize("dt_s", [10.0, 60.0])
def test_steady_current_warms_towards_heat_over_cooling(dt_s: float) -> None:
    """Once the RC branch stands, each cell warms by P/k (1 - exp(-k t/C)) over ambient, from any start."""
    preset = bare(cell=ideal_cell(warming=0.0, hysteresis=0.0))
    packs = run(filled(preset, 0.3), 20.0, 600.0, dt_s)  # 20 tau
    start = packs.temperature_degc[:, 0].tolist()
    packs = run(packs, 20.0, 3600.0, dt_s, ambient_degc=10.0)
    heat_w = 20.0**2 * (CELL.r0_ohm + CELL.r1_ohm)
    for place, cooling in enumerate(cell_cooling_w_per_k(preset)):
        keep = exp(-cooling / CELL.heat_capacity_j_per_k * 3600.0)
        expected = 10.0 + (start[place] - 10.0) * keep + heat_w / cooling * (1.0 - keep)
        assert float(packs.temperature_degc[place, 0]) == pytest.approx(expected, abs=1e-3)


def stored_in_curve_j(preset: PackPreset, start: float, end: float) -> float:
    """Integrate the resting voltage over the charge of one cell, finely, by the trapezoid."""
    path = np.linspace(start, end, 20_001)
    return float(np.trapezoid(preset.cell.ocv.voltage(path), path)) * preset.cell.capacity_ah * 3600.0


@pytest.mark.parametrize("hysteresis", [0.0, 1.0])
def test_no_energy_is_made_or_lost(hysteresis: float) -> None:
    """Terminals = curve + RC capacitor + kept in hysteresis + heat, with no way out for the heat."""
    preset = bare(cell=ideal_cell(warming=0.0, hysteresis=hysteresis), cooling_w_per_k=0.0)
    packs = filled(preset, 0.4)
    half_gap_v = float(packs.pack_row(at.HALF_GAP_V)[0])
    for current in (80.0, -30.0, 55.0, -90.0, 10.0):
        packs = run(packs, current, 900.0)
    through_terminals_j = float(packs.charged_kwh[0] - packs.discharged_kwh[0]) * 3.6e6
    in_capacitor_j = float((0.5 * CELL.tau_s / CELL.r1_ohm * packs.branch_voltage_v**2).sum())
    kept_j = half_gap_v * float((packs.cell(at.HYSTERESIS) ** 2).sum()) / 40.0 * 360_000.0
    heat_j = float((packs.temperature_degc.astype(np.float64) - 25.0).sum()) * CELL.heat_capacity_j_per_k
    stored = 16.0 * stored_in_curve_j(preset, 0.4, float(packs.fill[0, 0])) + in_capacitor_j + kept_j
    assert heat_j > 10_000.0
    assert (half_gap_v > 0.0) is (hysteresis > 0.0)
    assert through_terminals_j == pytest.approx(stored + heat_j, abs=1500.0), "of some 13 MJ moved"


def test_end_cells_stay_cooler_than_those_between() -> None:
    packs = run(filled(bare(), 0.1), 50.0, 3600.0, 60.0)
    degc = packs.temperature_degc[:, 0].tolist()
    assert degc[0] == degc[-1] < min(degc[1:-1])
    assert sum(cell_cooling_w_per_k(bare())) == pytest.approx(bare().cooling_w_per_k)


def test_a_step_leaves_the_old_state_alone() -> None:
    packs = Packs.rest(bare(spread=Spread()), 2, [0.2, 0.999])
    before, inputs = packs.copy(), Inputs.of(2, 90.0, 40.0)
    for _ in range(5):
        step(packs, inputs, 60.0)
    same_bits(packs, before)
    first, again = step(packs, inputs, 60.0), step(packs, inputs, 60.0)
    same_bits(first, again)
    assert not np.array_equal(first.fill, packs.fill)
    inputs.values[:] = -99.0
    assert first.ambient_degc.tolist() == [40.0, 40.0], "the state must not share memory with the inputs"


def test_many_steps_in_one_call_are_the_same_steps() -> None:
    one, many = Packs.rest(bare(spread=Spread()), 3, 0.5), Packs.rest(bare(spread=Spread()), 3, 0.5)
    inputs = Inputs.of(3, [30.0, -20.0, 0.0])
    for _ in range(40):
        advance(one, inputs, 1.0)
    advance(many, inputs, 1.0, 40)
    same_bits(one, many)
    assert many.time_s == 40.0


def test_energy_is_voltage_times_charge_in_each_direction() -> None:
    """An hour of 10 A on the plateau: some 53 V x 10 Ah, each way into its own counter."""
    packs = run(filled(bare(), 0.5), 10.0, 3600.0, 60.0)
    assert float(packs.charged_kwh[0]) == pytest.approx(0.533, abs=0.004)
    assert float(packs.discharged_kwh[0]) == 0.0
    packs = run(packs, -10.0, 3600.0, 60.0)
    assert float(packs.discharged_kwh[0]) == pytest.approx(0.530, abs=0.004)
    assert float(packs.charged_kwh[0]) > float(packs.discharged_kwh[0]), "resistance takes its part both ways"


def test_an_aged_pack_is_full_with_less() -> None:
    packs = Packs.rest(bare(), 1, 0.5, soh=0.8, cycles=41.5)
    assert packs.capacity_ah[:, 0].tolist() == pytest.approx([80.0] * 16, rel=1e-6)
    assert float(packs.soh[0]) == pytest.approx(0.8)
    assert (float(packs.cycles[0]), float(packs.cycles_by_rule[0])) == (41.5, 41.0)


def test_each_pack_may_have_aged_by_itself() -> None:
    sohs = [1.0, 0.8, 0.91]
    packs = Packs.rest(bare(), 3, 0.5, soh=sohs)
    assert packs.capacity_ah[4].tolist() == pytest.approx([100.0, 80.0, 91.0], rel=1e-6)
    assert packs.soh.tolist() == pytest.approx(sohs)
    for k, soh in enumerate(sohs):
        same_bits(packs.pack(k), Packs.rest(bare(), 1, 0.5, soh=soh, first=k))
    with pytest.raises(UsageError, match=r"soh \[1.0, 0.8\] must be one number or one for each of the 3 packs"):
        Packs.rest(bare(), 3, 0.5, soh=[1.0, 0.8])
    with pytest.raises(UsageError, match=r"soh 0.0 must lie between 0.01 and 1: a share of the rated capacity"):
        Packs.rest(bare(), 3, 0.5, soh=[1.0, 0.0, 0.8])


@pytest.mark.parametrize("change", [{"cells": 15}, {"cells": 8}, {"cells": 1}])
def test_any_number_of_cells(change: dict[str, Any]) -> None:
    packs = run(Packs.rest(bare(**change), 2, 0.5), 10.0, 10.0)
    assert packs.cell_voltage_v.shape == (change["cells"], 2)
    assert packs.pack_voltage_v.tolist() == pytest.approx(packs.cell_voltage_v.sum(axis=0).tolist(), abs=1e-4)
