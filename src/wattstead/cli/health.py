"""``wattstead health``: what months of stored readings say of cells, joints and probes."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from wattstead.app.health import health_of, store_file
from wattstead.catalog.advice_text import colon, phrase
from wattstead.catalog.health_words import health_phrase, health_text
from wattstead.cli.explain_show import items, line
from wattstead.cli.options import Json, Lang, language
from wattstead.cli.show import as_json
from wattstead.model.health import Finding, Weight
from wattstead.plant.health.past import KEPT_DAYS, Judged
from wattstead.plant.health.plain import judged_plain, say

_COLOURS = {Weight.FAULT: "bold red", Weight.NOTE: "bold yellow"}


def health(
    data: Annotated[
        Path | None,
        typer.Option("--data", help="The store of serve or demo: its file or folder.", show_default="that of serve"),
    ] = None,
    pack: Annotated[
        list[str] | None, typer.Option("--pack", help="Only this pack; may be said again.", show_default="all")
    ] = None,
    since: Annotated[
        int, typer.Option("--since", help="Look at so many days before the last reading.", min=4, max=365)
    ] = KEPT_DAYS,
    json: Json = False,
    lang: Lang = "en",
) -> None:
    """Say what stored readings tell of the health of each pack: weak cells, joints, probes, drift of charge.

    Example: `wattstead health`, `wattstead health --data demo-data --pack seplos-v2-0 --lang fr`

    Each finding comes with its figures, how sure it is, likely causes and what to do. Exit status 1 where a pack has a
    fault that somebody should act on; what is only worth knowing gives 0.
    """
    if asyncio.run(_judge(store_file(data), tuple(pack or ()), since, language(lang), json=json)):
        raise typer.Exit(1)


async def _judge(path: Path, packs: tuple[str, ...], since: int, lang: str, *, json: bool) -> bool:
    faulty = False
    async for judged in health_of(path, packs, since):
        faulty |= any(one.weight is Weight.FAULT for one in judged.findings)
        if json:
            print(as_json(judged_plain(judged, lang)), flush=True)
        else:
            _show(judged, lang)
    return faulty


def _show(judged: Judged, lang: str) -> None:
    line(judged.pack, "bold")
    if (nothing := say(judged, lang)) is not None:
        line(nothing)
    for finding in judged.findings:
        _show_finding(finding, lang)
    line("")


def _show_finding(finding: Finding, lang: str) -> None:
    text, gap = health_text(finding, lang), colon(lang)
    line(f"{text.title} ({text.sure})", _COLOURS[finding.weight])
    line(text.evidence)
    line(f"{health_phrase('causes', lang)}{gap}")
    items(text.causes, numbered=True)
    line(text.advice)
    line(
        f"{phrase('word', 'who', lang)}{gap} {text.who} · {phrase('word', 'urgency', lang)}{gap} {text.urgency}", "dim"
    )
