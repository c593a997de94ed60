"""A virtual AURA behind its stick logger (AUR-6): read and written by our host, by any window, reported to a cloud."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cable import listening
from leap import leaping
from loggers import SERIAL, UNIX_S, rtu
from wattstead.catalog.profile import load_profile
from wattstead.host.conversation import Conversation
from wattstead.host.gather import polled
from wattstead.host.ingest import Ingest
from wattstead.host.ingest_values import BlockReader
from wattstead.host.open import open_port
from wattstead.host.read import read_pack
from wattstead.link.url import TcpUrl
from wattstead.model.errors import NoAnswer, Refused, UsageError
from wattstead.virtual.logger_manners import manners
from wattstead.virtual.logger_run import Inverter, Running, switched_on
from wattstead.virtual.values import ValuesDevice, ValuesFile
from wattstead.wire.framing.solarman_values import Block
from wattstead.wire.message import Poll

AURA = load_profile("aura")


def device(name: str = "aura") -> ValuesDevice:
    return ValuesDevice(load_profile(name), now_ms=lambda: UNIX_S * 1000)


def asked(one: ValuesDevice, request: bytes) -> bytes:
    (answer,) = one.responder().feed(request)
    return answer


@asynccontextmanager
async def behind_a_logger(one: ValuesDevice, **switches: str) -> AsyncIterator[Running]:
    codec = one.profile.codec()
    polls = [codec.ask(message.name, 1)[1] for message in polled(one.profile, Poll.VALUES)]
    inverter = Inverter(one.responder(), 0.05, polls, "AU05KM0000000001")
    made = manners({"discovery": "0", **switches}, "test")
    async with switched_on(TcpUrl("127.0.0.1", 0), made, inverter, unix_s=lambda: UNIX_S) as running:
        yield running


@asynccontextmanager
async def talking(one: ValuesDevice, **switches: str) -> AsyncIterator[Conversation]:
    async with behind_a_logger(one, **switches) as running:
        port = await open_port(f"solarman://127.0.0.1:{running.port}?serial={SERIAL}")
        conversation = Conversation(port, one.profile)
        try:
            yield conversation
        finally:
            await conversation.close()


@leaping
async def test_all_values_come_through_the_logger() -> None:
    one = device()
    async with talking(one) as conversation:
        found = await read_pack(conversation, 1, "aura", lambda: 0)
    values: dict[str, Any] = dict(found.snapshot.values)
    assert not found.missing
    assert found.snapshot.active == ()
    for name, value in AURA.virtual.says.items():
        if name in values:
            assert values[name] == pytest.approx(value), name
    told = {field.name for message in polled(AURA, Poll.VALUES) for field in message.reply if field.name in values}
    assert len(told) > 100
    # The balance that a house keeps: PV is what goes into the battery, to the loads and to the grid, and losses.
    pv_w = values["pv1_power_w"] + values["pv2_power_w"]
    assert values["inverter_l1_power_w"] == values["load_l1_power_w"] - values["grid_l1_power_w"]
    assert 0 < pv_w - values["pack_power_w"] - values["inverter_l1_power_w"] < 150


def test_each_code_of_the_guide_has_its_bit() -> None:
    numbers = sorted(name[:3].upper() for name in AURA.codes)
    faults = [f"F{number:02}" for number in (0, 1, 2, *range(4, 21), 32)]
    assert numbers == faults + [f"W{number:02}" for number in range(30)]
    one = device()
    for name, code in AURA.codes.items():
        one.obey({"report": {"active": [name]}})
        warning, number = name[0] == "w", 31 if name.startswith("f32") else int(name[1:3])
        bits = (1 << number).to_bytes(4, "big").hex()
        words = f"{bits}00000000" if warning else f"00000000{bits}"
        assert asked(one, rtu("01 04 0BE9 0004")) == rtu(f"01 04 08 {words}"), name
        assert all(text.startswith(name[:3].upper()) for text in code.label.values())


@leaping
async def test_codes_and_signs_come_through() -> None:
    one = device()
    one.obey({"report": {"active": ["w05_battery_loss", "f32_internal_link"], "pack_current_a": -12.3}})
    async with talking(one, double_crc="yes", glued="yes") as conversation:
        found = await read_pack(conversation, 1, "aura", lambda: 0)
    assert found.snapshot.active == ("w05_battery_loss", "f32_internal_link")
    assert found.snapshot.values["pack_current_a"] == -12.3
    assert asked(one, rtu("01 04 0BF8 0001")) == rtu("01 04 02 007B")  # on the wire discharge is positive
    assert asked(one, rtu("01 04 0BE9 0004")) == rtu("01 04 08 0000 0020 8000 0000")


@leaping
async def test_settings_are_written_one_register_each_and_read_back() -> None:
    one = device()
    async with talking(one) as conversation:
        for name, value in (("working_mode", "battery_priority"), ("grid_charge_enabled", True), ("charge_1_end_h", 6)):
            await conversation.ask(f"write_{name}", 1, {name: value})
        found = await read_pack(conversation, 1, "aura", lambda: 0)
    assert found.snapshot.values["working_mode"] == "battery_priority"
    assert found.snapshot.values["grid_charge_enabled"] is True
    assert found.snapshot.values["charge_1_end_h"] == 6
    assert asked(one, rtu("01 04 0C5A 0002")) == rtu("01 04 04 3036 3030")


@leaping
async def test_what_cannot_be_is_refused_and_changes_nothing() -> None:
    one = device()
    before = dict(one.settings)
    async with talking(one) as conversation:
        for message, value in (
            ("discharge_depth_pct", 96),
            ("discharge_depth_pct", 9),
            ("charge_power_limit_pct", 0),
            ("grid_charge_soc_limit_pct", 19),
            ("charge_1_start_h", 24),
            ("charge_1_start_min", 60),
            ("export_limit_pct", 101),
        ):
            with pytest.raises(Refused) as refused:
                await conversation.ask(f"write_{message}", 1, {message: value})
            assert refused.value.reason == "invalid_data"
    assert asked(one, rtu("01 06 0BE4 0003")) == rtu("01 86 03")  # a working mode that does not exist
    assert asked(one, rtu("01 06 0C58 4142")) == rtu("01 86 03")  # letters where digits belong
    assert asked(one, rtu("01 06 0BB8 0001")) == rtu("01 86 02")  # a value, not a setting
    assert asked(one, rtu("01 10 0BE4 0001 02 0001")) == rtu("01 90 01")  # only single registers are written
    assert one.settings == before


@leaping
async def test_while_remote_control_is_off_nothing_is_written_and_all_is_read() -> None:
    """The device itself says no (AUR-14)."""
    one = device()
    async with talking(one) as conversation:
        await conversation.ask("write_remote_control", 1, {"remote_control": "disabled"})
        for name, value in (("working_mode", "peak_shift"), ("remote_control", "enabled")):
            with pytest.raises(Refused) as refused:
                await conversation.ask(f"write_{name}", 1, {name: value})
            assert refused.value.reason == "execution_failed"
        await conversation.ask("status", 1)
        one.obey({"report": {"remote_control": "enabled"}})  # the keypad
        await conversation.ask("write_working_mode", 1, {"working_mode": "peak_shift"})
    assert one.settings["working_mode"] == "peak_shift"


@leaping
async def test_a_sleeping_inverter_is_no_answer() -> None:
    async with talking(device(), asleep="yes") as conversation:
        with pytest.raises(NoAnswer):
            await conversation.ask("status", 1)


@pytest.mark.parametrize(("start", "count"), [(3000, 1), (3041, 1), (3120, 10), (3199, 60), (3760, 33), (3000, 125)])
def test_any_window_of_the_map_may_be_read(start: int, count: int) -> None:
    one = device()
    whole = b"".join(
        asked(one, rtu(f"01 04 {at:04X} {min(100, 3793 - at):04X}"))[3:-2] for at in range(3000, 3793, 100)
    )
    answer = asked(one, rtu(f"01 04 {start:04X} {count:04X}"))
    assert answer[3:-2] == whole[2 * (start - 3000) : 2 * (start - 3000 + count)]


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("01 04 0BB7 0001", "01 84 02"),
        ("01 04 0ED1 0001", "01 84 02"),
        ("01 03 0BB8 0001", "01 83 02"),
        ("01 04 0BB8 007E", "01 84 03"),
        ("01 01 0000 0001", "01 81 01"),
    ],
)
def test_what_is_not_there_is_refused(request_: str, answer: str) -> None:
    assert asked(device(), rtu(request_)) == rtu(answer)


def test_another_address_is_silent() -> None:
    assert device().responder().feed(rtu("02 04 0BB8 0001")) == []


@leaping
async def test_a_cloud_reads_the_samples_by_the_profile() -> None:
    told: list[dict[str, Any]] = []
    ingest = Ingest(
        lambda one: told.append(json.loads(json.dumps(one))), unix_s=lambda: UNIX_S, reader=BlockReader(AURA)
    )
    one = device()
    one.obey({"report": {"active": ["w28_current_transformer_reversed"], "soc_pct": 41.5}})
    async with listening("tcp://127.0.0.1:0") as listener:
        task = asyncio.create_task(ingest.serve(listener))
        async with behind_a_logger(one, cloud=listener.url.removeprefix("tcp://")):
            await asyncio.sleep(30)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    (data,) = [one for one in told if one["kind"] == "data"]
    assert data["values"]["soc_pct"] == 41.5
    assert data["values"]["pv_energy_total_kwh"] == 9120.5
    assert data["active"] == ["w28_current_transformer_reversed"]
    assert [(block["start"], len(block["words"])) for block in data["registers"]] == [
        (3000, 125),
        (3125, 125),
        (3250, 125),
    ]
    assert "why" not in data


def test_blocks_of_another_device_are_said_to_be_so() -> None:
    reader = BlockReader(AURA)
    values, active, doubts = reader.values((Block(1, 4, 100, bytes(4)), Block(1, 4, 3066, b"\x03\x10")))
    assert values == {"soc_pct": 78.4}
    assert active is None
    assert doubts == ["registers from 100 on: aura has no 2 registers from 0064 on for function 04"]


class Clock:
    now_s = 0.0


def test_a_state_file_rules_it_and_a_broken_one_does_not(tmp_path: Path) -> None:
    file, clock, complaints = tmp_path / "aura.toml", Clock(), list[str]()
    file.write_text('[report]\nsoc_pct = 12.5\npv_mode = "parallel"\neps_enabled = true\n', encoding="utf-8")
    one = device()
    watched = ValuesFile(file, one, clock_s=lambda: clock.now_s, complain=complaints.append)
    watched.load()
    one.before = watched.look
    assert asked(one, rtu("01 04 0BFA 0001")) == rtu("01 04 02 007D")
    assert asked(one, rtu("01 04 0CF9 0001")) == rtu("01 04 02 0001")
    assert asked(one, rtu("01 06 0CFC 0001")) == rtu("01 06 0CFC 0001")
    assert asked(one, rtu("01 04 0CFC 0001")) == rtu("01 04 02 0003")  # what the file says stays
    file.write_text("[report]\nsoc_pct = 200000\n", encoding="utf-8")
    clock.now_s = 1.0
    assert asked(one, rtu("01 04 0BFA 0001")) == rtu("01 04 02 007D")
    assert len(complaints) == 1
    assert "[report] soc_pct: 200000 does not fit" in complaints[0]


@pytest.mark.parametrize(
    ("tables", "why"),
    [
        ({"sense": {}}, "no battery has no such table"),
        ({"report": 5}, "5 is no table"),
        ({"report": {"cell_voltage_v": 3.3}}, "does not carry it"),
        ({"report": {"working_mode": "party"}}, "is none of self_consumption"),
        ({"report": {"eps_enabled": 1}}, "neither true nor false"),
        ({"report": {"writes": "eat"}}, "none of accept"),
        ({"report": {"active": ["w99"]}}, "no code 'w99'"),
    ],
)
def test_a_wrong_state_says_what_would_be_right(tables: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        device().obey(tables)


@pytest.mark.parametrize(("writes", "answer"), [("refuse", "01 86 03"), ("ignore", "01 06 0BE4 0002")])
def test_writes_may_be_refused_or_ignored_on_purpose(writes: str, answer: str) -> None:
    one = device()
    one.obey({"report": {"writes": writes}})
    assert asked(one, rtu("01 06 0BE4 0002")) == rtu(answer)
    assert one.settings["working_mode"] == "self_consumption"


def test_an_address_that_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match="no address 248; it knows 1 to 247"):
        ValuesDevice(AURA, now_ms=lambda: 0, address=248)


def test_the_meter_speaks_real_numbers() -> None:
    one = device("yada-meter")
    one.obey({"report": {"grid_l1_power_w": 1500.5}})
    assert asked(one, rtu("01 04 000C 0002")) == rtu("01 04 04 44BB 9000")
    assert asked(one, rtu("01 04 0046 0002")) == rtu("01 04 04 4248 0A3D")
    assert asked(one, rtu("01 06 0000 0001")) == rtu("01 86 01")
