"""How many frames a second the framer and the codec understand, beside a decoder written by hand for one message.

Run: ``python bench/codec.py``. Both do the same work in the same run: bytes of a frame in, values by name out. Those
written by hand know one layout each and check nothing but the checksum; what the profile costs above them is the ratio.

Then every profile: what a host asks of one pack in a round, from the captures of the tests, and how many buses a core
serves while each is never idle: questions, the device's turnaround, answers, at its usual speed. A CAN bus is as busy
as its battery makes it. Time is that of the processor: other work on the machine costs little of the truth.
Exit status 1 where a limit is missed.
"""

import re
import struct
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random
from timeit import repeat
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from recordings import Capture, captures
from wattstead.catalog.profile import Profile, load_profile, profile_names
from wattstead.host.can_listen import CanHost
from wattstead.link.pace import wire_time_s
from wattstead.model.errors import DecodeError, EncodeError, Refused, UsageError
from wattstead.virtual.bank import Bank
from wattstead.virtual.can_battery import CanBattery
from wattstead.virtual.can_serve import battery_talker
from wattstead.virtual.day import Day
from wattstead.virtual.live import LiveBank
from wattstead.wire.can_signal import CanMessage
from wattstead.wire.can_talker import Talker
from wattstead.wire.codec import Codec
from wattstead.wire.fill import Report
from wattstead.wire.frame import Frame, Framer
from wattstead.wire.message import Message, Poll, Question

LIMIT = 16.0
ROUNDS, FRAMES = 9, 300
READING_US = 50.0
BUSES = 1000

SEPLOS_42 = (
    "~2000460010960001100CD70CE90CF40CD60CEF0CE50CE10CDC0CE90CF00CE80CEF0CEA0CDA0CDE0CD8060BA60BA00B970BA60BA50BA2FD5C"
    "14A0344E0A426803134650004603E8149F0000000000000000DC6C"
)
SEPLOS_44 = (
    "~2000460080620000100000000000000000000000000000000006000000000000000014000000000000030000010000000000000000"
    "0001EB33"
)
SEPLOS_47 = (
    "~200046008152003C0DDE0D340B540C1C0E420D340A8C0C1C0D4805DC15E01518122012C01680151810E012C0189C17D40C9F0C810ABF0ADD"
    "0CD10C9F0A470AAB0CB30C810A470AC90CD10C9F0A470AAB0AAB0B0F0C9F0C810AAB0AC90D030CD10A470AAB0E2F0DFD0E930DFD1B581964"
    "D6FCD7C42AF8D5089E5807D0271013881B321E1E140A100A0A1E3C0505010A0A1EF0300A0560506409000D0008FFFFFF3FBF9F9F86313130"
    "312D5350373620B2DA"
)
PYLONTECH_42 = (
    "~20024600C06E00020F0D1F0D200D200D200D200D200D210D200D200D210D220D200D220D220D21050BCD0BAF0BAF0BAF0BAF0015C4E88AAC"
    "02C350004FE594"
)
PYLONTECH_92 = "~20024600B01402D002B79800FAFF06C0F92D"

Values = dict[str, Any]
Decoder = Callable[[bytes], Values]


def payload_by_hand(data: bytes) -> bytes:
    """Check the sum and take the INFO."""
    if -sum(data[1:-5]) & 0xFFFF != int(data[-5:-1], 16):
        raise ValueError(data)
    return bytes.fromhex(data[13:-5].decode())


def seplos_42_by_hand(data: bytes) -> Values:
    """Telemetry of 16 cells."""
    raw = struct.unpack(">3B16HB6HhHHB10H", payload_by_hand(data))
    rest = [value / 100 for value in raw[28:30]]
    names = ("full", "soc", "rated", "cycles", "soh", "port", "drift", "zero", "charged", "discharged")
    return {
        "cells": tuple(value / 1000 for value in raw[3:19]),
        "temperatures": tuple(round((value - 2731) / 10, 1) for value in raw[20:26]),
        "current": raw[26] / 100,
        "voltage": raw[27] / 100,
        "remaining": rest[0],
        **dict(zip(names, raw[30:], strict=True)),
    }


def seplos_44_by_hand(data: bytes) -> Values:
    """Alarms of 16 cells."""
    payload = payload_by_hand(data)
    bits = {f"{byte}.{bit}": bool(payload[byte] >> bit & 1) for byte in (*range(29, 36), 41, 42) for bit in range(8)}
    return {"cells": payload[3:19], "temperatures": payload[20:26], "state": payload[38], **bits}


def seplos_47_by_hand(data: bytes) -> Values:
    """All parameters, as if they had two scales only."""
    raw = struct.unpack(">BB60HB27BB8B10s", payload_by_hand(data))
    bits = {f"{byte}.{bit}": bool(raw[91 + byte] >> bit & 1) for byte in range(8) for bit in range(8)}
    values = {f"word {number}": value / 100 for number, value in enumerate(raw[2:62])}
    return {**values, **{f"byte {number}": value / 10 for number, value in enumerate(raw[63:90])}, **bits}


