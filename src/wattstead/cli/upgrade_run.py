"""Upgrading a device from the command line: checks, preview, confirmation, the transfer, the log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import typer

from wattstead.app.clock import now_ms
from wattstead.catalog.profile import Profile
from wattstead.catalog.upgrade_spec import UpgradeSpec
from wattstead.catalog.upgrade_state import declared
from wattstead.cli.ask import agrees, confirmed_by_name, somebody
from wattstead.cli.can_verbs import check_bus, is_can
from wattstead.cli.line import open_line
from wattstead.cli.show import as_json, said_in, word
from wattstead.cli.upgrade_show import TRANSFER, bar, plain_status, preview, show_end, show_status
from wattstead.host.settings.keep import Keeper, device_key
from wattstead.host.upgrade.back import read_status, roll_back
from wattstead.host.upgrade.check import Danger, danger_of, fitness, misfits, read_image
from wattstead.host.upgrade.link import LoaderLink
from wattstead.host.upgrade.send import Outcome, Upgrade, Upgraded
from wattstead.link.port import Port
from wattstead.model.errors import NoAnswer, Refused, UsageError, WattsteadError
from wattstead.wire.upgrade import State, Status
from wattstead.wire.upgrade_image import Image, shown_version

ROLLBACK = "rollback"
_WORKS_TRIES = 3


@dataclass(frozen=True)
class Wish:
    """What the person asked for. folder: of the log."""

    profile: Profile
    address: int
    baud: int | None
    folder: Path
    lang: str
    confirmed: frozenset[str]
    yes: bool
    dry_run: bool
    json: bool
    wait_s: float

    @property
    def spec(self) -> UpgradeSpec:
        return declared(self.profile)

    async def open(self, url: str) -> Port:
        return await open_line(url, self.profile, baud=self.baud, lang=self.lang)


async def upgraded(url: str, path: Path, wish: Wish) -> None:
    """Bring an image into a device. Raises WattsteadError for what speaks against it, before anything is sent."""
    image = await asyncio.to_thread(read_image, path)
    _stop(f"{path} is not for {wish.profile.name}", misfits(image.head, wish.spec))
    async with _met(url, wish) as link:
        status = await read_status(link)
        _stop(f"{path} is not for this device", misfits(image.head, wish.spec, status))
        danger = danger_of(image.head, status)
        runs = status.sha256 == image.head.sha256
        fit = None if runs else await fitness(link.port, wish.profile, wish.address, now_ms)
        if fit is not None:
            _stop("the battery may not be upgraded now", fit.against)
        if not wish.json:
            preview(status, image.head, fit, wish.lang)
        if wish.dry_run:
            told = {"would_send": image.head.sha256.hex(), "danger": danger.name if danger else None}
            if wish.json:
                print(as_json({**told, **plain_status(status)}))
            said_in(wish.lang, "--dry-run: the device was only read")
            return
        if not runs:
            await _confirmed(danger, wish)
        keeper = _keeper(url, status, wish)
        keeper.log(_begun(path, image, status), now_ms())
        done = await _transfer(url, link, image, danger, wish)
        plain = _plain(url, done, status, image, wish)
        keeper.log({"what": "upgrade ended", **plain}, now_ms())
    show_end(done, plain, wish.lang, json=wish.json)
    if done.outcome is Outcome.LINK_LOST:
        raise NoAnswer(f"{done.why}; the same command goes on from there")
    if done.outcome not in (Outcome.UPGRADED, Outcome.ALREADY):
        raise typer.Exit(1)


async def told_status(url: str, wish: Wish) -> None:
    """Print what a loader says of itself."""
    async with _met(url, wish) as link:
        show_status(await read_status(link), wish.lang, json=wish.json)


async def rolled_back(url: str, wish: Wish) -> None:
    """Let the image before run again."""
    async with _met(url, wish) as link:
        status = await read_status(link)
        if status.other_version is None:
            raise Refused(
                f"{url}: the device holds no other image that could run, so there is none to go back to",
                reason=ROLLBACK,
            )
        if status.state is not State.TRIAL:
            fit = await fitness(link.port, wish.profile, wish.address, now_ms)
            _stop("the battery may not be changed now", fit.against)
        if not wish.json:
            show_status(status, wish.lang, json=False)
        back, runs = shown_version(status.other_version), shown_version(status.version)
        await _by_name(Danger(ROLLBACK, f"lets the device run {back} in place of {runs}"), wish)
        keeper = _keeper(url, status, wish)
        keeper.log({"what": "rollback", "from": runs, "to": back}, now_ms())
        now = await roll_back(link, patience_s=wish.wait_s)
        keeper.log({"what": "rollback ended", **plain_status(now)}, now_ms())
    show_status(now, wish.lang, json=wish.json)


@asynccontextmanager
async def _met(url: str, wish: Wish) -> AsyncIterator[LoaderLink]:
    """Open a line to a loader; whatever is none hears one question that only reads. Raises NoAnswer, Refused."""
    if is_can(wish.profile):
        check_bus(wish.profile, url)
    link = LoaderLink(await wish.open(url), wish.profile, wish.address)
    try:
        await link.meet()
        yield link
    finally:
        await link.port.close()


async def _transfer(url: str, link: LoaderLink, image: Image, danger: Danger | None, wish: Wish) -> Upgraded:
    async def ready() -> str:
        fit = await fitness(link.port, wish.profile, wish.address, now_ms)
        return "; ".join(fit.against)

    async def works() -> str:
        """Whether the new image speaks as the battery that it is for."""
        why = ""
        for _ in range(_WORKS_TRIES):
            try:
                await fitness(link.port, wish.profile, wish.address, now_ms)
            except (NoAnswer, Refused) as silence:
                why = str(silence)
                continue
            return ""
        return why

    with bar(quiet=wish.json) as shown:
        work = Upgrade(
            link,
            image,
            partial(wish.open, url),
            older_too=danger is not None,
            patience_s=wish.wait_s,
            ready=ready,
            works=works,
            told=partial(said_in, wish.lang),
            progress=shown.take,
        )
        return await work.run()


# What is asked of the person.


def _stop(what: str, findings: tuple[str, ...]) -> None:
    """Raise WattsteadError with all findings at once."""
    if findings:
        raise WattsteadError(f"{what}: {'; '.join(findings)}. No image was sent")


async def _confirmed(danger: Danger | None, wish: Wish) -> None:
    if danger is not None:
        await _by_name(danger, wish)
    if wish.yes:
        return
    if not somebody(quiet=wish.json):
        raise UsageError("no image was sent: nobody is there to be asked; say --yes to send it")
    if not await agrees(word("upgrade_send", wish.lang)):
        raise UsageError("no image was sent")


async def _by_name(danger: Danger, wish: Wish) -> None:
    if danger.name in wish.confirmed:
        return
    if not somebody(quiet=wish.json) or not await confirmed_by_name(danger.name, danger.text, wish.lang):
        raise UsageError(f"nothing was changed: {danger.text}; say --confirm {danger.name} if that is meant")


# What is kept.


def _keeper(url: str, status: Status, wish: Wish) -> Keeper:
    key = device_key(wish.profile, url, wish.address, {"serial_number": status.serial})
    return Keeper(wish.folder, wish.profile, key)


def _begun(path: Path, image: Image, status: Status) -> dict[str, Any]:
    head = image.head
    versions = {"from": shown_version(status.version), "to": shown_version(head.version)}
    return {"what": "upgrade", "image": path.name, "model": head.model, "sha256": head.sha256.hex(), **versions}


def _plain(url: str, done: Upgraded, before: Status, image: Image, wish: Wish) -> dict[str, Any]:
    return {
        "outcome": done.outcome.value,
        "why": done.why or None,
        "url": url,
        "address": wish.address,
        "transfer": TRANSFER,
        "from": shown_version(before.version),
        "to": shown_version(image.head.version),
        "runs": shown_version(done.status.version),
        "blocks": image.head.blocks,
        "blocks_sent": done.sent,
        "resumed": done.resumed,
        "seconds": round(done.seconds, 1),
    }
