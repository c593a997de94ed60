"""Options that several verbs take, written once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from platformdirs import user_data_path

from wattstead.model.errors import UsageError

if TYPE_CHECKING:  # most of what reads profiles is not needed by those who only list, search or ask for help
    from wattstead.catalog.profile import Profile as DeviceProfile

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
_HIGHEST = 255  # address that any protocol has
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
Address = Annotated[int | None, typer.Option("--address", "-a", help="Address on the bus.")]
Baud = Annotated[int | None, typer.Option("--baud", help="Speed of the line, bit/s.", min=300)]

Wake = Annotated[
    bool, typer.Option("--wake/--no-wake", help="Wake a console that sleeps, where the profile says how; it is said.")
]

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Folder of what is kept of devices: backups, records, the log.",
        show_default="the user's data folder",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Look, and say what would be done; change nothing.")]
Wait = Annotated[float, typer.Option("--wait", help="Seconds to wait for a line that was lost.", min=0.0)]


def data_folder(data: Path | None) -> Path:
    """Where backups, records and the log of devices are kept."""
    return data or user_data_path("wattstead") / "settings"


def named_device(profile: str | None, *addresses: int | None) -> "DeviceProfile | None":
    """Load the profile that a person named, None where they named none; refuse addresses that nobody can have."""
    from wattstead.catalog.profile import load_profile

    device = load_profile(profile) if profile else None
    if device is not None:
        check_addresses(device, *addresses)
    for one in addresses:
        if one is not None and not 0 <= one <= _HIGHEST:
            raise UsageError(f"no device has the address {one}; addresses lie between 0 and {_HIGHEST}")
    return device


def language(lang: str) -> str:
    """``fr`` for French in any spelling (fr, fr_FR.UTF-8), else ``en``."""
    return "fr" if lang.lower().startswith("fr") else "en"


def check_bank(device: "DeviceProfile", packs: int, first: int | None) -> None:
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


def check_address(device: "DeviceProfile", address: int) -> None:
    """Refuse an address that the protocol does not have, before anybody waits for its answer."""
    where = device.addresses
    if not where.first <= address <= where.last:
        raise UsageError(f"{device.name} has no address {address}; it knows {where.first} to {where.last}")


def check_addresses(device: "DeviceProfile", *addresses: int | None) -> None:
    """Likewise of several; None is none."""
    for one in addresses:
        if one is not None:
            check_address(device, one)
