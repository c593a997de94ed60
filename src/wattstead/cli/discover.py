"""``wattstead discover``: what is at the other end of the cable."""

from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from wattstead.catalog.complaints import complaint
from wattstead.catalog.profile import Profile as DeviceProfile
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.catalog.sentences import in_words
from wattstead.cli.can_verbs import find, print_fits
from wattstead.cli.discover_loggers import is_logger_search, search_loggers
from wattstead.cli.line import open_line
from wattstead.cli.options import Json, Lang, Profile, Wake, language
from wattstead.cli.run import run
from wattstead.cli.show import as_json, console, said, said_in, word
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
    lang: Lang = "en",
) -> None:
    """Find out which device answers, at which speed and address.

    Example: `wattstead discover /dev/ttyUSB0`

    Opens the port, and says what it will send and how long that may take before it sends anything. All questions only
    read. A URL that names a speed (`'serial:///dev/ttyUSB0?baud=9600'`, in quotes for the shell) is searched at that
    speed alone. `solarman://` asks the network for stick loggers. A console that may sleep is woken where its profile
    is named. Exit status 3 when nobody answers.
    """
    wanted = [load_profile(name) for name in ([profile] if profile else profile_names())]
    chosen = list(urls or serial_urls())
    if not chosen:
        raise LinkLost("this machine has no serial port; plug the adapter in, or name a port such as tcp://host:port")
    failures: list[WattsteadError] = []
    way = _Way(wanted, language(lang), full=full, wake=wake, json=json)
    run(_search_all(chosen, way, failures))
    if len(failures) == len(chosen):
        raise failures[0]
    for failure in failures:
        said(f"wattstead: {complaint(str(failure), way.lang)}")


@dataclass(frozen=True)
class _Way:
    """What is looked for, and how what is found is told."""

    wanted: list[DeviceProfile]
    lang: str
    full: bool
    wake: bool
    json: bool


async def _search_all(urls: list[str], way: _Way, failures: list[WattsteadError]) -> None:
    for url in urls:
        if is_logger_search(url):
            try:
                await search_loggers(url, way.lang, json=way.json)
            except (NoAnswer, LinkLost) as failure:
                failures.append(failure)
            continue
        if url.startswith("can://"):
            try:
                print_fits(url, await find(url, way.wanted, way.lang), way.lang, json=way.json)
            except (NoAnswer, LinkLost) as failure:
                failures.append(failure)
            continue
        try:
            await _search(url, way)
        except (NoAnswer, LinkLost) as failure:
            failures.append(failure)


async def _search(url: str, way: _Way) -> None:
    told = list(plan(url, way.wanted, full=way.full).describe())
    columns = TextColumn("{task.description}"), BarColumn()
    out = Console(stderr=True)
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bars:
        bar = bars.add_task(word("discover_searches", way.lang).format(url=url), total=None)

        def done(how_far: Done) -> None:
            asking = word("discover_asks", way.lang).format(who=in_words(how_far.asking, way.lang))
            bars.update(bar, completed=how_far.done, total=how_far.total, description=asking)

        async def opening(one: str) -> Port:
            if len(way.wanted) > 1:  # what wakes one make is noise to all others
                port = await open_port(one)
            else:
                port = await open_line(one, way.wanted[0], wake=way.wake, lang=way.lang)
            while told:  # once: a port that is not there needs no list of questions
                said_in(way.lang, told.pop(0))
            return port

        async with aclosing(search(opening, url, way.wanted, full=way.full, progress=done)) as found:
            async for device in found:
                _print(device, way)


def _print(found: Found, way: _Way) -> None:
    if way.json:
        print(as_json(asdict(found)), flush=True)
        return
    out = console()
    name = " ".join(filter(None, (found.device_name, found.firmware_version)))
    where = word("discover_found", way.lang).format(url=found.url, address=found.address)
    out.print(f"[bold]{found.profile}[/] {where}" + (f"{word('colon', way.lang)} {name}" if name else ""))
    if found.also:
        out.print(f"  {word('discover_also', way.lang).format(others=', '.join(found.also))}", style="yellow")
    out.print(
        f"  wattstead read '{found.url}' --profile {found.profile} --address {found.address}",
        style="dim",
        markup=False,
        soft_wrap=True,
    )
