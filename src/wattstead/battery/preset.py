"""What a pack is made of, as values that somebody hands in; nothing here knows a make.

CellPreset      one cell: capacity, resistance, RC branch, heat
PackPreset      cells in series, probes, cooling, spread, and the BMS: limits, counter, dead band
Limits          when it warns and when it cuts

Every value is checked when it is set; UsageError names the value and the rule. ``dataclasses.replace`` changes one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from wattstead.battery.check import above_zero, between, number, require, whole
from wattstead.battery.limit import NAMES, ROWS, LimitRow, Stops
from wattstead.battery.ocv import LFP_25_DEGC, OcvCurve
from wattstead.model.errors import UsageError
from wattstead.model.threshold import Threshold

PROTECTION_DELAY_S = 2.0
"""Ours, where a make states no delay of a voltage protection."""
ALARM_DELAY_S = 1.0
"""Ours, where a make states no delay of an alarm."""

# Resistance x capacity of LFP cells hardly depends on their size: ohmic and RC part, ohm x Ah (docs/models/cell.md).
_R0_OHM_AH = 0.030
_R1_OHM_AH = 0.020
_TAU_S = 30.0
_HEAT_CAPACITY_J_PER_K = {64.0: 1500.0, 100.0: 2200.0, 200.0: 4500.0, 280.0: 6000.0}  # by capacity in Ah


@dataclass(frozen=True)
class CellPreset:
    """One cell at 25 °C.

    capacity_ah: between 0 % and 100 % of the curve ``ocv``. r0_ohm: acts at once. r1_ohm: acts with ``tau_s``.
    heat_capacity_j_per_k: of the cell with its share of the case.
    """

    capacity_ah: float
    r0_ohm: float
    r1_ohm: float
    tau_s: float
    heat_capacity_j_per_k: float
    ocv: OcvCurve = LFP_25_DEGC

    def __post_init__(self) -> None:
        above_zero("cell capacity_ah", self.capacity_ah, "a cell without capacity stores nothing (SEP-3)")
        above_zero("cell r0_ohm", self.r0_ohm, "every cell has some resistance")
        above_zero("cell r1_ohm", self.r1_ohm, "every cell has some resistance")
        above_zero("cell tau_s", self.tau_s, "the RC branch needs time")
        above_zero("cell heat_capacity_j_per_k", self.heat_capacity_j_per_k, "every cell has some mass")

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
class Limits:
    """The limits of a pack; None where a make has no such limit. Names as in ``limit.ROWS``."""

    cell_overvoltage_protection: Threshold | None = None
    cell_undervoltage_protection: Threshold | None = None
    pack_overvoltage_protection: Threshold | None = None
    pack_undervoltage_protection: Threshold | None = None
    cell_high_voltage_alarm: Threshold | None = None
    cell_low_voltage_alarm: Threshold | None = None
    pack_high_voltage_alarm: Threshold | None = None
    pack_low_voltage_alarm: Threshold | None = None

    def __post_init__(self) -> None:
        for row in ROWS:
            threshold = self.of(row)
            if threshold is not None:
                _check_threshold(row, threshold)

    def of(self, row: LimitRow) -> Threshold | None:
        """Give the threshold of a row, None where the pack has none."""
        threshold: Threshold | None = getattr(self, row.name)
        return threshold

    @classmethod
    def from_pairs(
        cls,
        pairs: Mapping[str, tuple[float, float]],
        *,
        protection_delay_s: float = PROTECTION_DELAY_S,
        alarm_delay_s: float = ALARM_DELAY_S,
    ) -> "Limits":
        """Build from trip and recovery, in V, by name of the limit; which side is too far follows from the name.

        Raises UsageError for a name that is no limit, and for a recovery on the wrong side.
        """
        unknown = sorted(set(pairs) - set(NAMES))
        require(not unknown, "limit", ", ".join(unknown), f"be one of {', '.join(NAMES)}")
        thresholds: dict[str, Threshold] = {}
        for row in ROWS:
            if row.name in pairs:
                delay_s = alarm_delay_s if row.stops is Stops.NOTHING else protection_delay_s
                thresholds[row.name] = _threshold(row, pairs[row.name], delay_s)
        return cls(**thresholds)


def _threshold(row: LimitRow, pair: tuple[float, float], delay_s: float) -> Threshold:
    try:
        return Threshold(*pair, above=row.above, delay_s=delay_s)
    except UsageError as error:
        raise UsageError(f"{row.name}: {error}") from error


def _check_threshold(row: LimitRow, threshold: Threshold) -> None:
    for name in ("trip", "recover", "delay_s"):
        number(f"{row.name} {name}", getattr(threshold, name))
    side = "above" if row.above else "below"
    require(threshold.above is row.above, row.name, threshold, f"trip {side} its value, not on the other side (SEP-7)")


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
class Counter:
    """How the BMS corrects the charge that it counts; all ours, stated in docs/models/cell.md.

    Full: the cells' mean voltage at or above ``full_cell_voltage_v`` while the current lies between the dead band of
    discharge and ``full_current_c`` (A per Ah of full capacity) of charge, for ``full_hold_s``; or a protection cuts
    charge.
    Empty: a protection cuts discharge. ``full_release``: the pack stops saying "full" at this share of its capacity.
    """

    full_cell_voltage_v: float = 3.50
    full_current_c: float = 0.05
    full_hold_s: float = 120.0
    full_release: float = 0.96

    def __post_init__(self) -> None:
        above_zero("counter full_cell_voltage_v", self.full_cell_voltage_v, "a full cell has a voltage")
        above_zero("counter full_current_c", self.full_current_c, "the charge ends with some current")
        between("counter full_hold_s", self.full_hold_s, 0.0, 86400.0, "a time within a day")
        between("counter full_release", self.full_release, 0.0, 1.0, "a share of the capacity")


@dataclass(frozen=True)
class Board:
    """How warm the BMS gets, as a lag of first order; all ours, stated in docs/models/cell.md.

    mos_k_per_a2: rise of the MOS over ambient, K per A². tau_s: how fast. board_share: how much of that rise the probe
    of the board sees.
    """

    mos_k_per_a2: float = 0.002
    tau_s: float = 180.0
    board_share: float = 0.3

    def __post_init__(self) -> None:
        between("board mos_k_per_a2", self.mos_k_per_a2, 0.0, 1.0, "more would melt it at once")
        above_zero("board tau_s", self.tau_s, "warming needs time")
        between("board board_share", self.board_share, 0.0, 1.0, "the board is no warmer than the MOS")


@dataclass(frozen=True)
class PackPreset:
    """One pack: cells in series with one BMS.

    probes: for each temperature probe the positions, counted from 1, of the cells whose mean it sees; empty for four
    probes that share the cells evenly. cooling_w_per_k: of the whole pack to ambient. edge_cooling: how much better
    the first and last cell are cooled than one between. link_ohm: MOS, fuse and cable between cells and port.
    dead_band_a: up to this measured current a pack is in standby, neither charging nor discharging (ours).
    seed: packs of equal seed and number have equal cells.
    """

    cells: int
    cell: CellPreset
    limits: Limits = field(default_factory=Limits)
    probes: tuple[tuple[int, ...], ...] = ()
    cooling_w_per_k: float = 6.0
    edge_cooling: float = 1.5
    link_ohm: float = 0.002
    spread: Spread = field(default_factory=Spread)
    counter: Counter = field(default_factory=Counter)
    board: Board = field(default_factory=Board)
    dead_band_a: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        whole("pack cells", self.cells, 1, "a pack without cells is none")
        whole("pack seed", self.seed, 0, "seeds are counted")
        between("pack cooling_w_per_k", self.cooling_w_per_k, 0.0, 1e6, "heat flows from warm to cold")
        above_zero("pack edge_cooling", self.edge_cooling, "the end cells are cooled too")
        above_zero("pack link_ohm", self.link_ohm, "no cable is without resistance")
        between("pack dead_band_a", self.dead_band_a, 0.0, 1e3, "a current")
        object.__setattr__(self, "probes", self.probes or even_probes(self.cells, min(4, self.cells)))
        for probe in self.probes:
            there = bool(probe) and all(1 <= cell <= self.cells for cell in probe)
            require(there, "pack probes", probe, f"name cells from 1 to {self.cells}: it sits on an absent cell")

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
