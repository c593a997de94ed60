"""What a state file puts in place of the simulation."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from wattstead.wire.fill import Report


class Writes(StrEnum):
    """What a pack does with a write."""

    ACCEPT = "accept"
    REFUSE = "refuse"  # says no
    IGNORE = "ignore"  # says yes and changes nothing


@dataclass(frozen=True)
class Input:
    """What the surroundings do; None where that goes on being simulated.

    current_a: what flows, positive charges: then load and charger do not count. load_w: drawn, 0 or more.
    charger: one is there and charges (True), none is (False). ambient_temperature_degc: of the air around.
    """

    current_a: float | None = None
    load_w: float | None = None
    charger: bool | None = None
    ambient_temperature_degc: float | None = None

    @property
    def acts(self) -> bool:
        """Whether it says anything of the current."""
        return self.current_a is not None or self.load_w is not None or self.charger is not None


@dataclass(frozen=True)
class Given:
    """For one pack. report: values by quantity, setting or field name. active: codes, None where they are simulated.

    sense: what the sensors see, by quantity; a pack voltage goes with cell voltages. input: what is done to this pack
    alone. soc_by_capacity: the wire has no state of charge, so that a given one is told as remaining capacity.
    """

    report: Mapping[str, Any] = field(default_factory=dict)
    active: tuple[str, ...] | None = None
    writes: Writes = Writes.ACCEPT
    sense: Mapping[str, Any] = field(default_factory=dict)
    input: Input = field(default_factory=Input)
    soc_by_capacity: bool = False

    def change(self, simulated: Report, without: Collection[str] = ()) -> Report:
        """Put what is given in place of what is simulated. without: names that do not count in this message."""
        if not self.report and self.active is None:
            return simulated
        values = {**simulated.values, **{name: value for name, value in self.report.items() if name not in without}}
        if self.soc_by_capacity and "soc_pct" in self.report and "remaining_capacity_ah" not in self.report:
            values["remaining_capacity_ah"] = values["full_capacity_ah"] * self.report["soc_pct"] / 100.0
        return Report(values, simulated.active if self.active is None else self.active)
