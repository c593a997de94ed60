"""The console family: a person's commands and the tables that answer them.

An answer begins with the echo of its command, so it says itself what it answers. Labels and columns differ between
firmwares: they are found by their names, wherever they stand; what nobody knows is kept as it came. An answer is
written as the firmware writes it whose labels and widths the profile has.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from wattstead.model.errors import DecodeError
from wattstead.wire.family.base import Family, No, Side
from wattstead.wire.family.console_form import NUMBER, Column, Form, by_name, text_of
from wattstead.wire.family.console_lines import (
    read_entries,
    read_line,
    read_list,
    read_sharp,
    read_text,
    write_entries,
    write_list,
    write_sharp,
    write_text,
)
from wattstead.wire.family.console_shapes import Shapes
from wattstead.wire.family.console_tables import read_table, write_table
from wattstead.wire.frame import Frame, Framer
from wattstead.wire.framing.console import ANSWER, COMMAND, LOOSE, PROMPT, ConsoleFramer
from wattstead.wire.framing.console_pages import Pages
from wattstead.wire.layout import Record
from wattstead.wire.message import Message, Question

__all__ = ["ALL", "Column", "Console", "Form"]

NOT_KNOWN = b"Unknown command '%s' - try 'help'"
"""What a US2000C says to a command that it does not know."""

NOT_DONE = b"Invalid command or fail to excute."
"""What a Pytes says to a command that it cannot follow, as recorded with its slip."""

NOT_PRESENT = b"Target device is not present"
"""What a US3000C says of a module that is not there."""

_LAST = 16  # modules of a stack
_DIGITS = 12  # of a number that is looked at
_MOST = 256  # commands that are kept: those of all modules
_LONGEST = 32  # characters of one
ALL = 0xFF  # in a record: the command without a number asks for all modules


class Console(Family):
    """forms: how each message looks, by its name."""

    is_text = True
    says_what = True

    def __init__(self, device: str, messages: Sequence[Message], forms: Mapping[str, Form]) -> None:
        super().__init__(device, messages)
        self._forms = forms
        self._shapes: dict[str, Shapes] = {}
        self._found: dict[bytes, Message] = {}

    def _framer(self) -> ConsoleFramer:
        return ConsoleFramer()

    def key(self, framer: Framer) -> bytes:
        """A full page waits for Enter."""
        return framer.key() if isinstance(framer, ConsoleFramer) else b""

    def pages(self) -> Pages:
        return Pages()

    def plain(self, frame: Frame, asked: Question) -> bytes | None:
        if frame.kind != ANSWER or frame.version != 0:
            return None
        echo, _, content = frame.payload.partition(b"\n")
        return content if self._find(echo) is asked.message else None

    def side(self, frame: Frame, asked: Question | None = None) -> Side:
        return Side.REQUEST if frame.kind == COMMAND else Side.REPLY

    def refusal(self, frame: Frame, asked: Question | None = None) -> No | None:
        if frame.kind != ANSWER or frame.version == 0:
            return None
        lines = frame.payload.split(b"\n")[1:]
        said = b" ".join(lines).decode("ascii", "replace").strip()
        return No("not_present" if said == NOT_PRESENT.decode() else "unknown_command", said or "not completed")

    def asked(self, frame: Frame) -> Message | None:
        return self._find(frame.payload)

    def named(self, frame: Frame) -> Message | None:
        return self._find(frame.payload.partition(b"\n")[0])

    def asked_content(self, frame: Frame, message: Message) -> bytes:
        """Give the number as the one byte that a request's layout reads."""
        if self._forms[message.name].number == "all":
            return bytes((ALL,))
        words = frame.payload.split()
        if len(words) != 2 or not words[1].isdigit():
            return b""
        if len(words[1]) > _DIGITS or int(words[1]) > ALL:
            raise DecodeError(f"{words[1][:_DIGITS].decode()} is the number of no module; a stack has 1 to {_LAST}")
        return bytes((int(words[1]),))

    def content(self, frame: Frame, message: Message) -> bytes:
        return frame.payload.partition(b"\n")[2]

    def request(self, question: Question, content: bytes) -> Frame:
        return Frame(question.address, question.message.command, self._text(question, content), 0, COMMAND)

    def reply(self, question: Question, content: bytes) -> Frame:
        alone = self._forms[question.message.name].number == "optional" and question.address == 1
        # The echo is what was typed: who asked without a number asked the module at the plug.
        unnumbered = alone and "module" not in question.record
        text = self._text(question, b"" if unnumbered else bytes((question.address & 0xFF,)))
        kind = LOOSE if self._forms[question.message.name].loose else ANSWER
        return Frame(question.address, question.message.command, text + b"\n" + content, 0, kind)

    def nobody(self, frame: Frame) -> str:
        """The module at the plug speaks for all: it says that one is not there, or that none can have the number."""
        return "not_present" if frame.kind == COMMAND and 1 <= frame.address <= _LAST else "format_error"

    def refuse(self, address: int, reason: str, heard: Frame | None = None) -> Frame | None:
        """An empty line gets a new prompt, a word that nobody knows a sentence."""
        if heard is None:
            return None
        if not heard.payload:
            return Frame(address, 0, b"", 0, PROMPT)
        first = heard.payload.split()[0]
        known = NOT_PRESENT if reason == "not_present" else NOT_DONE
        no = known if self._is_command(first) else NOT_KNOWN % first
        return Frame(address, 0, heard.payload + b"\n" + no, 1, ANSWER)

    def read(self, message: Message, content: bytes, *, longer: bool = False) -> Record:
        shapes = self._shapes.get(message.name)
        if shapes is None:
            walk = partial(_walk, self._forms[message.name])
            shapes = self._shapes[message.name] = Shapes(message.reply, walk)
        return shapes.read(content)

    def write(self, message: Message, record: Mapping[str, Any]) -> bytes:
        form = self._forms[message.name]
        match form.shape:
            case "list":
                lines = write_list(form, message.reply, record)
            case "line":
                (column,) = form.columns
                lines = [column.names[0] + b" " + text_of(by_name(message.reply)[column.field], record)]
            case "entries":
                lines = write_entries(form, message.reply, record)
            case "sharp":
                lines = write_sharp(form, message.reply, record)
            case "text":
                return b"\n".join(write_text(form, message.reply, record))
            case _:
                lines = write_table(form, message.reply, record)
        number = str(record.get(NUMBER, "")).encode()
        return b"\n".join([*[line.replace(b"#", number) for line in form.head], *lines, *form.foot])

    def number(self, command: int) -> str:
        message = self._by_command.get(command)
        return f"'{self._forms[message.name].text.decode()}'" if message else "of this console"

    def _find(self, command: bytes) -> Message | None:
        """Find the message of a command; a usual one is looked for once."""
        if command in self._found:
            return self._found[command]
        found = self._looked_for(command)
        if len(self._found) < _MOST and found is not None and len(command) <= _LONGEST:
            self._found[command] = found
        return found

    def _looked_for(self, command: bytes) -> Message | None:
        words = command.split()
        numbered = len(words) == 2 and words[1].isdigit()
        if not words or len(words) > 1 + numbered:
            return None
        fits = ("optional", "always") if numbered else ("none", "all", "optional")
        for message in self.messages:
            form = self._forms[message.name]
            if form.text == words[0] and form.number in fits:
                return message
        return None

    def _is_command(self, word: bytes) -> bool:
        """Whether a device of this profile knows the word; what can only be read is none of its own."""
        return any(self._forms[one.name].text == word and one.answered for one in self.messages)

    def _text(self, question: Question, content: bytes) -> bytes:
        form = self._forms[question.message.name]
        if form.number in ("none", "all") or not content:
            return form.text
        return form.text + b" %d" % content[0]


def _walk(form: Form, parts: Sequence[Any], content: bytes) -> Record:
    """Read the lines of an answer. Raises DecodeError."""
    lines = [line for line in content.split(b"\n") if line.strip()]
    match form.shape:
        case "list":
            return read_list(form, parts, lines)
        case "line":
            return read_line(form, parts, lines)
        case "entries":
            return read_entries(form, parts, lines)
        case "sharp":
            return read_sharp(form, parts, lines)
        case "text":
            return read_text(form, parts, lines)
    return read_table(form, parts, lines)
