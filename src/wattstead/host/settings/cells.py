"""A set of settings for another number of cells in series: what belongs to the whole pack changes with it (PWS-17).

Limits of a cell, currents, temperatures and capacity stay: cells in series carry the same current.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import ceil, floor
from typing import Final

from wattstead.catalog.profile import Profile
from wattstead.host.settings.check import check_set, errors
from wattstead.host.settings.mapping import on_wire, writable
from wattstead.host.settings.sets import SettingSet, same
from wattstead.model.errors import EncodeError, UsageError
from wattstead.model.setting import Setting

COUNTS: Final = ("cell_count", "cells_in_series")
"""Names under which boards keep the number of cells."""
_WHOLE: Final = ("pack_", "inverter_", "screen_", "charger_", "full_charge_voltage", "rated_voltage")
"""How names of voltages of the whole pack begin."""
_LOWER: Final = ("_low_", "_undervoltage_", "_discharge_")
"""What stands in names of lower limits: rounded up, as others are rounded down, so that no cell gets less margin."""
_DIGITS: Final = (3, 2, 1, 0)
_ROUNDING: Final = 1e-9


def for_cells(profile: Profile, held: SettingSet, cells: int) -> SettingSet:
    """Convert a set to another number of cells in series; what it does not name is left out of it.

    Raises UsageError where it is not known how many cells the board can have, it cannot have so many, the set does not
    say how many it is for, or one of the two sets has errors of its own.
    """
    count = next((name for name in COUNTS if name in profile.settings), None)
    if count is None:
        raise UsageError(f"{profile.name} has no setting for the number of cells: its sets cannot be converted")
    _fits(profile, profile.settings[count], cells)
    old = held.values.get(count)
    if not isinstance(old, int | float) or isinstance(old, bool) or old < 1:
        raise UsageError(f"{held.source} does not say how many cells it is for; add {count}, such as {count} = 16")
    _sound(profile, held, f"{held.source} has errors of its own; correct them first")
    values = {**held.values, count: cells}
    for name in _voltages(profile, held):
        values[name] = _scaled(profile, name, float(held.values[name]) * cells / old)
    made = replace(held, values=values, source=f"{held.source} for {cells} cells")
    _sound(profile, made, f"a set for {cells} cells cannot be made of {held.source}")
    return made


def _fits(profile: Profile, setting: Setting, cells: int) -> None:
    if setting.minimum is None or setting.maximum is None:
        raise UsageError(f"how many cells {profile.name} can have is not known: its sets cannot be converted")
    if not setting.minimum <= cells <= setting.maximum:
        raise UsageError(
            f"{profile.name} cannot have {cells} cells in series; say {setting.minimum:g} to {setting.maximum:g}"
        )


def _voltages(profile: Profile, held: SettingSet) -> Iterator[str]:
    for name, value in held.values.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and profile.settings[name].unit == "V" and name.startswith(_WHOLE):
            yield name


def _scaled(profile: Profile, name: str, value: float) -> float:
    """Round to what the wire carries, away from what the limit is to prevent."""
    toward = ceil if any(one in name for one in _LOWER) else floor
    for digits in _DIGITS if name in writable(profile) else ():
        step = 10.0**digits
        slack = -_ROUNDING if toward is ceil else _ROUNDING
        rounded = round(toward(value * step + slack) / step, digits)
        try:
            if same(on_wire(profile, name, rounded), rounded):
                return rounded
        except EncodeError as error:
            raise UsageError(f"{name} {value:g} V does not fit into the device: {error}") from None
    return round(value, 3)


def _sound(profile: Profile, held: SettingSet, otherwise: str) -> None:
    found = errors(check_set(profile, held.values))
    if found:
        raise UsageError(f"{otherwise}: {'; '.join(str(one) for one in found[:3])}")
