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
    """One end of a cable.

    ``baud`` is the line's speed in bit/s where the port knows it, else None (a TCP bridge).
    """

    @property
    def url(self) -> str: ...

    @property
    def baud(self) -> int | None: ...

    async def receive(self) -> Chunk:
        """Wait for at least one byte. Raises LinkLost once the other side or the device is gone."""
        ...

    async def send(self, data: bytes) -> None:
        """Hand all bytes to the line. Raises LinkLost."""
        ...

    async def close(self) -> None: ...


class Listener(Protocol):
    """The device's side of a URL: yields a port for each client (serial and pty: just one, for ever)."""

    @property
    def url(self) -> str: ...

    def ports(self) -> AsyncIterator[Port]: ...

    async def close(self) -> None: ...
