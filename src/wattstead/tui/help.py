"""Which keys there are."""

from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from wattstead.tui.look import Lines, head, word, wrapped
from wattstead.tui.paper import Paper

_KEYS: Final = (
    ("1 … 7", "help_pages"),
    ("← →", "help_arrows"),
    ("↑ ↓ PgUp PgDn", "help_move"),
    ("n  p", "help_packs"),
    ("Enter", "help_enter"),
    ("/", "help_find"),
    ("r", "help_read"),
    ("f", "help_search"),
    ("t", "help_light"),
    ("q", "help_quit"),
)
_COLUMN: Final = 15


def help_lines(width: int, lang: str) -> Lines:
    """Write them down."""
    lines: Lines = [head(word("help", lang), width)]
    for key, name in _KEYS:
        said = wrapped(word(name, lang), width - _COLUMN)
        lines.append(Text.assemble((f"{key:<{_COLUMN}}", "bold"), said[0]))
        lines += [Text(" " * _COLUMN).append_text(one) for one in said[1:]]
    for name in ("help_reads", "help_old"):
        lines += [Text(), *wrapped(word(name, lang), width)]
    return lines


class Help(Screen[None]):
    """Any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,f1,h,enter", "dismiss", show=False)]
    CSS = """
    Help Paper { padding: 0 0 0 1; }
    Help #foot { height: 1; padding: 0 1; }
    """

    def __init__(self, lang: str) -> None:
        super().__init__()
        self._lang = lang

    def compose(self) -> ComposeResult:
        yield Paper(id="sheet")
        yield Static(Text(word("keys_back", self._lang), "dim"), id="foot")

    def on_mount(self) -> None:
        self.query_one("#sheet").focus()
        self.on_resize()

    def on_resize(self) -> None:
        self.query_one("#sheet", Paper).show(help_lines(max(20, self.size.width - 2), self._lang))
