"""What each part of a step costs: every kernel that ``drive._step`` calls, by itself.

The calls are read from the source of ``_step``, so this follows the engine. Each is repeated in a compiled loop on one
block of 512 packs that stays in the cache. What does not run in each step is shared out. Where repeating finds the work
done, because the event has happened, a part looks a little cheaper; and the whole step, which cannot stay in the
nearest cache, takes somewhat longer than its parts.
"""

import ast
import inspect
import textwrap
import time
from collections.abc import Callable, Iterator
from typing import Any

import numba
import numpy as np

from wattstead.battery.inputs import Inputs
from wattstead.battery.kernel import drive
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import Events, Given
from wattstead.battery.packs import Packs
from wattstead.battery.rows import row_table
from wattstead.battery.step import advance
from wattstead.battery.terms import estimator_terms, tables, terms

ROOM = 100_000
TURNS = 5


def parts_ns(packs: Packs, inputs: Inputs) -> dict[str, float]:
    """Give nanoseconds a pack-step of each part, in the order of the step. packs: one block."""
    advance(packs, inputs, 1.0, 7)  # nothing that comes every so many seconds is due now
    known = _arguments(packs, inputs)
    costs: dict[str, float] = {}
    for statement, every in _statements():
        call = _kernel_call(statement)
        if call is None:
            exec(compile(ast.Module([statement], []), "step", "exec"), drive.__dict__, known)
            continue
        name = ast.unparse(call.func).lstrip("_")
        values = [eval(ast.unparse(one), drive.__dict__, known) for one in call.args]
        costs[name] = costs.get(name, 0.0) + _seconds(_function(call), values, packs) / packs.count / every * 1e9
        if isinstance(statement, ast.Assign):
            known[ast.unparse(statement.targets[0])] = False
    return costs


def _arguments(packs: Packs, inputs: Inputs) -> dict[str, Any]:
    n, preset = packs.count, packs.preset
    nothing = np.empty((0, 0), dtype=np.float32)
    channels = np.zeros((at.CHANNELS, n), dtype=np.float32)
    cells = np.zeros((preset.cells, n), dtype=np.float32)
    whole = np.empty(ROOM, dtype=np.int32)
    return {
        "state": packs.state,
        "given": Given(inputs.values, inputs.signals, nothing, nothing, nothing),
        "first": 0,
        "n": n,
        "block": 0,
        "seen_v": cells,
        "begin": channels,
        "channels": channels.copy(),
        "floats": np.zeros((14, n), dtype=np.float32),
        "calm": np.zeros(2 * at.CHANNELS, dtype=np.float32),
        "first_of_call": False,
        "words": np.zeros((11, n), dtype=np.int32),
        "longs": np.zeros(n, dtype=np.int64),
        "rows": row_table(preset.protections),
        "curves": tables(preset),
        "terms": terms(preset, 1.0).view(np.recarray)[0],
        "estimator": estimator_terms(preset, 1.0).view(np.recarray)[0],
        "events": Events(np.zeros(1, dtype=np.int64), np.empty(ROOM), whole, whole.copy(), whole.copy()),
    }


def _statements() -> Iterator[tuple[ast.stmt, int]]:
    """Give the statements of the step one by one, those under a condition too, and how many steps of 1 s they share."""
    step: Any = drive._step  # noqa: SLF001
    body = ast.parse(textwrap.dedent(inspect.getsource(step.py_func))).body[0]
    assert isinstance(body, ast.FunctionDef)
    for statement in body.body:
        if isinstance(statement, ast.If):
            yield from ((one, _every(ast.unparse(statement.test))) for one in statement.body)
        else:
            yield statement, 1


def _every(condition: str) -> int:
    if "looks" in condition:
        return at.LOOK_EVERY_S
    return drive._CORRECT_EVERY_S if "_CORRECT_EVERY_S" in condition else 1  # noqa: SLF001


def _kernel_call(statement: ast.stmt) -> ast.Call | None:
    if not isinstance(statement, ast.Expr | ast.Assign) or not isinstance(statement.value, ast.Call):
        return None
    return None if ast.unparse(statement.value.func).startswith("np.") else statement.value


def _function(call: ast.Call) -> Any:
    return eval(ast.unparse(call.func), drive.__dict__)


def _seconds(kernel: Any, values: list[Any], packs: Packs) -> float:
    """Call it within a compiled loop, for Python cannot call most kernels; give the best time of one call.

    In the end it has worked on the packs once.
    """
    names = ", ".join(f"v{k}" for k in range(len(values)))
    made: dict[str, Any] = {"kernel": kernel}
    exec(f"def loop(times, {names}):\n    for _ in range(times):\n        kernel({names})\n", made)
    loop: Callable[..., None] = numba.njit(made["loop"])
    before = packs.copy()
    once = min(_timed(loop, 100, values) for _ in range(3)) / 100
    times = max(200, int(0.005 / max(once, 1e-7)))
    best = min(_timed(loop, times, values) for _ in range(TURNS)) / times
    for array, kept in zip(packs.state, before.state, strict=True):
        array[...] = kept
    loop(1, *values)
    return best


def _timed(loop: Callable[..., None], times: int, values: list[Any]) -> float:
    start = time.process_time()
    loop(times, *values)
    return time.process_time() - start
