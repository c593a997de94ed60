"""A virtual PACE bank: its master speaks for the packs behind it, its pages of settings are taken and run."""

from datetime import datetime
from typing import Any

import pytest

from recordings import wire
from virtual.banks import Rig
from wattstead.model.errors import Refused
from wattstead.model.reading import numbers
from wattstead.virtual.given import Given, Writes
from wattstead.virtual.state_table import read_tables


def said(rig: Rig, text: str) -> str:
    """Give the one answer to a frame as text, "" for silence."""
    answers = rig.responder.feed(wire(text))
    assert len(answers) <= 1
    return answers[0].decode().removesuffix("\r") if answers else ""


def test_the_master_gives_what_another_pack_says_under_its_own_address() -> None:
    rig = Rig("pace", packs=3, seed=2)
    behind = rig.ask("telemetry", 1, {"module": 3})
    assert (behind.address, behind.record["command_value"]) == (1, 3)
    assert behind.packs[0].values == rig.ask("telemetry", 3).packs[0].values
    assert behind.packs[0].values != rig.ask("telemetry", 1).packs[0].values


def test_all_packs_come_in_one_answer_also_by_the_address_of_all() -> None:
    rig = Rig("pace", packs=3)
    everybody = rig.ask("telemetry", 1, {"module": 0xFF})
    assert everybody.record["command_value"] == len(everybody.packs) == 3
    assert said(rig, "~25FF4642E002FFFCDA") == said(rig, "~25014642E002FFFD05")
    assert said(rig, "~25FF4642E002FFFCDA") == said(rig, "~25004642E002FFFD06")
    assert said(rig, "~25FF4642E002FFFCDA").startswith("~250146")
    assert len(rig.ask("alarms", 1, {"module": 0xFF}).packs) == 3


def test_who_is_not_there_is_silent() -> None:
    rig = Rig("pace", packs=2)
    for address, module in ((1, 7), (3, 3)):
        assert rig.responder.feed(rig.codec.ask("telemetry", address, {"module": module})[1]) == []


def test_a_pack_alone_is_address_0_and_takes_any_number_for_its_own() -> None:
    rig = Rig("pace", first_address=0)
    assert said(rig, "~25004642E00201FD31").startswith("~250046")
    assert rig.ask("pack_number", 0).record == {"pack_count": 1}
    assert Rig("pace", packs=4).ask("pack_number").record == {"pack_count": 4}


def test_newer_firmware_sends_a_tail() -> None:
    rig = Rig("pace", packs=2, soc_pct=40.0)
    assert "soc_pct" not in rig.ask("telemetry").packs[0].values
    _, given = read_tables({"report": {"item_count": 9}}, rig.bank)
    for pack, one in zip(rig.bank.packs, given, strict=True):
        pack.given = one
    for told in (rig.ask("telemetry").packs, rig.ask("telemetry", 1, {"module": 0xFF}).packs):
        assert all(one.values["soc_pct"] == 40 and one.values["soh_pct"] == 100 for one in told)


def test_a_given_state_of_charge_is_told_as_remaining_capacity() -> None:
    rig = Rig("pace")
    _, (given,) = read_tables({"report": {"soc_pct": 12.5}}, rig.bank)
    rig.bank.packs[0].given = given
    values = rig.ask("telemetry").packs[0].values
    (remaining,), (full,) = numbers(values["remaining_capacity_ah"]), numbers(values["full_capacity_ah"])
    assert remaining / full == pytest.approx(0.125, abs=0.001)


def test_every_page_of_settings_is_the_factorys_and_can_be_written() -> None:
    rig = Rig("pace", packs=2)
    pages = [message for message in rig.profile.dialect.messages if message.name.endswith("_settings")]
    told: dict[str, Any] = {}
    for message in pages:
        if not message.writes:
            told |= rig.ask(message.name, 2).packs[0].values
    assert told == {name: setting.default for name, setting in rig.profile.settings.items()}
    for message in pages:
        if message.writes:
            read = message.name.removeprefix("write_")
            page = dict(rig.ask(read, 2).packs[0].values)
            rig.ask(message.name, 2, page)
            assert rig.ask(read, 2).packs[0].values == page


