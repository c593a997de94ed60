"""Modbus TCP: a header of seven bytes before function and data.

::

    transaction  protocol  length  unit  function  data
         2        2 (0)      2      1       1       n        bytes; length counts from unit on

There is no checksum: TCP has one. A reply repeats the transaction of its request, so that both sides know which it
answers. Where a header cannot be one, the next that can is looked for.
"""

from typing import Final

from wattstead.model.errors import EncodeError
from wattstead.wire.frame import Frame, Noise, Why

_HEADER: Final = 6  # up to and with length
_LONGEST: Final = 254  # unit and what follows
_START: Final = b"\0\0\0"  # protocol, and the high byte of any length


class ModbusTcpFramer:
    """Cuts a stream into frames; ``tag`` is the transaction."""

    tagged = True

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes, at: float = 0.0) -> list[Frame | Noise]:
        """Take bytes as they came, in pieces of any size. at: seconds, stamped on what they complete."""
        self._pending += data
        found: list[Frame | Noise] = []
        while len(self._pending) >= _HEADER:
            length = self._pending[5]
            if self._pending[2:5] != _START or not 2 <= length <= _LONGEST:
                self._skip(found, at)
                continue
            if len(self._pending) < _HEADER + length:
                break
            raw = bytes(self._pending[: _HEADER + length])
            del self._pending[: len(raw)]
            found.append(Frame(raw[6], raw[7], raw[8:], raw=raw, at=at, tag=raw[0] << 8 | raw[1]))
        return found

    def silence(self, at: float = 0.0) -> list[Frame | Noise]:
        """The line went quiet: what is pending will not be completed."""
        data = bytes(self._pending)
        self._pending.clear()
        return [Noise(Why.CUT, data, data[6] if len(data) > _HEADER else None, at)] if data else []

    def build(self, frame: Frame) -> bytes:
        """Give the bytes of a frame. Raises EncodeError where they are too many."""
        body = bytes((frame.address, frame.command)) + frame.payload
        if len(body) > _LONGEST:
            raise EncodeError(f"{len(frame.payload)} bytes do not fit a Modbus frame; it carries 252 at most")
        return frame.tag.to_bytes(2) + b"\0\0" + len(body).to_bytes(2) + body

    def _skip(self, found: list[Frame | Noise], at: float) -> None:
        """Give up bytes up to where the next header may begin."""
        next_start = self._pending.find(_START, 3)
        count = max(1, next_start - 2 if next_start >= 0 else len(self._pending) - len(_START) - 1)
        found.append(Noise(Why.STRAY, bytes(self._pending[:count]), None, at))
        del self._pending[:count]
