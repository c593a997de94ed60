"""When codes came and went, out of the active codes that are stored with the readings."""

from collections.abc import Iterable, Iterator

from wattstead.host.records.ours import Seen
from wattstead.store.base import LAST_MS, ActiveChange, Store


async def came_and_went(store: Store, pack: str, from_ms: int = 0, to_ms: int = LAST_MS) -> list[Seen]:
    """Give what became active and what ceased to be, in the order of time. Raises StoreError."""
    return list(_turns(pack, await store.active_changes(pack, from_ms, to_ms)))


def _turns(pack: str, changes: Iterable[ActiveChange]) -> Iterator[Seen]:
    before: tuple[str, ...] = ()
    for change in changes:
        now = change.active
        for code in (*(one for one in before if one not in now), *(one for one in now if one not in before)):
            yield Seen(pack, code, code in now, change.at_ms, change.before_ms)
        before = now
