"""A sheet of lines that scrolls. Only lines that differ are drawn again: over SSH a page costs what changes on it."""

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

_CURSOR: Final = Style(reverse=True)


class Paper(ScrollView, can_focus=True):
    """Shows lines. places: lines on which a cursor can stand; without them the arrows scroll."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", show=False),
        Binding("down,j", "step(1)", show=False),
        Binding("pageup", "leap(-1)", show=False),
        Binding("pagedown,space", "leap(1)", show=False),
        Binding("home", "end(-1)", show=False),
        Binding("end", "end(1)", show=False),
        Binding("enter", "choose", show=False),
    ]
    DEFAULT_CSS = """
    Paper { height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    """

    class Moved(Message):
        """The cursor stands elsewhere."""

    class Chosen(Message):
        """Enter was pressed on the place of that number."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual calls it so
        super().__init__(id=id)
        self.lines: list[Text] = []
        self.places: list[int] = []
        self.cursor = 0

    def show(self, lines: Sequence[Text], places: Sequence[int] = (), *, cursor: int | None = None) -> None:
        """Show these lines. cursor: number of the place where it is to stand; where it stands now if None."""
        before, self.lines, self.places = self.lines, list(lines), list(places)
        marked = self._marked(before)
        wanted = self.cursor if cursor is None else cursor
        self.cursor = min(max(0, wanted), max(0, len(self.places) - 1))
        self.virtual_size = Size(self.size.width, len(self.lines))
        for number in range(max(len(before), len(self.lines))):
            if before[number : number + 1] != self.lines[number : number + 1]:
                self._again(number)
        if marked != self._marked(self.lines):
            self._again(marked)
            self._again(self._marked(self.lines))
        if cursor is not None:
            self._follow()

    def _marked(self, lines: Sequence[Text]) -> int:
        """Give the line on which the cursor stands; -1 for none."""
        return self.places[self.cursor] if self.cursor < len(self.places) and lines else -1

    def _again(self, number: int) -> None:
        if number >= 0:
            self.refresh(Region(0, number - self.scroll_offset.y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is seen."""
        number, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        text = self.lines[number] if number < len(self.lines) else Text()
        strip = Strip(text.render(self.app.console)).adjust_cell_length(width).apply_style(self.rich_style)
        return strip.apply_style(_CURSOR) if number == self._marked(self.lines) else strip

    def action_step(self, by: int) -> None:
        if not self.places:
            self.scroll_relative(y=by, animate=False)
            return
        if self._beyond(by):
            self.scroll_relative(y=by, animate=False)
        else:
            self._stand(self.cursor + by)

    def _beyond(self, by: int) -> bool:
        """Whether there is no place that way, or one is still to be scrolled back to: below a list may stand more."""
        if by > 0:
            return self.cursor >= len(self.places) - 1
        return self._marked(self.lines) < self.scroll_offset.y

    def action_leap(self, by: int) -> None:
        page = max(1, self.size.height - 2)
        if not self.places:
            self.scroll_relative(y=by * page, animate=False)
            return
        if self._beyond(by):
            self.scroll_relative(y=by * page, animate=False)
        else:
            self._stand(self.cursor + by * page)

    def action_end(self, where: int) -> None:
        if not self.places:
            self.scroll_to(y=0 if where < 0 else self.max_scroll_y, animate=False)
            return
        if where > 0 and self._beyond(where):
            self.scroll_to(y=self.max_scroll_y, animate=False)
        else:
            self._stand(0 if where < 0 else len(self.places) - 1)

    def action_choose(self) -> None:
        if self.places:
            self.post_message(self.Chosen(self.cursor))

    def _stand(self, number: int) -> None:
        self._again(self._marked(self.lines))
        self.cursor = min(max(0, number), len(self.places) - 1)
        self._again(self._marked(self.lines))
        self._follow()
        self.post_message(self.Moved())

    def _follow(self) -> None:
        """Keep the cursor in sight; from its first place the lines above it, too."""
        line = self._marked(self.lines)
        if line < 0:
            return
        top, tall = self.scroll_offset.y, self.size.height
        if self.cursor == 0 and line < tall:
            self.scroll_to(y=0, animate=False)
        elif line < top:
            self.scroll_to(y=line, animate=False)
        elif line >= top + tall:
            self.scroll_to(y=line - tall + 1, animate=False)
