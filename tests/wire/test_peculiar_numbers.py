"""Digits and reals: what they read, what they write, what they refuse."""

import struct
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattstead.model.errors import DecodeError, EncodeError
from wattstead.wire.peculiar import ChargeThenDischarge, Digits, Real

ASCII, BCD, REAL = Digits(2), Digits(2, bcd=True), Real(4, signed=True)


def test_digits_read_as_people_do() -> None:
    assert ASCII.read(b"\x32\x33") == 23
    assert ASCII.write(7) == b"07"
    assert BCD.read(b"\x23\x30") == 2330
    assert BCD.write(45) == b"\x00\x45"
    assert (ASCII.limits, BCD.limits) == ((0, 99), (0, 9999))


@given(st.integers(0, 99), st.integers(0, 9999))
def test_digits_come_back(two: int, four: int) -> None:
    assert ASCII.read(ASCII.write(two)) == two
    assert BCD.read(BCD.write(four)) == four


@pytest.mark.parametrize("data", [b"\x00\x00", b" 1", b"\xb2\x32", b"1x"])
def test_what_is_no_ascii_digit_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError, match="no decimal digits"):
        ASCII.read(data)


def test_what_is_no_bcd_digit_is_refused() -> None:
    with pytest.raises(DecodeError, match="2A 30 are no decimal digits"):
        BCD.read(b"\x2a\x30")


@pytest.mark.parametrize("value", [-1, 100, True, "23", None, nan, inf])
def test_what_digits_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(EncodeError):
        ASCII.write(value)


@pytest.mark.parametrize(("data", "value"), [("4366199A", 230.1), ("C2C80000", -100.0), ("00000000", 0.0)])
def test_reals_read_short(data: str, value: float) -> None:
    assert REAL.read(bytes.fromhex(data)) == value
    assert REAL.write(value) == bytes.fromhex(data)


@given(st.floats(-1e6, 1e6, width=32).filter(lambda value: value != 0.0))
def test_reals_come_back_to_their_bytes(value: float) -> None:
    data = struct.pack(">f", value)
    assert REAL.write(REAL.read(data)) == data


@pytest.mark.parametrize("data", ["7FC00000", "7F800000", "FF800000", "FFFFFFFF"])
def test_no_number_is_not_known(data: str) -> None:
    assert REAL.read(bytes.fromhex(data)) is None
    assert REAL.read(REAL.write(None)) is None


@pytest.mark.parametrize("value", [nan, inf, 2e6, True, "1"])
def test_what_a_real_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(EncodeError):
        REAL.write(value)


def test_a_real_may_be_turned_round() -> None:
    turned = Real(4, signed=True, scale=-1.0)
    assert turned.read(turned.write(1500.5)) == 1500.5
    assert turned.write(1500.5) == struct.pack(">f", -1500.5)


TWO_WAYS = ChargeThenDischarge(4, signed=True, scale=0.1, digits=1)


def test_a_current_of_two_numbers_has_one_for_each_way() -> None:
    assert (TWO_WAYS.read(bytes.fromhex("00FF0000")), TWO_WAYS.read(bytes.fromhex("0000007B"))) == (25.5, -12.3)
    assert TWO_WAYS.read(bytes.fromhex("0064001E")) == 7.0  # packs in parallel may say both
    assert TWO_WAYS.write(0.0) == bytes(4)


@given(st.integers(-65535, 65535))
def test_a_current_of_two_numbers_comes_back(tenths: int) -> None:
    assert TWO_WAYS.read(TWO_WAYS.write(tenths / 10)) == tenths / 10


@pytest.mark.parametrize("value", [6553.6, -6553.6, nan, inf, True, "1"])
def test_a_current_beyond_its_two_numbers_is_refused(value: object) -> None:
    with pytest.raises(EncodeError):
        TWO_WAYS.write(value)
