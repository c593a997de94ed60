"""The search finds what people look for as they type it: both languages, misprints, questions."""

import time

import pytest

from wattstead.catalog.advice_search import How, find_codes
from wattstead.catalog.code_index import codes_by_name
from wattstead.catalog.finder import Doc, Finder, stems, synonyms
from wattstead.catalog.guides import guide_names, load_guide
from wattstead.catalog.search import KINDS, index_size, search
from wattstead.catalog.search_plain import search_plain
from wattstead.catalog.search_words import asked, same_words, shown_pages
from wattstead.catalog.setting_words import setting_words
from wattstead.cli import VERBS

TYPED = {
    # as typed: one of these is among the first three
    "F14": "codes f14_grid_relay",
    "fl4": "codes f14_grid_relay",
    "w 28": "codes w28_current_transformer_reversed",
    "СОСР": "codes charge_overcurrent_protection",
    "CLD": "codes cell_low_voltage_alarm",
    "БПУ": "codes pack_high_voltage_alarm",
    "otc": "codes charge_duration_alarm",
    "cell overvoltage": "codes cell_overvoltage_protection",
    "overvlotage": "codes cell_overvoltage_protection",
    "surtension cellule": "codes cell_overvoltage_protection",
    "sur-tension de celule": "codes cell_overvoltage_protection",
    "court circuit": "codes short_circuit_protection",
    "short cirucit": "codes short_circuit_protection",
    "cells unbalanced": "codes cell_difference_alarm",
    "desequilibre": "codes cell_difference_alarm",
    "imbalence": "codes cell_difference_alarm",
    "battery will not charge": "codes charge_undertemperature_protection",
    "battery wil not charg": "codes charge_undertemperature_protection",
    "la batterie ne charge plus": "codes cell_overvoltage_protection",
    "Batterie froide": "codes charge_undertemperature_protection",
    "cold battery in winter": "codes charge_undertemperature_protection",
    "trop froid pour charger": "codes charge_undertemperature_protection",
    "my battery is empty": "codes soc_alarm",
    "inverter doesn't see the battery": "codes inverter_communication_fault",
    "l'onduleur ne voit pas la batterie": "codes inverter_communication_fault",
    "no bms": "codes w20_bms_communication",
    "second battery missing": "codes slave_lost_fault",
    "fuite à la terre": "codes w10_earth_leakage",
    "ventilateur": "codes w12_fan",
    "soc jumps": "codes soc_error",
    "le pourcentage saute": "codes soc_error",
    "horloge fausse": "codes clock_fault",
    "temperature sensor broken": "codes temperature_sensor_fault",
    "trips when the kettle is on": "codes discharge_overcurrent_protection",
    "no solar": "codes w04_solar_loss",
    "spark when connecting the inverter": "codes short_circuit_protection",
    "red light": "pages explain",
    "voyant rouge": "pages explain",
    "beeping": "settings enable_buzzer",
    "ça bipe": "settings enable_buzzer",
    "soc alarm threshold": "settings soc_alarm_pct",
    "seuil alarme soc": "settings soc_alarm_pct",
    "balance start voltage": "settings balancing_start_voltage_v",
    "réglage équilibrage": "settings enable_balancing",
    "délai surtension cellule": "settings cell_overvoltage_delay_s",
    "chauffage": "settings enable_cell_heating",
    "capacity setting": "settings rated_capacity_ah",
    "smoke from the battery": "guides emergency",
    "odeur de brûlé": "guides emergency",
    "how to store a battery": "guides storage-wall-6k5",
    "stocker la batterie pour l'hiver": "guides storage-wall-6k5",
    "two batteries in parallel": "guides parallel-wall-6k5",
    "mise à jour": "guides firmware-wall-6k5",
    "switch off the battery": "guides stop-wall-6k5",
    "which port": "pages discover",
    "quel port série": "pages discover",
    "victron": "pages inverters",
    "quel protocole onduleur": "pages inverters",
    "enregistrements": "pages records",
    "wiresharc": "pages decode",
    "calibrer le courant": "pages calibrate",
}
LEAST_TYPED = 40
MOST_S = 0.02
"""A query takes less of the processor, on the median."""


def first(query: str, count: int = 3) -> list[str]:
    return [f"{hit.kind} {hit.name}" for hit in search(query).hits[:count]]


def test_what_people_look_for_is_among_the_first_three() -> None:
    assert len(TYPED) >= LEAST_TYPED
    missed = {query: first(query, 5) for query, wanted in TYPED.items() if wanted not in first(query)}
    assert not missed


def test_questions_are_answered_by_what_a_colleague_would_say_first() -> None:
    found = search("Battery won't charge!")
    assert found.say is not None
    assert found.say["en"].startswith("A battery that is full, cold or hot refuses charge on purpose")
    for query in ("charging", "battery", "tension basse", "F14", "how do i discharge"):
        assert search(query).say is None, query


def test_broad_questions_to_explain_give_what_can_be_behind_them() -> None:
    """PYL-2: no wrong answer, and neighbours that are worth reading."""
    for query, name in (
        ("battery will not charge", "charge_undertemperature_protection"),
        ("batterie froide", "charge_undertemperature_protection"),
        ("red light", "short_circuit_protection"),
        ("beeping", "soc_alarm"),
    ):
        found = find_codes(query)
        assert (found.how, found.entries) == (How.QUESTION, ()), query
        assert found.say is not None
        assert name in {one.name for one in found.near}, query
    here = find_codes("battery will not charge", "pylontech")
    assert here.near
    assert {one.make for one in here.near} == {"pylontech"}


