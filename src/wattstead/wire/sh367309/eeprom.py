"""The settings that the chip keeps in its EEPROM, 00H to 18H, and the steps in which it can.

A BMS has settings of its own besides; those are not here. Names are those of the settings of a PS-20016S.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from wattstead.model.errors import DecodeError, EncodeError
from wattstead.model.setting import SettingValue
from wattstead.wire.sh367309.steps import Degrees, Listed, Stepped, Steps, Words, plain
from wattstead.wire.sh367309.thermistor import TRIM, Thermistor

SIZE: Final = 0x19
"""Registers that a person can set: 00H to 18H."""
TRIM_REGISTER: Final = 0x19
"""TR, the chip's own trim of the temperature inputs: read only."""
_RESERVED: Final = {0x01: 0x40, 0x04: 0x0C, 0x0A: 0x80, 0x19: 0x80}
"""Bits that mean nothing; a chip that was programmed has them clear."""

Bits = tuple[int, int, int]
"""Register, lowest bit, number of bits."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One setting in the EEPROM. bits: where it stands, the highest first."""

    name: str
    steps: Steps
    bits: tuple[Bits, ...]

    def code(self, image: Mapping[int, int]) -> int:
        """Read its bits."""
        code = 0
        for register, low, count in self.bits:
            code = code << count | image[register] >> low & (1 << count) - 1
        return code

    def put(self, image: bytearray, code: int) -> None:
        """Write its bits."""
        for register, low, count in reversed(self.bits):
            mask = (1 << count) - 1
            image[register] = image[register] & ~(mask << low) & 0xFF | (code & mask) << low
            code >>= count


_OFF_ON = Words((False, True))
_VOLTAGE_DELAY_S = Listed((0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1, 2, 3, 4, 6, 8, 10, 20, 30, 40))
_FIRST_MV = Listed((20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 160, 180, 200))
_FIRST_DELAY_S = Listed((0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 6, 8, 10, 15, 20, 30, 40))
_SECOND_MV = Listed((30, 40, 50, 60, 70, 80, 90, 100, 120, 140, 160, 180, 200, 300, 400, 500))
_SECOND_DELAY_S = Listed((0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 8, 10, 20))
_SHORT_MV = Listed((50, 80, 110, 140, 170, 200, 230, 260, 290, 320, 350, 400, 500, 600, 800, 1000))
_EIGHTS_S = Listed((8, 16, 32, 64))


def _one(name: str, steps: Steps, register: int, low: int = 0, count: int = 8) -> Kept:
    return Kept(name, steps, ((register, low, count),))


def _millivolts(name: str, register: int, lowest: int, highest: int, bits: int = 8) -> Kept:
    return _one(name, Stepped(20, bits, lowest, highest), register, 0, bits)


