"""Explanations of codes: none missing, none invented, whole sentences of our own, with the documents' figures."""

import csv
import re
from pathlib import Path

import pytest

from wattstead.catalog.advice import UNKNOWN, dialect_codes, entries, lists, makes, names, rows_of, topics
from wattstead.catalog.advice_search import How, find_codes
from wattstead.catalog.advice_text import limit_text
from wattstead.catalog.packs import load_pack, preset_names
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.model.advice import Entry, Risk
from wattstead.model.code import Severity
from wattstead.model.protection import Light
from wattstead.wire.field import Bits
from wattstead.wire.layout import fields_of

SHARED = Path(__file__).parents[3] / "shared"
ENDS = (".", "!", "?")


def rows(name: str) -> list[dict[str, str]]:
    file = SHARED / "facts" / name
    if not file.is_file():
        pytest.skip(f"the maker's table {name} is not beside the repository (../shared/facts)")
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def listed(make: str) -> dict[str, Entry]:
    return {entry.code: entry for entry in entries() if entry.make == make and entry.listed}


def test_every_code_and_every_bit_of_every_profile_has_an_entry() -> None:
    known = {(entry.make, entry.name) for entry in entries() if not entry.listed}
    for make in profile_names():
        profile = load_profile(make)
        assert dialect_codes(make).keys() == profile.codes.keys(), f"{make} brings codes of its own"
        assert {(make, code) for code in profile.codes} <= known
        bits = {
            name
            for message in profile.dialect.messages
            for field in fields_of((*message.request, *message.reply))
            if isinstance(field.type, Bits)
            for name in field.type.names
            if re.search("_(alarm|protection|fault|lockout)$", name) and name not in profile.settings
        }
        assert bits <= profile.codes.keys(), f"{make} has alarm bits that are no codes"
    assert not [entry for entry in entries() if entry.name == UNKNOWN]


def test_every_protection_of_every_pack_has_an_entry_and_nothing_is_invented() -> None:
    packs = {row.name for preset in preset_names() for row in load_pack(preset).rows}
    assert packs <= names().keys()
    assert names().keys() - packs - {entry.name for entry in entries()} == {UNKNOWN}
    assert topics().keys() == {str(one["topic"]) for one in names().values()}
    own = {name for table in makes().values() for name in table.get("more", {})}
    assert own <= names().keys()
    preset_of = {table.get("preset") for table in makes().values()} - {None}
    assert preset_of <= set(preset_names())


def test_the_sheet_of_pylontech_is_there_as_it_is_printed() -> None:
    """PYL-1, PYL-2: category, severity, figures, and each way in which a code is printed."""
    found, facts = listed("pylontech"), rows("pylontech_codes.csv")
    assert list(found) == [row["code"] for row in facts]
    for row in facts:
        entry = found[row["code"]]
        assert (entry.category, entry.severity) == (row["category"], row["severity"])
        for printed in row["printed_as"].split("/"):
            assert entry in find_codes(printed, "pylontech").entries
        wanted = re.findall(r"\d+(?:\.\d+)?", row["figures_in_the_advice"])
        texts = [*entry.advice.own_check, *entry.advice.own_do]
        for lang, comma in (("en", "."), ("fr", ",")):
            said = " ".join(text[lang] for text in texts)
            assert all(figure.replace(".", comma) in said for figure in wanted), (row["code"], lang)


def test_informational_codes_are_states(capsys: pytest.CaptureFixture[str]) -> None:
    """PYL-5."""
    for row in rows("pylontech_codes.csv"):
        if row["category"] == "informational":
            assert listed("pylontech")[row["code"]].advice.topic == "state"


def test_the_faults_of_aura_are_there() -> None:
    found = {entry.code: entry for entry in entries() if entry.make == "aura"}
    facts = rows("aura_faults.csv")
    assert found.keys() == {row["code"] for row in facts}
    for row in facts:
        entry = found[row["code"]]
        assert (entry.severity is Severity.FAULT) == (row["kind"] == "fault")
        assert entry.advice.note is not None, "a code goes with its model (F09, F14, F19 differ between models)"
        assert not re.search("surtension.*(courant|charge$)", entry.label["fr"]), "a current has no overvoltage"


def test_the_codes_of_the_screen_of_the_ps_20016s_are_there() -> None:
    found, facts = listed("ps-20016s"), rows("powastone_records.csv")
    assert list(found) == [row["code"] for row in facts]
    assert all(found[row["code"]] in find_codes(row["printed_as"], "ps-20016s").entries for row in facts)
    records = {row.record for row in load_pack("ps-20016s").rows} - {""}
    assert records <= found.keys()


def test_every_alarm_and_protection_of_the_switches_of_seplos_is_found_by_its_name() -> None:
    functions = {"Cell Low Temperature Heating", "Secondary Disconnection Protection"}
    for row in rows("seplos_switches.csv"):
        if not re.search("(Failure|Alarm|Protection|Lockout)$", row["name"]) or row["name"] in functions:
            continue
        setting = next(
            one
            for one in load_profile("seplos-v2").settings.values()
            if one.name.startswith("enable_") and one.number == int(row["number"])
        )
        code = setting.name.removeprefix("enable_")
        assert code in load_profile("seplos-v2").codes, code
        (entry,) = find_codes(row["vendor_name"], "seplos-v2").entries[:1] or (None,)
        assert entry is not None, row["vendor_name"]


