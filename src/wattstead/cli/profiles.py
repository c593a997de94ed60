"""``wattstead profiles``: the devices that we know."""

from typing import Annotated, Any

import typer
from rich.table import Column, Table

from wattstead.catalog.profile import Profile, load_profile, profile_names
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
    chosen = [load_profile(one) for one in ([name] if name else profile_names())]
    if json:
        for profile in chosen:
            print(as_json(_plain(profile)))
    elif name:
        _show(chosen[0], language(lang))
    else:
        _list(chosen, language(lang))


def _plain(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "make": profile.make,
        "title": profile.title,
        "baud": profile.link.baud,
        "addresses": [profile.addresses.first, profile.addresses.last],
        "messages": [
            {
                "name": one.name,
                "command": profile.dialect.number(one),
                "aliases": one.aliases,
                "poll": one.poll,
                "writes": one.writes,
            }
            for one in profile.dialect.messages
        ],
        "settings": [
            {
                "name": one.name,
                "number": one.number,
                "unit": one.unit,
                "default": one.default,
                "minimum": one.minimum,
                "maximum": one.maximum,
                "step": one.step,
                "values": one.values,
            }
            for one in profile.settings.values()
        ],
        "codes": sorted(profile.codes),
        "switches": profile.switches,
        "notes": [{"about": note.about, "en": note.en, "fr": note.fr} for note in profile.notes],
        "source": profile.source,
    }


def _list(chosen: list[Profile], lang: str) -> None:
    table = Table.grid(padding=(0, 2))
    for profile in chosen:
        table.add_row(f"[bold]{profile.name}[/]", profile.title[lang], _line(profile))
    console().print(table)


def _line(profile: Profile) -> str:
    """Say on what kind of line a device speaks, and how fast."""
    speeds = " or ".join(str(baud) for baud in profile.link.baud)
    return f"CAN, {speeds} bit/s" if profile.link.can else f"{speeds} baud"


def _show(profile: Profile, lang: str) -> None:
    out = console()
    out.print(profile.title[lang], style="bold")
    addresses = profile.addresses
    where = "" if profile.link.can else f", addresses {addresses.first} to {addresses.last}"
    out.print(f"{_line(profile)}{where}\n")
    messages = Table("message", "command", "asked", "other names", box=None, pad_edge=False)
    for one in profile.dialect.messages:
        messages.add_row(one.name, profile.dialect.number(one), one.poll.value, ", ".join(one.aliases))
    out.print(messages)
    settings = Table(
        "n", Column("setting", no_wrap=True), "default", "unit", "the maker's name", box=None, pad_edge=False
    )
    for setting in profile.settings.values():
        settings.add_row(
            str(setting.number or ""), setting.name, str(setting.default), setting.unit, setting.vendor_name
        )
    out.print()
    out.print(settings if profile.settings else "")
    for switch, label in profile.switches.items():
        out.print(f"{profile.name}+{switch}: {label[lang]}", markup=False)
    for note in profile.notes:
        out.print(f"\n[yellow]not certain[/] ({note.about}): {note.en if lang == 'en' else note.fr}")
    out.print(f"\nSource: {profile.source}", style="dim", markup=False)
