"""Packs on one busbar, against bisection on Kirchhoff's laws and against finer steps."""

from dataclasses import replace
from math import inf, nan
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from battery.packs import WALL, bare, of_make
from wattstead.battery.bank import current_at_voltage, share
from wattstead.battery.behaviour import Limiter, LimiterKind, Switch, Switches
from wattstead.battery.inputs import Inputs
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.share import voltage
from wattstead.battery.packs import Packs
from wattstead.battery.preset import Spread
from wattstead.battery.step import advance
from wattstead.model.errors import UsageError

FREE = bare(spread=Spread())


def go(packs: Packs, total_a: float, seconds: float, dt_s: float) -> Packs:
    packs = packs.copy()
    for _ in range(round(seconds / dt_s)):
        advance(packs, Inputs.of(packs.count, share(packs, total_a, dt_s).current_a), dt_s)
    return packs


def ports(packs: Packs) -> list[float]:
    return [float(volt) for volt in packs.pack_voltage_v + packs.current_a * packs.preset.link_ohm]


def switch(packs: Packs, k: int, bits: int, *, on: bool) -> None:
    packs.state.status[k] = packs.state.status[k] | bits if on else packs.state.status[k] & ~bits


def test_equal_packs_share_equally() -> None:
    shared = share(Packs.rest(bare(), 4, 0.6), 60.0, 10.0)
    assert shared.current_a.tolist() == pytest.approx([15.0] * 4)
    assert shared.total_a.tolist() == pytest.approx([60.0])


@pytest.mark.parametrize(("dt_s", "within_v"), [(0.1, 2e-4), (1.0, 1e-3), (10.0, 0.02), (60.0, 0.02)])
@pytest.mark.parametrize("total_a", [0.0, 80.0, -80.0])
@pytest.mark.parametrize("socs", [[0.3, 0.5, 0.6, 0.8], [0.94, 0.96, 0.97, 0.99]])
def test_all_ports_meet_at_the_bus(socs: list[float], total_a: float, dt_s: float, within_v: float) -> None:
    """What Kirchhoff asks for: one voltage on the bar, and currents that add up; for full packs too.

    A long step may change the resistance on its way, and the bus goes by that of its beginning.
    """
    packs = Packs.rest(FREE, 4, socs)
    for total in (0.0, total_a, -total_a, total_a):
        shared = share(packs, total, dt_s)
        advance(packs, Inputs.of(4, shared.current_a), dt_s)
        assert float(shared.current_a.sum()) == pytest.approx(total, abs=1e-6)
        assert ports(packs) == pytest.approx([float(shared.bus_voltage_v[0])] * 4, abs=within_v)


def test_an_instant_is_the_formula_of_parallel_sources() -> None:
    packs = Packs.rest(FREE, 3, [0.3, 0.5, 0.8])
    e = packs.pack_voltage_v.astype(np.float64)
    r = packs.pack_row(at.R_SUM_OHM) + FREE.link_ohm
    v_bus = (25.0 + (e / r).sum()) / (1.0 / r).sum()
    shared = share(packs, 25.0, 1e-4)
    assert shared.bus_voltage_v.tolist() == pytest.approx([v_bus], abs=1e-5)
    assert shared.current_a.tolist() == pytest.approx(((v_bus - e) / r).tolist(), abs=0.01)


@pytest.mark.parametrize("socs", [[0.90, 0.99], [0.05, 0.15], [0.3, 0.9]])
def test_steps_of_60_seconds_do_not_throw_current_to_and_fro(socs: list[float]) -> None:
    """Full packs side by side are stiff: what flows between them must only die down, as it does in small steps."""
    packs, flows = Packs.rest(FREE, 2, socs), []
    for _ in range(60):
        packs = go(packs, 0.0, 60.0, 60.0)
        flows.append(float(packs.current_a[0]))
    fine = go(Packs.rest(FREE, 2, socs), 0.0, 3600.0, 5.0)
    assert flows[0] > 1.0
    assert min(flows) > -0.2, "the fuller pack never takes from the emptier one"
    assert packs.fill.mean(axis=0).tolist() == pytest.approx(fine.fill.mean(axis=0).tolist(), abs=0.005)


