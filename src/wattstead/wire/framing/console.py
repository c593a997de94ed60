"""Text consoles of Pylontech and its relatives: commands and their answers, cut out of what a terminal would show.

    pylon>pwr 1          prompt and echo of the command
    @                    the answer begins
    …                    lines
    Command completed successfully
    $$                   the answer ends
    pylon>

Line ends are irregular (CR LF, LF CR, CR CR LF), so any mixture of them ends a line. A console has no check: what
arrives damaged is seen only where it no longer looks like this.

A host hears its own command again as the echo. Where the prompt stands before it, or the answer comes in the same
piece, the echo is a part of the answer; else it is told by itself, as a request, because a device must hear a command
at once.
"""

import re
from collections.abc import Sequence
from typing import ClassVar, Final

from wattstead.model.errors import EncodeError
from wattstead.wire.frame import Frame, Noise, Why
from wattstead.wire.framing.console_alike import Answers, Looks, lines_of

COMMAND, ANSWER, PROMPT, LOOSE = 0, 1, 2, 3
"""``Frame.kind``: a command, an answer, the prompt alone, which answers an empty line; an answer whose lines end as
those of `info`, `time` and `log` do, which is only built: what is read is an answer.

The payload of an answer is its command, a line end, and its lines. ``Frame.version`` is 1 where the console does not
say that the command was completed. The address is the number that stands after the command, else 1.
"""

DONE: Final = b"Command completed successfully"
MORE: Final = b"Press [Enter] to be continued"
PAGE_ENDS: Final = MORE + b",other key to exit"
"""Stands at the end of a full page, until a key is pressed. In the payload of an answer that is built: a line."""

_PROMPT = re.compile(rb"[A-Za-z_]{2,20}>")
_BEGINS = re.compile(rb"(?:^|(?<=[\r\n]))[ ]*@[ ]*[\r\n]")
_ENDS = re.compile(rb"[\r\n][ ]*\$\$")
_LINE_END = re.compile(rb"[\r\n]")
_BLANK = 0x20
_QUIET = b"\r\n\0 "
_TURNED = b"\r" + 50 * b" " + b"\r\r\r\n\r"  # the console wipes the line that asked for the key
_COMMAND = re.compile(rb"([A-Za-z][A-Za-z0-9_@]*)((?: +[\x21-\x7e]+)*)")
_LONGEST = 32768  # a history list has some 20 kB
_LONGEST_LINE = 256
_DIGITS = 12  # of a number after a command


class ConsoleFramer:
    """Cuts a stream of text into commands, answers and noise."""

    PROMPT_TEXT: ClassVar[bytes] = b"pylon>"

    def __init__(self) -> None:
        self._pending = b""
        self._ended = False  # an answer was told, its prompt may follow
        self._returned = False  # a line has just ended with CR: the LF after it belongs to it
        self._turned = 0  # pages of the pending answer
        self._answers = Answers(_looks)

    def feed(self, data: bytes, at: float = 0.0) -> list[Frame | Noise]:
        """Take bytes as they came. Never raises."""
        if self._returned and data:
            data, self._returned = data.removeprefix(b"\n"), False
        self._pending += data
        items: list[Frame | Noise] = []
        while self._step(items, at):
            self._turned = 0
        return items

    def key(self) -> bytes:
        """Give the key that a page waits for, once a page; nothing where none waits.

        Who hears an answer must press it, or the rest never comes.
        """
        pages = self._pending.count(PAGE_ENDS)
        if pages <= self._turned or not self._pending.rstrip(_QUIET).endswith(PAGE_ENDS):
            return b""
        self._turned = pages
        return b"\r"

    def silence(self, at: float = 0.0) -> list[Frame | Noise]:
        """The line went quiet: what is pending will not be completed. A prompt that waits is no noise."""
        left, self._pending, self._ended, self._turned = self._pending, b"", False, 0
        text = _PROMPT.sub(b"", left).strip(_QUIET)
        if not text:
            return []
        return [Noise(Why.CUT if _begins(left) else Why.STRAY, left, None, at)]

    def build(self, frame: Frame) -> bytes:
        """Give the bytes of a frame. Raises EncodeError where a command is none."""
        if frame.kind == PROMPT:
            return b"\n\r" + self.PROMPT_TEXT
        if frame.kind == COMMAND:
            if not _COMMAND.fullmatch(frame.payload):
                raise EncodeError(f"{frame.payload!r} is no command of a console")
            return frame.payload + b"\r"
        command, _, lines = frame.payload.partition(b"\n")
        if frame.kind == LOOSE:
            text = _loose(lines.split(b"\n"))
            return command + b"\n\r@\r\n\r" + text + DONE + b"\r\n\r$$\r\n\r" + self.PROMPT_TEXT
        body = b"".join([line + b"\r\r\n" for line in lines.split(b"\n")]) if lines else b""
        done = DONE + b"\r\n\r" if frame.version == 0 else b""
        return (
            command + b"\n\r@\r\r\n" + body[:-3] + (b"\r\n\r" if body else b"") + done + b"$$\r\n\r" + self.PROMPT_TEXT
        )

    def _step(self, items: list[Frame | Noise], at: float) -> bool:
        """Take one thing from the front of what is pending; give whether there may be another."""
        if self._ended:
            self._pending = self._pending.lstrip(_QUIET)
        if not self._pending:
            return False
        begins = _begins(self._pending)
        if begins:
            return self._answer(begins, items, at)
        return self._line(items, at)

    def _answer(self, begins: re.Match[bytes], items: list[Frame | Noise], at: float) -> bool:
        ends = _ends(self._pending, begins.end() - 1)
        again = _begins(self._pending, begins.end())
        if again and (ends is None or again.start() < ends.start()):  # another answer before this one ended
            before = self._pending[: again.start()].rstrip(_QUIET)  # the echo of the next command stands at its end
            start = max(begins.end(), before.rfind(b"\n") + 1, before.rfind(b"\r") + 1)
            cut, self._pending = self._pending[:start], self._pending[start:]
            items.append(Noise(Why.CUT, cut, None, at))
            return True
        if ends is None:
            if len(self._pending) > _LONGEST:
                items.append(Noise(Why.TOO_LONG, self._pending, None, at))
                self._pending = b""
            return False
        data = self._pending
        rest = data[ends.end() :].lstrip(_QUIET)
        prompt = _PROMPT.match(rest)
        if prompt and prompt.end() == len(rest):
            raw, rest = data, b""
        else:
            raw = data[: len(data) - len(rest)]
        self._pending, self._ended = rest, True
        payload, number, version = self._answers.of(data[: begins.start()], data[begins.end() : ends.start()])
        items.append(Frame(number, 0, payload, version, ANSWER, raw, at))
        return True

    def _line(self, items: list[Frame | Noise], at: float) -> bool:
        """Take a line that is not inside an answer: a command, a prompt, or something else."""
        end = _LINE_END.search(self._pending)
        if end is None:
            if len(self._pending) > _LONGEST_LINE:
                items.append(Noise(Why.TOO_LONG, self._pending, None, at))
                self._pending = b""
            return False
        line, rest = self._pending[: end.start()], self._pending[end.end() :]
        after = rest.lstrip(_QUIET)
        text = _PROMPT.sub(b"", line).strip(_QUIET)
        prompted = _PROMPT.search(line) is not None
        if text and (prompted or after.startswith(b"@")):
            if _LINE_END.search(after) is None:
                return False  # an echo: what follows will tell
            self._drop(line, after, items, at)
            return True
        self._ended = False
        self._pending, self._returned = after, end[0] == b"\r" and not rest
        raw = line + end[0] + rest[: len(rest) - len(after)]
        if text or not prompted:
            self._command(text, raw, items, at)
        return bool(after)

    def _drop(self, line: bytes, after: bytes, items: list[Frame | Noise], at: float) -> None:
        """An echo that no answer follows."""
        items.append(Noise(Why.STRAY, line, None, at))
        self._pending = after

    def _command(self, text: bytes, raw: bytes, items: list[Frame | Noise], at: float) -> None:
        if text and not _COMMAND.fullmatch(text):
            items.append(Noise(Why.CHARACTER, raw, None, at))
        else:
            items.append(Frame(_number(text), 0, text, 0, COMMAND, raw, at))


