"""A virtual battery for strangers: in this process behind real ports, or as the command in a process of its own."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from program import first_line
from wattstead.catalog.profile import load_profile
from wattstead.link.open import listen
from wattstead.link.url import framing_of
from wattstead.virtual.bank import Bank
from wattstead.virtual.day import Day
from wattstead.virtual.live import LiveBank
from wattstead.virtual.serve import serve

PATIENCE_S = 60.0
NOON_S = 1_780_315_200.0  # 2026-06-01 12:00 UTC


def lived(make: str, packs: int, current_a: float) -> Bank:
    """Give a bank that has just lived through ten minutes of this current, so that no value of it is round."""
    bank = Bank(load_profile(make), now_ms=lambda: round(NOON_S * 1000), packs=packs, seed=11, soc_pct=47.3)
    for _ in range(10):
        bank.advance(60.0, current_a, ambient_degc=23.4)
    return bank


@contextlib.contextmanager
def standing_still(bank: Bank, urls: Sequence[str]) -> Iterator[list[str]]:
    """Serve a bank whose time stands still on several ports at once; give the URLs to open."""
    opened: list[str] = []
    ready, done = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    async def main() -> None:
        live = LiveBank(bank, Day(), clock_s=lambda: 0.0, local_s=NOON_S, speed=0.0)
        listeners = [await listen(url, baud=bank.profile.baud) for url in urls]
        opened.extend(listener.url for listener in listeners)
        turnaround_s = bank.profile.link.turnaround_ms / 1000.0
        tasks = [
            asyncio.create_task(
                serve(listener, partial(live.responder, framing_of(listener.url)), turnaround_s=turnaround_s)
            )
            for listener in listeners
        ]
        ready.set()
        await asyncio.to_thread(done.wait)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def run() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:  # noqa: BLE001 - handed to the test below
            failures.append(error)
        ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        assert not failures, failures
        yield opened
    finally:
        done.set()
        thread.join(PATIENCE_S)
    assert not failures, failures
    assert not thread.is_alive()


class Simulate:
    """``wattstead simulate`` in a process of its own; it has said that it is ready."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "wattstead", "simulate", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = first_line(self.process).rstrip("\n")

    @property
    def url(self) -> str:
        word, _, url = self.said.partition(" ")
        assert word == "ready", self.end()
        return url

    def end(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Stop it; give its exit status and what it said to people."""
        if self.process.poll() is None:
            self.process.send_signal(by)
        _, complaints = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, complaints


@contextlib.contextmanager
def simulate(*arguments: str) -> Iterator[Simulate]:
    """Run the command until the end of the block; it must end in good order."""
    running = Simulate(arguments)
    try:
        assert running.url
        yield running
    finally:
        status, complaints = running.end()
    assert (status, complaints) == (0, "")


def pty(folder: Path, name: str = "battery") -> tuple[str, str]:
    """Give the URL of a new pseudo-terminal in a folder, and the path that clients open."""
    return f"pty://{folder / name}", str(folder / name)
