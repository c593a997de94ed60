"""Bad values are refused with their name and the rule; good ones carry the defaults that the manual states."""

from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest

from battery.packs import of_make
from wattstead.battery.behaviour import (
    Activation,
    Balancer,
    Busbar,
    Heater,
    Limiter,
    Parallel,
    Power,
    Precharge,
    Requests,
    Sensors,
    Switches,
)
from wattstead.battery.packs import Packs
from wattstead.battery.preset import Board, CellPreset, PackPreset, Spread, even_probes
from wattstead.battery.rows import MOST_ROWS
from wattstead.model.errors import UsageError
from wattstead.model.protection import Channel, Lock, Protection
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
        ("probes", ((1, 3),), r"pack probes \(1, 3\) must name cells that lie in a row"),
        ("busbars", (Busbar(17),), "busbar cell 17 must be one of 1 to 16"),
        ("lock_clean_s", 0.0, "pack lock_clean_s 0.0 must be above 0"),
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
        (lambda: Board(tau_s=0.0), "board tau_s 0.0 must be above 0"),
        (lambda: Board(mos_k_per_a2=-1.0), "board mos_k_per_a2 -1.0 must lie between"),
        (lambda: Board(board_share=2.0), "board board_share 2.0 must lie between"),
        (lambda: Switches(open_delay_s=2.0), "switches open_delay_s 2.0 must lie between 0 and 1"),
        (lambda: Switches(load_release_s=nan), "switches load_release_s nan must be a finite number"),
        (lambda: Precharge(ohm=0.0), "precharge ohm 0.0 must be above 0"),
        (lambda: Precharge(soft_start_s=601.0), "precharge soft_start_s 601.0 must lie between"),
        (lambda: Limiter(limit_a=0.0), "limiter limit_a 0.0 must be above 0: a limit of nothing is a cut"),
        (lambda: Balancer(bleed_a=11.0), "balancer bleed_a 11.0 must lie between"),
        (lambda: Balancer(stop_difference_v=0.04), "balancer stop_difference_v 0.04 must not lie above start_differ"),
        (lambda: Balancer(transfer_stop_difference_v=0.2), "balancer transfer_stop_difference_v 0.2 must not lie"),
        (lambda: Balancer(rest_limit_s=0.0), "balancer rest_limit_s 0.0 must be above 0"),
        (lambda: Heater(power_w=-1.0), "heater power_w -1.0 must lie between"),
        (lambda: Heater(on_degc=10.0), "heater on_degc 10.0 must lie below off_degc 10"),
        (lambda: Activation(force_s=0.0), "activation force_s 0.0 must be above 0"),
        (lambda: Power(standby_a=-0.1), "power standby_a -0.1 must lie between"),
        (lambda: Power(shutdown_after_s=0.0), "power shutdown_after_s 0.0 must be above 0"),
        (lambda: Power(wake_low_v=65.0), "power wake_low_v 65.0 must lie below wake_high_v 65"),
        (lambda: Busbar(1, ohm=0.2), "busbar ohm 0.2 must lie between"),
        (lambda: Sensors(cell_step_v=0.6), "sensors cell_step_v 0.6 must lie between"),
        (lambda: Sensors(current_gain=nan), "sensors current_gain nan must be a finite number"),
        (lambda: Requests(charge_voltage_v=46.0), "requests charge_voltage_v 46.0 must lie above discharge_voltage"),
        (lambda: Requests(trickle_a=-1.0), "requests trickle_a -1.0 must lie between"),
        (lambda: Parallel(most=0), "parallel most 0 must lie between 1 and 256"),
        (lambda: Parallel(join_difference_v=0.0), "parallel join_difference_v 0.0 must be above 0"),
    ],
)
def test_every_part_is_checked(make: Any, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        make()


def row(name: str, trip: float = 3.65, **more: Any) -> Protection:
    return Protection(name, Channel.CELL_VOLTAGE_MAX, Threshold(trip, 3.4, above=True, delay_s=1.0), **more)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([row("one"), row("one")], "protection one must stand once"),
        ([row("one", trip=inf)], "one trip inf must be a finite number"),
        ([row(f"row_{k}") for k in range(MOST_ROWS + 1)], "protections 63 must be 62 rows or fewer"),
        ([row("one", elapsed_s=1.0, recover_delay_s=1.0)], "one with elapsed_s and recover_delay_s must have one"),
        ([row(f"row_{k}", lock=Lock(f"family_{k}", 3)) for k in range(4)], "lock families 4 must be 3 or fewer"),
    ],
)
def test_rows_that_the_engine_cannot_run_are_refused(rows: list[Protection], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        replace(PACK, protections=tuple(rows))


def test_a_preset_may_be_changed_and_compared() -> None:
    preset = of_make()
    assert replace(preset) == preset
    assert hash(replace(preset)) == hash(preset)
    assert replace(preset, seed=7) != preset


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
        ({"believed_soc": 2.0}, "believed_soc 2.0 must lie between 0 and 1"),
    ],
)
def test_an_impossible_start_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Packs.rest(PACK, **{"n": 2, **change})
