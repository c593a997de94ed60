"""The rarely asked endpoints, errors of every kind, and health."""

import pytest

from api.site import BUS, INFO, LABELS, Site
from plant.plants import START_MS, said
from wattstead.model.quantity import QUANTITIES
from wattstead.store.base import StoreError


async def test_plant(site: Site) -> None:
    answer = await site.client.get("/api/v1/plant")
    assert answer.json() == INFO.model_dump()


async def test_quantities_are_the_whole_closed_list_with_words(site: Site) -> None:
    listed = (await site.client.get("/api/v1/quantities")).json()["quantities"]
    assert [one["name"] for one in listed] == list(QUANTITIES)
    assert listed[0] == {
        "name": "cell_voltage_v",
        "unit": "V",
        "kind": "number",
        "per": "cell",
        "digits": 3,
        "label": LABELS["cell_voltage_v"],
    }


async def test_buses(site: Site) -> None:
    assert (await site.client.get("/api/v1/buses")).json() == {"buses": [BUS]}


async def test_a_line_that_is_not_open_says_why(site: Site) -> None:
    shut = BUS | {"open": False, "trouble": "serial:///dev/ttyUSB9: there is no such port"}
    site.lines[:] = [shut]
    assert (await site.client.get("/api/v1/buses")).json() == {"buses": [shut]}


@pytest.mark.parametrize("key", ["open", "trouble"])
async def test_a_line_must_say_whether_it_is_open(site: Site, key: str) -> None:
    site.lines[:] = [{name: value for name, value in BUS.items() if name != key}]
    assert (await site.client.get("/api/v1/buses")).status_code == 500


async def test_health_before_after_and_with_a_full_disk(empty_site: Site) -> None:
    site = empty_site
    assert (await site.client.get("/api/v1/health")).json() == {"status": "ok", "stored_ms": None}
    await site.watch.take([said(START_MS, soc_pct=50.0)])
    assert (await site.client.get("/api/v1/health")).json() == {"status": "ok", "stored_ms": START_MS}
    site.store.full = True
    with pytest.raises(StoreError):
        await site.watch.take([said(START_MS + 1, soc_pct=50.0)])
    answer = await site.client.get("/api/v1/health")
    assert answer.status_code == 503
    assert "the disk is full: free some space" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v2/packs", "/api/v1/pack", "/api/v1/packs/"])
async def test_unknown_api_addresses_are_problems_not_pages(site: Site, path: str) -> None:
    answer = await site.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": f"there is nothing at {path}; /api/openapi.json lists all that there is",
    }


@pytest.mark.parametrize("path", ["/api/v1/packs", "/api/v1/plant", "/api/v1/packs/seplos-1/series", "/", "/history"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_everything_is_read_only(site: Site, method: str, path: str) -> None:
    answer = await site.client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")
    assert answer.headers["allow"]
    assert answer.json()["detail"] == f"{path} cannot be asked with {method}; everything here is read with GET"


async def test_head_asks_what_get_asks(site: Site) -> None:
    for path in ("/api/v1/plant", "/api/v1/packs", "/api/v1/packs/seplos-1/latest"):
        assert (await site.client.head(path)).status_code == 200


async def test_a_mistake_of_ours_is_a_problem_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(pack: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(site.watch, "latest", broken)
    answer = await site.client.get("/api/v1/packs")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["detail"] == "this is a mistake in Wattstead (ZeroDivisionError); its log has the details"
    assert answer.headers["x-content-type-options"] == "nosniff"
