"""Rows that are ours: of devices that keep no records, and those that come while somebody looks."""

import asyncio
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace

from wattstead.app.clock import now_ms
from wattstead.catalog.profile import Profile
from wattstead.catalog.words import record_words
from wattstead.cli.can_verbs import check_bus, is_can
from wattstead.cli.records_ours import Ours
from wattstead.cli.records_show import Way
from wattstead.cli.setting_source import Places
from wattstead.cli.show import said
from wattstead.host.records.keep import FILE, RecordStore
from wattstead.host.records.ours import Seen
from wattstead.host.records.rows import Row, rows_of
from wattstead.host.settings.keep import Keeper, device_key
from wattstead.host.settings.sets import read_identity
from wattstead.model.errors import LinkLost, NoAnswer, Refused

_OURS = ("own", "ours")


@dataclass
class News:
    """What is ours of one device, looked at again and again. url: where it answers. from_ms: nothing older, UTC."""

    store: RecordStore
    keeper: Keeper
    ours: Ours | None
    key: str
    lang: str
    url: str
    address: int
    from_ms: int = field(default_factory=now_ms)
    _shown: set[Hashable] = field(default_factory=set)

    async def seen(self) -> Sequence[Seen]:
        """Give the codes that the platform saw come and go, and say where they are from."""
        if self.ours is None:
            return ()
        return await self.ours.of(self.store.profile, self.key, self.lang, self.url, self.address)

    def rows(self, since_ms: int | None, seen: Sequence[Seen]) -> list[Row]:
        """Give all rows, those of the device, too, and take those that are ours as shown."""
        rows = rows_of(self.store, self.keeper.entries(), since_ms, seen)
        self._shown |= {_key(row) for row in rows if row.kind in _OURS}
        return rows

    async def new(self) -> list[Row]:
        """Give rows of ours that were not shown yet."""
        seen: Sequence[Seen] = ()
        if self.ours is not None:
            ours = replace(self.ours, since_ms=self.from_ms, quiet=True)
            seen = await ours.of(self.store.profile, self.key, self.lang, self.url, self.address)
        rows = rows_of(self.store, self.keeper.entries(), self.from_ms, seen)
        fresh = [row for row in rows if row.kind in _OURS and _key(row) not in self._shown]
        self._shown |= {_key(row) for row in fresh}
        return fresh


def _key(row: Row) -> Hashable:
    return row.kind, row.at_ms, row.what["en"]


def news_of(places: Places, profile: Profile, key: str, ours: Ours | None, url: str, address: int) -> News:
    """Give what is ours of the device whose files have this key."""
    folder, lang = places.wish.folder, places.wish.lang
    store = RecordStore(folder / key / FILE, profile)
    return News(store, Keeper(folder, profile, key), ours, key, lang, url, address)


async def show_only_ours(
    places: Places, url: str, profile: Profile, address: int, way: Way, every_s: float | None, ours: Ours | None
) -> None:
    """Show what is ours of a device that keeps nothing itself; every_s: go on and show what comes.

    A device that does not answer is known by its port and address; that is raised once all was shown: NoAnswer,
    LinkLost, Refused.
    """
    said(record_words()["keeps_none"][way.lang].format(profile=profile.name))
    identity: dict[str, str] = {}
    broke: NoAnswer | LinkLost | Refused | None = None
    if is_can(profile):
        check_bus(profile, url)
    else:
        try:
            async with places.device(url, address=address, profile=profile) as device:
                await device.conversation.ask(profile.link.probe, address)
                identity = dict(await read_identity(device.conversation, device.address))
        except (NoAnswer, LinkLost, Refused) as error:
            broke = error
    news = news_of(places, profile, device_key(profile, url, address, identity), ours, url, address)
    way.show(news.rows(way.since_ms, await news.seen()))
    if broke is not None and every_s is None:
        raise broke
    if every_s is not None:
        said(record_words()["follows"][way.lang])
        while True:
            await asyncio.sleep(every_s)
            for row in await news.new():
                way.show_new(row)
