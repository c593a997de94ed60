"""Options that several verbs take, written once."""

from typing import Annotated

import typer

from wattstead.catalog.profile import Profile as DeviceProfile
from wattstead.model.errors import UsageError

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Lang = Annotated[
    str,
    typer.Option("--lang", envvar="LANG", show_envvar=False, help="Language of labels: en or fr.", show_default="LANG"),
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


def check_address(device: DeviceProfile, address: int) -> None:
    """Refuse an address that the protocol does not have, before anybody waits for its answer."""
    where = device.addresses
    if not where.first <= address <= where.last:
        raise UsageError(f"{device.name} has no address {address}; it knows {where.first} to {where.last}")
