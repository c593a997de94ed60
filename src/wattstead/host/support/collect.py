"""One file for those who are to help: all that a device says and every byte that passed, with nothing private in it."""

import asyncio
import json
import platform
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from random import SystemRandom
from typing import Any, Final

from wattstead.catalog.profile import Profile
from wattstead.host.conversation import Conversation
from wattstead.host.read import PackRead, read_pack
from wattstead.host.records.keep import RecordStore
from wattstead.host.records.read import read_records
from wattstead.host.records.rows import rows_of
from wattstead.host.settings.check import check_set
from wattstead.host.settings.file import to_toml
from wattstead.host.settings.sets import Held, read_held
from wattstead.host.support.scrub import Replaced, Scrubber
from wattstead.host.support.scrub_can import clean_bus
from wattstead.host.support.scrub_capture import Cleaned, clean_capture, learn_capture
from wattstead.link.can_url import CanUrl
from wattstead.link.capture import Capture, CaptureHeader, CaptureWriter, Direction, Entry, entry_text, header_text
from wattstead.link.port import Port
from wattstead.link.url import parse_url
from wattstead.model.errors import EncodeError, FileError, LinkLost, NoAnswer, Refused, UsageError, WattsteadError

CAPTURE: Final = "conversation.capture"
REST: Final = "the rest"  # what a line that broke took with it
_PACKAGES: Final = ("serialx", "pydantic", "typer", "numpy", "numba", "python-can", "cantools")
_HOLDS: Final = {
    "about.json": "versions, how it was read, what could not be read",
    "readings.json": "what the battery measures now, and its active codes",
    "settings.toml": "what is set",
    "findings.json": "what the check of these settings found",
    "records.jsonl": "what the battery has recorded itself",
    CAPTURE: "every byte that passed: wattstead replay FILE.zip, wattstead decode -p PROFILE FILE.zip",
}
_SAY: Final = """\
A support file of Wattstead: what a battery said, for those who are to help.
Un fichier d'assistance de Wattstead : ce qu'une batterie a dit, pour ceux qui doivent aider.

{holds}

Serial numbers, names, passwords and addresses were REPLACED by others of the same form, the same ones everywhere;
checksums of frames were computed anew. Bytes that belong to no whole frame and may have held a piece of them are dots.
Les numéros de série, noms, mots de passe et adresses ont été REMPLACÉS par d'autres de même forme, partout les mêmes ;
les sommes de contrôle des trames ont été recalculées. Des octets sans trame entière, qui pouvaient en contenir une
partie, sont des points.
"""


class Recorder(CaptureWriter):
    """Keeps what passes over a port in memory. began_at: its time 0 on the clock of the chunks."""

    def __init__(self, began_at: float) -> None:
        self._began_at = began_at
        self.entries: list[Entry] = []

    def write(self, at: float, direction: Direction, data: bytes) -> None:
        """Add bytes that passed."""
        self.entries.append(Entry(max(0.0, at - self._began_at), direction, data))

    def close(self) -> None:
        """There is nothing to close."""


@dataclass
class Gathered:
    """All that was read of one device. missing: what could not be, with the reason."""

    profile: Profile
    address: int
    at_ms: int
    header: CaptureHeader
    read: PackRead | None = None
    held: Held | None = None
    records: list[dict[str, Any]] = field(default_factory=list)
    entries: Sequence[Entry] = ()
    noise: Mapping[str, int] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Packed:
    """What a support file holds. files: by name, as they go into it. replaced: for the person, not for the file."""

    files: Mapping[str, bytes]
    replaced: tuple[Replaced, ...]
    blanked: int
    missing: Mapping[str, str]


