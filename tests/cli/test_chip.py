"""``decode --profile sh367309``: what a technician's logic analyser or programmer says of the front end."""

from collections.abc import Iterable
from typing import Any

import pytest

from program import wattstead
from wattstead.catalog.packs import load_pack
from wattstead.catalog.words import LANGUAGES, codes
from wattstead.cli.chip import meanings
from wattstead.model.errors import UsageError
from wattstead.wire.sh367309.eeprom import KEPT, image_of
from wattstead.wire.sh367309.ram import BITS, VALUES, registers
from wattstead.wire.sh367309.twi import read_frame

IMAGE = image_of(load_pack("ps-20016s").settings)
TEXT = IMAGE.hex(" ").upper()


def said(*lines: str, message: str | None = None) -> list[dict[str, Any]]:
    return [one.plain() for one in meanings(lines, message)]


@pytest.mark.parametrize(
    "line",
    [
        "34 43 03 35 01 00 03 29",
        "34430335 01000329",
        "S 34 43 03 Sr 35 01 00 03 29 P",
        "0x34, 0x43, 0x03, 0x35, 0x01, 0x00, 0x03, 0x29",
        "34 43 03 | 35 01 00 03 29",
    ],
)
def test_an_exchange_is_understood_however_it_is_written(line: str) -> None:
    (row,) = said(line)
    assert (row["message"], row["direction"], row["register"]) == ("read_registers", "reply", "43")
    assert row["active"] == ["cell_overvoltage_protection"]
    assert (row["values"]["charge_mos_on"], row["values"]["discharge_mos_on"]) == (True, True)


def test_exchanges_behind_each_other_and_noise_between_them() -> None:
    rows = said("34 EA C0 C5 00 34 0C 18 FE")
    assert [row.get("message") for row in rows] == ["soft_reset", None, "write_eeprom"]
    assert rows[1]["bytes"] == "00"
    assert rows[2]["values"] == {"discharge_overcurrent_1_mv": 30, "discharge_overcurrent_1_delay_s": 4}
    assert rows[2]["active"] is None


def test_a_wrong_check_is_said_with_the_right_one() -> None:
    (row,) = said("34 43 01 35 00 AC")
    assert row["error"] == "the CRC of the read is AC; AB would be right"


@pytest.mark.parametrize("lines", [[TEXT], [read_frame(0, IMAGE).hex(" ")]])
def test_an_image_is_shown_as_settings(lines: list[str]) -> None:
    (row,) = said(*lines)
    assert row["values"].keys() == KEPT.keys()
    assert row["values"]["cell_overvoltage_protection_mv"] == 3750
    assert row["values"]["charge_overtemperature_protection_degc"] == 65.1
    assert "doubt" not in row


def test_a_dump_over_several_lines_is_one_image() -> None:
    dump = [f"{at:04X}0: {IMAGE[at : at + 8].hex(' ')}" for at in range(0, 25, 8)]
    (row,) = said("# of a programmer", *(line[line.index(":") + 2 :] for line in dump), message="eeprom")
    assert (row["line"], row["values"]["cell_count"]) == (2, 16)


def test_a_dump_of_the_working_registers() -> None:
    image = registers({"cell_voltage_v": (3.3,) * 16, "pack_current_a": -20.0}, ())
    (row,) = said(image[:26].hex(" "), image[26:].hex(" "), message="registers")
    assert row["values"]["cell_voltage_v"] == (3.3,) * 16
    assert row["values"]["pack_current_a"] == pytest.approx(-20.0, abs=0.1)


def test_a_setting_says_what_the_chip_makes_of_it_and_of_the_image_before_it() -> None:
    rows = said(
        "cell_overvoltage_protection_mv = 3752", TEXT, "ctl_pin_control = off", "cell_undervoltage_delay_s = 5.2"
    )
    assert rows[0]["doubt"] == "cell_overvoltage_protection_mv: 3752 will be 3750"
    assert "bytes" not in rows[0]
    assert rows[2]["bytes"].startswith("70 03 9E")
    assert rows[2]["values"] == {"ctl_pin_control": "off"}
    assert rows[3]["bytes"].startswith("70 03 9E EE A2")  # both changes
    assert rows[3]["doubt"] == "cell_undervoltage_delay_s: 5.2 will be 6"


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["FF " * 25], "all bytes are FF: this chip was never programmed, or the read failed"),
        (["hello"], "'hello' holds no bytes in hex"),
        (["soc_pct = 5"], "the chip keeps no soc_pct; it keeps cell_count"),
        (["cell_count = many"], "cell_count: 'many' is no number"),
        (["34 02 01 35 0C 00"], "the CRC of the read is 00"),
        ([read_frame(0x01, b"\x40").hex(" ")], "bits 40 of it are reserved"),
        ([read_frame(0x4E, b"\x40").hex(" ")], "register 4EH is half of a value of two"),
    ],
)
def test_what_is_wrong_is_said(lines: Iterable[str], why: str) -> None:
    (row,) = said(*lines)
    assert why in row["error"]


def test_registers_beyond_the_map_are_shown_as_they_are() -> None:
    (row,) = said(read_frame(0x20, b"\xff").hex(" "))
    assert (row["message"], row["bytes"], row["values"]) == ("read_unknown", "FF", {})


def test_an_image_out_of_range_is_shown_with_a_doubt() -> None:
    (row,) = said(image_of({**load_pack("ps-20016s").settings, "charge_inhibit_voltage_mv": 2400}).hex())
    assert row["doubt"] == "charge_inhibit_voltage_mv: 2400 lies outside the 500 to 2000 that the data sheet allows"


def test_another_message_is_refused() -> None:
    with pytest.raises(UsageError, match="eeprom and registers name"):
        said("34", message="cells")


def test_each_event_has_words_in_both_languages() -> None:
    events = {name for names in BITS.values() for name in names if name} - VALUES
    known = codes("sh367309")
    assert set(known) == events
    assert all(known[name].label[language] for name in events for language in LANGUAGES)


@pytest.mark.slow
def test_the_verb_prints_it_and_says_by_its_status_whether_anything_was_understood() -> None:
    ran = wattstead("decode", "--profile", "sh367309", "--json", given="34 43 03 35 01 00 03 29\n")
    assert ran.rows()[0]["active"] == ["cell_overvoltage_protection"]
    shown = wattstead("decode", "--profile", "sh367309", "--lang", "fr", given="34 43 03 35 01 00 03 29\n")
    assert "une cellule est trop haute" in shown.out
    assert wattstead("decode", "--profile", "sh367309", given="hello\n").status == 1
