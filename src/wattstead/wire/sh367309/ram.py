"""The chip's working registers, 40H to 72H, as values and events in our words, and back.

Positive current charges: the shunt's voltage is counted so that a set sign bit is discharge, which is our sign already.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wattstead.model.errors import DecodeError
from wattstead.wire.sh367309.thermistor import Thermistor

FIRST, LAST = 0x40, 0x72
CONF, BALANCE, STATUS, TEMPERATURES, CURRENT, CELLS, SLOW_CURRENT, FLAGS = (
    0x40,
    0x41,
    0x43,
    0x46,
    0x4C,
    0x4E,
    0x6E,
    0x70,
)
_CELL_COUNT, _PROBE_COUNT = 16, 3
_CELL_MV = 5 / 32
_CURRENT_COUNTS, _SLOW_COUNTS = 26837, 21470
"""Counts of the fast and the slow converter at 200 mV over the shunt."""
SHUNT_MOHM: Final = 0.1
"""Ours: which shunt a board has is the maker's affair."""

BITS: Final[Mapping[int, tuple[str, ...]]] = {
    0x40: ("idle", "sleep", "watchdog_enabled", "slow_current_enabled", "charge_mos_allowed", "discharge_mos_allowed",
           "precharge_mos_allowed", "overcurrent_clear"),
    0x43: ("cell_overvoltage_protection", "cell_undervoltage_protection", "discharge_overcurrent_1_protection",
           "discharge_overcurrent_2_protection", "charge_overcurrent_front_end_protection", "short_circuit_protection",
           "abnormal_high_voltage_protection", "watchdog_overflow"),
    0x44: ("charge_undertemperature_protection", "charge_overtemperature_protection",
           "discharge_undertemperature_protection", "discharge_overtemperature_protection"),
    0x45: ("discharge_mos_on", "charge_mos_on", "precharge_mos_on", "charging_forbidden_low_cell", "eeprom_writing", "",
           "discharging", "charging"),
    0x70: ("cell_overvoltage_seen", "cell_undervoltage_seen", "discharge_overcurrent_seen",
           "regulator_overcurrent_seen", "charge_overcurrent_seen",
           "short_circuit_seen", "abnormal_high_voltage_seen", "watchdog_overflow_seen"),
    0x71: ("charge_undertemperature_seen", "charge_overtemperature_seen", "discharge_undertemperature_seen",
           "discharge_overtemperature_seen", "voltages_ready", "slow_current_ready", "woken", "was_reset"),
}  # fmt: skip
"""Names of the bits, bit 0 first; "" where one means nothing."""
VALUES: Final = {
    *BITS[0x40],
    *("discharge_mos_on", "charge_mos_on", "precharge_mos_on", "eeprom_writing", "discharging", "charging"),
    *("voltages_ready", "slow_current_ready", "woken", "was_reset"),
}
"""Bits that tell a state; the others are events."""
_WATCHDOG_S: Final = (32, 16, 8, 4)
_POWER_UP: Final = 0x70
"""CONF after a reset: all three switches allowed."""


@dataclass(frozen=True, slots=True)
class Board:
    """What the chip does not know of the board around it. shunt_mohm: above 0."""

    shunt_mohm: float = SHUNT_MOHM
    probe: Thermistor = field(default_factory=Thermistor)


@dataclass(frozen=True, slots=True)
class Seen:
    """What some registers say: values by name, and the events that hold or were latched."""

    values: dict[str, Any]
    active: tuple[str, ...]


