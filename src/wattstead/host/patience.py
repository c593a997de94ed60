"""How long to wait: for the first byte of an answer, and for the next one of a frame that has begun."""

from wattstead.catalog.profile import Profile
from wattstead.link.pace import wire_time_s

FLOOR_S = 0.2
"""Never wait less: USB adapters, busy machines and some boards' longer thoughts (0.25 s was seen once) need it."""
FIFO_BYTES = 16  # a UART tells of the first byte when its FIFO is full, or the line is quiet
LONGEST_BYTES = 2048  # all modules of a long Pylontech stack in one reply
UNKNOWN_BAUD = 9600  # a serial server does not say its speed: take the slowest usual one
FRAME_GAP_S = 0.25  # wireless serial servers, and starved virtual machines, pause within a frame
QUIET_S = 0.1  # on a serial port a burst is over then: adapters hand bytes over every 16 ms
LOGGER_S = 2.0  # stick loggers ask their inverter themselves, in half a second or, when they are busy, in several
GLANCE_S = 0.06  # beyond the usual turnaround: adapters add some, and devices of one make differ a little
_SAMPLES = 4
_JITTER_S = 0.02


def slower_by_s(over: str) -> float:
    """How much longer a device takes behind what a port is. over: the framing that its URL prescribes."""
    return LOGGER_S if over == "modbus_rtu" else 0.0


def glance_s(profile: Profile) -> float:
    """How long a device of this make usually takes to begin its answer, at most."""
    return min(profile.link.deadline_ms, profile.link.turnaround_ms) / 1000 + GLANCE_S


class Patience:
    """Learns the turnaround of the devices on one line, as TCP learns its round trips (RFC 6298).

    longest_s: what to wait before anything is known, and never to exceed.
    """

    def __init__(self, longest_s: float) -> None:
        self.longest_s = longest_s
        self._line = _Turnaround()
        self._devices: dict[int, _Turnaround] = {}

    def learn(self, address: int, turnaround_s: float) -> None:
        """Take in how long an answer to a first try took; which try the answer to a second one is for, nobody knows."""
        self._line.learn(turnaround_s)
        self._devices.setdefault(address, _Turnaround()).learn(turnaround_s)

    def doubt(self, address: int) -> None:
        """A question had to be repeated: perhaps this device needs longer than we waited."""
        waited_s = self.usual_s(address)
        self._devices.setdefault(address, _Turnaround()).at_least_s = 2 * waited_s

    def is_usual(self, address: int, turnaround_s: float) -> bool:
        """Tell whether the device always takes so long."""
        known = self._devices.get(address)
        return known is not None and known.is_usual(turnaround_s)

    def usual_s(self, address: int) -> float:
        """What an answer may take by experience: with this device, else with the others on the line."""
        for known in (self._devices.get(address), self._line):
            if known is not None and (expected_s := known.expected_s) is not None:
                return min(self.longest_s, max(FLOOR_S, expected_s))
        return self.longest_s


class _Turnaround:
    def __init__(self) -> None:
        self.at_least_s = 0.0  # until the next measured answer
        self._samples = 0
        self._mean_s = 0.0
        self._deviation_s = 0.0

    def learn(self, measured_s: float) -> None:
        if not self._samples:
            self._mean_s, self._deviation_s = measured_s, measured_s / 2
        self._deviation_s += (abs(measured_s - self._mean_s) - self._deviation_s) / 4
        self._mean_s += (measured_s - self._mean_s) / 8
        self._samples += 1
        self.at_least_s = 0.0

    def is_usual(self, turnaround_s: float) -> bool:
        if self._samples < _SAMPLES:
            return False
        return abs(turnaround_s - self._mean_s) <= max(_JITTER_S, 4 * self._deviation_s)

    @property
    def expected_s(self) -> float | None:
        """Longest to be expected; None while too little is known."""
        if self._samples < _SAMPLES:
            return self.at_least_s or None
        return max(self.at_least_s, 1.5 * self._mean_s + 4 * self._deviation_s)


class Deadline:
    """When to stop listening to one question. All times on the event loop's clock.

    sent_s: when the request was handed over. request_bytes: its size. allowance_s: for the device to begin.
    """

    def __init__(self, sent_s: float, request_bytes: int, allowance_s: float, baud: int | None) -> None:
        self.first_s = sent_s + wire_time_s(request_bytes + FIFO_BYTES, baud) + allowance_s
        self._gap_s = max(FRAME_GAP_S, wire_time_s(2 * FIFO_BYTES, baud))
        self._quiet_s = max(QUIET_S, wire_time_s(2 * FIFO_BYTES, baud)) if baud else FRAME_GAP_S
        # A line that never goes quiet must not hold us for ever.
        self._last_s = self.first_s + wire_time_s(LONGEST_BYTES, baud or UNKNOWN_BAUD)

    def after(self, heard_s: float, *, spoilt: bool) -> float:
        """Give the deadline now that bytes came at ``heard_s``: as long as they flow, the frame may end.

        spoilt: an answer came and was broken. The right one will not come any more: wait for the end of the burst only.
        """
        until_s = heard_s + self._quiet_s if spoilt else max(self.first_s, heard_s + self._gap_s)
        return min(until_s, self._last_s)
