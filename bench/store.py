"""What a poll round costs on the disk: our layout against one row per value, in the same run.

Both keep the same rounds of four packs, each round durable when it returns (SQLite, WAL, synchronous FULL), in turns of
two hours, ours with its sealing included. Bytes are what the process hands to the disk (/proc/self/io, Linux only).

    python bench/store.py [--rounds-per-turn 720] [--turns 7]
"""

import argparse
import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wattstead.model.reading import Snapshot, Value, derived, numbers
from wattstead.store.connect import connect
from wattstead.store.sqlite import SqliteStore

START_MS = 1_767_225_600_000
STEP_MS = 10_000
PACKS = ("seplos-1", "seplos-2", "pylontech-1", "pylontech-2")
Round = Sequence[Snapshot]


@dataclass
class Cost:
    """What one layout has cost so far."""

    rounds: int = 0
    seconds: float = 0.0
    written: int = 0
    stored: int = 0


def rounds(turn: int, count: int, rng: random.Random) -> list[Round]:
    """Make rounds of drifting cells and a restless current."""
    first = turn * count
    return [
        [snapshot(pack, START_MS + number * STEP_MS + place, number, rng) for place, pack in enumerate(PACKS)]
        for number in range(first, first + count)
    ]


def snapshot(pack: str, at_ms: int, number: int, rng: random.Random) -> Snapshot:
    """Make what one pack says: 16 cells, 6 temperatures and some ten values more."""
    rest_v = 3.28 + (number % 3000) / 60_000
    cells = tuple(round(rest_v + rng.randint(-2, 2) / 1000, 3) for _ in range(16))
    values: dict[str, Value] = {
        "cell_voltage_v": cells,
        "cell_temperature_degc": tuple(round(24 + number % 700 / 200, 1) for _ in range(4)),
        "ambient_temperature_degc": 22.5,
        "mos_temperature_degc": round(26 + number % 300 / 100, 1),
        "pack_voltage_v": round(sum(cells), 2),
        "pack_current_a": round(20 + rng.gauss(0, 2), 2),
        "soc_pct": round(20 + number % 8000 / 100, 1),
        "soh_pct": 99.0,
        "remaining_capacity_ah": round(20 + number % 8000 / 100, 2),
        "full_capacity_ah": 100.0,
        "rated_capacity_ah": 100.0,
        "cycle_count": 212,
    }
    return Snapshot(pack, at_ms, values | derived(values), ())


def samples(one: Snapshot) -> list[tuple[str, int, float]]:
    """Give a snapshot as rows of series, time, value."""
    return [
        (f"{one.pack}.{name}.{place}", one.at_ms, value)
        for name, found in one.values.items()
        for place, value in enumerate(numbers(found))
    ]


def written_bytes() -> int:
    """Give what this process has handed to write calls so far."""
    lines = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(lines["wchar"])


async def keep_ours(store: SqliteStore, turn: Sequence[Round], cost: Cost) -> None:
    """Write a turn round by round, and seal what has become old."""
    began, before = time.perf_counter(), written_bytes()
    for one in turn:
        await store.write(one)
    await store.seal(turn[-1][0].at_ms)
    add(cost, began, before, len(turn))


def keep_rows(connection: sqlite3.Connection, names: dict[str, int], turn: Sequence[Round], cost: Cost) -> None:
    """Write a turn with one row per value."""
    began, before = time.perf_counter(), written_bytes()
    for one in turn:
        rows = [
            (names.setdefault(series, len(names)), at, value) for said in one for series, at, value in samples(said)
        ]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO sample VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")
    add(cost, began, before, len(turn))


def add(cost: Cost, began: float, before: int, count: int) -> None:
    """Book a turn."""
    cost.rounds += count
    cost.seconds += time.perf_counter() - began
    cost.written += written_bytes() - before


def size(path: Path) -> int:
    """Give the bytes of a database with its log."""
    return sum(one.stat().st_size for one in path.parent.glob(path.name + "*") if not one.name.endswith("-shm"))


async def run(folder: Path, turns: int, count: int) -> tuple[Cost, Cost, int]:
    """Let both keep the same rounds, turn by turn; give what it cost and the number of values in a round."""
    rng, ours, rows = random.Random(1), Cost(), Cost()
    store = await SqliteStore.open(folder / "ours.db")
    connection = connect(folder / "rows.db")
    connection.execute(
        "CREATE TABLE sample (series INTEGER, ts INTEGER, value REAL, PRIMARY KEY (series, ts)) WITHOUT ROWID"
    )
    names: dict[str, int] = {}
    for turn in (rounds(number, count, rng) for number in range(turns)):
        await keep_ours(store, turn, ours)
        keep_rows(connection, names, turn, rows)
    await store.close()
    connection.close()
    ours.stored, rows.stored = size(folder / "ours.db"), size(folder / "rows.db")
    return ours, rows, len(names)


def show(ours: Cost, rows: Cost, values: int) -> None:
    """Print the costs and how many times more one row per value takes."""
    print(f"{ours.rounds} rounds of {values} values in {len(PACKS)} packs, each committed by itself")
    print(f"{'':24}{'ours':>12}{'row per value':>16}{'ratio':>9}")
    for label, mine, theirs in (
        ("ms per round", 1000 * ours.seconds / ours.rounds, 1000 * rows.seconds / rows.rounds),
        ("bytes written per round", ours.written / ours.rounds, rows.written / rows.rounds),
        ("bytes kept per value", ours.stored / ours.rounds / values, rows.stored / rows.rounds / values),
    ):
        print(f"{label:24}{mine:12.2f}{theirs:16.2f}{theirs / mine:9.1f}")


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds-per-turn", type=int, default=720, help="720 are two hours at 10 s")
    parser.add_argument("--turns", type=int, default=7, help="ours seals after the fourth")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        show(*asyncio.run(run(Path(folder), options.turns, options.rounds_per_turn)))


if __name__ == "__main__":
    main()
