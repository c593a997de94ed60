"""Batteries on a CAN bus, for as long as a plant runs: readings, silence, a dead bus, an adapter that is pulled out."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from itertools import pairwise

import pytest

from leap import leaping, run
from wattstead.catalog.profile import load_profile
from wattstead.host.bus import now_s
from wattstead.host.can_poller import CanPoller
from wattstead.host.poller import Reading
from wattstead.host.turns import PolledPack
from wattstead.link.memory import memory_pair
from wattstead.link.port import Port
from wattstead.model.can import CanFrame
from wattstead.model.errors import LinkLost, NoAnswer, UsageError
from wattstead.model.reading import Silence, Snapshot
from wattstead.virtual.bank import Bank
from wattstead.virtual.can_serve import battery_talker, serve_can
from wattstead.virtual.day import Day
from wattstead.virtual.live import LiveBank

ONE = [PolledPack("one", 1)]


def now_ms() -> int:
    return round(1000 * now_s())


class Adapter:
    """A bus with a virtual battery on it. plugged: whether it opens. opened: when somebody tried."""

    def __init__(self, name: str = "pylontech-can") -> None:
        self.profile = load_profile(name)
        bank = Bank(self.profile, now_ms=lambda: 1_772_366_400_000)
        self._live = LiveBank(bank, Day(0), clock_s=lambda: 0.0, local_s=0.0)
        self.plugged = True
        self.opened: list[float] = []
        self.ours: Port | None = None
        self.theirs: Port | None = None
        self._serving: asyncio.Task[None] | None = None

    async def open(self) -> Port:
        self.opened.append(now_s())
        if not self.plugged:
            raise LinkLost("can://socketcan/can0: the bus does not open (No such device); is it there and up?")
        self.ours, self.theirs = memory_pair()
        self.speak()
        return self.ours

    def speak(self) -> None:
        assert self.theirs is not None
        self._serving = asyncio.create_task(serve_can(self.theirs, battery_talker(self.profile, self._live)))

    async def hush(self) -> None:
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.gather(self._serving, return_exceptions=True)

    async def unplug(self) -> None:
        self.plugged = False
        await self.hush()
        assert self.theirs is not None
        await self.theirs.close()


@asynccontextmanager
async def polling(
    adapter: Adapter, packs: list[PolledPack] = ONE, interval_s: float = 0.0
) -> AsyncIterator[tuple[CanPoller, AsyncGenerator[Reading, None]]]:
    poller = CanPoller(adapter.profile, packs, now_ms, reopen=adapter.open, interval_s=interval_s)
    async with aclosing(poller.readings()) as readings:
        yield poller, readings
    await poller.conversation.close()
    await adapter.hush()


@leaping
async def test_readings_come_at_their_interval() -> None:
    async with polling(Adapter(), interval_s=10.0) as (poller, readings):
        found = [await anext(readings) for _ in range(4)]
        at_s = [one.at_ms / 1000 for one in found]
        assert all(isinstance(one, Snapshot) for one in found)
        assert at_s[0] < 2.0, "the first as soon as the battery is known"
        assert [later - sooner for sooner, later in pairwise(at_s)] == pytest.approx([10.0] * 3)
        first = found[0]
        assert isinstance(first, Snapshot)
        assert first.values["soc_pct"] == 50.0
        assert first.values["discharge_current_limit_a"] < 0  # type: ignore[operator]
        assert (poller.conversation.counters.answers, poller.conversation.counters.silences) == (4, 0)


@leaping
async def test_however_short_the_interval_a_battery_has_time_to_speak() -> None:
    async with polling(Adapter(), interval_s=0.0) as (_, readings):
        found = [await anext(readings) for _ in range(5)]
        assert all(isinstance(one, Snapshot) for one in found)
        assert found[4].at_ms - found[1].at_ms == pytest.approx(3000, abs=5)


@leaping
async def test_a_battery_that_falls_silent_is_silence_until_it_speaks_again() -> None:
    adapter = Adapter()
    async with polling(adapter, interval_s=2.0) as (poller, readings):
        assert isinstance(await anext(readings), Snapshot)
        await adapter.hush()
        since_s = now_s()
        silence = await anext(readings)
        while isinstance(silence, Snapshot):
            silence = await anext(readings)
        assert 5.0 <= now_s() - since_s <= 8.0, "what was said counts for five seconds"
        assert "the battery fell silent; check that the battery is on" in silence.why
        assert poller.conversation.is_open
        adapter.speak()
        assert isinstance(await anext(readings), Snapshot)
        assert len(adapter.opened) == 1


@leaping
async def test_a_dead_bus_says_so_once_the_battery_should_have_spoken() -> None:
    adapter = Adapter()
    async with polling(adapter) as (poller, readings):
        reading = asyncio.create_task(anext(readings))
        await asyncio.sleep(0)
        await adapter.hush()
        silence = await reading
        assert isinstance(silence, Silence)
        assert silence.at_ms <= 5100
        assert "the bus stayed silent" in silence.why
        assert "CAN-H and CAN-L" in silence.why
        assert poller.conversation.counters.silences == 1


@leaping
async def test_an_adapter_that_is_pulled_out_is_silence_until_it_is_back() -> None:
    adapter = Adapter()
    async with polling(adapter, interval_s=2.0) as (poller, readings):
        assert isinstance(await anext(readings), Snapshot)
        await adapter.unplug()
        lost = [await anext(readings) for _ in range(4)]
        assert all(isinstance(one, Silence) for one in lost)
        assert isinstance(lost[-1], Silence)
        assert "No such device" in lost[-1].why
        assert not poller.conversation.is_open
        tried = adapter.opened[1:]
        assert [round(b - a) for a, b in pairwise(tried)] == [2, 4], "ever more rarely"
        adapter.plugged = True
        back = await anext(readings)
        assert isinstance(back, Snapshot)
        assert poller.conversation.is_open


@leaping
async def test_whoever_is_asked_is_asked_every_second() -> None:
    adapter = Adapter("growatt-can")
    async with polling(adapter, interval_s=10.0) as (poller, readings):
        found = [await anext(readings) for _ in range(3)]
        assert all(isinstance(one, Snapshot) for one in found)
        assert 20 <= poller.conversation.counters.requests <= 26


class Deaf:
    """A bus on which nobody acknowledges."""

    url, baud = "can://socketcan/can0", None

    def __init__(self, bitrate: int = 500_000, unusable: int = 0) -> None:
        self.bitrate, self.unusable = bitrate, unusable

    async def receive(self) -> object:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(self, _: bytes) -> None:
        raise NoAnswer("can://socketcan/can0: a frame could not be sent; does anybody else acknowledge?")

    async def close(self) -> None:
        return None


@leaping
async def test_a_question_that_does_not_get_out_is_said() -> None:
    async def deaf() -> Port:
        return Deaf()  # type: ignore[return-value]

    poller = CanPoller(load_profile("growatt-can"), ONE, now_ms, reopen=deaf)
    async with aclosing(poller.readings()) as readings:
        silences = [await anext(readings) for _ in range(2)]
    for silence in silences:
        assert isinstance(silence, Silence)
        assert "does anybody else acknowledge?" in silence.why


@pytest.mark.parametrize(
    ("port", "why"),
    [
        (Deaf(250_000), "the URL says 250000 bit/s, but such batteries speak with bitrate=500000; write that there"),
        (Deaf(unusable=7), "only 7 errors of the bus came, and no frame: are the bit rates equal (500000 bit/s here)"),
    ],
)
def test_a_wrong_bit_rate_is_named(port: Deaf, why: str) -> None:
    async def first() -> Reading:
        async def deaf() -> Port:
            return port  # type: ignore[return-value]

        async with aclosing(CanPoller(load_profile("pylontech-can"), ONE, now_ms, reopen=deaf).readings()) as readings:
            return await anext(readings)

    silence = run(first())
    assert isinstance(silence, Silence)
    assert why in silence.why


@leaping
async def test_frames_of_others_and_broken_ones_are_counted_and_hide_nothing() -> None:
    adapter = Adapter()
    async with polling(adapter, interval_s=2.0) as (poller, readings):
        assert isinstance(await anext(readings), Snapshot)
        assert adapter.theirs is not None
        others = [CanFrame(0x123, b"\1"), CanFrame(0x351, b"\1\2\3"), CanFrame(0x351, asks=8), CanFrame(0x359, b"")]
        for one in [*others, *(CanFrame(number, bytes(8)) for number in range(0x400, 0x600))]:
            await adapter.theirs.send(one.packed())
        reading = await anext(readings)
        assert isinstance(reading, Snapshot)
        assert reading.values["charge_voltage_limit_v"] > 40  # type: ignore[operator]
        assert poller.conversation.counters.noise["other_kind"] > 500
        assert len(poller._hosts[0].strangers) < 100


@leaping
async def test_what_frames_take_of_a_bus_is_counted() -> None:
    adapter = Adapter()
    async with polling(adapter, interval_s=10.0) as (poller, readings):
        await anext(readings)
        poller.conversation.bitrate = 500_000
        await anext(readings)
        # Six frames a second of about 100 bits.
        assert poller.conversation.busy_pct() == pytest.approx(0.12, rel=0.3)
        assert poller.conversation.counters.bytes_in > 10 * 40


@pytest.mark.parametrize(
    ("name", "addresses", "why"),
    [
        ("pylontech-can", [1, 2], "one battery speaks for all behind it; name one pack, not 2"),
        ("pylontech-can", [], "name one"),
        ("sofar-can", [1, 1], "the same address stands twice"),
        ("seplos-v2", [0], "seplos-v2 does not speak on a CAN bus"),
    ],
)
def test_packs_that_cannot_be_are_refused(name: str, addresses: list[int], why: str) -> None:
    packs = [PolledPack(f"pack {number}", address) for number, address in enumerate(addresses)]
    with pytest.raises(UsageError, match=why):
        CanPoller(load_profile(name), packs, now_ms, reopen=Adapter().open)


@leaping
async def test_packs_that_number_their_frames_are_told_apart() -> None:
    adapter = Adapter("sofar-can")
    async with polling(adapter, [PolledPack("first", 0), PolledPack("second", 1)]) as (_, readings):
        found = {reading.pack: reading for reading in [await anext(readings) for _ in range(2)]}
        assert isinstance(found["first"], Snapshot)
        assert isinstance(found["second"], Silence), "nobody there has the number 1"
