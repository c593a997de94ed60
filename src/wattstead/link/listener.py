"""Listeners: how the device's side of a URL comes to its ports."""

import asyncio
from collections.abc import AsyncIterator

from wattstead.link.port import Port


class OnePortListener:
    """Yields one port, for ever: a serial line has one other end, whoever is behind it."""

    def __init__(self, url: str, port: Port) -> None:
        self._url = url
        self.port = port
        self._closed = asyncio.Event()

    @property
    def url(self) -> str:
        """What a client has to open."""
        return self._url

    async def ports(self) -> AsyncIterator[Port]:
        """Yield the port, then wait until the listener is closed."""
        if not self._closed.is_set():
            yield self.port
        await self._closed.wait()

    async def close(self) -> None:
        """Close the port and let the URL go."""
        self._closed.set()
        await self.port.close()
