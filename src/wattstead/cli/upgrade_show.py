"""How an upgrade looks on a terminal: the preview, the bar with rate and remaining time, the end."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from wattstead.catalog.sentences import in_words
from wattstead.catalog.words import quantity_labels
from wattstead.cli.show import as_json, console, figure, said, word
from wattstead.host.upgrade.check import Fitness
from wattstead.host.upgrade.pace import Progress as Pace
from wattstead.host.upgrade.send import Outcome, Upgraded
from wattstead.model.counted import filled
from wattstead.model.upgrade_state import CURRENT, RELAYS
from wattstead.wire.upgrade import State, Status
from wattstead.wire.upgrade_image import Head, Image, shown_version

_STYLES = {Outcome.UPGRADED: "green", Outcome.ALREADY: "green", Outcome.LINK_LOST: "bold red"}
_SAID_EVERY_PCT = 10
_HASH_DIGITS = 12
TRANSFER = "wattstead-1"


def _grid(rows: Sequence[tuple[str, str]], lang: str) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    for name, text in rows:
        table.add_row(word(f"upgrade_{name}", lang), text)
    return table


def _rows_of(status: Status, lang: str) -> list[tuple[str, str]]:
    serial = f" {status.serial}" if status.serial else ""
    runs = f"{shown_version(status.version)} ({_short(status.sha256)})" if status.sha256 else "–"
    rows = [
        ("transfer", word("upgrade_ours", lang)),
        ("device", f"{status.model}{serial}"),
        ("hardware", str(status.hardware)),
        ("runs", f"{runs}, {word(f'upgrade_{status.why.name.lower()}', lang)}"),
        ("state", word(f"upgrade_{status.state.name.lower()}", lang)),
    ]
    if status.other_version is not None:
        rows.append(("other", f"{shown_version(status.other_version)} ({_short(status.other_sha256)})"))
    elif status.coming:
        rows.append(("coming", f"{status.held} / {status.blocks} ({_short(status.coming)})"))
    return rows


def _rows_of_image(head: Head) -> list[tuple[str, str]]:
    hardware = sorted({head.first_hardware, head.last_hardware})
    return [
        ("image", f"{head.model} {shown_version(head.version)} ({_short(head.sha256)})"),
        ("hardware", "–".join(map(str, hardware))),
        ("size", f"{head.size} B"),
        ("blocks", f"{head.blocks} × {head.block_bytes} B"),
    ]


def _short(sha256: bytes) -> str:
    return f"SHA-256 {sha256.hex()[:_HASH_DIGITS]}…"


def show_status(status: Status, lang: str, *, json: bool) -> None:
    """Print what a loader says of itself."""
    if json:
        print(as_json({"transfer": TRANSFER, **plain_status(status)}))
    else:
        console().print(_grid(_rows_of(status, lang), lang))


def plain_status(status: Status) -> dict[str, Any]:
    """Give a status as JSON has it."""
    other = status.other_version
    return {
        "model": status.model,
        "hardware": status.hardware,
        "serial": status.serial or None,
        "state": status.state.name.lower(),
        "runs": shown_version(status.version) if status.sha256 else None,
        "runs_sha256": status.sha256.hex() or None,
        "why": status.why.name.lower(),
        "other": shown_version(other) if other else None,
        "coming_sha256": status.coming.hex() or None,
        "blocks": status.blocks,
        "blocks_held": status.held,
    }


def show_image(image: Image, misfits: Sequence[str], lang: str, *, json: bool) -> None:
    """Print what an image is."""
    head = image.head
    if json:
        plain = {"model": head.model, "version": shown_version(head.version), "size": head.size, "blocks": head.blocks}
        more = {"hardware": [head.first_hardware, head.last_hardware], "block_bytes": head.block_bytes}
        print(as_json({**plain, **more, "sha256": head.sha256.hex(), "errors": list(misfits)}))
        return
    rows = [*_rows_of_image(head), ("state", word("upgrade_good", lang))]
    console().print(_grid(rows, lang))


def preview(status: Status, head: Head, fit: Fitness | None, lang: str) -> None:
    """Show what would be done, and what the battery says."""
    rows = [*_rows_of(status, lang), *_rows_of_image(head)]
    if fit is not None:
        rows.append(("battery", f"{shown_values(fit, lang)}: {word('upgrade_fit', lang)}"))
    console().print(_grid(rows, lang))


def shown_values(fit: Fitness, lang: str) -> str:
    """Write the values by which the state was judged."""
    values = fit.snapshot.values
    names = (CURRENT, *RELAYS, "soc_pct", "pack_voltage_v")
    labels = quantity_labels()
    return ", ".join(f"{labels[name][lang]} {figure(name, values[name], lang)}" for name in names if name in values)


def show_end(done: Upgraded, plain: dict[str, Any], lang: str, *, json: bool) -> None:
    """Print how it ended."""
    if json:
        print(as_json(plain))
        return
    out = console()
    out.print(word(f"upgrade_{done.outcome}", lang), style=_STYLES.get(done.outcome, "yellow"))
    if done.why:
        out.print(in_words(done.why, lang), markup=False, soft_wrap=True)
    runs = shown_version(done.status.version) if done.status.state is not State.NO_IMAGE else "–"
    sent = filled(word("upgrade_sent", lang), lang, count=done.sent, seconds=done.seconds)
    out.print(f"{word('upgrade_runs', lang)}: {runs}   ({sent})", style="dim")


class Bar:
    """Takes how far a transfer is: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self, bars: Progress | None) -> None:
        self._bars = bars
        self._task = bars.add_task("", total=None, left="") if bars else None
        self._said_pct = -float(_SAID_EVERY_PCT)

    def take(self, pace: Pace) -> None:
        left = f"{pace.pct:3.0f} %  {pace.rate / 1000:.2f} kB/s  {_shown_s(pace.left_s)}"
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, total=pace.total, completed=pace.done, left=left)
        elif pace.pct >= self._said_pct + _SAID_EVERY_PCT or pace.done == pace.total:
            self._said_pct = pace.pct
            said(left)


def _shown_s(left_s: float) -> str:
    if left_s == float("inf"):
        return "…"
    minutes, seconds = divmod(round(left_s), 60)
    return f"−{minutes}:{seconds:02d}"


@contextmanager
def bar(*, quiet: bool) -> Iterator[Bar]:
    """Give what shows progress; on standard error, so that pipes stay clean."""
    if quiet or not sys.stderr.isatty():
        yield Bar(None)
        return
    columns = BarColumn(), TextColumn("{task.fields[left]}")
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield Bar(bars)
