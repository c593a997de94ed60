"""From a profile to a side of a CAN bus: what it sends, how often, and how it knows that the other one is there."""

from collections.abc import Callable, Collection

from wattstead.catalog.can_rows import raised
from wattstead.catalog.can_spec import CanSpec
from wattstead.catalog.profile import Profile
from wattstead.model.errors import UsageError
from wattstead.wire.can_signal import CanMessage
from wattstead.wire.can_talker import Habits, Talker
from wattstead.wire.fill import Report


def can_keys(profile: Profile) -> CanSpec:
    """Give ``[link.can]``. Raises UsageError for a profile of another kind of line."""
    if profile.link.can is None:
        raise UsageError(f"{profile.name} does not speak on a CAN bus; `wattstead profiles` names those that do")
    return profile.link.can


def battery_side(
    profile: Profile,
    tells: Callable[[], Report | None],
    *,
    surely: Collection[str] = (),
    lost_s: float | None = None,
) -> Talker:
    """Make the battery's side of a bus. Raises UsageError for a profile of another kind of line.

    tells: what it has to say now; None while it says nothing. surely: as ``Habits``. lost_s: in place of the profile's.
    """
    keys = can_keys(profile)
    habits = Habits(
        keys.spacing_ms / 1000.0,
        padded=keys.padded,
        asks=keys.asks,
        alive=keys.alive,
        lost_s=keys.lost_s if lost_s is None else lost_s,
        address=0,
        replies={name: _named(profile, listed) for name, listed in keys.replies.items()},
        surely=surely,
    )
    return Talker(profile.codec(), profile.framer(), _named(profile, keys.send), tells, habits)


def inverter_side(profile: Profile, tells: Callable[[], Report | None]) -> Talker:
    """Make the inverter's side of a bus."""
    keys = can_keys(profile)
    habits = Habits(keys.spacing_ms / 1000.0, alive=keys.send, lost_s=keys.lost_s)
    return Talker(profile.codec(), profile.framer(), _named(profile, keys.inverter_send), tells, habits)


def codes_of(profile: Profile, rows: Collection[str]) -> tuple[str, ...]:
    """Give the codes of this dialect that rows raise: by their name, or as ``words/can_rows.toml`` says."""
    return tuple(code for code in profile.codes if code in rows or raised(code, rows))


def _named(profile: Profile, names: tuple[str, ...]) -> list[CanMessage]:
    by_name = {one.name: one for one in profile.dialect.messages if isinstance(one, CanMessage)}
    return [by_name[name] for name in names]
