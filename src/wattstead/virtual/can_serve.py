"""A virtual device on a CAN bus: a battery that speaks unasked, or the inverter that hears it."""

from collections.abc import Callable

from wattstead.catalog.can_sides import battery_side, can_keys, inverter_side
from wattstead.catalog.profile import Profile
from wattstead.link.port import Port
from wattstead.link.unasked import speak as serve_can
from wattstead.virtual.can_battery import CanBattery
from wattstead.virtual.can_inverter import VirtualInverter
from wattstead.virtual.live import LiveBank
from wattstead.wire.can_state import BusState
from wattstead.wire.can_talker import Talker
from wattstead.wire.family.can import Can

__all__ = ["battery_talker", "can_keys", "inverter_talker", "serve_battery", "serve_can", "virtual_inverter"]


def battery_talker(profile: Profile, live: LiveBank) -> Talker:
    """Make the battery's side of a bus. Raises UsageError for a profile of another kind of line."""
    return battery_side(profile, CanBattery(live).report)


def inverter_talker(profile: Profile, inverter: VirtualInverter) -> Talker:
    """Make the inverter's side of a bus."""
    return inverter_side(profile, inverter.report)


def virtual_inverter(profile: Profile, now_s: Callable[[], float]) -> VirtualInverter:
    """Make an inverter that hears this protocol."""
    keys = can_keys(profile)
    family = profile.dialect.family
    if not isinstance(family, Can):
        raise TypeError(f"{profile.name} is no protocol of a CAN bus")
    return VirtualInverter(BusState(family, keys.needs), lost_s=keys.lost_s, now_s=now_s)


async def serve_battery(port: Port, profile: Profile, live: LiveBank) -> None:
    """Be a battery whose packs notice when the inverter falls silent. Raises LinkLost once the bus is gone."""
    battery, talker = CanBattery(live), battery_talker(profile, live)
    await serve_can(port, talker, looks=lambda now: battery.inverter_lost(lost=talker.lost(now)))
