"""Answers that may still come to questions that were given up: they must never pass for the answer to the next one."""

import math
from dataclasses import dataclass

from wattstead.model.errors import DecodeError, Refused
from wattstead.wire.codec import Codec, Question
from wattstead.wire.frame import Frame

FORGET_S = 5.0  # later than this nobody answers any more


@dataclass(slots=True)
class _Open:
    question: Question
    due_s: float  # a device that keeps to its profile has begun to answer by then
    until_s: float


class Unanswered:
    """Questions that were given up. All times on the event loop's clock.

    A device answers its questions in their order: once it has answered a later one, it is through with those before.
    """

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._open: list[_Open] = []

    def add(self, question: Question, now_s: float, due_s: float) -> None:
        """Give a question up. due_s: until when its answer would have been in time by the profile."""
        self._open.append(_Open(question, due_s, now_s + FORGET_S))

    def due_s(self, address: int) -> float:
        """Until when this device may be about to answer an old question; long past where it owes nothing."""
        return max((one.due_s for one in self._open if one.question.address == address), default=-math.inf)

    def expect(self, address: int, due_s: float) -> None:
        """Change until when an answer of this device would be in time."""
        for one in self._open:
            if one.question.address == address:
                one.due_s = due_s

    def through(self, address: int) -> None:
        """The device answered a later question."""
        self._open = [one for one in self._open if one.question.address != address]

    def settle(self, frame: Frame, now_s: float, asked: Question | None = None) -> bool:
        """Tell whether the frame may answer a given-up question, which is then settled.

        asked: the question of now. The same one asked again is no rival: its answer is as good.
        """
        self._open = [one for one in self._open if one.until_s >= now_s]
        for one in self._open:
            if one.question != asked and self._fits(frame, one.question):
                self._open.remove(one)
                return True
        return False

    def _fits(self, frame: Frame, question: Question) -> bool:
        if frame.address != question.address:
            return False
        try:
            said = self._codec.understand(frame, question)
        except Refused:
            return True  # a device may refuse anything
        except DecodeError:
            return False
        return said.direction == "reply" and said.message is not None and said.message.name == question.message.name
