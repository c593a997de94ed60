"""Every state of every device whose lamps a document tells: there and back, in words, and in both languages."""

import json
import re
from itertools import product
from pathlib import Path

import pytest

from wattstead.catalog.fronts import LOGGER, front_names, front_of_panel, fronts, fronts_of, load_front, load_front_file
from wattstead.catalog.light_states import battery_state, state_of
from wattstead.catalog.light_words import call_names, pattern_words
from wattstead.catalog.lights_plain import answer_plain, front_plain, look_up
from wattstead.catalog.packs import load_pack, preset_names
from wattstead.catalog.panels import load_panel, panel_names
from wattstead.catalog.profile import load_profile
from wattstead.host.lamps import lamps_of
from wattstead.model.errors import ProfileError, UsageError
from wattstead.model.front import Front, Kind
from wattstead.model.lamp import Pattern
from wattstead.model.protection import Light
from wattstead.model.seen import Pace, Seen, fits, parse_lights

PACES = {Pace.SLOW: "slow", Pace.FAST: "fast"}


def as_tapped(pattern: Pattern) -> tuple[str, ...]:
    """What a person who does not count would say of a lamp."""
    if pattern.light is not Light.BLINK:
        return (pattern.light.value,)
    return tuple(word for pace, word in PACES.items() if fits(pattern, pace))


def test_every_table_of_the_documents_has_its_front() -> None:
    assert front_names() == (*panel_names(), "aura-inverter", LOGGER)
    assert [one.kind for one in fronts()] == [Kind.BATTERY] * 3 + [Kind.INVERTER, Kind.LOGGER]


@pytest.mark.parametrize("name", front_names())
def test_every_look_of_every_state_leads_back_to_it(name: str) -> None:
    """Lights to state to lights, for every row: as a table has them, and as a person taps them."""
    front = load_front(name)
    for state in front.states:
        for look in state.looks:
            written = " ".join(f"{lamp}={pattern.text()}" for lamp, pattern in look.lights.items())
            tapped = " ".join(f"{lamp}={as_tapped(pattern)[0]}" for lamp, pattern in look.lights.items())
            for text in (written, tapped):
                unseen = {lamp.name: None for lamp in front.lamps if lamp.name not in look.lights}
                seen: Seen = {**parse_lights(front, text), **unseen}
                same = [match for match in front.rank(seen) if match.exact]
                assert any(match.state is state for match in same), text
                for match in same:  # what is found looks so
                    assert all(
                        (light := seen[lamp]) is None or fits(pattern, light)
                        for lamp, pattern in match.look.lights.items()
                    )
            assert front.rank(parse_lights(front, written))[0].exact


@pytest.mark.parametrize("name", front_names())
def test_all_that_a_state_calls_for_stands_there_in_both_languages(name: str) -> None:
    front = load_front(name)
    plain = front_plain(front)
    assert json.loads(json.dumps(plain)) == plain
    for advice in front.advice.values():
        assert all(set(text) == {"en", "fr"} and all(text.values()) for text in advice.texts)
        assert advice.own_do or advice.do
    for state in front.states:
        assert state.calls
        assert front.gravest(state) is front.advice[state.calls[0]]
        assert state.title["en"] != state.title["fr"]
    assert len({one.name for one in front.states}) == len(front.states)
    assert set(plain["patterns"]) >= {
        text for one in plain["states"] for k in one["looks"] for text in k["lights"].values()
    }


def test_no_text_is_without_use() -> None:
    assert set(call_names()) == {call for one in fronts() for call in one.advice}


def test_words_for_what_a_lamp_does() -> None:
    for front in fronts():
        for state in front.states:
            for look in state.looks:
                for pattern in look.lights.values():
                    english, french = pattern_words(pattern, "en"), pattern_words(pattern, "fr")
                    assert "{" not in english + french
                    assert (english == french) is False
    logger = load_front(LOGGER).states[0].looks[0].lights["ready"]
    assert pattern_words(logger, "en") == "blinks, 1 s lit and 1 s dark"
    assert pattern_words(load_front(LOGGER).state("smartlink").looks[0].lights["net"], "fr").endswith("0,1 s éteint")


# --- batteries


def test_the_profiles_of_a_battery_lead_to_its_panel() -> None:
    """Each make whose own panel is known is a dialect of it, and no other is."""
    for front in fronts():
        if front.kind is Kind.BATTERY:
            for name in front.dialects:
                if name not in ("growatt", "powastone"):
                    known = lamps_of(load_profile(name))
                    assert known is not None
                    assert known.panel.name == front.name
    own = {load_pack(name).panel for name in preset_names()} - {""}
    assert own <= {front.name for front in fronts()}


