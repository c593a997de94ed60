"""The two wires to the front end, with the vectors of two public firmwares' CRC table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattstead.model.errors import DecodeError, EncodeError
from wattstead.wire.sh367309.twi import (
    WRITABLE,
    Stray,
    Transaction,
    crc8,
    parse,
    read_frame,
    read_request,
    soft_reset,
    transactions,
    write_frame,
)

VECTORS = [
    ("34 EA C0 C5", Transaction(0xEA, b"\xc0", writes=True)),
    ("34 40 70 46", Transaction(0x40, b"\x70", writes=True)),
    ("34 00 70 1D", Transaction(0x00, b"\x70", writes=True)),
    ("34 0C 18 FE", Transaction(0x0C, b"\x18", writes=True)),
    ("34 43 01 35 00 AB", Transaction(0x43, b"\x00")),
    ("34 43 03 35 00 00 03 42", Transaction(0x43, b"\x00\x00\x03")),
    ("34 4E 02 35 52 80 39", Transaction(0x4E, b"\x52\x80")),
    (
        "34 00 11 35 70 0F 9E EE 92 C6 7D 87 AF 7D 64 C3 18 1B 25 1D 50 06",
        Transaction(0x00, bytes.fromhex("70 0F 9E EE 92 C6 7D 87 AF 7D 64 C3 18 1B 25 1D 50")),
    ),
]
EXCHANGES = st.one_of(
    st.builds(
        lambda register, value: Transaction(register, bytes((value,)), writes=True),
        st.sampled_from(WRITABLE),
        st.integers(0, 255),
    ),
    st.builds(Transaction, st.integers(0, 255), st.binary(min_size=1, max_size=255)),
)


@pytest.mark.parametrize(("text", "meaning"), VECTORS)
def test_vectors_both_ways(text: str, meaning: Transaction) -> None:
    assert parse(bytes.fromhex(text)) == meaning
    assert meaning.build() == bytes.fromhex(text)


def test_the_soft_reset() -> None:
    assert soft_reset() == bytes.fromhex("34 EA C0 C5")
    assert parse(soft_reset()).resets
    assert not parse(write_frame(0x40, 0xC0)).resets


def test_the_crc_is_the_plain_one_of_eight_bits() -> None:
    assert crc8(b"123456789") == 0xF4


@given(EXCHANGES)
def test_each_exchange_comes_back(one: Transaction) -> None:
    assert parse(one.build()) == one


@given(EXCHANGES, st.data())
def test_a_changed_bit_is_seen(one: Transaction, data: st.DataObject) -> None:
    frame = bytearray(one.build())
    at, bit = data.draw(st.integers(0, len(frame) - 1)), data.draw(st.integers(0, 7))
    frame[at] ^= 1 << bit
    with pytest.raises(DecodeError):
        parse(bytes(frame))


@given(st.binary(max_size=60))
def test_no_bytes_break_it_and_none_is_lost(junk: bytes) -> None:
    found = list(transactions(junk))
    assert b"".join(one.data if isinstance(one, Stray) else one.build() for one in found) == junk


@given(st.binary(max_size=20).filter(lambda junk: 0x34 not in junk), st.lists(EXCHANGES, min_size=1, max_size=3))
def test_noise_hides_no_exchange(junk: bytes, some: list[Transaction]) -> None:
    found = list(transactions(junk + b"".join(one.build() for one in some)))
    assert [one for one in found if isinstance(one, Transaction)] == some


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "nothing is no exchange"),
        ("35 43 01 35", "one begins with 34"),
        ("34 40 70 47", "CRC 46 would be right, not 47"),
        ("34 43 02 35 00 AB", "a read of 2 registers has 7 bytes with its CRC, these are 6"),
        ("34 43 01 35 00 AC", "the CRC of the read is AC; AB would be right"),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(text: str, why: str) -> None:
    with pytest.raises(DecodeError, match=why):
        parse(bytes.fromhex(text))


def test_registers_that_nobody_can_write_are_refused() -> None:
    with pytest.raises(EncodeError, match="register 43H cannot be written"):
        write_frame(0x43, 0)
    with pytest.raises(EncodeError, match="256 is no byte"):
        write_frame(0x40, 256)
    with pytest.raises(EncodeError, match="cannot be read"):
        read_request(0x40, 0)
    with pytest.raises(EncodeError, match="cannot be read"):
        read_frame(0x100, b"\0")
