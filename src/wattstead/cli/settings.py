"""``wattstead settings``: what a battery keeps: show, compare, check, write, bring back, export."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from wattstead.cli.options import (
    Address,
    Baud,
    Data,
    DryRun,
    Json,
    Lang,
    Profile,
    Wait,
    Wake,
    data_folder,
    language,
    named_device,
)
from wattstead.cli.run import run
from wattstead.cli.setting_change import restored, written
from wattstead.cli.setting_source import Places, Wish, is_file, load
from wattstead.cli.settings_show import show_differences, show_issues, show_set
from wattstead.cli.show import said_in
from wattstead.host.settings.cells import for_cells
from wattstead.host.settings.check import check_set, errors
from wattstead.host.settings.file import to_toml
from wattstead.host.settings.sets import LIVE, defaults, differences
from wattstead.host.settings.write import PATIENCE_S
from wattstead.model.errors import FileError, UsageError


class Action(StrEnum):
    """What is to be done."""

    SHOW = "show"
    DIFF = "diff"
    CHECK = "check"
    WRITE = "write"
    RESTORE = "restore"
    EXPORT = "export"
    CONVERT = "convert"


def settings(
    action: Annotated[Action, typer.Argument(help="show, diff, check, write, restore, export or convert.")],
    what: Annotated[
        list[str],
        typer.Argument(
            help="A port (/dev/ttyUSB0, tcp://host:port …), a file that ends in .toml, `defaults` (as shipped), "
            "`last` (seen or left last time), or `topology-dc` … (of an AURA; `wattstead guides` has them); behind it "
            "what the action takes: see above.",
        ),
    ],
    profile: Profile = None,
    address: Address = None,
    other_address: Annotated[
        int | None, typer.Option("--other-address", help="diff: address of the second device.")
    ] = None,
    baud: Baud = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="export, convert: the file to write.")] = None,
    cells: Annotated[int | None, typer.Option("--cells", help="convert: cells in series.", min=1)] = None,
    dry_run: DryRun = False,
    confirm: Annotated[
        list[str] | None, typer.Option("--confirm", help="Confirm a danger by the name that the preview gives it.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; dangers still want --confirm NAME.")] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Bring back what was where not everything could be written.")
    ] = False,
    recheck: Annotated[
        bool, typer.Option("--recheck", help="Wait until the device was restarted, then read once more.")
    ] = False,
    wait: Wait = PATIENCE_S,
    wake: Wake = True,
    data: Data = None,
    json: Json = False,
    lang: Lang = "en",
) -> None:
    """Settings of a battery: read, compare, check, write, bring back.

    Example: `wattstead settings write /dev/ttyUSB0 mine.toml --profile seplos-v2 --dry-run`

    show PORT|FILE|defaults [NAME…] · export PORT [-o FILE] · check PORT|FILE|defaults · diff A [B] (B: as shipped) ·
    write PORT FILE|NAME=VALUE… · restore PORT [FILE|defaults] (the latest backup where nothing is named) ·
    convert FILE|defaults --cells N [-o FILE] (a set for another number of cells in series).

    Before anything is sent the whole set is checked, what differs is shown, dangers are confirmed by name, and a backup
    is written. Afterwards every value is read back and told as written, refused, ignored, altered, link lost or not
    sent. Exit status 1 when sets differ, a check found an error, or not everything was written; 3 when the line was
    lost for good.
    """
    device = named_device(profile, address, other_address)
    wish = Wish(
        device,
        address,
        baud,
        data_folder(data),
        language(lang),
        json=json,
        dry_run=dry_run,
        confirmed=frozenset(confirm or ()),
        yes=yes,
        rollback=rollback,
        recheck=recheck,
        wait_s=wait,
        wake=wake,
    )
    if output is not None and action not in (Action.EXPORT, Action.CONVERT):
        raise UsageError(f"-o belongs to export and convert; {action} prints its answer")
    if (cells is not None) is not (action is Action.CONVERT):
        raise UsageError("convert wants --cells N, and nothing else takes it")
    if output is not None and output.exists():  # told before anything is asked
        raise UsageError(_exists(output))
    if cells is not None:
        run(_convert(what, wish, cells, output))
    else:
        run(_work(action, what, wish, other_address, output))


async def _work(action: Action, what: list[str], wish: Wish, other: int | None, output: Path | None) -> None:
    places = Places(wish)
    match action:
        case Action.SHOW:
            loaded = await load(places, what[0])
            show_set(loaded, what[1:], wish)
        case Action.EXPORT:
            _one(action, what)
            loaded = await load(places, what[0])
            if loaded.keeper is not None:
                loaded.keeper.remember(loaded.held)
            await asyncio.to_thread(_export, to_toml(loaded.profile, loaded.held), output, wish.lang)
        case Action.CHECK:
            _one(action, what)
            loaded = await load(places, what[0])
            issues = check_set(loaded.profile, loaded.held.values)
            show_issues(issues, wish)
            _leave(bool(errors(issues)))
        case Action.DIFF:
            await _diff(places, what, wish, other)
        case Action.WRITE:
            _leave(not await written(places, what, wish))
        case Action.RESTORE:
            _leave(not await restored(places, what, wish))


async def _convert(what: list[str], wish: Wish, cells: int, output: Path | None) -> None:
    _one(Action.CONVERT, what)
    loaded = await load(Places(wish), what[0])
    made = for_cells(loaded.profile, loaded.held, cells)
    changes = [one for one in differences(loaded.held.values, made.values) if one.name not in LIVE]
    for one in changes:
        said_in(wish.lang, f"{one.name}: {one.left:.9g} becomes {one.right:.9g}")
    await asyncio.to_thread(_export, to_toml(loaded.profile, made), output, wish.lang)


async def _diff(places: Places, what: list[str], wish: Wish, other: int | None) -> None:
    if len(what) > 2:
        raise UsageError(f"diff compares two sets, not {len(what)}; name two of a port, a file, defaults, last")
    files = [one for one in what if is_file(one)]
    if len(what) == 2 and len(files) == 1 and not {"defaults", "last"} & {*what}:
        places = places.named_in(files[0])
    left = await load(places, what[0])
    if len(what) == 1:
        right = defaults(left.profile)
    elif what[1] == "last":
        right = places.last_of(left)
    else:
        right = (await load(places, what[1], address=other, profile=left.profile)).held
    found = differences(left.held.values, right.values, shared=True)
    show_differences(left, right, [one for one in found if one.name not in LIVE], wish)
    only = [name for name in left.held.values if name not in right.values and name not in LIVE]
    if only and right.source != "as shipped":
        said_in(wish.lang, f"not compared, as {right.source} does not have them: {', '.join(only)}")
    _leave(any(one.name not in LIVE for one in found))


def _one(action: Action, what: list[str]) -> None:
    if len(what) > 1:
        raise UsageError(f"{action} takes one port or file, not {len(what)}: {' '.join(what)}")


def _exists(output: Path) -> str:
    return f"{output}: this file exists already; choose another name, or remove it"


def _export(text: str, output: Path | None, lang: str) -> None:
    if output is None:
        print(text, end="")
        return
    try:
        with output.open("x", encoding="utf-8") as file:  # the set from before a change is not written over
            file.write(text)
    except FileExistsError:
        raise UsageError(_exists(output)) from None
    except OSError as error:
        raise FileError(f"{output}: {error.strerror}; name a file that can be written") from None
    said_in(lang, f"wrote {output}")


def _leave(failed: bool) -> None:  # noqa: FBT001 - the last word of a verb
    if failed:
        raise typer.Exit(1)
