"""What the cell's figures are worth: its model against measured cells, stored cells over years, and PyBaMM.

The model is the plain one of tests/battery/cellmodel.py; the tests hold the engine to it. PyBaMM is left out where
``bash bench/peers/setup.sh`` has not made its environment.

    python bench/cell_data.py [--toolbox DIR] [--fit]

--toolbox: a copy of batterysim/esctoolbox-python, for errors at every second in place of every tenth and at more
temperatures. --fit: finds the three figures of this cell anew, by least squares; takes a minute.
"""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from math import sqrt
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from battery.cellmodel import CellModel, Parameters
from battery.data.extract import DYNAMIC, every_second
from battery.measured import BY_TEMPERATURE, DEGC, ONE_FOR_ALL, Fit, Misses, calendar, dynamic, misses, slow_misses
from battery.packs import bare, filled
from wattstead.battery.age import MODELS, Life, Wear, age
from wattstead.battery.curves import CellCurves, cell_curves, degc_grid, fill_grid
from wattstead.battery.inputs import Inputs
from wattstead.battery.preset import CellPreset
from wattstead.battery.step import advance

Profile = list[tuple[float, int]]
Ours = Callable[[CellCurves, Profile], list[tuple[float, float]]]

PEERS = Path(__file__).parent / "peers"
PUBLISHED_MV = {5: 8.1, 25: 7.3, 45: 5.7}  # best fits of one RC branch and exponential hysteresis, 15-95 %
PYBAMM_LIMIT_MV = 0.1
START_DEGC, AMBIENT_DEGC = 20.0, 10.0
SPANS = ((0.15, 0.95), (0.05, 0.95))


def main() -> int:
    """Print all tables. Exit status 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--toolbox", type=Path)
    parser.add_argument("--fit", action="store_true")
    asked = parser.parse_args()
    missed = drive(asked.toolbox)
    slow()
    if asked.fit:
        print("fitted at 25 °C:", fit(25))
    stored()
    return int(against_pybamm() or missed)


def drive(toolbox: Path | None) -> bool:
    """Print the errors over the dynamic profiles; say whether a fit of ours is worse than the best of its kind."""
    often = "second" if toolbox else "tenth second"
    print(f"A123 cell, dynamic profile up to 5C, RMS / greatest error in mV at every {often}")
    print(f"{'':8}{'one set for all':^30}{'fitted at this temperature':^30}")
    print(f"{'':8}{'15-95 %':^15}{'5-95 %':^15}" + f"{'15-95 %':^15}{'5-95 %':^15}best published RMS")
    missed = False
    for degc in sorted(DYNAMIC) if toolbox else DEGC:
        rows = every_second(toolbox, degc) if toolbox else dynamic(degc)
        fits = [ONE_FOR_ALL, *(one for known, one in BY_TEMPERATURE.items() if known == degc)]
        found = [misses(degc, one, rows) for one in fits]
        cells = "".join(f"{both(one, span):^15}" for one in found for span in SPANS)
        print(f"{degc:>4} °C {cells}{PUBLISHED_MV.get(degc, ''):>8}")
        missed |= degc in DEGC and found[1].within(*SPANS[0])[0] * 1e3 > PUBLISHED_MV[degc]
    return missed


def slow() -> None:
    """Print the errors over charge and discharge with C/27."""
    print("\nThe same cell with C/27 from end to end, RMS / greatest error in mV at every percent, 10-90 %")
    for degc in DEGC:
        up, down = (slow_misses(degc, ONE_FOR_ALL, charging=charging) for charging in (True, False))
        print(f"{degc:>4} °C   charge {both(up, (0.095, 0.905))}   discharge {both(down, (0.095, 0.905))}")


def both(found: Misses, span: tuple[float, float]) -> str:
    """Write RMS and greatest error in mV."""
    rms, greatest = found.within(*span)
    return f"{rms * 1e3:.1f} / {greatest * 1e3:.0f}"


def fit(degc: int) -> Fit:
    """Find R0, R1 and the time constant for 15-95 % (Gauss and Newton)."""
    names = ("r0_ohm", "r1_ohm", "tau_s")
    best = Fit(0.01, 0.02, 40.0)
    for _ in range(6):
        here = _apart(degc, best)
        steps = {name: getattr(best, name) * 1e-3 for name in names}
        slopes = [
            (_apart(degc, replace(best, **{name: getattr(best, name) + step})) - here) / step
            for name, step in steps.items()
        ]
        change = np.linalg.lstsq(np.column_stack(slopes), -here, rcond=None)[0]
        best = replace(best, **{name: getattr(best, name) + float(d) for name, d in zip(names, change, strict=True)})
    return best


def _apart(degc: int, one: Fit) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    found = misses(degc, one, dynamic(degc))
    return np.array([v for z, v in zip(found.fill, found.apart_v, strict=True) if SPANS[0][0] < z < SPANS[0][1]])


def stored() -> None:
    """Print the errors of calendar ageing."""
    print("\nStored Sony/Murata cells, 595 check-ups in 885 days, RMS error of capacity lost in points")
    rows = calendar()
    columns = sorted({row["temperature_degc"] for row in rows})
    print(f"{'':12}{'all':>6}" + "".join(f"{degc:>4.0f} °C" for degc in columns))
    for model, name in enumerate(MODELS):
        squares: dict[float, list[float]] = {degc: [] for degc in columns}
        for row in rows:
            life = Life(row["days"], row["soc"], row["temperature_degc"], 0.0, 0.0, 0.0)
            loss = float(age(Wear.none(1), life).calendar_loss[model, 0]) * 100.0
            squares[row["temperature_degc"]].append((loss - row["capacity_loss_pct"]) ** 2)
        every = [square for part in squares.values() for square in part]
        print(f"{name:12}" + "".join(f"{sqrt(sum(s) / len(s)):>6.2f} " for s in (every, *squares.values())))


def against_pybamm() -> bool:
    """Print how far PyBaMM's Thevenin cell is; say whether it is too far."""
    python = PEERS / ".venv" / "bin" / "python"
    if not python.exists():
        print("\nPyBaMM is not asked: bash bench/peers/setup.sh makes its environment.")
        return False
    print(
        "\nPyBaMM's Thevenin cell with equal parameters, four hours of random currents up to 1C, 7 to 95 %: "
        "greatest difference"
    )
    whole = replace(cell_curves(), hysteresis_v=0.0 * cell_curves().hysteresis_v)
    whole = replace(whole, entropy_v_per_k=0.0 * whole.entropy_v_per_k)
    flat = replace(whole, r0_factor=0.0 * whole.r0_factor + 1.0, r0_share=0.0 * whole.r0_share + 1.0)
    rows = (
        ("engine, resistance constant", flat, _by_engine),
        ("plain cell, resistance constant", flat, _by_plain_cell),
        ("plain cell, by charge and warmth", whole, _by_plain_cell),
    )
    missed = False
    for name, curves, ours in rows:
        voltage_mv, degc = _pybamm_apart(python, curves, ours)
        print(f"  {name:34} {voltage_mv:.6f} mV  {degc:.3f} K")
        missed |= voltage_mv > PYBAMM_LIMIT_MV
    return missed


