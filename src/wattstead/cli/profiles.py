"""``wattstead profiles``: the devices that we know."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from wattstead.catalog.shipped import ProfileHead, profile_heads
from wattstead.cli.options import Json, Lang, language
from wattstead.cli.show import as_json, console


def profiles(
    name: Annotated[str | None, typer.Argument(help="One profile in full, or a .toml file to check.")] = None,
    json: Json = False,
    lang: Lang = "en",
) -> None:
    """List the devices that we know, or show one: its messages, settings, speeds and what is not certain about it.

    Example: `wattstead profiles seplos-v2`

    A file of one's own is checked: `wattstead profiles ./my-device.toml` says what is wrong in it, and where.
    """
    heads = profile_heads()
    if not name and not json:
        _list(heads, language(lang))
        return
    from wattstead.catalog.profile import load_profile  # a list needs none of them in full, and is there at once
    from wattstead.cli.profile_show import plain, show

    for profile in map(load_profile, [name] if name else [head.name for head in heads]):
        if json:
            print(as_json(plain(profile)))
        else:
            show(profile, language(lang))


def said_line(baud: Sequence[int], *, can: bool) -> str:
    """Say on what kind of line a device speaks, and how fast."""
    speeds = " or ".join(map(str, baud))
    return f"CAN, {speeds} bit/s" if can else f"{speeds} baud"


def _list(heads: Sequence[ProfileHead], lang: str) -> None:
    table = Table.grid(padding=(0, 2))
    for head in heads:
        table.add_row(f"[bold]{head.name}[/]", head.title[lang], said_line(head.baud, can=head.can))
    console().print(table)
