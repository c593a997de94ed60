"""The measured points, joined by a curve that never turns back."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattstead.battery.ocv import HIGHEST_FILL, LFP_25_DEGC, LOWEST_FILL, OcvCurve
from wattstead.model.errors import UsageError


def at(fill: float) -> float:
    return float(LFP_25_DEGC.voltage(np.array([fill]))[0])


def test_the_curve_goes_through_every_measured_point() -> None:
    soc = np.array(LFP_25_DEGC.soc_pct) / 100.0
    assert LFP_25_DEGC.voltage(soc).tolist() == pytest.approx(LFP_25_DEGC.voltage_v, abs=1e-12)


def hermite(curve: OcvCurve, fill: float) -> float:
    """Read the curve in Hermite's form, knot by knot, with the harmonic mean of Fritsch and Butland."""
    x, y = [soc / 100.0 for soc in curve.soc_pct], curve.voltage_v
    h = [b - a for a, b in pairwise(x)]
    d = [(b - a) / w for (a, b), w in zip(pairwise(y), h, strict=True)]
    inner = [
        3.0 * (h[k - 1] + h[k]) / ((2.0 * h[k] + h[k - 1]) / d[k - 1] + (h[k] + 2.0 * h[k - 1]) / d[k])
        for k in range(1, len(d))
    ]
    m = [d[0], *inner, d[-1]]
    if fill <= 0.0 or fill >= 1.0:
        end = 0 if fill <= 0.0 else -1
        return y[end] + m[end] * (fill - x[end])
    k = max(j for j, knot in enumerate(x[:-1]) if knot <= fill)
    t = (fill - x[k]) / h[k]
    ends = (1.0 + 2.0 * t) * (1.0 - t) ** 2 * y[k] + t * t * (3.0 - 2.0 * t) * y[k + 1]
    return ends + h[k] * (t * (1.0 - t) ** 2 * m[k] + t * t * (t - 1.0) * m[k + 1])


@given(st.floats(LOWEST_FILL, HIGHEST_FILL))
def test_it_is_the_same_curve_as_hermites(fill: float) -> None:
    assert at(fill) == pytest.approx(hermite(LFP_25_DEGC, fill), abs=1e-12)


def test_it_never_turns_back_and_has_no_kinks_between_the_ends() -> None:
    fill = np.linspace(LOWEST_FILL, HIGHEST_FILL, 116_001)
    voltage, slope = LFP_25_DEGC.voltage_and_slope(fill)
    assert np.abs(voltage - LFP_25_DEGC.voltage(fill)).max() < 1e-12
    assert (np.diff(voltage) > 0.0).all()
    assert (slope > 0.0).all()
    assert np.abs(np.gradient(voltage, fill) - slope).max() < 0.05  # of 40 V at the steep end


def test_the_plateau_is_as_flat_as_measured() -> None:
    """0.8 mV per percent between 40 and 60 %, as the slopes of the source say."""
    assert (at(0.60) - at(0.40)) / 20.0 == pytest.approx(0.0008, abs=0.0001)


def test_beyond_its_ends_the_line_goes_on() -> None:
    assert at(1.01) == pytest.approx(3.590 + 0.075, abs=1e-9)
    assert at(-0.01) == pytest.approx(2.161 - 0.3295, abs=1e-9)
    assert 0.0 < at(LOWEST_FILL) < 0.5
    assert 4.2 < at(HIGHEST_FILL) < 4.5


@pytest.mark.parametrize(
    ("soc_pct", "voltage_v", "says"),
    [
        ((0, 50, 100), (3.0, 3.3, 3.2), "rise from knot to knot"),
        ((0, 60, 50, 100), (3.0, 3.1, 3.2, 3.3), "rise from knot to knot"),
        ((10, 100), (3.0, 3.3), "begin at 0 % and end at 100 %"),
        ((0, 100), (3.0,), "one voltage a knot"),
        ((0, 100), (3.0, float("nan")), "finite number"),
        ((0,), (3.0,), "at least two knots"),
        ((0, 2.5, 100), (3.0, 3.1, 3.2), "whole percents"),
    ],
)
def test_a_curve_that_is_none_is_refused(soc_pct: tuple[int, ...], voltage_v: tuple[float, ...], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        OcvCurve(soc_pct, voltage_v)
