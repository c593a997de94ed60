"""Asks all packs of one line, round after round, whatever happens to them or to the line."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from wattstead.host.bus import now_s
from wattstead.host.conversation import Conversation, Effort
from wattstead.host.gather import Gathering, polled
from wattstead.host.turns import PolledPack, Turn
from wattstead.link.port import Port
from wattstead.model.errors import LinkLost, NoAnswer, Refused, UsageError
from wattstead.model.reading import Origin, Silence, Snapshot
from wattstead.wire.message import Message, Poll

REOPEN_FIRST_S, REOPEN_LAST_S = 1.0, 30.0
ROOM_S = 1.0  # no further question about identity when the next round is nearer than this

Reading = Snapshot | Silence
Reopen = Callable[[], Awaitable[Port]]


class Poller:
    """Polls packs of one profile on one line.

    Values are asked each round; alarms each round of a pack on which something is active, else every ``alarms_every``
    rounds, by turns; identity once, then hourly, one question a round or as many as the pause between rounds has room
    for. A silent pack is probed ever more rarely, up to once a minute, and is back with its first answer.

    interval_s: from the start of a round to that of the next; a round that takes longer is followed at once.
    reopen: opens the line again; without it a lost line ends the polling with LinkLost. The conversation may begin
    without a port: then it opens the first one, too.
    """

    def __init__(
        self,
        conversation: Conversation,
        packs: Sequence[PolledPack],
        now_ms: Callable[[], int],
        *,
        interval_s: float = 0.0,
        alarms_every: int = 3,
        reopen: Reopen | None = None,
        origin: Origin = Origin.MEASURED,
    ) -> None:
        _check(conversation, packs)
        self.conversation = conversation
        self._turns = [Turn(pack, number) for number, pack in enumerate(packs)]
        self._messages = {often: polled(conversation.profile, often) for often in Poll}
        self._now_ms = now_ms
        self._interval_s = interval_s
        self._alarms_every = alarms_every
        self._reopen = reopen
        self._origin = origin
        self._number = 0
        self._began_s = 0.0
        self._probed = False
        self._reopen_wait_s = self._reopen_s = 0.0

    async def rounds(self) -> AsyncGenerator[list[Reading], None]:
        """Yield what each round brought, for ever. A silent pack is in the list only where it was asked."""
        while True:
            yield [reading async for reading in self._round()]
            await self._rest()

    async def readings(self) -> AsyncGenerator[Reading, None]:
        """Yield each reading as soon as it is there, for ever: with many packs a round takes seconds."""
        while True:
            async for reading in self._round():
                yield reading
            await self._rest()

    async def _round(self) -> AsyncGenerator[Reading, None]:
        self._began_s = now_s()
        self._number += 1
        waiting = list(self._turns)
        try:
            if not self.conversation.is_open:
                await self._open_again()
            waiting = self._due()
            self._probed = any(turn.silent for turn in waiting)
            while waiting:
                reading = await self._poll(waiting[0])
                waiting.pop(0)
                yield reading
        except LinkLost as lost:
            await self._lose(lost)
            for turn in waiting:
                yield self._silence(turn, lost)

    def _due(self) -> list[Turn]:
        """All that answer, and one of the silent ones: a bus of absent packs must not slow the others down."""
        silent = sorted((turn for turn in self._turns if turn.silent), key=lambda turn: turn.probe_s)
        probed = [turn for turn in silent if turn.probe_s <= self._began_s]
        if len(silent) < len(self._turns):
            probed = probed[:1]
        return [turn for turn in self._turns if not turn.silent or turn in probed]

    async def _poll(self, turn: Turn) -> Reading:
        gathering, at_ms = Gathering(), 0
        effort = self._effort(turn)
        try:
            for message in self._messages[Poll.VALUES]:
                said = await self.conversation.ask(message.name, turn.who.address, effort=effort)
                at_ms = at_ms or self._now_ms()
                gathering.add(said)
        except (NoAnswer, Refused) as no:
            turn.fell_silent(now_s())
            return self._silence(turn, no)
        turn.spoke()
        self._reopen_wait_s = 0.0
        await self._add_alarms(turn, gathering)
        gathering.values, turn.said_once = {**gathering.values, **turn.said_once}, {}
        return gathering.snapshot(turn.who.pack, at_ms, self._origin)

    def _effort(self, turn: Turn) -> Effort:
        """Absence must be cheap: a pack that did not speak last time has one try, no longer than the others take."""
        if turn.answered:
            return Effort.FULL
        return Effort.ONCE if self.conversation.answers_late(turn.who.address) else Effort.PROBE

    async def _add_alarms(self, turn: Turn, gathering: Gathering) -> None:
        if not turn.asks_alarms(self._number, self._alarms_every):
            return
        for message in turn.due(self._messages[Poll.ALARMS], now_s()):
            await self._ask_more(turn, message, gathering)
        if gathering.active is not None:
            turn.heard_codes(gathering.active, self.conversation.profile)

    async def _ask_more(self, turn: Turn, message: Message, gathering: Gathering) -> bool:
        """Ask a pack that answers for something that it may not know; tell whether it did."""
        try:
            gathering.add(await self.conversation.ask(message.name, turn.who.address))
        except (NoAnswer, Refused) as no:
            turn.withhold(message, no, now_s())
            return False
        turn.given(message)
        return True

    async def _rest(self) -> None:
        """Ask who the packs are, unless a silent one has had its share, then wait until the next round is due."""
        try:
            while self._may_identify() and await self._identify() and now_s() + ROOM_S < self._next_s():
                pass
        except LinkLost as lost:
            await self._lose(lost)
        await asyncio.sleep(max(0.0, self._next_s() - now_s()))

    def _may_identify(self) -> bool:
        """A line that is lost already must not count as lost once more: its wait would grow too fast."""
        return self.conversation.is_open and not self._probed

    async def _identify(self) -> bool:
        """Put one question about who a pack is; tell whether there was one to put."""
        for turn in self._turns:
            message = turn.identity_due(self._messages[Poll.IDENTITY], now_s())
            if message is not None:
                gathering = Gathering()
                if await self._ask_more(turn, message, gathering):
                    turn.identified(message, gathering.values, now_s())
                return True
        return False

    def _next_s(self) -> float:
        due_s = self._began_s + self._interval_s
        if not self.conversation.is_open:
            return max(due_s, self._reopen_s)
        if all(turn.silent for turn in self._turns):
            return max(due_s, min(turn.probe_s for turn in self._turns))
        return due_s

    def _silence(self, turn: Turn, why: Exception) -> Silence:
        return Silence(turn.who.pack, self._now_ms(), str(why))

    async def _open_again(self) -> None:
        if self._reopen is None:
            raise LinkLost("the line is not open, and nothing was given to open it")
        await self.conversation.move_to(await self._reopen())
        for turn in self._turns:
            turn.start_over()

    async def _lose(self, lost: LinkLost) -> None:
        await self.conversation.close()
        if self._reopen is None:
            raise lost
        self._reopen_wait_s = min(REOPEN_LAST_S, 2 * self._reopen_wait_s or REOPEN_FIRST_S)
        self._reopen_s = now_s() + self._reopen_wait_s


def _check(conversation: Conversation, packs: Sequence[PolledPack]) -> None:
    """Refuse what cannot work before anything is sent."""
    where = conversation.profile.addresses
    if not packs:
        raise UsageError("a line without packs has nothing to poll; name at least one")
    for what in ("pack", "address"):
        given = [getattr(one, what) for one in packs]
        if twice := sorted({one for one in given if given.count(one) > 1}):
            raise UsageError(f"{what} {twice[0]} stands twice on one line; give each its own")
    for one in packs:
        if not where.first <= one.address <= where.last:
            raise UsageError(
                f"pack {one.pack} cannot have address {one.address}; "
                f"{conversation.profile.name} knows {where.first} to {where.last}"
            )
