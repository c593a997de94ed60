"""``wattstead serve``: a site on the lines that a person configured."""

from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from wattstead.app.config import BusConfig, Config, pack_id
from wattstead.app.site import Line, Site, opened
from wattstead.catalog.profile import load_profile
from wattstead.host.wake import open_awake
from wattstead.link.port import Port
from wattstead.plant.latest import PackInfo

log = structlog.get_logger(__name__)
PACK_S = 0.5
"""Longest that one pack of a round takes on the lines that we know: 324 bytes at 9600 baud and two turnarounds."""


async def serve_config(config: Config, ready: Callable[[int], None]) -> None:
    """Run the configured plant until cancelled. Raises WattsteadError where it cannot start."""
    lines = [_line(number, bus) for number, bus in enumerate(config.bus, 1)]
    async with opened(config.store.path) as store:
        site = Site(config.plant.name, config.plant.time_zone, lines, store, raw_days=config.store.raw_days)
        await site.run(config.http.host, config.http.port, ready)


def _line(number: int, bus: BusConfig) -> Line:
    profile = load_profile(bus.profile)
    name = bus.name or f"{profile.make} bus {number}"
    packs = [
        PackInfo(
            id=pack_id(bus, pack),
            name=pack.name or f"Pack {pack.address}",
            make=profile.make,
            profile=profile.name,
            bus=name,
            address=pack.address,
            poll_interval_s=max(bus.interval_s, PACK_S * len(bus.packs)),
        )
        for pack in bus.packs
    ]
    opening: Callable[[], Awaitable[Port]] = partial(open_awake, bus.url, profile, wakes=bus.wake, say=log.warning)
    return Line(name, bus.url, profile, packs, opening, bus.interval_s)
