"""JK boards over Modbus: addresses count bytes, so a window begins at every second one."""

import struct
from typing import Any

import pytest

from leap import leaping
from talk.talking import talking
from wattstead.catalog.profile import load_profile
from wattstead.model.reading import numbers
from wattstead.wire.framing.modbus_rtu import crc16
from wattstead.wire.registers import Block, places


async def asked(port: Any, function: int, start: int, count: int, data: bytes = b"") -> bytes:
    """Ask address 1 as a stranger does. Gives what stands between the function and the check of the answer."""
    body = struct.pack(">BBHH", 1, function, start, count) + (bytes((len(data),)) + data if data else b"")
    await port.send(body + crc16(body).to_bytes(2, "little"))
    answer = b""
    while len(answer) < 5 or crc16(answer):
        answer += (await port.receive()).data
    return answer[1:-2]


@leaping
async def test_each_even_address_begins_a_window_and_an_odd_one_none() -> None:
    async with talking("jk-modbus") as (asker, bank):
        voltage_mv = round(1000 * bank.report(0).values["pack_voltage_v"])
        assert int.from_bytes((await asked(asker.port, 3, 0x1290, 2))[2:]) == pytest.approx(voltage_mv, abs=30)
        whole = (await asked(asker.port, 3, 0x1400, 32))[2:]
        assert (await asked(asker.port, 3, 0x1410, 8))[2:] == whole[16:32]
        assert whole.startswith(b"JK_PB2A16S20P")
        assert len((await asked(asker.port, 3, 0x1240, 64))[2:]) == 128, "across two blocks"
        for start, count in ((0x1291, 1), (0x1300, 8), (0x1400, 126), (0x1600, 1)):
            assert await asked(asker.port, 3, start, count) == b"\x83\x02"


@leaping
async def test_a_stranger_writes_one_setting_of_two_registers_and_one_that_is_only_kept() -> None:
    async with talking("jk-modbus") as (asker, bank):
        before = (await asked(asker.port, 3, 0x1000, 68))[2:]
        assert await asked(asker.port, 16, 0x100C, 2, struct.pack(">I", 3600)) == b"\x10\x10\x0c\x00\x02"
        assert await asked(asker.port, 16, 0x1116, 1, b"\xfb\x0a") == b"\x10\x11\x16\x00\x01"
        after = (await asked(asker.port, 3, 0x1000, 68))[2:]
        assert after == before[:12] + struct.pack(">I", 3600) + before[16:]
        assert (await asked(asker.port, 3, 0x1116, 1))[2:] == b"\xfb\x0a"
        assert bank.packs[0].settings["cell_overvoltage_protection_v"] == 3.6
        assert await asked(asker.port, 16, 0x1610, 1, b"\0\x01") == b"\x90\x02"


@leaping
async def test_a_host_writes_the_smallest_part_and_reads_the_probes_that_are_there() -> None:
    async with talking("jk-modbus") as (asker, bank):
        await asker.ask("write_limits", 1, {"mos_overtemperature_protection_degc": 85.0})
        assert bank.packs[0].settings["mos_overtemperature_protection_degc"] == 85.0
        told = (await asker.ask("status", 1)).packs[0].values
        assert len(numbers(told["cell_temperature_degc"])) == 4


def test_its_page_names_the_addresses_of_the_document() -> None:
    status = load_profile("jk-modbus").dialect.message("status")
    assert isinstance(status, Block)
    at = {field.name: (start, count) for start, count, field in places(status)}
    assert at["pack_voltage_v"] == (0x1290, 2)
    assert at["soc_pct"][0] == 0x12A6
    assert at["temperature_5"] == (0x12FC, 1)
