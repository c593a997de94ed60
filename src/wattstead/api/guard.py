"""The door: until accounts exist, only this machine's own browser may look.

Binding to loopback is not enough. A page from elsewhere can point its own name at 127.0.0.1 (DNS rebinding) or open a
WebSocket to it, so the name in Host and the page in Origin must be of this machine too.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from wattstead.api.headers import LIVE, SECURITY
from wattstead.api.problems import problem


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """Lets loopback in, and puts the security headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
        elif refusal := _refusal(Headers(scope=scope)):
            await _refuse(refusal, scope, receive, send)
        else:
            await self._app(_as_get(scope), receive, _with_headers(scope, send))


def _refusal(headers: Headers) -> str | None:
    """Say why somebody may not come in, None for whoever may."""
    host = headers.get("host", "")
    if not _names_loopback(f"//{host}"):
        return f"this page answers only on this machine, as localhost or 127.0.0.1, not as {host or 'nobody'!r}"
    origin = headers.get("origin")
    if origin is not None and not _names_loopback(origin):
        return f"pages of {origin!r} may not ask this machine's batteries; only pages of localhost may"
    return None


def _names_loopback(url: str) -> bool:
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:  # a bracket that does not close
        return False


async def _refuse(why: str, scope: Scope, receive: Receive, send: Send) -> None:
    refusal = problem(403, why)
    if scope["type"] == "http":
        await refusal(scope, receive, send)
        return
    socket = WebSocket(scope, receive, send)
    if "websocket.http.response" in scope.get("extensions", {}):
        await socket.send_denial_response(refusal)
    else:
        await socket.close(1008, why)


def _as_get(scope: Scope) -> Scope:
    """Let HEAD ask what GET asks: the server itself leaves the body out."""
    asks_head = scope.get("method") == "HEAD" and scope["path"].startswith("/api/")
    return {**scope, "method": "GET"} if asks_head else scope


def _with_headers(scope: Scope, send: Send) -> Send:
    live = scope["path"].startswith("/api/")

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY.items():
                headers.setdefault(name, value)
            if live:
                headers.setdefault("Cache-Control", LIVE)
        await send(message)

    return sending
