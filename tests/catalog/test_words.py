"""Files of words: labels and codes in both languages, and what is said when one is broken."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from wattstead.catalog import words
from wattstead.model.code import Severity
from wattstead.model.errors import ProfileError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a folder that stands in for the installed package, with words of its own."""
    (tmp_path / "words" / "codes").mkdir(parents=True)
    monkeypatch.setattr(words, "files", lambda _: tmp_path)
    words.codes.cache_clear()
    words.quantity_labels.cache_clear()
    yield tmp_path
    words.codes.cache_clear()
    words.quantity_labels.cache_clear()


def write_codes(folder: Path, text: str) -> None:
    (folder / "words" / "codes" / "tiny.toml").write_text(text, encoding="utf-8")


def test_a_code_has_a_severity_and_both_languages(folder: Path) -> None:
    write_codes(folder, 'boom = { severity = "fault", en = "boom", fr = "boum" }')
    code = words.codes("tiny")["boom"]
    assert (code.severity, code.dialect, code.label) == (Severity.FAULT, "tiny", {"en": "boom", "fr": "boum"})


def test_a_dialect_without_codes_has_none(folder: Path) -> None:
    assert words.codes("tiny") == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            'boom = { severity = "fault", en = "boom" }',
            "tiny.toml, boom: has no text in fr; write en and fr in the same",
        ),
        ('boom = { severity = "fault", en = " ", fr = "" }', "tiny.toml, boom: has no text in en and fr; "),
        (
            'boom = { severity = "bad", en = "a", fr = "b" }',
            "tiny.toml, boom: severity is 'bad'; say one of information, ",
        ),
        ("boom = 7", "tiny.toml, boom: severity is None; say one of information, alarm, protection, fault"),
        ("boom = ", "tiny.toml, syntax: "),
    ],
)
def test_a_broken_code_is_one_sentence(folder: Path, text: str, sentence: str) -> None:
    write_codes(folder, text)
    with pytest.raises(ProfileError) as error:
        words.codes("tiny")
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "quantities.toml, cell_voltage_v: has no text in en and fr; write en and fr in the same entry"),
        ('cell_voltage_v = { en = "cell voltage" }', "quantities.toml, cell_voltage_v: has no text in fr; "),
    ],
)
def test_a_quantity_without_a_label_is_one_sentence(folder: Path, text: str, sentence: str) -> None:
    (folder / "words" / "quantities.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError) as error:
        words.quantity_labels()
    assert str(error.value).startswith(sentence)


def test_a_label_of_nothing_is_one_sentence(folder: Path) -> None:
    real = (files("wattstead") / "words" / "quantities.toml").read_text(encoding="utf-8")
    (folder / "words" / "quantities.toml").write_text(f'{real}\nzest = {{ en = "a", fr = "b" }}\n', encoding="utf-8")
    with pytest.raises(
        ProfileError, match=r"quantities\.toml, zest: is no quantity; add it to model/quantity\.py first"
    ):
        words.quantity_labels()
