"""One open port and what is known of the devices behind it: puts a question on the line and listens for its answer."""

import asyncio

from wattstead.catalog.profile import Profile
from wattstead.host.counters import Counters
from wattstead.host.ear import Answer, Ear, Open
from wattstead.host.patience import LONGEST_BYTES, Deadline, Patience, slower_by_s
from wattstead.link.pace import wire_time_s
from wattstead.link.port import Chunk, Port
from wattstead.link.url import framing_of
from wattstead.model.errors import Refused
from wattstead.wire.codec import Said


class Bus:
    """Whoever uses it asks one question at a time. Reads to the end of a frame; sleeps for nothing."""

    def __init__(self, port: Port, profile: Profile, patience: Patience, counters: Counters) -> None:
        self.port = port
        self._patience = patience
        self._counters = counters
        over = framing_of(port.url)
        self._ear = Ear(profile.codec(over), profile.framer(over), counters)

    def answers_late(self, address: int) -> bool:
        """Whether the last answer of this device came after its question was given up."""
        return address in self._ear.latecomers

    async def clear(self, address: int) -> None:
        """Before a new question: take what came unasked, and let the device finish what it may still be answering.

        A request that crosses an answer would spoil both.
        """
        await self._drain()
        while (due_s := self._ear.unanswered.due_s(address)) > now_s():
            if chunk := await self._next(due_s):
                self._ear.hear(chunk)

    async def ask(self, waiting: Open, allowance_s: float, *, repeated: bool) -> Said | Refused | None:
        """Put a question once. Gives None where no answer began within allowance_s of its end. Raises LinkLost."""
        if repeated:
            await self._drain()
        waiting.heard.spoilt = waiting.heard.echoed = False
        self._counters.requests += 1
        self._counters.bytes_out += len(waiting.request)
        began_s = now_s()
        try:
            answer = await self._send_and_listen(waiting, allowance_s)
        finally:
            self._counters.busy_s += now_s() - began_s
            self._counters.use.add(began_s, now_s())
        if answer is not None:
            self._take(answer, began_s + self._wire_s(len(waiting.request)), repeated=repeated)
        return answer.said if answer else None

    async def _send_and_listen(self, waiting: Open, allowance_s: float) -> Answer | None:
        size, baud = len(waiting.request), self.port.baud
        slower_s = slower_by_s(framing_of(self.port.url))
        deadline = Deadline(now_s(), size, allowance_s + slower_s, baud)
        longest = Deadline(now_s(), size, self._patience.longest_s + slower_s, baud)
        answer: Answer | None = None
        try:
            await self.port.send(waiting.request)
            answer = await self._listen(waiting, deadline)
        finally:  # a caller who was cancelled leaves a question behind, too
            if answer is None and not waiting.heard.spoilt:
                self._ear.unanswered.add(waiting.question, now_s(), longest.first_s)
        return answer

    async def _listen(self, waiting: Open, deadline: Deadline) -> Answer | None:
        until_s, enough = deadline.first_s, waiting.heard.bytes_in + 2 * LONGEST_BYTES
        while waiting.heard.bytes_in < enough and (chunk := await self._next(until_s)):
            if answer := self._ear.hear(chunk, waiting):
                return answer
            if key := self._ear.key():  # a page is full: the next one is an answer of its own, as long as the first
                await self.port.send(key)
                self._counters.bytes_out += len(key)
                deadline = Deadline(now_s(), len(key), self._patience.longest_s, self.port.baud)
                until_s, enough = deadline.first_s, waiting.heard.bytes_in + 2 * LONGEST_BYTES
                continue
            until_s = deadline.after(chunk.at, spoilt=waiting.heard.spoilt)
        return self._ear.hush(now_s(), waiting)

    async def _next(self, until_s: float) -> Chunk | None:
        """Wait for bytes until then. Those that came while the machine was busy elsewhere still count."""
        try:
            async with asyncio.timeout_at(until_s):
                return await self.port.receive()
        except TimeoutError:
            return await self._at_hand()

    async def _at_hand(self) -> Chunk | None:
        """Give what has come already, without waiting."""
        await asyncio.sleep(0)  # lets the event loop fetch what the system holds
        try:
            async with asyncio.timeout(0):
                return await self.port.receive()
        except TimeoutError:
            return None

    async def _drain(self) -> None:
        began_s = now_s()
        while (chunk := await self._at_hand()) is not None:
            self._ear.hear(chunk)
            if chunk.at > began_s:
                break  # a line that is never quiet must not hold us
        self._ear.hush(now_s())

    def _take(self, answer: Answer, asked_s: float, *, repeated: bool) -> None:
        """Count an answer and learn from it. asked_s: when the last bit of the request was out."""
        frame, refused = answer.frame, isinstance(answer.said, Refused)
        self._ear.latecomers.discard(frame.address)
        self._counters.refusals += refused
        self._counters.answers += not refused
        began_s = frame.at - self._wire_s(len(frame.raw)) if self.port.baud else answer.began_s
        turnaround_s = max(0.0, began_s - asked_s)
        if not repeated or self._patience.is_usual(frame.address, turnaround_s):
            self._counters.turnaround.add(turnaround_s)
            self._patience.learn(frame.address, turnaround_s)
            self._ear.unanswered.through(frame.address)
        else:  # nobody knows which try it answers: the device may be slower than we waited, and about to answer again
            self._patience.doubt(frame.address)
            self._ear.unanswered.expect(frame.address, now_s() + self._patience.longest_s)

    def _wire_s(self, size: int) -> float:
        return wire_time_s(size, self.port.baud)


def now_s() -> float:
    """The event loop's clock."""
    return asyncio.get_running_loop().time()
