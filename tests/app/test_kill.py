"""Cutting the power again and again: what the API has given as stored is there after the restart."""

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from program import Running, running

KILLS_OF_SERVE = 48
KILLS_OF_DEMO = 2
PACKS = ("house-2", "house-3")

Seen = dict[tuple[str, int], float]
"""Pack voltage by pack and time, as the API gave it."""


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    """A plant of two virtual modules on TCP, polled as fast as they answer."""
    with running("simulate", "pylontech", "--packs", "2", "--on", "tcp://127.0.0.1:0", "--turnaround", "5") as battery:
        path = tmp_path / "plant.toml"
        path.write_text(f"""
            [store]
            path = "{tmp_path / "plant.db"}"
            [http]
            port = 0
            [[bus]]
            name = "house"
            url = "{battery.url}"
            profile = "pylontech"
            interval_s = 0.01
            packs = [{{ address = 2 }}, {{ address = 3 }}]
        """)
        yield path


def look(site: Running, packs: tuple[str, ...], since_ms: int) -> Seen:
    """All that the API gives as stored since a time, raw, and the latest values."""
    seen: Seen = {}
    for pack in packs:
        path = f"/api/v1/packs/{pack}/series?quantity=pack_voltage_v&resolution=raw&points=10000&from={since_ms}"
        series = site.get(path)
        assert series["resolution"] == "raw"
        curve = series["series"].get("pack_voltage_v", {"mean": []})["mean"]
        told = zip(series["times_ms"], curve, strict=True)
        seen.update({(pack, at): value for at, value in told if value is not None})
    return seen


def wait_for_news(site: Running, packs: tuple[str, ...], known: Seen, since_ms: int) -> Seen:
    """Look until each pack has said something new."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        seen = look(site, packs, since_ms)
        if {pack for pack, _ in seen.keys() - known.keys()} == set(packs):
            return seen
        time.sleep(0.05)
    raise AssertionError("no new readings came within 120 s")


def cut_and_check(words: tuple[str, ...], packs: tuple[str, ...], kills: int) -> None:
    chance, known = Random(1), Seen()
    since_ms = int(time.time() * 1000) - 1000
    for number in range(kills):
        with running(*words) as site:
            kept = look(site, packs, since_ms)
            lost = {key: value for key, value in known.items() if kept.get(key) != value}
            assert not lost, f"after kill {number}: {len(lost)} readings lost or changed, such as {next(iter(lost))}"
            known = wait_for_news(site, packs, known, since_ms)
            time.sleep(chance.uniform(0.0, 0.05))  # the moment of the cut is what the test varies
            known |= look(site, packs, since_ms)
            site.kill()
    with running(*words) as site:
        kept = look(site, packs, since_ms)
        assert known.items() <= kept.items()
        assert wait_for_news(site, packs, known, since_ms), "it goes on"
        status: dict[str, Any] = site.get("/api/v1/health")
        assert status["status"] == "ok"


@pytest.mark.slow
def test_kills_of_serve_lose_nothing(config: Path) -> None:
    cut_and_check(("serve", "--config", str(config)), PACKS, KILLS_OF_SERVE)


@pytest.mark.slow
def test_kills_of_demo_lose_nothing(tmp_path: Path) -> None:
    words = ("demo", "--days", "1", "--port", "0", "--data", str(tmp_path))
    cut_and_check(words, ("seplos-v2-0", "seplos-v2-1", "pylontech-2", "pylontech-3"), KILLS_OF_DEMO)
