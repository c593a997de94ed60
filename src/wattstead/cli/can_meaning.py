"""What frames of a CAN bus mean: lines of candump and ASC logs, of captures, or as people paste them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wattstead.catalog.profile import Profile
from wattstead.catalog.shown import word
from wattstead.cli.meaning import Meaning, Reader, shown_doubt
from wattstead.link.can_log import Line, LogReader
from wattstead.link.capture import FIRST_LINE, parse_entry
from wattstead.model.can import CanFrame
from wattstead.model.errors import DecodeError, Refused
from wattstead.wire.can_signal import CanMessage
from wattstead.wire.field import Bits, Hex
from wattstead.wire.frame import Frame, Noise, Why

# 351: 14 02 74 0E · 0x351 1402740E · 351 8 14 02 …: as they stand in threads and documents.
_PASTED: Final = re.compile(
    r"^\s*(?:id\s*[:=]?\s*)?(?:0x)?(?P<id>[0-9A-F]{3,8})(?:\s*[\s:,|]\s*(?:\[?\d\]?\s+(?=(?:0x)?[0-9A-F]{2}))?"
    r"(?P<data>(?:(?:0x)?[0-9A-F]{2}[\s,:]*){0,8}))?\s*$",
    re.IGNORECASE,
)
# Several on a line, as in tables and threads: `351: 14 02` 53.2 V · `355: 58 00` 88 %
_QUOTED: Final = re.compile(r"`([^`]+)`")
_BETWEEN: Final = re.compile(r"\s*[·|]\s*")
_FULL: Final = re.compile(
    r"^(\s*(?:id\s*[:=]?\s*)?(?:0x)?[0-9A-F]{3,8}\s*[\s:,|]\s*(?:(?:0x)?[0-9A-F]{2}[\s,]+){7}(?:0x)?[0-9A-F]{2})"
    r"\s+(?![0-9A-F]{2}(?:\s|$))",
    re.IGNORECASE,
)
_APART: Final = re.compile(r"\s{2,}|\t|\s(?=[(#'\"=→-]|//)")


@dataclass(frozen=True, slots=True)
class CanMeaning(Meaning):
    """One frame of a CAN bus. sender: whose it is. signals: what tells no quantity, by its name in the DBC."""

    sender: str = ""
    signals: dict[str, Any] | None = None

    def headline(self, lang: str = "en") -> str:
        """Say in one line what it is."""
        if self.said is None or self.said.message is None:
            return Meaning.headline(self, lang)
        pack = f", {word('pack', lang)} {self.said.address}" if self.said.address else ""
        told = word(f"decode_of_{self.sender}", lang)
        return told.format(name=self.said.message.name, command=self.command) + pack

    def plain(self) -> dict[str, Any]:
        """Give the object that --json prints."""
        head = Meaning.plain(self)
        if self.signals is None:
            return head
        return {**head, "sender": self.sender, **({"signals": self.signals} if self.signals else {})}


class CanReader(Reader):
    """Understands lines of one profile of a CAN bus. Identifiers tell what a frame is; no message need be named."""

    def lines(self, lines: Iterable[str]) -> Iterator[Meaning]:
        """Understand lines as they come."""
        log, framer, capture = LogReader(), self.profile.framer(), False
        began_s: float | None = None
        for number, raw in enumerate(lines, 1):
            text = raw.strip()
            if number == 1 and text == FIRST_LINE:
                capture = True
            if not text or text.startswith(("#", ";", "//")):
                continue
            if capture:
                entry = parse_entry(self._source, number, text)
                yield from (self._told(item, number, entry.at_s) for item in framer.feed(entry.data, entry.at_s))
                continue
            logged = log.line(raw.rstrip("\r\n")) or log.line(text)
            lines_here = [logged] if logged else pasted(text)
            if not lines_here and not log.says_nothing(text):
                yield CanMeaning(self.profile.name, number, Noise(Why.STRAY, text.encode("utf-8", "replace")))
            for line in lines_here:
                if line.at_s is not None and began_s is None:
                    began_s = line.at_s if line.at_s > _ABSOLUTE_S else 0.0
                at_s = None if line.at_s is None else round(line.at_s - (began_s or 0.0), 6)
                yield from (self._told(item, number, at_s) for item in framer.feed(line.frame.packed()))

    def _told(self, item: Frame | Noise, line: int, at_s: float | None) -> CanMeaning:
        name = self.profile.name
        if isinstance(item, Noise):
            return CanMeaning(name, line, item, at_s=at_s)
        try:
            said = self._codec.understand(item)
        except (DecodeError, Refused) as error:
            return CanMeaning(name, line, item, error=error, at_s=at_s)
        message = said.message
        sender = message.sender if isinstance(message, CanMessage) else ""
        command = self._codec.dialect.number(message) if message else ""
        signals = _untold(message, said.record) if isinstance(message, CanMessage) else {}
        return CanMeaning(
            name, line, item, said, None, at_s, shown_doubt(said), command, sender=sender, signals=signals
        )


def _untold(message: CanMessage, record: Mapping[str, Any]) -> dict[str, Any]:
    plain = (field.name for field in message.fields if not field.quantity and not isinstance(field.type, Bits | Hex))
    return {name: record[name] for name in plain if record.get(name) is not None}


_ABSOLUTE_S: Final = 1e8  # seconds since 1970: a log of candump


def pasted(text: str) -> list[Line]:
    """Understand frames as people write them, with what they remark beside them; none where there is none."""
    if whole := _alone(text):
        return [whole]
    parts = _QUOTED.findall(text) or _BETWEEN.split(text)
    return [line for part in parts if (line := _alone(part) or _alone(_without_remark(part)))]


def _without_remark(text: str) -> str:
    """Leave out what stands behind a frame: after its eighth byte, or set apart. All else might be a byte."""
    found = _FULL.match(text)
    return found[1] if found else _APART.split(text.strip(), maxsplit=1)[0]


def _alone(text: str) -> Line | None:
    """Understand a text that is one frame and nothing else."""
    found = _PASTED.match(text)
    if not found:
        return None
    try:
        data = bytes.fromhex(re.sub(r"0x|[\s,:]", "", found["data"] or "", flags=re.IGNORECASE))
        identifier = int(found["id"], 16)
        return Line(CanFrame(identifier, data, extended=len(found["id"]) > 4 or identifier > 0x7FF))
    except ValueError:
        return None


def reader_for(profile: Profile, message: str | None = None, source: Path = Path("-")) -> Reader:
    """Make the reader for a profile's kind of line."""
    kind = CanReader if profile.link.framing == "can" else Reader
    return kind(profile, message, source)
