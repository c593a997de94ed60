"""How fast PyBaMM's equivalent circuit goes: answers each line on standard input with a line of rates as JSON.

The cell is ours (docs/models/cell.md): 100 Ah, R0 and one RC branch, heat, the seventeen points of the curve. The
current comes in two kinds: smooth, 40 A in for 450 s and out for 450 s; restless, the same with 4 A of noise that
changes each second, as the load of a house does. PyBaMM chooses its own steps: the smooth one costs it far less.

    echo | bench/peers/.venv/bin/python bench/peers/pybamm_rates.py
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"

import json
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pybamm  # type: ignore[import-not-found]  # lives in bench/peers/.venv alone

CELLS = 16
SPAN_S = 900.0
CLOSED_STEPS = 400
OCV_SOC = np.array([0, 2, 5, 10, 15, 20, 30, 40, 50, 60, 65, 70, 80, 90, 95, 98, 100]) / 100
OCV_V = np.array(
    [2.161, 2.82, 3.025, 3.178, 3.218, 3.245, 3.28, 3.301, 3.308, 3.317, 3.323, 3.331, 3.345, 3.352, 3.369, 3.44, 3.59]
)
TIMES_S = np.arange(0.0, SPAN_S + 1.0)
SMOOTH_A = np.where(TIMES_S // (SPAN_S / 2) % 2 == 0, -40.0, 40.0)
RESTLESS_A = SMOOTH_A + np.random.default_rng(1).normal(0.0, 4.0, TIMES_S.size)
CURRENT, R0, CAPACITY = "Current function [A]", "R0 [Ohm]", "Cell capacity [A.h]"
INPUT = "[input]"


def cell(**changed: Any) -> Any:
    """Give the parameters of our 100 Ah cell."""
    values = pybamm.equivalent_circuit.Thevenin().default_parameter_values.copy()
    values.update(
        {
            "Open-circuit voltage [V]": lambda soc: pybamm.Interpolant(OCV_SOC, OCV_V, soc, interpolator="linear"),
            R0: 0.0003,
            "R1 [Ohm]": 0.0002,
            "C1 [F]": 30.0 / 0.0002,
            "Entropic change [V/K]": 0.0,
            "Cell thermal mass [J/K]": 2200.0,
            "Cell-jig heat transfer coefficient [W/K]": 0.375,
            "Upper voltage cut-off [V]": 3.8,
            "Lower voltage cut-off [V]": 2.0,
            "Initial SoC": 0.5,
        }
    )
    values.update(changed)
    return values


def simulation(values: Any) -> Any:
    """Give one Thevenin cell with PyBaMM's own solver, on one thread."""
    solver = pybamm.IDAKLUSolver(options={"num_threads": 1, "num_solvers": 1})
    return pybamm.Simulation(pybamm.equivalent_circuit.Thevenin(), parameter_values=values, solver=solver)


def known(current_a: Any) -> Any:
    """Give a current that is known beforehand; between the seconds it is a straight line."""
    return pybamm.Interpolant(TIMES_S, current_a, pybamm.t, interpolator="linear")


def open_loop(current_a: Any) -> Callable[[], float]:
    """One cell, the whole current known beforehand, a value each second: simulated seconds in a call."""
    sim = simulation(cell(**{CURRENT: known(current_a)}))

    def work() -> float:
        sim.solve([0.0, SPAN_S], t_interp=TIMES_S)
        return SPAN_S

    return work


def batch(current_a: Any) -> Callable[[], float]:
    """Sixteen cells of their own capacity and resistance, likewise: simulated seconds of the pack in a call."""
    sim = simulation(cell(**{CURRENT: known(current_a), R0: INPUT, CAPACITY: INPUT}))
    cells = [{R0: 0.0003 * (1 + 0.01 * k), CAPACITY: 100.0 + 0.1 * k} for k in range(CELLS)]

    def work() -> float:
        sim.solve([0.0, SPAN_S], t_interp=TIMES_S, inputs=cells)
        return SPAN_S

    return work


def closed_loop() -> Callable[[], float]:
    """One cell, the current of each second known only when it comes, as a BMS needs it: steps in a call."""
    sim = simulation(cell(**{CURRENT: INPUT}))

    def work() -> float:
        for k in range(CLOSED_STEPS):
            sim.step(1.0, inputs={CURRENT: float(RESTLESS_A[k])}, save=False)
        return CLOSED_STEPS

    return work


def rate(work: Callable[[], float]) -> float:
    """Give units of work per second of processor time."""
    start = time.process_time()
    done = work()
    return done / (time.process_time() - start)


def main() -> None:
    """Warm up, then measure once for each line that comes in."""
    warnings.simplefilter("ignore")
    tasks = {
        "open_loop_smooth": open_loop(SMOOTH_A),
        "open_loop_restless": open_loop(RESTLESS_A),
        "closed_loop": closed_loop(),
        "batch_smooth": batch(SMOOTH_A),
        "batch_restless": batch(RESTLESS_A),
    }
    for work in tasks.values():
        work()
    for _ in sys.stdin:
        print(json.dumps({name: rate(work) for name, work in tasks.items()}), flush=True)


if __name__ == "__main__":
    main()
