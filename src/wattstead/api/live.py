"""The live feed: one WebSocket with all packs, and its twin of server-sent events for who cannot open one."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from wattstead.api.answers import HelloMessage, encode, message
from wattstead.api.hot import all_packs
from wattstead.plant.feed import News, Subscription
from wattstead.plant.latest import Latest
from wattstead.plant.watch import Watch

BEAT_S = 15.0
"""An event stream without news says so this often, else proxies and phones take it for dead."""

_SHARED_MS = 500  # an encoded message is good for everybody for so long: then its age would no longer be true
_GOING_AWAY = 1001


class Live:
    """Serves the feed to any number of clients, until it is closed."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._open: set[Subscription] = set()
        self._closed = False
        self._encoded: dict[str, tuple[Latest, int, str]] = {}

    def routes(self) -> list[Route | WebSocketRoute]:
        """Give the routes."""
        return [WebSocketRoute("/api/v1/live", self.socket), Route("/api/v1/events", self.events)]

    def close(self) -> None:
        """End all connections, so that the server can stop."""
        self._closed = True
        for subscription in self._open:
            subscription.close()

    async def socket(self, socket: WebSocket) -> None:
        """Serve one WebSocket."""
        await socket.accept()
        with self._subscribe() as subscription:
            listening = asyncio.create_task(_until_left(socket, subscription))
            try:
                await socket.send_text(self._hello())
                async for news in subscription:
                    await socket.send_text(self._message(news))
                if not listening.done():
                    await socket.close(_GOING_AWAY)
            except WebSocketDisconnect:
                return
            finally:
                listening.cancel()

    async def events(self, _: Request) -> Response:
        """Serve one event stream."""
        return EventStream(self)

    async def stream(self, receive: Receive, send: Send) -> None:
        """Send messages as events until the client leaves."""
        with self._subscribe() as subscription:
            listening = asyncio.create_task(_until_gone(receive, subscription))
            try:
                async for event in self._events(subscription):
                    await send({"type": "http.response.body", "body": event.encode(), "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            finally:
                listening.cancel()

    @contextmanager
    def _subscribe(self) -> Iterator[Subscription]:
        with self._watch.feed.subscribe() as subscription:
            self._open.add(subscription)
            if self._closed:
                subscription.close()
            try:
                yield subscription
            finally:
                self._open.discard(subscription)

    async def _events(self, subscription: Subscription) -> AsyncIterator[str]:
        """Give messages as events, and a comment whenever nothing came for a while."""
        yield f"data: {self._hello()}\n\n"
        while True:
            try:
                async with asyncio.timeout(BEAT_S):
                    news = await anext(subscription)
            except TimeoutError:
                yield ": still here\n\n"
            except StopAsyncIteration:
                return
            else:
                yield f"data: {self._message(news)}\n\n"

    def _hello(self) -> str:
        # Written after subscribing: what comes meanwhile follows it, and nothing falls between.
        return encode(HelloMessage(all_packs(self._watch).packs, self._watch.trouble)).decode()

    def _message(self, news: News) -> str:
        """Encode once for all who get it now."""
        now_ms = self._watch.now_ms()
        if not isinstance(news, Latest):
            return encode(message(news, now_ms)).decode()
        known = self._encoded.get(news.pack.id)
        if known is not None and known[0] is news and abs(now_ms - known[1]) < _SHARED_MS:
            return known[2]
        text = encode(message(news, now_ms)).decode()
        self._encoded[news.pack.id] = news, now_ms, text
        return text


class EventStream(Response):
    """An answer that goes on. Ours, so that a client that left is noticed and forgotten at once."""

    media_type = "text/event-stream"

    def __init__(self, live: Live) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """See ASGI."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await self._live.stream(receive, send)


async def _until_left(socket: WebSocket, subscription: Subscription) -> None:
    """Listen until the client leaves; what it says means nothing here."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        continue
    subscription.close()


async def _until_gone(receive: Receive, subscription: Subscription) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    subscription.close()
