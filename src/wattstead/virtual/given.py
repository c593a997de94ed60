"""What a state file, or a person at the demo's page, puts in place of the simulation."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
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
    """What a person and the surroundings do; None where that goes on being simulated.

    current_a: what flows, positive charges: then load and charger do not count. load_w: drawn, 0 or more. load: one
    hangs there, whether it draws or not. charger: one is there and charges (True), none is, and no sun (False).
    charge_voltage_v: where it stops. port_voltage_v: of a source at the port, whether it charges or not.
    short_circuit_ohm: across the terminals, 0 for nothing between. inverter_capacitance_f: of an inverter that is
    connected. inverter_silent: it says no word. bus_gap_v: to the bus that the pack is to join. isolated: its breaker
    to the bus is open. line_cut: its line to the other packs is broken. connection_ohm: of a bad joint.
    ambient_temperature_degc: of the air around. button: held. emergency_stop: its contact is open.
    external_switch: on or off. service: a technician's reset. keypad: keys of the screen that are held.
    faults: of the hardware, by the names of ``FAULTS``.
    """

    current_a: float | None = None
    load_w: float | None = None
    load: bool | None = None
    charger: bool | None = None
    charge_voltage_v: float | None = None
    port_voltage_v: float | None = None
    short_circuit_ohm: float | None = None
    inverter_capacitance_f: float | None = None
    inverter_silent: bool | None = None
    bus_gap_v: float | None = None
    isolated: bool | None = None
    line_cut: bool | None = None
    connection_ohm: float | None = None
    ambient_temperature_degc: float | None = None
    button: bool | None = None
    emergency_stop: bool | None = None
    external_switch: str | None = None
    service: bool | None = None
    keypad: tuple[str, ...] | None = None
    faults: tuple[str, ...] | None = None

    @property
    def acts(self) -> bool:
        """Whether somebody is at the terminals of this very pack: then it has left the bus."""
        return any(getattr(self, name) is not None for name in _AT_TERMINALS)

    def off_bus(self) -> "Input":
        """Give what still reaches a pack that is kept off the bus: nothing of what is at the terminals."""
        return replace(self, **dict.fromkeys(_AT_TERMINALS))

    def over(self, common: "Input") -> "Input":
        """Give what holds for a pack: its own, and the common one where it says nothing.

        Who is at the common terminals is not at those of a pack that has left the bus.
        """
        if self == NOTHING:
            return common
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        held = {name for name in own if own[name] is not None or (self.acts and name in _AT_TERMINALS)}
        return Input(**{name: value if name in held else getattr(common, name) for name, value in own.items()})


_AT_TERMINALS = (
    "current_a",
    "load_w",
    "load",
    "charger",
    "charge_voltage_v",
    "port_voltage_v",
    "short_circuit_ohm",
    "inverter_capacitance_f",
)
NOTHING = Input()
_CHARGING, _RESTING = ("charging", "floating"), ("standby", "full")


@dataclass(frozen=True)
class Given:
    """For one pack. report: values by quantity, setting or field name. active: codes, None where they are simulated.

    sense: what the sensors see, see ``sensing``; frozen: which of it stands still since when it was said, by name and
    number of the cell or probe. input: what is done to this pack alone. soc_by_capacity: the wire has
    no state of charge, so that a given one is told as remaining capacity. knows: messages that its firmware knows or
    not, by name, where that is not as the profile says.
    """

    report: Mapping[str, Any] = field(default_factory=dict)
    active: tuple[str, ...] | None = None
    writes: Writes = Writes.ACCEPT
    knows: Mapping[str, bool] = field(default_factory=dict)
    sense: Mapping[str, Any] = field(default_factory=dict)
    frozen: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    input: Input = field(default_factory=Input)
    soc_by_capacity: bool = False

    def change(self, simulated: Report, without: Collection[str] = ()) -> Report:
        """Put what is given in place of what is simulated. without: names that do not count in this message."""
        if not self.report and self.active is None:
            return simulated
        values = {**simulated.values, **{name: value for name, value in self.report.items() if name not in without}}
        if "pack_current_a" in self.report and "operating_state" not in self.report:
            values["operating_state"] = _flowing(values.get("operating_state"), self.report["pack_current_a"])
        if self.soc_by_capacity and "soc_pct" in self.report and "remaining_capacity_ah" not in self.report:
            values["remaining_capacity_ah"] = values["full_capacity_ah"] * self.report["soc_pct"] / 100.0
        return Report(values, simulated.active if self.active is None else self.active)


def _flowing(state: object, current_a: object) -> object:
    """Give the state that fits a given current: a battery that charges says no negative one. Others stay."""
    if state not in (*_CHARGING, *_RESTING, "discharging") or not isinstance(current_a, int | float):
        return state
    if current_a == 0.0:
        return state if state in _RESTING else "standby"
    if current_a < 0.0:
        return "discharging"
    return state if state in _CHARGING else "charging"
