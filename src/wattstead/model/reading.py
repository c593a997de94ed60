"""What a pack said at one instant, or that it said nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Scalar = float | int | bool | str | datetime
Value = Scalar | tuple[Scalar, ...]
"""One value of a quantity; a tuple where a pack has one per cell or per probe, in their order."""


class Origin(StrEnum):
    """Where a stored value comes from."""

    MEASURED = "measured"
    COUNTER = "counter"  # the device's own counter
    INTEGRATED = "integrated"
    ESTIMATED = "estimated"
    FILLED = "filled"
    SIMULATED = "simulated"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that one pack said in one poll.

    pack: name of the pack in its plant. at_ms: UTC, integer milliseconds. values: by quantity name, in its unit.
    active: codes of the pack's dialect, in the order of the wire; None where no message of the poll carried any.
    """

    pack: str
    at_ms: int
    values: Mapping[str, Value]
    active: tuple[str, ...] | None = None
    origin: Origin = Origin.MEASURED


@dataclass(frozen=True, slots=True)
class Silence:
    """A pack that was asked and did not answer in time: absence is data."""

    pack: str
    at_ms: int
    why: str = field(default="no answer")


def numbers(value: Value | None) -> tuple[float, ...]:
    """Give a value as a tuple of numbers: one per cell or probe, one for a single value, none for None or words."""
    values = value if isinstance(value, tuple) else (value,)
    return tuple(float(one) for one in values if isinstance(one, int | float) and not isinstance(one, bool))


def derived(values: Mapping[str, Value]) -> dict[str, Value]:
    """Compute what follows from a snapshot's values and was not said itself.

    Gives pack_power_w (V x A, positive charges), smallest, largest cell voltage and their spread, and SOC as
    remaining over full capacity for devices that do not send it (Pylontech). Never replaces what was said.
    """
    found: dict[str, Value] = {}
    voltage, current = numbers(values.get("pack_voltage_v")), numbers(values.get("pack_current_a"))
    if voltage and current:
        found["pack_power_w"] = round(voltage[0] * current[0], 1)
    if cells := numbers(values.get("cell_voltage_v")):
        found["cell_voltage_min_v"] = min(cells)
        found["cell_voltage_max_v"] = max(cells)
        found["cell_voltage_spread_v"] = round(max(cells) - min(cells), 4)
    remaining, full = numbers(values.get("remaining_capacity_ah")), numbers(values.get("full_capacity_ah"))
    if remaining and full and full[0] > 0:
        found["soc_pct"] = round(100.0 * remaining[0] / full[0], 1)
    return {name: value for name, value in found.items() if name not in values}
