"""The link under which clients find a pseudo-terminal, and the lock that says whose it is. POSIX only."""

import fcntl
import os
import re
from pathlib import Path

from wattstead.link.holders import holders
from wattstead.model.errors import LinkLost

_TERMINAL = re.compile(r"/dev/(pts/|ttys)\d+")


class PtyLink:
    """A symbolic link to a terminal, ours alone while its lock is held.

    After a crash the link stays behind and its terminal's number may already serve somebody else. So the link itself
    cannot tell whether it is stale; the lock beside it can, because the system lets it go with the process.
    Raises LinkLost where the path is taken or cannot be written.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._lock_path = self._path.with_name(f".{self._path.name}.wattstead-lock")
        self._device: str | None = None
        self._check_free()
        try:
            self._lock: int | None = self._take_lock()
        except OSError as error:
            raise LinkLost(f"{path}: cannot write in {self._path.parent} ({error.strerror}); choose another") from error

    def lead_to(self, device: str) -> None:
        """Make the link, in place of a stale one at once."""
        fresh = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            fresh.symlink_to(device)
            fresh.replace(self._path)
        except OSError as error:
            raise LinkLost(f"{self._path}: cannot make the link ({error.strerror}); choose another path") from error
        self._device = device

    def remove(self) -> None:
        """Take the link away, unless somebody put another one there, and let the lock go."""
        if self._lock is None:
            return
        if self._path.is_symlink() and str(self._path.readlink()) == self._device:
            self._path.unlink()
        self._lock_path.unlink(missing_ok=True)
        os.close(self._lock)
        self._lock = None

    def _check_free(self) -> None:
        if not self._path.parent.is_dir():
            folder = self._path.parent
            raise LinkLost(f"{self._path}: the folder {folder} does not exist; create it, or choose another path")
        if self._path.is_symlink():
            target = str(self._path.readlink())
            if not _TERMINAL.fullmatch(target):
                raise LinkLost(f"{self._path}: this is a link to {target} already; choose another path, or remove it")
        elif self._path.exists():
            kind = "folder" if self._path.is_dir() else "file"
            raise LinkLost(f"{self._path}: there is a {kind} of this name already; choose another path")

    def _take_lock(self) -> int:
        while True:
            lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                os.close(lock)
                who = holders(self._lock_path) or "another program"
                remedy = "stop that one, or choose another path"
                raise LinkLost(f"{self._path}: {who} serves a virtual device here; {remedy}") from error
            if self._is_current(lock):
                return lock
            os.close(lock)

    def _is_current(self, lock: int) -> bool:
        """Tell whether the file that we locked is still the one on disk; its last owner may have just removed it."""
        try:
            return os.path.samestat(os.fstat(lock), self._lock_path.stat())
        except FileNotFoundError:
            return False
