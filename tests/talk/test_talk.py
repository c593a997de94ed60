"""Whatever the bank holds arrives at the other end of the cable, within what the wire can tell."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from leap import leaping
from talk.talking import talking
from wattstead.model.errors import Refused
from wattstead.model.reading import numbers
from wattstead.virtual.vocabulary import readable
from wattstead.wire.codec import Said
from wattstead.wire.field import Bits, Number
from wattstead.wire.fill import Report
from wattstead.wire.layout import fields_of
from wattstead.wire.message import Message

MAKES = ("seplos-v2", "pylontech")


def assert_told(said: Said, message: Message, report: Report) -> None:
    """Compare what was understood with what the bank holds: numbers within half a step of the wire, all else equal."""
    told = said.packs[0].values
    for field in fields_of(message.reply):
        if isinstance(field.type, Bits):
            for name in field.type.names:
                if name in told:
                    assert told[name] is bool(report.values.get(name, False)), name
            continue
        if field.quantity not in told or report.values.get(field.quantity) is None:
            continue
        value, held = told[field.quantity], report.values[field.quantity]
        if isinstance(field.type, Number):
            half_a_step = field.type.scale / 2 + 1e-9
            assert numbers(value) == pytest.approx(numbers(held), abs=half_a_step, rel=0.0), field.name
        elif isinstance(value, datetime) and isinstance(held, datetime):
            assert abs((value - held).total_seconds()) <= 1.0, field.name
        else:
            assert value == held, field.name


@pytest.mark.parametrize("make", [*MAKES, "seplos-v3"])
@pytest.mark.parametrize("packs", [1, 16])
@pytest.mark.parametrize("soc_pct", [6.0, 50.0, 100.0])
def test_every_message_of_every_pack_says_what_the_bank_holds(make: str, packs: int, soc_pct: float) -> None:
    @leaping
    async def conversation() -> None:
        async with talking(make, packs, soc_pct=soc_pct) as (asker, bank):
            checked = 0
            for place, address in enumerate(bank.addresses):
                for message in readable(bank.profile.dialect):
                    said = await asker.ask(message.name, address)
                    assert said.address == address
                    report = bank.report(place)
                    assert_told(said, message, report)
                    if said.packs[0].active is not None:
                        known = {
                            name for field in fields_of(message.reply) for name in getattr(field.type, "names", ())
                        }
                        assert set(said.packs[0].active) == set(report.active) & known
                    checked += len(said.packs[0].values)
            assert checked > 30 * packs

    conversation()


@pytest.mark.parametrize("make", MAKES)
def test_the_values_move_between_two_polls(make: str) -> None:
    @leaping
    async def conversation() -> None:
        async with talking(make) as (asker, bank):
            first = (await asker.ask("telemetry", bank.addresses[0])).packs[0].values
            await asyncio.sleep(3600.0)
            later = (await asker.ask("telemetry", bank.addresses[0])).packs[0].values
            moved = {name for name in first if first[name] != later[name]}
            assert {"cell_voltage_v", "pack_voltage_v", "pack_current_a", "remaining_capacity_ah"} <= moved

    conversation()


@leaping
async def test_all_modules_of_a_stack_answer_in_one_burst() -> None:
    async with talking("pylontech", 16) as (asker, bank):
        said = await asker.ask("telemetry", 2, {"module": 0xFF})
        message = bank.profile.dialect.message("telemetry")
        assert len(said.packs) == 16
        for place, pack in enumerate(said.packs):
            one = Said(message, 2 + place, "reply", (pack,), {}, "request")
            assert_told(one, message, bank.report(place))


@leaping
async def test_settings_are_written_to_one_pack_among_many_and_read_back() -> None:
    async with talking("seplos-v2", 3) as (asker, bank):
        block: dict[str, Any] = dict((await asker.ask("parameters", 1)).packs[0].values)
        change = {"cell_high_voltage_alarm_v": 3.5, "remaining_capacity_ah": 12.5, "enable_soc_alarm": False}
        assert (await asker.ask("write_parameters", 1, {**block, **change})).packs[0].values == {}
        back = (await asker.ask("parameters", 1)).packs[0].values
        assert {name: back[name] for name in change} == {
            **change,
            "remaining_capacity_ah": pytest.approx(12.5, abs=0.05),
        }
        assert {name for name in block if block[name] != back[name]} == set(change)
        for other in (0, 2):
            assert (await asker.ask("parameters", other)).packs[0].values["cell_high_voltage_alarm_v"] == 3.55
        alarm = [
            next(row for row in preset.protections if row.name == "cell_high_voltage_alarm")
            for preset in bank.stack.presets
        ]
        assert [row.threshold.trip for row in alarm] == [3.55, 3.5, 3.55]
        with pytest.raises(Refused, match="invalid data"):
            await asker.ask("write_parameters", 1, {**block, "cell_overvoltage_recovery_v": 3.66})


@leaping
async def test_the_clock_is_set_and_goes_on() -> None:
    async with talking("seplos-v2") as (asker, _):
        noon = datetime(2029, 2, 28, 23, 59, 50)  # noqa: DTZ001 - a device's clock knows no zone
        await asker.ask("set_clock", 0, {"device_time": noon})
        await asyncio.sleep(60.0)
        (told,) = (await asker.ask("clock", 0)).packs[0].values.values()
        assert isinstance(told, datetime)
        assert 60.0 <= (told - noon).total_seconds() <= 61.0


@leaping
async def test_nobody_answers_at_a_foreign_address_and_the_next_question_is_answered() -> None:
    async with talking("seplos-v2", 2) as (asker, _):
        with pytest.raises(TimeoutError):
            await asker.ask("telemetry", 5)
        assert (await asker.ask("telemetry", 1)).address == 1


@leaping
async def test_garbage_and_a_request_that_was_cut_do_not_keep_the_next_from_its_answer() -> None:
    async with talking("seplos-v2") as (asker, _):
        await asker.port.send(b"\x00\xff~2000\xaa")
        await asyncio.sleep(0.2)
        assert (await asker.ask("telemetry", 0)).address == 0
        await asker.port.send(b"~20004642E002")
        assert (await asker.ask("telemetry", 0)).address == 0


@pytest.mark.parametrize("make", MAKES)
def test_a_state_file_speaks_through_the_wire(make: str, tmp_path: Path) -> None:
    path = tmp_path / "state.toml"

    @leaping
    async def conversation() -> None:
        path.write_text('[report]\ncell_voltage_v = 3.111\nactive = ["discharge_overcurrent_protection"]\n')
        async with talking(make, 2, state=path) as (asker, bank):
            cells = bank.state.preset.cells
            for address in bank.addresses:
                assert (await asker.ask("telemetry", address)).packs[0].values["cell_voltage_v"] == (3.111,) * cells
                assert (await asker.ask("alarms", address)).packs[0].active == ("discharge_overcurrent_protection",)
            path.write_text("[pack.2.report]\ncell_voltage_v = 3.222\n")
            await asyncio.sleep(1.0)
            first, second = [(await asker.ask("telemetry", address)).packs[0].values for address in bank.addresses]
            assert set(numbers(second["cell_voltage_v"])) == {3.222}
            assert not {3.111, 3.222} & set(numbers(first["cell_voltage_v"]))
            assert (await asker.ask("alarms", bank.addresses[0])).packs[0].active == ()

    conversation()


@leaping
async def test_a_protection_seen_by_the_sensors_cuts_and_recovers_over_the_wire(tmp_path: Path) -> None:
    path = tmp_path / "state.toml"
    path.write_text("[input]\ncurrent_a = 30\n")
    async with talking("seplos-v2", state=path) as (asker, _):

        async def polled(after_s: float) -> tuple[float, tuple[str, ...], object]:
            await asyncio.sleep(after_s)
            (current_a,) = numbers((await asker.ask("telemetry", 0)).packs[0].values["pack_current_a"])
            alarms = (await asker.ask("alarms", 0)).packs[0]
            return current_a, alarms.active or (), alarms.values["charge_mos_on"]

        assert await polled(1.0) == (30.0, (), True)
        path.write_text("[input]\ncurrent_a = 30\n[sense]\ncell_voltage_v = 3.58\npack_voltage_v = 54\n")
        assert await polled(3.0) == (30.0, ("cell_high_voltage_alarm",), True)
        path.write_text("[input]\ncurrent_a = 30\n[sense]\ncell_voltage_v = 3.66\npack_voltage_v = 54\n")
        assert await polled(3.0) == (0.0, ("cell_high_voltage_alarm", "cell_overvoltage_protection"), False)
        path.write_text("[input]\ncurrent_a = 30\n")
        assert await polled(1.0) == (30.0, (), True)
