"""What every store must keep, whatever stands behind it. Nothing here knows of SQLite."""

import random
from pathlib import Path

import pytest

from store.conftest import Opener
from store.naive import buckets, disagreements
from store.samples import HOUR_MS, START_MS, day_of, telemetry, whole
from wattstead.model.reading import Origin, Silence, Snapshot
from wattstead.store.base import DAY_MS, WIDTH_MS, ActiveChange, Bounds, Last, Reading, Resolution, Store, StoreError

LATER_MS = START_MS + 40 * DAY_MS  # when everything that the tests write is old enough to be sealed
NUMBERS = ("soc_pct", "cell_voltage_v", "cycle_count")


def everything(readings: list[Reading]) -> list[object]:
    return [whole(reading) for reading in readings]


async def history(store: Store, pack: str = "a") -> list[Reading]:
    return await store.history(pack, 0, LATER_MS)


async def assert_rollups(store: Store, readings: list[Reading], pack: str = "a") -> None:
    for resolution, width in WIDTH_MS.items():
        for quantity in NUMBERS:
            series = await store.read(pack, [quantity], 0, LATER_MS, resolution)
            assert not disagreements(series, buckets(readings, quantity, width))


async def test_readings_come_back_whole_fresh_and_sealed(store: Store) -> None:
    written = list(day_of("a", 1))
    assert await store.write_many(written) == len(written)
    assert everything(await history(store)) == everything(written)
    assert await store.seal(LATER_MS) == 4
    assert everything(await history(store)) == everything(written)


async def test_changes_of_the_active_codes_fresh_and_sealed(store: Store) -> None:
    told = {0: ("A",), 1: ("A",), 2: None, 4: ("A", "B"), 5: (), 6: None, 7: ("B",)}
    at = {number: START_MS + number * HOUR_MS for number in range(9)}
    readings: list[Reading] = [Snapshot("a", at[k], {"soc_pct": 50.0}, active) for k, active in told.items()]
    await store.write([*readings, Silence("a", at[3]), Snapshot("b", at[0], {"soc_pct": 1.0})])
    expected = [
        ActiveChange(at[0], ("A",)),
        ActiveChange(at[4], ("A", "B"), at[1]),
        ActiveChange(at[5], (), at[4]),
        ActiveChange(at[7], ("B",), at[5]),
    ]
    for _ in range(2):
        assert await store.active_changes("a", 0, LATER_MS) == expected
        assert await store.active_changes("a", at[1], at[5]) == [ActiveChange(at[1], ("A",)), expected[1]]
        assert await store.active_changes("b", 0, LATER_MS) == await store.active_changes("c", 0, LATER_MS) == []
        assert await store.packs() == ["a", "b"]
        await store.seal(LATER_MS)


async def test_a_round_holds_packs_of_different_build(store: Store) -> None:
    rng = random.Random(2)
    round_ = [telemetry("a", START_MS, rng, cells=16, probes=6), telemetry("b", START_MS, rng, cells=15, probes=5)]
    assert await store.write(round_) == 2
    series = await store.read("b", ["cell_voltage_v", "cell_temperature_degc"], START_MS, START_MS + 1)
    names = [f"cell_voltage_v.{at}" for at in range(1, 16)] + [f"cell_temperature_degc.{at}" for at in range(1, 6)]
    assert list(series.channels) == names
    assert [curve.last for curve in series.channels.values()] == [
        [one]
        for name in ("cell_voltage_v", "cell_temperature_degc")
        for one in round_[1].values[name]  # type: ignore[union-attr]
    ]


async def test_the_first_reading_of_a_millisecond_stays(store: Store) -> None:
    first = Snapshot("a", START_MS, {"soc_pct": 50.0})
    again = Snapshot("a", START_MS, {"soc_pct": 51.0})
    assert await store.write([first]) == 1
    assert await store.write([first, again, Silence("b", START_MS)]) == 1
    await store.seal(LATER_MS)
    assert await store.write([again]) == 0
    await store.seal(LATER_MS)
    assert await history(store) == [first]
    day = await store.read("a", ["soc_pct"], 0, LATER_MS, Resolution.DAY)
    assert day.channels["soc_pct"].count == [1]