def _loose(lines: Sequence[bytes]) -> bytes:
    """Write lines as recorded: at the end of a full page the last entry's end otherwise than all others."""
    text, page = b"", list[bytes]()
    for line in lines:
        if line != PAGE_ENDS:
            page.append(line)
            continue
        last = len(page) - 1 - page[::-1].index(b"") if b"" in page else len(page)
        text += b"".join([one + (b"\n\r" if place >= last else b"\r\n\r") for place, one in enumerate(page)])
        text, page = text + PAGE_ENDS + b"\r" + _TURNED, []
    return text + b"".join([one + b"\r\n\r" for one in page])


def _begins(data: bytes, start: int = 0) -> re.Match[bytes] | None:
    """Find where an answer begins: only what stands around its sign is looked at."""
    at = data.find(b"@", start)
    while at >= 0:
        found = _BEGINS.match(data, _before_blanks(data, at, start))
        if found:
            return found
        at = data.find(b"@", at + 1)
    return None


def _ends(data: bytes, start: int) -> re.Match[bytes] | None:
    """Find where an answer ends. One sign is looked for, which takes a tenth of the time of two."""
    at = data.find(b"$", start)
    while at >= 0:
        line = _before_blanks(data, at, start)
        if line > start and (found := _ENDS.match(data, line - 1)):
            return found
        at = data.find(b"$", at + 1)
    return None


def _before_blanks(data: bytes, at: int, start: int) -> int:
    while at > start and data[at - 1] == _BLANK:
        at -= 1
    return at


def _lines(text: bytes) -> list[bytes]:
    return [text[start:end] for start, end in lines_of(text)]


def _looks(before: bytes, text: bytes) -> Looks:
    """Find out how an answer looks: its echo, its lines without those that the console sets around them."""
    echo, lines = _echo(before), lines_of(text)
    done = any(text.startswith(DONE, start) for start, _ in lines)  # a US3000D sets an exclamation mark behind it
    told = [(start, end) for start, end in lines if not text.startswith((DONE, MORE), start)]
    return Looks(echo, _number(echo), told, done)


def _echo(before: bytes) -> bytes:
    """Give the last command among the lines before an answer."""
    for line in reversed(_lines(before)):
        command = (_PROMPT.sub(b"", line) if b">" in line else line).strip(b"\0 >")
        if _COMMAND.fullmatch(command):
            return command
    return b""


def _number(command: bytes) -> int:
    """Give the number that stands after a command, 1 where none does."""
    _, blank, number = command.partition(b" ")
    number = number.strip(b" ")
    if not blank or not number.isdigit() or len(number) > _DIGITS:
        return 1
    return int(number) if int(number) <= 0xFF else 1
