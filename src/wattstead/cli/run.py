"""Running a verb's coroutine: Ctrl-C and SIGTERM end it in good order, the log goes to standard error."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Coroutine
from typing import Any

import typer

from wattstead.cli.status import INTERRUPTED


class Ended:
    """Whether a person or the system asked us to end."""

    asked = False


def run(work: Coroutine[Any, Any, None], *, serves: bool = False) -> None:
    """Run until it is done; Ctrl-C or SIGTERM cancels it and lets it clean up.

    serves: it goes on until somebody ends it, so that this is no failure; else the exit status says INTERRUPTED.
    """
    if serves:
        _log_to_standard_error()
    ended = Ended()
    asyncio.run(_until_asked_to_end(work, ended))
    if ended.asked and not serves:
        raise typer.Exit(INTERRUPTED)


def _log_to_standard_error() -> None:
    import structlog  # only what goes on until somebody ends it writes a log

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # the standard error of that moment
        cache_logger_on_first_use=False,
    )


async def _until_asked_to_end(work: Coroutine[Any, Any, None], ended: Ended) -> None:
    task = asyncio.ensure_future(work)

    def end() -> None:
        ended.asked = True
        task.cancel()

    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: KeyboardInterrupt does it there
            loop.add_signal_handler(one, end)
    try:
        await task
    except asyncio.CancelledError:
        if not ended.asked:
            raise