async def test_rollups_equal_the_judge_before_during_and_after_sealing(store: Store) -> None:
    written = list(day_of("a", 3, hours=30))
    await store.write_many(written)
    await assert_rollups(store, written)
    await store.seal(START_MS + 14 * HOUR_MS)  # two stretches of five
    await assert_rollups(store, written)
    await store.seal(LATER_MS)
    await assert_rollups(store, written)


async def test_late_readings_in_any_order_reach_every_rollup(store: Store) -> None:
    written = list(day_of("a", 4, hours=26))
    random.Random(4).shuffle(written)
    third = len(written) // 3
    for part in (written[:third], written[third : 2 * third], written[2 * third :]):
        await store.write_many(part)
        await store.seal(LATER_MS)
    late = list(day_of("a", 5, START_MS + 3 * HOUR_MS, hours=1, step_ms=7_001))
    await store.write_many(late)
    both = sorted({one.at_ms: one for one in [*late, *written]}.values(), key=lambda one: one.at_ms)
    await assert_rollups(store, both)  # late readings still lie beside their sealed stretch
    await store.seal(LATER_MS)
    await assert_rollups(store, both)
    assert everything(await history(store)) == everything(both)


async def test_everything_survives_closing(opener: Opener, tmp_path: Path) -> None:
    written = list(day_of("a", 6))
    for part in (written[:400], written[400:]):
        store = await opener(tmp_path)
        await store.write_many(part)
        await store.seal(START_MS + 13 * HOUR_MS)
        await store.close()
    store = await opener(tmp_path)
    assert everything(await history(store)) == everything(written)
    await assert_rollups(store, written)
    await store.close()


async def test_only_what_has_ended_is_sealed(store: Store) -> None:
    await store.write_many(day_of("a", 7, hours=8))
    assert await store.seal(START_MS + 6 * HOUR_MS) == 0  # ended, but late readings may still come
    assert await store.seal(START_MS + 7 * HOUR_MS) == 1
    assert await store.seal(START_MS + 7 * HOUR_MS) == 0


async def test_raw_values_of_every_kind_by_channel(store: Store) -> None:
    rng = random.Random(8)
    said = telemetry("a", START_MS, rng)
    await store.write([said, Silence("a", START_MS + 1)])
    await store.write([Snapshot("a", START_MS + 2, {"soc_pct": 3, "balancing_cells": (1, 4)})])
    wanted = ["balancing_cells", "soc_pct", "charge_mos_on", "cell_voltage_v.3"]
    series = await store.read("a", wanted, START_MS, START_MS + 10, Resolution.RAW)
    assert series.times_ms == [START_MS, START_MS + 2]
    assert list(series.channels) == wanted
    assert series.channels["balancing_cells"].last == [None, (1, 4)]
    assert series.channels["balancing_cells"].mean == [None, None]
    assert series.channels["soc_pct"].last == series.channels["soc_pct"].mean == [said.values["soc_pct"], 3]
    assert series.channels["charge_mos_on"].last == [said.values["charge_mos_on"], None]
    assert series.channels["charge_mos_on"].count == [1, 0]
    third = said.values["cell_voltage_v"]
    assert isinstance(third, tuple)
    assert series.channels["cell_voltage_v.3"].maximum == [third[2], None]


