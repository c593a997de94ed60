"""A bank of packs as it stands on a CAN bus: one voice for all, as the master of a stack has."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from wattstead.catalog.can_rows import raised
from wattstead.model.bank import BankView, Extreme, Member, Standing, bank_view, counted
from wattstead.model.reading import numbers
from wattstead.virtual.live import LiveBank
from wattstead.wire.fill import Report

_ANY = ("charge_immediately_1", "charge_immediately_2", "full_charge_requested", "charge_mos_on", "discharge_mos_on")
_HEARD: Final = (Standing.CONNECTED, Standing.ISOLATED)
_STATES = {"floating": "charging", "full": "standby", "shutdown": "offline"}
_NOMINAL_V = 3.2  # of an LFP cell
_BLOCKED = 2
_FORCED = 0xFF


class CanBattery:
    """What a bank tells the inverter: limits of all together, means, sums, outermost cells, alarms of any pack."""

    def __init__(self, live: LiveBank) -> None:
        self._live = live

    def report(self) -> Report | None:
        """Give what the bank tells now; None while its master is off, or has not heard of any pack yet."""
        self._live.catch_up()
        bank = self._live.bank
        members = [replace(one, name=f"{place}") for place, one in enumerate(bank.members(), 1)]
        if not counted(members):
            return None
        awake = [place for place, on in enumerate(bank.state.on) if on]
        online = [members[place] for place in awake if members[place].standing in _HEARD]
        values = {**_merged(members, online, len(bank.packs)), **self._fixed(awake)}
        return Report(values, self._codes(online))

    def inverter_lost(self, *, lost: bool) -> None:
        """Take note of whether the inverter has been silent for too long: from now on, not for the time before."""
        if lost != self._live.bank.inverter_lost:
            self._live.catch_up()
            self._live.bank.inverter_lost = lost

    def _fixed(self, places: Sequence[int]) -> dict[str, Any]:
        """Give what a person says for all packs alike: it is what the bank says."""
        first, *others = [self._live.bank.packs[place].given.report for place in places]
        return {name: value for name, value in first.items() if all(one.get(name) == value for one in others)}

    def _codes(self, online: Sequence[Member]) -> tuple[str, ...]:
        rows = {row for one in online for row in one.active}
        if any(one.values.get("balancing_cells") for one in online):
            rows.add("balancing")
        return tuple(code for code in self._live.bank.profile.codes if code in rows or raised(code, rows))


def _merged(members: Sequence[Member], online: Sequence[Member], packs: int) -> dict[str, Any]:
    """Put the packs together. online: those that can be heard, on the bus or not. packs: how many there are."""
    view, told = bank_view(members), counted(members)
    first = told[0].values
    cells = len(numbers(first.get("cell_voltage_v")))
    values = {**first, **_bank_values(view), **_extremes(view, cells), **_counts(told, online, packs, cells)}
    if view.request is not None:
        values |= view.request.values()
    values |= {name: any(one.values.get(name) for one in told) for name in _ANY if name in first}
    degc = [one for report in told for one in numbers(report.values.get("cell_temperature_degc"))]
    values["cell_temperature_mean_degc"] = sum(degc) / len(degc) if degc else None
    values["rated_capacity_ah"] = sum(_all(told, "rated_capacity_ah"))
    values["rated_energy_kwh"] = values["rated_capacity_ah"] * values["cells_in_series_count"] * _NOMINAL_V / 1000.0
    values["operating_state"] = _STATES.get(str(first.get("operating_state")), first.get("operating_state"))
    values |= _levels(values, {row for one in online for row in one.active})
    if len(told) > 1:
        values["cell_voltage_v"] = None  # of single cells only a single pack speaks
    return values


def _bank_values(view: BankView) -> dict[str, Any]:
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


def _counts(told: Sequence[Member], online: Sequence[Member], packs: int, cells: int) -> dict[str, Any]:
    requests = [one.request for one in online if one.request]
    return {
        "module_count": len(told),
        "modules_blocking_charge_count": sum(not one.charge_enabled for one in requests),
        "modules_blocking_discharge_count": sum(not one.discharge_enabled for one in requests),
        "modules_offline_count": packs - len(online),
        "cell_count": cells * len(told),
        "packs_in_parallel": len(told),
        "cells_in_series_count": cells,
        "online_map": sum(1 << int(one.name) - 1 for one in online if int(one.name) <= 8),
    }


def _levels(values: Mapping[str, Any], rows: set[str]) -> dict[str, Any]:
    """Say in one number each what other wires say in bits."""
    cut = any(row.endswith(("_protection", "_fault")) for row in rows)
    return {
        "warning_level": "protection" if cut else "alarm" if rows else "none",
        "charge_state": _BLOCKED if values.get("charge_enabled") is False else 0,
        "discharge_state": _BLOCKED if values.get("discharge_enabled") is False else 0,
        "force_charge": _FORCED if values.get("charge_immediately_1") else 0,
    }


def _all(told: Sequence[Member], name: str) -> list[float]:
    return [number for one in told for number in numbers(one.values.get(name))[:1]]
