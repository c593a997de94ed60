"""The two wires to the chip (TWI, a relative of I²C): reads and writes of registers, each with its CRC-8.

A host begins with 34H (the chip's address 1AH and "write"). A write goes on with register and value; a read with the
register, how many, a second start and 35H, and then the chip speaks. The CRC covers all bytes from the first on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from wattstead.model.errors import DecodeError, EncodeError

ADDRESS: Final = 0x1A
WRITE_TO, READ_FROM = ADDRESS << 1, ADDRESS << 1 | 1
RESET_REGISTER, RESET_VALUE = 0xEA, 0xC0
WRITABLE: Final = (*range(0x19), *range(0x40, 0x43), *range(0x70, 0x73), RESET_REGISTER)
"""EEPROM 00H to 18H (in programming mode), CONF and balancing, flags and watch-dog, soft reset."""
_LONGEST: Final = 0xFF


@dataclass(frozen=True, slots=True)
class Transaction:
    """One whole exchange between a start and a stop. data: what was written, or what the chip gave."""

    register: int
    data: bytes
    writes: bool = False

    def build(self) -> bytes:
        """Give its bytes. Raises EncodeError."""
        return write_frame(self.register, self.data[0]) if self.writes else read_frame(self.register, self.data)

    @property
    def resets(self) -> bool:
        """Whether it is the soft reset, which new EEPROM values need to act."""
        return self.writes and (self.register, self.data) == (RESET_REGISTER, bytes((RESET_VALUE,)))


@dataclass(frozen=True, slots=True)
class Stray:
    """Bytes that are no exchange. why: for people."""

    data: bytes
    why: str


def crc8(data: bytes) -> int:
    """Check of the chip: polynomial 07H, from 00H, nothing turned round."""
    value = 0
    for byte in data:
        value = _TABLE[value ^ byte]
    return value


def _row(value: int) -> int:
    for _ in range(8):
        value = (value << 1 ^ (0x07 if value & 0x80 else 0)) & 0xFF
    return value


_TABLE: Final = tuple(_row(value) for value in range(256))


def write_frame(register: int, value: int) -> bytes:
    """Write one register. Raises EncodeError for one that the chip does not let anybody write."""
    if register not in WRITABLE:
        raise EncodeError(f"register {register:02X}H cannot be written; 00 to 18, 40 to 42, 70 to 72 and EA can")
    if not 0 <= value <= 0xFF:
        raise EncodeError(f"{value} is no byte")
    head = bytes((WRITE_TO, register, value))
    return head + bytes((crc8(head),))


def soft_reset() -> bytes:
    """Let the chip begin anew, with what its EEPROM says now."""
    return write_frame(RESET_REGISTER, RESET_VALUE)


def read_request(register: int, count: int) -> bytes:
    """Give what a host sends to read registers; the chip answers in the same exchange. Raises EncodeError."""
    if not (0 <= register <= 0xFF and 1 <= count <= _LONGEST):
        raise EncodeError(
            f"{count} registers from {register} on cannot be read; both are one byte, the count at least 1"
        )
    return bytes((WRITE_TO, register, count, READ_FROM))


def read_frame(register: int, data: bytes) -> bytes:
    """Give a whole read, with what the chip answers. Raises EncodeError."""
    whole = read_request(register, len(data)) + data
    return whole + bytes((crc8(whole),))


def parse(frame: bytes) -> Transaction:
    """Understand the bytes of one exchange. Raises DecodeError: what is wrong, what would be right."""
    if len(frame) < 4 or frame[0] != WRITE_TO:
        raise DecodeError(f"{_hex(frame)} is no exchange with this chip; one begins with 34 and has 4 bytes or more")
    if len(frame) == 4 and frame[3] == crc8(frame[:3]):
        return Transaction(frame[1], frame[2:3], writes=True)
    if frame[3] != READ_FROM:
        right = "" if len(frame) != 4 else f"; CRC {crc8(frame[:3]):02X} would be right, not {frame[3]:02X}"
        raise DecodeError(
            f"{_hex(frame)} is neither a write (34, register, value, CRC) nor a read (fourth byte 35){right}"
        )
    if len(frame) != 5 + frame[2]:
        raise DecodeError(
            f"a read of {frame[2]} registers has {5 + frame[2]} bytes with its CRC, these are {len(frame)}"
        )
    if frame[-1] != crc8(frame[:-1]):
        raise DecodeError(f"the CRC of the read is {frame[-1]:02X}; {crc8(frame[:-1]):02X} would be right")
    return Transaction(frame[1], frame[4:-1])


def transactions(data: bytes) -> Iterator[Transaction | Stray]:
    """Find all exchanges in a recording of the two wires; what is none comes between them."""
    at = lost = 0
    while at < len(data):
        for length in _lengths(data, at):
            try:
                found = parse(data[at : at + length])
            except DecodeError:
                continue
            if lost < at:
                yield _stray(data[lost:at])
            yield found
            at = lost = at + length
            break
        else:
            at += 1
    if lost < len(data):
        yield _stray(data[lost:])


def _lengths(data: bytes, at: int) -> tuple[int, ...]:
    """Give how long an exchange that begins here can be; the longer reading first: its check says more."""
    if data[at] != WRITE_TO or len(data) - at < 4:
        return ()
    read = 5 + data[at + 2]
    return (read, 4) if data[at + 3] == READ_FROM and read > 5 and len(data) - at >= read else (4,)


def _stray(data: bytes) -> Stray:
    try:
        parse(data)
    except DecodeError as error:
        return Stray(data, str(error))
    return Stray(data, "bytes that belong to no exchange")


def _hex(data: bytes) -> str:
    return data.hex(" ").upper() or "nothing"
