"""Takes serial numbers, names and passwords out of what is to be sent to strangers, and puts others of their form in.

A serial number hides in many forms: as text, as hex, with two bytes a letter, with its bytes the other way round, or
two by two as registers of some makers have them. All forms are known from the one that was read.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

_LEAST: Final = 4
"""Shorter ones are no mark by themselves: they are replaced only with the padding of their field, or where they stand
alone."""
_STRONG: Final = 6
"""So long, and with a digit in it, it is no common word and no common number."""
_ALONE: Final = rb"(?<![A-Za-z0-9_])%b(?![A-Za-z0-9_])"
_FRAGMENT: Final = 5  # bytes of a secret that tell it in a damaged frame
_HEX_TEXT: Final = re.compile(r"[0-9A-Fa-f]{2}(?: [0-9A-Fa-f]{2})+")
_DIGITS, _UPPER, _LOWER = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_HEX_UPPER, _HEX_LOWER = "ABCDEF", "abcdef"


@dataclass(frozen=True, slots=True)
class Replaced:
    """kind: serial, name or secret. was, now: as a person reads them."""

    kind: str
    was: str
    now: str


def _swapped(data: bytes) -> bytes:
    """Swap the bytes of each register; an odd last one stays."""
    even = len(data) & ~1
    swapped = b"".join(data[k : k + 2][::-1] for k in range(0, even, 2))
    return swapped + data[even:]


def _turned(data: bytes) -> bytes:
    """Turn the order of the registers, not that of the bytes in them."""
    return b"".join(data[k : k + 2] for k in range(len(data) & ~1, -1, -2) if data[k : k + 2])


def _wide(order: str) -> Callable[[bytes], bytes]:
    return lambda data: data.decode("latin-1").encode(f"utf-16-{order}")


def _spaced(data: bytes) -> bytes:
    return data.hex(" ").upper().encode()


_ORDERS: Final[tuple[Callable[[bytes], bytes], ...]] = (bytes, lambda data: data[::-1], _swapped, _turned)
_CASES: Final[tuple[Callable[[bytes], bytes], ...]] = (bytes, bytes.upper, bytes.lower)
_SHOWN: Final[tuple[Callable[[bytes], bytes], ...]] = (
    bytes,
    _wide("le"),
    _wide("be"),
    lambda data: data.hex().encode(),
    lambda data: data.hex().upper().encode(),
    _spaced,
    lambda data: _spaced(data).lower(),
)


def forms(data: bytes) -> Iterator[bytes]:
    """Give all forms in which these bytes may stand somewhere, always in the same order."""
    for case in _CASES:
        for order in _ORDERS:
            for shown in _SHOWN:
                yield shown(order(case(data)))


class Scrubber:
    """Learns what is private, then replaces it everywhere by the same other. random: where that comes from."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._secrets: dict[bytes, Replaced] = {}
        self._made: dict[bytes, bytes] = {}  # by the secret as it is; the table has all its forms
        self._table: dict[bytes, bytes] = {}
        self._alone: dict[str, str] = {}
        self._weak: set[bytes] = set()
        self._pattern: re.Pattern[bytes] | None = None
        self._in_text: re.Pattern[bytes] | None = None
        self._places: dict[str, str] = {}

    def hide(self, was: str, now: str) -> None:
        """Let a text stand nowhere in what is written for people; bytes of a recording are left alone."""
        self._places[was] = now

    @property
    def replaced(self) -> tuple[Replaced, ...]:
        """What was replaced by what."""
        return tuple(self._secrets.values())

    def learn(self, kind: str, value: object, *, size: int = 0, pad: str = " ") -> None:
        """Learn a private value as it was read. size, pad: of its field, where that is known."""
        if not isinstance(value, str):
            return
        text = value.strip(" \0")
        if _HEX_TEXT.fullmatch(text):
            self._learn(kind, bytes.fromhex(text).strip(b" \0"), text, size=size, pad=pad)
        else:
            self._learn(kind, text.encode("utf-8", "replace"), text, size=size, pad=pad)

    def _learn(self, kind: str, data: bytes, shown: str, *, size: int, pad: str) -> None:
        if data in self._secrets or not re.search(rb"[1-9A-Za-z]|[^\x00-\x7f]", data):
            return  # known, or what makers write where nothing is set
        now = self._other(data)
        said = now.decode("ascii") if shown.encode("utf-8", "replace") == data else now.hex(" ").upper()
        self._secrets[data] = Replaced(kind, shown, said)
        self._made[data] = now
        self._alone[shown] = said
        wide = data.ljust(size, pad.encode()) if len(data) < _LEAST else data
        if len(wide) >= _LEAST:
            known = dict(zip(forms(wide), forms(now + wide[len(data) :]), strict=True))
            self._table |= known
            self._weak |= known.keys() if len(data) < _STRONG or not re.search(rb"\d", data) else set()
            self._pattern = self._in_text = None

    def _other(self, data: bytes) -> bytes:
        """Make another of the same form, of which no byte is as it was."""
        text, known = data.decode("latin-1"), set(forms(data))
        is_hex = re.fullmatch(r"[0-9A-Fa-f]+", text) is not None
        made = data
        while made in known:
            made = "".join(self._one(letter, is_hex=is_hex) for letter in text).encode("ascii")
        return made

    def _one(self, letter: str, *, is_hex: bool) -> str:
        kinds = (_DIGITS, _HEX_UPPER if is_hex else _UPPER, _HEX_LOWER if is_hex else _LOWER)
        for letters in kinds:
            if letter in letters:
                return self._random.choice(letters.replace(letter, ""))
        return letter if letter.isascii() and letter.isprintable() else self._random.choice(_UPPER)

    def data(self, data: bytes) -> bytes:
        """Replace all forms of all that is private in recorded bytes. The length stays.

        What is too short to be told from other bytes is replaced where nothing else stands there.
        """
        text = data[1:] if data and data[0] == len(data) - 1 else data  # behind a byte with its length
        bare = text.strip(b" \0")
        if len(bare) < _LEAST and bare in self._secrets:
            return data.replace(bare, self._made[bare])
        if self._pattern is None:
            self._pattern = _any_of(map(re.escape, self._longest_first()))
        return self._pattern.sub(lambda found: self._table[found[0]], data)

    def _longest_first(self) -> list[bytes]:
        return sorted(self._table, key=len, reverse=True)

    def _words(self) -> re.Pattern[bytes]:
        """Find what is private in text for people; what may be a common word or number only where it stands alone."""
        if self._in_text is None:
            known = self._longest_first()
            self._in_text = _any_of(_ALONE % re.escape(one) if one in self._weak else re.escape(one) for one in known)
        return self._in_text

    def text(self, text: str) -> str:
        """The same for text."""
        for was, now in self._places.items():
            text = text.replace(was, now)
        swapped = self._words().sub(lambda found: self._table[found[0]], text.encode())
        return self._alone.get(text) or swapped.decode("utf-8", "replace")

    def plain(self, value: Any) -> Any:
        """The same for what goes into JSON: all texts in it, keys too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.plain(name): self.plain(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.plain(one) for one in value)
        return value

    def tells(self, data: bytes) -> bool:
        """Whether a part of something private stands there, long enough to tell it."""
        return any(
            len(form) >= _FRAGMENT and any(form[k : k + _FRAGMENT] in data for k in range(len(form) - _FRAGMENT + 1))
            for form in self._table
        )

    def leaks(self, data: bytes) -> bool:
        """Whether something private stands in recorded bytes whole, in any form."""
        return any(form in data for form in self._table)

    def leaks_in_text(self, text: bytes) -> bool:
        """The same for a text."""
        return self._words().search(text) is not None


def _any_of(known: Iterable[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(known) or b"(?!)", re.DOTALL)
