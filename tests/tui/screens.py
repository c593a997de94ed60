"""Virtual batteries behind the pages: a line in memory, a clock that stands, and the screen as plain text."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input

from host.setting_lines import NOON_S, Line
from wattstead.catalog.profile import load_profile
from wattstead.link.memory import memory_pair
from wattstead.link.port import Port
from wattstead.tui.app import Pages, ScreenApp
from wattstead.tui.desk import Desk
from wattstead.tui.feed import Feed
from wattstead.tui.paper import Paper
from wattstead.virtual.bank import Bank
from wattstead.virtual.can_serve import battery_talker, serve_can
from wattstead.virtual.day import Day
from wattstead.virtual.live import LiveBank

PAGES = Path(__file__).parent / "pages"
WRITE = "WATTSTEAD_PAGES"
"""Set it to any value to write the files of pages anew; then look at what `git diff` shows."""

_TURNS = 300  # so often a page may be drawn until it shows what is waited for
_LOOK_S = 0.3  # on the clock that leaps


@dataclass
class Clock:
    """Stands until a test moves it. blink_s: of the lamps."""

    s: float = NOON_S
    blink_s: float = 0.5

    def now_ms(self) -> int:
        return round(1000 * self.s)


@dataclass
class Sight:
    """A person before the screen. line: the virtual pack behind it, where it has a serial port."""

    app: ScreenApp
    pilot: Pilot[None]
    clock: Clock
    folder: Path
    line: Line | None = None

    @property
    def feed(self) -> Feed:
        return self.app.desk.feed

    @property
    def bus(self) -> Line:
        assert self.line is not None
        return self.line

    def text(self) -> str:
        """What stands on the screen."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips) + "\n"

    def paper(self) -> Paper:
        return self.app.screen.query_one(Paper)

    async def until(self, *words: str) -> str:
        """Wait until all of this stands on the screen; the loop's clock leaps meanwhile."""
        for _ in range(_TURNS):
            await self.pilot.pause(_LOOK_S)
            if isinstance(self.app.screen, Pages):
                self.app.screen.draw()
                await self.pilot.pause()
            text = self.text()
            if all(word in text for word in words):
                return text
        missing = [word for word in words if word not in self.text()]
        raise AssertionError(f"{missing} never came; the screen shows\n{self.text()}")

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        """Write a text where the cursor stands, and press Enter."""
        field = self.app.screen.query_one(Input)
        assert field.has_focus
        field.value = text
        await self.pilot.press("enter")

    async def type(self, text: str) -> None:
        """The same, key by key."""
        await self.pilot.press(*(_KEYS.get(one, one) for one in text), "enter")

    def says(self, pack: int = 0, **how: Any) -> None:
        """Let a virtual pack say this from now on: report, active, writes."""
        one = self.bus.bank.packs[pack]
        one.given = replace(one.given, **how)


_KEYS = {"_": "underscore", ".": "full_stop", ",": "comma", " ": "space", "-": "minus"}


@dataclass
class Bus:
    """A CAN bus in memory with a virtual battery on it."""

    make: str
    _tasks: "list[asyncio.Task[None]]" = field(default_factory=list)

    async def open(self) -> Port:
        profile = load_profile(self.make)
        bank = Bank(profile, now_ms=lambda: round(1000 * NOON_S), soc_pct=50.0, seed=7)
        live = LiveBank(bank, Day(7), clock_s=lambda: 0.0, local_s=NOON_S, speed=0.0)
        ours, theirs = memory_pair()
        self._tasks.append(asyncio.create_task(serve_can(theirs, battery_talker(profile, live))))
        return ours

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def looking(
    make: str,
    folder: Path,
    *,
    packs: int = 1,
    addresses: Sequence[int] = (),
    size: tuple[int, int] = (80, 24),
    lang: str = "en",
    mute: bool = False,
    says: dict[str, Any] | None = None,
) -> AsyncIterator[Sight]:
    """Open the screen on virtual packs. says: what the first one tells, as ``Sight.says`` takes it."""
    profile, clock = load_profile(make), Clock()
    can = profile.link.framing == "can"
    line: Line | Bus = Bus(make) if can else Line(make, packs)
    there = addresses or ((1,) if isinstance(line, Bus) else line.bank.addresses)
    feed = Feed(profile, "memory://here", there, clock.now_ms, line.open, None if can else profile.baud)
    app = ScreenApp(Desk(feed, folder), lang, clock_s=lambda: clock.blink_s)
    sight = Sight(app, Pilot(app), clock, folder, line if isinstance(line, Line) else None)
    if isinstance(line, Line):
        line.mute = mute
        sight.says(**(says or {}))
    try:
        async with app.run_test(size=size) as pilot:
            sight.pilot = pilot
            yield sight
    finally:
        await feed.close()
        await line.end()


def same_page(name: str, text: str, *, figures: bool = True) -> None:
    """Compare a screen with its file. figures: compare them, too; else any figure stands for any other."""
    path = PAGES / f"{name}.txt"
    if not figures:
        text = re.sub(r" *[▁-▇]$", "", text, flags=re.MULTILINE)  # nor where the page is scrolled to
        text = re.sub(r" {2,}\d+(?: / \d+)*(?=(?: (?:s|ms|%))?(?: *\n|   ))", "  #", text)
    if os.environ.get(WRITE):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path.name} shows another page; look, then {WRITE}=1 writes it"


def kept(folder: Path, name: str) -> str:
    """A file of the one device that was written to."""
    (path,) = folder.glob(f"*/{name}")
    return path.read_text(encoding="utf-8")
