"""The words that go with active rows: which cell is too high, what the pack asks for, which bits of the wire follow."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from wattstead.model.pack import PackModel, PackRow
from wattstead.model.protection import Atom, Channel
from wattstead.model.reading import Value, numbers

_EFFECTIVE_A = 0.1  # Pylontech: a current beyond it counts as charge or discharge
# Pylontech asks to be charged at once: US2000B Plus and US3000B at 5 to 9 % (first) and 9 to 13 % (second). Below 5 %
# the document says nothing; the first stays.
_IMMEDIATELY_1_PCT, _IMMEDIATELY_2_PCT = 9.0, 13.0
_CELLS: Final = (Channel.CELL_VOLTAGE_MAX, Channel.CELL_VOLTAGE_MIN)
_PROBES: Final = (Channel.CELL_TEMPERATURE_MAX, Channel.CELL_TEMPERATURE_MIN)
_SWITCHES: Final = ("charge_mos_on", "discharge_mos_on", "precharge_mos_on", "current_limiter_on")
_WORDS: Final = {
    Channel.PACK_VOLTAGE: ("pack_voltage_status",),
    Channel.AMBIENT_TEMPERATURE: ("ambient_temperature_status",),
    Channel.MOS_TEMPERATURE: ("mos_temperature_status",),
    Channel.CHARGE_CURRENT: ("charge_current_status", "pack_current_status"),
    Channel.DISCHARGE_CURRENT: ("discharge_current_status", "pack_current_status"),
}
"""What else has a word of its own; those of currents say "high" either way."""


def statuses(values: Mapping[str, Value], active: Collection[str], model: PackModel) -> dict[str, Value]:
    """Say for each cell, probe, and for the pack, on which side of its limits it is: normal, low or high.

    active: names of the rows that hold. A word follows its row: it comes with the delay and goes with the recovery.
    """
    cells, probes = (_all(values[name]) for name in ("cell_voltage_v", "cell_temperature_degc"))
    cell_words, probe_words = ["normal"] * len(cells), ["normal"] * len(probes)
    said: dict[str, Value] = {name: "normal" for names in _WORDS.values() for name in names}
    for row in _held(model, active):
        for one in _culprits(cells, row) if row.channel in _CELLS else ():
            cell_words[one] = _word(row)
        for one in _culprits(probes, row) if row.channel in _PROBES else ():
            probe_words[one] = _word(row)
        said |= dict.fromkeys(_WORDS.get(row.channel, ()), _word(row))
    return {**said, "cell_voltage_status": tuple(cell_words), "cell_temperature_status": tuple(probe_words)}


def _held(model: PackModel, active: Collection[str]) -> Iterable[PackRow]:
    return (row for row in model.rows if row.name in active) if active else ()


def _all(value: Value) -> Sequence[float]:
    return numbers(value) if isinstance(value, tuple) else ()


def _culprits(values: Sequence[float], row: PackRow) -> list[int]:
    """Find what is beyond the trip value; on the way to recovery none is: then it is the outermost one."""
    beyond = [k for k, one in enumerate(values) if (one >= row.trip if row.above else one <= row.trip)]
    outermost = max if row.above else min
    return beyond or [list(values).index(outermost(values))]


def _word(row: PackRow) -> str:
    return "high" if row.above else "low"


def flags(values: Mapping[str, Value], unfilled_for_s: float) -> dict[str, Value]:
    """Say what goes with the requests of the pack.

    values: must hold the measured ones. unfilled_for_s: how long the state of charge has not passed 97 %.
    """
    (soc,), (current,) = numbers(values["soc_pct"]), numbers(values["pack_current_a"])
    return {
        "charge_immediately_1": soc < _IMMEDIATELY_1_PCT,
        "charge_immediately_2": _IMMEDIATELY_1_PCT <= soc < _IMMEDIATELY_2_PCT,
        "full_charge_requested": unfilled_for_s >= 30 * 86400.0,
        "effective_charge_current": round(current, 3) > _EFFECTIVE_A,
        "effective_discharge_current": round(current, 3) < -_EFFECTIVE_A,
        "balancing_on": bool(values.get("balancing_cells")),
        "module_power_in_use": True,  # a virtual module always runs on its own cells
    }


def kept_off(values: Mapping[str, Value], bus_v: float) -> dict[str, Value]:
    """Say what a pack does that waits for the bus, or has failed to join it: switches open, asking for nothing.

    values: must hold the measured ones. bus_v: lies at its port.
    """
    said: dict[str, Value] = dict.fromkeys(_SWITCHES, False)
    said |= {name: 0.0 for name in ("charge_current_limit_a", "discharge_current_limit_a") if name in values}
    said |= {name: False for name in ("charge_enabled", "discharge_enabled") if name in values}
    return said | {"port_voltage_v": bus_v}


def following(
    values: Mapping[str, Value], active: Sequence[str], locked: Collection[str], model: PackModel
) -> Iterator[str]:
    """Give the codes that are no rows: what goes on in the BMS because of rows and functions."""
    rows = {row.name: row for row in _held(model, active)}
    if values.get("heater_on"):
        yield "cell_heating_active"
    for name in locked:
        yield name.replace("_protection", "_lockout")
    if any(_waits_for_charge(row, values) for row in rows.values()):
        yield "waiting_for_interval_recharge"
    if any(_empty(row) for row in rows.values()):
        if model.value("activation", "automatic"):
            yield "waiting_for_automatic_activation"
        if model.value("activation", "manual"):
            yield "waiting_for_manual_activation"


def told_by_others(codes: Iterable[str], implies: Mapping[str, str | Sequence[str]]) -> tuple[str, ...]:
    """Add the bits by which a wire tells rows that have none of their own."""
    found = tuple(codes)
    bits = (implies[code] for code in found if code in implies)
    each = (bit for said in bits for bit in ((said,) if isinstance(said, str) else said))
    return tuple(dict.fromkeys((*found, *each)))


def _waits_for_charge(row: PackRow, values: Mapping[str, Value]) -> bool:
    """Whether the value is back and only the charge must fall before the row ends."""
    name = "cell_voltage_v" if row.channel in _CELLS else "pack_voltage_v"
    back = max(numbers(values[name])) <= row.recover
    return back and any(Atom.SOC in clause for clause in row.recovery)


def _empty(row: PackRow) -> bool:
    """Whether the row has cut the discharge of an empty pack (SEP-17)."""
    low = row.channel in (Channel.CELL_VOLTAGE_MIN, Channel.PACK_VOLTAGE, Channel.SOC) and not row.above
    return low and any(action.value == "stop_discharge" for action in row.actions)
