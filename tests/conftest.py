"""What holds for all tests."""

import os
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import settings

from folding import some_of

# A busy machine must not turn a property red, and a failure must be found again by the next run.
settings.register_profile("house", deadline=None, print_blob=True, max_examples=50)
# make check tries fewer examples; make test tries them all.
settings.register_profile("quick", settings.get_profile("house"), max_examples=25)
settings.load_profile(os.environ.get("WATTSTEAD_EXAMPLES", "house"))

# What is printed must not depend on the terminal of the person who runs the tests; xdist hands its width on.
os.environ.pop("COLUMNS", None)

LONG = (
    "app/test_kill.py",
    "store/test_kill.py",
    "cli/test_batch.py",
    "app/test_demo.py",
    "wire/test_roundtrip.py",
    "battery/test_against_reference.py",
    "browser/test_looks.py",
    "browser/test_demo_page.py",
    "browser/test_trouble.py",
)
"""Files that take long: they begin first, so that nobody waits for one of them at the end (a file is one worker's)."""
HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put long files first; ``make check`` tries some cases of a long table, evenly chosen, ``make test`` all."""
    long = {HERE / name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: long.get(item.path, len(LONG)))
    if os.environ.get("WATTSTEAD_EXAMPLES") == "quick":
        _leave_some_out(config, items)


def _leave_some_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    functions: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("slow") is None:
            functions[item.nodeid.partition("[")[0]].append(item)
    kept = {id(item) for cases in functions.values() for item in some_of(cases)}
    left = [item for cases in functions.values() for item in cases if id(item) not in kept]
    config.hook.pytest_deselected(items=left)
    gone = {id(item) for item in left}
    items[:] = [item for item in items if id(item) not in gone]
