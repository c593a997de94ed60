"""Solarman V5 frames: every recorded one both ways, and what comes between them."""

import contextlib
import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattstead.model.errors import DecodeError, EncodeError
from wattstead.wire.frame import Noise, Why
from wattstead.wire.framing.solarman_payload import (
    Answer,
    Command,
    Hello,
    Payload,
    understand,
    without_second_crc,
    write,
)
from wattstead.wire.framing.solarman_v5 import LONGEST_PAYLOAD, SolarmanV5Framer, V5Frame, build, checksum

VECTORS = tomllib.loads(Path(__file__).with_name("solarman_v5.toml").read_text(encoding="utf-8"))["frame"]
WIRES = [bytes.fromhex(one["bytes"]) for one in VECTORS]
GOOD = WIRES[1]
each = pytest.mark.parametrize("said", VECTORS, ids=[f"{one['number']}: {one['name']}" for one in VECTORS])


def fed(*pieces: bytes, quiet: bool = False) -> list[V5Frame | Noise]:
    framer = SolarmanV5Framer()
    found = [item for piece in pieces for item in framer.feed(piece, 1.5)]
    return found + (framer.silence(2.0) if quiet else [])


def frames_of(*pieces: bytes) -> list[bytes]:
    return [item.raw for item in fed(*pieces, quiet=True) if isinstance(item, V5Frame)]


def flat(payload: Payload) -> dict[str, Any]:
    """What a payload says, with the counters beside the rest."""
    said: dict[str, Any] = {name: getattr(payload, name) for name in dir(payload) if not name.startswith("_")}
    counters = said.pop("counters", None)
    if counters is not None:
        said |= dataclasses.asdict(counters) | {"unix_s": counters.unix_s}
    return said


@each
def test_each_frame_says_what_its_recording_says(said: dict[str, Any]) -> None:
    (frame,) = fed(bytes.fromhex(said["bytes"]))
    assert isinstance(frame, V5Frame)
    assert (frame.control, frame.serial) == (said["control"], said["serial"])
    assert (frame.sequence, frame.logger_sequence, frame.at) == (said["sequence"], said["logger_sequence"], 1.5)
    payload = understand(frame)
    assert type(payload).__name__.lower() == said["kind"]
    found = flat(payload)
    wanted = {**said["says"], **({"unix_s": said["unix_s"]} if "unix_s" in said else {})}
    for name, value in wanted.items():
        assert found[name] == (bytes.fromhex(value) if isinstance(found[name], bytes) else value), name


@each
def test_each_frame_is_written_to_the_same_bytes(said: dict[str, Any]) -> None:
    raw = bytes.fromhex(said["bytes"])
    (frame,) = fed(raw)
    assert isinstance(frame, V5Frame)
    assert write(understand(frame)) == frame.payload
    assert build(frame) == SolarmanV5Framer().build(frame) == raw


def test_a_logger_without_a_clock_tells_no_time() -> None:
    frame = _frame(WIRES[7])
    answer = understand(frame)
    assert isinstance(answer, Answer)
    assert answer.counters.unix_s is None


@each
def test_no_changed_bit_gives_a_frame(said: dict[str, Any]) -> None:
    raw = bytes.fromhex(said["bytes"])
    for place in range(8 * len(raw)):
        spoilt = bytearray(raw)
        spoilt[place // 8] ^= 1 << place % 8
        found = fed(bytes(spoilt), quiet=True)
        assert all(isinstance(item, Noise) for item in found), place
        assert b"".join(item.data for item in found if isinstance(item, Noise)) == bytes(spoilt)


@each
def test_a_spoilt_frame_never_hides_the_next_one(said: dict[str, Any]) -> None:
    raw = bytes.fromhex(said["bytes"])
    for place in range(8 * len(raw)):
        spoilt = bytearray(raw)
        spoilt[place // 8] ^= 1 << place % 8
        assert frames_of(bytes(spoilt) + GOOD) == [GOOD], place


@each
def test_a_cut_frame_never_hides_the_next_one_even_without_a_pause(said: dict[str, Any]) -> None:
    raw = bytes.fromhex(said["bytes"])
    for size in range(1, len(raw)):
        found = fed(raw[:size] + GOOD)  # no silence: it must be there at once
        assert [item.raw for item in found if isinstance(item, V5Frame)] == [GOOD], size


def test_glued_frames_are_all_found_in_pieces_of_any_size() -> None:
    stream = b"".join(WIRES)
    for size in (1, 2, 3, 7, 64, len(stream)):
        assert frames_of(*(stream[at : at + size] for at in range(0, len(stream), size))) == WIRES


def test_chatter_between_frames_is_noise_and_is_kept() -> None:
    chatter = b"AT+YZCMPVER=\xa5MW3\r\n\r\n"
    found = fed(chatter + GOOD + bytes.fromhex("0103020001798400") + WIRES[4])
    assert [item.raw for item in found if isinstance(item, V5Frame)] == [GOOD, WIRES[4]]
    noise = [item for item in found if isinstance(item, Noise)]
    assert b"".join(item.data for item in noise) == chatter + bytes.fromhex("0103020001798400")
    assert noise[0].why is Why.STRAY


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (GOOD[:20], Why.CUT),
        (GOOD[:-2] + bytes((GOOD[-2] ^ 1, 0x15)), Why.CHECKSUM),
        (GOOD[:-1] + b"\x16", Why.LENGTH),
        (bytes((0xA5, 1, 0, 0x11, 0x47)) + GOOD[5:9], Why.CHARACTER),
        (bytes((0xA5, 0xFF, 0xFF, 0x10, 0x47)) + GOOD[5:9], Why.TOO_LONG),
    ],
)
def test_noise_says_what_is_wrong(data: bytes, why: Why) -> None:
    found = fed(data, quiet=True)
    assert [item.why for item in found if isinstance(item, Noise)] == [why]


