"""What an active code means: the values behind it, what to do, what ends it. One sheet that any usual key closes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from wattstead.catalog.advice import is_typical, printed_codes
from wattstead.catalog.advice_text import colon, finding_text, limit_text, phrase
from wattstead.catalog.explained import Case, explain_reading
from wattstead.catalog.explained_plain import now_line
from wattstead.model.advice import Text as Label
from wattstead.model.evidence import Past
from wattstead.model.reading import Snapshot
from wattstead.model.setting import SettingValue
from wattstead.tui.look import Lines, View, head, word, wrapped
from wattstead.tui.paper import Paper
from wattstead.tui.state import PackNow

Read = Mapping[str, SettingValue]


def cases_of(view: View, settings: Read) -> dict[str, Case]:
    """Explain what is active, by code. settings: as read from the device, empty where they were not."""
    pack = view.pack
    snapshot = Snapshot(pack.name, pack.at_ms or 0, pack.values, pack.active)
    found = explain_reading(view.profile, snapshot, settings)
    return {case.evidence.code: _with_past(case, pack) for case in found.cases}


def _with_past(case: Case, pack: PackNow) -> Case:
    """Add since when; the screen knows no more than it has seen itself."""
    came = [event.at_ms for event in pack.events if event.code == case.evidence.code and event.came]
    if not came or pack.at_ms is None:
        return case
    seen_first = came[-1] == pack.first_alarms_ms
    past = Past((pack.at_ms - came[-1]) / 1000, 0, None, len(came), at_least=seen_first)
    return replace(case, evidence=replace(case.evidence, past=past))


def meaning_lines(case: Case, view: View) -> Lines:
    """Write a code in full: what it says now comes first, then what to do about it."""
    lang, width, advice = view.lang, view.width, case.entry.advice
    title = ", ".join((*printed_codes(case.entry.make, case.evidence.rows), case.entry.title))
    lines: Lines = [head(phrase("word", case.entry.severity.value, lang).upper(), width)]
    lines += wrapped(case.entry.label[lang], width, "bold")
    lines += wrapped(f"{case.evidence.code} ({title})", width, "dim")
    lines += [Text(), *wrapped(advice.meaning[lang], width)]
    lines += wrapped(_who(case, lang), width, "dim")
    now = [now_line(case.evidence, lang), *(finding_text(one, lang) for one in case.evidence.findings)]
    lines += _block("evidence", now, view)
    lines += _came(case, view)
    lines += _block("do", _texts((*advice.own_do, *advice.do), lang), view, numbered=True)
    lines += _block("check", _texts((*advice.own_check, *advice.check), lang), view)
    lines += _block("causes", _texts(advice.causes, lang), view, numbered=True)
    return [*lines, *_limits(case, view)]


def _texts(labels: tuple[Label, ...], lang: str) -> list[str]:
    return [one[lang] for one in labels]


def _who(case: Case, lang: str) -> str:
    advice = case.entry.advice
    values = {
        "who": advice.who.value,
        "risk": f"risk_{advice.risk.value}",
        "urgency": f"urgency_{advice.urgency.value}",
    }
    pairs = (f"{phrase('word', name, lang)}{colon(lang)} {phrase('word', one, lang)}" for name, one in values.items())
    return " · ".join(pairs)


def _came(case: Case, view: View) -> Lines:
    past = case.evidence.past
    if past is None or view.pack.at_ms is None:
        return []
    at = datetime.fromtimestamp(view.pack.at_ms / 1000 - past.since_s).astimezone()
    key = "came_before" if past.at_least else "came_at"
    return wrapped(view.word(key).format(time=f"{at:%H:%M:%S}"), view.width, "dim")


def _limits(case: Case, view: View) -> Lines:
    rows, lang = case.evidence.rows, view.lang
    if not rows:
        return [Text(), *wrapped(phrase("word", "ends_unknown", lang), view.width)]
    key = "read_from" if case.own_limits else "typical" if is_typical(case.entry.make) else "as_shipped"
    return _block(key, [limit_text(row, lang) for row in rows], view)


def _block(key: str, texts: list[str], view: View, *, numbered: bool = False) -> Lines:
    if not texts:
        return []
    lines: Lines = [Text(), *wrapped(phrase("word", key, view.lang) + colon(view.lang), view.width, "bold")]
    for number, text in enumerate(texts, 1):
        mark = f"{number}. " if numbered and len(texts) > 1 else "- "
        lines += wrapped(f"{mark}{text}", view.width, indent=" " * len(mark))
    return lines


class Meaning(Screen[None]):
    """A code in full. lines: writes it for a width, anew each time, for the values go on changing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,f1,h,enter", "dismiss", show=False)]
    CSS = """
    Meaning Paper { padding: 0 0 0 1; }
    Meaning #foot { height: 1; padding: 0 1; }
    """

    def __init__(self, lines: Callable[[int], Lines], lang: str) -> None:
        super().__init__()
        self._lines, self._lang = lines, lang

    def compose(self) -> ComposeResult:
        yield Paper(id="sheet")
        yield Static(Text(word("keys_back", self._lang), "dim"), id="foot")

    def on_mount(self) -> None:
        self.query_one("#sheet").focus()
        self.on_resize()

    def on_resize(self) -> None:
        self.query_one("#sheet", Paper).show(self._lines(max(20, self.size.width - 2)))
