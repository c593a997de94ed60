"""Serving an application on this machine, and stopping without leaving anybody hanging."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_address

import uvicorn
from fastapi import FastAPI

from wattstead.api.guard import is_loopback
from wattstead.model.errors import UsageError

LAST_PORT = 65_535
_GRACE_S = 3


@asynccontextmanager
async def serving(app: FastAPI, host: str, port: int) -> AsyncIterator[int]:
    """Serve an app of ``create_app`` while the context lasts; gives the bound port (port 0 takes any free one).

    Raises UsageError for a host that is not this machine and for a port that is taken or not allowed.
    """
    with _bound(host, port) as bound:
        server = _Server(app)
        running = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            await server.until_ready(running)
            yield bound.getsockname()[1]
        finally:
            app.state.live.close()
            server.should_exit = True
            await running


async def serve(app: FastAPI, host: str, port: int, ready: Callable[[int], None] | None = None) -> None:
    """Serve until cancelled. ready: called once with the bound port. Raises as ``serving`` does."""
    async with serving(app, host, port) as bound:
        if ready:
            ready(bound)
        await asyncio.Event().wait()


class _Server(uvicorn.Server):
    """uvicorn without its hands on the process: signals and logging are the program's."""

    def __init__(self, app: FastAPI) -> None:
        config = uvicorn.Config(
            app,
            ws="websockets-sansio",  # the fastest with many sockets (docs/decisions/storage-api.md)
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        super().__init__(config)
        self._ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def until_ready(self, running: "asyncio.Task[None]") -> None:
        """Wait until it answers. Raises what stopped it."""
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait({ready, running}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            ready.cancel()
            await running


def check_port(host: str, port: int) -> None:
    """Whether an app can be served there, before anything long is begun. Raises UsageError as ``serving`` does."""
    with _bound(host, port):
        pass


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    """Take the port. uvicorn would end the process where it is busy; we say what to do."""
    if not is_loopback(host):
        raise UsageError(
            f"host {host} is open to others, and this page has no log-in yet; serve it on 127.0.0.1, this machine alone"
        )
    if not 0 <= port <= LAST_PORT:
        raise UsageError(
            f"port {port} does not exist; choose one from 1024 to {LAST_PORT} (--port, or port under [http])"
        )
    address = "127.0.0.1" if host.endswith("localhost") else host
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as bound:
        if os.name == "posix":  # elsewhere it would let two programs share the port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((address, port))
            bound.listen()
        except OSError as error:
            raise UsageError(f"{address}:{port} {_REASONS.get(error.errno or 0, str(error))}") from error
        yield bound


_REASONS = {
    errno.EADDRINUSE: "is taken by another program; choose another port (--port, or port under [http])",
    errno.EACCES: "needs more rights than you have; choose a port above 1023 (--port, or port under [http])",
    errno.EADDRNOTAVAIL: "is no address of this machine; serve on 127.0.0.1",
}
