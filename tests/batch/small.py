"""Batches that are done in a second, for tests."""

from pathlib import Path
from typing import Any

from wattstead.batch.plan import Plan
from wattstead.batch.run import Batch
from wattstead.batch.totals import Totals
from wattstead.battery.make import pack_preset
from wattstead.catalog.packs import load_pack

PRESET = "seplos-16s-100ah"


def plan(
    packs: int = 5, days: float = 0.25, step_s: float = 300.0, keep_s: int = 3600, seed: int = 0, **more: Any
) -> Plan:
    """Give a plan."""
    return Plan(PRESET, pack_preset(load_pack(PRESET), seed=seed), packs, days, step_s, keep_s, **more)


def run(wanted: Plan, folder: Path, *, jobs: int = 1, fresh: bool = False) -> Totals:
    """Do what is missing of a batch."""
    return Batch.begin(wanted, folder, fresh=fresh).run(jobs, lambda _: None, lambda: False)


def files(folder: Path) -> dict[str, bytes]:
    """Give all that a batch has left, by name."""
    found = (one for one in sorted(folder.rglob("*")) if one.is_file() and not one.name.startswith("."))
    return {str(one.relative_to(folder)): one.read_bytes() for one in found}
