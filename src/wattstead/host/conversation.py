"""Question and answer on one line: one at a time, each read to the end of its frame."""

import asyncio
from collections.abc import Mapping
from enum import Enum
from typing import Any

from wattstead.catalog.profile import Profile
from wattstead.host.bus import Bus, now_s
from wattstead.host.counters import Counters
from wattstead.host.ear import Open
from wattstead.host.heard import Asked, Heard, sentence
from wattstead.host.patience import Patience, glance_s
from wattstead.link.port import Port
from wattstead.link.url import framing_of
from wattstead.model.errors import LinkLost, NoAnswer, Refused, UsageError
from wattstead.wire.codec import Said

DAMAGED = ("checksum_error", "length_error")
"""A device refuses so when our request reached it broken: the line is to blame, and asking again helps."""


class Effort(Enum):
    """How much one question may cost."""

    FULL = "full"  # repeated after noise or silence; the last try waits as long as the profile allows
    ONCE = "once"  # one try that waits as long
    PROBE = "probe"  # one try that waits as long as devices on this line are known to take
    GLANCE = "glance"  # one try that waits as long as devices of this make usually take


class Conversation:
    """Talks to all devices of one profile on one line.

    port: None while it is not open yet; ``move_to`` gives one. deadline_s: seconds for a device to begin its answer,
    None for what the profile says; all tries but the last wait less once the device's turnaround is known.
    retries: how often a question is repeated after noise or silence.
    """

    def __init__(
        self, port: Port | None, profile: Profile, *, deadline_s: float | None = None, retries: int = 1
    ) -> None:
        if retries < 0 or (deadline_s is not None and deadline_s <= 0):
            raise UsageError(f"{retries} retries and a deadline of {deadline_s} s cannot be; give 0 or more, above 0 s")
        self.profile = profile
        self.counters = Counters()
        self.others: frozenset[int] = frozenset()
        """Who else answered the last question."""
        self._codec = profile.codec()
        self._patience = Patience(profile.link.deadline_ms / 1000 if deadline_s is None else deadline_s)
        self._retries = retries
        self._lock = asyncio.Lock()
        self._bus = self._bus_on(port) if port else None

    async def ask(
        self,
        message: str,
        address: int,
        values: Mapping[str, Any] | None = None,
        *,
        effort: Effort = Effort.FULL,
    ) -> Said:
        """Ask one device and give what it said.

        message: name, alias or command. values: what the request carries.
        Raises NoAnswer, Refused, LinkLost; UsageError and EncodeError for a question that cannot be put.
        """
        question, request = self._codec.ask(message, address, values)
        waiting = Open(question, request, Heard())
        async with self._lock:
            return await self._exchange(waiting, self._allowances_s(address, effort))

    @property
    def is_open(self) -> bool:
        """Whether there is a port; whether it still works shows with the next question."""
        return self._bus is not None

    async def move_to(self, port: Port) -> None:
        """Go on at another port, such as the same one opened again. Closes the old one."""
        async with self._lock:
            await self.close()
            self._bus = self._bus_on(port)

    async def close(self) -> None:
        """Close the port; may be called again. Whoever waits for an answer gets LinkLost."""
        bus, self._bus = self._bus, None
        if bus is not None:
            await bus.port.close()

    def answers_late(self, address: int) -> bool:
        """Whether the last answer of this device came after its question was given up."""
        return self._bus is not None and self._bus.answers_late(address)

    def busy_pct(self) -> float:
        """Share of the last minute in which an exchange had the line, 0 to 100."""
        return self.counters.use.pct(now_s())

    def _bus_on(self, port: Port) -> Bus:
        self._codec = self.profile.codec(framing_of(port.url))
        return Bus(port, self.profile, self._patience, self.counters)

    def _allowances_s(self, address: int, effort: Effort) -> list[float]:
        """How long the device may take to begin its answer, for each try."""
        match effort:
            case Effort.PROBE:
                return [self._patience.usual_s(address)]
            case Effort.ONCE:
                return [self._patience.longest_s]
            case Effort.GLANCE:
                return [glance_s(self.profile)]
        return [self._patience.usual_s(address)] * self._retries + [self._patience.longest_s]

    async def _exchange(self, waiting: Open, allowances_s: list[float]) -> Said:
        bus, began_s, last = self._bus, now_s(), len(allowances_s) - 1
        if bus is None:
            raise LinkLost(f"the line to {self.profile.name} is not open")
        await bus.clear(waiting.question.address)
        for done, allowance_s in enumerate(allowances_s):
            said = await bus.ask(waiting, allowance_s, repeated=done > 0)
            self.others = frozenset(waiting.heard.others)
            if isinstance(said, Said):
                return said
            if isinstance(said, Refused) and (done == last or said.reason not in DAMAGED):
                raise said
            self.counters.retries += done < last
        self.counters.silences += 1
        asked = Asked(self.profile, waiting.question, bus.port.url, bus.port.baud, last + 1, now_s() - began_s)
        raise NoAnswer(sentence(asked, waiting.heard))
