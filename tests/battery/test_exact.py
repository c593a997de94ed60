"""Exactly at a limit, to the last bit: reaching a value counts, at the trip value and at the recovery value (SEP-6)."""

from dataclasses import replace
from math import inf, nextafter

import pytest

from battery.packs import run, stiff
from wattstead.battery.limit import NAMES, ROWS, Channel, LimitRow
from wattstead.battery.preset import Limits
from wattstead.battery.state import PackState
from wattstead.model.threshold import Threshold

HELD_A = 10.0
every_limit = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


class Held:
    """A pack whose voltages keep every bit while one current flows, so that a limit can be set to just that value."""

    def __init__(self, row: LimitRow, current_a: float) -> None:
        self.row = row
        self.away = 1.0 if row.above else -1.0
        self.current_a = current_a
        settled = replace(stiff(Limits()), cell=replace(stiff(Limits()).cell, capacity_ah=1e30, tau_s=1e-6))
        self.state = run(PackState.rest(settled, 1), current_a, 1.0)
        self.value_v = self.measured_v
        self.hold(1.0)
        assert self.measured_v == self.value_v

    @property
    def measured_v(self) -> float:
        if self.row.channel is Channel.PACK_VOLTAGE:
            return float(self.state.pack_voltage_v[0])
        cells = self.state.cell_voltage_v[:, 0]
        return float(cells.max() if self.row.channel is Channel.CELL_VOLTAGE_MAX else cells.min())

    def watch(self, trip_v: float, recover_v: float, *, delay_s: float = 0.0, active: bool = False) -> None:
        """Give the BMS this limit; active: one that tripped before."""
        limit = Threshold(trip_v, recover_v, above=self.row.above, delay_s=delay_s)
        limits = Limits(**{self.row.name: limit})
        self.state = replace(self.state, preset=replace(self.state.preset, limits=limits))
        self.state.active[NAMES.index(self.row.name), 0] = active

    def hold(self, seconds: float, dt_s: float = 0.5) -> bool:
        """Go on with the same current; tell whether the limit is then active."""
        self.state = run(self.state, self.current_a, seconds, dt_s)
        return bool(self.state.active[NAMES.index(self.row.name), 0])


@every_limit
def test_trips_at_the_trip_value_and_not_one_bit_short_of_it(row: LimitRow) -> None:
    for short in (False, True):
        pack = Held(row, HELD_A if row.above else -HELD_A)
        trip_v = nextafter(pack.value_v, pack.away * inf) if short else pack.value_v
        pack.watch(trip_v, pack.value_v - pack.away)
        assert pack.hold(0.5) is not short


@every_limit
def test_waits_its_delay_while_the_value_stays_at_the_trip_value(row: LimitRow) -> None:
    pack = Held(row, HELD_A if row.above else -HELD_A)
    pack.watch(pack.value_v, pack.value_v - pack.away, delay_s=2.0)
    assert not pack.hold(1.5)
    assert pack.hold(0.5)


@every_limit
def test_is_over_at_the_recovery_value_and_not_one_bit_short_of_it(row: LimitRow) -> None:
    for short in (False, True):
        pack = Held(row, 0.0)
        recover_v = nextafter(pack.value_v, -pack.away * inf) if short else pack.value_v
        pack.watch(pack.value_v + pack.away, recover_v, active=True)
        assert pack.hold(0.5) is short


@pytest.mark.parametrize("away", [1.0, -1.0])
def test_the_rule_that_the_judge_goes_by_counts_reaching_too(away: float) -> None:
    limit = Threshold(away * 3.65, away * 3.38, above=away > 0)
    assert limit.beyond(limit.trip)
    assert not limit.beyond(nextafter(limit.trip, -away * inf))
    assert limit.back(limit.recover)
    assert not limit.back(nextafter(limit.recover, away * inf))
