"""The steps that make the database what it is. A step, once released, is never changed: add another one.

Each is a function with a name, applied once, inside one transaction together with the note that it was applied.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from wattstead.store.base import StoreError
from wattstead.store.connect import APPLICATION_ID, transaction


def create_readings(connection: sqlite3.Connection) -> None:
    """Packs, words, layouts, and the fresh readings in the order of time: one page is touched for a whole round."""
    connection.execute("CREATE TABLE pack (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)")
    connection.execute("CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)")
    connection.execute(
        "CREATE TABLE schema (id INTEGER PRIMARY KEY, silence INTEGER NOT NULL, text TEXT NOT NULL UNIQUE)"
    )
    connection.execute(
        """CREATE TABLE hot (
            ts_ms INTEGER NOT NULL,
            pack INTEGER NOT NULL REFERENCES pack (id),
            schema INTEGER NOT NULL REFERENCES schema (id),
            payload BLOB NOT NULL,
            PRIMARY KEY (ts_ms, pack)
        ) WITHOUT ROWID"""
    )


def create_sealed(connection: sqlite3.Connection) -> None:
    """Sealed stretches, one row per pack, stretch and layout, and rollups, one row per pack, level and stretch."""
    connection.execute(
        """CREATE TABLE chunk (
            id INTEGER PRIMARY KEY,
            pack INTEGER NOT NULL REFERENCES pack (id),
            start_ms INTEGER NOT NULL,
            schema INTEGER NOT NULL REFERENCES schema (id),
            readings INTEGER NOT NULL,
            times BLOB NOT NULL,
            data BLOB NOT NULL,
            UNIQUE (pack, start_ms, schema)
        )"""
    )
    connection.execute(
        """CREATE TABLE rollup (
            id INTEGER PRIMARY KEY,
            pack INTEGER NOT NULL REFERENCES pack (id),
            width_ms INTEGER NOT NULL,
            start_ms INTEGER NOT NULL,
            final INTEGER NOT NULL DEFAULT 0,
            channels INTEGER NOT NULL REFERENCES word (id),
            data BLOB NOT NULL,
            UNIQUE (pack, width_ms, start_ms)
        )"""
    )


STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (create_readings, create_sealed)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Apply the steps that are missing. Raises StoreError for a file that a later version has changed."""
    with transaction(connection):
        # Mark and table come together: a file with tables and without the mark is somebody else's.
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL)")
    later = sorted(_applied(connection).difference(step.__name__ for step in STEPS))
    if later:
        raise StoreError(
            f"store {path} was written by a later version of Wattstead (step {later[0]}): update this program"
        )
    for step in STEPS:
        with transaction(connection):
            # Asked anew inside the transaction: another process may have done it just now.
            if step.__name__ not in _applied(connection):
                step(connection)
                connection.execute("INSERT INTO migration VALUES (?, datetime('now'))", (step.__name__,))


def _applied(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM migration")}
