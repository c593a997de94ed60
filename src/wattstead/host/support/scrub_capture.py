"""Takes what is private out of a recorded conversation: frames stay frames, their checksums are computed anew.

What belongs to no whole frame and may hold a piece of something private is blanked: nobody can tell what it was.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from wattstead.catalog.profile import Profile
from wattstead.host.support.scrub import Scrubber
from wattstead.link.capture import Capture, CaptureHeader, Direction, Entry
from wattstead.link.url import framing_of
from wattstead.model.errors import DecodeError, EncodeError, Refused
from wattstead.wire.codec import Codec, Question, Said
from wattstead.wire.frame import Frame, Framer, Noise
from wattstead.wire.layout import Field, fields_of

_RUN: Final = re.compile(rb"(?=[\x21-\x7e]*[A-Za-z])(?=(?:[\x21-\x7e]*[0-9]){3})[A-Za-z0-9][\x21-\x7e]{6,}")
"""A word of letters and digits in a frame that nobody understands: it looks like a serial number."""
_LEAST: Final = 4  # bytes of noise that are worth blanking


MakeFramer = Callable[[], Framer]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """blanked: bytes that were. frames: how many were understood; strange: how many were not."""

    capture: Capture
    blanked: int
    frames: int
    strange: int


@dataclass(frozen=True, slots=True)
class _Heard:
    """said: None for noise and for what nobody understands."""

    direction: Direction
    item: Frame | Noise
    said: Said | Refused | None


def learn_capture(profile: Profile, capture: Capture, scrubber: Scrubber) -> None:
    """Learn what is private in a conversation."""
    for one in _hear(profile, capture):
        if isinstance(one.said, Said) and one.said.message is not None:
            message = one.said.message
            parts = {field.name: field for field in (*fields_of(message.request), *fields_of(message.reply))}
            _learn(profile, parts, one.said.record, scrubber)
        elif one.said is None and isinstance(one.item, Frame):
            for run in _RUN.findall(one.item.payload):
                scrubber.learn("text", run.decode("ascii"))


def _learn(profile: Profile, parts: Mapping[str, Field], record: Mapping[str, Any], scrubber: Scrubber) -> None:
    for name, value in record.items():
        inner = value if isinstance(value, list | tuple) else [value]
        for one in inner:
            if isinstance(one, Mapping):
                _learn(profile, parts, one, scrubber)
        field = parts.get(name)
        if field is None:
            continue
        kind = profile.private.kind(name) or profile.private.kind(field.quantity)
        if kind:
            pad = str(getattr(field.type, "pad", "\0"))
            for one in inner:
                scrubber.learn(kind, one, size=field.type.size, pad=pad)


def clean_capture(profile: Profile, capture: Capture, scrubber: Scrubber) -> Cleaned:
    """Replace what was learnt. The header names no port, no host and no path any more."""
    make = partial(profile.framer, framing_of(capture.header.url))
    heard = list(_hear(profile, capture))
    entries: dict[Direction, Iterator[bytes]] = {}
    blanked = 0
    for side in Direction:
        sizes = [len(one.data) for one in capture.entries if one.direction is side]
        stream = b"".join(one.data for one in capture.entries if one.direction is side)
        made, lost = _stream(stream, [one for one in heard if one.direction is side], make, scrubber)
        blanked += lost
        entries[side] = _cut(made, sizes)
    cleaned = tuple(Entry(one.at_s, one.direction, next(entries[one.direction])) for one in capture.entries)
    frames = sum(isinstance(one.item, Frame) and one.said is not None for one in heard)
    strange = sum(isinstance(one.item, Frame) and one.said is None for one in heard)
    return Cleaned(Capture(_header(capture.header), cleaned), blanked, frames, strange)


def _cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    at = 0
    for size in sizes:
        yield data[at : at + size]
        at += size


def _stream(stream: bytes, heard: list[_Heard], make: MakeFramer, scrubber: Scrubber) -> tuple[bytes, int]:
    """Give a stream of one direction without what is private, of the same length, and how many bytes were blanked."""
    out, at, blanked = bytearray(), 0, 0

    def noise(data: bytes) -> None:
        nonlocal blanked
        new = scrubber.data(data)
        if len(data) >= _LEAST and scrubber.tells(new):
            new = bytes(byte if byte in b"\r\n\0" else 0x2E for byte in data)
            blanked += len(data)
        out.extend(new)

    for one in heard:
        raw = one.item.raw if isinstance(one.item, Frame) else one.item.data
        place = stream.find(raw, at) if raw else -1
        if place < 0:
            continue
        noise(stream[at:place])
        at = place + len(raw)
        made = _rebuilt(one.item, make, scrubber) if isinstance(one.item, Frame) else None
        if made is None:
            noise(raw)
        else:
            out.extend(made)
    noise(stream[at:])
    return bytes(out), blanked


def _rebuilt(frame: Frame, make: MakeFramer, scrubber: Scrubber) -> bytes | None:
    """Give a frame with others in place of what is private; None where it cannot be built anew."""
    payload = scrubber.data(frame.payload)
    if payload == frame.payload and not scrubber.leaks(frame.raw):
        return frame.raw
    framer = make()
    try:
        if framer.build(replace(frame, raw=b"")) == frame.raw:
            made = framer.build(replace(frame, payload=payload, raw=b""))
            return made if len(made) == len(frame.raw) else None
    except EncodeError:
        pass
    plain = scrubber.data(frame.raw)  # text without a checksum
    return plain if _is_still(make, plain, frame) else None


def _is_still(make: MakeFramer, raw: bytes, frame: Frame) -> bool:
    """Whether bytes are a frame of the same kind as the one that was there before."""
    framer = make()
    items = [*framer.feed(raw), *framer.silence()]
    return any(isinstance(one, Frame) and (one.command, one.kind) == (frame.command, frame.kind) for one in items)


def _hear(profile: Profile, capture: Capture) -> Iterator[_Heard]:
    """Understand a conversation as it went on."""
    codec = profile.codec(framing_of(capture.header.url))
    streams = {side: profile.framer(framing_of(capture.header.url)) for side in Direction}
    asked: dict[int, Question] = {}
    for entry in capture.entries:
        for item in streams[entry.direction].feed(entry.data, entry.at_s):
            yield _Heard(entry.direction, item, _said(codec, item, entry.direction, asked))
    for side, framer in streams.items():
        for item in framer.silence():
            yield _Heard(side, item, _said(codec, item, side, asked))


def _said(codec: Codec, item: Frame | Noise, side: Direction, asked: dict[int, Question]) -> Said | Refused | None:
    if isinstance(item, Noise):
        return None
    try:
        if side is Direction.TO_DEVICE:
            question = codec.hear(item)
            asked[item.address] = question
            return codec.understand(item)
        question_then = asked.pop(item.address, None)
        return codec.understand(item, question_then, longer=True)
    except Refused as no:
        return no
    except DecodeError:
        return None


def _header(header: CaptureHeader) -> CaptureHeader:
    """Give a header that says how the line was, and not whose."""
    scheme = header.url.partition("://")[0] if "://" in header.url else "serial"
    places = {"serial": "serial:///dev/port", "tcp": "tcp://host:1", "modbus-tcp": "modbus-tcp://host:502"}
    note = "serial numbers, names and passwords were replaced by others of the same form, checksums computed anew"
    return replace(header, url=places.get(scheme, "serial:///dev/port"), note=note)