def _pybamm_apart(python: Path, curves: CellCurves, ours: Ours) -> tuple[float, float]:
    parameters, start = Parameters(), CellModel(curves=curves, temperature_degc=START_DEGC)
    profile = currents()
    asked = {
        "cell": {
            "capacity_ah": parameters.capacity_ah,
            "r0_ohm": parameters.r0_ohm,
            "r1_ohm": parameters.r0_ohm * parameters.r1_ratio,
            "tau_s": parameters.tau_s,
            "heat_capacity_j_per_k": parameters.heat_capacity_j_per_k,
            "cooling_w_per_k": parameters.cooling_w_per_k,
            "fill": start.fill,
            "degc": start.temperature_degc,
        },
        "ambient_degc": AMBIENT_DEGC,
        "profile": profile,
        "tables": {
            "fill": fill_grid().tolist(),
            "ocv_v": curves.ocv_v.tolist(),
            "r0_factor": curves.r0_factor.tolist(),
            "degc": degc_grid().tolist(),
            "r0_share": curves.r0_share.tolist(),
        },
    }
    said = subprocess.run(
        [python, PEERS / "thevenin.py"], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    theirs = json.loads(said.stdout)
    said_by_us = ours(curves, profile)
    volts = max(abs(a - b) for (a, _), b in zip(said_by_us, theirs["voltage_v"], strict=True))
    degc = max(abs(a - b) for (_, a), b in zip(said_by_us, theirs["temperature_degc"], strict=True))
    return volts * 1e3, degc


def _by_plain_cell(curves: CellCurves, profile: Profile) -> list[tuple[float, float]]:
    """Give voltage and temperature of the scalar model after each row of the profile, in steps of a second."""
    model, found = CellModel(curves=curves, temperature_degc=START_DEGC), []
    for current_a, seconds in profile:
        for _ in range(seconds):
            model.step(current_a, AMBIENT_DEGC, 1.0)
        found.append((model.voltage(current_a), model.temperature_degc))
    return found


def _by_engine(curves: CellCurves, profile: Profile) -> list[tuple[float, float]]:
    """Give the same of a pack of one cell without hysteresis, whose resistance and voltage warmth does not change."""
    known = Parameters()
    cell = CellPreset(
        capacity_ah=known.capacity_ah,
        r0_ohm=known.r0_ohm,
        r1_ohm=known.r0_ohm * known.r1_ratio,
        tau_s=known.tau_s,
        heat_capacity_j_per_k=known.heat_capacity_j_per_k,
        efficiency=1.0,
        leak_per_month=0.0,
        hysteresis=0.0,
        warming=0.0,
    )
    preset = bare(cells=1, cell=cell, cooling_w_per_k=known.cooling_w_per_k)
    packs = filled(preset, CellModel(curves=curves).fill, temperature_degc=START_DEGC)
    found = []
    for current_a, seconds in profile:
        advance(packs, Inputs.of(1, current_a, AMBIENT_DEGC), 1.0, seconds)
        found.append((float(packs.cell_voltage_v[0, 0]), float(packs.temperature_degc[0, 0])))
    return found


def currents() -> Profile:
    """Give currents in A with their duration in s: a new one each minute, looked at after 1, 10, 30 and 60 s.

    Up to 1C, up and down between 7 and 95 %.
    """
    rng, fill, way, rows = random.Random(3), 0.5, 1, Profile()
    for _ in range(240):
        size = rng.uniform(0.0, 100.0)
        way = -1 if fill + size / 6000.0 > 0.95 else 1 if fill - size / 6000.0 < 0.07 else way
        fill += way * size / 6000.0
        rows += [(way * size, seconds) for seconds in (1, 9, 20, 30)]
    return rows


if __name__ == "__main__":
    sys.exit(main())
