"""Opening a port that may sleep at another speed, as consoles of Pylontech do.

A port that is awake answers an empty line. Where nothing comes back the profile's wake-up is sent at the speed at which
such a port sleeps, and the port is opened again at its own. Nothing is sent at another speed for any other profile.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, Protocol

from wattstead.catalog.profile import Profile
from wattstead.catalog.wake_spec import WakeSpec
from wattstead.host.open import open_port
from wattstead.link.pace import wire_time_s
from wattstead.link.port import Port
from wattstead.link.url import SerialUrl, parse_url

_TRIES: Final = 3
"""A port that has just been woken may miss the first empty line."""
_QUIET_S: Final = 0.05


class Opening(Protocol):
    """What ``host.open.open_port`` does."""

    def __call__(self, url: str, *, baud: int | None = None) -> Awaitable[Port]: ...


async def open_awake(
    url: str,
    profile: Profile,
    *,
    baud: int | None = None,
    wakes: bool = True,
    say: Callable[[str], None] = lambda _: None,
    opening: Opening = open_port,
) -> Port:
    """Open a line, and wake what sleeps there where the profile says how.

    baud: the profile's where None. wakes: whether it may. say: told what is sent, before it is. A line whose speed is
    not ours to choose (TCP) is opened as it is. Raises as ``open_port``.
    """
    where, wake, speed = parse_url(url), profile.link.wake, baud or profile.baud
    port = await opening(url, baud=speed)
    if wake is None or not wakes or not isinstance(where, SerialUrl):
        return port
    if await _speaks(port, wake):
        return port
    say(f"{where} is silent at {port.baud} baud: sending its wake-up {wake.send} at {wake.baud} baud")
    await port.close()
    slow = await opening(str(replace(where, baud=wake.baud)))
    try:
        sent = wake.send.encode("ascii") + b"\r"
        await slow.send(sent)
        await asyncio.sleep(wire_time_s(len(sent), wake.baud) + wake.wait_ms / 1000.0)
    finally:
        await slow.close()
    port = await opening(url, baud=speed)
    for _ in range(_TRIES):
        if await _speaks(port, wake):
            break
    return port


async def _speaks(port: Port, wake: WakeSpec) -> bool:
    """Send what an awake port answers; give whether anything came. Takes all that comes."""
    await port.send(wake.tickle.encode("ascii"))
    heard, wait_s = False, wake.silence_ms / 1000.0
    try:
        while True:
            async with asyncio.timeout(wait_s):
                await port.receive()
            heard, wait_s = True, _QUIET_S
    except TimeoutError:
        return heard
