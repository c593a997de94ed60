"""Sending an image: open, send what is missing, verify, switch, confirm; resume, and say truthfully what runs.

The device knows what it holds; so a link that was lost, or a tool that was ended, goes on where it was. The transfer is
this project's own (``wire.upgrade``).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from wattstead.host.upgrade.back import PATIENCE_S, read_status
from wattstead.host.upgrade.link import LoaderLink
from wattstead.host.upgrade.pace import Pace, Progress
from wattstead.host.upgrade.words import RETURNS, SENTENCES, said_no
from wattstead.link.port import Port
from wattstead.model.errors import DecodeError, LinkLost, NoAnswer, Refused
from wattstead.wire.upgrade import Answer, Op, Result, State, Status, pack_block, read_echo, read_numbers
from wattstead.wire.upgrade_image import Image, shown_version

_PAUSE_S: Final = 0.5
_BLOCK_TRIES: Final = 4
_MOST_LOSSES: Final = 6
_MOST_SWITCHES: Final = 3
_LEASE_WAIT_S: Final = 12.0  # a tool that was killed leaves its lease behind; it ends by itself before
_OLDER_TOO: Final = b"\x01"

Reopen = Callable[[], Awaitable[Port]]


class Outcome(StrEnum):
    """How an upgrade ended."""

    UPGRADED = "upgraded"  # the new image runs and is confirmed
    ALREADY = "already"  # it ran before
    RETURNED = "returned"  # it was switched to, and the one before runs again
    REFUSED = "refused"  # the device said no; the one before runs
    LINK_LOST = "link_lost"  # nobody answers; the old or the new image runs


@dataclass(frozen=True, slots=True)
class Upgraded:
    """An upgrade that has ended. status: as last told. sent: blocks that went over the line, repeats included.

    resumed: how often the line or the device came back. seconds: it took.
    """

    outcome: Outcome
    status: Status
    sent: int
    resumed: int
    seconds: float
    why: str = ""


class _No(Exception):
    """The device refuses, and asking again does not help."""


@dataclass
class Upgrade:
    """One upgrade. link: to a loader. reopen: opens the line again. older_too: an older image is meant.

    ready: says what speaks against switching now, "" for nothing; asked before the switch. works: says in which way
    the new image does not work as a battery, "" where it does; asked while it is on trial. told: takes a sentence about
    what goes on; progress: after each block.
    """

    link: LoaderLink
    image: Image
    reopen: Reopen | None = None
    older_too: bool = False
    patience_s: float = PATIENCE_S
    ready: Callable[[], Awaitable[str]] | None = None
    works: Callable[[], Awaitable[str]] | None = None
    told: Callable[[str], None] = lambda _: None
    progress: Callable[[Progress], None] = lambda _: None
    sent: int = 0
    resumed: int = 0
    _status: Status | None = None
    _switched: bool = False
    _boots: int = 0
    _tries: dict[int, int] = field(default_factory=dict)
    _until_s: float = 0.0
    _switches: int = 0
    _losses: int = 0  # since something went well

    async def run(self) -> Upgraded:
        """Bring the image into the device. Raises NoAnswer, Refused, LinkLost where no loader is met at first."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await self.link.meet()
        self._patient()
        outcome, why = Outcome.LINK_LOST, ""
        while True:
            try:
                outcome, why = await self._go()
                break
            except _No as no:
                outcome, why = Outcome.REFUSED, str(no)
                break
            except (NoAnswer, LinkLost) as lost:
                why = str(lost)
                self._losses += 1
                if self._losses > _MOST_LOSSES or not await self._come_back():
                    break
        if outcome is not Outcome.LINK_LOST:
            await self._close()
        if self._status is None:
            raise NoAnswer(why)
        return Upgraded(outcome, self._status, self.sent, self.resumed, loop.time() - began_s, why)

    async def status(self) -> Status:
        """Ask the loader what it is at. Raises NoAnswer, LinkLost, Refused."""
        return await read_status(self.link)

    # The way of an image.

    async def _go(self) -> tuple[Outcome, str]:
        """Go on from whatever the device is at."""
        while True:
            status = self._status = await self.status()
            head = self.image.head
            runs = status.sha256 == head.sha256
            if runs and status.state is not State.TRIAL:
                return (Outcome.UPGRADED if self._switched else Outcome.ALREADY), ""
            if runs:
                self._switched = True
                if self.works is not None and (why := await self.works()):
                    return await self._leave_trial(why)
                await self._take()
                self._good(await self.link.ask(Op.CONFIRM, head.sha256))
                self.told(f"{shown_version(head.version)} runs and is confirmed")
                continue
            if self._switched and status.boots != self._boots and status.why in RETURNS:
                return Outcome.RETURNED, RETURNS[status.why]
            await self._take()
            await self._send()
            await self._verify()
            if self._switches >= _MOST_SWITCHES:
                return Outcome.REFUSED, f"the device did not start the new image in {_MOST_SWITCHES} tries"
            await self._switch(status)

    async def _take(self) -> None:
        """Get the loader for ourselves; another tool's lease is waited for."""
        loop = asyncio.get_running_loop()
        until_s, said = loop.time() + _LEASE_WAIT_S, False
        while True:
            answer = await self.link.ask(Op.TAKE)
            if answer.result != Result.BUSY:
                self._good(answer)
                return
            if loop.time() >= until_s:
                raise _No("another tool is upgrading this device; let it end, or end it")
            if not said:
                self.told("another tool has been here within the last seconds; waiting until it is done")
            said = True
            await asyncio.sleep(_PAUSE_S)

    async def _send(self) -> None:
        """Send the blocks that the device does not hold."""
        flags = _OLDER_TOO if self.older_too else b"\0"
        self._good(await self.link.ask(Op.OPEN, flags + self.image.head.packed()))
        missing = await self._missing()
        self._status = await self.status()
        head, held = self.image.head, self._status.held
        if held and missing:
            self.told(f"{held} of {head.blocks} blocks are there already: going on with what is missing")
        pace = Pace(asyncio.get_running_loop().time, head.size, self._bytes_of(held))
        while missing:
            for index in missing:
                await self._block(index)
                self._patient()
                self.progress(pace.after(len(self.image.block(index))))
            missing = await self._missing()

    def _bytes_of(self, held: int) -> int:
        return min(held * self.image.head.block_bytes, self.image.head.size)

    async def _missing(self) -> tuple[int, ...]:
        answer = await self.link.ask(Op.MISSING)
        self._good(answer)
        try:
            return read_numbers(answer.content)
        except DecodeError as error:
            raise NoAnswer(str(error)) from None

    async def _block(self, index: int) -> None:
        """Send one block until the device has read back what was sent."""
        data, crc = self.image.block(index), self.image.crcs[index]
        why = ""
        while self._tries.setdefault(index, 0) < _BLOCK_TRIES:
            self._tries[index] += 1
            self.sent += 1
            answer = await self.link.ask(Op.BLOCK, pack_block(index, data))
            if answer.result == Result.OK:
                try:
                    echo = read_echo(answer.content)
                except DecodeError as error:
                    why = str(error)
                    continue
                if echo == (index, crc):
                    return
                why = f"read back with the check sum {echo[1]:08X} in place of {crc:08X}"
            elif answer.result in (Result.MEMORY, Result.BAD_BLOCK):
                why = SENTENCES[Result(answer.result)]
            else:
                self._good(answer)
        raise _No(
            f"block {index} of {self.image.head.blocks} was not taken in {_BLOCK_TRIES} tries: {why}; check the cable"
        )

    async def _verify(self) -> None:
        """Let the device read back the whole image."""
        answer = await self.link.ask(Op.VERIFY)
        self._good(answer)
        if answer.content != self.image.head.sha256:
            got = answer.content.hex()[:16]
            raise _No(
                f"what the device read back is not the image (its SHA-256 is {got}…), so it does not start it; "
                "check the cable and send it again"
            )

    async def _switch(self, before: Status) -> None:
        """Let the device start the new image; what runs then shows when it is back."""
        if self.ready is not None and (why := await self.ready()):
            raise _No(f"the image is in the device, which did not start it: {why}")
        await self._take()
        self._boots, self._switched, self._switches = before.boots, True, self._switches + 1
        self.told("all is there and verified: the device starts the new image")
        try:
            answer = await self.link.ask(Op.ACTIVATE, self.image.head.sha256)
        except NoAnswer:
            answer = None  # it may have started already
        if answer is not None and answer.result not in (Result.OK, Result.NO_LEASE, Result.IN_TRIAL):
            self._switched = False
            self._good(answer)
        if not await self._come_back(pause=False):
            raise NoAnswer("the device does not answer since it was to start the new image")

    async def _leave_trial(self, why: str) -> tuple[Outcome, str]:
        """Let the image before run again at once: the new one does not work."""
        self.told(f"the new image does not work: {why}; going back to the one before")
        await self._take()
        self._good(await self.link.ask(Op.ROLLBACK))
        if not await self._come_back(pause=False):
            raise NoAnswer("the device does not answer since it was to go back")
        return Outcome.RETURNED, f"the new image started and did not work: {why}"

    def _good(self, answer: Answer) -> None:
        """Raise _No for an answer that says no, NoAnswer for one after which it is worth to begin again."""
        if answer.result == Result.OK:
            return
        if answer.result in (Result.NO_LEASE, Result.INCOMPLETE, Result.NO_TRANSFER):
            raise NoAnswer("the device began anew meanwhile")
        raise _No(said_no(answer))

    # Losing and finding the device.

    def _patient(self) -> None:
        """Something went well: patience begins anew."""
        self._losses = 0
        self._until_s = asyncio.get_running_loop().time() + self.patience_s

    async def _come_back(self, *, pause: bool = True) -> bool:
        """Wait for the line and the device as long as we have patience; the first question comes first again."""
        loop = asyncio.get_running_loop()
        self._until_s = max(self._until_s, loop.time() + self.patience_s)
        gone = pause
        while loop.time() < self._until_s:
            try:
                if gone and self.reopen is not None:
                    await self.link.port.close()  # a port that is still held cannot be opened again
                    self.link.move_to(await self.reopen())
                gone = False
                await self.link.meet()
                self._status = await self.status()
            except LinkLost:
                gone = True
                if self.reopen is None:
                    return False
            except (NoAnswer, Refused):
                pass
            else:
                if pause:
                    self.resumed += 1
                    self.told("the device is back: going on with what it holds")
                return True
            await asyncio.sleep(_PAUSE_S)
        return False

    async def _close(self) -> None:
        try:
            await self.link.ask(Op.CLOSE)
        except (NoAnswer, LinkLost):
            return  # the lease ends by itself
