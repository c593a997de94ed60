"""What a bank tells as one battery, by the names of quantities: for messages of a master and for pages.

``bank_view`` answers who and where; this gives the same as plain values. What no pack has said is missing: no
zeros stand in for it.
"""

from collections.abc import Sequence
from typing import Final

from wattstead.model.bank import BankView, Member, Standing, bank_view, counted
from wattstead.model.reading import Value, numbers

_SPREAD: Final = {
    "cell_voltage_v": "cell_voltage_{}_v",
    "cell_temperature_degc": "cell_temperature_{}_degc",
    "mos_temperature_degc": "mos_temperature_{}_degc",
    "bms_temperature_degc": "bms_temperature_{}_degc",
    "pack_voltage_v": "pack_voltage_{}_v",
    "soc_pct": "soc_{}_pct",
    "soh_pct": "soh_{}_pct",
    "cycle_count": "cycle_count_{}",
}
"""Of each: mean, and the outermost with whose it is."""
_SUMS: Final = ("rated_capacity_ah", "charged_energy_kwh", "discharged_energy_kwh")
_ANY: Final = (
    "full_charge_requested",
    "charge_immediately_1",
    "charge_immediately_2",
    "heater_on",
    "charge_mos_on",
    "discharge_mos_on",
    "current_limiter_on",
)
_ALL: Final = ("fully_charged",)


def bank_values(members: Sequence[Member]) -> dict[str, Value]:
    """Give totals, means, extremes and requests of the packs that are ``counted``.

    Totals and means have the names of a pack's own quantities (``pack_voltage_v`` is the mean, ``pack_current_a`` the
    sum, ``soc_pct`` weighed by capacity). ``cell_voltage_max_v`` comes with ``cell_voltage_max_module``, the name of
    the pack (a number where it is one), and ``cell_voltage_max_place``, the cell from 1. ``module_count`` counts the
    connected packs.
    """
    there = counted(members)
    if not there:
        return {}
    view = bank_view(members)
    on_bus = len(view.names[Standing.CONNECTED])
    return {**_spread(there), **_totals(view), **_flags(there), **_requests(view), "module_count": on_bus}


def _spread(there: Sequence[Member]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name, pattern in _SPREAD.items():
        each = [
            (value, one.name, place) for one in there for place, value in enumerate(numbers(one.values.get(name)), 1)
        ]
        if not each:
            continue
        mean = sum(value for value, _, _ in each) / len(each)
        found[name] = found[pattern.format("mean")] = mean
        for end, pick in (("max", max), ("min", min)):
            value, whose, place = pick(each, key=lambda one: one[0])
            stem = pattern.format(end)
            found[stem] = value
            bare = stem.removesuffix(pattern.rsplit("{}", 1)[1])
            found[f"{bare}_module"] = int(whose) if whose.isdecimal() else whose
            if isinstance(_value(there, whose, name), tuple):
                found[f"{bare}_place"] = place
    # One number for all cells would be told as a cell's.
    return {name: value for name, value in found.items() if name not in {"cell_voltage_v", "cell_temperature_degc"}}


def _value(there: Sequence[Member], whose: str, name: str) -> Value | None:
    return next(one.values.get(name) for one in there if one.name == whose)


def _totals(view: BankView) -> dict[str, Value]:
    said = {
        "pack_voltage_v": view.voltage_v,
        "pack_current_a": view.current_a,
        "pack_power_w": view.power_w,
        "soc_pct": view.soc_pct,
        "remaining_capacity_ah": view.remaining_ah,
        "full_capacity_ah": view.full_ah,
    }
    return {name: value for name, value in said.items() if value is not None}


def _flags(there: Sequence[Member]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for names, judge in ((_ANY, any), (_ALL, all)):
        for name in names:
            said = [one.values[name] for one in there if name in one.values]
            if said:
                found[name] = judge(value is True for value in said)
    for name in _SUMS:
        amounts = [amount for one in there for amount in numbers(one.values.get(name))[:1]]
        if amounts:
            found[name] = sum(amounts)
    return found


def _requests(view: BankView) -> dict[str, Value]:
    return view.request.values() if view.request else {}
