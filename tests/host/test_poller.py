from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest

from host.line import Bank, now_s, pylontech, seplos, talker, talking
from leap import leaping
from wattstead.host.poller import Poller, Reading
from wattstead.host.turns import PolledPack
from wattstead.link.port import Port
from wattstead.model.errors import UsageError
from wattstead.model.reading import Origin, Silence, Snapshot


def now_ms() -> int:
    return 1_700_000_000_000 + round(1000 * now_s())


def poller(port: Port, bank: Bank, **how: Any) -> Poller:
    packs = [PolledPack(f"pack-{address}", address) for address in bank.addresses]
    return Poller(talker(port, bank), packs, now_ms, **how)


async def some(rounds: AsyncIterator[list[Reading]], number: int) -> list[list[Reading]]:
    return [await anext(rounds) for _ in range(number)]


async def until(rounds: AsyncIterator[list[Reading]], end_s: float) -> list[list[Reading]]:
    found = []
    while now_s() < end_s:
        found.append(await anext(rounds))
    return found


def snapshots(rounds: list[list[Reading]], pack: str) -> list[Snapshot]:
    return [one for readings in rounds for one in readings if one.pack == pack and isinstance(one, Snapshot)]


def silences(rounds: list[list[Reading]], pack: str) -> list[Silence]:
    return [one for readings in rounds for one in readings if one.pack == pack and isinstance(one, Silence)]


@leaping
async def test_a_round_gives_one_snapshot_a_pack_of_all_that_it_said() -> None:
    bank = seplos(0, 1)
    bank.active = {1: ["cell_high_voltage_alarm"]}
    async with talking(bank, turnaround_s=0.05) as port:
        first, second = await some(poller(port, bank, origin=Origin.SIMULATED).rounds(), 2)
    zero, one = first
    assert isinstance(zero, Snapshot)
    assert isinstance(one, Snapshot)
    assert (zero.pack, zero.origin, zero.active) == ("pack-0", Origin.SIMULATED, ())
    assert one.active == ("cell_high_voltage_alarm",)
    assert zero.at_ms == 1_700_000_000_148  # when the values came: 188 bytes and the turnaround
    assert zero.values["pack_current_a"] == -12.34
    assert zero.values["charge_mos_on"] is True
    assert "device_name" not in zero.values
    assert snapshots([second], "pack-0")[0].values["device_name"] == "1101-SP76"


@leaping
async def test_alarms_take_turns_so_that_rounds_are_equally_long() -> None:
    bank = seplos(*range(16))
    async with talking(bank) as port:
        rounds = poller(port, bank).rounds()
        first = await anext(rounds)
        assert bank.count("alarms") == 16
        assert all(isinstance(one, Snapshot) and one.active == () for one in first)
        counts = []
        for _ in range(6):
            before = bank.count("alarms")
            readings = await anext(rounds)
            counts.append(bank.count("alarms") - before)
            told = [one for one in readings if isinstance(one, Snapshot) and one.active is not None]
            assert len(told) == counts[-1]
    assert set(counts) == {5, 6}
    assert sum(counts) == 32


@leaping
async def test_a_pack_with_something_active_tells_its_alarms_each_round() -> None:
    bank = seplos(0, 1, 2)
    bank.active = {1: ["cell_undervoltage_protection"], 2: ["waiting_for_interval_recharge"]}
    async with talking(bank) as port:
        rounds = poller(port, bank).rounds()
        await some(rounds, 6)
        assert [bank.count("alarms", address) for address in (0, 1, 2)] == [3, 6, 2]
        bank.active = {}
        await some(rounds, 6)
        assert bank.count("alarms", 1) in (6 + 2, 6 + 3)


@leaping
async def test_every_alarm_each_round_where_that_is_wanted() -> None:
    bank = seplos(0)
    async with talking(bank) as port:
        rounds = await some(poller(port, bank, alarms_every=1).rounds(), 4)
    assert [one.active for one in snapshots(rounds, "pack-0")] == [()] * 4


@leaping
async def test_identity_is_asked_one_question_a_round() -> None:
    bank = pylontech(2, 3)
    async with talking(bank, baud=115200) as port:
        rounds = poller(port, bank, interval_s=0.9).rounds()
        for number in range(1, 9):
            await anext(rounds)
            assert len([one for one in bank.asked if one[0] in ("vendor", "serial_number", "software_version")]) == min(
                6, number - 1
            )


@leaping
async def test_identity_is_asked_again_after_an_hour() -> None:
    bank = seplos(0)
    async with talking(bank) as port:
        rounds = poller(port, bank, interval_s=20).rounds()
        await until(rounds, 3590)
        assert bank.count("vendor") == 1
        await until(rounds, 3660)
        assert bank.count("vendor") == 2


@leaping
async def test_a_pause_between_rounds_is_used_for_identity() -> None:
    bank = pylontech(2, 3)
    async with talking(bank, baud=115200) as port:
        _, second = await some(poller(port, bank, interval_s=10).rounds(), 2)
    assert snapshots([second], "pack-3")[0].values["serial_number"] == "PPTAH02300456789"


@leaping
async def test_rounds_keep_their_interval() -> None:
    bank = seplos(0)
    async with talking(bank) as port:
        rounds = await some(poller(port, bank, interval_s=2).rounds(), 5)
    times = [one.at_ms for one in snapshots(rounds, "pack-0")]
    assert [later - earlier for earlier, later in pairwise(times)] == [2000] * 4


@leaping
async def test_readings_come_as_soon_as_they_are_there() -> None:
    bank = seplos(0, 1, 2)
    async with talking(bank) as port:
        reading = await anext(poller(port, bank).readings())
        assert isinstance(reading, Snapshot)
        assert now_s() < 0.2
        assert bank.count("telemetry") == 1


