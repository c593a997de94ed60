"""What every store can do, whatever database stands behind it.

The contract that all stores keep (tests/store/test_contract.py checks it):

* ``write`` returns only after the readings are committed to disk; a kill at any moment loses nothing that it returned.
* One pack has one reading per millisecond. The first one stays: writing it again changes nothing.
* Raw values come back exactly as they were given, whether sealed or not. Aware times come back in UTC.
* Rollups of 5 minutes, 1 hour and 1 day always agree with all raw readings that were ever written, in any order. Once
  the raw readings of a time were removed (``expire``), its rollups are final.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from wattstead.model.errors import FileError
from wattstead.model.reading import Silence, Snapshot, Value

Reading = Snapshot | Silence
"""What one poll of one pack ended with."""

DAY_MS = 86_400_000
LAST_MS = 253_402_300_799_999
"""The end of the year 9999, the last that a datetime holds."""
RAW_DAYS = 90
"""How long raw readings are kept when nobody says otherwise; rollups stay for ever."""


class StoreError(FileError):
    """The store cannot be opened, read or written; the text says what would help."""


class Resolution(StrEnum):
    """How finely a series is given."""

    AUTO = "auto"  # the finest that stays within the number of points asked for
    RAW = "raw"
    FIVE_MINUTES = "5min"
    HOUR = "1h"
    DAY = "1d"


WIDTH_MS = {Resolution.FIVE_MINUTES: 300_000, Resolution.HOUR: 3_600_000, Resolution.DAY: DAY_MS}
"""Length of a bucket of each rollup, from the finest on. Buckets start at whole multiples of it in UTC."""


@dataclass(slots=True)
class Curve:
    """One channel over time, in the unit of its quantity; every list is as long as the times of its Series.

    Where nothing was said count is 0 and the rest is None. Raw: ``last`` is the value exactly as it was given, also a
    flag or a word; mean, minimum and maximum repeat it where it is a finite number.
    """

    mean: list[float | None] = field(default_factory=list)
    minimum: list[float | None] = field(default_factory=list)
    maximum: list[float | None] = field(default_factory=list)
    last: list[Value | None] = field(default_factory=list)
    count: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Series:
    """Channels of one pack over time.

    resolution: never AUTO. times_ms: UTC; when a value was read (raw), or where its bucket starts, which may lie a
    little before the time asked for. channels: by name; a quantity with a number per cell or probe gives ``name.1`` …
    """

    pack: str
    from_ms: int
    to_ms: int
    resolution: Resolution
    times_ms: list[int]
    channels: dict[str, Curve]


@dataclass(frozen=True, slots=True)
class Last:
    """Where a pack stands. snapshot: the newest one, None if there never was one. silence: the first one after it."""

    snapshot: Snapshot | None = None
    silence: Silence | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """First and last time that something is known of a pack, UTC ms; the first may be the start of a rollup bucket."""

    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class ActiveChange:
    """From ``at_ms`` on these codes were active, UTC ms: the first reading that said so.

    before_ms: of the last reading that told others, None for the first one of all.
    """

    at_ms: int
    active: tuple[str, ...]
    before_ms: int | None = None


class Store(Protocol):
    """Keeps readings. All times are UTC in integer milliseconds; ranges hold their start and not their end.

    Every method raises StoreError when the medium fails; nothing of a refused call is kept. An unknown pack has no
    readings. Works on several calls at once; none of them blocks the event loop.
    """

    async def write(self, readings: Sequence[Reading]) -> int:
        """Store the readings of one poll round in one transaction; give how many were new.

        Raises StoreError for a value that is none of the kinds in ``model.reading.Value``.
        """
        ...

    async def write_many(self, readings: Iterable[Reading], progress: Callable[[int], None] | None = None) -> int:
        """Store a long history in large transactions; give how many were new.

        progress: called in the event loop after each transaction with the number of readings it took.
        """
        ...

    async def read(
        self,
        pack: str,
        quantities: Sequence[str],
        from_ms: int,
        to_ms: int,
        resolution: Resolution = Resolution.AUTO,
        points: int | None = None,
    ) -> Series:
        """Give quantities (or single channels, ``cell_voltage_v.3``) over time.

        points: at most so many; more are joined into buckets of mean, minimum and maximum. AUTO without it is raw.
        """
        ...

    async def history(self, pack: str, from_ms: int, to_ms: int) -> list[Reading]:
        """Give the raw readings, whole and exactly as written, in the order of time."""
        ...

    async def active_changes(self, pack: str, from_ms: int, to_ms: int) -> list[ActiveChange]:
        """Give when other codes became active, in the order of time; the first one is what was active first.

        Readings that tell no codes, and silence, change nothing.
        """
        ...

    async def packs(self) -> list[str]:
        """Name the packs of which anything was ever stored."""
        ...

    async def latest(self, pack: str) -> Last:
        """Give where the pack stands, for a restart."""
        ...

    async def bounds(self, pack: str) -> Bounds | None:
        """Give the times between which something is known, None for nothing."""
        ...

    async def seal(self, now_ms: int) -> int:
        """Compress what is old enough and bring its rollups up to date; give the number of stretches sealed.

        Changes nothing that a reader can see. Call it every few minutes; other calls get their turn in between.
        """
        ...

    async def expire(self, now_ms: int, keep_days: int = RAW_DAYS) -> int:
        """Remove raw readings older than that many days, by whole stretches; give how many readings went."""
        ...

    async def close(self) -> None:
        """Finish what was begun and let go of the files. Further calls raise StoreError."""
        ...
