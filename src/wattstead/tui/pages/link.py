"""Protocol and address: what is known of the line and of who answers on it."""

from dataclasses import dataclass
from typing import Final

from rich.text import Text

from wattstead.catalog.complaints import complaint
from wattstead.host.counters import Counters
from wattstead.tui.look import NONE, OLD, Lines, View, age, beside, columns, head, middle, row, wrapped

_WHO: Final = ("device_name", "serial_number", "firmware_version", "software_version", "protocol_version")


@dataclass(frozen=True)
class LinkNow:
    """The line at this moment. baud: bit/s, None where the port does not know it."""

    url: str
    baud: int | None
    is_open: bool
    is_can: bool
    busy_pct: float
    counters: Counters
    ended: str = ""


def link(view: View, now: LinkNow) -> Lines:
    """Draw it."""
    _, each = columns(view.width)
    lines = beside([_line(view, now, each), _answers(view, each), _counted(view, now, each)], view.width)
    why = complaint(view.pack.why or now.ended, view.lang)
    if why:
        lines += [Text(), head(view.word("last_error"), view.width), *wrapped(why, view.width, "yellow")]
    if view.profile.notes:
        lines += [Text(), head(view.word("notes"), view.width)]
        for note in view.profile.notes:
            lines += wrapped(f"- {getattr(note, view.lang)}", view.width, "dim", indent="  ")
    return lines


def _line(view: View, now: LinkNow, width: int) -> Lines:
    speed = f"{now.baud} bit/s" if now.baud else NONE
    where = view.profile.addresses
    lines = [head(view.word("line"), width)]
    lines += wrapped(view.profile.title[view.lang], width)
    pairs = [
        (view.word("profile"), view.profile.name),
        (view.word("port"), middle(now.url, width - len(view.word("port")) - 2)),
        (view.word("port_is"), view.word("open" if now.is_open else "closed")),
        (view.word("speed"), speed),
    ]
    if not now.is_can:
        pairs.append((view.word("framing"), view.profile.link.framing))
        pairs.append((view.word("address"), f"{view.pack.who.address}  ({where.first}-{where.last})"))
    if now.baud or not now.is_can:
        pairs.append((view.word("busy"), f"{now.busy_pct:.0f} %"))
    return lines + [row(label, text, width) for label, text in pairs]


def _answers(view: View, width: int) -> Lines:
    pack = view.pack
    last = NONE if pack.at_ms is None else age(view.now_ms - pack.at_ms)
    lines = [head(view.word("pack_here"), width)]
    lines.append(row(view.word("last_answer"), Text(last, OLD if view.stale else ""), width))
    lines.append(row(view.word("readings"), str(pack.answers) if pack.answers else NONE, width))
    if (silent_s := pack.silent_s(view.now_ms)) is not None:
        lines.append(row(view.word("silent_for"), Text(age(1000 * silent_s), "bold red"), width))
    alarms = NONE if pack.active_ms is None else age(view.now_ms - pack.active_ms)
    lines.append(row(view.word("last_alarms"), alarms, width))
    return lines + [row(view.label(name), view.shown(name), width) for name in _WHO if pack.values.get(name)]


def _counted(view: View, now: LinkNow, width: int) -> Lines:
    counted = now.counters
    lines = [head(view.word("counted"), width)]
    names = ("requests", "answers", "refusals", "silences", "retries", "late", "echoes", "bytes_out", "bytes_in")
    shown = ("requests", "answers", "silences", "bytes_in") if now.is_can else names
    lines += [row(view.word(f"count_{name}"), str(getattr(counted, name)), width) for name in shown]
    spread = counted.turnaround
    if spread.min_s is not None and spread.mean_s is not None and spread.max_s is not None:
        times = " / ".join(f"{1000 * one:.0f}" for one in (spread.min_s, spread.mean_s, spread.max_s))
        lines.append(row(view.word("turnaround"), f"{times} ms", width))
    for name, count in counted.noise.most_common():
        if count:
            lines.append(row(view.word("noise").format(why=_reason(view, name)), Text(str(count), "yellow"), width))
    return lines


def _reason(view: View, name: str) -> str:
    return view.reasons.get(name, name.replace("_", " "))
