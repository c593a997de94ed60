"""What a virtual stick logger is and how it behaves: the switches for what real ones do differently."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal, get_args

from wattstead.model.errors import UsageError

LOCAL_PORT, DISCOVERY_PORT, CLOUD_PORT = 8899, 48899, 10000
SERIAL = 2712345678
"""The serial number of a virtual logger that was given none."""

AtWrongSerial = Literal["status", "silence", "close", "echo"]
MAKERS_CLOUD = re.compile(r"(^|\.)(solarmanpv\.com|igen-tech\.com|solarman\.cn)$")
MAKERS_ADDRESSES = ("47.88.8.200",)


@dataclass(frozen=True, slots=True)
class Manners:
    """How a stick behaves. The usual values are those of an LSW-3.

    serial: its number. latency_ms: from a request to its answer at least; faster sticks do not exist, and clients rely
    on it. clients: how many it serves at once; more are sent away. idle_s: a client that says nothing for so long is
    sent away. most_registers: more in one request get no answer from the inverter. double_crc: each Modbus frame has
    its CRC twice. wrong_serial: what a request with another serial gets. zero_serial: 0 stands for whoever is asked.
    asleep: the inverter does not answer, as by night. heartbeat_s: how often a client gets a heartbeat that it never
    asked for; 0 never. glued: a heartbeat stands before each answer, in the same segment. split: each answer comes in
    two segments. chatter: a line of text comes before each answer. burst, burst_s, burst_rest_s: after so many requests
    within so many seconds it is silent for so long and leaves its cloud; 0 requests: never. clock: whether it knows the
    time before its cloud has told it. at: whether it answers AT commands. dle: INVDATA answers have DLE between bytes.
    discovery: its UDP port; 0 none. cloud: where it reports to, host:port; "" nowhere. data_s, beat_s, again_s: how
    often it sends a sample, a heartbeat and the whole first sequence to its cloud.
    """

    serial: int = SERIAL
    latency_ms: int = 100
    clients: int = 1
    idle_s: int = 300
    most_registers: int = 125
    double_crc: bool = False
    wrong_serial: AtWrongSerial = "status"
    zero_serial: bool = True
    asleep: bool = False
    heartbeat_s: int = 0
    glued: bool = False
    split: bool = False
    chatter: bool = False
    burst: int = 0
    burst_s: int = 20
    burst_rest_s: int = 60
    clock: bool = True
    at: bool = True
    dle: bool = False
    discovery: int = DISCOVERY_PORT
    cloud: str = ""
    data_s: int = 300
    beat_s: int = 120
    again_s: int = 10740
    firmware: str = "LSW3_15_FFFF_1.0.57"
    mac: str = "E8FDF8A1B2C3"
    ssid: str = "home"


def manners(options: Mapping[str, str], where: str) -> Manners:
    """Read switches as they stand in a URL. where: its text, for the sentence. Raises UsageError."""
    known = {field.name: field for field in fields(Manners)}
    given: dict[str, object] = {}
    for name, text in options.items():
        if name not in known:
            raise UsageError(f"{where}: a virtual logger has no switch {name!r}; it has {', '.join(known)}")
        given[name] = _value(name, text, known[name].default, where)
    made = replace(Manners(), **given)  # type: ignore[arg-type]
    _check(made, where)
    return made


def _value(name: str, text: str, usual: object, where: str) -> object:
    if isinstance(usual, bool):
        if text not in ("yes", "no"):
            raise UsageError(f"{where}: {name} is yes or no, not {text!r}")
        return text == "yes"
    if isinstance(usual, int):
        if not (text.isascii() and text.isdigit()) or int(text) > 0xFFFF_FFFF:
            raise UsageError(f"{where}: {name} is a whole number such as {usual}, not {text!r}")
        return int(text)
    return text


def _check(made: Manners, where: str) -> None:
    if not made.serial:
        raise UsageError(f"{where}: serial 0 means whoever is asked; give a number such as {SERIAL}")
    if made.wrong_serial not in get_args(AtWrongSerial):
        known = ", ".join(get_args(AtWrongSerial))
        raise UsageError(f"{where}: wrong_serial is one of {known}, not {made.wrong_serial!r}")
    if not re.fullmatch("[0-9A-F]{12}", made.mac):
        raise UsageError(f"{where}: mac is twelve hex digits such as {Manners().mac}, not {made.mac!r}")
    for name, most in (("firmware", 40), ("ssid", 30)):
        if not (text := getattr(made, name)).isascii() or len(text) > most:
            raise UsageError(f"{where}: {name} has {most} characters of ASCII at most; {text!r} has not")
    if made.discovery > 0xFFFF:
        raise UsageError(f"{where}: discovery is a UDP port such as {DISCOVERY_PORT}, or 0 for none")
    if not made.clients:
        raise UsageError(f"{where}: clients is 1 or more; a stick serves somebody")
    if made.cloud:
        cloud_address(made.cloud, where)


def cloud_address(text: str, where: str) -> tuple[str, int]:
    """Give host and port of a cloud. Raises UsageError; the makers' own clouds are never spoken to."""
    host, _, port = text.rpartition(":") if ":" in text else (text, "", str(CLOUD_PORT))
    if not host or not port.isdigit() or not 0 < int(port) <= 0xFFFF:
        raise UsageError(f"{where}: cloud is host:port such as 127.0.0.1:{CLOUD_PORT}, not {text!r}")
    if MAKERS_CLOUD.search(host.lower().rstrip(".")) or host in MAKERS_ADDRESSES:
        raise UsageError(
            f"{where}: {host} is a maker's own cloud, which virtual loggers never speak to; give 127.0.0.1:{CLOUD_PORT}"
        )
    return host, int(port)
