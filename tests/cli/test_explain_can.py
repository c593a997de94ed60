"""``wattstead explain`` for a battery on a CAN bus, where it speaks unasked and tells no cells."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from wattstead.catalog.profile import load_profile
from wattstead.cli import main
from wattstead.link.open import open_port
from wattstead.virtual.bank import Bank
from wattstead.virtual.can_serve import battery_talker, serve_can
from wattstead.virtual.day import Day
from wattstead.virtual.given import Given
from wattstead.virtual.live import LiveBank

PATIENCE_S = 20


@contextmanager
def on_a_bus(make: str, url: str, *active: str) -> Iterator[None]:
    """A virtual battery on a virtual bus of this process, in a thread of its own."""
    ready, done = threading.Event(), threading.Event()

    async def speak() -> None:
        profile = load_profile(make)
        bank = Bank(profile, now_ms=lambda: 1_772_366_400_000, soc_pct=50.0)
        bank.packs[0].given = Given(report={"soc_pct": 98.0, "pack_current_a": 24.0}, active=active)
        live = LiveBank(bank, Day(0), clock_s=asyncio.get_running_loop().time, local_s=0.0)
        port = await open_port(url)
        serving = asyncio.create_task(serve_can(port, battery_talker(profile, live)))
        ready.set()
        await asyncio.to_thread(done.wait)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await port.close()

    thread = threading.Thread(target=lambda: asyncio.run(speak()), daemon=True)
    thread.start()
    assert ready.wait(PATIENCE_S)
    try:
        yield
    finally:
        done.set()
        thread.join(PATIENCE_S)


def says(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        main(["explain", *words])
    return int(left.value.code or 0), capsys.readouterr().out


@pytest.mark.timeout(60)
def test_a_code_on_a_bus_is_told_with_what_the_bus_tells(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    url = "can://virtual/explain"
    with on_a_bus("pylontech-can", url, "overvoltage_protection", "system_fault"):
        status, out = says(capsys, url, "-p", "pylontech-can", "--lang", "en")
        _, plain = says(capsys, url, "-p", "pylontech-can", "--json")
    assert status == 0
    assert "overvoltage_protection  protection  " in out
    assert "at 98 % of charge, 24.0 A of charge current" in out
    assert "who acts: installer" in out
    told = json.loads(plain)
    assert (told["profile"], told["told"]) == ("pylontech-can", True)
    assert {case["name"] for case in told["active"]} == {"overvoltage_protection", "system_fault"}
    fault = next(case for case in told["active"] if case["name"] == "system_fault")
    assert fault["evidence"]["measured"] is None
    assert fault["evidence"]["text"]["en"].startswith("The device does not tell the value behind this code.")
    assert fault["evidence"]["around"]["soc_pct"] == 98.0


@pytest.mark.timeout(60)
def test_a_bus_for_inverters_carries_many_makes_so_that_no_limits_are_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    url = "can://virtual/explain-victron"
    with on_a_bus("victron-can", url, "charge_undertemperature_protection"):
        status, out = says(capsys, url, "-p", "victron-can", "--lang", "fr")
    assert status == 0
    assert "trop froid" in out
    assert "Ce qui y met fin n'est pas connu pour cet appareil." in out
    assert "limites d'origine" not in out
