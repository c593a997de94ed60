"""A virtual battery in a file: with it cells, settings, records and calibration go on where they were."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from wattstead.model.errors import UsageError
from wattstead.virtual.bank import Bank
from wattstead.virtual.keep import keep, resume

EVERY_S: Final = 5.0


class KeepFile:
    """One file and the bank in it. complain: gets one sentence where it cannot be written."""

    def __init__(self, path: Path, bank: Bank, complain: Callable[[str], None]) -> None:
        self._path, self._bank, self._complain = path, bank, complain
        self._told = ""

    def load(self) -> bool:
        """Let the bank go on from the file; give whether there was one. Raises UsageError for what does not fit."""
        try:
            kept: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
            resume(self._bank, kept)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise UsageError(f"{self._path} cannot be read ({error.strerror}); name another file with --keep") from None
        except (ValueError, TypeError, KeyError, AttributeError, UsageError) as error:
            raise UsageError(
                f"{self._path} holds no battery that fits this one ({error}); remove it, or name another file"
            ) from None
        return True

    def save(self) -> None:
        """Write the bank as it is now: the whole file or nothing."""
        part = self._path.with_suffix(".part")
        try:
            with part.open("w", encoding="utf-8") as file:
                json.dump(keep(self._bank), file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
            self._told = ""
        except OSError as error:
            why = f"{self._path}: the battery is not kept ({error.strerror}); make room"
            if why != self._told:
                self._complain(why)
            self._told = why

    async def keep_up(self) -> None:
        """Save every few seconds until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(EVERY_S)
                self.save()
        finally:
            self.save()
