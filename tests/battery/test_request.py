"""What a pack asks of the inverter: the preset's figures while all is well, less before anything has to cut."""

from dataclasses import replace
from math import nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from battery.packs import NO_SPREAD, PS, SEPLOS, WALL, of_make, run
from wattstead.battery.behaviour import Limiter, LimiterKind
from wattstead.battery.inputs import Signal
from wattstead.battery.kernel import layout as at
from wattstead.battery.make import pack_preset
from wattstead.battery.measure import Measured
from wattstead.battery.packs import Packs
from wattstead.battery.request import FLOAT_V, Doing, charge_voltage_v, pack_request, request
from wattstead.battery.sense import Sense
from wattstead.catalog.packs import load_pack, preset_names
from wattstead.model.errors import UsageError

PYLONTECH = "pylontech-15s"


def seen(cells: tuple[float, ...] = (3.3,) * 16, degc: tuple[float, ...] = (25.0,) * 4) -> Measured:
    return Measured(cells, sum(cells), 0.0, degc, 25.0, 25.0, 0.5)


def currents(preset: Any, reads: Measured, **doing: bool) -> tuple[float, float]:
    asked = pack_request(preset, reads, Doing(**doing))
    return asked.charge_current_a, asked.discharge_current_a


@pytest.mark.parametrize(
    ("name", "cvl", "dvl", "ccl", "dcl"),
    [(SEPLOS, 55.2, 48.0, 60.0, 100.0), (PS, 56.0, 40.0, 200.0, 200.0), (WALL, 55.0, 49.6, 64.0, 85.0)],
)
def test_all_is_well(name: str, cvl: float, dvl: float, ccl: float, dcl: float) -> None:
    """PWS-11, GRW-1, SEP-22: 10 A less than the charge overcurrent alarm of 70 A."""
    asked = request(Packs.rest(of_make(name), 2, 0.5), 1)
    assert (asked.charge_voltage_v, asked.discharge_voltage_v) == (cvl, dvl)
    assert (asked.charge_current_a, asked.discharge_current_a) == pytest.approx((ccl, dcl))
    assert asked.charge_enabled
    assert asked.discharge_enabled
    assert asked.values()["discharge_current_limit_a"] == pytest.approx(-dcl)


def test_a_single_pack_at_1c_asks_for_the_overcurrent_alarm_less_10_a() -> None:
    """SEP-22."""
    model = load_pack(SEPLOS, {"enable_single_pack_1c_charging": True, "charge_overcurrent_alarm_a": 105})
    assert request(Packs.rest(pack_preset(model), 1, 0.5), 0).charge_current_a == pytest.approx(95.0)
    half = load_pack(SEPLOS, {"enable_single_pack_1c_charging": False})
    assert request(Packs.rest(pack_preset(half), 1, 0.5), 0).charge_current_a == pytest.approx(50.0)


@pytest.mark.parametrize("name", preset_names())
def test_nothing_is_asked_where_a_row_would_stop_it(name: str) -> None:
    """For each row that stops a direction on a cell or a probe: at its value 0 A, well before it all."""
    preset = of_make(name)
    cells = preset.cells
    whole = currents(preset, seen((3.3,) * cells))
    looked = 0
    for row in preset.protections:
        stopped = [action.name == f"STOP_{way}" for way in ("CHARGE", "DISCHARGE") for action in row.actions]
        if not any(stopped) or row.channel.label not in {
            *("cell_voltage_max", "cell_voltage_min", "cell_temperature_max", "cell_temperature_min")
        }:
            continue
        trip = row.threshold.trip
        reads = (
            seen((3.3,) * (cells - 1) + (trip,))
            if "voltage" in row.channel.label
            else seen((3.3,) * cells, (25.0, trip))
        )
        names = {action.name for action in row.actions}
        for way, asked, most in zip(("STOP_CHARGE", "STOP_DISCHARGE"), currents(preset, reads), whole, strict=True):
            relevant = not (way == "STOP_DISCHARGE" and row.channel.label == "cell_voltage_max")
            assert asked == 0.0 if way in names and relevant else asked <= most, row.name
            looked += way in names
    assert looked >= 4
    assert min(whole) > 0.0


