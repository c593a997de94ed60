"""What the payloads of Solarman V5 frames say, both directions.

A logger talks to a client on its local port (4510H, answered by 1510H) and reports to its cloud (4110H to 4810H, each
answered by the code less 3000H with the time). Times are seconds; T is what the logger has worked in all, P since it
was switched on, and T + O the unix time: O is 0 while the logger has never had a clock.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from wattstead.model.errors import DecodeError, EncodeError
from wattstead.wire.framing.solarman_v5 import V5Frame

TO_ANSWER: Final = 0x3000  # control code of a request less that of its answer
INVERTER: Final = 0x02  # frame type: a Modbus RTU frame for the inverter
LOGGER: Final = 0x01  # frame type: an AT command for the logger itself
BUFFERED: Final = 0x80  # bit of the frame type of data that waited for the cloud
ZONE_MINUTES: Final = 120  # what the cloud sends after the time in captures; 0 works, too


class Control(IntEnum):
    """Control codes of requests."""

    HELLO = 0x4110
    DATA = 0x4210
    WIFI = 0x4310
    COMMAND = 0x4510
    HEARTBEAT = 0x4710
    REPORT = 0x4810


ANSWER: Final = Control.COMMAND - TO_ANSWER  # 1510H


class Status(IntEnum):
    """Two bytes that a logger sends where no Modbus frame can be: why it has none."""

    NO_ANSWER = 5  # the inverter was silent
    WRONG_SERIAL = 6  # the header of this answer holds the right one


@dataclass(frozen=True, slots=True)
class Counters:
    """How long a logger has worked. total_s: T. power_on_s: P. offset_s: O."""

    total_s: int = 0
    power_on_s: int = 0
    offset_s: int = 0

    @property
    def unix_s(self) -> int | None:
        """The time of the sample; None while the logger has never had a clock."""
        return (self.total_s + self.offset_s) & 0xFFFF_FFFF if self.offset_s else None


@dataclass(frozen=True, slots=True)
class Command:
    """A request to the inverter, or to the logger itself. body: a Modbus RTU frame, or an AT command as text."""

    body: bytes
    frame_type: int = INVERTER
    sensor: int = 0
    counters: Counters = field(default_factory=Counters)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the logger answers. body: a Modbus RTU frame, the two bytes of a status, or text of an AT command."""

    body: bytes
    counters: Counters = field(default_factory=Counters)
    frame_type: int = INVERTER
    state: int = 1  # 1: real-time data

    @property
    def status(self) -> int | None:
        """Why there is no Modbus frame; None where there may be one."""
        return self.body[0] if self.frame_type == INVERTER and 0 < len(self.body) < 5 else None


@dataclass(frozen=True, slots=True)
class Hello:
    """How a logger presents itself to its cloud. data_min, log_s, heartbeat_s: how often it will report. rest: kept."""

    counters: Counters
    firmware: str
    mac: bytes
    ip: str
    frame_type: int = 2
    data_min: int = 5
    log_s: int = 60
    heartbeat_s: int = 120
    devices: int = 1
    signal_pct: int = 100
    sensors: int = 3
    rest: bytes = bytes.fromhex("f84f010105")


@dataclass(frozen=True, slots=True)
class Data:
    """A sample of the inverter. schema: says how ``values`` are laid out. buffered: it waited for the cloud."""

    schema: int
    counters: Counters
    record: int
    inverter_serial: str
    values: bytes
    frame_type: int = 1
    between: bytes = b"\1\0\0\0"  # two bytes before the record's number, two after it

    @property
    def buffered(self) -> bool:
        return bool(self.frame_type & BUFFERED)


