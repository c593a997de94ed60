"""Who holds a device file: so that a busy port names its culprit. Linux only; elsewhere nobody is found."""

import os
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")


def holders(device: Path) -> str:
    """Name the programs that locked the device, else those that have it open: ``minicom (process 4711)``, or "".

    Ordinary users see the open files of their own programs only; locks of all.
    """
    try:
        (_PROC / "locks").stat()  # only Linux has it
        seen = device.stat()
    except OSError:
        return ""
    processes = set(_locking(seen)) or set(_having_open(seen))
    return ", ".join(_named(process) for process in sorted(processes))


def _locking(device: os.stat_result) -> Iterator[int]:
    """Read the kernel's table of locks: number, kind, manner, access, process, major:minor:inode, range."""
    place = f"{os.major(device.st_dev):02x}:{os.minor(device.st_dev):02x}:{device.st_ino}"
    try:
        table = (_PROC / "locks").read_text(encoding="ascii")
    except OSError:
        return
    for line in table.splitlines():
        words = line.replace("->", "").split()
        if len(words) > 5 and words[5] == place and int(words[4]) > 0:
            yield int(words[4])


def _having_open(device: os.stat_result) -> Iterator[int]:
    for process in _inside(_PROC):
        if process.name.isdigit() and any(_is_same(file, device) for file in _inside(process / "fd")):
            yield int(process.name)


def _inside(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []  # not ours to look into, or gone by now


def _is_same(file: Path, device: os.stat_result) -> bool:
    try:
        return os.path.samestat(file.stat(), device)
    except OSError:
        return False


def _named(process: int) -> str:
    try:
        name = (_PROC / str(process) / "comm").read_text(encoding="utf-8").strip()
    except OSError:
        return f"process {process}"
    return f"{name} (process {process})"
