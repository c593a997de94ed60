"""Nothing old is shown as if it were live, and nothing that was never said as a figure."""

import re
from pathlib import Path

from leap import leaping
from tui.screens import Sight, looking, same_page


def styles(sight: Sight, text: str) -> set[str]:
    """Give the styles in which a text stands on the page."""
    found = set()
    for line in sight.paper().lines:
        if (start := line.plain.find(text)) >= 0:
            found |= {str(line.style)} | {str(span.style) for span in line.spans if span.start <= start < span.end}
    return found


@leaping
async def test_before_the_first_answer_there_is_a_dash_and_no_figure(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path, mute=True) as sight:
        text = await sight.until("No answer yet.", "did not answer")
        same_page("never-answered-80", re.sub(r"asked [^)]*\)", "asked)", text))
        values = [
            line for line in text.splitlines() if line.startswith((" pack voltage", " pack current", " state of"))
        ]
        assert len(values) == 3
        assert not re.search(r"\d", "".join(line[:38] for line in values))
        for number in "234":
            await sight.press(number)
            await sight.until("Nothing was said yet.")
        await sight.press("7")
        await sight.until("0 / 1", "not read yet")
        await sight.press("5")
        await sight.until("did not answer")


@leaping
async def test_a_pack_that_falls_silent_keeps_its_values_with_their_age_and_is_live_again(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path) as sight:
        await sight.until("live", "1101-SP76")
        assert "dim" not in styles(sight, "52.93 V")
        sight.bus.mute = True
        sight.clock.s += 12.0
        await sight.until("○ silent 12 s", "Old values: the last answer came 12 s ago.")
        sight.clock.s += 300.0
        text = await sight.until("silent 5 min", "52.93 V", "not known while the pack is silent")
        assert "live" not in text
        assert "dim" in styles(sight, "52.93 V")
        await sight.press("2")
        await sight.until("Old values", "3.307 V")
        assert "dim" in styles(sight, "3.307 V")
        await sight.press("7")
        await sight.until("0 / 1", "silent 5 min")
        assert "dim" in styles(sight, "52.93")
        sight.bus.mute = False
        await sight.press("4")
        text = await sight.until("the pack answers again", "the pack fell silent", "live")
        assert text.index("answers again") < text.index("fell silent")


@leaping
async def test_a_line_that_is_lost_is_opened_again(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path) as sight:
        await sight.until("live")
        sight.bus.heals, sight.bus.cut_after = False, 0
        await sight.press("6")
        await sight.until("closed, tried again", "What went wrong last")
        sight.bus.heals = True
        await sight.until("live", "the port is                      open")


@leaping
async def test_values_of_a_feed_that_stands_still_are_old_without_a_silence(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path) as sight:
        await sight.until("live")
        await sight.feed.stop()
        sight.clock.s += 60.0
        await sight.until("old 60 s", "Old values")


@leaping
async def test_alarms_that_come_and_go_are_kept_with_their_time(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path) as sight:
        await sight.press("4")
        await sight.until("no alarm, no protection, no fault")
        sight.clock.s += 1.0
        sight.says(active=("cell_overvoltage_protection",))
        await sight.until("12:00:01 + cell overvoltage protection", "PROTECTION cell overvoltage protection")
        sight.clock.s += 1.0
        sight.says(active=())
        await sight.until("12:00:02 - cell overvoltage protection", "no alarm, no protection, no fault")


@leaping
async def test_lamps_blink_and_follow_what_the_pack_says(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path, says={"report": {"pack_current_a": 20.0, "soc_pct": 80.0}}) as sight:
        lit = await sight.until("blinks: RUN")
        row = next(line for line in lit.splitlines() if "●" in line and "○" in line)
        sight.clock.blink_s = 1.0
        dark = await sight.until("blinks: RUN")
        other = next(line for line in dark.splitlines() if "●" in line and "○" in line)
        assert (row.count("●"), other.count("●")) in {(5, 4), (4, 5)}
