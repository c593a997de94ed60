"""Where the server listens, what it says when it cannot, and how it stops."""

import asyncio
import socket

import httpx2
import pytest

from api.site import Site
from wattstead.api.server import serve, serving
from wattstead.model.errors import UsageError


async def name_at(url: str) -> str:
    async with httpx2.AsyncClient() as client:
        return str((await client.get(f"{url}/api/v1/plant")).json()["name"])


def has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as tried:
            tried.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", *(["::1"] if has_ipv6_loopback() else [])])
async def test_it_serves_on_this_machine(site: Site, host: str) -> None:
    async with serving(site.app, host, 0) as port:
        assert await name_at(f"http://{'[::1]' if host == '::1' else host}:{port}") == "Rue du Port 4"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", ""])
async def test_it_refuses_to_be_open_to_others(site: Site, host: str) -> None:
    with pytest.raises(UsageError, match="is open to others, and this page has no log-in yet; serve it on 127"):
        async with serving(site.app, host, 0):
            pytest.fail("it listens")


async def test_a_busy_port_is_told_with_the_remedy(site: Site) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError) as told:
            await serve(site.app, "127.0.0.1", port)
    assert (
        str(told.value)
        == f"127.0.0.1:{port} is taken by another program; choose another port (--port, or port under [http])"
    )


@pytest.mark.parametrize("port", [-1, 65_536])
async def test_a_port_that_does_not_exist(site: Site, port: int) -> None:
    with pytest.raises(UsageError, match=f"port {port} does not exist; choose one from 1024 to 65535"):
        await serve(site.app, "127.0.0.1", port)


async def test_cancelling_stops_it_cleanly_and_frees_the_port(site: Site) -> None:
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(serve(site.app, "127.0.0.1", 0, ready.set_result))
    port = await ready
    assert await name_at(f"http://127.0.0.1:{port}") == "Rue du Port 4"
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(httpx2.ConnectError):
        await name_at(f"http://127.0.0.1:{port}")
    async with serving(site.app, "127.0.0.1", port):  # at once, without waiting for the system to forget it
        assert await name_at(f"http://127.0.0.1:{port}") == "Rue du Port 4"


async def test_what_fails_while_it_serves_is_not_hidden(site: Site) -> None:
    with pytest.raises(ZeroDivisionError):
        async with serving(site.app, "127.0.0.1", 0):
            raise ZeroDivisionError


async def test_it_leaves_signals_and_head_requests_as_they_are(site: Site) -> None:
    async with serving(site.app, "127.0.0.1", 0) as port, httpx2.AsyncClient() as client:
        answer = await client.head(f"http://127.0.0.1:{port}/api/v1/packs")
        assert (answer.status_code, answer.content) == (200, b"")
        assert "server" not in answer.headers
