"""An active code in the terminal: the values behind it on the page of alarms, and all about it at Enter."""

from pathlib import Path
from typing import Any

from leap import leaping
from tui.screens import looking, same_page

CELLS = (*([3.48] * 6), 3.66, *([3.48] * 9))
FULL: dict[str, Any] = {"cell_voltage_v": CELLS, "pack_voltage_v": 55.86, "pack_current_a": 20.0, "soc_pct": 96.0}
HIGH: dict[str, Any] = {"active": ("cell_overvoltage_protection", "pack_charging"), "report": FULL}


@leaping
async def test_an_alarm_shows_the_values_behind_it_and_enter_tells_all(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path, size=(120, 46), says=HIGH) as sight:
        await sight.until("live")
        await sight.press("4")
        text = await sight.until("cell 7 at 3.660 V, limit 3.65 V", "Enter explain")
        assert "spread 180 mV, at 96 % of charge, 20.0 A of charge current" in text
        await sight.press("enter")
        text = await sight.until("One cell went beyond its upper limit", "who acts: installer", "ends at 3.38 V")
        assert "Cell 7 alone is high, 180 mV above the usual one" in text
        assert "It was there already when this screen was opened" in text
        same_page("meaning-120", text)
        await sight.press("escape")
        await sight.until("Active now")


@leaping
async def test_the_limits_of_the_device_are_used_once_its_settings_were_read(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path, size=(120, 46), says=HIGH) as sight:
        sight.bus.bank.packs[0].set_settings({"cell_overvoltage_protection_v": 3.6}, full_ah=1000.0)
        await sight.until("live")
        await sight.press("5")
        await sight.until("read 0 s ago")
        await sight.press("4")
        await sight.until("cell 7 at 3.660 V, limit 3.6 V")
        await sight.press("enter")
        await sight.until("limits as read from the device")


@leaping
async def test_a_code_that_comes_while_one_looks_says_since_when_and_one_that_ends_says_so(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path, size=(40, 60), lang="fr", says={"report": FULL, "active": ()}) as sight:
        await sight.until("en direct")
        await sight.press("4")
        await sight.until("ni alarme, ni protection")
        sight.clock.s += 60
        sight.says(report=FULL, active=("cell_high_voltage_alarm",))
        await sight.until("cellule 7 à 3,660 V", "Entrée expliquer")
        sight.clock.s += 12
        await sight.until("actif depuis 12 s")
        await sight.press("enter")
        await sight.until("C'est arrivé à 12:01:00.")
        sight.says(report=FULL, active=())
        await sight.press("escape")
        await sight.until("ni alarme, ni protection")


@leaping
async def test_what_stands_below_the_codes_is_reached_with_the_arrows(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path, size=(40, 12), says=HIGH) as sight:
        await sight.until("live")
        await sight.press("4")
        await sight.until("cell 7 at")
        await sight.press(*["down"] * 20)
        await sight.until("Press r to read")
        await sight.press(*["up"] * 20)
        await sight.until("Active now")
        await sight.press("end")
        await sight.until("Press r to read")
