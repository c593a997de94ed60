"""Finds frames that begin with a mark, know their size and carry a check, wherever they lie in a stream.

The rule: of all frames that are right, the one that ends first is the next. A cut frame that claims more bytes than
came therefore hides nothing: what lies inside of it is looked at, too. What is told does not depend on the pieces in
which the bytes came.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from wattstead.wire.frame import Frame, Noise, Why


class ScanFramer(ABC):
    """What the framings of JBD, Daly and JK have in common.

    MARK: how each frame begins. LONGEST: no frame has more bytes; so much is kept at most, and noise is told in pieces
    of that size. OVERLAPS: look for a frame inside the last one, too, where its check alone is too weak to be sure.
    """

    MARK: ClassVar[bytes]
    LONGEST: ClassVar[int]
    OVERLAPS: ClassVar[bool] = False

    def __init__(self) -> None:
        self._pending = bytearray()
        self._told = 0  # so many bytes of ``_pending`` belong to a frame that was told

    def feed(self, data: bytes, at: float = 0.0) -> list[Frame | Noise]:
        """Take bytes as they came. Never raises."""
        items: list[Frame | Noise] = []
        if not self._pending:
            data = data[self._whole(data, items, at) :]
            if not data:
                return items  # nearly always
        self._pending += data
        while found := self._first():
            start, frame_bytes = found
            self._noise(start, start + len(frame_bytes), items, at)
            items.append(self.read(frame_bytes, at))
            self._drop(start, start + len(frame_bytes))
        self._bound(items, at)
        return items

    def silence(self, at: float = 0.0) -> list[Frame | Noise]:
        """The line went quiet: what is pending will not be completed."""
        items: list[Frame | Noise] = []
        self._noise(len(self._pending), len(self._pending), items, at)
        self._pending.clear()
        self._told = 0
        return items

    @property
    def is_empty(self) -> bool:
        """Whether nothing is pending."""
        return not self._pending

    # What a framing says of itself.

    @abstractmethod
    def size(self, data: bytes | bytearray, start: int) -> int | None:
        """Give the size of a frame that begins there: 0 where none can, None where more bytes must come to tell."""

    @abstractmethod
    def right(self, data: bytes) -> bool:
        """Whether the bytes of a frame pass its checks."""

    @abstractmethod
    def read(self, data: bytes, at: float) -> Frame:
        """Take a frame apart whose checks are right."""

    # How it is found.

    def _whole(self, data: bytes, items: list[Frame | Noise], at: float) -> int:
        """Take right frames from the front in which no other one can begin. Gives where the next would."""
        start = 0
        while data.startswith(self.MARK, start):
            size = self.size(data, start)
            end = start + size if size else 0
            if not start < end <= len(data) or data.find(self.MARK, start + 1, end) >= 0:
                break
            frame_bytes = bytes(data[start:end])
            if not self.right(frame_bytes):
                break
            items.append(self.read(frame_bytes, at))
            start = end
        return start

    def _first(self) -> tuple[int, bytes] | None:
        """Give the place and the bytes of the right frame that ends first."""
        best: tuple[int, int] | None = None
        start = self._pending.find(self.MARK)
        while start >= 0 and not (best and best[1] <= start):
            size = self.size(self._pending, start)
            end = start + size if size else 0
            if end and end <= len(self._pending) and (best is None or end < best[0]) and self._is_right(start, end):
                best = end, start
            start = self._pending.find(self.MARK, start + 1)
        return (best[1], bytes(self._pending[best[1] : best[0]])) if best else None

    def _is_right(self, start: int, end: int) -> bool:
        return end > self._told and self.right(bytes(self._pending[start:end]))

    def _drop(self, start: int, end: int) -> None:
        """Forget what was told; where frames may overlap, keep what may begin another one."""
        inside = self._pending.find(self.MARK, start + 1, end) if self.OVERLAPS else -1
        keep = inside if inside >= 0 else end
        del self._pending[:keep]
        self._told = end - keep

    def _bound(self, items: list[Frame | Noise], at: float) -> None:
        """Tell what can no longer become a frame, once it is as long as one."""
        dead = self._dead()
        while dead >= self._told + self.LONGEST:
            end = self._told + self.LONGEST
            items.append(self._one(self._told, end, len(self._pending), at))
            del self._pending[:end]
            dead, self._told = dead - end, 0

    def _dead(self) -> int:
        """Give how many bytes at the front can belong to no frame any more."""
        start = self._pending.find(self.MARK)
        while start >= 0:
            size = self.size(self._pending, start)
            if size is None or start + size > len(self._pending):
                return start
            start = self._pending.find(self.MARK, start + 1)
        kept = next((k for k in range(len(self.MARK) - 1, 0, -1) if self._pending.endswith(self.MARK[:k])), 0)
        return len(self._pending) - kept

    def _noise(self, until: int, seen: int, items: list[Frame | Noise], at: float) -> None:
        """Tell all bytes up to there that were not told. seen: how far the stream was looked at."""
        while self._told < until:
            end = min(until, self._told + self.LONGEST)
            items.append(self._one(self._told, end, seen, at))
            self._told = end

    def _one(self, start: int, end: int, seen: int, at: float) -> Noise:
        return Noise(self._why(start, end, seen), bytes(self._pending[start:end]), None, at)

    def _why(self, start: int, end: int, seen: int) -> Why:
        """Say what is wrong with the first frame that seems to begin there."""
        while (start := self._pending.find(self.MARK, start, end)) >= 0:
            size = self.size(self._pending, start)
            if size is None or start + size > seen:
                return Why.CUT
            if size:
                return Why.CHECKSUM
            start += 1
        return Why.STRAY
