"""Settings as a transaction: what a device holds afterwards, and whether we say so truthfully, per value."""

import pytest

from host.setting_lines import Line, line
from leap import leaping
from wattstead.host.conversation import Conversation
from wattstead.host.settings.mapping import writable
from wattstead.host.settings.sets import LIVE, Held, Settings, defaults, differences, read_held
from wattstead.host.settings.write import Outcome, write_settings
from wattstead.model.errors import EncodeError, UsageError
from wattstead.virtual.given import Writes

_READS = 8  # bytes of the first request that reads back
_WRITES = {"seplos-v2": 340, "seplos-v3": 30, "pace": 90, "ps-20016s": 64}
"""Bytes at least that the requests have which write CHANGES."""
MAKES = ("seplos-v2", "seplos-v3", "pace", "growatt-rs485", "ps-20016s")
CHANGES: dict[str, Settings] = {
    "seplos-v2": {"cell_overvoltage_protection_v": 3.6, "enable_lcd": True, "soc_alarm_pct": 15},
    "seplos-v3": {"cell_overvoltage_protection_v": 3.62, "enable_lcd": False, "soc_alarm_pct": 7},
    "pace": {"cell_overvoltage_protection_v": 3.65, "discharge_overcurrent_protection_a": -120, "soc_alarm_pct": 7},
    "growatt-rs485": {"cell_overvoltage_protection_v": 3.7},
    "ps-20016s": {"cell_overvoltage_protection_mv": 3650, "mcu_balancing": False, "charge_overcurrent_delay_s": 9},
}


@pytest.mark.parametrize("make", MAKES)
@leaping
async def test_what_is_written_is_read_back_and_nothing_else_moves(make: str) -> None:
    async with line(make) as (there, conversation, held):
        before = there.settings
        written = await write_settings(conversation, there.address, held, CHANGES[make])
        assert {one.name: one.outcome for one in written.results} == dict.fromkeys(CHANGES[make], Outcome.WRITTEN)
        assert written.moved == ()
        after = there.settings
        assert {one.name for one in differences(before, after)} - set(LIVE) == set(CHANGES[make])
        assert {name: after[name] for name in CHANGES[make]} == CHANGES[make]


@pytest.mark.parametrize("make", MAKES)
@leaping
async def test_a_device_that_refuses_keeps_what_it_had(make: str) -> None:
    async with line(make) as (there, conversation, held):
        there.writes(Writes.REFUSE)
        written = await write_settings(conversation, there.address, held, CHANGES[make])
        outcomes = {one.outcome for one in written.results}
        assert Outcome.REFUSED in outcomes
        assert outcomes <= {Outcome.REFUSED, Outcome.NOT_SENT}
        assert all(one.holds == one.was for one in written.results)


@pytest.mark.parametrize("make", [make for make in MAKES if make != "ps-20016s"])
@leaping
async def test_a_device_that_ignores_is_found_out(make: str) -> None:
    async with line(make) as (there, conversation, held):
        there.writes(Writes.IGNORE)
        written = await write_settings(conversation, there.address, held, CHANGES[make])
        assert {one.outcome for one in written.results} == {Outcome.IGNORED}


@leaping
async def test_a_device_that_programs_what_it_ignored_is_found_out() -> None:
    async with line("ps-20016s") as (there, conversation, held):
        there.writes(Writes.IGNORE)
        written = await write_settings(conversation, there.address, held, CHANGES["ps-20016s"])
        assert {one.outcome for one in written.results} <= {Outcome.IGNORED, Outcome.REFUSED}
        assert all(one.holds == one.was for one in written.results)


@pytest.mark.parametrize("make", ["seplos-v2", "ps-20016s", "pace"])
@leaping
async def test_a_line_cut_after_any_byte_of_a_request_and_never_back(make: str) -> None:
    """The device holds the old or the new value, and nobody claims to know which."""
    for cut in _cuts(make):
        async with line(make) as (there, conversation, held):
            before, there.cut_after, there.heals = there.settings, cut, False
            written = await write_settings(conversation, there.address, held, CHANGES[make], reopen=there.open)
            if written.held is None:
                assert {one.outcome for one in written.results} <= {Outcome.LINK_LOST, Outcome.NOT_SENT}
            for one in written.results:
                holds = there.settings[one.name]
                assert holds in (before[one.name], one.to)
                if one.outcome is Outcome.NOT_SENT:
                    assert holds == before[one.name]


@pytest.mark.slow
@pytest.mark.parametrize("make", ["seplos-v2", "seplos-v3", "ps-20016s", "pace"])
@pytest.mark.parametrize("where", ["cut_after", "cut_answer"])
@leaping
async def test_a_line_that_is_cut_and_comes_back_is_gone_on_with(make: str, where: str) -> None:
    for cut in _cuts(make):
        async with line(make) as (there, conversation, held):
            setattr(there, where, cut)
            written = await write_settings(conversation, there.address, held, CHANGES[make], reopen=there.open)
            assert written.done, (cut, written.results)
            assert written.resumed
            assert {name: there.settings[name] for name in CHANGES[make]} == CHANGES[make]
            assert written.moved == ()


def _cuts(make: str) -> range:
    """Bytes after which a line is cut: each of a short request, a sample of a long one."""
    return range(1, 350, 69) if make == "seplos-v2" else range(1, 40, 11)