def test_what_lights_the_alarm_lamp_are_the_rows_of_its_preset() -> None:
    codes = load_front("wall-6k5").codes
    assert "cell_undervoltage_protection" in codes["alarm_blink"]
    assert "discharge_short_circuit_protection" in codes["alarm_on"]
    assert not set(codes["alarm_blink"]) & set(codes["alarm_on"])
    assert "emergency_stop" in load_front("ps-20016s").codes["alarm_any"]
    assert load_front("aura").codes["alarm_on"] == {}


@pytest.mark.parametrize(
    ("panel", "text", "title", "calls"),
    [
        ("wall-6k5", "charging 30", "charging, level 26–50 %", ("work",)),
        ("wall-6k5", "charging 100%", "charging, level 100 %", ("work",)),
        (
            "wall-6k5",
            "idle soc=10 joined",
            "discharging or at rest, level 0–13 %, joined to its partner",
            ("nearly_empty", "joined"),
        ),
        ("wall-6k5", "going_off alarm", "turning itself off, alarm lamp on", ("alarm_on", "going_off")),
        (
            "wall-6k5",
            "discharging 50 alarm=blink",
            "discharging or at rest, level 41–60 %, alarm lamp blinking",
            ("alarm_blink",),
        ),
        ("wall-6k5", "off", "off", ("off",)),
        ("ps-20016s", "overdischarged", "charging or at rest, over-discharge protection", ("overdischarged",)),
        ("ps-20016s", "discharging overcharged", "discharging, overcharge protection", ("overcharged",)),
        ("ps-20016s", "20 alarm", "charging or at rest, level 0–25 %, an alarm or protection", ("alarm_any", "low")),
        ("aura", "discharging 20", "discharging or at rest, level 0–25 %", ("low",)),
        ("aura", "charging 20", "charging, level 0–25 %", ("work",)),
    ],
)
def test_a_state_of_a_battery_in_words(panel: str, text: str, title: str, calls: tuple[str, ...]) -> None:
    state = state_of(load_front(panel), text)
    assert (state.title["en"], state.calls) == (title, calls)
    assert state.looks[0].lights == {lamp.name: one for lamp, one in load_panel(panel).lights(battery_state(text))}


@pytest.mark.parametrize("text", ["", "blue", "charging 130", "soc=-1"])
def test_a_state_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"charging, discharging or idle|between 0 and 100"):
        state_of(load_front("wall-6k5"), text)


def test_a_state_by_the_name_that_the_list_shows() -> None:
    for front in fronts():
        for state in front.states:
            assert state_of(front, state.name) is state
    with pytest.raises(UsageError, match="stick-logger has no state 'asleep'; its states are healthy, smartlink"):
        state_of(load_front(LOGGER), "asleep")


# --- the stick logger (AUR-7, AUR-18)

TABLE = {  # the rows of the guide: NET, COM, READY; * for any
    ("*", "off", "slow"): "no_inverter",
    ("off", "on", "slow"): "no_router",
    ("slow", "on", "slow"): "no_server",
    ("off", "off", "off"): "no_power",
    ("fast", "*", "*"): "smartlink",
    ("*", "*", "fast"): "factory_reset",
    ("on", "on", "slow"): "healthy",  # from the legends of the lamps
}
LIGHTS = ("off", "slow", "fast", "on")


def test_every_combination_of_the_loggers_lamps_is_told() -> None:
    front = load_front(LOGGER)
    for lights in product(LIGHTS, repeat=3):
        matches = front.rank(
            parse_lights(front, " ".join(map("=".join, zip(("net", "com", "ready"), lights, strict=True))))
        )
        exact = {match.state.name for match in matches if match.exact}
        wanted = {
            state
            for row, state in TABLE.items()
            if all(one in ("*", light) for one, light in zip(row, lights, strict=True))
        }
        assert wanted <= exact
        assert matches  # what no row has comes with its nearest ones
        ours = exact - wanted - {"restarting", "not_working"}
        assert all(lights[1] == "slow" for _ in ours), (lights, ours)  # COM that talks counts as COM that is lit
        assert ("not_working" in exact) <= (lights[2] == "off")
        for match in matches:
            advice = front.gravest(match.state)
            assert advice.meaning["fr"]
            assert advice.own_do or advice.do


def test_the_remedy_for_no_power_fits_its_cause() -> None:
    advice = load_front(LOGGER).advice["logger_no_power"]
    steps = [step["en"] for step in advice.own_do]
    assert [re.search(r"[Ss]eat|supplied|replaced", step) is not None for step in steps] == [True, True, True]


def test_what_nobody_has_written_is_said() -> None:
    front = load_front(LOGGER)
    assert not any(match.exact for match in front.rank(parse_lights(front, "net=on com=on ready=on")))
    assert [text["en"] for _, text in front.says(parse_lights(front, "net=on com=fast ready=on"))] == [
        "connected to the server"
    ]
    talking = front.rank(parse_lights(front, "net=slow com=slow ready=slow"))[0]
    assert (talking.state.name, talking.exact, talking.look.ours) == ("no_server", True, True)


