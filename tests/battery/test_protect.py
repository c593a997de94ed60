"""Each limit: not before its delay, at its delay, over only at its recovery value (SEP-6, SEP-7)."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from battery.packs import SEPLOS_PAIRS, run, seplos, stiff
from wattstead.battery.limit import NAMES, ROWS, Channel, Gate, LimitRow, Stops
from wattstead.battery.preset import Limits
from wattstead.battery.state import PackState
from wattstead.model.threshold import Threshold

CELLS = 4
OHM = 0.010  # of each cell of the stiff pack


class Bench:
    """A stiff pack with one limit: 0.1 V (a cell's) beyond rest it trips, 0.05 V on the other side it is over."""

    def __init__(self, row: LimitRow, delay_s: float = 2.0) -> None:
        self.row = row
        self.away = 1.0 if row.above else -1.0  # also the sign of the current that leads there
        self.scale = CELLS if row.channel is Channel.PACK_VOLTAGE else 1
        rest = PackState.rest(stiff(Limits(), CELLS), 1)
        self.rest_v = float(rest.pack_voltage_v[0]) if self.scale > 1 else float(rest.cell_voltage_v[0, 0])
        self.limit = Threshold(self.at(0.1), self.at(-0.05), above=row.above, delay_s=delay_s)
        self.state = PackState.rest(stiff(Limits(**{row.name: self.limit}), CELLS), 1)

    def at(self, beyond_v: float) -> float:
        return self.rest_v + self.away * beyond_v * self.scale

    def hold(self, beyond_v: float, seconds: float, dt_s: float = 0.1) -> bool:
        """Hold every cell beyond_v away from rest, towards the limit, and tell whether the limit is then active."""
        self.state = run(self.state, self.away * beyond_v / OHM, seconds, dt_s)
        return self.active

    @property
    def active(self) -> bool:
        return bool(self.state.active[NAMES.index(self.row.name), 0])


def test_the_rows_are_those_of_the_requirement() -> None:
    """SEP-7, by hand: what is measured, which side is too far, when it is watched, what it cuts."""
    table = {row.name: (row.channel.name, row.above, row.gate.name, row.stops.name) for row in ROWS}
    assert table == {
        "cell_overvoltage_protection": ("CELL_VOLTAGE_MAX", True, "CHARGING", "CHARGE"),
        "cell_undervoltage_protection": ("CELL_VOLTAGE_MIN", False, "DISCHARGING", "DISCHARGE"),
        "pack_overvoltage_protection": ("PACK_VOLTAGE", True, "CHARGING", "CHARGE"),
        "pack_undervoltage_protection": ("PACK_VOLTAGE", False, "DISCHARGING", "DISCHARGE"),
        "cell_high_voltage_alarm": ("CELL_VOLTAGE_MAX", True, "CHARGING", "NOTHING"),
        "cell_low_voltage_alarm": ("CELL_VOLTAGE_MIN", False, "DISCHARGING", "NOTHING"),
        "pack_high_voltage_alarm": ("PACK_VOLTAGE", True, "CHARGING", "NOTHING"),
        "pack_low_voltage_alarm": ("PACK_VOLTAGE", False, "DISCHARGING", "NOTHING"),
    }


every_limit = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


@every_limit
@pytest.mark.parametrize("dt_s", [0.01, 0.1, 0.5, 1.0])
def test_trips_at_its_delay_and_not_before(row: LimitRow, dt_s: float) -> None:
    bench = Bench(row, delay_s=3.0)
    assert not bench.hold(0.11, 3.0 - dt_s, dt_s)
    assert bench.hold(0.11, dt_s, dt_s)


@every_limit
def test_trips_at_the_value_itself_and_not_short_of_it(row: LimitRow) -> None:
    bench = Bench(row)
    assert not bench.hold(0.0999, 10.0)
    assert bench.hold(0.1000001, 2.0)


@every_limit
def test_is_over_only_at_the_recovery_value(row: LimitRow) -> None:
    bench = Bench(row)
    assert bench.hold(0.11, 2.0)
    assert bench.hold(0.0, 3600.0, 10.0), "back at rest is not back at the recovery value"
    assert bench.hold(-0.0499, 600.0, 10.0)
    assert not bench.hold(-0.0501, 0.1)
    assert not bench.hold(0.0999, 60.0)


@every_limit
def test_a_break_starts_the_delay_again(row: LimitRow) -> None:
    bench = Bench(row)
    assert not bench.hold(0.11, 1.9)
    assert not bench.hold(0.0, 0.1)
    assert not bench.hold(0.11, 1.9)
    assert bench.hold(0.11, 0.1)


@every_limit
def test_is_watched_only_in_its_direction(row: LimitRow) -> None:
    """A pack that rests or moves the other way beyond the value raises nothing; within the dead band it rests."""
    bench = Bench(row)
    trip = bench.at(-0.2)  # far beyond already at rest
    limit = Threshold(trip, trip, above=row.above, delay_s=1.0)
    bench.state = PackState.rest(stiff(Limits(**{row.name: limit}), CELLS), 1)
    band = bench.state.preset.dead_band_a
    assert not bench.hold(0.0, 60.0)
    assert not bench.hold(-0.05, 60.0), "the other direction"
    assert not bench.hold(band * OHM, 60.0), "exactly the dead band is standby"
    assert bench.hold(band * OHM * 1.01, 1.0)


@every_limit
def test_an_end_of_current_does_not_end_an_active_limit(row: LimitRow) -> None:
    bench = Bench(row)
    assert bench.hold(0.11, 2.0)
    assert bench.hold(0.0, 60.0)
    assert bench.state.pending_s.max() == 0.0


@every_limit
def test_an_alarm_cuts_nothing_and_a_protection_cuts_one_direction(row: LimitRow) -> None:
    bench = Bench(row)
    assert bench.hold(0.11, 2.0)
    charge, discharge = bool(bench.state.charge_mos_on[0]), bool(bench.state.discharge_mos_on[0])
    assert (charge, discharge) == (row.stops is not Stops.CHARGE, row.stops is not Stops.DISCHARGE)
    flows = {sign: float(run(bench.state, sign * 0.6, 1.0).current_a[0]) for sign in (1.0, -1.0)}
    assert flows == {1.0: 0.6 if charge else 0.0, -1.0: -0.6 if discharge else 0.0}


def test_a_protection_that_has_just_cut_shows_no_current_and_the_voltage_of_rest() -> None:
    bench = Bench(ROWS[0])
    bench.hold(0.11, 2.0)
    assert bench.state.current_a.tolist() == [0.0]
    assert float(bench.state.cell_voltage_v[0, 0]) == pytest.approx(bench.rest_v, abs=1e-6)
    assert float(bench.state.pack_voltage_v[0]) == pytest.approx(CELLS * bench.rest_v, abs=1e-5)


def trip_time_s(state: PackState, current_a: float, name: str, dt_s: float) -> float:
    while not state.active[NAMES.index(name), 0]:
        assert state.time_s < 6 * 3600.0, f"{name} never tripped"
        state = run(state, current_a, dt_s, dt_s)
    return state.time_s


@cache
def approach(name: str) -> tuple[PackState, float, float]:
    """Give a pack on its way to a limit, the current, and when it trips in steps of 0.05 s."""
    soc, current = (0.97, 30.0) if ROWS[NAMES.index(name)].gate is Gate.CHARGING else (0.06, -30.0)
    start = PackState.rest(seplos(pairs={name: SEPLOS_PAIRS[name]}), 1, soc)
    shortly_before = trip_time_s(start, current, name, 10.0) - 20.0
    return start, current, trip_time_s(run(start, current, shortly_before, shortly_before), current, name, 0.05)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dt_s", [1.0, 10.0, 60.0])
def test_a_slow_approach_trips_at_most_one_step_late(name: str, dt_s: float) -> None:
    """Against steps of 0.05 s; nor is any early by more than the curve bends within a step."""
    start, current, fine = approach(name)
    coarse = trip_time_s(start, current, name, dt_s)
    assert fine - 0.25 * min(dt_s, 2.0) <= coarse <= fine + dt_s


def test_a_full_charge_of_a_balanced_pack_trips_the_pack_limit_first() -> None:
    """57.6 V of 16 cells is 3.600 V each, less than the 3.650 V of a cell; an unbalanced pack meets the cell first."""

    def first_protection(change: Callable[[PackState], None]) -> str:
        state = PackState.rest(seplos(), 1, 0.9)
        change(state)
        while True:
            state = run(state, 20.0, 1.0)
            for row in ROWS:
                if row.stops is not Stops.NOTHING and state.active[ROWS.index(row), 0]:
                    return row.name

    def lift_one(state: PackState) -> None:
        state.fill[3, 0] = 0.95

    assert first_protection(lambda _: None) == "pack_overvoltage_protection"
    assert first_protection(lift_one) == "cell_overvoltage_protection"


def test_an_empty_pack_opens_lets_charge_in_and_comes_back() -> None:
    state = PackState.rest(seplos(), 1, 0.05)
    while state.discharge_mos_on[0]:
        state = run(state, -20.0, 10.0, 10.0)
    assert float(run(state, -20.0, 60.0, 60.0).current_a[0]) == 0.0
    charging = run(state, 20.0, 60.0, 60.0)
    assert float(charging.current_a[0]) == 20.0
    assert not charging.discharge_mos_on[0]
    while not charging.discharge_mos_on[0]:
        charging = run(charging, 20.0, 10.0, 10.0)
    assert float(charging.cell_voltage_v.min()) >= 3.1
    assert float(charging.pack_voltage_v[0]) >= 48.0


def test_a_pack_without_limits_watches_none() -> None:
    state = run(PackState.rest(stiff(Limits(), CELLS), 1), 500.0, 100.0)
    assert not state.active.any()
    assert np.isfinite(state.pending_s).all()