@leaping
async def test_a_device_that_falls_silent_is_waited_for_and_then_given_up() -> None:
    async with line("seplos-v2") as (there, conversation, held):
        there.mute = True
        changes = CHANGES["seplos-v2"]
        written = await write_settings(conversation, there.address, held, changes, patience_s=5.0)
        assert {one.outcome for one in written.results} == {Outcome.LINK_LOST}
        assert written.held is None
        assert "did not answer" in written.results[0].why
        assert written.to_undo() == {name: held.values[name] for name in changes}


@pytest.mark.parametrize("make", MAKES)
@leaping
async def test_what_was_is_brought_back(make: str) -> None:
    async with line(make) as (there, conversation, held):
        before = there.settings
        written = await write_settings(conversation, there.address, held, CHANGES[make])
        assert written.held is not None
        back = await write_settings(conversation, there.address, written.held, written.to_undo())
        assert back.done
        assert not [one for one in differences(before, there.settings) if not one.lives]


@leaping
async def test_every_value_of_a_seplos_round_trips_in_one_message() -> None:
    """All 87 and all 64: each number one step up, each switch the other way, as far as the set stays possible."""
    async with line("seplos-v2") as (there, conversation, held):
        for name in writable(there.profile):
            value = held.values[name]
            wanted = not value if isinstance(value, bool) else value
            written = await write_settings(conversation, there.address, held, {name: wanted})
            assert written.done, written.results
            assert written.moved == ()
            assert written.sent == (1 if isinstance(value, bool) else 0)
            held = written.held or held
        switches = [name for name, value in held.values.items() if isinstance(value, bool)]
        assert all(there.settings[name] is not there.profile.settings[name].default for name in switches)
        back = await write_settings(conversation, there.address, held, defaults(there.profile).values)
        assert back.done
        assert back.sent == 1


@leaping
async def test_two_limits_that_move_past_each_other_never_make_an_impossible_set() -> None:
    """Registers are written one by one: in the wrong order the device would refuse."""
    async with line("seplos-v3") as (there, conversation, held):
        changes = {"soc_alarm_pct": 12, "soc_alarm_recovery_pct": 15, "soc_protection_pct": 2}
        written = await write_settings(conversation, there.address, held, changes)
        assert written.done, written.results


@leaping
async def test_the_address_that_one_talks_to_may_be_what_is_written() -> None:
    async with line("ps-20016s") as (there, conversation, held):
        written = await write_settings(conversation, there.address, held, {"bms_address": 9})
        assert [(one.holds, one.outcome) for one in written.results] == [(9, Outcome.WRITTEN)]


@leaping
async def test_what_cannot_be_sent_is_said_before_anything_is() -> None:
    async with line("seplos-v2") as (there, conversation, held):
        with pytest.raises(EncodeError, match="does not fit"):
            await write_settings(conversation, there.address, held, {"cell_overvoltage_protection_v": 99.0})
        assert there.requests == []
    async with line("daly") as (there, conversation, held):
        with pytest.raises(UsageError, match="no way to write them is known"):
            await write_settings(conversation, there.address, held, {"cell_overvoltage_protection_v": 3.6})
        assert there.requests == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "first", "step"),
    [("seplos-v2", 1, 2), ("seplos-v2", 2, 2), ("seplos-v3", 1, 1), ("pace", 1, 1), ("ps-20016s", 1, 1)],
)
@leaping
async def test_cut_after_every_byte_the_truth_is_told_and_the_same_command_goes_on(
    make: str, first: int, step: int
) -> None:
    """All places: each byte of each request that writes, and the first to read back. The line is away, then anew."""
    seen: set[Outcome] = set()
    async with line(make, paced=False) as (there, conversation, _):
        held = await read_held(conversation, there.address, list(CHANGES[make]), identity=False)
        shipped, places = defaults(there.profile).values, 0
        while not places or there.cut_at + step <= places:
            before = there.settings
            flipped = {name: value for name, value in CHANGES[make].items() if before[name] != value}
            wanted = flipped or {name: shipped[name] for name in CHANGES[make]}
            there.cut(0 if not places else there.cut_at + step if there.cut_at else first)
            cut_off = await write_settings(conversation, there.address, held, wanted, reopen=there.open, patience_s=0.0)
            if not places:
                assert cut_off.done
                places, held = there.wrote + _READS, cut_off.held or held
                continue
            for one in cut_off.results:
                holds = there.settings[one.name]
                assert holds in (before[one.name], one.to), (there.cut_at, one)
                assert one.outcome is not Outcome.NOT_SENT or holds == before[one.name], (there.cut_at, one)
                assert one.outcome is not Outcome.WRITTEN or holds == one.to, (there.cut_at, one)
                assert one.outcome not in (Outcome.REFUSED, Outcome.IGNORED, Outcome.ALTERED), (there.cut_at, one)
                seen.add(one.outcome)
            held = await _again(there, conversation, wanted)
        assert places > _WRITES[make]
    assert Outcome.LINK_LOST in seen


async def _again(there: Line, conversation: Conversation, wanted: Settings) -> Held:
    """Give the same command once more, over a new line."""
    there.mend()
    await conversation.move_to(await there.open())
    held = await read_held(conversation, there.address, list(wanted), identity=False)
    done = await write_settings(conversation, there.address, held, wanted)
    assert done.done
    assert {name: there.settings[name] for name in wanted} == wanted
    assert done.held is not None
    return done.held
