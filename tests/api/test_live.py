"""The live feed over a real server: hello, then every stored round; WebSocket and event stream say the same."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.site import Site
from api.test_openapi import document_of, mismatches
from plant.plants import said, silent
from wattstead.api.server import serving
from wattstead.store.base import StoreError

PATIENCE_S = 10


@pytest.fixture
async def port(site: Site) -> AsyncIterator[int]:
    async with serving(site.app, "127.0.0.1", 0) as bound:
        yield bound


async def message(socket: ClientConnection) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        return json.loads(await socket.recv())


def events(answer: httpx2.Response) -> AsyncIterator[Any]:
    async def found() -> AsyncIterator[Any]:
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))

    return found()


@asynccontextmanager
async def stream_of(port: int) -> AsyncIterator[httpx2.Response]:
    async with (
        httpx2.AsyncClient() as client,
        client.stream("GET", f"http://127.0.0.1:{port}/api/v1/events") as answer,
    ):
        yield answer


async def until(condition: Callable[[], bool]) -> None:
    """Let the server get its turn until something is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event to wait on
            await asyncio.sleep(0.001)


async def test_a_socket_says_hello_and_then_every_stored_round(site: Site, port: int) -> None:
    document = await document_of(site)
    async with connect(f"ws://127.0.0.1:{port}/api/v1/live") as socket:
        hello = await message(socket)
        assert (hello["type"], [pack["id"] for pack in hello["packs"]]) == ("hello", ["seplos-1", "pylon-1"])
        assert not mismatches(hello, {"$ref": "/HelloMessage"}, document)
        at = site.clock.now_ms
        await site.watch.take([said(at, soc_pct=63.5), said(at, "pylon-1", soc_pct=40.0)])
        news = [await message(socket) for _ in range(2)]
        assert [(one["type"], one["pack"], one["latest"]["values"]["soc_pct"]) for one in news] == [
            ("latest", "seplos-1", 63.5),
            ("latest", "pylon-1", 40.0),
        ]
        assert not [one for said_ in news for one in mismatches(said_, {"$ref": "/LatestMessage"}, document)]
        await site.watch.take([silent(at + 1)])
        assert (await message(socket))["latest"]["state"] == "silent"


async def test_what_goes_wrong_is_told(empty_site: Site) -> None:
    """Why a pack never spoke, and that readings cannot be stored: at once, and to those who come later."""
    site, at = empty_site, empty_site.clock.now_ms
    document = await document_of(site)
    async with serving(site.app, "127.0.0.1", 0) as bound:
        async with connect(f"ws://127.0.0.1:{bound}/api/v1/live") as socket:
            assert (await message(socket))["trouble"] is None
            await site.watch.take([silent(at, why="there is no such port")])
            silenced = await message(socket)
            since = {"silent_since": "2026-01-01T00:00:00.000Z", "silent_why": "there is no such port"}
            assert silenced == {"type": "silent", "pack": "seplos-1", **since}
            site.store.full = True
            with pytest.raises(StoreError):
                await site.watch.take([said(at + 1, soc_pct=50.0)])
            full = await message(socket)
            assert (full["type"], full["text"]) == ("trouble", site.watch.trouble)
        async with stream_of(bound) as answer:
            hello = await anext(events(answer))
            assert hello["trouble"] == full["text"] is not None
            assert since.items() <= hello["packs"][0].items()
            site.store.full = False
            await site.watch.take([said(at + 2, soc_pct=50.0)])
            assert site.watch.trouble is None
    assert not mismatches(silenced, {"$ref": "/SilentMessage"}, document)
    assert not mismatches(full, {"$ref": "/TroubleMessage"}, document)
    assert not mismatches(hello, {"$ref": "/HelloMessage"}, document)


async def test_an_event_stream_says_the_same(site: Site, port: int) -> None:
    async with stream_of(port) as answer, connect(f"ws://127.0.0.1:{port}/api/v1/live") as socket:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        heard = events(answer)
        assert await anext(heard) == await message(socket)
        for soc_pct in (70.0, 71.0):
            await site.watch.take([said(site.clock.now_ms, soc_pct=soc_pct)])
            assert await anext(heard) == await message(socket)


async def test_a_quiet_event_stream_shows_that_it_lives(site: Site, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wattstead.api.live.BEAT_S", 0.01)
    async with stream_of(port) as answer, asyncio.timeout(PATIENCE_S):
        lines = answer.aiter_lines()
        while await anext(lines) != ": still here":
            continue


async def test_who_leaves_is_forgotten_at_once(site: Site, port: int) -> None:
    async with stream_of(port) as answer:
        await anext(events(answer))
        assert site.watch.feed.subscribers == 1
    async with connect(f"ws://127.0.0.1:{port}/api/v1/live") as socket:
        await message(socket)
        await until(lambda: site.watch.feed.subscribers == 1)
    await until(lambda: site.watch.feed.subscribers == 0)
    socket = await connect(f"ws://127.0.0.1:{port}/api/v1/live")
    await message(socket)
    socket.transport.abort()  # a phone that lost its network says no good-bye
    await until(lambda: site.watch.feed.subscribers == 0)


async def test_a_socket_may_say_anything_and_is_not_heard(site: Site, port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}/api/v1/live") as socket:
        await message(socket)
        await socket.send("x" * 10_000)
        await socket.send(b"\x00\xff")
        await site.watch.take([said(site.clock.now_ms, soc_pct=64.0)])
        assert (await message(socket))["latest"]["values"]["soc_pct"] == 64.0


async def test_the_age_is_true_when_it_is_sent(site: Site, port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}/api/v1/live") as socket:
        await message(socket)
        at = site.clock.now_ms
        site.clock.now_ms += 7_000  # the reading waited seven seconds on its way
        await site.watch.take([said(at, soc_pct=64.0)])
        assert (await message(socket))["latest"]["age_s"] == 7.0


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://192.168.1.4:8000"])
async def test_sockets_of_pages_from_elsewhere_are_refused(site: Site, port: int, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        await connect(f"ws://127.0.0.1:{port}/api/v1/live", additional_headers={"Origin": origin})
    assert refusal.value.response.status_code == 403
    assert b"only pages of localhost may" in (refusal.value.response.body or b"")
    assert site.watch.feed.subscribers == 0


@pytest.mark.parametrize("host", ["evil.example", "10.0.0.4"])
async def test_sockets_by_another_name_are_refused(site: Site, port: int, host: str) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        await connect(f"ws://{host}:{port}/api/v1/live", host="127.0.0.1", port=port)
    assert refusal.value.response.status_code == 403
    assert b"answers only on this machine" in (refusal.value.response.body or b"")
    assert site.watch.feed.subscribers == 0


async def test_the_pages_own_socket_is_let_in(site: Site, port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}/api/v1/live", origin=f"http://localhost:{port}") as socket:  # type: ignore[arg-type]
        assert (await message(socket))["type"] == "hello"


async def test_a_socket_to_nowhere_is_refused(port: int) -> None:
    with pytest.raises(InvalidStatus):
        await connect(f"ws://127.0.0.1:{port}/api/v1/nothing")


async def test_stopping_sends_everybody_home(site: Site) -> None:
    async with asyncio.timeout(PATIENCE_S), AsyncExitStack() as clients:
        async with serving(site.app, "127.0.0.1", 0) as bound:
            socket = await connect(f"ws://127.0.0.1:{bound}/api/v1/live")
            await message(socket)
            stream = await clients.enter_async_context(stream_of(bound))
            heard = events(stream)
            await anext(heard)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code in {1001, 1012}
        assert [one async for one in heard] == []
    assert site.watch.feed.subscribers == 0
