"""The bytes that lines of text stand for, of protocols whose frames people write in hex: Modbus, JBD, Daly, JK."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from wattstead.wire.frame import Noise

_LONGEST: Final = 64  # lines that one frame may be split over: a hex dump of the longest
_BYTE: Final = r"(?:0x|\\x)?[0-9A-Fa-f]{2}"
_BETWEEN: Final = r"[\s.:,;|<>\[\]-]*"
_RUN: Final = re.compile(rf"(?<![0-9A-Za-z])(?:{_BYTE}{_BETWEEN})*{_BYTE}(?![0-9A-Za-z])")
_MARKS: Final = re.compile(r"0x|\\x|[^0-9A-Fa-f]", re.IGNORECASE)

# A line of a hex dump: an offset, the bytes, and the characters behind a bar or behind some blanks.
_OFFSET: Final = re.compile(r"^\s*0[0-9A-Fa-f]{2,6}0:?\s+(?=[0-9A-Fa-f]{2}\s)")
_BESIDE: Final = re.compile(r"\s\|.*$|\s{2,}+(?![0-9A-Fa-f]{2}(?:\s|$)).*$")


def hex_bytes(text: str) -> bytes:
    """Give the bytes of the longest run of hex in a line, without what a log puts around it; none where none is."""
    offset = _OFFSET.match(text)
    line = _BESIDE.sub("", text[offset.end() :]) if offset else text
    runs = [_MARKS.sub("", run) for run in _RUN.findall(line)]
    return bytes.fromhex(max(runs, key=len)) if runs else b""


class HexJoiner:
    """Gives the bytes of each line with its number, and puts frames together that were split over lines."""

    def __init__(self, cut: Callable[[bytes], Sequence[object]]) -> None:
        """cut: gives the frames in bytes, and noise."""
        self._cut = cut
        self._held: list[tuple[int, bytes]] = []

    def take(self, number: int, text: str) -> list[tuple[int, bytes]]:
        """Take a line. number: its number. Gives what can be said now."""
        data = hex_bytes(text)
        if not data:
            return [*self.end(), (number, text.encode())]
        if self._whole(data):
            return [*self.end(), (number, data)]
        self._held.append((number, data))
        joined = b"".join(piece for _, piece in self._held)
        if self._whole(joined):
            first, self._held = self._held[0][0], []
            return [(first, joined)]
        return self.end() if len(self._held) >= _LONGEST else []

    def end(self) -> list[tuple[int, bytes]]:
        """Give up what is held: nothing more belongs to it."""
        held, self._held = self._held, []
        return held

    def _whole(self, data: bytes) -> bool:
        return any(not isinstance(item, Noise) for item in self._cut(data))
