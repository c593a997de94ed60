"""Takes what is private out of what was recorded on a CAN bus: frame by frame, each field in its own place.

A frame holds eight bytes, so a serial number stands in several of them: each gets its part of what takes the place of
the whole. Frames of which nobody knows what they mean are looked through for text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from wattstead.catalog.profile import Profile
from wattstead.host.support.scrub import Scrubber
from wattstead.host.support.scrub_capture import Cleaned
from wattstead.link.can_url import CanUrl
from wattstead.link.capture import Capture, CaptureHeader
from wattstead.link.url import parse_url
from wattstead.model.can import HEAD_BYTES
from wattstead.model.errors import DecodeError, Refused, UsageError
from wattstead.wire.can_join import Join
from wattstead.wire.can_signal import CanMessage, Slot
from wattstead.wire.codec import Codec
from wattstead.wire.family.can import Can
from wattstead.wire.field import Text
from wattstead.wire.frame import Frame
from wattstead.wire.layout import Field

_TEXT: Final = re.compile(rb"[\x21-\x7e]{2,8}[\0 ]*")
_NUMBERED: Final = re.compile(rb"(?:.*?\d){3}", re.DOTALL)
_LEAST: Final = 4  # letters of a part that tell it in a frame that nobody knows
_RESERVED: Final = "reserved_"


@dataclass(frozen=True, slots=True)
class _Heard:
    """message: whose identifier it has, None for a stranger's. record: None where it is not as it should be."""

    frame: Frame
    message: CanMessage | None
    record: Mapping[str, Any] | None


@dataclass
class _Parts:
    """What takes the place of what, by field."""

    by_field: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, name: str, was: str, now: str) -> None:
        self.by_field.setdefault(name, {})[was] = now

    def knows(self, name: str, was: str) -> bool:
        return was in self.by_field.get(name, {})

    def in_any(self, data: bytes) -> bytes:
        """Replace them wherever they stand."""
        for parts in self.by_field.values():
            for was, now in parts.items():
                if len(was) >= _LEAST:
                    data = data.replace(was.encode(), now.encode())
        return data


def clean_bus(profile: Profile, capture: Capture, scrubber: Scrubber) -> Cleaned:
    """Learn what is private in a recording of a bus, and replace it. Its header names no adapter and no path."""
    codec, framer = profile.codec(), profile.framer()
    heard = [[_understood(codec, profile, one) for one in framer.feed(entry.data)] for entry in capture.entries]
    flat = [one for found in heard for one in found if isinstance(one, _Heard)]
    parts = _learn(profile, flat, scrubber)
    entries, blanked = [], 0
    for entry, found in zip(capture.entries, heard, strict=True):
        made = [_clean(profile, one, parts, scrubber) for one in found]
        blanked += sum(lost for _, lost in made)
        entries.append(replace(entry, data=b"".join(data for data, _ in made)))
    known = sum(one.record is not None for one in flat)
    kept = tuple(one for one in entries if one.data)
    return Cleaned(Capture(_header(capture.header), kept), blanked, known, len(flat) - known)


def _understood(codec: Codec, profile: Profile, item: Any) -> _Heard | bytes:
    if not isinstance(item, Frame):
        return bytes(item.data)
    message = profile.dialect.family.asked(item)
    try:
        said = codec.understand(item)
    except (DecodeError, Refused):
        return _Heard(item, message if isinstance(message, CanMessage) else None, None)
    return _Heard(item, said.message if isinstance(said.message, CanMessage) else None, said.record)


# What is private.


def _learn(profile: Profile, heard: Sequence[_Heard], scrubber: Scrubber) -> _Parts:
    parts = _Parts()
    for join in _joins(profile):
        _learn_join(profile, join, heard, scrubber, parts)
    for one in heard:
        for part, _, kind in _private(profile, one.message):
            was = (one.record or {}).get(part.name)
            if isinstance(was, str) and was.strip() and not parts.knows(part.name, was):
                scrubber.learn(kind, was, size=part.type.size, pad=getattr(part.type, "pad", "\0"))
                parts.add(part.name, was, scrubber.text(was))
        if one.message is not None and one.message.name in profile.private.messages:
            scrubber.learn("serial", one.frame.payload.hex(" ").upper())
    _learn_texts([one.frame for one in heard if not _explained(one)], scrubber)
    return parts


