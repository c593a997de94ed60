"""The store's housework: sealing what is old enough, removing what is older than it is kept."""

import asyncio
from collections.abc import Callable

import structlog

from wattstead.store.base import RAW_DAYS, Store, StoreError

EVERY_S = 300.0

log = structlog.get_logger(__name__)


async def keep_house(
    store: Store, now_ms: Callable[[], int], keep_days: int = RAW_DAYS, every_s: float = EVERY_S
) -> None:
    """Do the housework at once and then again and again, until cancelled.

    A disk that fails meanwhile is noted in the log; the next turn tries again, and nothing is lost by a turn left out.
    """
    while True:
        now = now_ms()
        try:
            sealed = await store.seal(now)
            gone = await store.expire(now, keep_days)
        except StoreError as error:
            log.warning("housework failed", error=str(error))
        else:
            log.debug("housework done", stretches_sealed=sealed, readings_expired=gone)
        await asyncio.sleep(every_s)
