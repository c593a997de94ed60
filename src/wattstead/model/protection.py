"""One row per protection: what is watched, when it trips, what it does, how it ends.

The virtual BMS runs these rows, a host checks a parameter set against them, screens and the manual print them.
A preset of a pack (``presets/*.toml``) is a list of them; docs/models/bms.md says how they are run.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

from wattstead.model.errors import UsageError
from wattstead.model.threshold import Threshold


class Channel(Enum):
    """What the BMS measures or is told, with its unit; one without unit is 1 while something is wrong, else 0."""

    CELL_VOLTAGE_MAX = ("cell_voltage_max", "V")
    CELL_VOLTAGE_MIN = ("cell_voltage_min", "V")
    CELL_VOLTAGE_DIFFERENCE = ("cell_voltage_difference", "V")
    PACK_VOLTAGE = ("pack_voltage", "V")
    PORT_VOLTAGE = ("port_voltage", "V")  # 0 unless a source stands at the port
    CHARGE_CURRENT = ("charge_current", "A")  # 0 or more
    DISCHARGE_CURRENT = ("discharge_current", "A")  # 0 or more
    CELL_TEMPERATURE_MAX = ("cell_temperature_max", "degC")
    CELL_TEMPERATURE_MIN = ("cell_temperature_min", "degC")
    AMBIENT_TEMPERATURE = ("ambient_temperature", "degC")
    MOS_TEMPERATURE = ("mos_temperature", "degC")
    SOC = ("soc", "%")
    CHARGE_DURATION = ("charge_duration", "s")  # of charge without a break
    SILENCE = ("silence", "s")  # since the inverter last spoke
    PACK_DIFFERENCE = ("pack_difference", "V")  # to the bus that the pack is to join
    CONNECTION_RESISTANCE = ("connection_resistance", "ohm")  # the largest between two cells, from I and dV
    CELL_RESISTANCE_RATIO = ("cell_resistance_ratio", "")  # the largest cell's over the median
    VOLTAGE_SENSOR_FAULT = ("voltage_sensor_fault", "")
    TEMPERATURE_SENSOR_FAULT = ("temperature_sensor_fault", "")
    CURRENT_SENSOR_FAULT = ("current_sensor_fault", "")
    CHARGE_SWITCH_FAULT = ("charge_switch_fault", "")
    DISCHARGE_SWITCH_FAULT = ("discharge_switch_fault", "")
    RELAY_DRIVE_FAULT = ("relay_drive_fault", "")
    PRECHARGE_FAULT = ("precharge_fault", "")
    LIMITER_FAULT = ("limiter_fault", "")
    BUTTON_STUCK = ("button_stuck", "s")  # how long it has been held
    EMERGENCY_STOP = ("emergency_stop", "")
    OUTPUT_REVERSED = ("output_reversed", "")
    PARALLEL_FAULT = ("parallel_fault", "")
    SECONDARY_TRIP = ("secondary_trip", "")  # the second-level protector has tripped its breaker

    def __init__(self, label: str, unit: str) -> None:
        self.label = label
        self.unit = unit


class Level(StrEnum):
    """How grave it is (A: W16/W23, G: levels 1, 2, 3)."""

    ALARM = "alarm"  # warns; may ask the inverter for less
    PROTECTION = "protection"  # has cut, and ends by itself
    CRITICAL = "critical"  # has cut; the outer level of the same quantity, or a fault of the hardware


class Gate(StrEnum):
    """When the row is watched, by the measured current against the dead band, or by who is at the port."""

    ANY = "any"
    CHARGING = "charging"
    DISCHARGING = "discharging"
    IDLE = "idle"
    LOADED = "loaded"  # current in either direction
    CHARGER = "charger"  # a source stands at the port


class Action(StrEnum):
    """What an active row does. A row without any only warns."""

    STOP_CHARGE = "stop_charge"
    STOP_DISCHARGE = "stop_discharge"
    LIMIT_CHARGE = "limit_charge"  # starts the charge current limiter
    ASK_LESS_CHARGE = "ask_less_charge"  # lowers the charge current asked of the inverter
    ASK_LESS_DISCHARGE = "ask_less_discharge"
    NO_BALANCING = "no_balancing"
    POWER_OFF = "power_off"
    TRIP_BREAKER = "trip_breaker"  # opens for good: only service closes it


class Atom(StrEnum):
    """What may end a row. A recovery is an "and" of "or"s of these."""

    VALUE = "value"  # back at the recovery value
    CHARGE = "charge"  # charge current beyond the dead band, which flows through the diode of an open discharge MOS
    DISCHARGE = "discharge"  # the reverse
    CHARGER = "charger"  # a source stands at the port
    LOAD_REMOVED = "load_removed"  # no load at the port for the pack's load release delay
    ELAPSED = "elapsed"  # ``elapsed_s`` since the trip
    SOC = "soc"  # state of charge at or below ``soc_at_most_pct``
    BUTTON = "button"
    POWER_CYCLE = "power_cycle"  # switched off and on, or out of sleep
    SERVICE = "service"  # a technician's reset


class Source(StrEnum):
    """Who watches: the analogue front end acts within a step, software once a sample."""

    SOFTWARE = "software"
    FRONT_END = "front_end"


class Light(StrEnum):
    """What the alarm lamp does while the row is active."""

    OFF = "off"
    BLINK = "blink"
    ON = "on"


Recovery = tuple[frozenset[Atom], ...]
"""All of these clauses must hold; of each clause any atom. Empty: never."""


@dataclass(frozen=True, slots=True)
class Lock:
    """After so many trips of one family without a clean period between, it no longer ends by itself.

    family: rows of one family share a count. Left by button, power cycle or service; with ``charger_unlocks`` by a
    charger too.
    """

    family: str
    after: int
    charger_unlocks: bool = False

    def __post_init__(self) -> None:
        if self.after < 1:
            raise UsageError(f"lock of {self.family} after {self.after} trips must be after 1 or more (SEP-10)")


@dataclass(frozen=True, slots=True)
class Protection:
    """One alarm, protection or fault of a BMS.

    name: the word that a report lists while it is active. threshold: trip, recovery and delay in the channel's unit.
    recovery: see ``parse_recovery``. elapsed_s, soc_at_most_pct: for the atoms of these names. recover_delay_s: for how
    long the value must be back. record: what the device writes into its log, empty for nothing. led: the alarm lamp.
    """

    name: str
    channel: Channel
    threshold: Threshold
    level: Level = Level.ALARM
    gate: Gate = Gate.ANY
    actions: frozenset[Action] = frozenset()
    recovery: Recovery = (frozenset({Atom.VALUE}),)
    elapsed_s: float = 0.0
    soc_at_most_pct: float = 100.0
    recover_delay_s: float = 0.0
    lock: Lock | None = None
    source: Source = Source.SOFTWARE
    record: str = ""
    led: Light = Light.OFF

    def __post_init__(self) -> None:
        if not self.name:
            raise UsageError("a protection must have a name: it is the word that a report lists")
        for name in ("elapsed_s", "recover_delay_s"):
            if not 0.0 <= getattr(self, name) < 1e9:
                raise UsageError(f"{self.name}: {name} {getattr(self, name):g} must be a time of 0 s or more")
        atoms = {atom for clause in self.recovery for atom in clause}
        if Atom.ELAPSED in atoms and self.elapsed_s <= 0.0:
            raise UsageError(f"{self.name}: a recovery by elapsed time must say elapsed_s")
        if self.level is Level.ALARM and self.actions & CUTS:
            cut = ", ".join(sorted(self.actions & CUTS))
            raise UsageError(f"{self.name}: an alarm must cut nothing (SEP-6), here {cut}")

    def __hash__(self) -> int:
        return hash(self.name)  # rows are looked up at each step: two of one name are told apart by comparing them

    @property
    def latched(self) -> bool:
        """Whether nothing that happens by itself ends it."""
        by_itself = {Atom.VALUE, Atom.CHARGE, Atom.DISCHARGE, Atom.LOAD_REMOVED, Atom.ELAPSED, Atom.SOC, Atom.CHARGER}
        return not self.recovery or any(not clause & by_itself for clause in self.recovery)


CUTS = frozenset({Action.STOP_CHARGE, Action.STOP_DISCHARGE, Action.POWER_OFF, Action.TRIP_BREAKER})
"""Actions that no alarm may have."""


def parse_recovery(text: str) -> Recovery:
    """Read ``value``, ``value and soc``, ``(value or charge) and load_removed``, ``never``.

    "or" binds within a clause, brackets about a clause are optional. Raises UsageError with the words that there are.
    """
    if text.strip() == "never":
        return ()
    clauses = []
    for clause in text.split(" and "):
        words = clause.strip().removeprefix("(").removesuffix(")").split(" or ")
        try:
            clauses.append(frozenset(Atom(word.strip()) for word in words))
        except ValueError as error:
            known = ", ".join(Atom)
            raise UsageError(f"recovery {text!r}: {error}; write {known}, joined by 'or' and 'and', or never") from None
    return tuple(clauses)


def recovery_text(recovery: Recovery) -> str:
    """Write a recovery as ``parse_recovery`` reads it."""
    if not recovery:
        return "never"
    clauses = [" or ".join(sorted(clause)) for clause in recovery]
    return " and ".join(f"({one})" if " or " in one and len(clauses) > 1 else one for one in clauses)
