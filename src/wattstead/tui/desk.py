"""The settings of the packs as the screen knows them, and the orders that a person makes of them."""

from dataclasses import dataclass, field
from pathlib import Path

from wattstead.host.settings_change import Order
from wattstead.host.settings_file import parse_value
from wattstead.host.settings_keep import Keeper, device_key
from wattstead.host.settings_set import Held, read_held
from wattstead.model.errors import WattsteadError
from wattstead.tui.feed import Feed
from wattstead.tui.state import PackNow


@dataclass(slots=True)
class Drawer:
    """The settings of one pack. held: None until they were read. at_ms: when. error: why not."""

    held: Held | None = None
    at_ms: int = 0
    reading: bool = False
    error: str = ""


@dataclass
class Desk:
    """Reads settings and prepares changes. folder: of backups and the log."""

    feed: Feed
    folder: Path
    _drawers: dict[int, Drawer] = field(default_factory=dict)

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
