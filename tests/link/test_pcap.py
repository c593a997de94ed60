"""Captures for Wireshark: bytes as its link types have them, and, where it is installed, what its own reader says."""

import shutil
import struct
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wattstead.link.capture import Capture, CaptureHeader, Direction, Entry
from wattstead.link.recordings import convert, read_recording
from wattstead.model.can import CanFrame
from wattstead.model.errors import UsageError

STARTED = datetime(2026, 6, 1, 12, 0, 0, 250_000, UTC)
ASK, ANSWER = bytes.fromhex("01 03 00 03 00 06 35 C8"), bytes.fromhex("01 03 02 32 34 AC F3")
SERIAL = Capture(
    CaptureHeader("serial:///dev/ttyUSB0?baud=9600", STARTED, 9600, "aura", "a note"),
    (
        Entry(0.5, Direction.TO_DEVICE, ASK),
        Entry(0.520, Direction.TO_HOST, ANSWER[:3]),
        Entry(0.536, Direction.TO_HOST, ANSWER[3:]),
        Entry(1.5, Direction.TO_HOST, b"\1"),
    ),
)
CAN = Capture(
    CaptureHeader("can://socketcan/can0", STARTED),
    (
        Entry(0.5, Direction.TO_HOST, CanFrame(0x351, bytes.fromhex("14 02 74 0E 74 0E CC 01")).packed()),
        Entry(0.6, Direction.TO_DEVICE, CanFrame(0x1F000100, b"\0", extended=True).packed()),
        Entry(0.7, Direction.TO_DEVICE, CanFrame(0x305, asks=8).packed()),
    ),
)


def packets(data: bytes) -> list[tuple[int, bytes]]:
    """Give time in microseconds and bytes of each packet of a pcap file, after its head."""
    found, at = [], 24
    while at < len(data):
        seconds, us, size, whole = struct.unpack_from("<IIII", data, at)
        assert size == whole
        found.append((seconds * 1_000_000 + us, data[at + 16 : at + 16 + size]))
        at += 16 + size
    return found


def blocks(data: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        assert size % 4 == 0
        assert struct.unpack_from("<I", data, at + size - 4) == (size,)
        found.append((kind, data[at + 8 : at + size - 4]))
        at += size
    return found


def test_a_serial_line_is_packets_of_whole_bursts_with_their_direction(tmp_path: Path) -> None:
    assert convert(SERIAL, tmp_path / "home.pcap") == 4
    data = (tmp_path / "home.pcap").read_bytes()
    assert struct.unpack_from("<IHHiIII", data) == (0xA1B2C3D4, 2, 4, 0, 0, 0x40000, 250)
    began_us = round(STARTED.timestamp() * 1e6)
    assert [(at - began_us, one[8], one[12:]) for at, one in packets(data)] == [
        (500_000, 1, ASK),
        (520_000, 2, ANSWER),
        (1_500_000, 2, b"\1"),
    ]
    at, first = packets(data)[0]
    assert struct.unpack_from(">II", first) == divmod(at, 1_000_000)


def test_a_can_bus_is_frames_as_socketcan_has_them(tmp_path: Path) -> None:
    convert(CAN, tmp_path / "bus.pcap")
    data = (tmp_path / "bus.pcap").read_bytes()
    assert struct.unpack_from("<I", data, 20) == (227,)
    assert [one for _, one in packets(data)] == [
        bytes.fromhex("00000351 08 000000 1402740E740ECC01"),
        bytes.fromhex("9F000100 01 000000 00"),
        bytes.fromhex("40000305 08 000000"),
    ]


@pytest.mark.parametrize("capture", [SERIAL, CAN], ids=["serial", "can"])
def test_pcapng_keeps_the_head_and_the_directions(tmp_path: Path, capture: Capture) -> None:
    convert(capture, tmp_path / "home.pcapng")
    section, interface, *packet = blocks((tmp_path / "home.pcapng").read_bytes())
    assert [kind for kind, _ in (section, interface, *packet)] == [0x0A0D0D0A, 1, 6, 6, 6]
    assert capture.header.url.encode() in section[1]
    assert b"wattstead" in section[1]
    assert capture.header.note.encode() in section[1]
    flags = [struct.unpack_from("<HHI", body, len(body) - 12)[2] for _, body in packet]
    assert flags == ([2, 1, 1] if capture is SERIAL else [1, 2, 2])


def test_a_file_is_never_overwritten_and_what_is_no_frame_is_said(tmp_path: Path) -> None:
    convert(SERIAL, tmp_path / "home.pcap")
    with pytest.raises(UsageError, match="this file exists already"):
        convert(SERIAL, tmp_path / "home.pcap")
    convert(SERIAL, tmp_path / "home.pcapng")
    for name in ("home.pcap", "home.pcapng"):
        with pytest.raises(UsageError, match="a file for Wireshark, which is not read back"):
            read_recording(tmp_path / name)
    wrong = Capture(CAN.header, (Entry(0.0, Direction.TO_HOST, b"\1"),))
    with pytest.raises(UsageError, match="this is no capture of a CAN bus"):
        convert(wrong, tmp_path / "bus.pcap")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs Wireshark's tshark: sudo apt-get install tshark")
@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
def test_wireshark_understands_both(tmp_path: Path, suffix: str) -> None:
    def told(capture: Capture, *fields: str, options: tuple[str, ...] = ()) -> list[list[str]]:
        file = tmp_path / f"{capture.header.url[:3]}.{suffix}"
        convert(capture, file)
        words = ["tshark", "-r", str(file), *options, "-T", "fields", *(word for one in fields for word in ("-e", one))]
        done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True)
        return [line.split("\t") for line in done.stdout.splitlines()]

    frames = told(CAN, "can.id", "can.flags.xtd", "can.flags.rtr", "can.len")
    assert [int(row[0]) for row in frames] == [0x351, 0x1F000100, 0x305]
    assert [row[1:] for row in frames] == [["0", "0", "8"], ["1", "0", "1"], ["0", "1", "8"]] or [
        [word.lower() for word in row[1:]] for row in frames
    ] == [["false", "false", "8"], ["true", "false", "1"], ["false", "true", "8"]]
    lines = told(SERIAL, "rtacser.eventtype", "mbrtu.unit_id", options=("-d", "rtacser.data,mbrtu"))
    assert [int(row[0], 0) for row in lines] == [1, 2, 2]
    assert [row[1] for row in lines[:2]] == ["1", "1"], "it reads the Modbus frames inside"
