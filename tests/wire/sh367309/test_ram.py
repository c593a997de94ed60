"""The working registers of the front end: voltages, temperatures, currents, states and events, both ways."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattstead.model.errors import DecodeError
from wattstead.wire.sh367309.ram import BITS, FIRST, LAST, Board, registers, seen
from wattstead.wire.sh367309.thermistor import Thermistor

EVENTS = [
    name
    for register in (0x43, 0x44)
    for name in BITS[register]
]  # fmt: skip


def at(image: bytes, register: int, count: int = 2) -> bytes:
    return image[register - FIRST : register - FIRST + count]


@pytest.mark.parametrize(("current_a", "fast", "slow"), [(100, "05 3E", "04 32"), (-205, "F5 41", "F7 67")])
def test_currents_count_as_the_data_sheet_says_and_positive_charges(current_a: float, fast: str, slow: str) -> None:
    image = registers({"pack_current_a": current_a}, ())
    assert (at(image, 0x4C), at(image, 0x6E)) == (bytes.fromhex(fast), bytes.fromhex(slow))
    told = seen(image, FIRST).values
    assert told["pack_current_a"] == pytest.approx(current_a, abs=0.04)
    assert told["slow_current_a"] == pytest.approx(current_a, abs=0.05)


def test_the_current_goes_by_the_shunt_of_the_board() -> None:
    image = registers({"pack_current_a": 100}, (), Board(shunt_mohm=0.5))
    assert seen(image, FIRST).values["pack_current_a"] == pytest.approx(500.0, abs=0.1)  # read by the usual one
    assert seen(image, FIRST, Board(shunt_mohm=0.5)).values["pack_current_a"] == pytest.approx(100.0, abs=0.01)


def test_a_cell_counts_in_32_fifths_of_a_millivolt() -> None:
    image = registers({"cell_voltage_v": (3.3,) * 16}, ())
    assert at(image, 0x4E) == bytes.fromhex("52 80")
    assert at(image, 0x6C) == bytes.fromhex("52 80")
    assert seen(bytes.fromhex("52 80"), 0x4E).values == {"cell_voltage_v": (3.3,)}


def test_an_ntc_as_large_as_the_reference_reads_the_middle() -> None:
    assert seen(bytes.fromhex("40 00"), 0x46).values == {"cell_temperature_degc": (25.0,)}
    other = Board(probe=Thermistor(trim=0))
    assert seen(bytes.fromhex("40 00"), 0x46, other).values["cell_temperature_degc"][0] > 25.0
    assert seen(bytes.fromhex("00 00 80 00 7F FF"), 0x46).values["cell_temperature_degc"][:2] == (None, None)


def test_bits_of_the_three_states() -> None:
    told = seen(bytes.fromhex("01 08 C3"), 0x43)
    assert told.active == ("cell_overvoltage_protection", "discharge_overtemperature_protection")
    assert (told.values["charging"], told.values["discharging"]) == (True, True)
    assert (told.values["charge_mos_on"], told.values["discharge_mos_on"], told.values["precharge_mos_on"]) == (
        True,
        True,
        False,
    )
    assert seen(b"\x20", 0x45).active == ("register_45_bit_5",)


@given(
    st.lists(st.floats(0.0, 5.0), min_size=16, max_size=16),
    st.lists(st.floats(-30.0, 90.0), min_size=3, max_size=3),
    st.floats(-1900.0, 1900.0),
    st.sets(st.integers(1, 16)),
    st.sets(st.sampled_from(EVENTS)),
)
def test_what_a_chip_sees_is_read_back(
    cells_v: list[float], probes_degc: list[float], current_a: float, balancing: set[int], active: set[str]
) -> None:
    cells = tuple(sorted(balancing))
    values = {
        "cell_voltage_v": tuple(cells_v),
        "cell_temperature_degc": tuple(probes_degc),
        "pack_current_a": current_a,
        "balancing_cells": cells,
        "charge_mos_on": True,
    }
    told = seen(registers(values, active), FIRST)
    assert set(told.active) == active
    assert told.values["cell_voltage_v"] == pytest.approx(tuple(cells_v), abs=1.5e-4)
    assert told.values["cell_temperature_degc"] == pytest.approx(tuple(probes_degc), abs=0.1)
    assert told.values["pack_current_a"] == pytest.approx(current_a, abs=0.05)
    assert (told.values["balancing_cells"], told.values["charge_mos_on"]) == (cells, True)


@given(st.binary(max_size=60), st.integers(0, 255))
def test_no_registers_break_it(data: bytes, start: int) -> None:
    with suppress(DecodeError):
        told = seen(data, start)
        assert FIRST <= start <= start + len(data) - 1 <= LAST
        assert (
            told.values
            or told.active
            or all(register not in BITS or not byte for register, byte in enumerate(data, start))
        )


@pytest.mark.parametrize(
    ("data", "start", "why"),
    [(b"\0", 0x3F, "40H to 72H"), (b"\0\0", LAST, "40H to 72H"), (b"\0", 0x4E, "half"), (b"\0\0", 0x4F, "half")],
)
def test_what_is_no_register_or_half_a_value_is_refused(data: bytes, start: int, why: str) -> None:
    with pytest.raises(DecodeError, match=why):
        seen(data, start)