def test_a_pack_whose_charge_is_cut_takes_nothing_and_still_gives() -> None:
    packs = Packs.rest(FREE, 3, [0.9, 0.5, 0.5])
    switch(packs, 0, at.CHARGE_ON, on=False)
    charge = share(packs, 60.0, 1.0)
    assert float(charge.current_a[0]) <= 0.0
    assert float(charge.total_a[0]) == pytest.approx(60.0)
    strong = share(packs, 900.0, 1.0)
    assert float(strong.current_a[0]) == 0.0, "the bus lies above it: its diode blocks"
    assert strong.current_a[1:].sum() == pytest.approx(900.0)
    assert float(share(packs, -200.0, 1.0).current_a[0]) < -20.0


@pytest.mark.parametrize(("kind", "drop_v"), [(Switch.MOS, 0.7), (Switch.IDEAL_DIODE, 0.0)])
def test_the_diode_of_an_open_switch_takes_its_voltage(kind: Switch, drop_v: float) -> None:
    """Two equal packs, one through its diode: it gives as much as one that lies 0.7 V lower."""
    packs = Packs.rest(bare(switches=Switches(kind=kind)), 2, 0.6)
    switch(packs, 0, at.CHARGE_ON, on=False)
    shared = share(packs, -200.0, 0.1)
    ohm = float(packs.pack_row(at.R_SUM_OHM)[0]) + packs.preset.link_ohm
    assert float(shared.current_a[0] - shared.current_a[1]) == pytest.approx(drop_v / ohm, rel=0.02, abs=1e-6)


def test_a_relay_that_is_open_lets_nothing_through_either_way() -> None:
    packs = Packs.rest(replace(of_make(WALL), spread=Spread()), 2, [0.9, 0.5])
    switch(packs, 0, at.CHARGE_ON, on=False)
    assert share(packs, -30.0, 1.0).current_a.tolist() == pytest.approx([0.0, -30.0])


def test_packs_that_are_off_or_have_not_joined_stay_out() -> None:
    packs = Packs.rest(FREE, 3, [0.5, 0.7, 0.6])
    joined = np.array([True, False, True])
    shared = share(packs, 20.0, 1.0, joined=joined)
    assert float(shared.current_a[1]) == 0.0
    assert float(shared.total_a[0]) == pytest.approx(20.0)
    switch(packs, 2, at.ON, on=False)
    assert share(packs, 20.0, 1.0, joined=joined).current_a.tolist() == pytest.approx([20.0, 0.0, 0.0])
    with pytest.raises(UsageError, match=r"joined of shape .* must be for the 3 packs"):
        share(packs, 20.0, 1.0, joined=np.array([True]))


def test_a_limiter_holds_its_pack_and_the_rest_take_over() -> None:
    packs = Packs.rest(bare(limiter=Limiter(kind=LimiterKind.PASSIVE, limit_a=10.0)), 3, 0.5)
    switch(packs, 1, at.LIMITING, on=True)
    assert share(packs, 90.0, 1.0).current_a.tolist() == pytest.approx([40.0, 10.0, 40.0], abs=1e-3)
    assert share(packs, -90.0, 1.0).current_a.tolist() == pytest.approx([-30.0] * 3, abs=1e-3)
    switch(packs, 0, at.LIMITING, on=True)
    switch(packs, 2, at.LIMITING, on=True)
    assert share(packs, 90.0, 1.0).total_a.tolist() == pytest.approx([30.0]), "nobody takes the rest"


def test_a_bank_that_may_not_charge_takes_nothing() -> None:
    packs = Packs.rest(FREE, 2, [0.5, 0.9])
    for k in range(2):
        switch(packs, k, at.CHARGE_ON, on=False)
    shared = share(packs, 50.0, 1.0)
    assert shared.current_a.tolist() == [0.0, 0.0]
    assert shared.total_a.tolist() == [0.0]
    assert float(shared.bus_voltage_v[0]) == pytest.approx(float(packs.pack_voltage_v[1]), abs=0.01)
    for k in range(2):
        switch(packs, k, at.DISCHARGE_ON, on=False)
    assert share(packs, -50.0, 1.0).current_a.tolist() == [0.0, 0.0]
    assert share(packs, -50.0, 1.0).bus_voltage_v.tolist() == [0.0]


pack = st.tuples(
    st.floats(40.0, 60.0), st.floats(0.001, 0.1), st.sampled_from([0.0, -1e4]), st.sampled_from([0.0, 10.0, 1e4])
)


@numba.njit
def bus_voltage(total_a: float, e: Any, r: Any, low: Any, high: Any) -> float:
    """What stands in a kernel cannot be called from outside."""
    return voltage(total_a, e, r, low, high)


