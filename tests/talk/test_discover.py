"""A pack of any make at a usual address and speed is found within 5 s, whatever else it might have been."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import pytest

from leap import leaping
from wattstead.catalog.profile import Profile, load_profile, profile_names
from wattstead.host.discover import Found, discover
from wattstead.host.plan import plan
from wattstead.link.listener import OnePortListener
from wattstead.link.memory import memory_pair
from wattstead.link.port import Chunk, Port
from wattstead.link.uart import garble
from wattstead.link.url import SerialUrl, parse_url
from wattstead.model.errors import NoAnswer
from wattstead.virtual.bank import Bank
from wattstead.virtual.day import Day
from wattstead.virtual.live import LiveBank
from wattstead.virtual.serve import serve

URL = "serial:///dev/ttyUSB0"
SOON_S = 5.0
NOON_S = 1_780_315_200.0
ALL = [load_profile(name) for name in profile_names()]
PACKS = [one for one in ALL if one.link.framing != "can" and one.virtual.preset]
USUAL = [(one.name, baud, address) for one in PACKS for baud in one.link.baud for address in one.addresses.usual]


@dataclass
class Wrong:
    """A device's port at a speed of its own: what the other end sends at another speed arrives as garbage."""

    port: Port
    ours: int
    theirs: int

    @property
    def url(self) -> str:
        return self.port.url

    @property
    def baud(self) -> int | None:
        return self.port.baud

    async def receive(self) -> Chunk:
        chunk = await self.port.receive()
        return Chunk(chunk.at, garble(chunk.data, self.theirs, self.ours))

    async def send(self, data: bytes) -> None:
        await self.port.send(garble(data, self.ours, self.theirs))

    async def close(self) -> None:
        await self.port.close()


class Cable:
    """One virtual bank behind a port that opens at any speed."""

    def __init__(self, profile: Profile, baud: int, address: int, *, packs: int = 1, slower: float = 1.0) -> None:
        clock_s = asyncio.get_running_loop().time
        bank = Bank(profile, now_ms=lambda: round((NOON_S + clock_s()) * 1000), packs=packs, first_address=address)
        self.live = LiveBank(bank, Day(7), clock_s=clock_s, local_s=NOON_S)
        self._baud = baud
        self._turnaround_s = slower * profile.link.turnaround_ms / 1000
        self.tasks: list[asyncio.Task[None]] = []

    async def open(self, url: str) -> Port:
        where = parse_url(url)
        assert isinstance(where, SerialUrl)
        assert where.baud
        host, device = memory_pair(baud=where.baud, half_duplex=True)
        listener = OnePortListener(device.url, Wrong(device, self._baud, where.baud))
        serving = serve(listener, self.live.responder, turnaround_s=self._turnaround_s)
        self.tasks.append(asyncio.create_task(serving))
        return host


@asynccontextmanager
async def searching(cable: Cable) -> AsyncIterator[Found]:
    """Search among all profiles; give the first device that is found."""
    try:
        async with aclosing(discover(cable.open, URL, [one for one in ALL if one.link.framing != "can"])) as found:
            yield await anext(found)
    finally:
        for task in cable.tasks:
            task.cancel()
        await asyncio.gather(*cable.tasks, return_exceptions=True)


@pytest.mark.parametrize(("name", "baud", "address"), USUAL)
def test_make_and_speed_are_known_within_five_seconds(name: str, baud: int, address: int) -> None:
    @leaping
    async def run() -> None:
        async with searching(Cable(load_profile(name), baud, address)) as found:
            seconds = asyncio.get_running_loop().time()
            assert (found.profile, found.url, found.also) == (name, f"{URL}?baud={baud}", ())
            assert found.address == address
            assert seconds < SOON_S

    run()


@pytest.mark.parametrize("name", [one.name for one in PACKS])
def test_a_device_that_takes_three_times_as_long_is_found_too(name: str) -> None:
    """It is not in time for the glance, but heard."""

    @leaping
    async def run() -> None:
        profile = load_profile(name)
        async with searching(Cable(profile, profile.baud, profile.addresses.usual[0], slower=3.0)) as found:
            assert (found.profile, found.url) == (name, f"{URL}?baud={profile.baud}")

    run()


@leaping
async def test_silence_takes_no_longer_than_was_said() -> None:
    opened: list[str] = []

    async def nobody(url: str) -> Port:
        opened.append(url)
        where = parse_url(url)
        assert isinstance(where, SerialUrl)
        return memory_pair(baud=where.baud, half_duplex=True)[0]

    here = [one for one in ALL if one.link.framing != "can"]
    with pytest.raises(NoAnswer):
        await anext(discover(nobody, URL, here))
    searched = plan(URL, here)
    assert 0.8 * searched.seconds < asyncio.get_running_loop().time() <= searched.seconds + 0.1
    assert len(opened) == len(searched.rounds)
