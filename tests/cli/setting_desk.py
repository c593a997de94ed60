"""A technician at a desk: ``wattstead settings`` in this process, a battery in a thread, a person at a terminal.

Nothing here starts a program; each wait has an end.
"""

import asyncio
import contextlib
import io
import json
import os
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from program import Finished
from wattstead.catalog.profile import load_profile
from wattstead.cli import main
from wattstead.model.errors import Refused
from wattstead.virtual.bank import Bank
from wattstead.virtual.day import Day
from wattstead.virtual.live import LiveBank
from wattstead.wire.codec import Question

PATIENCE_S = 20.0
NOON_S = 1_780_315_200.0  # 2026-06-01 12:00 UTC

Answer = tuple[str, str | Callable[[], str]]
"""What a person waits for on the terminal, and what they type then, or do before they type."""


class Battery:
    """A bank behind a TCP port.

    breaks_at: the write of this number breaks the line, which stays broken until ``mend``; taken: it was taken before.
    refuses: messages that it takes no more.
    """

    def __init__(self, make: str, packs: int = 1) -> None:
        self.now_s = NOON_S
        now_ms = lambda: round(self.now_s * 1000)  # noqa: E731
        self.bank = Bank(load_profile(make), now_ms=now_ms, packs=packs, seed=7, soc_pct=50.0)
        self.live = LiveBank(self.bank, Day(7), clock_s=lambda: 0.0, local_s=NOON_S, speed=0.0)
        self.breaks_at, self.taken, self.away = 0, False, False
        self.refuses: frozenset[str] = frozenset()
        self.url = ""
        self._write, self.live.write = self.live.write, self._take  # type: ignore[method-assign]

    def value(self, name: str, pack: int = 0) -> object:
        return self.bank.packs[pack].settings[name]

    def set(self, name: str, value: float, pack: int = 0) -> None:
        """Let another master write."""
        self.bank.packs[pack].set_settings({name: value}, full_ah=1000.0)

    def forget(self) -> None:
        self.bank.packs[0].set_settings(self.bank.packs[0].factory(), full_ah=1000.0)

    def mend(self) -> None:
        self.away = False

    def _take(self, question: Question) -> bool:
        if question.message.name in self.refuses:
            raise Refused("not that one", reason="invalid_data")
        self.breaks_at -= 1
        if self.breaks_at == 0 and not self.taken:
            raise ConnectionError
        done = self._write(question)
        if self.breaks_at == 0:
            raise ConnectionError
        return done

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        responder = self.live.responder()
        try:
            while not self.away and (data := await reader.read(4096)):
                self.now_s += 1.0  # what takes time in a device is done by the next request
                for answer in responder.feed(data, 0.0):
                    writer.write(answer)
        except ConnectionError:
            self.away = True
        writer.close()


@contextlib.contextmanager
def battery(make: str, packs: int = 1) -> Iterator[Battery]:
    """Let a battery answer until the end of the block."""
    there, ready, done = Battery(make, packs), threading.Event(), threading.Event()

    async def serve() -> None:
        server = await asyncio.start_server(there.talk, "127.0.0.1", 0)
        there.url = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ready.set()
        await asyncio.to_thread(done.wait)
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        yield there
    finally:
        done.set()
        thread.join(PATIENCE_S)


@dataclass
class Person:
    """Sits at the other end of a pseudo-terminal. said: all that stood on it."""

    answers: Sequence[Answer]
    said: str = ""
    _failed: str = ""
    _ends: list[int] = field(default_factory=list)

    @contextlib.contextmanager
    def at_the_terminal(self) -> Iterator[None]:
        """Make standard input and standard error a terminal."""
        master, slave = os.openpty()
        ended = threading.Event()
        thread = threading.Thread(target=self._sit, args=(master, ended), daemon=True)
        with contextlib.ExitStack() as stack:
            keys = stack.enter_context(os.fdopen(slave, encoding="utf-8"))
            screen = stack.enter_context(os.fdopen(os.dup(slave), "w", encoding="utf-8"))
            stack.enter_context(mock.patch.object(sys, "stdin", keys))
            stack.enter_context(mock.patch.object(sys, "stderr", screen))
            thread.start()
            try:
                yield
            finally:
                screen.flush()
                ended.set()
                thread.join(PATIENCE_S)
        os.close(master)
        assert not self._failed, self._failed

    def _sit(self, master: int, ended: threading.Event) -> None:
        left, seen = list(self.answers), 0
        until_s = time.monotonic() + PATIENCE_S
        while True:
            last = ended.is_set()
            if select.select([master], [], [], 0.0 if last else 0.01)[0]:
                self.said += os.read(master, 65536).decode(errors="replace")
            elif last:
                break
            if left and (found := self.said.find(left[0][0], seen)) >= 0:
                seen = found + len(left[0][0])
                typed = left.pop(0)[1]
                os.write(master, ((typed if isinstance(typed, str) else typed()) + "\n").encode())
            if time.monotonic() > until_s:
                os.write(master, b"\x03\x04\n" * 3)
                break
        if left:
            self._failed = f"nobody asked {left[0][0]!r}; the terminal said {self.said!r}"


class Desk:
    """A folder of one's own, and the program."""

    def __init__(self, folder: Path, profile: str) -> None:
        self.folder = folder / "data"
        self.profile = profile

    def says(self, action: str, *words: str, person: Person | None = None, lang: str = "en") -> Finished:
        """Run ``wattstead settings``; without a person it stands in a pipe."""
        arguments = ["settings", action, *words, "--profile", self.profile, "--data", str(self.folder), "--lang", lang]
        out, err, status = io.StringIO(), io.StringIO(), 0
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(mock.patch.dict(os.environ, {"COLUMNS": "200"}))
            if person is None:
                stack.enter_context(contextlib.redirect_stderr(err))
                stack.enter_context(mock.patch.object(sys, "stdin", io.StringIO()))
            else:
                stack.enter_context(person.at_the_terminal())
            try:
                main(arguments)
            except SystemExit as leaving:
                status = int(leaving.code or 0)
        return Finished(status, out.getvalue(), person.said if person else err.getvalue())

    def outcomes(self, done: Finished) -> dict[str, str]:
        return {one["name"]: one["outcome"] for one in done.rows()[0]["results"]}

    @property
    def log(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in (self.folder / "audit.jsonl").read_text().splitlines()]
