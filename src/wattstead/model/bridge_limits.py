"""What packs in parallel bear together, and which rule says so."""

from collections.abc import Iterable, Sequence
from typing import Final

from wattstead.model.bank import Standing
from wattstead.model.bridge import Cap, Limits, Reason, Rule, Rules, Seat, Stated, Way
from wattstead.model.bridge_pack import amperes, pack_cap, said_caps
from wattstead.model.bridge_voltage import charge_voltage, discharge_voltage
from wattstead.model.bridge_where import FLOWING_A, on_bus, torn
from wattstead.model.reading import numbers

_OFTEN: Final = 0.2  # of what packs bear together: a smaller current says little of how they share a larger one


def bank_limits(seats: Sequence[Seat], rules: Rules, stated: Stated, *, inverter_lost: bool = False) -> Limits | None:
    """Give what the bank asks; None while a pack has not been read yet, or nobody has said a voltage limit.

    stated: for the bank; it always wins. inverter_lost: it has been silent for too long, and that is to stop all.
    """
    if any(seat.member.standing is Standing.UNREAD for seat in seats):
        return None
    charge_v, discharge_v = charge_voltage(seats, rules, stated), discharge_voltage(seats, rules, stated)
    if charge_v is None or discharge_v is None:
        return None
    stop = Reason(Rule.INVERTER_LOST) if inverter_lost else _stop(seats, rules)
    caps = {way: Cap(0.0, stop) if stop else _within(_way_cap(seats, way, rules), way, stated) for way in Way}
    return Limits(charge_v, discharge_v, caps[Way.CHARGE], caps[Way.DISCHARGE])


def _stop(seats: Sequence[Seat], rules: Rules) -> Reason | None:
    """Say why nothing may flow either way."""
    silent = [seat for seat in seats if seat.member.standing is Standing.STALE]
    if silent and not (rules.goes_on_without and on_bus(seats)):
        return Reason(Rule.SILENT, silent[0].name)
    there = on_bus(seats)
    if not there:
        return Reason(Rule.ISOLATED)
    counts = {len(cells): seat.name for seat in there if (cells := numbers(seat.member.values.get("cell_voltage_v")))}
    if len(counts) > 1:
        least = min(counts)
        return Reason(Rule.UNEQUAL, counts[least], value=float(least))
    if strange := torn(there):
        return Reason(Rule.APART, strange)
    return None


def _way_cap(seats: Sequence[Seat], way: Way, rules: Rules) -> Cap:
    """Give what the packs on the bus bear together.

    A pack that is joining adds nothing yet, but what flows through it counts: both with and without it must be borne.
    """
    caps = [(seat, cap) for seat in on_bus(seats) if (cap := pack_cap(seat, way, rules)) is not None]
    settled = [(seat, cap) for seat, cap in caps if not seat.joining]
    if not caps:
        return Cap(0.0, Reason(Rule.SWITCHES, on_bus(seats)[0].name))
    if not settled:
        return Cap(0.0, Reason(Rule.JOINING, caps[0][0].name))
    whole = _together(caps, way)
    return whole if len(settled) == len(caps) else min(whole, _together(settled, way), key=amperes)


def _together(caps: Sequence[tuple[Seat, Cap]], way: Way) -> Cap:
    """Give the most that leaves every pack within its own limit, however they may share it.

    They share evenly, by capacity, or as they do right now: the most careful of the three counts.
    """
    weakest = min((cap for _, cap in caps), key=amperes)
    careful = [Cap(len(caps) * weakest.current_a, weakest.why)]
    for shares in (_by_capacity(caps), _as_now(caps, way)):
        careful += [Cap(cap.current_a / share, cap.why) for (_, cap), share in shares]
    return min(careful, key=amperes)


_Shares = list[tuple[tuple[Seat, Cap], float]]


def _by_capacity(caps: Sequence[tuple[Seat, Cap]]) -> _Shares:
    full = [next(iter(numbers(seat.member.values.get("full_capacity_ah"))), 0.0) for seat, _ in caps]
    return _shares(caps, full) if all(one > 0.0 for one in full) else []


def _as_now(caps: Sequence[tuple[Seat, Cap]], way: Way) -> _Shares:
    """Give how packs share what flows, where enough flows that way through all of them."""
    sign = 1.0 if way is Way.CHARGE else -1.0
    now = [sign * next(iter(numbers(seat.member.values.get("pack_current_a"))), 0.0) for seat, _ in caps]
    enough = sum(now) >= max(FLOWING_A, _OFTEN * sum(cap.current_a for _, cap in caps))
    return _shares(caps, now) if enough and all(one > 0.0 for one in now) else []


def _shares(caps: Sequence[tuple[Seat, Cap]], parts: Sequence[float]) -> _Shares:
    whole = sum(parts)
    return [(one, part / whole) for one, part in zip(caps, parts, strict=True)]


def _within(cap: Cap, way: Way, stated: Stated) -> Cap:
    most_a = stated.charge_current_a if way is Way.CHARGE else stated.discharge_current_a
    return cap if most_a is None or cap.current_a <= most_a else Cap(max(most_a, 0.0), Reason(Rule.BANK))


def risen(before: Cap | None, now: Cap, dt_s: float, rise_s: float, most_a: float) -> Cap:
    """Hold a limit back on its way up: down at once, up by ``most_a`` within ``rise_s``, so that nothing swings.

    before: what was asked dt_s ago, None at the start. most_a: what the bank could bear at its best.
    """
    if before is None or rise_s <= 0.0 or now.current_a <= before.current_a:
        return now
    held_a = before.current_a + most_a * dt_s / rise_s
    return now if held_a >= now.current_a else Cap(held_a, Reason(Rule.RISING, value=now.current_a))


def best_a(seats: Iterable[Seat], way: Way) -> float:
    """Give what the packs on the bus would bear together at their best."""
    return sum(min(said, key=amperes).current_a for seat in on_bus(seats) if (said := said_caps(seat, way)))
