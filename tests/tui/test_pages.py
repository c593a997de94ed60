"""What each page shows of virtual batteries, compared with the files in ``pages/``."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from leap import leaping
from tui.screens import PAGES, WRITE, kept, looking, same_page

ALARMED: dict[str, Any] = {
    "active": ("cell_overvoltage_protection", "charge_high_temperature_alarm", "cell_heating_active"),
    "report": {"pack_current_a": 24.5, "soc_pct": 96.0},
}
NAMES = ("overview", "cells", "temperatures", "alarms", "settings", "link", "packs")
SHOWS = ("52.93 V", "3.307 V", "25.0 °C", "nothing came", "3.55 V", "19200", "packs that count")


@leaping
async def test_all_pages_of_seplos_at_80_columns(tmp_path: Path) -> None:
    """PWS-13: the pages of the maker's touch screen."""
    async with looking("seplos-v2", tmp_path, packs=3) as sight:
        await sight.until("1101-SP76")
        for number, (name, shows) in enumerate(zip(NAMES, SHOWS, strict=True), 1):
            await sight.press(str(number))
            text = await sight.until(shows)
            assert max(map(len, text.splitlines())) <= 80
            same_page(f"seplos-v2-{name}-80", text, figures=name != "link")


@leaping
async def test_all_pages_at_the_width_of_a_phone_in_french(tmp_path: Path) -> None:
    shows = ("52.93 V", "écart", "25.0 °C", "rien n'est venu", "3.55 V", "ascii_hex", "packs qui comptent")
    async with looking("seplos-v2", tmp_path, packs=2, size=(40, 30), lang="fr") as sight:
        await sight.until("52.93 V")
        for number, (name, shown) in enumerate(zip(NAMES, shows, strict=True), 1):
            await sight.press(str(number))
            text = await sight.until(shown)
            assert max(map(len, text.splitlines())) <= 40
            same_page(f"seplos-v2-{name}-40-fr", text, figures=name != "link")


@leaping
async def test_a_pack_in_trouble_on_a_wide_terminal(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path, packs=2, size=(120, 40), says=ALARMED) as sight:
        same_page("trouble-overview-120", await sight.until("PROTECTION", "1101-SP76"))
        await sight.press("4")
        same_page("trouble-alarms-120", await sight.until("Since this screen"))
        await sight.press("7")
        same_page("trouble-packs-120", await sight.until("charging is cut"))


@leaping
async def test_ps_20016s_with_its_own_panel_and_settings(tmp_path: Path) -> None:
    async with looking("ps-20016s", tmp_path, size=(80, 24)) as sight:
        same_page("ps-20016s-overview-80", await sight.until("RUN", "serial number"))
        await sight.press("5")
        same_page("ps-20016s-settings-80", await sight.until("Abnormally high voltage: protection on"))


@leaping
async def test_pylontech_has_limits_and_no_panel(tmp_path: Path) -> None:
    async with looking("pylontech", tmp_path, packs=2) as sight:
        text = await sight.until("charge current limit", "serial number")
        assert "LED" not in text
        same_page("pylontech-overview-80", text)
        await sight.press("5")
        await sight.until("read 0 s ago", "no way to write it is known")


@leaping
async def test_a_battery_on_a_can_bus_has_no_settings_and_no_cells(tmp_path: Path) -> None:
    async with looking("pylontech-can", tmp_path) as sight:
        same_page("pylontech-can-overview-80", await sight.until("charge voltage limit"))
        await sight.press("2")
        await sight.until("does not tell its cells")
        await sight.press("5")
        await sight.until("A battery tells no settings on a CAN bus. Use its serial port.")
        await sight.press("6")
        same_page("pylontech-can-link-80", await sight.until("bytes received"), figures=False)
        await sight.press("7", "f")
        await sight.until("On a CAN bus packs are not asked one by one.")


@leaping
async def test_records_of_the_device_are_read_when_asked_for_and_kept(tmp_path: Path) -> None:
    async with looking("ps-20016s", tmp_path) as sight:
        values = {"cell_voltage_max_v": 3.756, "pack_voltage_v": 53.31, "soc_pct": 61.5, "pack_current_a": 40.2}
        log = sight.bus.bank.packs[0].records
        log.event(1.0, "cell_overvoltage_protection", began=True, code="OV", values=values)
        await sight.until("live")
        await sight.press("4")
        await sight.until("Press r to read")
        await sight.press("r")
        await sight.until("cell overvoltage protection", "(began)", "3.756 V")
    assert '"kind": "record"' in kept(tmp_path, "records.jsonl")


@leaping
async def test_what_cannot_be_read_is_told_where_it_was_to_stand(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path) as sight:
        await sight.until("live")
        await sight.press("4")
        await sight.until("Press r to read")
        await sight.press("r")
        await sight.until("this board gives no records")


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_list_of_keys_fits_a_phone(tmp_path: Path, lang: str) -> None:
    @leaping
    async def look() -> None:
        async with looking("seplos-v2", tmp_path, size=(40, 30), lang=lang) as sight:
            await sight.press("question_mark")
            same_page(f"help-40-{lang}", await sight.until("PgUp", "Enter"))
            await sight.press("escape")
            await sight.until("52.93 V")

    look()


def test_the_captures_in_the_manual_are_pages_of_these_tests() -> None:
    manual = Path(__file__).parents[2] / "docs" / "screen.md"
    text = manual.read_text(encoding="utf-8")
    found = re.compile(r"<!-- tests/tui/pages/([\w-]+)\.txt -->\n```text\n(.*?)```\n", re.DOTALL)
    assert len(found.findall(text)) == 4
    current = found.sub(lambda one: one[0].replace(one[2], squeezed(one[1])), text)
    if os.environ.get(WRITE):
        manual.write_text(current, encoding="utf-8")
    assert current == manual.read_text(encoding="utf-8")


def squeezed(name: str) -> str:
    """A page without the empty lines above its last one."""
    return re.sub(r"\n\n+(?=[^\n]*\n$)", "\n", (PAGES / f"{name}.txt").read_text(encoding="utf-8"))
