"""An asyncio event loop whose clock leaps: tests of hours take no real time.

Whenever nothing is ready to run, the clock jumps to the next timer. Real sockets and threads still work: what is ready
goes first, and the clock stands still while an executor is at work. A test that can never end fails instead of
hanging: with ``Stuck`` when everybody waits and no timer is left, and when leaping has taken too much real time.

    from leap import leaping, run

    @leaping
    async def test_hours() -> None:
        await asyncio.sleep(3600)

Fixtures of a leaping test must be plain functions: an async fixture would live on another loop.
"""

import asyncio
import functools
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE_S = 30.0


class Stuck(AssertionError):
    """Nothing can ever happen again, or it took too much real time; says who waits where."""


class LeapingSelector(selectors.DefaultSelector):
    """Asks the system what is ready; when nothing is, ``idle`` decides how long to really wait."""

    def __init__(self, idle: Callable[[float | None], float | None]) -> None:
        super().__init__()
        self._idle = idle

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        return super().select(self._idle(timeout))


class LeapingLoop(asyncio.SelectorEventLoop):
    """Starts at 0 s. patience_s: real seconds after which a test that still leaps is given up."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._now_s = 0.0
        self._threads_busy = 0
        self._patience_s = patience_s
        self._give_up_at = time.monotonic() + patience_s
        super().__init__(LeapingSelector(self._idle))
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._now_s

    def lose_time(self, seconds: float) -> None:
        """Let time pass within a callback, as if the program had been busy for so long."""
        self._now_s += seconds

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        future = super().run_in_executor(executor, func, *args)
        self._threads_busy += 1
        future.add_done_callback(self._thread_done)
        return future

    async def shutdown_default_executor(self, *args: Any, **kwargs: Any) -> None:
        """Join the threads in real time: they too are work, and get as much patience again."""
        self._threads_busy += 1
        self._give_up_at = time.monotonic() + self._patience_s
        try:
            await super().shutdown_default_executor(*args, **kwargs)
        finally:
            self._threads_busy -= 1

    def _thread_done(self, _: asyncio.Future[Any]) -> None:
        self._threads_busy -= 1

    def _idle(self, timeout: float | None) -> float:
        """Leap by the timeout, or say how long to wait for threads. Raises Stuck."""
        left_s = self._give_up_at - time.monotonic()
        if left_s <= 0:
            raise Stuck(
                f"no end after {self._patience_s:g} s, at {self._now_s:g} s on the leaping clock\n{self._who()}"
            )
        if self._threads_busy:
            return left_s
        if timeout is None:
            raise Stuck(f"everybody waits for ever at {self._now_s:g} s on the leaping clock\n{self._who()}")
        self._now_s += timeout
        return 0.0

    def _who(self) -> str:
        return "\n".join(sorted(f"  {task.get_name()} waits at {_place(task)}" for task in asyncio.all_tasks(self)))


def _place(task: asyncio.Task[Any]) -> str:
    """Find the innermost await of a task: file, line, function."""
    at: Any = task.get_coro()
    place = repr(at)
    while getattr(at, "cr_frame", None) is not None:
        code = at.cr_frame.f_code
        place = f"{code.co_filename}:{at.cr_frame.f_lineno} in {code.co_qualname}"
        at = at.cr_await
    return place


def run(main: Coroutine[Any, Any, T], *, patience_s: float = PATIENCE_S) -> T:
    """Run a coroutine to its end on a leaping loop. Raises Stuck where it has none."""
    with asyncio.Runner(loop_factory=lambda: LeapingLoop(patience_s)) as runner:
        return runner.run(main)


def leaping(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Turn an async test into a plain one that runs on a leaping loop."""

    @functools.wraps(test)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        return run(test(*args, **kwargs))

    return wrapper
