"""``wattstead screen`` from outside: what is said before the pages open, and that they open and close on a terminal."""

import asyncio
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from program import PROGRAM
from strangers.serving import simulate
from wattstead.catalog.profile import load_profile
from wattstead.cli.addresses import parse_addresses
from wattstead.cli.screen import _show, screen
from wattstead.cli.setting_source import Places, Wish
from wattstead.model.errors import LinkLost, UsageError
from wattstead.tui.feed import MOST_PACKS


def places(make: str, folder: Path) -> Places:
    return Places(Wish(load_profile(make), None, None, folder, "en"))


@pytest.mark.parametrize(
    ("words", "addresses"),
    [([], []), (["3"], [3]), (["0,2", "5"], [0, 2, 5]), (["0-3"], [0, 1, 2, 3]), (["1-2,2"], [1, 2])],
)
def test_addresses_as_a_person_writes_them(words: list[str], addresses: list[int]) -> None:
    assert parse_addresses(words, MOST_PACKS) == addresses


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("x", "--address 'x' is no address; write a number from 0 to 255, 0,2 or 0-15"),
        ("256", "is no address"),
        ("3-", "is no address"),
        ("5-2", "--address 5-2 runs backwards; write 2-5"),
        ("0-30", "--address names 31 packs; a line shows up to 30"),
    ],
)
def test_addresses_that_cannot_be_are_one_sentence(word: str, sentence: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_addresses([word], MOST_PACKS)
    assert sentence in str(error.value)


def test_a_port_that_does_not_open_is_told_before_the_pages_open(tmp_path: Path) -> None:
    url = f"serial://{tmp_path}/none"
    with pytest.raises(LinkLost, match="there is no such port"):
        asyncio.run(_show(places("seplos-v2", tmp_path), url, []))


def test_a_battery_of_a_can_bus_is_not_looked_for_on_a_serial_port(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="speaks on a CAN bus"):
        asyncio.run(_show(places("pylontech-can", tmp_path), "serial:///dev/x", []))
    with pytest.raises(UsageError, match="one battery speaks for all behind it"):
        asyncio.run(_show(places("pylontech-can", tmp_path), "replay:///x", [1, 2]))


def test_without_a_terminal_it_says_what_to_use_instead(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="need a terminal; `wattstead read --watch`"):
        screen("tcp://127.0.0.1:1", profile="seplos-v2")
    with pytest.raises(UsageError, match="has no address 99; it knows 0 to 15"):
        screen("tcp://127.0.0.1:1", profile="seplos-v2", address=["0,99"])
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_other_verbs_do_not_load_what_the_pages_need() -> None:
    text = "import sys, wattstead.cli.read, wattstead.cli.settings; print('textual' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"


class Terminal:
    """The program on a pseudo-terminal, as a person starts it."""

    def __init__(self, *words: str) -> None:
        self.ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, 80))
        self.before = termios.tcgetattr(theirs)
        self._theirs = theirs
        self.process = subprocess.Popen(
            [PROGRAM, "screen", *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm-256color", "LANG": "en"},
        )
        self.seen = ""

    def until(self, text: str, patience_s: float = 60.0) -> None:
        end = time.monotonic() + patience_s
        while text not in self.seen:
            left = end - time.monotonic()
            assert left > 0, f"{text!r} never came: {self.seen[-2000:]!r}"
            if select.select([self.ours], [], [], left)[0]:
                self.seen += os.read(self.ours, 65536).decode(errors="replace")

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def ends(self) -> int:
        """Wait for the end, taking what still comes."""
        end = time.monotonic() + 60.0
        while self.process.poll() is None:
            assert time.monotonic() < end, "it does not end"
            if select.select([self.ours], [], [], 0.1)[0]:
                self.seen += os.read(self.ours, 65536).decode(errors="replace")
        return self.process.returncode

    @property
    def is_as_before(self) -> bool:
        return termios.tcgetattr(self._theirs) == self.before

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        os.close(self.ours)
        os.close(self._theirs)


@pytest.mark.slow
def test_the_pages_open_on_a_terminal_and_leave_it_as_it_was(tmp_path: Path) -> None:
    with simulate("seplos-v2", "--on", "tcp://127.0.0.1:0", "--turnaround", "0") as running:
        words = (running.url, "--profile", "seplos-v2", "--data", str(tmp_path))
        terminal = Terminal(*words)
        try:
            terminal.until("pack voltage")
            terminal.type("2")
            terminal.until("balancing cells")
            terminal.process.send_signal(signal.SIGTERM)
            assert terminal.ends() == 0
            assert terminal.is_as_before
        finally:
            terminal.close()
