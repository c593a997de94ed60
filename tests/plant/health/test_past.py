"""The health of packs from a store: as from the readings themselves; a day that is over is not asked about again."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from plant.health.lived import OHM, Pack, days_of, sound
from wattstead.model.health import Kind
from wattstead.model.reading import Snapshot, Value
from wattstead.plant.health.past import DAY_MS, Health
from wattstead.plant.health.plain import judged_plain, say
from wattstead.store.base import Store
from wattstead.store.sqlite import SqliteStore

START_MS = 20_600 * DAY_MS


def told(pack: Pack, name: str, days: int, every: int = 1) -> Iterator[Snapshot]:
    """What such a pack said, one reading in five minutes. every: of which all but each n-th got lost."""
    for number, day in enumerate(days_of(pack, days)):
        for bucket in range(0, len(day.current_a), every):
            values: dict[str, Value] = {
                "cell_voltage_v": tuple(day.cell_voltage_v[bucket].tolist()),
                "cell_temperature_degc": tuple(day.probe_degc[bucket].tolist()),
                "pack_current_a": float(day.current_a[bucket]),
                "soc_pct": float(day.soc_pct[bucket]),
                "full_capacity_ah": 100.0,
            }
            yield Snapshot(name, START_MS + number * DAY_MS + bucket * 300_000, values)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "health.db")
    yield opened
    await opened.close()


class Counting:
    """A store that counts how often it was read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.reads = 0

    def __getattr__(self, name: str) -> object:
        self.reads += name == "read"
        return getattr(self._store, name)


async def test_a_fault_is_found_in_the_store_with_words_in_both_languages(store: SqliteStore) -> None:
    await store.write_many(told(sound().but("ohm", 3, OHM + 0.001), "one", 6))
    judged = await Health(store).judged("one", START_MS + 30 * DAY_MS)
    (found,) = judged.findings
    assert (found.kind, found.place, judged.days) == (Kind.RESISTANCE, 3, 6)
    english, french = judged_plain(judged, "en"), judged_plain(judged, "fr")
    assert english["from"] == "2026-05-27T00:00:00Z"
    assert english["findings"][0]["title"] == "High resistance at cell 3"
    assert "mΩ more than the middle cell" in english["findings"][0]["evidence"]
    assert "1,0" in french["findings"][0]["evidence"]
    assert french["findings"][0]["causes"][0].startswith("une barre desserrée")


async def test_days_that_are_over_are_read_once(store: SqliteStore) -> None:
    await store.write_many(told(sound(), "one", 5))
    counting = Counting(store)
    health = Health(counting)  # type: ignore[arg-type]  # it stands for one
    first = await health.judged("one", START_MS + 30 * DAY_MS)
    reads = counting.reads
    assert (await health.judged("one", START_MS + 30 * DAY_MS)) is first
    assert counting.reads == reads == 5
    await store.write_many(one for one in told(sound(), "one", 6) if one.at_ms >= START_MS + 5 * DAY_MS)
    assert (await health.judged("one", START_MS + 30 * DAY_MS)).days == 6
    assert counting.reads == reads + 2, "the last day, which had not been over, and the new one"


async def test_it_is_said_why_there_is_no_finding(store: SqliteStore) -> None:
    health = Health(store)
    assert say(await health.judged("nobody", START_MS), "en") == "Too few readings yet: 0 of 4 days."
    await store.write_many(told(sound(), "new", 2))
    assert say(await health.judged("new", START_MS + 9 * DAY_MS), "fr") == "Encore trop peu de relevés : 2 jours sur 4."
    await store.write_many(told(sound(), "sound", 5))
    assert say(await health.judged("sound", START_MS + 9 * DAY_MS), "en") == "Nothing found in 5 days of readings."
    await store.write([Snapshot("bank", START_MS, {"soc_pct": 50.0, "pack_current_a": 1.0})])
    assert "cells one by one" in str(say(await health.judged("bank", START_MS + DAY_MS), "en"))


async def test_gaps_do_not_matter(store: SqliteStore) -> None:
    pack = sound().but("probe_k", 4, 5.0)
    await store.write_many(told(pack, "one", 8, every=2))
    (found,) = (await Health(store).judged("one", START_MS + 9 * DAY_MS)).findings
    assert (found.kind, found.place) == (Kind.PROBE, 4)
    assert np.isfinite(list(found.figures.values())).all()
