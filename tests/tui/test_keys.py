"""The pages are turned, packs chosen and found with the keyboard alone."""

from pathlib import Path

from leap import leaping
from tui.screens import Sight, looking
from wattstead.tui.app import PAGES, Pages


def page(sight: Sight) -> str:
    screen = sight.app.screen
    assert isinstance(screen, Pages)
    return screen.page


@leaping
async def test_figures_arrows_and_the_figures_of_a_french_keyboard_turn_the_pages(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path) as sight:
        await sight.until("live")
        for number, name in enumerate(PAGES, 1):
            await sight.press(str(number))
            assert page(sight) == name
        await sight.press("right")
        assert page(sight) == "overview"
        await sight.press("left")
        assert page(sight) == "packs"
        azerty = ("ampersand", "é", "quotation_mark", "apostrophe", "left_parenthesis", "minus", "è")
        for key, name in zip(azerty, PAGES, strict=True):
            await sight.press(key)
            assert page(sight) == name


@leaping
async def test_packs_are_turned_and_chosen(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path, packs=3) as sight:
        await sight.until("pack 0 (1/3)")
        await sight.press("n")
        await sight.until("pack 1 (2/3)")
        await sight.press("p", "p")
        await sight.until("pack 2 (3/3)")
        await sight.press("7")
        await sight.until("packs that count", "3 / 3")
        await sight.press("up", "enter")
        await sight.until("pack 1 (2/3)", "pack voltage")


@leaping
async def test_packs_that_nobody_named_are_found(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path, packs=3, addresses=[0]) as sight:
        await sight.until("live")
        await sight.press("7")
        await sight.until("Packs (1)")
        before = dict(sight.bus.settings)
        await sight.press("f")
        await sight.until("2 more found", "Packs (3)", "3 / 3")
        assert [pack.who.address for pack in sight.feed.packs] == [0, 1, 2]
        assert sight.bus.settings == before


@leaping
async def test_thirty_packs_stand_in_one_table(tmp_path: Path) -> None:
    async with looking("ps-20016s", tmp_path, packs=30, size=(80, 50)) as sight:
        await sight.until("(1/30)")
        await sight.press("7")
        await sight.until("30 / 30", "Packs (30)", "   31 ")
        await sight.press("end", "enter")
        await sight.until("(30/30)")


@leaping
async def test_help_light_and_the_end(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path) as sight:
        await sight.until("live")
        await sight.press("question_mark")
        await sight.until("the pages", "light or dark")
        await sight.press("escape", "t")
        assert sight.app.theme == "textual-light"
        await sight.press("q")
        await sight.pilot.pause()
        assert not sight.app.is_running


@leaping
async def test_settings_are_found_by_name_by_number_and_by_what_they_do(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path) as sight:
        await sight.press("5")
        await sight.until("read 0 s ago")
        for wanted, found in (
            ("soc alarm", "soc_alarm_pct"),
            ("stops charging", "cell_overvoltage_protection_v"),
            ("monomer overvoltage protection", "cell_overvoltage_protection_v"),
            ("cell overvoltage: recovery", "cell_overvoltage_recovery_v"),
        ):
            await sight.press("slash")
            await sight.write(wanted)
            text = await sight.until(found)
            assert " of 151" in text
            await sight.press("escape")
        await sight.until("read 0 s ago")
        await sight.press("slash", "left", "right")
        assert page(sight) == "settings"


@leaping
async def test_every_page_fits_every_terminal(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path, packs=2) as sight:
        await sight.until("50.0 %")
        for columns, rows in ((16, 5), (40, 30), (79, 24), (200, 60)):
            await sight.pilot.resize_terminal(columns, rows)
            for number in "1234567":
                await sight.press(number)
                widest = max(line.cell_len for line in sight.paper().lines)
                assert widest <= columns - 2 or columns < 40
                assert len(sight.text().splitlines()) == rows
