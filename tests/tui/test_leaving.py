"""``q`` ends the pages, whatever the line does."""

import asyncio
from pathlib import Path

from host.setting_lines import NOON_S, Line
from leap import leaping
from tui.screens import looking
from wattstead.catalog.profile import load_profile
from wattstead.link.port import Chunk
from wattstead.tui.app import Pages, ScreenApp
from wattstead.tui.desk import Desk
from wattstead.tui.feed import CLOSES_S, Feed


def feeding() -> list["asyncio.Task[object]"]:
    return [task for task in asyncio.all_tasks() if task.get_name() == "feed"]


class Deaf:
    """A port that takes everything, says nothing, and does not close."""

    url, baud, alive = "serial:///dev/deaf?baud=19200", 19200, True
    closing = 0

    async def send(self, data: bytes) -> None:
        del data

    async def receive(self) -> Chunk:
        await asyncio.Event().wait()
        raise AssertionError

    async def close(self) -> None:
        self.closing += 1
        await asyncio.Event().wait()


@leaping
async def test_a_port_that_neither_answers_nor_closes_holds_nobody_up(tmp_path: Path) -> None:
    port, clock = Deaf(), asyncio.get_running_loop().time

    async def opening() -> Deaf:
        return port

    feed = Feed(load_profile("seplos-v2"), port.url, [0], lambda: round(1000 * NOON_S), opening)
    app = ScreenApp(Desk(feed, tmp_path), "en", clock_s=clock)
    async with app.run_test() as pilot:
        await pilot.pause(0.5)
        assert feeding()
        await pilot.press("5")  # somebody else wants the line, too
        await pilot.pause(0.5)
        await pilot.press("q")
    began_s = clock()
    await feed.close()
    assert clock() - began_s <= CLOSES_S
    assert port.closing >= 1
    await asyncio.sleep(10.0)
    assert not feeding()


@leaping
async def test_who_leaves_while_settings_are_read_leaves_no_question_behind(tmp_path: Path) -> None:
    line = Line("seplos-v2", paced=True)
    feed = Feed(line.profile, "serial:///dev/ttyUSB0", [line.address], lambda: round(1000 * NOON_S), line.open)
    app = ScreenApp(Desk(feed, tmp_path), "en", clock_s=asyncio.get_running_loop().time)
    async with app.run_test() as pilot:
        await pilot.pause(2.0)
        line.mute = True
        await pilot.press("5")
        await pilot.pause(0.2)
        await pilot.press("q")
    opened = line.opened
    await feed.close()
    feed.start()  # as a reading does that was broken off
    await asyncio.sleep(30.0)
    assert not feeding(), "the worker that was broken off has begun to ask again"
    assert line.opened == opened, "the line was opened anew"
    assert not feed.is_open
    await line.end()


@leaping
async def test_q_counts_before_the_pages_are_there(tmp_path: Path) -> None:
    async with looking("seplos-v2", tmp_path) as sight:
        await sight.until("live")
        await sight.app.pop_screen()
        assert not isinstance(sight.app.screen, Pages)
        await sight.press("q")
        await sight.pilot.pause(0.1)
        assert not sight.app.is_running
