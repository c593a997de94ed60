"""The LED tables of the devices, each against a table written here from its requirement, and broken files."""

import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folding import each
from wattstead.catalog.panels import load_panel, panel_names
from wattstead.model.errors import ProfileError, UsageError
from wattstead.model.lamp import BLINK, OFF, ON, Pattern, lamp_on
from wattstead.model.panel import Panel, lights_text, parse_lights
from wattstead.model.panel_state import Doing, PanelState, Power
from wattstead.model.protection import Light

PAGE = Path(__file__).parents[2] / "docs" / "models" / "panels.md"
BANDS = {
    # Charging: the first and last whole per cent, then LED1 up; a number is a period in seconds.
    ("wall-6k5", "charging"): {
        (0, 25): "1 . . . .",
        (26, 50): "2 1 . . .",
        (51, 75): "3 2 1 . .",
        (76, 99): "4 3 2 1 .",
        (100, 100): "# # # # #",
    },
    ("wall-6k5", "discharging"): {
        (0, 13): "b . . . .",
        (14, 40): "# # . . .",
        (41, 60): "# # # . .",
        (61, 80): "# # # # .",
        (81, 100): "# # # # #",
    },
    ("ps-20016s", "charging"): {
        (0, 25): "# . . .",
        (26, 50): "# # . .",
        (51, 75): "# # # .",
        (76, 100): "# # # #",
    },
    ("aura", "charging"): {
        (0, 25): "2x . . .",
        (26, 50): "# 2x . .",
        (51, 75): "# # 2x .",
        (76, 100): "# # # 2x",
    },
}
BANDS["wall-6k5", "idle"] = BANDS["wall-6k5", "discharging"]
BANDS["ps-20016s", "discharging"] = BANDS["ps-20016s", "idle"] = BANDS["ps-20016s", "charging"]
BANDS["aura", "discharging"] = BANDS["aura", "idle"] = BANDS["ps-20016s", "charging"]
SIGNS = {".": OFF, "#": ON, "b": BLINK, "2x": Pattern(Light.BLINK, flashes=2)} | {
    str(period): Pattern(Light.BLINK, float(period)) for period in range(1, 5)
}
ROWS = [(*key, band, lamps) for key, bands in BANDS.items() for band, lamps in bands.items()]
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


def shown(panel: Panel, state: PanelState) -> dict[str, Pattern]:
    return {lamp.name: pattern for lamp, pattern in panel.lights(state)}


def said(name: str, **state: object) -> str:
    return lights_text(load_panel(name).lights(PanelState(**state)))  # type: ignore[arg-type]


def test_the_panels_are_those_of_the_documents() -> None:
    assert panel_names() == ("aura", "ps-20016s", "wall-6k5")


@pytest.mark.parametrize("name", panel_names())
def test_each_panel_has_words_in_both_languages_and_a_source(name: str) -> None:
    panel = load_panel(name)
    assert (panel.name, bool(panel.source)) == (name, True)
    for label in (panel.title, *(lamp.label for lamp in panel.lamps)):
        assert set(label) == {"en", "fr"}


def test_what_is_printed_beside_a_lamp_names_its_window() -> None:
    windows = [lamp.printed for lamp in load_panel("wall-6k5").lamps]
    assert windows == ["RUN/ALM", "RUN/ALM", "LED1", "LED2", "LED3", "LED4", "LED5"]


# --- the level (GRW-4, PWS-14, AUR-5)


@each(("name", "doing", "band", "lamps"), ROWS)
def test_each_row_of_each_table_there_and_back(name: str, doing: str, band: tuple[int, int], lamps: str) -> None:
    panel = load_panel(name)
    wanted = {str(number): SIGNS[sign] for number, sign in enumerate(lamps.split(), 1)}
    for soc_pct in (band[0], min(band[0] + 0.4, 100.0), band[1], min(band[1] + 0.9, 100.0)):
        state = PanelState(doing=Doing(doing), soc_pct=soc_pct)
        lights = shown(panel, state)
        assert {one: pattern for one, pattern in lights.items() if one.isdigit()} == wanted, soc_pct
        first = panel.states(lights)[0]
        exact = [one for one in panel.states(lights) if one.exact and one.lights == first.lights]
        assert lights == dict(shown(panel, first.conditions.example()))
        assert [one.conditions.soc for one in exact if one.conditions.hold(state)] == [band]


@pytest.mark.parametrize("name", panel_names())
def test_no_per_cent_is_left_out_of_a_table(name: str) -> None:
    for doing in Doing:
        bands = sorted(band for (panel, one), some in BANDS.items() for band in some if (panel, one) == (name, doing))
        assert [number for low, high in bands for number in range(low, high + 1)] == list(range(101))


