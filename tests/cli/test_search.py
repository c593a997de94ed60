"""``wattstead search`` at the command line."""

import json
from typing import Any

import pytest

from wattstead.cli import main


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    def says(*words: str) -> tuple[int, str, str]:
        monkeypatch.setenv("COLUMNS", "200")
        status = 0
        try:
            main(["search", *words])
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    return says


def test_all_kinds_are_found_at_once_with_what_to_type_next(run: Any) -> None:
    status, out, _ = run("store", "the", "battery", "--lang", "en")
    assert status == 0
    assert out.startswith("Half full, switched off, dry and cool")
    assert "\nGuides\n" in out
    assert "[wattstead guides storage-wall-6k5]" in out
    assert "\nCodes\n" in out


def test_french_words_and_one_kind_alone(run: Any) -> None:
    status, out, _ = run("seuil alarme soc", "--kind", "settings", "--lang", "fr")
    assert status == 0
    assert out.startswith("Réglages\n")
    assert "[soc_alarm_pct] : " in out
    assert "Codes" not in out


def test_what_was_guessed_is_said_and_a_code_comes_first(run: Any) -> None:
    status, out, _ = run("fl4", "--lang", "en")
    assert (status, out.splitlines()[0]) == (0, "Taken for F14.")
    assert "[wattstead explain F14]" in out


def test_nothing_found_is_status_1_with_what_is_near(run: Any) -> None:
    status, out, err = run("F99", "--lang", "en")
    assert (status, err) == (1, "")
    assert out.startswith("Nothing was found for 'F99'.\nCodes that are near:\n")
    assert run("zzzzqq", "--lang", "fr") == (1, "Rien n'a été trouvé pour 'zzzzqq'.\n", "")


def test_json_has_both_languages(run: Any) -> None:
    found = json.loads(run("battery", "will", "not", "charge", "--json")[1])
    assert found["query"] == "battery will not charge"
    assert set(found["say"]) == {"en", "fr"}
    first = found["hits"][0]
    assert (first["kind"], first["name"]) == ("codes", "charge_undertemperature_protection")
    assert {"profile": "ps-20016s", "make": "PowaStone PS-20016S", "code": "UTC"} in first["codes"]


def test_bad_input_is_one_sentence(run: Any) -> None:
    assert run(" ")[0::2] == (2, "wattstead: say what to look for: words, a question or a code\n")
    status, _, err = run("soc", "--kind", "things")
    assert (status, err) == (2, "wattstead: --kind things does not exist; say one of codes, settings, guides, pages\n")
