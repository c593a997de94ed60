"""kill -9 at any moment: whatever ``write`` returned for is there afterwards, nothing is torn, and it goes on."""

import asyncio
import random
import sqlite3
import sys
import time
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest

from store.killed_writer import KEEP_DAYS, PACKS, START_MS, STEP_MS, round_of
from store.naive import buckets, disagreements
from wattstead.store.base import DAY_MS, WIDTH_MS, Reading
from wattstead.store.sqlite import SqliteStore

KILLS = 24
KILLS_AT_THE_START = 4
FOREVER_MS = START_MS + 10_000 * DAY_MS
WRITER = Path(__file__).with_name("killed_writer.py")


async def start(path: Path) -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, WRITER, path, stdout=PIPE)


def awake(seconds: float) -> None:
    """Let a moment pass without sleeping: a sleeper would wake too late to hit between two commits."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        continue


async def kill(process: Process) -> list[str]:
    """Kill it, and give what it still said."""
    assert process.returncode is None, "the writer ended by itself"
    process.kill()
    said, _ = await process.communicate()
    return said.decode().split("\n")


async def run_until_killed(path: Path, rng: random.Random) -> tuple[int, int]:
    """Give the first round and the last acknowledged one; nobody has heard of any that came after it."""
    process = await start(path)
    assert process.stdout is not None
    first = int((await process.stdout.readline()).split()[1])
    last = first - 1
    for _ in range(rng.randint(1, 80)):
        last = int(await process.stdout.readline())
    awake(rng.uniform(0, 0.004))
    rest = [line for line in (await kill(process))[:-1] if line]  # what follows the last line end was cut
    return first, int(rest[-1]) if rest else last


async def check(path: Path, acknowledged: int, *, rollups: bool) -> int:
    """Look at all that the store holds; give the number of its last round. rollups: at what was summed up, too."""
    store = await SqliteStore.open(path)
    newest_ms = START_MS + acknowledged * STEP_MS
    held = {pack: await store.history(pack, 0, FOREVER_MS) for pack in PACKS}
    rounds = {pack: [(one.at_ms - START_MS) // STEP_MS for one in held[pack]] for pack in PACKS}
    last = rounds[PACKS[0]][-1]
    assert acknowledged <= last <= acknowledged + 1
    for place, pack in enumerate(PACKS):
        assert rounds[pack] == list(range(rounds[pack][0], last + 1)), "a round is missing or half there"
        assert rounds[pack][0] <= max(0, (newest_ms - KEEP_DAYS * DAY_MS - START_MS) // STEP_MS)
        assert held[pack] == [round_of(number)[place] for number in rounds[pack]]
    if rollups:  # of all that was ever written: the longest part
        await check_rollups(store, last)
    await store.close()
    return last


async def check_rollups(store: SqliteStore, last: int) -> None:
    written: list[Reading] = [round_of(number)[1] for number in range(last + 1)]
    for resolution, width in WIDTH_MS.items():
        series = await store.read(PACKS[1], ["cell_voltage_v"], 0, FOREVER_MS, resolution)
        assert not disagreements(series, buckets(written, "cell_voltage_v", width))


def sound(path: Path) -> bool:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


@pytest.mark.slow
async def test_a_kill_while_the_file_is_made_leaves_one_that_opens(tmp_path: Path) -> None:
    rng = random.Random(1)
    for attempt in range(KILLS_AT_THE_START):
        path = tmp_path / f"{attempt}.db"
        process = await start(path)
        give_up_at = time.perf_counter() + 30
        while not path.exists() and time.perf_counter() < give_up_at:
            continue
        awake(rng.uniform(0, 0.01))
        await kill(process)
        store = await SqliteStore.open(path)
        await store.write(round_of(10_000))
        await store.close()
        assert sound(path)


@pytest.mark.slow
async def test_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    rng = random.Random(2)
    path = tmp_path / "history.db"
    last = -1
    for number in range(1, KILLS + 1):
        first, acknowledged = await run_until_killed(path, rng)
        assert first == last + 1
        last = await check(path, acknowledged, rollups=number % 4 == 0)
    assert sound(path)
    assert last > 3 * KEEP_DAYS * DAY_MS // STEP_MS // 2  # long enough that stretches were sealed and expired