def _joins(profile: Profile) -> Iterator[Join]:
    family = profile.dialect.family
    for join in family.joins if isinstance(family, Can) else ():
        if join.rule == "text" and profile.private.kind(join.quantity):
            yield join


def _learn_join(profile: Profile, join: Join, heard: Sequence[_Heard], scrubber: Scrubber, parts: _Parts) -> None:
    """Learn a text that stands in several frames, and cut what takes its place as it was cut."""
    signals: dict[str, Any] = {}
    for one in heard:
        new = {name: value for name, value in (one.record or {}).items() if name in join.signals}
        signals |= new
        whole = join.told(signals) if new else None
        if not isinstance(whole, str) or not whole.strip():
            continue
        scrubber.learn(profile.private.kind(join.quantity), whole)
        now, at = scrubber.text(whole), len(whole) - len(whole.lstrip())
        now = whole[:at] + now.strip().ljust(len(whole) - at)
        at = 0
        for name in join.signals:
            was = str(signals[name])
            if was:
                parts.add(name, was, now[at : at + len(was)])
            at += len(was)


def _private(profile: Profile, message: CanMessage | None) -> Iterator[tuple[Field, Slot, str]]:
    """Give the private fields of a message, their places and what they are."""
    if message is not None:
        for part, slot in zip(message.fields, message.slots, strict=True):
            if kind := profile.private.kind(part.name) or profile.private.kind(part.quantity):
                yield part, slot, kind


def _explained(one: _Heard) -> bool:
    """Whether anybody knows what the frame means: of some no document says more than that they exist."""
    return one.message is not None and any(not part.name.startswith(_RESERVED) for part in one.message.fields)


def _learn_texts(frames: Sequence[Frame], scrubber: Scrubber) -> None:
    """Learn text with digits in frames that nobody knows, and the text in the identifiers beside it."""
    texts = {(one.command, one.payload) for one in frames if _TEXT.fullmatch(one.payload)}
    numbered = {command for command, payload in texts if _NUMBERED.match(payload)}
    beside = {command + step for command in numbered for step in (-1, 0, 1)}
    for command, payload in sorted(texts):
        if command in beside:
            scrubber.learn("text", payload.decode("ascii"), size=len(payload), pad="\0")


# What takes its place.


def _clean(profile: Profile, one: _Heard | bytes, parts: _Parts, scrubber: Scrubber) -> tuple[bytes, int]:
    """Give the bytes of a frame without what is private, and how many bytes were blanked."""
    if isinstance(one, bytes):
        return b"", len(one)  # of no frame: no bus gives such
    head, payload = one.frame.raw[:HEAD_BYTES], one.frame.payload
    places = list(_private(profile, one.message))
    if not places:
        return (one.frame.raw if _explained(one) else head + scrubber.data(parts.in_any(payload))), 0
    blanked = 0
    for part, slot, _ in places:
        payload, lost = _placed(payload, part, slot, parts, understood=one.record is not None)
        blanked += lost
    return head + payload, blanked


def _placed(payload: bytes, part: Field, slot: Slot, parts: _Parts, *, understood: bool) -> tuple[bytes, int]:
    """Replace one field; blank it where nobody can tell what it holds."""
    first = slot.end - slot.size
    held = payload[first : slot.end]
    text = held.rstrip(b"\0 ")
    if not text:
        return payload, 0
    now = parts.by_field.get(part.name, {}).get(text.decode("latin-1")) if understood else None
    if isinstance(part.type, Text) and now is not None:
        new = now.encode("latin-1", "replace")[: len(text)].ljust(len(text), b".") + held[len(text) :]
        return payload[:first] + new + payload[slot.end :], 0
    if isinstance(part.type, Text):
        return payload[:first] + b"." * len(held) + payload[slot.end :], len(held)
    whole = payload.ljust(8, b"\0")  # a number: its bits are cleared
    left = int.from_bytes(whole, slot.order) & ~(slot.mask << slot.shift)
    return left.to_bytes(8, slot.order)[: len(payload)], slot.size


def _header(header: CaptureHeader) -> CaptureHeader:
    """Give a header that says how the bus was, and not whose."""
    try:
        url = parse_url(header.url)
    except UsageError:
        url = None
    bus = f"can://{url.interface}/bus?bitrate={url.bitrate}" if isinstance(url, CanUrl) else "can://socketcan/bus"
    return replace(header, url=bus, note="serial numbers, names and passwords were replaced by others of the same form")
