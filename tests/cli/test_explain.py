"""``wattstead explain`` at the command line: codes, words, a battery on a port, stored readings; text and JSON."""

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.setting_desk import battery
from wattstead.catalog.advice import entry_of, rows_of
from wattstead.catalog.explained import Explained, explain_reading
from wattstead.catalog.explained_plain import reading_plain
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.cli import main
from wattstead.cli.explain_show import print_reading
from wattstead.model.code import Code, Severity
from wattstead.model.reading import Snapshot
from wattstead.store.sqlite import SqliteStore
from wattstead.virtual.given import Given

CELLS = (3.48, 3.47, 3.48, 3.48, 3.47, 3.48, 3.66, 3.48, 3.48, 3.47, 3.48, 3.48, 3.48, 3.47, 3.48, 3.48)
FULL: dict[str, Any] = {"cell_voltage_v": CELLS, "pack_voltage_v": 55.86, "pack_current_a": 20.0, "soc_pct": 96.0}
NOON_MS = 1_780_315_200_000


def says(*words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str, str]:
    """Run the verb in this process: exit status, answer, what is told beside it."""
    monkeypatch.setenv("COLUMNS", "200")
    status = 0
    try:
        main(["explain", *words])
    except SystemExit as leaving:
        status = int(leaving.code or 0)
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda *words: says(*words, capsys=capsys, monkeypatch=monkeypatch)


def test_a_code_is_explained_in_both_languages(run: Any) -> None:
    status, english, _ = run("F14", "--lang", "en")
    assert status == 0
    assert english.startswith("F14  fault  grid relay  (AURA)\n")
    assert "who acts: electrician   safety risk: possible   urgency: today" in english
    assert "together with the model" in english
    _, french, _ = run("f 14", "--lang", "fr")
    assert "qui agit : électricien" in french
    assert "avec le modèle" in french


def test_one_code_of_two_makes_is_told_apart(run: Any) -> None:
    status, out, _ = run("OTC")
    assert status == 0
    assert out.startswith("2 makes use it for different things")
    assert "OTC  alarm  charging lasts too long  (Pylontech)" in out
    assert "OTC  protection  too hot to charge  (PowaStone PS-20016S)" in out
    assert "(Pylontech)" not in run("OTC", "-p", "ps-20016s")[1]


def test_what_is_not_sure_is_said(run: Any) -> None:
    assert run("fl4")[1].startswith("Taken for F14.\n")
    status, out, err = run("F99")
    assert (status, err) == (1, "")
    assert out.startswith("There is no code 'F99' that we know.\nThese are near:\n")
    assert "F09  AURA" in out
    assert run("RPSD", "-p", "pylontech")[1].startswith("Pylontech has no code 'RPSD' that we know.")


def test_several_codes_and_sentences_without_quotes(run: Any) -> None:
    assert run("CHV", "OVP")[1].count("who acts") == 2
    assert run("no", "link")[1].startswith("NO_LINK  fault")
    assert "cells too cold to charge" in run("too", "cold", "to", "charge")[1]


def test_what_makes_share_is_written_once(run: Any) -> None:
    out = run("cell overvoltage")[1]
    assert out.count("Likely causes") == 1
    assert re.search(r"^Seplos: limits as shipped.*:\n  - highest cell: trips at 3\.65 V", out, re.MULTILINE)
    assert re.search(r"^Daly, JBD, JK, .*Voltronic: limits of a usual pack", out, re.MULTILINE)
    assert "Victron" not in out, "a bus of inverters has no limits of its own"


def test_json_has_all_texts_in_both_languages(run: Any) -> None:
    one = json.loads(run("COCP", "--json")[1])
    assert (one["query"], one["how"]) == ("COCP", "exact")
    (code,) = one["codes"]
    assert {code[key] for key in ("who", "risk", "urgency")} == {"installer", "possible", "today"}
    assert code["limits"][0]["trip"] == 102.0
    assert all(set(text) == {"en", "fr"} for key in ("causes", "check", "do") for text in code[key])
    assert json.loads(run("F99", "--json")[1])["codes"] == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "say a code (F14, OTC), words ('cell overvoltage'), or a port"),
        (("", " "), "say a code (F14, OTC)"),
        (("F14", "-p", "nothing"), "there is no profile 'nothing'"),
        (("F14", "-p", "yada-meter"), "yada-meter has no codes that are explained"),
        (("--data", "x.db"), "--data needs --pack"),
        (("--data", __file__, "--pack", "a"), "--data needs --profile"),
        (("--data", "x.db", "--pack", "a", "-p", "jk"), "x.db: there is no such file"),
        (("tcp://127.0.0.1:1", "-p", "seplos-v2", "-a", "99"), "seplos-v2 has no address 99"),
    ],
)
def test_bad_input_is_one_sentence(run: Any, words: tuple[str, ...], sentence: str) -> None:
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert sentence in err


