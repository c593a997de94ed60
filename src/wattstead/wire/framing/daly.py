"""Frames of Daly boards, checked and cut out of whatever comes over the line; what one answer is spread over is joined.

    A5 40 90 08  00 00 00 00 00 00 00 00  7D    a computer asks board 1 for 90
    A5 01 90 08  02 10 00 00 76 30 01 F4  EB    board 1 answers
    A5 01 95 08  01 0E C0 0E C2 0E C7 20  D7    cells 1 to 3, the first of five frames that answer 95

All frames have 13 bytes; the last one is the sum of the others. The second byte names the board: 01 to 0F in an answer,
40 to 4F in what a computer asks, 80 in what a telephone asks (board 1).

Cells (95) and probes (96) come in numbered frames, and only 94 says how many there are. The framer remembers that for
each board. Until it has heard 94 it takes numbered frames as long as they follow each other and tells them when
something else or nothing follows; then places that no cell fills are told, too. An answer of which a frame is missing
or broken is noise as a whole: half of the cells are not what the board said.
"""

from typing import ClassVar

from wattstead.model.errors import EncodeError
from wattstead.wire.frame import Frame, Noise, Why
from wattstead.wire.framing.scan import ScanFramer

ASK, ANSWER = 0x40, 0x01
"""``Frame.kind``: a request of a computer, an answer. 80 is a request of a telephone."""
PHONE = 0x80

_STATUS = 0x94  # its first two bytes are the numbers of cells and of probes
_MARK = b"\xa5"
_SIZE, _DATA = 13, 8
_LAST_BOARD = 0x0F
_NUMBERED = {0x95: (3, 2), 0x96: (7, 1), 0x62: (7, 1), 0x63: (7, 1), 0x57: (7, 1)}
"""Commands whose answer is spread over numbered frames: values in one frame, bytes of one value."""
_COUNTED = {0x95: 0, 0x96: 1}
"""Where 94 says how many values there are."""
_MOST = 255
_SIDES = {
    **{board: (ANSWER, board) for board in range(1, _LAST_BOARD + 1)},
    **{ASK + board - 1: (ASK, board) for board in range(1, _LAST_BOARD + 1)},
    PHONE: (PHONE, 1),
}
"""Kind and board that the second byte of a frame stands for."""
_GLITCH = 3  # bytes that are no frame: a line that turns around leaves some behind


class _Cutter(ScanFramer):
    """Cuts single frames of 13 bytes."""

    MARK: ClassVar[bytes] = _MARK
    LONGEST: ClassVar[int] = _SIZE
    # A sum of eight bits: of two pieces of frames that stand side by side one in 256 passes.
    OVERLAPS: ClassVar[bool] = True

    def size(self, data: bytes | bytearray, start: int) -> int | None:
        """All have the same size; second and fourth byte tell whether one begins there."""
        if len(data) < start + 4:
            return None
        return _SIZE if data[start + 3] == _DATA and data[start + 1] in _SIDES else 0

    def right(self, data: bytes) -> bool:
        return data[-1] == sum(data[:-1]) & 0xFF

    def read(self, data: bytes, at: float) -> Frame:
        kind, address = _SIDES[data[1]]
        return Frame(address, data[2], data[4:-1], 0, kind, data, at)


