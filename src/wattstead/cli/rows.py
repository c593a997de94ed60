"""Rows with heads, as a table where the terminal is wide enough for whole words, else as a list."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

_GAP: Final = 2  # columns between two columns of the table
_INDENT: Final = 2  # of what belongs to a name, in the list
_BETWEEN: Final = " · "


@dataclass
class Rows:
    """Rows whose first cell is a name. No word is ever broken, unless it is longer than the whole line.

    colon: as the language sets it, behind the heads in the list.
    """

    heads: Sequence[str]
    colon: str = ":"
    rows: list[tuple[Text, ...]] = field(default_factory=list)

    def add(self, *cells: Text | str) -> None:
        """Add a row; an empty cell is left out of the list."""
        self.rows.append(tuple(one if isinstance(one, Text) else Text(one) for one in cells))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widths = self._widths(options.max_width)
        yield self._table(widths) if widths else Text("\n").join(self._listed(console, options.max_width))

    def _widths(self, width: int) -> list[int]:
        """Give the width of each column; none where whole words do not fit beside each other."""
        columns = [[Text(head), *cells] for head, *cells in zip(self.heads, *self.rows, strict=True)]
        least = [max(_longest(cell.plain.split()) for cell in column) for column in columns]
        most = [max(_longest(cell.plain.splitlines()) for cell in column) for column in columns]
        left = width - _GAP * len(columns) - sum(least)
        if left < 0:
            return []
        wanted = sum(most) - sum(least)
        if wanted <= left:
            return most
        shares = [0, *(left * sum(most[: k + 1]) // sum(most) for k in range(len(most)))]
        given = [
            min(high, low + more - before)
            for low, high, (before, more) in zip(least, most, pairwise(shares), strict=True)
        ]
        for k, high in enumerate(most):  # what one column does not need is for the others, the first one first
            given[k] = min(high, given[k] + left - sum(given) + sum(least))
        return given

    def _table(self, widths: Sequence[int]) -> Table:
        table = Table(box=None, padding=(0, _GAP, 0, 0), header_style="dim", pad_edge=False)
        for head, width in zip(self.heads, widths, strict=True):
            table.add_column(head, width=width)
        for row in self.rows:
            table.add_row(*row)
        return table

    def _listed(self, console: Console, width: int) -> Iterator[Text]:
        for name, *cells in self.rows:
            yield from _wrapped(name, console, width)
            for line in _joined(self._facts(cells), width - _INDENT):
                for part in _wrapped(line, console, width - _INDENT):
                    yield Text(" " * _INDENT).append_text(part)

    def _facts(self, cells: Iterable[Text]) -> Iterator[Text]:
        for head, cell in zip(self.heads[1:], cells, strict=True):
            if cell.plain:
                yield Text.assemble((f"{head}{self.colon} ", "dim"), cell)


def _wrapped(text: Text, console: Console, width: int) -> Iterator[Text]:
    for line in text.wrap(console, width):
        line.rstrip()
        yield line


def _longest(parts: Iterable[str]) -> int:
    return max((Text(part).cell_len for part in parts), default=0)


def _joined(facts: Iterable[Text], width: int) -> Iterator[Text]:
    """Put as many facts beside each other as a line holds."""
    line: Text | None = None
    for fact in facts:
        if line is None:
            line = fact
        elif line.cell_len + len(_BETWEEN) + fact.cell_len <= width:
            line = Text.assemble(line, (_BETWEEN, "dim"), fact)
        else:
            yield line
            line = fact
    if line is not None:
        yield line