async def gather(
    conversation: Conversation,
    recorder: Recorder,
    port: Port,
    address: int,
    *,
    now_ms: Callable[[], int],
    store: RecordStore | None = None,
    log: Sequence[Mapping[str, Any]] = (),
    told: Callable[[str], None] = lambda _: None,
) -> Gathered:
    """Ask a device all that can be read, once. Only reads. port: the recorded one.

    store, log: what is kept of it. What gets no answer is told in ``missing``. Raises NoAnswer, LinkLost where nothing
    was read.
    """
    profile = conversation.profile
    started = datetime.fromtimestamp(now_ms() / 1000.0, UTC)
    header = CaptureHeader(port.url, started, port.baud, profile.name)
    got = Gathered(profile, address, now_ms(), header)
    told("readings")
    got.read = await read_pack(conversation, address, "pack", now_ms)
    got.missing |= got.read.missing
    try:
        if profile.settings:
            told("settings")
            got.held = await read_held(conversation, address)
            got.missing |= got.held.missing
        await _records(got, conversation, store, log, now_ms, told)
        told("rest")
        await _others(got, conversation, recorder)
    except (NoAnswer, LinkLost, Refused) as error:
        got.missing[REST] = str(error)
    got.entries = tuple(recorder.entries)
    got.noise = {str(why): count for why, count in conversation.counters.noise.items() if count}
    return got


async def _records(
    got: Gathered,
    conversation: Conversation,
    store: RecordStore | None,
    log: Sequence[Mapping[str, Any]],
    now_ms: Callable[[], int],
    told: Callable[[str], None],
) -> None:
    if store is None or not got.profile.records.there:
        return
    told("records")
    intake = store.reading(now_ms())
    try:
        intake.end(await read_records(conversation, got.address, take=intake.take))
    except (NoAnswer, Refused) as no:
        got.missing["records"] = str(no)
    got.records = [row.plain() for row in rows_of(store, log)]


async def _others(got: Gathered, conversation: Conversation, recorder: Recorder) -> None:
    """Ask what nobody has asked yet, so that the recording is whole."""
    codec = got.profile.codec()
    sent = {one.data for one in recorder.entries if one.direction is Direction.TO_DEVICE}
    for message in got.profile.dialect.messages:
        if message.writes or message.of_bank or message.name in got.missing:
            continue
        try:
            if codec.ask(message.name, got.address)[1] not in sent:
                await conversation.ask(message.name, got.address)
        except EncodeError:
            continue  # its request needs more than an address
        except (NoAnswer, Refused) as no:
            got.missing[message.name] = str(no)


def pack(got: Gathered, scrubber: Scrubber | None = None) -> Packed:
    """Take what is private out and put the rest into files. Raises WattsteadError where something private is left."""
    scrubber = scrubber or Scrubber(SystemRandom())
    capture = Capture(got.header, tuple(got.entries))
    for place in places_in(got.header.url):
        scrubber.hide(place, "the-line")
    cleaned = _cleaned(got, capture, scrubber)
    files = {
        "about.json": _json(scrubber.plain(_about(got, scrubber, cleaned))),
        "readings.json": _json(scrubber.plain(_readings(got))),
        **_records_file(got, scrubber),
        CAPTURE: header_text(cleaned.capture.header) + "".join(map(entry_text, cleaned.capture.entries)),
        **_settings(got, scrubber),
    }
    holds = "\n".join(f"{name:<22}{text}" for name, text in _HOLDS.items() if name in files)
    files = {"README.txt": _SAY.format(holds=holds), **files}
    packed = {name: text.encode("utf-8") for name, text in files.items()}
    left = [name for name, data in packed.items() if name != "README.txt" and scrubber.leaks_in_text(data)]
    left += [CAPTURE] if any(scrubber.leaks(one.data) for one in cleaned.capture.entries) else []
    if left:
        raise WattsteadError(f"something private would be left in {', '.join(left)}: nothing was written; tell us")
    return Packed(packed, scrubber.replaced, cleaned.blanked, got.missing)


def _cleaned(got: Gathered, capture: Capture, scrubber: Scrubber) -> Cleaned:
    """Learn what is private, in the recording and in all else that was read, and take it out of the recording."""
    if got.profile.link.framing == "can":
        cleaned = clean_bus(got.profile, capture, scrubber)
        _learn(got, scrubber)
        return cleaned
    learn_capture(got.profile, capture, scrubber)
    _learn(got, scrubber)
    return clean_capture(got.profile, capture, scrubber)


