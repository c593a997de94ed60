"""How far people have come with guides: one file of ticks for each plant, which a person can read.

A file is written whole or not at all, and one that cannot be understood is never written over.
"""

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from unicodedata import normalize

from wattstead.model.errors import FileError, UsageError
from wattstead.model.guide import Progress, Tick

_HEAD: Final = "# How far the guides have come: a tick with its time for each step. Written by `wattstead guides`.\n"
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


class GuideKeeper:
    """The files of all plants, in one folder. Plants are named as people write them; "" is the one without a name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, plant: str) -> Path:
        """Name the file of a plant; two names that are spelt alike for files are told apart by a digest."""
        check_plant(plant)
        if not plant:
            return self._folder / "ticks.toml"
        plain = normalize("NFKD", plant).encode("ascii", "ignore").decode()
        slug = re.sub(r"[^0-9a-z]+", "-", plain.lower()).strip("-")[:60]
        digest = sha256(plant.encode()).hexdigest()[:8]
        return self._folder / f"ticks-{slug}-{digest}.toml"

    def plants(self) -> list[str]:
        """Name all plants of which there is a file, the one without a name first. Raises UsageError."""
        files = sorted(one for one in self._folder.glob("ticks*.toml") if ".until-" not in one.name)
        return sorted(_read(file)[0] for file in files)

    def all(self, plant: str) -> dict[str, Progress]:
        """Give the progress of each guide that was begun, by its name. Raises UsageError for a broken file."""
        file = self.path(plant)
        return _read(file)[1] if file.is_file() else {}

    def get(self, plant: str, guide: str) -> Progress:
        """Give how far one guide has come."""
        return self.all(plant).get(guide, Progress())

    @contextmanager
    def changing(self, plant: str) -> Iterator[dict[str, Progress]]:
        """Hand out the progress of a plant to be changed, and write it at the end; others wait so long.

        Nothing is written where the block ends with an error, or changes nothing.
        """
        file = self.path(plant)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot(file, error) from None
        with _turn(file):
            held = self.all(plant)
            before = dict(held)
            yield held
            if held != before:
                _write(file, _text(plant, held))

    def put_aside(self, plant: str, now_ms: int) -> Path:
        """Copy the file of a plant to one that nothing writes to again, and name that."""
        file = self.path(plant)
        at = datetime.fromtimestamp(now_ms / 1000, UTC)
        stem, number = f"{file.stem}.until-{at:%Y-%m-%dT%H-%M-%S}", 1
        aside = file.with_name(f"{stem}.toml")
        while aside.exists():
            number += 1
            aside = file.with_name(f"{stem}-{number}.toml")
        try:
            text = file.read_text(encoding="utf-8")
        except OSError as error:
            raise _cannot(file, error) from None
        _write(aside, text)
        return aside


def check_plant(plant: str) -> None:
    """Refuse a name that no line of text can hold. Raises UsageError."""
    if plant != plant.strip() or not (plant.isprintable() and len(plant) <= 200):
        raise UsageError(f"{plant!r} is no name of a battery; write one line of at most 200 characters")


@contextmanager
def _turn(file: Path) -> Iterator[None]:
    """Let one program after the other change a file. On Windows there is no such lock."""
    if os.name != "posix":
        yield
        return
    import fcntl

    try:
        lock = file.with_name(f".{file.name}.lock").open("w")
    except OSError as error:
        raise _cannot(file, error) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(file: Path, text: str) -> None:
    part = file.with_suffix(".part")
    try:
        with part.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    except OSError as error:
        raise _cannot(file, error) from None


def _cannot(file: Path, error: OSError) -> FileError:
    return FileError(f"{file}: {error.strerror}; make room, or name another folder with --data")


def _text(plant: str, held: Mapping[str, Progress]) -> str:
    """Write a file as TOML; what JSON writes of a printable text is a text of TOML, too."""
    lines = [_HEAD, f"plant = {json.dumps(plant, ensure_ascii=False)}"]
    for guide, progress in sorted(held.items()):
        if not progress.ticks and progress.since_ms is None:
            continue
        lines.append(f"\n[{_key(guide)}]")
        if progress.since_ms is not None:
            lines.append(f"charged = {_time(progress.since_ms)}")
        for step, tick in progress.ticks.items():
            value = "" if tick.value is None else f", value = {float(tick.value)!r}"
            lines.append(f"ticks.{_key(step)} = {{ at = {_time(tick.at_ms)}{value} }}")
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read(file: Path) -> tuple[str, dict[str, Progress]]:
    remedy = "mend it, or move it away to begin anew; nothing is written to it as it is"
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        return _named(data.pop("plant")), {name: _progress(table) for name, table in data.items()}
    except OSError as error:
        raise _cannot(file, error) from None
    except KeyError as error:
        raise UsageError(f"{file}: {error.args[0]} is missing; {remedy}") from None
    except (ValueError, TypeError) as error:
        raise UsageError(f"{file}: {error}; {remedy}") from None


def _named(plant: object) -> str:
    if not isinstance(plant, str):
        raise TypeError(f"plant = {plant!r} is no text")
    return plant


def _table(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no table")
    return value


def _progress(value: object) -> Progress:
    table = _table(value)
    ticks = {step: _tick(_table(one)) for step, one in _table(table.get("ticks", {})).items()}
    return Progress(ticks, _ms(table["charged"]) if "charged" in table else None)


def _tick(one: Mapping[str, Any]) -> Tick:
    value = one.get("value")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise TypeError(f"value = {value!r} is no number")
    return Tick(_ms(one["at"]), None if value is None else float(value))


def _ms(value: object) -> int:
    """A time of TOML; a person may have written a day alone, or a time without a zone, which is UTC."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is no time")
    at = value if value.tzinfo else value.replace(tzinfo=UTC)
    return round(at.timestamp() * 1000)
