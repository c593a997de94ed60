"""Every store that the contract is checked on. A new backend joins by one entry in OPENERS."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from wattstead.store.base import Store
from wattstead.store.sqlite import SqliteStore

Opener = Callable[[Path], Awaitable[Store]]

OPENERS: dict[str, Opener] = {"sqlite": lambda folder: SqliteStore.open(folder / "history.db")}


@pytest.fixture(params=OPENERS)
def opener(request: pytest.FixtureRequest) -> Opener:
    """Opens the store of a folder, the same one every time."""
    return OPENERS[request.param]


@pytest.fixture
async def store(opener: Opener, tmp_path: Path) -> AsyncIterator[Store]:
    opened = await opener(tmp_path)
    yield opened
    await opened.close()
