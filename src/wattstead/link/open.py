"""From a URL to a port: ``open_port`` for the tool's side of the cable, ``listen`` for the device's side."""

import os
from dataclasses import replace
from typing import TypeVar

from wattstead.link.can import open_can
from wattstead.link.can_url import CanUrl
from wattstead.link.listener import OnePortListener
from wattstead.link.port import Listener, Port
from wattstead.link.replay import open_replay
from wattstead.link.solarman_url import SolarmanUrl
from wattstead.link.tcp import connect_tcp, listen_tcp
from wattstead.link.url import PtyUrl, ReplayUrl, SerialUrl, TcpUrl, check_baud, parse_url
from wattstead.model.errors import UsageError

SpeedUrl = TypeVar("SpeedUrl", SerialUrl, PtyUrl)


async def open_port(url: str, *, baud: int | None = None) -> Port:
    """Open the host's side of a line: a serial port, a TCP connection, a CAN bus or a recording.

    baud: speed in bit/s for a serial URL that names none; TCP and recordings have no use for it.
    Raises UsageError for a URL that cannot be meant, LinkLost with a remedy for a port that does not open.
    """
    match parse_url(url):
        case SerialUrl() as serial:
            return await _open_serial(_with_baud(serial, baud))
        case TcpUrl() as tcp:
            return await connect_tcp(tcp)
        case ReplayUrl() as replay:
            return open_replay(replay)
        case CanUrl() as can:
            return await open_can(can)
        case SolarmanUrl():
            raise UsageError(f"{url}: only what understands loggers can open this; for its bytes use tcp://host:port")
        case PtyUrl(path=path):
            raise UsageError(f"{url}: pty:// is how a virtual device makes this port; open it with serial://{path}")


async def listen(url: str, *, baud: int | None = None) -> Listener:
    """Be the device's side of a line: a new pseudo-terminal, a TCP server, a real serial port or a CAN bus.

    baud: speed in bit/s where the URL names none; a pty without any has no pace, TCP never has one.
    Raises UsageError for a URL that cannot be meant, LinkLost with a remedy for a line that cannot be served.
    """
    match parse_url(url):
        case PtyUrl() as pty:
            return _listen_pty(_with_baud(pty, baud))
        case TcpUrl() as tcp:
            return await listen_tcp(tcp)
        case SerialUrl() as serial:
            port = await _open_serial(_with_baud(serial, baud))
            return OnePortListener(port.url, port)
        case CanUrl() as can:
            bus = await open_can(can)
            return OnePortListener(bus.url, bus)
        case SolarmanUrl():
            raise UsageError(f"{url}: a logger is no bare line; 'wattstead simulate PROFILE --on {url}' makes one")
        case ReplayUrl():
            remedy = "serve it with 'wattstead replay FILE --on URL'"
            raise UsageError(f"{url}: a recording is no line that a device could be on; {remedy}")


async def _open_serial(url: SerialUrl) -> Port:
    from wattstead.link.serial import open_serial  # loads what drives serial ports: nobody else should wait for that

    return await open_serial(url)


def _listen_pty(url: PtyUrl) -> Listener:
    if os.name != "posix":
        raise UsageError(f"{url}: pty:// needs Linux or macOS; use tcp://127.0.0.1:8899 here")
    from wattstead.link.pty import listen_pty  # its modules exist on POSIX only

    return listen_pty(url)


def _with_baud(url: SpeedUrl, baud: int | None) -> SpeedUrl:
    """Give the URL its speed: its own where it names one."""
    if baud is None or url.baud is not None:
        return url
    return replace(url, baud=check_baud(baud, str(url)))
