"""Listens to the batteries of one CAN bus for as long as a plant runs, whatever happens to them or to the bus."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Final

from wattstead.catalog.profile import Profile
from wattstead.host.bus import now_s
from wattstead.host.can_listen import FIRST_S, CanHost, can_keys
from wattstead.host.counters import Counters
from wattstead.host.poller import REOPEN_FIRST_S, REOPEN_LAST_S, Reading, Reopen
from wattstead.host.turns import PolledPack
from wattstead.link.port import Port
from wattstead.model.errors import LinkLost, UsageError
from wattstead.model.reading import Origin, Silence, Snapshot

OFTEN_S: Final = 1.0
"""Between two readings where a person wants them as fast as the bus allows: batteries say most things once a second."""

_LOOKS_S: Final = 0.2
_FRAME_BITS: Final = {True: 67, False: 47}  # without its data: with 29 bits, with 11
_STUFFING: Final = 1.1  # bits that are put in between, on average
_EXTENDED_BYTE: Final = 0x80


class CanLine:
    """The bus as the diagnosis page shows it. bitrate: bit/s, None where the port has none."""

    def __init__(self) -> None:
        self.counters = Counters()
        self.bitrate: int | None = None
        self.port: Port | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a port."""
        return self.port is not None

    async def close(self) -> None:
        """Let the port go; may be called again."""
        port, self.port = self.port, None
        if port is not None:
            await port.close()

    def busy_pct(self) -> float:
        """Share of the last minute that frames took, 0 to 100, as far as the bit rate tells."""
        return self.counters.use.pct(now_s())

    def count(self, bits: float, from_s: float, to_s: float) -> None:
        """Count what frames took of a stretch of time."""
        if self.bitrate and to_s > from_s:
            busy_s = min(bits / self.bitrate, to_s - from_s)
            self.counters.use.add(to_s - busy_s, to_s)
            self.counters.busy_s += busy_s


def _bits(data: bytes) -> float:
    """How many bits a frame takes on the bus, about."""
    return (_FRAME_BITS[bool(data[:1] and data[0] & _EXTENDED_BYTE)] + 8 * max(0, len(data) - 5)) * _STUFFING


class CanPoller:
    """Takes readings of the batteries on one bus. A battery that falls silent is a Silence at each of its turns.

    interval_s: from one reading to the next, at least ``OFTEN_S``. reopen: opens the bus, at first and whenever it was
    lost. Several packs only where identifiers carry their number: else one battery speaks for all behind it.
    """

    def __init__(
        self,
        profile: Profile,
        packs: Sequence[PolledPack],
        now_ms: Callable[[], int],
        *,
        reopen: Reopen,
        interval_s: float = 0.0,
        origin: Origin = Origin.MEASURED,
    ) -> None:
        check_packs(profile, [pack.address for pack in packs])
        self.conversation = CanLine()
        self._profile = profile
        self._packs = packs
        self._now_ms = now_ms
        self._reopen = reopen
        self._interval_s = max(OFTEN_S, interval_s)
        self._origin = origin
        self._hosts: list[CanHost] = []
        self._wait_s = 0.0

    async def rounds(self) -> AsyncGenerator[list[Reading], None]:
        """Yield what all batteries said, again and again."""
        while True:
            began_s = now_s()
            try:
                if self.conversation.port is None:
                    await self._open()
                    await self._listen(began_s + FIRST_S, until_known=True)
                else:
                    await self._listen(began_s + self._interval_s)
                found = [self._reading(pack, host) for pack, host in zip(self._packs, self._hosts, strict=True)]
            except LinkLost as lost:
                await self.conversation.close()
                self._wait_s = min(REOPEN_LAST_S, 2 * self._wait_s or REOPEN_FIRST_S)
                yield [Silence(pack.pack, self._now_ms(), str(lost)) for pack in self._packs]
                await asyncio.sleep(max(0.0, began_s + self._wait_s - now_s()))
                continue
            if any(isinstance(one, Snapshot) for one in found):
                self._wait_s = 0.0
            yield found

    async def readings(self) -> AsyncGenerator[Reading, None]:
        """Yield the same one by one."""
        async with aclosing(self.rounds()) as rounds:
            async for found in rounds:
                for reading in found:
                    yield reading

    async def _open(self) -> None:
        port = await self._reopen()
        self.conversation.port = port
        self.conversation.bitrate = getattr(port, "bitrate", None)
        several = len(self._packs) > 1
        self._hosts = [CanHost(port, self._profile, pack.address if several else None) for pack in self._packs]

    async def _listen(self, until_s: float, *, until_known: bool = False) -> None:
        """Take what comes. until_known: no longer than until all batteries are known."""
        began_s = now_s()
        while now_s() < until_s and not (until_known and all(host.known(began_s) for host in self._hosts)):
            await self._attend(min(until_s, now_s() + _LOOKS_S))

    async def _attend(self, until_s: float) -> None:
        """Take what comes for a moment, and count it."""
        asks, from_s, before = self._hosts[0], now_s(), self._hosts[0].strangers.total()
        bits = 0.0
        try:
            while (chunk := await asks.next(until_s)) is not None:
                self.conversation.counters.bytes_in += len(chunk.data)
                bits += _bits(chunk.data)
                for host in self._hosts:
                    host.hear(chunk.data, chunk.at)
        finally:
            self.conversation.count(bits, from_s, now_s())
            counted = self.conversation.counters
            counted.requests, asks.asked = counted.requests + asks.asked, 0
            counted.noise["other_kind"] += asks.strangers.total() - before

    def _reading(self, pack: PolledPack, host: CanHost) -> Reading:
        reading = host.reading(pack.pack, self._now_ms(), self._origin)
        counted = self.conversation.counters
        if isinstance(reading, Silence):
            counted.silences += 1
        else:
            counted.answers += 1
        return reading


def check_packs(profile: Profile, addresses: Sequence[int]) -> None:
    """Refuse packs that this protocol cannot tell apart. Raises UsageError."""
    keys = can_keys(profile)
    if not addresses:
        raise UsageError("a bus without packs has nothing to listen to; name one")
    if len(addresses) > 1 and not keys.pack_shift:
        what = f"{profile.name} has no addresses: one battery speaks for all behind it"
        raise UsageError(f"{what}; name one pack, not {len(addresses)}")
    if len(set(addresses)) != len(addresses):
        raise UsageError("the same address stands twice on one bus; give each pack its own")
