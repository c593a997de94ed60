"""How records look: on a terminal, as JSON, as a table for a spreadsheet."""

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TextIO

from rich.table import Table
from rich.text import Text

from wattstead.catalog.words import record_words
from wattstead.cli.show import as_json, console, figure, said, word
from wattstead.host.records.read import offset_from_local
from wattstead.host.records.rows import Row, columns
from wattstead.model.counted import filled

_STYLES = {"gap": "bold yellow", "own": "cyan", "ours": "cyan"}
_LONG_MS = 120_000  # between two of our readings: longer ones are told
_HEADS = ("record_number", "record_time", "record_what", "values")
_WIDE = 110  # columns from which on values have one of their own
_FIRST = ("time", "device_time", "source", "number", "what", "event", "raised", "active")


@dataclass(frozen=True)
class Way:
    """How records are to be shown."""

    lang: str
    json: bool
    csv: bool
    in_order: bool
    since_ms: int | None

    def show(self, rows: list[Row]) -> None:
        shown = rows if self.in_order or self.json or self.csv else rows[::-1]
        if self.json:
            print_json(shown)
        elif self.csv:
            print_csv(shown, self.lang)
        else:
            show_rows(shown, self.lang)

    def show_new(self, row: Row) -> None:
        if self.json:
            print_json([row])
        else:
            show_row(row, self.lang)


def show_rows(rows: Sequence[Row], lang: str) -> None:
    """Show rows in the order in which they are given."""
    if not rows:
        console().print(record_words()["none"][lang], style="green")
        return
    out, ahead_s = console(), _ahead_s(rows)
    wide = out.width >= _WIDE and any(row.kept is not None and row.kept.entry.values for row in rows)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for head in _HEADS if wide else _HEADS[:-1]:
        table.add_column(word(head, lang), overflow="fold")
    for row in rows:
        *first, what, values = _cells(row, lang, ahead_s)
        table.add_row(*first, *((what, values) if wide else (_together(what, values),)))
    out.print(table)


def _together(what: Text, values: str) -> Text:
    """Write values behind what happened: on a narrow screen two columns of text would both be broken up."""
    return Text.assemble(what, ("   " if values else ""), (values, "dim"))


def _ahead_s(rows: Sequence[Row]) -> float | None:
    """Give how far the device's clock was ahead of UTC at the last reading; None where no record tells."""
    kept = [row.kept for row in rows if row.kept is not None and row.kept.ahead_s is not None]
    return max(kept, key=lambda one: one.read_ms).ahead_s if kept else None


def show_row(row: Row, lang: str) -> None:
    """Show one that has just come."""
    number, time, what, values = _cells(row, lang)
    console().print(Text("  ").join(Text.assemble(one) for one in (number, time, what, values) if str(one)))


def _cells(row: Row, lang: str, ahead_s: float | None = None) -> tuple[str, str, Text, str]:
    style = _STYLES.get(row.kind, "")
    return _source(row, lang), _time(row, ahead_s), Text(row.what[lang], style), _values(row, lang, ahead_s)


def _source(row: Row, lang: str) -> str:
    """Give the number of a record of the device, or say that a row is ours."""
    if row.kind in ("own", "ours"):
        return word("record_ours", lang)
    return "" if row.kept is None or row.kept.entry.number is None else str(row.kept.entry.number)


def _time(row: Row, ahead_s: float | None) -> str:
    """Give the time that a person at the device sees: its own clock's, or that of this place."""
    if row.kind == "gap":
        return ""
    if row.kept is not None and row.kept.entry.at is not None:
        return row.kept.entry.at.isoformat(sep=" ", timespec="seconds")
    return _shown(row.at_ms, ahead_s)


def _shown(at_ms: int, ahead_s: float | None) -> str:
    """Write a time of ours as the device's clock had it, so that it fits the rows beside it. ahead_s: over UTC."""
    if ahead_s is None:
        return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return datetime.fromtimestamp(at_ms / 1000 + ahead_s, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _values(row: Row, lang: str, ahead_s: float | None) -> str:
    seen = row.seen
    if seen is not None and seen.after_ms is not None and seen.at_ms - seen.after_ms > _LONG_MS:
        still = "record_not_yet" if seen.began else "record_still"
        then, now = _shown(seen.after_ms, ahead_s), _shown(seen.at_ms, ahead_s)
        return word(still, lang).format(at=then[11:] if then[:10] == now[:10] else then)
    if row.kept is None:
        return ""
    told = [_value(name, one, lang) for name, one in row.kept.entry.values.items()]
    return "  ".join([*told, row.kept.entry.raw]).strip()


def _value(name: str, value: Any, lang: str) -> str:
    if name.endswith("_degc") and isinstance(value, int | float):
        return f"{value:.1f} °C"
    if isinstance(value, tuple):  # cells and probes: the outermost tell enough, JSON has all
        numbers = [one for one in value if isinstance(one, int | float)]
        return f"{figure(name, min(numbers), lang, unit=False)}…{figure(name, max(numbers), lang)}" if numbers else ""
    return figure(name, value, lang)


def print_json(rows: Sequence[Row]) -> None:
    """Print one object a line."""
    for row in rows:
        print(as_json(row.plain()), flush=True)


def print_csv(rows: Sequence[Row], lang: str, onto: TextIO | None = None) -> None:
    """Print a table with a head: times in UTC, values in our units, one column a quantity."""
    names = columns(rows)
    out = csv.writer(onto or sys.stdout, lineterminator="\n")
    out.writerow((*_FIRST, *names, "raw"))
    for row in rows:
        plain = row.plain()
        entry = row.kept.entry if row.kept else None
        first = [plain["time"], entry.at.isoformat() if entry and entry.at else "", row.kind]
        first += [plain.get("number", ""), row.what[lang], plain.get("event", ""), plain.get("raised", "")]
        values = entry.values if entry else {}
        cells = [_cell(values.get(name, "")) for name in names]
        out.writerow((*first, " ".join(plain.get("active", ())), *cells, plain.get("raw", "")))


def _cell(value: object) -> object:
    return " ".join(map(str, value)) if isinstance(value, tuple) else value


def tell_clock(ahead_s: float | None, now_ms: int, lang: str) -> None:
    """Say how the device's clock goes, against the one on this wall."""
    if ahead_s is None:
        return
    off = offset_from_local(ahead_s, now_ms)
    if abs(off) <= timedelta(seconds=2):
        said(record_words()["clock_right"][lang])
        return
    name = "clock_ahead" if off > timedelta() else "clock_behind"
    said(record_words()[name][lang].format(off=_span(abs(off), lang)))


def _span(off: timedelta, lang: str) -> str:
    days, hours = off.days, off.seconds // 3600
    minutes, seconds = off.seconds % 3600 // 60, off.seconds % 60
    parts = ((days, "j" if lang == "fr" else "d"), (hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


def tell_kept(new: int, rows: Sequence[Row], lang: str) -> None:
    """Say how many are new and how many are kept."""
    kept = sum(row.kind == "device" for row in rows)
    said(filled(record_words()["kept"][lang], lang, new=new, kept=kept))
