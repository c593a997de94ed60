"""What the platform has stored of a device that a person names by its port, its file or its name in the plant."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wattstead.app.config import Config, StoreConfig, config_path, endpoint, load_config, pack_id
from wattstead.catalog.profile import Profile
from wattstead.host.records.ours import Seen
from wattstead.host.settings.keep import device_key
from wattstead.model.errors import UsageError, WattsteadError
from wattstead.plant.came_and_went import came_and_went
from wattstead.store.base import DAY_MS, LAST_MS, Resolution, Store
from wattstead.store.sqlite import SqliteStore

_LOOKS_BACK_MS = 7 * DAY_MS  # for a serial number, which is asked about once an hour


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose codes are wanted.

    key: by which files of the device are named. url, address: where it answers, None for a file. store: the file that a
    person named, None for that of ``serve``. packs: names in the plant, where a person gave them. from_ms: UTC.
    """

    profile: Profile
    key: str
    url: str | None = None
    address: int | None = None
    store: Path | None = None
    packs: Sequence[str] = ()
    from_ms: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """path: of the store, None where there is none. packs: that are this device. others: that the store has besides."""

    path: Path | None = None
    packs: Sequence[str] = ()
    others: Sequence[str] = ()
    seen: Sequence[Seen] = ()


async def stored_codes(wanted: Wanted) -> Stored:
    """Give the codes that the platform saw come and go on a device.

    Raises UsageError for a store or a pack that a person named and that is not there, StoreError where it cannot be
    read. Without a name, no store is no error.
    """
    config = _config()
    path = wanted.store or (config.store.path if config else _usual())
    if not path.is_file():
        if wanted.store is not None:
            raise UsageError(f"--store {path}: there is no such file; `wattstead serve` writes one, see [store] there")
        return Stored()
    store = await SqliteStore.open(path)
    try:
        there = await store.packs()
        packs = await _which(wanted, store, there, config)
        seen = [one for pack in packs for one in await came_and_went(store, pack, _from_ms(wanted), LAST_MS)]
        return Stored(path, packs, [one for one in there if one not in packs], seen)
    finally:
        await store.close()


def _from_ms(wanted: Wanted) -> int:
    # A day more, so that what was active before is not told as if it had just been found.
    return max(0, wanted.from_ms - DAY_MS)


def _usual() -> Path:
    return StoreConfig().path


def _config() -> Config | None:
    """Give what ``serve`` goes by; None where there is nothing, or nothing that it could start with."""
    path = config_path()
    try:
        return load_config(path) if path.is_file() else None
    except WattsteadError:
        return None


async def _which(wanted: Wanted, store: Store, there: Sequence[str], config: Config | None) -> Sequence[str]:
    """Find the device among the packs of a store: by its name, its serial number, the line and address, or alone."""
    for name in wanted.packs:
        if name not in there:
            known = ", ".join(there) or "none at all"
            raise UsageError(f"--pack {name}: the store has no such pack; it has {known}")
    if wanted.packs:
        return wanted.packs
    keys = {pack: await _key(wanted, store, pack) for pack in there}
    if found := [pack for pack, key in keys.items() if key == wanted.key]:
        return found
    if found := [pack for pack in _configured(wanted, config) if pack in there]:
        return found
    alone = wanted.store is not None and list(keys.values()) == [None]  # and it does not say that it is another one
    return there if alone else ()


async def _key(wanted: Wanted, store: Store, pack: str) -> str | None:
    """Give the key that the device would have by the serial number which it told the platform."""
    bounds = await store.bounds(pack)
    if bounds is None:
        return None
    first_ms, last_ms = max(0, bounds.last_ms - _LOOKS_BACK_MS), bounds.last_ms + 1
    said = await store.read(pack, ["serial_number"], first_ms, last_ms, Resolution.RAW)
    curve = said.channels.get("serial_number")
    serials = [one for one in curve.last if isinstance(one, str) and one] if curve else []
    return device_key(wanted.profile, "", 0, {"serial_number": serials[-1]}) if serials else None


def _configured(wanted: Wanted, config: Config | None) -> Sequence[str]:
    """Name the packs that the configuration has at this port and address."""
    if config is None or wanted.url is None:
        return ()
    here = endpoint(wanted.url)
    lines = [bus for bus in config.bus if bus.profile == wanted.profile.name and endpoint(bus.url) == here]
    return [pack_id(bus, pack) for bus in lines for pack in bus.packs if pack.address == wanted.address]
