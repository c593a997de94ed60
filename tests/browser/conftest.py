"""A real Chromium on the built page, fed by a server of ours with a made-up plant."""

import fcntl
import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from browser.fake_api import FakePlant, FakeServer
from browser.fake_plant import NOW_MS

ROOT = Path(__file__).resolve().parents[2]
MISSING = "Debian's chromium is not installed: run `apt-get install chromium`, then the browser tests run."
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = (360, 740)
DESKTOP = (1280, 800)
PATIENCE_MS = 5_000


@dataclass
class Complaints:
    """What the page wrote to its console that it should not have written. allowed: words of expected ones."""

    found: list[str] = field(default_factory=list)
    allowed: tuple[str, ...] = ()

    def hear(self, message: ConsoleMessage) -> None:
        self.add(message.type, message.text)

    def add(self, kind: str, text: str) -> None:
        if kind in ("error", "warning", "exception") and not any(word in text for word in self.allowed):
            self.found.append(f"{kind}: {text}")


class Visit(Protocol):
    """Opens the page; see the fixture ``visit``."""

    def __call__(
        self,
        server: FakeServer,
        route: str = "",
        *,
        size: tuple[int, int] = DESKTOP,
        theme: str = "light",
        language: str = "en-GB",
        allowed: tuple[str, ...] = (),
        **context: Any,
    ) -> Page: ...


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where Chromium is. Without one the tests are skipped, but not where they are the point: on the server."""
    path = shutil.which("chromium")
    if path is None and os.environ.get("CI") == "true":
        pytest.fail(MISSING)
    if path is None:
        pytest.skip(MISSING)
    return path


@pytest.fixture(scope="session")
def build_web() -> Any:
    """The build script as a module."""
    spec = importlib.util.spec_from_file_location("build_web", ROOT / "tools" / "build_web.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def static(build_web: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as built from the sources that lie here now; parallel test runs build it once."""
    with (tmp_path_factory.getbasetemp().parent / "wattstead-web.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        web = build_web.Web(ROOT)
        web.build()
    static: Path = web.static
    return static


# A module at a time: as long as Playwright runs, no asyncio test of another module could run in this process.
@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def serve(static: Path) -> Iterator[Callable[..., FakeServer]]:
    """Start a server with a plant of its own, which the test may change."""
    with ExitStack() as stack:
        yield lambda **plant: stack.enter_context(FakeServer(static, FakePlant(**plant)))


@pytest.fixture
def server(serve: Callable[..., FakeServer]) -> FakeServer:
    """A server with one silent, one unheard, one alarming and one calm pack."""
    return serve()


def set_clock(page: Page, at_ms: int) -> None:
    """Let the browser's clock stand at an instant; its timers go on."""
    page.clock.set_fixed_time(at_ms / 1000)


# It asks for ``serve`` so that pages close before their servers: a page without server complains, rightly.
@pytest.fixture
def visit(chromium: Browser, serve: Callable[..., FakeServer]) -> Iterator[Visit]:
    """Open a route in a fresh browser. At the end the console must be empty but for what was allowed."""
    del serve
    contexts: list[BrowserContext] = []
    complaints: list[Complaints] = []

    def open_page(
        server: FakeServer,
        route: str = "",
        *,
        size: tuple[int, int] = DESKTOP,
        theme: str = "light",
        language: str = "en-GB",
        allowed: tuple[str, ...] = (),
        **context: Any,
    ) -> Page:
        options: dict[str, Any] = {
            "viewport": {"width": size[0], "height": size[1]},
            "color_scheme": theme,
            "locale": language,
            "service_workers": "block",
            "reduced_motion": "reduce",
            "has_touch": size == PHONE,
        } | context
        made = chromium.new_context(**options)
        made.set_default_timeout(PATIENCE_MS)
        contexts.append(made)
        heard = Complaints(allowed=("Service Worker registration blocked", *allowed))
        complaints.append(heard)
        page = made.new_page()
        page.on("console", heard.hear)
        page.on("pageerror", lambda error: heard.add("exception", str(error)))
        set_clock(page, NOW_MS)
        page.goto(server.url + route)
        return page

    yield open_page
    for made in contexts:
        made.close()
    assert [text for heard in complaints for text in heard.found] == []
