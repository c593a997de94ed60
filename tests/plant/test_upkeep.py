"""Housework goes on by itself, also after a disk that failed."""

import asyncio
from contextlib import suppress

from leap import leaping
from plant.plants import START_MS
from wattstead.plant.upkeep import EVERY_S, keep_house
from wattstead.store.base import RAW_DAYS, StoreError


class Diary:
    """Notes what was asked of it; one turn fails."""

    def __init__(self, fails_at: int) -> None:
        self.sealed: list[int] = []
        self.expired: list[tuple[int, int]] = []
        self._fails_at = fails_at

    async def seal(self, now_ms: int) -> int:
        self.sealed.append(now_ms)
        if len(self.sealed) == self._fails_at:
            raise StoreError("the disk is full")
        return 1

    async def expire(self, now_ms: int, keep_days: int) -> int:
        self.expired.append((now_ms, keep_days))
        return 0


@leaping
async def test_housework_is_done_every_five_minutes_and_survives_a_failure() -> None:
    diary = Diary(fails_at=2)
    loop = asyncio.get_running_loop()

    def now_ms() -> int:
        return START_MS + round(loop.time() * 1000)

    with suppress(TimeoutError):
        async with asyncio.timeout(3.5 * EVERY_S):
            await keep_house(diary, now_ms)  # type: ignore[arg-type]
    turns = [START_MS + round(turn * EVERY_S * 1000) for turn in range(4)]
    assert diary.sealed == turns
    assert diary.expired == [(turns[0], RAW_DAYS), (turns[2], RAW_DAYS), (turns[3], RAW_DAYS)]
