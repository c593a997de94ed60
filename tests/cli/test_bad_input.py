"""Each mistake gets one sentence with what would be right, and the right exit status."""

import os
import pty
import signal
import socket
import subprocess
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from program import PROGRAM, Finished, running, started, wattstead

pytestmark = pytest.mark.slow  # each test starts programs


def one_sentence(done: Finished, status: int, *words: str) -> None:
    """Check a complaint: where it went, its length, its words, the status."""
    complaint = [line for line in done.err.splitlines() if line.startswith("wattstead: ")]
    assert done.status == status, done.err
    assert done.out == ""
    assert len(complaint) == 1, done.err
    assert "Traceback" not in done.err
    for word in words:
        assert word in done.err, done.err


@pytest.fixture
def dead_line() -> Iterator[str]:
    """A serial port at which nobody answers."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    yield os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_unknown_verb() -> None:
    one_sentence(started("discovr"), 2, "'discovr'", "did you mean `wattstead discover`?")


def test_unknown_action() -> None:
    one_sentence(wattstead("calibrate", "/dev/null", "zro"), 2, "for 'action': 'zro' is not one of 'show', 'zero'")


def test_unknown_profile_and_message() -> None:
    one_sentence(wattstead("decode", "-p", "seplos", given=""), 2, "'seplos'", "seplos-v2", "seplos-v3")
    one_sentence(wattstead("decode", "-p", "seplos-v2", "-m", "telemetri", given=""), 2, "telemetri", "telemetry (42H)")
    one_sentence(wattstead("simulate", "seplos-v9", "--on", "tcp://127.0.0.1:0"), 2, "'seplos-v9'")


def test_broken_profile_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[profile]\nname = "mine"\nmake = "Mine\n')
    one_sentence(wattstead("profiles", str(file)), 2, "mine.toml", "line 3")
    file.write_text('[profile]\nname = "mine"\ncolour = "red"\n')
    one_sentence(wattstead("profiles", str(file)), 2, "mine.toml", "profile", "colour")
    one_sentence(wattstead("profiles", str(tmp_path / "absent.toml")), 2, "absent.toml")


def test_urls_that_cannot_be_meant() -> None:
    one_sentence(wattstead("read", "htp://x", "-p", "seplos-v2"), 2, "htp")
    one_sentence(wattstead("read", "tcp://127.0.0.1", "-p", "seplos-v2"), 2, "port")
    one_sentence(wattstead("read", "serial:///dev/x?baud=fast", "-p", "seplos-v2"), 2, "fast")


def test_absent_port() -> None:
    one_sentence(wattstead("read", "/dev/ttyUSB99", "-p", "seplos-v2"), 3, "/dev/ttyUSB99")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets it, and it refuses
        url = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        one_sentence(wattstead("read", url, "-p", "seplos-v2"), 3, "nothing listens")


def test_busy_port(tmp_path: Path) -> None:
    link = tmp_path / "battery"
    with running("simulate", "seplos-v2", "--on", f"pty://{link}"):
        first = subprocess.Popen(
            [PROGRAM, "capture", str(link), "--baud", "19200", "-o", str(tmp_path / "line.capture")]
        )
        try:
            wait_for(tmp_path / "line.capture")
            one_sentence(wattstead("read", str(link), "-p", "seplos-v2"), 3, "busy")
        finally:
            first.terminate()
            first.wait()


def wait_for(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until, f"{path.name} never came"
        time.sleep(0.05)


def test_silent_port(dead_line: str) -> None:
    one_sentence(wattstead("read", dead_line, "-p", "seplos-v2"), 3, "did not answer", "19200", "address 0")


def test_wrong_baud_rate(tmp_path: Path) -> None:
    link = tmp_path / "battery"
    with running("simulate", "seplos-v2", "--on", f"pty://{link}"):
        done = wattstead("read", f"serial://{link}?baud=9600", "-p", "seplos-v2")
        one_sentence(done, 3, "9600", "19200")
        assert wattstead("read", f"serial://{link}", "-p", "seplos-v2", "--json").status == 0


def test_a_page_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = wattstead("demo", "--days", "1", "--data", str(tmp_path), "--port", port)
    assert done.status == 2
    assert port in done.err
    assert "--port" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[plant\n", ("no TOML", "line 1")),
        ("[plant]\nname = 'x'\n", ("bus is missing",)),
        (
            '[[bus]]\nurl="tcp://127.0.0.1:1"\nprofile="seplos-v2"\npacks=[{adress=0}]\n',
            ("bus 1, packs 1, address is missing", "adress: there is no such key"),
        ),
        ('[[bus]]\nurl="tcp://127.0.0.1:1"\nprofile="seplos-v2"\npacks=[{address=77}]\n', ("77", "0 to 15")),
        ('[[bus]]\nurl="tcp//127.0.0.1:1"\nprofile="seplos-v2"\npacks=[{address=0}]\n', ("tcp//127.0.0.1:1",)),
        ('[[bus]]\nurl="/dev/x"\nprofile="seplos"\npacks=[{address=0}]\n', ("seplos-v2",)),
        (
            '[plant]\ntime_zone="Mars/Olympus"\n[[bus]]\nurl="/dev/x"\nprofile="seplos-v2"\npacks=[{address=0}]\n',
            ("Mars",),
        ),
        (2 * '[[bus]]\nurl="/dev/x"\nprofile="seplos-v2"\npacks=[{address=0}]\n', ("bus 2", "bus 1")),
        ('[http]\nhost="0.0.0.0"\n[[bus]]\nurl="/dev/x"\nprofile="seplos-v2"\npacks=[{address=0}]\n', ("127.0.0.1",)),
    ],
)
def test_broken_configuration(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    file = tmp_path / "home.toml"
    file.write_text(f'{text}[store]\npath = "{tmp_path}/x.db"\n' if text.startswith("[[bus]]") else text)
    done = wattstead("serve", "--config", str(file))
    assert done.status == 2, done.err
    assert "Traceback" not in done.err
    for word in words:
        assert word in done.err, done.err


def test_absent_configuration_is_shown_how_to_write(tmp_path: Path) -> None:
    done = wattstead("serve", "--config", str(tmp_path / "none.toml"))
    assert done.status == 2
    assert "[[bus]]" in done.err


def test_misused_options_get_a_sentence_too() -> None:
    one_sentence(wattstead("read", "/dev/x", "--address", "300"), 2, "255")
    one_sentence(wattstead("decode"), 2, "--profile", "wattstead decode --help")
    one_sentence(wattstead("read", "/dev/x", "--colour"), 2, "--colour")


def test_an_address_that_the_protocol_does_not_have(dead_line: str) -> None:
    one_sentence(wattstead("read", dead_line, "-p", "seplos-v2", "-a", "16"), 2, "16", "0 to 15")
    done = wattstead("capture", dead_line, "-p", "pylontech", "-a", "0", "-o", "-")
    one_sentence(done, 2, "1 to 125")


def test_two_programs_on_one_store(tmp_path: Path) -> None:
    file = tmp_path / "home.toml"
    file.write_text(
        f'[http]\nport=0\n[store]\npath="{tmp_path}/x.db"\n'
        '[[bus]]\nurl="tcp://127.0.0.1:1"\nprofile="seplos-v2"\npacks=[{address=0}]\n'
    )
    with running("serve", "--config", str(file)):
        one_sentence(wattstead("serve", "--config", str(file)), 2, "in use by another wattstead")


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    done = wattstead("demo", "--days", "1", "--port", "0", "--data", str(file / "folder"))
    assert done.status == 2
    assert "Traceback" not in done.err
    assert str(file) in done.err


def test_answers_that_cannot_be_written() -> None:
    shell = ["sh", "-c", f"{PROGRAM} quantities >/dev/full"]
    done = subprocess.run(shell, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("wattstead: the answer cannot be written")
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_fault() -> None:
    for verb in ("quantities", "--help"):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([PROGRAM, verb], stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
        os.close(writer)
        assert (done.stderr, done.returncode) == ("", 0), verb


def test_closed_standard_input() -> None:
    done = subprocess.run(
        ["sh", "-c", f"{PROGRAM} decode -p seplos-v2 <&-"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_terminal_without_accents() -> None:
    plain = {**os.environ, "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [PROGRAM, "codes", "--lang", "fr"], capture_output=True, text=True, check=False, env=plain, encoding="ascii"
    )
    assert done.returncode == 0, done.stderr


def test_ctrl_c_before_the_answer_is_no_success(dead_line: str) -> None:
    asking = subprocess.Popen(
        [PROGRAM, "discover", dead_line], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert asking.stderr is not None
    asking.stderr.readline()  # it has said what it will ask
    time.sleep(0.5)
    asking.send_signal(signal.SIGINT)
    _, complaint = asking.communicate(timeout=60)
    assert asking.returncode == 130
    assert "Traceback" not in complaint
