"""Endpoint URLs: where a port is and how to open it, as small frozen objects."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote

from wattstead.link.can_url import EXAMPLE as CAN_EXAMPLE
from wattstead.link.can_url import CanUrl, parse_can
from wattstead.link.solarman_url import EXAMPLE as SOLARMAN_EXAMPLE
from wattstead.link.solarman_url import SolarmanUrl, parse_solarman
from wattstead.model.errors import UsageError

BAUD_MIN, BAUD_MAX = 300, 4_000_000
EXAMPLES = {
    "serial": "serial:///dev/ttyUSB0?baud=19200",
    "tcp": "tcp://192.168.1.50:8899",
    "modbus-tcp": "modbus-tcp://192.168.1.50:502",
    "pty": "pty:///run/user/1000/pack",
    "can": CAN_EXAMPLE,
    "solarman": SOLARMAN_EXAMPLE,
    "replay": "replay:///home/me/day.capture",
}
MODBUS_TCP_PORT = 502

_WINDOWS_PORT = re.compile(r"(\\\\\.\\)?COM\d+", re.IGNORECASE)
_LINUX_PORT = re.compile(r"(dev/)?(tty|cu\.)[\w.-]+")
_WINDOWS_DRIVE = re.compile(r"/[A-Za-z]:[/\\]")


@dataclass(frozen=True, slots=True)
class SerialUrl:
    """A serial port of this machine. path: ``/dev/ttyUSB0`` or ``COM3``. baud: bit/s, None where the URL names none."""

    path: str
    baud: int | None = None

    def __str__(self) -> str:
        return f"serial://{quote(self.path)}" + _baud_query(self.baud)


@dataclass(frozen=True, slots=True)
class TcpUrl:
    """A serial server, or where to listen as one. port: 0 lets the system choose when listening.

    scheme: "tcp" where the bytes are those of the serial line, "modbus-tcp" where Modbus has its frames for TCP.
    """

    host: str
    port: int
    scheme: str = "tcp"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class PtyUrl:
    """A new pseudo-terminal. path: the link to it that clients open. baud: bit/s, None for a line without pace."""

    path: str
    baud: int | None = None

    def __str__(self) -> str:
        return f"pty://{quote(self.path)}" + _baud_query(self.baud)


@dataclass(frozen=True, slots=True)
class ReplayUrl:
    """A recording. path: the capture file. speed: how many times faster than life; 0 is all at once."""

    path: str
    speed: float = 1.0

    def __str__(self) -> str:
        return f"replay://{quote(self.path)}" + ("" if self.speed == 1.0 else f"?speed={self.speed:g}")


Url = SerialUrl | TcpUrl | PtyUrl | ReplayUrl | CanUrl | SolarmanUrl


def parse_url(text: str) -> Url:
    """Understand an endpoint URL or the bare name of a serial port. Raises UsageError that says what would be right."""
    scheme, separator, rest = text.strip().partition("://")
    if not separator:
        return _bare(text.strip())
    where, _, query_text = rest.partition("?")
    match scheme.lower():
        case "serial":
            query = _query(text, query_text, "baud")
            return SerialUrl(_serial_path(text, unquote(where)), _baud(text, query))
        case "pty":
            query = _query(text, query_text, "baud")
            return PtyUrl(_file_path(text, unquote(where), "pty"), _baud(text, query))
        case "replay":
            query = _query(text, query_text, "speed")
            return ReplayUrl(_file_path(text, unquote(where), "replay"), _speed(text, query))
        case "tcp" | "modbus-tcp":
            _query(text, query_text)
            return _tcp(text, where.removesuffix("/"), scheme.lower())
        case "can":
            return parse_can(text, where, query_text)
        case "solarman":
            return parse_solarman(text, where, query_text)
    raise UsageError(f"{text}: unknown kind of port {scheme!r}; use one of {_known()}")


def framing_of(url: str) -> str:
    """Give the name of the framing that an endpoint prescribes, "" where the device's protocol has its usual one."""
    return {"modbus-tcp": "modbus_tcp", "solarman": "modbus_rtu", "can": "can"}.get(url.partition("://")[0].lower(), "")


