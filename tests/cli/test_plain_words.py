"""What the command line says where nothing is as it should be: no old value without its age, no silent English."""

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace

import pytest
from rich.console import Console

from wattstead.catalog.profile import load_profile
from wattstead.cli import main
from wattstead.cli.read import _screen
from wattstead.cli.show import beyond_limits, codes_lines
from wattstead.model.errors import UsageError
from wattstead.model.reading import Silence
from wattstead.virtual.bank import Bank
from wattstead.virtual.vocabulary import Vocabulary

PYLONTECH = load_profile("pylontech")


def said(*words: str) -> tuple[int, str]:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out), pytest.raises(SystemExit) as left:
        main(list(words))
    return int(left.value.code or 0), out.getvalue()


def shown(what: object) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(what)
    return console.export_text()


def test_a_language_that_is_not_there_is_said_and_that_of_the_system_is_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert said("quantities", "--lang", "de") == (2, "wattstead: there is no language 'de'; there are en and fr\n")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    status, text = said("quantities")
    assert (status, "cell voltage" in text) == (0, True)
    assert "tension de cellule" in said("quantities", "--lang", "fr_FR.UTF-8")[1]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--packs", "40"), "40 packs from address 2 on do not fit; its group has room for 12"),
        (("--address", "15"), "has no address 15; a pack has one of 1 to 13, 17 to 29, and so on up to 125"),
        (("--packs", "3", "--address", "28"), "its group has room for 2"),
    ],
)
def test_packs_that_a_bus_cannot_have_are_refused_with_the_range(words: tuple[str, ...], complaint: str) -> None:
    status, text = said("simulate", "pylontech", "--on", "tcp://127.0.0.1:0", *words)
    assert (status, complaint in text) == (2, True), text


def test_an_unknown_code_lists_the_like_and_not_ninety() -> None:
    codes = Vocabulary.of(load_profile("seplos-v3").dialect)
    with pytest.raises(UsageError) as error:
        codes.active(["overheat_voltage"])
    assert "in all" in str(error.value)
    assert "voltage" in str(error.value).partition("codes are")[2]
    assert len(str(error.value)) < 400
    with pytest.raises(UsageError, match="did you mean cell_overvoltage_protection"):
        codes.active(["cell_overvoltage_protectoin"])


def test_old_values_are_shown_with_their_age() -> None:
    silence = Silence("pylontech-2", 1_780_315_247_000, "did not answer")
    text = shown(_screen(silence, {"soc_pct": 50.0}, (), PYLONTECH, "en", 1_780_315_200_000))
    assert "OLD VALUES: read at" in text
    assert "47 s ago" in text
    assert "50" in text
    never = shown(_screen(silence, {}, None, PYLONTECH, "fr", None))
    assert "VALEURS" not in never
    assert "muet" in never


def test_a_cell_beyond_its_limits_is_said_where_the_wire_has_no_bit_for_it() -> None:
    """Pylontech tells a cell's overvoltage by the word of the cell alone."""
    bank = Bank(PYLONTECH, now_ms=lambda: 0, soc_pct=50.0)
    pack = bank.packs[0]
    assert beyond_limits(bank.report(0).values) == ()
    pack.given = replace(pack.given, active=("cell_overvoltage_protection",))
    told = bank.report(0, PYLONTECH.dialect.message("alarms"))
    assert "high" in told.values["cell_voltage_status"]
    beyond = beyond_limits(told.values)
    assert "cell_voltage_status" in beyond
    for lang, words in (("en", "beyond its limits"), ("fr", "hors limites")):
        text = shown(codes_lines((), PYLONTECH.codes, lang, beyond))
        assert words in text
        assert "ni alarme" not in text


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("seplos", "did you mean seplos-can, seplos-v2 or seplos-v3?"),
        ("seplos-v4", "did you mean seplos-v2 or seplos-v3?"),
        ("pylon", "did you mean pylontech, pylontech-can or pylontech-console?"),
        ("ps20016s", "did you mean ps-20016s?"),
        ("growat", "did you mean growatt-can or growatt-rs485?"),
        ("qqqq", "one of your own is given as a path that ends in .toml. The profiles are aura, daly"),
    ],
)
def test_a_profile_that_is_not_there_names_those_that_may_be_meant(slip: str, meant: str) -> None:
    with pytest.raises(UsageError) as error:
        load_profile(slip)
    assert meant in str(error.value)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("read", "/dev/x", "-p", "seplos-v2", "-a", "300"), "seplos-v2 has no address 300; it knows 0 to 15"),
        (("read", "/dev/x", "-p", "pylontech", "-a", "-1"), "pylontech has no address -1; it knows 1 to 125"),
        (("read", "/dev/x", "-a", "300"), "no device has the address 300; addresses lie between 0 and 255"),
        (("simulate", "seplos-v2", "--on", "tcp://127.0.0.1:0", "-a", "300"), "300"),
        (("read", "/dev/x", "--baud", "100"), "--baud: 300 is the least; `wattstead read --help`"),
        (("demo", "--port", "99999"), "--port: 65535 is the most;"),
        (("read", "/dev/x", "--baud", "fast"), "--baud: write a whole number;"),
        (("capture", "/dev/x", "-o", "-", "--seconds", "x"), "--seconds: write a number;"),
        (("read",), "URL is missing; `wattstead read --help`"),
        (("decode", "-x"), "there is no option -x;"),
        (("read", "/dev/x", "--wak"), "there is no option --wak; did you mean --no-wake, --wake, --watch?;"),
        (("read", "/dev/x", "-p"), "-p needs a value behind it;"),
        (("read", "a", "b"), "nobody knows what is meant by b;"),
        (("calibrate", "/dev/null", "zro"), "for 'action': 'zro' is not one of 'show', 'zero'"),
    ],
)
def test_what_is_typed_wrong_is_said_plainly(words: tuple[str, ...], complaint: str) -> None:
    status, text = said(*words)
    assert (status, complaint in text) == (2, True), text
    assert "Input should" not in text
