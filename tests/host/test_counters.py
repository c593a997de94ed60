import re
from pathlib import Path

import pytest

from wattstead.host.counters import BusUse, Instead, Spread
from wattstead.host.patience import FLOOR_S, Deadline, Patience
from wattstead.wire.frame import Why

WORDS = Path(__file__).parents[2] / "web" / "src" / "i18n" / "words.ts"


def test_the_page_has_words_for_each_kind_of_noise() -> None:
    named = set(re.findall(r'"noise\.(\w+)":', WORDS.read_text(encoding="utf-8")))
    assert named == {str(one) for one in (*Why, *Instead)}


def test_a_spread_knows_nothing_before_the_first_value() -> None:
    spread = Spread()
    assert (spread.min_s, spread.mean_s, spread.max_s) == (None, None, None)
    for seconds in (0.05, 0.02, 0.08):
        spread.add(seconds)
    assert (spread.min_s, spread.max_s) == (0.02, 0.08)
    assert spread.mean_s == pytest.approx(0.05)


def test_bus_use_counts_since_the_first_exchange_and_then_a_window() -> None:
    use = BusUse(window_s=60)
    assert use.pct(100.0) == 0.0
    use.add(100.0, 101.0)
    assert use.pct(101.0) == 100.0
    assert use.pct(110.0) == pytest.approx(10.0)
    use.add(110.0, 120.0)
    assert use.pct(160.0) == pytest.approx(100 * 11 / 60)
    assert use.pct(175.0) == pytest.approx(100 * 5 / 60)
    assert use.pct(300.0) == 0.0


def test_patience_starts_long_and_follows_the_device() -> None:
    patience = Patience(0.5)
    for _ in range(3):
        patience.learn(1, 0.15)
        assert patience.usual_s(1) == 0.5
    for _ in range(20):
        patience.learn(1, 0.15)
    assert FLOOR_S < patience.usual_s(1) < 0.25
    assert patience.usual_s(2) == patience.usual_s(1)  # as the others on the line


def test_patience_has_a_floor_and_a_ceiling() -> None:
    fast, slow = Patience(0.5), Patience(0.5)
    for _ in range(20):
        fast.learn(1, 0.001)
        slow.learn(1, 0.45)
    assert fast.usual_s(1) == FLOOR_S
    assert slow.usual_s(1) == 0.5
    assert Patience(0.05).usual_s(1) == 0.05


def test_doubt_concerns_one_device_until_its_next_measured_answer() -> None:
    patience = Patience(1.0)
    for _ in range(20):
        patience.learn(1, 0.02)
        patience.learn(2, 0.02)
    patience.doubt(1)
    assert (patience.usual_s(1), patience.usual_s(2)) == (2 * FLOOR_S, FLOOR_S)
    patience.doubt(1)
    assert patience.usual_s(1) == 4 * FLOOR_S
    patience.learn(1, 0.02)
    assert patience.usual_s(1) == FLOOR_S


def test_usual_is_what_the_device_always_took() -> None:
    patience = Patience(0.5)
    assert not patience.is_usual(1, 0.05)
    for _ in range(10):
        patience.learn(1, 0.05)
    assert patience.is_usual(1, 0.06)
    assert not patience.is_usual(1, 0.2)
    assert not patience.is_usual(2, 0.05)


def test_a_deadline_grows_while_bytes_flow_and_ends_early_after_a_broken_answer() -> None:
    deadline = Deadline(10.0, 20, 0.5, 9600)
    assert deadline.first_s == pytest.approx(10.5 + 360 / 9600)
    assert deadline.after(10.1, spoilt=False) == deadline.first_s
    assert deadline.after(10.5, spoilt=False) == pytest.approx(10.75)
    assert deadline.after(10.1, spoilt=True) == pytest.approx(10.2)
    assert deadline.after(60.0, spoilt=False) == pytest.approx(deadline.first_s + 20480 / 9600)


def test_a_serial_server_may_pause_longer_than_a_serial_port() -> None:
    assert Deadline(0.0, 20, 0.5, None).after(0.1, spoilt=True) == pytest.approx(0.35)
    assert Deadline(0.0, 20, 0.5, 19200).after(0.1, spoilt=True) == pytest.approx(0.2)
