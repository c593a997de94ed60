"""A cable between two serial ports of this machine: an slcan adapter at each end makes a CAN bus of it."""

import contextlib
import os
import pty
import select
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

from program import PATIENCE_S


@contextlib.contextmanager
def joined_ports(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Two serial ports joined by a cable: what a program writes to one, another reads from the other."""
    ends = [pty.openpty() for _ in range(2)]
    links = []
    for number, (master, slave) in enumerate(ends):
        tty.setraw(slave)
        os.set_blocking(master, False)
        link = folder / f"end{number}"
        link.symlink_to(os.ttyname(slave))
        links.append(link)
    stop_out, stop_in = os.pipe()
    (first, _), (second, _) = ends

    def pump() -> None:
        while True:
            ready, _, _ = select.select([first, second, stop_out], [], [])
            if stop_out in ready:
                return
            for one in ready:
                with contextlib.suppress(BlockingIOError):  # nobody reads there: a line does not wait for anybody
                    os.write(second if one == first else first, os.read(one, 4096))

    thread = threading.Thread(target=pump, daemon=True)
    thread.start()
    yield links[0], links[1]
    os.write(stop_in, b"x")
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    for fd in (stop_out, stop_in, *(fd for end in ends for fd in end)):
        os.close(fd)
