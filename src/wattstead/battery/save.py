"""A state as a plain dict and back, so that a program goes on after a restart where it was."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wattstead.battery.check import require
from wattstead.battery.kernel import estimate
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import State
from wattstead.battery.ocv import HIGHEST_FILL, LOWEST_FILL
from wattstead.battery.packs import Packs
from wattstead.battery.preset import PackPreset

Array = NDArray[Any]

_FORM: Final = 3  # of the dict; raise it when the arrays of a state, or what their rows mean, change
_ARRAYS: Final = tuple(name for name in State._fields if name != "busy")  # that one says only where to look next
_MAY_BE_UNREAD: Final = (at.WAS_DEGC_MAX, at.WAS_DEGC_MIN)  # NaN while no probe reads anything
_STATUS: Final = (1 << at.STATUS_BITS) - 1  # bits that ``kernel.layout`` names


def save(packs: Packs) -> dict[str, Any]:
    """Give all of a state but its preset as lists and numbers; JSON keeps every bit of them."""
    arrays = {name: _plain(getattr(packs.state, name), packs.count, name) for name in _ARRAYS}
    return {"form": _FORM, "cells": packs.preset.cells, "rows": _rows(packs.preset), "packs": packs.count, **arrays}


def restore(preset: PackPreset, saved: Mapping[str, Any]) -> Packs:
    """Go on from what ``save`` gave, with the preset of that state, or one whose figures have been changed.

    Raises UsageError for another form, a missing part, other cells or rows, and values that no run leads to.
    """
    require(saved.get("form") == _FORM, "saved form", saved.get("form"), f"be {_FORM}: start from rest instead")
    missing = [name for name in ("cells", "rows", "packs", *_ARRAYS) if name not in saved]
    require(not missing, "saved state", f"without {', '.join(missing)}", "hold every part")
    require(saved["cells"] == preset.cells, "saved cells", saved["cells"], f"be {preset.cells} as in the preset")
    _same_rows(saved["rows"], _rows(preset))
    count = saved["packs"]
    fits = isinstance(count, int) and not isinstance(count, bool) and 1 <= count <= np.size(saved["status"])
    require(fits, "saved packs", count, "be as many as there are columns")
    packs = Packs.rest(preset, count)
    for name in _ARRAYS:
        array = getattr(packs.state, name)
        own = array if name == "time" else array[..., :count]
        own[...] = _array(name, saved[name], own)
    _check_cells(packs)
    _check_counts(packs)
    _check_bits(packs)
    packs.state.busy[:] = 1
    return packs


def _rows(preset: PackPreset) -> list[str]:
    return [row.name for row in preset.protections]


def _same_rows(saved: object, rows: list[str]) -> None:
    held = list(saved) if isinstance(saved, list | tuple) else []
    apart = [f"{one!r}" for one in dict.fromkeys([*held, *rows]) if (one in held) != (one in rows)]
    what = f"differing in {', '.join(apart[:3])}" if apart else "in another order"
    require(held == rows, "saved rows", what, "be those of the preset: start from rest instead")


def _plain(array: Array, count: int, name: str) -> list[Any]:
    own = array if name == "time" else array[..., :count]
    plain: list[Any] = own.tolist()
    if own.dtype.kind == "f" and np.isnan(own).any():
        kept = own.astype(object)
        kept[np.isnan(own)] = None  # JSON knows no NaN
        plain = kept.tolist()
    return plain


def _array(name: str, value: object, like: Array) -> Array:
    """Read one array. like: one of the same shape and type."""
    whole = like.dtype.kind == "i"
    shape = " x ".join(map(str, like.shape))
    try:
        given = np.asarray(value)
        array = given.astype(np.float64) if given.dtype.kind in "fO" else given
    except (ValueError, TypeError, OverflowError):  # rows of unequal length, words
        array = np.empty(0)
    fits = array.shape == like.shape and array.dtype.kind in ("i" if whole else "fi")
    require(fits, "saved", name, f"be {shape} {'whole numbers' if whole else 'numbers'}")
    if whole:
        kind = np.iinfo(like.dtype)
        fits = bool((array >= kind.min).all() and (array <= kind.max).all())
        require(fits, "saved", name, f"lie between {kind.min} and {kind.max}")
    else:
        unread = np.zeros(like.shape, dtype=np.bool_)
        if name == "pack":
            unread[list(_MAY_BE_UNREAD)] = np.isnan(array[list(_MAY_BE_UNREAD)])
        require(bool((np.isfinite(array) | unread).all()), "saved", name, "hold finite numbers only")
    return array.astype(like.dtype)


def _check_cells(packs: Packs) -> None:
    for row, name in ((at.PER_AH, "per_ah"), (at.R25_OHM, "r25_ohm"), (at.R_OHM, "r_ohm")):
        _within(f"cell {name}", packs.cell(row), 1e-12, 1e12, "no cell is without it")
    _within("cell temperature_degc", packs.temperature_degc, -200.0, 1000.0, "no cell survives more or less")
    _within("cell hysteresis", packs.cell(at.HYSTERESIS), -1.0, 1.0, "it lies between its branches")
    _within("fill", packs.state.fill[:, : packs.count], LOWEST_FILL, HIGHEST_FILL, "no cell survives more or less")
    _within("gain_a", packs.pack_row(at.GAIN_A), 0.1, 10.0, "a sensor that is further off measures nothing")
    _within("capacitor_v", packs.pack_row(at.CAPACITOR_V), 0.0, 1e4, "no inverter takes more")


def _check_counts(packs: Packs) -> None:
    tally = packs.state.tally[:, : packs.count]
    beyond = estimate.BEYOND
    _within("tally soc", tally[estimate.SOC], -beyond, 1.0 + beyond, "no estimate counts further")
    _within("tally counted", tally[estimate.COUNTED], 0.0, 1.0, "a share of the capacity")
    _within("tally capacity_ah", tally[estimate.CAPACITY_AH], 1e-6, 1e9, "a pack without capacity stores nothing")
    for row in (estimate.HOLD_S, estimate.AWAKE_H, estimate.CYCLES_EFC, estimate.CYCLES_RULE):
        _within("tally", tally[row], 0.0, 1e12, "it counts from 0")
    for name in ("time", "energy", "ticks", "trips", "timer"):
        array = getattr(packs.state, name)
        lowest = -at.MOST_TICKS if name == "ticks" else 0.0  # what is left of a wait may just have run out
        _within(name, array if name == "time" else array[..., : packs.count], lowest, 1e18, "it counts from 0")


def _check_bits(packs: Packs) -> None:
    state, n = packs.state, packs.count
    rows = (1 << len(packs.preset.protections)) - 1
    for name, most in (("status", _STATUS), ("active", rows), ("bleed", (1 << packs.preset.cells) - 1)):
        unknown = bool((getattr(state, name)[:n] & ~np.int64(most)).any())
        require(not unknown, "saved", name, "set only bits that mean something")
    loose = bool((state.locked[:n] & ~state.active[:n]).any())
    require(not loose, "saved", "locked", "name active rows only: nothing else can be locked")
    cells = packs.preset.cells
    for place in (state.moving[:n] & 255, state.moving[:n] >> 8):
        _within("moving", place, 0, cells - 1, "it names cells from 0")


def _within(name: str, array: Array, lowest: float, highest: float, why: str) -> None:
    if not array.size:
        return
    for end in (array.min(), array.max()):
        rule = f"lie between {lowest:g} and {highest:g}: {why}"
        require(bool(lowest <= end <= highest), f"saved {name}", f"{end:g}", rule)
