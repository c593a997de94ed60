"""What the made-up server says besides values: its quantities with their labels, and its lines."""

from browser.fake_plant import Json

QUANTITIES: list[Json] = [
    {"name": name, "unit": unit, "kind": kind, "per": per, "digits": digits, "label": {"en": en, "fr": fr}}
    for name, unit, kind, per, digits, en, fr in (
        ("cell_voltage_v", "V", "number", "cell", 3, "cell voltage", "tension de cellule"),
        ("cell_voltage_min_v", "V", "number", "pack", 3, "lowest cell voltage", "tension de cellule la plus basse"),
        ("cell_voltage_max_v", "V", "number", "pack", 3, "highest cell voltage", "tension de cellule la plus haute"),
        ("cell_voltage_spread_v", "V", "number", "pack", 3, "cell voltage spread", "écart des tensions de cellule"),
        ("pack_voltage_v", "V", "number", "pack", 2, "pack voltage", "tension du pack"),
        ("port_voltage_v", "V", "number", "pack", 2, "voltage at the terminals", "tension aux bornes"),
        ("pack_current_a", "A", "number", "pack", 2, "pack current", "courant du pack"),
        ("pack_power_w", "W", "number", "pack", 0, "power", "puissance"),
        ("cell_temperature_degc", "°C", "number", "probe", 1, "cell temperature", "température de cellule"),
        ("ambient_temperature_degc", "°C", "number", "pack", 1, "ambient temperature", "température ambiante"),
        ("mos_temperature_degc", "°C", "number", "pack", 1, "MOSFET temperature", "température des MOSFET"),
        ("soc_pct", "%", "number", "pack", 1, "state of charge", "état de charge"),
        ("soh_pct", "%", "number", "pack", 1, "state of health", "état de santé"),
        ("remaining_capacity_ah", "Ah", "number", "pack", 2, "remaining capacity", "capacité restante"),
        ("full_capacity_ah", "Ah", "number", "pack", 2, "full capacity", "capacité pleine"),
        ("rated_capacity_ah", "Ah", "number", "pack", 2, "rated capacity", "capacité nominale"),
        ("cycle_count", "", "number", "pack", 0, "cycles", "cycles"),
        ("charge_voltage_limit_v", "V", "number", "pack", 2, "charge voltage limit", "limite de tension de charge"),
        ("charge_current_limit_a", "A", "number", "pack", 1, "charge current limit", "limite de courant de charge"),
        ("discharge_current_limit_a", "A", "number", "pack", 1, "discharge current limit", "limite de décharge"),
        ("charge_mos_on", "", "flag", "pack", 0, "charge switch on", "interrupteur de charge fermé"),
        ("discharge_mos_on", "", "flag", "pack", 0, "discharge switch on", "interrupteur de décharge fermé"),
        ("heater_on", "", "flag", "pack", 0, "heater on", "chauffage en marche"),
        ("buzzer_on", "", "flag", "pack", 0, "buzzer on", "avertisseur en marche"),
        ("charge_enabled", "", "flag", "pack", 0, "charging allowed", "charge permise"),
        ("operating_state", "", "state", "pack", 0, "operating state", "état de marche"),
        ("cell_voltage_status", "", "state", "cell", 0, "cell voltage status", "état des tensions de cellule"),
        ("balancing_cells", "", "positions", "pack", 0, "balancing cells", "cellules en équilibrage"),
        ("maker", "", "text", "pack", 0, "maker", "fabricant"),
        ("serial_number", "", "text", "pack", 0, "serial number", "numéro de série"),
        ("firmware_version", "", "text", "pack", 0, "firmware version", "version du micrologiciel"),
        ("device_time", "", "time", "pack", 0, "clock of the device", "horloge de l’appareil"),
    )
]

_COMMON: Json = {
    "open": True,
    "trouble": None,
    "profile": "seplos-v2",
    "baud": 19200,
    "retries": 3,
    "noise": {},
    "busy_pct": 21.4,
}
BUSES: list[Json] = [
    _COMMON
    | {"name": "seplos bus", "url": "pty:///run/seplos", "packs": ["seplos-1", "seplos-2"]}
    | {"requests": 8412, "answers": 8410, "silences": 2},
    _COMMON
    | {"name": "pylontech bus", "url": "tcp://127.0.0.1:7001", "packs": ["pylontech-1", "pylontech-2"]}
    | {"profile": "pylontech", "baud": None, "requests": 8120, "answers": 5110, "silences": 3010, "busy_pct": 38.2}
    | {"noise": {"checksum": 12, "stray": 40, "cut": 3}},
]
