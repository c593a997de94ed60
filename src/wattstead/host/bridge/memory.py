"""What packs said last, as far as it still counts: a value that was not said again for too long is not known."""

from collections.abc import Collection, Mapping
from math import inf
from typing import Final

from wattstead.catalog.profile import Profile
from wattstead.host.gather import polled
from wattstead.model.bridge import Way
from wattstead.model.code import Code, Severity
from wattstead.model.reading import Snapshot, Value, derived, numbers
from wattstead.wire.field import Bits
from wattstead.wire.layout import fields_of
from wattstead.wire.message import Poll

_LASTS_S: Final = 2 * 3600.0
"""Identity is asked hourly: what a pack says of itself then holds until it is asked again."""
ASIDE: Final = (
    "inverter_communication_fault",
    "external_can_fault",
    "external_rs485_fault",
    "parallel_communication_fault",
    "master_lost_fault",
    "slave_lost_fault",
    "clock_fault",
    "button_fault",
    "serial_number_fault",
)
"""Faults of lines that a bridge stands in for, and of what no current goes through: they stop nothing."""
_STOPPING: Final = (Severity.PROTECTION, Severity.FAULT)


class PackMemory:
    """keep_s: so long a value counts. rarely: quantities that are asked hourly; they count for longer."""

    def __init__(self, keep_s: float, rarely: Collection[str] = ()) -> None:
        self._keep_s = keep_s
        self._rarely = frozenset(rarely)
        self._values: dict[str, tuple[float, Value]] = {}
        self._active: tuple[float, tuple[str, ...]] | None = None
        self.said_at: float | None = None
        self._known: dict[str, Value] = {}
        self._known_until_s = -inf

    def take(self, said: Snapshot, at_s: float) -> None:
        """Remember a reading. at_s: on any clock, the same for all calls."""
        self.said_at, self._known_until_s = at_s, -inf
        self._values |= {name: (at_s, value) for name, value in said.values.items()}
        if said.active is not None:
            self._active = at_s, said.active

    def values(self, now_s: float) -> dict[str, Value] | None:
        """Give all that still counts, with what follows from it; None where the pack never said anything."""
        if self.said_at is None:
            return None
        if now_s > self._known_until_s:  # else nothing came, and nothing grew too old
            until_s = {name: at_s + self._lasts_s(name) for name, (at_s, _) in self._values.items()}
            said = {name: value for name, (_, value) in self._values.items() if now_s <= until_s[name]}
            self._known = {**said, **derived(said), **_probes(said)}
            self._known_until_s = min((until_s[name] for name in said), default=inf)
        return self._known

    def active(self, now_s: float) -> tuple[str, ...]:
        """Give the codes that hold, as far as it said so lately."""
        return self._active[1] if self._active is not None and now_s - self._active[0] <= self._keep_s else ()

    def _lasts_s(self, name: str) -> float:
        return _LASTS_S if name in self._rarely else self._keep_s


def _probes(said: Mapping[str, Value]) -> dict[str, Value]:
    """Take the outermost or the mean temperature of cells for probes, where a make tells no more."""
    if numbers(said.get("cell_temperature_degc")):
        return {}
    ends = ("cell_temperature_max_degc", "cell_temperature_min_degc")
    for names in (ends, ("cell_temperature_mean_degc",)):
        if found := tuple(one for name in names for one in numbers(said.get(name))[:1]):
            return {"cell_temperature_degc": found}
    return {}


def asked_rarely(profile: Profile) -> frozenset[str]:
    """Name the quantities that only messages of a pack's identity tell."""
    often = {name for how in (Poll.VALUES, Poll.ALARMS) for name in told_by(profile, how)}
    return told_by(profile, Poll.IDENTITY) - often


def told_by(profile: Profile, how_often: Poll) -> frozenset[str]:
    """Name what messages that are asked so often tell: quantities, and flags among their bits."""
    found: set[str] = set()
    for message in polled(profile, how_often):
        for field in fields_of(message.reply):
            found.add(field.quantity or field.name)
            if isinstance(field.type, Bits):
                found.update(field.type.names)
    return frozenset(found)


def tells_limits(profile: Profile) -> bool:
    """Whether a device of this make says what may flow, both ways, with its voltages."""
    told = {name for how in (Poll.VALUES, Poll.ALARMS) for name in told_by(profile, how)}
    return all(
        f"{way}_{what}_limit_{unit}" in told for way in Way for what, unit in (("current", "a"), ("voltage", "v"))
    )


def stops(active: Collection[str], codes: Mapping[str, Code], ignored: Collection[str] = ()) -> dict[Way, str]:
    """Say which ways the active codes stop: a fault both, a protection its own way, or both where it names none.

    ignored: codes that stop nothing, beside those of ``ASIDE``.
    """
    found: dict[Way, str] = {}
    for name in active:
        code = codes.get(name)
        if code is not None and code.severity in _STOPPING and name not in {*ignored, *ASIDE}:
            for way in tuple(Way) if code.severity is Severity.FAULT else _ways(name):
                found.setdefault(way, name)
    return found


def _ways(name: str) -> tuple[Way, ...]:
    if name.startswith("charging_forbidden"):  # cells so low that nothing may flow
        return tuple(Way)
    if any(part in name for part in ("discharg", "undervoltage", "low_voltage")) or name == "soc_protection":
        return (Way.DISCHARGE,)
    if any(part in name for part in ("charg", "overvoltage", "high_voltage", "soc_high")):
        return (Way.CHARGE,)
    return tuple(Way)