def test_the_words_of_the_console_are_there() -> None:
    text = (Path(__file__).parents[2] / "src/wattstead/profiles/pylontech-console.toml").read_text(encoding="utf-8")
    words = [
        word
        for line in re.findall(r'^(?:state|side|switch) = \{ type = "said_word", words = \{(.*?)\}', text, re.MULTILINE)
        for word in re.findall(r"(\w+) = ", line)
    ]
    said = [
        word for line in re.findall(r'"said_mask".*?words = \{(.*?)\}', text) for word in re.findall('"(.*?)"', line)
    ]
    assert len(words) > 10
    assert len(said) == 2
    assert set(listed("pylontech-console")) == {*words, *said}


def test_each_fault_of_the_wall_battery_says_what_its_lamp_does() -> None:
    """GRW-5: the ALM lamp, the risk, the advice; GRW-6: what turns it off."""
    steady = ("overcurrent", "temperature", "short circuit", "parallel", "relay", "failure", "lost", "difference")
    for code, entry in listed("growatt-can").items():
        lights = {row.led for row in rows_of(entry)}
        assert (
            lights <= {Light.ON}
            if any(word in code for word in steady)
            else lights <= {Light.BLINK, Light.OFF, Light.ON}
        )
        assert lights or entry.name == "current_sampling_fault", code
    risks = {code: entry.advice.risk for code, entry in listed("growatt-can").items()}
    assert {risks[f"level 3 {what}"] for what in ("charge overcurrent", "discharge overcurrent")} == {Risk.SERIOUS}
    assert {risks[f"level 3 {what}"] for what in ("charge overvoltage", "cell difference")} == {Risk.NONE}
    assert risks["communication with inverter lost"] is Risk.NONE
    off = " ".join(text["en"] for text in listed("growatt-can")["level 3 discharge undervoltage"].advice.own_do)
    assert "45 to 60 V" in off


def test_texts_are_whole_sentences_in_both_languages() -> None:
    for entry in entries():
        advice = entry.advice
        for text in advice.texts:
            for said in text.values():
                assert said.endswith(ENDS), said
                assert said[0].isupper() or said[0].isdigit(), said
                assert "  " not in said
                assert said.count("(") == said.count(")")
                assert len(said) <= 320, said
            assert text["en"] != text["fr"], text
            numbers = [sorted(re.findall(r"\d+(?:[.,]\d+)?", said.replace(",", "."))) for said in text.values()]
            assert numbers[0] == numbers[1], text
        if advice.topic not in ("state", "waits"):
            assert advice.causes, entry.name
            assert advice.check, entry.name
        assert advice.do, entry.name


def test_no_sentence_is_copied_from_the_documents() -> None:
    seeds = sorted((SHARED / "seeds").glob("*.txt"))
    if not seeds:
        pytest.skip("the makers' documents are not beside the repository (../shared/seeds)")
    printed = [re.findall(r"\w+", seed.read_text(encoding="utf-8").casefold()) for seed in seeds]
    runs = {tuple(words[at : at + 7]) for words in printed for at in range(len(words) - 6)}
    for text in {id(text): text for entry in entries() for text in entry.advice.texts}.values():
        for said in text.values():
            words = re.findall(r"\w+", said.casefold())
            copied = [words[at : at + 7] for at in range(len(words) - 6) if tuple(words[at : at + 7]) in runs]
            assert not copied, copied


def test_limits_are_those_of_each_make() -> None:
    """Shared texts are written once; each make brings its own figures, and a bus of inverters brings none."""
    name = "cell_overvoltage_protection"
    said = {
        entry.make: [limit_text(row, "en") for row in rows_of(entry)]
        for entry in entries()
        if entry.name == name and not entry.listed
    }
    (seplos,), (powastone,) = said["seplos-v2"], said["ps-20016s"]
    assert seplos.startswith(
        "highest cell: trips at 3.65 V or more after 2 s while charging; ends at 3.38 V and at 96 %"
    )
    assert seplos.endswith("(the delay is our assumption)")
    assert powastone.startswith(
        "highest cell: trips at 3.75 V or more after 4 s; ends when discharging starts or at 3.55"
    )
    assert powastone.endswith("(the alarm lamp is on)")
    assert "3.6 V" in said["growatt-can"][0]
    assert "the alarm lamp blinks" in said["growatt-can"][0]
    assert not [entry for entry in entries() if entry.make == "victron-can" and rows_of(entry)]
    (own,) = rows_of(
        next(one for one in entries() if one.make == "seplos-v2" and one.name == name),
        {"cell_overvoltage_protection_v": 3.6},
    )
    assert own.trip == 3.6


def test_alarm_and_protection_are_never_one() -> None:
    """PYL-4."""
    for code, other in (("CHV", "OVP"), ("DOCA", "DOCP"), ("COCA", "COCP"), ("OTW", "OTP"), ("UTW", "UTP")):
        one, two = (find_codes(text, "pylontech").entries[0] for text in (code, other))
        assert (one.severity, two.severity) == (Severity.ALARM, Severity.PROTECTION)
        assert one.name != two.name
        assert one.advice.meaning != two.advice.meaning


def test_the_lists_belong_to_makes_that_are_known() -> None:
    assert lists().keys() <= makes().keys()
    assert set(profile_names()) - {"yada-meter", "megarevo-can"} <= makes().keys()
    assert find_codes("nothing of the kind", "aura").how is How.UNKNOWN
