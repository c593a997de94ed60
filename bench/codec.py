"""How many frames a second the framer and the codec understand, beside a decoder written by hand for one message.

Run: ``python bench/codec.py``. Both do the same work in the same run: bytes of a frame in, values by name out. Those
written by hand know one layout each and check nothing but the checksum; what the profile costs above them is the ratio.
Exit status 1 where a ratio lies above its limit.
"""

import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from timeit import repeat
from typing import Any

from wattstead.catalog.profile import load_profile
from wattstead.wire.frame import Frame

LIMIT = 16.0
ROUNDS, FRAMES = 9, 300

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


def seconds(decode: Decoder, data: bytes) -> float:
    """Measure one frame: the best of some rounds, as others use the machine, too."""
    return min(repeat(lambda: decode(data), number=FRAMES, repeat=ROUNDS)) / FRAMES


def main() -> int:
    """Print a line a message. Gives the exit status."""
    slow = 0
    print(f"{'message':<24} {'frames/s':>10} {'us/frame':>9} {'by hand us':>11} {'ratio':>6}")
    for case in CASES:
        ours, theirs = seconds(case.by_profile(), case.data), seconds(case.by_hand, case.data)
        ratio = ours / theirs
        slow += ratio > LIMIT
        name = f"{case.profile} {case.message}"
        print(f"{name:<24} {1 / ours:>10.0f} {ours * 1e6:>9.1f} {theirs * 1e6:>11.1f} {ratio:>6.1f}")
    print(f"limit of the ratio: {LIMIT:g}" + (f", {slow} above it" if slow else ""))
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
