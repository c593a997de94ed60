"""The columns of the files that a batch writes; units last, positive current charges (docs/batch.md)."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Column:
    """One kept value. digits: behind the point, as finely as packs tell it; more takes room. what: it means."""

    name: str
    digits: int
    what: str


KEPT: Final = (
    Column("pack_current_mean_a", 2, "current, positive charges"),
    Column("pack_current_min_a", 2, "strongest discharge"),
    Column("pack_current_max_a", 2, "strongest charge"),
    Column("pack_voltage_mean_v", 2, "sum of the cell voltages"),
    Column("pack_voltage_min_v", 2, "its lowest"),
    Column("pack_voltage_max_v", 2, "its highest"),
    Column("cell_voltage_min_v", 3, "lowest voltage of any cell"),
    Column("cell_voltage_max_v", 3, "highest voltage of any cell"),
    Column("cell_voltage_spread_max_v", 3, "largest difference between two cells at one time"),
    Column("cell_temperature_mean_degc", 1, "mean of the cells"),
    Column("cell_temperature_min_degc", 1, "coldest cell"),
    Column("cell_temperature_max_degc", 1, "warmest cell"),
    Column("ambient_temperature_mean_degc", 1, "air around the pack"),
    Column("mos_temperature_max_degc", 1, "warmest of the power stage"),
    Column("soc_mean_pct", 2, "state of charge as the BMS estimates it"),
    Column("soc_min_pct", 2, "its lowest"),
    Column("soc_max_pct", 2, "its highest"),
    Column("true_soc_mean_pct", 2, "true state of charge: mean of the cells"),
    Column("true_soc_min_pct", 2, "its lowest"),
    Column("true_soc_max_pct", 2, "its highest"),
    Column("soc_bound_mean_pct", 2, "by how much the estimate may be off in 95 of 100 cases, as the BMS believes"),
    Column("soc_bound_max_pct", 2, "its largest"),
    Column("charged_energy_kwh", 4, "into the terminals, within the period"),
    Column("discharged_energy_kwh", 4, "out of the terminals, within the period"),
    Column("bms_on_s", 0, "seconds for which the BMS was on"),
    Column("charge_mos_on_s", 0, "seconds for which the charge switch conducted"),
    Column("discharge_mos_on_s", 0, "seconds for which the discharge switch conducted"),
    Column("heating_s", 0, "seconds for which the heater ran"),
    Column("balancing_s", 0, "seconds for which cells were balanced"),
    Column("capacity_left_low_pct", 3, "of the capacity when new, by the worst of three models of ageing"),
    Column("capacity_left_mid_pct", 3, "by the middle one"),
    Column("capacity_left_high_pct", 3, "by the best one"),
    Column("resistance_growth_mid_pct", 3, "since new; the band is from half of it to one and a half times"),
    Column("equivalent_full_cycles", 4, "true charge moved either way over twice the rated capacity, since the start"),
)
"""After ``pack`` and ``start_s``; all float32."""

KEYS: Final = {
    "pack": "number of the pack, from 0",
    "start_s": "start of the period, seconds since the start of the batch",
}
EVENTS: Final = {
    "pack": "number of the pack, from 0",
    "at_s": "simulated seconds since the start of the batch, exact within the step",
    "name": "the protection, by its name in the preset",
    "level": "alarm, protection or critical",
    "kind": "began, ended, locked or unlocked",
}
