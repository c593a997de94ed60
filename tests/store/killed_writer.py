"""A writer to be killed: goes on where the store ends, and says each round once the store has it.

Run as ``python killed_writer.py FILE``. Prints ``from N``, then the number of every round that ``write`` returned for.
While it writes it seals and expires, so that a kill may hit any of the three.
"""

import asyncio
import sys
from pathlib import Path

from wattstead.model.reading import Origin, Silence, Snapshot, Value, derived
from wattstead.store.base import Reading, Store
from wattstead.store.sqlite import SqliteStore

START_MS = 1_767_225_600_000
STEP_MS = 5 * 60_000
PACKS = ("a", "b", "c")
KEEP_DAYS = 2
ROUNDS_PER_SEAL = 12


def round_of(number: int) -> list[Reading]:
    """Give a round that can be computed again from its number: what is read back must equal it."""
    return [_reading(pack, place, number) for place, pack in enumerate(PACKS)]


def _reading(pack: str, place: int, number: int) -> Reading:
    at_ms = START_MS + number * STEP_MS + place
    if (number + place) % 11 == 0:
        return Silence(pack, at_ms, f"no answer {number % 3}")
    cells = tuple(3.2 + ((number * 7 + place + cell) % 90) / 1000 for cell in range(15 + place % 2))
    values: dict[str, Value] = {
        "cell_voltage_v": tuple(round(cell, 3) for cell in cells),
        "pack_voltage_v": 52.0 + number % 10 / 10,
        "pack_current_a": number % 100 - 50 + 0.25,
        "soc_pct": float(number % 101),
        "firmware_version": f"1.{number // 50}",  # a new word now and then
    }
    active = ("OVP",) if number % 7 == 0 else ()
    return Snapshot(pack, at_ms, values | derived(values), active, Origin.SIMULATED)


async def keep_house(store: Store, number: int) -> None:
    now_ms = START_MS + number * STEP_MS
    await store.seal(now_ms)
    await store.expire(now_ms, KEEP_DAYS)


async def main(path: Path) -> None:
    store = await SqliteStore.open(path)
    bounds = await store.bounds(PACKS[0])
    number = 0 if bounds is None else (bounds.last_ms - START_MS) // STEP_MS + 1
    print("from", number, flush=True)
    async with asyncio.TaskGroup() as tasks:
        while True:
            await store.write(round_of(number))
            print(number, flush=True)
            if number % ROUNDS_PER_SEAL == 0:
                tasks.create_task(keep_house(store, number))
            number += 1


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
