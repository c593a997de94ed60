from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from api.site import Site, live_two_hours, open_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Two hours of one pack."""
    async with open_site(tmp_path) as opened:
        await live_two_hours(opened)
        yield opened


@pytest.fixture
async def empty_site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        yield opened
