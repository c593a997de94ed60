"""URLs of stick loggers: ``solarman://192.168.1.50:8899?serial=2712345678``."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, quote_plus, unquote

from wattstead.model.errors import UsageError

PORT = 8899
SERIAL_MAX = 0xFFFF_FFFF
EXAMPLE = "solarman://192.168.1.50:8899?serial=2712345678"


@dataclass(frozen=True, slots=True)
class SolarmanUrl:
    """A stick logger, or where to listen as one.

    port: 0 lets the system choose when listening. serial: None asks the logger itself for it. switches: how a virtual
    logger shall behave; its own page says which there are.
    """

    host: str
    port: int = PORT
    serial: int | None = None
    switches: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        pairs = [] if self.serial is None else [("serial", str(self.serial))]
        query = "&".join(f"{quote_plus(key)}={quote_plus(value, safe=':')}" for key, value in (*pairs, *self.switches))
        return f"solarman://{host}:{self.port}" + (f"?{query}" if query else "")


def parse_solarman(text: str, where: str, query_text: str) -> SolarmanUrl:
    """Understand a URL; ``where`` and ``query_text`` are its parts. Raises UsageError that says what would be right."""
    host, port = _address(text, where.removesuffix("/"))
    pairs = parse_qsl(query_text, keep_blank_values=True)
    query = dict(pairs)
    if len(query) != len(pairs):
        raise UsageError(f"{text}: the same option stands twice; keep one")
    serial = query.pop("serial", None)
    return SolarmanUrl(host, port, None if serial is None else _serial(text, serial), tuple(query.items()))


def _address(text: str, where: str) -> tuple[str, int]:
    where = unquote(where)
    bare = where.startswith("[") and where.endswith("]")
    host, colon, port = (where, "", "") if bare else where.rpartition(":")
    if not colon:
        host, port = where, str(PORT)
    inside = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    clear = bool(inside) and not any(one in inside for one in "@/[] ") and (":" not in host or inside != host)
    if not clear or not (port.isascii() and port.isdigit() and int(port) <= 0xFFFF):
        raise UsageError(f"{text}: a logger has a host and a port and nothing else; write {EXAMPLE}")
    return inside, int(port)


def _serial(text: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value) <= SERIAL_MAX):
        raise UsageError(
            f"{text}: serial is the number on the logger's label, such as 2712345678, not {value!r}; "
            "leave it out to ask the logger"
        )
    return int(value)
