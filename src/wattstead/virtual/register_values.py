"""What only registers of a map tell of a pack: its records, its lamps, how long it has been on."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from wattstead.battery.packs import Packs
from wattstead.battery.record import Kind, Record, RecordLog
from wattstead.catalog.panels import load_panel
from wattstead.model.pack import PackModel
from wattstead.model.panel import Panel
from wattstead.model.protection import Light
from wattstead.virtual.lamps import panel_state

ROWS, BLOCK = 50, 15
"""Rows of the record registers, and how many one message carries."""
_LAMPS: Final = {"1": 0, "2": 1, "3": 2, "4": 3, "alm": 4, "run": 5}
_RUN_BLINKS: Final = 8
_EMPTY: Final = {
    "record_number": 0,
    "recorded_at": None,
    "event": "none",
    "place": 0,
    "raised": 0,
    "value": 0,
    "voltage": 0.0,
    "soc": 0.0,
}
_NOBODY: Final = 0xFF
"""Which cell or sensor it was is not kept."""
_FAULTS: Final = ("charge_switch_fault", "discharge_switch_fault")


def register_values(
    packs: Packs, place: int, model: PackModel, values: Mapping[str, Any], active: tuple[str, ...]
) -> dict[str, Any]:
    """Give what a register map tells beyond the report. values: of the report."""
    return {
        "uptime_s": int(packs.time_s),
        "packs_expected": values.get("pack_count", 1),
        "coarse_current": values["pack_current_a"],
        "mos_2_temperature": values["mos_temperature_degc"],
        "lamps": _lamps(packs, place, model),
        "state": _state(values, model, active),
    }


def record_values(log: RecordLog, time_of: Callable[[float], datetime]) -> dict[str, Any]:
    """Give the record registers, the newest first. time_of: the wall clock at a time of the engine."""
    rows = [_row(one, time_of) for one in log.rows(newest_first=True)[:ROWS]]
    rows += [_EMPTY] * (ROWS - len(rows))
    blocks = {f"records_{1 + at // BLOCK}": rows[at : at + BLOCK] for at in range(0, ROWS, BLOCK)}
    return {"record_count": min(len(log), ROWS), "newest_record": log.written & 0xFFFF, **blocks}


def wall_time(now_ms: int, now_s: float) -> Callable[[float], datetime]:
    """Give the device's own time at a time of the engine. now_ms: its clock now; now_s: the engine's."""
    return lambda at_s: datetime.fromtimestamp(int(now_ms / 1000.0 - (now_s - at_s)), UTC).replace(tzinfo=None)


def _row(one: Record, time_of: Callable[[float], datetime]) -> dict[str, Any]:
    kept = one.values
    return {
        "record_number": one.number & 0xFFFF,
        "recorded_at": time_of(one.time_s),
        "event": one.code,
        "place": _NOBODY,
        "raised": int(one.kind is Kind.BEGAN),
        "value": min(max(round(_value(one)), -0x8000), 0x7FFF),
        "voltage": max(_number(kept, "pack_voltage_v"), 0.0),
        "soc": min(max(_number(kept, "soc_pct"), 0.0), 100.0),
    }


def _value(one: Record) -> float:
    """What the row goes by: mV of the outermost cell, tenths of an ampere or of a degree."""
    end = "min" if one.code in ("UV", "UTC", "UTD") else "max"
    if one.code in ("OV", "UV"):
        return 1000.0 * _number(one.values, f"cell_voltage_{end}_v")
    if one.code in ("OCC", "OCD", "SC", "CAL"):
        return 10.0 * _number(one.values, "pack_current_a")
    if one.code in ("OTC", "OTD", "UTC", "UTD"):
        whose = "mos_temperature_degc" if one.name.startswith("mos_") else f"cell_temperature_{end}_degc"
        return 10.0 * _number(one.values, whose)
    return 0.0


def _number(values: Mapping[str, Any], name: str) -> float:
    value = values.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


@cache
def _panel(name: str) -> Panel | None:
    return load_panel(name) if name else None


def _lamps(packs: Packs, place: int, model: PackModel) -> int:
    panel = _panel(model.panel)
    if panel is None:
        return 0
    shown = {
        lamp.name: pattern.light for lamp, pattern in panel.lights(panel_state(packs, place, joined=False, own=True))
    }
    lit = sum(1 << bit for name, bit in _LAMPS.items() if shown.get(name, Light.OFF) is not Light.OFF)
    return lit | (shown.get("run") is Light.BLINK) << _RUN_BLINKS


def _state(values: Mapping[str, Any], model: PackModel, active: tuple[str, ...]) -> Any:
    """Say in one word what the pack does; what holds it back comes before what flows."""
    if values.get("operating_state") == "shutdown":
        return "shutdown"
    if values.get("precharge_mos_on"):
        return "precharging"
    if any(fault in active for fault in _FAULTS):
        return "fault"
    held = {row.name for row in model.rows if row.actions and row.level != "alarm"}
    return "protection" if any(name in held for name in active) else values.get("operating_state")
