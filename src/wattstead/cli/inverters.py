"""``wattstead inverters``: which profile an inverter of a brand is to be given."""

from typing import Annotated, Any

import typer
from rich.table import Column, Table

from wattstead.catalog.inverters import Inverter, WaySpec, inverter
from wattstead.catalog.inverters import inverters as brands
from wattstead.cli.options import Json, Lang, language
from wattstead.cli.show import as_json, console


def inverters(
    name: Annotated[str | None, typer.Argument(help="One brand, in full.")] = None,
    json: Json = False,
    lang: Lang = "en",
) -> None:
    """List inverters by brand: what a battery has to speak so that they understand it, and how sure that is.

    Example: `wattstead inverters growatt`

    The best way comes first. *unverified* means that nobody has shown it to us: it is the common family of frames under
    another name, as batteries are sold for it. A way whose profile the program does not have is named by its protocol.
    """
    chosen = [inverter(name)] if name else list(brands().values())
    if json:
        for one in chosen:
            print(as_json({"name": one.name, "title": one.title, "ways": [_plain(way) for way in one.ways]}))
        return
    table = Table(
        Column("inverter", no_wrap=True), "bus", Column("profile", no_wrap=True), "its setting", "known from", box=None
    )
    for one in chosen:
        _add(table, one, language(lang), in_full=name is not None)
    console().print(table)


def _plain(way: WaySpec) -> dict[str, Any]:
    return {**way.model_dump(), "here": way.here}


def _add(table: Table, one: Inverter, lang: str, *, in_full: bool) -> None:
    for number, way in enumerate(one.ways):
        title = "" if number else one.title
        profile = way.profile if way.here else f"({way.profile})"
        style = "yellow" if way.confidence == "unverified" else ""
        table.add_row(title, way.bus, profile, way.setting, way.confidence, style=style)
        note = way.en if lang == "en" else way.fr
        if in_full and note:
            table.add_row("", "", "", "", note, style="dim")
