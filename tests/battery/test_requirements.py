"""What a person sees the packs of the presets do, one requirement after another, through the doors everybody uses."""

from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import pytest

from battery.packs import NO_SPREAD, PS, SEPLOS, WALL, of_make
from wattstead.battery.behaviour import Busbar
from wattstead.battery.inputs import Inputs, Signal
from wattstead.battery.kernel import layout as at
from wattstead.battery.make import pack_preset
from wattstead.battery.measure import measured
from wattstead.battery.packs import Packs
from wattstead.battery.preset import PackPreset
from wattstead.battery.sense import Sense
from wattstead.battery.step import EventKind, advance
from wattstead.catalog.packs import load_pack
from wattstead.model.protection import Action

BEGAN, ENDED = EventKind.BEGAN, EventKind.ENDED


def written(name: str, **settings: Any) -> PackPreset:
    """Give a preset with some of its settings changed."""
    return pack_preset(load_pack(name, settings))


def one(preset: PackPreset, **more: Any) -> Packs:
    return Packs.rest(preset, 1, 0.5, **more)


def live(pack: Packs, dt_s: float, steps: int = 1, current_a: float = 0.0, **more: Any) -> list[tuple[str, EventKind]]:
    """Let a pack live on; give what happened."""
    events = advance(pack, Inputs.of(1, current_a, **more), dt_s, steps).events(pack.preset)
    return [(event.name, event.kind) for event in events]


@pytest.mark.parametrize("dt_s", [0.01, 1.0, 60.0])
@pytest.mark.parametrize(
    ("name", "row", "delay_s"),
    [
        (SEPLOS, "short_circuit_protection", 0.0003),
        (PS, "short_circuit_protection", 0.00032),
        (WALL, "discharge_short_circuit_protection", 0.0003),
    ],
)
def test_a_short_circuit_is_cut_after_its_delay_whatever_the_step(
    name: str, row: str, delay_s: float, dt_s: float
) -> None:
    """SEP-10, PWS-4, GRW-5: the front end's delay and the time of its switch, and no longer, current flows."""
    pack = one(of_make(name))
    emf_v, ohm = float(pack.pack_voltage_v[0]), float(pack.pack_row(at.R_SUM_OHM)[0]) + pack.preset.link_ohm + 0.01
    log = advance(pack, Inputs.of(1, 0.0, short_ohm=0.01), dt_s)
    (event,) = log.events(pack.preset)
    assert (event.name, event.kind) == (row, BEGAN)
    assert event.at_s == pytest.approx(delay_s, abs=1e-9)
    assert not pack.charge_mos_on[0]
    assert not pack.discharge_mos_on[0]
    assert pack.current_a[0] == 0.0
    flowed_s = delay_s + pack.preset.switches.open_delay_s
    most_j = emf_v * emf_v / ohm * flowed_s
    assert 0.4 * most_j < float(pack.discharged_kwh[0]) * 3.6e6 < most_j


@pytest.mark.parametrize("capacity_f", [0.01, 0.05])
def test_a_soft_start_fills_an_inverter_within_2_s_without_a_trip(capacity_f: float) -> None:
    """SEP-11: without it the larger capacitors trip the short circuit protection."""
    pack = one(of_make(SEPLOS))
    assert live(pack, 0.1, 10, inverter_f=capacity_f, signals=Signal.LOAD) == []
    assert not pack.discharge_mos_on[0]
    assert live(pack, 0.1, 11, inverter_f=capacity_f, signals=Signal.LOAD) == []
    assert pack.discharge_mos_on[0]
    hard = one(written(SEPLOS, enable_soft_start=False))
    tripped = [("short_circuit_protection", BEGAN)] if capacity_f == 0.05 else []
    assert live(hard, 0.1, 1, inverter_f=capacity_f, signals=Signal.LOAD) == tripped


def test_an_inverter_trips_then_is_filled_then_all_is_normal() -> None:
    """PWS-7."""
    pack = one(of_make(PS))
    assert live(pack, 0.1, 1, inverter_f=0.05, signals=Signal.LOAD) == [("short_circuit_protection", BEGAN)]
    assert (pack.charge_mos_on[0], pack.discharge_mos_on[0], pack.has(at.PRECHARGING)[0]) == (False, False, True)
    before_v = float(pack.pack_row(at.CAPACITOR_V)[0])
    assert live(pack, 0.1, 20, inverter_f=0.05, signals=Signal.LOAD) == []
    assert before_v < pack.pack_row(at.CAPACITOR_V)[0] < pack.pack_voltage_v[0] - 1.0
    assert live(pack, 0.1, 60, inverter_f=0.05, signals=Signal.LOAD) == [("short_circuit_protection", ENDED)]
    assert (pack.charge_mos_on[0], pack.discharge_mos_on[0], pack.has(at.PRECHARGING)[0]) == (True, True, False)