def explained(
    make: str, values: Mapping[str, Any], *active: str, settings: Mapping[str, Any] | None = None
) -> Explained:
    return explain_reading(load_profile(make), Snapshot("a", NOON_MS, values, active), settings)


def test_a_battery_on_a_port_is_explained_with_its_own_limits(run: Any) -> None:
    """The settings are read: a limit that was changed in the device is the one that is shown."""
    code = "cell_overvoltage_protection"
    with battery("seplos-v2") as there:
        there.set("cell_overvoltage_protection_v", 3.6)
        there.bank.packs[0].given = Given(report=FULL, active=(code,))
        status, out, _ = run(there.url, "-p", "seplos-v2", "--lang", "en")
        _, plain, _ = run(there.url, "-p", "seplos-v2", "--json")
    assert status == 0
    assert "cell 7 at 3.660 V, limit 3.6 V, spread 190 mV, at 96 % of charge, 20.0 A of charge current" in out
    assert "Cell 7 alone is high, 180 mV above the usual one" in out
    assert "190 mV near full says little" in out
    assert "limits as read from the device:" in out
    assert "yet 20 A still flow" in out
    assert "ends at 3.38 V and at 96 % of charge or\n" in out
    told = json.loads(plain)
    assert (told["profile"], told["address"]) == ("seplos-v2", 0)
    (case,) = told["active"]
    assert case["limits_read"] is True
    assert case["evidence"]["measured"] == {"channel": "cell_voltage_max", "value": 3.66, "place": 7}
    assert case["evidence"]["beyond"] is True
    assert [one["key"] for one in case["evidence"]["findings"]] == [
        "cut_and_flows",
        "one_cell_first",
        "spread_near_full",
    ]


def test_a_module_that_tells_by_words_is_explained_with_the_codes_of_its_sheet(run: Any) -> None:
    """PYL-3: this wire has no bit for a low cell or a cold one."""
    with battery("pylontech") as there:
        there.bank.packs[0].given = Given(active=("cell_low_voltage_alarm", "cell_low_temperature_alarm"))
        status, out, _ = run(there.url, "-p", "pylontech", "--json")
    assert status == 0
    told = json.loads(out)
    assert [case["printed"] for case in told["active"]] == [["CUV"], ["UTW"]]
    assert all(case["evidence"]["findings"][-1]["key"] == "by_word" for case in told["active"])


def test_every_code_of_every_profile_can_be_told() -> None:
    """Whatever a device says, nothing stops the explanation: full, empty, and impossible values."""
    odd = {"cell_voltage_v": (0.0, 5.0, 3.3, 3.3), "pack_voltage_v": 0.0, "pack_current_a": 0.0, "soc_pct": 250.0}
    cold = {"cell_voltage_v": CELLS, "cell_temperature_degc": (-40.0, 20.0, 20.0), "pack_current_a": -500.0}
    readings: tuple[dict[str, Any], ...] = (FULL, {}, odd, cold)
    for number, make in enumerate(profile_names()):
        profile = load_profile(make)
        active = (*profile.codes, "what_bit_1")
        found = explain_reading(profile, Snapshot("a", NOON_MS, readings[number % 4], active))
        assert len(found.cases) + len(found.states) >= len(active)
        told = reading_plain(found, 1)  # writes every sentence in both languages
        assert not [text for case in told["active"] for text in case["evidence"]["text"].values() if "{" in text]


def test_stored_readings_tell_since_when(run: Any, tmp_path: Path) -> None:
    async def keep() -> None:
        store = await SqliteStore.open(tmp_path / "site.db")
        for minute, top in enumerate((3.50, 3.64, 3.68, 3.66)):
            values: dict[str, Any] = {**FULL, "cell_voltage_v": (*CELLS[:6], top, *CELLS[7:])}
            active = ("cell_high_voltage_alarm",) if minute else ()
            await store.write([Snapshot("shed", NOON_MS + 60_000 * minute, values, active)])
        # Alarms are not asked for in each round: what was told a moment ago still counts, but not for ever.
        await store.write([Snapshot("shed", NOON_MS + 180_500, {"soc_pct": 96.0}, None)])
        await store.write([Snapshot("attic", NOON_MS, FULL, ()), Snapshot("attic", NOON_MS + 400_000, FULL, None)])
        await store.close()

    asyncio.run(keep())
    assert "holds no reading of a pack 'barn'" in run("--data", str(tmp_path), "--pack", "barn", "-p", "seplos-v2")[2]
    place = ("--data", str(tmp_path / "site.db"), "--pack")
    status, out, _ = run(*place, "shed", "-p", "seplos-v2", "--lang", "en")
    assert status == 0
    assert "cell 7 at 3.660 V, limit 3.55 V, active for 2 min, worst since then cell 7 at 3.680 V" in out
    assert "limits as shipped; this device's own were not read" in out
    assert "did not tell its alarms" in run(*place, "attic", "-p", "seplos-v2", "--lang", "en")[1]
    assert "holds no reading of a pack 'barn'" in run(*place, "barn", "-p", "seplos-v2")[2]


