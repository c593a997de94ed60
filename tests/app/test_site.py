"""A line that is not there: who asks how the lines are hears so, with the reason."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from wattstead.app.site import Line, Site
from wattstead.catalog.profile import load_profile
from wattstead.link.port import Port
from wattstead.model.errors import LinkLost
from wattstead.plant.latest import PackInfo
from wattstead.store.sqlite import SqliteStore

PATIENCE_S = 60
NO_PORT = "serial:///dev/ttyUSB9: there is no such port"


async def refuse() -> Port:
    raise LinkLost(NO_PORT)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    pack = PackInfo("one", "Pack 1", "Seplos V2", "seplos-v2", "bus", 0, 1.0)
    line = Line("bus", "serial:///dev/ttyUSB9", load_profile("seplos-v2"), [pack], refuse, 1.0)
    store = await SqliteStore.open(tmp_path / "history.db")
    yield Site("Rue du Port 4", "Europe/Paris", [line], store, raw_days=90)
    await store.close()


async def test_a_port_that_is_absent_is_told_by_the_line_and_by_its_pack(site: Site) -> None:
    (before,) = site.buses()
    assert (before["open"], before["trouble"]) == (False, None)  # nobody has tried yet
    running = asyncio.create_task(site.run("127.0.0.1", 0, lambda _: None))
    with site.watch.feed.subscribe() as news:
        async with asyncio.timeout(PATIENCE_S):
            await anext(news)
    (bus,) = site.buses()
    assert (bus["open"], bus["trouble"], bus["requests"]) == (False, NO_PORT, 0)
    silence = site.watch.silence("one")
    assert silence is not None
    assert silence.why == NO_PORT
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
