"""A bank as a device: addresses, what it says, what it lets itself be told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from virtual.banks import MAKES, NOON_MS, Rig
from wattstead.catalog.profile import load_profile
from wattstead.model.errors import Refused, UsageError
from wattstead.model.reading import numbers
from wattstead.virtual.bank import Bank
from wattstead.virtual.given import Given, Writes


def at(*parts: int) -> datetime:
    """A time of a device's clock, which knows no zone."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def number(values: Mapping[str, Any], name: str) -> float:
    (value,) = numbers(values[name])
    return value


@pytest.mark.parametrize(
    ("make", "packs", "first", "addresses"),
    [
        ("seplos-v2", 1, None, (0,)),
        ("seplos-v2", 16, None, tuple(range(16))),
        ("seplos-v2", 2, 14, (14, 15)),
        ("pylontech", 3, None, (2, 3, 4)),
        ("pylontech", 1, 0x12, (0x12,)),
    ],
)
def test_addresses_count_up_from_the_master(
    make: str, packs: int, first: int | None, addresses: tuple[int, ...]
) -> None:
    assert Rig(make, packs, first_address=first).bank.addresses == addresses


@pytest.mark.parametrize(
    ("packs", "first", "sentence"),
    [
        (17, None, "seplos-v2 has no place for 17 packs from address 0 on; it knows addresses 0 to 15"),
        (1, 16, "seplos-v2 has no place for address 16; it knows addresses 0 to 15"),
        (0, None, "a bank of 0 packs cannot be; give 1 or more"),
    ],
)
def test_addresses_beyond_the_protocol_are_refused(packs: int, first: int | None, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        Rig(packs=packs, first_address=first)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("soc_pct", [-0.1, 100.1])
def test_an_impossible_charge_is_refused(soc_pct: float) -> None:
    with pytest.raises(UsageError, match="give 0 to 100"):
        Rig(soc_pct=soc_pct)


def test_foreign_addresses_meet_silence() -> None:
    rig = Rig(packs=2)
    for address in (2, 15):
        _, request = rig.codec.ask("telemetry", address)
        assert rig.responder.feed(request) == []


def test_only_the_master_speaks_for_all() -> None:
    rig = Rig("pylontech", packs=3)
    everybody = rig.ask("telemetry", 2, {"module": 0xFF})
    assert everybody.record["command_value"] == 3
    alone = [rig.ask("telemetry", address).packs[0].values for address in (2, 3, 4)]
    assert [pack.values for pack in everybody.packs] == alone
    assert len(rig.ask("telemetry", 3, {"module": 0xFF}).packs) == 1


def test_address_0_answers_for_the_stack_where_the_make_does() -> None:
    rig = Rig("pylontech", packs=2)
    assert rig.ask("protocol_version", 0).packs[0].values == {"protocol_version": "2.0"}
    assert rig.ask("vendor", 0).packs[0].values["device_name"] == "US2KBPL"
    _, request = rig.codec.ask("telemetry", 0)
    assert rig.responder.feed(request) == []


def test_names_are_the_profiles_and_serial_numbers_differ_and_say_virtual() -> None:
    rig = Rig("pylontech", packs=3, seed=2)
    serials = [rig.ask("serial_number", address).packs[0].values["serial_number"] for address in rig.bank.addresses]
    assert serials == ["PPTAH0240071V020", "PPTAH0240071V021", "PPTAH0240071V022"]
    assert rig.ask("software_version").packs[0].values == {"firmware_version": "2.3", "software_version": "0.6.5"}
    assert Rig().ask("vendor").packs[0].values == {
        "device_name": "1101-SP76",
        "firmware_version": "16.6",
        "can_protocol": "CAN:PNG_DYE_Luxp_TBB",
    }


@pytest.mark.parametrize("make", MAKES)
def test_the_same_seed_gives_the_same_cells_and_another_seed_others(make: str) -> None:
    first, same, other = (Rig(make, seed=seed).bank.report(0).values["cell_voltage_v"] for seed in (5, 5, 6))
    assert first == same
    assert first != other


@pytest.mark.parametrize("make", MAKES)
def test_parameters_are_the_factorys_and_the_charge_is_live(make: str) -> None:
    rig = Rig(make, soc_pct=40.0)
    told = rig.ask("parameters").packs[0].values
    expected = {name: setting.default for name, setting in rig.profile.settings.items()}
    if "remaining_capacity_ah" in expected:
        expected["remaining_capacity_ah"] = 40.0
    assert {name: told[name] for name in expected} == pytest.approx(expected)


def test_written_settings_are_read_back_and_run() -> None:
    rig = Rig(packs=2)
    block = dict(rig.ask("parameters", 1).packs[0].values)
    block |= {"cell_overvoltage_protection_v": 3.31, "cell_overvoltage_recovery_v": 3.30, "remaining_capacity_ah": 62.0}
    block |= {"enable_pack_high_voltage_alarm": False, "device_name": "SHED-2", "soft_start_delay_ms": 1500}
    assert rig.ask("write_parameters", 1, block).packs[0].values == {}
    assert rig.ask("parameters", 1).packs[0].values == block
    assert rig.ask("vendor", 1).packs[0].values["device_name"] == "SHED-2"
    assert number(rig.ask("telemetry", 1).packs[0].values, "remaining_capacity_ah") == 62.0
    untouched = rig.ask("parameters", 0).packs[0].values
    assert (untouched["cell_overvoltage_protection_v"], untouched["device_name"]) == (3.65, "1101-SP76")

    for _ in range(8):  # cells near 3.29 V are pushed over 3.31 V by their resistance: only the second pack cuts
        rig.bank.advance(1.0, own_current_a={0: 60.0, 1: 60.0})
    assert "cell_overvoltage_protection" in (rig.ask("alarms", 1).packs[0].active or ())
    assert number(rig.ask("telemetry", 1).packs[0].values, "pack_current_a") == 0.0
    assert rig.ask("alarms", 0).packs[0].active == ()
    assert number(rig.ask("telemetry", 0).packs[0].values, "pack_current_a") == 60.0


@pytest.mark.parametrize(
    "change",
    [
        {"cell_overvoltage_recovery_v": 3.7},
        {"cells_in_series": 15},
        {"remaining_capacity_ah": 200.0},
        {"cell_undervoltage_protection_v": 3.66, "cell_undervoltage_recovery_v": 3.66},
    ],
)
def test_an_impossible_set_is_refused_and_changes_nothing(change: dict[str, float]) -> None:
    rig = Rig()
    block = dict(rig.ask("parameters").packs[0].values)
    with pytest.raises(Refused) as caught:
        rig.ask("write_parameters", values={**block, "soft_start_delay_ms": 999, **change})
    assert caught.value.reason == "invalid_data"
    assert rig.ask("parameters").packs[0].values == block


def test_the_clock_is_set_and_goes_on() -> None:
    rig = Rig(packs=2)
    assert rig.ask("clock", 1).packs[0].values == {"device_time": at(2026, 6, 1, 12)}
    rig.ask("set_clock", 1, {"device_time": at(2030, 12, 31, 23, 59, 58)})
    rig.clocks.pass_s(3.5)
    assert rig.ask("clock", 1).packs[0].values == {"device_time": at(2031, 1, 1, 0, 0, 1)}
    assert rig.ask("clock", 0).packs[0].values == {"device_time": at(2026, 6, 1, 12, 0, 3)}


@pytest.mark.parametrize("device_time", [None, at(1999, 12, 31), at(9999, 12, 31, 23, 59, 59)])
def test_a_time_that_no_clock_chip_keeps_is_refused(device_time: datetime | None) -> None:
    rig = Rig()
    with pytest.raises(Refused, match="invalid data"):
        rig.ask("set_clock", values={"device_time": device_time})
    rig.clocks.pass_s(1.0)
    assert rig.ask("clock").packs[0].values == {"device_time": at(2026, 6, 1, 12, 0, 1)}


def test_commands_that_the_board_does_not_know_are_refused() -> None:
    with pytest.raises(Refused, match="unknown command"):
        Rig().ask("history", values={"position": "00"})
    rig = Rig("pylontech", packs=2)
    rig.bank.packs[0].given = Given(knows={"system_analog": False})
    with pytest.raises(Refused, match="unknown command"):
        rig.ask("system_analog")
    assert rig.ask("system_alarms").packs[0].active == ()
    with pytest.raises(Refused, match="unknown command"):  # only the master speaks for the stack
        rig.ask("system_alarms", 3)


def test_writes_can_be_refused_or_ignored() -> None:
    rig = Rig()
    block = dict(rig.ask("parameters").packs[0].values)
    wanted = {**block, "soft_start_delay_ms": 1234}
    rig.bank.packs[0].given = Given(writes=Writes.REFUSE)
    with pytest.raises(Refused, match="invalid data"):
        rig.ask("write_parameters", values=wanted)
    rig.bank.packs[0].given = Given(writes=Writes.IGNORE)
    assert rig.ask("write_parameters", values=wanted).packs[0].values == {}
    assert rig.ask("parameters").packs[0].values == block
    rig.bank.packs[0].given = Given()
    rig.ask("write_parameters", values=wanted)
    assert rig.ask("parameters").packs[0].values == wanted


def test_a_host_that_gives_back_what_a_state_file_made_it_read_is_not_refused() -> None:
    rig = Rig()
    rig.bank.packs[0].given = Given(report={"remaining_capacity_ah": 133.9})
    block = dict(rig.ask("parameters").packs[0].values)
    assert block["remaining_capacity_ah"] == 133.9
    rig.ask("write_parameters", values={**block, "soft_start_delay_ms": 1234})
    assert rig.ask("parameters").packs[0].values == {**block, "soft_start_delay_ms": 1234}
    rig.bank.packs[0].given = Given()
    assert number(rig.ask("telemetry").packs[0].values, "remaining_capacity_ah") == 50.0


@pytest.mark.parametrize("make", MAKES)
def test_what_the_wire_cannot_carry_is_told_as_its_end(make: str) -> None:
    rig = Rig(make, soc_pct=90.0)
    rig.bank.state.charged_kwh[:] = 1e6
    rig.bank.state.cycles[:] = rig.bank.state.cycles_by_rule[:] = 1e6
    rig.bank.packs[0].given = Given(sense={"pack_current_a": -9000.0})
    told = rig.ask("telemetry").packs[0].values
    assert number(told, "pack_current_a") == {"seplos-v2": -327.68, "pylontech": -3276.8}[make]
    assert number(told, "cycle_count") == 65535
    if make == "seplos-v2":
        assert number(told, "charged_energy_kwh") == 6553.5


def test_current_is_shared_by_physics_and_charge_is_counted() -> None:
    rig = Rig(packs=4)
    for _ in range(60):
        rig.bank.advance(60.0, 40.0)
    currents = [number(rig.bank.report(place).values, "pack_current_a") for place in range(4)]
    assert sum(currents) == pytest.approx(40.0)
    assert len(set(currents)) == 4
    socs = [number(rig.bank.report(place).values, "soc_pct") for place in range(4)]
    assert sum(socs) == pytest.approx(4 * 50.0 + 40.0 / 0.969, abs=1.0)  # of the label's Ah


def test_packs_with_other_settings_live_the_same_physics() -> None:
    plain, mixed = Rig(packs=3), Rig(packs=3)
    block = mixed.ask("parameters", 1).packs[0].values
    mixed.ask("write_parameters", 1, {**block, "cell_overvoltage_protection_v": 3.7})
    for rig in (plain, mixed):
        for _ in range(30):
            rig.bank.advance(10.0, 60.0, ambient_degc=[20.0, 25.0, 30.0])
    for place in range(3):
        one, other = (rig.bank.report(place).values for rig in (plain, mixed))
        for name in ("cell_voltage_v", "cell_temperature_degc", "pack_current_a", "charged_energy_kwh"):
            assert one[name] == pytest.approx(other[name]), name


@pytest.mark.parametrize("make", MAKES)
def test_time_that_passes_can_be_of_any_length(make: str) -> None:
    bank = Bank(load_profile(make), now_ms=lambda: NOON_MS)
    for dt_s in (0.001, 1.0, 3600.0):
        bank.advance(dt_s, -1.0)
    discharged_ah = 3601.001 / 3600.0
    full_ah = float(bank.state.capacity_known_ah[0])
    assert float(bank.state.counted_soc[0]) * full_ah == pytest.approx(full_ah / 2 - discharged_ah, abs=0.1)


@pytest.mark.parametrize("make", ["seplos-v2", "seplos-v3", "growatt-rs485", "pace"])
@pytest.mark.parametrize(("current_a", "state"), [(-5.0, "discharging"), (5.0, "charging"), (0.0, "standby")])
def test_a_given_current_and_the_state_beside_it_say_the_same(make: str, current_a: float, state: str) -> None:
    bank = Rig(make).bank
    pack = bank.packs[0]
    pack.given = replace(pack.given, report={"pack_current_a": current_a})
    assert bank.report(0).values["operating_state"] == state
    pack.given = replace(pack.given, report={"pack_current_a": current_a, "operating_state": "charging"})
    assert bank.report(0).values["operating_state"] == "charging"