@pytest.mark.parametrize(("place", "value"), [(5, 0x39), (7, 0x09), (1, 0x18)])
def test_a_changed_number_is_seen(place: int, value: int) -> None:
    spoilt = bytearray(WIRES[8])
    spoilt[place] = value
    assert frames_of(bytes(spoilt)) == []


@given(
    st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([b"\xa5\xff\x07\x10", b"\xa5", GOOD[:9]])), max_size=8)
)
def test_no_junk_hides_a_frame_and_none_is_lost(junk: list[bytes]) -> None:
    found = fed(*junk, GOOD, quiet=True)
    assert b"".join(item.raw if isinstance(item, V5Frame) else item.data for item in found) == b"".join(junk) + GOOD
    assert GOOD in [item.raw for item in found if isinstance(item, V5Frame)]


def test_what_is_pending_stays_short() -> None:
    framer = SolarmanV5Framer()
    for _ in range(200):
        framer.feed(b"\xa5\xff\x07\x10\x45" * 100)
    assert sum(len(item.data) for item in framer.silence() if isinstance(item, Noise)) <= LONGEST_PAYLOAD + 13


@given(st.binary(max_size=120), st.sampled_from([0x10, 0x45, 0x41, 0x42, 0x43, 0x47, 0x48, 0x15, 0x11, 0x77]))
def test_no_payload_gives_another_error_than_ours(payload: bytes, kind: int) -> None:
    frame = _frame(build(V5Frame(kind << 8 | 0x10, 1, payload)))
    with contextlib.suppress(DecodeError):
        understand(frame)


@given(st.binary(max_size=200), st.integers(0, 0xFFFF_FFFF), st.integers(0, 255), st.integers(0, 255))
def test_what_is_built_is_found(payload: bytes, serial: int, sequence: int, logger_sequence: int) -> None:
    frame = V5Frame(0x4510, serial, payload, sequence, logger_sequence)
    assert dataclasses.replace(_frame(build(frame)), raw=b"", at=0.0) == frame


@pytest.mark.parametrize(
    "frame",
    [
        V5Frame(0x4510, 1 << 32, b""),
        V5Frame(0x4510, -1, b""),
        V5Frame(0x4511, 1, b""),
        V5Frame(0x4510, 1, bytes(LONGEST_PAYLOAD + 1)),
    ],
)
def test_what_cannot_be_said_is_refused(frame: V5Frame) -> None:
    with pytest.raises(EncodeError):
        build(frame)


def test_a_text_that_is_too_long_is_refused() -> None:
    hello = understand(_frame(WIRES[13]))
    assert isinstance(hello, Hello)
    with pytest.raises(EncodeError, match="longer than 16 characters"):
        write(dataclasses.replace(hello, ip="2001:0db8:0000:0000:0000"))
    with pytest.raises(EncodeError):
        write(Command(b"", sensor=1 << 16))


def test_a_doubled_crc_is_taken_away_and_a_plain_one_stays() -> None:
    plain = bytes.fromhex("01030232 34ACF3")
    assert without_second_crc(plain + b"\0\0") == plain
    assert without_second_crc(plain) == plain
    ends_in_zeros = bytes.fromhex("01030C32343031313131323133 0000 B8A4")
    assert without_second_crc(ends_in_zeros) == ends_in_zeros
    assert without_second_crc(b"\0\0") == b"\0\0"


def test_the_checksum_is_the_sum() -> None:
    assert checksum(GOOD[1:-2]) == GOOD[-2]


def _frame(raw: bytes) -> V5Frame:
    (frame,) = fed(raw)
    assert isinstance(frame, V5Frame)
    return frame
