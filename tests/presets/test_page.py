"""The page of a preset says each row, what is ours, and what the checker finds."""

import pytest

from wattstead.catalog.pack_page import pack_page
from wattstead.catalog.packs import load_pack, preset_names
from wattstead.model.preset_check import check_pack


def line(page: str, name: str) -> str:
    (found,) = [one for one in page.splitlines() if one.startswith(f"| `{name}`")]
    return found


@pytest.mark.parametrize("name", preset_names())
def test_the_page_has_every_row_every_finding_and_whole_tables(name: str) -> None:
    pack = load_pack(name)
    page = pack_page(pack)
    assert page.startswith(f"# {name}\n\n{pack.title['en']}. Source: {pack.source}.\n")
    for row in pack.rows:
        assert line(page, row.name).count("|") == 11
    for finding in check_pack(pack):
        assert f"| {finding.rule} |" in page
        assert finding.text in page


def test_a_row_in_words() -> None:
    seplos = pack_page(load_pack("seplos-16s-100ah"))
    assert line(seplos, "cell_overvoltage_protection") == (
        "| `cell_overvoltage_protection` | protection | cell voltage max, charging | from 3.65 V up | "
        "at 3.38 V and SOC at most 96 % | 2 s† | stops charge | - | by name | off |"
    )
    assert line(seplos, "short_circuit_protection") == (
        "| `short_circuit_protection` | critical | discharge current, discharging | from 500 A† up | "
        "charger or 60 s after | 300 µs† | stops charge, stops discharge | "
        "after 5 (short circuit), a charger unlocks | by name | off |"
    )
    assert line(seplos, "connection_fault").startswith(
        "| `connection_fault` *off* | alarm | connection resistance, loaded |"
    )
    assert line(seplos, "transient_overcurrent_protection").count(" 30 ms | ") == 1
    assert "`enable_lcd`" in seplos
    wall = pack_page(load_pack("wall-6k5"))
    assert "| cells | 16 in series, 2 in parallel |\n| capacity | 128 Ah, 118 Ah of them usable |" in wall
    assert "| power | silence_off_s | 60 min |" in wall
    assert "## Settings that change nothing\n\n`voltage_offset`" in wall


def test_the_page_follows_the_settings() -> None:
    page = pack_page(load_pack("seplos-16s-100ah", {"enable_connection_fault": True, "enable_standby_shutdown": False}))
    assert line(page, "connection_fault").startswith("| `connection_fault` | alarm")
    assert "| power | shutdown_after_s | never |" in page
