import pytest

from host.line import now_s, pylontech, seplos, talker, talking
from leap import leaping
from wattstead.host.plausible import doubt
from wattstead.host.read import read_pack, settings_messages
from wattstead.model.errors import NoAnswer


def now_ms() -> int:
    return round(1000 * now_s())


@leaping
async def test_a_pack_is_read_whole_with_its_settings() -> None:
    bank = seplos(3)
    bank.active = {3: ["soc_alarm"]}
    async with talking(bank) as port:
        read = await read_pack(talker(port, bank), 3, "mine", now_ms, settings=True)
    assert (read.snapshot.pack, read.snapshot.active, read.snapshot.at_ms) == ("mine", ("soc_alarm",), 98)
    assert read.snapshot.values["soc_pct"] == 62.5
    assert read.snapshot.values["firmware_version"] == "16.6"
    assert set(read.settings) == set(bank.profile.settings)
    assert read.settings["cell_overvoltage_protection_v"] == 3.65
    assert (read.missing, read.doubt) == ({}, None)
    assert [name for name, _ in bank.asked] == ["telemetry", "alarms", "vendor", "parameters"]


@leaping
async def test_settings_are_read_only_where_they_are_wanted() -> None:
    bank = pylontech(2)
    async with talking(bank, baud=115200) as port:
        read = await read_pack(talker(port, bank), 2, "mine", now_ms)
    assert read.settings == {}
    assert read.snapshot.values["serial_number"] == "PPTAH02300456789"
    assert read.snapshot.values["charge_voltage_limit_v"] == 53.25
    assert bank.count("parameters") == 0
    assert [one.name for one in settings_messages(bank.profile)] == ["parameters"]


@leaping
async def test_what_a_pack_does_not_give_is_named() -> None:
    bank = pylontech(2)
    bank.refused = {"management": "unknown_command"}
    bank.mute_messages = {"software_version"}
    async with talking(bank, baud=115200) as port:
        read = await read_pack(talker(port, bank), 2, "mine", now_ms)
    assert set(read.missing) == {"management", "software_version"}
    assert "unknown command" in read.missing["management"]
    assert "did not answer software_version" in read.missing["software_version"]
    assert read.snapshot.values["pack_voltage_v"] == 49.5


@leaping
async def test_a_pack_without_values_raises() -> None:
    bank = seplos(0)
    async with talking(bank) as port:
        with pytest.raises(NoAnswer, match="address 5 did not answer telemetry"):
            await read_pack(talker(port, bank), 5, "mine", now_ms)


@leaping
async def test_a_wrong_profile_that_fits_byte_for_byte_is_doubted() -> None:
    bank = pylontech(2)
    async with talking(bank, baud=9600) as port:
        read = await read_pack(talker(port, seplos(2)), 2, "mine", now_ms)
    assert read.doubt is not None
    assert read.doubt.startswith("its 15 cells add up to 49.5 V, but the pack says 495.0 V: seplos-v2 seems to be")


def test_values_that_agree_or_are_absent_are_not_doubted() -> None:
    assert doubt({"cell_voltage_v": (3.3,) * 16, "pack_voltage_v": 52.0}) is None
    assert doubt({"cell_voltage_v": (3.3,) * 16}) is None
    assert doubt({"pack_voltage_v": 52.0}) is None
    assert doubt({"cell_voltage_v": (0.0,) * 16, "pack_voltage_v": 0.0}) is None
    assert doubt({"cell_voltage_v": (3.3,) * 16, "pack_voltage_v": 40.0}) is not None
