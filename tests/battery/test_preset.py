"""Bad values are refused with their name and the rule; good ones carry the defaults that the manual states."""

from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest

from battery.packs import SEPLOS_PAIRS
from wattstead.battery.limit import NAMES, ROWS, Stops
from wattstead.battery.preset import Board, CellPreset, Counter, Limits, PackPreset, Spread, even_probes
from wattstead.battery.state import PackState
from wattstead.model.errors import UsageError
from wattstead.model.threshold import Threshold

CELL = CellPreset.lfp(100.0)
GOOD_CELL: dict[str, Any] = {
    "capacity_ah": 1.0,
    "r0_ohm": 1.0,
    "r1_ohm": 1.0,
    "tau_s": 1.0,
    "heat_capacity_j_per_k": 1.0,
}
PACK = PackPreset(cells=16, cell=CELL)


@pytest.mark.parametrize("capacity", [0.0, -5.0, nan, inf])
def test_a_cell_without_capacity_is_refused(capacity: float) -> None:
    with pytest.raises(UsageError, match=r"cell capacity_ah .* must be"):
        CellPreset.lfp(capacity)


@pytest.mark.parametrize("name", ["capacity_ah", "r0_ohm", "r1_ohm", "tau_s", "heat_capacity_j_per_k"])
@pytest.mark.parametrize(("value", "rule"), [(0.0, "be above 0"), (-1e-3, "be above 0"), (nan, "be a finite number")])
def test_every_value_of_a_cell_is_checked(name: str, value: float, rule: str) -> None:
    with pytest.raises(UsageError, match=f"cell {name} .* must {rule}"):
        CellPreset(**{**GOOD_CELL, name: value})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("cells", 0, "pack cells 0 must be a whole number of at least 1: a pack without cells is none"),
        ("cells", 16.0, "pack cells 16.0 must be a whole number"),
        ("cells", True, "pack cells True must be a whole number"),
        ("seed", -1, "pack seed -1 must be a whole number"),
        ("cooling_w_per_k", -1.0, "pack cooling_w_per_k -1.0 must lie between 0"),
        ("cooling_w_per_k", nan, "pack cooling_w_per_k nan must be a finite number"),
        ("edge_cooling", 0.0, "pack edge_cooling 0.0 must be above 0"),
        ("link_ohm", 0.0, "pack link_ohm 0.0 must be above 0"),
        ("dead_band_a", nan, "pack dead_band_a nan must be a finite number"),
        ("probes", ((1, 17),), r"pack probes \(1, 17\) must name cells from 1 to 16: it sits on an absent cell"),
        ("probes", ((0,),), r"pack probes \(0,\) must name cells from 1 to 16"),
        ("probes", ((),), r"pack probes \(\) must name cells"),
    ],
)
def test_every_value_of_a_pack_is_checked(name: str, value: Any, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        replace(PACK, **{name: value})


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Spread(capacity=0.4), "spread capacity 0.4 must lie between 0 and 0.3"),
        (lambda: Spread(resistance=nan), "spread resistance nan must be a finite number"),
        (lambda: Spread(soc=-0.1), "spread soc -0.1 must lie between"),
        (lambda: Counter(full_hold_s=-1.0), "counter full_hold_s -1.0 must lie between"),
        (lambda: Counter(full_cell_voltage_v=nan), "counter full_cell_voltage_v nan must be a finite number"),
        (lambda: Counter(full_current_c=0.0), "counter full_current_c 0.0 must be above 0"),
        (lambda: Counter(full_release=1.5), "counter full_release 1.5 must lie between"),
        (lambda: Board(tau_s=0.0), "board tau_s 0.0 must be above 0"),
        (lambda: Board(mos_k_per_a2=-1.0), "board mos_k_per_a2 -1.0 must lie between"),
        (lambda: Board(board_share=2.0), "board board_share 2.0 must lie between"),
    ],
)
def test_every_part_is_checked(make: Any, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        make()


@pytest.mark.parametrize("name", NAMES)
def test_every_limit_is_checked(name: str) -> None:
    above = next(row.above for row in ROWS if row.name == name)
    trip, back = (3.0, 2.0) if above else (2.0, 3.0)
    with pytest.raises(UsageError, match=f"{name}: recovery .* must lie at or {'below' if above else 'above'}"):
        Limits.from_pairs({name: (back, trip)})
    with pytest.raises(UsageError, match=f"{name} .* must trip {'above' if above else 'below'} its value"):
        Limits(**{name: Threshold(back, trip, above=not above)})
    for broken in (Threshold(nan, back, above=above), Threshold(trip, nan, above=above)):
        with pytest.raises(UsageError, match=f"{name} .* must be a finite number"):
            Limits(**{name: broken})
    with pytest.raises(UsageError, match=f"{name} delay_s inf must be a finite number"):
        Limits(**{name: Threshold(trip, back, above=above, delay_s=inf)})


def test_limits_from_pairs_know_their_side_and_delay() -> None:
    limits = Limits.from_pairs(SEPLOS_PAIRS)
    for row in ROWS:
        delay_s = 1.0 if row.stops is Stops.NOTHING else 2.0
        assert limits.of(row) == Threshold(*SEPLOS_PAIRS[row.name], above=row.above, delay_s=delay_s)
    slow = Limits.from_pairs(SEPLOS_PAIRS, protection_delay_s=4.0, alarm_delay_s=0.5)
    assert {limit.delay_s for row in ROWS if (limit := slow.of(row))} == {4.0, 0.5}
    assert Limits.from_pairs({}) == Limits()


def test_a_limit_that_nobody_has_is_refused() -> None:
    with pytest.raises(UsageError, match="limit cell_temperature must be one of cell_overvoltage_protection, "):
        Limits.from_pairs({"cell_temperature": (50.0, 45.0)})


def test_defaults_follow_from_the_capacity() -> None:
    """The table of the manual: resistance falls with size, the heat capacity grows with it."""
    small = ((64, 0.47, 0.31, 1500), (100, 0.30, 0.20, 2200))
    large = ((200, 0.15, 0.10, 4500), (280, 0.11, 0.07, 6000))
    for capacity, r0, r1, heat in small + large:
        cell = CellPreset.lfp(float(capacity))
        assert cell.r0_ohm * 1000 == pytest.approx(r0, abs=0.005)
        assert cell.r1_ohm * 1000 == pytest.approx(r1, abs=0.005)
        assert cell.heat_capacity_j_per_k == heat
        assert cell.tau_s == 30.0
    assert CellPreset.lfp(50.0).heat_capacity_j_per_k == pytest.approx(50 / 64 * 1500)


def test_probes_share_the_cells() -> None:
    assert PACK.probes == ((1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16))
    assert [len(probe) for probe in even_probes(15, 4)] == [3, 4, 4, 4]
    assert sum(even_probes(15, 4), ()) == tuple(range(1, 16))
    assert PackPreset(cells=2, cell=CELL).probes == ((1,), (2,))
    assert replace(PACK, probes=((1,), (16,))).probes == ((1,), (16,))
    with pytest.raises(UsageError, match="probes 5 must not outnumber the 4 cells"):
        even_probes(4, 5)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"n": 0}, "packs 0 must be a whole number of at least 1"),
        ({"soc": 1.1}, "soc 1.1 must lie between 0 and 1"),
        ({"soc": nan}, "soc nan must be a finite number"),
        ({"soc": [0.5, 0.5, 0.5]}, "one for each of the 2 packs"),
        ({"soh": 0.0}, "soh 0.0 must lie between 0.01 and 1"),
        ({"cycles": -1.0}, "cycles -1.0 must lie between"),
        ({"temperature_degc": 200.0}, "temperature_degc 200.0 must lie between -60 and 100"),
        ({"first": -1}, "first -1 must be a whole number"),
    ],
)
def test_an_impossible_start_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        PackState.rest(PACK, **{"n": 2, **change})
