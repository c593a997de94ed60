"""The speed of a terminal in bit/s, also those that have no constant in termios. POSIX only."""

import fcntl
import platform
import re
import struct
import sys
import termios

# Linux keeps the real number in struct termios2: four words of flags, the line discipline, 19 control characters and
# the two speeds.
_TERMIOS2 = struct.Struct("=4IB19s2I")
_TCGETS2, _TCSETS2 = 0x802C542A, 0x402C542B
_CFLAG, _ISPEED, _OSPEED = 2, 6, 7
_CBAUD, _BOTHER = 0o010017, 0o010000
_OTHER_LAYOUT = ("alpha", "mips", "parisc", "ppc", "sparc")

_CONSTANTS = {int(name[1:]): getattr(termios, name) for name in dir(termios) if re.fullmatch(r"B\d+", name)}
_NUMBERS = {constant: number for number, constant in _CONSTANTS.items()}


def speed_of(terminal: int) -> int | None:
    """Give the output speed set on an open terminal; None where it is hung up (0) or cannot be told."""
    if _has_termios2():
        return int(_TERMIOS2.unpack(fcntl.ioctl(terminal, _TCGETS2, bytes(_TERMIOS2.size)))[_OSPEED]) or None
    constant = termios.tcgetattr(terminal)[5]
    # The BSDs and macOS store the plain number; on Linux a number without a constant cannot be told this way.
    return _NUMBERS.get(constant, constant if sys.platform != "linux" else 0) or None


def set_speed(terminal: int, baud: int) -> None:
    """Set both speeds of an open terminal. Raises OSError where the system has no such speed."""
    if baud not in _CONSTANTS and _has_termios2():
        _set_any_speed(terminal, baud)
        return
    attributes = termios.tcgetattr(terminal)
    attributes[4] = attributes[5] = _CONSTANTS.get(baud, baud)
    try:
        termios.tcsetattr(terminal, termios.TCSANOW, attributes)
    except termios.error as error:
        raise OSError(*error.args) from error


def _set_any_speed(terminal: int, baud: int) -> None:
    words = list(_TERMIOS2.unpack(fcntl.ioctl(terminal, _TCGETS2, bytes(_TERMIOS2.size))))
    words[_CFLAG] = words[_CFLAG] & ~_CBAUD | _BOTHER
    words[_ISPEED] = words[_OSPEED] = baud
    fcntl.ioctl(terminal, _TCSETS2, _TERMIOS2.pack(*words))


def _has_termios2() -> bool:
    return sys.platform == "linux" and not platform.machine().startswith(_OTHER_LAYOUT)
