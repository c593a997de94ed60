"""What ``tools/fuzz.py`` feeds: every profile over everything that carries it, and the readers that have no profile.

All profiles come from the catalog, all real bytes from the captures of the tests: a new profile needs nothing more.
"""

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from random import Random
from typing import Any, Final, Protocol, TypeVar

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fuzz_inputs import noise, pieces, refilled, spoilt
from recordings import Capture, captures
from wattstead.catalog.profile import Profile, load_profile, profile_names
from wattstead.cli.lines import Joiner
from wattstead.host.ingest_records import described
from wattstead.host.logger_search import understand as search_answer
from wattstead.host.plausible import doubt
from wattstead.link.can_log import LogReader
from wattstead.model.errors import DecodeError, EncodeError, Refused, UsageError
from wattstead.wire.codec import Question, Said
from wattstead.wire.fill import Report
from wattstead.wire.frame import Frame
from wattstead.wire.framing import solarman_v5
from wattstead.wire.framing.solarman_payload import Control, understand, write
from wattstead.wire.framing.solarman_v5 import SolarmanV5Framer, V5Frame
from wattstead.wire.message import Message
from wattstead.wire.responder import Manners, Responder
from wattstead.wire.sh367309.eeprom import SIZE, check_image, settings_of
from wattstead.wire.sh367309.ram import seen
from wattstead.wire.sh367309.twi import Transaction, read_frame, transactions, write_frame

OVERS: Final = ("", "modbus_tcp")
"""What a profile may run over: a line or a bus of its own kind, and TCP."""
PRINTED, WRITTEN, ANSWERED = 0.25, 0.5, 0.5
"""Shares: what was understood is printed, and written again; an input is given to a device that answers."""
_HEADERS: Final = 1024  # of frames: kept, so that one that comes again is not compared with all captures
T = TypeVar("T")


class Target(Protocol):
    """One reader. ``sound`` gives an input whose checks are right, ``broken`` any; ``read`` takes either.

    ``read`` counts what came of it, and lets through only what no reader may raise.
    """

    name: str

    def sound(self, rng: Random) -> bytes: ...

    def broken(self, rng: Random) -> bytes: ...

    def read(self, data: bytes, rng: Random, counts: Counter[str]) -> None: ...


@dataclass(frozen=True)
class _Known:
    """One frame of the captures: message and direction as its capture says, None where it names none."""

    frame: Frame
    message: Message | None
    is_request: bool