class DalyFramer:
    """Cuts a stream of bytes into Daly frames and noise. The payload of a joined answer has its values alone."""

    def __init__(self) -> None:
        self._cutter = _Cutter()
        self._counts: dict[int, bytes] = {}  # of each board what 94 began with
        self._parts: list[Frame] = []

    def feed(self, data: bytes, at: float = 0.0) -> list[Frame | Noise]:
        """Take bytes as they came. Never raises."""
        if not self._parts and self._cutter.is_empty and (frame := self._at_once(data, at)):
            return [frame]  # nearly always
        items: list[Frame | Noise] = []
        self._sort(self._cutter.feed(data, at), items)
        return items

    def silence(self, at: float = 0.0) -> list[Frame | Noise]:
        """The line went quiet: numbered frames that came are all that come."""
        items: list[Frame | Noise] = []
        self._sort(self._cutter.silence(at), items)
        self._tell(items)
        return items

    def _sort(self, cut: list[Frame | Noise], items: list[Frame | Noise]) -> None:
        for item in cut:
            if isinstance(item, Frame):
                self._take(item, items)
                continue
            if len(item.data) > _GLITCH:
                self._spoil(items)  # one of its frames was in there
            items.append(item)

    def build(self, frame: Frame) -> bytes:
        """Give the bytes of a frame, of several where its values need them. Raises EncodeError."""
        second = _second_byte(frame)
        if frame.kind != ANSWER or frame.command not in _NUMBERED:
            if len(frame.payload) > _DATA:
                raise EncodeError(f"a payload of {len(frame.payload)} bytes does not fit; a frame carries {_DATA}")
            return _built(second, frame.command, frame.payload)
        values, size = _NUMBERED[frame.command]
        step = values * size
        pieces = [frame.payload[k : k + step] for k in range(0, len(frame.payload), step)] or [b""]
        if len(pieces) > _MOST:
            raise EncodeError(f"{len(frame.payload) // size} values do not fit; {_MOST * values} do")
        numbered = [bytes((k,)) + piece for k, piece in enumerate(pieces, 1)]
        return b"".join([_built(second, frame.command, piece) for piece in numbered])

    def _at_once(self, data: bytes, at: float) -> Frame | None:
        """Give the one frame, or the whole numbered answer, that all this is; None where it has to be sorted."""
        count, odd = divmod(len(data), _SIZE)
        if odd or not count or data.count(_MARK) != count or (count > 1 and data[::_SIZE] != _MARK * count):
            return None
        side = _SIDES.get(data[1])
        if side is None or data[3] != _DATA or data[0] != _MARK[0] or not _sums_are_right(data, count):
            return None
        kind, address = side
        command = data[2]
        if kind != ANSWER or command not in _NUMBERED:
            if count > 1:
                return None
            if kind == ANSWER and command == _STATUS:
                self._counts[address] = bytes(data[4:6])
            return Frame(address, command, bytes(data[4:-1]), 0, kind, bytes(data), at)
        counts, place = self._counts.get(address), _COUNTED.get(command)
        if counts is None or place is None:
            return None
        values, size = _NUMBERED[command]
        if count != -(-counts[place] // values) or not _are_numbered(data, count):
            return None
        payload = b"".join([data[k : k + values * size] for k in range(5, len(data), _SIZE)])
        return Frame(address, command, payload[: counts[place] * size], 0, ANSWER, bytes(data), at)

    def _take(self, frame: Frame, items: list[Frame | Noise]) -> None:
        if frame.kind != ANSWER or frame.command not in _NUMBERED:
            self._tell(items)
            if frame.kind == ANSWER and frame.command == _STATUS:
                self._counts[frame.address] = frame.payload[:2]
            items.append(frame)
            return
        if self._parts and not _follows(self._parts[-1], frame):
            if _goes_on(self._parts[-1], frame):
                self._spoil(items)
            self._tell(items)
        if not self._parts and frame.payload[0] != 1:
            items.append(Noise(Why.CUT, frame.raw, frame.address, frame.at))  # the rest of an answer that began unheard
            return
        self._parts.append(frame)
        wanted = self._wanted(frame)
        if len(self._parts) == _MOST or (
            wanted is not None and len(self._parts) * _NUMBERED[frame.command][0] >= wanted
        ):
            self._tell(items)

    def _wanted(self, frame: Frame) -> int | None:
        """How many values this answer has, None where nobody said so."""
        counts, place = self._counts.get(frame.address), _COUNTED.get(frame.command)
        return None if counts is None or place is None else counts[place]

    def _tell(self, items: list[Frame | Noise]) -> None:
        """Join the numbered frames that were kept."""
        parts, self._parts = self._parts, []
        if not parts:
            return
        first, last = parts[0], parts[-1]
        values, size = _NUMBERED[first.command]
        payload = b"".join([part.payload[1 : 1 + values * size] for part in parts])
        wanted = self._wanted(first)
        raw = b"".join([part.raw for part in parts])
        if wanted is not None and len(payload) < wanted * size:
            items.append(Noise(Why.CUT, raw, first.address, last.at))
            return
        if wanted is not None:
            payload = payload[: wanted * size]
        items.append(Frame(first.address, first.command, payload, 0, ANSWER, raw, last.at))

    def _spoil(self, items: list[Frame | Noise]) -> None:
        """Give up the numbered frames that were kept: one is missing among them."""
        parts, self._parts = self._parts, []
        if parts:
            items.append(Noise(Why.CUT, b"".join([part.raw for part in parts]), parts[0].address, parts[-1].at))


def _sums_are_right(data: bytes, count: int) -> bool:
    """Whether each frame ends with the sum of its other bytes."""
    last = _SIZE - 1
    if count == 1:
        return data[last] == sum(data[:last]) & 0xFF
    return all(data[k + last] == sum(data[k : k + last]) & 0xFF for k in range(0, len(data), _SIZE))


def _are_numbered(data: bytes, count: int) -> bool:
    """Whether frames of one head are numbered from 1 on."""
    heads = all(data[k::_SIZE] == data[k : k + 1] * count for k in (1, 2, 3))
    return heads and data[4::_SIZE] == bytes(range(1, count + 1))


def _second_byte(frame: Frame) -> int:
    if not 1 <= frame.address <= _LAST_BOARD or (frame.kind == PHONE and frame.address != 1):
        raise EncodeError(f"there is no board {frame.address}; the protocol knows 1 to {_LAST_BOARD}")
    return PHONE if frame.kind == PHONE else frame.address if frame.kind == ANSWER else ASK + frame.address - 1


def _built(second: int, command: int, payload: bytes) -> bytes:
    head = bytes((*_MARK, second, command, _DATA)) + payload.ljust(_DATA, b"\0")
    return head + bytes((sum(head) & 0xFF,))


def _goes_on(before: Frame, frame: Frame) -> bool:
    """Whether frames of the same answer are missing between the two."""
    same = (before.address, before.command) == (frame.address, frame.command)
    return same and frame.payload[0] > before.payload[0] + 1


def _follows(before: Frame, frame: Frame) -> bool:
    same = (before.address, before.command) == (frame.address, frame.command)
    return same and frame.payload[0] == before.payload[0] + 1