@pytest.mark.parametrize(
    ("doing", "below_pct", "from_pct"),
    [
        *[("charging", 25.9, 26.0), ("charging", 50.9, 51.0), ("charging", 75.9, 76.0), ("charging", 99.9, 100.0)],
        *[("discharging", 13.9, 14.0), ("idle", 40.9, 41.0), ("discharging", 60.9, 61.0), ("idle", 80.9, 81.0)],
    ],
)
def test_a_band_of_the_wall_battery_begins_at_its_whole_per_cent(doing: str, below_pct: float, from_pct: float) -> None:
    last, first = (said("wall-6k5", doing=Doing(doing), soc_pct=soc_pct) for soc_pct in (below_pct, from_pct))
    assert last != first
    assert said("wall-6k5", doing=Doing(doing), soc_pct=below_pct - 0.5) == last


@pytest.mark.parametrize("name", panel_names())
@given(state=STATES)
def test_whatever_a_state_shows_leads_back_to_it_alone(name: str, state: PanelState) -> None:
    panel = load_panel(name)
    text = lights_text(panel.lights(state))
    matches = panel.states(parse_lights(panel, text))
    same = [one for one in matches if lights_text(one.lights) == text]
    assert same == list(matches[: len(same)])
    assert all(one.exact for one in same)
    assert sum(one.conditions.hold(state) for one in same) == 1


# --- the wall battery (GRW-4)


def wall(**state: object) -> str:
    return said("wall-6k5", **state)


def test_while_it_charges_run_is_on_and_the_level_flows() -> None:
    assert wall(doing=Doing.CHARGING, soc_pct=25.4) == "run=on alm=off 1=blink@1s 2=off 3=off 4=off 5=off"
    assert wall(doing=Doing.CHARGING, soc_pct=80.0).endswith("1=blink@4s 2=blink@3s 3=blink@2s 4=blink@1s 5=off")


@pytest.mark.parametrize("doing", [Doing.DISCHARGING, Doing.IDLE])
def test_from_13_pct_down_the_alarm_lamp_blinks_with_led1(doing: Doing) -> None:
    assert wall(doing=doing, soc_pct=13.9) == "run=on alm=blink 1=blink 2=off 3=off 4=off 5=off"
    assert wall(doing=doing, soc_pct=14.0) == "run=on alm=off 1=on 2=on 3=off 4=off 5=off"
    assert wall(doing=Doing.CHARGING, soc_pct=5.0).startswith("run=on alm=off ")


def test_a_steady_alarm_wins_over_the_blinking_of_a_low_charge() -> None:
    assert wall(soc_pct=5.0, alarm=Light.ON).startswith("run=on alm=on 1=blink ")
    assert wall(soc_pct=50.0, alarm=Light.BLINK).startswith("run=on alm=blink 1=on ")


def test_run_blinks_five_times_when_packs_have_joined() -> None:
    lights = shown(load_panel("wall-6k5"), PanelState(joined=True))
    assert lights["run"] == Pattern(Light.BLINK, times=5, then=Light.ON)
    drawn = [lamp_on(lights["run"], 0.25 * step) for step in range(40)]
    assert sum(before and not now for before, now in zip([True, *drawn], drawn, strict=False)) == 5  # it was on before
    assert all(drawn[20:])


def test_five_lamps_blink_three_times_before_it_is_off() -> None:
    lights = shown(load_panel("wall-6k5"), PanelState(power=Power.GOING_OFF))
    assert [name for name, one in lights.items() if one.times == 3] == ["1", "2", "3", "4", "5"]
    assert (lights["run"], lights["alm"]) == (OFF, OFF)
    drawn = [lamp_on(lights["3"], 0.25 * step) for step in range(40)]
    assert sum(now and not before for before, now in zip([False, *drawn], drawn, strict=False)) == 3
    assert not any(drawn[12:])
    assert set(shown(load_panel("wall-6k5"), PanelState(power=Power.OFF, alarm=Light.ON)).values()) == {OFF}


def test_a_pack_that_a_fault_turns_off_shows_it_to_the_end() -> None:
    assert wall(power=Power.GOING_OFF, alarm=Light.ON).startswith("run=off alm=on 1=blink@1s*3>off ")


# --- the PS-20016S (PWS-14)


PWS = [
    (doing, alarm, over, under, soc_pct)
    for doing, alarm, over, under, soc_pct in product(
        Doing, Light, (False, True), (False, True), (0.0, 25.0, 26.0, 50.0, 51.0, 75.0, 76.0, 100.0)
    )
]


