"""Logs of CAN buses as other programs write them: candump (can-utils, SavvyCAN) and ASC (Vector, and most analysers).

Lines are read one by one, so that a log can be read while it grows. What a bus cannot tell, neither can its log: the
direction is taken from Rx and Tx where they stand there, else every frame came in.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from wattstead.link.capture import Capture, CaptureHeader, Direction, Entry
from wattstead.model.can import CanFrame, unpacked
from wattstead.model.errors import UsageError

# (1436509052.249713) can0 351#1402740E740ECC01 [R|T]; the time and the bus may be missing in what people paste.
_DUMPED: Final = re.compile(
    r"^(?:\((?P<at>[\d.: -]+)\)\s+)?(?:(?P<bus>[A-Za-z]\w*)\s+)?"
    r"(?P<id>[0-9A-Fa-f]{1,8})#(?P<data>R\d?|(?:[0-9A-Fa-f]{2}\.?)*)(?:\s+(?P<way>[RT]))?\s*$"
)
#  (1436509052.249713)  can0  RX - -  351   [8]  14 02 74 0E 74 0E CC 01   '..t.t...'
_SHOWN: Final = re.compile(
    r"^\s*(?:\((?P<at>[\d.: -]+)\)\s+)?(?:(?P<bus>[A-Za-z]\w*)\s+)?(?:(?P<way>[RT])X\s+[-BE ]+\s+)?"
    r"(?P<id>[0-9A-Fa-f]{1,8})\s+\[(?P<length>\d)\]\s+(?P<data>remote request|(?:[0-9A-Fa-f]{2}\s*)*)(?:'.*)?$"
)
#    0.016728 1  351x   Rx   d 8 14 02 74 0E 74 0E CC 01  Length = …
_ASC: Final = re.compile(
    r"^\s*(?P<at>\d+\.\d+)\s+(?P<bus>\d+)\s+(?P<id>[0-9A-Fa-f]{1,8})(?P<extended>x?)\s+(?P<way>Rx|Tx|TxRq)\s+"
    r"(?P<kind>[dr])(?:\s+(?P<length>[0-9A-Fa-f]))?(?P<data>(?:\s+[0-9A-Fa-f]{2,3})*)(?:\s+Length\s*=.*)?\s*$"
)
_ASC_HEAD: Final = re.compile(r"^\s*base\s+(hex|dec)\s+timestamps\s+(absolute|relative)", re.IGNORECASE)
_ASC_WORDS: Final = re.compile(
    r"^\s*(date\b|base\b|(no )?internal events|begin triggerblock|end triggerblock|//|\d+\.\d+\s+(start of meas|\d+\s+"
    r"(errorframe|statistic)|canfd|sv:|log ))",
    re.IGNORECASE,
)
_ASC_DATE: Final = ("%a %b %d %I:%M:%S.%f %p %Y", "%a %b %d %H:%M:%S.%f %Y", "%a %b %d %H:%M:%S %Y")


@dataclass(frozen=True, slots=True)
class Line:
    """One frame of a log. at_s: as it stands there, None where no time does. direction: None where none does."""

    frame: CanFrame
    at_s: float | None = None
    direction: Direction | None = None
    bus: str = ""


@dataclass(slots=True)
class LogReader:
    """Reads lines of a log. The head of an ASC file says whether its numbers are decimal and its times relative."""

    decimal: bool = False
    relative: bool = False
    started: datetime | None = None
    _at_s: float = field(default=0.0)

    def line(self, text: str) -> Line | None:
        """Give the frame of a line, None where it holds none that we know."""
        if head := _ASC_HEAD.match(text):
            self.decimal, self.relative = head[1].lower() == "dec", head[2].lower() == "relative"
            return None
        if text.lower().startswith("date "):
            self.started = _date(text[5:])
            return None
        for pattern, make in ((_DUMPED, _dumped), (_SHOWN, _shown)):
            if found := pattern.match(text):
                return _or_none(make, found)
        found = _ASC.match(text)
        return _or_none(self._asc, found) if found else None

    @staticmethod
    def says_nothing(text: str) -> bool:
        """Whether a line is one of those of an ASC file that hold no frame on purpose."""
        return bool(_ASC_WORDS.match(text))

    def _asc(self, found: re.Match[str]) -> Line:
        base = 10 if self.decimal else 16
        remote = found["kind"] == "r"
        length = int(found["length"] or "0", 16)
        data = bytes(int(one, base) for one in found["data"].split())[:length]
        if not remote and len(data) != length:
            raise ValueError("fewer bytes than the line says")
        frame = CanFrame(
            int(found["id"], base), b"" if remote else data, bool(found["extended"]), length if remote else None
        )
        at_s = float(found["at"])
        self._at_s = self._at_s + at_s if self.relative else at_s
        return Line(frame, self._at_s, _way(found["way"]), found["bus"])


def _or_none(make: "object", found: re.Match[str]) -> Line | None:
    try:
        return make(found)  # type: ignore[operator, no-any-return]
    except ValueError:
        return None  # an identifier or a length that no classic frame has


def _dumped(found: re.Match[str]) -> Line:
    extended = len(found["id"]) > 3
    if found["data"].startswith("R"):
        frame = CanFrame(int(found["id"], 16), b"", extended, int(found["data"][1:] or "0"))
    else:
        frame = CanFrame(int(found["id"], 16), bytes.fromhex(found["data"].replace(".", "")), extended)
    return Line(frame, _seconds(found["at"]), _way(found["way"]), found["bus"] or "")


def _shown(found: re.Match[str]) -> Line:
    extended, length = len(found["id"]) > 3, int(found["length"])
    if found["data"].startswith("remote"):
        frame = CanFrame(int(found["id"], 16), b"", extended, length)
    else:
        data = bytes.fromhex(found["data"])
        if len(data) != length:
            raise ValueError("fewer bytes than the line says")
        frame = CanFrame(int(found["id"], 16), data, extended)
    return Line(frame, _seconds(found["at"]), _way(found["way"]), found["bus"] or "")


def _way(text: str | None) -> Direction | None:
    if not text:
        return None
    return Direction.TO_DEVICE if text.upper().startswith("T") else Direction.TO_HOST


def _seconds(text: str | None) -> float | None:
    """Understand the times of candump: since 1970, since the start, or a date and time of day."""
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _date(text: str) -> datetime | None:
    for form in _ASC_DATE:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def is_can_log(lines: Iterable[str]) -> bool:
    """Whether the first lines that say anything are those of a CAN log."""
    reader = LogReader()
    for text in lines:
        if not text.strip() or text.startswith(("#", ";", "//")) or reader.says_nothing(text):
            continue
        return reader.line(text) is not None
    return False


def capture_of(name: str, lines: Iterable[str]) -> Capture:
    """Read a whole log as a capture. Raises UsageError that names the line which holds no frame."""
    reader, entries, first_s = LogReader(), [], None
    for number, text in enumerate(lines, 1):
        if not text.strip() or text.startswith(("#", ";", "//")):
            continue
        line = reader.line(text)
        if line is None:
            if reader.says_nothing(text):
                continue
            right = "a candump line reads '(1436509052.249713) can0 351#1402740E740ECC01'"
            raise UsageError(f"{name}, line {number}: cannot understand {text.strip()[:60]!r}; {right}")
        at_s = line.at_s if line.at_s is not None else 0.0
        first_s = at_s if first_s is None else first_s
        entries.append(Entry(max(0.0, at_s - first_s), line.direction or Direction.TO_HOST, line.frame.packed()))
    began_s = first_s if first_s is not None and first_s > 1e8 else None  # else seconds since the start of something
    started = reader.started or datetime.fromtimestamp(began_s or 0.0, UTC)
    header = CaptureHeader(f"can://log/{name}", started)
    return Capture(header, tuple(sorted(entries, key=lambda entry: entry.at_s)))


def candump_line(at_s: float, frame: CanFrame, direction: Direction, bus: str = "can0") -> str:
    """Write a frame as candump -l does. at_s: seconds since 1970."""
    return f"({at_s:.6f}) {bus} {frame} {'T' if direction is Direction.TO_DEVICE else 'R'}\n"


def asc_head(started: datetime) -> str:
    """Begin an ASC file."""
    when = started.strftime("%a %b %d %I:%M:%S.") + f"{started.microsecond // 1000:03d} {started:%p %Y}"
    return f"date {when}\nbase hex  timestamps absolute\ninternal events logged\n"


def asc_line(at_s: float, frame: CanFrame, direction: Direction) -> str:
    """Write a frame as ASC files do. at_s: seconds since the start."""
    way = "Tx" if direction is Direction.TO_DEVICE else "Rx"
    name = f"{frame.identifier:X}{'x' if frame.extended else ''}"
    kind = f"d {len(frame.data):x} {frame.data.hex(' ').upper()}" if frame.asks is None else f"r {frame.asks:x}"
    return f"{at_s:11.6f} 1  {name:<15} {way}   {kind}".rstrip() + "\n"


def log_lines(capture: Capture, form: str) -> Iterator[str]:
    """Write a capture of a CAN bus as a log. form: "candump" or "asc". Raises UsageError for one of another line."""
    began_s = capture.header.started.timestamp()
    if form == "asc":
        yield asc_head(capture.header.started)
    for entry in capture.entries:
        frame = frame_of(entry)
        if form == "asc":
            yield asc_line(entry.at_s, frame, entry.direction)
        else:
            yield candump_line(began_s + entry.at_s, frame, entry.direction)


def frame_of(entry: Entry) -> CanFrame:
    """Give the frame of an entry. Raises UsageError where the capture is of another kind of line."""
    try:
        return unpacked(entry.data)
    except ValueError as error:
        raise UsageError(f"this is no capture of a CAN bus: at {entry.at_s:.3f} s, {error}") from None
