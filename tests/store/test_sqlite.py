"""What belongs to the one file: damage, rights, other programs' files, later versions, threads."""

import asyncio
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from store.samples import START_MS, day_of
from wattstead.model.reading import Snapshot
from wattstead.store.base import DAY_MS, Resolution, StoreError
from wattstead.store.connect import connect
from wattstead.store.migrations import STEPS
from wattstead.store.sqlite import SqliteStore

LATER_MS = START_MS + 40 * DAY_MS
NOBODY = 65534


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "history.db")
    yield opened
    await opened.close()


@pytest.fixture
def locked_folder() -> Iterator[Path]:
    """A folder that this process may look into and not write to, also when the tests run as root."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    yield folder
    if root:
        os.seteuid(0)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def answer(path: Path, statement: str) -> object:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchone()[0]


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


async def test_the_disk_has_it_when_write_returns(store: SqliteStore) -> None:
    await store.write([Snapshot("a", START_MS, {"soc_pct": 50.0})])
    writer = store._writer.connection
    assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert writer.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert writer.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert answer(store.path, "SELECT count(*) FROM hot") == 1  # another process sees it


async def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear battery, " * 200)
    with pytest.raises(StoreError, match=r"letter\.db: is not a Wattstead store: name another file"):
        await SqliteStore.open(path)
    assert path.read_text() == "Dear battery, " * 200


async def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    change(path, "CREATE TABLE book (title TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"books\.db is a database of another program: name another file"):
        await SqliteStore.open(path)
    assert path.read_bytes() == before


async def test_a_later_version_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    await (await SqliteStore.open(path)).close()
    change(path, "INSERT INTO migration VALUES ('fold_space', '2031-01-01')")
    with pytest.raises(StoreError, match=r"later version of Wattstead \(step fold_space\): update this program"):
        await SqliteStore.open(path)


async def test_steps_are_taken_once_and_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "history.db"
    await (await SqliteStore.open(path)).close()
    taken: list[str] = []

    def add_note(connection: sqlite3.Connection) -> None:
        taken.append("add_note")
        connection.execute("CREATE TABLE note (text TEXT)")

    def stumble(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE half (text TEXT)")
        raise sqlite3.OperationalError("no luck")

    monkeypatch.setattr("wattstead.store.migrations.STEPS", (*STEPS, add_note, stumble))
    for _ in range(2):
        with pytest.raises(StoreError, match="no luck"):
            await SqliteStore.open(path)
    assert taken == ["add_note"]
    with closing(connect(path)) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM migration")}
    assert names == {"create_readings", "create_sealed", "add_note"}
    assert answer(path, "SELECT count(*) FROM sqlite_master WHERE name = 'half'") == 0


async def test_a_folder_without_rights(locked_folder: Path) -> None:
    for path in (locked_folder / "history.db", locked_folder / "deeper" / "history.db"):
        with pytest.raises(StoreError, match=r"store .*history\.db.*(may write|rights)"):
            await SqliteStore.open(path)


async def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreError, match="name a folder that you may write to"):
        await SqliteStore.open(tmp_path / "taken" / "history.db")


async def test_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "history.db"
    await (await SqliteStore.open(path)).close()
    assert path.is_file()


async def test_a_full_disk_loses_nothing_and_recovers(store: SqliteStore) -> None:
    readings = list(day_of("a", 1))
    await store.write(readings[:100])
    writer = store._writer.connection
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match=r"the disk is full: free some space; what was stored before is safe"):
        await store.write(readings[100:])
    assert await store.history("a", 0, LATER_MS) == readings[:100]
    writer.execute("PRAGMA max_page_count = 1000000")
    await store.write(readings[100:])
    assert await store.history("a", 0, LATER_MS) == readings


async def test_words_of_a_refused_round_are_forgotten(store: SqliteStore) -> None:
    """A number given to a new word in a transaction that was taken back must not be used again."""
    good = Snapshot("new", START_MS, {"maker": "brand new", "soc_pct": 1.0}, ("FRESH",))
    with pytest.raises(StoreError):
        await store.write([good, Snapshot("new", -1, {})])
    await store.write([Snapshot("other", START_MS, {"maker": "another"})])
    await store.write([good])
    assert await store.history("new", 0, LATER_MS) == [good]


async def test_damage_is_told_not_hidden(store: SqliteStore) -> None:
    await store.write_many(day_of("a", 2))
    await store.seal(LATER_MS)
    change(store.path, "UPDATE chunk SET data = CAST(substr(data, 1, 200) AS BLOB)")
    with pytest.raises(StoreError, match=r"history\.db: a stored chunk is damaged \(.*\): restore a copy"):
        await store.history("a", 0, LATER_MS)
    change(store.path, "UPDATE chunk SET data = CAST(x'09' || substr(data, 2) AS BLOB)")
    with pytest.raises(StoreError, match="version 9, this program knows 1: update Wattstead"):
        await store.read("a", ["soc_pct"], 0, LATER_MS, Resolution.RAW)


async def test_a_torn_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = await SqliteStore.open(path)
    await store.write_many(day_of("a", 3, hours=100))
    await store.close()
    data = bytearray(path.read_bytes())
    data[4096 * 8 :] = b"\xff" * (len(data) - 4096 * 8)
    path.write_bytes(bytes(data))
    store = await SqliteStore.open(path)
    with pytest.raises(StoreError, match=r"is damaged: restore a copy, or move it away"):
        await store.history("a", 0, LATER_MS)
    await store.close()


@pytest.mark.slow
async def test_a_reader_never_waits_for_the_writer_nor_sees_half_a_round(store: SqliteStore) -> None:
    """While rounds of two packs are written and sealed, every look finds both packs equally far."""
    rounds = [
        [Snapshot(pack, START_MS + at * 60_000, {"soc_pct": float(at % 100)}) for pack in ("a", "b")]
        for at in range(900)
    ]
    looks = 0
    done = asyncio.Event()

    async def write() -> None:
        for at, one in enumerate(rounds):
            await store.write(one)
            if at % 90 == 89:
                await store.seal(one[0].at_ms)
        done.set()

    async def look() -> None:
        nonlocal looks
        known = 0
        while not done.is_set():
            first = await store.history("a", 0, LATER_MS)
            second = await store.history("b", 0, LATER_MS)
            assert [one.at_ms for one in first] == [START_MS + at * 60_000 for at in range(len(first))]
            assert known <= len(first) <= len(second)  # b was read later, and a round is never half there
            known = len(first)
            looks += 1

    await asyncio.gather(write(), look())
    assert looks > 20
    assert len(await store.history("a", 0, LATER_MS)) == 900


async def test_two_programs_share_one_file(store: SqliteStore) -> None:
    other = await SqliteStore.open(store.path)
    readings = list(day_of("a", 4, hours=30))
    for at in range(0, len(readings), 200):
        await store.write(readings[at : at + 100])
        await other.write(readings[at + 100 : at + 200])
        await other.seal(readings[at].at_ms)
    assert await other.write(readings) == 0
    await store.seal(LATER_MS)
    assert await store.history("a", 0, LATER_MS) == await other.history("a", 0, LATER_MS) == readings
    await other.close()


async def test_nothing_looks_through_all_that_was_ever_kept(store: SqliteStore) -> None:
    """Chunks and rollups of years are found by their keys: no statement runs through a whole table of them."""
    asked: set[str] = set()
    for connection in (store._writer.connection, *(reader.connection for reader in store._readers)):
        connection.set_trace_callback(asked.add)
    await store.write_many(day_of("a", 5, hours=60))
    await store.seal(LATER_MS)
    await store.write_many(day_of("a", 6, hours=3))
    for resolution in Resolution:
        await store.read("a", ["soc_pct"], START_MS, LATER_MS, resolution, points=20)
    await store.latest("a")
    await store.bounds("a")
    await store.expire(START_MS + 92 * DAY_MS)
    statements = {one for one in asked if one.split()[0] in {"SELECT", "UPDATE", "DELETE"} and "FROM pragma" not in one}
    assert len(statements) > 20
    with closing(connect(store.path)) as connection:
        plans = {one: connection.execute(f"EXPLAIN QUERY PLAN {one}").fetchall() for one in statements}
    scans = [one for one, plan in plans.items() for step in plan if re.match(r"SCAN (TABLE )?(chunk|rollup)", step[3])]
    assert not scans
