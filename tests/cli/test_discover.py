"""What ``wattstead discover`` says before it asks, in which order and in which language."""

from pathlib import Path

from cli.setting_desk import battery
from cli.test_plain_words import said


def test_a_port_that_is_not_there_is_told_before_any_question(tmp_path: Path) -> None:
    missing = tmp_path / "ttyUSB99"
    status, told = said("discover", f"serial://{missing}")
    assert status == 3
    (line,) = told.splitlines()
    assert line.startswith(f"wattstead: serial://{missing}?baud=")
    assert "there is no such port" in line


def test_questions_are_told_before_they_are_asked_in_both_languages() -> None:
    with battery("seplos-v2", packs=2) as there:
        for lang, words in (
            ("en", ("to addresses 0, 1", "These questions only read", "address 1")),
            ("fr", ("seplos-v2 : telemetry (42H) aux adresses 0, 1", "Ces questions ne font que lire", "adresse 1")),
        ):
            status, told = said("discover", there.url, "-p", "seplos-v2", "--lang", lang)
            assert status == 0, told
            lines = told.splitlines()
            assert words[0] in lines[0], told
            assert words[1] in lines[1], told
            assert words[2] in told, told
            assert sum("wattstead read" in line for line in lines) == 2


def test_a_capture_speaks_french_too(tmp_path: Path) -> None:
    with battery("seplos-v2") as there:
        file = tmp_path / "home.capture"
        status, told = said("capture", there.url, "-p", "seplos-v2", "-o", str(file), "--lang", "fr")
    assert (status, "telemetry : enregistré" in told) == (0, True), told
    status, told = said("replay", str(file), "-o", str(tmp_path / "home.pcapng"), "--lang", "fr")
    assert (status, "entrées écrites dans" in told) == (0, True), told