def test_three_presses_of_its_button() -> None:
    keys = load_front(LOGGER).keys
    assert [one.press["en"].rpartition(" ")[0].rpartition(" ")[2] for one in keys] == ["1", "5", "10"]
    assert "1 minute" in keys[0].does["en"]


# --- the inverter (AUR-2, AUR-18)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("a=on b=off c=off", "on_grid"),
        ("green=blink fault=off", "starting"),
        ("off-grid on", "off_grid"),
        ("grid=on red=on", "fault"),
        ("fault=on", "fault"),
        ("all off", "dark"),
    ],
)
def test_what_the_inverter_shows(text: str, state: str) -> None:
    front = load_front("aura-inverter")
    assert front.rank(parse_lights(front, text))[0].state.name == state


# --- over all devices


def test_without_a_device_all_are_tried_and_the_likeliest_comes_first() -> None:
    answers = look_up("net=off com=on ready=slow")
    assert [one.front.name for one in answers] == [LOGGER]
    several = look_up("run=on alm=off 1=on 2=on 3=on 4=on 5=on")
    assert [one.front.name for one in several] == ["wall-6k5"]  # nothing else has five
    every = look_up("run=on 1=blink2")
    assert every[0].front.name == "aura"
    assert {one.front.name for one in every} == set(panel_names())
    plain = answer_plain(every[0])
    assert plain["states"][0]["exact"]
    assert json.loads(json.dumps(plain)) == plain


def test_names_by_which_people_ask() -> None:
    assert [one.name for one in fronts_of("growatt-can")] == ["wall-6k5"]
    assert [one.name for one in fronts_of("AURA")] == ["aura", "aura-inverter", LOGGER]
    assert fronts_of(None) == fronts()
    with pytest.raises(UsageError, match="no document tells the lamps of 'growat'; did you mean growatt\\? There are"):
        fronts_of("growat")
    with pytest.raises(UsageError, match="there is no panel 'stik-logger'; did you mean stick-logger"):
        load_front("stik-logger")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rnu=on", "no device has all the lamps of 'rnu=on'; the lamps are aura: run, err, 1, 2, 3, 4; ps-20016s: run"),
        ("run", "'run' in a pattern of lamps must be NAME=VALUE"),
        ("run=bright", "a lamp cannot be 'bright'"),
    ],
)
def test_a_slip_is_told_once(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        look_up(text)


def test_states_that_look_the_same_are_named() -> None:
    """On each device: which states no look at the lamps can tell apart."""
    alike = {front.name: [[one.title["en"] for one in some] for _, some in front.alike()] for front in fronts()}
    assert alike["aura"] == alike["aura-inverter"] == []
    assert ["charging, level 100 %", "discharging or at rest, level 81–100 %"] in alike["wall-6k5"]
    assert [
        "discharging or at rest, level 0–13 %",
        "charging, level 0–25 %, alarm lamp blinking",
    ] in alike["wall-6k5"]  # but for the period, which only one of them has
    assert ["no power", "restarting"] in alike[LOGGER]
    assert len(alike["ps-20016s"]) == 2


# --- files that are wrong

HEAD = """
[panel]
name = "tiny"
kind = "logger"
title = { en = "tiny", fr = "petit" }
source = "made up"
[lamps.net]
colour = "green"
label = { en = "net", fr = "réseau" }
[[states]]
name = "one"
call = "logger_healthy"
looks = [{ lights = { net = "on" } }]
"""


def load(folder: Path, text: str) -> Front:
    file = folder / "tiny.toml"
    file.write_text(text, encoding="utf-8")
    return load_front_file(file)


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("logger_healthy", "logger_healty", "call.logger_healty"),
        ('net = "on"', 'nett = "on"', "state one, lights, nett: there is no such lamp; did you mean 'net'"),
        ('net = "on"', 'net = "bright"', "state one: a lamp cannot be 'bright'; write off, on or blink"),
        ('kind = "logger"', 'kind = "toaster"', "panel, kind: 'toaster' stands there"),
        ("[[states]]", HEAD[HEAD.index("[[states]]") :] + "[[states]]", "state one: stands twice; give each"),
    ],
)
def test_a_broken_table_is_told_with_its_place(tmp_path: Path, right: str, wrong: str, says: str) -> None:
    with pytest.raises(ProfileError, match=says):
        load(tmp_path, HEAD.replace(right, wrong, 1))


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    front = load(tmp_path, HEAD)
    assert front.rank({"net": Pace.SLOW}) == ()  # nothing speaks for anything
    assert front.rank({}) == ()
    assert front_of_panel(load_panel("aura")).states == load_front("aura").states
