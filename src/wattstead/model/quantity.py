"""The closed list of what can be measured: one name, one unit, one meaning.

Add to the list first, then use the word. Names end in their unit; positive current and power charge the battery.
What a person reads (English and French) stands in ``words/quantities.toml``, one entry a name.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of value a quantity has."""

    NUMBER = "number"
    FLAG = "flag"
    STATE = "state"  # one word of a short list
    TEXT = "text"
    TIME = "time"
    POSITIONS = "positions"  # numbers of cells, counted from 1


class Per(StrEnum):
    """How many values one pack has of it."""

    PACK = "pack"
    CELL = "cell"
    PROBE = "probe"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One thing that can be measured.

    name: ends in the unit. unit: as printed, "" for none. digits: decimals worth showing.
    """

    name: str
    unit: str = ""
    kind: Kind = Kind.NUMBER
    per: Per = Per.PACK
    digits: int = 0


def _number(name: str, unit: str, digits: int, per: Per = Per.PACK) -> Quantity:
    return Quantity(name, unit, Kind.NUMBER, per, digits)


def _other(kind: Kind, *names: str, per: Per = Per.PACK) -> tuple[Quantity, ...]:
    return tuple(Quantity(name, "", kind, per) for name in names)


_ALL = (
    # Voltages.
    _number("cell_voltage_v", "V", 3, Per.CELL),
    _number("cell_voltage_min_v", "V", 3),
    _number("cell_voltage_max_v", "V", 3),
    _number("cell_voltage_spread_v", "V", 3),
    _number("pack_voltage_v", "V", 2),
    _number("port_voltage_v", "V", 2),
    # Current and power: positive charges the battery.
    _number("pack_current_a", "A", 2),
    _number("pack_power_w", "W", 0),
    _number("drift_current_a", "A", 3),
    _number("zero_current_a", "A", 3),
    # Temperatures.
    _number("cell_temperature_degc", "°C", 1, Per.PROBE),
    _number("cell_temperature_mean_degc", "°C", 1),
    _number("cell_temperature_max_degc", "°C", 1),
    _number("cell_temperature_min_degc", "°C", 1),
    _number("ambient_temperature_degc", "°C", 1),
    _number("mos_temperature_degc", "°C", 1),
    _number("mos_temperature_max_degc", "°C", 1),
    _number("mos_temperature_min_degc", "°C", 1),
    _number("bms_temperature_degc", "°C", 1),
    _number("bms_temperature_max_degc", "°C", 1),
    _number("bms_temperature_min_degc", "°C", 1),
    # Charge, health, counters.
    _number("soc_pct", "%", 1),
    _number("soc_bound_pct", "%", 1),
    _number("soh_pct", "%", 1),
    _number("soh_min_pct", "%", 1),
    _number("remaining_capacity_ah", "Ah", 2),
    _number("full_capacity_ah", "Ah", 2),
    _number("rated_capacity_ah", "Ah", 2),
    _number("cycle_count", "", 0),
    _number("cycle_count_max", "", 0),
    _number("rated_energy_kwh", "kWh", 1),
    _number("charged_energy_kwh", "kWh", 1),
    _number("discharged_energy_kwh", "kWh", 1),
    # What the battery asks of the inverter: CVL, lowest discharge voltage, CCL, DCL (discharge is negative).
    _number("charge_voltage_limit_v", "V", 2),
    _number("discharge_voltage_limit_v", "V", 2),
    _number("charge_current_limit_a", "A", 1),
    _number("discharge_current_limit_a", "A", 1),
    # Of a bank that speaks with one voice, and where its outermost cells and probes are.
    _number("module_count", "", 0),
    _number("modules_blocking_charge_count", "", 0),
    _number("modules_blocking_discharge_count", "", 0),
    _number("modules_offline_count", "", 0),
    _number("cell_voltage_max_place", "", 0),
    _number("cell_voltage_min_place", "", 0),
    _number("cell_temperature_max_place", "", 0),
    _number("cell_temperature_min_place", "", 0),
    # Switches and requests.
    *_other(
        Kind.FLAG,
        "charge_mos_on",
        "discharge_mos_on",
        "precharge_mos_on",
        "current_limiter_on",
        "heater_on",
        "buzzer_on",
        "charge_enabled",
        "discharge_enabled",
        "charge_immediately_1",
        "charge_immediately_2",
        "full_charge_requested",
        "effective_charge_current",
        "effective_discharge_current",
        "module_power_in_use",
        "fully_charged",
    ),
    # States in words.
    *_other(
        Kind.STATE,
        "operating_state",
        "inverter_state",
        "chemistry",
        "pack_voltage_status",
        "pack_current_status",
        "charge_current_status",
        "discharge_current_status",
        "ambient_temperature_status",
        "mos_temperature_status",
        "bms_temperature_status",
    ),
    *_other(Kind.STATE, "cell_voltage_status", per=Per.CELL),
    *_other(Kind.STATE, "cell_temperature_status", per=Per.PROBE),
    # Cells by number.
    *_other(Kind.POSITIONS, "balancing_cells", "broken_wire_cells", "faulty_cells"),
    # Names.
    *_other(
        Kind.TEXT,
        "device_name",
        "maker",
        "serial_number",
        "firmware_version",
        "software_version",
        "protocol_version",
        "can_protocol",
        "hardware_version",
        "product_name",
        "cell_voltage_max_name",
        "cell_voltage_min_name",
        "cell_temperature_max_name",
        "cell_temperature_min_name",
    ),
    *_other(Kind.TIME, "device_time"),
)

QUANTITIES: dict[str, Quantity] = {quantity.name: quantity for quantity in _ALL}
