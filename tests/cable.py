"""Helpers for tests that talk over ports."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from wattstead.link.open import listen, open_port
from wattstead.link.port import Chunk, Listener, Port
from wattstead.model.errors import LinkLost


async def take(port: Port, size: int) -> list[Chunk]:
    """Receive until so many bytes are there."""
    chunks: list[Chunk] = []
    while sum(len(chunk.data) for chunk in chunks) < size:
        chunks.append(await port.receive())
    return chunks


def joined(chunks: list[Chunk]) -> bytes:
    return b"".join(chunk.data for chunk in chunks)


async def drain(port: Port) -> bytes:
    """Receive until the port ends."""
    data = b""
    while True:
        try:
            data += (await port.receive()).data
        except LinkLost:
            return data


async def first_port(listener: Listener) -> Port:
    async for port in listener.ports():
        return port
    raise AssertionError("the listener has no port")


@asynccontextmanager
async def listening(url: str, *, baud: int | None = None) -> AsyncIterator[Listener]:
    listener = await listen(url, baud=baud)
    try:
        yield listener
    finally:
        await listener.close()


@asynccontextmanager
async def opened(url: str, *, baud: int | None = None) -> AsyncIterator[Port]:
    port = await open_port(url, baud=baud)
    try:
        yield port
    finally:
        await port.close()


@asynccontextmanager
async def cable(url: str, *, baud: int | None = None) -> AsyncIterator[tuple[Port, Port]]:
    """Listen on a URL and open its other end: the host's port and the device's."""
    async with AsyncExitStack() as stack:
        listener = await stack.enter_async_context(listening(url, baud=baud))
        host = await stack.enter_async_context(opened(listener.url.replace("pty://", "serial://")))
        yield host, await first_port(listener)
