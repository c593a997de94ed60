"""Sixty days of a home battery by scenario: which current is asked for, and what is special about the cells."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from battery.soc_truth import Floats

STEPS_A_DAY = 1440
Day = Callable[[int, int, np.random.Generator], Floats]


@dataclass(frozen=True)
class Scene:
    """One scenario; its first day always ends full.

    day: current asked for, ``[minute, run]``, positive charges. cells: what is not drawn as usual. top, bottom: of the
    true SOC, where the inverter stops. fulls: whether full charges go on after the first day. told_a: limit of the
    offset that the estimator is told.
    """

    name: str
    day: Day
    cells: dict[str, Any] = field(default_factory=dict)
    top: float = 1.0
    bottom: float = 0.08
    fulls: bool = True
    told_a: float = 0.1


def home(sun_kwh: float, use_kwh: float) -> Day:
    """A house with PV, about so much energy a day."""

    def day(_: int, runs: int, rng: np.random.Generator) -> Floats:
        hour = np.arange(STEPS_A_DAY)[:, None] / 60.0
        shape = np.maximum(np.sin(np.pi * (hour - 6.5) / 12.0), 0.0) ** 1.3 * ((hour > 6.5) & (hour < 18.5))
        sky = np.repeat(np.clip(rng.normal(1.0, 0.25, (96, runs)), 0.1, 1.4), 15, axis=0)
        sun_kw = sun_kwh / 6.6 * rng.uniform(0.75, 1.15, runs) * shape * sky
        base = rng.uniform(0.15, 0.4, runs)
        peak = np.exp(-(((hour - 7.3) / 1.0) ** 2)) * 0.7 + np.exp(-(((hour - 19.5) / 1.8) ** 2)) * 1.5
        flicker = np.repeat(rng.gamma(2.0, 0.5, (288, runs)), 5, axis=0)
        kettle = np.repeat(rng.random((360, runs)) < 0.02, 4, axis=0) * 1.8
        use_kw = (base + peak * flicker) * (use_kwh / 11.0) * rng.uniform(0.8, 1.2, runs) + kettle
        return np.asarray(np.clip((sun_kw - use_kw) * 1000.0 / 52.0, -60.0, 50.0))

    return day


def _arbitrage(_: int, runs: int, rng: np.random.Generator) -> Floats:
    """Buy at night, sell in the evening."""
    minute = np.arange(STEPS_A_DAY)[:, None]
    start, end = rng.integers(60, 180, runs), rng.integers(1000, 1140, runs)
    charge = (minute >= start) & (minute < start + 200)
    sell = (minute >= end) & (minute < end + 200)
    return np.asarray(charge * rng.uniform(15.0, 30.0, runs) - sell * rng.uniform(15.0, 30.0, runs))


def _weekend(number: int, runs: int, rng: np.random.Generator) -> Floats:
    """Nobody there from Friday evening to Monday morning; the inverter idles, no sun is stored."""
    current = SUNNY(number, runs, rng)
    idle = -rng.uniform(0.3, 1.5, runs)
    weekday = number % 7
    if weekday == 4:
        current[18 * 60 :] = idle
    elif weekday in {5, 6}:
        current[:] = idle
    return current


def _standby(number: int, runs: int, rng: np.random.Generator) -> Floats:
    """A battery that nobody needs: full on the first day and on day 30, else at rest."""
    if number == 30:
        return np.full((STEPS_A_DAY, runs), 20.0)
    if number == 31:
        return SUNNY(number, runs, rng)
    return np.zeros((STEPS_A_DAY, runs))


SUNNY = home(22.0, 11.0)
"""Enough for a full charge on nearly every day."""
DARK = home(5.5, 9.0)


def _cell_weak(drawn: Floats, rng: np.random.Generator) -> Floats:
    drawn[1] = drawn[0] * rng.uniform(0.85, 0.92, drawn.shape[1])
    return drawn


def _aged(drawn: Floats, _: np.random.Generator) -> Floats:
    return drawn * 0.8


def _aged_r(drawn: Floats, _: np.random.Generator) -> Floats:
    return drawn * 1.5


def _uncalibrated(drawn: Floats, rng: np.random.Generator) -> Floats:
    return rng.uniform(-4.0, 4.0, drawn.shape)  # 2 % of 200 A full scale


def _uncalibrated_gain(drawn: Floats, rng: np.random.Generator) -> Floats:
    return rng.uniform(-0.02, 0.02, drawn.shape)


_RAW = {"i_off": _uncalibrated, "i_gain": _uncalibrated_gain}

SCENES = (
    Scene("daily full", SUNNY),
    Scene("winter, no full charge", DARK, top=0.85, bottom=0.12, fulls=False),
    Scene("plateau only, 35-75 %", _arbitrage, top=0.75, bottom=0.35, fulls=False),
    Scene("weekend away", _weekend),
    Scene("cold, -5 °C", SUNNY, {"air_degc": -5.0}),
    Scene("hot, 40 °C", SUNNY, {"air_degc": 40.0}),
    Scene("standby, 40 mA unseen", _standby, {"draw_a": 0.040}),
    Scene("uncalibrated, BMS knows", SUNNY, _RAW, told_a=4.0),
    Scene("uncalibrated, BMS unaware", SUNNY, _RAW),
    Scene("aged to 80 %, not told", SUNNY, {"q_ah": _aged, "r_ohm": _aged_r}),
    Scene("one weak cell", SUNNY, {"q_ah": _cell_weak}),
    Scene("another make of cell", SUNNY, {"sony": 1.0}),
)
