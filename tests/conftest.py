"""What holds for all tests."""

import os
from collections import defaultdict

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """``make check`` tries some cases of a long table, evenly from its first to its last; ``make test`` all."""
    if os.environ.get("WATTSTEAD_EXAMPLES") != "quick":
        return
    functions: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("slow") is None:
            functions[item.nodeid.partition("[")[0]].append(item)
    kept = {id(item) for cases in functions.values() for item in some_of(cases)}
    left = [item for cases in functions.values() for item in cases if id(item) not in kept]
    config.hook.pytest_deselected(items=left)
    gone = {id(item) for item in left}
    items[:] = [item for item in items if id(item) not in gone]
