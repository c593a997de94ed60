"""Packs on one busbar, against bisection on Kirchhoff's laws and against finer steps."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from battery.packs import run, seplos
from wattstead.battery.bank import bus_voltage, current_at_voltage, share
from wattstead.battery.preset import Spread
from wattstead.battery.state import PackState
from wattstead.battery.step import Inputs, step
from wattstead.model.errors import UsageError

FREE = seplos(spread=Spread(), pairs={})


def go(state: PackState, total_a: float, seconds: float, dt_s: float) -> PackState:
    for _ in range(round(seconds / dt_s)):
        current = share(state, total_a, dt_s).current_a
        state = step(state, Inputs.of(state.packs, current), dt_s)
    return state


def ports(state: PackState) -> list[float]:
    return [float(volt) for volt in state.pack_voltage_v + state.current_a * state.preset.link_ohm]


def test_equal_packs_share_equally() -> None:
    shared = share(PackState.rest(seplos(), 4, 0.6), 60.0, 10.0)
    assert shared.current_a.tolist() == pytest.approx([15.0] * 4)
    assert shared.total_a.tolist() == pytest.approx([60.0])


@pytest.mark.parametrize("dt_s", [0.1, 1.0, 10.0, 60.0])
@pytest.mark.parametrize("total_a", [0.0, 80.0, -80.0])
@pytest.mark.parametrize("socs", [[0.2, 0.5, 0.6, 0.8], [0.94, 0.96, 0.97, 0.99], [0.03, 0.05, 0.08, 0.1]])
def test_all_ports_meet_at_the_bus(socs: list[float], total_a: float, dt_s: float) -> None:
    """What Kirchhoff asks for: one voltage on the bar (to 10 µV), and currents that add up; for full packs too."""
    state = PackState.rest(FREE, 4, socs)
    for total in (0.0, total_a, -total_a, total_a):
        shared = share(state, total, dt_s)
        state = step(state, Inputs.of(4, shared.current_a), dt_s)
        assert float(state.current_a.sum()) == pytest.approx(total, abs=1e-6)
        assert ports(state) == pytest.approx([float(shared.bus_voltage_v[0])] * 4, abs=1e-5)


def test_an_instant_is_the_formula_of_parallel_sources() -> None:
    state = PackState.rest(FREE, 3, [0.3, 0.5, 0.8])
    e = state.ocv_v.sum(axis=0)
    r = state.r0_ohm.sum(axis=0) + FREE.link_ohm
    v_bus = (25.0 + (e / r).sum()) / (1.0 / r).sum()
    shared = share(state, 25.0, 1e-6)
    assert shared.bus_voltage_v.tolist() == pytest.approx([v_bus], abs=1e-6)
    assert shared.current_a.tolist() == pytest.approx(((v_bus - e) / r).tolist(), abs=1e-3)


@pytest.mark.parametrize("socs", [[0.90, 0.99], [0.02, 0.1], [0.3, 0.9]])
def test_steps_of_60_seconds_do_not_throw_current_to_and_fro(socs: list[float]) -> None:
    """Full packs side by side are stiff: what flows between them must only die down, as it does in small steps."""
    state = PackState.rest(FREE, 2, socs)
    flows = []
    for _ in range(60):
        state = go(state, 0.0, 60.0, 60.0)
        flows.append(float(state.current_a[0]))
    fine = go(PackState.rest(FREE, 2, socs), 0.0, 3600.0, 5.0)
    assert flows[0] > 1.0
    assert min(flows) > -1e-3, "the fuller pack never takes from the emptier one"
    assert state.soc.mean(axis=0).tolist() == pytest.approx(fine.soc.mean(axis=0).tolist(), abs=0.005)


def test_a_pack_whose_charge_is_cut_takes_nothing_and_still_gives() -> None:
    state = PackState.rest(FREE, 3, [0.9, 0.5, 0.5])
    state.charge_mos_on[:] = [False, True, True]
    charge = share(state, 60.0, 1.0)
    assert float(charge.current_a[0]) <= 0.0
    assert float(charge.total_a[0]) == pytest.approx(60.0)
    strong = share(state, 900.0, 1.0)
    assert float(strong.current_a[0]) == 0.0, "the bus lies above it: its diode blocks"
    assert strong.current_a[1:].sum() == pytest.approx(900.0)
    assert float(share(state, -60.0, 1.0).current_a[0]) < -20.0


def test_a_bank_that_may_not_charge_takes_nothing() -> None:
    state = PackState.rest(FREE, 2, [0.5, 0.9])
    state.charge_mos_on[:] = False
    shared = share(state, 50.0, 1.0)
    assert shared.current_a.tolist() == [0.0, 0.0]
    assert shared.total_a.tolist() == [0.0]
    assert float(shared.bus_voltage_v[0]) == pytest.approx(float(state.pack_voltage_v[1]), abs=0.01)
    state.discharge_mos_on[:] = False
    assert share(state, -50.0, 1.0).current_a.tolist() == [0.0, 0.0]
    assert share(state, -50.0, 1.0).bus_voltage_v.tolist() == [0.0]


pack = st.tuples(st.floats(40.0, 60.0), st.floats(0.001, 0.1), st.booleans(), st.booleans())


@given(st.lists(pack, min_size=1, max_size=6), st.floats(-300.0, 300.0))
def test_the_bus_voltage_against_bisection(packs: list[tuple[float, float, bool, bool]], total_a: float) -> None:
    def into(bus_v: float) -> float:
        total = 0.0
        for e, r, may_in, may_out in packs:
            flow = (bus_v - e) / r
            total += flow if (may_in if flow > 0 else may_out) else 0.0
        return total

    columns = [np.array([column]) for column in zip(*packs, strict=True)]
    found = float(bus_voltage(np.array([total_a]), *columns)[0])
    low, high = -300.0, 400.0
    reachable = into(low) <= total_a <= into(high)
    if not reachable or not any(may_in or may_out for _, _, may_in, may_out in packs):
        assert into(found) == pytest.approx(0.0, abs=1e-6), "nothing flows that nobody may take"
        return
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if into(middle) < total_a else (low, middle)
    assert into(found) == pytest.approx(total_a, abs=1e-6)
    if abs(into(found + 1e-6) - into(found - 1e-6)) > 1e-9:  # on a flat stretch any voltage is a solution
        assert found == pytest.approx(high, abs=1e-6)


def test_banks_side_by_side_do_not_feel_each_other() -> None:
    state = PackState.rest(FREE, 6, [0.2, 0.5, 0.8, 0.9, 0.95, 0.99])
    state.charge_mos_on[4] = False
    both = share(state, np.array([40.0, -10.0]), 60.0, banks=2)
    for bank, total_a in enumerate((40.0, -10.0)):
        alone = share(state.span(3 * bank, 3 * bank + 3), total_a, 60.0)
        assert both.current_a[3 * bank : 3 * bank + 3].tolist() == pytest.approx(alone.current_a.tolist(), abs=1e-9)
        assert both.bus_voltage_v[bank] == pytest.approx(float(alone.bus_voltage_v[0]), abs=1e-9)


@pytest.mark.parametrize("dt_s", [1.0, 60.0])
def test_constant_voltage_ends_the_step_at_its_voltage(dt_s: float) -> None:
    state = PackState.rest(FREE, 2, [0.9, 0.97])
    for _ in range(20):
        total = float(current_at_voltage(state, 56.4, dt_s)[0])
        state = step(state, Inputs.of(2, share(state, total, dt_s).current_a), dt_s)
    assert ports(state) == pytest.approx([56.4, 56.4], abs=1e-5)


def test_a_charger_at_constant_voltage_fills_the_bank_without_a_protection() -> None:
    state = PackState.rest(seplos(spread=Spread()), 4, 0.9)
    for _ in range(240):
        total = min(100.0, float(current_at_voltage(state, 56.8, 60.0)[0]))
        state = step(state, Inputs.of(4, share(state, total, 60.0).current_a), 60.0)
    assert state.fully_charged.all()
    assert state.charge_mos_on.all()
    assert float(state.current_a.sum()) < 20.0


def test_a_discharge_ends_pack_by_pack_and_the_rest_take_over() -> None:
    state = PackState.rest(seplos(), 2, [0.04, 0.3])
    state.fill[0, 0] = 0.012  # one weak cell, soon at its limit
    state = run(state, 0.0, 1.0)
    while state.discharge_mos_on[0]:
        state = go(state, -30.0, 10.0, 10.0)
    after = share(state, -30.0, 10.0)
    assert float(after.current_a[1]) == pytest.approx(-30.0 - float(after.current_a[0]))
    assert float(after.current_a[0]) >= 0.0, "the cut pack takes charge from its neighbour, and gives none"


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
def test_bad_totals_and_banks_are_refused(total_a: float, banks: int, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        share(PackState.rest(FREE, 3), total_a, 1.0, banks=banks)
