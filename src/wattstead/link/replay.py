"""Recordings that speak again: to a host as a port, or to a client as a device."""

import asyncio
import sys
from collections import defaultdict, deque
from functools import partial
from pathlib import Path

from wattstead.link.capture import Capture
from wattstead.link.inbox import Inbox
from wattstead.link.pace import Belt, wire_time_s
from wattstead.link.port import Chunk, Port
from wattstead.link.recordings import read_recording
from wattstead.link.script import Exchange, Listening, Said, script_of
from wattstead.link.url import ReplayUrl
from wattstead.model.errors import LinkLost


def open_replay(url: ReplayUrl) -> "ReplayPort":
    """Open a recording as a host's port. Raises UsageError for a broken file."""
    return ReplayPort(str(url), read_recording(Path(url.path)), speed=url.speed)


class ReplayPort:
    """Plays the device to a host: each answer comes after the host sent the bytes that it answered then.

    Answers to the same request come in their recorded order, each once; other requests meet silence, and those never
    recorded are counted in ``unknown``. Once all is said, the port is lost, as when somebody unplugs it. speed: how
    many times faster than recorded; 0 is at once.
    """

    def __init__(self, url: str, capture: Capture, *, speed: float = 1.0) -> None:
        self._url = url
        self._baud = capture.header.baud
        self._speed = speed
        self._inbox = Inbox(limit_bytes=sys.maxsize)
        self._belt = Belt()
        self.unknown = 0
        script = script_of(capture)
        self._listening = Listening(script)
        self._left = _by_request(script.exchanges)
        self._play(script.unasked)

    @property
    def url(self) -> str:
        """``replay:///file``."""
        return self._url

    @property
    def baud(self) -> int | None:
        """The speed that the recorded line had, where the recording says it."""
        return self._baud

    async def receive(self) -> Chunk:
        """Wait for what the device said. Raises LinkLost once the recording is over."""
        return await self._inbox.take()

    async def send(self, data: bytes) -> None:
        """Cue the recorded answers."""
        if self._inbox.ended is not None:
            raise LinkLost(self._inbox.ended)
        for request in self._listening.hear(Chunk(asyncio.get_running_loop().time(), data)):
            if request is None:
                self.unknown += 1
            elif self._left[request]:
                self._play(self._left[request].popleft().answers)

    async def close(self) -> None:
        """Stop the play."""
        self._belt.clear()
        self._inbox.end(f"{self._url}: the port was closed")

    def _play(self, answers: tuple[Said, ...]) -> None:
        now_s = asyncio.get_running_loop().time()
        due_s = now_s
        for line in answers:
            due_s = now_s + _scaled(line.after_s, self._speed)
            self._belt.add(due_s, partial(self._inbox.put, line.data))
        if not any(self._left.values()):
            self._belt.add(due_s, partial(self._inbox.end, f"{self._url}: the recording is over"))


class Replayer:
    """Plays the device to whoever is at the other end of a port, exactly as recorded.

    The same request gets its recorded answers in turn, and the first one again after the last. Other requests meet
    silence and are counted in ``unknown``. speed: how many times faster than recorded; 0 is at once.
    """

    def __init__(self, capture: Capture, *, speed: float = 1.0) -> None:
        self.answered = 0
        self.unknown = 0
        self._script = script_of(capture)
        self._turns = _by_request(self._script.exchanges)
        self._speed = speed

    async def serve(self, port: Port) -> None:
        """Answer until the port is lost: ends by LinkLost, or by being cancelled."""
        listening = Listening(self._script)
        await self._say(port, self._script.unasked, asyncio.get_running_loop().time())
        while True:
            chunk = await port.receive()
            for request in listening.hear(chunk):
                if request is None:
                    self.unknown += 1
                    continue
                await self._say(port, self._next(request).answers, chunk.at - wire_time_s(len(request), port.baud))
                self.answered += 1

    def _next(self, request: bytes) -> Exchange:
        turns = self._turns[request]
        turns.rotate(-1)
        return turns[-1]

    async def _say(self, port: Port, answers: tuple[Said, ...], asked_at: float) -> None:
        """Send each line so early that it arrives when it did: a line with a pace takes its own time for it."""
        for line in answers:
            due_s = asked_at + _scaled(line.after_s, self._speed) - wire_time_s(len(line.data), port.baud)
            await asyncio.sleep(max(0.0, due_s - asyncio.get_running_loop().time()))
            await port.send(line.data)


def _by_request(exchanges: tuple[Exchange, ...]) -> defaultdict[bytes, deque[Exchange]]:
    turns: defaultdict[bytes, deque[Exchange]] = defaultdict(deque)
    for exchange in exchanges:
        turns[exchange.request].append(exchange)
    return turns


def _scaled(time_s: float, speed: float) -> float:
    return time_s / speed if speed > 0 else 0.0
