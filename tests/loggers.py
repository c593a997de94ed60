"""A tiny Modbus slave behind a virtual stick logger, written from the Modbus specification alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from wattstead.link.url import TcpUrl
from wattstead.virtual.logger_manners import Manners, manners
from wattstead.virtual.logger_run import Inverter, Running, switched_on

UNIX_S = 1_780_315_200  # 2026-06-01 12:00 UTC
SERIAL = 2712345678


def crc(data: bytes) -> bytes:
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value.to_bytes(2, "little")


def rtu(text: str) -> bytes:
    """Bytes in hex with their CRC."""
    data = bytes.fromhex(text)
    return data + crc(data)


class TinySlave:
    """Slave 1: registers, of which one that was never written holds its own address, and coils, off at first."""

    def __init__(self) -> None:
        self.registers: dict[int, int] = {}
        self.coils: dict[int, bool] = {}
        self.asked: list[bytes] = []

    def feed(self, data: bytes, at: float = 0.0) -> list[bytes]:  # noqa: ARG002
        self.asked.append(data)
        if len(data) < 8 or data[-2:] != crc(data[:-2]) or data[0] != 1:
            return []
        body = self._answer(data[1], data[2:-2])
        return [b"\1" + body + crc(b"\1" + body)]

    def silence(self, at: float = 0.0) -> None:
        pass

    def _answer(self, function: int, body: bytes) -> bytes:
        start, number = int.from_bytes(body[:2], "big"), int.from_bytes(body[2:4], "big")
        if function in (3, 4):
            if not 1 <= number <= 125:
                return bytes((function | 0x80, 3))
            read = [self.registers.get(start + at, start + at & 0xFFFF) for at in range(number)]
            return bytes((function, 2 * number)) + b"".join(one.to_bytes(2, "big") for one in read)
        if function in (1, 2):
            bits = sum(self.coils.get(start + at, False) << at for at in range(number))
            size = -(-number // 8)
            return bytes((function, size)) + bits.to_bytes(size, "little")
        if function == 5:
            self.coils[start] = number == 0xFF00
            return bytes((function,)) + body
        if function == 15:
            bits = int.from_bytes(body[5:], "little")
            self.coils |= {start + at: bool(bits >> at & 1) for at in range(number)}
            return bytes((function,)) + body[:4]
        if function == 6:
            self.registers[start] = number
            return bytes((function,)) + body
        if function == 16:
            for at in range(number):
                self.registers[start + at] = int.from_bytes(body[5 + 2 * at : 7 + 2 * at], "big")
            return bytes((function,)) + body[:4]
        return bytes((function | 0x80, 1))


def _written(value: object) -> str:
    """A switch as it stands in a URL."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


@asynccontextmanager
async def logger_on(
    slave: TinySlave | None = None, polls: tuple[bytes, ...] = (), **switches: object
) -> AsyncIterator[Running]:
    """A logger on a free port of this machine; its discovery is off unless asked for."""
    given = {name: _written(value) for name, value in switches.items()}
    made: Manners = manners({"discovery": "0", **given}, "test")
    inverter = Inverter(slave or TinySlave(), polls=polls, serial="HSE0000000000001")
    async with switched_on(TcpUrl("127.0.0.1", 0), made, inverter, unix_s=lambda: UNIX_S) as running:
        yield running
