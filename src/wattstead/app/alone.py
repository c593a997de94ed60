"""One program writes a store: two that poll into the same file would mix two lives of one battery."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wattstead.model.errors import UsageError


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a lock beside the file; the system lets go of it when the program ends, however it ends.

    Raises UsageError where another program holds it. On Windows there is no such lock, and nothing is checked.
    """
    if os.name != "posix":
        yield
        return
    import fcntl

    with path.with_name(f".{path.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"{path} is in use by another wattstead; end that one, or choose another folder") from None
        yield
