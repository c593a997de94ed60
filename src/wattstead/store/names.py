"""Numbers for what repeats: packs, words and layouts stand once in a table of their own, rows hold their numbers."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar, cast

from wattstead.store.base import Reading, StoreError
from wattstead.store.columns import Damage
from wattstead.store.layout import Layout, shape

_K = TypeVar("_K")
_V = TypeVar("_V")
_MOST = 10_000
"""So many entries are remembered of each table; what is forgotten is looked up again."""


class Names:
    """Looks numbers up through one connection, and makes new ones where it is asked to."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._packs: dict[str, int] = {}
        self._word_numbers: dict[str | tuple[str], int] = {}
        self._words: dict[int, Any] = {}
        self._shapes: dict[tuple[Any, ...], tuple[int, Layout]] = {}
        self._layouts: dict[int, Layout] = {}

    def forget(self) -> None:
        """Drop all that is remembered: a transaction that made new numbers was taken back."""
        for table in (self._packs, self._word_numbers, self._words, self._shapes, self._layouts):
            table.clear()

    def pack(self, name: str) -> int | None:
        """Give the number of a pack, None for a pack that was never written."""
        if (known := self._packs.get(name)) is not None:
            return known
        row = self._connection.execute("SELECT id FROM pack WHERE name = ?", (name,)).fetchone()
        if row:
            self._packs[name] = row[0]
        return row[0] if row else None

    def packs(self) -> list[str]:
        """Name all packs, in the order in which they came."""
        return [name for (name,) in self._connection.execute("SELECT name FROM pack ORDER BY id")]

    def make_pack(self, name: str) -> int:
        """Give the number of a pack, a new one if need be."""
        if (known := self.pack(name)) is None:
            known = self._packs[name] = _insert(self._connection, "INSERT INTO pack (name) VALUES (?)", (name,))
        return known

    def make_word(self, word: Any) -> int:
        """Give the number of a text or of a list of values, a new one if need be."""
        # A list is no key by itself: (1,) and (True,) are equal and yet must come back as they were.
        key = word if type(word) is str else (to_text(word),)
        if (known := self._word_numbers.get(key)) is None:
            text = to_text(word)
            row = self._connection.execute("SELECT id FROM word WHERE text = ?", (text,)).fetchone()
            made = row[0] if row else _insert(self._connection, "INSERT INTO word (text) VALUES (?)", (text,))
            known = _remember(self._word_numbers, key, made)
        return known

    def word(self, number: int) -> Any:
        """Give back what ``make_word`` numbered; 0 is None."""
        if number == 0:
            return None
        if (known := self._words.get(number)) is None:
            row = self._connection.execute("SELECT text FROM word WHERE id = ?", (number,)).fetchone()
            known = _remember(self._words, number, from_text(_found(row, "word", number)))
        return known

    def make_layout(self, reading: Reading) -> tuple[int, Layout]:
        """Give the number and the layout of a reading, a new one if need be."""
        key = shape(reading)
        if (known := self._shapes.get(key)) is None:
            known = _remember(self._shapes, key, self._layout_of(reading))
        return known

    def layout(self, number: int) -> Layout:
        """Give a layout by its number."""
        if (known := self._layouts.get(number)) is None:
            row = self._connection.execute("SELECT text FROM schema WHERE id = ?", (number,)).fetchone()
            known = _remember(self._layouts, number, Layout.from_text(_found(row, "schema", number)))
        return known

    def layouts(self) -> Iterable[tuple[int, Layout]]:
        """Give all layouts there are."""
        for (number,) in self._connection.execute("SELECT id FROM schema").fetchall():
            yield number, self.layout(number)

    def _layout_of(self, reading: Reading) -> tuple[int, Layout]:
        layout = Layout.of(reading)
        text = layout.to_text()
        row = self._connection.execute("SELECT id FROM schema WHERE text = ?", (text,)).fetchone()
        if row:
            return row[0], self.layout(row[0])
        values = (layout.origin is None, text)
        return _insert(self._connection, "INSERT INTO schema (silence, text) VALUES (?, ?)", values), layout


def to_text(word: Any) -> str:
    """Give a text or a list of values as it stands in the table ``word``: JSON, with times under a key of their own."""
    return json.dumps(word, default=_time_to_json, separators=(",", ":"))


def from_text(text: str) -> Any:
    """Read what ``to_text`` wrote."""
    word = json.loads(text, object_hook=lambda item: datetime.fromisoformat(item["time"]))
    return tuple(word) if isinstance(word, list) else word


def _time_to_json(value: Any) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    raise StoreError(f"a list holds a {type(value).__name__}, which cannot be stored")


def _insert(connection: sqlite3.Connection, statement: str, values: tuple[Any, ...]) -> int:
    return cast("int", connection.execute(statement, values).lastrowid)


def _remember(table: dict[_K, _V], key: _K, value: _V) -> _V:
    if len(table) >= _MOST:
        table.clear()
    table[key] = value
    return value


def _found(row: tuple[str] | None, table: str, number: int) -> str:
    if row is None:
        raise Damage(f"row {number} of the table {table} is missing: restore a copy")
    return row[0]
