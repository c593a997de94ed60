import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leap import LeapingLoop, leaping, run
from wattstead.link.inbox import Inbox
from wattstead.link.pace import BURST_BYTES, Belt, Line, Way, cells_of, wire_time_s
from wattstead.model.errors import LinkLost


def now_s() -> float:
    return asyncio.get_running_loop().time()


def test_wire_time() -> None:
    assert wire_time_s(168, 19200) == pytest.approx(0.0875)
    assert wire_time_s(168, None) == 0.0


def test_a_line_carries_one_at_a_time() -> None:
    line = Line()
    assert line.occupy(1.0, 0.5) == 1.0
    assert line.occupy(1.2, 0.5) == 1.5
    assert line.backlog_s(1.25) == 0.75
    assert line.occupy(9.0, 0.5) == 9.0
    assert line.backlog_s(99.0) == 0.0


@leaping
async def test_late_wake_ups_do_not_add_up() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, LeapingLoop)
    arrived: list[float] = []

    def slow_sink(_: bytes) -> None:
        arrived.append(now_s())
        loop.lose_time(0.01)

    Way(slow_sink, Line()).send(cells_of(bytes(960)), 1.0)
    await asyncio.sleep(2)
    assert len(arrived) == 60
    assert arrived[-1] == pytest.approx(1.0, abs=1e-9)


@leaping
async def test_after_a_long_hold_up_everything_due_comes_at_once() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, LeapingLoop)
    arrived: list[float] = []
    Way(lambda _: arrived.append(now_s()), Line()).send(cells_of(bytes(96)), 0.1)
    loop.lose_time(0.06)
    await asyncio.sleep(1)
    assert arrived == pytest.approx([0.06, 0.06, 0.06, 4 * 0.1 / 6, 5 * 0.1 / 6, 0.1])


@leaping
async def test_bursts_have_the_size_of_a_fifo() -> None:
    bursts: list[bytes] = []
    way = Way(bursts.append, Line())
    way.send(cells_of(bytes(range(40))), 0.04)
    await asyncio.sleep(1)
    assert bursts == [bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 40))]
    assert BURST_BYTES == 16
    way.send(cells_of(bytes(40)), 0.0)
    assert bursts[-1] == bytes(40)


@leaping
async def test_then_waits_for_all_that_was_sent_and_a_cut_loses_it() -> None:
    seen: list[str] = []
    way = Way(lambda data: seen.append(data.decode()), Line(), delay_s=0.5)
    way.then(lambda: seen.append("at once"))
    way.send([b"x"], 0.1)
    way.then(lambda: seen.append("after"))
    assert seen == ["at once"]
    await asyncio.sleep(1)
    assert seen == ["at once", "x", "after"]
    way.send([b"y"], 0.1)
    way.cut()
    await asyncio.sleep(1)
    assert seen == ["at once", "x", "after"]


@given(st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.3]), max_size=30), st.integers())
def test_a_belt_keeps_the_order_and_is_never_early(delays_s: list[float], seed: int) -> None:
    chance = random.Random(seed)
    ran: list[tuple[int, float]] = []

    async def main() -> list[float]:
        belt, dues_s = Belt(), []
        for index, delay_s in enumerate(delays_s):
            await asyncio.sleep(chance.choice([0.0, 0.05]))
            dues_s.append(now_s() + delay_s)
            belt.add(dues_s[-1], lambda index=index: ran.append((index, now_s())))  # type: ignore[misc]
        await asyncio.sleep(10)
        return dues_s

    dues_s = run(main())
    assert [index for index, _ in ran] == list(range(len(delays_s)))
    assert all(at_s >= due_s - 1e-9 for (_, at_s), due_s in zip(ran, dues_s, strict=True))


@leaping
async def test_an_inbox_gives_all_before_it_tells_its_end() -> None:
    inbox = Inbox()
    inbox.put(b"a")
    inbox.put(b"")
    inbox.end("first reason")
    inbox.end("second reason")
    inbox.put(b"too late")
    assert (await inbox.take()).data == b"a"
    assert inbox.ended == "first reason"
    for _ in range(2):
        with pytest.raises(LinkLost, match="first reason"):
            await inbox.take()


@leaping
async def test_an_inbox_counts_what_it_drops() -> None:
    inbox = Inbox(limit_bytes=10)
    inbox.put(bytes(8))
    inbox.put(bytes(8))
    assert (inbox.held_bytes, inbox.dropped_bytes) == (10, 6)
    await inbox.take()
    inbox.put(bytes(8))
    assert (inbox.held_bytes, inbox.dropped_bytes) == (10, 6)
