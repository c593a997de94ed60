"""A file or folder that cannot be written has one exit status with every verb, and a sentence that names it."""

import contextlib
import errno
import io
from pathlib import Path

import pytest

from cli.setting_desk import battery
from cli.test_plain_words import said
from wattstead.cli import main, status_of
from wattstead.model.errors import FileError
from wattstead.store.base import StoreError

UP = "cell_overvoltage_protection_v"


def test_every_verb_that_writes_leaves_with_2_where_it_cannot(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    no = str(file / "folder")  # nobody makes a folder in a file, root neither
    content = tmp_path / "content.bin"
    content.write_bytes(bytes(64))
    with battery("seplos-v2") as there:
        held = dict(there.bank.packs[0].settings)
        at = (there.url, "--profile", "seplos-v2")
        for words in (
            ("settings", "export", *at, "--output", f"{no}/mine.toml"),
            ("settings", "write", at[0], f"{UP}=3.6", *at[1:], "--yes", "--data", no),
            ("support", *at, "--output", f"{no}/battery.zip", "--data", str(tmp_path / "data")),
            ("capture", *at, "--address", "0", "--output", f"{no}/line.capture"),
            ("upgrade", "make-image", f"{no}/new.image", str(content), "-p", "ps-20016s", "--version", "1.5.2"),
            ("batch", "--packs", "1", "--days", "1", "--step", "60", "--out", no),
            ("batch", "--packs", "1", "--days", "1", "--step", "60", "--out", str(file)),
            ("ingest", "--on", "tcp://127.0.0.1:0", "--out", f"{no}/lines.json"),
            ("demo", "--days", "1", "--port", "0", "--data", no),
            ("simulate", "ps-20016s", "--on", "tcp://127.0.0.1:0", "--keep", f"{no}/battery.json"),
        ):
            status, told = said(*words)
            complaints = [line for line in told.splitlines() if line.startswith("wattstead: ")]
            assert (status, len(complaints)) == (2, 1), (words, told)
            assert str(file) in complaints[0], told
            assert "; " in complaints[0], f"{words}: no remedy"
        assert there.bank.packs[0].settings == held, "something was sent although no backup could be written"
    with battery("ps-20016s") as there:
        status, told = said("records", there.url, "--profile", "ps-20016s", "--data", no)
        assert (status, str(file) in told) == (2, True), told


def test_a_full_disk_is_no_word_of_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    assert status_of(FileError("x")) == status_of(StoreError("x")) == 2

    class Full(io.StringIO):
        def write(self, text: str) -> int:  # noqa: ARG002 (as the stream has it)
            raise OSError(errno.ENOSPC, "No space left on device")

        def fileno(self) -> int:
            return -1

    told = io.StringIO()
    monkeypatch.setattr("wattstead.cli.os.dup2", lambda *_: None)
    with contextlib.redirect_stdout(Full()), contextlib.redirect_stderr(told), pytest.raises(SystemExit) as left:
        main(["quantities"])
    assert left.value.code == 2
    assert "the answer cannot be written (No space left on device); make room" in told.getvalue()
