"""A batch that was interrupted goes on; another one in the same folder is refused; other files are left alone."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from batch.small import files, plan, run
from wattstead.batch.block import Stopped
from wattstead.batch.run import Batch
from wattstead.battery.wear import Acting
from wattstead.model.errors import UsageError


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wattstead.batch.plan.BLOCK", 4)


def stop_after(rows: int, wanted_in: Path) -> Batch:
    """Begin a batch of three blocks and ask for its end once so many rows have come."""
    begun, seen = Batch.begin(plan(packs=10), wanted_in), 0

    def advanced(count: int) -> None:
        nonlocal seen
        seen += count

    with pytest.raises(Stopped):
        begun.run(1, advanced, lambda: seen >= rows)
    return begun


@pytest.mark.slow
def test_the_rows_depend_neither_on_blocks_nor_on_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(plan(packs=10), tmp_path / "small")
    run(plan(packs=10), tmp_path / "workers", jobs=2)
    assert files(tmp_path / "workers") == files(tmp_path / "small")
    monkeypatch.setattr("wattstead.batch.plan.BLOCK", 1024)
    run(plan(packs=10), tmp_path / "large")
    assert len(list((tmp_path / "large/rows").iterdir())) == 1
    for kind in ("rows", "events"):
        parts, whole = pq.read_table(tmp_path / "small" / kind), pq.read_table(tmp_path / "large" / kind)
        assert parts.to_pylist() == whole.to_pylist()


def test_what_was_interrupted_goes_on_and_comes_out_the_same(tmp_path: Path) -> None:
    run(plan(packs=10), tmp_path / "whole")
    stop_after(4 * 6 + 1, tmp_path / "cut")  # in the second of three blocks
    assert [one for one in files(tmp_path / "cut") if "block" in one] == [
        "events/block-000000.parquet",
        "rows/block-000000.parquet",
    ]
    again = Batch.begin(plan(packs=10), tmp_path / "cut")
    assert (again.there.packs, [block.number for block in again.missing]) == (4, [1, 2])
    again.run(1, lambda _: None, lambda: False)
    assert files(tmp_path / "cut") == files(tmp_path / "whole")
    assert Batch.begin(plan(packs=10), tmp_path / "cut").missing == ()


def test_a_block_without_its_events_a_broken_one_and_halves_are_done_again(tmp_path: Path) -> None:
    run(plan(packs=10), tmp_path)
    whole = files(tmp_path)
    (tmp_path / "events/block-000000.parquet").unlink()
    (tmp_path / "rows/block-000001.parquet").write_bytes(b"PAR1 and no more")
    (tmp_path / "rows/block-000002.parquet.77.part").write_bytes(b"half")
    begun = Batch.begin(plan(packs=10), tmp_path)
    assert [block.number for block in begun.missing] == [0, 1]
    begun.run(1, lambda _: None, lambda: False)
    assert files(tmp_path) == whole


@pytest.mark.parametrize(
    ("change", "there"),
    [
        ({"packs": 9}, "10 packs"),
        ({"days": 0.5}, "0.25 days"),
        ({"step_s": 30.0}, "steps of 300 s"),
        ({"keep_s": 1800}, "rows of 3600 s"),
        ({"ageing": Acting.LOW}, "ageing middle"),
        ({"seed": 1}, "seed 0 and other figures in its preset"),
        ({"packs": 9, "keep_s": 1800}, "10 packs and rows of 3600 s"),
    ],
)
def test_another_batch_in_the_same_folder_is_refused(tmp_path: Path, change: dict[str, Any], there: str) -> None:
    run(plan(packs=10), tmp_path)
    before = files(tmp_path)
    other = plan(**{"packs": 10, **change})
    with pytest.raises(UsageError) as refused:
        Batch.begin(other, tmp_path)
    assert str(refused.value).startswith(f"{tmp_path} holds a batch with {there}")
    assert str(refused.value).endswith("choose another folder, or --fresh to remove it and begin anew")
    assert files(tmp_path) == before


def test_another_engine_or_other_figures_are_another_batch(tmp_path: Path) -> None:
    run(plan(), tmp_path)
    other = replace(plan(), pack=replace(plan().pack, link_ohm=0.003))
    with pytest.raises(UsageError, match=r"other figures in its preset \([0-9a-f]{16}\); say the same"):
        Batch.begin(other, tmp_path)
    file = tmp_path / "batch.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "engine": "0123456789abcdef"}), encoding="utf-8")
    with pytest.raises(UsageError, match=r"another engine \(0123456789abcdef\)"):
        Batch.begin(plan(), tmp_path)


def test_fresh_removes_the_old_batch_and_nothing_else(tmp_path: Path) -> None:
    run(plan(packs=10), tmp_path)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    run(plan(packs=3, seed=5), tmp_path, fresh=True)
    assert sorted(files(tmp_path)) == [
        "batch.json",
        "events/block-000000.parquet",
        "notes.txt",
        "rows/block-000000.parquet",
    ]
    assert json.loads((tmp_path / "batch.json").read_text(encoding="utf-8"))["packs"] == 3


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows/block-000000.parquet").write_bytes(b"mine")
    for fresh in (False, True):
        with pytest.raises(UsageError, match="holds other files and no batch; choose a new folder"):
            Batch.begin(plan(), tmp_path, fresh=fresh)
    assert files(tmp_path) == {"rows/block-000000.parquet": b"mine"}


def test_a_definition_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    run(plan(), tmp_path)
    (tmp_path / "batch.json").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be read; --fresh begins the batch anew"):
        Batch.begin(plan(), tmp_path)
    run(plan(), tmp_path, fresh=True)
    assert Batch.begin(plan(), tmp_path).missing == ()


@pytest.mark.slow
def test_workers_stop_when_asked(tmp_path: Path) -> None:
    begun = Batch.begin(plan(packs=200, days=20.0), tmp_path)
    with pytest.raises(Stopped):
        begun.run(2, lambda _: None, lambda: True)
    assert not list(tmp_path.rglob("*.part"))
    assert len(Batch.begin(plan(packs=200, days=20.0), tmp_path).missing) > 40


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    begun = Batch.begin(plan(packs=10), tmp_path)
    (tmp_path / "rows").rmdir()
    for jobs in (1, 2):
        with pytest.raises(OSError, match="No such file"):
            begun.run(jobs, lambda _: None, lambda: False)
