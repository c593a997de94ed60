"""Packs that grow old while they run: against the models by hand, in any step, alone and in a fleet."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from battery.packs import bare, filled, ideal_cell, of_make, same_bits
from wattstead.battery.age import Life, Wear, age, aged
from wattstead.battery.inputs import Inputs
from wattstead.battery.kernel import layout as at
from wattstead.battery.packs import Packs
from wattstead.battery.preset import PackPreset, Spread
from wattstead.battery.save import restore, save
from wattstead.battery.step import advance
from wattstead.battery.wear import Acting, Ageing
from wattstead.model.errors import UsageError

DAY_S, HOUR_S = 86_400.0, 3600.0
WILD = Spread(capacity=0.03, resistance=0.1, soc=0.02)
COOLED = 1e4  # W/K: cells as warm as the air
PARTS = ("calendar_loss", "cycle_loss", "calendar_growth", "cycle_growth")


def kept_cool(**changes: Any) -> PackPreset:
    return bare(cells=4, cooling_w_per_k=COOLED, **changes)


def live(packs: Packs, ageing: Ageing, current_a: Any, seconds: float, dt_s: float, *, degc: Any = 25.0) -> None:
    """Let a current flow; the ageing is looked at every 5 min, or once a step where steps are longer."""
    steps = max(1, round(300.0 / dt_s))
    for _ in range(round(seconds / (steps * dt_s))):
        advance(packs, Inputs.of(packs.count, current_a, degc), dt_s, steps)
        ageing.look(packs)


def day(packs: Packs, ageing: Ageing, dt_s: float, *, scale: Any = 1.0, degc: Any = 25.0) -> None:
    """Rest, 4 h of charge with 15 A, rest, 6 h of discharge with 10 A."""
    for current_a, hours in ((0.0, 8.0), (15.0, 4.0), (0.0, 6.0), (-10.0, 6.0)):
        live(packs, ageing, current_a * np.asarray(scale), hours * HOUR_S, dt_s, degc=degc)


def test_stored_packs_lose_what_the_models_say() -> None:
    """Constant charge and temperature: the same as one span of age.py."""
    packs = Packs.rest(kept_cool(), 3, 0.5, temperature_degc=35.0)
    packs.fill = np.tile([0.2, 0.5, 0.95], (packs.preset.cells, 1))
    packs.settle()
    ageing = Ageing(packs, Acting.NONE)
    live(packs, ageing, 0.0, 30 * DAY_S, 600.0, degc=35.0)
    wanted = age(
        Wear.none(3), Life(days=30.0, soc=[0.2, 0.5, 0.95], temperature_degc=35.0, efc=0.0, dod=0.0, c_rate=0.0)
    )
    assert wanted.calendar_loss.min() > 0.001
    for name in PARTS:
        one, other = getattr(ageing.wear, name).ravel().tolist(), getattr(wanted, name).ravel().tolist()
        assert one == pytest.approx(other, rel=1e-5, abs=1e-12), name


def hours() -> Iterator[tuple[float, float]]:
    """Give mean SOC and current for each hour of ``day`` of a pack of 100 Ah that begins at 20 %."""
    soc = 0.2
    for current_a, count in ((0.0, 8), (15.0, 4), (0.0, 6), (-10.0, 6)):
        for _ in range(count):
            yield soc + current_a / 200.0, current_a
            soc += current_a / 100.0


@pytest.mark.slow
def test_cycled_packs_lose_what_the_models_say() -> None:
    """Thirty equal days against the models by hand, hour after hour."""
    packs = filled(kept_cool(cell=ideal_cell(heat_capacity_j_per_k=1e6)), 0.2)
    ageing, wear = Ageing(packs, Acting.NONE), Wear.none(1)
    for _ in range(30):
        day(packs, ageing, 60.0)
        for soc, current_a in hours():
            c_rate = abs(current_a) / 100.0
            life = Life(days=1.0 / 24.0, soc=soc, temperature_degc=25.0, efc=c_rate / 2.0, dod=0.6, c_rate=c_rate)
            wear = age(wear, replace(life, mean_c_rate=0.05))
    assert float(ageing.cycles[0]) == pytest.approx(30 * 0.6, rel=2e-3)
    assert float(packs.cycles[0]) == pytest.approx(float(ageing.cycles[0]), rel=2e-3), "as the BMS counts"
    assert ageing.wear.calendar_loss.ravel().tolist() == pytest.approx(wear.calendar_loss.ravel().tolist(), rel=5e-3)
    # The first day looks shallow until it is over.
    assert ageing.wear.cycle_loss.ravel().tolist() == pytest.approx(wear.cycle_loss.ravel().tolist(), rel=0.02)
    assert float(ageing.wear.calendar_growth[0]) == pytest.approx(float(wear.calendar_growth[0]), rel=5e-3)
    assert float(ageing.wear.cycle_growth[0]) == pytest.approx(float(wear.cycle_growth[0]), rel=0.02)


def test_the_current_counts_while_it_flows_and_the_mean_over_a_day() -> None:
    """An hour of 48 A, 23 hours of rest: by the equations of docs/models/ageing.md."""
    packs = filled(kept_cool(cell=ideal_cell(heat_capacity_j_per_k=1e6)), 0.2)
    ageing = Ageing(packs, Acting.NONE)
    for sign in (1.0, -1.0) * 5:
        live(packs, ageing, 0.0, 23 * HOUR_S, 60.0)
        live(packs, ageing, sign * 48.0, HOUR_S, 60.0)
    cycles = 10 * 0.48 / 2
    assert float(ageing.cycles[0]) == pytest.approx(cycles, rel=5e-3)
    naumann = 0.01 * (0.0630 * 0.48 + 0.0971) * (4.0253 * (0.48 - 0.6) ** 3 + 1.0923) * cycles**0.5
    prismatic = (4.38e-8 + 1.55e-8 * 0.48 + 1.68e-7 * 0.02) * np.exp(2190.0 / 298.15) * cycles**0.828
    assert ageing.wear.cycle_loss[[0, 2], 0].tolist() == pytest.approx([naumann, prismatic], rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("dt_s", [10.0, 60.0, 300.0, 900.0, 3600.0])
def test_any_step_ages_alike(dt_s: float) -> None:
    fine, coarse = (Packs.rest(replace(of_make(), spread=WILD), 2, 0.3) for _ in range(2))
    ages = Ageing(fine), Ageing(coarse)
    for _ in range(4):
        day(fine, ages[0], 5.0, scale=[1.0, 0.5])
        day(coarse, ages[1], dt_s, scale=[1.0, 0.5])
    assert ages[1].cycles == pytest.approx(ages[0].cycles, rel=3e-3)
    for name in PARTS:
        one, other = getattr(ages[1].wear, name).ravel().tolist(), getattr(ages[0].wear, name).ravel().tolist()
        assert one == pytest.approx(other, rel=0.02 if dt_s > 300.0 else 2e-3), name
    assert coarse.capacity_ah == pytest.approx(fine.capacity_ah, rel=1e-4 if dt_s > 300.0 else 2e-6)


def test_a_pack_alone_ages_as_it_does_in_a_fleet() -> None:
    preset, rng = replace(of_make(), spread=WILD), np.random.default_rng(3)
    fleet = Packs.rest(preset, 300, rng.uniform(0.1, 0.9, 300))
    alone = [fleet.pack(0), fleet.pack(299)]
    many, single = Ageing(fleet, Acting.LOW), [Ageing(one, Acting.LOW) for one in alone]
    scale, degc = rng.uniform(0.0, 3.0, 300), rng.uniform(-5.0, 45.0, 300)
    for _ in range(2):
        day(fleet, many, 60.0, scale=scale, degc=degc)
        for k, one, own in zip((0, 299), alone, single, strict=True):
            day(one, own, 60.0, scale=scale[k], degc=degc[k])
    assert many.aged.capacity_low.max() < 1.0
    for k, one, own in zip((0, 299), alone, single, strict=True):
        same_bits(one, fleet.pack(k))
        for name in PARTS:
            assert np.array_equal(getattr(own.wear, name)[..., 0], getattr(many.wear, name)[..., k]), name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("acting", "capacity", "resistance"),
    [
        (Acting.LOW, "capacity_low", "resistance_high"),
        (Acting.MIDDLE, "capacity_mid", "resistance_mid"),
        (Acting.HIGH, "capacity_high", "resistance_low"),
    ],
)
def test_the_cells_get_what_is_left(acting: Acting, capacity: str, resistance: str) -> None:
    packs = Packs.rest(replace(of_make(), spread=WILD), 2, 0.8, temperature_degc=40.0)
    new_ah, new_ohm = packs.capacity_ah.copy(), packs.cell(at.R25_OHM).copy()
    ageing = Ageing(packs, acting)
    live(packs, ageing, 0.0, 20 * DAY_S, 600.0, degc=40.0)
    left, grown = getattr(ageing.aged, capacity), getattr(ageing.aged, resistance)
    assert left.max() < 0.999
    assert grown.min() > 1.0001
    assert packs.capacity_ah == pytest.approx(new_ah * left, rel=1e-6)
    assert packs.cell(at.R25_OHM) == pytest.approx(new_ohm * grown, rel=1e-6)


def test_where_nothing_acts_the_cells_stay_as_they_are() -> None:
    aged_packs, plain = (Packs.rest(replace(of_make(), spread=WILD), 2, 0.4) for _ in range(2))
    ageing = Ageing(aged_packs, Acting.NONE)
    day(aged_packs, ageing, 60.0)
    day(plain, Ageing(plain, Acting.NONE), 60.0)
    same_bits(aged_packs, plain)
    assert ageing.aged.capacity_mid.max() < 1.0, "but the band is known"


def test_charge_stays_when_capacity_goes() -> None:
    packs = Packs.rest(replace(of_make(), spread=WILD), 3, 0.6)
    held_ah = packs.fill / packs.cell(at.PER_AH).astype(np.float64)
    packs.age(packs.capacity_ah * 0.8, packs.cell(at.R25_OHM) * 1.3)
    assert packs.fill / packs.cell(at.PER_AH).astype(np.float64) == pytest.approx(held_ah, rel=1e-14)
    assert float(packs.fill.mean()) == pytest.approx(0.75 * 0.6 / 0.6, rel=0.02)


def test_voltage_under_load_follows_the_resistance_within_a_minute() -> None:
    new, old = filled(kept_cool(), 0.5), filled(kept_cool(), 0.5)
    old.age(old.capacity_ah * 1.0, old.cell(at.R25_OHM) * 2.0)
    for packs in (new, old):
        advance(packs, Inputs.of(1, -20.0), 1.0, 60)
    # The RC branch follows R0: twice the drop, ohmic and fast.
    rest_v = float(filled(kept_cool(), 0.5).pack_voltage_v[0])
    drops = [rest_v - float(packs.pack_voltage_v[0]) for packs in (new, old)]
    assert drops[1] / drops[0] == pytest.approx(2.0, rel=0.15)


@pytest.mark.slow
def test_an_old_pack_goes_on_from_its_wear() -> None:
    """Two years behind it: what is lost next is what the models lose next, and the cells are now what they are."""
    behind = age(Wear.none(1), Life(days=730.0, soc=0.5, temperature_degc=25.0, efc=500.0, dod=0.7, c_rate=0.2))
    left = float(aged(behind).capacity_mid[0])
    packs = Packs.rest(kept_cool(), 1, 0.5, soh=left)
    ageing = Ageing(packs, Acting.MIDDLE, behind)
    live(packs, ageing, 0.0, 30 * DAY_S, 600.0)
    now = float(ageing.aged.capacity_mid[0])
    assert 0.0 < left - now < 0.003
    assert float(packs.capacity_ah[0, 0]) == pytest.approx(100.0 * now, rel=1e-6)


def test_something_is_left_of_cells_beyond_their_life() -> None:
    packs = Packs.rest(kept_cool(), 1, 0.5, soh=0.05)
    ageing = Ageing(packs, Acting.LOW, Wear.behind([0.99]))
    live(packs, ageing, 0.0, 3 * HOUR_S, 600.0)
    assert float(ageing.aged.capacity_low[0]) == pytest.approx(0.01, abs=1e-4)
    assert packs.capacity_ah == pytest.approx(5.0, rel=1e-6)


def test_a_pack_hotter_than_any_that_was_measured_ages_as_the_hottest() -> None:
    packs = filled(kept_cool(), 0.5)
    packs.cell(at.DEGC)[:] = 400.0
    ageing = Ageing(packs, Acting.NONE)
    live(packs, ageing, 0.0, HOUR_S, 600.0, degc=400.0)
    hot = age(Wear.none(1), Life(days=1 / 24, soc=0.5, temperature_degc=60.0, efc=0.0, dod=0.0, c_rate=0.0))
    assert ageing.wear.calendar_loss == pytest.approx(hot.calendar_loss, rel=1e-3)


def test_the_end_of_a_run_is_taken_in() -> None:
    packs = filled(kept_cool(), 0.5)
    ageing = Ageing(packs)
    live(packs, ageing, 10.0, 1800.0, 60.0)
    assert float(ageing.wear.calendar_loss.max()) == 0.0, "the models go on by the hour"
    ageing.close(packs)
    assert float(ageing.wear.calendar_loss.min()) > 0.0
    assert float(ageing.cycles[0]) == pytest.approx(5.0 / 200.0, rel=2e-3)
    before = ageing.wear
    ageing.close(packs)
    assert ageing.wear is before


def test_after_a_restart_it_goes_on_bit_for_bit() -> None:
    packs = Packs.rest(replace(of_make(), spread=WILD), 2, 0.4)
    ageing = Ageing(packs)
    day(packs, ageing, 60.0, scale=[1.0, 0.3])
    live(packs, ageing, 7.0, 2000.0, 100.0)
    again = restore(packs.preset, json.loads(json.dumps(save(packs), allow_nan=False)))
    other = Ageing.restore(again, json.loads(json.dumps(ageing.save(), allow_nan=False)))
    for one, own in ((packs, ageing), (again, other)):
        live(one, own, -8.0, 2 * HOUR_S, 100.0)
        day(one, own, 60.0)
    same_bits(packs, again)
    assert ageing.save() == other.save()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cycles": None}, "saved wear cycles must be 2 finite numbers"),
        ({"cycles": [1.0]}, "saved wear cycles must be 2 finite numbers"),
        ({"cycles": [1.0, "many"]}, "saved wear cycles must be 2 finite numbers"),
        ({"cycles": [1.0, float("nan")]}, "saved wear cycles must be 2 finite numbers"),
        ({"cycle_loss": [[0.1, -0.1]] * 3}, r"saved wear cycle_loss -0\.1 must not be negative"),
        ({"_low": [[0.1]]}, "saved wear low must be 8 x 2 finite numbers"),
        ({"_volts": [50.0, 0.0]}, r"saved wear volts 0\.0 must be above 0"),
        ({"_new_ah": [[0.0] * 2] * 16}, r"saved wear new_ah 0\.0 must be above 0"),
        ({"seen_s": 1e6}, "saved wear seen_s 1000000.0 must lie between 0 and 0, the time of the packs"),
        ({"aged_s": None}, "saved wear aged_s None must lie between"),
        ({"slot": -1}, "saved wear slot -1 must lie between"),
    ],
)
def test_a_broken_save_is_refused_by_name(change: dict[str, Any], says: str) -> None:
    packs = Packs.rest(of_make(), 2)
    with pytest.raises(UsageError, match=says):
        Ageing.restore(packs, {**Ageing(packs).save(), **change})


@pytest.mark.slow
def test_three_months_of_a_home_in_the_engine() -> None:
    """The home of docs/models/ageing.md: 20 to 95 % once a day at 25 °C."""
    packs = filled(kept_cool(cell=ideal_cell(heat_capacity_j_per_k=1e6)), 0.2)
    ageing = Ageing(packs)
    for _ in range(90):
        for current_a, hours in ((0.0, 9.0), (18.75, 4.0), (0.0, 5.0), (-12.5, 6.0)):
            live(packs, ageing, current_a * float(packs.capacity_ah[0, 0]) / 100.0, hours * HOUR_S, 300.0)
    band = ageing.aged
    assert 0.96 < float(band.capacity_low[0]) < float(band.capacity_mid[0]) < float(band.capacity_high[0]) < 1.0
    assert float(packs.fill.mean()) == pytest.approx(0.2, abs=0.02)
