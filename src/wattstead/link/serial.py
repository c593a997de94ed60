"""Serial ports of this machine: 8 data bits, no parity, 1 stop bit, one program at a time."""

import asyncio
import errno
import os
import stat
from pathlib import Path

import serialx

from wattstead.link.holders import holders
from wattstead.link.port import Port
from wattstead.link.stream import StreamPort
from wattstead.link.url import SerialUrl
from wattstead.model.errors import LinkLost, UsageError

GONE = "the serial port is gone; plug the adapter in again"
_LEFT_ALONE = serialx.PinState.UNDEFINED


async def open_serial(url: SerialUrl) -> Port:
    """Open a serial port. Raises LinkLost with a remedy; UsageError where the URL names no speed."""
    if url.baud is None and await asyncio.to_thread(_is_missing, url.path):  # no speed would help
        raise LinkLost(f"{url}: there is no such port; {await asyncio.to_thread(_ports_there_are)}")
    if url.baud is None:
        raise UsageError(f"{url}: the speed is missing; write {url}?baud=19200 with the speed of the device")
    baud = url.baud
    try:
        return await _open(url, baud)
    except (OSError, serialx.SerialException, ValueError) as error:
        why = await asyncio.to_thread(_why, url.path, baud, error)
        raise LinkLost(f"{url}: {why}") from error


async def _open(url: SerialUrl, baud: int) -> Port:
    """Open by serialx. The modem lines stay as they are: a pty has none, and some adapters reset the device by DTR."""
    _, port = await serialx.create_serial_connection(
        asyncio.get_running_loop(),
        lambda: StreamPort(str(url), baud, GONE),
        url.path,
        baudrate=baud,
        exclusive=True,
        close_timeout=1.0,
        dtr_on_open=_LEFT_ALONE,
        rts_on_open=_LEFT_ALONE,
        dtr_on_close=_LEFT_ALONE,
        rts_on_close=_LEFT_ALONE,
    )
    if not isinstance(port, StreamPort):
        raise TypeError(f"serialx gave {port!r} instead of the protocol it was asked for")
    return port


def _why(path: str, baud: int, error: Exception) -> str:
    """Say in one sentence why a serial port did not open, and what helps."""
    code = getattr(error, "errno", None)
    if code in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
        return f"there is no such port; {_ports_there_are()}"
    if code in (errno.EBUSY, errno.EAGAIN):
        held_by = holders(Path(path))
        return f"the port is busy{', held by ' if held_by else ''}{held_by}; close the other program and try again"
    if code in (errno.EACCES, errno.EPERM):
        return _not_allowed(path)
    if code in (errno.ENOTTY, errno.EISDIR) or _is_no_device(path):
        return f"this is no serial port; {_ports_there_are()}"
    if isinstance(error, serialx.UnsupportedSetting) or code == errno.EINVAL:
        return f"the port cannot run at {baud} baud; try another speed, such as 9600 or 19200"
    return (
        f"cannot open the port ({getattr(error, 'strerror', None) or error}); unplug the adapter and plug it in again"
    )


def _is_missing(path: str) -> bool:
    return os.name == "posix" and not Path(path).exists()


def _ports_there_are() -> str:
    ports = sorted(port.device for port in serialx.list_serial_ports())
    if not ports:
        return "this machine has no serial port now: plug the adapter in, and check its cable"
    return f"this machine has {', '.join(ports)}: plug the adapter in, or name one of these"


def _is_no_device(path: str) -> bool:
    try:
        return os.name == "posix" and not stat.S_ISCHR(Path(path).stat().st_mode)
    except OSError:
        return False


def _not_allowed(path: str) -> str:
    """On Linux a group owns the port; on Windows a port in use looks the same as a forbidden one."""
    if os.name != "posix":
        return "the port is busy or not allowed; close the other program that uses it and try again"
    return (
        f"you are not allowed to use the port; join its group by 'sudo usermod -aG {_group(path)} $USER', "
        "then log out and in again"
    )


def _group(path: str) -> str:
    try:
        return Path(path).group()
    except (OSError, KeyError):
        return "dialout"
