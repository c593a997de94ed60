"""``wattstead discover``: what is at the other end of the cable."""

from contextlib import aclosing
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from wattstead.catalog.profile import Profile as DeviceProfile
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.cli.can_verbs import find, print_fits
from wattstead.cli.discover_loggers import is_logger_search, search_loggers
from wattstead.cli.line import open_line
from wattstead.cli.options import Json, Profile, Wake
from wattstead.cli.run import run
from wattstead.cli.show import as_json, console, said
from wattstead.host.discover import Found
from wattstead.host.discover import Progress as Done
from wattstead.host.discover import discover as search
from wattstead.host.open import open_port
from wattstead.host.plan import plan
from wattstead.host.ports import serial_urls
from wattstead.link.port import Port
from wattstead.model.errors import LinkLost, NoAnswer, WattsteadError


def discover(
    urls: Annotated[
        list[str] | None, typer.Argument(help="Ports to search; none: every serial port of this machine.")
    ] = None,
    profile: Profile = None,
    full: Annotated[bool, typer.Option("--full", help="Every address at every speed, not the usual ones.")] = False,
    wake: Wake = True,
    json: Json = False,
) -> None:
    """Find out which device answers, at which speed and address.

    Example: `wattstead discover /dev/ttyUSB0`

    Says beforehand what it will send and how long that may take. All questions only read. A URL that names a speed
    (`'serial:///dev/ttyUSB0?baud=9600'`, in quotes for the shell) is searched at that speed alone. `solarman://` asks
    the network for stick loggers. A console that may sleep is woken where its profile is named. Exit status 3 when
    nobody answers.
    """
    wanted = [load_profile(name) for name in ([profile] if profile else profile_names())]
    chosen = list(urls or serial_urls())
    if not chosen:
        raise LinkLost("this machine has no serial port; plug the adapter in, or name a port such as tcp://host:port")
    failures: list[WattsteadError] = []
    run(_search_all(chosen, wanted, failures, full=full, wake=wake, json=json))
    if len(failures) == len(chosen):
        raise failures[0]
    for failure in failures:
        said(f"wattstead: {failure}")


async def _search_all(
    urls: list[str], wanted: list[DeviceProfile], failures: list[WattsteadError], *, full: bool, wake: bool, json: bool
) -> None:
    for url in urls:
        if is_logger_search(url):
            try:
                await search_loggers(url, json=json)
            except (NoAnswer, LinkLost) as failure:
                failures.append(failure)
            continue
        if url.startswith("can://"):
            try:
                print_fits(url, await find(url, wanted), json=json)
            except (NoAnswer, LinkLost) as failure:
                failures.append(failure)
            continue
        for line in plan(url, wanted, full=full).describe():
            said(line)
        try:
            await _search(url, wanted, full=full, wake=wake, json=json)
        except (NoAnswer, LinkLost) as failure:
            failures.append(failure)


async def _search(url: str, wanted: list[DeviceProfile], *, full: bool, wake: bool, json: bool) -> None:
    columns = TextColumn("{task.description}"), BarColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(f"searching {url}", total=None)

        def done(how_far: Done) -> None:
            bars.update(bar, completed=how_far.done, total=how_far.total, description=f"asking {how_far.asking}")

        async def opening(one: str) -> Port:
            if len(wanted) > 1:  # what wakes one make is noise to all others
                return await open_port(one)
            return await open_line(one, wanted[0], wake=wake)

        async with aclosing(search(opening, url, wanted, full=full, progress=done)) as found:
            async for device in found:
                _print(device, json=json)


def _print(found: Found, *, json: bool) -> None:
    if json:
        print(as_json(asdict(found)), flush=True)
        return
    out = console()
    name = " ".join(filter(None, (found.device_name, found.firmware_version)))
    out.print(f"[bold]{found.profile}[/] at {found.url}, address {found.address}" + (f": {name}" if name else ""))
    if found.also:
        out.print(f"  the answer fits {', '.join(found.also)} just as well: the device's label tells", style="yellow")
    out.print(
        f"  wattstead read '{found.url}' --profile {found.profile} --address {found.address}",
        style="dim",
        markup=False,
        soft_wrap=True,
    )
