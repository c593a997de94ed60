"""A virtual bank at the other end of a line in memory that tests of settings can cut, mute and listen to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from wattstead.catalog.profile import load_profile
from wattstead.host.conversation import Conversation
from wattstead.host.settings.sets import Held, Settings, read_held
from wattstead.link.memory import memory_pair
from wattstead.link.open import listen, open_port
from wattstead.link.port import Chunk, Port
from wattstead.model.errors import LinkLost
from wattstead.virtual.bank import Bank
from wattstead.virtual.day import Day
from wattstead.virtual.given import Writes
from wattstead.virtual.live import LiveBank
from wattstead.wire.codec import Question

NOON_S = 1_780_315_200.0  # 2026-06-01 12:00 UTC


@dataclass
class Line:
    """A bank that answers on whatever port it is given.

    paced: its bytes take time. cut_after: bytes that still reach it, None for all; cut_at: the same, as it was asked
    for. cut_answer: bytes of its answers that still come back. mute: it hears and does not answer. requests: bursts
    that reached it whole. spoil: what becomes of an answer on its way. after_write: called once the first was taken.
    folder: for a pseudo-terminal in place of a line in memory. reached: bytes that did since ``cut``; wrote: those up
    to the last request that wrote.
    """

    make: str
    packs: int = 1
    paced: bool = True
    cut_after: int | None = None
    cut_at: int = 0
    reached: int = 0
    wrote: int = 0
    cut_answer: int | None = None
    mute: bool = False
    opened: int = 0
    heals: bool = True
    requests: list[bytes] = field(default_factory=list)
    spoil: Callable[[bytes], bytes] | None = None
    after_write: Callable[[], None] | None = None
    folder: Path | None = None
    _tasks: "list[asyncio.Task[None]]" = field(default_factory=list)

    def __post_init__(self) -> None:
        self.profile = load_profile(self.make)
        clock_s = asyncio.get_running_loop().time
        now_ms = lambda: round((NOON_S + clock_s()) * 1000)  # noqa: E731
        self.bank = Bank(self.profile, now_ms=now_ms, packs=self.packs, soc_pct=50.0, seed=7)
        self.live = LiveBank(self.bank, Day(7), clock_s=clock_s, local_s=NOON_S, speed=0.0)
        self._write, self.live.write = self.live.write, self._written  # type: ignore[method-assign]

    def _written(self, question: Question) -> bool:
        self.wrote = self.reached
        done = self._write(question)
        then, self.after_write = self.after_write, None
        if then is not None:
            then()
        return done

    @property
    def address(self) -> int:
        return self.bank.addresses[0]

    @property
    def settings(self) -> Settings:
        """What the bank runs by."""
        return dict(self.bank.packs[0].settings)

    def writes(self, how: Writes) -> None:
        pack = self.bank.packs[0]
        pack.given = replace(pack.given, writes=how)

    def cut(self, at: int) -> None:
        """Let the line break for good once so many bytes came, at 0 never."""
        self.cut_at, self.cut_after, self.heals, self.reached = at, at or None, not at, 0

    def mend(self) -> None:
        self.cut_after, self.heals = None, True

    async def open(self) -> Port:
        """Give the host's end of a new line. Raises LinkLost while it does not heal."""
        if self.opened and not self.heals:
            raise LinkLost("memory://first: it is gone")
        self.opened += 1
        if self.folder is not None:
            return await self._terminal(self.folder / f"battery-{self.opened}")
        host, device = memory_pair(baud=self.profile.baud if self.paced else None, half_duplex=True)
        self._tasks.append(asyncio.create_task(self._serve(device), name="bank"))
        return host

    async def _terminal(self, path: Path) -> Port:
        async for device in (await listen(f"pty://{path}")).ports():
            self._tasks.append(asyncio.create_task(self._serve(device), name="bank"))
            break
        return await open_port(f"serial://{path}", baud=self.profile.baud)

    async def _serve(self, port: Port) -> None:
        responder = self.live.responder()
        while True:
            try:
                chunk = await port.receive()
                answers = responder.feed(self._reaches(chunk), chunk.at)
                for answer in answers:
                    self.requests.append(answer)
                    if not self.mute:
                        await self._back(port, answer)
                if self.cut_after is not None and self.cut_after <= 0:
                    self.cut_after = None
                    await port.close()
            except LinkLost:
                return

    def _reaches(self, chunk: Chunk) -> bytes:
        self.reached += len(chunk.data)
        if self.cut_after is None:
            return chunk.data
        data = chunk.data[: self.cut_after]
        self.cut_after -= len(chunk.data)
        return data

    async def _back(self, port: Port, answer: bytes) -> None:
        if self.cut_answer is None:
            await port.send(answer if self.spoil is None else self.spoil(answer))
            return
        data, self.cut_answer = answer[: self.cut_answer], self.cut_answer - len(answer)
        if data:
            await port.send(data)
        if self.cut_answer <= 0:
            self.cut_answer = None
            await port.close()

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def line(
    make: str, packs: int = 1, *, paced: bool = True, folder: Path | None = None
) -> AsyncIterator[tuple[Line, Conversation, Held]]:
    """Give a bank, who talks to it, and what it holds."""
    there = Line(make, packs, paced, folder=folder)
    conversation = Conversation(await there.open(), there.profile)
    try:
        held = await read_held(conversation, there.address)
        there.requests.clear()
        yield there, conversation, held
    finally:
        await conversation.close()
        await there.end()
