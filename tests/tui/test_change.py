"""One setting is changed: preview, confirmation, outcome; nothing is sent before it was confirmed."""

import json
from pathlib import Path
from typing import Any

from leap import leaping
from tui.screens import Sight, kept, looking, same_page
from wattstead.virtual.given import Writes

UP = "cell_overvoltage_protection_v"
GUARD = "enable_cell_overvoltage_protection"


async def opened(sight: Sight, name: str) -> None:
    """Go to the settings, find one by its name, open it."""
    await sight.until("live")
    await sight.press("5")
    await sight.until("read 0 s ago")
    await sight.press("slash")
    await sight.write(name)
    await sight.until(f" {name}")
    await sight.press("enter")
    await sight.until("Change a setting", name)


def log(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "audit.jsonl").read_text(encoding="utf-8").splitlines()]


@leaping
async def test_a_value_is_previewed_confirmed_written_and_read_back(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path, size=(80, 30)) as sight:
        await opened(sight, UP)
        await sight.type("3,64")  # with the comma of a French keyboard
        text = await sight.until("This would be written", "3.65 V → 3.64 V", "Nothing was sent yet.")
        same_page("change-preview-80", text)
        assert sight.bus.settings[UP] == 3.65
        await sight.write("yes")
        text = await sight.until("Written and read back.", "written · read back: 3.64 V")
        assert sight.bus.settings[UP] == 3.64
        await sight.press("enter")
        await sight.until("3.64 V*")
    (begun, written, ended) = log(tmp_path)
    assert (begun["what"], written["outcome"], ended["sent"]) == ("begin", "written", 1)
    assert begun["why"] == f"screen {UP}=3,64"
    assert f"{UP} = 3.65" in kept(tmp_path, begun["backup"])
    assert f"{UP} = 3.64" in kept(tmp_path, "last.toml")


@leaping
async def test_without_the_right_word_nothing_is_sent(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path, size=(80, 30)) as sight:
        await opened(sight, GUARD)
        await sight.write("off")
        text = await sight.until("DANGER", f"type {GUARD} to confirm")
        same_page("change-danger-80", text)
        await sight.write("yes")
        await sight.until(f"That was not {GUARD}. Nothing was sent.")
        await sight.press("escape", "escape")
        await sight.until("Settings")
        assert sight.bus.settings[GUARD] is True
        await sight.press("enter")
        await sight.write("off")
        await sight.until("to confirm")
        await sight.write(GUARD)
        await sight.until("Written and read back.")
        assert sight.bus.settings[GUARD] is False


@leaping
async def test_errors_stop_a_change_and_what_is_meant_is_asked_again(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path, size=(80, 30)) as sight:
        await opened(sight, UP)
        for typed, says in (
            ("x", "is a number"),
            ("9", "lies outside 0 to 5 V"),
            ("2.0", "correct the errors first"),
            ("3.65", "holds this already"),
        ):
            await sight.write(typed)
            await sight.until(says)
        assert "yes" not in sight.text()
        assert sight.bus.settings[UP] == 3.65
    assert not (tmp_path / "audit.jsonl").exists()


@leaping
async def test_a_refusal_and_silence_are_told_apart(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path, size=(40, 30), lang="fr") as sight:
        await sight.until("en direct")
        await sight.press("5")
        await sight.until("lus il y a 0 s")
        for how, outcome in ((Writes.REFUSE, "refusé"), (Writes.IGNORE, "ignoré")):
            sight.bus.writes(how)
            await sight.press("home", "enter")
            await sight.write("3.5")
            await sight.until("→ tapez oui pour écrire")
            await sight.write("oui")
            await sight.until(outcome, "L'appareil est comme avant.")
            await sight.press("escape")
            await sight.until("Réglages")
    assert [one["outcome"] for one in log(tmp_path) if one["what"] == "write"] == ["refused", "ignored"]


@leaping
async def test_a_line_that_is_lost_for_good_is_not_called_written(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path, size=(80, 30)) as sight:
        await opened(sight, UP)
        await sight.write("3.64")
        await sight.until("type yes to write")
        await sight.feed.stop()
        sight.bus.after_write = lambda: sight.bus.cut(1)
        await sight.write("yes")
        await sight.until("link lost", "Not everything was written.")
        sight.bus.mend()


@leaping
async def test_a_new_address_is_a_danger_and_the_pack_is_asked_where_it_answers(tmp_path: Path) -> None:
    async with looking("ps-20016s", tmp_path, size=(80, 30)) as sight:
        await opened(sight, "bms_address")
        await sight.write("7")
        await sight.until("this very link changes", "type bms_address to confirm", "can be programmed some 100")
        await sight.write("bms_address")
        await sight.until("Written and read back.")
        await sight.press("enter")
        await sight.until("7*", "live")
        sight.feed.moved(sight.feed.packs[0].who.address, 7)
        assert [pack.who.address for pack in sight.feed.packs] == [7]


@leaping
async def test_nobody_leaves_while_settings_are_written(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path, size=(80, 30)) as sight:
        await opened(sight, UP)
        await sight.write("3.64")
        await sight.until("type yes to write")
        sight.bus.mute = True
        await sight.write("yes")
        await sight.press("ctrl+c", "escape")
        await sight.pilot.pause()
        assert "Change a setting" in sight.text()
        assert sight.app.is_running
        sight.bus.mute = False
        await sight.until("Outcome")
