"""How cells grow old: capacity lost and resistance gained, as a band of published models, never as one number.

``age`` takes what a pack lived through since the last call (an hour, a day) and adds it to its wear; ``aged`` says what
is left. Loss slows down with age; where the conditions change, each model goes on from the loss already there, as if
it had always been stored under the new ones. All arrays are one value a pack; the equations and where they come
from stand in docs/models/ageing.md.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattstead.battery.check import require

Floats = NDArray[np.float64]

MODELS = ("naumann", "sony", "prismatic")
"""Rows of the losses: two fits of the same 3 Ah cells, and one of prismatic cells of 250 Ah."""
RESISTANCE_LOW, RESISTANCE_HIGH = 0.5, 1.5
"""Ours: the one published growth of resistance, halved and half as much again, for want of a second."""

_GAS_J_PER_MOL_K = 8.3144598
_KELVIN = 273.15
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, eq=False)
class Wear:
    """What has been lost since the cells were new, as shares. Losses ``[model, pack]``, growths ``[pack]``."""

    calendar_loss: Floats
    cycle_loss: Floats
    calendar_growth: Floats
    cycle_growth: Floats

    @classmethod
    def none(cls, packs: int) -> "Wear":
        """Give new cells."""
        return cls(np.zeros((len(MODELS), packs)), np.zeros((len(MODELS), packs)), np.zeros(packs), np.zeros(packs))

    @classmethod
    def behind(cls, loss: ArrayLike) -> "Wear":
        """Give used cells of which nothing is known but the share of the capacity that is lost, ``[pack]``.

        Each model takes half of it for lost by time and half by cycles; that is ours. Raises UsageError.
        """
        lost = np.asarray(loss, dtype=np.float64)
        fine = lost.ndim == 1 and bool((np.isfinite(lost) & (lost >= 0.0) & (lost < 1.0)).all())
        require(fine, "lost capacity", loss, "be a share from 0 to below 1 for each pack")
        half = np.tile(0.5 * lost, (len(MODELS), 1))
        return cls(half, half.copy(), np.zeros(lost.size), np.zeros(lost.size))


@dataclass(frozen=True, slots=True, eq=False)
class Life:
    """What each pack lived through in a span of time.

    days: how long. soc: mean, 0..1. temperature_degc: mean of the cells. efc: equivalent full cycles, charge moved
    either way over twice the rated capacity. dod: depth of the cycles that this is part of, 0..1; the range of the SOC
    over the last day will do. c_rate: current while it flows, A per Ah of rated capacity. mean_c_rate: with the times
    of rest, over a day; where it is None, ``efc`` and ``days`` give it, which fits spans of a day or more.
    """

    days: float
    soc: ArrayLike
    temperature_degc: ArrayLike
    efc: ArrayLike
    dod: ArrayLike
    c_rate: ArrayLike
    mean_c_rate: ArrayLike | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Aged:
    """What is left of the capacity and what the resistance has become, over that of new cells, ``[pack]``.

    Of the capacity: the worst, the middle and the best of the models.
    """

    capacity_low: Floats
    capacity_mid: Floats
    capacity_high: Floats
    resistance_low: Floats
    resistance_mid: Floats
    resistance_high: Floats


def age(wear: Wear, life: Life) -> Wear:
    """Add a span of life to the wear. Raises UsageError for what no battery can live through."""
    soc, degc, efc, dod, c_rate, mean_c = _checked(life, wear.calendar_growth.size)
    kelvin, days = degc + _KELVIN, life.days
    calendar = (
        _on_power(wear.calendar_loss[0], _naumann_calendar(soc, kelvin), days * _DAY_S, 0.5),
        _on_sigmoid(wear.calendar_loss[1], *_sony_calendar(soc, kelvin), days),
        _on_power(wear.calendar_loss[2], _prismatic_calendar(soc, kelvin), days, 0.526),
    )
    cycle = (
        _on_power(wear.cycle_loss[0], _naumann_cycle(dod, c_rate), efc, 0.5),
        _on_power(wear.cycle_loss[1], _sony_cycle(dod, mean_c), efc, _SONY_CYCLE_POWER),
        _on_power(wear.cycle_loss[2], _prismatic_cycle(dod, mean_c, kelvin), efc, 0.828),
    )
    return Wear(
        np.array(calendar),
        np.array(cycle),
        wear.calendar_growth + _resistance_calendar(soc, kelvin) * days * _DAY_S,
        wear.cycle_growth + _resistance_cycle(dod, c_rate) * efc,
    )


def aged(wear: Wear) -> Aged:
    """Say what is left, never less than nothing."""
    left = np.maximum(np.sort(1.0 - wear.calendar_loss - wear.cycle_loss, axis=0), 0.0)
    growth = wear.calendar_growth + wear.cycle_growth
    return Aged(*left, *(1.0 + share * growth for share in (RESISTANCE_LOW, 1.0, RESISTANCE_HIGH)))


def _checked(life: Life, packs: int) -> tuple[Floats, ...]:
    require(bool(np.isfinite(life.days)) and life.days >= 0.0, "life days", life.days, "be 0 or more: time goes on")
    spans = (
        ("soc", life.soc, -0.1, 1.2),
        ("temperature_degc", life.temperature_degc, -60.0, 150.0),
        ("efc", life.efc, 0.0, np.inf),
        ("dod", life.dod, 0.0, 1.2),
        ("c_rate", life.c_rate, 0.0, np.inf),
        ("mean_c_rate", _mean_c_rate(life), 0.0, np.inf),
    )
    values = []
    for name, given, low, high in spans:
        value = np.broadcast_to(np.asarray(given, dtype=np.float64), (packs,))
        fine = bool((np.isfinite(value) & (value >= low) & (value <= high)).all())
        require(fine, f"life {name}", given, f"be numbers between {low:g} and {high:g}, one a pack")
        values.append(np.minimum(np.maximum(value, 0.0), 1.0) if name in {"soc", "dod"} else value)
    return tuple(values)


def _mean_c_rate(life: Life) -> ArrayLike:
    if life.mean_c_rate is not None or life.days == 0.0:
        return 0.0 if life.mean_c_rate is None else life.mean_c_rate
    return np.asarray(life.efc, dtype=np.float64) / (12.0 * life.days)


def _on_power(loss: Floats, rate: Floats, more: float | Floats, power: float) -> Floats:
    """Go on along loss = rate x^power for ``more`` of x, from the x where that curve has this loss."""
    reached = (loss / rate) ** (1.0 / power)
    return np.asarray(rate * (reached + more) ** power, dtype=np.float64)


def _on_sigmoid(loss: Floats, most: Floats, power: Floats, days: float) -> Floats:
    """Go on along loss = most tanh((t/t0)^power / 2); where it is already beyond what these conditions do, it stays."""
    share = np.minimum(loss / most, 1.0 - 1e-12)
    reached = (2.0 * np.arctanh(share)) ** (1.0 / power) / _SONY_PER_DAY
    return np.maximum(loss, most * np.tanh(0.5 * ((reached + days) * _SONY_PER_DAY) ** power))


def _arrhenius(energy_j_per_mol: float, kelvin: Floats) -> Floats:
    return np.asarray(np.exp(-energy_j_per_mol / _GAS_J_PER_MOL_K * (1.0 / kelvin - 1.0 / 298.15)), dtype=np.float64)


def _naumann_calendar(soc: Floats, kelvin: Floats) -> Floats:
    return 1.2571e-5 * _arrhenius(17_126.0, kelvin) * (2.8575 * (soc - 0.5) ** 3 + 0.60225)


def _naumann_cycle(dod: Floats, c_rate: Floats) -> Floats:
    return 0.01 * (0.0630 * c_rate + 0.0971) * (4.0253 * (dod - 0.6) ** 3 + 1.0923)


def _resistance_calendar(soc: Floats, kelvin: Floats) -> Floats:
    return 3.4194e-10 * _arrhenius(71_827.0, kelvin) * (-3.3903 * (soc - 0.5) ** 2 + 1.5604)


def _resistance_cycle(dod: Floats, c_rate: Floats) -> Floats:
    by_rate = np.maximum(-0.0020 * c_rate + 0.0021, 0.0)  # above 1.05C it would heal the cell
    return 0.01 * by_rate * (6.8477 * (dod - 0.5) ** 3 + 0.9182)


_SONY_PER_DAY = 1.30510034e-4
_SONY_CYCLE_POWER = 1.12847759


def _sony_calendar(soc: Floats, kelvin: Floats) -> tuple[Floats, Floats]:
    """Give the loss that is never passed, and the power of time."""
    anode = anode_v(soc)
    most = 0.989687151 * np.exp((-2_881_067.56 / kelvin**2 + 8_742.06309 / kelvin) * np.sqrt(anode))
    root3, root4 = np.cbrt(anode), anode**0.25
    warm = (7.34553186e11 / kelvin**4 - 3.28499132e9 / kelvin**3) * root3
    hot = (-2.82161576e-6 * kelvin**3 + 1.27227594e-3 * kelvin**2) * root4
    return most, 3.32850281e-4 * np.exp(warm + hot)


def _sony_cycle(dod: Floats, mean_c: Floats) -> Floats:
    per_cycle = -6.81260579e-6 + 2.59615973e-5 * dod + 2.11559711e-6 * np.exp(np.minimum(dod**2 * mean_c**3, 20.0))
    return np.maximum(np.abs(per_cycle), 1e-12) ** _SONY_CYCLE_POWER


def _prismatic_calendar(soc: Floats, kelvin: Floats) -> Floats:
    return np.asarray(8.37e4 * np.exp((-5_210.0 - 3_560.0 * anode_v(soc)) / kelvin), dtype=np.float64)


def _prismatic_cycle(dod: Floats, mean_c: Floats, kelvin: Floats) -> Floats:
    return (4.38e-8 + 1.55e-8 * dod + 1.68e-7 * mean_c) * np.exp(2_190.0 / kelvin)


def anode_v(soc: Floats) -> Floats:
    """Give the potential of the graphite against lithium in V (Safari and Delacourt, 2011; filling after Schimpe)."""
    filling = 8.5e-3 + soc * (0.78 - 8.5e-3)
    return np.asarray(
        0.6379
        + 0.5416 * np.exp(-305.5309 * filling)
        + 0.044 * np.tanh((0.1958 - filling) / 0.1088)
        - 0.1978 * np.tanh((filling - 1.0571) / 0.0854)
        - 0.6875 * np.tanh((filling + 0.0117) / 0.0529)
        - 0.0175 * np.tanh((filling - 0.5692) / 0.0875),
        dtype=np.float64,
    )
