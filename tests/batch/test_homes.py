"""Households: the same whoever simulates them, with sun, evenings, seasons, and inverters that spare a battery."""

from dataclasses import replace

import numpy as np
import pytest

from batch.small import plan
from wattstead.batch.draw import Wander, draw, keys
from wattstead.batch.homes import Homes
from wattstead.batch.plan import Block
from wattstead.battery.inputs import Signal
from wattstead.battery.kernel import layout as at
from wattstead.battery.packs import Packs

HOUR_S, DAY_S = 3600.0, 86400.0
MANY = Block(0, 0, 4000)


def test_a_number_belongs_to_its_subject_reason_and_slot_alone() -> None:
    whole = draw(keys(7, 0, 100), 3, 11)
    assert np.array_equal(whole[40:60], draw(keys(7, 40, 20), 3, 11))
    for other in (draw(keys(8, 0, 100), 3, 11), draw(keys(7, 0, 100), 4, 11), draw(keys(7, 0, 100), 3, 12)):
        assert not np.any(whole == other)


def test_numbers_are_spread_evenly() -> None:
    many = draw(keys(0, 0, 100_000), 1)
    shares = np.histogram(many, bins=10, range=(0.0, 1.0))[0] / 100_000
    assert shares == pytest.approx(0.1, abs=0.005)
    assert abs(np.corrcoef(many[1:], many[:-1])[0, 1]) < 0.02
    assert abs(np.corrcoef(many, draw(keys(0, 0, 100_000), 1, 1))[0, 1]) < 0.02


def test_what_wanders_is_the_same_however_it_is_asked() -> None:
    straight = Wander(keys(1, 0, 9), 5, 300.0)
    steps = [straight.at(60.0 * k) for k in range(30)]
    for k in (29, 0, 17, 10, 5):
        assert np.array_equal(Wander(keys(1, 0, 9), 5, 300.0).at(60.0 * k), steps[k])
    assert np.array_equal(steps[5], draw(keys(1, 0, 9), 5, 1))


def test_a_household_is_the_same_in_any_block() -> None:
    alone, among = Homes(plan(), Block(3, 70, 1)), Homes(plan(), Block(0, 0, 100))
    assert alone.start_soc()[0] == among.start_soc()[70]
    for at_s in (3 * HOUR_S, 13.1 * HOUR_S, 2 * DAY_S + 19.5 * HOUR_S):
        for what in ("sun_c", "load_c", "air_degc"):
            assert getattr(alone, what)(at_s)[0] == getattr(among, what)(at_s)[70]


def test_the_sun_shines_by_day_and_longer_in_summer() -> None:
    def sunny_h(first_day: int) -> float:
        homes = Homes(replace(plan(), first_day=first_day), MANY)
        return sum(float(np.mean(homes.sun_c(h * HOUR_S / 4.0) > 0.0)) / 4.0 for h in range(96))

    assert sunny_h(80) == pytest.approx(12.0, abs=0.5)
    assert sunny_h(172) == pytest.approx(16.1, abs=0.6)  # 49° north at midsummer
    assert sunny_h(355) == pytest.approx(8.0, abs=0.6)
    assert not Homes(plan(), MANY).sun_c(1.0 * HOUR_S).any()


def test_houses_draw_most_in_the_evening_and_always_something() -> None:
    homes = Homes(plan(), MANY)
    mean = [float(homes.load_c(h * HOUR_S).mean()) for h in range(24)]
    assert max(mean) == mean[20]
    assert float(homes.load_c(3 * HOUR_S).min()) > 0.0


def test_winter_is_cold_where_packs_stand_outside_and_mild_in_the_dwelling() -> None:
    winter, summer = (Homes(replace(plan(), first_day=day), MANY).air_degc(4 * HOUR_S) for day in (17, 200))
    assert winter.min() < 0.0 < 15.0 < winter.max()
    assert summer.min() > 10.0
    assert np.all(summer > winter)


def test_an_inverter_spares_an_empty_battery_but_not_every_inverter() -> None:
    wanted, evening = plan(packs=4000), 20 * HOUR_S
    homes, empty = Homes(wanted, MANY), Packs.rest(wanted.pack, 4000, 0.09)
    asked = homes.inputs(evening, 60.0, empty).current_a
    assert np.mean(asked == 0.0) == pytest.approx(0.98, abs=0.01)
    full = Packs.rest(wanted.pack, 4000, 0.9)
    assert homes.inputs(evening, 60.0, full).current_a.max() < 0.0


