"""``wattstead explain``: what a code means and what to do, for a code, for words, or for a battery on a port."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from wattstead.app.alone import alone
from wattstead.app.clock import now_ms
from wattstead.catalog.advice import makes
from wattstead.catalog.advice_search import Found, How, find_codes
from wattstead.catalog.explained import Explained, explain_reading
from wattstead.catalog.profile import Profile as DeviceProfile
from wattstead.catalog.profile import load_profile
from wattstead.cli.can_verbs import is_can, read_once
from wattstead.cli.explain_show import print_found, print_reading
from wattstead.cli.line import open_line
from wattstead.cli.look_for import look_for
from wattstead.cli.options import Address, Baud, Json, Lang, Profile, Wake, check_address, language, named_device
from wattstead.cli.run import run
from wattstead.cli.show import said, word
from wattstead.host.conversation import Conversation
from wattstead.host.read import PackRead, read_pack
from wattstead.link.port import Port
from wattstead.model.errors import UsageError
from wattstead.model.reading import Silence, Snapshot
from wattstead.store.base import Store

_PORT = re.compile(r"(.*://.*|/.*|\\\\\.\\COM\d+|COM\d+)", re.IGNORECASE)
_BACK_MS = 7 * 86_400_000
"""How far the stored readings are followed back."""


def explain(
    what: Annotated[
        list[str] | None,
        typer.Argument(help="Codes as printed, words such as 'cell overvoltage', or the port of a battery."),
    ] = None,
    profile: Profile = None,
    address: Address = None,
    baud: Baud = None,
    wake: Wake = True,
    data: Annotated[
        Path | None, typer.Option("--data", help="Stored readings of `wattstead serve` (while it does not run).")
    ] = None,
    pack: Annotated[str, typer.Option("--pack", help="The name of the pack in the stored readings.")] = "",
    json: Json = False,
    lang: Lang = "en",
) -> None:
    """Say what a code means: causes, checks with figures, what to do, who acts, how soon.

    Example: `wattstead explain F14`, `wattstead explain "cell overvoltage"`, `wattstead explain OTC -p pylontech`,
    `wattstead explain /dev/ttyUSB0 -p seplos-v2`

    Codes may be typed as they look: any case, O for 0, blanks, a letter amiss. With a port it reads the battery and
    shows for each active code the values and limits behind it, what will end it, and advice that fits them; --data
    with --pack adds since when. It only reads. Exit status 1 when a code is not known: the nearest ones are shown.
    """
    words = what or []
    if data is not None and not pack:
        raise UsageError("--data needs --pack, the name of the pack in the stored readings")
    if data is not None and not data.is_file():  # opening would make an empty file
        raise UsageError(f"{data}: there is no such file; --data is the store of `wattstead serve`")
    if len(words) == 1 and _PORT.fullmatch(words[0]):
        run(_explain_port(words[0], profile, address, baud, data, pack, wake=wake, json=json, lang=language(lang)))
        return
    if not words and data is not None:
        if profile is None:
            raise UsageError("--data needs --profile: stored readings do not name their codes")
        run(_explain_stored(data, pack, load_profile(profile), json=json, lang=language(lang)))
        return
    if not any(word.strip() for word in words):
        raise UsageError("say a code (F14, OTC), words ('cell overvoltage'), or a port; `wattstead codes` lists codes")
    _explain_codes([word for word in words if word.strip()], profile, json=json, lang=language(lang))


def _explain_codes(words: list[str], profile: str | None, *, json: bool, lang: str) -> None:
    make = _make(profile)
    found = _look_up(words, make)
    for one in found:
        print_found(one, make, lang, json=json)
    if any(one.how is How.UNKNOWN for one in found):
        raise typer.Exit(1)


def _make(profile: str | None) -> str | None:
    """Give whose codes are asked for; a profile of one's own has those of none. Raises UsageError."""
    if profile is None or profile in makes():
        return profile
    name = load_profile(profile).name
    if name not in makes():
        raise UsageError(f"{name} has no codes that are explained; leave --profile out to look in all makes")
    return name


def _look_up(words: list[str], make: str | None) -> list[Found]:
    """Several codes, or one that was written with blanks, or a sentence."""
    single = [find_codes(word, make) for word in words]
    if all(one.how in (How.EXACT, How.LOOK_ALIKE, How.MISPRINT) for one in single):
        return single
    return [find_codes(" ".join(words), make)]


async def _explain_port(
    url: str,
    profile: str | None,
    address: int | None,
    baud: int | None,
    data: Path | None,
    pack: str,
    *,
    wake: bool,
    json: bool,
    lang: str,
) -> None:
    device = named_device(profile, address)
    if device is None:
        device, url, address = await look_for(url, baud, address, lang)
        check_address(device, address)
    where = device.addresses.master if address is None else address
    opening = partial(open_line, url, device, baud=baud, wake=wake, lang=lang)
    found = await _read(opening, url, device, address, where)
    history = await _history(data, pack, found.snapshot.at_ms) if data else ()
    for name, why in found.missing.items():
        said(word("is_missing", lang).format(name=name, why=why))
    if found.doubt:
        said(f"wattstead: {found.doubt}")
    settings = {name: value for name, value in found.settings.items() if isinstance(value, bool | int | float | str)}
    print_reading(explain_reading(device, found.snapshot, settings, history), where, lang, json=json)


async def _read(
    opening: Callable[[], Awaitable[Port]], url: str, device: DeviceProfile, address: int | None, where: int
) -> PackRead:
    if is_can(device):
        return await read_once(url, device, address)
    conversation = Conversation(await opening(), device)
    try:
        return await read_pack(conversation, where, f"{device.name}-{where}", now_ms, settings=True)
    finally:
        await conversation.close()


@asynccontextmanager
async def _store(data: Path) -> AsyncIterator[Store]:
    """Open stored readings. Raises StoreError, UsageError."""
    from wattstead.store.sqlite import SqliteStore  # only those who ask for history need it

    store = await SqliteStore.open(data)
    try:
        with alone(data):
            yield store
    finally:
        await store.close()


async def _explain_stored(data: Path, pack: str, device: DeviceProfile, *, json: bool, lang: str) -> None:
    async with _store(data) as store:
        last = (await store.latest(pack)).snapshot
        if last is None:
            raise UsageError(f"{data} holds no reading of a pack {pack!r}; its names stand in the configuration")
        history = await store.history(pack, last.at_ms - _BACK_MS, last.at_ms + 1)
    result: Explained = explain_reading(device, last, {}, history)
    print_reading(result, None, lang, json=json)


async def _history(data: Path, pack: str, now: int) -> tuple[Snapshot | Silence, ...]:
    async with _store(data) as store:
        return tuple(await store.history(pack, now - _BACK_MS, now + 1))