def write(packed: Packed, path: Path) -> None:
    """Write the zip whole or not at all. Raises FileError where that cannot be, UsageError where the file exists."""
    if path.exists():
        raise UsageError(f"{path}: this file exists already; choose another name, or remove it")
    part = path.with_name(f"{path.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as out:
            for name, data in packed.files.items():
                out.writestr(name, data)
        part.replace(path)
    except OSError as error:
        raise FileError(f"{path}: cannot write here ({error.strerror}); choose another folder") from None


def _learn(got: Gathered, scrubber: Scrubber) -> None:
    """Learn what is private in values that were read, as far as the conversation has not told it."""
    for values in (got.read.snapshot.values if got.read else {}, got.held.values if got.held else {}):
        for name, value in values.items():
            if kind := got.profile.private.kind(name):
                scrubber.learn(kind, value)
    for name, value in (got.held.identity if got.held else {}).items():
        if kind := got.profile.private.kind(name):
            scrubber.learn(kind, value)


def places_in(url: str) -> tuple[str, ...]:
    """Give what a URL says of a place: itself, host, path; the longest first."""
    rest = url.partition("://")[2] or url
    where = rest.partition("?")[0]
    host = where.partition("/")[0].rpartition(":")[0].strip("[]")
    path = where.partition("/")[2]  # of an adapter on a bus: can://slcan//dev/serial/by-id/…
    named = {url, rest, where, where.strip("/"), host, path if path.startswith("/") else ""}
    return tuple(sorted((one for one in named if len(one) > 2), key=len, reverse=True))


def _readings(got: Gathered) -> dict[str, Any]:
    if got.read is None:
        return {}
    snapshot = got.read.snapshot
    active = None if snapshot.active is None else list(snapshot.active)
    values = {
        name: value for name, value in snapshot.values.items() if not _is_private_number(got.profile, name, value)
    }
    return {"at_ms": snapshot.at_ms, "values": values, "active": active, "doubt": got.read.doubt}


def _is_private_number(profile: Profile, name: str, value: object) -> bool:
    """Whether it is private and no text, so that no other of its form takes its place."""
    return bool(profile.private.kind(name)) and isinstance(value, int | float)


def _settings(got: Gathered, scrubber: Scrubber) -> dict[str, str]:
    if got.held is None:
        return {}
    found = check_set(got.profile, got.held.values)
    findings = [{"rule": one.rule, "names": list(one.names), "error": one.error, "text": one.text} for one in found]
    held = Held(scrubber.plain(got.held.values), {}, {}, scrubber.plain(got.held.identity))
    text = to_toml(got.profile, held.as_set(got.profile, "support file", got.address, got.at_ms))
    return {"settings.toml": scrubber.text(text), "findings.json": _json(scrubber.plain(findings))}


def _records_file(got: Gathered, scrubber: Scrubber) -> dict[str, str]:
    if not got.profile.records.there:
        return {}
    lines = (json.dumps(scrubber.plain(one), ensure_ascii=False) for one in got.records)
    return {"records.jsonl": "".join(f"{line}\n" for line in lines)}


def _about(got: Gathered, scrubber: Scrubber, cleaned: Cleaned) -> dict[str, Any]:
    return {
        "wattstead": version("wattstead"),
        "python": sys.version.split()[0],
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packages": {name: one for name in _PACKAGES if (one := _version(name))},
        "profile": got.profile.name,
        "address": got.address,
        "baud": got.header.baud or _bitrate(got.header.url),
        "line": cleaned.capture.header.url.partition("://")[0],
        "read": datetime.fromtimestamp(got.at_ms / 1000.0, UTC).isoformat(timespec="seconds"),
        "frames": {"understood": cleaned.frames, "not_understood": cleaned.strange, "noise": dict(got.noise)},
        "missing": got.missing,
        "replaced": [{"kind": one.kind, "now": one.now} for one in scrubber.replaced],
        "blanked_bytes": cleaned.blanked,
    }


def _bitrate(url: str) -> int | None:
    """Give the speed of a bus, None for all that is none."""
    bus = parse_url(url) if url.startswith("can://") else None
    return bus.bitrate if isinstance(bus, CanUrl) else None


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=_said) + "\n"


def _said(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def began_at() -> float:
    """Give the time 0 of a recording that begins now."""
    return asyncio.get_running_loop().time()