def seen(data: bytes, start: int, board: Board | None = None) -> Seen:
    """Understand registers from ``start`` on. Raises DecodeError for what lies beyond the map, or is cut in two."""
    board = board or Board()
    if not data or start < FIRST or start + len(data) - 1 > LAST:
        raise DecodeError(f"{len(data)} registers from {start:02X}H on: the working registers are 40H to 72H")
    at, values, active = start, dict[str, Any](), list[str]()
    while at < start + len(data):
        size = 2 if BALANCE <= at < STATUS or TEMPERATURES <= at < FLAGS else 1
        here = data[at - start : at - start + size]
        if len(here) < size or (size == 2 and (at - (BALANCE if at < STATUS else TEMPERATURES)) % 2):
            raise DecodeError(f"register {at:02X}H is half of a value of two; read both")
        if at in BITS:
            _bits(at, here[0], values, active)
        else:
            _value(at, here, values, board)
        at += size
    return Seen(values, tuple(active))


def registers(values: Mapping[str, Any], active: Collection[str], board: Board | None = None) -> bytes:
    """Give all registers, 40H to 72H, of a chip that sees this. What is not given reads as after a reset."""
    board = board or Board()
    image = bytearray(LAST - FIRST + 1)
    _put(image, CONF, bytes((_POWER_UP,)))
    mask = sum(1 << cell - 1 for cell in values.get("balancing_cells", ()))
    _put(image, BALANCE, mask.to_bytes(2))
    said = {**dict.fromkeys(active, True), **values}
    for register, names in BITS.items():
        if register != CONF or any(name in said for name in names):
            _put(image, register, bytes((sum(1 << bit for bit, name in enumerate(names) if name and said.get(name)),)))
    for number, degc in enumerate(tuple(values.get("cell_temperature_degc", ()))[:_PROBE_COUNT]):
        _put(image, TEMPERATURES + 2 * number, _counts(board.probe.share_of_degc(degc) * 32768))
    current_mv = float(values.get("pack_current_a", 0.0)) * board.shunt_mohm
    _put(image, CURRENT, _counts(current_mv * _CURRENT_COUNTS / 200))
    _put(image, SLOW_CURRENT, _counts(current_mv * _SLOW_COUNTS / 200))
    for number, volts in enumerate(tuple(values.get("cell_voltage_v", ()))[:_CELL_COUNT]):
        _put(image, CELLS + 2 * number, _counts(1000.0 * volts / _CELL_MV))
    return bytes(image)


def _put(image: bytearray, register: int, data: bytes) -> None:
    image[register - FIRST : register - FIRST + len(data)] = data


def _counts(value: float) -> bytes:
    """A converter stops at its ends."""
    return min(max(round(value), -0x8000), 0x7FFF).to_bytes(2, signed=True)


def _bits(register: int, byte: int, values: dict[str, Any], active: list[str]) -> None:
    names = BITS[register]
    for bit in range(8):
        name = names[bit] if bit < len(names) else ""
        on = bool(byte >> bit & 1)
        if name in VALUES:
            values[name] = on
        elif on:
            active.append(name or f"register_{register:02x}_bit_{bit}")


def _value(register: int, data: bytes, values: dict[str, Any], board: Board) -> None:
    raw = int.from_bytes(data, signed=True)
    if register == BALANCE:
        values["balancing_cells"] = tuple(cell for cell in range(1, 17) if raw >> cell - 1 & 1)
    elif register < CURRENT:
        share = raw / 32768
        degc = round(board.probe.degc_of_share(share), 1) if 0.0 < share < 1.0 else None  # None: open, short
        values["cell_temperature_degc"] = (*values.get("cell_temperature_degc", ()), degc)
    elif register == CURRENT:
        values["pack_current_a"] = _ampere(raw, _CURRENT_COUNTS, board)
    elif register == SLOW_CURRENT:
        values["slow_current_a"] = _ampere(raw, _SLOW_COUNTS, board)
    elif register < SLOW_CURRENT:
        values["cell_voltage_v"] = (*values.get("cell_voltage_v", ()), round(raw * _CELL_MV / 1000, 4))
    else:
        values["watchdog_s"] = _WATCHDOG_S[raw & 3]


def _ampere(raw: int, counts: int, board: Board) -> float:
    return round(200 * raw / (counts * board.shunt_mohm), 3) + 0.0
