"""Where a set of settings comes from: a device on a port, a file, as shipped, or what was seen last time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from wattstead.app.clock import now_ms
from wattstead.catalog.profile import Profile, load_profile
from wattstead.catalog.where import nearest
from wattstead.cli.line import open_line
from wattstead.cli.look_for import look_for
from wattstead.cli.show import said, word
from wattstead.host.conversation import Conversation
from wattstead.host.settings.file import read_settings_file
from wattstead.host.settings.keep import Keeper, device_key
from wattstead.host.settings.sets import Held, SettingSet, defaults, read_held
from wattstead.link.port import Port
from wattstead.model.errors import UsageError

TOPOLOGY = "topology-"
"""Before the name of a way to connect an inverter: its set of settings."""


@dataclass(frozen=True)
class Wish:
    """What the person asked for. folder: of backups and the log."""

    device: Profile | None
    address: int | None
    baud: int | None
    folder: Path
    lang: str
    json: bool = False
    dry_run: bool = False
    confirmed: frozenset[str] = frozenset()
    yes: bool = False
    rollback: bool = False
    recheck: bool = False
    wait_s: float = 0.0
    wake: bool = True


@dataclass(frozen=True)
class Loaded:
    """A set and the device that it is for. keeper: of a device that was read."""

    profile: Profile
    held: SettingSet
    keeper: Keeper | None = None


@dataclass(frozen=True)
class Device:
    """A device on an open line."""

    conversation: Conversation
    address: int
    url: str

    @property
    def profile(self) -> Profile:
        return self.conversation.profile


@dataclass(frozen=True)
class Places:
    """Finds devices and files as a person names them."""

    wish: Wish

    def named_in(self, file: str) -> "Places":
        """Add what a file says of the device that it was read from, where the person names no other.

        A pack that is not the usual one is told. Raises UsageError, ProfileError.
        """
        wish = self.wish
        held = read_settings_file(Path(file), wish.device)
        device = wish.device or load_profile(held.profile)
        address = held.address if wish.address is None else wish.address
        if wish.address is None and address not in (None, device.addresses.master):
            said(word("meant_by_file", wish.lang).format(file=file, address=address))
        return Places(replace(wish, device=device, address=address))

    @asynccontextmanager
    async def device(
        self, url: str, *, address: int | None = None, profile: Profile | None = None
    ) -> AsyncIterator[Device]:
        """Open a line to a device; look for it where no profile is named. Raises NoAnswer, LinkLost, UsageError."""
        device, asked = profile or self.wish.device, self.wish.address if address is None else address
        if device is None:
            device, url, asked = await look_for(url, self.wish.baud, asked, self.wish.lang)
        if device.link.framing == "can":
            raise UsageError(f"{device.name} has no settings on a CAN bus; use the battery's serial port")
        where = device.addresses.master if asked is None else asked
        conversation = Conversation(await self.open(url, device), device)
        try:
            yield Device(conversation, where, url)
        finally:
            await conversation.close()

    async def open(self, url: str, device: Profile) -> Port:
        return await open_line(url, device, baud=self.wish.baud, wake=self.wish.wake, lang=self.wish.lang)

    def keeper(self, device: Device, held: Held) -> Keeper:
        key = device_key(device.profile, device.url, device.address, held.identity)
        return Keeper(self.wish.folder, device.profile, key)

    def last_of(self, left: Loaded) -> SettingSet:
        """Give what was seen last time of the device that was read. Raises UsageError."""
        last = left.keeper.last() if left.keeper else None
        if last is None:
            raise UsageError(
                "nothing is kept of this device yet; `wattstead settings write` and `export` keep what they see"
            )
        return last


async def load(places: Places, what: str, *, address: int | None = None, profile: Profile | None = None) -> Loaded:
    """Load a set as a person names it. Raises UsageError, ProfileError, NoAnswer, Refused, LinkLost."""
    asked = profile or places.wish.device
    if what == "defaults":
        if asked is None:
            raise UsageError("defaults of which device? say --profile NAME; `wattstead profiles` lists them")
        if not asked.settings:
            raise UsageError(f"{asked.name} has no settings that are known")
        return Loaded(asked, defaults(asked))
    if what == "last":
        raise UsageError("`last` is compared with a device: wattstead settings diff PORT last")
    if what.startswith(TOPOLOGY):
        return _topology(what, asked)
    if is_file(what):
        held = read_settings_file(Path(what), asked)
        return Loaded(asked or load_profile(held.profile), held)
    async with places.device(what, address=address, profile=profile) as device:
        held_now = await read_held(device.conversation, device.address)
        told_missing(held_now, places.wish.lang)
        read = held_now.as_set(device.profile, device.url, device.address, now_ms())
        return Loaded(device.profile, read, places.keeper(device, held_now))


def _topology(what: str, asked: Profile | None) -> Loaded:
    """Give the settings that belong to a way of connecting an inverter, such as ``topology-dc-backup``."""
    from wattstead.catalog.topologies import PROFILE, topologies  # few ask for them

    known = topologies()
    name = what.removeprefix(TOPOLOGY)
    if name not in known:
        listed = ", ".join(f"{TOPOLOGY}{one}" for one in known)
        raise UsageError(f"there is no {what}; {nearest(what, [f'{TOPOLOGY}{one}' for one in known], f'say {listed}')}")
    if asked is not None and asked.name != PROFILE:
        raise UsageError(f"{what} is for {PROFILE}, not for {asked.name}")
    return Loaded(load_profile(PROFILE), SettingSet(PROFILE, known[name].settings, what))


def is_file(what: str) -> bool:
    """Whether a person means a file, not a port."""
    return what.endswith(".toml") and "://" not in what


def told_missing(held: Held, lang: str) -> None:
    """Say which messages a device did not answer."""
    for name, why in held.missing.items():
        said(word("is_missing", lang).format(name=name, why=why))
