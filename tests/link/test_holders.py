import fcntl
import os
import sys
from pathlib import Path

import pytest

from wattstead.link import holders as module
from wattstead.link.holders import holders

if sys.platform != "linux":
    pytest.skip("only Linux tells who holds a file", allow_module_level=True)


def test_a_file_that_nobody_holds(tmp_path: Path) -> None:
    (tmp_path / "device").touch()
    assert holders(tmp_path / "device") == ""
    assert holders(tmp_path / "none") == ""


def test_who_has_it_open_is_named(tmp_path: Path) -> None:
    with (tmp_path / "device").open("w"):
        assert holders(tmp_path / "device").endswith(f"(process {os.getpid()})")


def test_who_locked_it_comes_before_who_has_it_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_having_open", lambda _: iter([1]))
    with (tmp_path / "device").open("w") as file:
        assert holders(tmp_path / "device").endswith("(process 1)")
        fcntl.flock(file, fcntl.LOCK_EX)
        assert holders(tmp_path / "device").endswith(f"(process {os.getpid()})")


def test_elsewhere_nobody_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PROC", tmp_path)
    with (tmp_path / "device").open("w"):
        assert holders(tmp_path / "device") == ""
