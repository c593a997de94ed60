"""Records of one device as this computer keeps them: for ever, each once, with what is known to be missing.

A file of lines that only grows: a record is on the disk before the next question is put, and a line that broke off is
passed over.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from wattstead.catalog.profile import Profile
from wattstead.host.records.entry import Entry, from_plain, to_plain
from wattstead.host.records.read import Reading
from wattstead.model.errors import FileError

FILE: Final = "records.jsonl"


@dataclass(frozen=True, slots=True)
class Kept:
    """A record. read_ms: when it was read first, UTC. ahead_s: of the device's clock over UTC then. place: 0 newest."""

    entry: Entry
    read_ms: int
    ahead_s: float | None = None
    place: int = 0

    @property
    def at_ms(self) -> int:
        """When it happened, UTC, as far as the device's clock tells; else when it was read."""
        if self.entry.at is None:
            return self.read_ms
        return round((self.entry.at.replace(tzinfo=UTC).timestamp() - (self.ahead_s or 0.0)) * 1000)


@dataclass(frozen=True, slots=True)
class Gap:
    """Records that nobody has read. why: a word of ``words/records.toml``. lost: how many, None where nobody knows.

    after_ms, before_ms: between which records they lie, UTC; after_ms None where nothing older is known.
    """

    why: str
    read_ms: int
    before_ms: int
    after_ms: int | None = None
    lost: int | None = None


@dataclass
class RecordStore:
    """The records of one device. path: of its file. profile: how its records are numbered."""

    path: Path
    profile: Profile
    kept: list[Kept] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    _whole: int = 0  # so many of the kept ones are of readings that came to their end
    _counts: Counter[tuple[object, ...]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for line in self._lines():
            try:
                self._hear(json.loads(line))
            except (ValueError, TypeError, KeyError, AttributeError):
                continue

    def knows(self, entry: Entry) -> bool:
        """Whether a record like this was kept before."""
        return bool(self._counts[entry.key])

    def reading(self, read_ms: int, ahead_s: float | None = None) -> "Intake":
        """Begin a reading."""
        return Intake(self, read_ms, ahead_s)

    def ordered(self) -> list[Kept]:
        """Give all, the oldest first."""
        return sorted(self.kept, key=lambda one: (one.at_ms, one.entry.number or 0, -one.place))

    def last_whole(self) -> Sequence[Kept]:
        """Give those of readings that came to their end."""
        return self.kept[: self._whole]

    # The file.

    def add(self, one: Kept) -> None:
        self._write({"kind": "record", **to_plain(one.entry), **_about(one)})
        self._take(one)

    def add_gap(self, gap: Gap) -> None:
        about = {"why": gap.why, "lost": gap.lost, "after_ms": gap.after_ms, "before_ms": gap.before_ms}
        self._write({"kind": "gap", **about, "read_ms": gap.read_ms})
        self.gaps.append(gap)

    def end_reading(self, read_ms: int) -> None:
        self._write({"kind": "whole", "read_ms": read_ms})
        self._whole = len(self.kept)

    def _hear(self, plain: Mapping[str, Any]) -> None:
        match plain["kind"]:
            case "record":
                self._take(Kept(from_plain(plain), int(plain["read_ms"]), plain.get("ahead_s"), plain.get("place", 0)))
            case "gap":
                times = plain.get("after_ms"), int(plain["before_ms"])
                self.gaps.append(Gap(str(plain["why"]), int(plain["read_ms"]), times[1], times[0], plain.get("lost")))
            case "whole":
                self._whole = len(self.kept)

    def _take(self, one: Kept) -> None:
        self.kept.append(one)
        self._counts[one.entry.key] += 1

    def _lines(self) -> list[str]:
        try:
            return self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise FileError(f"{self.path}: {error.strerror}; the records kept before cannot be read") from None

    def _write(self, plain: Mapping[str, Any]) -> None:
        line = json.dumps(plain, ensure_ascii=False)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b") as file:
                file.seek(0, os.SEEK_END)
                if file.tell():
                    file.seek(-1, os.SEEK_END)
                    broken = file.read(1) != b"\n"  # the line before broke off: it must not spoil this one
                    line = f"\n{line}" if broken else line
                file.write(f"{line}\n".encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise FileError(f"{self.path}: {error.strerror}; make room, or name another folder with --data") from None


@dataclass
class Intake:
    """One reading as it comes: keeps what is new, and in the end says what is missing."""

    store: RecordStore
    read_ms: int
    ahead_s: float | None = None
    new: list[Kept] = field(default_factory=list)
    _seen: Counter[tuple[object, ...]] = field(default_factory=Counter)
    _places: int = 0

    @property
    def began(self) -> bool:
        """Whether any record came."""
        return self._places > 0

    def take(self, entries: Iterable[Entry]) -> None:
        """Keep those that were not kept before. entries: the newest first, as they come."""
        for entry in entries:
            self._seen[entry.key] += 1
            place, self._places = self._places, self._places + 1
            if self.store._counts[entry.key] < self._seen[entry.key]:  # noqa: SLF001 - two parts of one thing
                one = Kept(entry, self.read_ms, self.ahead_s, place)
                self.store.add(one)
                self.new.append(one)

    def end(self, reading: Reading) -> Gap | None:
        """The reading came to its end. Gives what is missing, if anything."""
        gap = None if reading.met else self._gap(reading)
        if gap is not None:
            self.store.add_gap(gap)
        if self.new or gap is not None or not self.store.last_whole():
            self.store.end_reading(self.read_ms)
        return gap

    def _gap(self, reading: Reading) -> Gap | None:
        """Find what was overwritten between the last whole reading and the oldest record of this one."""
        if not reading.entries:
            return None
        before = self.store.last_whole()
        known = {one.entry.key for one in before}
        if any(one.key in known for one in reading.entries):
            return None
        oldest = reading.entries[-1]
        oldest_ms = Kept(oldest, self.read_ms, self.ahead_s).at_ms
        if not before:
            older = (oldest.number or 1) - 1
            return Gap("gap_first", self.read_ms, oldest_ms, None, older) if older else None
        turn = 1 << self.store.profile.records.number_bits
        last = _newest(before, turn)
        if oldest.number is None or last.entry.number is None:
            return Gap("gap_unknown", self.read_ms, oldest_ms, last.at_ms)
        lost = (oldest.number - last.entry.number - 1) % turn
        if lost > turn // 2:
            return Gap("gap_restarted", self.read_ms, oldest_ms, last.at_ms)
        return Gap("gap_overwritten", self.read_ms, oldest_ms, last.at_ms, lost) if lost else None


def _newest(kept: Sequence[Kept], turn: int) -> Kept:
    """Find the newest of the last reading. turn: where numbers begin anew."""
    last_ms = max(one.read_ms for one in kept)
    latest = [one for one in kept if one.read_ms == last_ms]
    base = latest[0].entry.number
    if base is None:
        return min(latest, key=lambda one: one.place)
    return max(latest, key=lambda one: ((one.entry.number or 0) - base + turn // 2) % turn)


def _about(one: Kept) -> dict[str, Any]:
    about: dict[str, Any] = {"read_ms": one.read_ms, "place": one.place}
    return about if one.ahead_s is None else {**about, "ahead_s": round(one.ahead_s, 1)}


def iso(at_ms: int) -> str:
    """Write a time in UTC, to the second."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
