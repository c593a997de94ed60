"""The line to a boot loader: the first question, which changes nothing, then one question and answer at a time.

Nothing else is sent before the first question was answered as only a boot loader of this project does.
"""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from wattstead.catalog.profile import Profile
from wattstead.catalog.upgrade_state import REFUSAL
from wattstead.link.pace import wire_time_s
from wattstead.link.port import Port
from wattstead.link.url import framing_of
from wattstead.model.errors import DecodeError, LinkLost, NoAnswer, Refused, UsageError
from wattstead.wire.frame import Frame
from wattstead.wire.framing.modbus_rtu import LONGEST
from wattstead.wire.upgrade import MARK, Answer, Op, Question
from wattstead.wire.upgrade_line import (
    EXCHANGE,
    READ,
    CanEar,
    can_frames,
    can_mark_question,
    modbus_answer,
    modbus_is_mark,
    modbus_mark_question,
    modbus_question,
)

TRIES: Final = 3
_ANSWER_S: Final = 1.0
"""So long a loader may take to begin its answer; writing a block is part of it."""
_MARK = b""


class Line(Protocol):
    """One way to carry questions: gives what to send, and finds answers in what comes."""

    def question(self, data: bytes, op: int) -> list[bytes]:
        """Give the bytes to send, each burst by itself; ``data`` is empty for the first question."""
        ...

    def hear(self, data: bytes, at: float) -> Iterator[bytes]:
        """Give what may be answers to us; the mark for one to the first question."""
        ...

    def hush(self, at: float) -> Iterator[bytes]:
        """The line is quiet: give what had no end yet."""
        ...

    @property
    def refused(self) -> str:
        """What the device said in place of an answer, in words; "" for nothing."""
        ...


@dataclass
class ModbusLine:
    """Modbus RTU or TCP. address: of the device."""

    profile: Profile
    address: int
    over: str
    refused: str = ""
    _tag: int = 0
    _command: int = READ

    def __post_init__(self) -> None:
        self._framer = self.profile.framer(self.over)

    def question(self, data: bytes, op: int) -> list[bytes]:
        self._tag, self.refused = (self._tag + 1) & 0xFFFF, ""
        self._command = EXCHANGE if data else READ
        payload = modbus_question(data, op) if data else modbus_mark_question()
        return [self._framer.build(Frame(self.address, self._command, payload, tag=self._tag))]

    def hear(self, data: bytes, at: float) -> Iterator[bytes]:
        for item in self._framer.feed(data, at):
            if isinstance(item, Frame):
                yield from self._answer(item)

    def hush(self, at: float) -> Iterator[bytes]:
        for item in self._framer.silence(at):
            if isinstance(item, Frame):
                yield from self._answer(item)

    def _answer(self, frame: Frame) -> Iterator[bytes]:
        if frame.address != self.address:
            return
        if frame.command == self._command | 0x80 and frame.payload:
            self.refused = f"it refused the question (exception {frame.payload[0]:02X})"
        elif self._command == READ and modbus_is_mark(frame):
            yield MARK
        elif frame.command == self._command == READ and frame.payload[:1] == bytes((len(MARK),)):
            self.refused = "it answered something else"
        elif self._command == EXCHANGE and (answer := modbus_answer(frame)) is not None:
            yield answer


@dataclass
class CanLine:
    """Extended frames of a CAN bus. tag: this tool's own, 1 to 127."""

    address: int
    tag: int
    refused: str = ""
    _ear: CanEar = field(default_factory=CanEar)

    def question(self, data: bytes, op: int) -> list[bytes]:  # noqa: ARG002 - a bus has no length to agree upon
        if not data:
            return [can_mark_question(self.tag, self.address)]
        return can_frames(data, self.tag, self.address, answers=False)

    def hear(self, data: bytes, at: float) -> Iterator[bytes]:
        for one in self._ear.feed(data, at):
            if one.answers and (one.tag, one.address) == (self.tag, self.address):
                yield one.data

    def hush(self, at: float) -> Iterator[bytes]:  # noqa: ARG002 - a frame of a bus is whole or not there
        yield from ()