def check_baud(baud: int, where: str) -> int:
    """Give the speed back if a line may have it. Raises UsageError."""
    if not BAUD_MIN <= baud <= BAUD_MAX:
        raise UsageError(
            f"{where}: a speed of {baud} baud cannot be; give {BAUD_MIN} to {BAUD_MAX}, such as 9600 or 19200"
        )
    return baud


def _known() -> str:
    return ", ".join(EXAMPLES.values())


def _baud_query(baud: int | None) -> str:
    return "" if baud is None else f"?baud={baud}"


def _bare(text: str) -> SerialUrl:
    if _WINDOWS_PORT.fullmatch(text) or text.startswith("/"):
        return SerialUrl(_serial_path(text, text))
    if _LINUX_PORT.fullmatch(text):
        raise UsageError(
            f"{text!r} is no port; a serial port has an absolute path: write /dev/{text.rpartition('/')[2]}"
        )
    raise UsageError(f"{text or 'an empty text'!r} is no port; use the path of a serial port or one of {_known()}")


def _serial_path(text: str, path: str) -> str:
    """Accept an absolute path or a COM port; the commonest slip is two slashes instead of three."""
    if _WINDOWS_PORT.fullmatch(path):
        return path
    if path.startswith("/") and path.strip("/"):
        return path
    if not path.strip("/"):
        raise UsageError(f"{text}: the name of the serial port is missing; write {EXAMPLES['serial']} or serial://COM3")
    raise UsageError(
        f"{text}: a serial port has an absolute path; write serial:///{path} (three slashes) or serial://COM3"
    )


def _file_path(text: str, path: str, scheme: str) -> str:
    if not path.strip("/"):
        raise UsageError(f"{text}: the path is missing; write {EXAMPLES[scheme]}")
    if not path.startswith("/"):
        raise UsageError(
            f"{text}: the path must be absolute; write {scheme}:///… with three slashes, as in {EXAMPLES[scheme]}"
        )
    return path[1:] if _WINDOWS_DRIVE.match(path) else path


def _tcp(text: str, where: str, scheme: str) -> TcpUrl:
    host, colon, port = where.rpartition(":")
    if scheme == "modbus-tcp" and (not colon or port.endswith("]")):
        host, colon, port = where, ":", str(MODBUS_TCP_PORT)
    if not colon or port.endswith("]"):
        raise UsageError(
            f"{text}: the port is missing; write {scheme}://{where or 'host'}:8899 with the port of the serial server"
        )
    if not host or (":" in host and not (host.startswith("[") and host.endswith("]"))):
        raise UsageError(
            f"{text}: the host is missing or unclear; write {EXAMPLES['tcp']}, an IPv6 address as tcp://[::1]:8899"
        )
    if "@" in host or "/" in host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise UsageError(
            f"{text}: {scheme} needs a host and a port from 1 to 65535 and nothing else; write {EXAMPLES[scheme]}"
        )
    return TcpUrl(host.strip("[]"), int(port), scheme)


def _query(text: str, query_text: str, *known: str) -> dict[str, str]:
    pairs = parse_qsl(query_text, keep_blank_values=True)
    for key, _ in pairs:
        if key not in known:
            remedy = f"known here: {', '.join(known)}" if known else "this kind of port takes none, remove it"
            raise UsageError(f"{text}: unknown option {key!r}; {remedy}")
    if len(dict(pairs)) != len(pairs):
        raise UsageError(f"{text}: the same option stands twice; keep one")
    return dict(pairs)


def _baud(text: str, query: dict[str, str]) -> int | None:
    if (value := query.get("baud")) is None:
        return None
    if not (value.isascii() and value.isdigit()):
        raise UsageError(f"{text}: baud must be a whole number such as 9600 or 19200, not {value!r}")
    return check_baud(int(value), text)


def _speed(text: str, query: dict[str, str]) -> float:
    if (value := query.get("speed")) is None:
        return 1.0
    try:
        speed = float(value)
    except ValueError:
        speed = -1.0
    if not 0.0 <= speed <= 1e6:
        raise UsageError(f"{text}: speed must be 0 (at once) or a factor such as 1 or 10, not {value!r}")
    return speed
