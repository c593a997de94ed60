"""Writing settings as one transaction: send what differs, read back, say truthfully of each value what became of it.

A line that is lost on the way is opened again where it can be; what the device holds then decides what is still to be
sent. Nothing is believed that was not read back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import cycle
from typing import Any, Final

from wattstead.catalog.profile import Profile
from wattstead.catalog.writing_spec import OrderSpec
from wattstead.host.conversation import DAMAGED, Conversation, Effort
from wattstead.host.settings.plan import Step, plan
from wattstead.host.settings.sets import LIVE, Difference, Held, Settings, differences, read_held, same, took
from wattstead.link.port import Port
from wattstead.model.errors import LinkLost, NoAnswer, Refused
from wattstead.model.setting import SettingValue

Reopen = Callable[[], Awaitable[Port]]
Ready = tuple[Step, Mapping[str, Any]]
PATIENCE_S: Final = 30.0
_PAUSE_S: Final = 1.0
_WORKS_S: Final = 30.0  # so long a device may be at work before we give it up
_LOOK_S: Final = 0.25
_BUSY: Final = "busy"  # what a device says that is at work
_RESUMES: Final = 3


class Outcome(StrEnum):
    """What became of one value."""

    WRITTEN = "written"  # it was read back
    REFUSED = "refused"  # the device said no and kept what it had
    IGNORED = "ignored"  # the device said yes, or nothing, and kept what it had
    ALTERED = "altered"  # the device holds a third value
    LINK_LOST = "link_lost"  # sent, and nobody could be asked what became of it
    NOT_SENT = "not_sent"  # the device holds what it had


@dataclass(frozen=True, slots=True)
class Result:
    """One value. was, to: before and as wanted. holds: as read back, None where that failed. why: in words."""

    name: str
    was: SettingValue | None
    to: SettingValue
    holds: SettingValue | None
    outcome: Outcome
    why: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A transaction that has ended. held: as read back, None where nobody answered. moved: what else has changed.

    sent: messages that wrote. resumed: how often the line came back. address: where the device answers now.
    """

    results: tuple[Result, ...]
    held: Held | None
    moved: tuple[Difference, ...]
    sent: int
    resumed: int
    address: int

    @property
    def done(self) -> bool:
        return all(one.outcome is Outcome.WRITTEN for one in self.results)

    def to_undo(self) -> Settings:
        """Give the values that would bring back what was; those of which nobody knows, too."""
        return {
            one.name: one.was
            for one in self.results
            if one.was is not None and (one.outcome is Outcome.LINK_LOST or not _kept(one))
        }


def _kept(one: Result) -> bool:
    return one.outcome is Outcome.NOT_SENT or same(one.was, one.holds)


async def write_settings(
    conversation: Conversation,
    address: int,
    held: Held,
    wanted: Settings,
    *,
    reopen: Reopen | None = None,
    patience_s: float = PATIENCE_S,
    told: Callable[[str], None] = lambda _: None,
) -> Written:
    """Write what differs from what is held, and read back.

    held: as just read. reopen: opens the line again. patience_s: how long to wait for a device that fell silent; 0 for
    not at all. told: takes a sentence about what goes on. Checks nothing: ``settings_check`` does.
    Raises UsageError for settings that cannot be written and EncodeError for values that do not fit, before
    anything is sent; what happens on the line is told in the results.
    """
    changes = {name: value for name, value in wanted.items() if not same(value, held.values.get(name))}
    first = _ready(conversation.profile, held, changes)
    work = _Work(conversation, address, held, changes, reopen, patience_s, told, first)
    return await work.run()


def _ready(profile: Profile, held: Held, changes: Settings) -> list[Ready]:
    """Give the messages with all that they carry. Raises UsageError, EncodeError."""
    return [(step, step.values(profile, held)) for step in plan(profile, held, changes)]


class _Stopped(Exception):
    """The device said no: what comes after is not sent."""


