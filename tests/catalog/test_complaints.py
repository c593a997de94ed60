"""Errors in French: each part belongs to the program, and an error is said whole or not at all."""

import re
from pathlib import Path
from typing import Any

import pytest

import wattstead
from catalog.test_sentences import source
from cli.test_plain_words import said
from wattstead.catalog.complaints import complaint
from wattstead.catalog.words import read_toml

_TELLS = 16  # characters of a fixed part that show where it comes from
HELP = "`wattstead read --help` montre ce qu'on peut dire"


def test_every_part_is_one_that_the_program_says() -> None:
    text = source()
    entries: Any = read_toml(Path(wattstead.__file__).parent / "words" / "errors.toml")["sentence"]
    parts = {part.strip(" :;,?") for entry in entries for part in re.split(r"\{[^{}]*\}", entry["en"])}
    lost = [part for part in sorted(parts) if len(part) >= _TELLS and part not in text]
    made = (
        "`",
        "its address",
        "(A and B",
        "it stayed silent",
        "of the findings",
        "one of your own",
        "again (",
        "held by",
        "there are tables",
    )
    assert [part for part in lost if not any(one in part for one in made)] == []
    assert len(entries) > 120


SILENT = (
    "tcp://h:1: seplos-v2 at address 0 did not answer telemetry (asked 2 times, 1.04 s); the line stayed silent; "
    "check that the device is on, its address, the wires A and B, and the speed: set 19200 in the serial server"
)
MUET = (
    "tcp://h:1 : seplos-v2 à l'adresse 0 n'a pas répondu à telemetry (demandé 2 fois, 1.04 s) ; la liaison est restée "
    "muette ; vérifiez que l'appareil est allumé, son adresse, les fils A et B et la vitesse : réglez 19200 dans le "
    "serveur série"
)


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("/dev/x: there is no such port; check it", "/dev/x : ce port n'existe pas ; vérifiez-le"),
        (SILENT, MUET),
        (
            "there is no guide 'storge'; did you mean storage-wall-6k5, stop-aura or start-aura?",
            "il n'y a pas de guide 'storge' ; vouliez-vous dire storage-wall-6k5, stop-aura ou start-aura ?",
        ),
        (
            "--data emp: the folder holds no store, a file that ends in .db",
            "--data emp : le dossier ne contient pas de stockage, un fichier qui finit en .db",
        ),
        ("seplos-v2 has no address 300; it knows 0 to 15", "seplos-v2 n'a pas d'adresse 300 ; il connaît 0 à 15"),
        (
            "/dev/x: there is no such port; somebody made this up",
            "/dev/x: there is no such port; somebody made this up",
        ),
        ("", ""),
    ],
)
def test_an_error_is_said_whole_or_not_at_all(english: str, french: str) -> None:
    assert complaint(english, "fr") == french
    assert complaint(english, "en") == english


def test_what_people_meet_first_is_said_in_the_language_they_ask_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = f"{tmp_path}/ttyUSB9"
    for words, french in (
        (("read", "/dev/x", "--baud", "100", "--lang", "fr"), f"--baud : 300 au moins ; {HELP}"),
        (("read", "/dev/x", "-p", "seplos", "--lang=fr"), "vouliez-vous dire seplos-can, seplos-v2 ou seplos-v3 ?"),
        (("read", f"serial://{port}", "-p", "seplos-v2", "--lang", "fr"), "ce port n'existe pas ; "),
        (("discover", f"serial://{port}", "--lang", "fr"), "ce port n'existe pas ; "),
    ):
        status, text = said(*words)
        assert status in (2, 3)
        assert french in text, text
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert "il n'y a pas de commande 'reed' ; vouliez-vous dire `wattstead read` ?" in said("reed")[1]
    assert "there is no verb 'reed'" in said("reed", "--lang", "en")[1]
