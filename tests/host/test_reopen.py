import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from host.line import Bank, now_s, seplos, talker, talking
from leap import leaping
from wattstead.host.poller import Poller, Reading
from wattstead.host.turns import PolledPack
from wattstead.link.port import Port
from wattstead.model.errors import LinkLost
from wattstead.model.reading import Silence, Snapshot

PACKS = [PolledPack("a", 0), PolledPack("b", 1)]


def now_ms() -> int:
    return round(1000 * now_s())


class Adapter:
    """A port that can be unplugged. opened: at which seconds somebody tried."""

    def __init__(self, bank: Bank, stack: AsyncExitStack) -> None:
        self.plugged = True
        self.opened: list[float] = []
        self.port: Port | None = None
        self._bank = bank
        self._stack = stack

    async def open(self) -> Port:
        self.opened.append(now_s())
        if not self.plugged:
            raise LinkLost("serial:///dev/ttyUSB0: there is no such port; plug the adapter in")
        self.port = await self._stack.enter_async_context(talking(self._bank))
        return self.port

    async def pull(self) -> None:
        """Lose the port for a moment: whoever opens it again gets one."""
        assert self.port is not None
        await self.port.close()

    async def unplug(self) -> None:
        self.plugged = False
        await self.pull()


async def until(rounds: AsyncIterator[list[Reading]], end_s: float) -> list[Reading]:
    found: list[Reading] = []
    while now_s() < end_s:
        found += await anext(rounds)
    return found


@leaping
async def test_a_lost_port_is_silence_until_it_is_back() -> None:
    async with AsyncExitStack() as stack:
        adapter = Adapter(seplos(0, 1), stack)
        polled = Poller(talker(None, seplos()), PACKS, now_ms, reopen=adapter.open)
        rounds = polled.rounds()
        assert {type(one) for one in await until(rounds, 5)} == {Snapshot}
        await adapter.unplug()
        gone_s = now_s()
        lost = await until(rounds, gone_s + 100)
        assert {type(one) for one in lost} == {Silence}
        assert {one.pack for one in lost} == {"a", "b"}
        assert all("there is no such port" in one.why for one in lost[2:] if isinstance(one, Silence))
        tries = [round(at_s - gone_s) for at_s in adapter.opened[1:8]]
        assert tries == [1, 3, 7, 15, 31, 61, 91]
        adapter.plugged = True
        back = await until(rounds, now_s() + 32)
        assert {type(one) for one in back} == {Snapshot}
        assert polled.conversation.is_open


@leaping
async def test_each_loss_begins_with_a_short_wait() -> None:
    """A line that worked again is tried as soon as the first time, however long the last loss was."""
    async with AsyncExitStack() as stack:
        adapter = Adapter(seplos(0, 1), stack)
        rounds = Poller(talker(None, seplos()), PACKS, now_ms, reopen=adapter.open).rounds()
        await anext(rounds)
        for _ in range(2):
            await adapter.unplug()
            gone_s, tries = now_s(), len(adapter.opened)
            await until(rounds, gone_s + 60)
            assert [round(at_s - gone_s) for at_s in adapter.opened[tries : tries + 3]] == [1, 3, 7]
            adapter.plugged = True
            assert Snapshot in {type(one) for one in await until(rounds, now_s() + 32)}


@pytest.mark.slow
@leaping
async def test_after_reopening_nothing_is_taken_as_known() -> None:
    """Another bank may hang on the adapter now: the absent are asked at once, and all tell their alarms."""
    bank = seplos(0, 1)
    bank.mute = {1}
    async with AsyncExitStack() as stack:
        adapter = Adapter(bank, stack)
        rounds = Poller(talker(None, seplos()), PACKS, now_ms, alarms_every=10_000, reopen=adapter.open).rounds()
        await until(rounds, 200)
        while not any(isinstance(one, Silence) for one in await anext(rounds)):
            pass  # until the probe of b, so that its next one is a minute away
        bank.mute = set()
        assert {one.pack for one in await anext(rounds)} == {"a"}
        await adapter.pull()
        assert {type(one) for one in await anext(rounds)} == {Silence}
        back_s = now_s()
        first, second = await anext(rounds)
        assert now_s() - back_s < 3
        assert isinstance(first, Snapshot)
        assert isinstance(second, Snapshot)
        assert (first.pack, first.active, second.pack, second.active) == ("a", (), "b", ())


@leaping
async def test_a_port_lost_within_a_round_silences_those_that_were_not_read() -> None:
    async with AsyncExitStack() as stack:
        adapter = Adapter(seplos(0, 1), stack)
        polled = Poller(talker(None, seplos()), PACKS, now_ms, reopen=adapter.open)
        rounds = polled.rounds()
        await anext(rounds)
        asyncio.get_running_loop().call_later(0.25, lambda: tasks.append(asyncio.create_task(adapter.unplug())))
        tasks: list[asyncio.Task[None]] = []
        first, second = await anext(rounds)
        assert (first.pack, type(first)) == ("a", Snapshot)
        assert (second.pack, type(second)) == ("b", Silence)
        await asyncio.gather(*tasks)


@leaping
async def test_a_port_that_is_absent_at_the_start_is_waited_for() -> None:
    async with AsyncExitStack() as stack:
        adapter = Adapter(seplos(0, 1), stack)
        adapter.plugged = False
        rounds = Poller(talker(None, seplos()), PACKS, now_ms, reopen=adapter.open).rounds()
        assert {type(one) for one in await until(rounds, 10)} == {Silence}
        adapter.plugged = True
        assert Snapshot in {type(one) for one in await until(rounds, 45)}


@leaping
async def test_a_line_that_nobody_can_open_again_ends_the_polling() -> None:
    bank = seplos(0, 1)
    async with talking(bank) as port:
        rounds = Poller(talker(port, bank), PACKS, now_ms).rounds()
        await anext(rounds)
        await port.close()
        with pytest.raises(LinkLost, match="memory://first"):
            await anext(rounds)
    with pytest.raises(LinkLost, match="nothing was given to open it"):
        await anext(Poller(talker(None, bank), PACKS, now_ms).rounds())
