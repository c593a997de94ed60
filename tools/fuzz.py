"""Feed every reader with bytes that nobody meant: it understands them or says DecodeError, soon, in little memory.

Try it with `python tools/fuzz.py --inputs 100000`, on both cores with `--jobs 2`, the long run with
`nice -n 15 python tools/fuzz.py --inputs 10000000 --jobs 2 --keep fuzz-run`. What is done is kept in that folder: the
same command goes on where it was stopped. Six inputs of ten have right checks, so that they reach the fields. Each
input may take half a second of a processor; every thousandth is run with all its memory measured. What fails is written
to the folder, and `--again FOLDER` tries it once more. docs/fuzzing.md has what came of it.
"""

import argparse
import gc
import json
import os
import resource
import signal
import sys
import time
import traceback
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent))

from fuzz_targets import Target, targets

BATCH: Final = 2000
SOUND: Final = 0.6
"""Share of the inputs whose checks are right."""
LIMIT_S: Final = 0.5
"""Of one processor, for one input. A real frame takes far below a thousandth of it."""
LIMIT_KB: Final = 8192
"""What reading one input may take at its peak."""
SAMPLE: Final = 1000
_ADDRESS_SPACE: Final = 4 << 30


class Hang(BaseException):
    """An input took too long. No reader's own ``except`` catches it."""


@dataclass
class Finding:
    """What went wrong with which bytes. seed: what chance was made of while they were read."""

    target: str
    data: str
    seed: str
    why: str


@dataclass
class Result:
    """What came of one batch. by: of each target its counts. longest_ms, longest, peak_kb, rss_kb: the worst."""

    batch: int
    by: dict[str, Counter[str]] = field(default_factory=dict)
    longest_ms: float = 0.0
    longest: str = ""
    peak_kb: float = 0.0
    rss_kb: int = 0
    findings: list[Finding] = field(default_factory=list)

    def line(self) -> str:
        """Give it as a line of JSON."""
        return json.dumps({**vars(self), "findings": [vars(one) for one in self.findings]})


@cache
def _targets() -> tuple[Target, ...]:
    return tuple(targets())


def batch(number: int, seed: int, inputs: int = BATCH) -> Result:
    """Feed so many inputs, to all targets by turns. The same number and seed give the same inputs."""
    result, all_of_them = Result(number), _targets()
    signal.signal(signal.SIGVTALRM, _hang)
    for turn in range(inputs):
        target = all_of_them[(number * inputs + turn) % len(all_of_them)]
        text = f"{seed}:{number}:{turn}"
        rng = Random(text)
        is_sound = rng.random() < SOUND
        counts = result.by.setdefault(target.name, Counter())
        counts["inputs"] += 1
        counts["sound"] += is_sound
        data = target.sound(rng) if is_sound else target.broken(rng)
        _one(target, data, f"{text}:read", counts, result, measured=turn % SAMPLE == number % SAMPLE)
    result.rss_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return result


def _one(target: Target, data: bytes, seed: str, counts: Counter[str], result: Result, *, measured: bool) -> None:
    """Read one input under the limits of time and memory."""
    gc.disable()  # what others left behind is not this reader's time, and what ends there swallows our signal
    if measured:
        tracemalloc.start()
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_S * (10 if measured else 1))
    began_s = time.thread_time()
    why = ""
    try:
        target.read(data, Random(seed), counts)
    except Hang:
        why = f"still at it after {LIMIT_S} s:\n{traceback.format_exc(limit=-6)}"
    except Exception:  # noqa: BLE001 - whatever it is, it is what we look for
        why = traceback.format_exc(limit=-6)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        gc.enable()
    if measured:
        peak_kb = tracemalloc.get_traced_memory()[1] / 1024
        tracemalloc.stop()
        result.peak_kb = max(result.peak_kb, peak_kb)
        why = why or (f"{peak_kb:.0f} kB at its peak, at most {LIMIT_KB} are right" if peak_kb > LIMIT_KB else "")
    else:
        took_ms = (time.thread_time() - began_s) * 1000
        if took_ms > result.longest_ms:
            result.longest_ms, result.longest = took_ms, f"{target.name} {seed} {data.hex()}"
    if why:
        counts["failed"] += 1
        result.findings.append(Finding(target.name, data.hex(), seed, why))


def _hang(_: int, __: FrameType | None) -> None:
    raise Hang


