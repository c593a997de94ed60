"""Do the tests notice? Change one operator, number or statement at a time in a copy, and see whether a test fails.

Try it with `python tools/mutate.py model battery --mutants 120`, `python tools/mutate.py kernel --mutants 60` or
`python tools/mutate.py --again`.

What was found is kept in tools/mutation.json and shown by docs/mutation.md (``make docs``); ``--again`` tries the
survivors once more, after tests were written. Works in copies of the last commit, never in the tree itself. The tests
are the fast ones nearest to the file: some cases of each long table first, then all. Kernels are compiled in the copy,
with less care for speed: some 40 s of work a mutant.
"""

import argparse
import json
import math
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock, Timer

from mutants import FOLDERS, Mutant, by_key, sample

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "tools/mutation.json"
NAMES = {Path(folder).name: folder for folder in FOLDERS}
LEAST_S, TIMES = 60.0, 4.0
"""A run that takes so many times the processor that it takes without a change, and at least so much, has hung: that is
noticed."""
ASLEEP_S = 3600.0
"""A run that waits for ever is ended by the clock."""

ENGINE = [
    "tests/battery/test_requirements.py",
    "tests/battery/test_sense.py",
    "tests/battery/test_cell.py",
    "tests/battery/test_bank.py",
    "tests/battery/test_golden.py",
    "tests/battery/test_against_reference.py",
    "tests/battery/test_estimate.py",
    "tests/battery/test_fleet.py",
]
PRESETS = ["tests/catalog/test_packs.py", "tests/presets", "tests/battery/test_preset.py"]
PANELS = ["tests/model/test_panel.py", "tests/catalog/test_panels.py", "tests/virtual/test_inputs.py"]
TESTS = {
    "kernel/estimate.py": ["tests/battery/test_estimate.py", *ENGINE],
    "kernel/correct.py": ["tests/battery/test_estimate.py", *ENGINE],
    "kernel/share.py": ["tests/battery/test_bank.py", *ENGINE],
    "kernel/measure.py": ["tests/battery/test_sense.py", "tests/battery/test_measure.py", *ENGINE],
    "kernel/": ENGINE,
    "battery/age.py": ["tests/battery/test_age.py"],
    "battery/bank.py": ["tests/battery/test_bank.py", "tests/battery/test_fleet.py"],
    "battery/behaviour.py": ["tests/battery/test_preset.py", "tests/presets", "tests/model"],
    "battery/check.py": ["tests/battery/test_preset.py", "tests/battery/test_fleet.py", "tests/battery/test_save.py"],
    "battery/curves.py": [
        "tests/battery/test_curves.py",
        "tests/battery/test_ocv.py",
        "tests/battery/test_cellmodel.py",
    ],
    "battery/estimator.py": ["tests/battery/test_estimate.py"],
    "battery/inputs.py": ["tests/battery/test_fleet.py", "tests/virtual/test_inputs.py"],
    "battery/join.py": ["tests/battery/test_join.py", "tests/virtual/test_joining.py"],
    "battery/make.py": ["tests/presets", "tests/battery/test_requirements.py", "tests/battery/test_golden.py"],
    "battery/measure.py": ["tests/battery/test_measure.py", "tests/battery/test_requirements.py"],
    "battery/ocv.py": ["tests/battery/test_ocv.py", "tests/battery/test_curves.py"],
    "battery/preset.py": ["tests/battery/test_preset.py", "tests/presets"],
    "battery/record.py": ["tests/battery/test_record.py"],
    "battery/request.py": ["tests/battery/test_request.py"],
    "battery/save.py": ["tests/battery/test_save.py"],
    "battery/wear.py": ["tests/battery/test_wear.py", "tests/battery/test_age.py"],
    "battery/": [*ENGINE, "tests/battery/test_save.py", "tests/battery/test_record.py"],
    "model/bank": ["tests/model/test_bank.py", "tests/virtual/test_bank.py", "tests/virtual/test_joining.py"],
    "model/can.py": ["tests/link/test_can.py", "tests/link/test_can_log.py"],
    "model/lamp.py": PANELS,
    "model/panel": PANELS,
    "model/preset_check.py": ["tests/model/test_preset_check.py", "tests/presets"],
    "model/protection.py": [*PRESETS, "tests/battery/test_reference.py"],
    "model/reading.py": [
        "tests/virtual/test_bank.py",
        "tests/battery/test_measure.py",
        "tests/store/test_roundtrip.py",
    ],
    "model/": [*PRESETS, "tests/catalog", "tests/model/test_preset_check.py"],
}


