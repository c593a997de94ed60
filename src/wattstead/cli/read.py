"""``wattstead read``: what a battery says, now."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.styled import Styled
from rich.text import Text

from wattstead.app.clock import now_ms
from wattstead.catalog.complaints import complaint
from wattstead.catalog.profile import Profile as DeviceProfile
from wattstead.cli.can_verbs import is_can, read_on, read_once
from wattstead.cli.line import open_line
from wattstead.cli.look_for import look_for
from wattstead.cli.options import Address, Baud, Json, Lang, Profile, Wake, language, named_device
from wattstead.cli.run import run
from wattstead.cli.show import as_json, beyond_limits, codes_lines, console, said, values_table, word
from wattstead.host.conversation import Conversation
from wattstead.host.poller import Poller, Reopen
from wattstead.host.read import PackRead, read_pack
from wattstead.host.turns import PolledPack
from wattstead.model.errors import UsageError
from wattstead.model.quantity import QUANTITIES
from wattstead.model.reading import Silence, Snapshot, derived


@dataclass(frozen=True)
class _Wish:
    """What the person asked for."""

    url: str
    baud: int | None
    address: int | None
    settings: bool
    json: bool
    lang: str
    wake: bool = True


def read(
    url: Annotated[
        str, typer.Argument(help="The port: /dev/ttyUSB0, serial:///dev/ttyUSB0?baud=9600, tcp://host:port …")
    ],
    profile: Profile = None,
    address: Address = None,
    baud: Baud = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Again and again, until Ctrl-C.")] = False,
    settings: Annotated[bool, typer.Option("--settings", help="The device's settings, too.")] = False,
    wake: Wake = True,
    json: Json = False,
    lang: Lang = "en",
) -> None:
    """Read a battery: values, alarms, who it is.

    Example: `wattstead read /dev/ttyUSB0 --profile seplos-v2 --address 0`

    Without --profile it looks for the device first, as `wattstead discover` does, and without --address it takes the
    usual one. It only reads: nothing is changed. Exit status 3 when nobody answers, 1 when the device says no.
    """
    if watch and settings:
        raise UsageError("--watch shows values that change; read --settings once, without it")
    device = named_device(profile, address)
    wish = _Wish(url, baud, address, settings, json, language(lang), wake)
    run(_read(wish, device, watch=watch), serves=watch)


async def _read(wish: _Wish, device: DeviceProfile | None, *, watch: bool) -> None:
    url, address, baud = wish.url, wish.address, wish.baud
    if device is None:
        device, url, address = await look_for(url, baud, address, wish.lang)
    where = device.addresses.master if address is None else address
    if is_can(device):
        await _read_can(wish, device, url, watch=watch)
        return
    opening = partial(open_line, url, device, baud=baud, wake=wish.wake, lang=wish.lang)
    port = await opening()
    conversation = Conversation(port, device)
    try:
        if watch:
            await _watch(conversation, where, opening, wish)
        else:
            pack = f"{device.name}-{where}"
            found = await read_pack(conversation, where, pack, now_ms, settings=wish.settings)
            _print(found, device, where, wish)
    finally:
        await conversation.close()


async def _read_can(wish: _Wish, device: DeviceProfile, url: str, *, watch: bool) -> None:
    """Listen to a battery that speaks unasked."""
    where = device.addresses.master if wish.address is None else wish.address
    if not watch:
        _print(await read_once(url, device, wish.address), device, where, wish)
        return
    with _showing() as show:
        async for reading in read_on(url, device, wish.address):
            if wish.json:
                print(as_json(_plain(reading, device, where)), flush=True)
                continue
            values = dict(reading.values) if isinstance(reading, Snapshot) else {}
            active = reading.active if isinstance(reading, Snapshot) else None
            show(_screen(reading, values, active, device, wish.lang))


async def _watch(conversation: Conversation, address: int, reopen: Reopen, wish: _Wish) -> None:
    """Poll until cancelled: a screen that stays, or a line of JSON a round."""
    profile = conversation.profile
    pack = PolledPack(f"{profile.name}-{address}", address)
    poller = Poller(conversation, [pack], now_ms, interval_s=1.0, reopen=reopen)
    known: dict[str, Any] = {}
    active: tuple[str, ...] | None = None
    read_ms: int | None = None
    with _showing() as show:
        async for readings in poller.rounds():
            for reading in readings:
                if wish.json:
                    print(as_json(_plain(reading, profile, address)), flush=True)
                    continue
                if isinstance(reading, Snapshot):
                    known |= reading.values
                    active = active if reading.active is None else reading.active
                    read_ms = reading.at_ms
                show(_screen(reading, known, active, profile, wish.lang, read_ms))


@contextmanager
def _showing() -> Iterator[Callable[[RenderableType], None]]:
    """Give what shows a reading: in place of the one before, or below it where the answers go into a pipe."""
    out = console()
    if not out.is_terminal:
        yield lambda reading: _print_now(out, reading)
        return
    with Live(console=out, auto_refresh=False, vertical_overflow="visible") as screen:
        yield partial(screen.update, refresh=True)


def _print_now(out: Console, reading: RenderableType) -> None:
    out.print(reading)
    out.print()
    out.file.flush()


def _screen(
    reading: Snapshot | Silence,
    known: dict[str, Any],
    active: tuple[str, ...] | None,
    profile: DeviceProfile,
    lang: str,
    read_ms: int | None = None,
) -> RenderableType:
    """Lay out a round. read_ms: when the values that are known were read; they are shown with their age in silence."""
    at = datetime.fromtimestamp(reading.at_ms / 1000).astimezone()
    head = f"{profile.title[lang]}   {at:%H:%M:%S}"
    table = values_table(_measured(known, profile), lang)
    if isinstance(reading, Silence):
        silent = Text(f"{word('silent', lang)}: {complaint(reading.why, lang)}", "red")
        if read_ms is None or not known:
            return Group(Text(head, "bold"), silent)
        since = datetime.fromtimestamp(read_ms / 1000).astimezone()
        stale = word("stale", lang).format(at=f"{since:%H:%M:%S}", age_s=round((reading.at_ms - read_ms) / 1000))
        return Group(Text(head, "bold"), silent, Text(stale, "yellow"), Styled(table, "dim"))
    return Group(Text(head, "bold"), table, codes_lines(active, profile.codes, lang, beyond_limits(known)))


def _measured(values: Mapping[str, Any], device: DeviceProfile) -> dict[str, Any]:
    """Leave out settings that come with the values: they are shown when they are asked for."""
    return {name: value for name, value in values.items() if name in QUANTITIES or name not in device.settings}


def _print(found: PackRead, device: DeviceProfile, address: int, wish: _Wish) -> None:
    if wish.json:
        plain = _plain(found.snapshot, device, address)
        print(as_json({**plain, "settings": dict(found.settings), "missing": dict(found.missing)} | _doubted(found)))
        return
    out = console()
    out.print(device.title[wish.lang], style="bold")
    out.print(values_table(_measured(found.snapshot.values, device), wish.lang))
    beyond = beyond_limits(found.snapshot.values)
    out.print(codes_lines(found.snapshot.active, device.codes, wish.lang, beyond))
    if found.settings:
        out.print(f"\n{word('settings', wish.lang)}", style="bold")
        units = {name: setting.unit for name, setting in device.settings.items()}
        out.print(values_table(found.settings, wish.lang, derive=False, units=units))
    for name, why in found.missing.items():
        said(word("is_missing", wish.lang).format(name=name, why=why))
    if found.doubt:
        said(f"wattstead: {found.doubt}")


def _doubted(found: PackRead) -> dict[str, str]:
    return {"doubt": found.doubt} if found.doubt else {}


def _plain(reading: Snapshot | Silence, device: DeviceProfile, address: int) -> dict[str, Any]:
    """Give the object that --json prints."""
    at = datetime.fromtimestamp(reading.at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = {"profile": device.name, "address": address, "at": at}
    if isinstance(reading, Silence):
        return {**head, "silent": reading.why}
    active = None if reading.active is None else list(reading.active)
    return {**head, "values": {**reading.values, **derived(reading.values)}, "active": active}
