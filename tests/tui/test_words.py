"""The words of the pages: each is there in both languages, and none is there for nothing."""

import re
from pathlib import Path

import wattstead.tui
from wattstead.catalog.words import screen_words, terminal_words
from wattstead.tui.app import PAGES

MADE = ("page_", "count_", "noise_")
"""Beginnings of words that the program puts together."""


def source() -> str:
    folder = Path(wattstead.tui.__file__).parent
    return "".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py")))


def test_every_word_is_used_and_every_page_has_a_name() -> None:
    text = source()
    idle = [name for name in screen_words() if not name.startswith(MADE) and f'"{name}"' not in text.replace("'", '"')]
    assert not idle
    assert all(f"page_{name}" in screen_words() for name in PAGES)


def test_every_word_that_is_asked_for_is_there() -> None:
    asked = set(re.findall(r"""(?:\bword|_word)\(["'](\w+)["']""", source()))
    assert len(asked) > 60
    assert asked <= {*screen_words(), *terminal_words()}


def test_both_languages_have_the_same_places_to_fill() -> None:
    for name, label in screen_words().items():
        assert set(re.findall(r"{(\w+)", label["en"])) == set(re.findall(r"{(\w+)", label["fr"])), name
