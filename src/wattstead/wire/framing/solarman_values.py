"""What stands in the values of a sample that a stick logger sends to its cloud.

The frame does not say it: each brand has its schema. Ours, 5754H, says itself which registers it carries, so that any
Modbus profile reads it. Of the others only what recordings show is told; the bytes themselves are never thrown away.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wattstead.model.errors import DecodeError, EncodeError

BLOCKS: Final = 0x5754
"""The schema of our own virtual loggers."""

GINLONG: Final = 0x0507
"""String inverters behind MW_08 sticks, read from one recording."""

_VERSION: Final = 1
_HEAD: Final = struct.Struct(">BB")
_BLOCK: Final = struct.Struct(">BBHH")
_LONGEST: Final = 125
BLOCK_HEAD: Final = _BLOCK.size
"""Bytes of a block beside its registers."""


@dataclass(frozen=True, slots=True)
class Block:
    """Registers of one answer. unit: Modbus address. function: 3 or 4. registers: their bytes, as Modbus sends them."""

    unit: int
    function: int
    start: int
    registers: bytes

    @property
    def count(self) -> int:
        return len(self.registers) // 2


@dataclass(frozen=True, slots=True)
class _Value:
    at: int
    layout: str
    scale: float
    digits: int


_GINLONG: Final = {
    "inverter_temperature_degc": _Value(0, "<h", 0.1, 1),
    "pv1_voltage_v": _Value(2, "<H", 0.1, 1),
    "pv2_voltage_v": _Value(4, "<H", 0.1, 1),
    "pv1_current_a": _Value(6, "<H", 0.1, 1),
    "pv2_current_a": _Value(8, "<H", 0.1, 1),
    "grid_l1_voltage_v": _Value(20, "<H", 0.1, 1),
    "grid_l1_frequency_hz": _Value(22, "<H", 0.01, 2),
    "pv_energy_today_kwh": _Value(28, "<H", 0.01, 2),
    "pv_energy_total_kwh": _Value(32, "<I", 0.1, 1),
}
_KNOWN: Final[Mapping[int, Mapping[str, _Value]]] = {GINLONG: _GINLONG}


def values_of(schema: int, data: bytes) -> dict[str, float]:
    """Give the values that this schema is known to carry; none where nobody has described it."""
    found = {}
    for name, value in _KNOWN.get(schema, {}).items():
        if value.at + struct.calcsize(value.layout) <= len(data):
            (raw,) = struct.unpack_from(value.layout, data, value.at)
            found[name] = round(raw * value.scale, value.digits)
    return found


def write_blocks(blocks: Sequence[Block]) -> bytes:
    """Give the values of a sample of our schema. Raises EncodeError."""
    if len(blocks) > 0xFF:
        raise EncodeError(f"{len(blocks)} blocks of registers do not fit into one sample; 255 do")
    return _HEAD.pack(_VERSION, len(blocks)) + b"".join(_written(blocks))


def _written(blocks: Iterable[Block]) -> Iterable[bytes]:
    for one in blocks:
        if len(one.registers) % 2 or one.count > _LONGEST:
            raise EncodeError(
                f"a block of {len(one.registers)} bytes is none; it has whole registers, {_LONGEST} at most"
            )
        yield _BLOCK.pack(one.unit, one.function, one.start, one.count) + one.registers


def read_blocks(data: bytes) -> tuple[Block, ...]:
    """Read the values of a sample of our schema. Raises DecodeError."""
    if len(data) < _HEAD.size:
        raise DecodeError("a sample of register blocks is empty")
    version, many = _HEAD.unpack_from(data)
    if version != _VERSION:
        raise DecodeError(f"the sample is of version {version} of register blocks; {_VERSION} is known")
    at, blocks = _HEAD.size, []
    for number in range(1, many + 1):
        if at + _BLOCK.size > len(data):
            raise DecodeError(f"the sample ends before its block {number} of {many}")
        unit, function, start, count = _BLOCK.unpack_from(data, at)
        at += _BLOCK.size
        registers = data[at : at + 2 * count]
        if len(registers) != 2 * count or count > _LONGEST:
            raise DecodeError(f"block {number} says {count} registers, but {len(data) - at} bytes are left")
        blocks.append(Block(unit, function, start, registers))
        at += 2 * count
    if at != len(data):
        raise DecodeError(f"{len(data) - at} bytes stand after the last block of the sample")
    return tuple(blocks)
