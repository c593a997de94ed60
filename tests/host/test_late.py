import asyncio

import pytest

from host.line import Bursts, now_s, seplos, talker, talking
from leap import LeapingLoop, leaping
from wattstead.host.conversation import Conversation, Effort
from wattstead.host.late import Unanswered
from wattstead.link.memory import memory_pair
from wattstead.model.errors import NoAnswer
from wattstead.wire.frame import Frame


@leaping
async def test_a_slow_frame_is_waited_for_while_its_bytes_flow() -> None:
    bank = seplos()

    def trickle(_: int, answer: bytes) -> Bursts:
        return [(0.09, answer[at : at + 12]) for at in range(0, len(answer), 12)]

    async with talking(bank, mangle=trickle) as port:
        host = talker(port, bank, retries=0)
        await host.ask("telemetry", 0)
        assert now_s() > 1.2
    assert host.counters.answers == 1


@leaping
async def test_a_line_that_never_goes_quiet_holds_us_for_a_bounded_time() -> None:
    host_end, device = memory_pair(baud=9600)

    async def babble() -> None:
        while True:
            await device.send(b"Uninteresting! ")

    task = asyncio.create_task(babble())
    host = Conversation(host_end, seplos().profile, retries=0)
    with pytest.raises(NoAnswer, match="only noise"):
        await host.ask("telemetry", 0)
    assert 2.0 < now_s() < 3.0
    task.cancel()


@leaping
async def test_a_late_answer_is_never_taken_for_the_answer_to_the_next_question() -> None:
    bank = seplos(0, 1)
    bank.changed = {1: {"cycle_count": 777}}

    def first_late(number: int, answer: bytes) -> Bursts:
        return [(0.0 if number else 0.7, answer)]

    async with talking(bank, mangle=first_late) as port:
        host = talker(port, bank, retries=0)
        with pytest.raises(NoAnswer):
            await host.ask("telemetry", 0)
        assert (await host.ask("telemetry", 1)).packs[0].values["cycle_count"] == 777
    assert host.counters.late == 1
    assert not host.counters.noise


@leaping
async def test_a_late_answer_to_another_question_of_the_same_device_is_told_apart() -> None:
    bank = seplos()
    async with talking(bank, mangle=lambda number, answer: [(0.0 if number else 0.55, answer)]) as port:
        host = talker(port, bank, retries=0)
        with pytest.raises(NoAnswer):
            await host.ask("telemetry", 0)
        said = await host.ask("alarms", 0)
    assert "cell_voltage_status" in said.record
    assert host.counters.late == 1


@leaping
async def test_a_late_acknowledgement_does_not_pass_for_the_next_one() -> None:
    """Two acknowledgements look alike: the first one that comes belongs to the question that was given up."""
    bank = seplos()
    async with talking(bank, mangle=lambda number, answer: [(0.0 if number else 0.6, answer)]) as port:
        host = talker(port, bank, retries=0)
        with pytest.raises(NoAnswer):
            await host.ask("protocol_version", 0)
        began_s = now_s()
        assert (await host.ask("protocol_version", 0, {"group": 0})).packs[0].values["protocol_version"] == "2.0"
        assert now_s() - began_s > 0.1
    assert host.counters.late == 1


@leaping
async def test_what_came_while_nobody_asked_is_drained() -> None:
    bank = seplos()
    codec = bank.profile.codec()
    async with talking(bank) as port:
        host = talker(port, bank)
        await host.ask("telemetry", 0)
        answer_of_nobody = codec.refuse(3, "format_error")

        def twice(_: int, answer: bytes) -> Bursts:
            return [(0.0, answer), (0.2, answer_of_nobody)]

    async with talking(bank, mangle=twice) as port:
        await host.move_to(port)
        await host.ask("telemetry", 0)
        await asyncio.sleep(1)
        await host.ask("telemetry", 0)
    assert host.counters.noise == {"unasked": 1}
    assert host.counters.answers == 3


@leaping
async def test_the_deadline_follows_the_turnaround_of_the_device() -> None:
    bank = seplos()
    async with talking(bank, turnaround_s=0.03) as port:
        host = talker(port, bank)
        for _ in range(4):
            await host.ask("alarms", 0)
        bank.mute = {0}
        began_s = now_s()
        with pytest.raises(NoAnswer):
            await host.ask("telemetry", 0, effort=Effort.PROBE)
        assert now_s() - began_s < 0.25
        await asyncio.sleep(1)
        began_s = now_s()
        with pytest.raises(NoAnswer):
            await host.ask("telemetry", 0)
        assert 0.7 < now_s() - began_s < 0.8


@leaping
async def test_a_device_that_became_slow_is_given_more_time() -> None:
    bank = seplos()
    slow: list[bool] = []
    async with talking(bank, mangle=lambda _, answer: [(0.35 if slow else 0.02, answer)]) as port:
        host = talker(port, bank)
        for _ in range(6):
            await host.ask("telemetry", 0)
        slow.append(True)
        for _ in range(10):
            await host.ask("telemetry", 0)
    assert (host.counters.silences, host.counters.retries, host.counters.late) == (0, 1, 1)
    assert host.counters.turnaround.max_s == pytest.approx(0.35)


@leaping
async def test_a_cancelled_question_leaves_the_line_in_order() -> None:
    bank = seplos(0, 1)
    async with talking(bank, turnaround_s=0.05) as port:
        host = talker(port, bank)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.06):
                await host.ask("telemetry", 0)
        await asyncio.sleep(0.2)
        assert (await host.ask("telemetry", 1)).address == 1
    assert host.counters.late == 1


@leaping
async def test_a_device_that_answers_late_is_known_until_it_is_in_time_again() -> None:
    bank = seplos()
    async with talking(bank, mangle=lambda number, answer: [(0.0 if number else 0.7, answer)]) as port:
        host = talker(port, bank, retries=0)
        with pytest.raises(NoAnswer):
            await host.ask("telemetry", 0)
        assert not host.answers_late(0)
        await asyncio.sleep(1)
        with pytest.raises(NoAnswer):
            await host.ask("telemetry", 1)
        assert host.answers_late(0)
        await host.ask("telemetry", 0)
        assert not host.answers_late(0)


@leaping
async def test_what_came_while_the_machine_was_busy_still_counts() -> None:
    """After a stall the deadline is past, and the bytes are there."""
    bank = seplos()
    loop = asyncio.get_running_loop()
    assert isinstance(loop, LeapingLoop)

    def stall() -> None:
        loop._now_s += 2.0

    async with talking(bank) as port:
        host = talker(port, bank, retries=0)
        loop.call_later(0.05, stall)
        assert (await host.ask("telemetry", 0)).packs[0].values["cycle_count"] == 42
    assert now_s() > 2.0
    assert host.counters.late == 0


@pytest.mark.parametrize(("after_s", "settled"), [(4.9, True), (5.0, True), (5.1, False)])
def test_an_answer_is_waited_for_five_seconds_and_then_forgotten(after_s: float, settled: bool) -> None:
    """For longer, an answer of somebody else could pass for the one that nobody waits for any more."""
    codec = seplos().profile.codec()
    question, _ = codec.ask("telemetry", 0, None)
    unanswered = Unanswered(codec)
    unanswered.add(question, now_s=100.0, due_s=100.5)
    refusal = Frame(address=0, command=0x04, payload=b"", version=0x20, kind=0x46)
    assert unanswered.settle(refusal, now_s=100.0 + after_s) is settled
