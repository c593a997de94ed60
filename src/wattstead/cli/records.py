"""``wattstead records``: what a battery has recorded itself, kept here for ever."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from wattstead.app.clock import now_ms
from wattstead.catalog.complaints import complaint
from wattstead.catalog.profile import Profile as DeviceProfile
from wattstead.catalog.words import record_words
from wattstead.cli.look_for import look_for
from wattstead.cli.options import Address, Baud, Data, Json, Lang, Profile, Wake, data_folder, language, named_device
from wattstead.cli.records_news import News, news_of, show_only_ours
from wattstead.cli.records_ours import Ours
from wattstead.cli.records_show import Way, tell_clock, tell_kept
from wattstead.cli.run import run
from wattstead.cli.setting_source import Device, Places, Wish
from wattstead.cli.show import said
from wattstead.host.records.keep import FILE, Gap, Intake, Kept, RecordStore
from wattstead.host.records.read import clock_ahead_s, newest_number, read_records
from wattstead.host.records.rows import Row, device_row, gap_row, rows_of
from wattstead.host.settings.keep import Keeper, device_key
from wattstead.host.settings.sets import read_identity
from wattstead.model.errors import LinkLost, NoAnswer, Refused, UsageError

_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def records(
    url: Annotated[str, typer.Argument(help="A port (/dev/ttyUSB0, tcp://host:port …), or a kept records.jsonl.")],
    profile: Profile = None,
    address: Address = None,
    baud: Baud = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Show nothing older: 2026-05-31, 2026-05-31T18:00, 90m, 12h, 7d.")
    ] = None,
    in_order: Annotated[bool, typer.Option("--in-order", help="The oldest first; else the newest first.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print a table for a spreadsheet, the oldest first.")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on and show new ones as they come.")] = False,
    every: Annotated[float, typer.Option("--every", help="--follow: seconds between two looks.", min=0.1)] = 10.0,
    wake: Wake = True,
    data: Data = None,
    store: Annotated[
        Path | None,
        typer.Option("--store", help="A store of `wattstead serve`.", show_default="that of serve, if there is one"),
    ] = None,
    pack: Annotated[
        list[str] | None,
        typer.Option("--pack", help="The battery's name in that store, where its serial number does not tell it."),
    ] = None,
    json: Json = False,
    lang: Lang = "en",
) -> None:
    """Records of a battery: what its BMS has noted itself, merged with what we read before, did to it and saw.

    Example: `wattstead records /dev/ttyUSB0 --profile ps-20016s --since 7d`

    Records are kept on this computer for ever and each once, so that nothing is lost when the device overwrites its
    own; where it has overwritten some that were never read, that is said. It only reads. Times are those of the
    device's clock, --json and --csv give UTC as well. Rows marked "ours": what we did to it, and codes that
    `wattstead serve` saw come and go, where no record of the device tells them. Of a device that keeps no records they
    are all that is shown. Exit status 3 where the line broke before all was read.
    """
    device = named_device(profile, address)
    if csv and (json or follow):
        raise UsageError("--csv is a whole table: leave --json and --follow away")
    way = Way(language(lang), json, csv, in_order, since_ms(since, now_ms()) if since else None)
    ours = Ours(store, tuple(pack or ()), way.since_ms)
    ours.check()
    if url.endswith(".jsonl") and "://" not in url:
        run(_show_file(Path(url).absolute(), device, way, ours))
        return
    wish = Wish(device, address, baud, data_folder(data), way.lang, json=json, wake=wake)
    run(_work(Places(wish), url, way, every if follow else None, ours), serves=follow)


def since_ms(text: str, now: int) -> int:
    """Read a time or a span as a person writes it. now: UTC, ms. Raises UsageError."""
    if span := _SPAN.fullmatch(text.strip().lower()):
        return now - round(float(span[1]) * _SECONDS[span[2]] * 1000)
    try:
        return round(datetime.fromisoformat(text.strip()).timestamp() * 1000)
    except ValueError:
        raise UsageError(
            f"--since {text!r} is no time; write 2026-05-31, 2026-05-31T18:00, or a span such as 90m, 12h, 7d"
        ) from None


def _kept_file(path: Path, device: DeviceProfile | None) -> RecordStore:
    if device is None:
        raise UsageError(f"{path}: of which device? say --profile NAME")
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file; records are kept as {FILE} in a folder a device")
    return RecordStore(path, device)


async def _show_file(path: Path, profile: DeviceProfile | None, way: Way, ours: Ours | None = None) -> None:
    """Show what is kept, without the device. Its folder is named as the device is."""
    store, key = _kept_file(path, profile), path.parent.name
    log = Keeper(path.parents[1], store.profile, key).entries()
    seen = await ours.of(store.profile, key, way.lang) if ours else ()
    way.show(rows_of(store, log, way.since_ms, seen))


async def _work(places: Places, url: str, way: Way, every_s: float | None, ours: Ours | None = None) -> None:
    wish = places.wish
    profile, asked = wish.device, wish.address
    if profile is None:
        profile, url, asked = await look_for(url, wish.baud, asked, wish.lang)
    where = profile.addresses.master if asked is None else asked
    if not profile.records.there:
        await show_only_ours(places, url, profile, where, way, every_s, ours)
        return
    async with places.device(url, address=where, profile=profile) as device:
        identity = await read_identity(device.conversation, device.address)
        key = device_key(device.profile, device.url, device.address, identity)
        news = news_of(places, profile, key, ours, device.url, device.address)
        visit = Visit(places, device, news.store, way, news)
        await visit.read_all()
        if every_s is not None:
            await visit.follow(every_s)


@dataclass
class Visit:
    """One device on an open line, and its records here."""

    places: Places
    device: Device
    store: RecordStore
    way: Way
    news: News
    newest: int | None = None
    clock_told: bool = False

    async def read_all(self) -> None:
        """Read all that the device has, keep and show it. Raises NoAnswer, Refused, LinkLost after showing."""
        seen, intake = await self.news.seen(), await self._intake()
        broke: NoAnswer | LinkLost | Refused | None = None
        try:
            reading = await read_records(self.device.conversation, self.device.address, take=intake.take)
        except (NoAnswer, LinkLost, Refused) as error:
            broke = error
        else:
            self.newest = reading.newest
            intake.end(reading)
        rows = self.news.rows(self.way.since_ms, seen)
        if broke is None or rows:
            self.way.show(rows)
            tell_kept(len(intake.new), rows, self.way.lang)
        if broke is not None:
            if intake.began:  # a device that says no, or nothing at all, was not interrupted
                said(record_words()["interrupted"][self.way.lang])
            raise broke

    async def follow(self, every_s: float) -> None:
        """Show new ones as they come, until cancelled; a line that breaks is opened again."""
        said(record_words()["follows"][self.way.lang])
        away = lost = False
        while True:
            await asyncio.sleep(every_s)
            try:
                if lost:
                    await self._come_back()
                for row in await self._look():
                    self.way.show_new(row)
                for row in await self.news.new():
                    self.way.show_new(row)
                away = lost = False
            except (NoAnswer, LinkLost, Refused) as error:
                if not away:
                    said(record_words()["away"][self.way.lang].format(why=complaint(str(error), self.way.lang)))
                away, lost = True, lost or isinstance(error, LinkLost)

    async def _look(self) -> list[Row]:
        """Read what is new since the last look."""
        newest = await newest_number(self.device.conversation, self.device.address)
        if newest is not None and newest == self.newest:
            return []
        intake, known = await self._intake(), self.store.knows
        read = partial(read_records, self.device.conversation, self.device.address)
        reading = await read(take=intake.take, known=known)
        gap = intake.end(reading)
        self.newest = reading.newest
        return rows_since(self.device.profile, intake.new, gap)

    async def _intake(self) -> Intake:
        ahead_s = await clock_ahead_s(self.device.conversation, self.device.address, now_ms)
        if not self.clock_told:
            tell_clock(ahead_s, now_ms(), self.way.lang)
        self.clock_told = True
        return self.store.reading(now_ms(), ahead_s)

    async def _come_back(self) -> None:
        """Open the line again; a port that is still held cannot be."""
        await self.device.conversation.close()
        await self.device.conversation.move_to(await self.places.open(self.device.url, self.device.profile))


def rows_since(profile: DeviceProfile, new: list[Kept], gap: Gap | None) -> list[Row]:
    """Give the rows of what has just come, the oldest first."""
    rows = [device_row(profile, one) for one in new[::-1]]
    return [gap_row(gap), *rows] if gap else rows