@each(("doing", "alarm", "over", "under", "soc_pct"), PWS)
def test_the_six_lamps_of_the_ps_20016s(doing: Doing, alarm: Light, over: bool, under: bool, soc_pct: float) -> None:
    state = PanelState(Power.ON, doing, soc_pct, alarm, over, under)
    level = 0 if under else 4 if over else 1 if soc_pct <= 25 else 2 if soc_pct <= 50 else 3 if soc_pct <= 75 else 4
    wanted = {
        "run": ON if doing is Doing.DISCHARGING else BLINK,
        "alm": ON if alarm is not Light.OFF or over or under else OFF,
        **{str(number): ON if number <= level else OFF for number in range(1, 5)},
    }
    assert shown(load_panel("ps-20016s"), state) == wanted


@pytest.mark.parametrize("power", [Power.OFF, Power.GOING_OFF])
def test_shut_down_it_is_dark(power: Power) -> None:
    state = PanelState(power, Doing.CHARGING, 80.0, Light.ON, overcharged=True)
    assert set(shown(load_panel("ps-20016s"), state).values()) == {OFF}


def test_a_full_ps_20016s_with_an_alarm_looks_like_an_overcharged_one() -> None:
    panel = load_panel("ps-20016s")
    both = panel.states(parse_lights(panel, "run=on alm=on 1=on 2=on 3=on 4=on"))[:2]
    assert [one.conditions.text() for one in both] == [
        "power=on doing=discharging soc=76-100 alarm=blink/on overcharged=no overdischarged=no",
        "power=on doing=discharging overcharged=yes overdischarged=no",
    ]
    assert both[0].lights in panel.shared()


# --- AURA (AUR-5)


def test_the_lamp_of_the_quarter_blinks_twice_then_pauses() -> None:
    lights = shown(load_panel("aura"), PanelState(doing=Doing.CHARGING, soc_pct=40.0))
    drawn = "".join("#" if lamp_on(lights["2"], (step + 0.5) / 6) else "." for step in range(24))
    assert drawn == "..##..##...." * 2
    assert (lights["1"], lights["run"], lights["err"]) == (ON, ON, OFF)


@pytest.mark.parametrize(("alarm", "err"), [(Light.OFF, OFF), (Light.BLINK, BLINK), (Light.ON, ON)])
def test_the_error_lamp_follows_the_alarm(alarm: Light, err: Pattern) -> None:
    assert shown(load_panel("aura"), PanelState(alarm=alarm))["err"] == err
    assert set(shown(load_panel("aura"), PanelState(power=Power.OFF, alarm=alarm)).values()) == {OFF}


# --- what people ask


@pytest.mark.parametrize(
    ("name", "text", "first"),
    [
        ("wall-6k5", "run=on led1=blink led2=blink", "power=on doing=charging soc=26-50 alarm=off joined=no"),
        ("wall-6k5", "1=blink 2=blink 3=blink 4=blink 5=blink", "power=going_off alarm=off"),
        ("wall-6k5", "run=blink 1=on 2=on", "power=on doing=discharging/idle soc=14-40 alarm=off joined=yes"),
        ("wall-6k5", "run=off", "power=off"),
        ("ps-20016s", "run=on alarm=on", "power=on doing=discharging overdischarged=yes"),
        ("aura", "run=on 1=on 2=blink2", "power=on doing=charging soc=26-50 alarm=off"),
        ("aura", "run=on 1=on 2=blink", "power=on doing=charging soc=26-50 alarm=off"),
    ],
)
def test_the_likeliest_state_comes_first(name: str, text: str, first: str) -> None:
    panel = load_panel(name)
    match = panel.states(parse_lights(panel, text))[0]
    assert (match.conditions.text(), match.exact) == (first, True)


def test_what_a_look_at_the_wall_battery_cannot_tell() -> None:
    panel = load_panel("wall-6k5")
    assert panel.hidden() == ("overdischarged", "overcharged")
    told = [lights_text(lights) for lights in panel.meanings if lights not in panel.shared()]
    # While it charges below 100 % there is no doubt, nor on its way off, nor when it is off.
    assert all("@" in text or text.count("=off") == 7 for text in told)
    full = parse_lights(panel, "run=on 1=on 2=on 3=on 4=on 5=on")
    assert [one.conditions.doing for one in panel.states(full) if one.exact] == [
        frozenset({Doing.CHARGING}),
        frozenset({Doing.DISCHARGING, Doing.IDLE}),
    ]


def test_the_page_shows_what_the_tables_say() -> None:
    name, rows = "", 0
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        name = heading[1] if (heading := re.match(r"## .*\(`([a-z0-9-]+)`\)", line)) else name
        if row := re.match(r"\| `([^`]+=[^`]+)` \| `([^`]+)` \|", line):
            panel = load_panel(name)
            found = panel.states(parse_lights(panel, row[1]))
            assert row[2] in [one.conditions.text() for one in found if one.exact], line
            rows += 1
    assert rows > 20


# --- files that are wrong


