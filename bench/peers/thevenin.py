"""One cell in PyBaMM with the parameters it is given: one object of JSON in, one out.

In: ``cell`` (capacity_ah, r0_ohm, r1_ohm, tau_s, heat_capacity_j_per_k, cooling_w_per_k, fill, degc), ``tables`` (fill
with ocv_v and r0_factor, degc with r0_share), ``ambient_degc``, ``profile``: current in A, positive charges, and its
duration in s, row by row. Out: voltage_v and temperature_degc at the end of each row, the current still flowing.

    bench/peers/.venv/bin/python bench/peers/thevenin.py < question.json
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"

import json
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pybamm  # type: ignore[import-not-found]  # lives in bench/peers/.venv alone

CURRENT = "Current function [A]"
TOLERANCE = 1e-9


def parameters(asked: dict[str, Any]) -> Any:
    """Give PyBaMM's parameters for what was asked; its current discharges, so the signs turn."""
    cell = asked["cell"]

    def resistance(ohm: float) -> Callable[[Any, Any, Any], Any]:
        return lambda degc, _, soc: (
            ohm * table(asked, "fill", "r0_factor", soc) * table(asked, "degc", "r0_share", degc)
        )

    r1 = resistance(cell["r1_ohm"])
    values = pybamm.equivalent_circuit.Thevenin().default_parameter_values.copy()
    values.update(
        {
            "Cell capacity [A.h]": cell["capacity_ah"],
            "Nominal cell capacity [A.h]": cell["capacity_ah"],
            "Initial SoC": cell["fill"],
            "Initial temperature [K]": cell["degc"] + 273.15,
            "Ambient temperature [K]": asked["ambient_degc"] + 273.15,
            "Open-circuit voltage [V]": lambda soc: table(asked, "fill", "ocv_v", soc),
            "R0 [Ohm]": resistance(cell["r0_ohm"]),
            "R1 [Ohm]": r1,
            "C1 [F]": lambda degc, current, soc: cell["tau_s"] / r1(degc, current, soc),
            "Element-1 initial overpotential [V]": 0.0,
            "Entropic change [V/K]": 0.0,
            "Cell thermal mass [J/K]": cell["heat_capacity_j_per_k"],
            "Cell-jig heat transfer coefficient [W/K]": cell["cooling_w_per_k"],
            "Jig thermal mass [J/K]": 1.0,  # the jig is as good as the ambient air
            "Jig-air heat transfer coefficient [W/K]": 1e6,
            "Upper voltage cut-off [V]": 10.0,
            "Lower voltage cut-off [V]": -10.0,
            CURRENT: "[input]",
        }
    )
    return values


def table(asked: dict[str, Any], over: str, name: str, at: Any) -> Any:
    """Read one of the tables at a place, straight between its points."""
    tables = asked["tables"]
    return pybamm.Interpolant(tables[over], tables[name], at, interpolator="linear")


def main() -> None:
    """Answer one question."""
    warnings.simplefilter("ignore")
    asked = json.load(sys.stdin)
    asked["tables"] = {name: np.array(values) for name, values in asked["tables"].items()}
    solver = pybamm.IDAKLUSolver(rtol=TOLERANCE, atol=TOLERANCE, options={"num_threads": 1})
    sim = pybamm.Simulation(pybamm.equivalent_circuit.Thevenin(), parameter_values=parameters(asked), solver=solver)
    voltages, temperatures = [], []
    for current, seconds in asked["profile"]:
        solution = sim.step(seconds, inputs={CURRENT: -current}, save=False)
        voltages.append(float(solution["Voltage [V]"].entries[-1]))
        temperatures.append(float(solution["Cell temperature [degC]"].entries[-1]))
    json.dump({"voltage_v": voltages, "temperature_degc": temperatures}, sys.stdout)


if __name__ == "__main__":
    main()
