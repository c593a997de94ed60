"""What a conversation counts: the figures of the diagnosis page."""

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum

WINDOW_S = 60.0


class Instead(StrEnum):
    """Why a whole frame was not the answer; broken ones have the reasons of ``wire.frame.Why``."""

    OTHER_ADDRESS = "other_address"  # a device that was not asked
    OTHER_KIND = "other_kind"  # another family of devices
    OTHER_HOST = "other_host"  # a request: somebody else asks on this line
    CONTENT = "content"  # it does not fit what was asked
    UNASKED = "unasked"  # it came while nobody had asked


@dataclass(slots=True)
class Spread:
    """Smallest, mean and largest of a measured time, in seconds; None before the first."""

    count: int = 0
    total_s: float = 0.0
    min_s: float | None = None
    max_s: float | None = None

    def add(self, seconds: float) -> None:
        self.count += 1
        self.total_s += seconds
        self.min_s = seconds if self.min_s is None else min(self.min_s, seconds)
        self.max_s = seconds if self.max_s is None else max(self.max_s, seconds)

    @property
    def mean_s(self) -> float | None:
        return self.total_s / self.count if self.count else None


@dataclass(slots=True)
class BusUse:
    """How much of the last ``window_s`` seconds the line was taken. Times on the event loop's clock."""

    window_s: float = WINDOW_S
    _since_s: float | None = None
    _spans: deque[tuple[float, float]] = field(default_factory=deque)

    def add(self, from_s: float, to_s: float) -> None:
        """Note that an exchange took the line; exchanges follow each other."""
        if self._since_s is None:
            self._since_s = from_s
        self._spans.append((from_s, to_s))
        while self._spans[0][1] < to_s - self.window_s:
            self._spans.popleft()

    def pct(self, now_s: float) -> float:
        """Give 0 to 100; before a whole window has passed, since the first exchange."""
        if self._since_s is None:
            return 0.0
        begin_s = max(self._since_s, now_s - self.window_s)
        busy_s = sum(max(0.0, to_s - max(from_s, begin_s)) for from_s, to_s in self._spans)
        return min(100.0, 100.0 * busy_s / (now_s - begin_s)) if now_s > begin_s else 0.0


@dataclass(slots=True)
class Counters:
    """Since the conversation began.

    requests: sent, retries among them. answers: understood. refusals: the device said no. silences: questions given up.
    retries: repeated requests. noise: by reason (``wire.frame.Why`` and ``Instead``). late: answers to a question
    already given up. echoes: our own requests heard back. bytes_out, bytes_in: on the line. busy_s: seconds in
    which an exchange had the line. turnaround: from the last bit of a request to the first of its answer, where the
    speed of the line is known; else to the first piece of the answer.
    """

    requests: int = 0
    answers: int = 0
    refusals: int = 0
    silences: int = 0
    retries: int = 0
    noise: Counter[str] = field(default_factory=Counter)
    late: int = 0
    echoes: int = 0
    bytes_out: int = 0
    bytes_in: int = 0
    busy_s: float = 0.0
    turnaround: Spread = field(default_factory=Spread)
    use: BusUse = field(default_factory=BusUse)
