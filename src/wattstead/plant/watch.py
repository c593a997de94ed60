"""The watch over a plant: what the pollers bring is stored first, and only then shown to anybody."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from wattstead.model.code import Code
from wattstead.model.errors import UsageError
from wattstead.model.reading import Silence, Snapshot, derived
from wattstead.plant.feed import Feed, News, Trouble
from wattstead.plant.latest import Latest, PackInfo
from wattstead.plant.memory import Memory
from wattstead.store.base import Reading, Store, StoreError


class Watch:
    """Keeps the latest values of every pack in memory, and all values in the store.

    codes: the words for codes, by profile and name. now_ms: the clock, UTC milliseconds. Call ``start`` before the
    first round, so that what was known before a restart is known again.
    """

    def __init__(
        self,
        store: Store,
        plant_name: str,
        packs: Sequence[PackInfo],
        codes: Mapping[str, Mapping[str, Code]],
        now_ms: Callable[[], int],
    ) -> None:
        self.plant_name = plant_name
        self.packs: Mapping[str, PackInfo] = {pack.id: pack for pack in packs}
        self.feed = Feed()
        self.now_ms = now_ms
        self._store = store
        self._memories = {pack.id: Memory(pack, codes.get(pack.profile, {})) for pack in packs}
        self._stored_ms: int | None = None
        self._trouble: str | None = None
        if len(self.packs) < len(packs):
            raise UsageError(f"two packs of {plant_name} have the same name; give each its own")

    @property
    def stored_ms(self) -> int | None:
        """UTC ms of the round that was stored last, None before the first."""
        return self._stored_ms

    @property
    def trouble(self) -> str | None:
        """Why the last round could not be stored, None when it was."""
        return self._trouble

    async def start(self) -> None:
        """Take up what the store knows: the last values with their true age, and whether a pack was silent."""
        for memory in self._memories.values():
            last = await self._store.latest(memory.pack.id)
            if last.snapshot is not None:
                newest_ms = last.snapshot.at_ms
                self._stored_ms = max(newest_ms, self._stored_ms or 0)
                for reading in await self._store.history(memory.pack.id, newest_ms - memory.kept_ms, newest_ms + 1):
                    self._apply(reading)
            if last.silence is not None:
                self._apply(last.silence)

    async def take(self, readings: Sequence[Reading]) -> None:
        """Take what one poll round brought: add what follows from it, store it, then show it.

        Returns once it is on the disk. Raises StoreError when that failed, and nothing of it is shown; UsageError for
        a pack that the plant does not have.
        """
        for reading in readings:
            if reading.pack not in self._memories:
                raise UsageError(f"{reading.pack} is no pack of {self.plant_name}; it has {', '.join(self.packs)}")
        whole = [_with_derived(reading) for reading in readings]
        try:
            await self._store.write(whole)
        except StoreError as error:
            self._troubled(str(error))
            raise
        self._troubled(None)
        self._stored_ms = max((reading.at_ms for reading in whole), default=self._stored_ms)
        for reading in whole:
            if (news := self._apply(reading)) is not None:
                self.feed.publish(news)

    def latest(self, pack: str) -> Latest | None:
        """Give the latest values of a pack, None until it has said anything. Raises UsageError for an unknown pack."""
        return self._memory(pack).latest

    def silence(self, pack: str) -> Silence | None:
        """Give since when and why a pack does not answer, also one that never has; None while it does.

        Raises UsageError for an unknown pack.
        """
        return self._memory(pack).silence

    def _memory(self, pack: str) -> Memory:
        if pack not in self._memories:
            raise UsageError(f"there is no pack {pack}; this plant has {', '.join(self.packs) or 'none'}")
        return self._memories[pack]

    def _troubled(self, why: str | None) -> None:
        """Note whether readings can be stored, and tell everybody when that changes."""
        if why != self._trouble:
            self._trouble = why
            self.feed.publish(Trouble(why))

    def _apply(self, reading: Reading) -> News | None:
        """Take one reading into memory; give what is news by it."""
        memory = self._memories[reading.pack]
        now_ms = self.now_ms()
        changed = memory.hear(reading, now_ms) if isinstance(reading, Snapshot) else memory.miss(reading, now_ms)
        return (memory.latest or memory.unheard) if changed else None


def _with_derived(reading: Reading) -> Reading:
    if not isinstance(reading, Snapshot):
        return reading
    return replace(reading, values={**reading.values, **derived(reading.values)})
