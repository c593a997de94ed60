"""What every port can do: move bytes, never look at them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes as they arrived together. at: seconds on the event loop's clock (``loop.time()``)."""

    at: float
    data: bytes


class Port(Protocol):
    """One end of a cable."""

    @property
    def url(self) -> str:
        """The endpoint, as a person would write it."""
        ...

    @property
    def baud(self) -> int | None:
        """The line's speed in bit/s where the port knows it, else None (a TCP bridge)."""
        ...

    async def receive(self) -> Chunk:
        """Wait for at least one byte; a cancelled wait loses none. Raises LinkLost once the other side is gone."""
        ...

    async def send(self, data: bytes) -> None:
        """Hand all bytes to the line; returns before they are through. Raises LinkLost."""
        ...

    async def close(self) -> None:
        """Let the port go; may be called again. Whoever waits in ``receive`` gets LinkLost."""
        ...


class Listener(Protocol):
    """The device's side of a URL: yields a port for each client (serial and pty: just one, for ever)."""

    @property
    def url(self) -> str:
        """What a client has to open; names the real port where the system chose it."""
        ...

    def ports(self) -> AsyncIterator[Port]:
        """Yield a port for each client; ends when the listener is closed."""
        ...

    async def close(self) -> None:
        """Let the URL go, with all ports that were yielded; may be called again."""
        ...
