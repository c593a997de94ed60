"""A whole site for the tests of the API: a plant with data, its application, and a client that speaks to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from plant.plants import START_MS, Clock, FailingStore, make_watch, open_store, silent
from wattstead.api.app import PlantInfo, create_app
from wattstead.api.demo import Tryout
from wattstead.catalog.profile import Profile, load_profile
from wattstead.model.quantity import QUANTITIES
from wattstead.model.reading import Snapshot, Value, derived
from wattstead.plant.explaining import Explaining
from wattstead.plant.watch import Watch

HOUR_MS = 3_600_000
INFO = PlantInfo(name="Rue du Port 4", time_zone="Europe/Paris", simulated=True, version="0.1.0")
LABELS = {name: {"en": name.replace("_", " "), "fr": f"{name} (fr)"} for name in QUANTITIES}
BUS: dict[str, Any] = {
    "name": "seplos bus",
    "url": "pty:///run/battery",
    "profile": "seplos-v2",
    "baud": 19200,
    "packs": ["seplos-1"],
    "open": True,
    "trouble": None,
    "requests": 12,
    "answers": 11,
    "silences": 1,
    "retries": 2,
    "noise": {"checksum": 1},
    "busy_pct": 41.5,
}


@dataclass
class Site:
    app: FastAPI
    watch: Watch
    store: FailingStore
    clock: Clock
    client: httpx2.AsyncClient
    lines: list[dict[str, Any]]
    profiles: dict[str, Profile]


def telemetry(soc_pct: float) -> dict[str, Value]:
    return {
        "cell_voltage_v": (3.301, 3.312, 3.29),
        "pack_voltage_v": 9.9,
        "pack_current_a": -12.5,
        "soc_pct": soc_pct,
        "charge_mos_on": True,
        "operating_state": "discharge",
        "serial_number": "SN-1",
    }


@asynccontextmanager
async def open_site(folder: Path, tryout: Tryout | None = None) -> AsyncIterator[Site]:
    """A site without data, whose page is not built. tryout: its virtual packs, of a demo."""
    clock = Clock(START_MS)
    store = await open_store(folder)
    watch = make_watch(store, clock)
    lines = [BUS]
    profiles = {name: load_profile(name) for name in ("seplos-v2", "pylontech")}
    explaining = Explaining(watch, store, profiles)
    app = create_app(watch, store, INFO, LABELS, lambda: lines, folder / "static", tryout, explaining)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield Site(app, watch, store, clock, client, lines, profiles)
    await store.close()


async def live_two_hours(site: Site) -> None:
    """Seplos speaks every minute for two hours, with an alarm at the end; Pylontech never does."""
    values = [telemetry(50.0 + minute / 10) for minute in range(120)]
    await site.store.write_many(
        Snapshot("seplos-1", START_MS + minute * 60_000, one | derived(one)) for minute, one in enumerate(values)
    )
    await site.watch.start()
    site.clock.now_ms = START_MS + 2 * HOUR_MS
    last = site.clock.now_ms - 500
    await site.watch.take([Snapshot("seplos-1", last, telemetry(62.0), ("COVP", "event_7_bit_6"))])
    await site.watch.take([silent(last, "pylon-1")])
