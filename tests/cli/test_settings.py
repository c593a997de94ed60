"""``wattstead settings`` as a person or a script uses it, against a virtual battery."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from program import Finished, wattstead
from strangers.serving import simulate

pytestmark = pytest.mark.slow  # each test starts programs

UP = "cell_overvoltage_protection_v"


class Desk:
    """A person at a battery, with a folder of their own."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder

    def says(self, action: str, *words: str, profile: str = "seplos-v2") -> Finished:
        options = ("--profile", profile, "--data", str(self.folder / "data"))
        return wattstead("settings", action, *words, *options)

    def value(self, name: str) -> object:
        (row,) = self.says("show", self.url, name, "--json").rows()
        return row["value"]

    @property
    def log(self) -> list[dict[str, object]]:
        lines = (self.folder / "data" / "audit.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with simulate("seplos-v2", "--on", "tcp://127.0.0.1:0", "--turnaround", "0") as running:
        yield Desk(running.url, tmp_path)


@pytest.fixture
def refusing(tmp_path: Path) -> Iterator[Desk]:
    state = tmp_path / "state.toml"
    state.write_text('[report]\nwrites = "refuse"\n')
    on = ("--on", "tcp://127.0.0.1:0", "--turnaround", "0", "--state", str(state))
    with simulate("seplos-v2", *on) as running:
        yield Desk(running.url, tmp_path)


def test_a_file_is_exported_changed_written_and_brought_back(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    assert desk.says("export", desk.url, "-o", str(file)).status == 0
    kept = file.read_text(encoding="utf-8")
    again = desk.says("export", desk.url, "-o", str(file))
    assert (again.status, file.read_text(encoding="utf-8")) == (2, kept)
    assert "this file exists already; choose another name" in again.err
    assert desk.says("diff", str(file), desk.url).out.strip() == "no difference"
    assert f"{UP} = 3.65  # V" in file.read_text()
    file.write_text(file.read_text().replace(f"{UP} = 3.65", f"{UP} = 3.64"))
    assert desk.says("diff", str(file), desk.url).status == 1
    tried = desk.says("write", desk.url, str(file), "--dry-run")
    assert (tried.status, desk.value(UP)) == (0, 3.65)
    done = desk.says("write", desk.url, str(file), "--yes")
    assert done.status == 0, done.err
    assert desk.value(UP) == 3.64
    assert [one["outcome"] for one in desk.log if one["what"] == "write"] == ["written"]
    assert desk.says("diff", desk.url, "last").status == 0
    assert desk.says("restore", desk.url, "--yes").status == 0
    assert desk.value(UP) == 3.65


def test_a_danger_is_confirmed_by_its_name_and_an_error_stops(desk: Desk) -> None:
    name = "enable_cell_overvoltage_protection"
    no = desk.says("write", desk.url, f"{name}=off", "--yes")
    assert no.status == 2
    assert f"say --confirm {name} if that is meant" in no.err
    assert desk.value(name) is True
    assert desk.says("write", desk.url, f"{name}=off", "--yes", "--confirm", name).status == 0
    assert desk.value(name) is False
    wrong = desk.says("write", desk.url, "cell_undervoltage_protection_v=3.3", "soc_alarm_pct=300", "--yes")
    assert wrong.status == 1
    assert "nothing was sent: 2 of the findings are errors" in wrong.err
    assert desk.says("restore", desk.url, "defaults", "--yes").status == 0
    assert desk.says("diff", desk.url).status == 0


def test_warnings_that_are_new_are_not_written_unasked(desk: Desk) -> None:
    no = desk.says("write", desk.url, "enable_lcd=on")
    assert no.status == 2
    assert "1 warning is new" in no.err
    assert desk.says("write", desk.url, "enable_lcd=on", "--confirm", "SEP-4").status == 0


def test_a_refusal_is_told_and_leaves_with_1(refusing: Desk) -> None:
    done = refusing.says("write", refusing.url, f"{UP}=3.64", "--yes", "--json")
    assert done.status == 1
    (row,) = done.rows()
    assert [one["outcome"] for one in row["results"]] == ["refused"]
    assert row["results"][0]["holds"] == 3.65


def test_the_set_as_shipped_passes_and_a_slip_in_a_file_has_its_place(tmp_path: Path) -> None:
    shipped = wattstead("settings", "check", "defaults", "--profile", "seplos-v2")
    assert shipped.status == 0
    assert "0 errors, 7 warnings" in shipped.out
    file = tmp_path / "slip.toml"
    file.write_text('[about]\nprofile = "seplos-v2"\n[settings]\ncell_overvoltage_protection = 3.6\n')
    slip = wattstead("settings", "check", str(file))
    assert slip.status == 2
    assert "did you mean 'cell_overvoltage_protection_v'?" in slip.err
