"""One cell in plain Python, float64, straight from the equations of docs/models/cell.md.

It shares no code with the engine but the points of the tables, and reads those with its own arithmetic. Positive
current charges. One step takes current and surroundings as constant; resistance and hysteresis width are those at the
temperature the step starts with, so small steps are the truth and big ones are judged by them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp

from wattstead.battery.curves import CellCurves, cell_curves

HOUR_S = 3600.0
KELVIN = 273.15


@dataclass(frozen=True)
class Parameters:
    """One cell at 25 °C and 50 %. efficiency: share of the charge pushed in that stays. leak_per_s: of the fill."""

    capacity_ah: float = 100.0
    r0_ohm: float = 0.0003
    r1_ratio: float = 2.0 / 3.0
    tau_s: float = 30.0
    heat_capacity_j_per_k: float = 2200.0
    cooling_w_per_k: float = 0.375
    efficiency: float = 1.0
    leak_per_s: float = 0.0


class Tables:
    """The points of CellCurves as lists, with a straight line between two of them."""

    def __init__(self, curves: CellCurves) -> None:
        self.ocv_v = curves.ocv_v.tolist()
        self.entropy_v_per_k = curves.entropy_v_per_k.tolist()
        self.r0_factor = curves.r0_factor.tolist()
        self.r0_share = curves.r0_share.tolist()
        self.hysteresis_v = curves.hysteresis_v.tolist()
        self.hysteresis_per_fill = curves.hysteresis_per_fill

    @staticmethod
    def at(table: Sequence[float], place: float) -> float:
        place = min(max(place, 0.0), len(table) - 1.0)
        low = min(int(place), len(table) - 2)
        return table[low] + (table[low + 1] - table[low]) * (place - low)

    def over_fill(self, table: Sequence[float], fill: float) -> float:
        return self.at(table, (fill + 0.06) * 1000.0)

    def over_degc(self, table: Sequence[float], degc: float) -> float:
        return self.at(table, degc + 40.0)


@dataclass
class CellModel:
    """A cell with its state: fill, voltage over the RC branch, hysteresis from -1 (discharge) to 1, temperature."""

    parameters: Parameters = field(default_factory=Parameters)
    fill: float = 0.5
    rc_v: float = 0.0
    hysteresis: float = 0.0
    temperature_degc: float = 25.0
    curves: CellCurves = field(default_factory=cell_curves)
    heat_j: float = 0.0
    """Made since the start, reversible heat included."""
    tables: Tables = field(init=False)

    def __post_init__(self) -> None:
        self.tables = Tables(self.curves)

    def step(self, current_a: float, ambient_degc: float, dt_s: float) -> float:
        """Let dt_s pass and give the voltage at its end, the current still flowing."""
        own, before = self.parameters, self.fill
        self._count(current_a, dt_s)
        r1 = own.r1_ratio * self.r0()
        keep = exp(-dt_s / own.tau_s)
        apart = self.rc_v - current_a * r1
        self.rc_v = current_a * r1 + apart * keep
        over_r1_w = current_a**2 * r1
        over_r1_w += own.tau_s / dt_s * (2.0 * current_a * apart * (1.0 - keep) + apart**2 / r1 * (1.0 - keep**2) / 2.0)
        hysteresis_w = self._turn(self.fill - before) * self.half_gap_v() * own.capacity_ah * HOUR_S / dt_s
        middle = 0.5 * (before + self.fill)
        kelvin = self.temperature_degc + KELVIN
        reversible_w = current_a * kelvin * self.tables.over_fill(self.tables.entropy_v_per_k, middle)
        self._warm(current_a**2 * self.r0() + over_r1_w + hysteresis_w + reversible_w, ambient_degc, dt_s)
        return self.voltage(current_a)

    def voltage(self, current_a: float) -> float:
        """Give the voltage in V with this current flowing."""
        return self.resting_v() + self.rc_v + current_a * self.r0()

    def resting_v(self) -> float:
        """Give the voltage without current and RC branch: curve, hysteresis and temperature."""
        over = self.tables.over_fill
        apart_k = self.temperature_degc - 25.0
        return (
            over(self.tables.ocv_v, self.fill)
            + over(self.tables.entropy_v_per_k, self.fill) * apart_k
            + self.half_gap_v() * self.hysteresis
        )

    def half_gap_v(self) -> float:
        return self.tables.over_degc(self.tables.hysteresis_v, self.temperature_degc)

    def r0(self) -> float:
        """Give the ohmic resistance here and now."""
        growth = self.tables.over_fill(self.tables.r0_factor, self.fill)
        return self.parameters.r0_ohm * growth * self.tables.over_degc(self.tables.r0_share, self.temperature_degc)

    def _count(self, current_a: float, dt_s: float) -> None:
        own = self.parameters
        stays = own.efficiency if current_a > 0.0 else 1.0
        fill = self.fill + current_a * stays * dt_s / HOUR_S / own.capacity_ah - own.leak_per_s * dt_s
        self.fill = min(max(fill, -0.06), 1.10)

    def _turn(self, more_fill: float) -> float:
        """Turn the hysteresis with the fill and give the part of the fill that moved while it stood at a branch.

        Only that part makes heat, the width of the half gap for each ampere-second; the rest is kept and comes back.
        """
        wanted = self.hysteresis + self.tables.hysteresis_per_fill * more_fill
        self.hysteresis = min(max(wanted, -1.0), 1.0)
        return abs(wanted - self.hysteresis) / self.tables.hysteresis_per_fill

    def _warm(self, heat_w: float, ambient_degc: float, dt_s: float) -> None:
        own = self.parameters
        self.heat_j += heat_w * dt_s
        if own.cooling_w_per_k == 0.0:
            self.temperature_degc += heat_w * dt_s / own.heat_capacity_j_per_k
            return
        keep = exp(-own.cooling_w_per_k / own.heat_capacity_j_per_k * dt_s)
        end = ambient_degc + heat_w / own.cooling_w_per_k
        self.temperature_degc = end + (self.temperature_degc - end) * keep
