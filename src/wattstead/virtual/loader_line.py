"""Where the boot loaders of a virtual device listen: on its own line, beside what it says as a battery.

While a device restarts it is deaf and says nothing, neither as a loader nor as a battery.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from wattstead.link.passing import PassingPort
from wattstead.link.port import Chunk, Port
from wattstead.model.errors import NoAnswer
from wattstead.wire.frame import Frame, Framer
from wattstead.wire.upgrade_line import CanEar, can_frames, modbus_asked, modbus_reply


class Answers(Protocol):
    """What answers on a line, such as ``wire.responder.Responder``."""

    def feed(self, data: bytes, at: float = 0.0) -> list[bytes]: ...

    def silence(self, at: float = 0.0) -> None: ...


class Ear(Protocol):
    """The loaders behind a line."""

    def answer(self, address: int, asked: bytes) -> bytes | None:
        """Answer a question, b"" for the first one; None where nothing is said."""
        ...

    def is_there(self, address: int | None = None) -> bool:
        """Whether the device is there; None for the one that speaks for all."""
        ...


class WithLoader:
    """The device's side of a Modbus line: what is meant for a loader goes there, all else to the battery."""

    def __init__(self, battery: Answers, framer: Framer, loaders: Ear) -> None:
        self._battery, self._framer, self._loaders = battery, framer, loaders

    def feed(self, data: bytes, at: float = 0.0) -> list[bytes]:
        """Take bytes as they came; give the answers, each one burst."""
        answers: list[bytes] = []
        for item in self._framer.feed(data, at):
            if not isinstance(item, Frame):
                answers += self._battery.feed(item.data, at)
                continue
            asked = modbus_asked(item)
            if asked is None:
                answers += self._battery.feed(item.raw, at) if self._loaders.is_there(item.address) else []
            else:
                answers += self._said(item, asked)
        return answers

    def silence(self, at: float = 0.0) -> None:
        """The line went quiet: a request that was cut is forgotten."""
        self._framer.silence(at)
        self._battery.silence(at)

    def _said(self, frame: Frame, asked: bytes) -> list[bytes]:
        answer = self._loaders.answer(frame.address, asked)
        payload = None if answer is None else modbus_reply(frame, answer)
        return [] if payload is None else [self._framer.build(replace(frame, payload=payload))]


class LoaderPort(PassingPort):
    """A CAN bus on which loaders listen, too. Whoever uses it hears all other frames."""

    def __init__(self, port: Port, loaders: Ear) -> None:
        super().__init__(port)
        self._loaders, self._ear = loaders, CanEar()
        self._waiting: deque[bytes] = deque()
        self._sending: asyncio.Task[None] | None = None

    async def receive(self) -> Chunk:
        """Wait for a frame; while the device restarts it hears none. Raises LinkLost."""
        while True:
            chunk = await self._port.receive()
            for one in self._ear.feed(chunk.data, chunk.at):
                if not one.answers and (answer := self._loaders.answer(one.address, one.data)) is not None:
                    self._waiting += can_frames(answer, one.tag, one.address, answers=True)
            if self._waiting and (self._sending is None or self._sending.done()):
                # A task of its own: whoever waits here may be cancelled, and an answer is sent whole.
                self._sending = asyncio.create_task(self._flush(), name=f"loader on {self.url}")
            if self._loaders.is_there():
                return chunk

    async def send(self, data: bytes) -> None:
        """Send what the battery says; nothing while the device restarts."""
        if self._loaders.is_there():
            await self._port.send(data)

    async def close(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        await self._port.close()

    async def _flush(self) -> None:
        while self._waiting:
            try:
                await self._port.send(self._waiting.popleft())
            except NoAnswer:
                self._waiting.clear()  # nobody is on the bus: the tool asks again


def with_loaders(
    battery: Callable[[str], Answers], framer: Callable[[str], Framer], loaders: Ear
) -> Callable[[str], Answers]:
    """Make the maker of the device's side of a line, which is given the framing that its URL prescribes."""
    return lambda over: WithLoader(battery(over), framer(over), loaders)
