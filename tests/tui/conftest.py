"""What holds for all tests of the pages."""

import time
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times on the pages are those of this place: in tests it is Greenwich."""
    with monkeypatch.context() as here:
        here.setenv("TZ", "UTC")
        here.setenv("COLORTERM", "truecolor")
        here.delenv("NO_COLOR", raising=False)
        time.tzset()
        yield
    time.tzset()
