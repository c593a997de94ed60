"""The state file of ``simulate --state``: read again whenever it changes, and obeyed at the next request."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wattstead.model.errors import UsageError
from wattstead.virtual.bank import Bank
from wattstead.virtual.loader_faults import Faults, read_faults
from wattstead.virtual.state_table import read_tables

_LOOK_EVERY_S = 0.2
_Stamp = tuple[int, int, int]


class WatchedFile:
    """One file that somebody obeys: its tables go to ``obey``, which raises UsageError for what it cannot do.

    clock_s: any clock that goes on. complain: gets one sentence for each version of the file that cannot be obeyed; the
    last good one then stays in force.
    """

    def __init__(
        self,
        path: Path,
        obey: Callable[[dict[str, Any]], None],
        *,
        clock_s: Callable[[], float],
        complain: Callable[[str], None],
    ) -> None:
        self._path = path
        self._obey_tables = obey
        self._clock_s = clock_s
        self._complain = complain
        self._seen: _Stamp | None = None
        self._look_at_s = 0.0

    def load(self) -> None:
        """Read the file for the first time. Raises UsageError with the place in it and what would be right."""
        self._look_at_s = self._clock_s() + _LOOK_EVERY_S
        self._seen = self._stamp()
        self._obey()

    def look(self) -> None:
        """Read the file again if it changed since, at most every 0.2 s."""
        if self._clock_s() < self._look_at_s:
            return
        self._look_at_s = self._clock_s() + _LOOK_EVERY_S
        if (stamp := self._stamp()) == self._seen:
            return
        self._seen = stamp
        try:
            self._obey()
        except UsageError as error:
            self._complain(f"{error}; the last good state stays in force")

    def _stamp(self) -> _Stamp | None:
        """What differs between two versions of a file, also where an editor puts a new one in its place."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _obey(self) -> None:
        tables = self._tables()
        try:
            self._obey_tables(tables)
        except UsageError as error:
            raise UsageError(f"{self._path}, {error}") from None

    def _tables(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self._path.read_text(encoding="utf-8"))
        except OSError as error:
            remedy = "give the path of a TOML file; an empty one lets everything be simulated"
            raise UsageError(f"{self._path} cannot be read ({error.strerror}); {remedy}") from None
        except UnicodeDecodeError as error:
            raise UsageError(f"{self._path}, byte {error.start}: this is no UTF-8 text; save it as UTF-8") from None
        except tomllib.TOMLDecodeError as error:
            raise UsageError(
                f"{self._path}: {str(error)[:1].lower()}{str(error)[1:]}; correct the TOML there"
            ) from None


class StateFile(WatchedFile):
    """One file and the bank that it rules. upgrade: takes what goes wrong while an image is transferred."""

    def __init__(
        self,
        path: Path,
        bank: Bank,
        *,
        clock_s: Callable[[], float],
        complain: Callable[[str], None],
        upgrade: Callable[[Faults], None] | None = None,
    ) -> None:
        self._bank, self._upgrade = bank, upgrade
        super().__init__(path, self._rule, clock_s=clock_s, complain=complain)

    def _rule(self, tables: dict[str, Any]) -> None:
        tables = dict(tables)
        faults = read_faults(tables.pop("upgrade", {})) if self._upgrade else None
        bank_input, packs = read_tables(tables, self._bank)
        if self._upgrade and faults:
            self._upgrade(faults)
        self._bank.input = bank_input
        for pack, given in zip(self._bank.packs, packs, strict=True):
            pack.given = given
