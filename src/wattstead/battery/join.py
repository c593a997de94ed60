"""Packs joining and leaving the bus of a bank: who may close its switches onto it, and when that has failed.

A pure state machine: time, who is on and which voltage each has come in; a new ``Bus`` and what happened come out.
The caller gives ``Bus.joined`` to ``bank.share``, ``Bus.gap_v`` to the engine's ``bus_gap_v`` and ``Bus.failed`` to its
PARALLEL_FAULT.

With a window (GRW-7): the packs of the bank join all at once, when all are switched on, their links hold and their
voltages lie within ``join_difference_v``. Packs that were not switched on within the window of each other have failed,
and so have those that have not joined when it is over, and those that have joined when the line between them breaks. A
failed pack starts anew once it has been off. Without a window (PWS-12) each pack joins when it comes and its voltage
fits the bus; the first one makes the bus. Either way a pack leaves that lies further from the bus than may join it, for
``LEAVE_S``.

Some of this comes by time alone: while a bus is not ``quiet`` somebody should look at it after each step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from statistics import median
from typing import Any, Final

from wattstead.battery.behaviour import Parallel
from wattstead.battery.check import number, require, whole
from wattstead.model.errors import UsageError

BLINKS: Final = 5
"""So often RUN blinks when packs have joined (GRW-4)."""
BLINK_S: Final = 1.0
"""How long each blink takes (ours)."""
RESTART_S: Final = 3.0
"""A slave whose address has changed is away for so long (PWS-12; the time is ours)."""
LEAVE_S: Final = 10.0
"""So long a pack may lie too far from the bus that it has joined (Battery-Emulator drops a second pack then)."""
_ANYWHERE: Final = 1e9


class Seat(StrEnum):
    """How a pack stands to the bus."""

    AWAY = "away"  # off, or restarting
    WAITING = "waiting"
    JOINED = "joined"
    FAILED = "failed"


class What(StrEnum):
    """What can happen to a pack."""

    JOINED = "joined"
    LEFT = "left"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something happened to a pack, counted from 0."""

    at_s: float
    pack: int
    what: What


@dataclass(frozen=True, slots=True)
class Place:
    """One pack's. since_s: when it took its seat. on_s: when it was switched on. back_s: away until then.

    far_s: since when it lies too far from the bus that it has joined; None where it does not.
    """

    seat: Seat = Seat.AWAY
    since_s: float = 0.0
    on_s: float = 0.0
    back_s: float = 0.0
    address: int = 0
    far_s: float | None = None


@dataclass(frozen=True, slots=True)
class Bus:
    """All places of a bank at one instant. Build with ``of``."""

    rule: Parallel
    places: tuple[Place, ...]
    now_s: float = 0.0

    @classmethod
    def of(cls, rule: Parallel, packs: int, *, master: int = 1) -> "Bus":
        """Give an empty bus for so many packs, with addresses in a row. Raises UsageError for more than the rule's."""
        whole("packs in parallel", packs, 1, "a bank has at least one pack")
        require(packs <= rule.most, "packs in parallel", packs, f"be at most {rule.most} (GRW-7, PWS-12)")
        return cls(rule, tuple(Place(address=master + k) for k in range(packs)))

    @property
    def joined(self) -> tuple[bool, ...]:
        """Who is on the bus."""
        return tuple(one.seat is Seat.JOINED for one in self.places)

    @property
    def failed(self) -> tuple[bool, ...]:
        """Who has a parallel failure."""
        return tuple(one.seat is Seat.FAILED for one in self.places)

    @property
    def quiet(self) -> bool:
        """Whether time alone changes nothing: all have joined, and none lies too far from the others."""
        return all(one.seat is Seat.JOINED and one.far_s is None for one in self.places)

    def just_joined(self, now_s: float) -> tuple[bool, ...]:
        """Who still blinks because it has joined; a bank of one has nothing to tell."""
        lasts = BLINKS * BLINK_S if len(self.places) > 1 else 0.0
        return tuple(one.seat is Seat.JOINED and now_s < one.since_s + lasts for one in self.places)

    def gap_v(self, voltage_v: Sequence[float]) -> tuple[float, ...]:
        """Give how far each waiting pack is from the bus, or from the others that wait where nobody is on it yet."""
        partners = self.seated(Seat.JOINED) or self.seated(Seat.WAITING)
        gaps = []
        for k, one in enumerate(self.places):
            others = [abs(voltage_v[k] - voltage_v[j]) for j in partners if j != k]
            gaps.append(max(others, default=0.0) if one.seat is Seat.WAITING else 0.0)
        return tuple(gaps)

    def seated(self, seat: Seat) -> list[int]:
        """Name the packs of a seat."""
        return [k for k, one in enumerate(self.places) if one.seat is seat]


