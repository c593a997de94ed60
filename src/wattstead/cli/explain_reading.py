"""``wattstead explain`` for what is active on a battery: on its port, or in the readings that ``serve`` stored."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from wattstead.app.alone import alone
from wattstead.app.clock import now_ms
from wattstead.catalog.explained import Explained, explain_reading
from wattstead.catalog.profile import Profile as DeviceProfile
from wattstead.catalog.profile import load_profile
from wattstead.cli.can_verbs import is_can, read_once
from wattstead.cli.explain_show import print_reading
from wattstead.cli.line import open_line
from wattstead.cli.look_for import look_for
from wattstead.cli.options import check_address, named_device
from wattstead.cli.run import run
from wattstead.cli.show import said, word
from wattstead.host.conversation import Conversation
from wattstead.host.read import PackRead, read_pack
from wattstead.link.port import Port
from wattstead.model.errors import UsageError
from wattstead.model.reading import Silence, Snapshot
from wattstead.store.base import Store

_BACK_MS = 7 * 86_400_000
"""How far the stored readings are followed back."""
_ROUNDS_MS = 300_000
"""Within so long before the last reading another one may tell what it did not."""


def explain_port(
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
    """Read a battery and say what is active on it. Raises NoAnswer, LinkLost, UsageError."""
    run(_port(url, profile, address, baud, data, pack, wake=wake, json=json, lang=lang))


def explain_stored(data: Path, pack: str, profile: str, *, json: bool, lang: str) -> None:
    """Say what was active on a pack at its last stored reading. Raises StoreError, UsageError."""
    run(_stored(data, pack, load_profile(profile), json=json, lang=lang))


async def _port(
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


async def _stored(data: Path, pack: str, device: DeviceProfile, *, json: bool, lang: str) -> None:
    async with _store(data) as store:
        last = (await store.latest(pack)).snapshot
        if last is None:
            raise UsageError(f"{data} holds no reading of a pack {pack!r}; its names stand in the configuration")
        history = await store.history(pack, last.at_ms - _BACK_MS, last.at_ms + 1)
    result: Explained = explain_reading(device, _whole(last, history), {}, history)
    print_reading(result, None, lang, json=json)


def _whole(last: Snapshot, history: Sequence[Snapshot | Silence]) -> Snapshot:
    """Add to the last reading what it did not ask for: ``serve`` asks for alarms only every few rounds."""
    for one in reversed(history):
        if isinstance(one, Silence) or one.at_ms < last.at_ms - _ROUNDS_MS:
            break
        active = one.active if last.active is None else last.active
        last = replace(last, values={**one.values, **last.values}, active=active)
    return last


async def _history(data: Path, pack: str, now: int) -> tuple[Snapshot | Silence, ...]:
    async with _store(data) as store:
        return tuple(await store.history(pack, now - _BACK_MS, now + 1))