KEPT: Final[Mapping[str, Kept]] = {
    one.name: one
    for one in (
        _one("cell_count", Listed((*[16] * 5, *range(5, 16))), 0x00, 0, 4),
        _one("precharge_control", _OFF_ON, 0x00, 7, 1),
        _one("charge_mos_recovery", _OFF_ON, 0x00, 6, 1),
        _one("overcurrent_opens_both", _OFF_ON, 0x00, 5, 1),
        _one("mcu_balancing", _OFF_ON, 0x00, 4, 1),
        _one("low_voltage_charge_inhibit", _OFF_ON, 0x01, 7, 1),
        _one("overdischarge_mos_control", Words(("discharge_mos", "both")), 0x01, 5, 1),
        _one("abnormal_high_voltage_protection", Words((True, False)), 0x01, 4, 1),
        _one("ctl_pin_control", Words(("off", "charge", "discharge", "charge_and_discharge")), 0x01, 2, 2),
        _one("timed_current_recovery", _OFF_ON, 0x01, 1, 1),
        _one("overdischarge_load_lock", _OFF_ON, 0x01, 0, 1),
        _one("load_release_delay_ms", Listed((100, 500, 1000, 2000)), 0x02, 2, 2),
        _one("mos_open_delay_us", Listed((64, 128, 256, 512)), 0x10, 4, 2),
        _one("discharge_overcurrent_1_mv", _FIRST_MV, 0x0C, 4, 4),
        _one("discharge_overcurrent_1_delay_s", _FIRST_DELAY_S, 0x0C, 0, 4),
        _one("discharge_overcurrent_2_mv", _SECOND_MV, 0x0D, 4, 4),
        _one("discharge_overcurrent_2_delay_s", _SECOND_DELAY_S, 0x0D, 0, 4),
        _one("short_circuit_mv", _SHORT_MV, 0x0E, 4, 4),
        _one("short_circuit_delay_us", Listed(tuple(range(0, 1024, 64))), 0x0E, 0, 4),
        _one("charge_overcurrent_mv", _FIRST_MV, 0x0F, 4, 4),
        _one("charge_overcurrent_mv_delay_s", _SECOND_DELAY_S, 0x0F, 0, 4),
        _one("overcurrent_auto_recovery_s", _EIGHTS_S, 0x10, 2, 2),
        _millivolts("abnormal_high_voltage_mv", 0x0B, 3800, 5000),
        _one("abnormal_high_voltage_delay_s", _EIGHTS_S, 0x10, 0, 2),
        Kept("cell_overvoltage_protection_mv", Stepped(5, 10, 3600, 4500), ((0x02, 0, 2), (0x03, 0, 8))),
        Kept("cell_overvoltage_release_mv", Stepped(5, 10, 3300, 4500), ((0x04, 0, 2), (0x05, 0, 8))),
        _one("cell_overvoltage_delay_s", _VOLTAGE_DELAY_S, 0x02, 4, 4),
        _millivolts("cell_undervoltage_protection_mv", 0x06, 2000, 3100),
        _millivolts("cell_undervoltage_release_mv", 0x07, 2000, 3600),
        _one("cell_undervoltage_delay_s", _VOLTAGE_DELAY_S, 0x04, 4, 4),
        _millivolts("balancing_start_voltage_mv", 0x08, 3300, 4500),
        _millivolts("precharge_start_voltage_mv", 0x09, 1000, 3000),
        _millivolts("charge_inhibit_voltage_mv", 0x0A, 500, 2000, bits=7),
        _one("state_detection_voltage_uv", Listed((200, 500, 1000, 2000)), 0x10, 6, 2),
        _one("charge_overtemperature_protection_degc", Degrees(hot=True, lowest=45, highest=70), 0x11),
        _one("charge_overtemperature_release_degc", Degrees(hot=True, lowest=40, highest=70), 0x12),
        _one("charge_undertemperature_protection_degc", Degrees(hot=False, lowest=-20, highest=10), 0x13),
        _one("charge_undertemperature_release_degc", Degrees(hot=False, lowest=-20, highest=15), 0x14),
        _one("discharge_overtemperature_protection_degc", Degrees(hot=True, lowest=45, highest=80), 0x15),
        _one("discharge_overtemperature_release_degc", Degrees(hot=True, lowest=40, highest=80), 0x16),
        _one("discharge_undertemperature_protection_degc", Degrees(hot=False, lowest=-40, highest=10), 0x17),
        _one("discharge_undertemperature_release_degc", Degrees(hot=False, lowest=-40, highest=15), 0x18),
    )
}
"""The settings that the chip keeps, by name."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the chip makes of one setting. asked: what somebody wants; value: what it will be. code: its bits.

    allowed: whether the data sheet promises that the chip works with the value.
    """

    name: str
    asked: SettingValue
    value: SettingValue | None
    code: int
    allowed: bool

    @property
    def exact(self) -> bool:
        """Whether it will be what was asked."""
        return self.value == self.asked

    def __str__(self) -> str:
        what = f"{self.name}: {plain(self.asked)} will be {plain(self.value)}"
        return what if self.allowed else f"{what}, which lies outside what the data sheet allows"


