"""What a UART makes of bytes that were sent at another speed: the garbage of a wrong baud rate, as in life.

Both ends talk 8N1: a low start bit, eight data bits with the lowest first, a high stop bit; between bytes the line is
high. The receiver looks for a falling edge, then samples in the middle of each of its own bit times.
"""

_BITS = 10


def garble(data: bytes, sent_baud: int, sampled_baud: int) -> bytes:
    """Give the bytes that a receiver at ``sampled_baud`` reads from data sent at ``sent_baud`` bit/s.

    The same arguments always give the same bytes. Speeds within some 4 % of each other read right. A byte without its
    stop bit (a framing error) reads as 0, as the terminals of Linux and the BSDs give it.
    """
    if not data or sent_baud == sampled_baud:
        return data
    line = _Line(data, sent_ticks=2 * sampled_baud)
    received = bytearray()
    sampled_ticks = 2 * sent_baud  # ticks divide both bit times, so that no rounding decides what is read
    now = 0
    while (edge := line.next_low(now)) is not None:
        middle = edge + sampled_ticks // 2
        if line.level(middle):
            now = middle  # too short for a start bit: a spike
            continue
        bits = [line.level(middle + bit * sampled_ticks) for bit in range(1, _BITS)]
        framed = bits.pop()
        received.append(sum(bit << place for place, bit in enumerate(bits)) if framed else 0)
        now = line.next_high(middle + (_BITS - 1) * sampled_ticks)
    return bytes(received)


class _Line:
    """The levels of the line over time, in ticks from the first start bit; high before and after."""

    def __init__(self, data: bytes, sent_ticks: int) -> None:
        self._levels = [level for byte in data for level in (0, *(byte >> bit & 1 for bit in range(8)), 1)]
        self._ticks = sent_ticks

    def level(self, tick: int) -> int:
        bit = tick // self._ticks
        return self._levels[bit] if bit < len(self._levels) else 1

    def next_low(self, tick: int) -> int | None:
        """Give the tick, not before this one, at which the line is low; None where it stays high."""
        for bit in range(tick // self._ticks, len(self._levels)):
            if not self._levels[bit]:
                return max(tick, bit * self._ticks)
        return None

    def next_high(self, tick: int) -> int:
        for bit in range(tick // self._ticks, len(self._levels)):
            if self._levels[bit]:
                return max(tick, bit * self._ticks)
        return max(tick, len(self._levels) * self._ticks)
