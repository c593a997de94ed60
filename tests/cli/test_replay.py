"""``replay`` onto a line of the wrong kind."""

from pathlib import Path

import pytest

from wattstead.cli import main


def test_a_recording_of_a_serial_line_is_not_played_on_a_can_bus(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    recording = tmp_path / "line.capture"
    recording.write_text(
        "# wattstead capture 1\n# url: serial:///dev/ttyUSB0\n# baud: 9600\n# started: 2026-03-01T12:00:00.000Z\n"
        "0.000000 > 7E 0D\n",
        encoding="utf-8",
    )
    with pytest.raises(SystemExit) as left:
        main(["replay", str(recording), "--on", "can://virtual/none"])
    said = capsys.readouterr()
    assert (left.value.code, said.out) == (2, "")
    assert "no recording of a CAN bus" in said.err