def held(name: str, value: SettingValue, probe: Thermistor | None = None) -> Held:
    """Find the nearest that the chip can hold. Raises EncodeError: unknown to the chip, or no value of its kind."""
    kept, probe = _kept(name), probe or Thermistor()
    try:
        code = kept.steps.nearest(value, probe)
    except EncodeError as error:
        raise EncodeError(f"{name}: {error}") from None
    shown = kept.steps.value(code, probe)
    return Held(name, value, shown, code, shown is not None and kept.steps.allows(shown))


def image_of(settings: Mapping[str, SettingValue], probe: Thermistor | None = None, onto: bytes = bytes(SIZE)) -> bytes:
    """Give the EEPROM, 00H to 18H, that comes nearest to these settings; others that the BMS has are passed over.

    onto: what it says now; settings that are not given stay as there. Raises EncodeError as ``held``.
    """
    if len(onto) != SIZE:
        raise EncodeError(f"an image to write onto has {SIZE} bytes, 00H to 18H, these are {len(onto)}")
    image = bytearray(onto)
    for name, value in settings.items():
        if name in KEPT:
            KEPT[name].put(image, held(name, value, probe).code)
    return bytes(image)


def settings_of(image: bytes, probe: Thermistor | None = None, start: int = 0) -> dict[str, SettingValue | None]:
    """Give the settings that stand whole in these registers. None: a temperature code that no temperature has.

    start: the first register. With register 19H in it, its trim is used for the temperatures. Raises DecodeError.
    """
    if not image or start < 0 or start + len(image) > TRIM_REGISTER + 1:
        raise DecodeError(f"{len(image)} bytes from {start:02X}H on are no EEPROM: it has registers 00H to 19H")
    registers = dict(enumerate(image, start))
    _check(registers)
    probe = replace(probe or Thermistor(), trim=registers.get(TRIM_REGISTER, probe.trim if probe else TRIM))
    inside = (one for one in KEPT.values() if all(register in registers for register, _, _ in one.bits))
    return {one.name: one.steps.value(one.code(registers), probe) for one in inside}


def check_image(image: bytes) -> None:
    """Refuse what is no whole image: 25 bytes (00H to 18H), or 26 with the trim. Raises DecodeError."""
    if len(image) not in (SIZE, SIZE + 1):
        raise DecodeError(
            f"an EEPROM image has {SIZE} bytes (00H to 18H) or {SIZE + 1} with TR; these are {len(image)}"
        )
    for byte, word in ((0xFF, "FF"), (0x00, "00")):
        if image.count(byte) == len(image):
            raise DecodeError(f"all bytes are {word}: this chip was never programmed, or the read failed")
    _check(dict(enumerate(image)))


def outside(settings: Mapping[str, SettingValue | None]) -> Iterator[str]:
    """Say which settings of a chip lie outside what its data sheet allows."""
    for name, value in settings.items():
        if value is None:
            yield f"{name}: its code 00 stands for no temperature"
        elif name in KEPT and not KEPT[name].steps.allows(value):
            steps = KEPT[name].steps
            low, high = getattr(steps, "lowest", None), getattr(steps, "highest", None)
            yield f"{name}: {plain(value)} lies outside the {low} to {high} that the data sheet allows"


def _check(registers: Mapping[int, int]) -> None:
    for register, mask in _RESERVED.items():
        if registers.get(register, 0) & mask:
            raise DecodeError(
                f"register {register:02X}H is {registers[register]:02X}, but bits {mask:02X} of it are reserved: "
                "this is no EEPROM image of this chip, or the bytes have slipped"
            )


def _kept(name: str) -> Kept:
    if name not in KEPT:
        raise EncodeError(f"the chip keeps no {name}; it keeps {', '.join(KEPT)}")
    return KEPT[name]
