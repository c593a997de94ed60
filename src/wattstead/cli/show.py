"""How values look on a terminal: one place for labels, units, rows of cells and JSON."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from wattstead.catalog.words import quantity_labels, state_labels, terminal_words
from wattstead.model.code import Code
from wattstead.model.quantity import QUANTITIES, Kind
from wattstead.model.reading import derived

_COLOURS = {"fault": "bold red", "protection": "red", "alarm": "yellow", "information": "cyan"}
PIPE_COLUMNS = 240
_LABELS = 34  # columns that the labels of a table take


def console() -> Console:
    """Where answers go; in a file or a pipe no line is broken."""
    out = Console(highlight=False)
    return out if out.is_terminal or "COLUMNS" in os.environ else Console(highlight=False, width=PIPE_COLUMNS)


def said(text: str) -> None:
    """Tell the person something that is no answer: it goes to standard error, and pipes stay clean."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, markup=False)


def as_json(value: object) -> str:
    """Give one object on one line; times as ISO 8601, tuples as lists."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} does not go into JSON")


def values_table(values: Mapping[str, Any], lang: str, *, derive: bool = True) -> RenderableType:
    """Show values by label, cells and probes as rows of numbered figures."""
    full = {**values, **(derived(values) if derive else {})}
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=28)
    table.add_column()
    labels = quantity_labels()
    for name in [*[one for one in QUANTITIES if one in full], *[one for one in full if one not in QUANTITIES]]:
        label = labels[name][lang] if name in labels else name
        table.add_row(label, _figures(name, full[name], lang))
    return table


def _figures(name: str, value: object, lang: str) -> Text:
    quantity = QUANTITIES.get(name)
    if isinstance(value, list | tuple) and not (quantity and quantity.kind is Kind.POSITIONS):
        if value and len(set(value)) == 1 and isinstance(value[0], str):
            return Text(f"{figure(name, value[0], lang)} × {len(value)}")
        return _numbered([figure(name, one, lang, unit=False) for one in value], quantity.unit if quantity else "")
    return Text(figure(name, value, lang))


def _numbered(figures: Sequence[str], unit: str) -> Text:
    """Eight or four a row with their numbers, so that cell 13 is found without counting."""
    width, place = max(map(len, figures), default=0), len(str(len(figures)))
    row = 8 if Console().width >= _LABELS + 8 * (width + place + 3) else 4
    text = Text()
    for start in range(0, len(figures), row):
        if start:
            text.append("\n")
        for number, one in enumerate(figures[start : start + row], start + 1):
            text.append(f"{number:>{place}}:", style="dim").append(f"{one:>{width}}  ")
    return text.append(unit)


def figure(name: str, value: object, lang: str, *, unit: bool = True) -> str:
    """Write one value with the digits and the unit of its quantity."""
    quantity = QUANTITIES.get(name)
    if isinstance(value, bool):
        return word("yes" if value else "no", lang)
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value) or "–"
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, int | float) and quantity:
        text = f"{value:.{quantity.digits}f}"
        return f"{text} {quantity.unit}".rstrip() if unit else text
    if quantity and quantity.kind is Kind.STATE and (label := state_labels().get(str(value))):
        return label[lang]
    return str(value)


def word(name: str, lang: str) -> str:
    """Give one of the command line's own words."""
    return terminal_words()[name][lang]


def codes_lines(active: Sequence[str] | None, codes: Mapping[str, Code], lang: str) -> RenderableType:
    """Show active codes, each with its severity and what it says."""
    if active is None:
        return Text()
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
