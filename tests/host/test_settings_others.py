"""Writing settings where others are on the line: wrong echoes, a second master, a pseudo-terminal that breaks."""

import asyncio
import sys
from pathlib import Path

import pytest

from host.setting_lines import line
from leap import leaping
from wattstead.host.settings.sets import Settings, read_held
from wattstead.host.settings.write import Outcome, write_settings
from wattstead.link.port import Port
from wattstead.model.errors import LinkLost
from wattstead.virtual.given import Writes
from wattstead.wire.framing.modbus_rtu import crc16

UP, SOC = "cell_overvoltage_protection_v", "soc_alarm_pct"
CHANGES: Settings = {UP: 3.62, "enable_buzzer": False, SOC: 7}
WRITES = (5, 6, 15, 16)
PATIENCE_S = 20.0


def another_register(answer: bytes) -> bytes:
    """Say that the register beside it was written, with a good checksum."""
    if answer[1] not in WRITES:
        return answer
    body = bytes((*answer[:3], answer[3] ^ 1, *answer[4:-2]))
    return body + crc16(body).to_bytes(2, "little")


@pytest.mark.parametrize("writes", [Writes.ACCEPT, Writes.IGNORE])
@leaping
async def test_an_echo_of_something_else_is_not_believed_and_what_is_held_decides(writes: Writes) -> None:
    async with line("seplos-v3") as (there, conversation, held):
        there.writes(writes)
        there.spoil = another_register
        done = await write_settings(conversation, there.address, held, CHANGES)
        outcomes = {one.outcome for one in done.results}
        if writes is Writes.ACCEPT:
            assert done.done
            assert {name: there.settings[name] for name in CHANGES} == CHANGES
        else:
            assert Outcome.WRITTEN not in outcomes
            assert outcomes <= {Outcome.IGNORED, Outcome.NOT_SENT}
            assert all(one.holds == one.was for one in done.results)


@leaping
async def test_what_a_second_master_writes_between_our_messages_is_told() -> None:
    """It changes one of ours that was just written, and one that nobody asked for."""
    async with line("pace") as (there, conversation, held):
        pack = there.bank.packs[0]
        wanted = {UP: 3.65, "discharge_overcurrent_protection_a": -120, SOC: 12}
        there.after_write = lambda: pack.set_settings({UP: 3.6, "balancing_start_voltage_v": 3.42}, full_ah=1000.0)
        done = await write_settings(conversation, there.address, held, wanted)
        told = {one.name: (one.holds, one.outcome) for one in done.results}
        assert told[UP] == (3.6, Outcome.ALTERED)
        assert {outcome for name, (_, outcome) in told.items() if name != UP} == {Outcome.WRITTEN}
        assert [(one.name, one.right) for one in done.moved] == [("balancing_start_voltage_v", 3.42)]
        assert done.held is not None
        back = await write_settings(conversation, there.address, done.held, done.to_undo())
        assert back.done
        assert there.settings[UP] == held.values[UP]


async def _cut_on_a_terminal(folder: Path, cut: int) -> None:
    wanted = {UP: 3.6, SOC: 15}
    async with line("seplos-v2", folder=folder) as (there, conversation, held):
        there.cut(cut)
        lost = await write_settings(conversation, there.address, held, wanted, reopen=there.open, patience_s=0.0)
        assert {one.outcome for one in lost.results} == {Outcome.LINK_LOST}
        assert there.settings[UP] in (3.65, 3.6)
        there.mend()
        await conversation.close()
        await conversation.move_to(await there.open())
        again = await read_held(conversation, there.address, identity=False)
        done = await write_settings(conversation, there.address, again, wanted)
        assert done.done
        assert {name: there.settings[name] for name in wanted} == wanted


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals need Linux or macOS")
@pytest.mark.parametrize("cut", [1, 178, 355, 357])
def test_a_pseudo_terminal_that_vanishes_in_a_write_is_told_and_gone_on_with(cut: int, tmp_path: Path) -> None:
    async def limited() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await _cut_on_a_terminal(tmp_path, cut)

    asyncio.run(limited())


@leaping
async def test_a_device_that_comes_back_late_at_its_new_address_is_found_there() -> None:
    """The answer to the order that programs is lost with the line, and the device has moved meanwhile."""
    async with line("ps-20016s") as (there, conversation, held):
        tries = 0

        async def later() -> Port:
            nonlocal tries
            tries += 1
            if tries < 5:
                raise LinkLost("memory://first: it is gone")
            return await there.open()

        written = 0

        def broken(answer: bytes) -> bytes:
            nonlocal written
            written += answer[1] in WRITES
            if there.settings["bms_address"] == 9 and tries == 0:
                there.bank.packs[0].address = 9  # as one that starts anew by itself
                there.cut_after = 0
            return answer

        there.spoil = broken
        done = await write_settings(conversation, there.address, held, {"bms_address": 9}, reopen=later)
        assert [(one.holds, one.outcome) for one in done.results] == [(9, Outcome.WRITTEN)]
        assert done.address == 9
        assert done.resumed == 1
        assert written
