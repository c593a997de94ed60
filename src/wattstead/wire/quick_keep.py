"""Keeps functions that were written for layouts. Writing one takes a millisecond or two: what is used once has none."""

from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from wattstead.wire.layout import Part

T = TypeVar("T")

USES: Final = 4
"""So often a layout goes the long way first: a window of registers that a client asks for once never comes again."""
_MOST: Final = 1024  # layouts that are kept: those of all profiles, and windows that somebody asks for again and again


class _One(Generic[T]):
    __slots__ = ("made", "more", "parts", "uses")

    def __init__(self, parts: Sequence[Part], more: frozenset[str]) -> None:
        self.parts, self.more = parts, more  # held, so that their ids stay theirs
        self.uses = 0
        self.made: T | None = None


class Keeper(Generic[T]):
    """write: writes the function of a layout; None where it has none. more: what else it depends on."""

    def __init__(self, write: Callable[[Sequence[Part], frozenset[str]], T | None]) -> None:
        self._write = write
        self._known: dict[tuple[int, int], _One[T]] = {}

    def of(self, parts: Sequence[Part], more: frozenset[str] = frozenset()) -> T | None:
        """Give the function of a layout; None where there is none, or not yet."""
        key = id(parts), id(more)
        one = self._known.get(key)
        if one is not None and one.uses >= USES:
            return one.made
        return self._used(key, parts, more)

    def _used(self, key: tuple[int, int], parts: Sequence[Part], more: frozenset[str]) -> T | None:
        one = self._known.get(key)
        if one is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            one = self._known[key] = _One(parts, more)
        one.uses += 1
        if one.uses >= USES:
            one.made = self._write(parts, more)
        return one.made
