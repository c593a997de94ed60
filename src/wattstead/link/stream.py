"""A port on an asyncio transport: what serial ports and TCP connections share."""

import asyncio
import sys

from wattstead.link.inbox import LIMIT_BYTES, Inbox
from wattstead.link.port import Chunk
from wattstead.model.errors import LinkLost

CLOSE_S = 1.0


class StreamPort(asyncio.Protocol):
    """Bytes to and from a transport. Whoever does not read slows the other side down; nothing is dropped.

    gone: the end of the sentence that a person reads when the other side disappears, with a remedy.
    """

    def __init__(self, url: str, baud: int | None, gone: str) -> None:
        self._url = url
        self._baud = baud
        self._gone = gone
        self._transport: asyncio.Transport | None = None
        self._inbox = Inbox(limit_bytes=sys.maxsize)
        self._reading = True
        self._writable = asyncio.Event()
        self._writable.set()
        self._released = asyncio.Event()

    @property
    def url(self) -> str:
        """The endpoint of this port; for a client of a listener, the client's address."""
        return self._url

    @property
    def baud(self) -> int | None:
        """The line's speed in bit/s; None for TCP."""
        return self._baud

    @property
    def alive(self) -> bool:
        """Whether more bytes may come."""
        return self._inbox.ended is None

    async def receive(self) -> Chunk:
        """Wait for bytes, stamped when they came. Raises LinkLost after the last ones of a port that is gone."""
        chunk = await self._inbox.take()
        if not self._reading and self._inbox.held_bytes < LIMIT_BYTES // 2 and self._transport is not None:
            self._reading = True
            self._transport.resume_reading()  # harmless on a transport that has ended
        return chunk

    async def send(self, data: bytes) -> None:
        """Hand bytes to the system; waits while its buffers are full. Raises LinkLost."""
        transport = self._open_transport()
        try:
            transport.write(data)
        except OSError as error:
            self._lose(error)
        await self._writable.wait()
        self._open_transport()

    async def close(self) -> None:
        """Close the port, giving what was sent a moment to leave."""
        self._inbox.end(f"{self._url}: the port was closed")
        if self._transport is None or self._released.is_set():
            return
        self._transport.close()
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._released.wait()
        except TimeoutError:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over the transport (called by asyncio)."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"a stream port needs a stream transport, not {transport!r}")
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep bytes with their time (called by asyncio)."""
        self._inbox.put(data)
        if self._reading and self._transport is not None and self._inbox.held_bytes >= LIMIT_BYTES:
            self._reading = False
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        """Let senders wait (called by asyncio)."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let senders go on (called by asyncio)."""
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake everybody who waits (called by asyncio)."""
        self._lose(exc)
        self._released.set()

    def _lose(self, error: Exception | None) -> None:
        cause = f" ({error.strerror or error})" if isinstance(error, OSError) else ""
        self._inbox.end(f"{self._url}: {self._gone}{cause}")
        self._writable.set()

    def _open_transport(self) -> asyncio.Transport:
        if self._inbox.ended is not None or self._transport is None:
            raise LinkLost(self._inbox.ended or f"{self._url}: the port is not open")
        return self._transport
