"""The pages in the terminal: one line at the top, the page, the keys at the bottom."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Final

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input, Static

from wattstead.catalog.complaints import complaint
from wattstead.host.lamps import lamps_of
from wattstead.model.counted import filled
from wattstead.model.errors import WattsteadError
from wattstead.model.setting import SettingValue
from wattstead.tui.change import Change
from wattstead.tui.desk import Desk
from wattstead.tui.help import Help
from wattstead.tui.look import Lines, View, age, cut, word, wrapped
from wattstead.tui.meaning import Meaning, cases_of, meaning_lines
from wattstead.tui.pages.alarms import alarms
from wattstead.tui.pages.cells import cells
from wattstead.tui.pages.link import LinkNow, link
from wattstead.tui.pages.overview import overview
from wattstead.tui.pages.packs import packs
from wattstead.tui.pages.settings import about, fitting, missing_lines, setting_row, titles
from wattstead.tui.pages.temperatures import temperatures
from wattstead.tui.paper import Paper
from wattstead.tui.state import PackNow

PAGES: Final = ("overview", "cells", "temperatures", "alarms", "settings", "link", "packs")
_AZERTY: Final = ("ampersand", "é", "quotation_mark", "apostrophe", "left_parenthesis", "minus", "è")
"""What the keys of the figures 1 to 7 give without shift on a French keyboard."""
_TALL: Final = 22
_ABOUT_LINES: Final = (7, 9)  # below the list of settings: where there is room, and where there is plenty
_TALLER: Final = 28
_DRAW_S: Final = 0.5


def _numbers() -> list[BindingType]:
    return [
        Binding(f"{number},{_AZERTY[number - 1]}", f"page('{name}')", show=False)
        for number, name in enumerate(PAGES, 1)
    ]


class Pages(Screen[None]):
    """The seven pages."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *_numbers(),
        Binding("left", "turn(-1)", show=False, priority=True),
        Binding("right,tab", "turn(1)", show=False, priority=True),
        Binding("shift+tab", "turn(-1)", show=False, priority=True),
        Binding("n", "pack(1)", show=False),
        Binding("p", "pack(-1)", show=False),
        Binding("f", "search", show=False),
        Binding("slash", "find", show=False),
        Binding("r", "read", show=False),
        Binding("escape", "leave_find", show=False),
        Binding("question_mark,f1,h", "help", show=False),
        Binding("t", "app.light", show=False),
        Binding("q", "app.leave", show=False),
    ]
    CSS = """
    Pages #top { height: 1; padding: 0 1; background: $primary-background; }
    Pages #tabs { height: 1; padding: 0 1; }
    Pages Paper { padding: 0 0 0 1; }
    Pages #about { height: auto; max-height: 10; padding: 0 1; border-top: solid $primary-background; display: none; }
    Pages Input { border: none; height: 1; padding: 0 1; display: none; }
    Pages #foot { height: 1; padding: 0 1; background: $primary-background; }
    """

    def __init__(self, desk: Desk, lang: str, clock_s: Callable[[], float]) -> None:
        super().__init__()
        self.desk, self.feed, self.lang = desk, desk.feed, lang
        self.page = PAGES[0]
        self._chosen = self.feed.packs[0]
        self._lamps = lamps_of(self.feed.profile)
        self._clock_s = clock_s
        self._began_s = clock_s()
        self._wanted = ""
        self._searching = ""
        self._names: list[str] = []
        self._codes: list[str] = []
        self._shown: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        yield Static(id="top")
        yield Static(id="tabs")
        yield Paper(id="paper")
        yield Static(id="about")
        yield Input(id="find", placeholder=word("find", self.lang))
        yield Static(id="foot")

    def on_mount(self) -> None:
        self.feed.told = self.draw
        self.set_interval(_DRAW_S, self.draw)
        self.query_one("#paper").focus()
        self.draw()

    def on_resize(self) -> None:
        self.draw()

    def on_screen_resume(self) -> None:
        self.draw()

    # What the keys do.

    def action_page(self, name: str) -> None:
        if self.query_one("#find", Input).has_focus:
            return
        self.page = name
        self.query_one("#find", Input).display = name == "settings" and bool(self._wanted)
        paper = self.query_one("#paper", Paper)
        paper.show([])
        paper.scroll_to(y=0, animate=False)
        place = self.feed.packs.index(self._chosen) if name == "packs" else 0
        self.draw(cursor=place)
        if name == "settings" and self._may_read() and self.desk.drawer(self._chosen).held is None:
            self.run_worker(self._read_settings())

    def action_turn(self, by: int) -> None:
        find = self.query_one("#find", Input)
        if find.has_focus:
            find.cursor_position += by
            return
        self.action_page(PAGES[(PAGES.index(self.page) + by) % len(PAGES)])

    def action_pack(self, by: int) -> None:
        place = self.feed.packs.index(self._chosen)
        self._choose(self.feed.packs[(place + by) % len(self.feed.packs)])

    def action_help(self) -> None:
        self.app.push_screen(Help(self.lang))

    def action_find(self) -> None:
        if self.page == "settings":
            find = self.query_one("#find", Input)
            find.display = True
            find.focus()

    def action_leave_find(self) -> None:
        find = self.query_one("#find", Input)
        find.value, self._wanted, find.display = "", "", False
        self.query_one("#paper").focus()
        self.draw()

    def action_read(self) -> None:
        if self.page == "settings" and self._may_read():
            self.run_worker(self._read_settings())
        elif self.page == "alarms" and self.feed.profile.records.there:
            self.run_worker(self._read_records())

    def action_search(self) -> None:
        if self.page != "packs" or self._searching:
            return
        if self.feed.is_can:
            self._searching = word("no_search", self.lang)
            self.draw()
            return
        self.run_worker(self._search())

    def on_input_changed(self, event: Input.Changed) -> None:
        self._wanted = event.value
        self.draw(cursor=0)

    def on_input_submitted(self) -> None:
        self.query_one("#paper").focus()

    def on_paper_moved(self) -> None:
        self.draw()

    def on_paper_chosen(self, event: Paper.Chosen) -> None:
        if self.page == "packs":
            self._choose(self.feed.packs[event.number])
            self.action_page(PAGES[0])
        elif self.page == "settings" and event.number < len(self._names):
            self.app.push_screen(Change(self.desk, self._chosen, self._names[event.number], self.lang))

        elif self.page == "alarms" and event.number < len(self._codes):
            self._explain(self._codes[event.number])

    def _choose(self, pack: PackNow) -> None:
        self._chosen = pack
        self.action_page(self.page)

    def _may_read(self) -> bool:
        return not self.feed.is_can and bool(self.feed.profile.settings)

    async def _read_settings(self) -> None:
        reading = self.desk.read(self._chosen)
        self.call_later(self.draw)
        await reading
        self.draw()

    async def _read_records(self) -> None:
        await self.desk.read_book(self._chosen, self.draw)
        self.draw()

    async def _search(self) -> None:
        def looked(address: int) -> None:
            self._searching = word("searching", self.lang).format(address=address)
            self.draw()

        try:
            found = await self.feed.find(looked)
        except WattsteadError as error:
            self._searching = str(error)
        else:
            self._searching = filled(word("found", self.lang), self.lang, count=found)
        self.draw()
        self.set_timer(5.0, self._end_search)

    def _end_search(self) -> None:
        self._searching = ""

    # What is seen.

    def draw(self, *, cursor: int | None = None) -> None:
        """Draw what has changed."""
        if not self.is_mounted or not self.is_current:
            return
        view = self._view()
        self._put("top", self._top(view))
        self._put("tabs", self._tabs(view.width))
        lines, places = self._page(view)
        self._put("foot", Text(cut(self._keys(view.width), view.width)))
        paper = self.query_one("#paper", Paper)
        paper.show(lines, places, cursor=cursor)
        self._about(view, paper)

    def _view(self) -> View:
        width, blink_s = max(20, self.size.width - 2), max(0.0, self._clock_s() - self._began_s)
        now_ms = self.feed.now_ms()
        return View(self.feed.profile, self._chosen, self.lang, now_ms, width, blink_s, self._lamps)

    def _put(self, where: str, text: Text) -> None:
        """Draw a line where it is another one than before."""
        key = repr((text.plain, text.spans, text.style))
        if self._shown.get(where) != key:
            self._shown[where] = key
            self.query_one(f"#{where}", Static).update(text)

    def _top(self, view: View) -> Text:
        says, style = self._standing(view)
        several = len(self.feed.packs)
        place = f" ({self.feed.packs.index(self._chosen) + 1}/{several})" if several > 1 else ""
        who = f"{self.feed.profile.name} · {view.word('pack')} {self._chosen.name}{place}"
        room = view.width - len(says) - 1
        return Text.assemble((f"{cut(who, room):<{room}} ", "bold"), (says, style))

    def _standing(self, view: View) -> tuple[str, str]:
        pack = self._chosen
        if (silent_s := pack.silent_s(view.now_ms)) is not None:
            return f"○ {view.word('silent')} {age(1000 * silent_s)}", "bold red"
        if pack.at_ms is None:
            return f"◌ {view.word('waiting')}", "yellow"
        if view.stale:
            return f"○ {view.word('old')} {age(view.now_ms - pack.at_ms)}", "bold yellow"
        return f"● {view.word('live')}", "green"

    def _tabs(self, width: int) -> Text:
        """Write the names of all pages; where they have no room, the numbers and the name of this one."""
        names = [f"{number} {word(f'page_{name}', self.lang)}" for number, name in enumerate(PAGES, 1)]
        if sum(map(len, names)) + 2 * len(names) > width:
            names = [name if page == self.page else name[0] for name, page in zip(names, PAGES, strict=True)]
        line = Text()
        for name, page in zip(names, PAGES, strict=True):
            line.append(f" {name} ", "bold reverse" if page == self.page else "")
        return line

    def _keys(self, width: int) -> str:
        more = {"settings": "keys_settings", "packs": "keys_all_packs"}.get(self.page)
        names = [more] if more is not None else []
        if self.page == "alarms":
            names += ["keys_explain"] if self._codes else []
            names += ["keys_records"] if self.feed.profile.records.there else []
        if not names and len(self.feed.packs) > 1:
            names = ["keys_packs"]
        keys = word("keys", self.lang)
        if not names:
            return keys
        some = "  ".join(word(name, self.lang) for name in names)
        tries = (f"{some}  {rest}" for rest in (keys, word("keys_short", self.lang)))
        return next((both for both in tries if len(both) <= width), f"{some}  ?")

    def _page(self, view: View) -> tuple[Lines, list[int]]:
        if self.page == "packs":
            return packs(view, self.feed.packs, self._searching)
        if self.page == "settings":
            return self._settings(view)
        if self.page == "link":
            return self._banner(view) + link(view, self._link_now()), []
        if self.page == "alarms":
            return self._alarms(view)
        draw = {"overview": overview, "cells": cells, "temperatures": temperatures}[self.page]
        return self._banner(view) + draw(view), []

    def _alarms(self, view: View) -> tuple[Lines, list[int]]:
        banner = self._banner(view)
        cases = cases_of(view, self._settings_read())
        lines, places, self._codes = alarms(view, self.desk.book(self._chosen), cases)
        return banner + lines, [len(banner) + place for place in places]

    def _settings_read(self) -> dict[str, SettingValue]:
        """Give the settings of the pack as read from it; without them limits are those as shipped."""
        held = self.desk.drawer(self._chosen).held
        return dict(held.values) if held is not None else {}

    def _explain(self, code: str) -> None:
        def lines(width: int) -> Lines:
            view = replace(self._view(), width=width)
            case = cases_of(view, self._settings_read()).get(code)
            return wrapped(view.word("code_gone"), width) if case is None else meaning_lines(case, view)

        self.app.push_screen(Meaning(lines, self.lang))

    def _banner(self, view: View) -> Lines:
        """Say that what stands below is old, and why."""
        pack = self._chosen
        if self.feed.ended:
            return [*wrapped(self.feed.ended, view.width, "bold red"), Text()]
        if pack.at_ms is None:
            lines = wrapped(view.word("never_banner"), view.width, "yellow")
            return [
                *lines,
                *(wrapped(complaint(pack.why, self.lang), view.width, "yellow") if self.page != "link" else []),
                Text(),
            ]
        if not view.stale:
            return []
        text = view.word("old_banner").format(age=age(view.now_ms - pack.at_ms))
        lines = wrapped(text, view.width, "bold black on yellow")
        return [
            *lines,
            *(wrapped(complaint(pack.why, self.lang), view.width, "yellow") if self.page == "overview" else []),
            Text(),
        ]

    def _link_now(self) -> LinkNow:
        feed = self.feed
        return LinkNow(feed.url, feed.baud, feed.is_open, feed.is_can, feed.busy_pct(), feed.counters, feed.ended)

    def _settings(self, view: View) -> tuple[Lines, list[int]]:
        drawer, profile = self.desk.drawer(self._chosen), self.feed.profile
        self._names = []
        if not self._may_read():
            reason = "settings_can" if self.feed.is_can else "settings_none"
            return wrapped(view.word(reason), view.width), []
        if drawer.held is None:
            text = complaint(drawer.error, self.lang) or view.word("settings_reading")
            return wrapped(text, view.width, "bold red" if drawer.error else "dim"), []
        self._names = fitting(profile, drawer.held.values, self._wanted, self.lang)
        says = view.word("settings_read").format(age=age(view.now_ms - drawer.at_ms))
        if drawer.reading:
            says = view.word("settings_reading")
        elif self._wanted:
            says = view.word("settings_found").format(count=len(self._names), all=len(drawer.held.values))
        lines = [
            *wrapped(says, view.width, "dim"),
            *wrapped(complaint(drawer.error, self.lang), view.width, "bold red"),
        ]
        lines += missing_lines(drawer.held.missing, view.width, self.lang)
        lines.append(titles(view.width, self.lang))
        places = list(range(len(lines), len(lines) + len(self._names)))
        values = drawer.held.values
        rows = [setting_row(profile.settings[name], values[name], view.width, self.lang) for name in self._names]
        return lines + rows, places

    def _about(self, view: View, paper: Paper) -> None:
        """Show below the list what the setting at the cursor means, where there is room."""
        box = self.query_one("#about", Static)
        held = self.desk.drawer(self._chosen).held
        here = self.page == "settings" and bool(self._names) and held is not None and self.size.height >= _TALL
        box.display = here
        if here and held is not None:
            name = self._names[min(paper.cursor, len(self._names) - 1)]
            lines = about(self.feed.profile, name, held.values.get(name), view.width, self.lang)
            room = _ABOUT_LINES[self.size.height >= _TALLER]
            self._put("about", Text("\n").join(lines[:room]))


class ScreenApp(App[None]):
    """Opens the pages; the feed runs as long as they are open."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "leave", show=False, priority=True),
        Binding("q", "leave", show=False),  # typed before the pages are there
    ]

    def __init__(self, desk: Desk, lang: str, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.desk = desk
        self._lang = lang
        self._clock_s = clock_s

    def on_mount(self) -> None:
        self.push_screen(Pages(self.desk, self._lang, self._clock_s))
        self.desk.feed.start()

    def action_leave(self) -> None:
        if isinstance(self.screen, Change) and self.screen.is_writing:
            return  # who leaves now does not learn what became of it
        self.exit()

    def action_light(self) -> None:
        self.theme = "textual-dark" if self.theme == "textual-light" else "textual-light"
