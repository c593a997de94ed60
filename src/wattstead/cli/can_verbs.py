"""What verbs do on a CAN bus, where devices speak unasked."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from wattstead.app.clock import now_ms
from wattstead.catalog.profile import Profile
from wattstead.catalog.sentences import in_words
from wattstead.cli.show import as_json, console, said, said_in, word
from wattstead.host.can_discover import ASKS_S, LISTENS_S, CanFit, questions, who_speaks
from wattstead.host.can_listen import CanHost
from wattstead.host.read import PackRead
from wattstead.link.can_url import CanUrl
from wattstead.link.capture import Capture
from wattstead.link.open import open_port
from wattstead.link.recordings import Player
from wattstead.link.url import ReplayUrl, parse_url
from wattstead.model.counted import Count, filled
from wattstead.model.errors import LinkLost, UsageError
from wattstead.model.reading import Silence, Snapshot


def is_can(profile: Profile) -> bool:
    """Whether a device speaks on a CAN bus."""
    return profile.link.framing == "can"


def check_bus(profile: Profile, url: str) -> None:
    """Refuse a port on which this device cannot be. Raises UsageError."""
    if not isinstance(parse_url(url), CanUrl | ReplayUrl):
        raise UsageError(f"{url}: {profile.name} speaks on a CAN bus; give one such as can://socketcan/can0")


async def read_once(url: str, profile: Profile, address: int | None) -> PackRead:
    """Listen until a battery is known. Raises NoAnswer, LinkLost, UsageError."""
    check_bus(profile, url)
    port = await open_port(url)
    try:
        return await CanHost(port, profile, address).read(_pack(profile, address), now_ms)
    finally:
        await port.close()


async def read_on(url: str, profile: Profile, address: int | None) -> AsyncIterator[Snapshot | Silence]:
    """Give readings every second until cancelled."""
    check_bus(profile, url)
    port = await open_port(url)
    try:
        async for reading in CanHost(port, profile, address).readings(_pack(profile, address), now_ms):
            yield reading
    finally:
        await port.close()


def _pack(profile: Profile, address: int | None) -> str:
    return f"{profile.name}-{profile.addresses.master if address is None else address}"


async def find(url: str, profiles: Sequence[Profile], lang: str) -> list[CanFit]:
    """Find out whose frames are on a bus; what is sent into a silent one is told before. Raises NoAnswer, LinkLost."""
    here = [one for one in profiles if is_can(one)]
    if not here:
        raise UsageError(f"{url}: none of the chosen profiles speaks on a CAN bus; leave --profile out")
    asked = questions(here)
    port = await open_port(url)
    try:
        for about in asked.values():
            said(about)
        both = "" if not asked else filled(word("discover_asks_bus", lang), lang, count=len(asked))
        takes = {"listens_s": f"{LISTENS_S:g}", "most_s": f"{LISTENS_S + ASKS_S:g}"}
        said(word("discover_listens", lang).format(url=url, both=both, **takes))
        with _progress(url, lang) as progress:
            return await who_speaks(port, here, progress)
    finally:
        await port.close()


@contextmanager
def _progress(url: str, lang: str) -> Iterator[Callable[[float, str], None]]:
    """Show what is done and for how long already."""
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    out = Console(stderr=True)
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bars:
        bar = bars.add_task(word("discover_searches", lang).format(url=url), total=None)
        yield lambda _, doing: bars.update(bar, description=f"{url}{word('colon', lang)} {in_words(doing, lang)}")


def print_fits(url: str, fits: Sequence[CanFit], lang: str, *, json: bool) -> None:
    """Print the best one, and those that fit just as well."""
    best, *others = fits
    also = [one.profile for one in others if one.rank == best.rank]
    if json:
        who = {"device_name": best.maker, "firmware_version": None, "also": also}
        print(as_json({"profile": best.profile, "url": url, "address": 0, **who, "foreign": best.foreign}), flush=True)
        return
    out = console()
    name = f"{word('colon', lang)} {best.maker}" if best.maker else ""
    out.print(f"[bold]{best.profile}[/] {word('discover_at', lang).format(url=url)}{name}")
    near = also or [one.profile for one in others[:2]]
    if near:
        out.print(f"  {word('discover_relatives', lang).format(others=', '.join(near))}", style="yellow")
    if best.foreign:
        out.print(
            f"  {word('discover_foreign', lang).format(frames=', '.join(best.foreign))}", style="yellow", markup=False
        )
    out.print(f"  wattstead read '{url}' --profile {best.profile}", style="dim", markup=False, soft_wrap=True)


async def play(capture: Capture, on: str, speed: float, lang: str) -> None:
    """Play a recording on a bus, again and again until cancelled; once where it is to come all at once."""
    if not isinstance(parse_url(on), CanUrl):
        raise UsageError(f"{on}: this is a recording of a CAN bus; play it on one such as can://socketcan/can0")
    player = Player(capture, speed=speed)
    port = await open_port(on)
    print(f"ready {on}", flush=True)
    try:
        with suppress(LinkLost):
            await player.play(port)
            while speed:
                await player.play(port)
    finally:
        await port.close()
        said_in(lang, f"sent {Count(player.sent):frame|frames} as recorded")


def is_can_capture(capture: Capture) -> bool:
    """Whether a recording is one of a CAN bus."""
    return capture.header.url.startswith("can://")
