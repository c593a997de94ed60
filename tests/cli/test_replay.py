"""Recordings where they do not belong: ``replay`` onto a line of the wrong kind, files of unknown forms."""

from pathlib import Path

import pytest

from wattstead.cli import main

RECORDING = (
    "# wattstead capture 1\n# url: serial:///dev/ttyUSB0\n# baud: 9600\n# started: 2026-03-01T12:00:00.000Z\n"
    "0.000000 > 7E 0D\n"
)


def slip(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command that cannot work; give its sentence."""
    with pytest.raises(SystemExit) as left:
        main(list(words))
    said = capsys.readouterr()
    assert (left.value.code, said.out) == (2, "")
    return said.err


def test_a_recording_of_a_serial_line_is_not_played_on_a_can_bus(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    recording = tmp_path / "line.capture"
    recording.write_text(RECORDING, encoding="utf-8")
    assert "no recording of a CAN bus" in slip(capsys, "replay", str(recording), "--on", "can://virtual/none")


def test_a_recording_is_written_in_a_known_form_only(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    recording, other = tmp_path / "line.capture", tmp_path / "line.xyz"
    recording.write_text(RECORDING, encoding="utf-8")
    assert "take one of .asc, .candump, .capture, .log, .pcap, .pcapng" in slip(
        capsys, "replay", str(recording), "-o", str(other)
    )
    assert not other.exists()


def test_what_was_made_for_wireshark_is_not_read_back(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    recording, other = tmp_path / "line.capture", tmp_path / "line.pcapng"
    recording.write_text(RECORDING, encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["replay", str(recording), "-o", str(other)])
    assert left.value.code == 0
    capsys.readouterr()
    assert "is for Wireshark, and not read back" in slip(capsys, "decode", str(other))
