"""What the master of a Pylontech stack tells of all its modules (60H to 63H), and INFOFLAG."""

import pytest

from virtual.banks import Rig
from wattstead.model.reading import numbers
from wattstead.virtual.given import Given
from wattstead.virtual.state_table import read_tables


def test_analog_values_are_sums_means_and_extremes_of_the_modules() -> None:
    rig = Rig("pylontech", packs=3, seed=4)
    rig.bank.advance(600.0, 30.0)
    each = [rig.ask("telemetry", address).packs[0].values for address in (2, 3, 4)]
    whole = rig.ask("system_analog").packs[0].values
    record = rig.ask("system_analog").record

    def of(name: str) -> list[float]:
        return [value for values in each for value in numbers(values[name])]

    assert whole["pack_voltage_v"] == pytest.approx(sum(of("pack_voltage_v")) / 3, abs=0.002)
    assert whole["pack_current_a"] == pytest.approx(sum(of("pack_current_a")), abs=0.2)
    assert whole["soc_pct"] == round(100 * sum(of("remaining_capacity_ah")) / sum(of("full_capacity_ah")))
    assert whole["cell_voltage_max_v"] == max(of("cell_voltage_v"))
    assert whole["cell_voltage_min_v"] == min(of("cell_voltage_v"))
    highest = max((2, 3, 4), key=lambda address: max(numbers(each[address - 2]["cell_voltage_v"])))
    assert record["cell_voltage_max_module"] == highest
    assert whole["cell_temperature_max_degc"] == pytest.approx(max(of("cell_temperature_degc")), abs=0.1)
    assert whole["bms_temperature_degc"] == pytest.approx(sum(of("bms_temperature_degc")) / 3, abs=0.1)


def test_alarms_of_any_module_are_told_and_cold_cells_in_either_direction() -> None:
    rig = Rig("pylontech", packs=3)
    assert rig.ask("system_alarms").packs[0].active == ()
    rig.bank.packs[2].given = Given(sense={"cell_temperature_degc": (-15.0,) * 4, "pack_current_a": 5.0})
    for _ in range(8):
        rig.bank.advance(1.0, 5.0)
    assert set(rig.ask("system_alarms").packs[0].active or ()) == {
        "cell_low_temperature_alarm",
        "cell_undertemperature_protection",
    }
    rig.bank.packs[2].given = Given(sense={"cell_temperature_degc": (64.0,) * 4, "pack_current_a": -5.0})
    for _ in range(8):
        rig.bank.advance(1.0, -5.0)
    assert {"cell_high_temperature_alarm", "cell_overtemperature_protection"} <= set(
        rig.ask("system_alarms").packs[0].active or ()
    )


def test_limits_are_those_of_the_modules_that_can() -> None:
    rig = Rig("pylontech", packs=3)
    one, whole = (rig.ask(name).packs[0].values for name in ("management", "system_management"))
    assert whole["charge_current_limit_a"] == pytest.approx(3 * numbers(one["charge_current_limit_a"])[0], abs=0.3)
    assert whole["discharge_current_limit_a"] == pytest.approx(
        3 * numbers(one["discharge_current_limit_a"])[0], abs=0.3
    )
    assert {name: whole[name] for name in ("charge_voltage_limit_v", "charge_enabled", "discharge_enabled")} == {
        name: one[name] for name in ("charge_voltage_limit_v", "charge_enabled", "discharge_enabled")
    }
    rig.ask("turn_off", 3)
    rig.bank.advance(1.0)
    fewer = rig.ask("system_management").packs[0].values
    assert fewer["charge_current_limit_a"] == pytest.approx(2 * numbers(one["charge_current_limit_a"])[0], abs=0.3)


def test_the_stack_says_who_is_in_it() -> None:
    said = Rig("pylontech", packs=3).ask("system_vendor").packs[0].values
    assert said["serial_number"] == ("PPTAH0240071V000", "PPTAH0240071V001", "PPTAH0240071V002")
    assert (said["device_name"], said["firmware_version"]) == ("US2KBPL", "2.3")


def test_a_state_file_may_give_what_only_the_stack_tells() -> None:
    rig = Rig("pylontech", packs=2)
    table = {"cell_voltage_max_module": 0x0108, "soh_min_pct": 81, "refuses": ["system_vendor", "63"]}
    _, given = read_tables({"report": table}, rig.bank)
    for pack, one in zip(rig.bank.packs, given, strict=True):
        pack.given = one
    said = rig.ask("system_analog")
    assert said.record["cell_voltage_max_module"] == 0x0108
    assert said.packs[0].values["soh_min_pct"] == 81
    assert given[0].knows == {"system_vendor": False, "system_management": False}


def test_limits_of_a_large_stack_end_where_the_wire_does() -> None:
    rig = Rig("pylontech", packs=16)
    rig.bank.advance(1.0, 480.0)
    assert rig.ask("system_analog").packs[0].values["pack_current_a"] == 327.67


# INFOFLAG.


def flag(rig: Rig, name: str = "telemetry", address: int = 2, **values: int) -> int:
    return int(rig.ask(name, address, values or None).record["info_flag"])


def test_changes_are_flagged_until_the_alarms_are_read() -> None:
    rig = Rig("pylontech", packs=2)
    assert flag(rig) == 0x00
    rig.bank.packs[1].given = Given(sense={"cell_voltage_v": (3.68,) * 15, "pack_current_a": 5.0})
    for _ in range(5):
        rig.bank.advance(1.0, 5.0)
    assert flag(rig) == 0x00
    assert flag(rig, address=3) == 0x11  # an alarm, and the charge switch has opened
    assert flag(rig, module=0xFF) == 0x11  # the master gives the flags of all
    assert flag(rig, "alarms", 3) == 0x11
    assert flag(rig, "alarms", 3) == 0x00
    assert flag(rig, address=3) == flag(rig, module=0xFF) == 0x00
    rig.bank.packs[1].given = Given()
    for _ in range(5):
        rig.bank.advance(1.0, -5.0)
    assert flag(rig, "parameters", 3) == 0x11


def test_a_state_file_fixes_the_flag() -> None:
    rig = Rig("pylontech")
    rig.bank.packs[0].given = Given({"info_flag": 0x10})
    assert (flag(rig), flag(rig, "alarms"), flag(rig)) == (0x10, 0x10, 0x10)
