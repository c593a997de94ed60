"""Sorts what comes in while one question is open: the answer, and all that is not. No port, no clock."""

from dataclasses import dataclass

from wattstead.host.counters import Counters, Instead
from wattstead.host.heard import Heard
from wattstead.host.late import Unanswered
from wattstead.link.port import Chunk
from wattstead.model.errors import DecodeError, Refused
from wattstead.wire.codec import Codec, Question, Said
from wattstead.wire.family.base import Side
from wattstead.wire.frame import Frame, Framer, Noise, Why


@dataclass(frozen=True, slots=True)
class Answer:
    """What the asked device said, or its refusal. began_s, frame.at: when its first and its last piece came."""

    said: Said | Refused
    frame: Frame
    began_s: float


@dataclass(frozen=True, slots=True)
class Open:
    """The question that waits, its bytes, and what was heard for it so far."""

    question: Question
    request: bytes
    heard: Heard


class Ear:
    """Hears one line. Counts everything that it takes, into ``counters`` and into what the open question heard."""

    def __init__(self, codec: Codec, framer: Framer, counters: Counters) -> None:
        self.unanswered = Unanswered(codec)
        self.latecomers: set[int] = set()  # addresses whose last answer came too late
        self._codec = codec
        self._framer = framer
        self._counters = counters
        self._piece_s: float | None = None  # first piece of what is not whole yet

    def hear(self, chunk: Chunk, waiting: Open | None = None) -> Answer | None:
        """Take bytes as they came; give the answer once it is whole. waiting: None while nobody asks."""
        self._counters.bytes_in += len(chunk.data)
        if waiting is not None:
            waiting.heard.bytes_in += len(chunk.data)
        began_s = chunk.at if self._piece_s is None else self._piece_s
        items = self._framer.feed(chunk.data, chunk.at)
        self._piece_s = None if items else began_s
        answer: Answer | None = None
        for item in items:
            said = self._sort(item, None if answer else waiting)
            if said is not None and isinstance(item, Frame):
                answer = Answer(said, item, began_s)
        return answer

    def key(self) -> bytes:
        """Give what must be sent so that the rest of an answer comes; mostly nothing."""
        return self._codec.family.key(self._framer)

    def hush(self, at_s: float, waiting: Open | None = None) -> Answer | None:
        """The line went quiet: what is not whole will not become so; some answers end only there."""
        began_s, self._piece_s = self._piece_s, None
        answer: Answer | None = None
        for item in self._framer.silence(at_s):
            said = self._sort(item, None if answer else waiting)
            if said is not None and isinstance(item, Frame):
                answer = Answer(said, item, item.at if began_s is None else began_s)
        return answer

    def _sort(self, item: Frame | Noise, waiting: Open | None) -> Said | Refused | None:
        if isinstance(item, Noise):
            self._broken(item, waiting)
        elif waiting is None:
            self._unasked(item)
        elif item.raw == waiting.request and not self._is_answer(waiting):
            self._counters.echoes += 1
            waiting.heard.echoes += 1
            waiting.heard.echoed = True
        elif (instead := self._stranger(item, waiting.question)) is not None:
            self._note(instead, waiting)
        elif item.address == waiting.question.address:
            return self._from_the_asked(item, waiting)
        elif self.unanswered.settle(item, item.at):
            self._late(item, waiting)
        else:
            waiting.heard.others.add(item.address)
            self._note(Instead.OTHER_ADDRESS, waiting)
        return None

    def _from_the_asked(self, frame: Frame, waiting: Open) -> Said | Refused | None:
        if self.unanswered.settle(frame, frame.at, waiting.question):
            self._late(frame, waiting)
            return None
        try:
            said = self._codec.understand(frame, waiting.question)
        except Refused as no:
            return no
        except DecodeError as error:
            waiting.heard.unfit = str(error)
            waiting.heard.spoilt = True
            self._note(Instead.CONTENT, waiting)
            return None
        if said.direction == "request":
            self._note(Instead.OTHER_HOST, waiting)
            return None
        if said.message is not None and said.message.name != waiting.question.message.name:
            # It says itself that it answers something else.
            waiting.heard.unfit = f"it answers {said.message.name}, not {waiting.question.message.name}"
            self._note(Instead.CONTENT, waiting)
            return None
        return said

    def _broken(self, noise: Noise, waiting: Open | None) -> None:
        """Count noise. A frame that broke was the answer, unless the adapter echoes: then it may be our own request."""
        self._note(noise.why, waiting)
        if waiting is None or noise.why is Why.STRAY:
            return
        waiting.heard.broken += noise.address is not None
        if not self._counters.echoes:
            waiting.heard.spoilt |= noise.address in (None, waiting.question.address)

    def _unasked(self, frame: Frame) -> None:
        if self.unanswered.settle(frame, frame.at):
            self._late(frame, None)
        else:
            self._note(self._stranger(frame, None) or Instead.UNASKED, None)

    def _is_answer(self, waiting: Open) -> bool:
        """Whether our own bytes are the answer: some are, and then an adapter that echoes gives them twice."""
        expects_echo = self._counters.echoes and not waiting.heard.echoed
        return self._codec.family.mirrors(waiting.question) and not expects_echo

    def _stranger(self, frame: Frame, asked: Question | None) -> Instead | None:
        """Tell whether a frame is none of our devices' replies."""
        family = self._codec.family
        if family.stranger(frame):
            return Instead.OTHER_KIND
        return Instead.OTHER_HOST if family.side(frame, asked) is Side.REQUEST else None

    def _note(self, reason: str, waiting: Open | None) -> None:
        self._counters.noise[reason] += 1
        if waiting is not None:
            waiting.heard.noise[reason] += 1

    def _late(self, frame: Frame, waiting: Open | None) -> None:
        self.latecomers.add(frame.address)
        self._counters.late += 1
        if waiting is not None:
            waiting.heard.late += 1
