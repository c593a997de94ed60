"""Listening to a battery on a CAN bus: it speaks unasked, and what it says is put together to a reading.

Nothing is sent, but for protocols whose batteries speak only when they are asked: then the question goes out every
second, which changes nothing in the battery.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Final

from wattstead.catalog.can_spec import CanSpec
from wattstead.catalog.profile import Profile
from wattstead.host.plausible import doubt
from wattstead.host.read import PackRead
from wattstead.link.port import Chunk, Port
from wattstead.model.counted import Count
from wattstead.model.errors import DecodeError, LinkLost, NoAnswer, Refused, UsageError
from wattstead.model.reading import Origin, Silence, Snapshot
from wattstead.wire.can_signal import CanMessage
from wattstead.wire.can_state import BusState
from wattstead.wire.can_talker import Habits, Talker
from wattstead.wire.family.can import Can
from wattstead.wire.fill import Report
from wattstead.wire.frame import Frame

FIRST_S: Final = 5.0
"""So long a host waits until it knows a battery: five cycles of most."""

_PAUSE_S: Final = 0.3  # between two sets of frames, by far longer than between two frames of one
_MOST_STRANGERS: Final = 64
_MORE: Final = "further frames of others"
_SETTLED_S: Final = 2.2  # two cycles: whoever has not sent a frame until then does not send it


def can_keys(profile: Profile) -> CanSpec:
    """Give ``[link.can]``. Raises UsageError for a profile of another kind of line."""
    if profile.link.can is None:
        raise UsageError(f"{profile.name} does not speak on a CAN bus; name a profile such as pylontech-can")
    return profile.link.can


class CanHost:
    """One open bus and the battery on it. address: of the pack where identifiers carry one; any where None."""

    def __init__(self, port: Port, profile: Profile, address: int | None = None) -> None:
        self.port = port
        self.profile = profile
        self._keys = can_keys(profile)
        family = profile.dialect.family
        if not isinstance(family, Can):
            raise TypeError(f"{profile.name} is no protocol of a CAN bus")
        self._codec = profile.codec()
        self._framer = profile.framer()
        self._quick = family.quick(profile.dialect.told)
        self._address = address if self._keys.pack_shift else None
        self.state = BusState(family, self._keys.needs)
        self.seen: set[str] = set()
        self.strangers: Counter[str] = Counter()
        self._new_s = 0.0  # when a frame came that had not come before
        self.asked = 0
        self._unsent = ""  # why the last question did not get out
        self._asks = self._questions()

    def _questions(self) -> Talker | None:
        if not self._keys.asks:
            return None
        messages = [one for one in self.profile.dialect.messages if one.name == self._keys.asks[0]]
        asked = [one for one in messages if isinstance(one, CanMessage)]
        return Talker(self.profile.codec(), self.profile.framer(), asked, lambda: Report({}), Habits())

    async def listen(self, until_s: float) -> bool:
        """Take what comes until then; gives whether something came. Raises LinkLost once the bus is gone."""
        while (chunk := await self.next(until_s)) is not None:
            if self.hear(chunk.data, chunk.at):
                return True
        return False

    async def next(self, until_s: float) -> Chunk | None:
        """Wait for a frame of anybody, and put the question while that is due; None at that time. Raises LinkLost."""
        loop = asyncio.get_running_loop()
        while loop.time() < until_s:
            wake_s = until_s if self._asks is None else min(until_s, await self._ask(self._asks))
            try:
                async with asyncio.timeout_at(wake_s):
                    return await self.port.receive()
            except TimeoutError:
                continue
        return None

    async def _ask(self, asks: Talker) -> float:
        """Put the question where it is due; gives when that is the next time."""
        loop = asyncio.get_running_loop()
        for data in asks.tick(loop.time()):
            self.asked += 1
            try:
                await self.port.send(data)
                self._unsent = ""
            except NoAnswer as error:  # nobody acknowledges it: a battery that wakes up later does
                self._unsent = str(error)
        return asks.next_at(loop.time())

    def hear(self, data: bytes, at: float) -> bool:
        """Take bytes; tell whether the battery said something in them."""
        heard = self._quick.heard(data)
        if heard is None:
            return self._look(data, at)
        message, address, record, values, active = heard
        if self._address not in (None, address) or not self.state.note(message, record, values, active, at):
            return False
        if message.name not in self.seen:
            self._note(message.name, at)
        return True

    def _note(self, name: str, at: float) -> None:
        if name not in self.seen:
            self.seen.add(name)
            self._new_s = at

    def _look(self, data: bytes, at: float) -> bool:
        """Take bytes that are not one frame as it should be."""
        heard = False
        for item in self._framer.feed(data, at):
            if not isinstance(item, Frame) or self._address not in (None, item.address):
                continue
            try:
                said = self._codec.understand(item)
            except (DecodeError, Refused) as error:
                self._strange(str(error))
                continue
            if said.message is not None and self.state.take(said, at):
                heard = True
                self._note(said.message.name, at)
        return heard

    def _strange(self, why: str) -> None:
        """Count what is of nobody we know; a bus of many others must not fill the memory."""
        self.strangers[why if why in self.strangers or len(self.strangers) < _MOST_STRANGERS else _MORE] += 1

    async def read(self, pack: str, now_ms: Callable[[], int], within_s: float = FIRST_S) -> PackRead:
        """Listen until the battery is known. Raises NoAnswer that says what came instead, LinkLost.

        A bus that is gone once the battery is known, such as a recording that ends, spoils nothing.
        """
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        while loop.time() - began_s < within_s:
            try:
                await self.listen(min(began_s + within_s, loop.time() + 0.2))
            except LinkLost:
                if self.state.missing(loop.time()):
                    raise
                break
            if self.known(began_s):
                break
        if missing := self.state.missing(loop.time()):
            raise NoAnswer(self._sentence(missing, within_s))
        return self._read(pack, now_ms(), loop.time())

    def known(self, began_s: float) -> bool:
        """Whether the battery has said all that it will, as far as one can tell. began_s: of the listening."""
        now_s = asyncio.get_running_loop().time()
        return not self.state.missing(now_s) and self._settled(began_s, now_s)

    def _settled(self, began_s: float, now_s: float) -> bool:
        """Whether all frames have come that will: a battery may send more than its profile's usual ones."""
        whole = self.seen >= set(self._keys.send) and now_s - self._new_s > _PAUSE_S
        return whole or now_s - began_s > _SETTLED_S

    def _read(self, pack: str, at_ms: int, now_s: float) -> PackRead:
        values = self.state.values(now_s)
        absent = [name for name in self._keys.send if name not in self.seen]
        missing = {name: f"the battery does not send {self._number(name)}" for name in absent}
        why = doubt(values)
        wrong = f"{why}: {self.profile.name} seems to be the wrong profile" if why else None
        return PackRead(Snapshot(pack, at_ms, values, self.state.active(now_s)), {}, missing, wrong)

    async def readings(
        self, pack: str, now_ms: Callable[[], int], every_s: float = 1.0
    ) -> AsyncIterator[Snapshot | Silence]:
        """Give a reading again and again, or the silence in its place. Raises LinkLost once the bus is gone."""
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            due_s += every_s
            while loop.time() < due_s:
                await self.listen(due_s)
            yield self.reading(pack, now_ms())

    def reading(self, pack: str, at_ms: int, origin: Origin = Origin.MEASURED) -> Snapshot | Silence:
        """Give what the battery has said lately, or its silence. at_ms: now, UTC."""
        now_s = asyncio.get_running_loop().time()
        missing = self.state.missing(now_s)
        if missing or not self.state.fresh(now_s, self._keys.lost_s):
            return Silence(pack, at_ms, self._sentence(missing, self._keys.lost_s))
        return Snapshot(pack, at_ms, self.state.values(now_s), self.state.active(now_s), origin)

    def _sentence(self, missing: list[str], within_s: float) -> str:
        """Say why the battery is not known, and what to do."""
        head = f"{self.port.url}: no reading of {self.profile.name} within {within_s:g} s; "
        now_s = asyncio.get_running_loop().time()
        if missing and self.state.fresh(now_s, self._keys.lost_s):
            frames = ", ".join(f"{name} ({self._number(name)})" for name in missing)
            return f"{head}the battery speaks, but {frames} did not come lately: is it another protocol?"
        if self.strangers and not self.seen:
            what = "; ".join(f"{why} ({Count(count):time|times})" for why, count in self.strangers.most_common(3))
            return f"{head}others spoke: {what}. `wattstead discover {self.port.url}` tells whose frames they are"
        if wrong := self._wrong_speed():
            return f"{head}{wrong}"
        if self._unsent:
            return f"{head}{self._unsent}"
        silent = "the battery fell silent" if self.seen else "the bus stayed silent"
        return (
            f"{head}{silent}; check that the battery is on, the wires CAN-H and CAN-L, the terminating "
            "resistors (120 ohms at each end), and the bit rate"
        )

    def _wrong_speed(self) -> str:
        """Say that the bit rate is wrong, where something speaks for it; "" where nothing does."""
        bitrate, errors = getattr(self.port, "bitrate", None), getattr(self.port, "unusable", 0)
        usual = self.profile.link.baud
        if bitrate and bitrate not in usual:
            right = " or ".join(f"bitrate={one}" for one in usual)
            return f"the URL says {bitrate} bit/s, but such batteries speak with {right}; write that there"
        if errors:
            return (
                f"only {errors} errors of the bus came, and no frame: are the bit rates equal ({bitrate or usual[0]} "
                "bit/s here), CAN-H and CAN-L not swapped, and both ends terminated (120 ohms)?"
            )
        return ""

    def _number(self, name: str) -> str:
        return self.profile.dialect.number(self.profile.dialect.message(name))
