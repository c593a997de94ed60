"""Recordings in whatever form they come: our captures, and logs of CAN buses by their content or their suffix."""

import asyncio
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final, TextIO

from wattstead.link.can_log import asc_head, asc_line, candump_line, capture_of, frame_of, is_can_log, log_lines
from wattstead.link.capture import (
    Capture,
    CaptureHeader,
    CaptureWriter,
    Direction,
    Entry,
    entry_text,
    header_text,
    read_capture,
)
from wattstead.link.pcap import SUFFIXES, PcapWriter
from wattstead.link.port import Port
from wattstead.model.errors import UsageError

FORMS: Final = {".log": "candump", ".candump": "candump", ".asc": "asc"}
"""Suffixes of logs of a CAN bus."""

_HEAD_LINES: Final = 50  # that may stand before the first frame of a log


def read_recording(path: Path) -> Capture:
    """Read a capture or a log of a CAN bus. Raises UsageError that names file, line and what would be right."""
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            if not is_can_log(islice(lines, _HEAD_LINES)):
                return read_capture(path)
            lines.seek(0)
            return capture_of(path.name, lines)
    except OSError as error:
        raise UsageError(f"{path}: cannot read the capture ({error.strerror}); check the path") from error


def recording_text(capture: Capture, suffix: str) -> Iterator[str]:
    """Write a recording in the form that a suffix of a file names; our own form for all that is no log."""
    if form := FORMS.get(suffix.lower()):
        yield from log_lines(capture, form)
        return
    yield header_text(capture.header)
    yield from (entry_text(entry) for entry in capture.entries)


class LogWriter(CaptureWriter):
    """Writes a log of a CAN bus line by line; all else as a capture."""

    def __init__(
        self, path: Path, header: CaptureHeader, *, began_at: float, form: str, onto: TextIO | None = None
    ) -> None:
        self._form = form
        self._started = header.started
        super().__init__(path, header, began_at=began_at, onto=onto)

    def head(self, header: CaptureHeader) -> str:
        """Give what stands before the first frame."""
        return asc_head(header.started) if self._form == "asc" else ""

    def line(self, entry: Entry) -> str:
        """Give the line of a frame. Raises UsageError where what passed is none."""
        frame = frame_of(entry)
        if self._form == "asc":
            return asc_line(entry.at_s, frame, entry.direction)
        return candump_line(self._started.timestamp() + entry.at_s, frame, entry.direction)


def writer_for(path: Path, header: CaptureHeader, *, began_at: float, onto: TextIO | None = None) -> CaptureWriter:
    """Make the writer for a file by its suffix: .log and .candump, .asc, .pcap and .pcapng, or a capture.

    Raises UsageError.
    """
    if path.suffix.lower() in SUFFIXES:
        return PcapWriter(path, header, began_at=began_at, form=path.suffix.lower()[1:], onto=onto)
    form = FORMS.get(path.suffix.lower())
    if form and header.url.startswith("can://"):
        return LogWriter(path, header, began_at=began_at, form=form, onto=onto)
    return CaptureWriter(path, header, began_at=began_at, onto=onto)


def convert(capture: Capture, path: Path) -> int:
    """Write a recording into a file of the form that its suffix names; give how many entries. Raises UsageError."""
    known = sorted({*SUFFIXES, *FORMS, ".capture"})
    if path.suffix.lower() not in known:
        raise UsageError(f"{path}: the ending says the form; take one of {', '.join(known)}")
    with writer_for(path, capture.header, began_at=0.0) as writer:
        for entry in capture.entries:
            writer.write(entry.at_s, entry.direction, entry.data)
    return len(capture.entries)


class Player:
    """Plays what was recorded on a bus, frame by frame, at the times of then; what a host sent is left out.

    speed: how many times faster than recorded; 0 is all at once. Raises UsageError where the recording has no frame.
    """

    def __init__(self, capture: Capture, *, speed: float = 1.0) -> None:
        self._entries = [entry for entry in capture.entries if entry.direction is Direction.TO_HOST]
        if not self._entries:
            raise UsageError(f"{capture.header.url}: no device says anything in this recording; record it again")
        for entry in self._entries:
            frame_of(entry)
        self._speed = speed
        self.sent = 0

    async def play(self, port: Port) -> None:
        """Play it once."""
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        for entry in self._entries:
            due_s = began_at + (entry.at_s - self._entries[0].at_s) / self._speed if self._speed else began_at
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            await port.send(entry.data)
            self.sent += 1
