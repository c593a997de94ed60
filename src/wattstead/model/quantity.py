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


_ENERGIES = ("pv", "import", "export", "load")
_SPANS = ("today", "month", "year", "total")

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
    _number("discharged_capacity_ah", "Ah", 0),
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
    # Of a hybrid inverter and its meter. PV, load and backup are positive, the grid where energy is taken from it, the
    # inverter's AC side where it gives power; lines are counted from 1.
    *(_number(f"pv{string}_voltage_v", "V", 1) for string in (1, 2)),
    *(_number(f"pv{string}_current_a", "A", 2) for string in (1, 2)),
    *(_number(f"pv{string}_power_w", "W", 0) for string in (1, 2)),
    *(_number(f"{of}_energy_{span}_kwh", "kWh", 1) for of in _ENERGIES for span in _SPANS),
    *(_number(f"{what}_energy_today_kwh", "kWh", 1) for what in ("charged", "discharged")),
    *(_number(f"{of}_l{line}_voltage_v", "V", 1) for of in ("grid", "inverter", "backup") for line in (1, 2, 3)),
    *(_number(f"{of}_l{line}_current_a", "A", 3) for of in ("grid", "inverter", "backup") for line in (1, 2, 3)),
    *(_number(f"{of}_l{line}_power_w", "W", 0) for of in ("grid", "inverter", "backup", "load") for line in (1, 2, 3)),
    *(_number(f"{of}_l{line}_frequency_hz", "Hz", 2) for of in ("grid", "inverter") for line in (1, 2, 3)),
    _number("grid_l1_apparent_power_va", "VA", 0),
    _number("grid_l1_reactive_power_var", "var", 0),
    _number("grid_l1_power_factor", "", 3),
    _number("bus_voltage_v", "V", 1),
    _number("dc_bus_voltage_v", "V", 1),
    _number("inverter_temperature_degc", "°C", 1),
    _number("converter_temperature_degc", "°C", 1),
    _number("cabinet_temperature_degc", "°C", 1),
    _number("battery_temperature_degc", "°C", 1),
    *(_number(f"pack{pack}_soc_pct", "%", 0) for pack in range(1, 6)),
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
        "balancing_on",
        "fully_charged",
    ),
    # States in words.
    *_other(
        Kind.STATE,
        "operating_state",
        "inverter_state",
        "system_state",
        "converter_state",
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
    *_other(
        Kind.POSITIONS,
        "balancing_cells",
        "broken_wire_cells",
        "faulty_cells",
        "low_voltage_cells",
        "high_voltage_cells",
    ),
    *_other(Kind.POSITIONS, "cold_probes", "hot_probes"),
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