def test_capacitors_too_large_for_the_pre_charge_relay_are_a_fault() -> None:
    """GRW-5: pre-charge failure, 5 s after its beginning and 2 s of the row."""
    pack = one(of_make(WALL))
    assert live(pack, 0.1, 69, inverter_f=0.5, signals=Signal.LOAD) == []
    assert live(pack, 0.1, 2, inverter_f=0.5, signals=Signal.LOAD) == [("precharge_relay_fault", BEGAN)]
    assert not pack.discharge_mos_on[0]


def test_the_heater_runs_from_below_0_to_10_degc_while_a_charger_is_there() -> None:
    """SEP-16, and no heater without its switch."""
    pack = one(written(SEPLOS, enable_cell_heating=True), temperature_degc=-5.0)
    live(pack, 10.0, 1, ambient_degc=-5.0)
    assert not pack.has(at.HEATING)[0]
    live(pack, 10.0, 1, ambient_degc=-5.0, signals=Signal.CHARGER)
    assert pack.has(at.HEATING)[0]
    while pack.has(at.HEATING)[0]:
        assert pack.time_s < 2 * 3600
        coldest_degc = min(measured(pack, 0).probes_degc)
        live(pack, 10.0, 1, ambient_degc=-5.0, signals=Signal.CHARGER)
    assert coldest_degc < 10.0
    assert min(measured(pack, 0).probes_degc) == pytest.approx(10.0, abs=0.1)
    never = one(of_make(SEPLOS), temperature_degc=-5.0)
    live(never, 10.0, 1, ambient_degc=-5.0, signals=Signal.CHARGER)
    assert not never.has(at.HEATING)[0]


@pytest.mark.parametrize(
    "woken_by",
    [{"signals": Signal.BUTTON}, {"signals": Signal.CHARGER, "port_voltage_v": 52.0}],
    ids=["button", "charger"],
)
def test_48_h_of_standby_turn_it_off(woken_by: dict[str, Any]) -> None:
    """SEP-19: off it draws nothing from its cells but their leak; the button or the voltage of a charger wakes it."""
    pack = one(of_make(SEPLOS))
    live(pack, 60.0, 48 * 60 - 1)
    assert pack.on[0]
    live(pack, 60.0)
    assert not pack.on[0]
    standing = pack.fill.copy()
    live(pack, 60.0, 60)
    lost_ah = float((standing - pack.fill).mean()) * 100.0
    assert lost_ah < 0.1 * pack.preset.power.standby_a
    live(pack, 1.0, 1, **woken_by)
    assert pack.on[0]
    assert pack.discharge_mos_on[0]


def test_active_limiting_holds_the_charge_at_10_a() -> None:
    """SEP-15; the charger offers 50 A, and discharge is not limited."""
    pack = one(written(SEPLOS, enable_active_current_limiting=True))
    live(pack, 1.0, 5, current_a=50.0)
    assert pack.current_a[0] == pytest.approx(10.0)
    live(pack, 1.0, 1, current_a=-50.0)
    assert pack.current_a[0] == pytest.approx(-50.0)


def test_passive_limiting_begins_at_the_alarm_and_looks_again_after_5_min() -> None:
    """SEP-15: 69 A are let through, 75 A are not, for 300 s."""
    pack = one(of_make(SEPLOS))
    assert live(pack, 1.0, 5, current_a=69.0) == []
    assert pack.current_a[0] == pytest.approx(69.0)
    assert live(pack, 1.0, 1, current_a=75.0) == [("charge_overcurrent_alarm", BEGAN)]
    for _ in range(299):
        live(pack, 1.0, 1, current_a=75.0)
        assert pack.current_a[0] == pytest.approx(10.0)
    assert live(pack, 1.0, 1, current_a=75.0) == []
    assert live(pack, 1.0, 1, current_a=75.0) == [("charge_overcurrent_alarm", BEGAN)]
    live(pack, 1.0, 1, current_a=75.0)
    assert pack.current_a[0] == pytest.approx(10.0)


def test_a_corrected_busbar_is_not_seen() -> None:
    """SEP-20: 0.5 mOhm before cell 9 at 100 A read 50 mV too low, unless point 1 says so."""
    corrected = written(SEPLOS, compensation_1_position=9, compensation_1_resistance_mohm=0.5)
    (ohm,) = [bar.corrected_ohm for bar in corrected.busbars if bar.cell == 9]
    for taken_off, error_v in ((0.0, -0.050), (ohm, 0.0)):
        pack = one(replace(corrected, busbars=(Busbar(9, 0.0005, taken_off),), spread=NO_SPREAD))
        live(pack, 1.0, 1, current_a=-100.0)
        errors_v = np.array(measured(pack, 0).cells_v) - pack.cell_voltage_v[:, 0]
        assert errors_v[8] == pytest.approx(error_v, abs=1e-5)
        assert np.delete(errors_v, 8) == pytest.approx(0.0, abs=1e-5)


