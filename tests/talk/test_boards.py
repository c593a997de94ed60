"""JBD, Daly, JK (and its Modbus), the console of Pylontech: what the virtual one holds, the host reads over a line."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from leap import leaping
from talk.talking import NOON_S, talking
from wattstead.catalog.profile import load_profile
from wattstead.host.conversation import Conversation
from wattstead.host.read import PackRead, read_pack
from wattstead.model.errors import NoAnswer
from wattstead.model.reading import numbers

MAKES = ("jbd", "daly", "jk", "jk-modbus", "pylontech-console")
PINNED = "[report]\npack_voltage_v = 51.23\npack_current_a = -12.3\nsoc_pct = 61\nbalancing_cells = [2, 5]\n"


async def read(make: str, state: Path | None = None, packs: int = 1, place: int = 0) -> tuple[PackRead, Any]:
    async with talking(make, packs, state=state) as (asker, bank):
        conversation = Conversation(asker.port, load_profile(make))
        found = await read_pack(conversation, bank.addresses[place], "x", lambda: round(NOON_S * 1000), settings=True)
        return found, bank.report(place)


@pytest.mark.parametrize("make", MAKES)
def test_all_that_is_polled_is_answered(make: str) -> None:
    @leaping
    async def conversation() -> None:
        found, report = await read(make)
        assert not found.missing
        assert found.doubt is None
        told = found.snapshot.values
        assert numbers(told["cell_voltage_v"]) == pytest.approx(numbers(report.values["cell_voltage_v"]), abs=0.02)
        assert set(found.settings) == set(load_profile(make).settings)

    conversation()


@pytest.mark.parametrize("make", MAKES)
def test_a_state_file_speaks_through_the_wire(make: str, tmp_path: Path) -> None:
    path = tmp_path / "state.toml"
    path.write_text(PINNED if make in ("jbd", "daly") else PINNED.replace("balancing_cells = [2, 5]\n", ""))

    @leaping
    async def conversation() -> None:
        told = (await read(make, path))[0].snapshot.values
        assert numbers(told["pack_voltage_v"]) == pytest.approx((51.23,), abs=0.05)
        assert numbers(told["pack_current_a"]) == pytest.approx((-12.3,), abs=0.001)
        assert told["soc_pct"] == 61
        if make in ("jbd", "daly"):
            assert told["balancing_cells"] == (2, 5)

    conversation()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "carrier"), [("jbd", "basic"), ("daly", "alarms"), ("jk", "everything"), ("jk-modbus", "status")]
)
def test_each_code_of_the_wire_arrives_alone(make: str, carrier: str, tmp_path: Path) -> None:
    path = tmp_path / "state.toml"
    profile = load_profile(make)
    bits = [name for field in profile.dialect.message(carrier).reply for name in getattr(field.type, "names", ())]  # type: ignore[union-attr]
    codes = [name for name in bits if name in profile.codes]

    @leaping
    async def conversation() -> None:
        for code in codes:
            path.write_text(f'[report]\nactive = ["{code}"]\n')
            assert (await read(make, path))[0].snapshot.active == (code,)

    assert len(codes) > 10
    conversation()


@leaping
async def test_the_stack_of_a_console_is_a_row_a_module() -> None:
    async with talking("pylontech-console", 3) as (asker, bank):
        said = await asker.ask("stack", 1)
        assert len(said.packs) == 3
        for place, pack in enumerate(said.packs):
            held = bank.report(place).values
            assert numbers(pack.values["pack_voltage_v"]) == pytest.approx(numbers(held["pack_voltage_v"]), abs=0.0006)
            assert pack.values["cell_voltage_max_v"] == pytest.approx(max(held["cell_voltage_v"]), abs=0.0006)


@leaping
async def test_an_empty_line_gets_a_prompt_and_nonsense_a_sentence() -> None:
    async with talking("pylontech-console") as (asker, _):
        await asker.port.send(b"\r\n")
        assert (await asker.port.receive()).data.strip() == b"pylon>"
        await asker.port.send(b"dance\r")
        text = b""
        while not text.endswith(b"pylon>"):
            text += (await asker.port.receive()).data
        assert b"Unknown command 'dance' - try 'help'" in text
        assert b"Command completed" not in text


@leaping
async def test_a_console_tells_the_stack_as_one_battery_and_what_it_knows() -> None:
    async with talking("pylontech-console", 3) as (asker, bank):
        said = (await asker.ask("system", 1)).packs[0].values
        held = bank.bank_report()
        shown = (await asker.ask("help", 1)).record["commands"]
    assert held is not None
    assert said["module_count"] == 3
    for name in ("pack_voltage_v", "remaining_capacity_ah", "charge_current_limit_a", "cell_voltage_max_v"):
        assert numbers(said[name]) == pytest.approx(numbers(held.values[name]), abs=0.06)  # the day goes on meanwhile
    forms = {line.split()[0] for line in shown[1:]}
    assert {"log", "pwr", "bat", "info", "stat", "soh", "time", "getpwr", "pwrsys", "ci", "help"} == forms


@leaping
async def test_a_client_that_first_wakes_the_port_is_answered() -> None:
    async with talking("pylontech-console") as (asker, _):
        await asker.port.send(b"~20014682C0048520FCC3\r")
        await asker.port.send(b"\r\n")
        text = b""
        while not text.endswith(b"pylon>"):
            text += (await asker.port.receive()).data
        assert text.strip() == b"pylon>"
        assert (await asker.ask("pack", 1)).packs[0].values["soc_pct"] == 50


@leaping
async def test_a_board_refuses_what_it_does_not_know() -> None:
    """Register 7EH is nobody's: the answer has status 80H, no content and a checksum over both."""
    async with talking("jbd") as (asker, _):
        await asker.port.send(bytes.fromhex("DDA57E00FF8277"))
        assert (await asker.port.receive()).data == bytes.fromhex("DD7E8000FF8077")


