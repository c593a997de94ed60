"""What this computer keeps of settings that it read and wrote: backups, the last set of each device, an audit log."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from wattstead.catalog.profile import Profile
from wattstead.host.settings.file import read_settings_file, to_toml
from wattstead.host.settings.sets import SettingSet
from wattstead.model.errors import FileError

_LAST: Final = "last.toml"
_LOG: Final = "audit.jsonl"


def device_key(profile: Profile, url: str, address: int, identity: Mapping[str, str]) -> str:
    """Name a device for files: by its serial number, or else by where it answers, however a person spells the port."""
    serial = identity.get("serial_number", "")
    place = url.partition("?")[0].removeprefix("serial://")
    named = serial if re.search("[1-9A-Za-z]", serial) else f"{place}-{address}"
    return f"{profile.name}-{re.sub('[^0-9A-Za-z]+', '-', named).strip('-')}"


class Keeper:
    """The files of one device, in a folder that all devices share. key: as ``device_key`` names it."""

    def __init__(self, folder: Path, profile: Profile, key: str) -> None:
        self._folder = folder
        self._profile = profile
        self._key = key

    @property
    def log_path(self) -> Path:
        return self._folder / _LOG

    def backup(self, held: SettingSet) -> Path:
        """Write a set into a file of its own, before anything is sent. Raises WattsteadError where that fails."""
        at = datetime.fromtimestamp((held.at_ms or 0) / 1000, UTC)
        stem = f"{at:%Y-%m-%dT%H-%M-%S}"
        path = self._own / f"{stem}.toml"
        number = 1
        while path.exists():
            number += 1
            path = self._own / f"{stem}-{number}.toml"
        self._write(path, to_toml(self._profile, held))
        return path

    def backups(self) -> list[Path]:
        """Name the backups of this device, the oldest first."""
        if not self._own.is_dir():
            return []
        order = re.compile(r"(.*?\dT[\d-]{8})-?(\d*)$")
        files = [one for one in self._own.glob("*.toml") if order.match(one.stem)]

        def key(path: Path) -> tuple[str, int]:
            found = order.match(path.stem)
            return (found[1], int(found[2] or 1)) if found else ("", 0)

        return sorted(files, key=key)

    def remember(self, held: SettingSet) -> None:
        """Keep a set as the last one that was seen or left on this device."""
        self._write(self._own / _LAST, to_toml(self._profile, held))

    def last(self) -> SettingSet | None:
        """Give the set that was seen or left last time."""
        path = self._own / _LAST
        return read_settings_file(path, self._profile) if path.is_file() else None

    def log(self, entry: Mapping[str, Any], now_ms: int) -> None:
        """Add a line to the audit log, on the disk before it returns."""
        at = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"at": at, "device": self._key, **entry}, ensure_ascii=False)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self.log_path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _cannot(self.log_path, error) from None

    def entries(self) -> Iterator[dict[str, Any]]:
        """Give what the log has of this device, the oldest first; a line that broke off is passed over."""
        try:
            lines = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and entry.get("device") == self._key:
                yield entry

    def writes(self) -> int:
        """Count the messages that wrote to this device, ever."""
        return sum(int(entry.get("sent", 0)) for entry in self.entries())

    @property
    def _own(self) -> Path:
        return self._folder / self._key

    def _write(self, path: Path, text: str) -> None:
        """Write a file whole or not at all."""
        part = path.with_suffix(".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(text, encoding="utf-8")
            part.replace(path)
        except OSError as error:
            raise _cannot(path, error) from None


def _cannot(path: Path, error: OSError) -> FileError:
    return FileError(f"{path}: {error.strerror}; make room, or name another folder with --data")
