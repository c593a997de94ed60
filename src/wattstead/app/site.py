"""One running plant: its lines are polled, its readings stored, then shown."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog

from wattstead.api.app import STATIC, create_app
from wattstead.api.cold import PlantInfo
from wattstead.api.demo import Tryout
from wattstead.api.server import serve
from wattstead.app.alone import alone
from wattstead.app.clock import now_ms
from wattstead.catalog.profile import Profile
from wattstead.catalog.words import quantity_labels
from wattstead.host.can_poller import CanLine, CanPoller
from wattstead.host.conversation import Conversation
from wattstead.host.poller import Poller, Reading, Reopen
from wattstead.host.turns import PolledPack
from wattstead.link.port import Port
from wattstead.model.reading import Origin, Silence
from wattstead.plant.explaining import Explaining
from wattstead.plant.latest import PackInfo
from wattstead.plant.upkeep import keep_house
from wattstead.plant.watch import Watch
from wattstead.store.base import Store, StoreError
from wattstead.store.sqlite import SqliteStore

STORE_AGAIN_S = 5.0
GROUP_S = 0.25
MOST_WAITING = 1000  # readings; polling waits for the disk beyond them

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Line:
    """One line with packs of one make. open_port: opens it, at first and whenever it was lost."""

    name: str
    url: str
    profile: Profile
    packs: Sequence[PackInfo]
    open_port: Reopen
    interval_s: float
    origin: Origin = Origin.MEASURED


class Site:
    """Joins store, watch, pollers and page of one plant. tryout: its packs, where they are virtual and ours."""

    def __init__(
        self,
        name: str,
        time_zone: str,
        lines: Sequence[Line],
        store: Store,
        *,
        raw_days: int,
        tryout: Tryout | None = None,
    ) -> None:
        packs = [pack for line in lines for pack in line.packs]
        self._store = store
        self._raw_days = raw_days
        self._tryout = tryout
        self._speeds: dict[str, int | None] = {}
        self._newest: dict[str, Reading] = {}
        self._lines = [(line, self._poller(line)) for line in lines]
        self.watch = Watch(store, name, packs, {line.profile.name: line.profile.codes for line in lines}, now_ms)
        simulated = all(line.origin is Origin.SIMULATED for line in lines)
        self._info = PlantInfo(
            name=name,
            time_zone=time_zone,
            simulated=simulated,
            version=version("wattstead"),
            tryout=tryout is not None,
        )

    async def run(self, host: str, port: int, ready: Callable[[int], None]) -> None:
        """Poll, store and serve until cancelled. ready: told the port of the page once it is there.

        Raises UsageError or LinkLost where the page cannot be served at that address.
        """
        explaining = Explaining(self.watch, self._store, {line.profile.name: line.profile for line, _ in self._lines})
        app = create_app(
            self.watch, self._store, self._info, quantity_labels(), self.buses, STATIC, self._tryout, explaining
        )
        await self.watch.start()
        work: list[Coroutine[Any, Any, None]] = []
        for line, poller in self._lines:
            waiting: asyncio.Queue[Reading] = asyncio.Queue(MOST_WAITING)
            work += [self._poll(line, poller, waiting), self._keep(line, waiting)]
        work += [keep_house(self._store, now_ms, self._raw_days), serve(app, host, port, ready)]
        await together(*work)

    def buses(self) -> list[dict[str, Any]]:
        """Give the counters of all lines as of now."""
        return [
            _counters(line, poller.conversation, self._speeds.get(line.name), self._newest.get(line.name))
            for line, poller in self._lines
        ]

    def _poller(self, line: Line) -> Poller | CanPoller:
        async def open_port() -> Port:
            port = await line.open_port()
            self._speeds[line.name] = port.baud or getattr(port, "bitrate", None)
            return port

        packs = [PolledPack(pack.id, pack.address) for pack in line.packs]
        if line.profile.link.framing == "can":
            return CanPoller(
                line.profile, packs, now_ms, reopen=open_port, interval_s=line.interval_s, origin=line.origin
            )
        conversation = Conversation(None, line.profile)
        return Poller(conversation, packs, now_ms, interval_s=line.interval_s, reopen=open_port, origin=line.origin)

    async def _poll(self, line: Line, poller: Poller | CanPoller, waiting: "asyncio.Queue[Reading]") -> None:
        """Hand each reading on as it comes: with many packs a round takes seconds."""
        try:
            async for reading in poller.readings():
                self._newest[line.name] = reading
                await waiting.put(reading)
        finally:
            await poller.conversation.close()

    async def _keep(self, line: Line, waiting: "asyncio.Queue[Reading]") -> None:
        """Store what has come, and then show it; what comes within GROUP_S goes into one transaction."""
        while True:
            readings = [await waiting.get()]
            while not waiting.empty():
                readings.append(waiting.get_nowait())
            try:
                await self.watch.take(readings)
            except StoreError as error:
                # A full disk must not end the watch: the page says it, and later readings try again.
                log.warning("readings not stored", line=line.name, error=str(error))
                await asyncio.sleep(STORE_AGAIN_S)
            await asyncio.sleep(GROUP_S)


async def together(*work: Coroutine[Any, Any, None]) -> None:
    """Do all at once; the first that fails ends the others and is what the caller gets."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for one in work:
                tasks.create_task(one)
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None


def _counters(
    line: Line, conversation: Conversation | CanLine, baud: int | None, newest: Reading | None
) -> dict[str, Any]:
    counted = conversation.counters
    shut = not conversation.is_open
    return {
        "name": line.name,
        "url": line.url,
        "profile": line.profile.name,
        "baud": baud,
        "packs": [pack.id for pack in line.packs],
        "open": not shut,
        "trouble": newest.why if shut and isinstance(newest, Silence) else None,
        "requests": counted.requests,
        "answers": counted.answers,
        "silences": counted.silences,
        "retries": counted.retries,
        "noise": dict(counted.noise),
        "busy_pct": round(conversation.busy_pct(), 1),
    }


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SqliteStore]:
    """Open the store for this program alone, and close it whatever happens. Raises StoreError, UsageError."""
    store = await SqliteStore.open(path)
    try:
        with alone(path):
            yield store
    finally:
        await store.close()
