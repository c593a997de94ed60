"""The Daly family: an answer repeats the command of its request; the board that has no answer stays silent."""

from wattstead.wire.family.base import Family, Side
from wattstead.wire.frame import Frame
from wattstead.wire.framing.daly import ANSWER, ASK, DalyFramer
from wattstead.wire.message import Message, Question

_DATA = 8


class Daly(Family):
    """Requests carry eight bytes, mostly zero; a request of a telephone is one of a computer."""

    says_what = True

    def _framer(self) -> DalyFramer:
        return DalyFramer()

    def plain(self, frame: Frame, asked: Question) -> bytes | None:
        mine = frame.kind == ANSWER and self._by_command.get(frame.command) is asked.message
        return frame.payload if mine else None

    def side(self, frame: Frame, asked: Question | None = None) -> Side:
        return Side.REPLY if frame.kind == ANSWER else Side.REQUEST

    def named(self, frame: Frame) -> Message | None:
        return self._by_command.get(frame.command)

    def asked_content(self, frame: Frame, message: Message) -> bytes:
        """A request that asks has eight bytes without a meaning; some clients leave something in them."""
        return frame.payload if message.request else b""

    def request(self, question: Question, content: bytes) -> Frame:
        return Frame(question.address, question.message.command, content.ljust(_DATA, b"\0"), 0, ASK)

    def reply(self, question: Question, content: bytes) -> Frame:
        return Frame(question.address, question.message.command, content, 0, ANSWER)