@dataclass(frozen=True)
class Run:
    """One run of tests. said: what pytest printed. took_s: of a processor."""

    passed: bool
    said: str
    took_s: float


@dataclass(frozen=True)
class Plain:
    """How tests do without any change. fails: those that fail so, and are left out. took_s: of a processor, all."""

    fails: tuple[str, ...]
    took_s: float


def tests_of(file: str) -> tuple[str, ...]:
    """Give the tests that look at a file: the first entry of the table counts."""
    return tuple(dict.fromkeys(next(tests for part, tests in TESTS.items() if part in file)))


class Bench:
    """A copy of the last commit in which one mutant after another is tried."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        folder.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x"], cwd=folder, input=packed, check=True)
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(folder / "src"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "XDG_CACHE_HOME": str(folder / "cache"),
            "NUMBA_OPT": "1",
            "NUMBA_LOOP_VECTORIZE": "0",
            "NUMBA_SLP_VECTORIZE": "0",
        }
        self._plain: dict[tuple[str, ...], Plain] = {}
        self._kept: set[Path] = set()

    def plain(self, tests: tuple[str, ...]) -> Plain:
        """Run tests without any change, once."""
        if tests not in self._plain:
            self._run(tests, (), None, quick=True)  # compiles
            run = self._run(tests, (), None)
            fails = tuple(re.findall(r"^(?:FAILED|ERROR) (\S+)", run.said, re.MULTILINE))
            self._plain[tests] = Plain(fails, run.took_s)
            self._kept = self._compiled()
        return self._plain[tests]

    def failing(self) -> set[str]:
        """Give the tests that fail without any change."""
        return {test for plain in self._plain.values() for test in plain.fails}

    def notices(self, mutant: Mutant) -> bool:
        """Try one mutant: whether a test fails, or hangs."""
        tests, path = tests_of(mutant.file), self.root / mutant.file
        plain = self.plain(tests)
        compiling_s = 400.0 if "/kernel/" in mutant.file else 0.0
        whole = path.read_text(encoding="utf-8")
        path.write_text(mutant.source, encoding="utf-8")
        limit_s = max(LEAST_S, TIMES * plain.took_s) + compiling_s
        try:
            return any(not self._run(tests, plain.fails, limit_s, quick=quick).passed for quick in (True, False))
        finally:
            path.write_text(whole, encoding="utf-8")
            self._forget()

    def _forget(self) -> None:
        """Remove the compiled kernels of a mutant."""
        for one in self._compiled() - self._kept:
            shutil.rmtree(one)

    def _compiled(self) -> set[Path]:
        return set((self.root / "cache/wattstead/kernels").glob("*"))

    def _run(
        self, tests: tuple[str, ...], without: tuple[str, ...], limit_s: float | None, *, quick: bool = False
    ) -> Run:
        """Run tests. quick: a few cases of each long table, in which most mutants are noticed already."""
        command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-n", "0", "-p", "no:cacheprovider"]
        command += ["-m", "not slow and not browser", *tests, *(f"--deselect={one}" for one in without)]
        command += [] if limit_s is None else ["-x"]
        process = subprocess.Popen(
            command,
            cwd=self.root,
            env={**self.environment, "WATTSTEAD_EXAMPLES": "quick" if quick else "house"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            preexec_fn=None if limit_s is None else partial(_narrow, math.ceil(limit_s)),
        )
        return _ended(process)


def _narrow(limit_s: int) -> None:
    """Bound what a run may take of a processor: on a busy machine the clock on the wall says nothing."""
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s + 5))


def _ended(process: "subprocess.Popen[str]") -> Run:
    """Wait for the end of a run, and for no longer than one that sleeps for ever may take."""
    assert process.stdout is not None
    watchdog = Timer(ASLEEP_S, process.kill)
    watchdog.start()
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    watchdog.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(process.returncode == 0, said, used.ru_utime + used.ru_stime)


class Found:
    """What was found so far, kept after each mutant. A judgement is written into the file by hand."""

    def __init__(self, file: Path) -> None:
        self._file, self._lock = file, Lock()
        self.rows: dict[str, dict[str, object]] = {}
        if file.exists():
            self.rows = {row["key"]: row for row in json.loads(file.read_text(encoding="utf-8"))}

    def add(self, mutant: Mutant, *, noticed: bool) -> None:
        """Keep one."""
        with self._lock:
            before = self.rows.get(mutant.key, {})
            row = {"key": mutant.key, "line": mutant.line, "noticed": noticed}
            if not noticed and "judgement" in before:
                row["judgement"] = before["judgement"]
            self.rows[mutant.key] = row
            rows = [self.rows[key] for key in sorted(self.rows)]
            self._file.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def survivors(self) -> list[str]:
        """Give the keys of those that no test noticed."""
        return [key for key, row in self.rows.items() if not row["noticed"]]


def drawn(root: Path, chosen: argparse.Namespace, known: Mapping[str, object]) -> Iterator[Mutant]:
    """Give the mutants to try, those that are known left out."""
    for name in chosen.folders:
        every = sample(root, NAMES[name], chosen.mutants, chosen.seed)
        asked = (one for one in every if not chosen.files or Path(one.file).name in chosen.files)
        yield from (mutant for mutant in asked if mutant.key not in known)


def main() -> int:
    """Try them, tell of each survivor and of the share that was noticed."""
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("folders", nargs="*", metavar="|".join(NAMES))
    told.add_argument("--mutants", type=int, default=60, help="drawn from each folder")
    told.add_argument("--files", nargs="+", metavar="NAME.py", help="those of the drawn ones that stand in these files")
    told.add_argument("--seed", type=int, default=3)
    told.add_argument("--jobs", type=int, default=2)
    told.add_argument("--minutes", type=float, default=60.0, help="begin no mutant after that")
    told.add_argument("--again", action="store_true", help="try the survivors that are known")
    told.add_argument("--kept", type=Path, default=KEPT, help="file of what was found")
    chosen = told.parse_args()
    if unknown := set(chosen.folders) - set(NAMES):
        told.error(f"no such folder: {', '.join(sorted(unknown))}; choose from {', '.join(NAMES)}")
    found, end_s = Found(chosen.kept), time.monotonic() + 60.0 * chosen.minutes
    with tempfile.TemporaryDirectory() as folder:
        benches = [Bench(Path(folder) / str(job)) for job in range(chosen.jobs)]
        root = benches[0].root
        mutants = by_key(root, found.survivors()) if chosen.again else list(drawn(root, chosen, found.rows))

        def work(job: int) -> None:
            for mutant in mutants[job :: chosen.jobs]:
                if time.monotonic() < end_s:
                    noticed = benches[job].notices(mutant)
                    found.add(mutant, noticed=noticed)
                    print(f"{'noticed' if noticed else 'SURVIVED'}: {mutant.key}", flush=True)

        with ThreadPoolExecutor(chosen.jobs) as pool:
            list(pool.map(work, range(chosen.jobs)))
        for test in sorted({test for bench in benches for test in bench.failing()}):
            print(f"left out, fails without a change: {test}")
    noticed = sum(bool(row["noticed"]) for row in found.rows.values())
    print(f"{noticed} of {len(found.rows)} noticed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