def test_an_emergency_stop_opens_everything_until_the_button_is_pressed() -> None:
    """PWS-8, the dry contact; a short press, for a long one turns it off."""
    pack = one(of_make(PS))
    live(pack, 1.0, 1, current_a=-20.0)
    assert live(pack, 1.0, 1, current_a=-20.0, signals=Signal.EMERGENCY_STOP) == [("emergency_stop", BEGAN)]
    assert (pack.charge_mos_on[0], pack.discharge_mos_on[0], pack.current_a[0]) == (False, False, 0.0)
    assert live(pack, 1.0, 60, current_a=-20.0) == []
    assert live(pack, 0.05, 1, signals=Signal.BUTTON) == [("emergency_stop", ENDED)]
    live(pack, 1.0, 1, current_a=-20.0)
    assert pack.current_a[0] == pytest.approx(-20.0)


def test_the_button_turns_the_ps_20016s_off_and_on() -> None:
    """PWS-8."""
    pack = one(of_make(PS))
    states = []
    for held in (True, False, True, False):
        live(pack, 1.0, 1, signals=Signal.BUTTON if held else Signal(0))
        states.append(bool(pack.on[0]))
    assert states == [False, False, True, True]


def test_the_ps_20016s_measures_as_well_as_it_says() -> None:
    """PWS-2: cells within 5 mV and half a step of the converter, current within 2 % of 200 A."""
    packs = Packs.rest(of_make(PS), 50, 0.5)
    advance(packs, Inputs.of(50, -50.0), 1.0)
    seen = [measured(packs, k) for k in range(50)]
    errors_v = np.array([one.cells_v for one in seen]).T - packs.cell_voltage_v
    assert 0.003 < np.abs(errors_v).max() <= 0.0056
    errors_a = np.array([one.current_a for one in seen]) + 50.0
    assert 0.5 < np.abs(errors_a).max() <= 4.0


def test_the_ps_20016s_takes_8_to_16_cells_and_works_from_40_to_59_v() -> None:
    """PWS-1."""
    assert load_pack(PS).working_v == (40, 59)
    for cells in (8, 16):
        assert written(PS, cell_count=cells).cells == cells


def test_what_turns_the_wall_battery_off_and_on() -> None:
    """GRW-6: silence for 60 min, the button for 2 s where no mains stand there; 45 to 60 V or the button wake it."""
    pack = one(of_make(WALL))
    live(pack, 1.0, 3599, current_a=-5.0, signals=Signal.SILENCE)
    assert pack.on[0]
    live(pack, 1.0, 2, current_a=-5.0, signals=Signal.SILENCE)
    assert not pack.on[0]
    for port_v, wakes in ((44.9, False), (60.1, False), (45.0, True)):
        live(pack, 1.0, 2, port_voltage_v=port_v, signals=Signal.CHARGER)
        assert pack.on[0] == wakes, port_v
    live(pack, 1.0, 3, port_voltage_v=52.0, signals=Signal.CHARGER | Signal.BUTTON)
    assert pack.on[0]
    live(pack, 1.0, 1)
    live(pack, 0.1, 19, signals=Signal.BUTTON)
    assert pack.on[0]
    live(pack, 0.1, 1, signals=Signal.BUTTON)
    assert not pack.on[0]
    live(pack, 1.0, 1)
    live(pack, 1.0, 2, signals=Signal.BUTTON)
    assert pack.on[0]
    assert pack.preset.power.shutdown_after_s == inf


def test_the_source_that_stands_there_does_not_wake_what_a_row_turned_off() -> None:
    """The same as the reference BMS: once it has gone and come back, or with the button."""
    preset = of_make(WALL)
    rows = tuple(
        replace(row, actions=row.actions | {Action.POWER_OFF}) if Action.STOP_DISCHARGE in row.actions else row
        for row in preset.protections
    )
    pack = one(replace(preset, protections=rows))
    wakes_v = 0.5 * (preset.power.wake_low_v + min(preset.power.wake_high_v, 60.0))
    low = Sense.true(pack)
    low.cell_voltage_v[0] = 1.0
    advance(pack, Inputs.of(1, 0.0, port_voltage_v=wakes_v), 1.0, 60, sense=low)
    assert not pack.on.any()
    live(pack, 1.0, 60, port_voltage_v=wakes_v)
    assert not pack.on.any(), "it stands there still"
    live(pack, 1.0, port_voltage_v=0.0)
    live(pack, 1.0, port_voltage_v=wakes_v)
    assert pack.on.all()