async def test_ranges_hold_their_start_and_not_their_end(store: Store) -> None:
    await store.write([Snapshot("a", START_MS + at, {"soc_pct": float(at)}) for at in (0, 10, 20)])
    series = await store.read("a", ["soc_pct"], START_MS, START_MS + 20, Resolution.RAW)
    assert series.times_ms == [START_MS, START_MS + 10]
    assert [one.at_ms for one in await store.history("a", START_MS + 10, START_MS + 21)] == [
        START_MS + 10,
        START_MS + 20,
    ]
    inside = await store.read("a", ["soc_pct"], START_MS + 15, START_MS + HOUR_MS, Resolution.FIVE_MINUTES)
    assert inside.times_ms == [START_MS]  # the bucket that holds the start
    assert inside.channels["soc_pct"].count == [3]


@pytest.mark.parametrize("sealed", [False, True], ids=["fresh", "sealed"])
async def test_auto_gives_the_finest_that_fits(store: Store, sealed: bool) -> None:
    await store.write_many(Snapshot("a", START_MS + at * 60_000, {"soc_pct": 50.0}) for at in range(3 * 1440))
    if sealed:
        await store.seal(LATER_MS)

    async def chosen(days: float, points: int) -> tuple[Resolution, int]:
        series = await store.read("a", ["soc_pct"], START_MS, START_MS + int(days * DAY_MS), points=points)
        assert sum(series.channels["soc_pct"].count) == min(days, 3) * 1440
        return series.resolution, len(series.times_ms)

    assert await chosen(0.25, 600) == (Resolution.RAW, 360)
    assert await chosen(1, 600) == (Resolution.FIVE_MINUTES, 288)
    assert await chosen(3, 600) == (Resolution.HOUR, 72)
    assert await chosen(300, 600) == (Resolution.HOUR, 72)  # where nothing is known, nothing is counted
    assert await chosen(3, 20) == (Resolution.DAY, 3)
    assert await chosen(3, 2) == (Resolution.DAY, 2)  # two days joined


async def test_thinning_loses_no_peak_and_no_reading(store: Store) -> None:
    rng = random.Random(9)
    written = [Snapshot("a", START_MS + at * 1000, {"soc_pct": round(rng.uniform(0, 100), 1)}) for at in range(5000)]
    await store.write_many(written)
    series = await store.read("a", ["soc_pct"], START_MS, LATER_MS, Resolution.RAW, points=90)
    curve = series.channels["soc_pct"]
    assert 45 <= len(series.times_ms) <= 90
    assert series.times_ms == sorted(set(series.times_ms))
    values = [one.values["soc_pct"] for one in written]
    lows, highs = [one for one in curve.minimum if one is not None], [one for one in curve.maximum if one is not None]
    assert (min(lows), max(highs), sum(curve.count)) == (min(values), max(values), 5000)
    weighed = sum(mean * count for mean, count in zip(curve.mean, curve.count, strict=True) if mean is not None)
    assert weighed / 5000 == pytest.approx(sum(values) / 5000)  # type: ignore[arg-type]
    one = await store.read("a", ["soc_pct"], START_MS, LATER_MS, Resolution.RAW, points=1)
    assert one.channels["soc_pct"].count == [5000]


async def test_latest_knows_the_last_word_and_the_silence_after_it(store: Store) -> None:
    said = Snapshot("a", START_MS + 10, {"soc_pct": 40.5}, ("OVP",), Origin.SIMULATED)
    assert await store.latest("a") == Last()
    await store.write([Silence("a", START_MS)])
    assert await store.latest("a") == Last(None, Silence("a", START_MS))
    await store.write([said])
    assert await store.latest("a") == Last(said, None)
    quiet = [Silence("a", START_MS + at * HOUR_MS, "checksum") for at in range(1, 20)]
    await store.write_many(quiet)
    assert await store.latest("a") == Last(said, quiet[0])
    await store.seal(LATER_MS)
    assert await store.latest("a") == Last(said, quiet[0])
    back = Snapshot("a", START_MS + 21 * HOUR_MS, {"soc_pct": 41.0})
    await store.write([back])
    assert await store.latest("a") == Last(back, None)


