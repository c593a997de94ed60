import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattstead.link.uart import garble

DATA = st.binary(max_size=60)
BAUDS = st.sampled_from([1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200])


@given(DATA, BAUDS)
def test_the_right_speed_changes_nothing(data: bytes, baud: int) -> None:
    assert garble(data, baud, baud) == data


@given(DATA, BAUDS, st.floats(0.965, 1.035))
def test_a_crystal_that_is_a_little_off_changes_nothing(data: bytes, baud: int, off: float) -> None:
    assert garble(data, baud, round(baud * off)) == data


@given(DATA, BAUDS, BAUDS)
def test_the_same_garbage_every_time(data: bytes, sent_baud: int, sampled_baud: int) -> None:
    assert garble(data, sent_baud, sampled_baud) == garble(data, sent_baud, sampled_baud)


@given(st.binary(min_size=1, max_size=60), BAUDS, BAUDS)
def test_a_receiver_cannot_hear_more_than_there_are_edges(data: bytes, sent_baud: int, sampled_baud: int) -> None:
    assert len(garble(data, sent_baud, sampled_baud)) <= 5 * len(data)


def test_twice_too_fast_worked_out_on_paper() -> None:
    # 55H is 0 10101010 1 on the line, each bit two of the receiver's: 00 11 00 11 00 11 00 11 00 11. It takes one 0 for
    # the start, 01100110 for the data and a 0 where the stop bit should be: a framing error, read as 0. Then it waits
    # for the high and takes the next low for a start: 01100111, of which the last bit is the idle line.
    assert garble(b"\x55", 9600, 19200) == b"\x00\xe6"


def test_twice_too_slow_worked_out_on_paper() -> None:
    # FFH is low for one bit only, half a bit of the slow receiver: over when it looks for the middle of its start bit.
    assert garble(b"\xff", 19200, 9600) == b""
    # 00H is low for nine bits, four and a half of the slow receiver: the start, 000, and from the fourth on high.
    assert garble(b"\x00", 19200, 9600) == b"\xf8"


def test_far_too_fast_hears_only_broken_bytes() -> None:
    assert set(garble(b"~2002", 2400, 115200)) == {0}


@pytest.mark.parametrize(("sent", "sampled"), [(9600, 19200), (19200, 9600), (9600, 115200), (9600, 4800)])
def test_a_frame_at_a_wrong_speed_is_garbage(sent: int, sampled: int) -> None:
    frame = b"~20004642E00200FD37\r"
    assert frame not in garble(frame, sent, sampled)
