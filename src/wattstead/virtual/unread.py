"""INFOFLAG of the ASCII-hex family: what has changed in a pack since somebody read its alarms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wattstead.wire.field import Bits
from wattstead.wire.layout import fields_of
from wattstead.wire.message import Message

ALARMS: Final = 0x01
SWITCHES: Final = 0x10
_HEALTHY: Final = {
    "charge_mos_on": True,
    "discharge_mos_on": True,
    "precharge_mos_on": False,
    "current_limiter_on": False,
    "heater_on": False,
    "buzzer_on": False,
}
"""Switches of a pack to which nothing has happened: of that it tells no change."""


@dataclass
class Unread:
    """Of one pack. codes, switches: as they were read last."""

    codes: frozenset[str] = frozenset()
    switches: tuple[bool, ...] = tuple(_HEALTHY.values())

    def flags(self, values: Mapping[str, Any], active: Iterable[str]) -> int:
        """Give what has changed: bit 0 an alarm, bit 4 a switch."""
        changed = ALARMS if frozenset(active) != self.codes else 0
        return changed | (SWITCHES if _switches(values) != self.switches else 0)

    def read(self, values: Mapping[str, Any], active: Iterable[str]) -> None:
        """Somebody has read all of it."""
        self.codes, self.switches = frozenset(active), _switches(values)


def _switches(values: Mapping[str, Any]) -> tuple[bool, ...]:
    return tuple(bool(values.get(name, healthy)) for name, healthy in _HEALTHY.items())


def tells_unread(message: Message) -> bool:
    """Whether its reply says that something has not been read."""
    return any(field.fill == "unread_changes" for field in fields_of(message.reply))


def reads_all(message: Message) -> bool:
    """Whether who asks this has read all alarms and switches then: it says both, and that they have changed."""
    return tells_unread(message) and any(isinstance(field.type, Bits) for field in fields_of(message.reply))