def test_charge_tapers_with_the_highest_cell() -> None:
    """Seplos stops charge at 3.65 V: all of it up to 3.50 V, none from 3.63 V on."""
    preset = of_make(SEPLOS)
    stop = 3.65
    for cell_v, share in ((stop - 0.15, 1.0), (stop - 0.085, 0.5), (stop - 0.02, 0.0), (stop + 0.1, 0.0)):
        charge, discharge = currents(preset, seen((3.3,) * 15 + (cell_v,)))
        assert charge == pytest.approx(60.0 * share, abs=1e-6)
        assert discharge == 100.0


@pytest.mark.parametrize(
    ("name", "others_v", "highest_v", "cvl"),
    [
        (SEPLOS, 3.45, 3.45, 55.2),  # even: 3.45 V a cell, the highest may go to 3.49
        (SEPLOS, 3.42, 3.47, 55.09),  # stands at 54.77, and each cell may rise 20 mV
        (SEPLOS, 3.40, 3.49, 54.49),  # the highest is there: what the pack stands at
        (SEPLOS, 3.40, 3.50, 54.34),  # beyond: 16 times 10 mV less than the 54.50 it stands at
        (SEPLOS, 3.36, 3.50, 54.0),  # not below 3.375 V a cell
        (SEPLOS, 3.20, 3.389, 55.2),  # not near full
        (PS, 3.45, 3.54, 55.29),
        (WALL, 3.40, 3.4775, 54.4775),
        (PYLONTECH, 3.50, 3.59, 52.59),
    ],
)
def test_uneven_cells_near_full_ask_for_less_voltage(name: str, others_v: float, highest_v: float, cvl: float) -> None:
    preset = of_make(name)
    cells = (others_v,) * (preset.cells - 1) + (highest_v,)
    asked = pack_request(preset, seen(cells), Doing())
    assert asked.charge_voltage_v == pytest.approx(cvl, abs=1e-9)
    assert asked.discharge_voltage_v == preset.requests.discharge_voltage_v


def test_a_charge_voltage_at_a_row_that_stops_charge_is_lowered_for_even_cells_too() -> None:
    """Seplos stops at 3.65 V: a preset that asks for just that gets 20 mV a cell less, all the way up."""
    preset = of_make(SEPLOS)
    greedy = replace(preset, requests=replace(preset.requests, charge_voltage_v=58.4))
    assert charge_voltage_v(greedy, (3.50,) * 16) == 58.4, "not near full"
    for cell_v in (3.53, 3.60, 3.63, 3.64):
        assert charge_voltage_v(greedy, (cell_v,) * 16) == pytest.approx(58.08)


@pytest.mark.parametrize("lowered", [True, False])
def test_a_charger_that_obeys_fills_an_uneven_pack_without_an_alarm(*, lowered: bool) -> None:
    """One cell 3 % ahead: held at the preset's voltage it is warned of, at the one asked for it never is."""
    preset = of_make(SEPLOS)
    packs = Packs.rest(replace(preset, spread=NO_SPREAD), 1, 0.95)
    packs.fill = packs.fill + np.where(np.arange(packs.preset.cells) == 3, 0.03, 0.0)[:, np.newaxis]
    packs.settle()
    highest_v, warned = 0.0, False
    for _ in range(360):
        asked = request(packs, 0)
        held_v = asked.charge_voltage_v if lowered else preset.requests.charge_voltage_v
        packs = run(packs, min(20.0, asked.charge_current_a), 10.0, charge_voltage_v=held_v)
        highest_v = max(highest_v, float(packs.cell_voltage_v.max()))
        warned = warned or bool(packs.active.any())
    assert warned is not lowered
    assert highest_v == pytest.approx(3.49, abs=0.005) if lowered else highest_v > 3.5
    assert float(packs.current_a[0]) >= 0.0, "and nothing flows out again"


def test_discharge_tapers_with_the_lowest_cell() -> None:
    preset = of_make(SEPLOS)
    for cell_v, share in ((2.85, 1.0), (2.785, 0.5), (2.72, 0.0), (2.0, 0.0)):
        assert currents(preset, seen((3.3,) * 15 + (cell_v,)))[1] == pytest.approx(100.0 * share, abs=1e-6)


def test_a_cold_or_a_hot_cell_asks_for_less() -> None:
    """The wall battery is made for -10 to 45 °C: less from -5 and 40 °C on."""
    preset = of_make(WALL)
    for degc, share in ((0.0, 1.0), (-7.5, 0.5), (-10.0, 0.0), (-20.0, 0.0), (40.0, 1.0), (42.5, 0.5), (45.0, 0.0)):
        charge, discharge = currents(preset, seen(degc=(20.0, degc, 20.0, 20.0)))
        assert charge == pytest.approx(64.0 * share, abs=1e-6), degc
        assert discharge == pytest.approx(85.0 * share, abs=1e-6), degc


