"""Calibrating a current sensor as one transaction: look, keep what was, act, read back, and only then make it last.

What did not come out right is dropped again. When the line is lost on the way, what the device holds then decides;
where nobody can be asked, that is said.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from wattstead.catalog.calibration_spec import CalibrationSpec
from wattstead.catalog.writing_spec import OrderSpec
from wattstead.host.calibrate_check import Observed, observe, spec_of
from wattstead.host.calibrate_log import History, began, ended
from wattstead.host.conversation import Conversation, Effort
from wattstead.host.settings.keep import Keeper
from wattstead.link.port import Port
from wattstead.model.errors import LinkLost, NoAnswer, Refused, WattsteadError

Trim = Mapping[str, float]
"""What is in force, by the names of the profile, as the device has it."""
PATIENCE_S: Final = 30.0
_PAUSE_S: Final = 1.0
_AFTER: Final = 3  # readings


class Ended(StrEnum):
    """How a calibration ended."""

    DONE = "done"  # it was read back and made to last
    REFUSED = "refused"  # the device said no; all is as before
    DROPPED = "dropped"  # it did not come out right and was taken back
    LINK_LOST = "link_lost"  # nobody could be asked what became of it


@dataclass(frozen=True, slots=True)
class Calibrated:
    """kind: zero, gain or undo. before, after: what was and is in force; after None where nobody could be asked."""

    kind: str
    ended: Ended
    before: Trim
    after: Trim | None
    seen: Observed
    seen_after: Observed | None
    why: str = ""


@dataclass
class Bench:
    """One device on an open line. reopen: opens the line again. now_ms: the wall clock, UTC."""

    conversation: Conversation
    address: int
    keeper: Keeper
    now_ms: Callable[[], int]
    reopen: Callable[[], Awaitable[Port]] | None = None
    patience_s: float = PATIENCE_S
    told: Callable[[str], None] = lambda _: None

    @property
    def spec(self) -> CalibrationSpec:
        return spec_of(self.conversation.profile)

    @property
    def history(self) -> History:
        """What we did to this device before."""
        return History.of(self.keeper.entries())

    async def read(self) -> Trim:
        """Give what is in force. Raises NoAnswer, Refused, LinkLost."""
        said = await self.conversation.ask(self.spec.read, self.address)
        return {name: said.record[name] for name in self.spec.fields}

    async def look(self) -> Observed:
        """Read the current several times. Raises NoAnswer, Refused, LinkLost."""
        return await observe(self.conversation, self.address)

    async def zero(self, seen: Observed, before: Trim) -> Calibrated:
        """Take the zero. seen, before: as just read, and found good."""
        return await self._run("zero", seen, before, [self.spec.zero.order], self._zero_fits)

    async def gain(self, seen: Observed, before: Trim, reference_a: float) -> Calibrated:
        """Take the gain at a current that was measured outside, A."""
        gain = self.spec.gain
        raw = round(abs(reference_a) / gain.step_a)
        order = gain.order.model_copy(update={"values": {**gain.order.values, gain.reference: raw}})

        def fits(after: Observed) -> str:
            off = abs(abs(after.mean_a) - raw * gain.step_a)
            return "" if off <= abs(reference_a) * gain.after_pct / 100.0 else f"it reads {after.mean_a:.2f} A then"

        return await self._run("gain", seen, before, [order], fits, reference_a=reference_a)

    async def undo(self, seen: Observed, before: Trim, wanted: Trim) -> Calibrated:
        """Bring back what was in force before."""
        order = OrderSpec(message=self.spec.restore, values=dict(wanted))
        return await self._run("undo", seen, before, [order], lambda _: "", wanted=wanted)

    def _zero_fits(self, after: Observed) -> str:
        furthest = max(after.readings_a, key=abs)
        return "" if abs(furthest) <= self.spec.zero.after_a else f"it still reads {furthest:.2f} A"

    async def _run(
        self,
        kind: str,
        seen: Observed,
        before: Trim,
        orders: Sequence[OrderSpec],
        fits: Callable[[Observed], str],
        *,
        wanted: Trim | None = None,
        reference_a: float | None = None,
    ) -> Calibrated:
        """Do it, and write into the log before and after. Raises WattsteadError where the log cannot be written."""
        self.keeper.log(began(kind, before, seen.readings_a, reference_a), self.now_ms())
        done = await _Work(self, kind, seen, before, orders, fits, wanted).run()
        readings = None if done.seen_after is None else done.seen_after.readings_a
        self.keeper.log(ended(kind, done.ended.value, before, done.after, readings, done.why), self.now_ms())
        return done


@dataclass
class _Work:
    """One transaction. acted: the order was on the line. kept: so was the one that makes it last."""

    bench: Bench
    kind: str
    seen: Observed
    before: Trim
    orders: Sequence[OrderSpec]
    fits: Callable[[Observed], str]
    wanted: Trim | None = None
    acted: bool = False
    keeping: bool = False

    async def run(self) -> Calibrated:
        try:
            return await self._go()
        except Refused as no:
            return await self._safely(str(no), Ended.DROPPED if self.acted else Ended.REFUSED)
        except (NoAnswer, LinkLost) as lost:
            return await self._come_back(str(lost))

    async def _go(self) -> Calibrated:
        bench = self.bench
        await self._orders(bench.spec.before)
        for order in self.orders:
            try:
                await self._order(order)
            except Refused as no:
                return self._told(Ended.REFUSED, await bench.read(), None, str(no))
            self.acted = True
        after = await bench.read()
        if self.wanted is not None and any(after.get(name) != value for name, value in self.wanted.items()):
            raise Refused("the device said yes and holds something else", reason="ignored")
        seen = await observe(bench.conversation, bench.address, count=_AFTER)
        if why := self.fits(seen):
            raise Refused(f"{why}: it was taken back", reason="not_plausible")
        self.keeping = True
        await self._orders(bench.spec.before)  # it may have locked itself meanwhile
        await self._order(bench.spec.keep)
        return self._told(Ended.DONE, await bench.read(), seen)

    async def _orders(self, orders: Sequence[OrderSpec]) -> None:
        for order in orders:
            await self._order(order)

    async def _order(self, order: OrderSpec) -> None:
        conversation, address = self.bench.conversation, self.bench.address
        self.acted = self.acted or order in self.orders
        await conversation.ask(order.message, address, dict(order.values), effort=Effort.ONCE)

    async def _safely(self, why: str, how: Ended) -> Calibrated:
        """Go back to what was. Tells it where that fails, too."""
        if not self.acted:
            return self._told(how, self.before, None, why)
        try:
            return self._told(how, await self._drop(), None, why)
        except (NoAnswer, LinkLost, Refused) as error:
            return await self._come_back(f"{why}; {error}")

    async def _drop(self) -> Trim:
        """Let the device go back to what it had kept. Raises Refused where it holds something else then."""
        bench = self.bench
        await self._orders(bench.spec.before)
        await self._order(bench.spec.drop)
        after = await bench.read()
        if after != self.before:  # what was in force had not been kept by whoever set it
            await self._order(OrderSpec(message=bench.spec.restore, values=dict(self.before)))
            after = await bench.read()
        return after

    async def _come_back(self, why: str) -> Calibrated:
        """Wait for the device, as long as we have patience. What was to be made to last is; the rest is dropped."""
        bench, loop = self.bench, asyncio.get_running_loop()
        until_s, gone = loop.time() + bench.patience_s, True
        while loop.time() < until_s:
            try:
                if gone and bench.reopen is not None:
                    await bench.conversation.close()
                    await bench.conversation.move_to(await bench.reopen())
                gone = False
                return await self._as_found(why)
            except LinkLost as error:
                why, gone = str(error), True
            except (NoAnswer, Refused) as error:
                why = str(error)
            await asyncio.sleep(_PAUSE_S)
        return self._told(Ended.LINK_LOST if self.acted else Ended.REFUSED, None, None, why)

    async def _as_found(self, why: str) -> Calibrated:
        """End with what the device holds now."""
        bench = self.bench
        held = await bench.read()
        bench.told("the line is back: the device is asked what it holds")
        if self.keeping and held != self.before:
            await self._orders(bench.spec.before)
            await self._order(bench.spec.keep)
            return self._told(Ended.DONE, await bench.read(), await observe(bench.conversation, bench.address, count=1))
        if held == self.before:
            return self._told(Ended.DROPPED, held, None, f"{why}; the device holds what it had")
        return self._told(Ended.DROPPED, await self._drop(), None, f"{why}; it was taken back")

    def _told(self, how: Ended, after: Trim | None, seen: Observed | None, why: str = "") -> Calibrated:
        return Calibrated(self.kind, how, self.before, after, self.seen, seen, why)


def undoable(history: History, held: Trim) -> Trim:
    """Give what an undo brings back. Raises WattsteadError where there is nothing."""
    last = history.last
    if last is None:
        raise WattsteadError("there is nothing to undo: no calibration of this device by this program is in the log")
    return {name: value for name, value in last.before.items() if name in held}


def plain(done: Calibrated) -> dict[str, Any]:
    """Give what happened as JSON has it."""
    return {
        "kind": done.kind,
        "outcome": done.ended.value,
        "before": dict(done.before),
        "after": None if done.after is None else dict(done.after),
        "readings_before_a": list(done.seen.readings_a),
        "readings_after_a": list(done.seen_after.readings_a) if done.seen_after else None,
        "why": done.why,
    }
