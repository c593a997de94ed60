"""Frames in hex as people paste them: plain, marked, dumped, split over lines, with remarks of a log around them."""

from functools import partial

import pytest

from wattstead.catalog.profile import load_profile
from wattstead.cli.envelope import cut
from wattstead.cli.hex_lines import HexJoiner, hex_bytes

ASK = bytes.fromhex("01 04 10 00 00 12 74 C7")


@pytest.mark.parametrize(
    "line",
    [
        "01 04 10 00 00 12 74 C7",
        "010410000012 74c7",
        "0x01, 0x04, 0x10, 0x00, 0x00, 0x12, 0x74, 0xC7",
        r"b'\x01\x04\x10\x00\x00\x12\x74\xC7'",
        "[01][04][10][00][00][12][74][C7]",
        "01:04:10:00:00:12:74:C7",
        "2026-10-04 21:07:19 TX > 01 04 10 00 00 12 74 C7",
        "00000000  01 04 10 00 00 12 74 c7                           |......t.|",
    ],
)
def test_what_a_line_stands_for(line: str) -> None:
    assert hex_bytes(line) == ASK


def test_a_line_without_hex_is_given_as_it_is() -> None:
    joiner = HexJoiner(partial(cut, framer=load_profile("seplos-v3").framer, opens=True))
    assert hex_bytes("hello, world") == b""
    assert joiner.take(3, "hello, world") == [(3, b"hello, world")]


def test_a_frame_may_be_split_over_lines() -> None:
    joiner = HexJoiner(partial(cut, framer=load_profile("seplos-v3").framer, opens=True))
    assert joiner.take(1, "01 04 10 00") == []
    assert joiner.take(2, "00 12 74 C7") == [(1, ASK)]
    assert joiner.end() == []


def test_what_never_becomes_whole_is_given_line_by_line() -> None:
    joiner = HexJoiner(partial(cut, framer=load_profile("seplos-v3").framer, opens=True))
    assert joiner.take(1, "01 04 10 00") == []
    assert joiner.take(2, ASK.hex(" ")) == [(1, bytes.fromhex("01041000")), (2, ASK)]
    assert joiner.take(3, "FF FF") == []
    assert joiner.end() == [(3, b"\xff\xff")]
