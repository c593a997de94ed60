"""``wattstead screen``: the pages of a battery's touch screen, in the terminal."""

import asyncio
import sys
from contextlib import suppress
from typing import Annotated

import typer

from wattstead.app.clock import now_ms
from wattstead.cli.addresses import parse_addresses
from wattstead.cli.can_verbs import check_bus, is_can
from wattstead.cli.look_for import look_for
from wattstead.cli.options import Baud, Data, Lang, Profile, Wake, check_addresses, data_folder, language, named_device
from wattstead.cli.run import run
from wattstead.cli.setting_source import Places, Wish
from wattstead.host.can_poller import check_packs
from wattstead.link.port import Port
from wattstead.model.errors import UsageError
from wattstead.tui.app import ScreenApp
from wattstead.tui.desk import Desk
from wattstead.tui.feed import CLOSES_S, MOST_PACKS, Feed


def screen(
    url: Annotated[
        str, typer.Argument(help="The port: /dev/ttyUSB0, serial:///dev/ttyUSB0?baud=9600, tcp://host:port, can://…")
    ],
    profile: Profile = None,
    address: Annotated[
        list[str] | None,
        typer.Option("--address", "-a", help="Address on the bus; several as 0,2 or 0-15, or given again."),
    ] = None,
    baud: Baud = None,
    wake: Wake = True,
    data: Data = None,
    lang: Lang = "en",
) -> None:
    """Pages of a battery in the terminal: overview, cells, temperatures, alarms, settings, link, all packs.

    Example: `wattstead screen /dev/ttyUSB0 --profile seplos-v2 --address 0-3`

    Keys: 1 to 7 or the arrows turn the pages, ? lists the others, q leaves. It fits a phone's terminal of 40 columns.

    It only reads. A setting is written after its preview, once you have typed yes or the name of the danger; backup,
    read-back and log are those of `wattstead settings`. Without --profile it looks for the device first. Exit status 3
    when the port does not open.
    """
    addresses = parse_addresses(address or [], MOST_PACKS)
    device = named_device(profile, *addresses)
    if not all(one.isatty() for one in (sys.stdin, sys.stdout, sys.stderr)):
        raise UsageError("the pages need a terminal; `wattstead read --watch` and --json write into files and pipes")
    wish = Wish(device, None, baud, data_folder(data), language(lang), wake=wake)
    run(_show(Places(wish), url, addresses), serves=True)


async def _show(places: Places, url: str, addresses: list[int]) -> None:
    wish = places.wish
    device = wish.device
    if device is None:
        device, url, found = await look_for(url, wish.baud, addresses[0] if addresses else None, wish.lang)
        check_addresses(device, *addresses)
        addresses = addresses or [found]
    addresses = addresses or [device.addresses.master]
    if is_can(device):
        check_bus(device, url)
        check_packs(device, addresses)
    first = await places.open(url, device)
    waiting = [first]

    async def opening() -> Port:
        return waiting.pop() if waiting else await places.open(url, device)

    feed = Feed(device, url, addresses, now_ms, opening, first.baud)
    try:
        app = ScreenApp(Desk(feed, wish.folder), wish.lang)
        await app.run_async()
    finally:
        await feed.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSES_S):
                await first.close()
    if app.return_code:
        raise typer.Exit(app.return_code)
