"""python-pylontech, a client that we did not write, reads a virtual stack and gets what the model holds.

Each of its calls waits two seconds by design, so all of them are made at once, each on a line of its own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pylontech import Pylontech  # type: ignore[import-untyped]

from strangers.serving import lived, standing_still
from wattstead.model.reading import numbers
from wattstead.virtual.bank import Bank

pytestmark = pytest.mark.slow

MODULES = 3
CALLS: Mapping[str, Callable[[Any], Any]] = {
    "values": lambda stack: stack.get_values(),
    "values of 3": lambda stack: stack.get_values_single(3),
    "values of 4": lambda stack: stack.get_values_single(4),
    "system parameters": lambda stack: stack.get_system_parameters(),
    "system parameters of 3": lambda stack: stack.get_system_parameters(3),
    "management": lambda stack: stack.get_management_info(2),
    "serial number": lambda stack: stack.get_module_serial_number(),
    "serial number of 4": lambda stack: stack.get_module_serial_number(4),
    "protocol version": lambda stack: stack.get_protocol_version(),
    "manufacturer": lambda stack: stack.get_manufacturer_info(),
    "scan": lambda stack: stack.scan_for_batteries(2, 4),
    "scan beyond the last": lambda stack: stack.scan_for_batteries(4, 6),
}


@pytest.fixture(scope="module")
def bank() -> Bank:
    return lived("pylontech", MODULES, -13.7)


@pytest.fixture(scope="module")
def answers(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Any]]:
    folder = tmp_path_factory.mktemp("stack")
    paths = [folder / f"line{number}" for number in range(len(CALLS))]
    with standing_still(bank, [f"pty://{path}" for path in paths]), ThreadPoolExecutor(len(CALLS)) as pool:
        yield dict(zip(CALLS, pool.map(_call, paths, CALLS.values()), strict=True))


def _call(path: Path, call: Callable[[Any], Any]) -> Any:
    stack = Pylontech(serial_port=str(path), baudrate=115200)
    try:
        return call(stack)
    finally:
        stack.s.close()


def held(bank: Bank, place: int, name: str) -> Sequence[float]:
    return numbers(bank.report(place).values[name])


def assert_module(module: Any, bank: Bank, place: int) -> None:
    assert module.NumberOfCells == 15
    assert module.CellVoltages == pytest.approx(held(bank, place, "cell_voltage_v"), abs=0.0005)
    assert module.NumberOfTemperatures == 5
    assert (module.AverageBMSTemperature,) == pytest.approx(held(bank, place, "bms_temperature_degc"), abs=0.051)
    assert module.GroupedCellsTemperatures == pytest.approx(held(bank, place, "cell_temperature_degc"), abs=0.051)
    assert (module.Current,) == pytest.approx(held(bank, place, "pack_current_a"), abs=0.051)
    assert module.Current < -4.0
    assert (module.Voltage,) == pytest.approx(held(bank, place, "pack_voltage_v"), abs=0.0005)
    assert (module.RemainingCapacity,) == pytest.approx(held(bank, place, "remaining_capacity_ah"), abs=0.0005)
    assert (module.TotalCapacity,) == held(bank, place, "full_capacity_ah") == (50.0,)
    assert (module.CycleNumber,) == held(bank, place, "cycle_count")


def test_values_of_all_modules(bank: Bank, answers: Mapping[str, Any]) -> None:
    values = answers["values"]
    assert values.NumberOfModules == len(values.Module) == MODULES
    for place, module in enumerate(values.Module):
        assert_module(module, bank, place)
    socs = [held(bank, place, "soc_pct")[0] for place in range(MODULES)]
    assert 100.0 * values.StateOfCharge == pytest.approx(sum(socs) / MODULES, abs=0.01)


@pytest.mark.parametrize("address", [3, 4])
def test_values_of_one_module(bank: Bank, answers: Mapping[str, Any], address: int) -> None:
    values = answers[f"values of {address}"]
    assert values.NumberOfModule == address
    assert_module(values, bank, address - 2)


@pytest.mark.parametrize("call", ["system parameters", "system parameters of 3"])
def test_system_parameters(bank: Bank, answers: Mapping[str, Any], call: str) -> None:
    told = answers[call]
    settings = bank.packs[0].settings
    names = {
        "CellHighVoltageLimit": "cell_high_voltage_limit_v",
        "CellLowVoltageLimit": "cell_low_voltage_alarm_v",
        "CellUnderVoltageLimit": "cell_undervoltage_protection_v",
        "ChargeHighTemperatureLimit": "charge_high_temperature_limit_degc",
        "ChargeLowTemperatureLimit": "charge_low_temperature_limit_degc",
        "ChargeCurrentLimit": "charge_current_maximum_a",
        "ModuleHighVoltageLimit": "pack_high_voltage_limit_v",
        "ModuleLowVoltageLimit": "pack_low_voltage_alarm_v",
        "ModuleUnderVoltageLimit": "pack_undervoltage_protection_v",
        "DischargeHighTemperatureLimit": "discharge_high_temperature_limit_degc",
        "DischargeLowTemperatureLimit": "discharge_low_temperature_limit_degc",
        "DischargeCurrentLimit": "discharge_current_maximum_a",
    }
    assert {ours: told[theirs] for theirs, ours in names.items()} == settings


def test_management(bank: Bank, answers: Mapping[str, Any]) -> None:
    told, values = answers["management"], bank.report(0).values
    assert told.ChargeVoltageLimit == values["charge_voltage_limit_v"] == 53.25
    assert told.DischargeVoltageLimit == values["discharge_voltage_limit_v"] == 47.0
    assert (told.ChargeCurrentLimit, told.DischargeCurrentLimit) == (25.0, -25.0)
    assert (told.status.ChargeEnable, told.status.DischargeEnable) == (True, True)
    assert (told.status.ChargeImmediately1, told.status.ChargeImmediately2) == (False, False)
    assert (told.status.FullChargeRequest, told.status.ShouldCharge) == (False, False)


@pytest.mark.parametrize(("call", "address"), [("serial number", 2), ("serial number of 4", 4)])
def test_serial_numbers(bank: Bank, answers: Mapping[str, Any], call: str, address: int) -> None:
    told = answers[call]
    assert told.CommandValue == address
    assert told.ModuleSerialNumber.decode() == bank.report(address - 2).values["serial_number"]


def test_version_and_manufacturer_answer_at_address_0(answers: Mapping[str, Any]) -> None:
    version = answers["protocol version"]
    assert (version.ver, version.adr, version.cid2, version.info) == (b"\x20", b"\x00", b"\x00", b"")
    maker = answers["manufacturer"]
    assert maker.DeviceName == b"US2KBPL\x00\x00\x00"
    assert list(maker.SoftwareVersion) == [2, 3]
    assert maker.ManufacturerName == b"Pylon---------------"


def test_scan_finds_who_is_there_and_nobody_else(bank: Bank, answers: Mapping[str, Any]) -> None:
    serials = {address: bank.report(address - 2).values["serial_number"] for address in (2, 3, 4)}
    assert answers["scan"] == {2: serials[2], 3: serials[3]}
    assert answers["scan beyond the last"] == {4: serials[4]}
