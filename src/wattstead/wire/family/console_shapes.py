"""A quick way through answers of a console that look alike: only their digits are others.

A console pads its tables, so one reading differs from the next in little but digits. With each digit made a zero both
are the same text: a *shape*. For a shape that comes again and again a function is written, with the places of its
values put in; words without a digit are read once. Where the values stand nobody says twice: the walk that reads
everything is shown the answer with digits that spell their own places, and where they turn up is where it looks.

Only digits may change within a shape, and the walk asks of a digit no more than that it is one. Where it does ask
more, as of labels with a number in them, what it gives changes its form: then there is no function. What is not as it
should be is left to the walk, so each sentence about that stands in one place (docs/decisions/quick-readers.md).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from wattstead.model.errors import DecodeError
from wattstead.wire.family.console_form import AsItStands, by_name
from wattstead.wire.field import Hex
from wattstead.wire.framing.console_alike import DIGITS_TO_ZERO
from wattstead.wire.layout import LEFT_OVER, Field, Group, Part, Record
from wattstead.wire.quick_text import Text
from wattstead.wire.quick_value import scaled
from wattstead.wire.said import SaidNumber, SaidPlaces

Walk = Callable[[Sequence[Part], bytes], Record]
"""Reads an answer by these parts. Raises DecodeError."""

_DIGITS: Final = frozenset(b"0123456789")
_PLACES: Final = 4  # digits that spell a place
_LONGEST: Final = 10**_PLACES - 1
_USES: Final = 8  # a function costs as much as 20 or 30 walks
_MOST: Final = 128  # shapes that are kept of a message
_MOST_WORDS: Final = 1024  # whose values are kept of a field
_HEX: Final = Hex()

_Read = Callable[[bytes], Record]
_Leaf = bytes | tuple[int, int]
"""A word that never changes, or where one begins and ends."""


class _NoWay(Exception):
    """Only the walk can read such an answer."""


class _Values(dict[bytes, Any]):
    """What words of one field are worth."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._read = field.type.read

    def __missing__(self, word: bytes) -> Any:
        if len(self) >= _MOST_WORDS:
            self.clear()
        value = self[word] = self._read(word)
        return value


class Shapes:
    """Reads the answers of one message. parts: its layout. walk: reads everything."""

    def __init__(self, parts: Sequence[Part], walk: Walk) -> None:
        self._parts, self._walk = parts, walk
        self._bare_type = AsItStands()
        self._bare = tuple([_bare(part, self._bare_type) for part in parts])
        self._values: dict[str, _Values] = {}
        self._uses: dict[bytes, int] = {}
        self._known: dict[bytes, _Read | None] = {}
        self._last: tuple[bytes, _Read | None] = b"", None  # to compare is cheaper than to look for

    def read(self, content: bytes) -> Record:
        """Read an answer. Raises DecodeError."""
        shape = content.translate(DIGITS_TO_ZERO)
        read = self._last[1] if self._last[0] == shape else self._known.get(shape)
        if read is None:
            if shape not in self._known:
                self._count(shape, content)
            return self._walk(self._parts, content)
        self._last = shape, read
        try:
            return read(content)
        except DecodeError:
            return self._walk(self._parts, content)  # it says what is wrong, and where

    def _count(self, shape: bytes, content: bytes) -> None:
        """Write the function of a shape that comes again and again."""
        if len(content) > _LONGEST:
            return
        if len(self._uses) >= _MOST:
            self._uses.clear()
        uses = self._uses[shape] = self._uses.get(shape, 0) + 1
        if uses < _USES:
            return
        del self._uses[shape]
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[shape] = self.learn(content)

    def learn(self, content: bytes) -> _Read | None:
        """Write the function for all answers that look like this one; None where they have to be walked."""
        try:
            wanted = repr(self._walk(self._parts, content))
            texts = [content, *_spelled(content), content.translate(DIGITS_TO_ZERO)]
            writer = _Writer(by_name(self._parts), texts, self._values)
            records, seen = zip(*[self._walked_bare(text) for text in texts], strict=True)
            read = writer.function(writer.record(records))
            writer.nothing_else(seen[1])
            return read if repr(read(content)) == wanted else None
        except (_NoWay, DecodeError):
            return None

    def _walked_bare(self, text: bytes) -> tuple[Record, set[bytes]]:
        """Give what stands in an answer, and all that was read for it."""
        self._bare_type.seen.clear()
        return self._walk(self._bare, text), set(self._bare_type.seen)


def _bare(part: Part, kind: AsItStands) -> Part:
    """Give a part whose values are what stands there."""
    if isinstance(part, Group):
        return replace(part, parts=tuple([_bare(one, kind) for one in part.parts]))
    return part if isinstance(part.type, SaidPlaces) else replace(part, type=kind)


