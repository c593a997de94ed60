"""How old the values of sixteen packs on one 19200 baud bus are, as the API gives them.

The whole way: virtual packs on a paced pseudo-terminal in one process, ``wattstead serve`` in another, and this one
asks ``/api/v1/packs`` ten times a second. Limit: no pack older than 3.2 s at a turnaround of 0, also with a dead
address among them. A turnaround of 50 ms is shown beside it.
"""

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("wattstead")
PACKS = 16
LIMIT_S = 3.2
WATCHED_S = 75.0
SETTLED_S = 60.0  # by then each pack has said who it is


def main() -> int:
    """Print a table; exit status 1 where the limit is missed."""
    print(f"{PACKS} packs, 19200 baud      oldest     95 %   oldest once all have said who they are")
    missed = False
    for turnaround_ms, dead in ((0, False), (0, True), (50, False)):
        ages = watch(turnaround_ms, dead=dead)
        every = sorted(age for _, age in ages)
        settled = max(age for at, age in ages if at > SETTLED_S)
        name = f"{turnaround_ms} ms{', one dead' if dead else ''}"
        print(f"{name:24} {every[-1]:7.2f} s {every[int(0.95 * len(every))]:6.2f} s {settled:7.2f} s", flush=True)
        missed |= turnaround_ms == 0 and every[-1] > LIMIT_S
    return 1 if missed else 0


def watch(turnaround_ms: int, *, dead: bool) -> list[tuple[float, float]]:
    """Give (seconds since all had spoken, age in s) of every living pack at every look."""
    alive = PACKS - dead
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        start(
            stack,
            "simulate",
            "seplos-v2",
            f"--on=pty://{folder}/bus",
            f"--packs={alive}",
            f"--turnaround={turnaround_ms}",
        )
        packs = ", ".join(f"{{ address = {address} }}" for address in range(PACKS))
        (folder / "plant.toml").write_text(
            f'[store]\npath = "{folder}/plant.db"\n[http]\nport = 0\n[[bus]]\nname = "bus"\n'
            f'url = "serial://{folder}/bus"\nprofile = "seplos-v2"\ninterval_s = 0\npacks = [{packs}]\n'
        )
        url = start(stack, "serve", f"--config={folder}/plant.toml")
        return look(url, alive)


def start(stack: ExitStack, *words: str) -> str:
    """Start a verb that ends with the stack; give the URL that it is ready at."""
    process = stack.enter_context(subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE, text=True))
    stack.callback(process.terminate)
    assert process.stdout is not None
    return process.stdout.readline().split()[-1]


def look(url: str, alive: int) -> list[tuple[float, float]]:
    """Ask until the time is over, counted from when all living packs have spoken."""
    found: list[tuple[float, float]] = []
    began_s = None
    while began_s is None or time.monotonic() < began_s + WATCHED_S:
        with urllib.request.urlopen(f"{url}api/v1/packs") as answer:
            packs = json.load(answer)["packs"][:alive]
        if all(pack["latest"] for pack in packs):
            began_s = began_s or time.monotonic()
            found += [(time.monotonic() - began_s, pack["latest"]["age_s"]) for pack in packs]
        time.sleep(0.1)
    return found


if __name__ == "__main__":
    sys.exit(main())
