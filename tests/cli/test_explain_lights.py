"""``wattstead explain --led``, ``--logger``, ``--state``: what a person on a roof types, and what he reads."""

import json
from typing import Any

import pytest

from cli.test_explain import says


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda *words: says(*words, capsys=capsys, monkeypatch=monkeypatch)


def test_lights_of_a_battery_and_what_to_do(run: Any) -> None:
    status, out, _ = run("--led", "run=on alm=blink 1=blink 2-5=off", "--dialect", "growatt-can")
    assert status == 0
    assert out.startswith("2 states look so; no look at the lamps can tell which it is.\n")
    first, second = out.split("\nCharging, level 0–25 %")
    assert "Discharging or at rest, level 0–13 %  (6.5 kWh wall battery)" in first
    assert "LED1         ..##..##..##..##..##..##..##..##  blinks\n" in first
    assert "who acts: owner   safety risk: none   urgency: today" in first
    assert "blinks, 0.5 s lit and 0.5 s dark" in second
    assert "cell undervoltage" in second


def test_lights_without_quotes_and_without_a_device(run: Any) -> None:
    status, out, _ = run("--led", "alm", "on,", "run", "slow,", "1-4", "on")
    assert status == 0
    assert "Charging or at rest, level 76–100 %, an alarm or protection  (PS-20016S" in out
    assert "add --dialect (ps-20016s, wall-6k5)" in out


def test_the_loggers_three_lamps(run: Any) -> None:
    status, out, _ = run("--logger", "off,on,slow", "--lang", "fr")
    assert status == 0
    assert "Pas de Wi-Fi  (clé Wi-Fi)" in out
    assert "qui agit : propriétaire" in out
    assert "SMARTLINK" in out
    assert run("--logger", "net=off com=on ready=slow", "--lang", "fr")[1] == out
    status, out, _ = run("--logger", "on,on,on")
    assert status == 1
    assert out.startswith("No state shows exactly this. Nearest:\n")
    assert "COM: connected to the inverter" in out


def test_what_nothing_fits_is_said(run: Any) -> None:
    status, out, _ = run("--led", "run=fast alm=fast 1-4=fast", "--dialect", "aura")
    assert (status, out) == (1, "No table has a state that looks like that.\n")
    status, out, _ = run("--led", "run=fast alm=fast 1-4=fast", "--dialect", "aura", "--lang", "fr", "--json")
    assert status == 1
    assert json.loads(out)["panels"][0]["states"] == []


def test_lights_as_json(run: Any) -> None:
    found = json.loads(run("--led", "run=on 1=blink2 2-4=off err=?", "--json")[1])
    one = found["panels"][0]
    assert (one["panel"], one["seen"]["1"], one["seen"]["err"]) == ("aura", "blink2", "?")
    assert [state["exact"] for state in one["states"]][:3] == [True, True, True]
    assert one["states"][0]["calls"][0]["urgency"] == "none"


def test_how_a_state_looks(run: Any) -> None:
    status, out, _ = run("--state", "charging 30", "--dialect", "wall-6k5")
    assert status == 0
    assert "LED1         ....####....####....####....####  blinks, 1 s lit and 1 s dark\n" in out
    assert "LED2         ..##..##..##..##..##..##..##..##  blinks, 0.5 s lit and 0.5 s dark\n" in out
    assert "Each sign is 0.25 s; # is lit." in out
    named = json.loads(run("--state", "no_power", "--json")[1])["states"]
    assert [(one["panel"], one["looks"][0]["lights"]) for one in named] == [
        ("stick-logger", {"net": "off", "com": "off", "ready": "off"})
    ]


def test_semicolons_stand_as_french_sets_them(run: Any) -> None:
    out = " ".join(run("--logger", "off,slow,?", "--lang", "fr")[1].split())
    assert " ; cet aspect est notre hypothèse" in out
    assert ";" not in out.replace(" ; ", "")


def test_the_list_has_every_state_of_every_device(run: Any) -> None:
    status, out, _ = run("--led", "list", "--dialect", "stick-logger")
    assert status == 0
    assert "  NET    .#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#  blinks, 0.1 s lit and 0.1 s dark\n" in out
    assert "  or (that it looks so is our assumption)\n" in out
    assert "reset button, 10 s: factory settings" in out
    every = json.loads(run("--led", "list", "--json")[1])["panels"]
    assert [one["name"] for one in every] == ["aura", "ps-20016s", "wall-6k5", "aura-inverter", "stick-logger"]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--led", "rnu=on", "--dialect", "aura"], "no device has all the lamps of 'rnu=on'; the lamps are aura: run"),
        (["--led", "rnu=on", "--dialect", "wall-6k5"], "panel wall-6k5 has no lamp 'rnu'; did you mean run? Its lamps"),
        (["--led", "run=bright"], "a lamp cannot be 'bright'; write off, on, slow, fast or blink"),
        (["--led", ""], "'' in a pattern of lamps must be NAME=VALUE"),
        (["--led", "run=on", "--dialect", "toaster"], "no document tells the lamps of 'toaster'; there are tables for"),
        (["--logger", "on,off"], "--logger 'on,off' must say NET,COM,READY in this order"),
        (["--logger", "on,off,slow", "--led", "run=on"], "--logger is asked alone"),
        (
            ["--state", "asleep", "--dialect", "stick-logger"],
            "stick-logger has no state 'asleep'; its states are healthy",
        ),
        (["--state", "asleep"], "no device has a state 'asleep'"),
        (["--state", "asleep"], "; `wattstead explain --led list` shows all states"),
    ],
)
def test_wrong_usage_says_what_would_be_right(run: Any, words: list[str], error: str) -> None:
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert error in err
