"""The words of a bridge: packs of any make as one battery, what it may be asked to bear, and which rule says so.

All figures are of cells of lithium iron phosphate and ours, unless a person states others; docs/bridge.md lists the
rules. They are pure functions: ``model.bridge_pack`` has those of one pack, ``model.bridge_limits`` those of the bank.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from wattstead.model.bank import Member, Request


class Way(StrEnum):
    """Which way current flows."""

    CHARGE = "charge"
    DISCHARGE = "discharge"


class Rule(StrEnum):
    """Why a limit is what it is; ``words/bridge.toml`` has a sentence for each."""

    PACK = "pack"  # the pack asks for no more
    STATED = "stated"  # a person states no more for this pack
    BANK = "bank"  # a person states no more for the bank
    CELLS = "cells"  # so many cells bear no more
    NEAR_FULL = "near_full"
    NEAR_EMPTY = "near_empty"
    NO_CHARGE_LEFT = "no_charge_left"
    COLD = "cold"
    HOT = "hot"
    PROTECTION = "protection"  # it says that it has cut, or is broken
    ASKS_TO_STOP = "asks_to_stop"
    UNKNOWN = "unknown"  # it says neither limits nor cells and temperatures
    SWITCHES = "switches"  # no pack lets current through that way
    SILENT = "silent"
    UNREAD = "unread"
    ISOLATED = "isolated"  # no pack is on the bus
    APART = "apart"  # packs that say they are joined have voltages that cannot be
    UNEQUAL = "unequal"  # packs in parallel with unequal numbers of cells
    INVERTER_LOST = "inverter_lost"
    JOINING = "joining"  # only packs that have just come let current through that way
    RISING = "rising"  # goes up again, slowly


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule, and what it was applied to. place: of the cell or probe, from 1. value: in the unit that the rule has."""

    rule: Rule
    pack: str = ""
    place: int = 0
    value: float | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many amperes, 0 or more, and why."""

    current_a: float
    why: Reason


@dataclass(frozen=True, slots=True)
class Volts:
    """A voltage limit, and why."""

    voltage_v: float
    why: Reason


@dataclass(frozen=True, slots=True)
class Slope:
    """All up to ``all_at``, nothing from ``none_at`` on, evenly less between; ``none_at`` may lie on either side."""

    all_at: float
    none_at: float

    def share(self, value: float) -> float:
        """Give how much is left at this value, 0 to 1."""
        way = self.none_at - self.all_at
        if way == 0.0:
            return 0.0 if value >= self.none_at else 1.0
        return min(max((self.none_at - value) / way, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Stated:
    """Limits that a person states; None for none. Currents are 0 or more."""

    charge_voltage_v: float | None = None
    discharge_voltage_v: float | None = None
    charge_current_a: float | None = None
    discharge_current_a: float | None = None

    @property
    def whole(self) -> bool:
        """Whether all four are stated."""
        return None not in (
            self.charge_voltage_v,
            self.discharge_voltage_v,
            self.charge_current_a,
            self.discharge_current_a,
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """Figures of the rules. Temperatures are those of cells.

    goes_on_without: whether the others go on when a pack is silent; else all stop.
    """

    near_full_v: Slope = Slope(3.45, 3.55)
    near_empty_v: Slope = Slope(3.0, 2.8)
    charge_cold_degc: Slope = Slope(10.0, 0.0)
    charge_hot_degc: Slope = Slope(45.0, 55.0)
    discharge_cold_degc: Slope = Slope(-10.0, -20.0)
    discharge_hot_degc: Slope = Slope(50.0, 60.0)
    empty_soc_pct: float = 0.0
    goes_on_without: bool = False


@dataclass(frozen=True, slots=True)
class Seat:
    """A pack and its place in the bank. joining: it has not been on the bus for long. stated: for this very pack.

    stops: which ways a code of it stops, with the code.
    """

    member: Member
    stated: Stated = field(default_factory=Stated)
    joining: bool = False
    stops: Mapping[Way, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.member.name


@dataclass(frozen=True, slots=True)
class Limits:
    """What a bank asks of the inverter, and why it asks for no more."""

    charge_voltage: Volts
    discharge_voltage: Volts
    charge: Cap
    discharge: Cap

    def request(self) -> Request:
        """Give it as what goes on the wire."""
        return Request(
            self.charge_voltage.voltage_v,
            self.discharge_voltage.voltage_v,
            self.charge.current_a,
            self.discharge.current_a,
            charge_enabled=self.charge.current_a > 0.0,
            discharge_enabled=self.discharge.current_a > 0.0,
        )
