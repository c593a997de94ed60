"""Do the tests notice? Change one operator, number or statement at a time in a copy, and see whether a test fails.

Example: `python tools/mutate.py --mutants 48 --seed 3`. Works in a temporary copy of the repository and never in the
tree itself. Kernels run uncompiled there: compiling each mutant would take longer than running its tests.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FOLDERS = ("src/wattstead/battery", "src/wattstead/model")
LEFT_OUT = {"jit.py", "layout.py", "__init__.py"}  # compiling, and names of rows
SKIPPED = ("static", "data", "captures", "browser", "__pycache__", "node_modules")

# A record of an array lends its fields as attributes to compiled code alone.
UNCOMPILED = """
import numpy as np
from wattstead.battery import terms


def _plain(made):
    return lambda *given: made(*given).view(np.recarray)


for _name in ("terms", "estimator_terms", "rows_of"):
    setattr(terms, _name, _plain(getattr(terms, _name)))
"""

ENGINE = [
    "tests/battery/test_requirements.py",
    "tests/battery/test_sense.py",
    "tests/battery/test_golden.py",
]
ESTIMATE = ["tests/battery/test_estimate.py"]
CELLS = ["tests/battery/test_cell.py", "tests/battery/test_requirements.py"]
TESTS = {
    "kernel/estimate.py": ESTIMATE,
    "kernel/correct.py": ESTIMATE,
    "kernel/cells.py": CELLS,
    "kernel/share.py": ["tests/battery/test_bank.py"],
    "kernel/measure.py": ["tests/battery/test_sense.py", "tests/battery/test_measure.py", *ENGINE],
    "battery/age.py": ["tests/battery/test_age.py"],
    "battery/bank.py": ["tests/battery/test_bank.py"],
    "battery/curves.py": ["tests/battery/test_curves.py", "tests/battery/test_ocv.py"],
    "battery/estimator.py": ESTIMATE,
    "battery/join.py": ["tests/battery/test_join.py"],
    "battery/measure.py": ["tests/battery/test_measure.py"],
    "battery/ocv.py": ["tests/battery/test_ocv.py", "tests/battery/test_curves.py"],
    "battery/record.py": ["tests/battery/test_record.py"],
    "battery/request.py": ["tests/battery/test_request.py"],
    "battery/save.py": ["tests/battery/test_save.py"],
    "battery/behaviour.py": ["tests/battery/test_preset.py", "tests/presets"],
    "battery/preset.py": ["tests/battery/test_preset.py", "tests/presets"],
    "battery/make.py": ["tests/presets", "tests/battery/test_requirements.py"],
    "battery/packs.py": ["tests/battery/test_fleet.py", "tests/battery/test_save.py", "tests/battery/test_bank.py"],
    "battery/inputs.py": ["tests/battery/test_fleet.py"],
    "model/bank.py": ["tests/model/test_bank.py"],
    "model/lamp.py": ["tests/model/test_panel.py", "tests/catalog/test_panels.py"],
    "model/panel.py": ["tests/model/test_panel.py", "tests/catalog/test_panels.py"],
    "model/panel_state.py": ["tests/model/test_panel.py", "tests/catalog/test_panels.py"],
    "model/preset_check.py": ["tests/model/test_preset_check.py"],
    "model/": ["tests/model", "tests/catalog", "tests/presets", "tests/profiles"],
    "battery/": ENGINE,
}
# Uncompiled these take minutes.
TOO_SLOW = (
    "turns_the_wall",
    "48_h_of",
    "true_sensors_change",
    "targets_hold",
    "aged_pack_is_found",
    "measured_cell",
    "ten_thousand",
    "one_step",
    "reference_keeps",
    "fills_the_bank",
    "pack_by_pack",
    "in_a_fleet",
    "broken_save",
    "small_currents",
    "steps_of_1_10",
    "many_steps_in_one",
    "pylontech",
)


@dataclass(frozen=True)
class Mutant:
    """file: within the repository. was, now: the changed code. source: of the whole file."""

    file: str
    line: int
    was: str
    now: str
    source: str


_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_DROPPED = (ast.Assign, ast.AugAssign, ast.Expr, ast.Raise, ast.Continue, ast.Break)


def changed(node: ast.AST) -> Iterator[ast.AST]:
    """Give what a node may become."""
    new: Any = copy.deepcopy(node)
    match node:
        case ast.Compare(ops=[one]) if type(one) in _COMPARED:
            new.ops = [_COMPARED[type(one)]()]
            yield new
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in _COUNTED:
            new.op = _COUNTED[type(op)]()
            yield new
        case ast.BoolOp(op=op):
            new.op = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield new
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            yield inner
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)


def mutants(file: Path) -> Iterator[Callable[[], Mutant]]:
    """Give all mutants of the functions of a file, each to be made by a call. Docstrings and annotations stay."""
    text, name = file.read_text(encoding="utf-8"), file.relative_to(ROOT).as_posix()
    tree = ast.parse(text)
    inside = [node for made in ast.walk(tree) if isinstance(made, ast.FunctionDef) for node in _body(made)]
    for node in dict.fromkeys(inside):
        for field, value in ast.iter_fields(node):
            if field in {"annotation", "returns", "decorator_list"}:
                continue
            many = isinstance(value, list)
            for place, child in enumerate(value if many else [value]):
                if not isinstance(child, ast.AST):
                    continue
                options: list[ast.AST] = list(changed(child))
                if many and isinstance(child, _DROPPED) and not _is_docstring(child):
                    options.append(ast.Pass())
                for new in options:
                    yield partial(_made, name, tree, (node, field, place if many else None), child, new)


def _made(name: str, tree: ast.AST, where: tuple[ast.AST, str, int | None], child: ast.AST, new: ast.AST) -> Mutant:
    _put(*where, new)
    source = ast.unparse(ast.fix_missing_locations(tree))
    _put(*where, child)
    return Mutant(name, getattr(child, "lineno", 0), ast.unparse(child), ast.unparse(new), source)


def _body(made: ast.FunctionDef) -> Iterator[ast.AST]:
    for statement in made.body:
        yield from ast.walk(statement)
    if len(made.body) > 1:
        yield made


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _put(node: Any, field: str, place: int | None, child: ast.AST) -> None:
    if place is None:
        setattr(node, field, child)
    else:
        getattr(node, field)[place] = child


def tests_of(file: str) -> list[str]:
    """Give the tests that look at a file: the most exact entry of the table counts."""
    return next(tests for part, tests in TESTS.items() if part in file)


class Bench:
    """A copy of the repository in which one mutant after another is tried."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        ignored = shutil.ignore_patterns(*SKIPPED)
        for name in ("src", "tests"):
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        if (ROOT / "tests/battery/data").is_dir():
            shutil.copytree(ROOT / "tests/battery/data", folder / "tests/battery/data")
        shutil.copytree(ROOT / "docs", folder / "docs")
        shutil.copy(ROOT / "pyproject.toml", folder)
        (folder / "uncompiled.py").write_text(UNCOMPILED, encoding="utf-8")
        self.environment = {
            **os.environ,
            "NUMBA_DISABLE_JIT": "1",
            "PYTHONPATH": f"{folder / 'src'}{os.pathsep}{folder}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def passes(self, file: str, limit_s: float) -> bool:
        """Run the tests of a file; too long is a failure too."""
        slow = " or ".join(TOO_SLOW)
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", "-p", "uncompiled"]
        command += ["-W", "ignore", "-k", f"not ({slow})", *tests_of(file)]
        try:
            done = subprocess.run(
                command, cwd=self.root, env=self.environment, capture_output=True, timeout=limit_s, check=False
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def survives(self, mutant: Mutant, limit_s: float) -> bool:
        """Try one mutant."""
        path = self.root / mutant.file
        whole = path.read_text(encoding="utf-8")
        path.write_text(mutant.source, encoding="utf-8")
        try:
            return self.passes(mutant.file, limit_s)
        finally:
            path.write_text(whole, encoding="utf-8")


def sample(number: int, seed: int) -> list[Mutant]:
    """Draw mutants, so that a file has as many as its share of all that are possible."""
    files = sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py") if file.name not in LEFT_OUT)
    return [make() for make in random.Random(seed).sample([one for file in files for one in mutants(file)], number)]


def main() -> int:
    """Print each survivor and the share that was noticed in each folder."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--mutants", type=int, default=48)
    told.add_argument("--seed", type=int, default=3)
    told.add_argument(
        "--limit", type=float, default=90.0, help="seconds for one mutant; a longer run counts as noticed"
    )
    told.add_argument("--jobs", type=int, default=2)
    told.add_argument(
        "--minutes", type=float, default=60.0, help="begin no mutant after that; they are in random order"
    )
    chosen = told.parse_args()
    drawn = sample(chosen.mutants, chosen.seed)
    seen, killed = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        benches = [Bench(Path(folder) / str(job)) for job in range(chosen.jobs)]

        end_s = time.monotonic() + 60.0 * chosen.minutes
        sound: dict[str, bool] = {}

        def run(job: int) -> None:
            for mutant in drawn[job :: chosen.jobs]:
                if time.monotonic() > end_s:
                    return
                tests = " ".join(tests_of(mutant.file))
                if tests not in sound:
                    sound[tests] = benches[job].passes(mutant.file, 4 * chosen.limit)
                if not sound[tests]:
                    print(f"not tried: {mutant.file}: its tests fail without any change", flush=True)
                    continue
                where = str(Path(mutant.file).parent)
                seen[where] += 1
                if benches[job].survives(mutant, chosen.limit):
                    print(f"survived: {mutant.file}:{mutant.line}: `{mutant.was}` -> `{mutant.now}`", flush=True)
                else:
                    killed[where] += 1

        with ThreadPoolExecutor(chosen.jobs) as pool:
            list(pool.map(run, range(chosen.jobs)))
    for where in sorted(seen):
        print(f"{where}: {killed[where]} of {seen[where]} noticed")
    print(f"{killed.total()} of {seen.total()} noticed, {killed.total() / max(1, seen.total()):.0%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
