"""One profile in full, on the terminal and as JSON."""

from typing import Any

from rich.table import Column, Table

from wattstead.catalog.profile import Profile
from wattstead.cli.profiles import said_line
from wattstead.cli.show import console


def plain(profile: Profile) -> dict[str, Any]:
    """Give the object that --json prints."""
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


def show(profile: Profile, lang: str) -> None:
    """Print all that a person may want to know of it."""
    out = console()
    out.print(profile.title[lang], style="bold")
    addresses = profile.addresses
    where = "" if profile.link.can else f", addresses {addresses.first} to {addresses.last}"
    out.print(f"{said_line(profile.link.baud, can=profile.link.can is not None)}{where}\n")
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
