"""A small server with the contract of ``/api/v1`` over the made-up plant, and the built page beside it.

It runs in a thread of its own; a test steers it: publish a value, fall silent, drop the line, refuse WebSockets.
"""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from browser.fake_explain import explain_routes
from browser.fake_health import HEALTH_ROUTES
from browser.fake_plant import (
    HOUR_MS,
    NOW_MS,
    PACKS,
    RAW_STEP_MS,
    SILENT_SINCE_MS,
    STEP_MS,
    TIME_ZONE,
    Json,
    PackFacts,
    extras_of,
    iso,
    values_at,
)
from browser.fake_words import BUSES, QUANTITIES
from wattstead.model.errors import UsageError
from wattstead.plant.guides import guide_in_full, guide_list
from wattstead.plant.lights import panels_plain

NO_WORD = "pylontech did not answer in 2 tries: the line stayed silent; check that the device is on"
POLICY = b"default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
# Spans up to so long are answered in this resolution, as "auto" would choose.
RESOLUTIONS = ((HOUR_MS, "raw", RAW_STEP_MS), (25 * HOUR_MS, "5min", STEP_MS), (400 * 24 * HOUR_MS, "1h", HOUR_MS))


class FakePlant:
    """What the server would hold. calm: all four packs answer and none complains; else one is silent, one unheard."""

    def __init__(self, *, calm: bool = False) -> None:
        self.calm = calm
        self.now_ms = NOW_MS
        self.time_zone = TIME_ZONE
        self.trouble: str | None = None
        self.buses: list[Json] = [dict(bus) for bus in BUSES]
        self.latest: dict[str, Json | None] = {facts.id: self._first(facts) for facts in PACKS}
        unheard = [pack for pack, latest in self.latest.items() if latest is None]
        self.unheard: dict[str, tuple[str, str]] = {pack: (iso(SILENT_SINCE_MS), NO_WORD) for pack in unheard}

    def _first(self, facts: PackFacts) -> Json | None:
        if not self.calm and facts.id == "pylontech-2":
            return None
        silent = not self.calm and facts.id == "pylontech-1"
        at_ms = SILENT_SINCE_MS if silent else self.now_ms - 1200
        values = values_at(facts.id, at_ms) | extras_of(facts)
        current_a = values["pack_current_a"]
        state = "idle" if abs(current_a) < 0.5 else "charging" if current_a > 0 else "discharging"
        return {
            "at": iso(at_ms),
            "age_s": (self.now_ms - at_ms) / 1000,
            "fresh": not silent,
            "origin": "simulated",
            "state": "silent" if silent else state,
            "values": values,
            "active": [] if self.calm else list(facts.active),
            "silent_since": iso(at_ms) if silent else None,
            "silent_why": NO_WORD if silent else None,
        }

    def packs(self) -> list[Json]:
        names = ("id", "name", "make", "profile", "bus", "address")
        return [
            {name: getattr(facts, name) for name in names} | self._silence(facts.id) | {"latest": self.latest[facts.id]}
            for facts in PACKS
        ]

    def _silence(self, pack: str) -> Json:
        latest = self.latest[pack]
        since, why = self.unheard.get(pack, (None, None))
        told = {"silent_since": since, "silent_why": why} if latest is None else latest
        return {name: told[name] for name in ("silent_since", "silent_why")}

    def series(self, pack: str, quantities: list[str], from_ms: int, to_ms: int) -> Json:
        """Give some quantities of a pack over a span, in the resolution that fits it."""
        span = to_ms - from_ms
        word, step = (
            ("raw", RAW_STEP_MS) if span <= HOUR_MS else ("5min", STEP_MS) if span <= 25 * HOUR_MS else ("1h", HOUR_MS)
        )
        first = self.latest[pack]
        end = 0 if first is None else SILENT_SINCE_MS if first["state"] == "silent" else self.now_ms
        times = [at for at in range(from_ms - from_ms % step, to_ms, step) if at <= end]
        columns: Json = {}
        for at_ms in times:
            for name, triple in _buckets(pack, quantities, at_ms, step).items():
                column = columns.setdefault(name, {"mean": [], "min": [], "max": []})
                for part, value in zip(("mean", "min", "max"), triple, strict=True):
                    column[part].append(value)
        return {
            "pack": pack,
            "from_ms": from_ms,
            "to_ms": to_ms,
            "resolution": word,
            "times_ms": times,
            "series": columns,
        }


