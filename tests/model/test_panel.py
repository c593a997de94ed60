"""Lamps and panels on a small made-up table; the tables of the devices are judged in tests/catalog/test_panels.py."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattstead.model.errors import UsageError
from wattstead.model.lamp import BLINK, OFF, ON, Lamp, Pattern, lamp_on, parse_pattern
from wattstead.model.panel import Panel, Row, lights_text, parse_lights
from wattstead.model.panel_state import Conditions, Doing, PanelState, Power, cells, merged
from wattstead.model.protection import Light

RUN, LEVEL, ALM = (Lamp(name, "green", {"en": name, "fr": name}) for name in ("run", "1", "alm"))
CHARGING = Conditions(doing=frozenset({Doing.CHARGING}))
LOW = Conditions(soc=(0, 13))


def panel(*rows: Row) -> Panel:
    return Panel("tiny", {"en": "tiny", "fr": "petit"}, "made up", (RUN, LEVEL, ALM), rows)


TINY = panel(
    Row(Conditions(power=frozenset({Power.OFF})), {"run": OFF, "1": OFF, "alm": OFF}),
    Row(Conditions(), {"run": ON}),
    Row(LOW, {"1": BLINK}),
    Row(CHARGING, {"1": Pattern(Light.BLINK, 2.0)}),
    Row(Conditions(), {"1": ON}),
    Row(Conditions(alarm=frozenset({Light.ON})), {"alm": ON}),
    Row(Conditions(), {"alm": OFF}),
)


def shown(state: PanelState) -> str:
    return lights_text(TINY.lights(state))


# --- patterns


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("off", OFF),
        ("éteint", OFF),
        ("ON", ON),
        ("steady", ON),
        ("allumé", ON),
        ("blink", BLINK),
        ("flickers", BLINK),
        ("clignote", BLINK),
        ("blink@2s", Pattern(Light.BLINK, 2.0)),
        ("blink@0.5", Pattern(Light.BLINK, 0.5)),
        ("blink2", Pattern(Light.BLINK, flashes=2)),
        ("blink/20%", Pattern(Light.BLINK, lit_pct=20.0)),
        ("blink*3", Pattern(Light.BLINK, times=3)),
        ("blink@1s*5>on", Pattern(Light.BLINK, 1.0, times=5, then=Light.ON)),
    ],
)
def test_what_people_write_of_a_lamp(text: str, pattern: Pattern) -> None:
    assert parse_pattern(text) == pattern


@pytest.mark.parametrize("text", ["", "bright", "blink@", "blink@2h", "on@", "blink*5>bright", "blink -1", "2"])
def test_what_no_lamp_does_is_refused_with_the_words(text: str) -> None:
    with pytest.raises(UsageError, match="write off, on or blink"):
        parse_pattern(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("on@2s", "a lamp that is on has no period"),
        ("off*3", "a lamp that is off has no period, flashes or times"),
        ("blink0", "0 flashes in a period must be 1 to 99"),
        ("blink@0s", "period 0 s must lie between 0.05 and 3600 s"),
        ("blink@3601s", "period 3601 s must lie between"),
        ("blink/0%", "lit for 1 to 99 % of a flash, not 0 %"),
        ("blink/100%", "not 100 %"),
        ("blink*2>blink", "after it has blinked a number of times a lamp must be off or on"),
    ],
)
def test_a_pattern_that_makes_no_sense_is_refused_by_name(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_pattern(text)


def test_what_follows_needs_a_last_time() -> None:
    with pytest.raises(UsageError, match="after it has blinked a number of times"):
        Pattern(Light.BLINK, then=Light.ON)
    with pytest.raises(UsageError, match="1000 times must be 1 to 999"):
        Pattern(Light.BLINK, times=1000)


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    times = draw(st.integers(0, 999))
    return Pattern(
        Light.BLINK,
        draw(st.none() | st.floats(0.05, 3600.0)),
        draw(st.integers(1, 99)),
        times,
        draw(st.sampled_from([Light.OFF, Light.ON])) if times else Light.OFF,
        draw(st.floats(1.0, 99.0)),
    )


@given(patterns() | st.sampled_from([OFF, ON]))
def test_text_gives_the_pattern_back(pattern: Pattern) -> None:
    assert parse_pattern(pattern.text()) == pattern
    assert pattern.fits(pattern)


@pytest.mark.parametrize(
    ("shown", "seen", "fits"),
    [
        ("on", "on", True),
        ("on", "blink", False),
        ("off", "blink", False),
        ("blink@2s", "blink", True),  # nobody counted
        ("blink", "blink@2s", True),  # the document says no period
        ("blink@2s", "blink@2.4s", True),
        ("blink@2s", "blink@1.6s", True),
        ("blink@2s", "blink@2.5s", False),
        ("blink@4s", "blink@3s", False),
        ("blink2", "blink", True),
        ("blink", "blink2", False),
        ("blink2", "blink3", False),
        ("blink*5>on", "blink", True),
        ("blink", "blink*5", False),
        ("blink*5>on", "blink*5", True),
    ],
)
def test_what_a_person_writes_fits_what_he_may_have_seen(shown: str, seen: str, fits: bool) -> None:
    assert parse_pattern(shown).fits(parse_pattern(seen)) is fits


def lit(text: str, *times_s: float) -> str:
    return "".join("#" if lamp_on(parse_pattern(text), t_s) else "." for t_s in times_s)


def quarters(until_s: float) -> list[float]:
    return [0.25 * step for step in range(int(until_s * 4))]


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("off", "............"),
        ("on", "############"),
        ("blink", "..##..##..##"),  # 1 s where nobody says
        ("blink@2s", "....####...."),
        ("blink@3s", "......######"),
        ("blink/75%", ".###.###.###"),
        ("blink@3s/25%", ".........###"),
        ("blink2@3s", "..##..##...."),
        ("blink*2", "..##..##...."),
        ("blink*2>on", "..##..######"),
    ],
)
def test_a_lamp_drawn_every_quarter_second(text: str, drawn: str) -> None:
    assert lit(text, *quarters(3.0)) == drawn


def test_lamps_of_one_to_four_seconds_light_up_in_turn() -> None:
    first = [
        next(t_s for t_s in quarters(4.0) if lamp_on(parse_pattern(f"blink@{period}s"), t_s)) for period in range(1, 5)
    ]
    assert first == [0.5, 1.0, 1.5, 2.0]


@given(st.floats(0.0, 1e6), st.integers(1, 20))
def test_a_burst_blinks_as_often_as_it_says(begin_s: float, times: int) -> None:
    burst = Pattern(Light.BLINK, 1.0, times=times)
    states = [lamp_on(burst, 0.25 * step) for step in range(4 * (times + 3))]
    assert sum(now and not before for before, now in zip([False, *states], states, strict=False)) == times
    assert not lamp_on(burst, times + begin_s)
    assert lamp_on(replace(burst, then=Light.ON), times + begin_s)


@pytest.mark.parametrize("t_s", [-0.1, math.nan, math.inf])
def test_a_time_that_is_none_is_refused(t_s: float) -> None:
    with pytest.raises(UsageError, match=r"t_s .* must be a time of 0 s or more"):
        lamp_on(ON, t_s)


# --- states


@pytest.mark.parametrize(
    ("soc_pct", "whole"),
    [
        *[(0.0, 0), (13.9, 13), (25.0, 25), (25.4, 25), (25.9, 25), (25.99, 25), (25.996, 26), (26.0, 26)],
        *[(25.999999999, 26), (99.5, 99), (99.99, 99), (100.0, 100)],
    ],
)
def test_a_part_of_a_per_cent_does_not_count(soc_pct: float, whole: int) -> None:
    assert PanelState(soc_pct=soc_pct).whole_soc_pct == whole


@pytest.mark.parametrize("soc_pct", [-0.1, 100.1, math.nan, math.inf])
def test_a_soc_that_is_none_is_refused(soc_pct: float) -> None:
    with pytest.raises(UsageError, match=r"soc_pct .* must lie between 0 and 100"):
        PanelState(soc_pct=soc_pct)


def test_conditions_say_only_what_counts() -> None:
    assert Conditions().text() == "any"
    some = Conditions(
        power=frozenset({Power.ON}),
        doing=frozenset({Doing.IDLE, Doing.DISCHARGING}),
        soc=(14, 40),
        alarm=frozenset({Light.ON}),
        overcharged=frozenset({False}),
        joined=frozenset({True}),
    )
    assert some.text() == "power=on doing=discharging/idle soc=14-40 alarm=on overcharged=no joined=yes"
    assert Conditions(soc=(100, 100)).text() == "soc=100"


STATES = st.builds(
    PanelState,
    st.sampled_from(Power),
    st.sampled_from(Doing),
    st.floats(0.0, 100.0),
    st.sampled_from(Light),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@given(st.sets(st.integers(1, 100), max_size=4), STATES)
def test_every_state_is_in_one_cell_and_merging_all_gives_any(borders: set[int], state: PanelState) -> None:
    every = cells(borders)
    assert sum(one.hold(state) for one in every) == 1
    assert all(one.hold(one.example()) for one in every)
    assert merged(every) == (Conditions(),)


@given(st.lists(st.integers(0, 215), min_size=1, max_size=40, unique=True), STATES)
def test_merging_keeps_exactly_the_same_states(places: list[int], state: PanelState) -> None:
    some = [cells(set())[place] for place in places]
    assert sum(one.hold(state) for one in merged(some)) == sum(one.hold(state) for one in some)


def test_bands_that_do_not_touch_stay_apart() -> None:
    low, high = Conditions(soc=(0, 13)), Conditions(soc=(41, 60))
    assert merged([high, low]) == (low, high)
    assert merged([high, Conditions(soc=(14, 40)), low]) == (Conditions(soc=(0, 60)),)


# --- panels


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (PanelState(), "run=on 1=on alm=off"),
        (PanelState(soc_pct=13.9), "run=on 1=blink alm=off"),
        (PanelState(soc_pct=13.0, doing=Doing.CHARGING), "run=on 1=blink alm=off"),  # the first row decides
        (PanelState(soc_pct=14.0, doing=Doing.CHARGING, alarm=Light.ON), "run=on 1=blink@2s alm=on"),
        (PanelState(power=Power.OFF, alarm=Light.ON), "run=off 1=off alm=off"),
    ],
)
def test_the_first_row_that_names_a_lamp_decides(state: PanelState, wanted: str) -> None:
    assert shown(state) == wanted


@given(STATES)
def test_what_a_state_shows_leads_back_to_it(state: PanelState) -> None:
    lights = TINY.lights(state)
    matches = TINY.states({lamp.name: pattern for lamp, pattern in lights})
    assert any(one.hold(state) for one in TINY.meanings[lights])
    assert sum(one.conditions.hold(state) for one in matches if one.exact and one.lights == lights) == 1
    assert matches[0].exact
    assert matches[0].lights == lights


def found(text: str) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [(one.conditions.text(), one.differs, one.unsaid) for one in TINY.states(parse_lights(TINY, text))]


def test_exact_matches_first_then_those_with_one_lamp_wrong() -> None:
    assert found("run=on 1=on alm=off") == [
        ("power=on/going_off doing=discharging/idle soc=14-100 alarm=off/blink", (), ()),
        ("power=on/going_off soc=0-13 alarm=off/blink", ("1",), ()),
        ("power=on/going_off doing=charging soc=14-100 alarm=off/blink", ("1",), ()),
        ("power=on/going_off doing=discharging/idle soc=14-100 alarm=on", ("alm",), ()),
    ]


def test_a_lamp_not_named_is_rather_dark() -> None:
    first, *rest = found("run=on 1=on")
    assert first[1:] == ((), ())
    assert ("power=on/going_off doing=discharging/idle soc=14-100 alarm=on", (), ("alm",)) in rest


def test_a_lamp_that_could_not_be_seen_is_of_no_account() -> None:
    exact = [one[0] for one in found("run=on 1=on alm=?") if one[1:] == ((), ())]
    assert [text.rpartition(" ")[2] for text in exact] == ["alarm=off/blink", "alarm=on"]


def test_a_pattern_that_nothing_shows_is_near_its_neighbours_or_nothing() -> None:
    assert [one[0].split()[0] for one in found("run=off 1=on alm=off")] == ["power=on/going_off", "power=off"]
    assert [one[1] for one in found("run=off 1=on alm=off")] == [("run",), ("1",)]
    assert found("run=blink 1=off alm=on") == []


def test_a_period_seen_sorts_out_what_it_does_not_fit() -> None:
    assert "doing=charging" in found("run=on 1=blink@2s alm=off")[0][0]
    assert found("run=on 1=blink@3s alm=off")[0][0] == "power=on/going_off soc=0-13 alarm=off/blink"


def test_what_a_look_cannot_tell_apart() -> None:
    assert TINY.hidden() == ("joined", "overdischarged", "overcharged")
    told_apart = [lights_text(lights) for lights in TINY.meanings if lights not in TINY.shared()]
    assert told_apart == ["run=off 1=off alm=off"]


def test_a_hole_and_a_row_without_use_are_named() -> None:
    holed = panel(Row(Conditions(), {"run": ON, "alm": OFF}), Row(LOW, {"1": ON}), Row(CHARGING, {"run": OFF}))
    assert [(lamp, state.soc) for lamp, state in holed.gaps()] == [("1", (14, 100))]
    assert holed.idle_rows() == [2]
    with pytest.raises(UsageError, match="table of panel tiny does not say what lamp 1 does"):
        holed.lights(PanelState())
    assert (TINY.gaps(), TINY.idle_rows()) == ([], [])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "'' in a pattern of lamps must be NAME=VALUE, such as run=on"),
        ("run", "'run' in a pattern of lamps must be NAME=VALUE"),
        ("rum=on", "panel tiny has no lamp 'rum'; did you mean run\\? Its lamps are run, 1, alm"),
        ("7=on", "panel tiny has no lamp '7'; its lamps are run, 1, alm"),
        ("run=on run=off", "lamp run stands twice"),
        ("run=bright", "a lamp cannot be 'bright'"),
    ],
)
def test_a_pattern_that_cannot_be_read_is_refused(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_lights(TINY, text)


def test_lights_are_read_in_any_order_and_case() -> None:
    assert parse_lights(TINY, " ALM=Off, run=on;1=? ") == {"alm": OFF, "run": ON, "1": None}
    named = Panel("tiny", {}, "", (replace(LEVEL, aliases=("led1",)),), TINY.rows)
    assert parse_lights(named, "LED1=blink@2s") == {"1": Pattern(Light.BLINK, 2.0)}
