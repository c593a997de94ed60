"""What a pack is made of, as values that somebody hands in; nothing here knows a make.

CellPreset      one cell: capacity, resistance, RC branch, heat
PackPreset      cells in series, probes, cooling, spread, and the BMS: protections, sensors and all that it does

Every value is checked when it is set; UsageError names the value and the rule. ``dataclasses.replace`` changes one.
"""

from dataclasses import dataclass, field, fields
from itertools import pairwise

from wattstead.battery.behaviour import (
    Activation,
    Balancer,
    Busbar,
    Heater,
    Limiter,
    Parallel,
    Power,
    Precharge,
    Requests,
    Sensors,
    Switches,
)
from wattstead.battery.check import above_zero, between, require, whole
from wattstead.battery.estimator import Estimator
from wattstead.battery.ocv import LFP_25_DEGC, OcvCurve
from wattstead.battery.rows import check_rows
from wattstead.model.protection import Protection

# Resistance x capacity of LFP cells hardly depends on their size: ohmic and RC part, ohm x Ah (docs/models/cell.md).
_R0_OHM_AH = 0.030
_R1_OHM_AH = 0.020
_TAU_S = 30.0
_HEAT_CAPACITY_J_PER_K = {64.0: 1500.0, 100.0: 2200.0, 200.0: 4500.0, 280.0: 6000.0}  # by capacity in Ah


@dataclass(frozen=True)
class CellPreset:
    """One cell at 25 °C.

    capacity_ah: between 0 % and 100 % of the curve ``ocv``. r0_ohm: acts at once. r1_ohm: acts with ``tau_s``.
    heat_capacity_j_per_k: of the cell with its share of the case. efficiency: share of the charge that arrives.
    leak_per_month: share of the capacity that a cell loses by itself. hysteresis, warming: shares of what the curves
    say, 0 for a cell whose voltage has no branches, whose resistance and voltage do not depend on temperature and SOC.
    """

    capacity_ah: float
    r0_ohm: float
    r1_ohm: float
    tau_s: float
    heat_capacity_j_per_k: float
    ocv: OcvCurve = LFP_25_DEGC
    efficiency: float = 0.999
    leak_per_month: float = 0.01
    hysteresis: float = 1.0
    warming: float = 1.0

    def __post_init__(self) -> None:
        above_zero("cell capacity_ah", self.capacity_ah, "a cell without capacity stores nothing (SEP-3)")
        above_zero("cell r0_ohm", self.r0_ohm, "every cell has some resistance")
        above_zero("cell r1_ohm", self.r1_ohm, "every cell has some resistance")
        above_zero("cell tau_s", self.tau_s, "the RC branch needs time")
        above_zero("cell heat_capacity_j_per_k", self.heat_capacity_j_per_k, "every cell has some mass")
        between("cell efficiency", self.efficiency, 0.5, 1.0, "no more arrives than was sent")
        between("cell leak_per_month", self.leak_per_month, 0.0, 1.0, "a share of the capacity")
        between("cell hysteresis", self.hysteresis, 0.0, 3.0, "a share of the measured one")
        between("cell warming", self.warming, 0.0, 1.0, "a share of the measured one")

    @classmethod
    def lfp(cls, capacity_ah: float) -> "CellPreset":
        """Give the usual prismatic LFP cell of a capacity in Ah."""
        above_zero("cell capacity_ah", capacity_ah, "a cell without capacity stores nothing (SEP-3)")
        nearest = min(_HEAT_CAPACITY_J_PER_K, key=lambda known_ah: abs(known_ah - capacity_ah))
        return cls(
            capacity_ah=capacity_ah,
            r0_ohm=_R0_OHM_AH / capacity_ah,
            r1_ohm=_R1_OHM_AH / capacity_ah,
            tau_s=_TAU_S,
            heat_capacity_j_per_k=_HEAT_CAPACITY_J_PER_K[nearest] * capacity_ah / nearest,
        )


@dataclass(frozen=True)
class Spread:
    """How much the cells of a pack differ: standard deviations of normal draws that end at three of them.

    capacity, resistance: relative. soc: of the state of charge at the start, 0..1.
    """

    capacity: float = 0.01
    resistance: float = 0.05
    soc: float = 0.003

    def __post_init__(self) -> None:
        for name in ("capacity", "resistance", "soc"):
            why = "three times the spread must leave something of every cell"
            between(f"spread {name}", getattr(self, name), 0.0, 0.3, why)