def test_without_any_temperature_nothing_is_charged() -> None:
    assert currents(of_make(SEPLOS), seen(degc=(nan,) * 4)) == (0.0, 100.0)
    assert currents(of_make(SEPLOS), seen(degc=(nan, 25.0, nan, nan))) == (60.0, 100.0)


def test_a_very_low_cell_is_charged_with_a_trickle() -> None:
    """C26: below 2.5 V at most 5 A."""
    preset = pack_preset(load_pack(PS, {"precharge_control": True}))
    assert currents(of_make(PS), seen((3.0,) * 15 + (2.49,)))[0] == 200.0, "where it is switched on"
    assert currents(preset, seen((3.0,) * 15 + (2.49,)))[0] == 5.0
    assert currents(preset, seen((3.0,) * 15 + (2.5,)))[0] == 200.0


def test_level_2_halves_and_open_switches_end_it() -> None:
    """GRW-5."""
    preset = of_make(WALL)
    assert currents(preset, seen(), less_charge=True) == (32.0, 85.0)
    assert currents(preset, seen(), less_discharge=True) == (64.0, 42.5)
    assert currents(preset, seen(), charge_on=False) == (0.0, 85.0)
    asked = pack_request(preset, seen(), Doing(discharge_on=False))
    assert (asked.discharge_current_a, asked.discharge_enabled, asked.charge_enabled) == (0.0, False, True)


def test_the_limiter_is_asked_for() -> None:
    preset = replace(of_make(SEPLOS), limiter=Limiter(kind=LimiterKind.PASSIVE, limit_a=10.0))
    packs = Packs.rest(preset, 1, 0.5)
    assert request(packs, 0).charge_current_a == 60.0
    packs.state.status[:] |= at.LIMITING
    assert request(packs, 0).charge_current_a == 10.0
    always = replace(preset, limiter=Limiter(kind=LimiterKind.ACTIVE, limit_a=10.0))
    assert request(Packs.rest(always, 1, 0.5), 0).charge_current_a == 10.0


def test_it_follows_the_engine() -> None:
    """A level 2 row, a protection behind relays, and a pack that is off."""
    packs = Packs.rest(of_make(WALL), 3, 0.5)
    sense = Sense.true(packs)
    sense.probe_degc[:, 0] = 43.5
    sense.cell_voltage_v[:, 1] = 3.61
    less = run(packs, 10.0, 10.0, sense=sense)
    asked = [request(less, k, sense) for k in range(3)]
    assert asked[0].charge_current_a == pytest.approx(64.0 * 0.3 / 2.0)
    assert (asked[1].charge_current_a, asked[1].discharge_current_a) == (0.0, 0.0), "relays cut both ways"
    assert asked[2].charge_current_a == 64.0
    off = run(packs, 0.0, 3.0, signals=Signal.BUTTON)
    assert not off.on.any()
    assert request(off, 0).discharge_enabled is False
    with pytest.raises(UsageError, match="pack 3 must be one of 0 to 2"):
        request(off, 3)


cells_v = st.lists(st.floats(0.0, 4.5), min_size=16, max_size=16).map(tuple)
probes = st.lists(st.floats(-40.0, 90.0) | st.just(nan), min_size=4, max_size=4).map(tuple)


@given(cells_v, probes, st.sampled_from([SEPLOS, PS, WALL]), st.tuples(*[st.booleans()] * 5))
def test_it_never_asks_more_than_the_preset_nor_less_than_nothing(
    cells: tuple[float, ...], degc: tuple[float, ...], name: str, flags: tuple[bool, ...]
) -> None:
    preset = of_make(name)
    asked = pack_request(preset, seen(cells, degc), Doing(*flags))
    assert 0.0 <= asked.charge_current_a <= preset.requests.charge_current_a
    floor_v = min(FLOAT_V * 16, preset.requests.charge_voltage_v)
    assert floor_v <= asked.charge_voltage_v <= preset.requests.charge_voltage_v
    assert 0.0 <= asked.discharge_current_a <= preset.requests.discharge_current_a
    assert asked.charge_enabled or asked.charge_current_a == 0.0
    assert asked.discharge_enabled or asked.discharge_current_a == 0.0
