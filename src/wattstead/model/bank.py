"""Packs in parallel as one battery: what the bank asks of the inverter, and what the master shows.

Plain values in, plain values out: the virtual master and a host that stands between packs and inverter use the same
rules. What nobody has said is None: a bank never says 0 % before it has data.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Final

from wattstead.model.reading import Value, numbers


@dataclass(frozen=True, slots=True)
class Request:
    """What a pack or a bank asks of the inverter: CVL, lowest discharge voltage, CCL, DCL. Currents are 0 or more.

    charge_enabled, discharge_enabled: whether current can flow that way at all.
    """

    charge_voltage_v: float
    discharge_voltage_v: float
    charge_current_a: float
    discharge_current_a: float
    charge_enabled: bool = True
    discharge_enabled: bool = True

    @classmethod
    def of(cls, values: Mapping[str, Value]) -> "Request | None":
        """Take it from what a pack says, by quantity name; None where it does not say all four limits.

        A pack that says nothing of its switches lets current through.
        """
        limits = [numbers(values.get(name))[:1] for name in _LIMITS]
        if not all(limits):
            return None
        highest_v, lowest_v, charge_a, discharge_a = (one[0] for one in limits)
        charges, discharges = (values.get(name) is not False for name in ("charge_enabled", "discharge_enabled"))
        return cls(
            highest_v,
            lowest_v,
            max(charge_a, 0.0) if charges else 0.0,
            abs(discharge_a) if discharges else 0.0,
            charge_enabled=charges,
            discharge_enabled=discharges,
        )

    def values(self) -> dict[str, Value]:
        """Give it by quantity name; discharge is negative there."""
        return {
            "charge_voltage_limit_v": self.charge_voltage_v,
            "discharge_voltage_limit_v": self.discharge_voltage_v,
            "charge_current_limit_a": self.charge_current_a,
            "discharge_current_limit_a": 0.0 - self.discharge_current_a,
            "charge_enabled": self.charge_enabled,
            "discharge_enabled": self.discharge_enabled,
        }


_LIMITS: Final = (
    "charge_voltage_limit_v",
    "discharge_voltage_limit_v",
    "charge_current_limit_a",
    "discharge_current_limit_a",
)


class Standing(StrEnum):
    """How a pack stands to its bank."""

    CONNECTED = "connected"  # on the bus, and what it says is fresh
    ISOLATED = "isolated"  # off, kept off the bus, or waiting to join: it neither gives nor takes
    STALE = "stale"  # has said nothing for too long; it may still hang on the bus
    UNREAD = "unread"  # has not been read yet


@dataclass(frozen=True, slots=True)
class Member:
    """One pack of a bank. values, active, request: what it said last; of a pack that was never read, nothing."""

    name: str
    standing: Standing
    values: Mapping[str, Value] = field(default_factory=dict)
    active: tuple[str, ...] = ()
    request: Request | None = None


def heard(
    name: str,
    values: Mapping[str, Value] | None,
    active: Iterable[str] | None = (),
    *,
    age_s: float = 0.0,
    stale_after_s: float = inf,
) -> Member:
    """Put together what a host or a master knows of a pack.

    values: what it said last, by quantity name; None where it never has. age_s: how long ago, or how long it has been
    asked in vain. A pack that says that it is off, or that both its switches are open, is isolated.
    """
    said, stale = values or {}, age_s > stale_after_s
    if stale:
        standing = Standing.STALE
    elif values is None:
        standing = Standing.UNREAD
    else:
        standing = Standing.ISOLATED if _apart(said) else Standing.CONNECTED
    return Member(name, standing, said, tuple(active or ()), Request.of(said))


def _apart(said: Mapping[str, Value]) -> bool:
    switches = [said.get(f"{way}_mos_on", said.get(f"{way}_enabled")) for way in ("charge", "discharge")]
    return said.get("operating_state") == "shutdown" or switches == [False, False]


def counted(members: Iterable[Member]) -> list[Member]:
    """Give the packs that a bank's totals are of: the connected ones.

    Where all that are known are isolated, as with one pack behind its protection, it is those: what they hold is known,
    and is not nothing.
    """
    members = list(members)
    there = [one for one in members if one.standing is Standing.CONNECTED]
    if there or any(one.standing is Standing.UNREAD for one in members):
        return there
    return [one for one in members if one.standing is Standing.ISOLATED]


def bank_request(members: Sequence[Member]) -> Request | None:
    """Give what the bank asks; None until some pack has said what it asks.

    The voltages are those of the most careful pack, stale ones included, for they may still hang on the bus. The packs
    share a current about evenly, so the bank asks what the weakest connected pack asks times their number; one that
    lets nothing through that way takes none. 0 A while a pack has not been read yet: nobody knows what it bears.
    """
    heard = [one.request for one in members if one.request and one.standing in {Standing.CONNECTED, Standing.STALE}]
    connected = [one.request for one in members if one.request and one.standing is Standing.CONNECTED]
    if not heard:
        return _nothing(members)
    charging = [one.charge_current_a for one in connected if one.charge_enabled]
    discharging = [one.discharge_current_a for one in connected if one.discharge_enabled]
    known = all(one.standing is not Standing.UNREAD for one in members)
    return Request(
        charge_voltage_v=min(one.charge_voltage_v for one in heard),
        discharge_voltage_v=max(one.discharge_voltage_v for one in heard),
        charge_current_a=len(charging) * min(charging, default=0.0) if known else 0.0,
        discharge_current_a=len(discharging) * min(discharging, default=0.0) if known else 0.0,
        charge_enabled=known and bool(charging),
        discharge_enabled=known and bool(discharging),
    )


def _nothing(members: Sequence[Member]) -> Request | None:
    """With isolated packs alone the bank asks for nothing, at their voltages."""
    apart = [one.request for one in members if one.request and one.standing is Standing.ISOLATED]
    if not apart or any(one.standing is Standing.UNREAD for one in members):
        return None
    lowest, highest = min(one.charge_voltage_v for one in apart), max(one.discharge_voltage_v for one in apart)
    return Request(lowest, highest, 0.0, 0.0, charge_enabled=False, discharge_enabled=False)


@dataclass(frozen=True, slots=True)
class Extreme:
    """An outermost value, and whose it is. place: of the cell or probe, from 1; 0 where a pack has only one value."""

    value: float
    name: str
    place: int = 0


@dataclass(frozen=True, slots=True)
class BankView:
    """What the master shows. None: no pack that is ``counted`` has said it.

    names: of the packs of each standing, in order. voltage_v: mean of the packs on the bus. active: packs by the name
    of the row that holds, isolated packs included.
    """

    names: Mapping[Standing, tuple[str, ...]]
    voltage_v: float | None
    current_a: float | None
    power_w: float | None
    soc_pct: float | None
    soh_min: Extreme | None
    remaining_ah: float | None
    full_ah: float | None
    cell_highest: Extreme | None
    cell_lowest: Extreme | None
    warmest: Extreme | None
    coldest: Extreme | None
    soc_highest: Extreme | None
    soc_lowest: Extreme | None
    cycles_most: Extreme | None
    active: Mapping[str, tuple[str, ...]]
    request: Request | None


def bank_view(members: Sequence[Member]) -> BankView:
    """Put together what the packs say that are ``counted``; the others are named."""
    there = counted(members)
    voltages, currents = _all(there, "pack_voltage_v"), _all(there, "pack_current_a")
    voltage = sum(voltages) / len(voltages) if voltages else None
    current = sum(currents) if currents else None
    remaining, full = _all(there, "remaining_capacity_ah"), _all(there, "full_capacity_ah")
    cells, degc = _found(there, "cell_voltage_v"), _found(there, "cell_temperature_degc")
    socs = _found(there, "soc_pct")
    return BankView(
        names={standing: tuple(one.name for one in members if one.standing is standing) for standing in Standing},
        voltage_v=voltage,
        current_a=current,
        power_w=voltage * current if voltage is not None and current is not None else None,
        soc_pct=_soc_pct(there),
        soh_min=_lowest(_found(there, "soh_pct")),
        remaining_ah=sum(remaining) if remaining else None,
        full_ah=sum(full) if full else None,
        cell_highest=_highest(cells),
        cell_lowest=_lowest(cells),
        warmest=_highest(degc),
        coldest=_lowest(degc),
        soc_highest=_highest(socs),
        soc_lowest=_lowest(socs),
        cycles_most=_highest(_found(there, "cycle_count")),
        active=_active(members),
        request=bank_request(members),
    )


def _all(members: Iterable[Member], name: str) -> list[float]:
    return [value for one in members for value in numbers(one.values.get(name))[:1]]


def _found(members: Iterable[Member], name: str) -> list[Extreme]:
    found = []
    for one in members:
        value = one.values.get(name)
        many = isinstance(value, tuple)
        found += [Extreme(each, one.name, place if many else 0) for place, each in enumerate(numbers(value), 1)]
    return found


def _highest(found: list[Extreme]) -> Extreme | None:
    return max(found, key=lambda one: one.value, default=None)


def _lowest(found: list[Extreme]) -> Extreme | None:
    return min(found, key=lambda one: one.value, default=None)


def _soc_pct(members: Iterable[Member]) -> float | None:
    """Give the mean SOC, each pack weighing as much as it holds when full."""
    held, whole = 0.0, 0.0
    for one in members:
        soc, full = numbers(one.values.get("soc_pct")), numbers(one.values.get("full_capacity_ah"))
        if soc and full:
            held, whole = held + soc[0] * full[0], whole + full[0]
    return held / whole if whole > 0.0 else None


def _active(members: Iterable[Member]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in members:
        if one.standing in {Standing.CONNECTED, Standing.ISOLATED}:
            for name in one.active:
                found[name] = (*found.get(name, ()), one.name)
    return found
