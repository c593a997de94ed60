"""Simulating the blocks of a batch that are still missing, in this process or by several workers."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection
from pathlib import Path
from typing import Any

from wattstead.batch.block import Stopped, simulate
from wattstead.batch.plan import Block, Plan
from wattstead.batch.totals import Totals
from wattstead.battery import jit
from wattstead.battery.bank import share
from wattstead.battery.inputs import Inputs
from wattstead.battery.packs import Packs
from wattstead.battery.step import advance
from wattstead.model.errors import WattsteadError

Advanced = Callable[[int], None]
Asked = Callable[[], bool]
_LOOK_S = 0.2  # how often the workers' progress is looked at


class WorkerLost(WattsteadError):
    """A worker has been ended from outside."""


def compiled() -> bool:
    """Whether the engine has been compiled on this machine before."""
    return jit.ready()


def compile_engine(plan: Plan) -> None:
    """Compile it, once, before workers start who would all do so at the same time."""
    packs = Packs.rest(plan.pack, plan.per_home)
    current_a = share(packs, 0.0, plan.step_s).current_a if plan.per_home > 1 else 0.0
    advance(packs, Inputs.of(packs.count, current_a), plan.step_s)


def work(plan: Plan, blocks: Sequence[Block], folder: Path, jobs: int, advanced: Advanced, asked: Asked) -> Totals:
    """Simulate these blocks and give what they add up to.

    advanced: told how many kept rows have come since the last time. asked: whether somebody wants the end; then Stopped
    is raised, whole blocks stay. Raises WorkerLost, and OSError where nothing can be written.
    """
    if jobs > 1 and len(blocks) > 1:
        return _by_workers(plan, blocks, folder, min(jobs, len(blocks)), advanced, asked)
    return Totals().add(simulate(plan, block, folder, advanced, asked) for block in blocks)


def _by_workers(
    plan: Plan, blocks: Sequence[Block], folder: Path, jobs: int, advanced: Advanced, asked: Asked
) -> Totals:
    # Spawned, not forked: the same on every system, and no thread of this process is torn in two.
    context = multiprocessing.get_context("spawn")
    stop, rows = context.Event(), context.Value("q", 0)
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(stop, rows)) as pool:
        try:
            with _deaf():  # workers inherit that they do not hear Ctrl-C: it is we who tell them
                waiting = {pool.submit(_one, plan, block, folder) for block in blocks}
            return _gather(waiting, rows, advanced, asked)
        except BrokenProcessPool:
            why = "a worker was ended from outside, perhaps for want of memory; the same command goes on, with --jobs 1"
            raise WorkerLost(f"{why} it needs least") from None
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)


def _gather(waiting: "set[Future[Totals]]", rows: Any, advanced: Advanced, asked: Asked) -> Totals:
    totals, known = Totals(), 0
    while waiting:
        done, waiting = wait(waiting, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
        totals.add(one.result() for one in done)
        now = rows.value
        advanced(now - known)
        known = now
        if asked():
            raise Stopped
    return totals


@contextmanager
def _deaf() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


# In a worker.
_told: list[Any] = []


def _begin(stop: Any, rows: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _told[:] = [stop, rows]
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that was killed could not say anything; a worker that waits for work would then wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
    os._exit(1)


def _one(plan: Plan, block: Block, folder: Path) -> Totals:
    stop, rows = _told

    def advanced(count: int) -> None:
        with rows.get_lock():
            rows.value += count

    return simulate(plan, block, folder, advanced, stop.is_set)
