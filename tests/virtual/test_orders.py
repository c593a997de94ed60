"""What a pack is ordered to do over the wire: switches, limiter, off, factory settings, limits for a while."""

from typing import Any

import pytest

from virtual.banks import Rig
from wattstead.model.errors import Refused
from wattstead.model.reading import numbers
from wattstead.virtual.given import Given, Input, Writes


def order(rig: Rig, target: str, action: str, address: int = 0) -> None:
    assert rig.ask("tele_command", address, {"target": target, "action": action}).packs[0].values == {}


def current_a(rig: Rig, address: int | None = None) -> float:
    (amperes,) = numbers(rig.ask("telemetry", address).packs[0].values["pack_current_a"])
    return amperes


def switches(rig: Rig, address: int | None = None) -> tuple[object, object]:
    values = rig.ask("alarms", address).packs[0].values
    return values["charge_mos_on"], values["discharge_mos_on"]


@pytest.mark.parametrize(
    ("target", "asked_a", "held_a", "told"),
    [("charge_mos", 20.0, -15.0, (False, True)), ("discharge_mos", -20.0, 15.0, (True, False))],
)
def test_an_open_switch_lets_nothing_through_its_way(
    target: str, asked_a: float, held_a: float, told: tuple[bool, bool]
) -> None:
    rig = Rig()
    order(rig, target, "off")
    rig.bank.advance(1.0, asked_a)
    assert (current_a(rig), switches(rig)) == (0.0, told)
    rig.bank.advance(1.0, held_a)
    assert current_a(rig) == pytest.approx(held_a, abs=0.01)
    order(rig, target, "on")
    rig.bank.advance(2.0, asked_a)
    assert current_a(rig) == pytest.approx(asked_a, abs=0.01)
    assert switches(rig) == (True, True)


def test_an_order_is_for_the_asked_pack_alone() -> None:
    rig = Rig(packs=3)
    order(rig, "charge_mos", "off", 1)
    rig.bank.advance(2.0, 30.0)
    assert [switches(rig, address)[0] for address in (0, 1, 2)] == [True, False, True]
    assert current_a(rig, 1) == 0.0
    assert current_a(rig, 0) > 5.0


def test_no_current_flows_into_a_short_circuit_behind_an_open_switch() -> None:
    rig = Rig()
    order(rig, "discharge_mos", "off")
    rig.bank.input = Input(short_circuit_ohm=0.0)
    rig.bank.advance(1.0, 0.0)
    assert rig.ask("alarms").packs[0].active == ()
    order(rig, "discharge_mos", "on")
    rig.bank.advance(1.0, 0.0)
    assert "short_circuit_protection" in (rig.ask("alarms").packs[0].active or ())


def test_the_limiter_holds_the_charge_at_ten_amperes() -> None:
    rig = Rig()
    order(rig, "current_limiter", "on")
    rig.bank.advance(1.0, 40.0)
    assert current_a(rig) == pytest.approx(10.0, abs=0.01)
    assert rig.ask("alarms").packs[0].values["current_limiter_on"] is True
    rig.bank.advance(1.0, -40.0)
    assert current_a(rig) == pytest.approx(-40.0, abs=0.02)
    order(rig, "current_limiter", "off")
    rig.bank.advance(1.0, 40.0)
    assert current_a(rig) == pytest.approx(40.0, abs=0.02)


def test_a_pack_that_was_turned_off_is_silent_until_a_charger_wakes_it_and_knows_no_orders_then() -> None:
    rig = Rig()
    order(rig, "charge_mos", "off")
    order(rig, "shutdown", "do")
    _, request = rig.codec.ask("telemetry", 0)
    assert rig.responder.feed(request) == []
    rig.bank.advance(10.0)
    assert rig.responder.feed(request) == []
    rig.bank.input = Input(port_voltage_v=54.0)
    rig.bank.advance(1.0)
    assert switches(rig) == (True, True)


def test_factory_settings_come_back_and_the_charge_stays() -> None:
    rig = Rig(soc_pct=70.0)
    block: dict[str, Any] = dict(rig.ask("parameters").packs[0].values)
    changed = {**block, "cell_high_voltage_alarm_v": 3.5, "enable_soc_alarm": False}
    rig.ask("write_parameters", values=changed)
    order(rig, "factory_reset", "do")
    back = rig.ask("parameters").packs[0].values
    assert back["cell_high_voltage_alarm_v"] == 3.55
    assert back["enable_soc_alarm"] is True
    assert back["remaining_capacity_ah"] == pytest.approx(70.0, abs=0.05)


def test_what_no_pack_can_do_is_refused() -> None:
    rig = Rig()
    with pytest.raises(Refused, match="execution failed"):
        order(rig, "heater", "on")
    with pytest.raises(Refused, match="format error"):
        order(rig, "shutdown", "on")
    rig.bank.packs[0].given = Given(writes=Writes.REFUSE)
    with pytest.raises(Refused, match="invalid data"):
        order(rig, "charge_mos", "off")
    rig.bank.packs[0].given = Given(writes=Writes.IGNORE)
    order(rig, "charge_mos", "off")
    assert switches(rig) == (True, True)
    rig.bank.packs[0].given = Given(knows={"tele_command": False})
    with pytest.raises(Refused, match="unknown command"):
        order(rig, "charge_mos", "off")


def test_the_chosen_protocol_and_a_written_serial_number_are_told() -> None:
    rig = Rig(packs=2)
    rig.ask("select_can_protocol", 1, {"can_protocol_type": "VCTR"})
    rig.ask("write_serial_number", 1, {"serial_number": "SHED-0001"})
    assert [rig.ask("vendor", address).packs[0].values["can_protocol"] for address in (0, 1)] == [
        "CAN:PNG_DYE_Luxp_TBB",
        "CAN:Victron",
    ]
    assert rig.ask("serial_number", 1).packs[0].values == {"serial_number": "SHED-0001"}
    assert rig.ask("serial_number", 0).packs[0].values == {"serial_number": "EMU110110S-0000-20220120-0V000"}


# Pylontech.


def test_limits_lapse_ten_seconds_after_they_were_set() -> None:
    rig = Rig("pylontech")
    limits = {
        "charge_voltage_limit_v": 52.0,
        "discharge_voltage_limit_v": 48.0,
        "charge_current_limit_a": 5.0,
        "discharge_current_limit_a": -7.5,
    }
    before = rig.ask("management").packs[0].values
    rig.ask("set_management", values=limits)
    rig.bank.advance(9.0)
    assert {name: rig.ask("management").packs[0].values[name] for name in limits} == limits
    rig.bank.advance(1.0)
    assert rig.ask("management").packs[0].values == before


@pytest.mark.parametrize(("message", "left"), [("turn_off", [3, 4]), ("system_turn_off", [])])
def test_a_module_or_the_whole_stack_is_turned_off(message: str, left: list[int]) -> None:
    rig = Rig("pylontech", packs=3)
    rig.ask(message, 2)
    answering = [address for address in (2, 3, 4) if rig.responder.feed(rig.codec.ask("telemetry", address)[1])]
    assert answering == left


def test_all_modules_cannot_be_turned_off_by_95h() -> None:
    with pytest.raises(Refused, match="invalid data"):
        Rig("pylontech").ask("turn_off", values={"module": 0xFF})


def test_the_buzzer_is_told() -> None:
    rig = Rig("pylontech")
    for word in ("on", "off"):
        rig.ask("buzzer", values={"buzzer": word})
        assert rig.ask("alarms").packs[0].values["buzzer_on"] is (word == "on")
