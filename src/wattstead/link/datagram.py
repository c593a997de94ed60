"""UDP: datagrams to and from anybody, each with who sent it. Made for the search of loggers and their answers."""

import asyncio
import errno
import socket
from collections import deque
from dataclasses import dataclass
from typing import cast

from wattstead.model.errors import LinkLost

LIMIT = 256
"""Datagrams that wait to be taken; more are dropped, as the system does."""


@dataclass(frozen=True, slots=True)
class Datagram:
    """One datagram. peer: host and port of the other side."""

    data: bytes
    peer: tuple[str, int]


class DatagramPort(asyncio.DatagramProtocol):
    """One UDP socket; made by ``open_datagrams``. address: host and port that it has."""

    def __init__(self) -> None:
        self.address = ("", 0)
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: deque[Datagram] = deque(maxlen=LIMIT)
        self._changed = asyncio.Event()
        self._closed = False
        self._released = asyncio.Event()

    async def receive(self) -> Datagram:
        """Wait for the next datagram; a cancelled wait loses none. Raises LinkLost once the socket is closed."""
        while not self._waiting:
            if self._closed:
                raise LinkLost(f"udp://{self.address[0]}:{self.address[1]}: the socket was closed")
            self._changed.clear()
            await self._changed.wait()
        return self._waiting.popleft()

    def send(self, data: bytes, peer: tuple[str, int]) -> None:
        """Hand a datagram to the system; whether it arrives nobody knows."""
        if self._transport is not None and not self._closed:
            self._transport.sendto(data, peer)

    async def close(self) -> None:
        """Let the socket go; may be called again."""
        self._closed = True
        self._changed.set()
        if self._transport is not None:
            self._transport.close()
            await self._released.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over the socket (called by asyncio)."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # what it is not by its class before Python 3.12
        host, port = transport.get_extra_info("sockname")[:2]
        self.address = (str(host), int(port))

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        """Keep a datagram (called by asyncio)."""
        self._waiting.append(Datagram(data, (str(addr[0]), int(addr[1]))))
        self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Wake everybody who waits (called by asyncio)."""
        self._closed = True
        self._changed.set()
        self._released.set()

    def error_received(self, exc: Exception) -> None:
        """Go on: that one datagram found nobody says nothing of the next (called by asyncio)."""


async def open_datagrams(host: str, port: int, *, broadcast: bool = False) -> DatagramPort:
    """Open a UDP socket; port 0 lets the system choose. Raises LinkLost with a remedy."""
    try:
        _, opened = await asyncio.get_running_loop().create_datagram_endpoint(
            DatagramPort, local_addr=(host, port), family=socket.AF_INET, allow_broadcast=broadcast
        )
    except (socket.gaierror, UnicodeError) as error:
        raise LinkLost(f"udp://{host}:{port}: the host {host} is unknown; use 127.0.0.1 or 0.0.0.0") from error
    except OSError as error:
        why = "is in use by another program; stop that one" if error.errno == errno.EADDRINUSE else "cannot be opened"
        raise LinkLost(f"udp://{host}:{port}: this port {why} ({error.strerror or error})") from error
    return opened


def own_ip(peer: str) -> str:
    """The address of this machine that another one sees; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((peer, 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
