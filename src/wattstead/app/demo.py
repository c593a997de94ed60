"""``wattstead demo``: a virtual home behind real bytes, with its past.

Two lines of cable in memory, at the speed of their makes: virtual packs answer at one end, the platform polls at the
other. Only the past is written straight into the store: what polling would have brought, one reading a minute.
"""

import asyncio
import json
import os
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from wattstead.api.server import check_port
from wattstead.app.clock import local_s, now_ms
from wattstead.app.config import system_time_zone
from wattstead.app.site import Line, Site, opened, together
from wattstead.app.tryout import Place, Tryout
from wattstead.battery.preset import Spread
from wattstead.catalog.profile import load_profile
from wattstead.link.listener import OnePortListener
from wattstead.link.memory import memory_pair
from wattstead.link.port import Port
from wattstead.model.errors import UsageError
from wattstead.model.reading import Origin, Snapshot, derived
from wattstead.plant.latest import PackInfo
from wattstead.store.base import Store
from wattstead.virtual.bank import Bank
from wattstead.virtual.day import Day
from wattstead.virtual.keep import keep, resume
from wattstead.virtual.live import LiveBank
from wattstead.virtual.past import past
from wattstead.virtual.preset import Character
from wattstead.virtual.serve import serve

MAKES = {
    "seplos-v2": (
        Character(Spread(0.008, 0.05, 0.004), soh=0.99, cycles=38),
        Character(Spread(0.014, 0.10, 0.008), soh=0.93, cycles=760),
    ),
    "pylontech": (
        Character(Spread(0.006, 0.04, 0.003), soh=0.98, cycles=150),
        Character(Spread(0.010, 0.08, 0.006), soh=0.89, cycles=1900),
    ),
}
"""Makes and the packs of each: a young one and an old one, none of them ill."""
PACKS = 2
DAY_MS = 86_400_000
STEP_S = 60.0
INTERVAL_S = 2.0
SAVE_S = 10.0
SOC_PCT = 62.0
SEED = 7
_HOST = "127.0.0.1"

log = structlog.get_logger(__name__)

Progress = Callable[[str, int, int], None]
"""Told the make, and how many readings of how many of its past are stored."""


@dataclass(frozen=True)
class DemoBank:
    """One virtual bank with the names that its packs have in the plant. state_file: where it goes on from."""

    bank: Bank
    day: Day
    packs: Sequence[PackInfo]
    state_file: Path


async def run_demo(data: Path, days: int, port: int, progress: Progress, ready: Callable[[int], None]) -> None:
    """Write the past, then run the home until cancelled. data: folder for the store. Raises WattsteadError."""
    check_port(_HOST, port)  # a past takes a while: what stops the page is told before it
    async with opened(data / "demo.db") as store:
        banks = [_bank(number, make, data) for number, make in enumerate(MAKES)]
        lived = [await _live_until_now(store, bank, days, progress) for bank in banks]
        lines = [_line(demo, live) for demo, live in zip(banks, lived, strict=True)]
        site = Site(
            "Demo home",
            system_time_zone(),
            [line for line, _ in lines],
            store,
            raw_days=max(90, days),
            tryout=_tryout(banks, lived),
        )
        await together(
            site.run(_HOST, port, ready),
            *(device for _, device in lines),
            *(_keep_state(demo) for demo in banks),
        )


def _bank(number: int, make: str, data: Path) -> DemoBank:
    profile = load_profile(make)
    bank = Bank(profile, now_ms=now_ms, packs=PACKS, seed=SEED + number, soc_pct=SOC_PCT, characters=MAKES[make])
    packs = [
        PackInfo(
            id=f"{make}-{address}",
            name=f"{profile.make} {place}",
            make=profile.make,
            profile=make,
            bus=f"{profile.make} bus",
            address=address,
            poll_interval_s=INTERVAL_S,
        )
        for place, address in enumerate(bank.addresses, 1)
    ]
    return DemoBank(bank, Day(SEED), packs, data / f"{make}.state.json")


def _tryout(banks: Sequence[DemoBank], lived: Sequence[LiveBank]) -> Tryout:
    return Tryout(
        {
            pack.id: Place.of(live, place)
            for demo, live in zip(banks, lived, strict=True)
            for place, pack in enumerate(demo.packs)
        }
    )


async def _live_until_now(store: Store, demo: DemoBank, days: int, progress: Progress) -> LiveBank:
    """Let a bank live from where it stopped, or from some days ago, until now; store what it told on the way."""
    to_ms = now_ms()
    stored = [await _stored_ms(store, pack.id) for pack in demo.packs]
    from_ms = max(to_ms - days * DAY_MS, _resume(demo), *stored)
    live = LiveBank(demo.bank, demo.day, clock_s=asyncio.get_running_loop().time, local_s=local_s(from_ms))
    readings = _readings(demo, live, from_ms, to_ms)
    total = (to_ms - from_ms) // round(STEP_S * 1000) * PACKS
    done = 0

    def stored_more(number: int) -> None:
        nonlocal done
        done += number
        progress(demo.bank.profile.make, done, total)

    await store.write_many(readings, stored_more)
    return live


async def _stored_ms(store: Store, pack: str) -> int:
    last = await store.latest(pack)
    return last.snapshot.at_ms if last.snapshot else 0


def _readings(demo: DemoBank, live: LiveBank, from_ms: int, to_ms: int) -> Iterator[Snapshot]:
    for at_ms, told in past(live, from_ms, to_ms, STEP_S):
        for pack, said in zip(demo.packs, told, strict=True):
            values = {**said.values, **derived(said.values)}
            yield Snapshot(pack.id, at_ms, values, said.active, Origin.SIMULATED)


def _line(demo: DemoBank, live: LiveBank) -> tuple[Line, Coroutine[Any, Any, None]]:
    """Lay a cable: the platform's line at one end, and at the other the device, to be run."""
    profile = demo.bank.profile
    here, there = memory_pair(baud=profile.baud, half_duplex=True)

    async def opening() -> Port:
        return here

    url = f"memory://{profile.name}"
    device = serve(OnePortListener(url, there), live.responder, turnaround_s=profile.link.turnaround_ms / 1000)
    line = Line(demo.packs[0].bus, url, profile, demo.packs, opening, INTERVAL_S, Origin.SIMULATED)
    return line, device


async def _keep_state(demo: DemoBank) -> None:
    """Write down where the cells stand, so that the next start goes on with the same battery; also at the end."""
    try:
        while True:
            await asyncio.sleep(SAVE_S)
            _save(demo)
    finally:
        _save(demo)


def _save(demo: DemoBank) -> None:
    text = json.dumps({"at_ms": now_ms(), "bank": keep(demo.bank)})
    new = demo.state_file.with_suffix(".new")
    try:
        with new.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(demo.state_file)
    except OSError as error:  # a full disk: the store says the same of the readings, and the next turn tries again
        log.warning("the state of the virtual battery is not kept", why=error.strerror)


def _resume(demo: DemoBank) -> int:
    """Take up the battery where the last run left it; give when that was, UTC ms, or 0 for a new one."""
    try:
        kept = json.loads(demo.state_file.read_text(encoding="utf-8"))
        resume(demo.bank, kept["bank"])
        return int(kept["at_ms"])
    except FileNotFoundError:
        return 0
    except (OSError, ValueError, AttributeError, KeyError, TypeError, UsageError) as error:
        log.warning("the virtual battery starts anew", file=demo.state_file.name, why=str(error))
        return 0
