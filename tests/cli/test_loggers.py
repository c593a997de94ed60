"""Stick loggers from the command line: simulate, discover, read, ingest; each in a process of its own."""

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from program import PATIENCE_S, running, wattstead
from wattstead.cli.discover_loggers import is_logger_search

pytestmark = pytest.mark.slow
SERIAL = 2712345678


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_an_inverter_behind_a_logger_is_found_and_read(tmp_path: Path) -> None:
    state = tmp_path / "aura.toml"
    state.write_text('[report]\nsoc_pct = 41.5\nactive = ["w04_solar_loss"]\n', encoding="utf-8")
    search = free_port(socket.SOCK_DGRAM)
    on = f"solarman://127.0.0.1:0?serial={SERIAL}&discovery={search}&double_crc=yes"
    with running("simulate", "aura", "--on", on, "--state", str(state)) as aura:
        assert aura.url.endswith(f"?serial={SERIAL}")
        found = wattstead("discover", f"solarman://?host=127.0.0.1&port={search}", "--json")
        assert found.status == 0, found.err
        assert found.rows() == [
            {
                "host": "127.0.0.1",
                "mac": "E8FDF8A1B2C3",
                "serial": SERIAL,
                "url": f"solarman://127.0.0.1:8899?serial={SERIAL}",
            }
        ]
        (device,) = wattstead("discover", aura.url, "--profile", "aura", "--json").rows()
        assert (device["profile"], device["address"], device["device_name"]) == ("aura", 1, "AURA 5KM")
        read = wattstead("read", aura.url, "--profile", "aura", "--json")
        assert read.status == 0, read.err
        (values,) = read.rows()
        assert (values["values"]["soc_pct"], values["active"]) == (41.5, ["w04_solar_loss"])
        wrong = wattstead("read", aura.url.replace(str(SERIAL), "1700000001"), "--profile", "aura")
        assert wrong.status == 3
        assert f"has the serial number {SERIAL}" in wrong.err
        other = wattstead("read", aura.url, "--profile", "pylontech")
        assert other.status == 2


def test_a_logger_reports_to_our_own_cloud(tmp_path: Path) -> None:
    out = tmp_path / "loggers.jsonl"
    port = free_port()
    with running("ingest", "--on", f"tcp://127.0.0.1:{port}", "--out", str(out), "--profile", "aura") as cloud:
        assert cloud.url == f"tcp://127.0.0.1:{port}"
        on = f"solarman://127.0.0.1:0?discovery=0&cloud=127.0.0.1:{port}"
        with running("simulate", "aura", "--on", on) as aura:
            until_s = time.monotonic() + PATIENCE_S
            while time.monotonic() < until_s and len(lines(out)) < 4:
                time.sleep(0.1)  # the other end is another process: only its file tells
            aura.interrupt()
        ended = cloud.interrupt()
    assert ended.status == 0
    assert "1 connection, 4 frames" in ended.err
    hello, data, *_ = lines(out)
    assert (hello["kind"], hello["serial"]) == ("hello", SERIAL)
    assert data["values"]["pv_energy_total_kwh"] == 9120.5


def lines(file: Path) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines(keepends=True) if line[-1] == "\n"]


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (("ingest", "--on", "serial:///dev/ttyUSB0"), 2, "loggers report over TCP"),
        (("ingest", "--on", "tcp://127.0.0.1:0", "--out", "/nowhere/file"), 2, "cannot write here"),
        (("simulate", "seplos-v2", "--on", "solarman://127.0.0.1:0?discovery=0"), 2, "does not"),
        (("simulate", "aura", "--on", "solarman://127.0.0.1:0?colour=red"), 2, "no switch 'colour'"),
        (("simulate", "aura", "--on", "tcp://127.0.0.1:0", "--packs", "2"), 2, "is no battery"),
        (("discover", "solarman://?hose=1"), 2, "solarman:// for all loggers"),
        (("read", "solarman://127.0.0.1:1", "--profile", "aura"), 3, "nothing listens on port 1"),
    ],
)
def test_what_cannot_be_is_said(words: tuple[str, ...], status: int, why: str) -> None:
    done = wattstead(*words)
    assert (done.status, why in done.err) == (status, True), done.err


@pytest.mark.parametrize(
    ("url", "meant"),
    [("solarman://", True), ("solarman:///", True), ("solarman://?host=h", True), ("solarman://h", False)],
)
def test_a_url_without_a_host_means_all_loggers(url: str, meant: bool) -> None:
    assert is_logger_search(url) is meant
