"""The lines of an answer of a console, found once.

The next answer to the same command mostly has other digits and is else the same text: then its lines lie where those of
the last one lay.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final

Span = tuple[int, int]
"""Where a line begins and ends."""

DIGITS_TO_ZERO: Final = bytes.maketrans(b"123456789", b"000000000")
"""Makes one text of all that differ in digits alone."""

_LINE = re.compile(rb"[^\r\n]+")
_MOST: Final = 64  # commands that are remembered: two for each module of a stack, with and without a prompt
_LONGEST: Final = 256  # bytes of one, with the prompts before it

_Unpack = Callable[[bytes], tuple[bytes, ...]]


def lines_of(text: bytes) -> list[Span]:
    """Find the lines that are not empty, without the blanks and NULs at their ends."""
    spans = [(found.start(), found.start() + len(found[0].rstrip(b" \0"))) for found in _LINE.finditer(text)]
    return [(start, end) for start, end in spans if end > start]


@dataclass(frozen=True, slots=True)
class Looks:
    """How an answer looks. echo: its command. number: the module that this names. lines: where those lie that count."""

    echo: bytes
    number: int
    lines: Sequence[Span]
    done: bool


class Answers:
    """Remembers how the last answer to each command looked.

    look: finds it out. To it all digits of a text are alike.
    """

    def __init__(self, look: Callable[[bytes, bytes], Looks]) -> None:
        self._look = look
        self._last: dict[bytes, tuple[bytes, bytes, int, int, _Unpack]] = {}

    def of(self, before: bytes, text: bytes) -> tuple[bytes, int, int]:
        """Give the payload, address and version of an answer. before: what stood before its sign, such as the echo."""
        shape = text.translate(DIGITS_TO_ZERO)
        last = self._last.get(before)
        if last is None or last[0] != shape:
            if len(self._last) >= _MOST:
                self._last.clear()
            looks = self._look(before, text)
            last = shape, looks.echo + b"\n", looks.number, 0 if looks.done else 1, _unpacker(looks.lines)
            if len(before) <= _LONGEST:
                self._last[before] = last
        return last[1] + b"\n".join(last[4](text)), last[2], last[3]


def _unpacker(spans: Sequence[Span]) -> _Unpack:
    """Give what cuts lines out of a text."""
    code, stopped = "", 0
    for start, end in spans:
        code += f"{start - stopped}x{end - start}s"
        stopped = end
    return Struct(code).unpack_from
