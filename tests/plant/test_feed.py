"""A subscriber that sleeps holds one value per pack, and wakes to what is."""

import asyncio

from plant.plants import PACKS, START_MS
from wattstead.model.reading import Origin, Silence
from wattstead.plant.feed import Feed, News, Subscription, Trouble
from wattstead.plant.latest import Latest


def value(pack: int, at: int) -> Latest:
    return Latest(PACKS[pack], START_MS + at, Origin.MEASURED, {"soc_pct": float(at)})


async def drained(subscription: Subscription) -> list[News]:
    return [news async for news in subscription]


async def test_a_sleeper_keeps_one_value_per_pack() -> None:
    feed = Feed()
    with feed.subscribe() as subscription:
        for at in range(10_000):
            feed.publish(value(at % 2, at))
        feed.close()
        assert await drained(subscription) == [value(0, 9998), value(1, 9999)]


async def test_first_words_take_the_place_of_a_silence_and_trouble_has_a_place_of_its_own() -> None:
    feed = Feed()
    with feed.subscribe() as subscription:
        feed.publish(Silence("seplos-1", START_MS, "no such port"))
        feed.publish(Trouble("the disk is full"))
        feed.publish(value(0, 1))
        feed.publish(Trouble(None))
        feed.close()
        assert await drained(subscription) == [value(0, 1), Trouble(None)]


async def test_everybody_hears_everything_while_awake() -> None:
    feed = Feed()
    with feed.subscribe() as first, feed.subscribe() as second:
        heard = [asyncio.create_task(drained(one)) for one in (first, second)]
        for at in range(3):
            feed.publish(value(0, at))
            for _ in range(3):
                await asyncio.sleep(0)
        feed.close()
        assert await asyncio.gather(*heard) == [[value(0, at) for at in range(3)]] * 2


async def test_who_left_is_forgotten() -> None:
    feed = Feed()
    with feed.subscribe():
        assert feed.subscribers == 1
    assert feed.subscribers == 0
    feed.publish(value(0, 1))


async def test_after_closing_nobody_waits() -> None:
    feed = Feed()
    feed.close()
    with feed.subscribe() as subscription:
        assert await drained(subscription) == []