def test_what_grows_empty_by_itself_is_fed_from_the_grid() -> None:
    """The draw of the BMS empties a pack that the sun does not reach for weeks; a cell that was too low is lost."""
    homes = Homes(replace(plan(), first_day=355), MANY)
    low = Packs.rest(plan().pack, MANY.count, 0.07)
    fed = homes.inputs(2.0 * HOUR_S, 60.0, low)
    asked_a = fed.values[at.ASKED_A]
    assert ((asked_a > 0.0).mean()) == pytest.approx(0.98, abs=0.01), "but for the careless"
    assert asked_a.max() == pytest.approx(0.05 * plan().pack.rated_capacity_ah)
    assert ((fed.signals != 0) == (asked_a > 0.0)).all()
    assert not (
        homes.inputs(2.0 * HOUR_S, 60.0, Packs.rest(plan().pack, MANY.count, 0.09)).values[at.ASKED_A] > 0.0
    ).any()


def test_one_long_step_does_not_empty_what_is_spared() -> None:
    wanted = plan(packs=4000, step_s=3600.0)
    homes, low = Homes(wanted, MANY), Packs.rest(wanted.pack, 4000, 0.12)
    asked = homes.inputs(20 * HOUR_S, 3600.0, low).current_a
    spared = asked > -2.1  # A for an hour: the 2 % of 100 Ah above the spared charge
    assert np.mean(spared) == pytest.approx(0.98, abs=0.01)


def test_chargers_hold_what_the_pack_asks_and_some_hold_too_much() -> None:
    wanted = plan(packs=4000)
    homes, packs = Homes(wanted, MANY), Packs.rest(wanted.pack, 4000, 0.5)
    noon = homes.inputs(12 * HOUR_S, 60.0, packs)
    held_v, usual_v = noon.values[at.HELD_AT_V], wanted.pack.requests.charge_voltage_v
    assert np.mean(held_v == np.float32(usual_v)) == pytest.approx(0.98, abs=0.01)
    assert held_v.max() == pytest.approx(usual_v + 3.2, abs=1e-3)
    assert np.all((noon.signals == Signal.CHARGER) == (noon.current_a >= 0.0))
    assert noon.current_a.max() <= wanted.pack.requests.charge_current_a


def test_a_household_of_several_packs_lives_as_one_of_a_single_larger_one() -> None:
    """The same sun and people; three times the current, shared by physics; in the dark as by day."""
    one, three = plan(packs=40), plan(packs=120, per_home=3)
    alone, bank = Homes(one, Block(0, 0, 40)), Homes(three, Block(0, 0, 120))
    assert np.array_equal(bank.start_soc().reshape(40, 3), np.repeat(alone.start_soc()[:, None], 3, axis=1))
    assert len(np.unique(bank.believed_soc())) == 120
    single, packs = Packs.rest(one.pack, 40, 0.6), Packs.rest(three.pack, 120, 0.6)
    for at_s in (3 * HOUR_S, 12 * HOUR_S, 20 * HOUR_S):
        wanted = 3.0 * alone.inputs(at_s, 60.0, single).current_a
        given = bank.inputs(at_s, 60.0, packs)
        assert given.current_a.reshape(40, 3).sum(axis=1) == pytest.approx(wanted, abs=1e-3)
        assert len(np.unique(given.current_a)) > 100, "no two packs are alike"
        assert np.array_equal(
            given.values[at.AIR_DEGC].reshape(40, 3)[:, 0], given.values[at.AIR_DEGC].reshape(40, 3)[:, 2]
        )


def test_the_emptiest_pack_of_a_household_is_spared() -> None:
    wanted = plan(packs=200, per_home=2)
    homes = Homes(wanted, Block(0, 0, 200))
    packs = Packs.rest(wanted.pack, 200, [0.09, 0.6] * 100)
    totals = homes.inputs(20 * HOUR_S, 60.0, packs).current_a.reshape(100, 2).sum(axis=1)
    assert np.mean(np.abs(totals) < 1e-3) == pytest.approx(0.98, abs=0.03), (
        "nothing is asked of them but by the careless"
    )


def test_a_household_is_the_same_in_any_block_with_packs_of_its_own_age() -> None:
    wanted = plan(packs=300, per_home=3, soh=(0.7, 0.9))
    among, alone = Homes(wanted, Block(0, 0, 300)), Homes(wanted, Block(1, 120, 3))
    assert alone.start_soc().tolist() == among.start_soc()[120:123].tolist()
    assert alone.soh().tolist() == among.soh()[120:123].tolist()
    assert alone.load_c(20 * HOUR_S)[0] == among.load_c(20 * HOUR_S)[40]
    drawn = among.soh()
    assert 0.7 <= drawn.min() < 0.72
    assert 0.88 < drawn.max() <= 0.9
    assert Homes(plan(), Block(0, 0, 5)).soh().tolist() == [1.0] * 5
