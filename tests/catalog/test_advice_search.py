"""Codes as people type, paste and say them find their code, and never a wrong one (PYL-2)."""

import pytest

from wattstead.catalog.advice import entries
from wattstead.catalog.advice_search import How, find_codes, folded
from wattstead.catalog.finder import distance
from wattstead.model.advice import Entry

TYPED = {
    # as typed: how it is found, and which codes are meant
    "F14": (How.EXACT, {"aura F14"}),
    " f 14 ": (How.EXACT, {"aura F14"}),
    "f-14": (How.EXACT, {"aura F14"}),
    "fl4": (How.LOOK_ALIKE, {"aura F14"}),
    "FI4": (How.LOOK_ALIKE, {"aura F14"}),
    "W2O": (How.LOOK_ALIKE, {"aura W20"}),
    "w-20": (How.EXACT, {"aura W20"}),
    "ОТР": (How.EXACT, {"pylontech OTP"}),
    "СОСР": (How.EXACT, {"pylontech COCP"}),
    "C0CP": (How.LOOK_ALIKE, {"pylontech COCP"}),
    "отw": (How.EXACT, {"pylontech OTW"}),
    "БПУ": (How.EXACT, {"pylontech BHV"}),
    "DIV": (How.EXACT, {"pylontech BLV"}),
    "CLD": (How.EXACT, {"pylontech CUV"}),
    "отс": (How.EXACT, {"pylontech OTC", "ps-20016s OTC"}),
    "0tc": (How.LOOK_ALIKE, {"pylontech OTC", "ps-20016s OTC"}),
    "sc": (How.EXACT, {"pylontech SC", "ps-20016s SC"}),
    "5C": (How.LOOK_ALIKE, {"pylontech SC", "ps-20016s SC"}),
    "R5485FAIL": (How.LOOK_ALIKE, {"pylontech RS485FAIL"}),
    "rs485 fail": (How.EXACT, {"pylontech RS485FAIL"}),
    "no link": (How.EXACT, {"pylontech NO_LINK"}),
    "IC0ULN0R I": (How.LOOK_ALIKE, {"pylontech ICOULNOR"}),
    "BMSCOMFIAL": (How.MISPRINT, {"pylontech BMSCOMFAIL"}),
    "cmos fault": (How.EXACT, {"ps-20016s C-MOS"}),
    "rpsd activated": (How.EXACT, {"ps-20016s RPSD"}),
    "Dischg": (How.EXACT, {"pylontech-console Dischg"}),
    "relay 1 failure": (How.EXACT, {"growatt-can relay 1 failure"}),
}
NEVER = (
    "F99",
    "f03",
    "F41",
    "W30",
    "OVT",
    "IPERR",
    "xyz",
    "9",
    "",
    "???",
    "COCO",
    "UVV",
    "F1",
    "RS486FAIL",
    "coca cola",
)


def shown(found: tuple[Entry, ...]) -> set[str]:
    return {f"{one.make} {one.code}" for one in found}


def test_codes_are_found_as_they_are_typed() -> None:
    said = {query: (found.how, shown(found.entries)) for query in TYPED for found in [find_codes(query)]}
    assert said == TYPED


def test_an_unknown_code_gives_its_neighbours_and_no_answer() -> None:
    for query in NEVER:
        found = find_codes(query)
        assert (found.how, found.entries) == (How.UNKNOWN, ()), query
        assert 0 < len(found.near) <= 8, query
    assert {"F04", "F14"} & {one.code for one in find_codes("F24").near}
    assert [one.code for one in find_codes("IPERR").near[:2]] == ["INERR", "IRERR"]


def test_a_make_is_told_apart_and_another_one_s_code_is_near() -> None:
    assert shown(find_codes("OTC", "pylontech").entries) == {"pylontech OTC"}
    assert shown(find_codes("OTC", "pylontech-can").entries) == {"pylontech OTC"}
    found = find_codes("RPSD", "pylontech")
    assert found.how is How.UNKNOWN
    assert found.near[0].make == "ps-20016s"


def test_every_printed_code_is_found_in_any_writing_of_it() -> None:
    swapped = str.maketrans("O0I1S5B8", "0OL15S8B")
    for entry in entries():
        if not (entry.listed or entry.make == "aura"):
            continue
        for text in (entry.code, *entry.printed):
            written = (text.lower(), " ".join(text), text.replace("_", "-"), text.upper().translate(swapped))
            for query in written:
                assert entry in find_codes(query).entries, (text, query)


def test_every_bit_is_found_by_its_name() -> None:
    for entry in {one.name: one for one in entries() if not one.listed}.values():
        assert entry in find_codes(entry.name.replace("_", " "), entry.make).entries


def test_two_codes_of_a_make_never_look_alike() -> None:
    from wattstead.catalog.advice_search import _DIGITS, _codes  # what the look-up compares

    for make in {one.make for one in entries()}:
        seen: dict[str, str] = {}
        for entry in entries():
            for key in _codes(entry) if entry.make == make else ():
                name = seen.setdefault(key.translate(_DIGITS), entry.name)
                assert name == entry.name, (make, key)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("cell overvoltage", "cell_overvoltage_protection"),
        ("surtension de cellule", "cell_overvoltage_protection"),
        ("short circuit", "short_circuit_protection"),
        ("court-circuit", "short_circuit_protection"),
        ("too cold to charge", "charge_undertemperature_protection"),
        ("trop froid pour charger", "charge_undertemperature_protection"),
        ("cells unbalanced", "cell_difference_alarm"),
        ("déséquilibre", "cell_difference_alarm"),
        ("fuite à la terre", "w10_earth_leakage"),
        ("fan", "w12_fan"),
    ],
)
def test_words_find_a_code_in_both_languages(query: str, name: str) -> None:
    found = find_codes(query)
    assert found.how is How.WORDS
    assert {one.name for one in found.entries} == {name}


def test_words_that_many_codes_say_give_a_choice() -> None:
    for query, name in (("temperature high", "high_temperature_alarm"), ("trop froid", "undertemperature_protection")):
        found = find_codes(query)
        assert name in {one.name for one in (*found.entries, *found.near)}
        assert len(found.near) > 3
    silent = find_codes("inverter not communicating")
    assert silent.how is How.QUESTION
    assert "link_inverter" in {one.advice.topic for one in silent.near[:2]}
    assert find_codes("overvoltage").vague
    assert not find_codes("F99").vague
    for query in ("battery lost", "my battery is empty", "gel", "communication"):
        assert find_codes(query).entries == (), query  # one word alone is no answer where several things are meant
    assert "W05" in {one.code for one in find_codes("battery loss").near}
    assert len({one.make for one in find_codes("low soc").entries}) > 5, "a name in a list is no code of one make alone"


def test_letters_are_compared_without_case_marks_and_alphabet() -> None:
    assert folded(" C-Mos_Fault ") == folded("СMOSfault") == "cmosfault"
    assert distance("bmscomfial", "bmscomfail") == 1
    assert distance("f14", "f41") == 1
    assert distance("", "abc") == 3
