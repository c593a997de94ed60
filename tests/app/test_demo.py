"""The demo as a newcomer meets it: four packs of two makes, alive, with their past behind them."""

import time
from datetime import datetime
from pathlib import Path

import pytest

from program import Running, running

pytestmark = pytest.mark.slow

DAY_MS = 86_400_000
DAYS = 2
"""Of the past; a week, as it is by default, is the same and takes longer."""


def test_demo_shows_four_packs_with_their_past_and_ends_cleanly(tmp_path: Path) -> None:
    with running("demo", "--days", str(DAYS), "--port", "0", "--data", str(tmp_path)) as demo:
        packs = demo.get("/api/v1/packs")["packs"]
        assert [(pack["make"], pack["bus"]) for pack in packs] == [
            ("Seplos", "Seplos bus"),
            ("Seplos", "Seplos bus"),
            ("Pylontech", "Pylontech bus"),
            ("Pylontech", "Pylontech bus"),
        ]
        for pack in packs:
            past_of(demo, pack["id"])
        moves(demo)
        spoken_to_over_the_wire(demo)
        ended = demo.interrupt()
    assert ended.status == 0
    assert "Traceback" not in ended.err


def test_the_next_start_goes_on_with_the_same_battery(tmp_path: Path) -> None:
    words = ("demo", "--days", "1", "--port", "0", "--data", str(tmp_path))
    with running(*words) as demo:
        before = wait_for_identity(demo)
        demo.interrupt()
    started = time.monotonic()
    with running(*words) as demo:
        again = time.monotonic() - started
        after = wait_for_identity(demo)
    assert after["serial_number"] == before["serial_number"]
    assert after["soc_pct"] == pytest.approx(before["soc_pct"], abs=0.5)
    assert after["cycle_count"] >= before["cycle_count"]
    assert again < 30, "the past must not be simulated again"


def past_of(demo: Running, pack: str) -> None:
    """A past of all these days without a hole, in the store, and called what it is."""
    now_ms = round(time.time() * 1000)
    query = f"quantity=soc_pct&quantity=pack_power_w&from={now_ms - DAYS * DAY_MS}&resolution=1h"
    series = demo.get(f"/api/v1/packs/{pack}/series?{query}")
    assert series["times_ms"][0] <= now_ms - DAYS * DAY_MS + 2 * 3_600_000
    soc = series["series"]["soc_pct"]["mean"]
    assert len(soc) >= DAYS * 24 - 1
    assert None not in soc
    assert max(soc) - min(soc) > 20, "a battery that lives charges and discharges"
    assert demo.get(f"/api/v1/packs/{pack}/latest")["origin"] == "simulated"


def moves(demo: Running) -> None:
    """All four packs bring new readings, and none of them is late."""
    first = {pack["id"]: pack["latest"]["at"] for pack in demo.get("/api/v1/packs")["packs"]}
    until = time.monotonic() + 60
    while True:
        latest = {pack["id"]: pack["latest"] for pack in demo.get("/api/v1/packs")["packs"]}
        if all(datetime.fromisoformat(latest[pack]["at"]) > datetime.fromisoformat(at) for pack, at in first.items()):
            break
        assert time.monotonic() < until, "some pack does not move"
        time.sleep(0.2)
    assert all(one["fresh"] and one["state"] in {"charging", "discharging", "idle", "cut"} for one in latest.values())


def spoken_to_over_the_wire(demo: Running) -> None:
    buses = demo.get("/api/v1/buses")["buses"]
    assert [(bus["profile"], bus["baud"]) for bus in buses] == [("seplos-v2", 19200), ("pylontech", 115200)]
    assert all(bus["answers"] > 4 and bus["silences"] == 0 and not bus["noise"] for bus in buses)


def wait_for_identity(demo: Running) -> dict[str, float]:
    until = time.monotonic() + 90
    while True:
        latest = demo.get("/api/v1/packs/pylontech-2/latest")
        if "serial_number" in latest["values"]:
            return dict(latest["values"])
        assert time.monotonic() < until, "the pack never said who it is"
        time.sleep(0.2)
