"""A state as a plain dict and back, so that a program goes on after a restart where it was."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wattstead.battery.check import above_zero, between, require
from wattstead.battery.limit import ROWS
from wattstead.battery.ocv import HIGHEST_FILL, LOWEST_FILL
from wattstead.battery.preset import PackPreset
from wattstead.battery.state import ARRAYS, CONSTANT, PackState

_FORM: Final = 1  # of the dict; raise it when the arrays of a state change
_OF_CELLS = (*CONSTANT, "fill", "rc_v", "temperature_degc", "ocv_v", "cell_voltage_v")
_OF_LIMITS = ("active", "pending_s")
_OF_FLAGS = ("active", "charge_mos_on", "discharge_mos_on", "fully_charged")
_COUNTED_FROM_0 = ("pending_s", "remaining_ah", "full_hold_s", "cycles", "charged_kwh", "discharged_kwh")


def save(state: PackState) -> dict[str, Any]:
    """Give all of a state but its preset as lists and numbers; JSON keeps every bit of them."""
    arrays = {name: getattr(state, name).tolist() for name in ARRAYS}
    return {"form": _FORM, "time_s": state.time_s, **arrays}


def restore(preset: PackPreset, saved: Mapping[str, Any]) -> PackState:
    """Go on from what ``save`` gave, with the preset of that state or one whose limits have been changed.

    Raises UsageError for another form, a missing part, another number of cells, and values that no run leads to.
    """
    require(saved.get("form") == _FORM, "saved form", saved.get("form"), f"be {_FORM}: start from rest instead")
    missing = [name for name in ("time_s", *ARRAYS) if name not in saved]
    require(not missing, "saved state", f"without {', '.join(missing)}", "hold every part")
    between("saved time_s", saved["time_s"], 0.0, 1e15, "time runs on from 0")
    packs = max(1, np.size(saved["current_a"]))
    arrays: dict[str, Any] = {name: _array(name, saved[name], preset, packs) for name in ARRAYS}
    state = PackState(preset=preset, time_s=float(saved["time_s"]), **arrays)
    _check_possible(state)
    return state


def _array(name: str, value: object, preset: PackPreset, packs: int) -> NDArray[Any]:
    shape = (preset.cells, packs) if name in _OF_CELLS else (len(ROWS), packs) if name in _OF_LIMITS else (packs,)
    kinds = "b" if name in _OF_FLAGS else "fi"
    try:
        array = np.asarray(value)
    except ValueError:  # rows of unequal length make no array
        array = np.empty(0)
    what = f"be {' x '.join(map(str, shape))} {'flags' if kinds == 'b' else 'numbers'}"
    require(array.shape == shape and array.dtype.kind in kinds, "saved", name, what)
    require(bool(np.isfinite(array).all()), "saved", name, "hold finite numbers only")
    return np.ascontiguousarray(array, dtype=np.bool_ if kinds == "b" else np.float64)


def _check_possible(state: PackState) -> None:
    for name in (*sorted(CONSTANT), "full_ah"):
        above_zero(f"saved {name}", float(getattr(state, name).min()), "no cell is without it")
    for name in _COUNTED_FROM_0:
        lowest = float(getattr(state, name).min())
        require(lowest >= 0.0, f"saved {name}", lowest, "not be negative: it counts from 0")
    for end in (float(state.fill.min()), float(state.fill.max())):
        between("saved fill", end, LOWEST_FILL, HIGHEST_FILL, "no cell survives more or less")
    over_ah = float((state.remaining_ah - state.full_ah).max())
    require(over_ah <= 0.0, "saved remaining_ah", f"is {over_ah:g} Ah above full_ah and", "not exceed it")
