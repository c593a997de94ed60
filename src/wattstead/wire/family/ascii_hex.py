"""The ASCII-hex family: a reply has a return code where its request had the command, and does not repeat that."""

from collections.abc import Mapping, Sequence

from wattstead.model.errors import EncodeError
from wattstead.wire.family.base import Family, No, Side
from wattstead.wire.frame import Frame
from wattstead.wire.framing.ascii_hex import AsciiHexFramer
from wattstead.wire.message import Message, Question


class AsciiHex(Family):
    """version, kind: header bytes of what we send (VER, CID1). statuses: return code to its name; "ok" says yes."""

    is_text = True

    def __init__(
        self, device: str, messages: Sequence[Message], statuses: Mapping[int, str], version: int, kind: int
    ) -> None:
        super().__init__(device, messages)
        self.statuses = statuses
        self.version = version
        self.kind = kind
        self._codes = {name: code for code, name in statuses.items()}

    def _framer(self) -> AsciiHexFramer:
        return AsciiHexFramer()

    def stranger(self, frame: Frame) -> str | None:
        if frame.kind == self.kind:
            return None
        return f"the frame is of kind {frame.kind:02X}, {self.device} speaks {self.kind:02X}"

    def doubt(self, frame: Frame) -> str | None:
        if frame.version == self.version or frame.command not in self.statuses:
            return None  # requests may say anything
        return (
            f"its header says VER {frame.version:02X}, {self.device} has {self.version:02X}: "
            "it seems to be another protocol with the same framing"
        )

    def side(self, frame: Frame, asked: Question | None = None) -> Side:
        if frame.command in self.statuses:
            return Side.REPLY
        return Side.EITHER if self.named(frame) else Side.REQUEST

    def refusal(self, frame: Frame, asked: Question | None = None) -> No | None:
        status = self.statuses.get(frame.command)
        if status is None and asked and frame.command not in self._by_command:
            status = "return code without a name"
        return None if status in (None, "ok") else No(status, f"return code {frame.command:02X}")

    def named(self, frame: Frame) -> Message | None:
        """Some replies have their command in place of a return code; their requests carry nothing."""
        message = self._by_command.get(frame.command)
        return message if message and message.command_in_reply and frame.payload else None

    def fits(self, frame: Frame, message: Message) -> bool:
        return not message.command_in_reply

    def request(self, question: Question, content: bytes) -> Frame:
        return self._frame(question.address, question.message.command, content)

    def reply(self, question: Question, content: bytes) -> Frame:
        ok = self._codes.get("ok", 0)
        return self._frame(
            question.address, question.message.command if question.message.command_in_reply else ok, content
        )

    def refuse(self, address: int, reason: str, heard: Frame | None = None) -> Frame | None:
        """A reason that the dialect has no code for is said as its format error. Raises EncodeError."""
        code = self._codes.get(reason, self._codes.get("format_error"))
        if code is None:
            raise EncodeError(f"{self.device} has no return code for {reason!r}")
        return self._frame(address, code, b"")

    def _frame(self, address: int, command: int, content: bytes) -> Frame:
        return Frame(address, command, content, self.version, self.kind)
