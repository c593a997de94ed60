"""Settings and records of the packs as the screen knows them, and the orders that a person makes of them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wattstead.host.conversation import Conversation
from wattstead.host.records.entry import Entry
from wattstead.host.records.keep import FILE, RecordStore
from wattstead.host.records.read import clock_ahead_s, read_records
from wattstead.host.records.rows import rows_of
from wattstead.host.settings.change import Order
from wattstead.host.settings.file import parse_value
from wattstead.host.settings.keep import Keeper, device_key
from wattstead.host.settings.sets import Held, read_held, read_identity
from wattstead.model.errors import WattsteadError
from wattstead.tui.feed import Feed
from wattstead.tui.state import PackNow, RecordBook


@dataclass(slots=True)
class Drawer:
    """The settings of one pack. held: None until they were read. at_ms: when. error: why not."""

    held: Held | None = None
    at_ms: int = 0
    reading: bool = False
    error: str = ""


@dataclass
class Desk:
    """Reads settings and records, prepares changes. folder: of backups, records and the log."""

    feed: Feed
    folder: Path
    _drawers: dict[int, Drawer] = field(default_factory=dict)
    _books: dict[int, RecordBook] = field(default_factory=dict)

    def drawer(self, pack: PackNow) -> Drawer:
        return self._drawers.setdefault(pack.who.address, Drawer())

    async def read(self, pack: PackNow) -> None:
        """Read the settings of a pack; what goes wrong stands in its drawer."""
        drawer = self.drawer(pack)
        if drawer.reading:
            return
        drawer.reading, drawer.error = True, ""
        try:
            async with self.feed.quiet() as conversation:
                drawer.held = await read_held(conversation, pack.who.address)
            drawer.at_ms = self.feed.now_ms()
        except WattsteadError as error:
            drawer.error = str(error)
        finally:
            drawer.reading = False

    def book(self, pack: PackNow) -> RecordBook:
        return self._books.setdefault(pack.who.address, RecordBook())

    async def read_book(self, pack: PackNow, came: Callable[[], None]) -> None:
        """Read the records of a pack and keep them as `wattstead records` does; what goes wrong stands in its book.

        came: called as they come.
        """
        book = self.book(pack)
        if book.reading is not None:
            return
        book.reading, book.error = 0, ""
        try:
            async with self.feed.quiet() as conversation:
                await self._fill(book, conversation, pack.who.address, came)
        except WattsteadError as error:
            book.error = str(error)
        finally:
            book.reading = None

    async def _fill(self, book: RecordBook, conversation: Conversation, address: int, came: Callable[[], None]) -> None:
        profile, now_ms = self.feed.profile, self.feed.now_ms
        key = device_key(profile, self.feed.url, address, await read_identity(conversation, address))
        store = await asyncio.to_thread(RecordStore, self.folder / key / FILE, profile)
        intake = store.reading(now_ms(), await clock_ahead_s(conversation, address, now_ms))

        def take(entries: Sequence[Entry]) -> None:
            intake.take(entries)
            book.reading = (book.reading or 0) + len(entries)
            came()

        try:
            intake.end(await read_records(conversation, address, take=take))
        finally:
            rows = rows_of(store, Keeper(self.folder, profile, key).entries())
            book.rows = rows[::-1]

    def put(self, pack: PackNow, held: Held) -> None:
        """Note what a pack holds after a write."""
        before = self.drawer(pack)
        identity = before.held.identity if before.held else {}
        self._drawers[pack.who.address] = Drawer(Held(held.values, held.records, held.missing, identity))
        self._drawers[pack.who.address].at_ms = self.feed.now_ms()

    def order(self, pack: PackNow, name: str, text: str) -> Order:
        """Make an order of what a person typed. Raises UsageError for what cannot be meant."""
        held = self.drawer(pack).held
        if held is None:
            raise WattsteadError("the settings were not read yet; wait for them")
        profile = self.feed.profile
        shipped = profile.settings[name].default
        typed = text.strip() if isinstance(shipped, str) else text.strip().replace(",", ".")
        _, value = parse_value(profile, f"{name}={typed}")
        key = device_key(profile, self.feed.url, pack.who.address, held.identity)
        keeper = Keeper(self.folder, profile, key)
        why = f"screen {name}={text.strip()}"
        return Order(self.feed.conversation, pack.who.address, self.feed.url, held, {name: value}, keeper, why)
