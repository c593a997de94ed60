"""``wattstead upgrade``: firmware images: check, make, send, status, the way back."""

import re
from pathlib import Path
from typing import Annotated

import typer

from wattstead.catalog.profile import Profile as DeviceProfile
from wattstead.catalog.upgrade_state import declared
from wattstead.cli.options import (
    Address,
    Baud,
    Data,
    DryRun,
    Json,
    Lang,
    Profile,
    Wait,
    check_address,
    data_folder,
    language,
    named_device,
)
from wattstead.cli.run import run
from wattstead.cli.show import said_in
from wattstead.cli.upgrade_run import Wish, rolled_back, told_status, upgraded
from wattstead.cli.upgrade_show import show_image
from wattstead.host.upgrade.back import PATIENCE_S
from wattstead.host.upgrade.check import misfits, read_image
from wattstead.model.counted import Count
from wattstead.model.errors import EncodeError, FileError, UsageError
from wattstead.wire.upgrade_image import Image, parse_version

_ACTIONS = {"check": "IMAGE", "make-image": "OUT CONTENT", "status": "PORT", "rollback": "PORT"}


def upgrade(
    what: Annotated[
        list[str],
        typer.Argument(help="PORT IMAGE, or: check IMAGE, make-image OUT CONTENT, status PORT, rollback PORT."),
    ],
    profile: Profile = None,
    address: Address = None,
    baud: Baud = None,
    version: Annotated[str | None, typer.Option("--version", help="make-image: of the image, such as 1.5.2.")] = None,
    hardware: Annotated[
        str | None,
        typer.Option(
            "--hardware", help="make-image: revisions that it fits, 1 or 1-3.", show_default="that of the profile"
        ),
    ] = None,
    dry_run: DryRun = False,
    confirm: Annotated[
        list[str] | None, typer.Option("--confirm", help="Confirm by name: downgrade, same-version, rollback.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; a downgrade still wants --confirm.")] = False,
    wait: Wait = PATIENCE_S,
    data: Data = None,
    json: Json = False,
    lang: Lang = "en",
) -> None:
    """Send a firmware image to a device, check one, make one for a test, or go back to the one before.

    Example: `wattstead upgrade tcp://127.0.0.1:8899 new.wsfw --profile growatt-rs485`

    The transfer is this project's own: makers publish none, so only Wattstead's virtual devices and boot loaders take
    it. A device whose profile does not declare it is sent nothing; one whose profile does hears a single question that
    only reads, and nothing else unless it answers as our loader does.

    The image must be whole, for this model and hardware; the battery idle or its relays open, within the limits of the
    profile, with no protection active. What was interrupted goes on where it was when the same command is said again. A
    new image runs on trial until it was seen to work, else the one before runs again. Exit status 1 where something
    speaks against it or the image before runs, 3 where the line was lost for good.
    """
    device = named_device(profile)
    action, *words = what if what[0] in _ACTIONS else ["send", *what]
    wanted = _ACTIONS.get(action, "PORT IMAGE")
    if len(words) != len(wanted.split()):
        here = f"{action} takes {wanted}" if action != "send" else f"an upgrade takes {wanted}"
        raise UsageError(f"{here}, not {Count(len(words)):word|words}; `wattstead upgrade --help` shows an example")
    if (version or hardware) and action != "make-image":
        raise UsageError("--version and --hardware belong to make-image: an image says its own")
    if action == "check":
        _check(Path(words[0]), device, language(lang), json=json)
    elif action == "make-image":
        _make(Path(words[0]), Path(words[1]), _known(device), version, hardware, language(lang))
    else:
        known = _known(device)
        declared(known)
        where = known.addresses.master if address is None else address
        check_address(known, where)
        wish = Wish(
            known,
            where,
            baud,
            data_folder(data),
            language(lang),
            frozenset(confirm or ()),
            yes,
            dry_run,
            json,
            wait,
        )
        _work(action, words, wish)


def _work(action: str, words: list[str], wish: Wish) -> None:
    match action:
        case "status":
            run(told_status(words[0], wish))
        case "rollback":
            run(rolled_back(words[0], wish))
        case _:
            run(upgraded(words[0], Path(words[1]), wish))


def _known(device: DeviceProfile | None) -> DeviceProfile:
    if device is None:
        raise UsageError("which device? say --profile NAME: nothing is looked for where firmware is at stake")
    return device


def _check(path: Path, device: DeviceProfile | None, lang: str, *, json: bool) -> None:
    """Say what an image is, and whether it is whole. Exit status 1 where it is not for the profile."""
    image = read_image(path)
    found = misfits(image.head, declared(device)) if device else ()
    show_image(image, found, lang, json=json)
    for one in found:
        said_in(lang, one)
    if found:
        raise typer.Exit(1)


def _make(
    out: Path, content: Path, device: DeviceProfile, version: str | None, hardware: str | None, lang: str
) -> None:
    """Pack any file as an image of this project, such as one for a test."""
    spec = declared(device)
    if version is None:
        raise UsageError("which version? say --version 1.5.2")
    revisions = _revisions(hardware) if hardware else (spec.hardware, spec.hardware)
    try:
        data = content.read_bytes()
        image = Image.make(
            data, model=spec.model, version=parse_version(version), hardware=revisions, block_bytes=spec.block_bytes
        )
        out.write_bytes(image.packed())
    except OSError as error:
        raise FileError(
            f"{error.filename}: {error.strerror}; name a file to read, and one that can be written"
        ) from None
    except EncodeError as error:
        raise UsageError(f"{content}: {error}") from None
    told = f"wrote {out}: {spec.model} {version}, {Count(image.head.blocks):block|blocks}"
    said_in(lang, f"{told}; only Wattstead's own boot loaders take it")


def _revisions(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", text)
    if not found:
        raise UsageError(f"--hardware {text}: write one revision such as 1, or a range such as 1-3")
    first = int(found[1])
    return first, int(found[2] or first)
