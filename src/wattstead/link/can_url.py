"""Endpoints of CAN buses: ``can://INTERFACE/CHANNEL?bitrate=500000``, whatever python-can knows."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

from wattstead.model.errors import UsageError

EXAMPLE: Final = "can://socketcan/can0?bitrate=500000"
BITRATE: Final = 500_000
_OURS: Final = ("interface", "channel")
_SERIAL: Final = ("slcan", "seeedstudio", "robotell", "serial")  # whose channel is a serial port


@dataclass(frozen=True, slots=True)
class CanUrl:
    """A bus. interface, channel: as python-can calls them. options: further words for it, as they were written."""

    interface: str
    channel: str
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        query = f"?{urlencode(self.options)}" if self.options else ""
        return f"can://{self.interface}/{quote(self.channel)}{query}"

    @property
    def bitrate(self) -> int:
        """Of the bus, bit/s: 500 kbit/s where the URL does not say it, as nearly all batteries have."""
        return int(dict(self.options).get("bitrate", BITRATE))

    def arguments(self) -> dict[str, Any]:
        """Give the options as python-can takes them: numbers as numbers, true and false as such."""
        given = {key: _value(text) for key, text in self.options}
        return given if self.interface in ("virtual", "udp_multicast") else {"bitrate": BITRATE, **given}


def parse_can(text: str, where: str, query: str) -> CanUrl:
    """Understand what stands behind ``can://``. Raises UsageError that says what would be right."""
    interface, slash, rest = where.partition("/")
    channel = unquote(rest)
    if not interface or not slash or not channel.strip("/"):
        raise UsageError(f"{text}: can needs an interface and a channel; write {EXAMPLE} or can://slcan//dev/ttyACM0")
    if interface in _SERIAL and channel.startswith("dev/"):
        channel = f"/{channel}"  # one slash too few, which cannot mean anything else
    options = tuple(parse_qsl(query, keep_blank_values=True))
    for key, _ in options:
        if key in _OURS:
            raise UsageError(f"{text}: {key} stands before the question mark, as in {EXAMPLE}")
    if len(dict(options)) != len(options):
        raise UsageError(f"{text}: the same option stands twice; keep one")
    bitrate = dict(options).get("bitrate", str(BITRATE))
    if not (bitrate.isascii() and bitrate.isdigit() and 5_000 <= int(bitrate) <= 1_000_000):
        raise UsageError(f"{text}: bitrate is a number of bit/s from 5000 to 1000000 such as 500000, not {bitrate!r}")
    return CanUrl(interface, channel, options)


def _value(text: str) -> int | float | bool | str:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
