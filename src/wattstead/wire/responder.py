"""The device's side of a bus: bytes in, the bytes of the answer out. No port, no clock."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from wattstead.model.errors import EncodeError, Refused
from wattstead.wire.codec import Codec, Question
from wattstead.wire.family.base import Side
from wattstead.wire.fill import Report
from wattstead.wire.frame import Frame, Framer, Noise, Why

_REASONS = {Why.CHECKSUM: "checksum_error", Why.LENGTH: "length_error"}


class Device(Protocol):
    """What answers: one pack or many on one bus."""

    def reports(self, question: Question) -> Sequence[Report]:
        """Give what the asked packs have to tell; none where nobody has that address: then the line stays silent."""
        ...

    def write(self, question: Question) -> bool:
        """Take a write; False keeps silent about it as nobody has that address. Raises Refused with a reason."""
        ...


@dataclass(frozen=True, slots=True)
class Manners:
    """What a make does where the protocol leaves a choice (the profile says how sure that is).

    refuse_noise: answer a broken frame that names one of ours with the return code for it, else stay silent.
    zero_answers: names of messages that address 0 answers for the first pack though none has that address.
    broadcast: addresses at which the first pack answers, with its own, where nobody else has them.
    """

    refuse_noise: bool = True
    zero_answers: Collection[str] = ()
    broadcast: Collection[int] = ()


def _by_the_profile(question: Question) -> bool:
    return question.message.answered


class Responder:
    """Answers each request once, in the order in which they came.

    addresses: those that are answered, or what gives them where they may change. knows: whether this very device knows
    a message, where that is not for the profile alone to say.
    """

    def __init__(
        self,
        codec: Codec,
        framer: Framer,
        device: Device,
        addresses: Collection[int] | Callable[[], Collection[int]],
        manners: Manners,
        knows: Callable[[Question], bool] = _by_the_profile,
    ) -> None:
        self._knows = knows
        self._codec = codec
        self._framer = framer
        self._device = device
        self._where = addresses
        self._manners = manners
        self._pages = codec.family.pages()

    def feed(self, data: bytes, at: float = 0.0) -> list[bytes]:
        """Take bytes as they came; give the answers, each one burst."""
        if self._pages is None:
            return self._answers(data, at)
        pages = self._pages
        turned, commands = pages.keys(data)
        return [*turned, *[pages.first(answer) for answer in self._answers(commands, at)]]

    def silence(self, at: float = 0.0) -> None:
        """The line went quiet: a request that was cut is forgotten."""
        self._framer.silence(at)

    @property
    def _addresses(self) -> Collection[int]:
        return self._where() if callable(self._where) else self._where

    def _answers(self, data: bytes, at: float) -> list[bytes]:
        answers = [self._answer(item) for item in self._framer.feed(data, at)]
        return [answer for answer in answers if answer]

    def _answer(self, item: Frame | Noise) -> bytes:
        if isinstance(item, Noise):
            return self._answer_noise(item)
        if self._codec.family.side(item) is Side.REPLY:
            return b""  # an answer: of a neighbour on the bus, or our own as some adapters give it back
        if item.address in self._manners.broadcast and item.address not in self._addresses:
            item = replace(item, address=next(iter(self._addresses)))
        if self._codec.family.broadcasts(item):
            self._obey(item)
            return b""
        if item.address not in self._addresses and not self._answers_zero(item):
            reason = self._codec.family.nobody(item)
            return self._codec.refuse(item.address, reason, item) if reason else b""
        try:
            return self._reply(self._codec.hear(item), item)
        except Refused as no:
            return self._codec.refuse(item.address, self._reason(item, no), item)
        except EncodeError:
            # What is to be told does not fit this wire: a device in that state fails to execute the command.
            return self._codec.refuse(item.address, "execution_failed", item)

    def _obey(self, frame: Frame) -> None:
        """Take what is said to all devices; none of them answers."""
        for address in self._addresses:
            try:
                question = self._codec.hear(replace(frame, address=address))
                if question.message.writes:
                    self._device.write(question)
            except Refused:
                continue

    def _reason(self, frame: Frame, no: Refused) -> str:
        """Give the reason to say: a device that does not know a command cannot find fault with what came with it."""
        if no.reason != "format_error":
            return no.reason
        message = self._codec.family.asked(frame)
        return no.reason if message is None or message.answered else "unknown_command"

    def _answer_noise(self, noise: Noise) -> bytes:
        reason, address = _REASONS.get(noise.why), noise.address
        if reason is None or address is None or address not in self._addresses or not self._manners.refuse_noise:
            return b""
        return self._codec.refuse(address, reason)

    def _answers_zero(self, frame: Frame) -> bool:
        if frame.address != 0 or not self._manners.zero_answers:
            return False
        message = self._codec.family.asked(frame)
        return message is not None and message.name in self._manners.zero_answers

    def _reply(self, question: Question, heard: Frame) -> bytes:
        if not self._knows(question):
            return self._codec.refuse(question.address, self._codec.family.not_known(question.message), heard)
        if question.message.writes:
            if not self._device.write(question):
                return b""
            return self._codec.answer(question, self._device.reports(question) if question.message.reply else ())
        reports = self._device.reports(question)
        return self._codec.answer(question, reports) if reports else b""
