"""The limits that this engine watches, one row each (SEP-6, SEP-7: the voltage rows).

A row says what is measured, which side of it is too far, which direction of current it is watched in, and what it
stops. The values stand in ``preset.Limits``; the rows are the same for every make that has them.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Channel(IntEnum):
    """What is measured; the number is the row of the channel in the engine's arrays."""

    CELL_VOLTAGE_MAX = 0
    CELL_VOLTAGE_MIN = 1
    PACK_VOLTAGE = 2


class Gate(IntEnum):
    """Which direction of the measured current the limit is watched in; the number is its row in the arrays."""

    CHARGING = 0
    DISCHARGING = 1


class Stops(StrEnum):
    """What an active limit cuts: an alarm cuts nothing."""

    NOTHING = "nothing"
    CHARGE = "charge"
    DISCHARGE = "discharge"


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One limit: its name is the word that a report lists while it is active."""

    name: str
    channel: Channel
    above: bool
    gate: Gate
    stops: Stops


_CELL_MAX, _CELL_MIN, _PACK = Channel.CELL_VOLTAGE_MAX, Channel.CELL_VOLTAGE_MIN, Channel.PACK_VOLTAGE

ROWS = (
    LimitRow("cell_overvoltage_protection", _CELL_MAX, above=True, gate=Gate.CHARGING, stops=Stops.CHARGE),
    LimitRow("cell_undervoltage_protection", _CELL_MIN, above=False, gate=Gate.DISCHARGING, stops=Stops.DISCHARGE),
    LimitRow("pack_overvoltage_protection", _PACK, above=True, gate=Gate.CHARGING, stops=Stops.CHARGE),
    LimitRow("pack_undervoltage_protection", _PACK, above=False, gate=Gate.DISCHARGING, stops=Stops.DISCHARGE),
    LimitRow("cell_high_voltage_alarm", _CELL_MAX, above=True, gate=Gate.CHARGING, stops=Stops.NOTHING),
    LimitRow("cell_low_voltage_alarm", _CELL_MIN, above=False, gate=Gate.DISCHARGING, stops=Stops.NOTHING),
    LimitRow("pack_high_voltage_alarm", _PACK, above=True, gate=Gate.CHARGING, stops=Stops.NOTHING),
    LimitRow("pack_low_voltage_alarm", _PACK, above=False, gate=Gate.DISCHARGING, stops=Stops.NOTHING),
)

NAMES = tuple(row.name for row in ROWS)
