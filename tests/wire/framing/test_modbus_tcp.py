"""The TCP framer: headers with a length, and the transaction that a reply repeats."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattstead.model.errors import EncodeError
from wattstead.wire.frame import Frame, Noise, Why
from wattstead.wire.framing.modbus_tcp import ModbusTcpFramer

ASK = bytes.fromhex("00 07 00 00 00 06 01 04 10 00 00 12")
REPLY = bytes.fromhex("00 07 00 00 00 05 01 04 02 14 CD")


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_frames_come_whole_and_go_the_same_way(size: int) -> None:
    framer = ModbusTcpFramer()
    data = ASK + REPLY
    found = [item for at in range(0, len(data), size) for item in framer.feed(data[at : at + size])]
    assert found == [
        Frame(1, 4, bytes.fromhex("10 00 00 12"), raw=ASK, tag=7),
        Frame(1, 4, bytes.fromhex("02 14 CD"), raw=REPLY, tag=7),
    ]
    assert [framer.build(one) for one in found if isinstance(one, Frame)] == [ASK, REPLY]
    assert framer.silence() == []


def test_what_is_no_header_is_noise_and_the_next_frame_is_found() -> None:
    found = ModbusTcpFramer().feed(b"GET / HTTP/1.1\r\n\r\n" + ASK + REPLY)
    assert [item.raw for item in found if isinstance(item, Frame)] == [ASK, REPLY]
    assert b"".join(item.data for item in found if isinstance(item, Noise)) == b"GET / HTTP/1.1\r\n\r\n"


def test_a_cut_frame_is_noise_once_the_line_is_quiet() -> None:
    framer = ModbusTcpFramer()
    assert framer.feed(ASK[:9]) == []
    assert framer.silence(2.0) == [Noise(Why.CUT, ASK[:9], 1, 2.0)]
    assert [type(item) for item in framer.feed(REPLY)] == [Frame]


@given(st.binary(max_size=600))
def test_anything_at_all_gives_back_its_bytes(data: bytes) -> None:
    framer = ModbusTcpFramer()
    items = framer.feed(data) + framer.silence()
    assert b"".join(item.raw if isinstance(item, Frame) else item.data for item in items) == data


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(EncodeError, match="253 bytes do not fit"):
        ModbusTcpFramer().build(Frame(1, 4, bytes(253)))
