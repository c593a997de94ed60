"""Open-circuit voltage of a cell: measured figures, joined by a curve that never turns back.

The figures are the mean of the charge and the discharge branch of an A123 26650 LFP cell (2.07 Ah, C/27, 25 °C).
They come from the test files of the ESC toolbox by G. Plett, as exported in ``batterysim/esctoolbox-python`` (MIT,
copyright 2017 batterysim). What was done with them, and where they end, stands in docs/models/cell.md.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wattstead.battery.check import number, require

Floats = NDArray[np.float64]

LOWEST_FILL = -0.06
"""A cell emptied this far below 0 % stands at some 0.2 V: it is dead, and what is drawn further is not stored."""
HIGHEST_FILL = 1.10
"""A cell filled this far stands at some 4.3 V: what is pushed in further decomposes it and is not stored."""

_GRID_PCT = 1  # all knots lie on whole percents, so a pack's look-up needs no search
_LOWEST_PCT = round(LOWEST_FILL * 100)
_HIGHEST_PCT = round(HIGHEST_FILL * 100)
_LAST_INTERVAL = (_HIGHEST_PCT - _LOWEST_PCT) // _GRID_PCT - 1


@dataclass(frozen=True)
class OcvCurve:
    """Resting voltage over the state of charge, through all its knots, monotone between them.

    soc_pct: whole percents from 0 to 100, rising. voltage_v: one a knot, in V, rising.
    Between knots a cubic whose slopes never overshoot (Fritsch and Butland's harmonic mean); below 0 % and above
    100 % the line goes on with the slope of the end. Raises UsageError for knots that do not rise.
    """

    soc_pct: tuple[int, ...]
    voltage_v: tuple[float, ...]

    def __post_init__(self) -> None:
        require(len(self.soc_pct) >= 2, "ocv soc_pct", self.soc_pct, "hold at least two knots")
        ends = (self.soc_pct[0], self.soc_pct[-1])
        require(ends == (0, 100), "ocv soc_pct", ends, "begin at 0 % and end at 100 %")
        same = len(self.voltage_v) == len(self.soc_pct)
        require(same, "ocv voltage_v", self.voltage_v, f"hold one voltage a knot, {len(self.soc_pct)} in all")
        for voltage in self.voltage_v:
            number("ocv voltage_v", voltage)
        require(all(isinstance(soc, int) for soc in self.soc_pct), "ocv soc_pct", self.soc_pct, "be whole percents")
        for name, knots in (("ocv soc_pct", self.soc_pct), ("ocv voltage_v", self.voltage_v)):
            rises = all(low < high for low, high in pairwise(knots))
            require(rises, name, knots, "rise from knot to knot")

    def voltage(self, fill: Floats) -> Floats:
        """Give the resting voltage in V. fill: charge over capacity, from LOWEST_FILL to HIGHEST_FILL."""
        interval, u = _locate(fill)
        c0, c1, c2, c3 = self._terms
        value = c3.take(interval)
        for term in (c2, c1, c0):
            value *= u
            value += term.take(interval)
        return value

    def voltage_and_slope(self, fill: Floats) -> tuple[Floats, Floats]:
        """Give the resting voltage in V and its rise in V per unit of fill (1.0 = full), which is never negative."""
        interval, u = _locate(fill)
        c0, c1, c2, c3 = (term.take(interval) for term in self._terms)
        voltage = ((c3 * u + c2) * u + c1) * u + c0
        slope = (3.0 * c3 * u + 2.0 * c2) * u + c1
        return voltage, slope * (100.0 / _GRID_PCT)

    @cached_property
    def _terms(self) -> tuple[Floats, ...]:
        """Powers 0 to 3 of the cubic on each interval of the grid, in the interval's own coordinate 0..1."""
        return _terms(self.soc_pct, self.voltage_v)


def _locate(fill: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Give interval of the grid and place in it, 0..1; the top of the last interval belongs to it."""
    place = (fill - LOWEST_FILL) * (100.0 / _GRID_PCT)
    interval = place.astype(np.intp)
    np.minimum(interval, _LAST_INTERVAL, out=interval)
    place -= interval
    return interval, place


@cache
def _terms(soc_pct: tuple[int, ...], voltage_v: tuple[float, ...]) -> tuple[Floats, ...]:
    slopes = _knot_slopes(soc_pct, voltage_v)
    rows: list[tuple[float, float, float, float]] = []
    for left in range(_LOWEST_PCT, _HIGHEST_PCT, _GRID_PCT):
        if left < 0:
            rows.append((voltage_v[0] + left * slopes[0], slopes[0] * _GRID_PCT, 0.0, 0.0))
        elif left >= soc_pct[-1]:
            rows.append((voltage_v[-1] + (left - soc_pct[-1]) * slopes[-1], slopes[-1] * _GRID_PCT, 0.0, 0.0))
        else:
            knot = max(k for k, soc in enumerate(soc_pct) if soc <= left)
            rows.append(_piece(soc_pct[knot : knot + 2], voltage_v[knot : knot + 2], slopes[knot : knot + 2], left))
    return tuple(np.array(term, dtype=np.float64) for term in zip(*rows, strict=True))


def _piece(
    socs: tuple[int, ...], volts: tuple[float, ...], slopes: list[float], left: int
) -> tuple[float, float, float, float]:
    """Expand the cubic between two knots about the left end of one interval of the grid."""
    width = socs[1] - socs[0]
    rise = (volts[1] - volts[0]) / width
    b = (3.0 * rise - 2.0 * slopes[0] - slopes[1]) / width
    c = (slopes[0] + slopes[1] - 2.0 * rise) / width**2
    s, h = left - socs[0], _GRID_PCT
    value = ((c * s + b) * s + slopes[0]) * s + volts[0]
    return value, ((3.0 * c * s + 2.0 * b) * s + slopes[0]) * h, (3.0 * c * s + b) * h**2, c * h**3


def _knot_slopes(soc_pct: tuple[int, ...], voltage_v: tuple[float, ...]) -> list[float]:
    """Give the slope at each knot in V per percent: harmonic mean inside, the end piece's own rise at the ends."""
    widths = [high - low for low, high in pairwise(soc_pct)]
    rises = [(voltage_v[k + 1] - voltage_v[k]) / width for k, width in enumerate(widths)]
    inside = []
    for k in range(1, len(rises)):
        first, second = 2 * widths[k] + widths[k - 1], widths[k] + 2 * widths[k - 1]
        inside.append((first + second) / (first / rises[k - 1] + second / rises[k]))
    return [rises[0], *inside, rises[-1]]


LFP_25_DEGC = OcvCurve(
    soc_pct=(0, 2, 5, 10, 15, 20, 30, 40, 50, 60, 65, 70, 80, 90, 95, 98, 100),
    voltage_v=(
        *(2.161, 2.820, 3.025, 3.178, 3.218, 3.245, 3.280, 3.301, 3.308),
        *(3.317, 3.323, 3.331, 3.345, 3.352, 3.369, 3.440, 3.590),
    ),
)
"""The A123 cell at 25 °C: mean of both branches, in V, as measured; see the head of this file."""