@dataclass(frozen=True, slots=True)
class Wifi:
    """The network that a logger is in. signal_pct: None where the payload is of a kind without it. rest: kept."""

    counters: Counters
    ssid: str
    signal_pct: int | None
    frame_type: int = 0x81
    unknown: bytes = b"\0\0"
    rest: bytes = b"\1"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The logger is there."""

    rest: bytes = b"\0"


@dataclass(frozen=True, slots=True)
class Report:
    """What a logger tells of itself. stamp_s: a time of which nobody says what it is. rest: as it came."""

    total_s: int
    power_on_s: int
    stamp_s: int
    kind: bytes
    rest: bytes
    frame_type: int = 1


@dataclass(frozen=True, slots=True)
class Time:
    """How a cloud acknowledges. unix_s: sets the logger's clock. echo: the first byte of the request's payload."""

    unix_s: int
    echo: int = 0
    state: int = 1
    zone_min: int = ZONE_MINUTES


@dataclass(frozen=True, slots=True)
class Unknown:
    """A payload of a control code that nobody has described."""

    data: bytes


Payload = Command | Answer | Hello | Data | Wifi | Heartbeat | Report | Time | Unknown

_COMMAND = struct.Struct("<BHIII")
_ANSWER = struct.Struct("<BBIII")
_HELLO = struct.Struct("<BIIIBBBBBB40s6s16s")
_DATA = struct.Struct("<BHIII2sH2s16s")
_WIFI = struct.Struct("<BIII2s30s")
_REPORT = struct.Struct("<BIII3s")
_TIME = struct.Struct("<BBII")


def understand(frame: V5Frame) -> Payload:
    """Give what a payload says. Raises DecodeError where it is too short for its control code."""
    control, data = frame.control, frame.payload
    if control == ANSWER:
        return _answer(data)
    if control in _READ:
        return _READ[control](data)
    if control + TO_ANSWER in _READ:
        return _time(data)
    return Unknown(data)


def write(payload: Payload) -> bytes:
    """Give the bytes of a payload: the mirror of ``understand``. Raises EncodeError where a value does not fit."""
    try:
        return _write(payload)
    except struct.error as error:
        raise EncodeError(f"{payload!r} does not fit into a payload: {error}") from None


def _write(payload: Payload) -> bytes:
    match payload:
        case Command(body, kind, sensor, at):
            return _COMMAND.pack(kind, sensor, *_three(at)) + body
        case Answer(body, at, kind, state):
            return _ANSWER.pack(kind, state, *_three(at)) + body
        case Hello():
            return _write_hello(payload)
        case Data(schema, at, record, serial, values, kind, between):
            head = (kind, schema, *_three(at), between[:2], record & 0xFFFF, between[2:], _padded(serial, 16, b" "))
            return _DATA.pack(*head) + values
        case Wifi(at, ssid, signal, kind, unknown, rest):
            level = b"" if signal is None else bytes((signal & 0xFF,))
            return _WIFI.pack(kind, *_three(at), unknown, _padded(ssid, 30, b"\0")) + level + rest
        case Report(total_s, on_s, stamp_s, kind3, rest, kind):
            return _REPORT.pack(kind, total_s, on_s, stamp_s, kind3) + rest
        case Time(unix_s, echo, state, zone):
            return _TIME.pack(echo, state, unix_s, zone)
        case Heartbeat(rest):
            return rest
        case Unknown(data):
            return data


def _write_hello(one: Hello) -> bytes:
    numbers = (one.data_min, one.log_s, one.heartbeat_s, one.devices, one.signal_pct, one.sensors)
    texts = (_padded(one.firmware, 40, b"\0"), one.mac, _padded(one.ip, 16, b"\0"))
    return _HELLO.pack(one.frame_type, *_three(one.counters), *numbers, *texts) + one.rest


def _three(at: Counters) -> tuple[int, int, int]:
    return at.total_s, at.power_on_s, at.offset_s


def _unpacked(layout: struct.Struct, data: bytes, what: str) -> tuple[tuple[Any, ...], bytes]:
    if len(data) < layout.size:
        raise DecodeError(f"a {what} of {len(data)} bytes is too short; it has {layout.size} at least")
    return layout.unpack_from(data), data[layout.size :]


def _command(data: bytes) -> Payload:
    (kind, sensor, *times), rest = _unpacked(_COMMAND, data, "request of a client")
    return Command(rest, kind, sensor, Counters(*times))


def _answer(data: bytes) -> Payload:
    if len(data) == _TIME.size:
        return _time(data)
    (kind, state, *times), rest = _unpacked(_ANSWER, data, "answer of a logger")
    return Answer(rest, Counters(*times), kind, state)


def _hello(data: bytes) -> Payload:
    (kind, t, p, o, *numbers, firmware, mac, ip), rest = _unpacked(_HELLO, data, "hello")
    data_min, log_s, heartbeat_s, devices, signal_pct, sensors = numbers
    often = (data_min, log_s, heartbeat_s)
    who = (_text(firmware), mac, _text(ip))
    return Hello(Counters(t, p, o), *who, kind, *often, devices, signal_pct, sensors, rest)


def _data(data: bytes) -> Payload:
    (kind, schema, t, p, o, one, record, two, serial), values = _unpacked(_DATA, data, "data frame")
    times = Counters(t, p, o)
    return Data(schema, times, record, _text(serial), values, kind, one + two)


def _wifi(data: bytes) -> Payload:
    (kind, t, p, o, unknown, ssid), rest = _unpacked(_WIFI, data, "Wi-Fi frame")
    times, signal = Counters(t, p, o), rest[0] if rest else None
    return Wifi(times, _text(ssid), signal, kind, unknown, rest[1:])


def _report(data: bytes) -> Payload:
    (kind, total_s, on_s, stamp_s, three), rest = _unpacked(_REPORT, data, "report")
    return Report(total_s, on_s, stamp_s, three, rest, kind)


def _heartbeat(data: bytes) -> Payload:
    return Heartbeat(data)


def _time(data: bytes) -> Payload:
    (echo, state, unix_s, zone), _ = _unpacked(_TIME, data, "time answer")
    return Time(unix_s, echo, state, zone)


def _text(data: bytes) -> str:
    """Text without what fills it up; bytes that are no ASCII stay visible, and go back as they were."""
    return data.rstrip(b" \0").decode("latin-1")


def _padded(text: str, size: int, pad: bytes) -> bytes:
    data = text.encode("latin-1", "replace")
    if len(data) > size:
        raise EncodeError(f"{text!r} is longer than {size} characters")
    return data.ljust(size, pad)


_READ: Final[Mapping[int, Callable[[bytes], Payload]]] = {
    Control.HELLO: _hello,
    Control.DATA: _data,
    Control.WIFI: _wifi,
    Control.COMMAND: _command,
    Control.HEARTBEAT: _heartbeat,
    Control.REPORT: _report,
}


def crc(data: bytes) -> int:
    """CRC-16 of Modbus; on the wire its low byte goes first."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value


def without_second_crc(rtu: bytes) -> bytes:
    """Take away the CRC that some sticks append once more: over a frame with its CRC it is always ``00 00``.

    A frame whose data ends in ``00 00`` is left as it is.
    """
    doubled = len(rtu) >= 6 and rtu[-2:] == b"\0\0" and crc(rtu[:-4]) == int.from_bytes(rtu[-4:-2], "little")
    return rtu[:-2] if doubled else rtu
