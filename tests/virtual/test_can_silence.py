"""An inverter that falls silent on a CAN bus: the packs notice, protect themselves, and turn off."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from leap import leaping
from wattstead.catalog.profile import load_profile
from wattstead.link.memory import memory_pair
from wattstead.link.port import Port
from wattstead.virtual.bank import Bank
from wattstead.virtual.can_serve import serve_battery
from wattstead.virtual.day import Day
from wattstead.virtual.live import LiveBank


def clock_s() -> float:
    return asyncio.get_running_loop().time()


class Inverter:
    """Polls once a second while it speaks, and hears what comes."""

    def __init__(self, port: Port, name: str) -> None:
        self._port = port
        self._codec, self._framer = load_profile(name).codec(), load_profile(name).framer()
        self.said: dict[str, object] = {}

    async def speak(self, for_s: float) -> None:
        until_s = clock_s() + for_s
        while clock_s() < until_s:
            await self._port.send(self._codec.ask("inverter_poll", 0)[1])
            await self.stay_silent(1.0)

    async def stay_silent(self, for_s: float) -> None:
        until_s = clock_s() + for_s
        try:
            async with asyncio.timeout_at(until_s):
                while True:
                    for frame in self._framer.feed((await self._port.receive()).data):
                        said = self._codec.understand(frame)  # type: ignore[arg-type]
                        self.said.update(said.packs[0].values)
        except TimeoutError:
            return


@asynccontextmanager
async def a_bus(name: str = "growatt-can") -> AsyncIterator[tuple[LiveBank, Inverter]]:
    profile = load_profile(name)
    live = LiveBank(Bank(profile, now_ms=lambda: 1_772_366_400_000), Day(0), clock_s=clock_s, local_s=0.0)
    ours, theirs = memory_pair()
    serving = asyncio.create_task(serve_battery(theirs, profile, live))
    try:
        yield live, Inverter(ours, name)
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def active(live: LiveBank) -> set[str]:
    live.catch_up()
    return set(live.bank.members()[0].active) if live.bank.members() else set()


def lost(live: LiveBank) -> bool:
    return live.bank.inverter_lost


@leaping
async def test_silence_warns_then_stops_both_ways_and_ends_with_the_first_word() -> None:
    async with a_bus() as (live, inverter):
        await inverter.speak(30.0)
        assert not lost(live)
        assert inverter.said["charge_enabled"] is True
        await inverter.stay_silent(8.0)
        assert lost(live)
        await inverter.stay_silent(6.0)
        assert active(live) >= {"inverter_silence_alarm"}
        assert "inverter_silence_protection" not in active(live)
        await inverter.stay_silent(60.0)
        assert "inverter_silence_protection" in active(live)
        await inverter.speak(2.0)
        inverter.said.clear()
        await inverter.speak(5.0)
        assert not lost(live)
        assert "inverter_silence_protection" not in active(live)
        assert inverter.said["charge_enabled"] is True


@leaping
async def test_the_first_answer_after_a_long_silence_says_that_nothing_may_flow() -> None:
    async with a_bus() as (_, inverter):
        await inverter.speak(5.0)
        await inverter.stay_silent(120.0)
        inverter.said.clear()
        await inverter.speak(0.5)
        assert inverter.said["charge_current_limit_a"] == 0
        assert inverter.said["discharge_current_limit_a"] == 0


@leaping
async def test_after_an_hour_the_wall_battery_is_off_and_answers_no_more() -> None:
    async with a_bus() as (live, inverter):
        await inverter.speak(5.0)
        await inverter.stay_silent(3700.0)
        live.catch_up()
        assert not live.bank.state.on.any()
        inverter.said.clear()
        await inverter.speak(5.0)
        assert not inverter.said


@leaping
async def test_a_person_who_says_that_it_speaks_is_believed() -> None:
    async with a_bus() as (live, inverter):
        live.bank.input = replace(live.bank.input, inverter_silent=False)
        await inverter.stay_silent(300.0)
        assert lost(live)
        assert "inverter_silence_protection" not in active(live)


@leaping
async def test_a_battery_that_waits_for_nobody_loses_nobody() -> None:
    async with a_bus("goodwe-can") as (live, inverter):
        await inverter.stay_silent(300.0)
        alive = live.bank.profile.link.can
        assert alive is not None
        assert lost(live) is bool(alive.alive)
