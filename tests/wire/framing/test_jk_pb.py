"""Lists of JK PB boards among noise: what is cut, glued or broken hides no good one."""

import pytest

from recordings import frames
from wattstead.model.errors import EncodeError
from wattstead.wire.frame import Frame, Noise, Why
from wattstead.wire.framing.jk_pb import ANSWER, ASK, DATA, JkPbFramer

ASKED, ANSWERED = [one.values[0].wire for one in frames() if one.values[0].profile == "jk-pb"][:2]


@pytest.mark.parametrize("pieces", [1, 7, 1000])
@pytest.mark.parametrize("noise", [b"", b"\xff", b"\x55\xaa\xeb\x90\x02", ANSWERED[:200], ASKED[:6], b"\x10\x16" * 300])
def test_good_frames_are_found_behind_anything(noise: bytes, pieces: int) -> None:
    stream = noise + ASKED + ANSWERED + ANSWERED + ASKED
    framer = JkPbFramer()
    items = [item for at in range(0, len(stream), pieces) for item in framer.feed(stream[at : at + pieces])]
    items += framer.silence()
    assert [item.raw for item in items if isinstance(item, Frame)] == [ASKED, ANSWERED, ANSWERED, ASKED]
    assert b"".join(item.data for item in items if isinstance(item, Noise)) == noise


def test_each_changed_bit_is_seen() -> None:
    for right in (ASKED, ANSWERED):
        for at in range(len(right)):
            changed = right[:at] + bytes((right[at] ^ 1 << at % 8,)) + right[at + 1 :]
            framer = JkPbFramer()
            found = [item.raw for item in framer.feed(changed + ASKED) if isinstance(item, Frame)]
            assert found == [ASKED], at


def test_silence_tells_what_was_cut_and_memory_stays_bounded() -> None:
    framer = JkPbFramer()
    assert framer.feed(ANSWERED[:250]) == []
    (noise,) = framer.silence()
    assert isinstance(noise, Noise)
    assert (noise.why, len(noise.data)) == (Why.CUT, 250)
    told = framer.feed(b"\x10" * 10_000)
    assert sum(len(one.data) for one in told if isinstance(one, Noise)) >= 9_000


def test_frames_come_back() -> None:
    framer = JkPbFramer()
    for raw in (ASKED, ANSWERED):
        (frame,) = framer.feed(raw)
        assert isinstance(frame, Frame)
        assert framer.build(frame) == raw
        size = DATA if frame.kind == ANSWER else 2
        assert (frame.address, frame.command, len(frame.payload)) == (1, 0x1620, size)


def test_a_list_that_is_not_there_cannot_be_written() -> None:
    with pytest.raises(EncodeError, match="list 1699"):
        JkPbFramer().build(Frame(1, 0x1699, bytes(DATA), 0, ANSWER))
    assert JkPbFramer().build(Frame(1, 0x1620, b"\0\0", 0, ASK)) == ASKED