def _narrow() -> None:
    """Bound what a worker may have, so that a leak ends in a finding and not in a dead machine."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))


class Kept:
    """The folder of a long run: a line a batch. Without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / "batches.jsonl" if folder else None
        self.total = Result(-1)
        self.done: set[int] = set()
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        for line in self._lines():
            said = json.loads(line)
            said["by"] = {name: Counter(counts) for name, counts in said["by"].items()}
            said["findings"] = [Finding(**one) for one in said["findings"]]
            self._count(Result(**said))

    def add(self, result: Result) -> None:
        """Take in one batch."""
        if self._file:
            with self._file.open("a", encoding="utf-8") as file:
                file.write(result.line() + "\n")
        self._count(result)

    def _lines(self) -> list[str]:
        if self._file is None or not self._file.is_file():
            return []
        text = self._file.read_text(encoding="utf-8")
        return text[: text.rfind("\n") + 1].splitlines()  # a line that was cut is a batch that is not done

    def _count(self, result: Result) -> None:
        self.done.add(result.batch)
        for name, counts in result.by.items():
            self.total.by.setdefault(name, Counter()).update(counts)
        if result.longest_ms > self.total.longest_ms:
            self.total.longest_ms, self.total.longest = result.longest_ms, result.longest
        self.total.peak_kb = max(self.total.peak_kb, result.peak_kb)
        self.total.rss_kb = max(self.total.rss_kb, result.rss_kb)
        self.total.findings += result.findings


def run(inputs: int, jobs: int, seed: int, kept: Kept, until_s: float) -> None:
    """Do what is left of so many inputs, on so many processors, and say now and then how far it is."""
    left = iter([number for number in range(-(-inputs // BATCH)) if number not in kept.done])
    told_s = time.monotonic()
    with ProcessPoolExecutor(jobs, initializer=_narrow) as pool:
        busy = {pool.submit(batch, number, seed) for _, number in zip(range(jobs), left, strict=False)}
        while busy:
            done, busy = wait(busy, return_when=FIRST_COMPLETED)
            for one in done:
                kept.add(one.result())
                busy |= set(_next(pool, left, seed, until_s))
            if time.monotonic() - told_s > 30:
                told_s = time.monotonic()
                print(
                    f"{len(kept.done) * BATCH} inputs, {len(kept.total.findings)} failed", file=sys.stderr, flush=True
                )


def _next(pool: ProcessPoolExecutor, left: Iterator[int], seed: int, until_s: float) -> Iterator["Future[Result]"]:
    if time.monotonic() < until_s and (number := next(left, None)) is not None:
        yield pool.submit(batch, number, seed)


def again(folder: Path) -> int:
    """Try what failed once more. Gives how much still does."""
    by_name = {one.name: one for one in _targets()}
    signal.signal(signal.SIGVTALRM, _hang)
    still = Result(-1)
    for finding in Kept(folder).total.findings:
        if target := by_name.get(finding.target):
            _one(target, bytes.fromhex(finding.data), finding.seed, Counter(), still, measured=False)
    _print_findings(still)
    return len(still.findings)


def _print_findings(result: Result) -> None:
    kinds: dict[str, list[Finding]] = {}
    for one in result.findings:
        kinds.setdefault(one.why.strip().splitlines()[-1][:100] + "".join(one.why.splitlines()[-3:-1]), []).append(one)
    for same in kinds.values():
        first = min(same, key=lambda one: len(one.data))
        print(f"\n{first.target}, {len(same)} times:\n  {first.data}\n{first.why}")


def report(result: Result) -> Iterator[str]:
    """Give the table for docs/fuzzing.md."""
    yield "| reader | inputs | checks right | frames | understood |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    total: Counter[str] = Counter()
    for name, counts in sorted(result.by.items()):
        total.update(counts)
        yield _row(name, counts)
    yield _row("**all**", total)
    yield ""
    yield f"failed: {len(result.findings)}; longest input {result.longest_ms:.0f} ms of a processor; most memory"
    yield f"for one {result.peak_kb:.0f} kB (every {SAMPLE}th measured); largest process {result.rss_kb / 1024:.0f} MB"
    yield f"longest: {result.longest[:200]}"


def _row(name: str, counts: Any) -> str:
    share = 100 * counts["sound"] / max(1, counts["inputs"])
    return f"| {name} | {counts['inputs']} | {share:.0f} % | {counts['frames']} | {counts['understood']} |"


def main() -> int:
    """Run it. Gives the exit status: 1 where something failed."""
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("--inputs", type=int, default=100_000)
    words.add_argument("--jobs", type=int, default=1)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long, and go on another time")
    words.add_argument("--keep", type=Path, help="folder for what is done and what failed")
    words.add_argument("--again", type=Path, metavar="FOLDER", help="try what failed once more")
    said = words.parse_args()
    if said.again:
        return 1 if again(said.again) else 0
    kept = Kept(said.keep)
    run(said.inputs, min(said.jobs, os.cpu_count() or 1), said.seed, kept, time.monotonic() + said.seconds)
    _print_findings(kept.total)
    print("\n".join(report(kept.total)))
    return 1 if kept.total.findings else 0


if __name__ == "__main__":
    sys.exit(main())
