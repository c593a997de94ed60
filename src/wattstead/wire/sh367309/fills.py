"""What a board shows of its front end in registers of its own, from what the device reports."""

from typing import Any, Final

from wattstead.model.setting import SettingValue
from wattstead.wire.sh367309.eeprom import KEPT, image_of
from wattstead.wire.sh367309.ram import CONF, FIRST, FLAGS, LAST, STATUS, registers
from wattstead.wire.sh367309.thermistor import TRIM

_SHOWN: Final = (*range(CONF, STATUS + 3), *range(FLAGS, LAST + 1))
"""CONF, both balance registers, three states, two flags, watch-dog."""
_MOVING: Final = {"charging": "charging", "floating": "charging", "discharging": "discharging"}


def eeprom_registers(_: Any, report: Any, *__: object) -> tuple[int, ...]:
    """Registers 00H to 19H as they hold the settings of the pack, each in the nearest step."""
    settings: dict[str, SettingValue] = {
        name: report.values[name] for name in KEPT if report.values.get(name) is not None
    }
    return (*image_of(settings), TRIM)


def front_end_registers(_: Any, report: Any, *__: object) -> tuple[int, ...]:
    """Registers 40H to 45H and 70H to 72H of the chip behind the pack."""
    moving = _MOVING.get(str(report.values.get("operating_state")), "")
    values = {name: value for name, value in report.values.items() if value is not None}
    image = registers({**values, **({moving: True} if moving else {})}, report.active)
    return tuple(image[register - FIRST] for register in _SHOWN)
