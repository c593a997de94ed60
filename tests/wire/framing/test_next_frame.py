"""Noise, a frame before it and a cut frame never hide the next good one: one test over all framings, from the captures.

``tests/wire/framing/test_*.py`` have what is special to each framing.
"""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import pytest

from recordings import Capture, captures
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.wire.frame import Frame, Framer
from wattstead.wire.framing import solarman_v5
from wattstead.wire.framing.solarman_v5 import SolarmanV5Framer, V5Frame

FEW, PLACES = 8, 24
ENDED_BY_QUIET = {"can", "modbus_tcp"}
"""A bus and TCP lose no part of a frame. Where one stays unfinished all the same, it is quiet before the next."""

GARBAGE = (
    b"\0",
    b"\xff\xff",
    b"\x00\xfc\x1b",
    b"~~~",
    b"\xa5\x01\x90\x08",
    b"\xdd\x03",
    b"NW\x00\x13",
    b"\x01\x03\x00",
)
"""Of a line that turns around, of a wrong speed, and beginnings of frames of others."""


def framings() -> list[str]:
    return [*sorted({load_profile(name).link.framing for name in profile_names()}), "modbus_tcp", "solarman_v5"]


def samples(framing: str) -> tuple[Callable[[], Any], list[bytes]]:
    """Give what makes a framer, and frames of different sizes for it."""
    if framing == "solarman_v5":
        return SolarmanV5Framer, [
            solarman_v5.build(V5Frame(control, 3112345678, bytes(range(size)), size & 0xFF, 1))
            for control, size in ((0x4510, 23), (0x1510, 40), (0x4210, 200), (0x4710, 1), (0x4810, 60))
        ]
    own = [one for one in captures() if one.kind == "frame" and _is_of(one, framing)]
    device = next(one.device for one in own if one.device.dialect.family.runs_over(_over(framing)))
    framer = device.framer(_over(framing))
    by_size: dict[int, bytes] = {}
    for one in own:
        data = one.wire if framing != "modbus_tcp" else framer.build(one.frame)
        by_size.setdefault(len(data), data)
    sizes = sorted(by_size)
    chosen = {sizes[k * (len(sizes) - 1) // (FEW - 1)] for k in range(FEW)}
    return lambda: device.framer(_over(framing)), [by_size[size] for size in sorted(chosen)]


def _over(framing: str) -> str:
    return framing if framing in ("modbus_tcp", "can") else ""


def _is_of(capture: Capture, framing: str) -> bool:
    if framing == "console" and capture.said["direction"] != "reply":
        return False  # a command is a line of text: it has a test of its own below
    return capture.device.link.framing == {"modbus_tcp": "modbus"}.get(framing, framing)


def found(framer: Framer, chunks: Sequence[bytes]) -> list[Any]:
    items = [item for chunk in chunks for item in framer.feed(chunk)] + framer.silence()
    return [_meaning(item) for item in items if isinstance(item, Frame | V5Frame)]


def _meaning(item: Any) -> Any:
    if isinstance(item, V5Frame):
        return item.control, item.payload
    if b"$$" in item.raw and b"@" in item.raw:
        # A console: what stands before its answer on the same line becomes part of the echo, the answer stays.
        return item.kind, item.version, item.payload.partition(b"\n")[2]
    return item.address, item.command, item.kind, item.version, item.payload


def assert_found(framer: Framer, before: bytes, good: bytes, wanted: list[Any], quiet: bool = False) -> None:
    chunks = [before, good] if quiet else [before + good]
    if quiet:
        framer.feed(before)
        framer.silence()
        chunks = [good]
    assert found(framer, chunks)[-len(wanted) :] == wanted, (before.hex(" "), good.hex(" "))


def places(data: bytes) -> Iterator[int]:
    """Where a frame is cut: everywhere in a short one."""
    step = max(1, len(data) // PLACES)
    yield from range(1, len(data), step)


@pytest.mark.parametrize("framing", framings())
def test_noise_does_not_hide_the_next_frame(framing: str) -> None:
    make, frames = samples(framing)
    rng = Random(framing)
    for good in frames:
        wanted = found(make(), [good])
        for garbage in (*GARBAGE, *(rng.randbytes(rng.randint(1, 40)) for _ in range(10))):
            assert_found(make(), garbage, good, wanted, framing in ENDED_BY_QUIET)


@pytest.mark.parametrize("framing", framings())
def test_two_frames_glued_together_are_both_found(framing: str) -> None:
    make, frames = samples(framing)
    for first in frames:
        for second in frames:
            both = found(make(), [first]) + found(make(), [second])
            assert found(make(), [first + second]) == both, (first, second)
            middle = len(first) // 2
            assert found(make(), [first[:middle], first[middle:] + second]) == both


@pytest.mark.parametrize("framing", framings())
def test_a_cut_frame_does_not_hide_the_next(framing: str) -> None:
    make, frames = samples(framing)
    for cut in frames:
        for good in frames:
            wanted = found(make(), [good])
            for place in places(cut):
                assert_found(make(), cut[:place], good, wanted, framing in ENDED_BY_QUIET)
                assert_found(make(), cut[place:], good, wanted, framing in ENDED_BY_QUIET)


@pytest.mark.parametrize("before", [*GARBAGE, b"pw", b"stat 1"])
def test_a_line_that_is_no_command_does_not_hide_the_next_one(before: bytes) -> None:
    make = load_profile("pylontech-console").framer
    for good in (b"pwr\r", b"bat 2\r", b"info\r\n"):
        assert found(make(), [before + b"\r" + good])[-1:] == found(make(), [good])
        assert found(make(), [good + good]) == found(make(), [good]) * 2
