"""Progress of a guide, and when a stored battery is due (GRW-9, PWS-16)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattstead.catalog.guides import load_guide
from wattstead.model.errors import UsageError
from wattstead.model.guide import Measured, Progress, limits
from wattstead.model.reminder import DAY_MS, add_months, recharge_due


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_a_step_is_found_by_number_and_by_id() -> None:
    guide = load_guide("parallel-wall-6k5")
    assert guide.step("2") is guide.step("measure-first") is guide.steps[1]
    with pytest.raises(UsageError, match="did you mean measure-first"):
        guide.step("mesure-first")
    with pytest.raises(UsageError, match=r"has no step 99; its steps are 1 to \d+"):
        guide.step("99")


def test_a_value_decides_over_its_tick() -> None:
    """GRW-7: at most 1 V apart, the limit included."""
    guide = load_guide("parallel-wall-6k5")
    step = guide.step("difference")
    done = Progress().tick(guide, step, 5, 1.0)
    assert done.ticks[step.id].value == 1.0
    with pytest.raises(UsageError, match=r"1\.01 V is not right; it must be 0 to 1 V"):
        Progress().tick(guide, step, 5, 1.01)
    with pytest.raises(UsageError, match="a measured value is to be given"):
        Progress().tick(guide, step, 5)
    with pytest.raises(UsageError, match="nothing is measured there"):
        Progress().tick(guide, guide.step("fit"), 5, 1.0)
    assert done.tick(guide, step, 9, 1.0).ticks[step.id].at_ms == 5  # the same once more
    assert done.tick(guide, step, 9, 0.5).ticks[step.id].at_ms == 9
    assert done.untick(step) == Progress()


def test_steps_for_some_cases_are_not_missed() -> None:
    guide = load_guide("parallel-wall-6k5")
    progress = Progress()
    for place, step in enumerate(guide.needed):
        assert progress.next(guide) is step
        value = None if step.measured is None else step.measured.lowest
        progress = progress.tick(guide, step, place, value)
    assert progress.next(guide) is None
    assert progress.done(guide) == len(guide.needed) < len(guide.steps)


def test_limits_are_said_as_they_are() -> None:
    assert [limits(Measured({"en": "V", "fr": "V"}, low, high)) for low in (None, 52.0) for high in (None, 57.6)] == [
        "in V",
        "at most 57.6 V",
        "at least 52 V",
        "52 to 57.6 V",
    ]
    assert Measured({"en": "V", "fr": "V"}, 52.0).fits(52.0)
    assert not Measured({"en": "V", "fr": "V"}, 52.0).fits(51.99)


@pytest.mark.parametrize(
    ("since", "months", "then"),
    [
        ("2026-05-01", 6, "2026-11-01"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2023-11-30", 3, "2024-02-29"),
        ("2026-12-15T23:30:00", 1, "2027-01-15T23:30:00"),
    ],
)
def test_months_are_those_of_the_calendar(since: str, months: int, then: str) -> None:
    assert add_months(ms(since), months) == ms(then)


def test_a_battery_is_due_from_its_last_full_charge() -> None:
    """GRW-9 after six months, PWS-16 after three; the last word of a battery counts where nothing else is known."""
    now = ms("2026-10-20")
    due = recharge_due(6, now, full_ms=ms("2026-05-01"), contact_ms=ms("2026-06-01"))
    assert due is not None
    assert (due.due_ms, due.days_left, due.late, due.from_full) == (ms("2026-11-01"), 12, False, True)
    due = recharge_due(3, now, contact_ms=ms("2026-06-01"))
    assert due is not None
    assert (due.due_ms, due.days_left, due.late, due.from_full) == (ms("2026-09-01"), -49, True, False)
    assert recharge_due(3, now) is None


def test_a_battery_that_speaks_is_in_use() -> None:
    now = ms("2026-10-20")
    due = recharge_due(3, now, full_ms=ms("2026-01-01"), contact_ms=now - 7 * DAY_MS)
    assert due is not None
    assert (due.in_use, due.late, due.days_left < 0) == (True, False, True)
    due = recharge_due(3, now, full_ms=ms("2026-01-01"), contact_ms=now - 7 * DAY_MS - 1)
    assert due is not None
    assert due.late


@given(st.integers(0, 4_000_000_000_000), st.integers(1, 24), st.integers(-(10**11), 10**11))
def test_it_is_late_from_the_day_on_and_not_before(since: int, months: int, after: int) -> None:
    due_ms = add_months(since, months)
    assert 28 * months * DAY_MS <= due_ms - since <= 31 * months * DAY_MS
    now = due_ms + after
    due = recharge_due(months, now, full_ms=since)
    assert due is not None
    if now >= since:
        assert due.late == (now > due_ms)
    else:  # a clock that was wrong counts as now
        assert due.since_ms == now
