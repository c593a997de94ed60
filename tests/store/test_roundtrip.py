"""Whatever a snapshot may hold goes in and comes out again, with its type, fresh and sealed."""

import asyncio
import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.naive import buckets, disagreements
from store.samples import START_MS, readings, whole
from wattstead.model.reading import Snapshot
from wattstead.store.base import DAY_MS, WIDTH_MS, Reading
from wattstead.store.columns import Column, from_segment, from_shelf, tightened, to_segment, to_shelf
from wattstead.store.layout import Layout
from wattstead.store.sqlite import SqliteStore

LATER_MS = START_MS + 40 * DAY_MS


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(readings(), max_size=12, unique_by=lambda reading: reading.at_ms), st.integers(0, 12))
def test_anything_comes_back_as_it_was(written: list[Reading], late: int) -> None:
    expected = [whole(reading) for reading in sorted(written, key=lambda one: one.at_ms)]

    async def there_and_back() -> None:
        with tempfile.TemporaryDirectory() as folder:
            store = await SqliteStore.open(Path(folder) / "history.db")
            await store.write(written[late:])
            await store.seal(LATER_MS)
            await store.write(written[:late])
            assert [whole(one) for one in await store.history("seplos-1", 0, LATER_MS)] == expected
            await store.seal(LATER_MS)
            assert [whole(one) for one in await store.history("seplos-1", 0, LATER_MS)] == expected
            await store.close()

    asyncio.run(there_and_back())


NUMBERS = st.integers(-(2**40), 2**40).map(lambda number: number / 1000) | st.integers(-5, 5) | st.floats(-1e6, 1e6)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3 * DAY_MS), NUMBERS), max_size=60, unique_by=lambda pair: pair[0]),
    st.lists(st.integers(0, 60), max_size=3),
)
def test_rollups_equal_the_judge_for_any_numbers(pairs: list[tuple[int, float]], cuts: list[int]) -> None:
    written: list[Reading] = [Snapshot("a", START_MS + at, {"soc_pct": number}) for at, number in pairs]

    async def judged() -> None:
        with tempfile.TemporaryDirectory() as folder:
            store = await SqliteStore.open(Path(folder) / "history.db")
            edges = [0, *sorted(cuts), len(written)]
            for first, end in pairwise(edges):
                await store.write(written[first:end])
                await store.seal(LATER_MS)
            for resolution, width in WIDTH_MS.items():
                series = await store.read("a", ["soc_pct"], 0, LATER_MS, resolution)
                assert not disagreements(series, buckets(written, "soc_pct", width))
            await store.close()

    asyncio.run(judged())


WHOLE = st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-300, 300), max_size=50)


@given(WHOLE, st.integers(0, 6))
def test_columns_of_whole_numbers_come_back(numbers: list[int], digits: int) -> None:
    column = Column(numbers, digits)
    (back,) = from_segment(to_segment([column]))
    assert (back.numbers, back.digits) == (numbers, digits)
    assert tightened(column).values() == column.values()


@given(st.lists(st.floats(allow_nan=False) | st.integers(-(10**9), 10**9).map(lambda one: one / 100), max_size=40))
def test_columns_of_floats_come_back(values: list[float]) -> None:
    column = tightened(Column(values, None))
    (back,) = from_segment(to_segment([column]))
    assert back.values() == values


@given(st.lists(st.lists(st.integers(-(2**20), 2**20), min_size=3, max_size=3), min_size=1, max_size=6))
def test_a_shelf_gives_each_segment_by_its_place(columns: list[list[int]]) -> None:
    shelf = to_shelf([to_segment([Column(numbers)]) for numbers in columns])
    assert [from_shelf(shelf, at)[0].numbers for at in range(len(columns))] == columns


@given(readings())
def test_a_layout_survives_its_text(reading: Reading) -> None:
    layout = Layout.of(reading)
    again = Layout.from_text(layout.to_text())
    assert (again.fields, again.slots, again.origin) == (layout.fields, layout.slots, layout.origin)
    assert again.to_text() == layout.to_text()


def test_usual_numbers_take_little_room() -> None:
    """Cells that drift by millivolts cost far less than the two bytes that the device itself sends."""
    drift = [3300 + at % 7 + at // 50 for at in range(2160)]
    assert len(to_segment([Column(drift, 3)])) < 0.4 * len(drift)
    assert len(to_segment([Column([212] * 2160)])) < 20