def _buckets(pack: str, quantities: list[str], at_ms: int, step: int) -> dict[str, tuple[float, float, float]]:
    """Mean, min and max of every channel within one step."""
    instants = (at_ms,) if step == RAW_STEP_MS else tuple(range(at_ms, at_ms + step, step // 4))
    found: dict[str, list[float]] = {}
    for instant in instants:
        for quantity in quantities:
            for name, one in _channels(quantity, values_at(pack, instant)[quantity]):
                found.setdefault(name, []).append(one)
    return {name: (round(sum(every) / len(every), 4), min(every), max(every)) for name, every in found.items()}


def _channels(quantity: str, value: float | list[float]) -> list[tuple[str, float]]:
    """One value under its name, several under their positions from 1."""
    if isinstance(value, list):
        return [(f"{quantity}.{at}", one) for at, one in enumerate(value, start=1)]
    return [(quantity, value)]


def _lang(asked: Request) -> str:
    return asked.query_params.get("lang", "en")


def _guide(asked: Request) -> Response:
    try:
        return JSONResponse(guide_in_full(asked.path_params["name"], _lang(asked)))
    except UsageError as error:
        problem = {"type": "about:blank", "title": "Not Found", "status": 404, "detail": str(error)}
        return JSONResponse(problem, status_code=404, media_type="application/problem+json")


class _Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()


class FakeServer(AbstractContextManager["FakeServer"]):
    """Serves a plant and the built page on a free loopback port while the context lasts."""

    def __init__(self, static: Path, plant: FakePlant | None = None) -> None:
        self.plant = plant or FakePlant()
        self.refuse_websockets = False
        self.broken_series = ""
        self.series_asked = 0
        self.opened: list[str] = []
        self._queues: set[asyncio.Queue[str | None]] = set()
        app = self._guarded(self._application(static))
        config = uvicorn.Config(app, port=0, log_level="warning", ws="websockets-sansio", lifespan="off")
        self._ready = threading.Event()
        self._server = _Server(config, self._ready)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="fake server", daemon=True)

    @property
    def url(self) -> str:
        port: int = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}/"

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise TimeoutError("the fake server did not start within 10 s")
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()
        self._server.should_exit = True
        self._thread.join(10)

    def publish(self, pack: str, **values: object) -> None:
        """Send one more value of a pack to everybody who listens, a second after the last."""
        latest = self.plant.latest[pack]
        if latest is None:
            latest = FakePlant(calm=True).latest[pack]
        assert latest is not None
        self.plant.now_ms += 1000
        changed = latest | {"at": iso(self.plant.now_ms - 200), "age_s": 0.2, "values": latest["values"] | values}
        self.plant.latest[pack] = changed
        self._send(json.dumps({"type": "latest", "pack": pack, "latest": changed}))

    def say(self, pack: str, **changes: object) -> None:
        """Send a change of the picture itself: state, silent_since, active, fresh."""
        latest = self.plant.latest[pack]
        assert latest is not None
        self.plant.latest[pack] = latest | changes
        self._send(json.dumps({"type": "latest", "pack": pack, "latest": self.plant.latest[pack]}))

    def fall_silent(self, pack: str, why: str) -> None:
        """Say that a pack that was never heard did not answer, and why."""
        since = iso(self.plant.now_ms)
        self.plant.unheard[pack] = since, why
        self._send(json.dumps({"type": "silent", "pack": pack, "silent_since": since, "silent_why": why}))

    def complain(self, why: str | None) -> None:
        """Say that readings cannot be stored, or can again."""
        self.plant.trouble = why
        self._send(json.dumps({"type": "trouble", "text": why}))

    def shut(self, bus: str, why: str | None) -> None:
        """Close a line, or with None open it; the page asks for it by itself."""
        for one in self.plant.buses:
            if one["name"] == bus:
                one |= {"open": why is None, "trouble": why}

    def drop(self) -> None:
        """Close every live line, as a server does that goes away."""
        self._send(None)

    def _send(self, text: str | None) -> None:
        def put() -> None:
            for queue in self._queues:
                queue.put_nowait(text)

        self._loop.call_soon_threadsafe(put)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._server.serve())
        self._loop.close()

    def _guarded(self, app: ASGIApp) -> Callable[[Scope, Receive, Send], object]:
        """Add the content policy of the real server to every answer."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            async def with_policy(message: object) -> None:
                if isinstance(message, dict) and message.get("type") == "http.response.start":
                    message["headers"].append((b"content-security-policy", POLICY))
                await send(message)  # type: ignore[arg-type]

            await app(scope, receive, with_policy)

        return guarded

    def _application(self, static: Path) -> Starlette:
        base = "/api/v1"
        return Starlette(
            routes=[
                Route(f"{base}/plant", self._plant),
                Route(f"{base}/packs", lambda _: JSONResponse({"packs": self.plant.packs()})),
                Route(f"{base}/packs/{{pack}}/series", self._series),
                Route(f"{base}/quantities", lambda _: JSONResponse({"quantities": QUANTITIES})),
                Route(f"{base}/buses", self._buses),
                Route(f"{base}/panels", lambda _: JSONResponse(panels_plain())),
                Route(f"{base}/guides", lambda asked: JSONResponse({"guides": guide_list(_lang(asked))})),
                Route(f"{base}/guides/{{name}}", _guide),
                *explain_routes(self.plant),
                *HEALTH_ROUTES,
                Route(f"{base}/events", self._events),
                WebSocketRoute(f"{base}/live", self._live),
                Mount("/", StaticFiles(directory=static, html=True)),
            ]
        )

    async def _plant(self, _: Request) -> Response:
        return JSONResponse(
            {"name": "Maison Demo", "time_zone": self.plant.time_zone, "simulated": True, "version": "0.1.0"}
        )

    async def _series(self, request: Request) -> Response:
        self.series_asked += 1
        if self.broken_series:
            problem = {"type": "about:blank", "title": "Not now", "status": 503, "detail": self.broken_series}
            return JSONResponse(problem, status_code=503, media_type="application/problem+json")
        query = request.query_params
        pack = request.path_params["pack"]
        names = query.getlist("quantity")
        return JSONResponse(self.plant.series(pack, names, int(query["from"]), int(query["to"])))

    async def _buses(self, _: Request) -> Response:
        return JSONResponse({"buses": self.plant.buses})

    def _listen(self, way: str) -> asyncio.Queue[str | None]:
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        queue.put_nowait(json.dumps({"type": "hello", "packs": self.plant.packs(), "trouble": self.plant.trouble}))
        self._queues.add(queue)
        self.opened.append(way)
        return queue

    async def _live(self, socket: WebSocket) -> None:
        if self.refuse_websockets:
            await socket.close()
            return
        await socket.accept()
        queue = self._listen("websocket")
        try:
            while (text := await queue.get()) is not None:
                await socket.send_text(text)
            await socket.close(1001)
        except WebSocketDisconnect:
            return
        finally:
            self._queues.discard(queue)

    async def _events(self, _: Request) -> Response:
        queue = self._listen("events")

        async def lines() -> AsyncIterator[str]:
            try:
                while (text := await queue.get()) is not None:
                    yield f"data: {text}\n\n"
            finally:
                self._queues.discard(queue)

        return StreamingResponse(lines(), media_type="text/event-stream")