async def test_bounds(store: Store) -> None:
    assert await store.bounds("a") is None
    written = list(day_of("a", 10, hours=8))
    await store.write_many(written)
    ends = Bounds(written[0].at_ms, written[-1].at_ms)
    assert await store.bounds("a") == ends
    await store.seal(START_MS + 7 * HOUR_MS)
    assert await store.bounds("a") == ends
    await store.seal(LATER_MS)
    assert await store.bounds("a") == ends


async def test_expiry_takes_raw_readings_and_leaves_rollups(store: Store) -> None:
    written = list(day_of("a", 11, hours=48))
    await store.write_many(written)
    now = START_MS + 91 * DAY_MS + 13 * HOUR_MS
    kept = [one for one in written if one.at_ms >= START_MS + 36 * HOUR_MS]  # whole stretches of six hours go
    assert await store.expire(now) == len(written) - len(kept)
    assert everything(await history(store)) == everything(kept)
    await assert_rollups(store, written)
    assert await store.expire(now) == 0
    first = await store.bounds("a")
    assert first is not None
    assert START_MS <= first.first_ms <= written[0].at_ms
    series = await store.read("a", ["soc_pct"], START_MS, LATER_MS, points=10_000)
    assert series.resolution is Resolution.FIVE_MINUTES  # raw would show a gap where there was none


async def test_rollups_of_removed_readings_are_final(store: Store) -> None:
    written = list(day_of("a", 12, hours=12))
    await store.write_many(written)
    await store.expire(START_MS + 91 * DAY_MS, keep_days=1)
    assert await history(store) == []
    assert await store.write_many(written[:50]) == 50  # a history imported a second time
    await assert_rollups(store, written)
    await store.expire(START_MS + 91 * DAY_MS, keep_days=1)
    await assert_rollups(store, written)
    other_half = list(day_of("a", 13, START_MS + 12 * HOUR_MS, hours=12))
    await store.write_many(other_half)
    await assert_rollups(store, written + other_half)
    await store.seal(START_MS + 91 * DAY_MS)
    await assert_rollups(store, written + other_half)


async def test_an_unknown_pack_has_nothing(store: Store) -> None:
    assert await store.history("nobody", 0, LATER_MS) == []
    for resolution in Resolution:
        series = await store.read("nobody", ["soc_pct"], 0, LATER_MS, resolution, points=10)
        assert (series.times_ms, series.channels) == ([], {})


async def test_a_refused_round_leaves_nothing(store: Store) -> None:
    good = Snapshot("a", START_MS, {"soc_pct": 1.0, "firmware_version": "new word"}, ("OVP",))
    for bad, sentence in (
        (Snapshot("b", START_MS, {"soc_pct": None}), "soc_pct holds a NoneType"),  # type: ignore[dict-item]
        (Snapshot("b", START_MS, {"soc_pct": [1.0]}), "soc_pct holds a list"),  # type: ignore[dict-item]
        (Snapshot("b", START_MS, {"cycle_count": 2**64}), "fit in 64 bits"),
        (Snapshot("b", -1, {"soc_pct": 1.0}), "outside the years 1970 to 9999"),
        (Snapshot("b", START_MS, {"soc.pct": 1.0}), "has no dot"),
    ):
        with pytest.raises(StoreError, match=sentence):
            await store.write([good, bad])
        assert await history(store) == []
    assert await store.write([good]) == 1
    assert await history(store) == [good]


async def test_progress_counts_what_was_taken(store: Store) -> None:
    seen: list[int] = []
    assert await store.write_many(day_of("a", 14, hours=40, step_ms=30_000), seen.append) == 4800
    assert sum(seen) == 4800
    assert len(seen) > 1


async def test_nothing_works_after_closing(store: Store) -> None:
    await store.close()
    await store.close()
    with pytest.raises(StoreError, match="is closed"):
        await store.write([Silence("a", START_MS)])
    with pytest.raises(StoreError, match="is closed"):
        await store.latest("a")
