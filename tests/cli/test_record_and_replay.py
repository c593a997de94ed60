"""A device is recorded with one command, and the recording answers in its place."""

import json
from pathlib import Path

import pytest

from program import running, wattstead

pytestmark = pytest.mark.slow  # each test starts programs


def test_a_recording_answers_like_the_device(tmp_path: Path) -> None:
    live, played, file = tmp_path / "live", tmp_path / "played", tmp_path / "device.capture"
    words = ("simulate", "pylontech", "--speed", "0", "--turnaround", "10", "--on")
    with running(*words, f"pty://{live}"):
        recorded = wattstead("capture", str(live), "--profile", "pylontech", "-o", str(file))
        assert recorded.status == 0, recorded.err
        first = wattstead("read", str(live), "--profile", "pylontech", "--json").rows()[0]
    with running("replay", str(file), "--on", f"pty://{played}", "--speed", "0") as device:
        second = wattstead("read", str(played), "--profile", "pylontech", "--json").rows()[0]
        ended = device.interrupt()
    assert second["values"] == first["values"]
    assert second["active"] == first["active"]
    assert ended.status == 0
    assert "answered" in ended.err
    third = wattstead("read", f"replay://{file}?speed=0", "--profile", "pylontech", "--json").rows()[0]
    assert third["values"] == first["values"]


def test_a_recording_decodes(tmp_path: Path) -> None:
    live, file = tmp_path / "live", tmp_path / "device.capture"
    with running("simulate", "seplos-v2", "--speed", "0", "--turnaround", "10", "--on", f"pty://{live}"):
        recorded = wattstead("capture", str(live), "--profile", "seplos-v2", "-o", str(file))
    assert recorded.status == 0, recorded.err
    assert "history: not asked" in recorded.err
    rows = wattstead("decode", "--profile", "seplos-v2", "--json", str(file)).rows()
    told = {row["message"] for row in rows if row["direction"] == "reply" and row.get("message")}
    assert {"telemetry", "alarms", "parameters", "vendor", "clock", "protocol_version"} <= told
    assert not [row for row in rows if "noise" in row or "error" in row]


def test_a_capture_goes_into_a_pipe(tmp_path: Path) -> None:
    live = tmp_path / "live"
    with running("simulate", "seplos-v2", "--turnaround", "10", "--on", f"pty://{live}"):
        piped = wattstead("capture", str(live), "--profile", "seplos-v2", "-o", "-")
    assert piped.out.startswith("# wattstead capture 1\n")
    decoded = wattstead("decode", "--profile", "seplos-v2", "--json", given=piped.out)
    assert [json.loads(line)["direction"] for line in decoded.out.splitlines()[:2]] == ["request", "reply"]


def test_watch_goes_on_until_it_is_ended(tmp_path: Path) -> None:
    live = tmp_path / "live"
    with running("simulate", "seplos-v2", "--packs", "2", "--turnaround", "10", "--on", f"pty://{live}"):
        found = wattstead("discover", str(live), "--json").rows()
        assert sorted((row["profile"], row["address"]) for row in found) == [("seplos-v2", 0), ("seplos-v2", 1)]
        settings = wattstead("read", str(live), "-p", "seplos-v2", "-a", "1", "--settings", "--json").rows()[0][
            "settings"
        ]
        assert settings["cell_overvoltage_protection_v"] == 3.65
        assert len(settings) == 87 + 64
