"""A set of settings: read from a device, from a file, or as shipped; and how two of them differ."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import isclose
from typing import Final

from wattstead.catalog.profile import Profile
from wattstead.host.conversation import Conversation
from wattstead.host.gather import polled
from wattstead.host.settings.mapping import Records, readers
from wattstead.model.errors import NoAnswer, Refused, UsageError
from wattstead.model.setting import SettingValue
from wattstead.wire.layout import Record
from wattstead.wire.message import Poll

Settings = Mapping[str, SettingValue]

LIVE: Final = ("remaining_capacity_ah", "soc_pct")
"""Settings that change by themselves while the battery works."""
OWN: Final = (*LIVE, "bms_address", "board_address", "cell_count", "cells_in_series")
"""Facts of one pack: no set of another one, nor the one as shipped, is to overwrite them unasked."""
_IDENTITY: Final = ("serial_number", "device_name", "firmware_version", "software_version")
_LIVE_STEP: Final = 0.02
"""A value that lives may have moved by so much of itself since it was written."""


@dataclass(frozen=True, slots=True)
class SettingSet:
    """Settings by name. source: where they come from, in words. at_ms: when they were read, UTC; None for no device's.

    identity: what the device says of itself. address: on its bus.
    """

    profile: str
    values: Settings
    source: str
    address: int | None = None
    at_ms: int | None = None
    identity: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Held:
    """What a device holds. records: as they were read. missing: messages that it did not answer, with the reason."""

    values: Settings
    records: Records
    missing: Mapping[str, str] = field(default_factory=dict)
    identity: Mapping[str, str] = field(default_factory=dict)

    def as_set(self, profile: Profile, source: str, address: int, at_ms: int) -> SettingSet:
        return SettingSet(profile.name, self.values, source, address, at_ms, self.identity)


async def read_held(
    conversation: Conversation, address: int, names: Collection[str] | None = None, *, identity: bool = True
) -> Held:
    """Read the settings of a device. names: those that are wanted, all where None. identity: who it is, too.

    A message that gets no answer or a refusal is told in ``missing``. Raises NoAnswer or Refused where nothing was
    read, LinkLost, and UsageError for a device without settings.
    """
    profile = conversation.profile
    asked = readers(profile, names)
    if not asked:
        raise UsageError(
            f"{profile.name} has no settings that can be read; `wattstead profiles {profile.name}` shows it"
        )
    values: dict[str, SettingValue] = {}
    records: dict[str, Record] = {}
    missing: dict[str, NoAnswer | Refused] = {}
    for message in asked:
        try:
            said = await conversation.ask(message.name, address)
        except (NoAnswer, Refused) as no:
            missing[message.name] = no
            if isinstance(no, NoAnswer) and not records:
                raise  # nobody is there: each further question would wait as long
            continue
        records[message.name] = said.record
        for name, value in said.packs[0].values.items():
            if name in profile.settings and isinstance(value, bool | int | float | str):
                values.setdefault(name, value)
    if not records:
        raise next(iter(missing.values()))
    who = await read_identity(conversation, address) if identity else {}
    return Held(values, records, {name: str(no) for name, no in missing.items()}, who)


async def read_identity(conversation: Conversation, address: int) -> dict[str, str]:
    """Ask a device who it is; what it does not answer is missing. Raises LinkLost."""
    found: dict[str, str] = {}
    for message in polled(conversation.profile, Poll.IDENTITY):
        try:
            said = await conversation.ask(message.name, address)
        except (NoAnswer, Refused):
            continue
        told = said.packs[0].values
        found |= {name: str(told[name]).strip() for name in _IDENTITY if str(told.get(name, "")).strip()}
    return found


def defaults(profile: Profile) -> SettingSet:
    """Give the set as shipped, as far as it is known."""
    values = {name: one.default for name, one in profile.settings.items() if one.default is not None}
    return SettingSet(profile.name, values, "as shipped")


def same(one: SettingValue | None, other: SettingValue | None) -> bool:
    """Whether two values are the same on the wire."""
    if isinstance(one, bool) or isinstance(other, bool):
        return isinstance(one, bool) and isinstance(other, bool) and one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return one == other


def took(name: str, wanted: SettingValue, holds: SettingValue | None) -> bool:
    """Whether what a device holds is what was written; what lives has gone on meanwhile."""
    if name in LIVE and isinstance(wanted, int | float) and isinstance(holds, int | float):
        return abs(wanted - holds) <= max(1.0, _LIVE_STEP * abs(wanted))
    return same(wanted, holds)


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that two sets have otherwise; None where one of them does not have it. lives: it changes by itself."""

    name: str
    left: SettingValue | None
    right: SettingValue | None

    @property
    def lives(self) -> bool:
        return self.name in LIVE


def differences(left: Settings, right: Settings, *, shared: bool = False) -> tuple[Difference, ...]:
    """Give what differs, in the order of the left one. shared: only what both have."""
    names = [name for name in left if name in right] if shared else list(dict.fromkeys((*left, *right)))
    found = (Difference(name, left.get(name), right.get(name)) for name in names)
    return tuple(one for one in found if not same(one.left, one.right))
