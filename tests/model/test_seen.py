"""What people type of lamps, and what fits it."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattstead.model.errors import UsageError
from wattstead.model.lamp import Lamp, parse_pattern
from wattstead.model.panel import Panel
from wattstead.model.seen import Pace, compare, fits, light_text, parse_light, parse_lights, seen_text

LAMPS = (
    Lamp("run", "green", {}, "RUN/ALM"),
    Lamp("alm", "red", {}, "RUN/ALM", ("alarm",)),
    *(Lamp(str(at), "green", {}, f"LED{at}", (f"led{at}",)) for at in range(1, 6)),
    Lamp("off_grid", "yellow", {}),
)
TINY = Panel("tiny", {}, "", LAMPS, ())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("run=blink,alm=on,1-3=on,4=blink", "run=blink alm=on 1=on 2=on 3=on 4=blink"),
        ("alm on, run blink", "alm=on run=blink"),
        ("ALM: on; RUN = slow", "alm=on run=slow"),
        ("run slow blink, alarm flashing fast", "run=slow alm=fast"),
        ("led 1 is on and led 2 blinks", "1=on 2=blink"),
        ("led1-led3 on", "1=on 2=on 3=on"),
        ("1..2=on 3–4=off", "1=on 2=on 3=off 4=off"),
        ("1 2 3 on 4 blink@2s", "1=on 2=on 3=on 4=blink@2s"),
        ("1,2=on", "1=on 2=on"),
        ("run=blink2@3s alm=?", "run=blink2@3s alm=?"),
        ("off-grid on, alm unseen", "off_grid=on alm=?"),
        ("voyant run clignote lentement, alm éteint", "run=slow alm=off"),
        ("run=on rest=off", "run=on alm=off 1=off 2=off 3=off 4=off 5=off off_grid=off"),
        ("all off", "run=off alm=off 1=off 2=off 3=off 4=off 5=off off_grid=off"),
    ],
)
def test_patterns_as_people_type_them(text: str, wanted: str) -> None:
    seen = parse_lights(TINY, text)
    assert seen_text(seen) == wanted
    assert parse_lights(TINY, seen_text(seen)) == seen


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "'' in a pattern of lamps must be NAME=VALUE, such as run=on; write off, on, slow, fast or blink"),
        ("run alm", "'run alm' in a pattern of lamps must be NAME=VALUE"),
        ("run bright", "panel tiny has no lamp 'bright'; its lamps are run, alm, 1, 2, 3, 4, 5, off_grid"),
        ("rnu=on", "panel tiny has no lamp 'rnu'; did you mean run\\? Its lamps are"),
        ("4-7=on", "panel tiny has no lamp '6'"),
        ("3-1=on", "panel tiny has no lamp '3-1'"),
        ("run=on 1-3=on led2=off", "lamp 2 stands twice"),
        ("run=bright", "a lamp cannot be 'bright'; write off, on, slow, fast or blink .also blink@2s"),
        ("on run", "'on' does not say which lamp"),
        ("=on", "'=on' does not say which lamp"),
        ("run on off", "'off' comes after a lamp that does something already"),
        ("run=blink@0s", "period 0 s must lie between"),
    ],
)
def test_what_cannot_be_read_is_told_with_what_would_be_right(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_lights(TINY, text)


@pytest.mark.parametrize(
    ("pattern", "slow", "fast"),
    [
        ("on", False, False),
        ("off", False, False),
        ("blink", True, True),  # nobody says how fast
        ("blink@0.2s", False, True),
        ("blink@1s", True, True),  # a person may call it either
        ("blink@2s", True, False),
        ("blink2@3s", True, True),  # short flashes, long pauses
        ("blink@1s*5>on", True, True),
    ],
)
def test_slow_and_fast_are_what_a_person_calls_so(pattern: str, slow: bool, fast: bool) -> None:
    one = parse_pattern(pattern)
    assert (fits(one, Pace.SLOW), fits(one, Pace.FAST)) == (slow, fast)


def test_one_light_in_words() -> None:
    for text in ("off", "on", "slow", "fast", "blink", "blink@2s", "?"):
        assert light_text(parse_light(text.upper())) == text


def test_lamps_that_differ_and_lamps_that_were_not_named() -> None:
    lights = {
        name: parse_pattern(text) for name, text in {"run": "on", "alm": "off", "1": "blink@2s", "2": "on"}.items()
    }
    assert compare(lights, parse_lights(TINY, "run=off 1=slow")) == (("run",), ("2",))
    assert compare(lights, parse_lights(TINY, "run=? 1=fast 2=on")) == (("1",), ())


WORDS = st.sampled_from(
    ["run", "alm", "1-3", "led2", "=", "on", "slow", "blink", "blink@2s", "?", ",", "all", "rest", "x", "-", "1..9"]
)


@given(
    st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=8).map(" ".join), st.lists(WORDS, max_size=8).map("".join))
)
def test_whatever_is_typed_is_read_or_told(text: str) -> None:
    with contextlib.suppress(UsageError):
        seen = parse_lights(TINY, text)
        assert seen
        assert set(seen) <= {lamp.name for lamp in LAMPS}
        assert parse_lights(TINY, seen_text(seen)) == seen
