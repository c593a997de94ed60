"""The boot loaders of a virtual bank, one a pack: what they keep, and what the packs say of it."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from wattstead.catalog.profile import Profile
from wattstead.catalog.upgrade_spec import UpgradeSpec
from wattstead.catalog.upgrade_state import declared, speaks_against
from wattstead.virtual.live import LiveBank
from wattstead.virtual.loader import Loader, Make
from wattstead.virtual.loader_faults import Faults
from wattstead.virtual.loader_flash import FileFlash, Flash, MemoryFlash
from wattstead.virtual.loader_slots import Store
from wattstead.wire.upgrade_image import Head, Image, parse_version

_SHIPPED_BYTES: Final = 1000


def factory_image(profile: Profile) -> Image:
    """Give the image that a virtual device runs as shipped. Its content is made up: nobody executes it."""
    spec = declared(profile)
    seed = f"{spec.model} {spec.version}".encode()
    content = b"".join(hashlib.sha256(seed + bytes((one,))).digest() for one in range(_SHIPPED_BYTES // 32))
    revision = (spec.hardware, spec.hardware)
    version = parse_version(spec.version)
    return Image.make(content, model=spec.model, version=version, hardware=revision, block_bytes=spec.block_bytes)


class Loaders:
    """live: the bank whose packs they belong to. clock_s: any clock. path: the file that keeps the images of all packs.

    Without a file they are kept as long as the program runs. Raises UsageError for a profile without ``[upgrade]``.
    """

    def __init__(self, live: LiveBank, clock_s: Callable[[], float], path: Path | None = None) -> None:
        self._live, self._profile = live, live.bank.profile
        spec = declared(self._profile)
        size = Store.size(spec.slot_bytes)
        self._files: list[FileFlash] = []
        self.by_address: dict[int, Loader] = {}
        for place, pack in enumerate(live.bank.packs):
            flash: Flash = MemoryFlash(size)
            if path is not None:
                self._files.append(FileFlash(path, place * size, size))
                flash = self._files[-1]
            serial = str(pack.says.get("serial_number", ""))
            loader = Loader(_make(spec, serial), Store(flash, spec.slot_bytes), clock_s, partial(self._unfit, place))
            loader.ship(factory_image(self._profile))
            loader.restarts = partial(self._started, place)
            loader.start()
            self.by_address[live.bank.addresses[place]] = loader

    def answer(self, address: int, asked: bytes) -> bytes | None:
        """Answer a question, b"" for the first one; None where nothing is said."""
        loader = self.by_address.get(address)
        if loader is None:
            return None
        self._live.before()  # a state file may say what goes wrong
        answer = loader.answer(asked)
        self._tell()
        return answer

    def is_there(self, address: int | None = None) -> bool:
        """Whether the device speaks; None for the pack that speaks for all. Others are not our concern."""
        first = next(iter(self.by_address.values()))
        loader = first if address is None else self.by_address.get(address)
        return loader is None or loader.speaks

    def fail(self, faults: Faults) -> None:
        """Let this go wrong from now on, in all packs."""
        for loader in self.by_address.values():
            loader.faults = faults

    def close(self) -> None:
        """Let the file go."""
        for file in self._files:
            with suppress(OSError):
                file.close()

    def _unfit(self, place: int) -> str:
        self._live.catch_up()
        report = self._live.bank.report(place)
        return "; ".join(speaks_against(self._profile, report.values, report.active))

    def _started(self, place: int, runs: Head | None) -> None:
        """Let the pack say the version that it runs."""
        says, field = self._live.bank.packs[place].says, declared(self._profile).tells
        if runs is None or not field:
            return
        major, minor, _ = runs.version
        says[field] = major if isinstance(says.get(field), int) else f"{major}.{minor}"

    def _tell(self) -> None:
        """Let the packs say how far they are, where their wire has fields for it."""
        shows = declared(self._profile).shows
        if not shows:
            return
        at_work = [(place, one) for place, one in enumerate(self.by_address.values()) if one.at_work]
        place, loader = at_work[0] if at_work else (0, None)
        slot = loader.coming if loader else None
        pct = round(100 * len(slot.held) / slot.head.blocks) if slot and slot.head else 0
        told: dict[str, Any] = {"busy": int(bool(at_work)), "pct": pct, "place": place + 1 if loader else 0}
        for number, role in enumerate(("master", "slave")):
            told[role] = "programming" if loader and bool(place) == bool(number) else "normal"
        for one in self._live.bank.packs:
            one.says |= {field: told[what] for field, what in shows.items()}


def _make(spec: UpgradeSpec, serial: str) -> Make:
    size = (spec.block_bytes, spec.slot_bytes)
    return Make(spec.model, spec.hardware, serial, *size, spec.restart_s, spec.confirm_s)