def look(
    bus: Bus,
    now_s: float,
    on: Sequence[bool],
    voltage_v: Sequence[float],
    *,
    linked: Sequence[bool] | None = None,
    closed: Sequence[bool] | None = None,
) -> tuple[Bus, tuple[Happening, ...]]:
    """Let the bank look at its packs.

    on: whose BMS is on. voltage_v: of each pack. linked: whether its line to the others holds. closed: whether its
    switches conduct both ways; who has opened one may lie where it wants. All of them where None. Raises UsageError
    for other numbers of packs, and for time that runs back.
    """
    count = len(bus.places)
    links = [True] * count if linked is None else list(linked)
    through = [True] * count if closed is None else list(closed)
    for name, held in (("on", on), ("voltage_v", voltage_v), ("linked", links), ("closed", through)):
        require(len(held) == count, name, f"of {len(held)} packs", f"be for the {count} packs of the bank")
    number("now_s", now_s)
    require(now_s >= bus.now_s, "now_s", now_s, f"not lie before {bus.now_s:g}: time only goes on")
    there = [k for k in range(count) if on[k] and now_s >= bus.places[k].back_s]
    places = [_come(one, now_s) if k in there else _go(one, now_s) for k, one in enumerate(bus.places)]
    after = replace(bus, places=tuple(places), now_s=now_s)
    at_once = bus.rule.window_s < _ANYWHERE
    lost = _without_line(after, links, pair=at_once)
    after = _parted(_seated(after, lost, Seat.FAILED if at_once else Seat.WAITING), voltage_v, through)
    after = _together(after, voltage_v, links) if at_once else _one_by_one(after, voltage_v, links)
    after = _marked(after, voltage_v, through)
    return after, _changes(bus, after)


def _come(one: Place, now_s: float) -> Place:
    return replace(one, seat=Seat.WAITING, since_s=now_s, on_s=now_s) if one.seat is Seat.AWAY else one


def _go(one: Place, now_s: float) -> Place:
    return one if one.seat is Seat.AWAY else replace(one, seat=Seat.AWAY, since_s=now_s, far_s=None)


def _parted(bus: Bus, voltage_v: Sequence[float], closed: Sequence[bool]) -> Bus:
    """Let packs leave that have been too far from the bus for too long: where there is a window that is a failure."""
    since = {k: bus.places[k].far_s for k in _far(bus, voltage_v, closed)}
    leave = [k for k, far_s in since.items() if far_s is not None and bus.now_s - far_s >= LEAVE_S]
    places = [replace(one, far_s=since.get(k)) for k, one in enumerate(bus.places)]
    seat = Seat.FAILED if bus.rule.window_s < _ANYWHERE else Seat.WAITING
    return _seated(replace(bus, places=tuple(places)), leave, seat)


def _marked(bus: Bus, voltage_v: Sequence[float], closed: Sequence[bool]) -> Bus:
    """Note who lies too far from the bus from now on."""
    far = _far(bus, voltage_v, closed)
    places = [
        replace(one, far_s=bus.now_s) if k in far and one.far_s is None else one for k, one in enumerate(bus.places)
    ]
    return replace(bus, places=tuple(places))


def _far(bus: Bus, voltage_v: Sequence[float], closed: Sequence[bool]) -> list[int]:
    """Name those that have joined and lie too far from the bus. Of two nobody can say which one: the first stays."""
    there = (k for k in bus.seated(Seat.JOINED) if closed[k])
    joined = sorted(there, key=lambda k: (bus.places[k].since_s, k))
    volts = [voltage_v[k] for k in joined]
    if len(volts) <= 1:
        return []
    bus_v = volts[0] if len(volts) == 2 else median(volts)
    return [k for k in joined if abs(voltage_v[k] - bus_v) > bus.rule.join_difference_v]


def _together(bus: Bus, voltage_v: Sequence[float], links: Sequence[bool]) -> Bus:
    """Let all join at once, or fail (GRW-7). A bank of one has nobody to wait for."""
    waiting, window_s = bus.seated(Seat.WAITING), bus.rule.window_s
    if not waiting:
        return bus
    first_s = min(one.on_s for one in bus.places if one.seat in {Seat.WAITING, Seat.JOINED})
    late = [k for k in waiting if bus.places[k].on_s - first_s > window_s]
    if len(waiting) == len(bus.places) and not late:
        apart_v = max(voltage_v) - min(voltage_v)
        if apart_v <= bus.rule.join_difference_v and (len(waiting) == 1 or all(links)):
            return _seated(bus, waiting, Seat.JOINED)
    over = [k for k in waiting if bus.now_s - bus.places[k].on_s > window_s]
    return _seated(bus, sorted({*late, *over}), Seat.FAILED)