@dataclass(frozen=True)
class Board:
    """How warm the BMS gets, as a lag of first order; all ours, stated in docs/models/cell.md.

    mos_k_per_a2: rise of the MOS over ambient, K per A². tau_s: how fast. board_share: how much of that rise the probe
    of the board sees. diode_k_per_a: rise by the diode of an open switch, K per A (0.7 V, 2 K/W).
    """

    mos_k_per_a2: float = 0.002
    tau_s: float = 180.0
    board_share: float = 0.3
    diode_k_per_a: float = 1.4

    def __post_init__(self) -> None:
        between("board mos_k_per_a2", self.mos_k_per_a2, 0.0, 1.0, "more would melt it at once")
        above_zero("board tau_s", self.tau_s, "warming needs time")
        between("board diode_k_per_a", self.diode_k_per_a, 0.0, 20.0, "more would melt it at once")
        between("board board_share", self.board_share, 0.0, 1.0, "the board is no warmer than the MOS")


@dataclass(frozen=True)
class PackPreset:
    """One pack: cells in series with one BMS.

    probes: for each temperature probe the positions, counted from 1, of the cells whose mean it sees; empty for four
    probes that share the cells evenly. cooling_w_per_k: of the whole pack to ambient. edge_cooling: how much better
    the first and last cell are cooled than one between. link_ohm: MOS, fuse and cable between cells and port.
    dead_band_a: up to this measured current a pack is in standby, neither charging nor discharging (ours).
    protections: the rows that are switched on; the other fields are described where they are defined (behaviour.py).
    lock_clean_s: so long a current within its limit forgets the trips of a lock (ours). seed: packs of equal seed and
    number have equal cells.
    """

    cells: int
    cell: CellPreset
    protections: tuple[Protection, ...] = ()
    probes: tuple[tuple[int, ...], ...] = ()
    cooling_w_per_k: float = 6.0
    edge_cooling: float = 1.5
    link_ohm: float = 0.002
    spread: Spread = field(default_factory=Spread)
    board: Board = field(default_factory=Board)
    switches: Switches = field(default_factory=Switches)
    precharge: Precharge = field(default_factory=Precharge)
    limiter: Limiter = field(default_factory=Limiter)
    balancer: Balancer = field(default_factory=Balancer)
    heater: Heater = field(default_factory=Heater)
    activation: Activation = field(default_factory=Activation)
    power: Power = field(default_factory=Power)
    busbars: tuple[Busbar, ...] = ()
    sensors: Sensors = field(default_factory=Sensors)
    requests: Requests = field(default_factory=Requests)
    parallel: Parallel = field(default_factory=Parallel)
    estimator: Estimator = field(default_factory=Estimator)
    dead_band_a: float = 0.5
    lock_clean_s: float = 1800.0
    seed: int = 0

    def __post_init__(self) -> None:
        whole("pack cells", self.cells, 1, "a pack without cells is none")
        whole("pack seed", self.seed, 0, "seeds are counted")
        between("pack cooling_w_per_k", self.cooling_w_per_k, 0.0, 1e6, "heat flows from warm to cold")
        above_zero("pack edge_cooling", self.edge_cooling, "the end cells are cooled too")
        above_zero("pack link_ohm", self.link_ohm, "no cable is without resistance")
        between("pack dead_band_a", self.dead_band_a, 0.0, 1e3, "a current")
        above_zero("pack lock_clean_s", self.lock_clean_s, "a lock is earned within some time")
        check_rows(self.protections)
        for busbar in self.busbars:
            there = 1 <= busbar.cell <= self.cells
            require(there, "busbar cell", busbar.cell, f"be one of 1 to {self.cells} (SEP-20)")
        object.__setattr__(self, "probes", self.probes or even_probes(self.cells, min(4, self.cells)))
        for probe in self.probes:
            there = bool(probe) and all(1 <= cell <= self.cells for cell in probe)
            require(there, "pack probes", probe, f"name cells from 1 to {self.cells}: it sits on an absent cell")
            in_a_row = probe == tuple(range(probe[0], probe[-1] + 1)) if there else True
            require(in_a_row, "pack probes", probe, "name cells that lie in a row")

    def __hash__(self) -> int:
        # Looked up several times at each step, and never cheap: worked out once.
        known: int | None = self.__dict__.get("_hash")
        if known is None:
            known = hash(tuple(getattr(self, one.name) for one in fields(self)))
            object.__setattr__(self, "_hash", known)
        return known

    @property
    def rated_capacity_ah(self) -> float:
        """What the label says: the capacity of one cell, for they are in series."""
        return self.cell.capacity_ah


def even_probes(cells: int, probes: int) -> tuple[tuple[int, ...], ...]:
    """Share cells among probes in order, as evenly as it goes: 16 over 4 gives (1..4), (5..8), (9..12), (13..16)."""
    whole("probes", probes, 1, "a pack measures its temperature somewhere")
    require(probes <= cells, "probes", probes, f"not outnumber the {cells} cells")
    ends = [cells * k // probes for k in range(probes + 1)]
    return tuple(tuple(range(low + 1, high + 1)) for low, high in pairwise(ends))