def _spelled(content: bytes) -> Iterator[bytes]:
    """Give texts in which digits spell their own places: the last figure of it in the first text, and so on."""
    for power in range(_PLACES):
        yield bytes([0x30 + at // 10**power % 10 if one in _DIGITS else one for at, one in enumerate(content)])


class _Writer(Text):
    """Writes the function of one shape. Each value is an expression over the words that have digits."""

    def __init__(self, fields: Mapping[str, Field], texts: Sequence[bytes], values: dict[str, _Values]) -> None:
        super().__init__()
        self._fields, self._texts, self._values = fields, texts, values
        self._words: dict[tuple[int, int], str] = {}

    def nothing_else(self, seen: set[bytes]) -> None:
        """Make sure that each word is in the record. seen: by the walk, in the first spelled text.

        The walk would refuse a wrong one that it reads twice and tells once; the function would not see it.
        """
        told = {self._texts[1][start:end] for start, end in self._words}
        if any(word not in told for word in seen if not _DIGITS.isdisjoint(word)):
            raise _NoWay

    def function(self, record: str) -> _Read:
        """Make the function, now that all words are known; they are unpacked in their order."""
        code, stopped, names = "", 0, ""
        for (start, end), name in sorted(self._words.items()):
            if start < stopped:
                raise _NoWay
            code += f"{start - stopped}x{end - start}s"
            stopped, names = end, f"{names}{name}, "
        with self.inside("def read(content):"):
            if names:
                self.line(f"{names}= {self.unpacker(code)}(content)")
            self.line(f"return {record}")
        return self.made("read")

    def record(self, found: Sequence[Record]) -> str:
        """Give the expression that makes a record. found: the same record of each text."""
        names = list(found[0])
        if any(list(one) != names for one in found):
            raise _NoWay
        return f"{{{', '.join(f'{name!r}: {self._value(name, [one[name] for one in found])}' for name in names)}}}"

    def _value(self, name: str, found: Sequence[Any]) -> str:
        first = found[0]
        if any(type(one) is not type(first) for one in found):
            raise _NoWay
        if name == LEFT_OVER:
            return self._left(found)
        if isinstance(first, bytes):
            return self._one(self._fields[name], self._leaf(found))
        if isinstance(first, list):
            self._same_size(found)
            return f"[{', '.join(self.record([one[at] for one in found]) for at in range(len(first)))}]"
        if isinstance(first, tuple) and first and isinstance(first[0], bytes):
            self._same_size(found)
            leaves = [self._leaf([one[at] for one in found]) for at in range(len(first))]
            return self._many(self._fields[name], leaves)
        if any(one != first for one in found):  # a number of rows, cells with a Y
            raise _NoWay
        return self.given("same", first)

    def _same_size(self, found: Sequence[Any]) -> None:
        if len({len(one) for one in found}) != 1:
            raise _NoWay

    def _leaf(self, found: Sequence[bytes]) -> _Leaf:
        """Find where a word stands: its digits say so, and it must stand there in each text."""
        word = found[0]
        at = next((k for k, one in enumerate(word) if one in _DIGITS), None)
        if at is None:
            if any(one != word for one in found):
                raise _NoWay
            return word
        self._same_size(found)
        start = sum((one[at] - 0x30) * 10**power for power, one in enumerate(found[1 : _PLACES + 1])) - at
        if start < 0 or any(
            text[start : start + len(word)] != one for text, one in zip(self._texts, found, strict=True)
        ):
            raise _NoWay
        return start, start + len(word)

    def _word(self, leaf: _Leaf) -> str:
        """Give the variable of a word."""
        if isinstance(leaf, bytes):
            return self.given("said", leaf)
        if leaf not in self._words:
            self._words[leaf] = self.fresh("word")
        return self._words[leaf]

    def _one(self, field: Field, leaf: _Leaf) -> str:
        if isinstance(leaf, bytes):
            return self.given("same", field.type.read(leaf))
        return self._read(field, self._word(leaf))

    def _many(self, field: Field, leaves: Sequence[_Leaf]) -> str:
        """Read the words of a column: cells say much the same, and say it again and again."""
        if all(isinstance(leaf, bytes) for leaf in leaves):
            return self.given("same", tuple([field.type.read(leaf) for leaf in leaves if isinstance(leaf, bytes)]))
        words = ", ".join(self._word(leaf) for leaf in leaves)
        values = self._values.setdefault(field.name, _Values(field))
        return f"tuple(map({self.given('value', values.__getitem__)}, ({words},)))"

    def _read(self, field: Field, word: str) -> str:
        kind = field.type
        if type(kind) is SaidNumber:
            return f"int({word})" if kind.scale == 1 else scaled(kind, f"int({word})", self.given)
        return f"{self.given('read', kind.read)}({word})"

    def _left(self, found: Sequence[str]) -> str:
        """Read the lines that nobody knows."""
        texts = [bytes.fromhex(one).split(b"\n") for one in found]
        self._same_size(texts)
        leaves = [self._leaf([one[at] for one in texts]) for at in range(len(texts[0]))]
        lines = ", ".join(self._word(leaf) for leaf in leaves)
        end = self.given("end", b"\n")
        return f"{self.given('hex', _HEX.read)}({end}.join(({lines},)))"
