"""The status page of a bridge: one page, the same as JSON, and metrics."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from wattstead.api.guard import Guard
from wattstead.api.server import serve

_METRICS = "text/plain; version=0.0.4; charset=utf-8"
_HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="2">
<title>Wattstead bridge</title>
<h1>Wattstead bridge</h1>
"""
_FOOT = '<p><a href="status">JSON</a> · <a href="metrics">metrics</a></p>\n</html>\n'
_UNITS = {"v": "V", "a": "A", "pct": "%", "s": "s"}


class _NoStream:
    """A bridge has no live feed that would have to be closed."""

    def close(self) -> None:
        return None


def bridge_app(status: Callable[[], dict[str, Any]], metrics: Callable[[], str]) -> FastAPI:
    """Make the application. status, metrics: give what is so now."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.live = _NoStream()

    @app.get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse(bridge_page(status()))

    @app.get("/status")
    async def as_json() -> JSONResponse:
        return JSONResponse(status())

    @app.get("/metrics")
    async def as_metrics() -> PlainTextResponse:
        return PlainTextResponse(metrics(), media_type=_METRICS)

    app.add_middleware(Guard)
    return app


async def serve_bridge(
    status: Callable[[], dict[str, Any]],
    metrics: Callable[[], str],
    host: str,
    port: int,
    ready: Callable[[int], None],
) -> None:
    """Serve the page until cancelled. Raises UsageError where it cannot be at that address."""
    await serve(bridge_app(status, metrics), host, port, ready)


def bridge_page(now: Mapping[str, Any]) -> str:
    """Draw the page: what is asked and why, then each pack."""
    return _HEAD + _asks(now["asks"]) + _inverter(now["inverter"]) + _packs(now["packs"]) + _FOOT


def _asks(asks: Mapping[str, Any] | None) -> str:
    if asks is None:
        return "<p>Nothing is sent: not all packs have been read yet.</p>\n"
    rows = [
        f"<tr><td>{_label(name)}<td>{limit['value']:g}<td>{escape(limit['why']['en'])}"
        f'<td lang="fr">{escape(limit["why"]["fr"])}'
        for name, limit in asks.items()
    ]
    return "<table>\n" + "\n".join(rows) + "\n</table>\n"


def _label(name: str) -> str:
    words, unit = name.rsplit("_", 1)
    return f"{words.replace('_', ' ')}, {_UNITS.get(unit, unit)}"


def _inverter(inverter: Mapping[str, Any]) -> str:
    if inverter["trouble"]:
        state = f"its line is lost: {inverter['trouble']}"
    elif not inverter["watched"]:
        state = "its protocol has no keep-alive"
    elif inverter["lost"]:
        state = "silent"
    else:
        state = "there"
    kept = "".join(f"<li>{escape(name)}: {escape(why)}" for name, why in inverter["kept_back"].items())
    said = f"<p>Inverter ({escape(inverter['protocol'])}): {escape(state)}</p>\n"
    return said + (f"<p>Not sent:</p><ul>{kept}</ul>\n" if kept else "")


def _packs(packs: list[Mapping[str, Any]]) -> str:
    names = (
        "standing",
        "age_s",
        "soc_pct",
        "pack_voltage_v",
        "pack_current_a",
        "cell_voltage_max_v",
        "cell_voltage_min_v",
    )
    head = "".join(f"<th>{_label(name) if '_' in name else name}" for name in names)
    rows = [
        f"<tr><th>{escape(pack['name'])}"
        + "".join(f"<td>{escape(_shown(pack.get(name)))}" for name in names)
        + f"<td>{escape(', '.join(pack['active']))}"
        for pack in packs
    ]
    return f"<table>\n<tr><th>pack{head}<th>active\n" + "\n".join(rows) + "\n</table>\n"


def _shown(value: object) -> str:
    return "" if value is None else str(value)
