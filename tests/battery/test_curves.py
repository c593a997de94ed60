"""The tables of the kernels against the figures of docs/models/cell.md."""

import numpy as np
import pytest

from wattstead.battery.curves import (
    COLDEST_DEGC,
    DEGC_POINTS,
    FILL_POINTS,
    HOTTEST_DEGC,
    cell_curves,
    degc_grid,
    fill_grid,
)
from wattstead.battery.ocv import HIGHEST_FILL, LFP_25_DEGC, LOWEST_FILL

CURVES = cell_curves()


def point(fill_pct: float) -> int:
    return round((fill_pct / 100.0 - LOWEST_FILL) * 1000)


def degc_point(degc: int) -> int:
    return degc - COLDEST_DEGC


def test_the_grids_end_where_the_cell_does_and_every_percent_lies_on_a_point() -> None:
    fill, degc = fill_grid(), degc_grid()
    assert (fill[0], fill[-1], len(fill)) == (LOWEST_FILL, HIGHEST_FILL, FILL_POINTS) == (-0.06, 1.10, 1161)
    assert [float(fill[point(pct)]) for pct in range(101)] == [pct / 100.0 for pct in range(101)]
    assert (degc[0], degc[-1], len(degc)) == (COLDEST_DEGC, HOTTEST_DEGC, DEGC_POINTS)


def test_the_voltage_passes_every_knot_and_stays_near_the_curve_between_points() -> None:
    knots = [float(CURVES.ocv_v[point(pct)]) for pct in LFP_25_DEGC.soc_pct]
    assert knots == pytest.approx(list(LFP_25_DEGC.voltage_v), abs=1e-12)
    between = np.linspace(LOWEST_FILL, HIGHEST_FILL, 100_001)
    straight = np.interp(between, fill_grid(), CURVES.ocv_v)
    off = np.abs(straight - LFP_25_DEGC.voltage(between))
    assert off[(between > 0.05) & (between < 0.95)].max() < 2e-5, "V"
    assert off[between > 0.021].max() < 1e-4, "V"
    assert off.max() < 1e-3, "V, in the knee at 2 %"


def test_entropy_is_naumanns_and_held_beyond_the_ends() -> None:
    by_tenths = [float(CURVES.entropy_v_per_k[point(pct)]) * 1e3 for pct in range(0, 101, 10)]
    assert by_tenths == pytest.approx([-0.490, -0.164, -0.118, -0.044, 0.098, 0.110, 0.129, 0.145, 0.100, 0.084, 0.118])
    assert float(CURVES.entropy_v_per_k[point(25)]) * 1e3 == pytest.approx((-0.118 - 0.044) / 2.0)
    assert CURVES.entropy_v_per_k[0] == CURVES.entropy_v_per_k[point(0)]
    assert CURVES.entropy_v_per_k[-1] == CURVES.entropy_v_per_k[point(100)]


def test_resistance_is_one_in_the_middle_and_grows_to_both_ends() -> None:
    factor = CURVES.r0_factor
    assert float(factor[point(50)]) == 1.0
    assert np.abs(factor[point(30) : point(95) + 1] - 1.0).max() < 0.05
    assert (np.diff(factor[point(0) : point(60)]) < 0.0).all()
    assert (np.diff(factor[point(92) : point(100)]) > 0.0).all()
    assert [float(factor[point(pct)]) for pct in (0, 5, 15, 100)] == pytest.approx([1.54, 1.35, 1.15, 1.69], abs=0.01)
    assert (factor[: point(0)] == factor[point(0)]).all()
    assert (factor[point(100) :] == factor[point(100)]).all()


def test_resistance_over_temperature_is_that_measured_at_5_and_45_degc() -> None:
    """A123: 39, 22 and 17 mOhm Ah at 5, 25 and 45 degC."""
    share = CURVES.r0_share
    assert float(share[degc_point(25)]) == 1.0
    assert float(share[degc_point(5)]) == pytest.approx(39.0 / 22.0, abs=0.02)
    assert float(share[degc_point(45)]) == pytest.approx(17.0 / 22.0, abs=0.02)
    assert (np.diff(share) < 0.0).all()


@pytest.mark.parametrize(
    ("degc", "gap_mv", "ohmic_mv"),
    [(-5, 74, 3.95), (5, 56, 2.86), (15, 46, 2.12), (25, 40, 1.60), (35, 36, 1.40), (45, 33, 1.24)],
)
def test_hysteresis_is_half_the_measured_gap_without_its_ohmic_part(degc: int, gap_mv: float, ohmic_mv: float) -> None:
    assert float(CURVES.hysteresis_v[degc_point(degc)]) * 1e3 == pytest.approx((gap_mv - ohmic_mv) / 2.0, abs=0.01)


def test_hysteresis_is_held_outside_the_measured_temperatures() -> None:
    assert (CURVES.hysteresis_v[: degc_point(-5)] == CURVES.hysteresis_v[degc_point(-5)]).all()
    assert (CURVES.hysteresis_v[degc_point(45) :] == CURVES.hysteresis_v[degc_point(45)]).all()


def test_single_precision_is_the_same_and_nobody_can_write_into_the_shared_tables() -> None:
    single = CURVES.single()
    for name in ("ocv_v", "entropy_v_per_k", "r0_factor", "r0_share", "hysteresis_v"):
        exact, near = getattr(CURVES, name), getattr(single, name)
        assert near.dtype == np.float32
        assert np.abs(near - exact).max() <= np.abs(exact).max() * 6e-8
        assert not exact.flags.writeable
    assert single.hysteresis_per_fill == CURVES.hysteresis_per_fill == 20.0
    assert cell_curves(LFP_25_DEGC) is cell_curves(LFP_25_DEGC)
