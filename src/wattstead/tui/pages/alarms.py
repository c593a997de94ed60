"""What is wrong now, what came and went since the screen was opened, and what the device itself has kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from rich.text import Text

from wattstead.catalog.complaints import complaint
from wattstead.catalog.explained import Case
from wattstead.catalog.explained_plain import now_line
from wattstead.catalog.profile import Profile
from wattstead.catalog.shown import figure
from wattstead.catalog.shown import word as terminal_word
from wattstead.host.records.rows import Row
from wattstead.model.code import Severity
from wattstead.tui.look import OLD, Lines, View, age, head, wrapped
from wattstead.tui.state import Event, RecordBook

_COLOURS: Final = {
    Severity.FAULT: "bold red",
    Severity.PROTECTION: "red",
    Severity.ALARM: "yellow",
    Severity.INFORMATION: "cyan",
}
_GRAVE: Final = (Severity.FAULT, Severity.PROTECTION, Severity.ALARM, None, Severity.INFORMATION)


def alarms(view: View, book: RecordBook, cases: Mapping[str, Case]) -> tuple[Lines, list[int], list[str]]:
    """Draw it; give the lines of the codes that can be explained, and which these are. cases: what is active."""
    lines, places, names = _active(view, cases)
    return [*lines, Text(), *_history(view), *_records(view, book)], places, names


def grave_first(active: Sequence[str], profile: Profile) -> list[str]:
    """Order codes by how grave they are; one without a name stands before mere news."""

    def rank(name: str) -> int:
        code = profile.codes.get(name)
        return _GRAVE.index(code.severity if code else None)

    return sorted(active, key=rank)


def code_lines(name: str, view: View, width: int) -> Lines:
    """Write a code: how grave it is, and what it says."""
    code = view.profile.codes.get(name)
    severity = code.severity if code else None
    kind = terminal_word(severity.value if severity else "unknown", view.lang)
    label = code.label[view.lang] if code else f"{terminal_word('unknown_bit', view.lang)}: {name}"
    colour = OLD if view.stale else _COLOURS.get(severity, "bold") if severity else "bold"
    lines = wrapped(f"{kind} {label}", width, indent="  ")
    lines[0].stylize(colour, 0, len(kind))
    if view.stale:
        for line in lines:
            line.stylize(OLD)
    return lines


def _active(view: View, cases: Mapping[str, Case]) -> tuple[Lines, list[int], list[str]]:
    pack = view.pack
    lines = [head(view.word("active"), view.width)]
    if pack.active is None or pack.active_ms is None:
        reason = "alarms_not_told" if pack.at_ms is not None else "no_data"
        return [*lines, *wrapped(view.word(reason), view.width, "dim")], [], []
    if view.now_ms - pack.active_ms > 1000 * 3 * pack.patience_s or view.stale:
        lines += wrapped(view.word("alarms_old").format(age=age(view.now_ms - pack.active_ms)), view.width, "yellow")
    if not pack.active:
        return [*lines, Text(terminal_word("nothing_active", view.lang), OLD if view.stale else "green")], [], []
    places: list[int] = []
    names: list[str] = []
    for name in grave_first(pack.active, view.profile):
        if name in cases:
            places.append(len(lines))
            names.append(name)
        lines += code_lines(name, view, view.width)
        if name in cases:
            now = wrapped(now_line(cases[name].evidence, view.lang), view.width - 2, OLD if view.stale else "")
            lines += [Text("  ").append_text(one) for one in now]
        if name in view.profile.codes:
            lines.append(Text(f"  {name}", "dim"))
    return lines, places, names


def _history(view: View) -> Lines:
    lines = [head(view.word("history"), view.width)]
    if not view.pack.events:
        return [*lines, Text(view.word("nothing_happened"), "dim")]
    for event in reversed(view.pack.events):
        lines += _event(event, view)
    return lines


def _event(event: Event, view: View) -> Lines:
    at = datetime.fromtimestamp(event.at_ms / 1000).astimezone()
    sign = "+" if event.came else "-"
    if event.code:
        code = view.profile.codes.get(event.code)
        text = code.label[view.lang] if code else event.code
    else:
        text = view.word("fell_silent" if event.came else "is_back")
    lines = wrapped(f"{at:%H:%M:%S} {sign} {text}", view.width, indent=" " * 11)
    lines[0].stylize("dim", 0, 8)
    lines[0].stylize("red" if event.came else "green", 9, 10)
    return lines


def _records(view: View, book: RecordBook) -> Lines:
    """Draw what the device has kept by itself."""
    if not view.profile.records.there:
        return []
    lines: Lines = [Text(), head(view.word("records"), view.width)]
    if book.reading is not None:
        return [*lines, Text(view.word("records_reading").format(count=book.reading), "yellow")]
    lines += wrapped(complaint(book.error, view.lang), view.width, "bold red")
    if book.rows is None:
        return [*lines, *([] if book.error else wrapped(view.word("records_hint"), view.width, "dim"))]
    if not book.rows:
        return [*lines, Text(view.word("records_none"), "dim")]
    for one in book.rows:
        lines += _record(one, view)
    return lines


def _record(one: Row, view: View) -> Lines:
    """Write a record: its time by the device's own clock, what it was, the values that were kept with it."""
    at = one.kept.entry.at if one.kept and one.kept.entry.at else datetime.fromtimestamp(one.at_ms / 1000).astimezone()
    text = f"{at:%Y-%m-%d %H:%M:%S} {one.what[view.lang]}"
    style = {"gap": "yellow", "own": "cyan"}.get(one.kind, "")
    lines = wrapped(text, view.width, style, indent="  ")
    lines[0].stylize("dim", 0, 19)
    told = one.kept.entry.values if one.kept else {}
    figures = [figure(name, value, view.lang) for name, value in told.items() if not isinstance(value, tuple)]
    return lines + [Text("  ").append_text(line) for line in wrapped(" · ".join(figures), view.width - 2, "dim")]
