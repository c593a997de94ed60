"""What the made-up server says besides values: its quantities with their labels, and its lines."""

from browser.fake_plant import Json

QUANTITIES: list[Json] = [
    {"name": name, "unit": unit, "kind": kind, "per": per, "digits": digits, "label": {"en": en, "fr": fr}}
    for name, unit, kind, per, digits, en, fr in (
        ("cell_voltage_v", "V", "number", "cell", 3, "Cell voltage", "Tension de cellule"),
        ("cell_voltage_min_v", "V", "number", "pack", 3, "Lowest cell voltage", "Tension de cellule la plus basse"),
        ("cell_voltage_max_v", "V", "number", "pack", 3, "Highest cell voltage", "Tension de cellule la plus haute"),
        ("cell_voltage_spread_v", "V", "number", "pack", 3, "Cell voltage spread", "Écart des tensions de cellule"),
        ("pack_voltage_v", "V", "number", "pack", 2, "Pack voltage", "Tension du pack"),
        ("port_voltage_v", "V", "number", "pack", 2, "Voltage at the terminals", "Tension aux bornes"),
        ("pack_current_a", "A", "number", "pack", 2, "Pack current", "Courant du pack"),
        ("pack_power_w", "W", "number", "pack", 0, "Power", "Puissance"),
        ("cell_temperature_degc", "°C", "number", "probe", 1, "Cell temperature", "Température de cellule"),
        ("ambient_temperature_degc", "°C", "number", "pack", 1, "Ambient temperature", "Température ambiante"),
        ("mos_temperature_degc", "°C", "number", "pack", 1, "MOSFET temperature", "Température des MOSFET"),
        ("soc_pct", "%", "number", "pack", 1, "State of charge", "État de charge"),
        ("soh_pct", "%", "number", "pack", 1, "State of health", "État de santé"),
        ("remaining_capacity_ah", "Ah", "number", "pack", 2, "Remaining capacity", "Capacité restante"),
        ("full_capacity_ah", "Ah", "number", "pack", 2, "Full capacity", "Capacité pleine"),
        ("rated_capacity_ah", "Ah", "number", "pack", 2, "Rated capacity", "Capacité nominale"),
        ("cycle_count", "", "number", "pack", 0, "Cycles", "Cycles"),
        ("charge_voltage_limit_v", "V", "number", "pack", 2, "Charge voltage limit", "Limite de tension de charge"),
        ("charge_current_limit_a", "A", "number", "pack", 1, "Charge current limit", "Limite de courant de charge"),
        ("discharge_current_limit_a", "A", "number", "pack", 1, "Discharge current limit", "Limite de décharge"),
        ("charge_mos_on", "", "flag", "pack", 0, "Charge switch", "Interrupteur de charge"),
        ("discharge_mos_on", "", "flag", "pack", 0, "Discharge switch", "Interrupteur de décharge"),
        ("heater_on", "", "flag", "pack", 0, "Heater", "Chauffage"),
        ("buzzer_on", "", "flag", "pack", 0, "Buzzer", "Avertisseur"),
        ("charge_enabled", "", "flag", "pack", 0, "Charging allowed", "Charge permise"),
        ("operating_state", "", "state", "pack", 0, "Operating state", "État de marche"),
        ("cell_voltage_status", "", "state", "cell", 0, "Cell voltage status", "État des tensions de cellule"),
        ("balancing_cells", "", "positions", "pack", 0, "Balancing cells", "Cellules en équilibrage"),
        ("serial_number", "", "text", "pack", 0, "Serial number", "Numéro de série"),
        ("firmware_version", "", "text", "pack", 0, "Firmware version", "Version du micrologiciel"),
        ("device_time", "", "time", "pack", 0, "Clock of the device", "Horloge de l’appareil"),
    )
]

_COMMON: Json = {"profile": "seplos-v2", "baud": 19200, "retries": 3, "noise": {}, "busy_pct": 21.4}
BUSES: list[Json] = [
    _COMMON
    | {"name": "seplos bus", "url": "pty:///run/seplos", "packs": ["seplos-1", "seplos-2"]}
    | {"requests": 8412, "answers": 8410, "silences": 2},
    _COMMON
    | {"name": "pylontech bus", "url": "tcp://127.0.0.1:7001", "packs": ["pylontech-1", "pylontech-2"]}
    | {"profile": "pylontech", "baud": None, "requests": 8120, "answers": 5110, "silences": 3010, "busy_pct": 38.2}
    | {"noise": {"checksum": 12, "stray": 40, "cut": 3}},
]
