"""What the lines of a file mean: the work behind ``decode``, without a terminal."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from wattstead.catalog.profile import Profile
from wattstead.catalog.shown import word
from wattstead.cli.envelope import Envelope, Opener, cut
from wattstead.cli.hex_lines import HexJoiner
from wattstead.cli.lines import Joiner
from wattstead.host.plausible import doubt
from wattstead.link.capture import FIRST_LINE, Direction, parse_entry
from wattstead.model.errors import DecodeError, Refused, WattsteadError
from wattstead.wire.codec import Question, Said
from wattstead.wire.family.base import Side
from wattstead.wire.fill import Told
from wattstead.wire.frame import Frame, Noise
from wattstead.wire.layout import left_over


@dataclass(frozen=True, slots=True)
class Meaning:
    """One frame or one stretch of noise.

    line: in the input, from 1. at_s: in a capture, seconds from its start. doubt: why its values may not be true.
    command: of its message, as people write it. envelope: of a stick logger, in which the frame came; item is None
    where nothing else was in it.
    """

    profile: str
    line: int
    item: Frame | Noise | None
    said: Said | None = None
    error: WattsteadError | None = None
    at_s: float | None = None
    doubt: str | None = None
    command: str = ""
    envelope: Envelope | None = None

    @property
    def failed(self) -> bool:
        """Whether it could not be understood; a device that says no is understood."""
        if self.item is None:
            return self.envelope is None or self.envelope.payload is None
        return self.said is None and not isinstance(self.error, Refused)

    @property
    def packs(self) -> tuple[Told, ...]:
        return self.said.packs if self.said else ()

    @property
    def direction(self) -> Literal["request", "reply"] | None:
        return self.said.direction if self.said else "reply" if isinstance(self.error, Refused) else None

    @property
    def unknown(self) -> dict[str, str]:
        """Bytes that no part of the message stands for, as hex text by the part that they follow."""
        return left_over(self.said.record, self.said.message.name) if self.said and self.said.message else {}

    def headline(self, lang: str = "en") -> str:
        """Say in one line what it is, with a line before it for the envelope."""
        if self.envelope is not None:
            return "\n".join(filter(None, (self.envelope.headline(lang), self._inside(lang))))
        return self._inside(lang)

    def _inside(self, lang: str) -> str:
        if self.item is None:
            return ""
        if isinstance(self.item, Noise):
            why, data = _why(self.item, lang), _shorten(self.item.data)
            return word("decode_noise", lang).format(line=self.line, why=why, bytes=data)
        if self.said is None:
            return word("decode_line", lang).format(line=self.line, error=self.error)
        name = self.said.message.name if self.said.message else word("decode_acknowledgement", lang)
        return word(f"decode_{self.said.direction}", lang).format(name=name, address=self.said.address)

    def plain(self) -> dict[str, Any]:
        """Give the object that --json prints."""
        head: dict[str, Any] = {"profile": self.profile, "line": self.line}
        if self.at_s is not None:
            head["at_s"] = self.at_s
        if self.envelope is not None:
            head["envelope"] = self.envelope.plain()
        if self.item is None:
            return head
        if isinstance(self.item, Noise):
            return {
                **head,
                "noise": self.item.why.value,
                "reason": _why(self.item, "en"),
                "bytes": self.item.data.hex(" ").upper(),
            }
        head["address"] = self.item.address
        if self.said is None:
            return {**head, **self._failure()}
        said = self.said
        head |= {"message": said.message.name if said.message else None, "direction": said.direction}
        if said.message:
            head["command"] = self.command
        head["understood_by"] = said.understood_by
        head |= {"doubt": self.doubt} if self.doubt else {}
        head |= {"unknown": self.unknown} if self.unknown else {}
        if len(said.packs) == 1:
            return {**head, **_pack(said.packs[0])}
        packs = [{"address": said.address + number, **_pack(pack)} for number, pack in enumerate(said.packs)]
        return {**head, "values": {"pack_count": len(packs)}, "packs": packs}

    def _failure(self) -> dict[str, Any]:
        if isinstance(self.error, Refused):
            return {"direction": self.direction, "refused": self.error.reason, "reason": str(self.error)}
        return {
            "error": str(self.error),
            "bytes": self.item.raw.hex(" ").upper() if isinstance(self.item, Frame) else "",
        }


def _pack(pack: Told) -> dict[str, Any]:
    return {"values": pack.values, "active": list(pack.active) if pack.active is not None else None}


def _why(noise: Noise, lang: str) -> str:
    return word(f"decode_why_{noise.why.value}", lang)


def _shorten(data: bytes) -> str:
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else f"<{byte:02X}>" for byte in data)
    return text if len(text) <= 72 else f"{text[:69]}…"


class Reader:
    """Understands lines of one profile; remembers the last request of each address."""

    def __init__(self, profile: Profile, message: str | None = None, source: Path = Path("-")) -> None:
        self._source = source
        self.profile = profile
        self._codec = profile.codec()
        self._message = self._codec.dialect.message(message).name if message else None
        self._asked: dict[tuple[int, ...], Question] = {}
        self._opens = profile.dialect.family.runs_over("modbus_rtu")  # as what stands behind a stick logger does

    def lines(self, lines: Iterable[str]) -> Iterator[Meaning]:
        """Understand text, hex and capture lines as they come."""
        capture = False
        joiner = Joiner(self.profile.framer) if self.profile.dialect.family.is_text else HexJoiner(self._cut)
        streams = {side: self._stream() for side in Direction}
        number = 0
        for number, line in enumerate(lines, 1):
            text = line.strip()
            if number == 1 and text == FIRST_LINE:
                capture = True
            if not text or text.startswith("#"):
                continue
            if not capture:
                yield from self._pasted(joiner.take(number, text))
                continue
            entry = parse_entry(self._source, number, text)
            for item in streams[entry.direction].feed(entry.data, entry.at_s):
                yield from self._means(item, number, entry.at_s)
        yield from self._pasted(joiner.end())
        for stream in streams.values():
            for item in stream.silence():
                yield from self._means(item, number, getattr(item, "at", None))

    def raw(self, pieces: Iterable[bytes]) -> Iterator[Meaning]:
        """Understand bytes as they went over a line, without anything around them."""
        stream = self._stream()
        for data in pieces:
            for item in stream.feed(data, 0.0):
                yield from self._means(item, 1, None)
        for item in stream.silence():
            yield from self._means(item, 1, None)

    def _stream(self) -> Opener:
        return Opener(self.profile.framer(), opens=self._opens)

    def _cut(self, data: bytes) -> list[Frame | Noise | Envelope]:
        return cut(data, self.profile.framer, opens=self._opens)

    def _pasted(self, lines: Iterable[tuple[int, bytes]]) -> Iterator[Meaning]:
        for number, data in lines:
            for item in self._cut(data):
                yield from self._means(item, number, None)

    def _means(self, item: Frame | Noise | Envelope, line: int, at_s: float | None) -> Iterator[Meaning]:
        """Give what a frame means, or what stands on an envelope and what the frames in it mean."""
        if not isinstance(item, Envelope):
            yield self._mean(item, line, at_s)
            return
        framer, who = self.profile.framer(), (item.frame.serial, item.frame.sequence)
        inside = [*framer.feed(item.body), *framer.silence()] if item.body else []
        if not inside:
            yield Meaning(self.profile.name, line, None, at_s=at_s, envelope=item)
        for one in inside:
            yield replace(self._mean(one, line, at_s, who), envelope=item)

    def _mean(self, item: Frame | Noise, line: int, at_s: float | None, who: tuple[int, ...] = ()) -> Meaning:
        name = self.profile.name
        if isinstance(item, Noise):
            return Meaning(name, line, item, at_s=at_s)
        another = self._codec.another_version(item)
        try:
            said = self._understand(item, who)
        except (Refused, DecodeError) as error:
            if isinstance(error, Refused) and self._codec.family.side(item) is Side.REQUEST:
                error = DecodeError(str(error))  # a request that the profile does not know: nobody refused anything
            elif isinstance(error, DecodeError) and another and another not in str(error):
                error = DecodeError(f"{error}; {another}")
            return Meaning(name, line, item, error=error, at_s=at_s)
        why = shown_doubt(said)
        if another and why:  # nothing of it can be believed
            return Meaning(name, line, item, error=DecodeError(f"{another}; {why}"), at_s=at_s)
        command = self._codec.dialect.number(said.message) if said.message else ""
        return Meaning(name, line, item, said, at_s=at_s, doubt=another or why, command=command)

    def _understand(self, frame: Frame, who: tuple[int, ...]) -> Said:
        """who: of an envelope, whose answer repeats it."""
        asked = self._asked.pop((*who, frame.address), None)
        try:
            said = self._codec.understand(frame, asked, self._message)
        except DecodeError:
            said = self._otherwise(frame, asked)
        if said.direction == "request" and said.message:
            self._asked[*who, frame.address] = Question(said.message, said.address, said.record)
        return said

    def _otherwise(self, frame: Frame, asked: Question | None) -> Said:
        """Understand a reply that is not simply the one that was expected. Raises DecodeError."""
        if asked is None and self._message is None:
            return self._codec.understand(frame)
        if self._message is None:
            try:
                return self._codec.understand(frame)  # its own reply was lost: the frame may tell by its shape
            except DecodeError:
                pass
        return self._codec.understand(frame, asked, self._message, longer=not self._codec.another_version(frame))


def shown_doubt(said: Said) -> str | None:
    """Say what contradicts itself, and in which pack where there are several."""
    for number, pack in enumerate(said.packs, 1):
        if why := doubt(pack.values):
            return f"pack {number}: {why}" if len(said.packs) > 1 else why
    return None
