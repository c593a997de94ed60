"""What a cell's voltage and resistance do over charge and temperature, as tables that the kernels read.

Over the fill, every 0.1 % from LOWEST_FILL to HIGHEST_FILL: resting voltage, entropy, growth of the resistance.
Over the temperature, every kelvin from COLDEST_DEGC to HOTTEST_DEGC: resistance as a share of that at 25 °C, and half
the width of the hysteresis. Between two points of a table the straight line holds; beyond its ends, the end's value.

Where each figure comes from stands in docs/models/cell.md; ``bench/cell_data.py`` shows what they are worth.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattstead.battery.ocv import HIGHEST_FILL, LFP_25_DEGC, LOWEST_FILL, OcvCurve

Table = NDArray[np.floating[Any]]

POINTS_PER_FILL = 1000
"""Points of a table from empty to full."""
FILL_POINTS = round((HIGHEST_FILL - LOWEST_FILL) * POINTS_PER_FILL) + 1

COLDEST_DEGC = -40
HOTTEST_DEGC = 120
DEGC_POINTS = HOTTEST_DEGC - COLDEST_DEGC + 1

REFERENCE_DEGC = 25.0
KELVIN = 273.15
GAS_J_PER_MOL_K = 8.314

COLD_R0_J_PER_MOL, WARM_R0_J_PER_MOL = 20_000.0, 10_000.0
"""Arrhenius energies of the resistance below and above 25 °C, fitted to the A123 cell between 5 and 45 °C."""

HYSTERESIS_DEGC = (-5.0, 5.0, 15.0, 25.0, 35.0, 45.0)
HYSTERESIS_GAP_V = (0.074, 0.056, 0.046, 0.040, 0.036, 0.033)
"""Mean gap between charge and discharge at C/27 over 20-90 %, A123 cell; its ohmic part is GAP_OHMIC_V at 25 °C."""
GAP_OHMIC_V = 0.0016

HYSTERESIS_PER_FILL = 20.0
"""How fast the hysteresis turns: from the middle to a branch within 1/20 of the capacity (fitted: 14 to 26).

The state goes with the fill and stops at the branches: h' = min(max(h + 20 (fill' - fill), -1), 1). A short pulse there
and back leaves no trace, as in the measured cell; one that fades towards the branch by exp() misses that by 3 to 12 mV.
"""

ENTROPY_V_PER_K = tuple(
    1e-3 * mv for mv in (-0.490, -0.164, -0.118, -0.044, 0.098, 0.110, 0.129, 0.145, 0.100, 0.084, 0.118)
)
"""Change of the resting voltage with temperature at 0, 10 ... 100 %: Sony 26650, Naumann, as published with SimSES."""

EMPTY_RISE, EMPTY_WIDTH = 0.55, 0.12
"""The resistance grows towards empty by EMPTY_RISE exp(-fill / EMPTY_WIDTH), fitted to the A123 cell from 5 to 95 %."""
FULL_RISE, FULL_WIDTH = 0.7, 0.015
"""Towards full by FULL_RISE exp((fill - 1) / FULL_WIDTH): the rise measured at 100 %, its width ours (none at 90 %)."""


@dataclass(frozen=True, slots=True, eq=False)
class CellCurves:
    """The tables of one kind of cell. Over the fill: ``[FILL_POINTS]``; over the temperature: ``[DEGC_POINTS]``.

    ocv_v: resting voltage at 25 °C, midway between the branches. entropy_v_per_k: its change with temperature.
    r0_factor: resistance over that at 50 %. r0_share: resistance over that at 25 °C. hysteresis_v: from the middle to
    either branch. hysteresis_per_fill: see HYSTERESIS_PER_FILL.
    """

    ocv_v: Table
    entropy_v_per_k: Table
    r0_factor: Table
    r0_share: Table
    hysteresis_v: Table
    hysteresis_per_fill: float

    def single(self) -> "CellCurves":
        """Give the same tables as float32, for the kernels."""
        return CellCurves(
            ocv_v=self.ocv_v.astype(np.float32),
            entropy_v_per_k=self.entropy_v_per_k.astype(np.float32),
            r0_factor=self.r0_factor.astype(np.float32),
            r0_share=self.r0_share.astype(np.float32),
            hysteresis_v=self.hysteresis_v.astype(np.float32),
            hysteresis_per_fill=self.hysteresis_per_fill,
        )


@cache
def cell_curves(ocv: OcvCurve = LFP_25_DEGC) -> CellCurves:
    """Work out the tables of a cell with this resting voltage; the rest is that of LFP. float64, read-only."""
    fill, degc = fill_grid(), degc_grid()
    tables = (ocv.voltage(fill), entropy(fill), r0_growth(fill), r0_share(degc), hysteresis(degc))
    for table in tables:
        table.setflags(write=False)
    return CellCurves(*tables, hysteresis_per_fill=HYSTERESIS_PER_FILL)


def fill_grid() -> NDArray[np.float64]:
    """Give the fills of the points, LOWEST_FILL first. Divided, not summed up: every percent lies on a point."""
    first = round(LOWEST_FILL * POINTS_PER_FILL)
    return np.arange(first, first + FILL_POINTS, dtype=np.float64) / POINTS_PER_FILL


def degc_grid() -> NDArray[np.float64]:
    """Give the temperatures of the points in °C, COLDEST_DEGC first."""
    return np.arange(COLDEST_DEGC, HOTTEST_DEGC + 1, dtype=np.float64)


def entropy(fill: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the change of the resting voltage with temperature, V/K."""
    return np.interp(fill, np.arange(11) / 10.0, ENTROPY_V_PER_K)


def r0_growth(fill: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the resistance over that at 50 %; outside 0..1 as at the end."""
    shape = _rise(np.clip(fill, 0.0, 1.0))
    return shape / _rise(np.array(0.5))


def _rise(fill: NDArray[np.float64]) -> NDArray[np.float64]:
    towards_empty = EMPTY_RISE * np.exp(-fill / EMPTY_WIDTH)
    towards_full = FULL_RISE * np.exp((fill - 1.0) / FULL_WIDTH)
    return np.asarray(1.0 + towards_empty + towards_full, dtype=np.float64)


def r0_share(degc: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the resistance over that at 25 °C (Arrhenius)."""
    energy = np.where(degc < REFERENCE_DEGC, COLD_R0_J_PER_MOL, WARM_R0_J_PER_MOL)
    apart = 1.0 / (degc + KELVIN) - 1.0 / (REFERENCE_DEGC + KELVIN)
    return np.asarray(np.exp(energy / GAS_J_PER_MOL_K * apart), dtype=np.float64)


def hysteresis(degc: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give half the gap between the branches in V, without its ohmic part; as measured from -5 to 45 °C."""
    known = np.array(HYSTERESIS_DEGC)
    half = 0.5 * (np.array(HYSTERESIS_GAP_V) - GAP_OHMIC_V * r0_share(known))
    return np.interp(degc, known, half)