HEAD = """
[panel]
name = "tiny"
title = { en = "tiny", fr = "petit" }
source = "made up"
[lamps.run]
colour = "green"
label = { en = "run", fr = "marche" }
[lamps.1]
colour = "green"
label = { en = "level", fr = "niveau" }
aliases = ["led1"]
"""
ROW = """
[[rows]]
when = { soc = [0, 13] }
lights = { 1 = "blink" }
"""
LAST = """
[[rows]]
lights = { all = "on" }
"""


def load(folder: Path, text: str) -> Panel:
    file = folder / "tiny.toml"
    file.write_text(text, encoding="utf-8")
    return load_panel(str(file))


def test_a_panel_of_ones_own(tmp_path: Path) -> None:
    panel = load(tmp_path, HEAD + ROW + LAST)
    assert lights_text(panel.lights(PanelState(soc_pct=5.0))) == "run=on 1=blink"
    assert [(lamp.colour, lamp.aliases) for lamp in panel.lamps] == [("green", ()), ("green", ("led1",))]


@pytest.mark.parametrize(
    ("right", "wrong", "wanted"),
    [
        ("[panel]", "[panel", "syntax: "),
        ('source = "made up"\n', "", "panel: source is missing; add it"),
        (', fr = "petit"', "", "panel, title: fr is missing; write en and fr in the same entry"),
        ('"green"', '"mauve"', "lamps, run, colour: 'mauve' stands there; write 'green', 'blue', "),
        ("colour", "color", "lamps, run: there is no key 'color' here; did you mean 'colour'?"),
        ("[lamps.1]", "[lamps.LED1]", "lamps, LED1: 'LED1' stands there; write a name of lower-case letters"),
        ('"led1"', '"run"', "lamps, 1: 'run' stands for lamp 'run', too; give each its own name"),
        ('"led1"', '"all"', "lamps, 1: 'all' stands for all lamps, too; give each its own name"),
        ("soc", "sock", "rows, number 1, when: there is no key 'sock' here; did you mean 'soc'?"),
        ("[0, 13]", "[13, 0]", "rows, number 1, when, soc: a list stands there; write two whole per cents from 0 to"),
        ("[0, 13]", "13", "rows, number 1, when, soc: 13 stands there; write two whole per cents from 0 to 100"),
        ("[0, 13]", "[0, 13.5]", "rows, number 1, when, soc: a list stands there; write two whole"),
        ("[0, 13]", "[0, 101]", "rows, number 1, when, soc: a list stands there; write two whole"),
        (
            "soc = [0, 13]",
            'power = "up"',
            "rows, number 1, when, power: 'up' stands there; write one or a list of 'on'",
        ),
        ("soc = [0, 13]", "doing = []", "rows, number 1, when, doing: a list stands there; write one or a list of"),
        ("soc = [0, 13]", "doing = [[1]]", "rows, number 1, when, doing: a list stands there; write one or a list of"),
        ("soc = [0, 13]", 'joined = "yes"', "rows, number 1, when, joined: 'yes' stands there; write true or false"),
        ("soc = [0, 13]", "doing = [{}]", "rows, number 1, when, doing: a list stands there; write one or a list of"),
        ("soc = [0, 13]", "doing = 3", "rows, number 1, when, doing: 3 stands there; write one or a list of"),
        ('1 = "blink"', '1 = "dim"', "rows, number 1, lights, 1: a lamp cannot be 'dim'; write off, on or blink"),
        ('1 = "blink"', '1 = "blink0"', "rows, number 1, lights, 1: 0 flashes in a period must be 1 to 99; correct it"),
        ('1 = "blink"', '3 = "blink"', "rows, number 1, lights, 3: there is no lamp '3'; the lamps are run, 1"),
        ('1 = "blink"', 'rum = "on"', "rows, number 1, lights, rum: there is no lamp 'rum'; did you mean 'run'?"),
        ('{ 1 = "blink" }', "{}", "rows, number 1, lights: it is empty; write at least one"),
        ('all = "on"', '1 = "on"', "rows: none says what lamp 'run' does with "),
        ("soc = [0, 13]", "", "rows, number 2: rows above decide all that it says; narrow them, or leave it out"),
    ],
)
def test_each_slip_in_a_panel_gives_one_sentence(tmp_path: Path, right: str, wrong: str, wanted: str) -> None:
    text = HEAD + ROW + (LAST if "number 2" not in wanted else LAST.replace("all", "1") + LAST)
    assert right in text
    with pytest.raises(ProfileError) as error:
        load(tmp_path, text.replace(right, wrong, 1))
    assert str(error.value).removeprefix("tiny.toml, ").startswith(wanted)


def test_an_unknown_panel_is_refused_with_the_names() -> None:
    with pytest.raises(UsageError, match=r"there is no panel 'wall'; did you mean wall-6k5\? The panels are aura, "):
        load_panel("wall")
