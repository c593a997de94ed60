"""Packs for the tests: those of the presets, and bare ones without any row, loss or spread."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from wattstead.battery.behaviour import Power
from wattstead.battery.inputs import Inputs
from wattstead.battery.kernel.layout import State
from wattstead.battery.make import pack_preset
from wattstead.battery.packs import Packs
from wattstead.battery.preset import CellPreset, PackPreset, Spread
from wattstead.battery.sense import Sense
from wattstead.battery.step import advance
from wattstead.catalog.packs import load_pack

NO_SPREAD = Spread(capacity=0.0, resistance=0.0, soc=0.0)
SEPLOS, PS, WALL = "seplos-16s-100ah", "ps-20016s", "wall-6k5"


def ideal_cell(**changes: Any) -> CellPreset:
    """A cell of 100 Ah that loses nothing by itself."""
    return replace(CellPreset.lfp(100.0), efficiency=1.0, leak_per_month=0.0, **changes)


def bare(cells: int = 16, cell: CellPreset | None = None, **changes: Any) -> PackPreset:
    """A pack without rows whose BMS draws nothing and whose cells are equal."""
    plain: dict[str, Any] = {"spread": NO_SPREAD, "power": Power(standby_a=0.0, off_a=0.0), **changes}
    return PackPreset(cells=cells, cell=cell or ideal_cell(), **plain)


@cache
def of_make(name: str = SEPLOS) -> PackPreset:
    return pack_preset(load_pack(name))


def run(
    packs: Packs,
    current_a: Any,
    seconds: float,
    dt_s: float = 1.0,
    *,
    ambient_degc: Any = 25.0,
    sense: Sense | None = None,
    **more: Any,
) -> Packs:
    """Let one current flow for a time that is a whole number of steps; give the state after."""
    steps = round(seconds / dt_s)
    assert abs(steps * dt_s - seconds) < 1e-9, "the time must be a whole number of steps"
    after = packs.copy()
    advance(after, Inputs.of(packs.count, current_a, ambient_degc, **more), dt_s, steps, sense=sense)
    return after


def filled(preset: PackPreset, fill: float, packs: int = 1, **more: Any) -> Packs:
    """Packs at rest with this charge over capacity in every cell."""
    state = Packs.rest(preset, packs, 0.5, **more)
    state.fill = np.full((preset.cells, packs), fill)
    state.settle()
    return state


def same_bits(one: Packs, other: Packs) -> None:
    """Every array but the hint of where to look next."""
    assert one.count == other.count
    for name in State._fields:
        if name not in {"busy", "time"}:
            a = getattr(one.state, name)[..., : one.count]
            b = getattr(other.state, name)[..., : one.count]
            assert a.dtype == b.dtype
            assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), name
    assert one.state.time.tolist() == other.state.time.tolist()
