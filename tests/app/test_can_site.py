"""A plant with a battery on a CAN bus: what it says is stored and shown; what cannot be configured is said."""

import asyncio
from pathlib import Path

import pytest

from wattstead.app.config import load_config
from wattstead.app.platform import _line
from wattstead.app.site import Site
from wattstead.catalog.profile import load_profile
from wattstead.host.open import open_port
from wattstead.model.errors import UsageError
from wattstead.model.reading import Snapshot
from wattstead.store.sqlite import SqliteStore
from wattstead.virtual.bank import Bank
from wattstead.virtual.can_serve import battery_talker, serve_can
from wattstead.virtual.day import Day
from wattstead.virtual.live import LiveBank

PATIENCE_S = 60


def configured(folder: Path, text: str) -> Path:
    file = folder / "home.toml"
    file.write_text(f'[store]\npath = "{folder / "home.db"}"\n{text}', encoding="utf-8")
    return file


def bus(url: str = "can://virtual/site", profile: str = "pylontech-can", packs: str = "{ address = 1 }") -> str:
    return f'[[bus]]\nurl = "{url}"\nprofile = "{profile}"\ninterval_s = 1\npacks = [{packs}]\n'


async def test_a_battery_on_a_bus_is_stored_and_shown(tmp_path: Path) -> None:
    config = load_config(configured(tmp_path, bus()))
    profile = load_profile("pylontech-can")
    bank = LiveBank(Bank(profile, now_ms=lambda: 0), Day(0), clock_s=lambda: 0.0, local_s=0.0)
    battery = await open_port("can://virtual/site")
    store = await SqliteStore.open(config.store.path)
    site = Site("Home", "UTC", [_line(1, config.bus[0])], store, raw_days=1)
    serving = asyncio.create_task(serve_can(battery, battery_talker(profile, bank)))
    running = asyncio.create_task(site.run("127.0.0.1", 0, lambda _: None))
    try:
        with site.watch.feed.subscribe() as news:
            async with asyncio.timeout(PATIENCE_S):
                await anext(news)
        stored = await store.history("pylontech-can-1", 0, 2**53)
        (line,) = site.buses()
    finally:
        for one in (running, serving):
            one.cancel()
        await asyncio.gather(running, serving, return_exceptions=True)
        await battery.close()
        await store.close()
    latest = site.watch.latest("pylontech-can-1")
    assert latest is not None
    assert latest.values["soc_pct"] == 50.0
    assert isinstance(stored[0], Snapshot)
    assert stored[0].values["charge_current_limit_a"] > 0  # type: ignore[operator]
    assert (line["open"], line["trouble"], line["profile"]) == (True, None, "pylontech-can")
    assert line["answers"] >= 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            bus(url="serial:///dev/ttyUSB0"),
            r"bus 1: pylontech-can speaks on a CAN bus, not at serial:.+ can://socketcan",
        ),
        (
            bus(profile="seplos-v2", packs="{ address = 0 }"),
            "bus 1: seplos-v2 does not speak on a CAN bus such as can:",
        ),
        (bus(packs="{ address = 1 }, { address = 2 }"), "bus 1: pylontech-can has no addresses.+ name one pack, not 2"),
        (bus(url="can://virtual"), "can needs an interface and a channel; write can://socketcan/can0"),
        (bus(url="can://socketcan/can0?bitrate=500"), "bitrate is a number of bit/s from 5000 to 1000000"),
        (bus() + bus(), "bus 1 is at can://virtual/site, too"),
    ],
)
def test_what_cannot_be_is_said_before_anything_starts(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        load_config(configured(tmp_path, text))


async def test_an_interface_that_is_not_there_is_silence_with_its_remedy(tmp_path: Path) -> None:
    config = load_config(configured(tmp_path, bus(url="can://socketcan/nobody0?bitrate=250000")))
    store = await SqliteStore.open(config.store.path)
    site = Site("Home", "UTC", [_line(1, config.bus[0])], store, raw_days=1)
    running = asyncio.create_task(site.run("127.0.0.1", 0, lambda _: None))
    with site.watch.feed.subscribe() as news:
        async with asyncio.timeout(PATIENCE_S):
            await anext(news)
    silence = site.watch.silence("pylontech-can-1")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await store.close()
    assert silence is not None
    assert "ip link set nobody0 up type can bitrate 250000" in silence.why
