"""The packs that bench/engine.py steps: one preset with everything on, a quiet fleet and a stormy one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from wattstead.battery.behaviour import Activation, Balancer, Heater, Limiter, Sensors
from wattstead.battery.inputs import Inputs
from wattstead.battery.make import pack_preset
from wattstead.battery.packs import Packs
from wattstead.battery.preset import PackPreset
from wattstead.battery.step import advance
from wattstead.catalog.packs import load_pack

CHARGER_V = 56.0  # constant current up to it, then constant voltage
SENSORS = Sensors(
    cell_offset_v=0.003,
    cell_step_v=0.001,
    cell_noise_v=0.0005,
    current_offset_a=0.1,
    current_gain=0.005,
    current_step_a=0.01,
    current_noise_a=0.05,
)
SETTLE_S = 120  # by then every delay of a storm is over


def everything() -> PackPreset:
    """The 16S 100 Ah preset with all its rows, imperfect sensors and a heater: nothing is left out."""
    return replace(pack_preset(load_pack("seplos-16s-100ah")), sensors=SENSORS, heater=Heater(power_w=100.0))


def without(preset: PackPreset) -> Mapping[str, PackPreset]:
    """Give the preset with one function off at a time."""
    exact = replace(SENSORS, cell_noise_v=0.0, current_noise_a=0.0)
    return {
        "protections": replace(preset, protections=()),
        "sensor noise": replace(preset, sensors=exact),
        "sensor noise and rounding": replace(preset, sensors=Sensors()),
        "balancing": replace(preset, balancer=Balancer()),
        "heating": replace(preset, heater=Heater()),
        "current limiter": replace(preset, limiter=Limiter()),
        "activation": replace(preset, activation=Activation()),
    }


def quiet(preset: PackPreset, count: int) -> tuple[Packs, Sequence[Inputs]]:
    """Packs between 30 and 70 % at 25 °C, each with a current of its own that changes: no row trips."""
    rng = np.random.default_rng(1)
    packs = Packs.rest(preset, count, rng.uniform(0.3, 0.7, count))
    inputs = [Inputs.of(count, rng.normal(0.0, 25.0, count).clip(-60, 60), charge_voltage_v=CHARGER_V) for _ in "abcd"]
    return packs, inputs


def stormy(preset: PackPreset, count: int) -> tuple[Packs, Sequence[Inputs]]:
    """Packs empty and full, in frost and heat, with up to 160 A: rows trip, end and trip again in every block."""
    rng = np.random.default_rng(2)
    packs = Packs.rest(preset, count, rng.uniform(0.0, 1.0, count))
    air_degc = rng.uniform(-15.0, 60.0, count)
    packs.temperature_degc[:] = air_degc
    packs.settle()
    inputs = [Inputs.of(count, rng.uniform(-160.0, 160.0, count), air_degc, charge_voltage_v=60.0) for _ in "abcd"]
    for _ in range(SETTLE_S // 40):
        for one in inputs:
            advance(packs, one, 1.0, 10)
    return packs, inputs


def rows_active(packs: Packs) -> float:
    """Give how many rows are active in a pack, on average."""
    return float(packs.active.sum(axis=0).mean())
