"""Codes that the platform saw come and go, beside what the device has recorded of them itself: told once."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wattstead.catalog.profile import Profile
from wattstead.host.records.entry import Entry
from wattstead.host.records.keep import Kept

SLACK_MS: Final = 60_000
"""So far apart a record and our reading may stand and be of the same event: clocks of batteries wander."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A code that became active (began) or was so no more. at_ms: of the first reading that said so, UTC.

    after_ms: of the last reading that said otherwise: in between it happened. None where nothing was stored before.
    pack: under which name the platform keeps it.
    """

    pack: str
    code: str
    began: bool
    at_ms: int
    after_ms: int | None = None


def untold(profile: Profile, kept: Iterable[Kept], seen: Sequence[Seen]) -> list[Seen]:
    """Leave out what a record of the device tells, and what stands there twice.

    A record whose time cannot be compared with ours, for nobody knows how the device's clock goes, leaves nothing out.
    """
    told = _told(profile, kept)
    return [one for one in dict.fromkeys(seen) if not _is_told(one, told.get(one.code, []))]


_Told = list[tuple[int, bool]]
"""When a code began (true) or ended, UTC ms, in the order of time."""


def _told(profile: Profile, kept: Iterable[Kept]) -> Mapping[str, _Told]:
    found: dict[str, _Told] = defaultdict(list)
    for one in kept:
        if one.entry.at is not None and one.ahead_s is not None:
            for code, began in _codes(profile, one.entry):
                found[code].append((one.at_ms, began))
    return {code: sorted(told) for code, told in found.items()}


def _codes(profile: Profile, entry: Entry) -> Iterator[tuple[str, bool]]:
    """Give the codes that a record tells. A list of all that is active tells no end."""
    event = profile.records.events.get(entry.event)
    if event is not None and event.code:
        yield event.code, entry.raised is not False
    yield from ((code, True) for code in entry.active)


def _is_told(one: Seen, told: _Told) -> bool:
    if one.after_ms is None:  # it was active when we first looked: whatever it was that began it is told
        before = bisect_right(told, (one.at_ms + SLACK_MS, True))
        return before > 0 and told[before - 1][1] == one.began
    first = bisect_left(told, (one.after_ms - SLACK_MS, False))
    last = bisect_right(told, (one.at_ms + SLACK_MS, True))
    return any(began == one.began for _, began in told[first:last])
