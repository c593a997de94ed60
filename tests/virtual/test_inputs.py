"""What a person and the surroundings do to a virtual pack, and what the wire then says."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from virtual.banks import Rig
from wattstead.catalog.profile import load_profile
from wattstead.model.panel_state import Doing, Power
from wattstead.model.protection import Light
from wattstead.model.reading import numbers
from wattstead.virtual.bank import Bank
from wattstead.virtual.given import Given, Input
from wattstead.virtual.keep import keep, resume
from wattstead.virtual.lamps import panel_of, panel_state

ALONE = Input(charger=False, load_w=0.0)


def do(rig: Rig, done: Input, seconds: float = 1.0, place: int = 0, **sense: Any) -> None:
    """Do something to a pack and let time pass."""
    rig.bank.packs[place].given = Given(input=done, sense=sense)
    for _ in range(max(1, round(seconds))):
        rig.live.step(min(seconds, 1.0))


def active(rig: Rig, place: int = 0) -> set[str]:
    return set(rig.ask("alarms", rig.bank.addresses[place]).packs[0].active or ())


def silent(rig: Rig, place: int = 0) -> bool:
    _, request = rig.codec.ask("telemetry", rig.bank.addresses[place])
    return rig.responder.feed(request) == []


def written(settings: Mapping[str, Any], make: str = "seplos-v2") -> Rig:
    """A pack with other settings, as a host writes them."""
    rig = Rig(make)
    rig.ask("write_parameters", values={**rig.ask("parameters").packs[0].values, **settings})
    return rig


def test_a_short_circuit_is_cut_at_once_and_ends_by_itself() -> None:
    rig = Rig(packs=2)
    do(rig, Input(short_circuit_ohm=0.002), 0.1)
    assert "short_circuit_protection" in active(rig)
    assert "short_circuit_protection" not in active(rig, 1)
    told = rig.ask("alarms").packs[0].values
    assert (told["charge_mos_on"], told["discharge_mos_on"]) == (False, False)
    assert rig.ask("telemetry").packs[0].values["pack_current_a"] == 0.0
    do(rig, ALONE, 58)
    assert "short_circuit_protection" in active(rig)
    do(rig, ALONE, 3)
    assert active(rig) == set()


def test_the_fifth_short_circuit_locks_and_the_button_unlocks() -> None:
    rig = Rig()
    do(rig, Input(short_circuit_ohm=0.002), 5 * 63)
    assert {"short_circuit_protection", "short_circuit_lockout"} <= active(rig)
    do(rig, ALONE, 120)
    assert "short_circuit_lockout" in active(rig)
    do(rig, replace(ALONE, button=True))
    do(rig, ALONE)
    assert active(rig) == set()


def test_a_short_across_the_bus_is_shared_by_its_packs() -> None:
    rig = Rig(packs=2)
    rig.bank.input = Input(short_circuit_ohm=0.01)
    rig.live.step(0.1)
    assert all("short_circuit_protection" in active(rig, place) for place in range(2))


def test_heat_around_it_is_warned_of_and_then_cut() -> None:
    rig = Rig()
    do(rig, Input(ambient_temperature_degc=55.0), 3)
    assert active(rig) == {"ambient_high_temperature_alarm"}
    assert rig.ask("alarms").packs[0].values["ambient_temperature_status"] == "high"
    do(rig, Input(ambient_temperature_degc=65.0), 7)
    assert "ambient_overtemperature_protection" in active(rig)
    assert rig.ask("alarms").packs[0].values["charge_mos_on"] is False


def test_a_pack_that_is_off_is_silent_and_one_that_wakes_answers_again() -> None:
    rig = Rig("pylontech", packs=2)
    do(rig, replace(ALONE, button=True), 4, place=1)
    assert not silent(rig, 1)
    do(rig, replace(ALONE, button=True), 2, place=1)
    assert silent(rig, 1)
    assert not silent(rig, 0)
    assert len(rig.ask("telemetry", 2, {"module": 0xFF}).packs) == 1
    do(rig, ALONE, 5, place=1)
    assert silent(rig, 1)
    do(rig, replace(ALONE, button=True), place=1)
    assert not silent(rig, 1)


def test_no_button_turns_a_pack_off_while_a_charger_stands_there_and_a_charger_wakes_it() -> None:
    rig = Rig("pylontech")
    do(rig, Input(charger=True, load_w=0.0, button=True), 8)
    assert not silent(rig)
    do(rig, ALONE)
    do(rig, replace(ALONE, button=True), 6)
    assert silent(rig)
    do(rig, Input(charger=True, load_w=0.0), 2)
    assert not silent(rig)


def test_an_external_switch_turns_it_off_and_on_where_the_setting_says_that_one_is_there() -> None:
    plain = Rig()
    do(plain, replace(ALONE, external_switch="off"), 2)
    assert not silent(plain)
    rig = written({"enable_key_power_off": True})
    do(rig, replace(ALONE, external_switch="off"), 2)
    assert silent(rig)
    do(rig, replace(ALONE, external_switch="on"), 2)
    assert not silent(rig)


def test_a_key_of_the_screen_wakes_what_standby_has_turned_off() -> None:
    rig = written({"standby_shutdown_delay_h": 1})
    rig.bank.packs[0].given = Given(input=ALONE)
    rig.live.step(3700.0)
    assert silent(rig)
    do(rig, replace(ALONE, keypad=("up",)))
    assert silent(rig)
    do(rig, replace(ALONE, keypad=("enter",)))
    assert not silent(rig)


def test_an_emergency_stop_opens_everything_until_the_button_is_pressed() -> None:
    profile = load_profile("seplos-v2")
    like = replace(profile, virtual=profile.virtual.model_copy(update={"preset": "ps-20016s"}))
    bank = Bank(like, now_ms=lambda: 0)
    bank.input = Input(emergency_stop=True)
    bank.advance(1.0)
    assert "emergency_stop" in bank.report(0).active
    assert bank.report(0).values["discharge_mos_on"] is False
    bank.input = Input()
    bank.advance(1.0)
    assert "emergency_stop" in bank.report(0).active
    bank.input = Input(button=True)
    bank.advance(1.0)
    bank.input = Input()
    bank.advance(1.0)
    assert "emergency_stop" not in bank.report(0).active


def test_a_second_level_protector_trips_for_good() -> None:
    rig = written({"enable_secondary_trip": True})
    do(rig, Input(faults=("secondary_trip",)))
    assert "secondary_trip_protection" in active(rig)
    do(rig, ALONE, 100)
    assert rig.ask("alarms").packs[0].values["discharge_mos_on"] is False
    do(rig, replace(ALONE, service=True))
    do(rig, ALONE)
    assert rig.ask("alarms").packs[0].values["discharge_mos_on"] is True


def test_a_heater_warms_cold_cells_while_a_charger_is_there() -> None:
    rig = written({"enable_cell_heating": True})
    rig.bank.state.temperature_degc[:] = -5.0
    do(rig, Input(charger=True, load_w=0.0, ambient_temperature_degc=-5.0), 3)
    assert "cell_heating_active" in active(rig)
    assert rig.ask("alarms").packs[0].values["heater_on"] is True


def test_limiting_balancing_and_soft_start_show_on_the_wire() -> None:
    rig = Rig()
    do(rig, Input(current_a=80.0), 5)
    assert rig.ask("alarms").packs[0].values["current_limiter_on"] is True
    assert rig.ask("telemetry").packs[0].values["pack_current_a"] == pytest.approx(10.0, abs=0.1)
    uneven = Rig(soc_pct=99.0)
    fill = uneven.bank.state.fill.copy()
    fill[3] += 0.02
    uneven.bank.state.fill = fill
    do(uneven, Input(current_a=10.0), 60)
    assert 4 in numbers(uneven.ask("alarms").packs[0].values["balancing_cells"])


def test_an_unplugged_probe_is_a_fault_and_reads_the_end_of_its_scale() -> None:
    rig = Rig()
    do(rig, Input(), 3, cell_temperature_degc=(None, float("-inf"), None, None))
    assert "temperature_sensor_fault" in active(rig)
    probes = rig.ask("telemetry").packs[0].values["cell_temperature_degc"]
    assert isinstance(probes, tuple)
    assert probes[1] == -40.0
    assert all(15.0 < float(one) < 40.0 for one in (probes[0], *probes[2:]))  # type: ignore[arg-type]


def test_offsets_are_added_to_the_truth() -> None:
    rig, true = Rig(), Rig()
    for one in (rig, true):
        one.bank.input = Input(current_a=5.0)
    do(true, Input())
    do(rig, Input(), cell_voltage_offset_v=(0.05,) + (0.0,) * 15, pack_current_offset_a=1.5)
    told, plain = (one.ask("telemetry").packs[0].values for one in (rig, true))
    assert numbers(told["cell_voltage_v"])[0] == pytest.approx(numbers(plain["cell_voltage_v"])[0] + 0.05, abs=0.002)
    assert numbers(told["cell_voltage_v"])[1] == pytest.approx(numbers(plain["cell_voltage_v"])[1], abs=0.002)
    assert (told["pack_current_a"], plain["pack_current_a"]) == (6.5, 5.0)
    assert float(rig.bank.state.current_a[0]) == 5.0


def test_events_go_into_the_records() -> None:
    rig = Rig()
    do(rig, Input(short_circuit_ohm=0.002), 0.1)
    do(rig, ALONE, 62)
    rows = rig.bank.packs[0].records.rows()
    kinds = [(row.kind.value, row.name) for row in rows if row.name == "short_circuit_protection"]
    assert kinds == [("began", "short_circuit_protection"), ("ended", "short_circuit_protection")]
    assert rows[0].time_s == pytest.approx(0.0003, abs=1e-4)
    assert 40.0 < float(rows[-1].values["pack_voltage_v"]) < 58.0  # type: ignore[arg-type]


def test_a_bank_is_kept_and_goes_on_where_it_was() -> None:
    rig = written({"cell_high_voltage_alarm_v": 3.5})
    do(rig, Input(short_circuit_ohm=0.002), 0.1)
    again = Rig()
    resume(again.bank, keep(rig.bank))
    assert again.ask("parameters").packs[0].values == rig.ask("parameters").packs[0].values
    assert again.bank.report(0).active == rig.bank.report(0).active
    assert again.bank.packs[0].records.rows() == rig.bank.packs[0].records.rows()
    for one in (rig, again):
        do(one, replace(ALONE, ambient_temperature_degc=25.0), 70)
    assert again.bank.report(0) == rig.bank.report(0)


def test_lamps_follow_the_state() -> None:
    rig = Rig()
    panel = panel_of(rig.bank.packs[0].model, rig.profile.virtual.panel)
    assert panel is not None
    assert panel.name == "ps-20016s"
    do(rig, Input(current_a=-20.0))
    state = panel_state(rig.bank.stack.under(0), 0, joined=False, own=False)
    assert (state.power, state.doing, state.alarm) == (Power.ON, Doing.DISCHARGING, Light.OFF)
    do(rig, Input(ambient_temperature_degc=55.0, current_a=0.0), 2)
    state = panel_state(rig.bank.stack.under(0), 0, joined=False, own=False)
    assert (state.doing, state.alarm) == (Doing.IDLE, Light.ON)
