"""``wattstead simulate`` as a command: when it is ready, how it ends, and what it says to a slip."""

import signal
import socket
from pathlib import Path

import pytest

from strangers.by_hand import Network, ask, request, understand
from strangers.serving import Simulate, pty, simulate
from wattstead.cli import main

pytestmark = pytest.mark.slow  # each test starts programs


def slip(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Run a command that cannot work; give its exit status and its one sentence."""
    with pytest.raises(SystemExit) as left:
        main(["simulate", *words])
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("wattstead: ")
    assert said.err.count("\n") == 1
    assert isinstance(left.value.code, int)
    return left.value.code, said.err.removeprefix("wattstead: ").rstrip("\n")


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_it_is_ready_when_it_says_so_and_ends_without_a_trace(tmp_path: Path, by: signal.Signals) -> None:
    url, path = pty(tmp_path)
    running = Simulate(["seplos-v2", "--on", url])
    try:
        assert running.said == f"ready {url}"
        assert understand(ask(path, 19200, request(0, 0x4F))).status == 0
    finally:
        ended = running.end(by)
    assert ended == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_the_system_chose_is_told() -> None:
    with simulate("pylontech", "--on", "tcp://127.0.0.1:0", "--turnaround", "0") as running:
        assert running.url.startswith("tcp://127.0.0.1:")
        assert not running.url.endswith(":0")
        with Network(running.url) as line:
            assert line.ask(request(2, 0x4F))[0].address == 2


def test_packs_address_charge_and_speed_are_what_was_asked_for(tmp_path: Path) -> None:
    url, path = pty(tmp_path)
    options = ["--packs", "2", "--address", "5", "--soc", "80", "--speed", "0", "--baud", "9600", "--turnaround", "0"]
    with simulate("seplos-v2", "--on", url, *options):
        for address in (5, 6):
            reply = understand(ask(path, 9600, request(address, 0x42, f"{address:02X}")))
            assert (reply.address, reply.number(57)) == (address, 800)
        assert ask(path, 9600, request(7, 0x42, "07"), patience_s=0.3) == b""


def test_time_runs_as_fast_as_asked(tmp_path: Path) -> None:
    state = tmp_path / "state.toml"
    state.write_text("[input]\ncurrent_a = 60\n", encoding="utf-8")
    words = ["seplos-v2", "--on", "tcp://127.0.0.1:0", "--speed", "600", "--soc", "10", "--state", str(state)]
    with simulate(*words, "--turnaround", "0") as running, Network(running.url) as line:
        first = line.ask(request(0, 0x42, "00"))[0].number(52)
        _, seconds = line.ask(request(0, 0x42, "00"))
        for _ in range(200):
            reply, more_s = line.ask(request(0, 0x42, "00"))
            seconds += more_s
        charged_ah = (reply.number(52) - first) / 100
    assert charged_ah == pytest.approx(60.0 * 600.0 * seconds / 3600.0, rel=0.5, abs=0.1)


def test_a_state_file_that_breaks_is_complained_of_while_it_runs(tmp_path: Path) -> None:
    url, path = pty(tmp_path)
    state = tmp_path / "state.toml"
    state.write_text("[report]\nsoc_pct = 12.5\n", encoding="utf-8")
    running = Simulate(["seplos-v2", "--on", url, "--state", str(state)])
    try:
        assert understand(ask(path, 19200, request(0, 0x42, "00"))).number(57) == 125
        state.write_text("[report]\nsoc = 12.5\n", encoding="utf-8")
        assert understand(ask(path, 19200, request(0, 0x42, "00"))).number(57) == 125
        assert understand(ask(path, 19200, request(0, 0x42, "00"))).number(57) == 125
        assert running.process.stderr is not None
        complaint = running.process.stderr.readline()
    finally:
        status, more = running.end()
    assert complaint == (
        f"wattstead: {state}, [report] soc: there is no such quantity or field; did you mean soc_pct?; "
        "the last good state stays in force\n"
    )
    assert (status, more) == (0, "")


def test_usage_slips_leave_with_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    url, _ = pty(tmp_path)
    assert slip(capsys, "seplos-v0", "--on", url)[0] == 2
    status, sentence = slip(capsys, "seplos-v2", "--on", url, "--packs", "17")
    assert (status, sentence) == (
        2,
        "seplos-v2 has no place for 17 packs from address 0 on; it knows addresses 0 to 15",
    )
    assert slip(capsys, "seplos-v2", "--on", url, "--speed", "-1")[0] == 2
    assert slip(capsys, "seplos-v2", "--on", url, "--soc", "101")[0] == 2
    assert slip(capsys, "seplos-v2", "--on", "pty:/tmp/x")[0] == 2
    missing = tmp_path / "missing.toml"
    status, sentence = slip(capsys, "seplos-v2", "--on", url, "--state", str(missing))
    assert status == 2
    assert sentence.startswith(f"{missing} cannot be read (No such file or directory); ")
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_leaves_with_3(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, sentence = slip(capsys, "seplos-v2", "--on", f"tcp://127.0.0.1:{port}")
    assert status == 3
    assert f"port {port} is in use" in sentence
    url, _ = pty(tmp_path)
    with simulate("seplos-v2", "--on", url):
        status, sentence = slip(capsys, "pylontech", "--on", url)
        assert status == 3
        assert "serves a virtual device here" in sentence
    assert slip(capsys, "seplos-v2", "--on", "pty:///no/such/folder/battery")[0] == 3


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["simulate", "--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert "wattstead simulate seplos-v2 --on" in said
    for option in ("--packs", "--address", "--speed", "--baud", "--turnaround", "--state", "--soc", "--seed"):
        assert option in said
