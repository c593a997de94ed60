"""Logs of CAN buses: what other programs write is read, what we write is read by python-can."""

from datetime import UTC, datetime
from pathlib import Path

import can
import pytest

from wattstead.link.can_log import LogReader, is_can_log
from wattstead.link.capture import Capture, CaptureHeader, Direction, Entry
from wattstead.link.recordings import Player, read_recording, recording_text
from wattstead.model.can import CanFrame, packed_size, unpacked
from wattstead.model.errors import UsageError

LIMITS = CanFrame(0x351, bytes.fromhex("14 02 74 0E 74 0E CC 01"))


@pytest.mark.parametrize(
    ("line", "frame"),
    [
        ("(1436509052.249713) can0 351#1402740E740ECC01", LIMITS),
        ("(1436509052.249713) can0 351#1402740E740ECC01 R", LIMITS),
        ("can0 351#14.02.74.0E.74.0E.CC.01", LIMITS),
        ("351#1402740e740ecc01", LIMITS),
        ("  can0  351   [8]  14 02 74 0E 74 0E CC 01", LIMITS),
        (" (000.010) can0  RX - -  351   [8]  14 02 74 0E 74 0E CC 01   '..t.t...'", LIMITS),
        ("   0.016728 1  351             Rx   d 8 14 02 74 0E 74 0E CC 01", LIMITS),
        ("0.016728 1 351 Rx d 8 14 02 74 0E 74 0E CC 01  Length = 228015 BitCount = 118 ID = 849", LIMITS),
        ("can0 1F000300#0102", CanFrame(0x1F000300, b"\1\2", extended=True)),
        ("can0 00000305#", CanFrame(0x305, b"", extended=True)),
        ("  1.5 1  1F000300x  Rx  d 2 01 02", CanFrame(0x1F000300, b"\1\2", extended=True)),
        ("can0 305#R8", CanFrame(0x305, asks=8)),
        ("can0 305#R", CanFrame(0x305, asks=0)),
        ("  can0  305   [8]  remote request", CanFrame(0x305, asks=8)),
        ("  1.5 1  305  Rx  r 8", CanFrame(0x305, asks=8)),
    ],
)
def test_a_line_of_each_kind_is_the_frame_it_shows(line: str, frame: CanFrame) -> None:
    found = LogReader().line(line)
    assert found is not None
    assert found.frame == frame
    assert unpacked(found.frame.packed()) == frame


@pytest.mark.parametrize(
    "line",
    [
        "can0 351##1402",  # CAN FD
        "can0 351#140",
        "can0 351#140274 0E",
        "can0 FFFFFFFF#00",
        "can0 7FF0#112233445566778899",
        "  can0  351   [8]  14 02",
        "  1.5 1  351  Rx  d 8 14 02",
        "~20024642E00202FD33",
        "",
    ],
)
def test_what_is_no_classic_frame_is_none(line: str) -> None:
    assert LogReader().line(line) is None


def test_an_asc_file_of_decimal_numbers_and_times_between_lines() -> None:
    reader = LogReader()
    lines = ["base dec timestamps relative", "  1.0 1 849 Rx d 2 20 02", "  0.5 1 849 Tx d 2 20 02"]
    found = [reader.line(line) for line in lines]
    assert [one and (one.frame.identifier, one.frame.data, one.at_s, one.direction) for one in found] == [
        None,
        (0x351, b"\x14\x02", 1.0, Direction.TO_HOST),
        (0x351, b"\x14\x02", 1.5, Direction.TO_DEVICE),
    ]


def a_capture() -> Capture:
    frames = [LIMITS, CanFrame(0x1F000301, b"\x55", extended=True), CanFrame(0x305, bytes(8)), CanFrame(0x305, asks=8)]
    ways = [Direction.TO_HOST, Direction.TO_HOST, Direction.TO_DEVICE, Direction.TO_HOST]
    entries = [Entry(k / 4, way, one.packed()) for k, (one, way) in enumerate(zip(frames, ways, strict=True))]
    return Capture(CaptureHeader("can://socketcan/can0", datetime(2026, 3, 1, 12, tzinfo=UTC)), tuple(entries))


@pytest.mark.parametrize("suffix", [".log", ".asc", ".capture"])
def test_each_form_is_read_to_what_was_written(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"bus{suffix}"
    file.write_text("".join(recording_text(a_capture(), suffix)), encoding="utf-8")
    again = read_recording(file)
    assert again.entries == a_capture().entries
    assert again.header.started == a_capture().header.started


@pytest.mark.parametrize("suffix", [".log", ".asc"])
def test_python_can_reads_our_logs(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"bus{suffix}"
    file.write_text("".join(recording_text(a_capture(), suffix)), encoding="utf-8")
    with can.LogReader(file) as messages:
        found = [(one.arbitration_id, one.is_extended_id, one.is_remote_frame, bytes(one.data)) for one in messages]
    frames = [unpacked(entry.data) for entry in a_capture().entries]
    assert found == [(one.identifier, one.extended, one.asks is not None, one.data) for one in frames]


@pytest.mark.parametrize("suffix", [".log", ".asc"])
def test_we_read_the_logs_of_python_can(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"bus{suffix}"
    with can.Logger(file) as logger:
        for number, entry in enumerate(a_capture().entries):
            frame = unpacked(entry.data)
            logger.on_message_received(
                can.Message(
                    timestamp=1772366400.0 + number / 4,
                    arbitration_id=frame.identifier,
                    is_extended_id=frame.extended,
                    is_remote_frame=frame.asks is not None,
                    data=frame.data,
                    dlc=frame.asks,
                    channel="can0",
                    is_rx=entry.direction is Direction.TO_HOST,
                )
            )
    data, remote = [one.data for one in a_capture().entries[:3]], a_capture().entries[3].data
    *found, last = [one.data for one in read_recording(file).entries]
    assert found == data
    assert last[:4] == remote[:4], "its candump logs leave out how many bytes a remote frame asks for"


def test_a_line_that_is_no_frame_is_named(tmp_path: Path) -> None:
    file = tmp_path / "bus.log"
    file.write_text("can0 351#1402\ncan0 351#140\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"line 2: cannot understand 'can0 351#140'; a candump line reads"):
        read_recording(file)


def test_frames_of_a_serial_line_are_no_log() -> None:
    assert not is_can_log(["# wattstead capture 1", "0.001 > 7E 32"])
    assert not is_can_log([])


def test_a_recording_without_a_word_of_the_device_is_refused() -> None:
    silent = Capture(a_capture().header, a_capture().entries[2:3])
    with pytest.raises(UsageError, match="no device says anything"):
        Player(silent)


@pytest.mark.parametrize(
    "head", [bytes.fromhex("0000035109"), bytes.fromhex("2000035100"), bytes.fromhex("0000080000")]
)
def test_a_head_that_no_frame_has(head: bytes) -> None:
    assert packed_size(head) is None
