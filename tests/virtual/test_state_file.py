"""The state file: read at the start, read again when it changed, never half obeyed."""

import os
from pathlib import Path

import pytest

from virtual.banks import Rig
from wattstead.model.errors import UsageError
from wattstead.virtual.state_file import StateFile


class Desk:
    """A living bank with a state file on disk; complaints are collected."""

    def __init__(self, path: Path, text: str, packs: int = 1) -> None:
        self.path = path
        self.rig = Rig(packs=packs)
        self.complaints: list[str] = []
        self.file = StateFile(
            path, self.rig.bank, clock_s=lambda: self.rig.clocks.run_s, complain=self.complaints.append
        )
        self.rig.live.before = self.file.look
        self.write(text)
        self.file.load()

    def write(self, text: str) -> None:
        """Write as an editor does: a new file in place of the old one."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.path)

    def soc_pct(self, after_s: float = 0.5) -> object:
        self.rig.clocks.pass_s(after_s)
        return self.rig.ask("telemetry").packs[0].values["soc_pct"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.toml"


def test_a_change_is_obeyed_at_the_next_request(path: Path) -> None:
    desk = Desk(path, "[report]\nsoc_pct = 11")
    assert desk.soc_pct() == 11.0
    desk.write("[report]\nsoc_pct = 22")
    assert desk.soc_pct() == 22.0
    desk.write("")
    assert desk.soc_pct() == 50.0
    assert desk.complaints == []


def test_it_looks_at_most_five_times_a_second(path: Path) -> None:
    desk = Desk(path, "[report]\nsoc_pct = 11")
    desk.write("[report]\nsoc_pct = 22")
    assert desk.soc_pct(after_s=0.1) == 11.0
    assert desk.soc_pct(after_s=0.1) == 22.0


def test_a_change_within_the_file_of_the_same_size_is_seen(path: Path) -> None:
    desk = Desk(path, "[report]\nsoc_pct = 11")
    before = path.stat()
    path.write_text("[report]\nsoc_pct = 12", encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert desk.soc_pct() == 12.0


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ("[report]\nsoc_pct = ", ": invalid value (at end of document); correct the TOML there"),
        ("soc_pct == 3\n", ": invalid value (at line 1, column 10); correct the TOML there"),
        ("[report]\nsoc = 3", ", [report] soc: there is no such quantity or field; did you mean soc_pct?"),
        ("[report]\nsoc_pct = 1\nactive = [3]", ", [report] active: [3] is no list of codes;"),
    ],
)
def test_a_broken_file_is_complained_of_once_and_the_last_good_state_stays(
    path: Path, broken: str, sentence: str
) -> None:
    desk = Desk(path, "[report]\nsoc_pct = 11")
    desk.write(broken)
    assert [desk.soc_pct(), desk.soc_pct(), desk.soc_pct()] == [11.0] * 3
    (complaint,) = desk.complaints
    assert complaint.startswith(f"{path}{sentence}")
    assert complaint.endswith("; the last good state stays in force")
    assert "\n" not in complaint
    desk.write("[report]\nsoc_pct = 33")
    assert desk.soc_pct() == 33.0
    assert len(desk.complaints) == 1


def test_a_file_that_goes_away_is_complained_of_and_may_come_back(path: Path) -> None:
    desk = Desk(path, "[report]\nsoc_pct = 11")
    path.unlink()
    assert [desk.soc_pct(), desk.soc_pct()] == [11.0] * 2
    (complaint,) = desk.complaints
    assert complaint.startswith(f"{path} cannot be read (No such file or directory); ")
    desk.write("[report]\nsoc_pct = 44")
    assert desk.soc_pct() == 44.0


def test_bytes_that_are_no_text_are_named(path: Path) -> None:
    desk = Desk(path, "")
    path.write_bytes(b"[report]\n\xff")
    assert desk.soc_pct() == 50.0
    assert desk.complaints[0].startswith(f"{path}, byte 9: this is no UTF-8 text; save it as UTF-8")


@pytest.mark.parametrize("text", ["[report]\nsoc = 3", "[", None])
def test_at_the_start_a_slip_is_an_error(path: Path, text: str | None) -> None:
    if text is not None:
        path.write_text(text, encoding="utf-8")
    rig = Rig()
    with pytest.raises(UsageError, match=r"state\.toml"):
        StateFile(path, rig.bank, clock_s=lambda: 0.0, complain=print).load()
    assert rig.bank.report(0) == rig.bank.simulated(0)


def test_a_slip_in_one_pack_changes_none(path: Path) -> None:
    desk = Desk(path, "[report]\nsoc_pct = 11", packs=2)
    desk.write("[pack.1.report]\nsoc_pct = 70\n[pack.2.report]\nsoc_pct = 9999")
    assert desk.soc_pct() == 11.0
    assert "[pack.2.report] soc_pct: 9999 does not fit" in desk.complaints[0]
