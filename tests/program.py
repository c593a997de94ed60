"""The installed program as a person uses it: in this process where another one proves nothing more, or started."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any
from unittest import mock

from wattstead.cli import main

PROGRAM = Path(sys.executable).with_name("wattstead")
PATIENCE_S = 180.0


@dataclass(frozen=True)
class Finished:
    """How a run of the program ended."""

    status: int
    out: str
    err: str

    def rows(self) -> list[dict[str, Any]]:
        """Its answers, one JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def wattstead(*words: str, given: str = "", lang: str = "en") -> Finished:
    """Run one verb to its end, in this process: all but the start of Python is as a person has it."""
    out, err, pipe = (io.TextIOWrapper(io.BytesIO(data), "utf-8") for data in (b"", b"", given.encode()))
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.object(sys, "stdin", pipe),
        mock.patch.dict(os.environ, {"LANG": lang, "COLUMNS": "100"}),
    ):
        try:
            main(list(words))
        except SystemExit as leaving:
            status = leaving.code
    assert isinstance(status, int)
    return Finished(status, _all_of(out), _all_of(err))


def _all_of(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def started(*words: str, given: str = "", lang: str = "en", patience_s: float = PATIENCE_S) -> Finished:
    """Run one verb to its end in a process of its own."""
    done = subprocess.run(
        [PROGRAM, *words],
        input=given,
        capture_output=True,
        text=True,
        timeout=patience_s,
        check=False,
        env={**os.environ, "LANG": lang, "COLUMNS": "100"},
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def first_line(process: "subprocess.Popen[str]") -> str:
    """Wait for the first line that it says; empty where it ended without one. One that says nothing is killed."""
    assert process.stdout is not None
    watchdog = Timer(PATIENCE_S, process.kill)
    watchdog.start()
    try:
        return process.stdout.readline()
    finally:
        watchdog.cancel()


class Running:
    """A verb that goes on until it is ended. url: what it printed after ``ready``."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.url = self._ready()

    def get(self, path: str) -> Any:
        """Ask the page's API."""
        with urllib.request.urlopen(self.url.rstrip("/") + path, timeout=60) as answer:
            return json.load(answer)

    def interrupt(self) -> Finished:
        """Press Ctrl-C and wait for the end."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return Finished(self.process.returncode, out, err)

    def kill(self) -> None:
        """Cut the power."""
        self.process.kill()
        self.process.communicate()

    def _ready(self) -> str:
        line = first_line(self.process)
        if line.startswith("ready "):
            return line.split()[1]
        self.process.kill()
        raise AssertionError(f"it said {line!r} instead of being ready: {self.process.communicate()[1]}")


@contextmanager
def running(*words: str) -> Iterator[Running]:
    """Start a verb, wait until it is ready, and end it whatever happens."""
    process = subprocess.Popen(
        [PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield Running(process)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
