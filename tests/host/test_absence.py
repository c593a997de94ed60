from itertools import pairwise

import pytest

from host.line import now_s, pylontech, seplos, talking
from host.rounds import poller, silences, snapshots, some, until
from leap import leaping
from wattstead.model.reading import Silence


@pytest.mark.slow
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
        rounds = poller(port, bank, interval_s=10).rounds()
        found = await until(rounds, 3500)
        assert bank.count("management") == 1
        assert len(snapshots(found, "pack-2")) in (350, 351)
        bank.refused = {}
        await until(rounds, 3700)
    assert bank.count("management") > 1


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
async def test_a_message_that_was_answered_again_is_missed_again_for_a_short_time() -> None:
    bank = seplos(0)
    bank.mute_messages = {"alarms"}
    async with talking(bank) as port:
        rounds = poller(port, bank, interval_s=2, alarms_every=1).rounds()
        await until(rounds, 1000)
        bank.mute_messages = set()
        found = await until(rounds, now_s() + 700)
        assert snapshots(found, "pack-0")[-1].active == ()
        bank.mute_messages = {"alarms"}
        await until(rounds, now_s() + 8)
        bank.mute_messages = set()
        found = await until(rounds, now_s() + 12)
    assert snapshots(found, "pack-0")[-1].active == ()


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