@leaping
async def test_a_dead_address_costs_the_others_nothing_noticeable() -> None:
    gaps = {}
    for dead in (set(), {7}):
        bank = seplos(*range(16))
        bank.mute = dead
        begin_s = now_s()
        async with talking(bank, turnaround_s=0.05) as port:
            rounds = await until(poller(port, bank).rounds(), begin_s + 200)
        times = [one.at_ms for one in snapshots(rounds, "pack-3")][1:]
        gaps[len(dead)] = max(later - earlier for earlier, later in pairwise(times))
    assert gaps[0] < 3200
    assert gaps[1] <= gaps[0]


@leaping
async def test_a_silent_pack_is_probed_ever_more_rarely_and_said_to_be_silent_each_time() -> None:
    bank = seplos(0, 1)
    bank.mute = {1}
    async with talking(bank) as port:
        rounds = await until(poller(port, bank, interval_s=0.5).rounds(), 300)
    found = silences(rounds, "pack-1")
    waits = [(later.at_ms - earlier.at_ms) / 1000 for earlier, later in pairwise(found)]
    assert waits[:6] == pytest.approx([2, 4, 8, 16, 32, 60], abs=0.8)
    assert len(found) == 9
    assert "seplos-v2 at address 1 did not answer telemetry" in found[0].why
    assert not snapshots(rounds, "pack-1")


@leaping
async def test_a_pack_that_comes_back_is_polled_at_once_with_alarms_and_identity() -> None:
    bank = seplos(0, 1)
    async with talking(bank) as port:
        rounds = poller(port, bank, interval_s=1).rounds()
        await some(rounds, 4)
        bank.mute = {1}
        gone = await until(rounds, now_s() + 100)
        assert len(silences(gone, "pack-1")) == 6
        assert not snapshots(gone, "pack-1")
        bank.mute, vendors = set(), bank.count("vendor", 1)
        back = snapshots(await until(rounds, now_s() + 62), "pack-1")
    assert back[0].active == ()
    assert len(back) > 5
    assert bank.count("vendor", 1) == vendors + 1


@leaping
async def test_one_lost_answer_is_no_silence() -> None:
    bank = seplos(0)
    async with talking(bank, mangle=lambda number, answer: [] if number == 5 else [(0.0, answer)]) as port:
        rounds = await some(poller(port, bank).rounds(), 10)
    assert len(snapshots(rounds, "pack-0")) == 10


@leaping
async def test_many_absent_packs_do_not_add_up() -> None:
    bank = seplos(*range(16))
    bank.mute = set(range(1, 16))
    async with talking(bank) as port:
        rounds = poller(port, bank).rounds()
        await anext(rounds)
        times = [one.at_ms for one in snapshots(await until(rounds, 60), "pack-0")]
    assert max(later - earlier for earlier, later in pairwise(times)) < 1000


@leaping
async def test_a_line_of_silent_packs_is_left_in_peace() -> None:
    bank = seplos(0, 1)
    bank.mute = {0, 1}
    async with talking(bank) as port:
        polled = poller(port, bank)
        await until(polled.rounds(), 600)
    assert polled.conversation.counters.requests < 40


@leaping
async def test_a_message_that_a_pack_does_not_know_is_left_alone_for_an_hour() -> None:
    bank = pylontech(2)
    bank.refused = {"management": "unknown_command"}
    async with talking(bank, baud=115200) as port:
        polled = poller(port, bank, interval_s=10)
        rounds = polled.rounds()
        found = await until(rounds, 3500)
        assert bank.count("management") == 1
        assert "refused management: unknown command" in polled.withheld()["pack-2"]["management"]
        assert len(snapshots(found, "pack-2")) in (350, 351)
        bank.refused = {}
        await until(rounds, 3700)
    assert bank.count("management") > 1
    assert not polled.withheld()


@leaping
async def test_a_message_that_stays_unanswered_is_asked_ever_more_rarely() -> None:
    bank = seplos(0)
    bank.mute_messages = {"alarms"}
    async with talking(bank) as port:
        rounds = await until(poller(port, bank, interval_s=2).rounds(), 1000)
    found = snapshots(rounds, "pack-0")
    assert len(found) >= 495
    assert {one.active for one in found} == {None}
    assert bank.count("alarms") <= 2 * 8


@leaping
async def test_a_pack_that_refuses_its_values_is_silent_for_that_reason() -> None:
    bank = seplos(0)
    bank.refused = {"telemetry": "device_fault"}
    async with talking(bank) as port:
        (reading,) = await anext(poller(port, bank).rounds())
    assert isinstance(reading, Silence)
    assert "refused telemetry: device fault" in reading.why


@leaping
async def test_a_bad_line_yields_right_values_or_silence() -> None:
    bank = seplos(0, 1)
    async with talking(bank, loss=0.002, noise=0.002, seed=7) as port:
        rounds = await until(poller(port, bank).rounds(), 120)
    found = snapshots(rounds, "pack-0")
    assert {one.values["pack_voltage_v"] for one in found} == {52.92}
    assert len(found) > 30


def test_what_cannot_be_polled_is_refused_at_once() -> None:
    bank = seplos()
    host = talker(None, bank)
    for packs, match in (
        ([], "a line without packs"),
        ([PolledPack("a", 0), PolledPack("a", 1)], "pack a stands twice"),
        ([PolledPack("a", 0), PolledPack("b", 0)], "address 0 stands twice"),
        ([PolledPack("a", 16)], "pack a cannot have address 16; seplos-v2 knows 0 to 15"),
    ):
        with pytest.raises(UsageError, match=match):
            Poller(host, packs, now_ms)
