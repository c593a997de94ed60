"""What can be simulated, and how it is cut."""

from typing import Any

import pytest

from batch.small import plan
from wattstead.batch.plan import BLOCK, Block, period_s, soh_of
from wattstead.model.errors import UsageError


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"packs": 0}, "packs 0 must be a whole number of at least 1: a batch holds at least one pack"),
        ({"days": 0.0}, "days 0.0 must be above 0: time only goes on"),
        ({"days": -1.0}, "days -1.0 must be above 0: time only goes on"),
        ({"days": float("nan")}, "days nan must be a finite number"),
        ({"days": 0.1}, "days 0.1 must be a whole number of kept rows of 3600 s; change either"),
        ({"step_s": 0.0}, "step 0.0 must lie between 0.0001 and 3600: seconds from 0.1 ms to an hour"),
        ({"step_s": 0.00015}, "step 0.00015 must be a whole number of 0.1 ms"),
        ({"step_s": 7.0}, "step 7 s must divide the 3600 s of a kept row"),
        ({"step_s": 3600.0, "keep_s": 300}, "step 3600 s must divide the 300 s of a kept row"),
        ({"per_home": 0}, "packs per home 0 must be a whole number of at least 1: a household has at least one pack"),
        ({"per_home": 17, "packs": 17}, "packs per home 17 must be at most 16 with this preset"),
        ({"per_home": 2, "packs": 5}, "packs 5 must divide into households of 2 packs"),
        (
            {"soh": (0.0, 1.0)},
            "soh 0.0 must lie between 0.01 and 1: a share of the capacity, and a cell without any stores nothing",
        ),
        ({"soh": (0.9, 0.8)}, "soh 0.8 must lie between 0.9 and 1: the most is not below the least"),
        ({"packs": 2**31}, "packs 2147483648 must be fewer than 2147483648: they are numbered in 32 bits"),
    ],
)
def test_what_cannot_be_simulated_is_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        plan(**given)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("step_s", "keep_s", "steps", "calls"),
    [(10.0, 3600, 6, 60), (60.0, 3600, 1, 60), (300.0, 3600, 1, 12), (0.1, 3600, 600, 60), (7.0, 3500, 5, 100)],
)
def test_inputs_stay_for_at_most_a_minute_or_one_step(step_s: float, keep_s: int, steps: int, calls: int) -> None:
    wanted = plan(days=3500 / 86400 if keep_s == 3500 else 0.25, step_s=step_s, keep_s=keep_s)
    assert (wanted.steps_per_call, wanted.calls) == (steps, calls)
    assert wanted.call_s * wanted.calls == pytest.approx(keep_s)


def test_blocks_hold_each_pack_once() -> None:
    assert list(plan(packs=2 * BLOCK + 1).blocks()) == [
        Block(0, 0, BLOCK),
        Block(1, BLOCK, BLOCK),
        Block(2, 2 * BLOCK, 1),
    ]


def test_a_household_is_never_cut_in_two() -> None:
    blocks = list(plan(packs=2100, per_home=3).blocks())
    assert [(block.first, block.count) for block in blocks] == [(0, 1023), (1023, 1023), (2046, 54)]


@pytest.mark.parametrize(
    ("text", "soh"), [("100", (1.0, 1.0)), ("70-100", (0.7, 1.0)), (" 82.5-90.5 ", (0.825, 0.905))]
)
def test_shares_of_the_capacity(text: str, soh: tuple[float, float]) -> None:
    assert soh_of(text) == pytest.approx(soh)


@pytest.mark.parametrize("text", ["", "-", "70-", "-80", "new", "70-80-90", "70%"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no share of the capacity; say for instance 90, or 70-100, in %"):
        soh_of(text)


def test_rows_of_a_pack() -> None:
    assert plan(days=30.0).periods == 720


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("5min", 300), ("1h", 3600), ("1d", 86400), (" 2 h", 7200)])
def test_lengths_of_time(text: str, seconds: int) -> None:
    assert period_s(text) == seconds


@pytest.mark.parametrize("text", ["", "1", "h", "0h", "-1h", "1.5h", "1w", "1h30"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no length of time; say for instance 5min, 1h or 1d"):
        period_s(text)
