"""Changing one setting: what it is, what would be written, the confirmation, what became of it."""

import asyncio
from enum import Enum
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input, Static

from wattstead.catalog.sentences import in_words
from wattstead.catalog.shown import setting_text
from wattstead.catalog.shown import word as terminal_word
from wattstead.host.settings.change import Findings, Order, back, begin, carry_out, examine, remember, unchanged
from wattstead.host.settings.write import Written
from wattstead.model.counted import filled
from wattstead.model.errors import WattsteadError
from wattstead.model.setting import SettingValue
from wattstead.tui.desk import Desk
from wattstead.tui.look import Lines, head, middle, word, wrapped
from wattstead.tui.pages.settings import about, called
from wattstead.tui.paper import Paper
from wattstead.tui.state import PackNow

_YES = ("yes", "y", "oui", "o")


class Stage(Enum):
    """Where the person is."""

    TYPE = "type"
    CONFIRM = "confirm"
    WRITE = "write"
    DONE = "done"


class Change(Screen[None]):
    """From the new value to the outcome. Nothing is sent before what it asks was typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-8)", show=False),
        Binding("pagedown", "scroll(8)", show=False),
    ]
    CSS = """
    Change Input { border: none; height: 1; padding: 0 1; }
    Change #foot, Change #title { height: 1; padding: 0 1; }
    Change Paper { padding: 0 0 0 1; }
    """

    def __init__(self, desk: Desk, pack: PackNow, name: str, lang: str) -> None:
        super().__init__()
        self._desk, self._pack, self._setting, self._lang = desk, pack, name, lang
        self._stage = Stage.TYPE
        self._order: Order | None = None
        self._findings: Findings | None = None
        self._asked: list[str] = []
        self._said: list[str] = []
        self._error = ""
        self._done: Written | None = None
        self._undone: Written | None = None
        self._way_back: Order | None = None

    @property
    def is_writing(self) -> bool:
        return self._stage is Stage.WRITE

    def compose(self) -> ComposeResult:
        yield Static(id="title")
        yield Paper(id="sheet")
        yield Input(id="answer")
        yield Static(id="foot")

    def on_mount(self) -> None:
        self.query_one("#sheet", Paper).can_focus = False
        self.query_one("#answer", Input).focus()
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def action_scroll(self, by: int) -> None:
        self.query_one("#sheet", Paper).scroll_relative(y=by, animate=False)

    def action_back(self) -> None:
        if self._stage is Stage.CONFIRM:
            self._stage, self._error = Stage.TYPE, ""
            self._draw()
        elif self._stage is not Stage.WRITE:
            self.dismiss()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text, self._error = event.value.strip(), ""
        if self._stage is Stage.TYPE and text:
            self._prepare(text)
        elif self._stage is Stage.CONFIRM:
            self._confirm(text)
        elif self._stage is Stage.DONE and self._way_back is not None and text.lower() in _YES:
            self._begin(self._bring_back())
        elif self._stage is Stage.DONE:
            self.dismiss()
        if self._error:
            event.input.action_select_all()  # what is typed next takes its place
        self._draw()

    def _prepare(self, text: str) -> None:
        self._order = self._findings = None
        try:
            order = self._desk.order(self._pack, self._setting, _switched(text))
            if not order.changes:
                self._error = self._word("same_value")
                return
            self._order, self._findings = order, examine(order)
        except WattsteadError as error:
            self._error = str(error)
            return
        if self._findings.errors:
            self._error = self._word("errors_stop")
            return
        self._asked = [one.name for one in self._findings.dangers] or ["yes"]
        self._stage = Stage.CONFIRM
        self.query_one("#answer", Input).value = ""

    def _confirm(self, text: str) -> None:
        wanted = self._asked[0]
        if text != wanted and not (wanted == "yes" and text.lower() in _YES):
            shown = self._word("yes") if wanted == "yes" else wanted
            self._error = self._word("not_confirmed").format(name=shown)
            return
        self.query_one("#answer", Input).value = ""
        self._asked.pop(0)
        if not self._asked and self._order is not None:
            self._begin(self._write(self._order))

    def _begin(self, work) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        self._stage, self._said = Stage.WRITE, []
        self.run_worker(work, exit_on_error=True)

    async def _write(self, order: Order) -> None:
        feed = self._desk.feed
        try:
            async with feed.quiet():
                before = order.held
                order = await unchanged(order)
                backup = await asyncio.to_thread(begin, order, before, feed.now_ms())
                self._tell(self._word("backup").format(path=backup))
                self._done = await carry_out(order, feed.now_ms, reopen=feed.opening, told=self._tell)
                self._left(order, self._done)
                self._way_back = back(order, self._done)
        except WattsteadError as error:
            self._error = str(error)
        self._finish()

    async def _bring_back(self) -> None:
        feed, order = self._desk.feed, self._way_back
        self._way_back = None
        try:
            async with feed.quiet():
                if order is not None:
                    self._undone = await carry_out(
                        order, feed.now_ms, what="rollback", reopen=feed.opening, told=self._tell
                    )
                    self._left(order, self._undone)
        except WattsteadError as error:
            self._error = str(error)
        self._finish()

    def _left(self, order: Order, done: Written) -> None:
        feed = self._desk.feed
        if done.address != self._pack.who.address:
            feed.moved(self._pack.who.address, done.address)
        if done.held is not None:
            self._desk.put(self._pack, done.held)
            remember(order, done, feed.now_ms())

    def _finish(self) -> None:
        self._stage = Stage.DONE
        self._draw()

    def _tell(self, text: str) -> None:
        self._said.append(text)
        self._draw()

    # What is seen.

    def _word(self, name: str) -> str:
        return word(name, self._lang)

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        width = max(20, self.size.width - 2)
        self.query_one("#title", Static).update(
            Text(f"{self._word('change')} · {self._word('pack')} {self._pack.name}")
        )
        self.query_one("#sheet", Paper).show(self._lines(width))
        answer = self.query_one("#answer", Input)
        answer.placeholder = self._question()
        answer.disabled = self._stage is Stage.WRITE
        if not answer.disabled and not answer.has_focus:
            answer.focus()
        foot = "wait_writing" if self._stage is Stage.WRITE else "keys_back"
        self.query_one("#foot", Static).update(Text(self._word(foot), "dim"))

    def _question(self) -> str:
        if self._stage is Stage.TYPE:
            return self._word("new_value")
        if self._stage is Stage.CONFIRM:
            name = self._asked[0]
            return self._word("type_yes") if name == "yes" else self._word("type_name").format(name=name)
        return self._word("type_back") if self._stage is Stage.DONE and self._way_back else ""

    def _lines(self, width: int) -> Lines:
        if self._stage in (Stage.WRITE, Stage.DONE):
            return [*self._outcome(width), *self._trouble(width)]
        held = self._desk.drawer(self._pack).held
        value = held.values.get(self._setting) if held else None
        lines = about(self._desk.feed.profile, self._setting, value, width, self._lang)
        lines += self._trouble(width)
        if self._order is not None and self._findings is not None:
            lines += [Text(), *self._preview(self._order, self._findings, width)]
        return lines

    def _trouble(self, width: int) -> Lines:
        return [Text(), *wrapped(self._error, width, "bold red")] if self._error else []

    def _preview(self, order: Order, found: Findings, width: int) -> Lines:
        lines = [head(self._word("preview"), width)]
        for name, value in order.changes.items():
            was, to = self._text(order.held.values.get(name)), self._text(value)
            lines += wrapped(f"{self._called(name)} · {was} → {to}", width, "bold")
        for step in found.steps:
            if step.beside:
                text = filled(
                    terminal_word("goes_whole", self._lang), self._lang, message=step.message, beside=step.beside
                )
                lines += wrapped(text, width, "dim")
        for one in found.issues:
            if not one.stands or one.error:
                kind = terminal_word("error" if one.error else "warning", self._lang)
                lines += wrapped(f"{kind} {in_words(str(one), self._lang)}", width, "red" if one.error else "yellow")
        for danger in found.dangers:
            text = f"{terminal_word('danger', self._lang)} {danger.name}: {in_words(danger.text, self._lang)}"
            lines += wrapped(text, width, "bold red")
        cycles = order.profile.writing.cycles
        if cycles is not None:
            text = filled(self._word("wear"), self._lang, cycles=cycles, writes=order.keeper.writes())
            lines += wrapped(text, width, "yellow")
        if self._stage is Stage.CONFIRM:
            lines += wrapped(self._word("nothing_sent"), width, "dim")
            lines += [Text(), *wrapped(f"→ {self._question()}", width, "bold")]
        return lines

    def _called(self, name: str) -> str:
        return called(self._desk.feed.profile.settings[name], self._lang)

    def _text(self, value: SettingValue | None) -> str:
        return setting_text(value, self._desk.feed.profile.settings[self._setting], self._lang)

    def _outcome(self, width: int) -> Lines:
        writing = self._stage is Stage.WRITE
        lines = [head(self._word("writing" if writing else "outcome"), width)]
        for text in self._said:
            lines += wrapped(text, width, "dim", indent="  ")
        for done in (self._done, self._undone):
            lines += self._results(done, width) if done else []
        if writing:
            return lines
        if self._undone is not None:
            lines += wrapped(self._word("as_before" if self._undone.done else "not_back"), width, "bold")
        elif self._done is not None and self._done.done:
            lines += wrapped(self._word("is_written"), width, "bold green")
            lines += wrapped(self._word("restart_hint"), width, "dim")
        elif self._done is not None:
            text = "not_written" if self._done.to_undo() else "as_before"
            lines += wrapped(self._word(text), width, "bold yellow")
        if self._way_back is not None:
            lines += [Text(), *wrapped(f"→ {self._question()}", width, "bold")]
        return lines

    def _results(self, done: Written, width: int) -> Lines:
        lines: Lines = [Text()]
        for one in done.results:
            outcome = terminal_word(f"outcome_{one.outcome.value}", self._lang)
            lines.append(Text(middle(self._called(one.name), width), "bold"))
            holds = f"{terminal_word('holds', self._lang)}: {self._text(one.holds)}"
            lines += wrapped(f"{self._text(one.was)} → {self._text(one.to)} · {outcome} · {holds}", width)
            lines += wrapped(in_words(one.why, self._lang), width, "yellow")
        settings = self._desk.feed.profile.settings
        for other in done.moved:
            was = setting_text(other.left, settings[other.name], self._lang)
            now = setting_text(other.right, settings[other.name], self._lang)
            text = f"{self._called(other.name)} · {was} → {now}, {terminal_word('moved', self._lang)}"
            lines += wrapped(text, width, "yellow")
        return lines


def _switched(text: str) -> str:
    """Take French words for switches, too."""
    return {"oui": "on", "activé": "on", "marche": "on", "non": "off", "désactivé": "off", "arrêt": "off"}.get(
        text.lower(), text
    )
