"""The memory of a BMS: what is written when, what falls out, and what comes back after a restart (PWS-9, SEP-18)."""

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattstead.battery.record import Kind, Record, RecordLog, RecordRules
from wattstead.model.errors import UsageError

SEPLOS = RecordRules(capacity=500, moving_every_s=1800.0, standby_every_s=14400.0)
PS = RecordRules(capacity=50)
VALUES: dict[str, Any] = {
    "pack_voltage_v": 52.8,
    "soc_pct": 61.0,
    "cell_temperature_degc": (25.0, 26.0, None),
    "state": "charging",
}


def times(log: RecordLog) -> list[float]:
    return [row.time_s for row in log.rows()]


def run(log: RecordLog, until_s: float, step_s: float, *, moving: bool) -> RecordLog:
    """Tick in steps from where the log is, the way an engine adds them up."""
    begin_s = log.save()["time_s"]
    time_s = begin_s
    while time_s < until_s - step_s / 2:
        time_s += step_s
        log.tick(time_s, VALUES, moving=moving)
    return log


# --- periodic rows


@pytest.mark.parametrize("step_s", [0.1, 1.0, 7.0, 10.0, 60.0, 1800.0, 3600.0, 14400.0])
def test_a_row_every_30_min_while_moving_whatever_the_step(step_s: float) -> None:
    """SEP-18."""
    hours = 4 if step_s >= 1.0 else 1
    log = run(RecordLog(SEPLOS), 3600.0 * hours, step_s, moving=True)
    log.tick(3600.0 * hours, VALUES, moving=True)  # steps of 7 s end a little before
    assert times(log) == [1800.0 * number for number in range(1, 2 * hours + 1)]
    assert [row.number for row in log.rows()] == list(range(1, len(log) + 1))
    assert {(row.kind, row.name, row.code) for row in log.rows()} == {(Kind.PERIODIC, "", "")}
    assert log.rows()[0].values == VALUES


def test_a_row_every_240_min_at_rest() -> None:
    """SEP-18."""
    log = run(RecordLog(SEPLOS), 86400.0, 60.0, moving=False)
    assert times(log) == [14400.0 * number for number in range(1, 7)]


def test_the_first_row_is_one_interval_after_the_beginning() -> None:
    log = RecordLog(SEPLOS, since_s=500.0)
    log.tick(2299.0, VALUES, moving=True)
    assert len(log) == 0
    log.tick(2300.0, VALUES, moving=True)
    assert times(log) == [2300.0]


def test_a_row_is_due_even_if_the_steps_add_up_a_little_short() -> None:
    log = RecordLog(SEPLOS)
    log.tick(1800.0 - 2e-5, VALUES, moving=True)
    assert times(log) == [1800.0]
    log.tick(1800.0, VALUES, moving=True)
    assert len(log) == 1


def test_after_a_long_rest_the_first_row_comes_when_current_begins() -> None:
    log = run(RecordLog(SEPLOS), 7200.0, 60.0, moving=False)
    assert len(log) == 0
    run(log, 9120.0, 60.0, moving=True)
    assert times(log) == [7200.0, 9000.0]


def test_a_short_move_does_not_make_a_row_before_its_time() -> None:
    log = run(RecordLog(SEPLOS), 1200.0, 60.0, moving=True)
    run(log, 3600.0, 60.0, moving=False)
    assert times(log) == []
    run(log, 3660.0, 60.0, moving=True)
    assert times(log) == [3600.0]
    run(log, 14000.0, 60.0, moving=False)
    assert times(log) == [3600.0]
    run(log, 18000.0, 60.0, moving=False)
    assert times(log) == [3600.0, 18000.0]


def test_an_interval_of_0_means_no_periodic_rows() -> None:
    assert len(run(RecordLog(PS), 1e6, 3600.0, moving=True)) == 0
    half = RecordLog(RecordRules(moving_every_s=60.0))
    assert len(run(half, 86400.0, 3600.0, moving=False)) == 0
    assert times(run(half, 86520.0, 60.0, moving=True)) == [86400.0, 86460.0, 86520.0]


def test_nothing_is_written_while_the_pack_is_off() -> None:
    log = run(RecordLog(SEPLOS), 3600.0, 60.0, moving=True)
    log.off(90000.0)
    assert times(log) == [1800.0, 3600.0]
    run(log, 92000.0, 100.0, moving=True)
    assert times(log) == [1800.0, 3600.0, 90000.0, 91800.0]


