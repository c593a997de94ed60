"""An inverter of Voltronic and a battery at its RS485 port, by hand and by our host, in both ways to count."""

import asyncio
from pathlib import Path

import pytest

from leap import leaping
from talk.talking import NOON_S, talking
from wattstead.catalog.profile import load_profile
from wattstead.host.conversation import Conversation
from wattstead.host.read import read_pack
from wattstead.link.port import Port
from wattstead.model.errors import DecodeError
from wattstead.model.reading import numbers
from wattstead.wire.frame import Frame, Noise
from wattstead.wire.framing.modbus_rtu import ModbusRtuFramer, crc16

MAKES = ("voltronic", "voltronic+registers-counted")


async def answered(port: Port, request: bytes, size: int) -> bytes:
    """Send bytes and give so many of what comes back."""
    await port.send(request)
    data = b""
    async with asyncio.timeout(2.0):
        while len(data) < size:
            data += (await port.receive()).data
    return data


def with_crc(text: str) -> bytes:
    body = bytes.fromhex(text)
    return body + crc16(body).to_bytes(2, "little")


@pytest.mark.parametrize("make", MAKES)
@leaping
async def test_a_host_reads_what_the_battery_holds(make: str, tmp_path: Path) -> None:
    state = tmp_path / "state.toml"
    state.write_text(
        "[report]\npack_voltage_v = 53.1\npack_current_a = -20.0\nsoc_pct = 60\nremaining_capacity_ah = 60.0\n"
        'active = ["cell_undervoltage_protection", "mos_high_temperature_alarm"]\n',
        encoding="utf-8",
    )
    async with talking(make, state=state) as (asker, _):
        found = await read_pack(Conversation(asker.port, load_profile(make)), 1, "x", lambda: round(NOON_S * 1000))
        limits = await asker.ask("limits", 1)
        states = await asker.ask("states", 1)
    assert not found.missing
    told = found.snapshot.values
    assert (told["pack_voltage_v"], told["pack_current_a"], told["soc_pct"]) == (53.1, -20.0, 60)
    assert len(numbers(told["cell_voltage_v"])) == 16
    assert set(found.snapshot.active or ()) == {"cell_undervoltage_protection", "mos_high_temperature_alarm"}
    assert limits.record["minutes_to_empty"] == 180
    assert states.record["cell_discharge_voltage_state"] == "low"
    assert states.record["cell_charge_voltage_state"] == "normal"


@leaping
async def test_the_test_request_of_inverters_gets_eight_registers() -> None:
    async with talking("voltronic") as (asker, _):
        plain = await answered(asker.port, bytes.fromhex("01 03 00 01 00 08 15 CC"), 21)
    async with talking("voltronic+registers-counted") as (asker, _):
        counted = await answered(asker.port, bytes.fromhex("01 03 00 01 00 08 15 CC"), 22)
    assert (plain[:3], len(plain)) == (b"\x01\x03\x10", 21)
    assert (counted[:4], len(counted)) == (b"\x01\x03\x00\x08", 22)
    assert plain[3:-2] == counted[4:-2]


@leaping
async def test_what_is_not_there_is_zero_and_what_lies_beyond_is_refused() -> None:
    async with talking("voltronic") as (asker, _):
        there = await answered(asker.port, with_crc("01 03 00 6A 00 06"), 17)
        assert there == with_crc("01 03 0C" + "00" * 12)
        there = await answered(asker.port, with_crc("01 03 01 00 00 01"), 5)
        assert there == with_crc("01 83 02")
        there = await answered(asker.port, with_crc("01 10 00 70 00 01 02 02 30"), 5)
        assert there == with_crc("01 90 02")


@pytest.mark.parametrize("pieces", [1, 3, 64])
@pytest.mark.parametrize("noise", ["FF 01", "01 03 00 06 00 FF 00 00 01", "01 03 00 30"])
def test_frames_whose_registers_are_counted_are_found_behind_noise_and_cuts(noise: str, pieces: int) -> None:
    request, reply = with_crc("01 03 00 30 00 06"), with_crc("01 03 00 06 00 FF 00 00 01 F1 00 42 00 01 9A 28")
    stream = bytes.fromhex(noise) + request + reply + request
    framer = ModbusRtuFramer(in_registers=True)
    items = [item for at in range(0, len(stream), pieces) for item in framer.feed(stream[at : at + pieces])]
    items += framer.silence()
    assert [item.raw for item in items if isinstance(item, Frame)] == [request, reply, request]
    assert b"".join(item.data for item in items if isinstance(item, Noise)) == bytes.fromhex(noise)


def test_a_count_that_is_wrong_is_no_reply() -> None:
    codec = load_profile("voltronic+registers-counted").codec()
    question, _ = codec.ask("summary", 1)
    (frame,) = ModbusRtuFramer().feed(with_crc("01 03 0C 00 00 00 00 02 11 00 32 00 01 86 A0"))
    assert isinstance(frame, Frame)
    with pytest.raises(DecodeError, match="its count of registers is wrong"):
        codec.understand(frame, question)