def pylontech_42_by_hand(data: bytes) -> Values:
    """Telemetry of one module in the short form."""
    raw = struct.unpack(">3B15hB5HhHHBHH", payload_by_hand(data))
    return {
        "cells": tuple(value / 1000 for value in raw[3:18]),
        "temperatures": tuple(round((value - 2731) / 10, 1) for value in raw[19:24]),
        "current": raw[24] / 10,
        "voltage": raw[25] / 1000,
        "remaining": raw[26] / 1000,
        "full": raw[28] / 1000,
        "cycles": raw[29],
    }


def pylontech_92_by_hand(data: bytes) -> Values:
    """What the module asks of its inverter."""
    _, high, low, charge, discharge, flags = struct.unpack(">BHHhhB", payload_by_hand(data))
    bits = {f"flag {bit}": bool(flags >> bit & 1) for bit in range(3, 8)}
    return {"high": high / 1000, "low": low / 1000, "charge": charge / 10, "discharge": discharge / 10, **bits}


@dataclass(frozen=True)
class Case:
    """One frame and the decoder written for it."""

    profile: str
    message: str
    text: str
    by_hand: Decoder

    @property
    def data(self) -> bytes:
        return self.text.encode() + b"\r"

    def by_profile(self) -> Decoder:
        """Make the decoder of this message as the host uses it."""
        profile = load_profile(self.profile)
        framer, codec = profile.framer(), profile.codec()

        def decode(data: bytes) -> Values:
            (frame,) = framer.feed(data)
            if not isinstance(frame, Frame):
                raise TypeError(frame)
            return codec.understand(frame, name=self.message).packs[0].values

        return decode


CASES = (
    Case("seplos-v2", "telemetry", SEPLOS_42, seplos_42_by_hand),
    Case("seplos-v2", "alarms", SEPLOS_44, seplos_44_by_hand),
    Case("seplos-v2", "parameters", SEPLOS_47, seplos_47_by_hand),
    Case("pylontech", "telemetry", PYLONTECH_42, pylontech_42_by_hand),
    Case("pylontech", "management", PYLONTECH_92, pylontech_92_by_hand),
)


def seconds(decode: Callable[[bytes], object], data: bytes, frames: int = FRAMES) -> float:
    """Measure one frame: the best of some rounds, as others use the machine, too."""
    return min(repeat(lambda: decode(data), number=frames, repeat=ROUNDS, timer=time.thread_time)) / frames


@dataclass(frozen=True)
class Part:
    """One question of a round. cost_s: to cut its answer out and understand it. line_s: how long both hold the line."""

    message: str
    size: int
    cost_s: float
    line_s: float


@dataclass(frozen=True)
class Reading:
    """All that a host asks of one pack in a round."""

    profile: str
    parts: tuple[Part, ...]
    is_can: bool

    @property
    def us(self) -> float:
        return 1e6 * sum(part.cost_s for part in self.parts)

    @property
    def slowest_us(self) -> float:
        return 1e6 * max(part.cost_s for part in self.parts)

    @property
    def buses(self) -> float:
        """How many lines one core can decode that are never idle."""
        if self.is_can:
            return 1 / sum(part.cost_s / part.line_s for part in self.parts)
        return sum(part.line_s for part in self.parts) / sum(part.cost_s for part in self.parts)


@dataclass(frozen=True)
class Ends:
    """What a host has for one line, all the while: some framers remember what an earlier answer said."""

    codec: Codec
    framer: Framer


def readings() -> Iterator[Reading]:
    """Measure every profile."""
    for name in profile_names():
        profile = load_profile(name)
        if profile.link.framing == "can":
            yield Reading(name, tuple(_can_parts(profile)), is_can=True)
            continue
        polled = [one for one in profile.dialect.messages if one.poll is Poll.VALUES and one.reply]
        ends = Ends(profile.codec(), profile.framer())
        parts = [part for message in polled if (part := _part(profile, message, ends))]
        if parts:
            yield Reading(name, tuple(parts), is_can=False)


class Silent:
    """A port on which nothing comes: a host of a bus wants one."""

    url = "can://virtual/bench"


def _can_set(profile: Profile) -> tuple[Talker, Report]:
    """Give the virtual battery of a bus, and what it has to say."""
    bank = LiveBank(Bank(profile, now_ms=lambda: 0), Day(0), clock_s=lambda: 0.0, local_s=0.0)
    return battery_talker(profile, bank), CanBattery(bank).report() or Report({})


