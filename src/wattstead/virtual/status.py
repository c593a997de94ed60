"""The words that go with limits: which cell is too high, what the pack may still take and give."""

from collections.abc import Collection, Mapping, Sequence

from wattstead.battery.limit import ROWS, Channel, LimitRow, Stops
from wattstead.battery.preset import Limits
from wattstead.model.reading import Value, numbers

_EFFECTIVE_A = 0.1  # Pylontech: a current beyond it counts as charge or discharge
# Pylontech asks to be charged at once: US2000B Plus and US3000B at 5 to 9 % (first) and 9 to 13 % (second). Below 5 %
# the document says nothing; the first stays.
_IMMEDIATELY_1_PCT, _IMMEDIATELY_2_PCT = 9.0, 13.0


def statuses(values: Mapping[str, Value], active: Collection[str], limits: Limits) -> dict[str, Value]:
    """Say for each cell, probe, and for the pack, on which side of its limits it is: normal, low or high.

    active: names of the limits that hold. A word follows its limit: it comes with the delay and goes with the recovery.
    """
    cells, probes = values["cell_voltage_v"], values["cell_temperature_degc"]
    words = ["normal"] * (len(cells) if isinstance(cells, tuple) else 0)
    said: dict[str, Value] = {"pack_voltage_status": "normal"}
    for row in ROWS if active else ():
        if row.name not in active:
            continue
        if row.channel is Channel.PACK_VOLTAGE:
            said["pack_voltage_status"] = _word(row)
        else:
            for cell in _culprits(numbers(cells), row, limits):
                words[cell] = _word(row)
    said["cell_voltage_status"] = tuple(words)
    said["cell_temperature_status"] = ("normal",) * (len(probes) if isinstance(probes, tuple) else 0)
    return said


def _culprits(cells: Sequence[float], row: LimitRow, limits: Limits) -> list[int]:
    """Find the cells beyond the trip value; on their way to recovery none is: then it is the outermost one."""
    threshold = limits.of(row)
    beyond = [cell for cell, voltage in enumerate(cells) if threshold and threshold.beyond(voltage)]
    outermost = max if row.above else min
    return beyond or [cells.index(outermost(cells))]


def _word(row: LimitRow) -> str:
    return "high" if row.above else "low"


def requests(values: Mapping[str, Value], active: Collection[str], unfilled_for_s: float) -> dict[str, Value]:
    """Say what the pack asks of the inverter, and the flags that go with it.

    values: must hold the measured ones, and the pack's usual charge and discharge limits where it tells them.
    unfilled_for_s: how long the state of charge has not passed 97 %.
    """
    stops = {row.stops for row in ROWS if row.name in active} if active else set()
    charge, discharge = Stops.CHARGE not in stops, Stops.DISCHARGE not in stops
    (soc,), (current,) = numbers(values["soc_pct"]), numbers(values["pack_current_a"])
    asked: dict[str, Value] = {
        "charge_enabled": charge,
        "discharge_enabled": discharge,
        "charge_immediately_1": soc < _IMMEDIATELY_1_PCT,
        "charge_immediately_2": _IMMEDIATELY_1_PCT <= soc < _IMMEDIATELY_2_PCT,
        "full_charge_requested": unfilled_for_s >= 30 * 86400.0,
        "effective_charge_current": current > _EFFECTIVE_A,
        "effective_discharge_current": current < -_EFFECTIVE_A,
        "module_power_in_use": True,  # a virtual module always runs on its own cells
    }
    if not charge:
        asked["charge_current_limit_a"] = 0.0
    if not discharge:
        asked["discharge_current_limit_a"] = 0.0
    return asked
