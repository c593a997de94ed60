"""What a person may do to the virtual packs of a demo, over HTTP: there alone, checked, and told what was wrong."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from api.site import Site, open_site
from api.test_openapi import mismatches
from wattstead.model.errors import UsageError

URL = "/api/v1/demo/packs/a"

LAMP = {
    "name": "run",
    "colour": "green",
    "printed": "RUN",
    "label": {"en": "run", "fr": "marche"},
    "light": "blink",
    "period_s": None,
    "flashes": 1,
    "times": 0,
    "then": "off",
    "lit_pct": 50.0,
    "text": "blink",
}


class OnePack:
    """Holds what was done last; refuses too much load."""

    packs = ("a",)

    def __init__(self) -> None:
        self.input: Mapping[str, Any] = {}
        self.sense: Mapping[str, Any] = {}

    def look(self, pack: str) -> Mapping[str, Any]:
        return {
            "pack": pack,
            "on": True,
            "input": self.input,
            "sense": self.sense,
            "controls": ["button"],
            "probes": 4,
            "hold_to_turn_off_s": 5.0,
            "panel": {"title": {"en": "x", "fr": "x"}, "own": True, "lamps": [LAMP]},
        }

    def do(self, pack: str, given: Mapping[str, Any], sense: Mapping[str, Any]) -> Mapping[str, Any]:
        if given.get("load_w", 0) > 1e6:
            raise UsageError("[input] load_w: 1e+09 cannot be; give 0 to 1e+06")
        self.input, self.sense = given, sense
        return self.look(pack)


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path, OnePack()) as opened:
        yield opened


async def test_what_is_done_is_looked_up_and_replaced_as_a_whole(demo: Site) -> None:
    first = await demo.client.get(URL)
    assert (first.status_code, first.json()["input"]) == (200, {})
    done = await demo.client.put(URL, json={"input": {"button": True}, "sense": {"soc_pct": 3}})
    assert (done.status_code, done.json()["input"], done.json()["sense"]) == (200, {"button": True}, {"soc_pct": 3})
    assert done.json()["panel"]["lamps"][0]["text"] == "blink"
    assert (await demo.client.put(URL, json={})).json()["input"] == {}
    assert (await demo.client.get(URL)).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("url", "body", "status", "words"),
    [
        (URL, {"input": {"load_w": 1e9}}, 400, "[input] load_w: 1e+09 cannot be; give 0 to 1e+06"),
        (URL, {"inputs": {}}, 422, "inputs"),
        (URL, {"input": 5}, 422, "input"),
        ("/api/v1/demo/packs/b", {}, 404, "there is no virtual pack b; this demo has a"),
    ],
)
async def test_what_cannot_be_is_a_problem(demo: Site, url: str, body: Any, status: int, words: str) -> None:
    answer = await demo.client.put(url, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]


async def test_pages_from_elsewhere_do_nothing_to_a_battery(demo: Site) -> None:
    for headers in ({"origin": "https://example.org"}, {"host": "example.org"}):
        answer = await demo.client.put(URL, json={"input": {"button": True}}, headers=headers)
        assert answer.status_code == 403
    assert (await demo.client.get(URL)).json()["input"] == {}


async def test_where_the_packs_are_not_ours_nothing_can_be_done(empty_site: Site) -> None:
    assert (await empty_site.client.get(URL)).status_code == 404
    assert (await empty_site.client.put(URL, json={})).status_code == 405
    assert (await empty_site.client.get("/api/v1/plant")).json()["tryout"] is False


async def test_the_document_describes_it(demo: Site) -> None:
    document = (await demo.client.get("/api/openapi.json")).json()
    path = document["paths"]["/api/v1/demo/packs/{pack}"]
    assert set(path) == {"get", "put"}
    for verb in path.values():
        schema = verb["responses"]["200"]["content"]["application/json"]["schema"]
        assert mismatches((await demo.client.get(URL)).json(), schema, document) == []
        assert verb["responses"]["403"]["content"]["application/problem+json"]
