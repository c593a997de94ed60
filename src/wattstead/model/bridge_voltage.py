"""Voltage limits: the most careful of all packs, silent ones too, for they may still hang on the bus."""

from collections.abc import Sequence

from wattstead.model.bank import Standing
from wattstead.model.bridge import Reason, Rule, Rules, Seat, Stated, Volts
from wattstead.model.bridge_where import on_bus
from wattstead.model.reading import numbers


def _may_be_there(seats: Sequence[Seat]) -> list[Seat]:
    there = [seat for seat in seats if seat.member.standing in (Standing.CONNECTED, Standing.STALE)]
    return there if on_bus(there) else list(seats)


def charge_voltage(seats: Sequence[Seat], rules: Rules, stated: Stated) -> Volts | None:
    """Give up to where the bank may be charged; None where nobody says it."""
    found = [Volts(stated.charge_voltage_v, Reason(Rule.BANK))] if stated.charge_voltage_v is not None else []
    for seat in _may_be_there(seats):
        found += _volts(seat, "charge_voltage_limit_v", seat.stated.charge_voltage_v, rules.near_full_v.none_at)
    own = [one for one in found if one.why.rule is not Rule.CELLS]
    return min(found, key=lambda one: one.voltage_v) if own else None


def discharge_voltage(seats: Sequence[Seat], rules: Rules, stated: Stated) -> Volts | None:
    """Give down to where the bank may be discharged; None where nobody says it."""
    found = [Volts(stated.discharge_voltage_v, Reason(Rule.BANK))] if stated.discharge_voltage_v is not None else []
    for seat in _may_be_there(seats):
        found += _volts(seat, "discharge_voltage_limit_v", seat.stated.discharge_voltage_v, rules.near_empty_v.none_at)
    own = [one for one in found if one.why.rule is not Rule.CELLS]
    return max(found, key=lambda one: one.voltage_v) if own else None


def _volts(seat: Seat, quantity: str, stated_v: float | None, cell_v: float) -> list[Volts]:
    """Give what a pack says, what a person states for it, and what its cells bear."""
    said = [
        Volts(one, Reason(Rule.PACK, seat.name)) for one in numbers(seat.member.values.get(quantity))[:1] if one > 0
    ]
    if stated_v is not None:
        said.append(Volts(stated_v, Reason(Rule.STATED, seat.name)))
    if cells := numbers(seat.member.values.get("cell_voltage_v")):
        said.append(Volts(len(cells) * cell_v, Reason(Rule.CELLS, seat.name, value=cell_v)))
    return said
