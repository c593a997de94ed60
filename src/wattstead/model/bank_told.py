"""What a bank tells an inverter as one battery, by the names that wires have for it.

Beside the totals of ``bank_view`` that is where the outermost cells are, in each of the ways that wires have, how many
packs there are, and what stands in one number elsewhere. Packs are named by their place from 1.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from wattstead.model.bank import BankView, Extreme, Member, Standing, bank_view, counted
from wattstead.model.reading import numbers

HEARD: Final = (Standing.CONNECTED, Standing.ISOLATED)
_ANY: Final = (
    "charge_immediately_1",
    "charge_immediately_2",
    "full_charge_requested",
    "charge_mos_on",
    "discharge_mos_on",
)
_NOMINAL_V: Final = 3.2  # of an LFP cell
_BLOCKED: Final = 2
_FORCED: Final = 0xFF
_MAP_BITS: Final = 8


def bank_told(members: Sequence[Member], online: Sequence[Member], packs: int) -> dict[str, Any]:
    """Put the packs together; None for what no pack that is ``counted`` says. members: all that are known.

    online: those that can be heard, on the bus or not. packs: how many there are. Without any that is counted, nothing.
    """
    view, there = bank_view(members), counted(members)
    if not there:
        return {}
    cells = len(numbers(there[0].values.get("cell_voltage_v")))
    values = {**_totals(view), **_extremes(view, cells), **_counts(there, online, packs, cells)}
    if view.request is not None:
        values |= view.request.values()
    for name in _ANY:
        said = [one.values[name] for one in there if name in one.values]
        if said:
            values[name] = any(said)
    degc = [one for member in there for one in numbers(member.values.get("cell_temperature_degc"))]
    values["cell_temperature_mean_degc"] = sum(degc) / len(degc) if degc else None
    if rated := [one for member in there for one in numbers(member.values.get("rated_capacity_ah"))[:1]]:
        values["rated_capacity_ah"] = sum(rated)
        values["rated_energy_kwh"] = sum(rated) * cells * _NOMINAL_V / 1000.0
    if len(there) > 1:
        values["cell_voltage_v"] = None  # of single cells only a single pack speaks
    return values


def levels(values: Mapping[str, Any], rows: Collection[str]) -> dict[str, Any]:
    """Say in one number each what other wires say in bits. rows: that hold."""
    cut = any(row.endswith(("_protection", "_fault")) for row in rows)
    return {
        "warning_level": "protection" if cut else "alarm" if rows else "none",
        "charge_state": _BLOCKED if values.get("charge_enabled") is False else 0,
        "discharge_state": _BLOCKED if values.get("discharge_enabled") is False else 0,
        "force_charge": _FORCED if values.get("charge_immediately_1") else 0,
    }


def rows_of(online: Sequence[Member]) -> set[str]:
    """Give the rows that hold in any of these packs."""
    rows = {row for one in online for row in one.active}
    if any(one.values.get("balancing_cells") for one in online):
        rows.add("balancing")
    return rows


def _totals(view: BankView) -> dict[str, Any]:
    return {
        "pack_voltage_v": view.voltage_v,
        "pack_current_a": view.current_a,
        "soc_pct": view.soc_pct,
        "soh_pct": view.soh_min.value if view.soh_min else None,
        "remaining_capacity_ah": view.remaining_ah,
        "full_capacity_ah": view.full_ah,
        "cycle_count": view.cycles_most.value if view.cycles_most else None,
    }


def _extremes(view: BankView, cells: int) -> dict[str, Any]:
    """Say where the outermost cells and probes are, in each of the ways that wires have. cells: of one pack."""
    found: dict[str, Any] = {}
    for name, one in (
        ("cell_voltage_max", view.cell_highest),
        ("cell_voltage_min", view.cell_lowest),
        ("cell_temperature_max", view.warmest),
        ("cell_temperature_min", view.coldest),
    ):
        if one is not None:
            unit = "v" if "voltage" in name else "degc"
            found |= {f"{name}_{unit}": one.value, f"{name}_place": _place(one), f"{name}_name": _name(one)}
            found[f"{name}_number"] = (int(one.name) - 1) * cells + one.place
    if view.cell_highest and view.cell_lowest:
        found["cell_voltage_spread_v"] = round(view.cell_highest.value - view.cell_lowest.value, 4)
    return found


def _place(one: Extreme) -> int:
    """Number a cell as recorded stacks do: the pack in the high byte, the cell in the low one."""
    return int(one.name) << 8 | one.place


def _name(one: Extreme) -> str:
    return f"{int(one.name):02d}{one.place:02d}"


def _counts(there: Sequence[Member], online: Sequence[Member], packs: int, cells: int) -> dict[str, Any]:
    requests = [one.request for one in online if one.request]
    return {
        "module_count": len(there),
        "modules_blocking_charge_count": sum(not one.charge_enabled for one in requests),
        "modules_blocking_discharge_count": sum(not one.discharge_enabled for one in requests),
        "modules_offline_count": packs - len(online),
        "cell_count": cells * len(there),
        "packs_in_parallel": len(there),
        "cells_in_series_count": cells,
        "online_map": sum(1 << int(one.name) - 1 for one in online if int(one.name) <= _MAP_BITS),
    }
