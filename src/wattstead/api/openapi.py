"""The description of the API: what FastAPI knows of the cold routes, and the hot ones by hand.

The shapes of the hot answers are not written here a second time: they come from the structs that are sent.
"""

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from wattstead.api.answers import (
    HelloMessage,
    LatestAnswer,
    LatestMessage,
    PacksAnswer,
    SeriesAnswer,
    SilentMessage,
    TroubleMessage,
)
from wattstead.api.hot import MOST_POINTS, POINTS
from wattstead.api.problems import PROBLEM_TYPE
from wattstead.plant.history import Resolution

Schema = dict[str, Any]

_REF = "#/components/schemas/{name}"
_MESSAGES = (HelloMessage, LatestMessage, SilentMessage, TroubleMessage)
_SENT = (PacksAnswer, LatestAnswer, SeriesAnswer, *_MESSAGES)
_ABOUT = """Readings of the batteries of one plant.

Values are named by quantity, and the name ends in the unit (`/api/v1/quantities` lists them). Positive current and
power charge the battery. Times are UTC: ISO 8601 in objects, milliseconds in arrays. Errors are RFC 9457 problems.
What goes wrong is data too: `silent_since` and `silent_why` of a pack, `open` and `trouble` of a line, `trouble` of the
live feed when readings cannot be stored. These sentences are English, for a person, and may change; do not parse them.
Everything is served to this machine alone, and read-only but for what a demo lets a person do to its virtual packs."""
_PROBLEM: Schema = {
    "type": "object",
    "description": "RFC 9457: what was wrong, and what would be right",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}
_PACK: Schema = {
    "name": "pack",
    "in": "path",
    "required": True,
    "description": "id of a pack, from /api/v1/packs",
    "schema": {"type": "string"},
}


def describe(app: FastAPI, version: str) -> None:
    """Make the app give the whole description at its OpenAPI address."""

    def openapi() -> Schema:
        if not app.openapi_schema:
            app.openapi_schema = _document(app, version)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the document


def _document(app: FastAPI, version: str) -> Schema:
    document = get_openapi(title="Wattstead", version=version, description=_ABOUT, routes=app.routes)
    document["paths"] = _with_problems({**document["paths"], **_hot_paths()})
    document["components"]["schemas"] |= _sent_schemas() | {"Problem": _PROBLEM}
    return document


def _sent_schemas() -> Schema:
    _, schemas = msgspec.json.schema_components(_SENT, ref_template=_REF)
    return schemas


def _hot_paths() -> Schema:
    messages = {"oneOf": [_ref(one.__name__) for one in _MESSAGES]}
    return {
        "/api/v1/packs": _get("packs", "All packs with their latest values", _answer("PacksAnswer")),
        "/api/v1/packs/{pack}/latest": _get(
            "latest", "The newest known values of a pack", _answer("LatestAnswer"), [_PACK], "404"
        ),
        "/api/v1/packs/{pack}/series": _get(
            "series", "Quantities of a pack over time", _answer("SeriesAnswer"), [_PACK, *_series_query()], "400", "404"
        ),
        "/api/v1/events": _get(
            "events",
            "The live feed as server-sent events: hello first, then latest for every stored round and what goes wrong",
            {"200": {"description": "events", "content": {"text/event-stream": {"schema": messages}}}},
        ),
        "/api/v1/live": _get(
            "live",
            "The live feed as a WebSocket, with the same messages as /api/v1/events",
            {"101": {"description": "a WebSocket; its text messages are those of /api/v1/events"}},
            [],
            "404",
        ),
    }


def _series_query() -> list[Schema]:
    time = {"anyOf": [{"type": "integer"}, {"type": "string", "format": "date-time"}]}
    number = {"type": "integer", "minimum": 1, "maximum": MOST_POINTS, "default": POINTS}
    names = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    choice = {"type": "string", "enum": list(Resolution), "default": Resolution.AUTO}
    return [
        _query("quantity", "a number's name, or one channel of it such as cell_voltage_v.3", names, required=True),
        _query("from", "start, included; a day before the end if left out", time),
        _query("to", "end, not included; now if left out", time),
        _query("resolution", "auto: the finest that stays within the points", choice),
        _query("points", "at most so many; more are joined into buckets of mean, min and max", number),
    ]


def _query(name: str, about: str, schema: Schema, *, required: bool = False) -> Schema:
    return {"name": name, "in": "query", "description": about, "required": required, "schema": schema}


def _get(name: str, summary: str, answers: Schema, parameters: list[Schema] | None = None, *refusals: str) -> Schema:
    refused: Schema = {status: {} for status in refusals}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": parameters or [],
            "responses": {**answers, **refused},
        }
    }


def _answer(name: str) -> Schema:
    return {"200": {"description": "the answer", "content": {"application/json": {"schema": _ref(name)}}}}


def _ref(name: str) -> Schema:
    return {"$ref": _REF.format(name=name)}


def _with_problems(paths: Schema) -> Schema:
    """Say on every path how it refuses."""
    content = {PROBLEM_TYPE: {"schema": _ref("Problem")}}
    said = {"400": "not understood", "403": "not from this machine", "404": "not there", "503": "the store fails"}
    for operation in (one for path in paths.values() for one in path.values()):
        answers = operation["responses"]
        for status in (*answers, "403", "503"):
            if status in said:
                answers[status] = {"description": said[status], "content": content}
    return paths
