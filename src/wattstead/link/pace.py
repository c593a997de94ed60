"""The pace of a serial line: how long bytes take, who may talk, and when each burst arrives."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

BITS_PER_BYTE = 10  # 8N1: a start bit, eight data bits, a stop bit
BURST_BYTES = 16  # a UART hands its bytes over in bursts of its FIFO, and so do we: a timer per byte would burn the CPU


def wire_time_s(size: int, baud: int | None) -> float:
    """Seconds that so many bytes take on the line; 0 where it has no speed."""
    return 0.0 if baud is None else size * BITS_PER_BYTE / baud


class Line:
    """One pair of wires: what is sent while it is busy waits. Two directions that share one are half duplex."""

    def __init__(self) -> None:
        self._free_at_s = -math.inf

    def occupy(self, now_s: float, duration_s: float) -> float:
        """Reserve the line for so long, as soon as it is free. Gives the time at which the first bit starts."""
        start_s = max(now_s, self._free_at_s)
        self._free_at_s = start_s + duration_s
        return start_s

    def backlog_s(self, now_s: float) -> float:
        """Seconds until all that was handed to the line is through."""
        return max(0.0, self._free_at_s - now_s)


class Belt:
    """Runs actions in the order in which they were added, each no earlier than its time. One timer, no task.

    Times are absolute, so that a late wake-up does not delay what follows.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, Callable[[], None]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, due_s: float, action: Callable[[], None]) -> None:
        """Run the action at ``due_s`` on the loop's clock, at once where that is past and nothing waits before it."""
        if not self._waiting and due_s <= asyncio.get_running_loop().time():
            action()
            return
        self._waiting.append((due_s, action))
        self._wind()

    def clear(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wind(self) -> None:
        if self._timer is None and self._waiting:
            self._timer = asyncio.get_running_loop().call_at(self._waiting[0][0], self._run)

    def _run(self) -> None:
        self._timer = None
        now_s = max(asyncio.get_running_loop().time(), self._waiting[0][0])  # a timer may fire a hair early
        while self._waiting and self._waiting[0][0] <= now_s:
            self._waiting.popleft()[1]()
        self._wind()


class Way:
    """One direction of a cable: bytes handed in come out at ``sink`` at the pace of the line.

    delay_s: added to each byte's arrival, beyond its wire time.
    """

    def __init__(self, sink: Callable[[bytes], None], line: Line, *, delay_s: float = 0.0) -> None:
        self._sink = sink
        self._line = line
        self._delay_s = delay_s
        self._belt = Belt()
        self._last_s = -math.inf

    def send(self, cells: Sequence[bytes], duration_s: float) -> None:
        """Put cells on the line, evenly over the duration; a cell is what one byte's time brings, mostly one byte."""
        start_s = self._line.occupy(asyncio.get_running_loop().time(), duration_s) + self._delay_s
        step = BURST_BYTES if duration_s > 0 else max(1, len(cells))
        for begin in range(0, len(cells), step):
            end = min(begin + step, len(cells))
            burst = b"".join(cells[begin:end])
            self._last_s = start_s + duration_s * end / len(cells)
            self._belt.add(self._last_s, partial(self._sink, burst))

    def then(self, action: Callable[[], None]) -> None:
        """Run the action once all that was sent has arrived."""
        self._belt.add(self._last_s, action)

    def cut(self) -> None:
        """Lose what is still on its way."""
        self._belt.clear()


def cells_of(data: bytes) -> list[bytes]:
    """Give the bytes one by one, each its own cell."""
    return [data[at : at + 1] for at in range(len(data))]
