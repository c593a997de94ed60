"""Packs for the tests: the 16S 100 Ah pack with the voltage limits of SEP-7, and one with voltages easy to predict."""

from collections.abc import Mapping

from wattstead.battery.preset import CellPreset, Limits, PackPreset, Spread
from wattstead.battery.state import PackState
from wattstead.battery.step import Inputs, step

SEPLOS_PAIRS = {
    "cell_overvoltage_protection": (3.65, 3.38),
    "cell_undervoltage_protection": (2.7, 3.1),
    "pack_overvoltage_protection": (57.6, 54.0),
    "pack_undervoltage_protection": (43.2, 48.0),
    "cell_high_voltage_alarm": (3.55, 3.38),
    "cell_low_voltage_alarm": (2.9, 3.1),
    "pack_high_voltage_alarm": (56.0, 54.0),
    "pack_low_voltage_alarm": (46.4, 48.0),
}
NO_SPREAD = Spread(capacity=0.0, resistance=0.0, soc=0.0)


def seplos(
    *,
    cells: int = 16,
    spread: Spread = NO_SPREAD,
    seed: int = 1,
    pairs: Mapping[str, tuple[float, float]] = SEPLOS_PAIRS,
) -> PackPreset:
    return PackPreset(
        cells=cells, cell=CellPreset.lfp(100.0), limits=Limits.from_pairs(pairs), spread=spread, seed=seed
    )


def stiff(limits: Limits, cells: int = 4) -> PackPreset:
    """A pack so large that no test moves its charge: each cell's voltage is that at rest plus 10 mV per A."""
    cell = CellPreset(capacity_ah=1e9, r0_ohm=0.010, r1_ohm=1e-12, tau_s=1.0, heat_capacity_j_per_k=1e9)
    return PackPreset(cells=cells, cell=cell, limits=limits, spread=NO_SPREAD)


def run(state: PackState, current_a: float, seconds: float, dt_s: float = 1.0, ambient_degc: float = 25.0) -> PackState:
    """Let one current flow for a time that is a whole number of steps."""
    steps = round(seconds / dt_s)
    assert abs(steps * dt_s - seconds) < 1e-9, "the time must be a whole number of steps"
    inputs = Inputs.of(state.packs, current_a, ambient_degc)
    for _ in range(steps):
        state = step(state, inputs, dt_s)
    return state
