"""The address of a bridge: its status page, the same as JSON, and metrics."""

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from wattstead.api.bridge_page import LANGUAGES, BridgePage, Label
from wattstead.api.guard import Guard
from wattstead.api.headers import LIVE

_METRICS = "text/plain; version=0.0.4; charset=utf-8"
_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_LIVE = {"Cache-Control": LIVE}


class _NoStream:
    """A bridge has no live feed that would have to be closed."""

    def close(self) -> None:
        return None


def bridge_app(status: Callable[[], dict[str, Any]], metrics: Callable[[], str], words: Mapping[str, Label]) -> FastAPI:
    """Make the application. status, metrics: give what is so now. words: of the page, by name and language."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.live = _NoStream()
    beside = {kind: (files("wattstead.api") / f"bridge.{kind}").read_text(encoding="utf-8") for kind in _KINDS}

    @app.get("/")
    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(
            BridgePage(words, language(request)).page(status()), headers=_LIVE | {"Vary": "Accept-Language"}
        )

    @app.get("/bridge.{kind}")
    async def part(kind: str) -> Response:
        if kind not in beside:
            return PlainTextResponse("there is no such file", status_code=404)
        return Response(beside[kind], media_type=_KINDS[kind])

    @app.get("/status")
    async def as_json() -> JSONResponse:
        return JSONResponse(status(), headers=_LIVE)

    @app.get("/metrics")
    async def as_metrics() -> PlainTextResponse:
        return PlainTextResponse(metrics(), media_type=_METRICS)

    app.add_middleware(Guard)
    return app


def language(request: Request) -> str:
    """Give the language of the page: the one that is asked for, else the first of the browser's that we speak."""
    wishes = [request.query_params.get("lang", ""), *request.headers.get("accept-language", "").split(",")]
    spoken = [wish.strip()[:2].lower() for wish in wishes]
    return next((wish for wish in spoken if wish in LANGUAGES), LANGUAGES[0])
