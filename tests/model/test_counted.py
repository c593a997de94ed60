"""Numbers and the words beside them."""

import re
from collections.abc import Iterable
from importlib.resources import files

import pytest

from wattstead.catalog.sentences import in_words
from wattstead.catalog.shown import word
from wattstead.catalog.words import read_toml, record_words
from wattstead.model.counted import Count, filled


def test_one_zero_and_many_in_two_languages() -> None:
    told = {lang: [f"{Count(n, lang):error|errors}" for n in (0, 1, 2)] for lang in ("en", "fr")}
    assert told == {"en": ["0 errors", "1 error", "2 errors"], "fr": ["0 error", "1 error", "2 errors"]}
    assert f"{Count(7)} of {Count(7):03d}" == "7 of 007"
    assert filled("{n:bloc|blocs}, {s:.0f} s, {flag}", "fr", n=0, s=2.0, flag=True) == "0 bloc, 2 s, True"


def test_what_the_check_of_settings_sums_up() -> None:
    assert filled(word("findings", "en"), "en", errors=1, warnings=0) == "1 error, 0 warnings"
    assert filled(word("findings", "fr"), "fr", errors=0, warnings=2) == "0 erreur, 2 avertissements"


@pytest.mark.parametrize(
    ("number", "en", "fr"),
    [
        (1, "1 record is missing here: the device overwrote it", "1 enregistrement manque ici : l'appareil l'a écrasé"),
        (2, "2 records are missing here: the device overwrote them", "2 enregistrements manquent ici"),
    ],
)
def test_records_that_are_missing(number: int, en: str, fr: str) -> None:
    for lang, said in (("en", en), ("fr", fr)):
        assert filled(record_words()["gap_overwritten"][lang], lang, lost=number).startswith(said)


def test_a_sentence_from_below_keeps_its_number_in_french() -> None:
    said = f"{Count(1):pack|packs} on {Count(2):line|lines}; Ctrl-C ends it"
    assert said == "1 pack on 2 lines; Ctrl-C ends it"
    assert in_words(said, "fr") == "1 pack sur 2 liaisons ; Ctrl-C y met fin"
    assert in_words(f"no delay is stated for {Count(1):row: the one used is ours|rows: those used are ours}", "fr") == (
        "aucun délai n'est donné pour 1 ligne : celui employé est le nôtre"
    )


def test_every_gap_with_two_forms_has_two_in_both_languages() -> None:
    found = 0
    for name in ("records.toml", "terminal.toml", "screen.toml", "said.toml", "sentences.toml"):
        table = read_toml(files("wattstead") / "words" / name)
        entries = table["sentence"] if isinstance(table.get("sentence"), list) else table.values()
        assert isinstance(entries, Iterable)
        for entry in entries:
            for lang in ("en", "fr"):
                for forms in re.findall(r"\{\w+:([^{}]*\|[^{}]*)\}", entry[lang]):
                    found += 1
                    one, many = forms.split("|")
                    assert one != many or one == "pack", (name, forms)
    assert found > 15
