"""Measured cells, and how far the model of cellmodel.py is from them. Origin of the data: data/README.md."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from math import ceil, sqrt
from pathlib import Path

from battery.cellmodel import CellModel, Parameters
from wattstead.battery.curves import cell_curves

DATA = Path(__file__).parent / "data"
DEGC = (5, 25, 45)
CAPACITY_AH = {-15: 2.05727, -5: 2.06305, 5: 2.04654, 15: 2.05181, 25: 2.04953, 35: 2.04983, 45: 2.04327}
EFFICIENCY = {-15: 0.96879, -5: 0.98920, 5: 0.99536, 15: 0.99527, 25: 0.99445, 35: 0.99366, 45: 0.99241}
"""Ampere-hours out over in, error of the tester included."""
CHAMBER_J_PER_K = 1e15  # the cell's own warming was not measured: it is taken as that of its chamber


@dataclass(frozen=True)
class Fit:
    """What is set for this cell: at 25 °C and 50 %. gap: times the shipped width of the hysteresis."""

    r0_ohm: float
    r1_ohm: float
    tau_s: float
    gap: float = 1.0
    per_fill: float = cell_curves().hysteresis_per_fill


ONE_FOR_ALL = Fit(r0_ohm=0.00999, r1_ohm=0.01627, tau_s=36.5)
"""Resistances and time constant fitted at 25 °C; all else, also over temperature, is as shipped."""

BY_TEMPERATURE = {
    5: Fit(r0_ohm=0.00998, r1_ohm=0.0171, tau_s=48.8, gap=1.0279, per_fill=26.0),
    25: Fit(r0_ohm=0.0097, r1_ohm=0.0141, tau_s=30.0, gap=1.0422, per_fill=26.0),
    45: Fit(r0_ohm=0.0099, r1_ohm=0.0139, tau_s=30.4, gap=1.0908, per_fill=14.06),
}
"""All five fitted to 15-95 % at that temperature."""


@dataclass(frozen=True)
class Misses:
    """Model less measured voltage in V, with the fill at which."""

    fill: tuple[float, ...]
    apart_v: tuple[float, ...]

    def within(self, low: float, high: float) -> tuple[float, float]:
        """Give RMS and greatest error in V between two fills."""
        inside = [apart for fill, apart in zip(self.fill, self.apart_v, strict=True) if low < fill < high]
        return sqrt(sum(apart**2 for apart in inside) / len(inside)), max(abs(apart) for apart in inside)


Rows = tuple[tuple[tuple[float, ...], float], ...]


@cache
def dynamic(degc: int) -> Rows:
    """Give ten currents of a second each, in A, positive charges, and the voltage after them; over and over."""
    with gzip.open(DATA / f"a123_dynamic_{degc}degc.csv.gz", "rt") as file:
        rows = [[int(word) for word in line.split(",")] for line in file]
    return tuple((tuple(value / 100.0 for value in row[:10]), row[10] / 1e4) for row in rows)


@cache
def misses(degc: int, fit: Fit, rows: Rows | None = None) -> Misses:
    """Run the model through the dynamic profile, or rows of the like, from the full and rested cell it began with."""
    model = cell_of(degc, fit)
    found: list[tuple[float, float]] = []
    for currents, measured in rows or dynamic(degc):
        voltage = 0.0
        for current in currents:
            voltage = model.step(current, degc, 1.0)
        found.append((model.fill, voltage - measured))
    return Misses(*(tuple(column) for column in zip(*found, strict=True)))


def cell_of(degc: int, fit: Fit) -> CellModel:
    """Give the full cell, on the charge branch, in its chamber."""
    curves = replace(cell_curves(), hysteresis_v=cell_curves().hysteresis_v * fit.gap, hysteresis_per_fill=fit.per_fill)
    parameters = Parameters(
        capacity_ah=CAPACITY_AH[degc],
        r0_ohm=fit.r0_ohm,
        r1_ratio=fit.r1_ohm / fit.r0_ohm,
        tau_s=fit.tau_s,
        heat_capacity_j_per_k=CHAMBER_J_PER_K,
        efficiency=EFFICIENCY[degc],
    )
    return CellModel(parameters, fill=1.0, hysteresis=1.0, temperature_degc=float(degc), curves=curves)


def slow(degc: int) -> Iterator[tuple[int, float, float]]:
    """Give SOC in %, voltage while discharging and while charging, both with C/27."""
    with (DATA / "a123_slow.csv").open() as file:
        for row in csv.DictReader(file):
            yield int(row["soc_pct"]), float(row[f"discharge_{degc}degc_v"]), float(row[f"charge_{degc}degc_v"])


def slow_misses(degc: int, fit: Fit, *, charging: bool) -> Misses:
    """Run the model from end to end with C/27 and compare at each percent."""
    model = cell_of(degc, fit)
    sign = 1.0 if charging else -1.0
    if charging:
        model.fill, model.hysteresis = 0.0, -1.0
    current = sign * CAPACITY_AH[degc] / 27.0
    rows = list(slow(degc))
    found: list[tuple[float, float]] = []
    for soc_pct, discharge_v, charge_v in rows if charging else reversed(rows):
        reach(model, soc_pct / 100.0, current, degc)
        found.append((model.fill, model.voltage(current) - (charge_v if charging else discharge_v)))
    return Misses(*(tuple(column) for column in zip(*found, strict=True)))


def reach(model: CellModel, fill: float, current_a: float, degc: float) -> None:
    """Bring a cell to a fill at this current, in steps of at most a minute."""
    own = model.parameters
    stays = own.efficiency if current_a > 0.0 else 1.0
    seconds = (fill - model.fill) * own.capacity_ah * 3600.0 / (current_a * stays)
    steps = ceil(seconds / 60.0)
    for _ in range(steps):
        model.step(current_a, degc, seconds / steps)


def calendar() -> list[dict[str, float]]:
    """Give Naumann's stored cells: temperature_degc, soc, days, capacity_loss_pct, resistance_growth_pct."""
    with (DATA / "naumann_calendar.csv").open() as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