@given(st.lists(pack, min_size=1, max_size=6), st.floats(-300.0, 300.0))
def test_the_bus_voltage_against_bisection(packs: list[tuple[float, float, float, float]], total_a: float) -> None:
    def into(bus_v: float) -> float:
        return sum(min(max((bus_v - e) / r, low), high) for e, r, low, high in packs)

    columns = [np.array(column) for column in zip(*packs, strict=True)]
    found = float(bus_voltage(total_a, *columns))
    low, high = -1200.0, 1300.0
    if total_a > into(high) + 1e-9 or total_a < into(low) - 1e-9:
        nearest = into(high) if total_a > 0 else into(low)
        assert into(found) == pytest.approx(nearest, abs=1e-6), "as near as anybody may conduct"
        return
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if into(middle) < total_a else (low, middle)
    assert into(found) == pytest.approx(total_a, abs=1e-6)
    if into(found + 1e-6) - total_a > 1e-9 and total_a - into(found - 1e-6) > 1e-9:  # else on a flat stretch
        assert found == pytest.approx(high, abs=1e-6)


@pytest.mark.parametrize("dt_s", [1.0, 60.0])
def test_banks_side_by_side_do_not_feel_each_other(dt_s: float) -> None:
    packs = Packs.rest(FREE, 6, [0.2, 0.5, 0.8, 0.9, 0.95, 0.99])
    switch(packs, 4, at.CHARGE_ON, on=False)
    both = share(packs, np.array([40.0, -10.0]), dt_s, banks=2)
    for bank, total_a in enumerate((40.0, -10.0)):
        alone = share(packs.pick(range(3 * bank, 3 * bank + 3)), total_a, dt_s)
        assert both.current_a[3 * bank : 3 * bank + 3].tolist() == alone.current_a.tolist()
        assert both.bus_voltage_v[bank] == alone.bus_voltage_v[0]


@pytest.mark.parametrize("dt_s", [1.0, 60.0])
def test_constant_voltage_ends_the_step_at_its_voltage(dt_s: float) -> None:
    packs = Packs.rest(FREE, 2, [0.9, 0.97])
    for _ in range(20):
        total = float(current_at_voltage(packs, 55.2, dt_s)[0])
        advance(packs, Inputs.of(2, share(packs, total, dt_s).current_a), dt_s)
    assert ports(packs) == pytest.approx([55.2, 55.2], abs=0.005)


def test_a_charger_at_constant_voltage_fills_the_bank_without_a_protection() -> None:
    packs = Packs.rest(of_make(), 4, 0.9)
    for _ in range(360):
        total = min(100.0, float(current_at_voltage(packs, 55.2, 60.0)[0]))
        advance(packs, Inputs.of(4, share(packs, total, 60.0).current_a), 60.0)
    cuts = [row.name for row in packs.preset.protections if row.actions]
    active = {row.name for place, row in enumerate(packs.preset.protections) if packs.active[place].any()}
    assert not active & set(cuts)
    assert packs.charge_mos_on.all()
    assert packs.soc.tolist() == pytest.approx([1.0] * 4, abs=0.02)
    assert 0.0 <= float(packs.current_a.sum()) < 20.0


def test_a_discharge_ends_pack_by_pack_and_the_rest_take_over() -> None:
    packs = Packs.rest(of_make(), 2, 0.3)
    packs.cell(at.PER_AH)[0, 0] = 1.0 / 40.0  # one weak cell, soon at its limit
    packs.settle()
    for _ in range(2000):
        if not packs.discharge_mos_on[0]:
            break
        packs = go(packs, -30.0, 10.0, 10.0)
    assert not packs.discharge_mos_on[0]
    shared = share(packs, -30.0, 10.0)
    assert float(shared.current_a[1]) == pytest.approx(-30.0 - float(shared.current_a[0]))
    assert float(shared.current_a[0]) >= 0.0, "the cut pack takes charge from its neighbour, and gives none"


@pytest.mark.parametrize(
    ("total_a", "banks", "says"),
    [
        (nan, 1, "total_a nan must be a finite number"),
        (inf, 1, "total_a inf must be a finite number"),
        (1.0, 2, "banks 2 must divide the 3 packs into banks of equal size"),
        (1.0, 0, "banks 0 must divide the 3 packs"),
        (np.array([1.0, 2.0]), 3, "one for each of the 3 banks"),
    ],
)
def test_bad_totals_and_banks_are_refused(total_a: Any, banks: int, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        share(Packs.rest(FREE, 3), total_a, 1.0, banks=banks)