MOVES = st.lists(st.tuples(st.booleans(), st.integers(1, 40)), min_size=1, max_size=12)


def schedule(moves: list[tuple[bool, int]], step_s: float) -> list[float]:
    log, until_s = RecordLog(RecordRules(400, 600.0, 1500.0)), 0.0
    for moving, minutes in moves:
        until_s += 60.0 * minutes
        run(log, until_s, step_s, moving=moving)
    return times(log)


@given(MOVES)
def test_small_and_large_steps_give_rows_at_the_same_times(moves: list[tuple[bool, int]]) -> None:
    fine, coarse = schedule(moves, 5.0), schedule(moves, 60.0)
    assert fine == coarse


@given(MOVES)
def test_no_interval_is_skipped_and_none_is_written_twice(moves: list[tuple[bool, int]]) -> None:
    rows = schedule(moves, 60.0)
    now_s, spans = 0.0, []
    for moving, minutes in moves:
        spans.append((now_s, now_s + 60.0 * minutes, 600.0 if moving else 1500.0))
        now_s = spans[-1][1]
    wanted, last_s = [], 0.0
    for begin_s, end_s, every_s in spans:  # written out by the rule: due one interval after the last row, not before
        while (due_s := max(begin_s, last_s + every_s)) <= end_s:
            wanted.append(due_s)
            last_s = due_s
    assert rows == wanted


def test_a_leap_over_many_intervals_keeps_the_newest_and_counts_all() -> None:
    log = RecordLog(RecordRules(capacity=3, moving_every_s=1.0))
    log.event(0.0, "early", began=True)
    log.tick(1e9, VALUES, moving=True)
    assert log.written == 1 + 10**9
    assert [(row.number, row.time_s) for row in log.rows()] == [
        (10**9 - 1, 1e9 - 2),
        (10**9, 1e9 - 1),
        (10**9 + 1, 1e9),
    ]


@given(st.integers(1, 20), st.integers(0, 60), st.integers(0, 9))
def test_a_leap_leaves_what_single_steps_would(capacity: int, intervals: int, more_s: int) -> None:
    rules = RecordRules(capacity, moving_every_s=10.0)
    leap, steps = RecordLog(rules), RecordLog(rules)
    until_s = 10.0 * intervals + more_s
    leap.tick(until_s, VALUES, moving=True)
    for second in range(int(until_s) + 1):
        steps.tick(float(second), VALUES, moving=True)
    assert leap.rows() == steps.rows()
    assert leap.written == steps.written


# --- events


def test_an_event_keeps_its_exact_time_name_and_code() -> None:
    log = RecordLog(PS)
    log.event(12.3456, "cell_overvoltage_protection", began=True, code="OV", values={"cell_voltage_max_v": 3.75})
    log.event(99.0, "cell_overvoltage_protection", began=False, code="OV")
    assert log.rows() == (
        Record(1, 12.3456, Kind.BEGAN, "cell_overvoltage_protection", "OV", {"cell_voltage_max_v": 3.75}),
        Record(2, 99.0, Kind.ENDED, "cell_overvoltage_protection", "OV", {}),
    )


def test_ends_can_be_left_out() -> None:
    log = RecordLog(RecordRules(ends=False))
    log.event(1.0, "short_circuit", began=True, code="SC")
    log.event(2.0, "short_circuit", began=False, code="SC")
    assert [row.kind for row in log.rows()] == [Kind.BEGAN]


def test_an_event_within_a_long_step_stands_between_the_rows_around_it() -> None:
    log = RecordLog(SEPLOS)
    log.tick(60.0, VALUES, moving=True)
    log.event(4000.0, "alarm", began=True)
    log.tick(7200.0, VALUES, moving=True)
    assert [(row.time_s, row.name) for row in log.rows()] == [
        (1800.0, ""),
        (3600.0, ""),
        (4000.0, "alarm"),
        (5400.0, ""),
        (7200.0, ""),
    ]


def test_events_do_not_move_the_periodic_rows() -> None:
    log = RecordLog(SEPLOS)
    for minute in range(1, 121):
        if minute % 7 == 0:
            log.event(60.0 * minute - 30.0, "alarm", began=minute % 2 == 0)
        log.tick(60.0 * minute, VALUES, moving=True)
    assert [row.time_s for row in log.rows() if row.kind is Kind.PERIODIC] == [1800.0, 3600.0, 5400.0, 7200.0]
    assert times(log) == sorted(times(log))