def _can_parts(profile: Profile) -> Iterator[Part]:
    """Measure what a host does: take each frame of the battery's whole set, then put the reading together."""
    host = CanHost(Silent(), profile)  # type: ignore[arg-type]
    cycles_s = {one.command: one.cycle_ms / 1000 for one in profile.dialect.messages if isinstance(one, CanMessage)}
    framer = profile.framer()
    talker, report = _can_set(profile)
    for data in talker.made(report):
        (frame,) = framer.feed(data)
        if not isinstance(frame, Frame):
            raise TypeError(frame)
        cost_s = seconds(lambda data: host.hear(data, 0.0), data, 100)
        yield Part(f"{frame.command:X}", len(data), cost_s, cycles_s[frame.command] or 1.0)
    yield Part("reading", 0, seconds(lambda _: (host.state.values(0.0), host.state.active(0.0)), b"", 100), 1.0)


def sets() -> None:
    """Print what it costs a virtual battery to write its set once, without asking its packs."""
    print(f"\n{'set written':<20} {'frames':>7} {'us':>7}")
    for name in profile_names():
        profile = load_profile(name)
        if profile.link.framing == "can":
            print(_set_line(profile))


def _set_line(profile: Profile) -> str:
    talker, report = _can_set(profile)
    cost_s = seconds(lambda _: talker.made(report), b"", 20)
    return f"{profile.name:<20} {len(talker.made(report)):>7} {1e6 * cost_s:>7.1f}"


def _part(profile: Profile, message: Message, ends: Ends) -> Part | None:
    """Measure one answer: the longest one of a single pack that there is."""
    found = [one for one in captures() if one.kind == "frame" and one.profile == profile.name and _is(one, message)]
    for one in sorted(found, key=lambda one: len(one.wire), reverse=True):
        try:
            return _measured(profile, message, one, ends)
        except (DecodeError, Refused, EncodeError, UsageError):
            continue  # an answer to a window, or of a stack
    return None


def _is(capture: Capture, message: Message) -> bool:
    said = capture.said
    return (said.get("direction"), said.get("message")) == ("reply", message.name) and len(capture.packs) < 2


def _measured(profile: Profile, message: Message, capture: Capture, ends: Ends) -> Part:
    codec, framer, data = ends.codec, ends.framer, capture.wire
    question = Question(message, capture.frame.address)

    def decode(data: bytes) -> object:
        frame = (framer.feed(data) or framer.silence())[-1]
        if not isinstance(frame, Frame):
            raise DecodeError(repr(frame))
        return codec.understand(frame, question).packs[0].values

    decode(data)
    readings = cycle(_others(data) if profile.link.framing == "console" else [data])
    cost_s = seconds(lambda _: decode(next(readings)), data, 100)
    request = codec.ask(message.name, question.address)[1]
    line_s = wire_time_s(len(request) + len(data), profile.baud) + profile.link.turnaround_ms / 1000
    return Part(message.name, len(data), cost_s, line_s)


def _others(data: bytes) -> list[bytes]:
    """Give readings that differ from one in the last two figures of their longer numbers, each in others.

    A console's words are kept by what they say: the same bytes again and again would cost less than life.
    """
    rng = Random(1)
    return [re.sub(rb"(?<=\d\d)\d\d(?!\d)", lambda _: b"%02d" % rng.randrange(100), data) for _ in range(500)]


def by_hand() -> int:
    """Print the ratios. Gives how many lie above their limit."""
    slow = 0
    print(f"{'message':<24} {'frames/s':>10} {'us/frame':>9} {'by hand us':>11} {'ratio':>6}")
    for case in CASES:
        ours, theirs = seconds(case.by_profile(), case.data), seconds(case.by_hand, case.data)
        ratio = ours / theirs
        slow += ratio > LIMIT
        name = f"{case.profile} {case.message}"
        print(f"{name:<24} {1 / ours:>10.0f} {ours * 1e6:>9.1f} {theirs * 1e6:>11.1f} {ratio:>6.1f}")
    print(f"limit of the ratio: {LIMIT:g}" + (f", {slow} above it" if slow else ""))
    return slow


def everybody() -> int:
    """Print a line a profile. Gives how many limits are missed."""
    slow = 0
    heads = f"{'frames/s':>9} {'slowest us':>10} {'reading us':>10} {'buses':>7}"
    print(f"\n{'profile':<20} {'answers':>7} {'bytes':>6} {heads}")
    for one in readings():
        missed = one.us > READING_US or one.buses < BUSES
        slow += missed
        size, rate = sum(part.size for part in one.parts), 1e6 * len(one.parts) / one.us
        print(
            f"{one.profile:<20} {len(one.parts):>7} {size:>6} {rate:>9.0f} {one.slowest_us:>10.1f} {one.us:>10.1f} "
            f"{one.buses:>7.0f}" + (" *" if missed else "")
        )
    print(f"limits: {READING_US:g} us a reading, {BUSES} buses a core" + (f"; * {slow} miss one" if slow else ""))
    return slow


def main() -> int:
    """Measure all. Gives the exit status."""
    slow = by_hand() + everybody()
    sets()
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
