"""``wattstead batch`` as a command: what it says, what it refuses, how it ends and goes on."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from batch.small import files
from program import PROGRAM, started
from wattstead.app.alone import alone
from wattstead.battery import jit
from wattstead.cli import main
from wattstead.cli.prepare import load

pytestmark = pytest.mark.slow  # each test starts programs

SMALL = ("--packs", "8", "--days", "0.25", "--step", "60")
# Three blocks of some seconds each; at 80 % two workers have done the first two.
LARGE = ("--packs", "3000", "--days", "1", "--step", "120")


def slip(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a batch that cannot be; give its one sentence."""
    with pytest.raises(SystemExit) as left:
        main(["batch", *words])
    said = capsys.readouterr()
    assert (left.value.code, said.out, said.err.count("\n")) == (2, "", 1)
    return said.err.removeprefix("wattstead: ").rstrip("\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--packs", "0"), "packs 0 must be a whole number of at least 1"),
        (("--packs", "1", "--step", "7"), "step 7 s must divide the 3600 s of a kept row"),
        (("--packs", "1", "--step", "0.00001"), "step 1e-05 must lie between 0.0001 and 3600"),
        (("--packs", "1", "--step", "0.00015"), "step 0.00015 must be a whole number of 0.1 ms"),
        (("--packs", "1", "--days", "0"), "days 0.0 must be above 0"),
        (("--packs", "1", "--days", "-3"), "days -3.0 must be above 0"),
        (("--packs", "1", "--keep", "often"), "keep 'often' is no length of time; say for instance 5min, 1h or 1d"),
        (("--packs", "1", "--preset", "seplos-16s-100"), "did you mean seplos-16s-100ah?"),
        (("--packs", "1", "--first-day", "366"), "first day 366 must lie between 1 and 365"),
        (("--packs", "5", "--packs-per-home", "2"), "packs 5 must divide into households of 2 packs"),
        (
            ("--packs", "1", "--soh", "old"),
            "soh 'old' is no share of the capacity; say for instance 90, or 70-100, in %",
        ),
        (("--packs", "many"), "--packs: write a whole number"),
        ((), "--packs is missing"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    words: tuple[str, ...], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in slip(capsys, *words, "--out", str(tmp_path / "out"))
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    assert "is a file; give a folder for the batch" in slip(capsys, *SMALL, "--out", str(tmp_path / "out"))


def test_it_ends_with_a_summary_and_a_second_run_finds_all_done(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    first = started("batch", *SMALL, "--out", out, "--json")
    assert first.status == 0
    (summary,) = first.rows()
    assert (summary["packs"], summary["rows"], summary["pack_steps"]) == (8, 48, 8 * 360)
    assert summary["pack_steps_per_s"] > 0
    assert summary["bytes"] == sum(len(one) for name, one in files(tmp_path / "out").items() if "block" in name)
    assert "Simulating 8 packs of seplos-16s-100ah over 0.25 days in steps of 60 s, 1 block on 1 core" in first.err
    before = files(tmp_path / "out")
    again = started("batch", *SMALL, "--out", out)
    assert again.status == 0
    assert again.err == "8 of 8 packs are there already.\n"
    assert re.search(r"^rows kept +48, ", again.out, re.MULTILINE)
    assert files(tmp_path / "out") == before


def test_other_arguments_in_the_same_folder_are_refused_unless_fresh(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    assert started("batch", *SMALL, "--out", out).status == 0
    sentence = slip(capsys, "--packs", "9", "--days", "0.25", "--step", "60", "--out", out)
    assert "holds a batch with 8 packs; say the same to go on with it, choose another folder, or --fresh" in sentence
    fresh = started("batch", "--packs", "9", "--days", "0.25", "--step", "60", "--out", out, "--fresh", "--json")
    assert fresh.rows()[0]["packs"] == 9


def begun(out: Path, *words: str) -> "subprocess.Popen[str]":
    """Start a large batch and wait until some of it is done."""
    process = subprocess.Popen(
        [PROGRAM, "batch", *LARGE, "--out", out, *words],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line == "80 %\n":
            return process
    raise AssertionError("it ended by itself")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the large batch, never interrupted."""
    out = tmp_path_factory.mktemp("whole") / "out"
    assert started("batch", *LARGE, "--out", str(out)).status == 0
    return files(out)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_keeps_whole_blocks_and_the_same_command_goes_on(
    tmp_path: Path, jobs: str, whole: dict[str, bytes]
) -> None:
    out = tmp_path / "out"
    process = begun(out, "--jobs", jobs)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: the workers, too
    err = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert err.endswith("Interrupted. Whole blocks are kept; the same command goes on with the rest.\n")
    assert "Traceback" not in err
    assert not list(out.rglob("*.part"))
    assert len(files(out)) < len(whole)
    assert started("batch", *LARGE, "--out", str(out)).status == 0
    assert files(out) == whole


def test_killed_in_the_middle_it_goes_on_and_comes_out_the_same(tmp_path: Path, whole: dict[str, bytes]) -> None:
    out = tmp_path / "out"
    process = begun(out, "--jobs", "2")
    process.kill()
    process.communicate(timeout=60)  # ends once no worker holds the pipe any more
    assert started("batch", *LARGE, "--out", str(out)).status == 0
    assert files(out) == whole


def test_two_runs_do_not_write_into_one_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with alone(tmp_path / "batch.json"):
        assert "is in use by another wattstead" in slip(capsys, *SMALL, "--out", str(tmp_path))
    assert files(tmp_path) == {}


MEASURED = """
import resource, sys
from wattstead.cli import main
try:
    main(sys.argv[1:])
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def most_kb(out: Path, *words: str) -> int:
    """Give the most memory that a batch took."""
    python = Path(PROGRAM).with_name("python")
    done = subprocess.run(
        [python, "-c", MEASURED, "batch", "--jobs", "1", *words, "--step", "300", "--out", out],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stderr.split()[-1])


def test_memory_grows_neither_with_packs_nor_with_days(tmp_path: Path) -> None:
    if not jit.ready():  # compiling takes memory
        load()
    few = most_kb(tmp_path / "few", "--packs", "1024", "--days", "1", "--keep", "5min")
    assert most_kb(tmp_path / "more", "--packs", "2048", "--days", "2", "--keep", "5min") < few * 1.1
