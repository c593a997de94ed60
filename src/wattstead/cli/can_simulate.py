"""``wattstead simulate`` on a CAN bus: a battery that speaks unasked, or the inverter that hears it."""

import asyncio
from collections.abc import Callable

from wattstead.catalog.profile import Profile
from wattstead.cli.can_verbs import check_bus
from wattstead.cli.show import as_json, said
from wattstead.link.open import open_port
from wattstead.virtual.can_serve import inverter_talker, serve_battery, serve_can, virtual_inverter
from wattstead.virtual.live import LiveBank
from wattstead.virtual.loader_line import LoaderPort
from wattstead.virtual.loaders import Loaders

SIDES = ("battery", "inverter")


async def simulate_battery(url: str, live: LiveBank, *, follows_file: bool, loaders: Loaders | None = None) -> None:
    """Be a battery on a bus until cancelled. loaders: those that listen there, too."""
    profile = live.bank.profile
    check_bus(profile, url)
    bus = await open_port(url)
    port = LoaderPort(bus, loaders) if loaders else bus
    try:
        print(f"ready {url}", flush=True)
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(live.keep_up()) if follows_file else None
            await serve_battery(port, profile, live)
            if following is not None:
                following.cancel()
    finally:
        await port.close()


async def simulate_inverter(url: str, profile: Profile) -> None:
    """Be an inverter on a bus until cancelled: hears the battery, sends its own frames, says what it keeps to."""
    check_bus(profile, url)
    loop = asyncio.get_running_loop()
    inverter = virtual_inverter(profile, loop.time)
    talker = inverter_talker(profile, inverter)
    port = await open_port(url)
    try:
        print(f"ready {url}", flush=True)
        async with asyncio.TaskGroup() as tasks:
            telling = tasks.create_task(_tell(inverter.limits))
            await serve_can(port, talker, inverter.heard.take)
            telling.cancel()
    finally:
        await port.close()


async def _tell(limits: Callable[[], object]) -> None:
    """Say what the inverter keeps to, whenever it changes."""
    last: object = None
    while True:
        now = limits()
        if now != last:
            said(f"keeps to {as_json(now)}")
            last = now
        await asyncio.sleep(1.0)
