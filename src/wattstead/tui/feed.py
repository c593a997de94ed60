"""Keeps asking the packs of one line while the screen is open; gives the line away while settings are written."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Final

from wattstead.catalog.profile import Profile
from wattstead.host.can_poller import CanPoller
from wattstead.host.conversation import Conversation, Effort
from wattstead.host.counters import Counters
from wattstead.host.poller import Poller, Reading, Reopen
from wattstead.host.turns import PolledPack
from wattstead.model.errors import NoAnswer, Refused, WattsteadError
from wattstead.tui.state import PackNow

MOST_PACKS: Final = 30
INTERVAL_S: Final = 1.0
_INSISTS_S: Final = 1.0
CLOSES_S: Final = 3.0
"""Longest that leaving the pages waits for a port that does not close."""


class Feed:
    """The packs of one line and what they say.

    opening: opens the line, at first and whenever it was lost. baud: its speed, None where nobody knows it.
    told: called after each reading. ended: why the asking has ended, "" while it goes on.
    """

    def __init__(
        self,
        profile: Profile,
        url: str,
        addresses: Sequence[int],
        now_ms: Callable[[], int],
        opening: Reopen,
        baud: int | None = None,
    ) -> None:
        self.profile = profile
        self.url = url
        self.now_ms = now_ms
        self.baud = baud
        self.packs = [self._pack(address) for address in addresses]
        self.told: Callable[[], None] = lambda: None
        self.ended = ""
        self.opening = opening
        self.conversation = Conversation(None, profile)
        self._can: CanPoller | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def is_can(self) -> bool:
        return self.profile.link.framing == "can"

    @property
    def counters(self) -> Counters:
        return self._can.conversation.counters if self._can else self.conversation.counters

    @property
    def is_open(self) -> bool:
        return self._can.conversation.is_open if self._can else self.conversation.is_open

    def busy_pct(self) -> float:
        """Share of the last minute in which the line was taken."""
        return self._can.conversation.busy_pct() if self._can else self.conversation.busy_pct()

    def start(self) -> None:
        """Begin to ask; never after ``close``: a reading that was broken off would open the line anew."""
        if self._task is None and not self._closed:
            self._task = asyncio.create_task(self._ask_on(), name="feed")

    async def stop(self) -> None:
        """Ask no more; may be called again."""
        task, self._task = self._task, None
        while task is not None and not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=_INSISTS_S)

    async def close(self) -> None:
        """Ask no more and let the port go, for good; a port that does not close holds nobody up."""
        self._closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSES_S):
                await self.stop()
                await self.conversation.close()
                if self._can is not None:
                    await self._can.conversation.close()

    @asynccontextmanager
    async def quiet(self) -> AsyncIterator[Conversation]:
        """Lend the line: nothing else is asked meanwhile. Raises LinkLost where it does not open."""
        await self.stop()
        try:
            if not self.conversation.is_open:
                await self.conversation.move_to(await self.opening())
            yield self.conversation
        finally:
            self.start()

    def moved(self, old: int, new: int) -> None:
        """A pack answers at another address from now on."""
        for place, pack in enumerate(self.packs):
            if pack.who.address == old:
                pack.who = self._pack(new).who
                self.packs[place] = pack

    async def find(self, looked: Callable[[int], None]) -> int:
        """Put one question to each further address that packs of this make can have; gives how many are new.

        looked: told each address before it is asked. Raises LinkLost.
        """
        where, known = self.profile.addresses, {pack.who.address for pack in self.packs}
        begin = min(where.first, *(pack.who.address for pack in self.packs))
        new = 0
        async with self.quiet() as conversation:
            for address in range(begin, min(where.last, begin + MOST_PACKS) + 1):
                if address in known or len(self.packs) >= MOST_PACKS:
                    continue
                looked(address)
                try:
                    await conversation.ask(self.profile.link.probe, address, effort=Effort.GLANCE)
                except NoAnswer:
                    continue
                except Refused:
                    pass
                self.packs.append(self._pack(address))
                new += 1
        self.packs.sort(key=lambda pack: pack.who.address)
        return new

    def _pack(self, address: int) -> PackNow:
        return PackNow(PolledPack(f"{self.profile.name}-{address}", address))

    async def _ask_on(self) -> None:
        try:
            async with aclosing(self._readings()) as readings:
                async for reading in readings:
                    for pack in self.packs:
                        if pack.who.pack == reading.pack:
                            pack.take(reading)
                    self.told()
        except WattsteadError as error:
            self.ended = str(error)
            self.told()

    def _readings(self) -> AsyncGenerator[Reading, None]:
        who = [pack.who for pack in self.packs]
        if not self.is_can:
            return Poller(self.conversation, who, self.now_ms, interval_s=INTERVAL_S, reopen=self.opening).readings()
        self._can = CanPoller(self.profile, who, self.now_ms, reopen=self.opening)
        return self._can.readings()
