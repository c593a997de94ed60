"""The built page: its files, how long they may be kept, and what comes when it is not built."""

from pathlib import Path

import pytest

from api.site import Site


@pytest.fixture
def built(tmp_path: Path) -> Path:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>page</title>")
    (static / "assets" / "index-4f2a.js").write_text("export {}")
    (static / "sw.js").write_text("// offline")
    (tmp_path / "secret.txt").write_text("not yours")
    return static


async def test_without_a_built_page_it_says_how(empty_site: Site) -> None:
    for path in ("/", "/history"):
        answer = await empty_site.client.get(path)
        assert answer.status_code == 503
        assert answer.headers["content-type"].startswith("text/html")
        assert "<code>make setup</code>" in answer.text
    assert (await empty_site.client.get("/api/v1/plant")).status_code == 200


async def test_files_and_how_long_they_may_be_kept(empty_site: Site, built: Path) -> None:
    client = empty_site.client
    page = await client.get("/")
    assert (page.status_code, page.text) == (200, (built / "index.html").read_text())
    assert page.headers["cache-control"] == "no-cache"
    asset = await client.get("/assets/index-4f2a.js")
    assert asset.headers["content-type"].startswith("text/javascript")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await client.get("/sw.js")).headers["cache-control"] == "no-cache"
    again = await client.get("/", headers={"if-none-match": page.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")


@pytest.mark.parametrize("path", ["/history", "/pack/seplos-1", "/assets", "/a/b/c/"])
async def test_addresses_of_the_page_give_the_page(empty_site: Site, built: Path, path: str) -> None:
    answer = await empty_site.client.get(path)
    assert (answer.status_code, answer.text) == (200, (built / "index.html").read_text())
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/robots.txt", "/assets/index-old.js", "/pack/a.png", "/%2e%2e/secret.txt", "/..%2fsecret.txt"]
)
async def test_files_that_are_not_there_are_not_the_page(empty_site: Site, built: Path, path: str) -> None:
    answer = await empty_site.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "not yours" not in answer.text
