"""The array engine against the plain-Python pack, over days that make limits come and go."""

import random

import pytest

from battery.judge import JudgePack
from battery.packs import seplos
from wattstead.battery.limit import NAMES
from wattstead.battery.preset import PackPreset, Spread
from wattstead.battery.state import PackState
from wattstead.battery.step import Inputs, step


def random_day(seed: int, dt_s: float, hours: float) -> list[tuple[float, float]]:
    """Current and ambient of each step: some minutes of one current, now and then long enough to fill or empty."""
    rng = random.Random(seed)
    day: list[tuple[float, float]] = []
    while len(day) * dt_s < 3600.0 * hours:
        current = rng.choice((0.0, rng.uniform(-90, 90), rng.uniform(-5, 5), 60.0, -70.0))
        ambient, length = rng.uniform(5, 40), rng.expovariate(1 / 1800)
        day += [(current, ambient)] * max(1, round(length / dt_s))
    return day


def compare(state: PackState, judge: JudgePack) -> None:
    assert {name for name, on in zip(NAMES, state.active[:, 0], strict=True) if on} == judge.active
    for name in ("fill", "rc_v", "temperature_degc", "ocv_v"):
        ours = getattr(state, name)[:, 0].tolist()
        assert ours == pytest.approx([getattr(cell, name) for cell in judge.cells], abs=1e-9, rel=1e-11), name
    assert state.cell_voltage_v[:, 0].tolist() == pytest.approx([cell.voltage_v for cell in judge.cells], abs=1e-9)
    for name in ("current_a", "remaining_ah", "cycles", "charged_kwh", "discharged_kwh", "pack_voltage_v"):
        assert float(getattr(state, name)[0]) == pytest.approx(getattr(judge, name), abs=1e-8, rel=1e-10), name
    assert bool(state.fully_charged[0]) is judge.fully_charged
    assert float(state.full_hold_s[0]) == pytest.approx(judge.full_hold_s)


def transitions_of_a_day(
    preset: PackPreset, seed: int, dt_s: float = 60.0, *, every: int = 5, hours: float = 24.0
) -> int:
    state = PackState.rest(preset, 1, 0.5, temperature_degc=20.0)
    judge, changes = JudgePack.of(state), 0
    for k, (current, ambient) in enumerate(random_day(seed, dt_s, hours)):
        before = judge.active.copy()
        state = step(state, Inputs.of(1, current, ambient), dt_s)
        judge.step(current, ambient, dt_s)
        changes += len(before ^ judge.active)
        if k % every == 0 or before != judge.active:
            compare(state, judge)
    return changes


@pytest.mark.parametrize("seed", range(3))
def test_a_random_day_in_minutes(seed: int) -> None:
    wild = Spread(capacity=0.03, resistance=0.1, soc=0.02)
    changes = transitions_of_a_day(seplos(spread=wild, seed=seed), seed, every=1)
    assert changes >= 4, "a day without limits judges nothing"


def test_a_random_day_of_fifteen_cells_in_ten_seconds() -> None:
    preset = seplos(cells=15, spread=Spread(), seed=3)
    assert transitions_of_a_day(preset, 11, 10.0, every=10, hours=8.0) >= 2


def test_many_transitions_with_limits_close_to_the_plateau() -> None:
    pairs = {
        "cell_overvoltage_protection": (3.40, 3.33),
        "cell_undervoltage_protection": (3.20, 3.27),
        "cell_high_voltage_alarm": (3.36, 3.34),
        "cell_low_voltage_alarm": (3.24, 3.26),
        "pack_high_voltage_alarm": (53.6, 53.5),
        "pack_low_voltage_alarm": (52.0, 52.3),
    }
    changes = sum(transitions_of_a_day(seplos(pairs=pairs, spread=Spread()), seed) for seed in range(3))
    assert changes >= 90
