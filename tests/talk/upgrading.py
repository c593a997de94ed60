"""Both ends of an upgrade over memory: a tool, and a loader with a tiny memory beside a battery that says nothing."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from wattstead.catalog.profile import load_profile
from wattstead.host.upgrade.link import LoaderLink
from wattstead.host.upgrade.send import Upgrade, Upgraded
from wattstead.link.memory import memory_pair
from wattstead.link.passing import PassingPort
from wattstead.link.port import Port
from wattstead.model.errors import LinkLost
from wattstead.virtual.loader import Loader, Make
from wattstead.virtual.loader_faults import Faults
from wattstead.virtual.loader_flash import MemoryFlash, PowerLost
from wattstead.virtual.loader_line import LoaderPort, WithLoader
from wattstead.virtual.loader_slots import Store
from wattstead.wire.upgrade_image import Image

MODEL = "WS-TEST"
BLOCK, BLOCKS = 32, 6
ROOM = 1024
PROFILES = {"can": "growatt-can", "rs485": "growatt-rs485"}
ADDRESS = 1


def image(
    version: tuple[int, int, int] = (2, 0, 0), *, model: str = MODEL, blocks: int = BLOCKS, seed: int = 0
) -> Image:
    content = random.Random(seed + version[0]).randbytes(BLOCK * blocks - 5)
    return Image.make(content, model=model, version=version, hardware=(1, 2), block_bytes=BLOCK)


OLD, NEW = image((1, 0, 0)), image((2, 0, 0))


def clock_s() -> float:
    return asyncio.get_running_loop().time()


class Silent:
    """A battery that says nothing."""

    def feed(self, data: bytes, at: float = 0.0) -> list[bytes]:  # noqa: ARG002
        return []

    def silence(self, at: float = 0.0) -> None: ...


class Memory(MemoryFlash):
    """One that says when the power was lost."""

    def __init__(self) -> None:
        super().__init__(Store.size(ROOM))
        self.lost = asyncio.Event()

    def write(self, at: int, data: bytes) -> None:
        try:
            super().write(at, data)
        except PowerLost:
            self.lost.set()
            raise


@dataclass
class Device:
    """One device with a boot loader; ``Ear`` of its line."""

    flash: Memory = field(default_factory=Memory)
    unfit: str = ""
    heard: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        make = Make(MODEL, 1, "SERIAL", BLOCK, ROOM, 3.0, 60.0)
        self.loader = Loader(make, Store(self.flash, ROOM), clock_s, lambda: self.unfit)
        self.loader.ship(OLD)
        self.flash.writes = 0
        self.loader.start()

    def answer(self, address: int, asked: bytes) -> bytes | None:
        self.heard.append(asked)
        return self.loader.answer(asked) if address == ADDRESS else None

    def is_there(self, address: int | None = None) -> bool:  # noqa: ARG002
        return self.loader.speaks

    @property
    def runs(self) -> str:
        """Which image runs; the test fails where it is neither."""
        running = self.loader.running
        assert running is not None
        assert self.loader.store.slots[self.loader.store.record.slot].can_run(), "what runs is broken"
        return {OLD.head.sha256: "old", NEW.head.sha256: "new"}[running.sha256]


@dataclass
class Bench:
    """A device on a cable. over: can or rs485. ports: the tool's ends, each a new plug of the same cable."""

    over: str
    device: Device
    _stack: contextlib.AsyncExitStack

    async def plug(self) -> Port:
        """Plug the cable in: give the tool's end."""
        ours, theirs = memory_pair()
        serving = asyncio.create_task(self._serve(theirs))

        async def pull() -> None:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            await ours.close()

        self._stack.push_async_callback(pull)
        return ours

    async def _serve(self, port: Port) -> None:
        profile = load_profile(PROFILES[self.over])
        with contextlib.suppress(LinkLost):
            if self.over == "can":
                bus = LoaderPort(port, self.device)
                while True:
                    await bus.receive()
            line = WithLoader(Silent(), profile.framer(), self.device)
            while True:
                for answer in line.feed((await port.receive()).data):
                    await port.send(answer)

    async def link(self, port: Port | None = None, seed: int = 1) -> LoaderLink:
        where = port or await self.plug()
        return LoaderLink(where, load_profile(PROFILES[self.over]), ADDRESS, chance=random.Random(seed))

    async def upgrade(
        self,
        new: Image = NEW,
        *,
        port: Port | None = None,
        older_too: bool = False,
        patience_s: float = 30.0,
        works: Callable[[], Awaitable[str]] | None = None,
        seed: int = 1,
    ) -> Upgraded:
        link = await self.link(port, seed)
        work = Upgrade(link, new, self.plug, older_too=older_too, patience_s=patience_s, works=works)
        return await work.run()

    def fail(self, faults: Faults) -> None:
        self.device.loader.faults = faults


@asynccontextmanager
async def bench(over: str, flash: Memory | None = None) -> AsyncIterator[Bench]:
    async with contextlib.AsyncExitStack() as stack:
        yield Bench(over, Device(flash) if flash else Device(), stack)


class Cut(PassingPort):
    """A port that is pulled after so many bytes of the tool."""

    def __init__(self, port: Port, after: int) -> None:
        super().__init__(port)
        self._left = after

    async def send(self, data: bytes) -> None:
        put, self._left = data[: max(0, self._left)], self._left - len(data)
        if put:
            await self._port.send(put)
        if self._left < 0:
            await self._port.close()
            raise LinkLost("the cable was pulled")
