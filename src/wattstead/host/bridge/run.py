"""A bridge at work: its lines are polled, the bank is looked at, the inverter is told, whatever happens to any."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from wattstead.catalog.can_sides import battery_side, can_keys
from wattstead.catalog.profile import Profile
from wattstead.host.bridge.answers import BankAnswers
from wattstead.host.bridge.bank import BridgeBank, Look
from wattstead.host.bridge.voice import SURELY, Voice
from wattstead.host.bus import now_s
from wattstead.host.can_poller import CanPoller
from wattstead.host.conversation import Conversation
from wattstead.host.poller import REOPEN_FIRST_S, REOPEN_LAST_S, Poller, Reopen
from wattstead.host.turns import PolledPack
from wattstead.link.answering import serve
from wattstead.link.port import Listener
from wattstead.link.unasked import speak
from wattstead.link.url import framing_of
from wattstead.model.errors import LinkLost
from wattstead.wire.can_talker import Talker

LOOKS_S: Final = 0.5
"""The bank is looked at as often, whether anybody asks or not."""

Listening = Callable[[], Awaitable[Listener]]


@dataclass(frozen=True)
class PackLine:
    """One line with packs of one make. open_port: opens it, at first and whenever it was lost."""

    profile: Profile
    packs: Sequence[PolledPack]
    open_port: Reopen
    interval_s: float = 0.0


@dataclass
class Keeping:
    """What is known of the inverter. lost: it has been silent for too long. heard_at: when it last spoke.

    watched: whether its protocol has it speak at all. trouble: why its line is not open, "" while it is. sent: frames.
    """

    watched: bool = True
    lost: bool = False
    heard_at: float | None = None
    trouble: str = ""
    sent: int = 0


class Bridge:
    """bank, voice: see there. lines: of the packs. stops_when_lost: whether a silent inverter stops all.

    lost_s: after so long it is silent, in place of what the protocol says.
    """

    def __init__(
        self,
        bank: BridgeBank,
        voice: Voice,
        lines: Sequence[PackLine],
        now_ms: Callable[[], int],
        *,
        stops_when_lost: bool = False,
        lost_s: float | None = None,
    ) -> None:
        self.bank = bank
        self.voice = voice
        self.inverter = Keeping()
        self._stops_when_lost = stops_when_lost
        self._lost_s = lost_s
        self._pollers = [_poller(line, now_ms) for line in lines]
        self._talker: Talker | None = None
        self._answers: BankAnswers | None = None

    def look(self) -> Look:
        """Give the bank as of now."""
        return self.bank.look(now_s(), inverter_lost=self._stops_when_lost and self.inverter.lost)

    def unspoken(self) -> dict[str, str]:
        """Name the messages that are kept back, with the reason."""
        side = self._talker or self._answers
        return dict(side.unspoken) if side else {}

    def frames(self) -> list[bytes]:
        """Give all frames that would be sent now, packed; none where the inverter asks for them over RS485."""
        report = self.voice.report(self.look())
        if report is None or not self.on_can:
            return []
        self._talker = self._talker or self.talker()
        return self._talker.made(report)

    @property
    def on_can(self) -> bool:
        """Whether the inverter's protocol is one of a CAN bus."""
        return self.voice.profile.link.can is not None

    def talker(self) -> Talker:
        """Make the battery's side of the inverter's bus."""
        return battery_side(
            self.voice.profile, lambda: self.voice.report(self.look()), surely=SURELY, lost_s=self._lost_s
        )

    async def poll(self) -> None:
        """Poll all packs until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for poller in self._pollers:
                tasks.create_task(self._poll(poller))

    async def _poll(self, poller: Poller | CanPoller) -> None:
        try:
            async for reading in poller.readings():
                self.bank.take(reading, now_s())
        finally:
            await poller.conversation.close()

    async def speak(self, open_port: Reopen) -> None:
        """Be the battery on the inverter's CAN bus until cancelled; a bus that is lost is opened again."""
        self.inverter.watched = bool(can_keys(self.voice.profile).alive)
        wait_s = 0.0
        while True:
            # A new side each time: nothing that waited to be sent on the old bus may go out on the new one.
            self._talker = self.talker()
            try:
                port = await open_port()
                wait_s, self.inverter.trouble = 0.0, ""
                try:
                    await speak(_Counting(port, self.inverter), self._talker, looks=self._watch)
                finally:
                    await port.close()
            except LinkLost as lost:
                wait_s = min(REOPEN_LAST_S, 2 * wait_s or REOPEN_FIRST_S)
                self.inverter.trouble, self.inverter.lost = str(lost), self.inverter.watched
                await asyncio.sleep(wait_s)

    def _watch(self, at_s: float) -> None:
        talker = self._talker
        if talker is not None:
            self.inverter.lost, self.inverter.heard_at = talker.lost(at_s), talker.alive_at

    async def answer(self, listening: Listening, address: int | None = None) -> None:
        """Be the battery on the inverter's RS485 line until cancelled; a line that is lost is opened again."""
        answers = BankAnswers(self.voice, self.look, now_s, address=address, lost_s=self._lost_s)
        self._answers, wait_s = answers, 0.0
        watching = asyncio.create_task(self._watch_questions(answers))
        try:
            while True:
                with suppress(LinkLost):
                    listener = await listening()
                    wait_s, self.inverter.trouble = 0.0, ""
                    turnaround_s = self.voice.profile.link.turnaround_ms / 1000.0
                    make = partial(answers.responder, framing_of(listener.url))
                    await serve(listener, make, turnaround_s=turnaround_s)
                wait_s = min(REOPEN_LAST_S, 2 * wait_s or REOPEN_FIRST_S)
                self.inverter.trouble = "the inverter's line is not there; plug its adapter in again"
                await asyncio.sleep(wait_s)
        finally:
            watching.cancel()

    async def _watch_questions(self, answers: BankAnswers) -> None:
        while True:
            self.inverter.lost, self.inverter.heard_at = answers.lost(now_s()), answers.asked_at
            await asyncio.sleep(LOOKS_S)


class _Counting:
    """A port that counts what is sent."""

    def __init__(self, port: Any, counts: Keeping) -> None:
        self._port = port
        self._counts = counts
        self.receive = port.receive
        self.close = port.close
        self.url = port.url
        self.baud = port.baud

    async def send(self, data: bytes) -> None:
        await self._port.send(data)
        self._counts.sent += 1


def _poller(line: PackLine, now_ms: Callable[[], int]) -> Poller | CanPoller:
    if line.profile.link.framing == "can":
        return CanPoller(line.profile, line.packs, now_ms, reopen=line.open_port, interval_s=line.interval_s)
    # Alarms and limits each round: what a pack says of them is as old as its voltages then.
    return Poller(
        Conversation(None, line.profile),
        line.packs,
        now_ms,
        interval_s=line.interval_s,
        alarms_every=1,
        reopen=line.open_port,
    )
