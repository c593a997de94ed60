"""The family of JK boards of the PB series: lists that are asked for by writing to their register."""

from collections.abc import Mapping
from typing import Any

from wattstead.wire.family.base import Family, Side
from wattstead.wire.family.probes import joined
from wattstead.wire.frame import Frame
from wattstead.wire.framing.jk_pb import ANSWER, ASK, DATA, JkPbFramer
from wattstead.wire.message import Message, Question

_ZERO = b"\x00\x00"
_PROBES = {"temperature_1": 1, "temperature_2": 2, "temperature_4": 4, "temperature_5": 5}
"""Fields of probes at the cells, and the bit by which the board says that each is there."""


class JkPb(Family):
    """The command of a message is the register of its list. Nothing is refused: a board stays silent."""

    def _framer(self) -> JkPbFramer:
        return JkPbFramer()

    def side(self, frame: Frame, asked: Question | None = None) -> Side:
        return Side.REPLY if frame.kind == ANSWER else Side.REQUEST

    def named(self, frame: Frame) -> Message | None:
        return self._by_command.get(frame.command)

    def asked(self, frame: Frame) -> Message | None:
        """A question writes 0; another value would be an order."""
        return self._by_command.get(frame.command) if frame.payload == _ZERO else None

    def asked_content(self, frame: Frame, message: Message) -> bytes:
        return b""

    def told_together(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Join the probes that are there."""
        return joined(record, _PROBES)

    def request(self, question: Question, content: bytes) -> Frame:
        return Frame(question.address, question.message.command, _ZERO, 0, ASK)

    def reply(self, question: Question, content: bytes) -> Frame:
        return Frame(question.address, question.message.command, content.ljust(DATA, b"\0"), 0, ANSWER)
