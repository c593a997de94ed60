"""``wattstead health``: the packs of a store judged, one after the other."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from wattstead.app.config import StoreConfig, config_path, load_config
from wattstead.model.errors import UsageError, WattsteadError
from wattstead.plant.health.past import Health, Judged
from wattstead.store.base import LAST_MS
from wattstead.store.sqlite import SqliteStore

_NAMES = ("wattstead.db", "demo.db")


def store_file(data: Path | None) -> Path:
    """Find the store: in a folder, as a file, or that of ``serve``. Raises UsageError where there is none."""
    path = _configured() if data is None else data
    if path.is_dir():
        named = [path / name for name in _NAMES if (path / name).is_file()]
        others = sorted(one for one in path.glob("*.db") if one.is_file())
        found = named or others
        if len(found) != 1:
            what = (
                f"holds {len(found)} stores; name one of them" if found else "holds no store, a file that ends in .db"
            )
            raise UsageError(f"--data {path}: the folder {what}")
        return found[0]
    if not path.is_file():
        hint = (
            "`wattstead serve` writes one" if data is None else "name the file or folder that `serve` or `demo` writes"
        )
        raise UsageError(f"{'' if data is None else '--data '}{path}: there is no such store; {hint}")
    return path


def _configured() -> Path:
    file = config_path()
    try:
        return load_config(file).store.path if file.is_file() else StoreConfig().path
    except WattsteadError:
        return StoreConfig().path


async def health_of(path: Path, packs: Sequence[str], since_days: int) -> AsyncIterator[Judged]:
    """Judge the packs that were named, all where none was. Raises UsageError for an absent one, StoreError."""
    store = await SqliteStore.open(path)
    try:
        there = await store.packs()
        for name in packs:
            if name not in there:
                raise UsageError(
                    f"--pack {name}: the store has no such pack; it has {', '.join(there) or 'none at all'}"
                )
        health = Health(store)
        for pack in packs or there:
            yield await health.judged(pack, LAST_MS, since_days)
    finally:
        await store.close()
