"""What only a protocol family knows: whether a frame asks, answers or refuses, which message it is, how one is built.

The codec turns content into records and back, the same way for all; it asks its dialect's family about the frames
around that content. *Content* is what a message's layout reads: a frame's payload without what belongs to the family
(counts, register numbers, sub-commands). The answers given here suit protocols whose frames carry an address, a
command and a payload; a family overrides what is otherwise with it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from wattstead.model.errors import UsageError
from wattstead.wire.fill import Context, Report, Told, fill
from wattstead.wire.frame import Frame, Framer
from wattstead.wire.layout import Record
from wattstead.wire.message import Message, Question
from wattstead.wire.read import decode
from wattstead.wire.write import encode


class Side(Enum):
    """Who sent a frame."""

    REQUEST = "request"
    REPLY = "reply"
    EITHER = "either"  # it could be both: a reply is tried first


@dataclass(frozen=True, slots=True)
class No:
    """A device said no. reason: its name, such as ``unknown_command``. code: as it stood on the wire, for people."""

    reason: str
    code: str


class Pages(Protocol):
    """Holds back what follows a full page of an answer until a key is pressed; one for each line."""

    def first(self, answer: bytes) -> bytes:
        """Give an answer up to where it waits for a key."""
        ...

    def keys(self, data: bytes) -> tuple[list[bytes], bytes]:
        """Take the keys that answer a page. Gives what is said to them, and the bytes that are commands again."""
        ...


Found = tuple[Message, bool, Told, Record]
"""What a frame says, found in one step: its message, whether it is a reply, what it tells, its record."""


class Family(ABC):
    """device: the name of the profile, for sentences. messages: all that the dialect has."""

    says_what = False
    """Whether replies say what they answer: such a one is understood by its command, others by the request."""

    is_text = False
    """Whether people write its frames as text; else in hex."""

    def __init__(self, device: str, messages: Sequence[Message]) -> None:
        self.device = device
        self.messages = messages
        self._by_command = {message.command: message for message in messages}

    # The line.

    def framer(self, over: str = "") -> Framer:
        """Make a framer with an empty buffer. over: what the port says of its framing (``Port.framing``), "" for usual.

        Raises UsageError where this family does not run over that.
        """
        if not self.runs_over(over):
            raise UsageError(f"{self.device} does not run over {over.replace('_', '-')}; use a serial port or tcp://")
        return self._framer()

    def runs_over(self, over: str) -> bool:
        """Whether a port with that framing can carry this family."""
        return not over

    @abstractmethod
    def _framer(self) -> Framer: ...

    def key(self, framer: Framer) -> bytes:
        """Give what the host must send so that the rest of an answer comes; mostly all comes by itself."""
        return b""

    def pages(self) -> Pages | None:
        """Give what holds back the pages of long answers on the device's side of a line, where there are any."""
        return None

    # What a frame is.

    def at_once(self, told: frozenset[str]) -> Callable[[Frame], Found | None] | None:
        """Give a quicker way to understand most frames, where there is one; it gives None for all others.

        It tells what the calls below would have told. told: names of quantities and settings of the dialect.
        """
        return None

    def plain(self, frame: Frame, asked: Question) -> bytes | None:
        """Give the content of a reply that is nothing but what was asked for, where a family sees that at a glance.

        None for all others. The calls below would have said the same of it.
        """
        return None

    def stranger(self, frame: Frame) -> str | None:
        """Say why a whole frame is of another kind of devices; None where it may be ours."""
        return None

    def doubt(self, frame: Frame) -> str | None:
        """Say why a reply may be of another protocol with the same framing; None where nothing speaks for it."""
        return None

    @abstractmethod
    def side(self, frame: Frame, asked: Question | None = None) -> Side:
        """Tell who sent a frame. asked: the question that may be answered by it, None where nobody knows of one."""

    def refusal(self, frame: Frame, asked: Question | None = None) -> No | None:
        """Give how a reply says no; None where it does not."""
        return None

    def asked(self, frame: Frame) -> Message | None:
        """Find the message that a request is; None for one that the device does not know.

        Raises Refused where the device would say why it takes no such request.
        """
        return self._by_command.get(frame.command)

    def named(self, frame: Frame) -> Message | None:
        """Find the message that a reply says to be; None where replies do not tell (then the question does)."""
        return None

    def fits(self, frame: Frame, message: Message) -> bool:
        """Whether a reply that nobody knows the question of may answer this message, as far as its frame tells."""
        return True

    def broadcasts(self, frame: Frame) -> bool:
        """Whether a request goes to all devices on the line, of whom none answers."""
        return False

    def nobody(self, frame: Frame) -> str:
        """Give the reason by which a request to an address that nobody has is refused; "" for silence."""
        return ""

    def mirrors(self, question: Question) -> bool:
        """Whether the answer has the same bytes as the request, as an echo has."""
        return False

    # What it carries.

    def asked_content(self, frame: Frame, message: Message) -> bytes:
        """Give the content of a request. Raises DecodeError."""
        return frame.payload

    def content(self, frame: Frame, message: Message) -> bytes:
        """Give the content of a reply. Raises DecodeError."""
        return frame.payload

    def shaped(self, frame: Frame, message: Message) -> Message:
        """Give the message as a reply has it: a part of a table is a smaller message than the whole."""
        return message

    # How one is made.

    def asking(self, message: Message, values: Mapping[str, Any]) -> Message:
        """Give the message that carries these values: a part of a table is another request than the whole."""
        return message

    def request(self, question: Question, content: bytes) -> Frame:
        return Frame(question.address, question.message.command, content, tag=question.tag)

    def reply(self, question: Question, content: bytes) -> Frame:
        return Frame(question.address, question.message.command, content, tag=question.tag)

    def refuse(self, address: int, reason: str, heard: Frame | None = None) -> Frame | None:
        """Say no; None where this family stays silent. heard: the request, None where it was broken."""
        return None

    def not_known(self, message: Message) -> str:
        """Give the reason by which a device refuses a message that it does not know."""
        return "unknown_command"

    def answer(self, question: Question, reports: Sequence[Report]) -> Record:
        """Make the record of a reply from what the packs tell; one report where one pack was asked."""
        report = reports[0] if reports else Report({})
        return fill(question.message.reply, report, Context(question.address, question.record, reports))

    def read(self, message: Message, content: bytes, *, longer: bool = False) -> Record:
        """Read the content of a reply. longer: it may go on after what we know. Raises DecodeError."""
        return decode(message.reply, content, longer=longer)

    def write(self, message: Message, record: Mapping[str, Any]) -> bytes:
        """Write the content of a reply. Raises EncodeError."""
        return encode(message.reply, record)

    def told_together(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Give values that several fields make together, by quantity name."""
        return {}

    # For people.

    def number(self, command: int) -> str:
        """Write a command as people of this family do."""
        return f"{command:02X}H"
