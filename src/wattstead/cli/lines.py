"""The bytes that lines of text stand for: frames as people paste them from logs, sources and hex dumps."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from wattstead.wire.frame import Frame, Framer

_LONGEST: Final = 300  # lines that one frame may be split over: a hex dump of the longest frame, and some more

# What stands around a frame in logs and sources is no part of it: quotes, \r written out, the $ that some tools print.
_FRAME: Final = re.compile(r"~[^\s~'\"`\\.,;$<>(){}\[\]|]*")
_DROPPED: Final = re.compile(r"(?<![0-9A-Za-z~])[0-9A-Fa-f]{16,}(?![0-9A-Za-z])")
_REST: Final = re.compile(r"(?<![0-9A-Za-z])([0-9A-Fa-f]+)(?:\\r|\\n|\$)*['\"`]?,?\s*$")

# Hex: 7E 32, 7E:32, 7E.32, 7E | 32, 0x7E, 0x32, \x7E\x32, 7E32.
_MARKS: Final = re.compile(r"0x|\\x|[\s.:,;|-]", re.IGNORECASE)
_PAIRS: Final = r"7E(?:[\s.:,;|-]*(?:0x|\\x)?[0-9A-F]{2}){7,}"
_HEX: Final = re.compile(rf"(?<![0-9A-Za-z])(?:0x|\\x)?({_PAIRS})(?![0-9A-Z])", re.IGNORECASE)

# A line of a hex dump: an offset, the bytes, and the characters behind a bar or behind some blanks.
_OFFSET: Final = re.compile(r"^\s*0[0-9A-Fa-f]{2,6}0:?\s+(?=[0-9A-Fa-f]{2})")
_BAR: Final = re.compile(r"\s\|[^|]*\|?\s*$")
_BESIDE: Final = re.compile(r"\s{2,}+(?![0-9A-Fa-f]{2}(?:\s|$)).*$")


def line_bytes(text: str, framer: Callable[[], Framer]) -> bytes:
    """Give the bytes that a line stands for; a missing end is added to each frame.

    In a line of text each ~ begins a frame, and what stands beside frames is a remark. Without one, the line may hold
    a frame that has lost its ~, or hex from 7E on; else it is hex as a whole, or taken as it is.
    """
    if dumped := _dumped(text):
        return _ended(dumped)
    if words := _FRAME.findall(text):
        return _frames(_raised(word) for word in words)
    dropped = [_frames([f"~{_raised(word)}"]) for word in _DROPPED.findall(text)]
    if found := [data for data in dropped if _whole(data, framer)]:
        return b"".join(found)
    if hexed := _HEX.search(text):
        return _ended(_unmarked(hexed[1]))
    plain = _unmarked(text)
    return _ended(plain) if plain else _frames([text])


@dataclass(frozen=True, slots=True)
class _Piece:
    """Part of a frame. number: of its line. alone: what its line stands for if the frame is never completed."""

    number: int
    data: bytes
    alone: bytes


class Joiner:
    """Gives the bytes of each line with its number, and puts frames together that were split over lines.

    A line is held back only while it holds the beginning of a frame; what never becomes whole is given line by line.
    """

    def __init__(self, framer: Callable[[], Framer]) -> None:
        self._framer = framer
        self._held: list[_Piece] = []
        self._text = False  # whether the characters of the held frame were written, not its bytes in hex

    def take(self, number: int, text: str) -> list[tuple[int, bytes]]:
        """Take a line. number: its number. Gives what can be said now."""
        alone = line_bytes(text, self._framer)
        if self._held and not _whole(alone, self._framer) and (more := self._more(text)):
            self._held.append(_Piece(number, more, alone))
            return self._joined() if len(self._held) < _LONGEST else self.end()
        done = self.end()
        data = _dumped(text) or alone.removesuffix(b"\r")
        if not data.startswith(b"~") or b"~" in data[1:] or b"\r" in data or _whole(alone, self._framer):
            return [*done, (number, alone)]
        self._held, self._text = [_Piece(number, data, alone)], "~" in text and not _dumped(text)
        return done

    def end(self) -> list[tuple[int, bytes]]:
        """Give up what is held: nothing more belongs to it."""
        held, self._held = self._held, []
        return [(piece.number, piece.alone) for piece in held]

    def _more(self, text: str) -> bytes:
        """Give the part of a frame in a line that has no beginning of its own, none where it holds something else."""
        if not self._text:
            return _dumped(text) or _unmarked(text)
        found = None if "~" in text else _REST.search(text)
        return _raised(found[1]).encode() if found else b""

    def _joined(self) -> list[tuple[int, bytes]]:
        """Give the frame as soon as it is whole; what follows it begins the next one."""
        first, last = self._held[0], self._held[-1]
        data, end, after = b"".join(piece.data for piece in self._held).partition(b"\r")
        if not _whole(data + b"\r", self._framer):
            return [] if not end else self.end()
        self._held = [_Piece(last.number, after, _ended(after))] if after.startswith(b"~") else []
        return [(first.number, data + b"\r")]


def _whole(data: bytes, framer: Callable[[], Framer]) -> bool:
    return any(isinstance(item, Frame) for item in framer().feed(data))


def _frames(words: Iterable[str]) -> bytes:
    return "".join(f"{word}\r" for word in words).encode("ascii", "replace")


def _dumped(text: str) -> bytes:
    """Give the bytes of a line of a hex dump, without what stands beside them; none where it is no such line."""
    offset, bar = _OFFSET.match(text), _BAR.search(text)
    if not offset and not bar:
        return b""
    digits = text[offset.end() if offset else 0 : bar.start() if bar else None]
    found = None if offset else _HEX.search(digits)
    return _unmarked(found[1] if found else digits if bar else _BESIDE.sub("", digits))


def _unmarked(text: str) -> bytes:
    """Give the bytes of hex digits with whatever stands between them; none where it is something else."""
    try:
        return bytes.fromhex(_MARKS.sub("", text))
    except ValueError:
        return b""


def _raised(text: str) -> str:
    """Raise a text that some tool has made lower-case as a whole; a single small letter stays what it is: damage."""
    letters = [character for character in text if character.isalpha()]
    return text.upper() if len(letters) > 1 and all(character.islower() for character in letters) else text


def _ended(data: bytes) -> bytes:
    return data if data.rstrip(b"\n").endswith(b"\r") else data + b"\r"
