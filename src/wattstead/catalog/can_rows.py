"""Which rows of a virtual pack stand behind one bit of a CAN frame: ``words/can_rows.toml``."""

from collections.abc import Collection
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from wattstead.catalog.words import read_toml


def raised(code: str, rows: Collection[str]) -> bool:
    """Whether one of the rows that hold raises this code."""
    return any(fnmatchcase(row, pattern) for pattern in _table().get(code, ()) for row in rows)


@cache
def _table() -> dict[str, tuple[str, ...]]:
    table = read_toml(files("wattstead") / "words" / "can_rows.toml")
    return {name: tuple(map(str, rows)) for name, rows in table.items() if isinstance(rows, list)}
