"""A capture as a play of two: what the host asks, and what the device says to it and when."""

from dataclasses import dataclass

from wattstead.link.capture import Capture, Direction, Entry
from wattstead.link.pace import wire_time_s
from wattstead.link.port import Chunk

QUIET_S = 0.05  # bytes of the host that follow each other within this time, beyond their wire time, are one request


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that the device says. after_s: seconds since the request began."""

    after_s: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request of the host and all that the device said until the next one; often nothing."""

    request: bytes
    answers: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """unasked: what the device said before the host asked anything. exchanges: in the order of time."""

    unasked: tuple[Said, ...]
    exchanges: tuple[Exchange, ...]


def script_of(capture: Capture) -> Script:
    """Cut a capture into exchanges."""
    turns = _turns(capture)
    unasked, *exchanges = [_exchange(turn, index) for index, turn in enumerate(turns)]
    return Script(unasked.answers, tuple(exchanges))


def _turns(capture: Capture) -> list[list[Entry]]:
    """Begin a new turn with each request; the first turn has none."""
    turns: list[list[Entry]] = [[]]
    for entry in capture.entries:
        if entry.direction is Direction.TO_DEVICE and not _goes_on(turns[-1], entry, capture.header.baud):
            turns.append([])
        turns[-1].append(entry)
    return turns


def _goes_on(turn: list[Entry], entry: Entry, baud: int | None) -> bool:
    """Tell whether the host's bytes are one more piece of the request before them."""
    if not turn or turn[-1].direction is Direction.TO_HOST:
        return False
    return entry.at_s - turn[-1].at_s - wire_time_s(len(entry.data), baud) <= QUIET_S


def _exchange(turn: list[Entry], index: int) -> Exchange:
    request = b"".join(entry.data for entry in turn if entry.direction is Direction.TO_DEVICE)
    began_s = turn[0].at_s if index else 0.0
    said = (entry for entry in turn if entry.direction is Direction.TO_HOST)
    return Exchange(request, tuple(Said(entry.at_s - began_s, entry.data) for entry in said))


class Listening:
    """Finds the recorded requests in the bytes that arrive, in any pieces, and tells what is none of them."""

    def __init__(self, script: Script) -> None:
        self._requests = sorted({exchange.request for exchange in script.exchanges}, key=len)
        self._heard = b""
        self._junk_at: float | None = None

    def hear(self, chunk: Chunk) -> list[bytes | None]:
        """Give the requests that are complete now; None stands for one that was never recorded."""
        self._heard += chunk.data
        found: list[bytes | None] = []
        while self._heard and not self._waits():
            request = next((known for known in self._requests if self._heard.startswith(known)), None)
            if request is not None:
                self._heard = self._heard[len(request) :]
                found.append(request)
                continue
            self._heard = self._heard[1:]
            if self._is_new_junk(chunk.at):
                found.append(None)
        return found

    def _waits(self) -> bool:
        """Tell whether what was heard may still become a request, and is none yet."""
        complete = any(self._heard.startswith(known) for known in self._requests)
        return not complete and any(known.startswith(self._heard) for known in self._requests)

    def _is_new_junk(self, at: float) -> bool:
        """Tell whether an unknown byte begins an unknown request, or goes on with one just before it."""
        is_new = self._junk_at is None or at - self._junk_at > QUIET_S
        self._junk_at = at
        return is_new
