"""The JBD family: registers that are read or written; an answer repeats its register and says whether it went well."""

from wattstead.wire.family.base import Family, No, Side
from wattstead.wire.frame import Frame
from wattstead.wire.framing.jbd import ANSWER, READ, WRITE, JbdFramer
from wattstead.wire.message import Message, Question

STATUSES = {0x80: "unknown_command", 0x81: "not_permitted", 0x82: "checksum_error", 0x83: "not_permitted"}
"""What the third byte of an answer says where it is not 00: no such register, not now, broken, wrong password."""

_WRITTEN = 0x5A00


class Jbd(Family):
    """The command of a message that reads is its register; of one that writes, 5A00 and its register."""

    def _framer(self) -> JbdFramer:
        return JbdFramer()

    def side(self, frame: Frame, asked: Question | None = None) -> Side:
        return Side.REPLY if frame.kind == ANSWER else Side.REQUEST

    def refusal(self, frame: Frame, asked: Question | None = None) -> No | None:
        if frame.kind != ANSWER or frame.version == 0:
            return None
        return No(STATUSES.get(frame.version, "unknown"), f"status {frame.version:02X}")

    def asked(self, frame: Frame) -> Message | None:
        return self._by_command.get(frame.command | (_WRITTEN if frame.kind == WRITE else 0))

    def named(self, frame: Frame) -> Message | None:
        """An answer without data acknowledges a write; reads and writes share their registers."""
        written, read = self._by_command.get(frame.command | _WRITTEN), self._by_command.get(frame.command)
        return written or read if not frame.payload else read or written

    def request(self, question: Question, content: bytes) -> Frame:
        command = question.message.command
        return Frame(question.address, command & 0xFF, content, 0, WRITE if command & _WRITTEN else READ)

    def reply(self, question: Question, content: bytes) -> Frame:
        return Frame(question.address, question.message.command & 0xFF, content, 0, ANSWER)

    def refuse(self, address: int, reason: str, heard: Frame | None = None) -> Frame | None:
        """An answer names the register: a request that was broken gets none."""
        if heard is None:
            return None
        status = next((code for code, name in STATUSES.items() if name == reason), 0x80)
        return Frame(address, heard.command, b"", status, ANSWER)

    def number(self, command: int) -> str:
        return f"{command & 0xFF:02X}H{' (write)' if command & _WRITTEN else ''}"