def test_a_bit_without_a_name_says_so_and_states_are_no_alerts() -> None:
    found = explained("seplos-v2", {}, "event_7_bit_6", "pack_charging")
    (case,) = found.cases
    assert case.entry.name == "unknown_bit"
    assert case.evidence.measured is None
    assert [one.name for one in found.states] == ["pack_charging"]
    assert not explain_reading(load_profile("jk"), Snapshot("a", 0, {}, None)).told


def test_a_code_of_a_profile_of_one_s_own_says_what_the_profile_says() -> None:
    own = Code("fan_fault", "sunbox", Severity.FAULT, {"en": "the fan does not turn", "fr": "il ne tourne pas"})
    entry = entry_of("sunbox", own)
    assert (entry.severity, entry.title) == (Severity.FAULT, "sunbox")
    assert entry.advice.meaning["en"] == "The fan does not turn."
    assert rows_of(entry) == ()


def test_the_most_urgent_comes_first_and_a_broken_set_of_limits_stops_nothing() -> None:
    found = explained(
        "seplos-v2",
        FULL,
        "cell_high_voltage_alarm",
        "short_circuit_protection",
        settings={"cell_high_voltage_alarm_v": 1},
    )
    assert [case.entry.name for case in found.cases] == ["short_circuit_protection", "cell_high_voltage_alarm"]
    odd = explained("pylontech", FULL, "pack_high_voltage_alarm", settings={"pack_high_voltage_limit_v": "x"})
    assert odd.cases[0].evidence.rows


def test_what_was_read_from_the_device_is_no_assumption(capsys: pytest.CaptureFixture[str]) -> None:
    code, name = "cell_undervoltage_protection", "cell_undervoltage_protection_v"
    for settings, said in (
        ({}, "(our assumption"),
        ({name: 2.95}, "trips at 2.95 V or less after 3 s while discharging"),
    ):
        print_reading(
            explained("growatt-rs485", {"cell_voltage_v": CELLS}, code, settings=settings), 1, "en", json=False
        )
        out = capsys.readouterr().out
        assert said in out
        assert ("our assumption" in out) is not bool(settings)


def test_a_code_of_the_printed_sheet_stands_beside_the_bit(capsys: pytest.CaptureFixture[str]) -> None:
    """PYL-3: what a module reports is told with the code that its sheet has."""
    found = explained("pylontech", {"pack_voltage_v": 54.2, "pack_current_a": 1.0}, "pack_overvoltage_protection")
    print_reading(found, 2, "en", json=False)
    out = capsys.readouterr().out
    assert "(OVP, Pylontech)" in out
    assert "voltage of the pack at 54.20 V, limit 54 V" in out
    print_reading(found, 2, "en", json=True)
    assert json.loads(capsys.readouterr().out)["active"][0]["printed"] == ["OVP"]


def test_nothing_active_and_nothing_told_are_two_things(capsys: pytest.CaptureFixture[str]) -> None:
    print_reading(explained("seplos-v2", {}), 0, "fr", json=False)
    assert "Rien n'est actif" in capsys.readouterr().out
    silent = explain_reading(load_profile("aura"), Snapshot("a", 0, {}, None))
    print_reading(silent, None, "en", json=False)
    assert "did not tell its alarms" in capsys.readouterr().out


def test_the_example_of_the_page_is_what_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    page = (Path(__file__).parents[2] / "docs" / "explain.md").read_text(encoding="utf-8")
    block = page.partition("## One cell ahead of the others")[2].partition("```text\n")[2].partition("```")[0]
    found = explained("seplos-v2", {**FULL, "pack_current_a": 0.0}, "cell_overvoltage_protection")
    print_reading(found, 0, "en", json=False)
    assert block.startswith("cell_overvoltage_protection  protection")
    assert block in capsys.readouterr().out
