"""TCP ports: a client of a serial server, and a serial server for our own devices."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable

from wattstead.link.port import Port
from wattstead.link.stream import StreamPort
from wattstead.link.url import TcpUrl
from wattstead.model.errors import LinkLost, UsageError

CONNECT_S = 5.0
SERVER_GONE = "the connection ended; serial servers often serve one client only: close the other program and try again"
CLIENT_GONE = "the client went away"

# A serial server that lost its power says nothing: these find out within some 20 s even while nobody asks.
KEEPALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 3, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 20_000}


async def connect_tcp(url: TcpUrl) -> Port:
    """Connect to a serial server. Raises LinkLost with a remedy, UsageError for port 0."""
    if url.port == 0:
        raise UsageError(f"{url}: port 0 is for listening only; write the port of the serial server")
    try:
        async with asyncio.timeout(CONNECT_S):
            connection = await _first_that_answers(url)
    except TimeoutError as error:
        remedy = "check the address, and that the serial server is switched on"
        raise LinkLost(f"{url}: {url.host} does not answer within {CONNECT_S:g} s; {remedy}") from error
    except (socket.gaierror, UnicodeError) as error:
        remedy = "check the spelling, or use the IP address"
        raise LinkLost(f"{url}: the host {url.host} is unknown; {remedy}") from error
    except OSError as error:
        raise LinkLost(f"{url}: {_why_not_connected(url, error)}") from error
    return await _port_on(connection, url)


async def listen_tcp(url: TcpUrl) -> "TcpListener":
    """Listen for clients; port 0 lets the system choose. Raises LinkLost with a remedy."""
    listener = TcpListener()
    try:
        await listener.start(url)
    except (socket.gaierror, UnicodeError) as error:
        raise LinkLost(f"{url}: the host {url.host} is unknown; listen on 127.0.0.1 or 0.0.0.0") from error
    except OSError as error:
        raise LinkLost(f"{url}: {_why_not_listening(url, error)}") from error
    return listener


class TcpListener:
    """Yields a port for every client that connects; made by ``listen_tcp``."""

    def __init__(self) -> None:
        self._url = TcpUrl("", 0)
        self._server: asyncio.Server | None = None
        self._clients: asyncio.Queue[StreamPort | None] = asyncio.Queue()
        self._ports: list[StreamPort] = []
        self._closed = False

    async def start(self, url: TcpUrl) -> None:
        """Begin to listen. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _ClientPort(self._welcome, url.scheme), url.host, url.port)
        self._url = TcpUrl(url.host, self._server.sockets[0].getsockname()[1], url.scheme)

    @property
    def url(self) -> str:
        """Where clients connect, with the real port."""
        return str(self._url)

    async def ports(self) -> AsyncIterator[Port]:
        """Yield each client's port; ends when the listener is closed."""
        while not self._closed and (port := await self._clients.get()) is not None:
            yield port

    async def close(self) -> None:
        """Stop listening and close every client's port."""
        if self._server is None or self._closed:
            return
        self._closed = True
        self._server.close()
        self._clients.put_nowait(None)
        await asyncio.gather(*(port.close() for port in self._ports))
        await self._server.wait_closed()

    def _welcome(self, port: StreamPort, transport: asyncio.Transport) -> None:
        if self._closed:  # it knocked while the door was closing
            transport.abort()
            return
        self._ports = [*(known for known in self._ports if known.alive), port]
        self._clients.put_nowait(port)


class _ClientPort(StreamPort):
    """A client's port, which presents itself once its connection stands."""

    def __init__(self, welcome: Callable[[StreamPort, asyncio.Transport], None], scheme: str) -> None:
        super().__init__(f"{scheme}://client", None, CLIENT_GONE)
        self._welcome = welcome
        self._scheme = scheme

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Name the port after the client and hand it over (called by asyncio)."""
        super().connection_made(transport)
        host, port = transport.get_extra_info("peername")[:2]
        self._url = str(TcpUrl(host, port, self._scheme))
        _tune(transport.get_extra_info("socket"))
        self._welcome(self, self._open_transport())


async def _first_that_answers(url: TcpUrl) -> socket.socket:
    """Try the host's addresses in turn; asyncio's own way would hide the reason behind several."""
    loop = asyncio.get_running_loop()
    failed: OSError = OSError(errno.EADDRNOTAVAIL, "the host has no address")
    for family, kind, protocol, _, address in await loop.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM):
        connection = socket.socket(family, kind, protocol)
        connection.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        try:
            await loop.sock_connect(connection, address)
        except OSError as error:
            connection.close()
            failed = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise failed


async def _port_on(connection: socket.socket, url: TcpUrl) -> Port:
    _tune(connection)
    loop = asyncio.get_running_loop()
    _, port = await loop.create_connection(lambda: StreamPort(str(url), None, SERVER_GONE), sock=connection)
    return port


def _tune(connection: socket.socket) -> None:
    """Send small frames at once, and notice a dead peer."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE.items():
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _why_not_connected(url: TcpUrl, error: OSError) -> str:
    match error.errno:
        case errno.ECONNREFUSED:
            return f"nothing listens on port {url.port}; check it; a serial server has to be in TCP server mode"
        case errno.EHOSTUNREACH | errno.ENETUNREACH:
            return f"no way leads to {url.host}; check the network, and that both are in the same one"
    return f"cannot connect ({error.strerror or error}); check the address and the network"


def _why_not_listening(url: TcpUrl, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {url.port} is in use by another program; stop that one or choose another port"
        case errno.EADDRNOTAVAIL | None:  # Python 3.13 gives this one without its number
            return f"{url.host} is no address of this machine; listen on 127.0.0.1, or 0.0.0.0 for the whole network"
        case errno.EACCES:
            return f"port {url.port} is for the administrator only; choose one from 1024 to 65535"
    return f"cannot listen ({error.strerror or error}); choose another address or port"