def make_line(profile: Profile, url: str, address: int, chance: random.Random) -> Line:
    """Choose how questions travel. Raises UsageError for a way that does not carry them."""
    if profile.link.framing == "can":
        return CanLine(address, chance.randrange(1, 128))
    over = framing_of(url)
    if over == "modbus_rtu":
        raise UsageError(f"{url}: an upgrade goes over the battery's own line, not through a stick logger")
    return ModbusLine(profile, address, over)


class LoaderLink:
    """Talks to one boot loader. asked: questions that were sent, the first one included."""

    def __init__(self, port: Port, profile: Profile, address: int, *, chance: random.Random | None = None) -> None:
        chance = chance or random.SystemRandom()
        self.port, self.profile, self.address = port, profile, address
        self.session = chance.getrandbits(32)
        self.asked = 0
        self._chance = chance
        self._line = make_line(profile, port.url, address, chance)
        self._baud = None if profile.link.framing == "can" else port.baud or profile.baud
        self._number = 0
        self._known = False

    def move_to(self, port: Port) -> None:
        """Go on at another port, such as the same one opened again."""
        self.port, self._known = port, False
        self._line = make_line(self.profile, port.url, self.address, self._chance)

    async def meet(self) -> None:
        """Put the first question. Raises NoAnswer or Refused, with why nothing else is sent; LinkLost."""
        self._known = False
        try:
            said = await self._exchange(_MARK, Op.STATUS, lambda one: one == MARK)
        except NoAnswer as silence:
            if self._line.refused:
                raise Refused(f"{self._who()}: {self._line.refused}; {_OTHER}", reason="no_loader") from silence
            raise NoAnswer(f"{self._who()}: no boot loader of this project answers; {_OTHER}") from silence
        self._known = said == MARK

    async def ask(self, op: Op, content: bytes = b"") -> Answer:
        """Ask and give the answer, whatever its result. Raises NoAnswer, LinkLost."""
        if not self._known:
            raise LinkLost("nothing was asked: it is not known whether a boot loader is there")
        self._number = (self._number + 1) & 0xFFFF
        question = Question(op, self._number, self.session, content)
        found: list[Answer] = []

        def fits(data: bytes) -> bool:
            try:
                answer = Answer.read(data)
            except DecodeError:
                return False
            if answer.answers(question):
                found.append(answer)
            return bool(found)

        await self._exchange(question.packed(), op, fits)
        return found[0]

    async def _exchange(self, data: bytes, op: int, fits: "Fits") -> bytes:
        loop = asyncio.get_running_loop()
        for _ in range(TRIES):
            bursts = self._line.question(data, op)
            for burst in bursts:
                await self.port.send(burst)
            self.asked += 1
            size = sum(map(len, bursts)) + LONGEST
            until_s = loop.time() + _ANSWER_S + wire_time_s(size, self._baud)
            answer = await self._listen(until_s, fits)
            if answer is not None:
                return answer
            if not data and self._line.refused:
                break  # a device that says no is not asked again
        raise NoAnswer(f"{self._who()}: no answer to {TRIES} questions")

    async def _listen(self, until_s: float, fits: "Fits") -> bytes | None:
        while True:
            try:
                async with asyncio.timeout_at(until_s):
                    chunk = await self.port.receive()
            except TimeoutError:
                return next(filter(fits, self._line.hush(until_s)), None)
            if (found := next(filter(fits, self._line.hear(chunk.data, chunk.at)), None)) is not None:
                return found
            if self._line.refused:
                return None

    def _who(self) -> str:
        return f"{self.profile.name} at {self.port.url}, address {self.address}"


class Fits(Protocol):
    """Whether bytes are the answer."""

    def __call__(self, data: bytes, /) -> bool: ...


_OTHER: Final = f"nothing but one question that only reads was sent. {REFUSAL[0].upper()}{REFUSAL[1:]}"