@dataclass
class _Work:
    """One transaction.

    first: what is sent at first. lost: why the line is. sent_names: settings that were on the line at least once.
    """

    conversation: Conversation
    address: int
    before: Held
    wanted: Settings
    reopen: Reopen | None
    patience_s: float
    told: Callable[[str], None]
    first: list[Ready]
    sent: int = 0
    resumed: int = 0
    lost: str = ""
    sent_names: set[str] = field(default_factory=set)
    no: dict[str, str] = field(default_factory=dict)
    silent: dict[str, str] = field(default_factory=dict)

    async def run(self) -> Written:
        held: Held | None = self.before
        going = bool(self.wanted)
        while going and held is not None:
            going = False
            try:
                await self._go(held)
                held = await self._read_back()
            except (LinkLost, NoAnswer) as error:
                self.lost = str(error)
                held = await self._come_back()
                going = held is not None and bool(self._open(held)) and self.resumed <= _RESUMES
        return self._told(held)

    def _open(self, held: Held) -> Settings:
        """Give what is still to be written."""
        return {
            name: value
            for name, value in self.wanted.items()
            if name not in self.no and not took(name, value, held.values.get(name))
        }

    async def _go(self, held: Held) -> None:
        """Send all that is still to be written. Raises LinkLost, NoAnswer where nobody is there any more."""
        profile = self.conversation.profile
        ready = self.first if held is self.before else _ready(profile, held, self._open(held))
        if not ready:
            return
        names = [name for step, _ in ready for name in step.changes]
        staged = bool(profile.writing.after)
        try:
            await self._orders(profile.writing.before, names)
            for step, values in ready:
                await self._write(step, values)
            if staged:
                await self._orders(profile.writing.after, names)
                await self._wait(names)
        except _Stopped:
            await self._undo()
        if profile.writing.address in names:
            self.address = await self._where()

    async def _write(self, step: Step, values: Mapping[str, Any]) -> None:
        """Send one message; once more where it reached the device broken, or got no answer and changed nothing."""
        profile = self.conversation.profile
        self.told(f"{step.message}: {', '.join(step.changes)}")
        for last in (False, True):
            self.sent += 1
            self.sent_names.update(step.changes)
            try:
                await self._ask(step.message, values, Effort.ONCE)
            except Refused as no:
                if no.reason in DAMAGED and not last:
                    continue
                self.no |= dict.fromkeys(step.changes, str(no))
                raise _Stopped from no
            except NoAnswer as silence:
                if profile.writing.address in step.changes:
                    return  # it may answer elsewhere already
                if await self._is_there(step):
                    return
                if last:
                    self.silent |= dict.fromkeys(step.changes, str(silence))
                    raise _Stopped from silence
                continue
            return

    async def _is_there(self, step: Step) -> bool:
        """Whether a write that nobody confirmed was taken; what waits to be programmed cannot be seen.

        Raises NoAnswer where the device does not answer at all.
        """
        now = await read_held(self.conversation, self.address, list(step.changes), identity=False)
        staged = bool(self.conversation.profile.writing.after)
        return not staged and all(took(name, value, now.values.get(name)) for name, value in step.changes.items())

    async def _ask(self, message: str, values: Mapping[str, Any], effort: Effort = Effort.FULL) -> None:
        """Ask, and again while the device says that it is at work. Raises Refused, NoAnswer, LinkLost."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + _WORKS_S
        while True:
            try:
                await self.conversation.ask(message, self.address, values, effort=effort)
            except Refused as no:
                if no.reason != _BUSY or loop.time() >= until_s:
                    raise
                await asyncio.sleep(_LOOK_S)
                continue
            return

    async def _orders(self, orders: Sequence[OrderSpec], names: Collection[str]) -> None:
        for order in orders:
            try:
                await self._ask(order.message, dict(order.values))
            except Refused as no:
                self.no |= dict.fromkeys(names, str(no))
                raise _Stopped from no
            self.sent += order in self.conversation.profile.writing.after

    async def _undo(self) -> None:
        """Let the device drop what it was not to program."""
        for order in self.conversation.profile.writing.undo:
            try:
                await self.conversation.ask(order.message, self.address, dict(order.values))
            except Refused:
                continue  # it is locked, or has nothing to drop

    async def _wait(self, names: Collection[str]) -> None:
        """Ask until the device is no longer at work. Raises _Stopped where it says that it did not do it."""
        wait = self.conversation.profile.writing.wait
        if wait is None:
            return
        loop = asyncio.get_running_loop()
        until_s, word, where = loop.time() + _WORKS_S, "", self._addresses()
        for address in cycle(where):
            try:
                word = str((await self.conversation.ask(wait.message, address)).record.get(wait.field))
                if word not in wait.busy:
                    break
            except (NoAnswer, Refused) as no:
                word = str(no)
                if isinstance(no, NoAnswer) and address != where[-1]:
                    continue  # it may answer elsewhere already
            if loop.time() >= until_s:
                break
            await asyncio.sleep(_LOOK_S)
        if word not in wait.done:
            self.no |= dict.fromkeys(names, f"the device says {word!r} instead of {' or '.join(wait.done)}")
            raise _Stopped

    async def _where(self) -> int:
        """Find where a device answers whose address may have been written. Raises NoAnswer."""
        silence: NoAnswer | None = None
        for address in self._addresses():
            try:
                await self.conversation.ask(self.conversation.profile.link.probe, address)
            except Refused:
                return address
            except NoAnswer as error:
                silence = error
                continue
            return address
        raise silence or NoAnswer("no address to ask")

    def _addresses(self) -> tuple[int, ...]:
        """Give where the device may answer, the likelier one first."""
        name = self.conversation.profile.writing.address
        new = self.wanted.get(name) if name in self.sent_names else None
        return (self.address,) if new is None else tuple(dict.fromkeys((int(new), self.address)))

    async def _read_back(self) -> Held:
        return await read_held(self.conversation, self.address, list(self.before.values), identity=False)

    async def _come_back(self) -> Held | None:
        """Wait for the line and the device, as long as we have patience; give what it holds then."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self.patience_s
        gone = True
        while loop.time() < until_s:
            try:
                if gone and self.reopen is not None:
                    await self.conversation.close()  # a port that is still held cannot be opened again
                    await self.conversation.move_to(await self.reopen())
                gone = False
                if len(self._addresses()) > 1:
                    self.address = await self._where()
                held = await self._read_back()
            except LinkLost as error:
                self.lost, gone = str(error), True
                if self.reopen is None:
                    return None
            except (NoAnswer, Refused) as error:
                self.lost = str(error)
            else:
                self.resumed += 1
                self.told("the line is back: going on with what the device holds now")
                return held
            await asyncio.sleep(_PAUSE_S)
        return None

    # What to say.

    def _told(self, held: Held | None) -> Written:
        results = tuple(self._result(name, to, held) for name, to in self.wanted.items())
        moved = () if held is None else differences(self.before.values, held.values, shared=True)
        others = tuple(one for one in moved if one.name not in self.wanted and one.name not in LIVE)
        return Written(results, held, others, self.sent, self.resumed, self.address)

    def _result(self, name: str, to: SettingValue, held: Held | None) -> Result:
        was, sent = self.before.values.get(name), name in self.sent_names
        if held is None or name not in held.values:
            why = self.lost or (held.missing.get(name, "") if held else "") or "it could not be read back"
            outcome = Outcome.LINK_LOST if sent else Outcome.NOT_SENT
            return Result(name, was, to, None, outcome, why)
        holds = held.values[name]
        if name in self.no and not same(to, holds):
            return Result(name, was, to, holds, Outcome.REFUSED, self.no[name])
        if took(name, to, holds):
            return Result(name, was, to, holds, Outcome.WRITTEN)
        if not sent:
            return Result(name, was, to, holds, Outcome.NOT_SENT, self.lost or "a write before it failed")
        if same(was, holds) or name in LIVE:
            why = self.silent.get(name, "") or "the device said yes and kept what it had"
            return Result(name, was, to, holds, Outcome.IGNORED, why)
        return Result(name, was, to, holds, Outcome.ALTERED, "the device holds neither the old value nor the new one")
