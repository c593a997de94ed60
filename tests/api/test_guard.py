"""Who may come in: this machine's own browser, on this machine's own pages."""

import pytest

from api.site import Site
from wattstead.api.guard import is_loopback


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1", "wattstead.localhost"])
def test_names_of_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "::", "192.168.1.4", "localhost.evil.example", "evil.example", "127.1"]
)
def test_names_of_others(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "LOCALHOST"])
async def test_loopback_hosts_are_let_in(site: Site, host: str) -> None:
    answer = await site.client.get("/api/v1/plant", headers={"host": host})
    assert answer.status_code == 200


@pytest.mark.parametrize("host", ["rebound.evil.example", "192.168.1.4:8000", "", "[::1", "localhost.evil.example:80"])
@pytest.mark.parametrize("path", ["/", "/api/v1/plant", "/api/v1/events"])
async def test_other_hosts_are_refused_whatever_they_ask(site: Site, host: str, path: str) -> None:
    answer = await site.client.get(path, headers={"host": host})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert (
        f"answers only on this machine, as localhost or 127.0.0.1, not as {host or 'nobody'!r}"
        in answer.json()["detail"]
    )


async def test_pages_from_elsewhere_are_refused(site: Site) -> None:
    for origin in ("https://evil.example", "null", "http://192.168.1.4:8000"):
        answer = await site.client.get("/api/v1/packs", headers={"origin": origin})
        assert answer.status_code == 403
        assert origin in answer.json()["detail"]
    for origin in ("http://127.0.0.1:8000", "http://localhost:5173", "http://[::1]:1"):
        assert (await site.client.get("/api/v1/packs", headers={"origin": origin})).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/v1/packs", "/api/v1/nothing", "/api/openapi.json"])
async def test_every_answer_carries_the_security_headers(site: Site, path: str) -> None:
    headers = (await site.client.get(path)).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"


async def test_what_changes_is_not_kept(site: Site) -> None:
    assert (await site.client.get("/api/v1/packs")).headers["cache-control"] == "no-store"
