"""The bank of a bridge over time: who is there since when, what it asks now, and why.

Time is an argument of every call; the rules themselves stand in ``model.bridge``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from wattstead.catalog.profile import Profile
from wattstead.host.bridge.memory import PackMemory, asked_rarely, stops
from wattstead.model.bank import Member, Standing, heard
from wattstead.model.bridge import Cap, Limits, Rules, Seat, Stated, Way
from wattstead.model.bridge_limits import bank_limits, best_a, risen
from wattstead.model.bridge_pack import pack_cap
from wattstead.model.bridge_where import apart, on_bus
from wattstead.model.code import Code
from wattstead.model.reading import Silence, Snapshot

STALE_S: Final = 10.0
JOIN_S: Final = 10.0
RISE_S: Final = 30.0
_GLANCE_S: Final = 0.1


@dataclass(frozen=True)
class BridgedPack:
    """One pack of a bridge. stated: what a person allows it. ignored: codes that stop nothing."""

    name: str
    profile: Profile
    stated: Stated = field(default_factory=Stated)
    ignored: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Times:
    """stale_s: so long what a pack said counts. join_s: so long a pack is watched before it adds to a limit.

    rise_s: from nothing to all that the bank bears.
    """

    stale_s: float = STALE_S
    join_s: float = JOIN_S
    rise_s: float = RISE_S


@dataclass(frozen=True)
class Look:
    """The bank at one instant. limits: None while there is nothing to say. ages_s: since each pack spoke."""

    at_s: float
    seats: tuple[Seat, ...]
    limits: Limits | None
    ages_s: Mapping[str, float | None]

    @property
    def members(self) -> tuple[Member, ...]:
        """The packs by their place from 1, as ``model.bank_told`` wants them."""
        return tuple(replace(seat.member, name=str(place)) for place, seat in enumerate(self.seats, 1))

    @property
    def silent(self) -> tuple[str, ...]:
        """Names of the packs that have said nothing for too long."""
        return tuple(seat.name for seat in self.seats if seat.member.standing is Standing.STALE)


class BridgeBank:
    """packs: in the order in which the inverter counts them. now_s: when it begins."""

    def __init__(
        self, packs: Sequence[BridgedPack], rules: Rules, stated: Stated, times: Times = Times(), *, now_s: float
    ) -> None:
        self.packs = tuple(packs)
        self.rules = rules
        self.stated = stated
        self.times = times
        self.silences: dict[str, str] = {}  # why packs do not answer, by their names
        self._began_s = now_s
        self._memory = {one.name: PackMemory(times.stale_s, asked_rarely(one.profile)) for one in packs}
        self._there_since: dict[str, float] = {}
        self._apart_since: dict[str, float] = {}
        self._complete = False  # whether all packs were known at least once
        self._last: dict[Way, Cap] = {}
        self._last_at_s = now_s
        self._looked: tuple[bool, Look] | None = None

    def codes(self, name: str) -> Mapping[str, Code]:
        """Give the codes that a pack may say, by name."""
        return next(one.profile.codes for one in self.packs if one.name == name)

    def take(self, reading: Snapshot | Silence, at_s: float) -> None:
        """Take what a pack said. A silence is kept for its reason; what was said before grows old by itself."""
        self._looked = None
        if isinstance(reading, Snapshot):
            self.silences.pop(reading.pack, None)
            self._memory[reading.pack].take(reading, at_s)
        else:
            self.silences[reading.pack] = reading.why

    def look(self, now_s: float, *, inverter_lost: bool = False) -> Look:
        """Give the bank as of now. inverter_lost: it is silent, and that is to stop all."""
        known = self._looked
        if known is not None and known[0] == inverter_lost and 0.0 <= now_s - known[1].at_s < _GLANCE_S:
            return known[1]  # many ask at once
        look = self._look(now_s, inverter_lost=inverter_lost)
        self._looked = inverter_lost, look
        return look

    def _look(self, now_s: float, *, inverter_lost: bool) -> Look:
        seats = self._seats(now_s)
        limits = bank_limits(seats, self.rules, self.stated, inverter_lost=inverter_lost)
        if limits is not None:
            limits = self._held(limits, seats, now_s)
        return Look(now_s, tuple(seats), limits, {one.name: self._age_s(one.name, now_s) for one in self.packs})

    def _age_s(self, name: str, now_s: float) -> float | None:
        at_s = self._memory[name].said_at
        return None if at_s is None else now_s - at_s

    def caps(self, seat: Seat) -> dict[Way, Cap]:
        """Give what a pack on the bus bears; a way that is missing has its switch open."""
        if seat.member.standing is not Standing.CONNECTED:
            return {}
        found = {way: pack_cap(seat, way, self.rules) for way in Way}
        return {way: cap for way, cap in found.items() if cap is not None}

    def _seats(self, now_s: float) -> list[Seat]:
        seats = [self._seat(pack, now_s) for pack in self.packs]
        far = apart(on_bus(seats))
        seats = [self._without_the_far(seat, far, now_s) for seat in seats]
        first = not self._complete
        self._complete = self._complete or all(seat.member.standing is not Standing.UNREAD for seat in seats)
        return [self._joined(seat, now_s, at_once=first) for seat in seats]

    def _seat(self, pack: BridgedPack, now_s: float) -> Seat:
        memory = self._memory[pack.name]
        values, active = memory.values(now_s), memory.active(now_s)
        said_at = self._began_s if memory.said_at is None else memory.said_at
        member = heard(pack.name, values, active, age_s=now_s - said_at, stale_after_s=self.times.stale_s)
        return Seat(member, pack.stated, stops=stops(active, pack.profile.codes, pack.ignored))

    def _without_the_far(self, seat: Seat, far: set[str], now_s: float) -> Seat:
        """A pack whose voltage is another one than that of the bus for some time is not on it, whatever it says."""
        if seat.name not in far:
            self._apart_since.pop(seat.name, None)
            return seat
        since_s = self._apart_since.setdefault(seat.name, now_s)
        if now_s - since_s < self.times.join_s:
            return seat
        return replace(seat, member=replace(seat.member, standing=Standing.ISOLATED))

    def _joined(self, seat: Seat, now_s: float, *, at_once: bool) -> Seat:
        """A pack that comes later than the others is watched first. at_once: the bank begins only now."""
        if seat.member.standing is not Standing.CONNECTED:
            self._there_since.pop(seat.name, None)
            return seat
        since_s = self._there_since.setdefault(seat.name, now_s - self.times.join_s if at_once else now_s)
        return replace(seat, joining=now_s - since_s < self.times.join_s)

    def _held(self, limits: Limits, seats: Sequence[Seat], now_s: float) -> Limits:
        """Hold limits back on their way up."""
        dt_s, self._last_at_s = now_s - self._last_at_s, now_s
        wanted = {Way.CHARGE: limits.charge, Way.DISCHARGE: limits.discharge}
        for way, cap in wanted.items():
            self._last[way] = risen(self._last.get(way), cap, dt_s, self.times.rise_s, best_a(seats, way))
        return replace(limits, charge=self._last[Way.CHARGE], discharge=self._last[Way.DISCHARGE])
