"""Every route answers what the OpenAPI document says, and nothing is served that it does not name."""

import json
from typing import Any

import pytest
from starlette.routing import Route, WebSocketRoute

from api.site import Site

PATHS = {
    "/api/v1/plant": "/api/v1/plant",
    "/api/v1/packs": "/api/v1/packs",
    "/api/v1/packs/{pack}/latest": "/api/v1/packs/seplos-1/latest",
    "/api/v1/packs/{pack}/series": "/api/v1/packs/seplos-1/series?quantity=soc_pct&quantity=cell_voltage_v",
    "/api/v1/packs/{pack}/codes": "/api/v1/packs/seplos-1/codes",
    "/api/v1/packs/{pack}/codes/{code}": "/api/v1/packs/seplos-1/codes/cell_overvoltage_protection",
    "/api/v1/codes/{dialect}/{code}": "/api/v1/codes/pylontech/CUV",
    "/api/v1/search": "/api/v1/search?q=battery%20will%20not%20charge",
    "/api/v1/settings/{name}": "/api/v1/settings/soc_alarm_pct",
    "/api/v1/panels": "/api/v1/panels",
    "/api/v1/packs/{pack}/health": "/api/v1/packs/seplos-1/health",
    "/api/v1/lights": "/api/v1/lights?panel=wall-6k5&run=on&alm=blink&1=slow",
    "/api/v1/guides": "/api/v1/guides",
    "/api/v1/guides/{name}": "/api/v1/guides/parallel-wall-6k5?lang=fr",
    "/api/v1/quantities": "/api/v1/quantities",
    "/api/v1/buses": "/api/v1/buses",
    "/api/v1/health": "/api/v1/health",
}
LIVE = {"/api/v1/live", "/api/v1/events"}  # their messages are checked in test_live.py
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def mismatches(value: Any, schema: dict[str, Any], document: dict[str, Any], where: str = "$") -> list[str]:
    """Say where a value is not what a schema says; properties that it does not name count too."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return mismatches(value, document["components"]["schemas"][name], document, where)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            tried = [mismatches(value, one, document, where) for one in schema[several]]
            return [] if [] in tried else [f"{where} fits none of {len(tried)}: {tried}"]
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{where}: {value!r} is none of {schema['enum']}"]
    if "const" in schema:
        return [] if value == schema["const"] else [f"{where}: {value!r} is not {schema['const']!r}"]
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        return [f"{where}: {value!r} is no {kind}"]
    if kind == "array":
        return [
            one
            for at, item in enumerate(value)
            for one in mismatches(item, schema["items"], document, f"{where}[{at}]")
        ]
    return _object(value, schema, document, where) if kind == "object" else []


def _object(value: dict[str, Any], schema: dict[str, Any], document: dict[str, Any], where: str) -> list[str]:
    named, rest = schema.get("properties", {}), schema.get("additionalProperties")
    wrong = [f"{where}: {name} is missing" for name in schema.get("required", ()) if name not in value]
    for name, item in value.items():
        inner = named.get(name, rest if isinstance(rest, dict) else None)
        if inner is None:
            wrong.append(f"{where}: {name} is not described")
        else:
            wrong += mismatches(item, inner, document, f"{where}.{name}")
    return wrong


async def document_of(site: Site) -> dict[str, Any]:
    answer = await site.client.get("/api/openapi.json")
    document: dict[str, Any] = answer.json()
    return document


def schema_of(document: dict[str, Any], path: str, status: str, kind: str) -> dict[str, Any]:
    schema: dict[str, Any] = document["paths"][path]["get"]["responses"][status]["content"][kind]["schema"]
    return schema


@pytest.mark.parametrize("path", PATHS)
async def test_answers_are_what_the_document_says(site: Site, path: str) -> None:
    document = await document_of(site)
    answer = await site.client.get(PATHS[path])
    assert answer.status_code == 200, answer.text
    assert not mismatches(answer.json(), schema_of(document, path, "200", "application/json"), document)


async def test_an_empty_site_answers_what_the_document_says(empty_site: Site) -> None:
    document = await document_of(empty_site)
    for path in ("/api/v1/packs", "/api/v1/packs/{pack}/series", "/api/v1/health"):
        answer = await empty_site.client.get(PATHS[path])
        assert not mismatches(answer.json(), schema_of(document, path, "200", "application/json"), document)


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("/api/v1/packs/{pack}/latest", "/api/v1/packs/x/latest", "404"),
        ("/api/v1/packs/{pack}/latest", "/api/v1/packs/pylon-1/latest", "404"),
        ("/api/v1/packs/{pack}/series", "/api/v1/packs/x/series?quantity=soc_pct", "404"),
        ("/api/v1/packs/{pack}/series", "/api/v1/packs/seplos-1/series", "400"),
    ],
)
async def test_refusals_are_what_the_document_says(site: Site, path: str, asked: str, status: str) -> None:
    document = await document_of(site)
    answer = await site.client.get(asked)
    assert str(answer.status_code) == status
    assert not mismatches(answer.json(), schema_of(document, path, status, "application/problem+json"), document)


async def test_the_document_names_every_route_and_no_other(site: Site) -> None:
    document = await document_of(site)
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == set(PATHS) | LIVE
    served = {route.path for route in site.app.routes if isinstance(route, Route | WebSocketRoute)}
    assert {"/api/v1/packs", "/api/v1/live"} <= served
    assert served - {"/api/openapi.json"} <= set(document["paths"])
    ids = [one["get"]["operationId"] for one in document["paths"].values()]
    assert len(set(ids)) == len(ids)


async def test_both_ways_of_the_feed_name_every_message(site: Site) -> None:
    document = await document_of(site)
    events = schema_of(document, "/api/v1/events", "200", "text/event-stream")
    names = {one["$ref"].rpartition("/")[2] for one in events["oneOf"]}
    assert names == {"HelloMessage", "LatestMessage", "SilentMessage", "TroubleMessage"}


async def test_every_reference_leads_somewhere(site: Site) -> None:
    text = (await site.client.get("/api/openapi.json")).text
    document = json.loads(text)
    for part in text.split('"$ref":"')[1:]:
        name = part.split('"')[0].rpartition("/")[2]
        assert name in document["components"]["schemas"]


def test_the_checker_sees_what_is_wrong() -> None:
    document = {"components": {"schemas": {"Soc": {"type": "number"}}}}
    schema = {"type": "object", "properties": {"soc": {"$ref": "#/components/schemas/Soc"}}, "required": ["soc"]}
    assert mismatches({"soc": 1.5}, schema, document) == []
    assert mismatches({}, schema, document) == ["$: soc is missing"]
    assert mismatches({"soc": "full"}, schema, document) == ["$.soc: 'full' is no number"]
    assert mismatches({"soc": True}, schema, document) == ["$.soc: True is no number"]
    assert mismatches({"soc": 1, "soh": 1}, schema, document) == ["$: soh is not described"]
    assert mismatches([1, None], {"type": "array", "items": {"type": "integer"}}, document) == [
        "$[1]: None is no integer"
    ]
    assert mismatches("x", {"anyOf": [{"type": "null"}, {"enum": ["y"]}]}, document) != []