def test_written_settings_are_run_by_that_pack() -> None:
    rig = Rig("pace", packs=2)
    page = dict(rig.ask("cell_overvoltage_settings", 2).packs[0].values)
    rig.ask("write_cell_overvoltage_settings", 2, {**page, "cell_high_voltage_alarm_v": 3.3})
    for pack in rig.bank.packs:
        pack.given = Given(sense={"cell_voltage_v": (3.35,) * 16, "pack_current_a": 5.0})
    for _ in range(3):
        rig.bank.advance(1.0, 10.0)
    assert rig.ask("alarms", 1).packs[0].active == ()
    assert rig.ask("alarms", 2).packs[0].active == ("cell_high_voltage_alarm",)


def test_an_impossible_page_is_refused_and_changes_nothing() -> None:
    rig = Rig("pace")
    page = dict(rig.ask("cell_overvoltage_settings").packs[0].values)
    with pytest.raises(Refused, match="invalid data"):
        rig.ask("write_cell_overvoltage_settings", values={**page, "cell_overvoltage_recovery_v": 3.9})
    assert rig.ask("cell_overvoltage_settings").packs[0].values == page


def test_discharge_currents_are_written_as_positive_numbers() -> None:
    rig = Rig("pace", first_address=0)
    assert said(rig, "~250046DB0000FD89") == "~25004600400C01FF97FF920AFAD3"  # as recorded
    assert said(rig, "~250046DA400C010069006E0AFAF7") == "~250046000000FDAF"
    assert said(rig, "~250046DB0000FD89") == "~25004600400C01FF97FF920AFAD3"


def test_writes_are_refused_or_ignored_on_purpose() -> None:
    rig = Rig("pace")
    page = dict(rig.ask("balancing_settings").packs[0].values)
    changed = {**page, "balancing_start_voltage_v": 3.5}
    rig.bank.packs[0].given = Given(writes=Writes.IGNORE)
    rig.ask("write_balancing_settings", values=changed)
    assert rig.ask("balancing_settings").packs[0].values == page
    rig.bank.packs[0].given = Given(writes=Writes.REFUSE)
    with pytest.raises(Refused, match="invalid data"):
        rig.ask("write_balancing_settings", values=changed)


def test_switches_say_their_state_and_both_are_never_off() -> None:
    rig = Rig("pace")
    off = rig.ask("switch_charge_mos", values={"state": "off"}).packs[0]
    assert (off.values["charge_mos_on"], off.values["discharge_mos_on"]) == (False, True)
    assert "charge_mos_switched_off" in (rig.ask("alarms").packs[0].active or ())
    with pytest.raises(Refused, match="execution failed"):
        rig.ask("switch_discharge_mos", values={"state": "off"})
    on = rig.ask("switch_charge_mos", values={"state": "on"}).packs[0]
    assert on.values["charge_mos_on"] is True
    assert rig.ask("alarms").packs[0].active == ()


@pytest.mark.parametrize(
    ("control", "bit"),
    [
        ("buzzer_enable", "buzzer_enabled"),
        ("limiter_disable", "limiter_disabled"),
        ("lamp_disable", "lamp_warning_disabled"),
    ],
)
def test_controls_are_echoed_with_the_state_after_them(control: str, bit: str) -> None:
    rig = Rig("pace")
    answer = rig.ask("control", values={"control": control})
    assert (answer.record["control"], answer.packs[0].active) == (control, (bit,))
    assert rig.ask("alarms").packs[0].active == (bit,)


def test_the_second_stage_of_overcurrent_is_told_by_the_bit_of_the_first() -> None:
    rig = Rig("pace")
    rig.bank.advance(0.2, -170.0)
    assert rig.ask("alarms").packs[0].active == ("discharge_overcurrent_protection",)
    assert "discharge_overcurrent_2_protection" in rig.bank.report(0).active


def test_the_clock_has_a_year_of_one_byte() -> None:
    rig = Rig("pace", first_address=0)
    assert said(rig, "~250046B2400C1808140E0F25FAFC") == "~250046000000FDAF"
    (told,) = rig.ask("clock").packs[0].values.values()
    assert told == datetime(2024, 8, 20, 14, 15, 37)  # noqa: DTZ001 - a device's clock knows no zone


def test_a_pack_says_who_it_is() -> None:
    rig = Rig("pace", packs=2)
    assert rig.ask("software_version", 2).packs[0].values == {"software_version": "P16S100A-1812-1.00"}
    assert rig.ask("product", 2).packs[0].values == {"serial_number": "1812101380V001"}
    with pytest.raises(Refused, match="unknown command"):
        rig.ask("history", 2)
