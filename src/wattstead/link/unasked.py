"""A side of a bus that speaks unasked: sends what is due, hears what comes, until cancelled or the bus is gone."""

import asyncio
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from wattstead.link.port import Port
from wattstead.model.errors import NoAnswer

_LONGEST_S = 1.0  # between two looks at the clock

Said = TypeVar("Said")


class Speaks(Protocol, Generic[Said]):
    """What ``wire.can_talker.Talker`` does."""

    def tick(self, now: float) -> list[bytes]: ...

    def next_at(self, now: float) -> float: ...

    def feed(self, data: bytes, at: float = 0.0) -> list[Said]: ...


async def speak(
    port: Port,
    talker: Speaks[Said],
    hears: Callable[[Said, float], object] = lambda *_: None,
    looks: Callable[[float], object] = lambda _: None,
) -> None:
    """Be a side of a bus. Raises LinkLost once the bus is gone.

    hears: told what the other side said, and when. looks: called at least once a second, before anything is said.
    """
    loop = asyncio.get_running_loop()
    while True:
        looks(loop.time())
        for data in talker.tick(loop.time()):
            await _send(port, data)
        until = min(talker.next_at(loop.time()), loop.time() + _LONGEST_S)
        try:
            async with asyncio.timeout_at(until):
                chunk = await port.receive()
        except TimeoutError:
            continue
        for said in talker.feed(chunk.data, chunk.at):
            hears(said, chunk.at)


async def _send(port: Port, data: bytes) -> None:
    try:
        await port.send(data)
    except NoAnswer:
        return  # alone on the bus: a real battery goes on trying, too
