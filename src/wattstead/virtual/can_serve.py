"""A device on a CAN bus: sends what is due, hears what comes, until it is cancelled or the bus is gone."""

import asyncio
from collections.abc import Callable

from wattstead.catalog.can_spec import CanSpec
from wattstead.catalog.profile import Profile
from wattstead.link.port import Port
from wattstead.model.errors import NoAnswer, UsageError
from wattstead.virtual.can_battery import CanBattery
from wattstead.virtual.can_inverter import VirtualInverter
from wattstead.virtual.live import LiveBank
from wattstead.wire.can_signal import CanMessage
from wattstead.wire.can_state import BusState
from wattstead.wire.can_talker import Habits, Talker
from wattstead.wire.codec import Said
from wattstead.wire.family.can import Can

_LONGEST_S = 1.0  # between two looks at the clock


def battery_talker(profile: Profile, live: LiveBank) -> Talker:
    """Make the battery's side of a bus. Raises UsageError for a profile of another kind of line."""
    keys = can_keys(profile)
    habits = Habits(
        keys.spacing_ms / 1000.0,
        padded=keys.padded,
        asks=keys.asks,
        alive=keys.alive,
        lost_s=keys.lost_s,
        address=0,
        replies={name: _named(profile, listed) for name, listed in keys.replies.items()},
    )
    codec = profile.codec()
    return Talker(codec, profile.framer(), _named(profile, keys.send), CanBattery(live).report, habits)


def inverter_talker(profile: Profile, inverter: VirtualInverter) -> Talker:
    """Make the inverter's side of a bus."""
    keys = can_keys(profile)
    habits = Habits(keys.spacing_ms / 1000.0, alive=keys.send, lost_s=keys.lost_s)
    return Talker(profile.codec(), profile.framer(), _named(profile, keys.inverter_send), inverter.report, habits)


def virtual_inverter(profile: Profile, now_s: Callable[[], float]) -> VirtualInverter:
    """Make an inverter that hears this protocol."""
    keys = can_keys(profile)
    family = profile.dialect.family
    if not isinstance(family, Can):
        raise TypeError(f"{profile.name} is no protocol of a CAN bus")
    return VirtualInverter(BusState(family, keys.needs), lost_s=keys.lost_s, now_s=now_s)


def can_keys(profile: Profile) -> CanSpec:
    """Give ``[link.can]``. Raises UsageError for a profile of another kind of line."""
    if profile.link.can is None:
        raise UsageError(f"{profile.name} does not speak on a CAN bus; `wattstead profiles` names those that do")
    return profile.link.can


def _named(profile: Profile, names: tuple[str, ...]) -> list[CanMessage]:
    by_name = {one.name: one for one in profile.dialect.messages if isinstance(one, CanMessage)}
    return [by_name[name] for name in names]


async def serve_battery(port: Port, profile: Profile, live: LiveBank) -> None:
    """Be a battery whose packs notice when the inverter falls silent. Raises LinkLost once the bus is gone."""
    battery, talker = CanBattery(live), battery_talker(profile, live)
    await serve_can(port, talker, looks=lambda now: battery.inverter_lost(lost=talker.lost(now)))


async def serve_can(
    port: Port,
    talker: Talker,
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