@given(MOVES, st.lists(st.floats(0.0, 60.0), max_size=20))
def test_rows_always_stand_in_the_order_of_time(moves: list[tuple[bool, int]], offsets: list[float]) -> None:
    log, now_s = RecordLog(RecordRules(400, 600.0, 1500.0)), 0.0
    for moving, minutes in moves:
        for offset_s in sorted(offsets):
            log.event(now_s + offset_s, "alarm", began=True)
        now_s += 60.0 * minutes
        log.tick(now_s, VALUES, moving=moving)
    assert times(log) == sorted(times(log))
    assert log.written == len(log) == len({row.number for row in log.rows()})
    assert RecordLog.restore(log.rules, json.loads(json.dumps(log.save()))).rows() == log.rows()


def test_the_switch_for_the_history_turns_it_off() -> None:
    log = RecordLog(RecordRules(moving_every_s=60.0, enabled=False))
    log.event(1.0, "alarm", began=True)
    log.tick(7200.0, VALUES, moving=True)
    assert (log.written, log.rows()) == (0, ())
    log.follow(RecordRules(moving_every_s=60.0))
    log.tick(7320.0, VALUES, moving=True)
    assert times(log) == [7260.0, 7320.0]


# --- first in, first out


def fill(log: RecordLog, events: int) -> RecordLog:
    for number in range(1, events + 1):
        log.event(float(number), f"event_{number}", began=True)
    return log


@given(st.integers(1, 60), st.integers(0, 150))
def test_the_oldest_goes_first_and_numbers_go_on(capacity: int, events: int) -> None:
    log = fill(RecordLog(RecordRules(capacity)), events)
    kept = list(range(max(1, events - capacity + 1), events + 1))
    assert [row.number for row in log.rows()] == kept
    assert [row.number for row in log.rows(newest_first=True)] == kept[::-1]
    assert (log.written, len(log)) == (events, len(kept))


def test_the_51st_alarm_pushes_out_the_first() -> None:
    """PWS-9."""
    log = fill(RecordLog(PS), 51)
    assert [row.name for row in (log.rows()[0], log.rows()[-1], log.rows(newest_first=True)[0])] == [
        "event_2",
        "event_51",
        "event_51",
    ]


def test_other_rules_take_over_from_now_on() -> None:
    log = fill(RecordLog(PS), 10)
    log.follow(RecordRules(capacity=4, moving_every_s=2.0))
    assert [row.number for row in log.rows()] == [7, 8, 9, 10]
    log.tick(15.0, VALUES, moving=True)  # 2 s after the beginning lies before the change: due at once, then every 2 s
    assert times(log) == [10.0, 10.0, 12.0, 14.0]
    assert log.rules.capacity == 4


# --- refused


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({"capacity": 0}, "capacity of the records 0 must be a whole number of at least 1"),
        ({"capacity": 2.5}, "capacity of the records 2.5 must be a whole number"),
        ({"capacity": 10**7}, "capacity of the records 10000000 must be at most 1000000 rows"),
        ({"moving_every_s": -1.0}, "moving_every_s -1.0 must lie between 0 and 1e+09"),
        ({"standby_every_s": math.nan}, "standby_every_s nan must be a finite number"),
        ({"moving_every_s": 0.5}, "moving_every_s 0.5 must be 1 s or more, or 0 for no periodic rows"),
    ],
)
def test_rules_that_make_no_sense_are_refused_by_name(rules: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as error:
        RecordRules(**rules)
    assert str(error.value).startswith(says)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda log: log.tick(99.0, VALUES, moving=True), "time_s of a record 99.0 must not lie before 100"),
        (lambda log: log.off(99.0), "time_s of a record 99.0 must not lie before 100"),
        (lambda log: log.event(99.0, "a", began=True), "time_s of a record 99.0 must not lie before 100"),
        (lambda log: log.tick(math.nan, VALUES, moving=True), "time_s of a record nan must be a finite number"),
        (lambda log: log.event(101.0, "", began=True), "an event must have a name"),
        (
            lambda log: log.event(101.0, "a", began=True, values={"pack_voltage_v": math.nan}),
            "pack_voltage_v of a record nan must be a finite number, a text, a flag or None",
        ),
        (lambda log: log.event(101.0, "a", began=True, values={"x": {}}), "x of a record {} must be a finite number"),
    ],
)
def test_what_cannot_be_written_is_refused_and_changes_nothing(call: Callable[[RecordLog], None], says: str) -> None:
    log = RecordLog(PS)
    log.tick(100.0, VALUES, moving=False)
    before = log.save()
    with pytest.raises(UsageError) as error:
        call(log)
    assert str(error.value).startswith(says)
    assert log.save() == before


