"""Stored first, shown afterwards; what is kept, for how long, and what a restart knows."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from plant.plants import PACKS, POLL_MS, START_MS, Clock, FailingStore, make_watch, open_store, said, silent
from wattstead.model.errors import UsageError
from wattstead.model.reading import Origin, Snapshot
from wattstead.plant.feed import News, Trouble
from wattstead.plant.latest import IDLE_A, Latest, State
from wattstead.plant.memory import KEPT_POLLS, KEPT_TEXT_MS
from wattstead.plant.watch import Watch
from wattstead.store.base import Reading, StoreError

NO_PORT = "serial:///dev/ttyUSB9: there is no such port; is the adapter plugged in?"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[FailingStore]:
    opened = await open_store(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watch(store: FailingStore, clock: Clock) -> Watch:
    return make_watch(store, clock)


def latest(watch: Watch, pack: str = "seplos-1") -> Latest:
    found = watch.latest(pack)
    assert found is not None
    return found


def at_ms_of(news: News) -> int:
    assert isinstance(news, Latest)
    return news.at_ms


async def test_nothing_is_known_before_the_first_word(watch: Watch) -> None:
    assert watch.latest("seplos-1") is None
    assert watch.silence("seplos-1") is None
    await watch.take([silent(START_MS)])
    assert watch.latest("seplos-1") is None  # never an invented 0 %


async def test_a_pack_that_never_spoke_says_since_when_and_why(watch: Watch) -> None:
    with watch.feed.subscribe() as subscription:
        await watch.take([silent(START_MS, why=NO_PORT)])
        assert await anext(subscription) == watch.silence("seplos-1") == silent(START_MS, why=NO_PORT)
        await watch.take([silent(START_MS + POLL_MS, why=NO_PORT), silent(START_MS, "pylon-1")])
        assert await anext(subscription) == silent(START_MS, "pylon-1")  # the same again is no news
        await watch.take([silent(START_MS + 2 * POLL_MS, why="nobody answers")])
        assert await anext(subscription) == watch.silence("seplos-1") == silent(START_MS, why="nobody answers")
        await watch.take([said(START_MS + 3 * POLL_MS, soc_pct=50.0)])
        assert await anext(subscription) == latest(watch)
    assert watch.silence("seplos-1") is None
    with pytest.raises(UsageError, match="there is no pack x"):
        watch.silence("x")


async def test_what_follows_from_the_values_is_added_and_stored(watch: Watch, store: FailingStore) -> None:
    await watch.take([said(START_MS, pack_voltage_v=52.0, pack_current_a=-10.0, cell_voltage_v=(3.25, 3.31))])
    expected = {"pack_power_w": -520.0, "cell_voltage_min_v": 3.25, "cell_voltage_max_v": 3.31}
    assert expected.items() <= latest(watch).values.items()
    (stored,) = await store.history("seplos-1", 0, START_MS + 1)
    assert isinstance(stored, Snapshot)
    assert stored.values == latest(watch).values
    assert watch.stored_ms == START_MS


async def test_nothing_is_shown_before_it_is_on_the_disk(watch: Watch, store: FailingStore) -> None:
    """Whoever hears of a value finds it in the store at that very moment."""
    with watch.feed.subscribe() as subscription:
        writing = asyncio.create_task(watch.take([said(START_MS, soc_pct=50.0)]))
        news = await anext(subscription)
        assert [one.at_ms for one in await store.history("seplos-1", 0, START_MS + 1)] == [at_ms_of(news)]
        await writing


async def test_a_write_that_has_not_returned_shows_nothing(
    watch: Watch, store: FailingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_disk = asyncio.Event()

    async def slow_write(readings: Sequence[Reading]) -> int:
        await on_disk.wait()
        return len(readings)

    monkeypatch.setattr(store, "write", slow_write)
    with watch.feed.subscribe() as subscription:
        writing = asyncio.create_task(watch.take([said(START_MS, soc_pct=50.0)]))
        looking = asyncio.create_task(anext(subscription))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not looking.done()
        assert watch.latest("seplos-1") is None
        on_disk.set()
        await writing
        assert at_ms_of(await looking) == START_MS


async def test_a_full_disk_shows_nothing_and_is_told(watch: Watch, store: FailingStore) -> None:
    store.full = True
    with pytest.raises(StoreError, match="disk is full"):
        await watch.take([said(START_MS, soc_pct=50.0)])
    assert watch.latest("seplos-1") is None
    assert watch.trouble is not None
    assert "disk is full" in watch.trouble
    store.full = False
    await watch.take([said(START_MS + POLL_MS, soc_pct=51.0)])
    assert watch.trouble is None


async def test_trouble_with_the_disk_is_news_when_it_begins_and_when_it_ends(watch: Watch, store: FailingStore) -> None:
    with watch.feed.subscribe() as subscription:
        store.full = True
        for at in (1, 2):
            with pytest.raises(StoreError):
                await watch.take([said(START_MS + at, soc_pct=50.0)])
        assert await anext(subscription) == Trouble(watch.trouble)
        store.full = False
        await watch.take([said(START_MS + 3, soc_pct=50.0)])
        assert await anext(subscription) == Trouble(None)
        assert await anext(subscription) == latest(watch)
        watch.feed.close()
        assert [news async for news in subscription] == []


async def test_packs_that_are_not_of_the_plant(watch: Watch, store: FailingStore) -> None:
    with pytest.raises(UsageError, match="growatt-1 is no pack of Rue du Port 4; it has seplos-1, pylon-1"):
        await watch.take([said(START_MS, soc_pct=50.0), said(START_MS, "growatt-1", soc_pct=1.0)])
    assert await store.history("seplos-1", 0, START_MS + 1) == []
    with pytest.raises(UsageError, match="there is no pack x"):
        watch.latest("x")


async def test_a_name_twice_is_refused(store: FailingStore, clock: Clock) -> None:
    with pytest.raises(UsageError, match="two packs"):
        Watch(store, "p", [PACKS[0], PACKS[0]], {}, clock)


@pytest.mark.parametrize(
    ("current_a", "state"),
    [
        (IDLE_A, State.CHARGING),
        (0.14, State.IDLE),
        (0.0, State.IDLE),
        (-0.14, State.IDLE),
        (-IDLE_A, State.DISCHARGING),
        (-40.0, State.DISCHARGING),
    ],
)
async def test_state_by_current(watch: Watch, current_a: float, state: State) -> None:
    await watch.take([said(START_MS, pack_current_a=current_a)])
    assert latest(watch).state(START_MS) is state


async def test_states_without_current_with_protection_and_in_silence(watch: Watch) -> None:
    await watch.take([said(START_MS, soc_pct=50.0)])
    assert latest(watch).state(START_MS) is State.UNKNOWN
    await watch.take([said(START_MS + 1, active=("COV",), pack_current_a=5.0)])
    assert latest(watch).state(START_MS + 1) is State.CHARGING  # an alarm only warns
    await watch.take([silent(START_MS + 2)])
    assert latest(watch).state(START_MS + 2) is State.SILENT


@pytest.mark.parametrize(
    ("current_a", "state"),
    [
        (0.0, State.CUT),
        (0.14, State.CUT),
        (-0.14, State.CUT),
        (-IDLE_A, State.DISCHARGING),  # charging is stopped, discharging is not
        (IDLE_A, State.CHARGING),
    ],
)
async def test_a_protection_has_cut_where_nothing_flows(watch: Watch, current_a: float, state: State) -> None:
    await watch.take([said(START_MS, active=("COV", "COVP"), pack_current_a=current_a)])
    assert latest(watch).state(START_MS) is state
    assert [code.name for code in latest(watch).active or ()] == ["COV", "COVP"]


async def test_a_protection_without_a_current_says_nothing_of_what_flows(watch: Watch) -> None:
    await watch.take([said(START_MS, active=("COVP",), soc_pct=50.0)])
    assert latest(watch).state(START_MS) is State.UNKNOWN


async def test_values_are_fresh_until_three_polls_were_missed(watch: Watch) -> None:
    await watch.take([said(START_MS, pack_current_a=5.0)])
    edge = START_MS + 3 * POLL_MS
    assert (latest(watch).fresh(edge), latest(watch).state(edge)) == (True, State.CHARGING)
    assert (latest(watch).fresh(edge + 1), latest(watch).state(edge + 1)) == (False, State.UNKNOWN)
    assert latest(watch).age_s(edge) == 30.0
    assert latest(watch).age_s(START_MS - 5000) == 0.0
    assert not latest(watch).fresh(START_MS - 4 * POLL_MS)


async def test_silence_keeps_the_values_and_is_news_once(watch: Watch) -> None:
    await watch.take([said(START_MS, soc_pct=50.0)])
    with watch.feed.subscribe() as subscription:
        await watch.take([silent(START_MS + POLL_MS)])
        news = await anext(subscription)
        assert news == latest(watch)
        silenced = latest(watch)
        assert (silenced.at_ms, silenced.silent_since_ms) == (START_MS, START_MS + POLL_MS)
        assert (silenced.silent_why, silenced.values) == ("no answer", {"soc_pct": 50.0})
        await watch.take([silent(START_MS + 2 * POLL_MS)])
        await watch.take([said(START_MS + 3 * POLL_MS, soc_pct=49.0)])
        assert await anext(subscription) == latest(watch)
        spoken = latest(watch)
        assert (spoken.at_ms, spoken.silent_since_ms, spoken.silent_why) == (START_MS + 3 * POLL_MS, None, None)


async def test_another_reason_for_the_silence_is_news_and_its_start_stays(watch: Watch) -> None:
    await watch.take([said(START_MS, soc_pct=50.0)])
    await watch.take([silent(START_MS + POLL_MS)])
    with watch.feed.subscribe() as subscription:
        await watch.take([silent(START_MS + 2 * POLL_MS, why=NO_PORT)])
        assert await anext(subscription) == latest(watch)
    assert (latest(watch).silent_since_ms, latest(watch).silent_why) == (START_MS + POLL_MS, NO_PORT)
    assert watch.silence("seplos-1") == silent(START_MS + POLL_MS, why=NO_PORT)


async def test_what_a_poll_did_not_ask_is_kept_for_a_time(watch: Watch) -> None:
    await watch.take([said(START_MS, active=("COV",), charge_mos_on=True, serial_number="S1")])
    assert (KEPT_POLLS, KEPT_TEXT_MS) == (10, 86_400_000)  # what docs/decisions/storage-watch.md promises
    edge = START_MS + KEPT_POLLS * POLL_MS
    await watch.take([said(edge, soc_pct=50.0)])
    assert latest(watch).values == {"charge_mos_on": True, "serial_number": "S1", "soc_pct": 50.0}
    assert [code.name for code in latest(watch).active or ()] == ["COV"]
    await watch.take([said(edge + 1, soc_pct=50.0)])
    assert latest(watch).values == {"serial_number": "S1", "soc_pct": 50.0}
    assert latest(watch).active is None  # unknown, which is not "none"
    await watch.take([said(START_MS + KEPT_TEXT_MS + 1, active=(), soc_pct=50.0)])
    assert latest(watch).values == {"soc_pct": 50.0}
    assert latest(watch).active == ()


async def test_codes_carry_words_and_unknown_ones_are_not_hidden(watch: Watch) -> None:
    await watch.take([said(START_MS, active=("COVP", "event_7_bit_6"))])
    active = latest(watch).active
    assert active is not None
    assert [(code.name, code.severity.value, code.label["fr"]) for code in active] == [
        ("COVP", "protection", "surtension"),
        ("event_7_bit_6", "alarm", "event_7_bit_6"),
    ]


async def test_late_readings_are_stored_and_change_nothing_shown(
    watch: Watch, clock: Clock, store: FailingStore
) -> None:
    clock.now_ms = START_MS + 10
    await watch.take([said(START_MS + 5, soc_pct=50.0)])
    with watch.feed.subscribe() as subscription:
        await watch.take([said(START_MS, soc_pct=10.0), silent(START_MS + 1)])
        await watch.take([said(START_MS + 6, soc_pct=51.0)])
        assert await anext(subscription) == latest(watch)
        assert latest(watch).values == {"soc_pct": 51.0}
    assert len(await store.history("seplos-1", 0, START_MS + 100)) == 4


async def test_a_clock_that_was_ahead_does_not_freeze_the_picture(watch: Watch, clock: Clock) -> None:
    ahead = START_MS + 365 * 86_400_000
    await watch.take([said(ahead, soc_pct=50.0, charge_mos_on=True)])
    clock.now_ms = START_MS + 1000
    assert not latest(watch).fresh(clock.now_ms)
    await watch.take([said(START_MS + 1000, soc_pct=60.0)])
    assert (latest(watch).at_ms, latest(watch).values) == (START_MS + 1000, {"soc_pct": 60.0})


async def test_a_restart_knows_the_last_values_with_their_true_age(store: FailingStore, clock: Clock) -> None:
    before = make_watch(store, clock)
    await before.take([said(START_MS, active=("COVP",), charge_mos_on=False)])
    for at in (1, 2, 3):
        await before.take([said(START_MS + at * POLL_MS, soc_pct=50.0 + at, pack_current_a=9.0)])
    await before.take([silent(START_MS + 4 * POLL_MS), said(START_MS + 4 * POLL_MS, "pylon-1", soc_pct=80.0)])
    await before.take([silent(START_MS + 5 * POLL_MS)])
    clock.now_ms = START_MS + 3_600_000
    after = make_watch(store, clock)
    await after.start()
    assert latest(after) == latest(before)
    assert latest(after).silent_since_ms == START_MS + 4 * POLL_MS
    assert latest(after, "pylon-1").age_s(clock.now_ms) == 3560.0
    assert latest(after, "pylon-1").state(clock.now_ms) is State.UNKNOWN
    assert after.stored_ms == START_MS + 4 * POLL_MS


async def test_a_restart_knows_when_something_was_stored_last(store: FailingStore, clock: Clock) -> None:
    """The pack that spoke last is not the last in the list."""
    await store.write([said(START_MS + POLL_MS), said(START_MS, "pylon-1")])
    watch = make_watch(store, clock)
    await watch.start()
    assert watch.stored_ms == START_MS + POLL_MS


async def test_a_restart_knows_why_a_pack_never_spoke(store: FailingStore, clock: Clock) -> None:
    await make_watch(store, clock).take([silent(START_MS, why=NO_PORT)])
    after = make_watch(store, clock)
    await after.start()
    assert (after.latest("seplos-1"), after.silence("seplos-1")) == (None, silent(START_MS, why=NO_PORT))


async def test_origin_is_kept(watch: Watch) -> None:
    await watch.take([Snapshot("seplos-1", START_MS, {"soc_pct": 1.0}, None, Origin.SIMULATED)])
    assert latest(watch).origin is Origin.SIMULATED