def test_nothing_is_found_where_nothing_is_like_it() -> None:
    for query in ("zzzzqq", "kettle", "???", "", "   "):
        found = search(query)
        assert (found.hits, found.say, found.near) == ((), None, ()), query
    assert {one.code for one in search("F99").near} >= {"F09", "F19"}
    assert not search("F99").hits


def test_kinds_and_makes_are_chosen() -> None:
    assert {hit.kind for hit in search("soc alarm", ("settings",)).hits} == {"settings"}
    assert {hit.kind for hit in search("balancing").hits} <= set(KINDS)
    mine = search("cell overvoltage", prefer=("jk", "pace")).hits[0]
    assert [one.make for one in mine.codes[:2]] == ["jk", "pace"]
    assert len(search("voltage", most=3, kinds=("codes",)).hits) == 3


def test_one_kind_alone_is_not_hidden_by_what_fits_better_of_another() -> None:
    """Many settings have charge in their title; the question about it leads to codes."""
    for query in ("charge", "battery will not charge"):
        found = {hit.name for hit in search(query, ("guides",)).hits}
        assert {"storage-wall-6k5", "storage-ps-20016s"} <= found, query


def test_words_are_found_while_they_are_typed() -> None:
    assert search("overvol", typing=True).hits
    wanted = {"codes cell_difference_alarm", "codes w19_bms_cell_imbalance"}
    assert wanted & {f"{hit.kind} {hit.name}" for hit in search("cell imbal", typing=True).hits[:3]}


def test_a_code_that_was_guessed_says_so() -> None:
    assert search("fl4").taken_for == "F14"
    assert search("F14").taken_for == ""


def test_all_that_can_be_found_is_found_by_its_own_name() -> None:
    """Nothing is left out of the index: codes by name, settings and guides by title, pages and commands."""
    things = [("codes", name, name) for name in list(codes_by_name())[::4]]
    things += [("settings", name, name) for name in list(setting_words())[::8]]
    things += [("guides", name, load_guide(name).title["en"]) for name in guide_names()]
    things += [("pages", one.name, one.title["fr"]) for one in shown_pages()]
    lost = []
    for kind, name, query in things:
        if name not in {hit.name for hit in search(query, (kind,), most=20).hits}:
            lost.append((kind, name))
    assert lost == []


def test_leads_lead_somewhere_and_say_it_in_both_languages() -> None:
    there = {"code": set(codes_by_name()), "setting": set(setting_words()), "command": set(VERBS)}
    for question in asked():
        assert len(question.leads) >= 2, question.name
        for kind, name in question.leads:
            assert name in there.get(kind, {name}), (question.name, kind, name)
        assert all(text.endswith(".") for text in question.say.values()), question.name


def test_every_verb_is_a_page_of_the_search() -> None:
    assert {one.name for one in shown_pages() if one.kind == "command"} == set(VERBS)


def test_every_wording_of_a_question_finds_it() -> None:
    from wattstead.catalog.code_index import asked_like

    lost = [says for one in asked() for says in one.says if (found := asked_like(says)) is None or found.say != one.say]
    assert lost == []


def test_a_query_is_quick_and_the_index_small() -> None:
    things, words, places = index_size()
    assert things > 700
    assert words < 10_000
    assert places < 100_000
    taken = []
    for query in TYPED:
        begun = time.process_time()
        search(query)
        taken.append(time.process_time() - begun)
    assert sorted(taken)[len(taken) // 2] < MOST_S


def test_plain_answers_have_both_languages() -> None:
    plain = search_plain(search("battery will not charge"))
    assert set(plain["say"]) == {"en", "fr"}
    assert {hit["kind"] for hit in plain["hits"]} <= set(KINDS)
    assert all(set(hit["title"]) == set(hit["text"]) == {"en", "fr"} for hit in plain["hits"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("L’état de charge", ["etat", "de", "charg"]),
        ("qu'est-ce que l'onduleur", ["est", "ce", "que", "onduleur"]),
        ("over voltage", ["overvoltag"]),
        ("sous-tension", ["soustension"]),
        ("Batteries", ["batteri"]),
        ("cell_overvoltage", ["cell", "overvoltag"]),
        ("90 %", ["90", "percent"]),
    ],
)
def test_words_are_compared_without_accents_elisions_and_endings(text: str, words: list[str]) -> None:
    assert stems(text) == words


def test_the_index_knows_synonyms_beginnings_and_misprints() -> None:
    same = synonyms([["battery", "accu"], ["overvoltage", "too high"]], "the is")
    finder = Finder([Doc("a", ["The battery"]), Doc("b", ["Overvoltage"]), Doc("c", ["Cable 12"])], same)

    def best(query: str, *, typing: bool = False) -> str | None:
        found = finder.ranked(query, typing=typing)
        return found[0][1] if found else None

    assert [best(one) for one in ("accu", "is too high", "cabel", "cable 13", "batter", "the")] == [
        "a",
        "b",
        "c",
        "c",
        "a",
        None,
    ]
    assert best("ca", typing=True) is None
    assert best("cab", typing=True) == "c"
    assert finder.ranked("cable 12")[0][0] > finder.ranked("cable 13")[0][0], "a number is no misprint of another"
    assert same_words().small
