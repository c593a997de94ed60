"""One running plant: its lines are polled, its readings stored, then shown."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog

from wattstead.api.app import create_app
from wattstead.api.cold import PlantInfo
from wattstead.api.server import serve
from wattstead.app.clock import now_ms
from wattstead.catalog.profile import Profile
from wattstead.catalog.words import quantity_labels
from wattstead.host.conversation import Conversation
from wattstead.host.poller import Poller, Reopen
from wattstead.host.turns import PolledPack
from wattstead.link.port import Port
from wattstead.model.reading import Origin
from wattstead.plant.latest import PackInfo
from wattstead.plant.upkeep import keep_house
from wattstead.plant.watch import Watch
from wattstead.store.base import Store, StoreError
from wattstead.store.sqlite import SqliteStore

STORE_AGAIN_S = 5.0

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
    """Joins store, watch, pollers and page of one plant."""

    def __init__(self, name: str, time_zone: str, lines: Sequence[Line], store: Store, *, raw_days: int) -> None:
        packs = [pack for line in lines for pack in line.packs]
        self._store = store
        self._raw_days = raw_days
        self._speeds: dict[str, int | None] = {}
        self._lines = [(line, self._poller(line)) for line in lines]
        self.watch = Watch(store, name, packs, {line.profile.name: line.profile.codes for line in lines}, now_ms)
        simulated = all(line.origin is Origin.SIMULATED for line in lines)
        self._info = PlantInfo(name=name, time_zone=time_zone, simulated=simulated, version=version("wattstead"))

    async def run(self, host: str, port: int, ready: Callable[[int], None]) -> None:
        """Poll, store and serve until cancelled. ready: told the port of the page once it is there.

        Raises UsageError or LinkLost where the page cannot be served at that address.
        """
        app = create_app(self.watch, self._store, self._info, quantity_labels(), self.buses, _static())
        await self.watch.start()
        work: list[Coroutine[Any, Any, None]] = [self._poll(line, poller) for line, poller in self._lines]
        work += [keep_house(self._store, now_ms, self._raw_days), serve(app, host, port, ready)]
        await together(*work)

    def buses(self) -> list[dict[str, Any]]:
        """Give the counters of all lines as of now."""
        return [_counters(line, poller.conversation, self._speeds.get(line.name)) for line, poller in self._lines]

    def _poller(self, line: Line) -> Poller:
        async def open_port() -> Port:
            port = await line.open_port()
            self._speeds[line.name] = port.baud
            return port

        packs = [PolledPack(pack.id, pack.address) for pack in line.packs]
        conversation = Conversation(None, line.profile)
        return Poller(conversation, packs, now_ms, interval_s=line.interval_s, reopen=open_port, origin=line.origin)

    async def _poll(self, line: Line, poller: Poller) -> None:
        try:
            async for readings in poller.rounds():
                if not readings:
                    continue
                try:
                    await self.watch.take(readings)
                except StoreError as error:
                    # A full disk must not end the watch: the page says it, and the next rounds try again.
                    log.warning("round not stored", line=line.name, error=str(error))
                    await asyncio.sleep(STORE_AGAIN_S)
        finally:
            await poller.conversation.close()


async def together(*work: Coroutine[Any, Any, None]) -> None:
    """Do all at once; the first that fails ends the others and is what the caller gets."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for one in work:
                tasks.create_task(one)
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None


def _counters(line: Line, conversation: Conversation, baud: int | None) -> dict[str, Any]:
    counted = conversation.counters
    return {
        "name": line.name,
        "url": line.url,
        "profile": line.profile.name,
        "baud": baud,
        "packs": [pack.id for pack in line.packs],
        "requests": counted.requests,
        "answers": counted.answers,
        "silences": counted.silences,
        "retries": counted.retries,
        "noise": dict(counted.noise),
        "busy_pct": round(conversation.busy_pct(), 1),
    }


def _static() -> Path:
    from wattstead import api

    return Path(api.__file__).parent / "static"


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SqliteStore]:
    """Open the store, and close it whatever happens. Raises StoreError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    store = await SqliteStore.open(path)
    try:
        yield store
    finally:
        await store.close()
