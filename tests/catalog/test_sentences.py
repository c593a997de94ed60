"""Sentences that are made in English and said in French: each belongs to the program, and so does what it holds."""

import re
from pathlib import Path
from typing import Any

import pytest

import wattstead
from wattstead.catalog.sentences import in_words
from wattstead.catalog.words import read_toml
from wattstead.host.upgrade.words import RETURNS, SENTENCES

_TELLS = 16  # characters of a fixed part that show where it comes from


def source() -> str:
    """The program, its sentences joined where a line was broken."""
    folder = Path(wattstead.__file__).parent
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py")))
    return re.sub(r'"\s*\n\s*f?"', "", text).replace('\\"', '"')


def test_every_sentence_is_one_that_the_program_makes() -> None:
    text = source()
    entries: Any = read_toml(Path(wattstead.__file__).parent / "words" / "said.toml")["sentence"]
    parts = {part.strip(" :;,") for entry in entries for part in re.split(r"\{[^{}]*\}", entry["en"])}
    parts = {part for part in parts if len(part) >= _TELLS}
    parts |= {forms for entry in entries for forms in re.findall(r"\{\w+(:[^{}]*)\}", entry["en"])}
    assert len(parts) > 60
    assert [part for part in sorted(parts) if part not in text] == []


@pytest.mark.parametrize(
    ("english", "french"),
    [
        (
            "the new image started and did not work: somebody asked for the image before",
            "la nouvelle image a démarré et n'a pas fonctionné : quelqu'un a demandé l'image précédente",
        ),
        ("it reads 41.20 A then: it was taken back", "il lit ensuite 41.20 A : elle a été annulée"),
        ("3 packs on 2 lines; Ctrl-C ends it", "3 packs sur 2 liaisons ; Ctrl-C y met fin"),
        ("nobody has put this into words", "nobody has put this into words"),
    ],
)
def test_what_a_sentence_holds_is_said_in_the_same_language(english: str, french: str) -> None:
    assert in_words(english, "fr") == french
    assert in_words(english, "en") == english


def test_every_answer_of_a_loader_is_said_in_french() -> None:
    for english in (*SENTENCES.values(), *RETURNS.values()):
        if english != SENTENCES[min(SENTENCES)]:  # "it agreed" is no reason for anything
            assert in_words(f"{english}x" if english.endswith(": ") else english, "fr") != english
