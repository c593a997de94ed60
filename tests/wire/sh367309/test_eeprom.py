"""The EEPROM of the front end: the settings of a PS-20016S in the steps of the chip, and the image back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattstead.catalog.packs import load_pack
from wattstead.model.errors import DecodeError, EncodeError
from wattstead.wire.sh367309.eeprom import KEPT, SIZE, check_image, held, image_of, outside, settings_of
from wattstead.wire.sh367309.steps import Degrees, Listed, Stepped
from wattstead.wire.sh367309.thermistor import Thermistor

SHIPPED = load_pack("ps-20016s").settings
DEFAULT_IMAGE = bytes.fromhex("70 0F 9E EE 92 C6 7D 87 AF 7D 64 C3 18 1B 25 1D 50")
TEMPERATURES = ("charge_overtemperature", "charge_undertemperature", "discharge_undertemperature")
RESERVED = {0x01: 0x40, 0x04: 0x0C, 0x0A: 0x80}


def clean(image: bytes) -> bytes:
    return bytes(byte & ~RESERVED.get(register, 0) for register, byte in enumerate(image))


IMAGES = st.binary(min_size=SIZE, max_size=SIZE).map(clean)
NUMBERS = sorted(name for name, one in KEPT.items() if isinstance(one.steps, Listed | Stepped | Degrees))


def test_the_settings_as_shipped_give_the_image_of_the_maker() -> None:
    assert image_of(SHIPPED)[:17] == DEFAULT_IMAGE


def test_each_setting_as_shipped_but_temperatures_is_held_exactly() -> None:
    for name, one in KEPT.items():
        kept = held(name, SHIPPED[name])
        assert kept.allowed, kept
        assert kept.exact is not isinstance(one.steps, Degrees), kept


@pytest.mark.parametrize(
    ("beta_k", "codes"),
    [(3435, "68 84 73 64 91 85"), (3380, "6A 86 71 63 90 83"), (3950, "58 75 81 71 A1 94")],
)
def test_codes_of_temperatures_by_the_kind_of_ntc(beta_k: float, codes: str) -> None:
    probe = Thermistor(beta_k=beta_k)
    names = [f"{name}_{end}_degc" for name in TEMPERATURES for end in ("protection", "release")]
    assert bytes(held(name, SHIPPED[name], probe).code for name in names) == bytes.fromhex(codes)


@given(IMAGES)
def test_whatever_an_image_says_is_written_to_the_same_bytes(image: bytes) -> None:
    settings = settings_of(image)
    assert settings.keys() == KEPT.keys()
    back = image_of({name: value for name, value in settings.items() if value is not None}, onto=image)
    assert settings_of(back) == settings
    count = image[0] & 0x0F
    assert back[0] == (image[0] if count > 4 else image[0] & 0xF0)  # 0 to 4 all mean 16 cells
    assert back[1:] == image[1:]


@given(st.sampled_from(NUMBERS), st.floats(-5000, 5000))
def test_no_other_code_comes_nearer_to_what_was_asked(name: str, asked: float) -> None:
    steps, probe = KEPT[name].steps, Thermistor()
    kept = held(name, asked)
    assert not isinstance(kept.value, str | None)
    codes = range(1 << sum(count for _, _, count in KEPT[name].bits))
    values = [value for code in codes if isinstance(value := steps.value(code, probe), int | float)]
    if isinstance(steps, Degrees):  # codes divide a voltage, not degrees: a step more or less is allowed
        index = sorted(values).index(kept.value)
        near = sorted(values)[max(index - 1, 0) : index + 2]
        assert abs(kept.value - asked) <= min(abs(one - asked) for one in values) + abs(near[-1] - near[0])
    else:
        assert abs(kept.value - asked) == pytest.approx(min(abs(one - asked) for one in values))


@pytest.mark.parametrize(
    ("name", "asked", "will_be"),
    [
        ("cell_overvoltage_protection_mv", 3752, 3750),
        ("cell_overvoltage_protection_mv", 3752.5, 3750),
        ("cell_undervoltage_delay_s", 5, 4),
        ("cell_overvoltage_protection_mv", 3753, 3755),
        ("cell_undervoltage_protection_mv", 2509, 2500),
        ("cell_undervoltage_delay_s", 5.1, 6),
        ("discharge_overcurrent_1_mv", 34, 30),
        ("short_circuit_mv", 130, 140),
        ("short_circuit_delay_us", 300, 320),
        ("charge_overcurrent_mv_delay_s", 7, 8),
        ("overcurrent_auto_recovery_s", 30, 32),
        ("load_release_delay_ms", 1400, 1000),
        ("state_detection_voltage_uv", 5000, 2000),
        ("cell_count", 3, 5),
        ("charge_overtemperature_protection_degc", 65, 65.1),
    ],
)
def test_what_the_chip_cannot_hold_will_be_the_nearest(name: str, asked: float, will_be: float) -> None:
    kept = held(name, asked)
    assert kept.value == will_be
    assert not kept.exact
    assert str(kept).startswith(f"{name}: {asked:g} will be {will_be:g}")


def test_what_the_data_sheet_does_not_allow_is_said() -> None:
    assert str(held("cell_overvoltage_protection_mv", 3500)).endswith("which lies outside what the data sheet allows")
    assert not held("charge_overtemperature_protection_degc", 90).allowed
    image = image_of({**SHIPPED, "charge_inhibit_voltage_mv": 2500})
    (finding,) = outside(settings_of(image))
    assert finding == "charge_inhibit_voltage_mv: 2500 lies outside the 500 to 2000 that the data sheet allows"


def test_the_trim_of_the_chip_is_used_where_it_is_read() -> None:
    image = image_of(SHIPPED)
    assert settings_of(image + b"\x40") == settings_of(image)
    assert settings_of(image + b"\x32")["charge_overtemperature_protection_degc"] == 67.6  # 9.3 kΩ in place of 10


def test_a_part_of_the_registers_tells_what_stands_whole_in_it() -> None:
    image = image_of(SHIPPED)
    assert settings_of(image[0x02:0x04], start=0x02).keys() == {
        "cell_overvoltage_protection_mv",
        "cell_overvoltage_delay_s",
        "load_release_delay_ms",
    }
    assert settings_of(image[0x03:0x04], start=0x03) == {}


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (bytes(24), "has 25 bytes"),
        (b"\xff" * 25, "all bytes are FF: this chip was never programmed"),
        (bytes(25), "all bytes are 00"),
        (DEFAULT_IMAGE[1:] + bytes(9), "register 01H is 9E|reserved"),
    ],
)
def test_bad_images_are_refused_with_what_is_wrong(image: bytes, why: str) -> None:
    with pytest.raises(DecodeError, match=why):
        check_image(image)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("soc_pct", 50, "the chip keeps no soc_pct; it keeps cell_count"),
        ("ctl_pin_control", "both", "'both' is none of off, charge, discharge, charge_and_discharge"),
        ("precharge_control", 1, "1 is none of off, on"),
        ("cell_undervoltage_delay_s", True, "True is no number"),
        ("cell_undervoltage_delay_s", float("nan"), "nan is no number"),
    ],
)
def test_what_is_no_value_of_a_setting_is_refused(name: str, value: float | str, why: str) -> None:
    with pytest.raises(EncodeError, match=why):
        held(name, value)


def test_an_image_to_write_onto_is_whole() -> None:
    with pytest.raises(EncodeError, match="25 bytes"):
        image_of({}, onto=bytes(17))
