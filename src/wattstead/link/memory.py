"""A cable in memory: two ports, as clean or as bad as a test wants it."""

import asyncio
from random import Random

from wattstead.link.inbox import Inbox
from wattstead.link.pace import Line, Way, cells_of, wire_time_s
from wattstead.link.port import Chunk, Port
from wattstead.link.url import check_baud
from wattstead.model.errors import LinkLost, UsageError

BUFFER_BYTES = 4096


def memory_pair(
    *,
    baud: int | None = None,
    delay_s: float = 0.0,
    loss: float = 0.0,
    noise: float = 0.0,
    seed: int = 0,
    half_duplex: bool = False,
) -> tuple[Port, Port]:
    """Make both ends of a cable: what one end sends, the other receives.

    baud: bit/s, 10 bits a byte; None for no pace. delay_s: further seconds until bytes arrive. loss: probability of a
    byte to vanish. noise: probability of a byte to arrive with one bit wrong or with a stray byte before it.
    seed: the same seed gives the same damage. half_duplex: both directions share the wires and wait for each other.
    Raises UsageError for values that no cable can have.
    """
    _check(baud, delay_s, loss, noise)
    lines = (Line(),) * 2 if half_duplex else (Line(), Line())
    inboxes = (Inbox(), Inbox())
    ends = [
        MemoryPort(
            f"memory://{name}",
            baud,
            inboxes[index],
            Way(inboxes[1 - index].put, lines[index], delay_s=delay_s),
            inboxes[1 - index],
            lines[index],
            Damage(loss, noise, Random(2 * seed + index)),  # noqa: S311 - noise, not a secret
        )
        for index, name in enumerate(("first", "second"))
    ]
    return ends[0], ends[1]


def _check(baud: int | None, delay_s: float, loss: float, noise: float) -> None:
    if baud is not None:
        check_baud(baud, "memory pair")
    if delay_s < 0:
        raise UsageError(f"memory pair: a delay of {delay_s:g} s cannot be; give 0 or more")
    for name, probability in (("loss", loss), ("noise", noise)):
        if not 0.0 <= probability <= 1.0:
            raise UsageError(f"memory pair: {name} is a probability from 0 to 1, not {probability:g}")


class Damage:
    """What a bad cable does to each byte."""

    def __init__(self, loss: float, noise: float, random: Random) -> None:
        self._loss = loss
        self._noise = noise
        self._random = random

    def cells(self, data: bytes) -> list[bytes]:
        """Give what arrives in the time of each byte: itself, nothing, another one, or a stray byte and itself."""
        if self._loss == 0.0 and self._noise == 0.0:
            return cells_of(data)
        return [self._cell(byte) for byte in data]

    def _cell(self, byte: int) -> bytes:
        if self._random.random() < self._loss:
            return b""
        if self._random.random() >= self._noise:
            return bytes((byte,))
        if self._random.random() < 0.5:
            return bytes((byte ^ 1 << self._random.randrange(8),))
        return bytes((self._random.randrange(256), byte))


class MemoryPort:
    """One end of a cable in memory; made by ``memory_pair``."""

    def __init__(
        self, url: str, baud: int | None, inbox: Inbox, way: Way, peer: Inbox, line: Line, damage: Damage
    ) -> None:
        self._url = url
        self._baud = baud
        self._inbox = inbox
        self._way = way
        self._peer = peer
        self._line = line
        self._damage = damage

    @property
    def url(self) -> str:
        """``memory://first`` or ``memory://second``."""
        return self._url

    @property
    def baud(self) -> int | None:
        """The line's speed in bit/s, None where it has no pace."""
        return self._baud

    async def receive(self) -> Chunk:
        """Wait for bytes. Raises LinkLost once either end was closed and all that had arrived is taken."""
        return await self._inbox.take()

    async def send(self, data: bytes) -> None:
        """Hand bytes to the line; waits while more than a system's buffer of them is still on its way."""
        self._check_open()
        now_s = asyncio.get_running_loop().time()
        excess_s = self._line.backlog_s(now_s) - wire_time_s(BUFFER_BYTES, self._baud)
        if excess_s > 0:
            await asyncio.sleep(excess_s)
            self._check_open()
        self._way.send(self._damage.cells(data), wire_time_s(len(data), self._baud))

    async def close(self) -> None:
        """Unplug this end; what was sent before still arrives."""
        self._inbox.end(f"{self._url}: the port was closed")
        self._way.then(lambda: self._peer.end(f"{self._url}: the other end was closed"))

    def _check_open(self) -> None:
        if self._inbox.ended is not None:
            raise LinkLost(self._inbox.ended)
