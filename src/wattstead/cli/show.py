"""How values look on a terminal: one place for labels, units, rows of cells and JSON."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from wattstead.catalog.sentences import in_words
from wattstead.catalog.shown import figure as figure
from wattstead.catalog.shown import word as word
from wattstead.catalog.words import quantity_labels
from wattstead.cli.answers import Answers
from wattstead.model.code import Code
from wattstead.model.quantity import QUANTITIES, Kind
from wattstead.model.reading import derived

_COLOURS = {"fault": "bold red", "protection": "red", "alarm": "yellow", "information": "cyan"}
PIPE_COLUMNS = 240
_LABELS = 28  # columns that the labels of a table take at least
_GAP = 2  # columns between a label and its value


def console() -> Console:
    """Where answers go; in a file or a pipe no line is broken."""
    out = Answers(highlight=False)
    return out if out.is_terminal or "COLUMNS" in os.environ else Answers(highlight=False, width=PIPE_COLUMNS)


def said(text: str) -> None:
    """Tell the person something that is no answer: it goes to standard error, and pipes stay clean."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, markup=False)


def said_in(lang: str, text: str) -> None:
    """The same, in a language: for sentences that come from below in English."""
    said(in_words(text, lang))


def as_json(value: object) -> str:
    """Give one object on one line; times as ISO 8601, tuples as lists."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} does not go into JSON")


def values_table(
    values: Mapping[str, Any], lang: str, *, derive: bool = True, units: Mapping[str, str] | None = None
) -> RenderableType:
    """Show values by label, cells and probes as rows of numbered figures. units: of what is no quantity, by name."""
    full = {**values, **(derived(values) if derive else {})}
    known = quantity_labels()
    names = [*[one for one in QUANTITIES if one in full], *[one for one in full if one not in QUANTITIES]]
    labels = [known[name][lang] if name in known else name for name in names]
    columns = max(map(len, labels), default=0)
    table = Table.grid(padding=(0, _GAP))
    table.add_column(min_width=_LABELS)
    table.add_column()
    for name, label in zip(names, labels, strict=True):
        shown = _figures(name, full[name], lang, console().width - max(columns, _LABELS) - _GAP)
        unit = "" if name in QUANTITIES else (units or {}).get(name, "")
        table.add_row(label, shown.append(f" {unit}") if unit else shown)
    return table


def _figures(name: str, value: object, lang: str, columns: int) -> Text:
    quantity = QUANTITIES.get(name)
    if isinstance(value, list | tuple) and not (quantity and quantity.kind is Kind.POSITIONS):
        if value and len(set(value)) == 1 and isinstance(value[0], str):
            return Text(f"{figure(name, value[0], lang)} × {len(value)}")
        figures = [figure(name, one, lang, unit=False) for one in value]
        return _numbered(figures, quantity.unit if quantity else "", columns)
    return Text(figure(name, value, lang))


def _numbered(figures: Sequence[str], unit: str, columns: int) -> Text:
    """Eight, four or two a row with their numbers, so that cell 13 is found without counting."""
    width, place = max(map(len, figures), default=0), len(str(len(figures)))
    row = next((row for row in (8, 4) if row * (width + place + 3) + len(unit) <= columns), 2)
    text = Text()
    for start in range(0, len(figures), row):
        if start:
            text.append("\n")
        for number, one in enumerate(figures[start : start + row], start + 1):
            text.append(f"{number:>{place}}:", style="dim").append(f"{one:>{width}}  ")
    return text.append(unit)


_BEYOND = frozenset({"low", "high", "other"})


def beyond_limits(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the statuses by which something is beyond a limit though no bit says so, as a cell of a Pylontech."""
    told = {name: value if isinstance(value, list | tuple) else (value,) for name, value in values.items()}
    return tuple(
        name for name, said in told.items() if name.endswith("_status") and _BEYOND.intersection(map(str, said))
    )


def codes_lines(
    active: Sequence[str] | None, codes: Mapping[str, Code], lang: str, beyond: Sequence[str] = ()
) -> RenderableType:
    """Show active codes, each with its severity and what it says. beyond: statuses that are not normal."""
    if active is None:
        return Text()
    if not active and beyond:
        known = quantity_labels()
        names = ", ".join(known[name][lang] if name in known else name for name in beyond)
        return Text(word("beyond_limits", lang).format(names=names), "yellow")
    if not active:
        return Text(word("nothing_active", lang), "green")
    lines = []
    for name in active:
        code = codes.get(name)
        severity = code.severity.value if code else "unknown"
        label = code.label[lang] if code else word("unknown_bit", lang)
        style = _COLOURS.get(severity, "bold")
        lines.append(Text.assemble((f"{word(severity, lang)}  ", style), f"{label}  ", (name, "dim")))
    return Group(*lines)
