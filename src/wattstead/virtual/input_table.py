"""From an ``[input]`` table to what is done to packs; its sentences say where, what is wrong, what would be right."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from wattstead.catalog.profile import Profile
from wattstead.model.errors import UsageError
from wattstead.virtual.given import Input
from wattstead.virtual.surroundings import FAULTS, KEYS
from wattstead.virtual.vocabulary import is_number, nearest

RANGES: Final = {
    "current_a": (-1e4, 1e4),
    "load_w": (0.0, 1e6),
    "charge_voltage_v": (0.0, 1000.0),
    "port_voltage_v": (0.0, 1000.0),
    "short_circuit_ohm": (0.0, 1000.0),
    "inverter_capacitance_f": (0.0, 1.0),
    "bus_gap_v": (0.0, 1000.0),
    "connection_ohm": (0.0, 10.0),
    "ambient_temperature_degc": (-60.0, 100.0),
}
FLAGS: Final = (
    *("charger", "load", "inverter_silent", "isolated", "line_cut"),
    *("button", "emergency_stop", "service"),
)
LISTS: Final = {"keypad": ("key", KEYS), "faults": ("fault", tuple(FAULTS))}
INPUTS: Final = tuple(one.name for one in fields(Input))
_SWITCH: Final = ("on", "off")


def read_input(where: str, table: Mapping[str, Any], profile: Profile) -> Input:
    """Read a table. where: its name. profile: of the packs that it is for. Raises UsageError."""
    return Input(**{name: _checked(f"[{where}] {name}", name, value, profile) for name, value in table.items()})


def _checked(where: str, name: str, value: object, profile: Profile) -> Any:
    if name not in INPUTS:
        raise UsageError(f"{where}: nothing acts on a battery by this name; {nearest(name, INPUTS, 'what acts is')}")
    if name in RANGES:
        return _number(where, value, RANGES[name])
    if name in FLAGS:
        if not isinstance(value, bool):
            raise UsageError(f"{where}: {value!r} is neither true nor false")
        return value
    if name == "external_switch":
        if value not in _SWITCH:
            raise UsageError(f'{where}: {value!r} is no place of a switch; give "on" or "off"')
        return value
    if name == "keypad" and not profile.virtual.screen:
        raise UsageError(f"{where}: a virtual {profile.name} has no screen with keys; leave it out")
    return _words(where, value, *LISTS[name])


def _number(where: str, value: object, limits: tuple[float, float]) -> float:
    if not is_number(value):
        raise UsageError(f"{where}: {value!r} is no number")
    low, high = limits
    if not low <= value <= high:
        raise UsageError(f"{where}: {value:g} cannot be; give {low:g} to {high:g}")
    return value


def _words(where: str, value: object, what: str, known: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise UsageError(f'{where}: {value!r} is no list; write ["{known[0]}"], or [] for none')
    for one in value:
        if one not in known:
            raise UsageError(f"{where}: there is no {what} {one!r}; {nearest(str(one), known, f'the {what}s are')}")
    return tuple(value)
