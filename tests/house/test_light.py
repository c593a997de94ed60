"""What a verb does not need is not loaded: a technician's prompt, and each of our own tests, waits for it otherwise."""

import subprocess
import sys

import pytest

from program import PROGRAM

SIMULATION = {"numpy", "numba", "pvlib", "pyarrow", "duckdb"}
PLATFORM = {"fastapi", "starlette", "uvicorn", "sqlite3", "textual", "structlog", "msgspec"}
BUSES = {"can", "cantools", "serialx"}
PROFILES = {"wattstead.catalog.profile", "wattstead.host", "wattstead.virtual", "wattstead.link"}
ALL = SIMULATION | PLATFORM | BUSES

VERBS: dict[str, tuple[list[str], set[str]]] = {
    "profiles": (["profiles"], ALL | PROFILES),
    "explain": (["explain", "OTC"], ALL | PROFILES),
    "guides": (["guides", "start-aura", "--data", "/no-such-folder"], ALL | PROFILES - {"wattstead.host"}),
    "quantities": (["quantities"], ALL | PROFILES),
    "decode": (["decode", "--profile", "seplos-v2"], ALL | {"wattstead.virtual"}),
    "read": (["read", "replay:///no-such-file", "--profile", "seplos-v2"], ALL | {"wattstead.virtual"}),
    "settings": (["settings", "--help"], ALL | {"wattstead.virtual"}),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_light_verb_loads_nothing_heavy(verb: str) -> None:
    words, heavy = VERBS[verb]
    done = subprocess.run(
        [sys.executable, "-X", "importtime", PROGRAM, *words],
        input="~20004642E00200FD37\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "wattstead.cli.options" in loaded, done.stderr  # what all verbs share: it was loaded at all
    assert not loaded & heavy, f"`wattstead {verb}` loads what it does not need"