@leaping
async def test_an_answer_that_names_another_register_is_none() -> None:
    """The register of an answer stands under no check: what it says must be what was asked."""
    async with talking("jbd") as (asker, _):
        conversation = Conversation(Turned(asker.port), load_profile("jbd"), retries=0)
        with pytest.raises(NoAnswer, match=r"it answers cells, not model"):
            await conversation.ask("model", 0)


class Turned:
    """A port that turns the register 05 of answers into 04."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    async def receive(self) -> Any:
        chunk = await self._port.receive()
        even = chunk.data.replace(b"\xdd\x05", b"\xdd\x04")
        return type(chunk)(chunk.at, even)


@leaping
async def test_a_jk_pb_board_gives_its_lists_and_stays_silent_about_others() -> None:
    async with talking("jk-pb") as (asker, bank):
        said = (await asker.ask("status", 1)).packs[0].values
        held = bank.report(0).values
        settings = (await asker.ask("settings", 1)).packs[0].values
        name = (await asker.ask("about", 1)).packs[0].values["device_name"]
        await asker.port.send(bytes.fromhex("01 10 16 20 00 01 02 00 01 17 31"))  # 1 in place of 0 would be an order
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await asker.port.receive()
    assert numbers(said["cell_voltage_v"]) == pytest.approx(numbers(held["cell_voltage_v"]), abs=0.002)
    assert numbers(said["cell_temperature_degc"]) == pytest.approx(numbers(held["cell_temperature_degc"]), abs=0.06)
    assert numbers(said["pack_voltage_v"]) == pytest.approx(numbers(held["pack_voltage_v"]), abs=0.02)
    assert (name, settings["cell_overvoltage_protection_v"]) == ("JK_PB2A16S20P", 3.65)
    assert set(settings) == set(load_profile("jk-pb").settings)


@leaping
async def test_settings_of_a_jbd_board_are_written_and_read_back() -> None:
    async with talking("jbd") as (asker, _):
        await asker.ask("open_factory_mode", 0)
        await asker.ask("write_cell_overvoltage_protection", 0, {"cell_overvoltage_protection_v": 3.6})
        await asker.ask("write_discharge_overcurrent_protection", 0, {"discharge_overcurrent_protection_a": -80.0})
        await asker.ask("close_factory_mode", 0, {"key": "28 28"})
        high = (await asker.ask("read_cell_overvoltage_protection", 0)).packs[0].values
        drawn = (await asker.ask("read_discharge_overcurrent_protection", 0)).packs[0].values
    assert (high, drawn) == ({"cell_overvoltage_protection_v": 3.6}, {"discharge_overcurrent_protection_a": -80.0})


@leaping
async def test_a_jbd_board_takes_a_password_and_keeps_what_it_does_not_use() -> None:
    """What clients do that read or write the whole memory of a board."""
    async with talking("jbd") as (asker, _):
        for name, values in (
            ("give_password", {"password": "31 32 33 34 35 36"}),
            ("open_factory_mode", {}),
            ("write_cell_voltage_delays", {"cell_low_delay": 7, "cell_high_delay": 8}),
            ("write_barcode", {"serial_number": "A0120240517002"}),
            ("close_factory_mode", {"key": "28 28"}),
        ):
            assert (await asker.ask(name, 0, values)).direction == "reply"
        assert (await asker.ask("read_cell_voltage_delays", 0)).record == {"cell_low_delay": 7, "cell_high_delay": 8}
        assert (await asker.ask("read_barcode", 0)).packs[0].values["serial_number"] == "A0120240517002"
        assert (await asker.ask("read_full_voltage", 0)).record == {"cell_voltage_at_100": 3.4}


@leaping
async def test_a_jbd_board_switches_charging_and_discharging_off_and_says_so() -> None:
    async with talking("jbd") as (asker, _):
        for off in (1, 2, 3, 0):
            await asker.ask("switch_off", 0, {"off": off})
            said = (await asker.ask("basic", 0)).packs[0]
            assert (said.values["charge_mos_on"], said.values["discharge_mos_on"]) == (not off & 1, not off & 2)
            assert ("switches_locked" in (said.active or ())) is bool(off)


@leaping
async def test_a_daly_board_is_switched_and_told_its_state_of_charge() -> None:
    async with talking("daly") as (asker, bank):
        for charge, discharge in ((0, 1), (0, 0), (1, 0), (1, 1)):
            await asker.ask("switch_charging", 1, {"on": charge})
            await asker.ask("switch_discharging", 1, {"on": discharge})
            told = bank.report(0).values
            assert (told["charge_mos_on"], told["discharge_mos_on"]) == (bool(charge), bool(discharge))
        await asker.ask("set_soc", 1, {"soc_pct": 77.0})
        assert numbers(bank.report(0).values["soc_pct"]) == pytest.approx((77.0,), abs=0.1)


@leaping
async def test_settings_of_a_jk_board_are_written_one_by_one() -> None:
    async with talking("jk") as (asker, _):
        await asker.ask("write_cell_overvoltage_protection_v", 0, {"cell_overvoltage_protection_v": 3.6})
        await asker.ask("write_charge_overcurrent_protection_a", 0, {"charge_overcurrent_protection_a": 80})
        told = (await asker.ask("everything", 0)).packs[0].values
    assert (told["cell_overvoltage_protection_v"], told["charge_overcurrent_protection_a"]) == (3.6, 80)
