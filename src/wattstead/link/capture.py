"""Captures: what passed over a port, in a text file that a person can read, and the wrapper that records it.

    # wattstead capture 1
    # url: serial:///dev/ttyUSB0?baud=19200
    # baud: 19200
    # profile: seplos-v2
    # started: 2025-01-31T12:00:00.000Z
    # note: pack 2 of 4, charging
    0.001250 > 7E 32 30 30 30 |~2000|
    0.095812 < 7E 32 30 30 30 |~2000|

Times are seconds since ``started``; ``>`` goes from the host to the device, ``<`` comes back. What stands between the
bars is for people only. Other lines that begin with ``#`` are remarks.
"""

import asyncio
import itertools
import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Self, TextIO

from wattstead.link.passing import PassingPort
from wattstead.link.port import Chunk, Port
from wattstead.link.url import BAUD_MAX, BAUD_MIN
from wattstead.model.errors import FileError, UsageError

FIRST_LINE = "# wattstead capture 1"
EXAMPLE = "0.001250 > 7E 32 0D |~2.|"

_ZIP = b"PK\x03\x04"
_PCAP = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
_PCAPNG = (b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d")
_REMARK = re.compile(r"#\s*(url|baud|profile|started|note):\s?(.*)")
_ENTRY = re.compile(r"(\d+(?:\.\d+)?) ([<>]) ([0-9A-Fa-f]{2}(?: [0-9A-Fa-f]{2})*)(?: \|.*)?")


class Direction(StrEnum):
    """Which way bytes went."""

    TO_DEVICE = ">"
    TO_HOST = "<"


@dataclass(frozen=True, slots=True)
class CaptureHeader:
    """What the capture is of. started: UTC. baud: bit/s, None where the port knew none. note: may have lines."""

    url: str
    started: datetime
    baud: int | None = None
    profile: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Bytes that passed together. at_s: seconds since the start of the capture."""

    at_s: float
    direction: Direction
    data: bytes


@dataclass(frozen=True, slots=True)
class Capture:
    """A whole recording, in the order of time."""

    header: CaptureHeader
    entries: tuple[Entry, ...]


class CaptureWriter:
    """Writes a capture line by line, each written out before the next begins, so that Ctrl-C loses nothing.

    began_at: the time of ``started`` on the clock of the chunks (``loop.time()``). onto: an open stream (a pipe) to
    write to instead; ``path`` is then only its name in messages. Raises UsageError where the file cannot be written; an
    existing file is never overwritten.
    """

    def __init__(self, path: Path, header: CaptureHeader, *, began_at: float, onto: TextIO | None = None) -> None:
        self._path = path
        self._began_at = began_at
        self._onto = onto
        self._out = onto or self._create()
        self._write(self.head(header))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, at: float, direction: Direction, data: bytes) -> None:
        """Add bytes that passed at ``at`` on the clock of ``began_at``; what came before the start counts as 0 s."""
        self._write(self.line(Entry(max(0.0, at - self._began_at), direction, data)))

    def head(self, header: CaptureHeader) -> str:
        """Give what stands before the first entry; other forms of recordings have another."""
        return header_text(header)

    def line(self, entry: Entry) -> str:
        """Give the line of an entry."""
        return entry_text(entry)

    def close(self) -> None:
        """Close the file; a stream that was handed in stays open."""
        if self._onto is None:
            self._out.close()

    def _create(self) -> TextIO:
        return self._open(encoding="utf-8", newline="\n")

    def _open(self, *, encoding: str, newline: str) -> TextIO:
        """Make the file. Raises FileError; UsageError where it exists."""
        try:
            return self._path.open("x", encoding=encoding, errors="backslashreplace", newline=newline)
        except FileExistsError as error:
            raise UsageError(f"{self._path}: this file exists already; choose another name, or remove it") from error
        except OSError as error:
            raise FileError(f"{self._path}: cannot write here ({error.strerror}); choose another folder") from error

    def _write(self, text: str) -> None:
        try:
            self._out.write(text)
            self._out.flush()
        except OSError as error:
            raise FileError(f"{self._path}: the capture ends here ({error.strerror}); make room and go on") from error


def header_text(header: CaptureHeader) -> str:
    """Give the lines of a header as they stand in the file."""
    started = header.started.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    remarks = [("url", header.url), ("started", started)]
    if header.baud is not None:
        remarks.insert(1, ("baud", str(header.baud)))
    if header.profile is not None:
        remarks.insert(-1, ("profile", header.profile))
    remarks += [("note", line) for line in header.note.split("\n") if header.note]
    return "".join(f"{line}\n" for line in (FIRST_LINE, *(f"# {key}: {_one_line(text)}" for key, text in remarks)))


def entry_text(entry: Entry) -> str:
    """Give the line of an entry as it stands in the file."""
    letters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in entry.data)
    return f"{entry.at_s:.6f} {entry.direction} {entry.data.hex(' ').upper()} |{letters}|\n"


def read_capture(path: Path) -> Capture:
    """Read a capture, also one in a support file. Raises UsageError that names file, line and what would be right."""
    try:
        text = (packed_capture(path) or path.read_bytes()).decode("utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot read the capture ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        what = "a file for Wireshark, which is not read back" if is_for_wireshark(path) else "no text"
        raise UsageError(f"{path}: this is {what}; a capture begins with {FIRST_LINE!r}") from error
    lines = [line.rstrip("\r") for line in text.split("\n")]
    if lines[0].rstrip() != FIRST_LINE:
        raise UsageError(f"{path}, line 1: this is no capture of a kind we know; it begins with {FIRST_LINE!r}")
    header = _header(path, lines)
    entries = [
        parse_entry(path, number, line)
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.startswith("#")
    ]
    return Capture(header, tuple(sorted(entries, key=lambda entry: entry.at_s)))


def is_for_wireshark(path: Path) -> bool:
    """Whether a file is pcap or pcapng. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(12)
    return head[:4] in _PCAP or (head[:4] == b"\n\r\r\n" and head[8:] in _PCAPNG)


def packed_capture(path: Path) -> bytes | None:
    """Give the capture in a zip, such as a support file; None for a file that is no zip. Raises OSError, UsageError."""
    with path.open("rb") as file:
        if file.read(4) != _ZIP:
            return None
    try:
        with zipfile.ZipFile(path) as packed:
            names = [one for one in packed.namelist() if one.endswith(".capture")]
            if len(names) == 1:
                return packed.read(names[0])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise UsageError(f"{path}: this zip cannot be read ({error}); send or fetch it again") from None
    raise UsageError(f"{path}: {len(names)} captures are in this zip; unpack it and name one of them")


def recording(port: Port, writer: CaptureWriter, *, device_side: bool = False) -> "RecordingPort":
    """Wrap a port so that all that passes is written down. device_side: the port is the device's end of the cable."""
    return RecordingPort(port, writer, device_side=device_side)


class RecordingPort(PassingPort):
    """A port that writes down what passes. Made by ``recording``; closing it leaves the writer open."""

    def __init__(self, port: Port, writer: CaptureWriter, *, device_side: bool = False) -> None:
        super().__init__(port)
        self._writer = writer
        ways = (Direction.TO_DEVICE, Direction.TO_HOST)
        self._sent, self._received = reversed(ways) if device_side else ways

    @property
    def bitrate(self) -> int | None:
        """The speed of the wrapped bus, None where the port is no bus with wires."""
        return getattr(self._port, "bitrate", None)

    @property
    def unusable(self) -> int:
        """How many errors of the wrapped bus came in place of frames."""
        return getattr(self._port, "unusable", 0)

    async def receive(self) -> Chunk:
        """Wait for bytes and write them down with the time when they came."""
        chunk = await self._port.receive()
        self._writer.write(chunk.at, self._received, chunk.data)
        return chunk

    async def send(self, data: bytes) -> None:
        """Write bytes down, then send them: so the answer never stands before its request."""
        self._writer.write(asyncio.get_running_loop().time(), self._sent, data)
        await self._port.send(data)


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")


def _header(path: Path, lines: list[str]) -> CaptureHeader:
    """Gather what we know in the lines before the first entry; any other line with # is a person's remark."""
    found: dict[str, tuple[int, str]] = {}
    notes: list[str] = []
    top = itertools.takewhile(lambda line: line.startswith("#") or not line.strip(), lines)
    for number, line in enumerate(top, start=1):
        if not (match := _REMARK.fullmatch(line)):
            continue
        key, value = match.groups()
        if key == "note":
            notes.append(value)
        elif key in found:
            raise UsageError(f"{path}, line {number}: '{key}' stands twice, first in line {found[key][0]}; keep one")
        else:
            found[key] = (number, value)
    for key, example in (("url", "serial:///dev/ttyUSB0?baud=19200"), ("started", "2025-01-31T12:00:00.000Z")):
        if key not in found:
            raise UsageError(f"{path}, header: '{key}' is missing; add a line '# {key}: {example}'")
    return CaptureHeader(
        url=found["url"][1],
        started=_started(path, *found["started"]),
        baud=_baud(path, *found["baud"]) if "baud" in found else None,
        profile=found["profile"][1] if "profile" in found else None,
        note="\n".join(notes),
    )


def _started(path: Path, number: int, value: str) -> datetime:
    try:
        started = datetime.fromisoformat(value)
        if started.tzinfo is not None:
            return started.astimezone(UTC)
    except ValueError:
        pass
    right = "write a time with its zone, as in 2025-01-31T12:00:00.000Z"
    raise UsageError(f"{path}, line {number}: {value!r} is no time in UTC; {right}")


def _baud(path: Path, number: int, value: str) -> int:
    if value.isascii() and value.isdigit() and BAUD_MIN <= int(value) <= BAUD_MAX:
        return int(value)
    raise UsageError(f"{path}, line {number}: {value!r} is no speed; write a number such as 19200")


def parse_entry(path: Path, number: int, line: str) -> Entry:
    """Read one line of a capture, the ``number``-th of ``path``. Raises UsageError that says what a line is like."""
    if not (match := _ENTRY.fullmatch(line)):
        right = f"a line reads {EXAMPLE!r}: seconds, > or <, bytes in hex"
        raise UsageError(f"{path}, line {number}: cannot understand {line[:60]!r}; {right}")
    at_s, direction, data = match.groups()
    return Entry(float(at_s), Direction(direction), bytes.fromhex(data))