class ProfileTarget:
    """A profile over one framing: framer, codec of both sides, responder, and writing what was read."""

    def __init__(self, profile: Profile, over: str) -> None:
        self.name = f"{profile.name}{' over ' + over if over else ''}"
        self._profile, self._over = profile, over
        self._manners = Manners(profile.link.refuse_noise)
        self._codec = profile.codec(over)
        self._build = profile.framer(over)
        self._fits: dict[tuple[int, int], list[Message]] = {}
        self._kinds = sorted({one.frame.kind for one in self._known} | {0, 1})
        self._versions = sorted({one.frame.version for one in self._known} | {0})

    @cached_property
    def _known(self) -> list[_Known]:
        known = []
        for one in captures():
            if one.kind != "frame" or one.profile != self._profile.name:
                continue
            name = one.said.get("message")
            message = self._profile.dialect.message(name) if name else None
            for frame in _frames(self._profile, one):
                known.append(_Known(frame, message, one.said.get("direction") == "request"))  # noqa: PERF401
        return known or [_Known(frame, one, is_request=False) for one, frame in self._made()]

    def _made(self) -> Iterator[tuple[Message, Frame]]:
        """Give a frame of zeros for each message: for a profile that has no captures yet."""
        for message in self._profile.dialect.messages:
            content = bytes(2 * int(getattr(message, "count", 4)))
            yield message, self._codec.family.reply(Question(message, 1), content)

    @cached_property
    def _wires(self) -> list[bytes]:
        if not self._over:
            own = [one.wire for one in captures() if one.kind == "frame" and one.profile == self._profile.name]
            if own:
                return own
        return [data for one in self._known if (data := self._built(one.frame)) is not None] or [b"\0"]

    @cached_property
    def _payloads(self) -> list[bytes]:
        return [one.frame.payload for one in self._known]

    def sound(self, rng: Random) -> bytes:
        """Change a payload, a content or a header, and let the framer write all checks anew."""
        data = b""
        for _ in range(rng.choice((1, 1, 1, 1, 2))):
            one = rng.choice(self._known)
            changed = self._by_content(rng, one) if one.message and rng.random() < 0.5 else self._by_payload(rng, one)
            built = self._built(changed) if changed else None
            data += built if built is not None else self._built(one.frame) or rng.choice(self._wires)
        return data

    def broken(self, rng: Random) -> bytes:
        kind = rng.random()
        if kind < 0.2:
            return noise(rng)
        if kind < 0.3:
            return noise(rng, 12) + rng.choice(self._wires) + noise(rng, 12)
        return spoilt(rng, rng.choice(self._wires), self._wires)

    def _by_payload(self, rng: Random, one: _Known) -> Frame:
        payload, frame = one.frame.payload, one.frame
        payload = refilled(rng, payload) if rng.random() < 0.5 else spoilt(rng, payload, self._payloads)
        if rng.random() < 0.2:
            other = rng.choice(self._known).frame
            frame = replace(frame, command=other.command, kind=other.kind)
        if rng.random() < 0.1:
            frame = replace(frame, command=rng.randrange(256), address=rng.randrange(256))
        if rng.random() < 0.05:
            frame = replace(frame, kind=rng.choice(self._kinds), version=rng.choice(self._versions))
        return replace(frame, payload=payload, tag=rng.randrange(1 << 16))

    def _by_content(self, rng: Random, one: _Known) -> Frame | None:
        """Change what a layout reads and let the family put counts, registers and sizes around it."""
        family, message = self._codec.family, one.message
        if message is None:
            return None
        try:
            if one.is_request:
                content = refilled(rng, family.asked_content(one.frame, message))
                return family.request(Question(message, one.frame.address, {}, one.frame.tag), content)
            content = family.content(one.frame, message)
            content = refilled(rng, content) if rng.random() < 0.8 else spoilt(rng, content, self._payloads)
            return family.reply(Question(message, one.frame.address, {}, one.frame.tag), content)
        except (DecodeError, EncodeError, Refused, IndexError, ValueError):
            return None  # the family cannot say this one: it never has to

    def _built(self, frame: Frame) -> bytes | None:
        try:
            return self._build.build(frame)
        except (EncodeError, UsageError, OverflowError, ValueError):
            return None

    def read(self, data: bytes, rng: Random, counts: Counter[str]) -> None:
        framer, codec = self._profile.framer(self._over), self._codec
        items = [item for piece in pieces(rng, data) for item in framer.feed(piece)] + framer.silence()
        told: dict[str, Any] = {}
        for item in items:
            if not isinstance(item, Frame):
                counts["noise"] += 1
                continue
            counts["frames"] += 1
            said = self._understood(item, rng)
            if isinstance(said, Said):
                counts["understood"] += 1
                told = self._used(said, rng)
            codec.another_version(item)
            _either(partial(codec.hear, item), Refused)
        if rng.random() < ANSWERED:
            self._answered(data, told)

    def _answered(self, data: bytes, told: dict[str, Any]) -> None:
        """Give the same bytes to a device that says what was read last."""
        responder = Responder(self._codec, self._profile.framer(self._over), _Mirror(told), range(256), self._manners)
        responder.feed(data)
        responder.silence()

    def _fitting(self, frame: Frame) -> list[Message]:
        """Give the messages of the captures whose answers have such a header."""
        header = frame.command, frame.kind
        if header not in self._fits:
            if len(self._fits) > _HEADERS:
                self._fits.clear()
            fits = self._codec.family.fits
            self._fits[header] = [one.message for one in self._known if one.message and fits(frame, one.message)]
        return self._fits[header]

    def _understood(self, frame: Frame, rng: Random) -> Any:
        """Hold a frame to up to four questions, of those whose answers may look so, until one fits."""
        said: Any = None
        known = self._fitting(frame)
        for _ in range(4):
            asked, name, kind = None, None, rng.random()
            message = rng.choice(known or list(self._codec.dialect.messages))
            if kind < 0.6:
                asked = Question(message, frame.address, {}, frame.tag)
            elif kind < 0.8:
                name = message.name
            longer = rng.random() < 0.3
            said = _either(partial(self._codec.understand, frame, asked, name, longer=longer), DecodeError, Refused)
            if isinstance(said, Said):
                break
        return said

    def _used(self, said: Said, rng: Random) -> dict[str, Any]:
        """Do with values what others do: doubt them, print them, write them again."""
        told: dict[str, Any] = {}
        for pack in said.packs:
            doubt(pack.values)
            told |= pack.values
        if rng.random() < PRINTED:
            json.dumps([(pack.values, pack.active) for pack in said.packs], default=str, allow_nan=False)
            json.dumps(said.record, default=str)
        message = said.message
        if said.direction == "reply" and message is not None and rng.random() < WRITTEN:
            _either(partial(self._codec.encode_reply, message, said.address, said.record), EncodeError)
        return told


