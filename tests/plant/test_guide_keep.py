"""Ticks of guides on the disk: readable, whole, several batteries side by side, and never written over when broken."""

import errno
import os
import threading
from pathlib import Path

import pytest

from wattstead.model.errors import FileError, UsageError
from wattstead.model.guide import Progress, Tick
from wattstead.plant.guide_keep import GuideKeeper

NOON_MS = 1_780_315_200_000
SOME = {
    "storage": Progress({"off": Tick(NOON_MS), "volts": Tick(NOON_MS + 1500, 52.25)}, since_ms=NOON_MS - 86_400_000)
}


def test_what_is_kept_comes_back_and_can_be_read(tmp_path: Path) -> None:
    keeper = GuideKeeper(tmp_path / "new" / "folder")
    with keeper.changing('Cave d\'été "A"\\') as held:
        held |= SOME
    assert keeper.all('Cave d\'été "A"\\') == SOME
    text = keeper.path('Cave d\'été "A"\\').read_text(encoding="utf-8")
    assert "ticks.volts = { at = 2026-06-01T12:00:01.500Z, value = 52.25 }" in text
    assert "charged = 2026-05-31T12:00:00.000Z" in text


def test_batteries_stand_side_by_side_whatever_their_names(tmp_path: Path) -> None:
    keeper = GuideKeeper(tmp_path)
    names = ["", "Cave", "cave", "cave!", "été", "ete", "倉庫", "倉", "../../etc/passwd", "x" * 200]
    for place, name in enumerate(names):
        with keeper.changing(name) as held:
            held["start"] = Progress({"on": Tick(place)})
    assert keeper.plants() == sorted(names)
    assert [keeper.get(name, "start").ticks["on"].at_ms for name in names] == list(range(len(names)))
    assert {one.parent for one in map(keeper.path, names)} == {tmp_path}


@pytest.mark.parametrize("name", ["two\nlines", " blank", "x" * 201, "\x1b[31m"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is no name of a battery"):
        GuideKeeper(tmp_path).path(name)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("plant = ", "Invalid value"),
        ("[start]\nticks.on = { at = 2026-01-01 }", "plant is missing"),
        ('plant = ""\n[start]\nticks.on = { value = 1 }', "at is missing"),
        ('plant = ""\n[start]\nticks.on = { at = "noon" }', "'noon' is no time"),
        ('plant = ""\n[start]\nticks.on = { at = 2026-01-01, value = "x" }', "'x' is no number"),
        ('plant = ""\nstart = 3', "3 is no table"),
        ('plant = ""\n[start]\nticks.on = 3', "3 is no table"),
        ("plant = 3", "plant = 3 is no text"),
        (b"\xff\xfe".decode("latin-1"), "mend it"),
    ],
)
def test_a_file_that_is_broken_is_told_and_left_alone(tmp_path: Path, text: str, why: str) -> None:
    keeper = GuideKeeper(tmp_path)
    keeper.path("").write_text(text, encoding="latin-1")
    with pytest.raises(UsageError) as told, keeper.changing("") as held:
        held["start"] = Progress({"on": Tick(1)})
    assert why in str(told.value)
    assert "nothing is written to it" in str(told.value)
    assert keeper.path("").read_text(encoding="latin-1") == text


def test_a_person_may_write_a_day_alone(tmp_path: Path) -> None:
    keeper = GuideKeeper(tmp_path)
    keeper.path("").write_text('plant = ""\n[a]\ncharged = 2026-05-31\nticks.b = { at = 2026-06-01T12:00:00 }\n')
    assert keeper.get("", "a") == Progress({"b": Tick(NOON_MS)}, since_ms=NOON_MS - 36 * 3_600_000)


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = GuideKeeper(tmp_path)
    with keeper.changing("a") as held:
        held |= SOME

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="No space left"), keeper.changing("a") as held:
        held.clear()
    assert keeper.all("a") == SOME


def test_an_error_on_the_way_changes_nothing(tmp_path: Path) -> None:
    keeper = GuideKeeper(tmp_path)
    with pytest.raises(KeyError), keeper.changing("a") as held:
        held["start"] = {**SOME}["none"]
    assert keeper.all("a") == {}


def test_two_at_once_lose_no_tick(tmp_path: Path) -> None:
    begin = threading.Barrier(4, timeout=20)

    def tick(number: int) -> None:
        begin.wait()
        for step in range(5):
            with GuideKeeper(tmp_path).changing("a") as held:
                ticks = held.get("g", Progress()).ticks
                held["g"] = Progress({**ticks, f"s{number}-{step}": Tick(step)})

    threads = [threading.Thread(target=tick, args=(number,), daemon=True) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert len(GuideKeeper(tmp_path).get("a", "g").ticks) == 20


def test_what_is_put_aside_is_no_battery(tmp_path: Path) -> None:
    keeper = GuideKeeper(tmp_path)
    with keeper.changing("a") as held:
        held |= SOME
    first, second = keeper.put_aside("a", NOON_MS), keeper.put_aside("a", NOON_MS)
    assert first != second
    assert first.read_text() == second.read_text() == keeper.path("a").read_text()
    assert keeper.plants() == ["a"]
