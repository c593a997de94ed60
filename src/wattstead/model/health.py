"""What is found out about the health of a pack: one finding, its evidence, how sure it is, and what may cause it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

_NOTHING: Mapping[str, float] = MappingProxyType({})


class Kind(StrEnum):
    """What a finding is about."""

    WEAK_CELL = "weak_cell"
    RESISTANCE = "resistance"
    SELF_DISCHARGE = "self_discharge"
    PROBE = "probe"
    IMBALANCE = "imbalance"
    SOC_DRIFT = "soc_drift"
    NO_FULL_CHARGE = "no_full_charge"


class Cause(StrEnum):
    """What may lie behind it."""

    CELL_CAPACITY = "cell_capacity"
    CELL_CHARGE = "cell_charge"  # it holds less charge than the others, its capacity may be sound
    CELL_RESISTANCE = "cell_resistance"
    CONNECTION = "connection"
    CELL_LEAK = "cell_leak"
    PROBE_OFFSET = "probe_offset"
    WARM_SPOT = "warm_spot"
    BALANCING = "balancing"
    CURRENT_SENSOR = "current_sensor"
    CAPACITY_SETTING = "capacity_setting"
    LITTLE_SUN = "little_sun"
    CHARGE_LIMIT = "charge_limit"


class Weight(StrEnum):
    """How much it matters."""

    FAULT = "fault"  # somebody should act
    NOTE = "note"  # worth knowing; the pack works as it should


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found out.

    place: of the cell or probe, from 1; None where it is about the whole pack. confidence: 0..1, that it is so. causes:
    from the likeliest on; those of one finding cannot be told apart by what a BMS says. figures: its evidence, by name
    with unit; ``words/health.toml`` puts them into a sentence. days: of readings that it rests on.
    """

    kind: Kind
    weight: Weight
    confidence: float
    causes: tuple[Cause, ...]
    days: int
    place: int | None = None
    figures: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
