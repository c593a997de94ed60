"""Nothing that a host or ``capture`` asks by itself may change a device: the makers' own lists say what would."""

import pytest

from can_facts import CHANGES as ON_A_BUS
from wattstead.catalog.profile import load_profile, profile_names

_MODBUS_WRITES = {function << 16 | start for function in (0x05, 0x06, 0x0F, 0x10) for start in range(0x10000)}
CHANGES = {
    **ON_A_BUS,
    # Whatever the register.
    "ps-20016s": _MODBUS_WRITES,
    "seplos-v3": _MODBUS_WRITES,
    "aura": _MODBUS_WRITES,
    "growatt-rs485": _MODBUS_WRITES,
    "jk-modbus": _MODBUS_WRITES,
    "yada-meter": _MODBUS_WRITES,
    "voltronic": _MODBUS_WRITES,
    # Factory mode, its end, switches: commands that write have 5A before their register.
    "jbd": set(range(0x5A00, 0x5B00)),
    # Restart, state of charge, switches.
    "daly": {0x00, 0x21, 0xD9, 0xDA},
    # Activate, write, password.
    "jk": {0x01, 0x02, 0x05},
    # Settings and switches: registers below the three lists, which are asked for by a write of 0.
    "jk-pb": set(range(0x1000, 0x161C)),
    # Our own numbers: no command of this profile writes.
    "pylontech-console": set(),
    # Tele-command, clock, parameters, calibration, serial numbers, choice of protocols.
    "seplos-v2": {0x45, 0x49, 0x4E, 0xA0, 0xA1, 0xA3, 0xA5, 0xA6, 0xA7},
    # Controls, switches, shutdown, clock, every page of settings, protocols.
    "pace": {
        *(0x99, 0x9A, 0x9B, 0x9C, 0xB2, 0xD0, 0xD2, 0xD4, 0xD6, 0xD8, 0xDA, 0xDC, 0xDE, 0xE0, 0xE2, 0xE4, 0xE6),
        *(0xA8, 0xAE, 0xB5, 0xEC, 0xEE),
    },
    # Turn off a stack or a module, speed, management values, buzzer.
    "pylontech": {0x64, 0x91, 0x94, 0x95, 0x99},
}


@pytest.mark.parametrize("name", profile_names())
def test_commands_that_change_a_device_are_never_asked(name: str) -> None:
    asked = {message.command for message in load_profile(name).dialect.messages if not message.writes}
    assert name in CHANGES, f"name the commands of {name} that change a device"
    assert not asked & CHANGES[name]