class _Mirror:
    """A device that says what was read last, and takes every write."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def reports(self, question: Question) -> Sequence[Report]:  # noqa: ARG002
        return (Report(self._values),)

    def write(self, question: Question) -> bool:  # noqa: ARG002
        return True


class SolarmanTarget:
    """Frames of stick loggers, what they carry, and how a cloud describes it."""

    name = "solarman v5"

    def __init__(self) -> None:
        self._frames = [frame for data in _solarman() for frame in SolarmanV5Framer().feed(data)]
        self._known = [one for one in self._frames if isinstance(one, V5Frame)]
        self._payloads = [one.payload for one in self._known]

    def sound(self, rng: Random) -> bytes:
        one = rng.choice(self._known)
        payload = refilled(rng, one.payload) if rng.random() < 0.5 else spoilt(rng, one.payload, self._payloads)
        control = one.control if rng.random() < 0.7 else rng.choice([*Control, *(code - 0x3000 for code in Control)])
        return solarman_v5.build(replace(one, payload=payload[:2048], control=control))

    def broken(self, rng: Random) -> bytes:
        return spoilt(rng, rng.choice(self._known).raw, self._payloads) if rng.random() < 0.8 else noise(rng)

    def read(self, data: bytes, rng: Random, counts: Counter[str]) -> None:
        framer = SolarmanV5Framer()
        for item in [item for piece in pieces(rng, data) for item in framer.feed(piece)] + framer.silence():
            if not isinstance(item, V5Frame):
                counts["noise"] += 1
                continue
            counts["frames"] += 1
            payload = _either(partial(understand, item), DecodeError)
            if not isinstance(payload, Exception):
                counts["understood"] += 1
                _either(partial(write, payload), EncodeError)
            described(item)


class FrontEndTarget:
    """The front end SH367309: its two wires, its EEPROM, its working registers."""

    name = "sh367309"

    def sound(self, rng: Random) -> bytes:
        if rng.random() < 0.3:
            return write_frame(rng.choice(range(0x19)), rng.randrange(256))
        return read_frame(rng.randrange(0x70), rng.randbytes(rng.randrange(1, 0x80)))

    def broken(self, rng: Random) -> bytes:
        return spoilt(rng, self.sound(rng), ()) if rng.random() < 0.7 else noise(rng)

    def read(self, data: bytes, rng: Random, counts: Counter[str]) -> None:  # noqa: ARG002
        for found in transactions(data):
            if not isinstance(found, Transaction):
                counts["noise"] += 1
                continue
            counts["frames"] += 1
            image = found.data[:SIZE].ljust(SIZE, b"\0")
            known = _either(partial(settings_of, image), DecodeError)
            values = _either(partial(seen, found.data, found.register), DecodeError)
            counts["understood"] += not isinstance(known, DecodeError) or not isinstance(values, DecodeError)
            _either(partial(check_image, image), DecodeError)


class TextTarget:
    """Lines that people paste, logs of CAN buses, answers of loggers in a network: no checks of their own."""

    name = "pasted lines"

    def __init__(self) -> None:
        self._profiles = [load_profile(name) for name in profile_names()]
        self._wires = [one.wire for one in captures() if one.kind == "frame"]
        self._lines = [
            "(1436509052.249713) can0 351#1602500050021602",
            "   0.010000 1  355             Rx   d 6 1A 00 64 00 00 00",
            "date Mon Sep 30 15:06:13.191 2013",
            "  can0  35E   [8]  50 59 4C 4F 4E 20 20 20",
            "192.168.1.50,98D863AABBCC,1700000001",
        ]

    def sound(self, rng: Random) -> bytes:
        data = rng.choice(self._wires)
        return (
            data if rng.random() < 0.3 else rng.choice((data.hex(" "), data.hex(), repr(data), data.hex(":"))).encode()
        )

    def broken(self, rng: Random) -> bytes:
        line = rng.choice(self._lines).encode() if rng.random() < 0.5 else self.sound(rng)
        return spoilt(rng, line, self._wires)

    def read(self, data: bytes, rng: Random, counts: Counter[str]) -> None:
        text = data.decode("latin-1")
        profile = rng.choice(self._profiles)
        joiner, reader = Joiner(profile.framer), LogReader()
        for number, line in enumerate(text.splitlines() or [""], 1):
            counts["frames"] += len(joiner.take(number, line))
            counts["understood"] += reader.line(line) is not None
        counts["frames"] += len(joiner.end())
        search_answer(data)


def targets() -> list[Target]:
    """Everything that reads bytes from outside."""
    profiles = [load_profile(name) for name in profile_names()]
    found: list[Target] = [
        ProfileTarget(profile, over)
        for profile in profiles
        for over in OVERS
        if not over or profile.dialect.family.runs_over(over)
    ]
    return [*found, SolarmanTarget(), FrontEndTarget(), TextTarget()]


def _either(call: Callable[[], T], *allowed: type[Exception]) -> T | Exception:
    """Give what a call gives, or one of the errors that it promises."""
    try:
        return call()
    except allowed as error:
        return error


def _frames(profile: Profile, capture: Capture) -> list[Frame]:
    framer = profile.framer()
    return [item for item in framer.feed(capture.wire) + framer.silence() if isinstance(item, Frame)]


def _solarman() -> list[bytes]:
    """Give the recorded frames of loggers."""
    file = Path(__file__).parents[1] / "tests/wire/framing/solarman_v5.toml"
    said = tomllib.loads(file.read_text(encoding="utf-8"))
    return [
        bytes.fromhex(one["bytes"])
        for tables in said.values()
        if isinstance(tables, list)
        for one in tables
        if "bytes" in one
    ]