def test_values_are_copied_as_plain_ones() -> None:
    given: dict[str, Any] = {
        "cell_voltage_v": np.array([3.25, 3.5], dtype=np.float32),
        "charging": np.True_,
        "probes": [1, None],
    }
    log = RecordLog(PS)
    log.event(1.0, "alarm", began=True, values=given)
    given["charging"] = "changed"
    assert log.rows()[0].values == {"cell_voltage_v": (3.25, 3.5), "charging": True, "probes": (1, None)}
    assert json.loads(json.dumps(log.save()))["rows"][0][5]["cell_voltage_v"] == [3.25, 3.5]


# --- saved and restored


def used_log() -> RecordLog:
    log = run(RecordLog(RecordRules(5, 1800.0, 14400.0)), 12000.0, 60.0, moving=True)
    log.event(12010.0, "alarm", began=True, code="OV", values=VALUES)
    log.tick(12060.0, VALUES, moving=True)
    assert log.written == 7
    return log


def test_after_a_restart_it_goes_on_as_if_nothing_had_happened() -> None:
    log = used_log()
    again = RecordLog.restore(log.rules, json.loads(json.dumps(log.save())))
    assert again.rows() == log.rows()
    for one in (log, again):
        run(one, 20000.0, 10.0, moving=False)
        run(one, 25000.0, 10.0, moving=True)
        one.event(25001.0, "alarm", began=False)
    assert json.dumps(again.save()) == json.dumps(log.save())


def test_a_smaller_memory_keeps_the_newest() -> None:
    again = RecordLog.restore(RecordRules(2), used_log().save())
    assert [row.number for row in again.rows()] == [6, 7]


def broken(**changes: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(used_log().save())), **changes}


def broken_row(column: int, value: Any) -> dict[str, Any]:
    saved = broken()
    saved["rows"][1][column] = value
    return saved


def wrong() -> Iterator[tuple[dict[str, Any], str]]:
    yield {}, "saved form of the records None must be 1: start empty"
    yield broken(form=2), "saved form of the records 2 must be 1"
    yield {k: v for k, v in broken().items() if k != "last_s"}, "saved records without last_s must hold every part"
    yield broken(time_s=math.inf), "saved time_s of the records inf must be a finite number"
    yield broken(since_s="x"), "saved since_s of the records x must be a finite number"
    yield broken(last_s=1e6), "saved time_s 12060.0 must not lie before 1e+06"
    yield broken(moving=1), "saved moving 1 must be true, false or null"
    yield broken(written=-1), "saved number of records written -1 must be a whole number of at least 0"
    yield broken(written=8), "saved numbers of the rows [3, 4, 5] must count up one by one to the 8 written"
    yield broken(rows="all"), "saved rows of the records must be a list"
    yield (
        broken(rows=[[1, 2]]),
        "saved row 1 of the records  must be a list of number, time_s, kind, name, code, values",
    )
    yield broken_row(0, 9), "saved numbers of the rows [3, 9, 5] must count up"
    yield broken_row(0, "4"), "number of saved row 2 of the records 4 must be a whole number"
    yield broken_row(1, None), "time_s of saved row 2 of the records None must be a finite number"
    yield broken_row(1, 0.0), "saved rows of the records must stand in the order of time"
    yield broken_row(2, "often"), "kind of saved row 2 of the records 'often' must be one of periodic, began, ended"
    yield broken_row(2, []), "kind of saved row 2 of the records [] must be one of"
    yield broken_row(3, "a"), "name and code of saved row 2 of the records ('a', '') must be texts"
    yield broken_row(4, 5), "name and code of saved row 2 of the records ('', 5) must be texts"
    yield broken_row(5, []), "values of saved row 2 of the records  must be a table"
    yield broken_row(5, {"soc_pct": math.nan}), "soc_pct of a record nan must be a finite number"
    late = broken()
    late["rows"][-1][1] = 99999.0
    yield late, "saved row at 99999 s must not be after 12060 s"


@pytest.mark.parametrize(("saved", "says"), list(wrong()))
def test_a_broken_memory_is_refused_by_name(saved: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as error:
        RecordLog.restore(SEPLOS, saved)
    assert str(error.value).startswith(says)
