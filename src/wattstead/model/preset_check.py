"""What is wrong or odd in a preset or a set of settings, each finding with the ID of its rule (SEP-3).

Grave findings stop a write; the others are facts that a person should know: makers ship sets that have them.
docs/models/presets.md lists the rules.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from math import isclose

from wattstead.model.counted import Count
from wattstead.model.errors import UsageError
from wattstead.model.pack import PackModel, PackRow
from wattstead.model.protection import Action, Atom, Channel, Gate, Level

LFP_V = (2.5, 3.65)
"""Where makers of LFP cells end discharge and charge; ours, as no document at hand states it."""
RUINED_V = (1.0, 4.2)
"""Beyond these a Pylontech-class module calls a cell broken."""
_RULE = re.compile(r"\((SEP-\d+)\)")
_RECOVERY_V = 0.010  # per cell: recoveries nearer than that are the same in practice


@dataclass(frozen=True, slots=True)
class Finding:
    """rule: its ID. names: rows, values or settings it is about. text: one sentence. grave: no BMS can run it so."""

    rule: str
    names: tuple[str, ...]
    text: str
    grave: bool = False


def check_pack(pack: PackModel) -> tuple[Finding, ...]:
    """Find all, grave ones first; rows that are off do not count. pack: as ``load_pack(…, refuse=False)`` gives it."""
    findings = [finding for check in _CHECKS for finding in check(pack)]
    return tuple(sorted(findings, key=lambda finding: not finding.grave))


def _watched(pack: PackModel, *channels: Channel) -> list[PackRow]:
    return [row for row in pack.rows if row.enabled and (not channels or row.channel in channels)]


def _unit(row: PackRow) -> str:
    return {"degC": "°C"}.get(row.channel.unit, row.channel.unit)


def _value(row: PackRow, figure: float) -> str:
    return f"{figure:g} {_unit(row)}".rstrip()


def _setting(row: PackRow, figure: str) -> str:
    return row.named.get(figure, row.name)


# --- what no BMS can run


def _impossible(pack: PackModel) -> Iterator[Finding]:
    for row in pack.rows:
        try:
            row.protection()
        except UsageError as error:
            stated = _RULE.search(str(error))
            names = (row.name, *dict.fromkeys(row.named.values()))
            yield Finding(stated[1] if stated else "SEP-3", names, str(error), grave=True)


def _capacity(pack: PackModel) -> Iterator[Finding]:
    for name in ("capacity_ah", "rated_capacity_ah", "series", "cells_in_parallel"):
        value = getattr(pack, name)
        if value <= 0:
            yield Finding("SEP-3", (name,), f"{name} {value:g} must lie above 0", grave=True)


def _starts_and_ends(pack: PackModel) -> Iterator[Finding]:
    for table, low, high in (
        ("balancer", "stop_difference_v", "start_difference_v"),
        ("balancer", "transfer_stop_difference_v", "transfer_start_difference_v"),
        ("heater", "on_degc", "off_degc"),
        ("power", "wake_low_v", "wake_high_v"),
        ("requests", "discharge_voltage_v", "charge_voltage_v"),
    ):
        first, last = pack.value(table, low), pack.value(table, high)
        if first is not None and last is not None and first >= last:
            text = f"{table} {low} {first:g} must lie below {high} {last:g}"
            # With equal differences balancing still runs, for one sample at a time.
            yield Finding(
                "SEP-3", (f"{table}.{low}", f"{table}.{high}"), text, grave=first > last or table != "balancer"
            )


def _crossed(pack: PackModel) -> Iterator[Finding]:
    """Find a lower limit at or above the upper one of the same level: one of the two always holds."""
    opposite = {Channel.CELL_VOLTAGE_MAX: Channel.CELL_VOLTAGE_MIN}
    opposite[Channel.CELL_TEMPERATURE_MAX] = Channel.CELL_TEMPERATURE_MIN
    for upper, lower in product(_watched(pack), repeat=2):
        same = opposite.get(upper.channel, upper.channel) is lower.channel and upper.level is lower.level
        if (
            same
            and upper.above
            and not lower.above
            and _meet(upper.gate, lower.gate, apart=True)
            and lower.trip >= upper.trip
        ):
            names = (_setting(lower, "trip"), _setting(upper, "trip"))
            low, high = (f"{row.name} at {_value(row, row.trip)}" for row in (lower, upper))
            text = f"{low} must lie below {high}"
            yield Finding("SEP-3", names, text, grave=True)


def _meet(one: Gate, other: Gate, *, apart: bool = False) -> bool:
    """Whether two rows can be watched at the same time. apart: opposite directions count, for voltages take turns."""
    return apart or one is other or Gate.ANY in (one, other) or Gate.LOADED in (one, other)


# --- alarms and their protections


def _late_alarms(pack: PackModel) -> Iterator[Finding]:
    rows = [row for row in _watched(pack) if row.channel.unit]
    alarms = [row for row in rows if row.level is Level.ALARM and Atom.ELAPSED not in _atoms(row)]
    cuts = [row for row in rows if row.level is not Level.ALARM]
    for alarm, cut in product(alarms, cuts):
        if alarm.channel is not cut.channel or alarm.above is not cut.above or not _meet(alarm.gate, cut.gate):
            continue
        yield from _late(alarm, cut)


def _late(alarm: PackRow, cut: PackRow) -> Iterator[Finding]:
    names = (_setting(alarm, "trip"), _setting(cut, "trip"))
    if _beyond(alarm, alarm.trip, cut.trip) or alarm.trip == cut.trip:
        how = "at the same value as" if alarm.trip == cut.trip else "after"
        after = _beyond(alarm, cut.recover, alarm.recover)
        ends = f", and ends after it, at {_value(alarm, alarm.recover)}" if after else ""
        text = f"{alarm.name} comes at {_value(alarm, alarm.trip)}, {how} {cut.name} at {_value(cut, cut.trip)}{ends}"
        yield Finding("C5", names, text)
    elif Atom.VALUE in _atoms(cut) and _beyond(alarm, alarm.recover, cut.recover):
        until = _value(cut, cut.recover)
        text = f"{alarm.name} ends at {_value(alarm, alarm.recover)} while {cut.name} holds until {until}"
        yield Finding("SEP-3", (_setting(alarm, "recover"), _setting(cut, "recover")), text)


def _beyond(row: PackRow, one: float, other: float) -> bool:
    """Whether the first figure is further on the side where the row trips."""
    return one > other if row.above else one < other


def _atoms(row: PackRow) -> set[Atom]:
    return {atom for clause in row.recovery for atom in clause}


def _no_hysteresis(pack: PackModel) -> Iterator[Finding]:
    """Find rows that end where they began. What ends by time, by an absent load or by a person alone needs no gap."""
    for row in _watched(pack):
        by_value = {Atom.VALUE, Atom.CHARGER, Atom.CHARGE, Atom.DISCHARGE, Atom.SOC}
        ends_soon = bool(row.recovery) and all(clause & by_value for clause in row.recovery)
        if row.trip == row.recover and ends_soon and Atom.ELAPSED not in _atoms(row):
            text = f"{row.name} trips at {_value(row, row.trip)} and has no other value to end at: it may come and go"
            yield Finding("C25", (_setting(row, "trip"),), text)


def _no_delay(pack: PackModel) -> Iterator[Finding]:
    names = tuple(row.name for row in _watched(pack) if "delay_s" in row.ours)
    if names:
        told = f"no delay is stated for {Count(len(names)):row: the one used is ours|rows: those used are ours}"
        yield Finding("DELAY", names, told)


# --- cells


def _cold_charge(pack: PackModel) -> Iterator[Finding]:
    cold = [row for row in _watched(pack, Channel.CELL_TEMPERATURE_MIN) if row.cuts(Action.STOP_CHARGE)]
    if not cold:
        yield Finding("C4", (), "nothing stops the charge of cells below 0 °C, where lithium plates out")
        return
    first = max(cold, key=lambda row: row.trip)
    if first.trip < 0.0:
        text = f"{first.name} lets cells be charged down to {first.trip:g} °C; below 0 °C lithium plates out"
        yield Finding("C4", (_setting(first, "trip"),), text)


def _cell_range(pack: PackModel) -> Iterator[Finding]:
    """Look at the limits that act first; those behind them are a second line."""
    for action, channel, bound, ruin in (
        (Action.STOP_CHARGE, Channel.CELL_VOLTAGE_MAX, LFP_V[1], RUINED_V[1]),
        (Action.STOP_DISCHARGE, Channel.CELL_VOLTAGE_MIN, LFP_V[0], RUINED_V[0]),
    ):
        rows = [row for row in _watched(pack, channel) if row.cuts(action)]
        if not rows:
            continue
        row = (min if rows[0].above else max)(rows, key=lambda one: one.trip)
        if _beyond(row, row.trip, bound):
            side = "above" if row.above else "below"
            text = f"{row.name} at {row.trip:g} V lies {side} the {bound:g} V that makers of LFP cells allow"
            yield Finding("LFP", (_setting(row, "trip"),), text, grave=_beyond(row, row.trip, ruin))


def _cells_and_pack(pack: PackModel) -> Iterator[Finding]:
    rows = [row for row in _watched(pack) if row.level is Level.PROTECTION]
    cells = [row for row in rows if row.channel in (Channel.CELL_VOLTAGE_MAX, Channel.CELL_VOLTAGE_MIN)]
    for whole, cell in product([row for row in rows if row.channel is Channel.PACK_VOLTAGE], cells):
        if pack.series > 0 and whole.above is cell.above and whole.actions & cell.actions:
            yield from _cell_and_pack(pack.series, whole, cell)


def _cell_and_pack(series: int, whole: PackRow, cell: PackRow) -> Iterator[Finding]:
    names, of_cells_v = (_setting(whole, "trip"), _setting(cell, "trip")), series * cell.trip
    is_like = f"{whole.name} at {whole.trip:g} V is {whole.trip / series:.4g} V a cell"
    if isclose(whole.trip, of_cells_v, rel_tol=1e-9):
        yield Finding("C6", names, f"{is_like}, exactly {series} times {cell.name}: both come at once when balanced")
    elif _beyond(whole, of_cells_v, whole.trip):
        yield Finding(
            "C6", names, f"{is_like} and comes before {cell.name} at {cell.trip:g} V when the cells are balanced"
        )
    else:
        yield Finding("C6", names, f"{is_like} and never comes first: {cell.name} does, at {cell.trip:g} V")
    if abs(whole.recover / series - cell.recover) > _RECOVERY_V:
        text = f"{whole.name} ends at {whole.recover / series:.4g} V a cell, {cell.name} at {cell.recover:g} V"
        yield Finding("C6", (_setting(whole, "recover"), _setting(cell, "recover")), text)


# --- what is asked of the inverter, and what the pack is made for


def _requests(pack: PackModel) -> Iterator[Finding]:
    for name, action, channels, unit in (
        ("charge_voltage_v", Action.STOP_CHARGE, (Channel.CELL_VOLTAGE_MAX, Channel.PACK_VOLTAGE), "V"),
        ("discharge_voltage_v", Action.STOP_DISCHARGE, (Channel.CELL_VOLTAGE_MIN, Channel.PACK_VOLTAGE), "V"),
        ("charge_current_a", Action.STOP_CHARGE, (Channel.CHARGE_CURRENT,), "A"),
        ("discharge_current_a", Action.STOP_DISCHARGE, (Channel.DISCHARGE_CURRENT,), "A"),
    ):
        asked = pack.value("requests", name)
        rows = [
            row
            for row in _watched(pack, *channels)
            if row.cuts(action) and row.above is (name != "discharge_voltage_v")
        ]
        if asked is None or not rows:
            continue
        row = (min if rows[0].above else max)(rows, key=lambda one: _at_port(pack, one))
        limit = _at_port(pack, row)
        if not _beyond(row, limit, asked):
            text = f"the {asked:g} {unit} asked of the inverter do not lie inside {row.name}, at {limit:g} {unit}"
            yield Finding("C13", (f"requests.{name}", _setting(row, "trip")), text)


def _working_range(pack: PackModel) -> Iterator[Finding]:
    if pack.working_v is None:
        return
    for above, bound_v in ((True, pack.working_v[1]), (False, pack.working_v[0])):
        action = Action.STOP_CHARGE if above else Action.STOP_DISCHARGE
        channels = (Channel.CELL_VOLTAGE_MAX, Channel.CELL_VOLTAGE_MIN, Channel.PACK_VOLTAGE)
        rows = [row for row in _watched(pack, *channels) if row.above is above and row.cuts(action)]
        outside = [row for row in rows if _beyond(row, _at_port(pack, row), bound_v)]
        if rows and len(outside) == len(rows):
            limits = ", ".join(f"{row.name} at {_at_port(pack, row):g} V" for row in outside)
            text = f"every limit lies outside the working range, which ends at {bound_v:g} V: {limits}"
            yield Finding("C13", tuple(_setting(row, "trip") for row in outside), text)


def _at_port(pack: PackModel, row: PackRow) -> float:
    """Give the trip value as that of the whole pack, with equal cells."""
    of_a_cell = row.channel in (Channel.CELL_VOLTAGE_MAX, Channel.CELL_VOLTAGE_MIN)
    return float(f"{row.trip * pack.series if of_a_cell else row.trip:.9g}")


# --- what is not watched at all


_GUARDS: tuple[tuple[str, tuple[Channel, ...], Action, bool], ...] = (
    ("overvoltage", (Channel.CELL_VOLTAGE_MAX,), Action.STOP_CHARGE, True),
    ("undervoltage", (Channel.CELL_VOLTAGE_MIN,), Action.STOP_DISCHARGE, False),
    ("charge of hot cells", (Channel.CELL_TEMPERATURE_MAX,), Action.STOP_CHARGE, True),
    ("discharge of hot cells", (Channel.CELL_TEMPERATURE_MAX,), Action.STOP_DISCHARGE, True),
    ("discharge of cold cells", (Channel.CELL_TEMPERATURE_MIN,), Action.STOP_DISCHARGE, False),
    ("overcurrent of charge", (Channel.CHARGE_CURRENT,), Action.STOP_CHARGE, True),
    ("overcurrent of discharge", (Channel.DISCHARGE_CURRENT,), Action.STOP_DISCHARGE, True),
)


def _unguarded(pack: PackModel) -> Iterator[Finding]:
    for what, channels, action, above in _GUARDS:
        if not any(row.cuts(action) and row.above is above for row in _watched(pack, *channels)):
            off = [row for row in pack.rows if row.channel in channels and action in row.actions and row.above is above]
            names = tuple(dict.fromkeys(row.switch or row.name for row in off))
            yield Finding("SEP-4", names, f"nothing stops {what}")


_CHECKS: tuple[Callable[[PackModel], Iterator[Finding]], ...] = (
    _impossible,
    _capacity,
    _starts_and_ends,
    _crossed,
    _cold_charge,
    _late_alarms,
    _cells_and_pack,
    _requests,
    _working_range,
    _no_hysteresis,
    _cell_range,
    _unguarded,
    _no_delay,
)
