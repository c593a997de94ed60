"""A plant of two packs with a clock that the test holds, and a store that can be told to fail."""

from collections.abc import Sequence
from pathlib import Path

from wattstead.model.code import Code, Severity
from wattstead.model.reading import Silence, Snapshot, Value
from wattstead.plant.latest import PackInfo
from wattstead.plant.watch import Watch
from wattstead.store.base import Reading, Store, StoreError
from wattstead.store.sqlite import SqliteStore

START_MS = 1_767_225_600_000
POLL_MS = 10_000
PACKS = (
    PackInfo("seplos-1", "Pack 1", "Seplos V2", "seplos-v2", "seplos bus", 0),
    PackInfo("pylon-1", "Pack 2", "Pylontech", "pylontech", "pylontech bus", 2),
)
CODES = {
    "seplos-v2": {
        "COV": Code("COV", "seplos-v2", Severity.ALARM, {"en": "cell voltage high", "fr": "tension haute"}),
        "COVP": Code("COVP", "seplos-v2", Severity.PROTECTION, {"en": "overvoltage", "fr": "surtension"}),
    }
}


class Clock:
    """UTC milliseconds, as the test says."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms


class FailingStore(SqliteStore):
    """A store whose disk can be full."""

    full = False

    async def write(self, readings: Sequence[Reading]) -> int:
        if self.full:
            raise StoreError("store history.db: the disk is full: free some space; what was stored before is safe")
        return await super().write(readings)


async def open_store(folder: Path) -> FailingStore:
    return await FailingStore.open(folder / "history.db")


def make_watch(store: Store, clock: Clock) -> Watch:
    return Watch(store, "Rue du Port 4", PACKS, CODES, clock)


def said(at_ms: int, pack: str = "seplos-1", active: tuple[str, ...] | None = None, **values: Value) -> Snapshot:
    return Snapshot(pack, at_ms, values, active)


def silent(at_ms: int, pack: str = "seplos-1", why: str = "no answer") -> Silence:
    return Silence(pack, at_ms, why)