def _without_line(bus: Bus, links: Sequence[bool], *, pair: bool) -> list[int]:
    """Name those that have joined and lost their line; pair: and the one that is left alone by that."""
    joined = bus.seated(Seat.JOINED)
    lost = [k for k in joined if not links[k]] if len(bus.places) > 1 else []
    return joined if pair and lost and len(joined) - len(lost) <= 1 else lost


def _one_by_one(bus: Bus, voltage_v: Sequence[float], links: Sequence[bool]) -> Bus:
    """Let each join that fits (PWS-12), who came first before who came later."""
    alone = len(bus.places) == 1
    for k in sorted(bus.seated(Seat.WAITING), key=lambda k: (bus.places[k].on_s, k)):
        there = [voltage_v[j] for j in bus.seated(Seat.JOINED)]
        fits = all(abs(voltage_v[k] - volt) <= bus.rule.join_difference_v for volt in there)
        if fits and (links[k] or alone):
            bus = _seated(bus, [k], Seat.JOINED)
    return bus


def _seated(bus: Bus, those: Sequence[int], seat: Seat) -> Bus:
    places = [
        replace(one, seat=seat, since_s=bus.now_s, far_s=None) if k in those else one
        for k, one in enumerate(bus.places)
    ]
    return replace(bus, places=tuple(places))


def _changes(before: Bus, after: Bus) -> tuple[Happening, ...]:
    found = []
    for k, (was, now) in enumerate(zip(before.places, after.places, strict=True)):
        if was.seat is Seat.JOINED and now.seat is not Seat.JOINED:
            found.append(Happening(after.now_s, k, What.LEFT))
        if now.seat is not was.seat and now.seat in {Seat.JOINED, Seat.FAILED}:
            found.append(Happening(after.now_s, k, What.JOINED if now.seat is Seat.JOINED else What.FAILED))
    return tuple(found)


def readdress(bus: Bus, addresses: Mapping[int, int], *, master: int = 1, last: int = 50) -> Bus:
    """Give packs other addresses, by place; slaves whose address has changed restart and join anew (PWS-12).

    Raises UsageError for an absent pack, an address outside master to last, one that is given twice, and no master.
    """
    for k, address in addresses.items():
        require(0 <= k < len(bus.places), "pack", k, f"be one of 0 to {len(bus.places) - 1}")
        require(master <= address <= last, "address", address, f"lie between {master} and {last} (PWS-12)")
    wanted = [addresses.get(k, one.address) for k, one in enumerate(bus.places)]
    twice = [one for one in wanted if wanted.count(one) > 1]
    require(not twice, "address", twice[:1], "be given once: two packs would answer at a time")
    require(master in wanted, "addresses", wanted, f"hold {master}: the master talks to the inverter (PWS-12)")
    back_s = bus.now_s + RESTART_S
    places = [
        replace(one, address=address, back_s=back_s if address != one.address and address != master else one.back_s)
        for one, address in zip(bus.places, wanted, strict=True)
    ]
    return replace(bus, places=tuple(places))


def automatic(bus: Bus, *, master: int = 1) -> Bus:
    """Give the packs addresses in the order of their places, the first one the master's."""
    return readdress(bus, {k: master + k for k in range(len(bus.places))}, master=master)


def save_bus(bus: Bus) -> dict[str, Any]:
    """Give who stands where as lists and numbers that JSON keeps; the rule is the preset's."""
    return {"now_s": bus.now_s, "places": [{**asdict(one), "seat": one.seat.value} for one in bus.places]}


def restore_bus(bus: Bus, saved: Mapping[str, Any]) -> Bus:
    """Go on from what ``save_bus`` gave, with the rule of a new bus. Raises UsageError for what does not fit."""
    try:
        places = tuple(Place(**{**one, "seat": Seat(one["seat"])}) for one in saved["places"])
        now_s = float(saved["now_s"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"the saved bus cannot be read ({error}); start from rest instead") from None
    require(len(places) == len(bus.places), "saved places", len(places), f"be {len(bus.places)} as in the bank")
    return replace(bus, places=places, now_s=now_s)
