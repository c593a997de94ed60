"""Options that several verbs take, written once."""

from typing import Annotated

import typer

from wattstead.catalog.profile import Profile as DeviceProfile
from wattstead.model.errors import UsageError

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
LANGUAGES = ("en", "fr")


def _known_language(context: typer.Context, lang: str) -> str:
    """Refuse a language that was asked for and is not there; the system's own is English where we do not speak it."""
    source = context.get_parameter_source("lang")
    if source is not None and source.name == "COMMANDLINE" and lang[:2].lower() not in LANGUAGES:
        raise UsageError(f"there is no language {lang!r}; there are {' and '.join(LANGUAGES)}")
    return lang


Lang = Annotated[
    str,
    typer.Option(
        "--lang",
        envvar="LANG",
        show_envvar=False,
        help="Language of labels: en or fr.",
        show_default="LANG",
        callback=_known_language,
    ),
]
Profile = Annotated[
    str | None, typer.Option("--profile", "-p", help="The device: a name of `wattstead profiles`, or a .toml file.")
]
Address = Annotated[int | None, typer.Option("--address", "-a", help="Address on the bus.", min=0, max=255)]
Baud = Annotated[int | None, typer.Option("--baud", help="Speed of the line, bit/s.", min=300)]

Wake = Annotated[
    bool, typer.Option("--wake/--no-wake", help="Wake a console that sleeps, where the profile says how; it is said.")
]


def language(lang: str) -> str:
    """``fr`` for French in any spelling (fr, fr_FR.UTF-8), else ``en``."""
    return "fr" if lang.lower().startswith("fr") else "en"


def check_bank(device: DeviceProfile, packs: int, first: int | None) -> None:
    """Refuse packs that cannot stand together on one bus of this make."""
    where = device.addresses
    start = where.master if first is None else first
    if where.group is None:
        return
    low, high = where.group
    place = start % 16
    if not low <= place <= high:
        ranges = f"{low} to {high}, {16 + low} to {16 + high}, and so on up to {where.last}"
        raise UsageError(f"{device.name} has no address {start}; a pack has one of {ranges}, a group each")
    if place + packs - 1 > high:
        room = high - place + 1
        raise UsageError(
            f"{device.name}: {packs} packs from address {start} on do not fit; its group has room for {room}"
        )


def check_address(device: DeviceProfile, address: int) -> None:
    """Refuse an address that the protocol does not have, before anybody waits for its answer."""
    where = device.addresses
    if not where.first <= address <= where.last:
        raise UsageError(f"{device.name} has no address {address}; it knows {where.first} to {where.last}")
