"""Opening an SQLite file, and saying in a sentence what went wrong with it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wattstead.store.base import StoreError
from wattstead.store.columns import Damage

APPLICATION_ID = 0x57415454  # "WATT": tells our files from other programs' databases
_BUSY_S = 10.0
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit is on the disk when it returns
    "PRAGMA foreign_keys = ON",
    "PRAGMA wal_autocheckpoint = 1000",
)
_REMEDIES = {
    sqlite3.SQLITE_FULL: "the disk is full: free some space; what was stored before is safe",
    sqlite3.SQLITE_NOTADB: "is not a Wattstead store: name another file, or move this one away",
    sqlite3.SQLITE_CORRUPT: "is damaged: restore a copy, or move it away and start afresh",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check that its folder exists and that you may write there",
    sqlite3.SQLITE_READONLY: "cannot be written: check the rights of the file and its folder",
    sqlite3.SQLITE_PERM: "cannot be opened: check the rights of the file and its folder",
    sqlite3.SQLITE_AUTH: "cannot be opened: check the rights of the file and its folder",
    sqlite3.SQLITE_BUSY: "is held by another program: end that one, or name another file",
    sqlite3.SQLITE_LOCKED: "is held by another program: end that one, or name another file",
    sqlite3.SQLITE_IOERR: "could not be read or written: check the disk",
}


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn errors of the database and of the file system into a StoreError that names the file and a remedy."""
    try:
        yield
    except sqlite3.Error as error:
        # The low byte is the kind of error, the rest its detail.
        remedy = _REMEDIES.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF, "failed")
        raise StoreError(f"store {path}: {remedy} ({error})") from error
    except Damage as error:
        raise StoreError(f"store {path}: {error}") from error
    except OSError as error:
        raise StoreError(f"store {path}: {error.strerror or error}; name a folder that you may write to") from error


def connect(path: Path, *, reader: bool = False) -> sqlite3.Connection:
    """Open the file with the settings that durability needs. reader: refuses to write.

    Raises sqlite3.Error, and StoreError for a file or a file system that is not for us.
    """
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        _check_owner(connection, path)  # before anything is changed in it
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        _check_log(connection, path)
        if reader:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _check_owner(connection: sqlite3.Connection, path: Path) -> None:
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and owner != APPLICATION_ID:
        raise StoreError(f"store {path} is a database of another program: name another file")


def _check_log(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        raise StoreError(f"store {path} lies on a disk that programs cannot share: keep it on a local disk")


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """Commit at the end, or take all back. kind: IMMEDIATE to write, DEFERRED for one consistent view."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
