"""What stands in ``batch.json``: the definition of a batch, by which a later run knows that it may go on."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from wattstead.batch.parts import EVENTS, ROWS, sweep
from wattstead.batch.plan import BLOCK, Plan
from wattstead.model.errors import UsageError

FILE: Final = "batch.json"
_SIMULATING = ("block", "columns", "draw", "homes", "keep", "parts", "plan", "totals")
_SAID: Final = {
    "packs": "{} packs",
    "days": "{:g} days",
    "step_s": "steps of {:g} s",
    "keep_s": "rows of {} s",
    "seed": "seed {}",
    "first_day": "day {} of the year as its first",
    "packs_per_home": "{} packs a household",
    "soh": "a state of health of {}",
    "ageing": "ageing {}",
    "preset": "the preset {}",
    "pack": "other figures in its preset ({})",
    "block": "blocks of {} packs",
    "engine": "another engine ({})",
    "version": "Wattstead {}",
}


def definition(plan: Plan) -> dict[str, Any]:
    """Give all that the rows of a batch follow from."""
    return {
        "version": version("wattstead"),
        "engine": _engine(),
        "preset": plan.preset,
        "pack": _digest(json.dumps(_plain(plan.pack), sort_keys=True).encode()),
        "packs": plan.packs,
        "days": plan.days,
        "step_s": plan.step_s,
        "keep_s": plan.keep_s,
        "seed": plan.seed,
        "first_day": plan.first_day,
        "packs_per_home": plan.per_home,
        "soh": "{:g} to {:g}".format(*plan.soh),
        "ageing": plan.ageing.value,
        "block": BLOCK,
    }


def begin(folder: Path, plan: Plan, *, fresh: bool) -> None:
    """Make the folder ready for this batch: write its definition, or find that the same one was begun here.

    fresh: remove the files of the batch that is there. Raises UsageError where the folder holds another batch, or
    files that are none of ours.
    """
    file, wanted = folder / FILE, definition(plan)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; give a folder for the batch")
    if file.exists():
        if fresh:
            _remove(folder)
        else:
            _compare(folder, _read(file), wanted)
    elif folder.exists() and _holds_others(folder):
        raise UsageError(f"{folder} holds other files and no batch; choose a new folder")
    for kind in (ROWS, EVENTS):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    sweep(folder)
    if not file.exists():
        half = file.with_suffix(".part")
        half.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
        half.replace(file)


def _holds_others(folder: Path) -> bool:
    """Whether there is more than what a run leaves that was killed before it had written its definition."""
    ours = {ROWS, EVENTS, Path(FILE).with_suffix(".part").name}
    return any(one.name not in ours and not one.name.startswith(".") for one in folder.iterdir()) or any(
        one.is_file() for kind in (ROWS, EVENTS) for one in (folder / kind).glob("*")
    )


def _remove(folder: Path) -> None:
    """Remove the files of a batch, its definition last: what is interrupted here is removed by the next --fresh."""
    for kind in (ROWS, EVENTS):
        for one in (folder / kind).glob("block-*.parquet"):
            one.unlink()
    (folder / FILE).unlink()


def _read(file: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UsageError(f"{file} cannot be read; --fresh begins the batch anew")
    return found


def _compare(folder: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    there = [_said(name, found.get(name)) for name in _SAID if found.get(name) != wanted[name]]
    if there:
        raise UsageError(
            f"{folder} holds a batch with {' and '.join(there)}; say the same to go on with it, choose another folder, "
            "or --fresh to remove it and begin anew"
        )


def _said(name: str, value: Any) -> str:
    try:
        return _SAID[name].format(value)
    except (TypeError, ValueError):
        return f"{name} {value}"


def _engine() -> str:
    """Give a mark of the sources that rows follow from."""
    here = Path(__file__).parent
    sources = sorted((here.parent / "battery").rglob("*.py")) + [here / f"{name}.py" for name in _SIMULATING]
    return _digest(*(source.read_bytes() for source in sources))


def _digest(*parts: bytes) -> str:
    digest = blake2b(digest_size=8)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    """Turn a preset into what JSON can say, always in the same order."""
    if isinstance(value, Enum):
        return value.name
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, frozenset | set):
        return sorted((_plain(one) for one in value), key=json.dumps)
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value
