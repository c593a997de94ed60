"""The day of a house: deterministic, within bounds, and kind to the cells."""

import pytest

from parts import one_quick
from virtual.banks import MAKES, NOON_S, Rig
from wattstead.model.reading import numbers
from wattstead.virtual.day import DAY_S, Day
from wattstead.virtual.given import Input

MIDNIGHT_S = NOON_S - DAY_S / 2
HOURS = [MIDNIGHT_S + 900.0 * quarter for quarter in range(4 * 24 * 14)]


def test_the_same_seed_gives_the_same_days_and_no_two_days_are_alike() -> None:
    first, same, other = Day(1), Day(1), Day(2)
    assert [first.load_c(at) for at in HOURS] == [same.load_c(at) for at in HOURS]
    assert [first.load_c(at) for at in HOURS] != [other.load_c(at) for at in HOURS]
    noons = {first.sun_c(NOON_S + day * DAY_S) for day in range(14)}
    assert len(noons) == 14


def test_the_sun_shines_by_day_only_and_the_house_always_draws() -> None:
    day = Day(4)
    for at in HOURS:
        hour = (at - MIDNIGHT_S) % DAY_S / 3600.0
        assert (day.sun_c(at) > 0.0) == (7.0 < hour < 19.0), hour
        assert 0.0 < day.load_c(at) < 0.4
        assert 0.0 <= day.sun_c(at) < 0.3
    assert max(day.load_c(MIDNIGHT_S + h * 3600.0) for h in (18, 19, 20, 21)) > 3 * day.load_c(MIDNIGHT_S + 3 * 3600.0)


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize(
    ("seed", "step_s"),
    one_quick([(0, 600.0), (3, 1800.0), (4, 3600.0)], (4, 3600.0)),
)
def test_a_week_keeps_the_charge_within_bounds_and_trips_nothing(make: str, seed: int, step_s: float) -> None:
    rig = Rig(make, packs=2, soc_pct=50.0, seed=seed)
    socs: list[float] = []
    for _ in range(round(7 * DAY_S / step_s)):
        rig.live.step(step_s)
        state = rig.bank.state
        socs += (100.0 * state.soc).tolist()
        assert not state.active.any(), rig.bank.report(0).active
    assert 8.0 < min(socs) < 60.0
    assert 90.0 < max(socs) <= 100.0


def current(rig: Rig, given: Input, local_s: float = NOON_S) -> float:
    return rig.live.day.current_a(rig.bank.state, local_s, 1.0, given, list(range(rig.packs)))


def test_a_fixed_current_goes_before_everything() -> None:
    rig = Rig(packs=2)
    assert current(rig, Input(current_a=-33.0, load_w=100.0, charger=True)) == -33.0


def test_a_fixed_load_replaces_the_houses_and_no_charger_the_suns() -> None:
    rig = Rig()
    (voltage_v,) = numbers(rig.bank.report(0).values["pack_voltage_v"])
    assert current(rig, Input(load_w=1000.0, charger=False)) == pytest.approx(-1000.0 / voltage_v, rel=1e-3)
    assert current(rig, Input(load_w=0.0)) == pytest.approx(rig.live.day.sun_c(NOON_S) * 96.9)
    assert current(rig, Input(charger=False)) == pytest.approx(-rig.live.day.load_c(NOON_S) * 96.9)
    assert current(rig, Input(load_w=0.0, charger=True), MIDNIGHT_S) == pytest.approx(0.5 * 96.9)


def test_a_charger_holds_the_voltage_that_cells_like() -> None:
    rig = Rig(soc_pct=90.0)
    rig.bank.input = Input(load_w=0.0, charger=True)
    for _ in range(240):
        rig.live.step(60.0)
    report = rig.bank.report(0)
    assert numbers(report.values["pack_voltage_v"])[0] == pytest.approx(16 * 3.45, abs=0.02)
    assert report.values["fully_charged"] is True
    assert report.active == ()


def test_an_inverter_spares_a_battery_that_is_nearly_empty_but_a_fixed_load_does_not() -> None:
    spared = [
        current(Rig(soc_pct=soc), Input(charger=False), MIDNIGHT_S + 19.8 * 3600.0) for soc in (30.0, 14.0, 10.0, 5.0)
    ]
    assert spared[0] < spared[1] < 0.0
    assert spared[2:] == [0.0, 0.0]
    assert current(Rig(soc_pct=5.0), Input(load_w=500.0, charger=False)) < -9.0


def test_a_fixed_load_empties_the_battery_until_its_protection_cuts() -> None:
    rig = Rig(soc_pct=8.0)
    rig.bank.input = Input(load_w=2000.0, charger=False)
    for _ in range(60 * 30):
        rig.live.step(1.0)
    report = rig.bank.report(0)
    assert "soc_protection" in report.active
    assert numbers(report.values["pack_current_a"]) == (0.0,)
    assert numbers(report.values["soc_pct"])[0] == pytest.approx(5.0, abs=0.1)


def test_the_air_is_warmest_in_the_afternoon() -> None:
    day = Day(ambient_degc=20.0)
    air = {hour: day.air_degc(MIDNIGHT_S + hour * 3600.0) for hour in range(24)}
    assert max(air, key=lambda hour: air[hour]) == 15
    assert min(air.values()) == pytest.approx(17.5)
