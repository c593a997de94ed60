"""How far a transfer is, how fast, and how long it will take."""

from collections.abc import Callable
from dataclasses import dataclass

_LEAST_S = 1e-3


@dataclass(frozen=True, slots=True)
class Progress:
    """done, total: bytes that the device holds and has to hold. rate: bytes/s so far. left_s: until done."""

    done: int
    total: int
    rate: float
    left_s: float

    @property
    def pct(self) -> float:
        return 100.0 * self.done / self.total


class Pace:
    """clock_s: any clock. total: bytes of the image. held: that are there before we begin."""

    def __init__(self, clock_s: Callable[[], float], total: int, held: int) -> None:
        self._clock_s, self._total = clock_s, total
        self._done = held
        self._began_s, self._held = clock_s(), held

    def after(self, size: int) -> Progress:
        """Count a block that is there now."""
        self._done = min(self._done + size, self._total)
        took_s = max(self._clock_s() - self._began_s, _LEAST_S)
        rate = (self._done - self._held) / took_s
        return Progress(self._done, self._total, rate, (self._total - self._done) / rate if rate else float("inf"))
