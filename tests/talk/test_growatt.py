"""An inverter and a Growatt battery on RS485: what is asked, said and ordered, and two packs behind one address."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from leap import leaping
from talk.talking import NOON_S, talking
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.host.conversation import Conversation
from wattstead.host.discover import Found, discover
from wattstead.host.gather import polled
from wattstead.host.read import read_pack
from wattstead.link.port import Port
from wattstead.model.errors import Refused
from wattstead.model.reading import numbers
from wattstead.wire.frame import Frame
from wattstead.wire.framing.modbus_rtu import ModbusRtuFramer
from wattstead.wire.message import Poll
from wattstead.wire.registers import Block

MAKE = "growatt-rs485"


def pinned(folder: Path, text: str) -> Path:
    state = folder / "state.toml"
    state.write_text("[report]\n" + text, encoding="utf-8")
    return state


async def registers(port: Port, start: int, count: int, address: int = 1) -> list[int]:
    """What a bulk read brings, by hand; empty where it is refused."""
    framer = ModbusRtuFramer()
    await port.send(framer.build(Frame(address, 3, start.to_bytes(2) + count.to_bytes(2))))
    async with asyncio.timeout(2.0):
        while True:
            for item in framer.feed((await port.receive()).data):
                assert isinstance(item, Frame)
                data = item.payload[1:]
                return (
                    [] if item.command & 0x80 else [int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)]
                )


HELD: dict[str, float] = {
    "pack_voltage_v": 51.37,
    "pack_current_a": -12.34,
    "soc_pct": 61,
    "remaining_capacity_ah": 77.5,
    "full_capacity_ah": 126.91,
    "charge_current_limit_a": 63.5,
    "discharge_current_limit_a": -84.5,
    "charge_voltage_limit_v": 54.9,
    "soh_pct": 97,
    "cycle_count": 4711,
    "cell_temperature_max_degc": -8,
    "cell_voltage_max_v": 3.402,
    "cell_voltage_min_v": 3.111,
}


@leaping
async def test_a_host_reads_all_that_the_battery_holds(tmp_path: Path) -> None:
    state = pinned(tmp_path, "".join(f"{name} = {value}\n" for name, value in HELD.items()))
    async with talking(MAKE, state=state) as (asker, _):
        conversation = Conversation(asker.port, load_profile(MAKE))
        found = await read_pack(conversation, 1, "x", lambda: round(NOON_S * 1000), settings=True)
    assert not found.missing
    assert found.doubt is None
    told = found.snapshot.values
    assert {name: told[name] for name in HELD} == HELD
    assert len(numbers(told["cell_voltage_v"])) == 16
    assert set(found.settings) == set(load_profile(MAKE).settings)


def test_a_round_asks_for_eight_registers_at_most_but_for_the_cells() -> None:
    for often in (Poll.VALUES, Poll.ALARMS, Poll.IDENTITY):
        for message in polled(load_profile(MAKE), often):
            assert isinstance(message, Block)
            assert message.count <= 8 or message.name == "cells"


@leaping
async def test_the_inverter_says_what_it_does_and_the_battery_gives_it_back() -> None:
    async with talking(MAKE) as (asker, _):
        assert (await asker.ask("state", 1)).packs[0].values["inverter_state"] == "none"
        for state in ("standby", "charging", "discharging", "none"):
            await asker.ask("handshake", 1, {"inverter_state": state})
            assert (await asker.ask("state", 1)).packs[0].values["inverter_state"] == state


@leaping
async def test_the_handshake_of_the_document_byte_by_byte() -> None:
    async with talking(MAKE) as (asker, _):
        for request in ("01 10 00 13 00 01 02 00 00 A4 F3", "01 10 00 13 00 01 02 0C 00 A1 F3"):
            await asker.port.send(bytes.fromhex(request))
            assert (await asker.port.receive()).data == bytes.fromhex("01 10 00 13 00 01 F0 0C")


@leaping
async def test_switches_are_opened_and_closed_by_order() -> None:
    async def switches(asker: Any) -> tuple[object, object]:
        said = (await asker.ask("state", 1)).packs[0].values
        return said["charge_mos_on"], said["discharge_mos_on"]

    async with talking(MAKE) as (asker, _):
        for charge in ("open", "closed"):
            for discharge in ("open", "closed"):
                await asker.ask("control", 1, {"charge_switch": charge, "discharge_switch": discharge})
                assert await switches(asker) == (charge == "closed", discharge == "closed")
        await asker.ask("control", 1, {"main_switch": "open", "charge_switch": "closed", "discharge_switch": "closed"})
        assert await switches(asker) == (False, False)
        assert (await asker.ask("extension", 1)).record["main_switch"] == "open"


@leaping
async def test_settings_are_written_in_part_and_act() -> None:
    async with talking(MAKE) as (asker, bank):
        await asker.ask("write_parameters", 1, {"cell_overvoltage_protection_v": 3.58})
        both = {"charge_overtemperature_protection_degc": 47, "charge_high_temperature_alarm_degc": 40}
        await asker.ask("write_parameters", 1, both)
        back = (await asker.ask("parameters", 1)).packs[0].values
        rows = {row.name: row for row in bank.packs[0].model.rows}
        with pytest.raises(Refused, match="invalid data"):  # warns beyond the protection
            await asker.ask("write_parameters", 1, {"cells_in_series": 15, "temperature_probe_count": 4})
    assert (back["cell_overvoltage_protection_v"], back["charge_overtemperature_protection_degc"]) == (3.58, 47)
    assert (rows["cell_overvoltage_protection"].trip, rows["charge_overtemperature_protection"].trip) == (3.58, 47)


@leaping
async def test_a_protection_that_holds_is_an_error_and_a_warning_is_none(tmp_path: Path) -> None:
    state = pinned(tmp_path, 'active = ["cell_high_voltage_alarm"]\n')
    async with talking(MAKE, state=state) as (asker, _):
        said = await asker.ask("state", 1)
        assert (said.packs[0].active, said.record["error_valid"]) == ((), "no")
        assert (await asker.ask("warnings", 1)).packs[0].active == ("cell_high_voltage_alarm",)
    state = pinned(tmp_path, 'active = ["charge_overcurrent_protection"]\n')
    async with talking(MAKE, state=state) as (asker, _):
        said = await asker.ask("state", 1)
        assert (said.packs[0].active, said.record["error_valid"]) == (("charge_overcurrent_protection",), "yes")
        assert (await registers(asker.port, 0x14, 1)) == [1 << 11]


@leaping
async def test_the_first_of_two_packs_tells_the_second_one_too(tmp_path: Path) -> None:
    cells_v = [[3.3 + 0.02 * place + 0.001 * cell for cell in range(16)] for place in range(2)]
    state = tmp_path / "state.toml"
    state.write_text(
        f"[pack.1.report]\npack_voltage_v = 52.11\ncell_voltage_v = {cells_v[0]}\n"
        f"[pack.2.report]\npack_voltage_v = 52.22\ncell_voltage_v = {cells_v[1]}\n",
        encoding="utf-8",
    )
    async with talking(MAKE, 2, state=state) as (asker, _):
        first, second = await asker.ask("state", 1), await asker.ask("second_state", 1)
        assert (first.record["box_mode"], second.record["box_mode"]) == ("parallel", "stand_alone")
        assert (await asker.ask("limits", 1)).record["master_box_present"] == 1
        cells = await registers(asker.port, 0x71, 32)
        copy = await registers(asker.port, 0x31, 0x22)
        assert [one.packs[0].values["pack_voltage_v"] for one in (first, second)] == [52.11, 52.22]
        assert cells == [round(1000 * one) for one in (*cells_v[0], *cells_v[1])]
        assert copy[0x15] == 5222
        assert copy[0x12:0x15] == (await registers(asker.port, 0x43, 3))
        with pytest.raises(Refused, match="unknown register"):
            await asker.ask("second_state", 2)
        names = [(await asker.ask(about, 1)).packs[0].values["serial_number"] for about in ("maker", "second_maker")]
        assert len(set(names)) == 2


@leaping
async def test_bulk_reads_of_hosts_in_the_field() -> None:
    async with talking(MAKE) as (asker, _):
        windows = ((0x01, 7), (0x01, 15), (0x0D, 29), (0x10, 19), (0x10, 27), (0x14, 15), (0x01, 0x30), (0x70, 17))
        for start, count in (*windows, (0x100, 12), (0x10D, 2)):
            assert len(await registers(asker.port, start, count)) == count, (start, count)
        assert await registers(asker.port, 0x29, 1) == [16]
        for start, count in ((0x00, 1), (0x2A, 8), (0x31, 1), (0x53, 1), (0x81, 1), (0x10C, 1), (0x162, 1)):
            assert await registers(asker.port, start, count) == [], start


@leaping
async def test_a_search_among_all_modbus_devices_finds_this_one() -> None:
    among = [load_profile(name) for name in profile_names() if load_profile(name).link.framing == "modbus"]
    assert len(among) > 3
    async with talking(MAKE) as (asker, _):

        async def open_port(_: str) -> Port:
            return asker.port

        found = [one async for one in discover(open_port, "tcp://127.0.0.1:1", among)]
    assert [(one.profile, one.address, one.firmware_version, one.also) for one in found] == [(MAKE, 1, "1.4", ())]
    assert isinstance(found[0], Found)
