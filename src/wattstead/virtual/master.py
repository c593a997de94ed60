"""What the master of a virtual bank knows of its packs: what they say, what they said last, or nothing yet.

The master is the pack at the first place. It hears the others over the line between them; a pack whose line is cut is
stale after ``STALE_S``, and after the master was switched on it has heard nobody for ``READ_S``.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf
from typing import Final

from wattstead.model.bank import Member, Standing

STALE_S: Final = 5.0
"""So long what a pack said last holds (ours)."""
READ_S: Final = 1.0
"""So long a master takes to ask all packs for the first time (ours)."""

Tell = Callable[[int], Member]
"""Gives what a pack says now, by its place."""


class Master:
    """The memory of one master. names: of all packs, its own first."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._since_s = -inf  # a bank that begins at rest has been on for long
        self._last: dict[int, tuple[float, Member | None]] = {}  # of packs whose line is cut: since when, last words
        self._on = True
        self._began = False

    def look(self, now_s: float, on: Sequence[bool], cut: Sequence[bool], tell: Tell) -> None:
        """Take note of who can be heard, before time goes on. on: whose BMS is on. cut: whose line is broken."""
        if on[0] and not self._on:
            self._since_s, self._last = now_s, {}
        self._on = bool(on[0])
        read = self._began and self._on and now_s >= self._since_s + READ_S
        for place, is_cut in enumerate(cut):
            if not is_cut:
                self._last.pop(place, None)
            elif place not in self._last and place > 0:
                self._last[place] = now_s, tell(place) if read and on[place] else None
        self._began = True

    def members(self, now_s: float, tell: Tell) -> tuple[Member, ...]:
        """Give what it knows; nothing while it is off."""
        return tuple(self._member(place, now_s, tell) for place in range(len(self._names))) if self._on else ()

    def _member(self, place: int, now_s: float, tell: Tell) -> Member:
        if place in self._last:
            since_s, said = self._last[place]
            if now_s - since_s < STALE_S:
                return said or Member(self._names[place], Standing.UNREAD)
            return replace(said, standing=Standing.STALE) if said else Member(self._names[place], Standing.STALE)
        if place > 0 and now_s < self._since_s + READ_S:
            return Member(self._names[place], Standing.UNREAD)
        return tell(place)
