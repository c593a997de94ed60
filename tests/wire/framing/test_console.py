"""The framer of text consoles: commands, answers with any line ends, and what a terminal shows beside them."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings import captures
from wattstead.model.errors import EncodeError
from wattstead.wire.frame import Frame, Noise, Why
from wattstead.wire.framing.console import ANSWER, COMMAND, PROMPT, ConsoleFramer

GOOD = b"\n\rpylon>pwr 2\n\r@\r\r\nVolt\r\r\n1\r\n\rCommand completed successfully\r\n\r$$\r\n\rpylon>"
PAYLOAD = b"pwr 2\nVolt\n1"
RECORDED = [one.wire for one in captures() if one.profile == "pylontech-console" and one.said["source"] == "recorded"]


def feed(data: bytes, size: int = 0) -> list[Frame | Noise]:
    framer = ConsoleFramer()
    pieces = [data[at : at + size] for at in range(0, len(data), size)] if size else [data]
    return [item for piece in pieces for item in framer.feed(piece)] + framer.silence()


def answers(items: Sequence[Frame | Noise]) -> list[Frame]:
    return [item for item in items if isinstance(item, Frame) and item.kind == ANSWER]


def test_an_answer_is_its_command_and_its_lines() -> None:
    (frame,) = feed(GOOD)
    assert isinstance(frame, Frame)
    assert (frame.payload, frame.address, frame.kind, frame.version) == (PAYLOAD, 2, ANSWER, 0)


@pytest.mark.parametrize("wire", RECORDED)
@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_recorded_answers_in_pieces_of_any_size(wire: bytes, size: int) -> None:
    assert [one.payload for one in answers(feed(wire, size))] == [one.payload for one in answers(feed(wire))]
    assert len(answers(feed(wire))) == 1


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_device_hears_a_command_at_once_whatever_ends_it(end: bytes) -> None:
    framer = ConsoleFramer()
    (frame,) = framer.feed(b"bat 3" + end)
    assert isinstance(frame, Frame)
    assert (frame.payload, frame.address, frame.kind) == (b"bat 3", 3, COMMAND)
    assert framer.silence() == []


def test_the_line_feed_of_a_pair_that_came_in_two_pieces_is_no_empty_line() -> None:
    framer = ConsoleFramer()
    assert len(framer.feed(b"pwr\r")) == 1
    assert framer.feed(b"\n") == []
    (empty,) = framer.feed(b"\r")
    assert isinstance(empty, Frame)
    assert empty.payload == b"", "an empty line asks for a prompt"


def test_two_answers_in_one_piece_are_two() -> None:
    assert [one.payload for one in answers(feed(GOOD + GOOD))] == [PAYLOAD, PAYLOAD]


@given(cut=st.integers(15, len(GOOD) - 20))
def test_a_cut_answer_hides_nothing_after_it(cut: int) -> None:
    found = answers(feed(GOOD[:cut] + GOOD))
    assert found
    assert found[-1].payload == PAYLOAD


@given(junk=st.binary(max_size=60))
def test_noise_before_an_answer_hides_nothing(junk: bytes) -> None:
    junk = junk.replace(b"@", b"").replace(b"$", b"")
    assert answers(feed(junk + b"\r\n" + GOOD))[-1].payload.endswith(b"\nVolt\n1")


@given(data=st.binary(max_size=400))
def test_any_bytes_at_all(data: bytes) -> None:
    assert all(isinstance(item, Frame | Noise) for item in feed(data))


def test_what_is_not_completed_says_so() -> None:
    (frame,) = feed(b"pylon>stat 9\r\n@\r\nInvalid command or fail to excute.\r\n$$\r\npylon>")
    assert isinstance(frame, Frame)
    assert (frame.version, frame.payload) == (1, b"stat 9\nInvalid command or fail to excute.")


def test_pages_of_a_log_are_one_answer() -> None:
    text = b"pylon>log\r\n@\r\n Index : 2\r\nPress [Enter] to be continued,other key to exit\r\r   \r\r\n Index : 1\r\n"
    (frame,) = feed(text + b"Command completed successfully\r\n$$\r\npylon>")
    assert isinstance(frame, Frame)
    assert frame.payload == b"log\n Index : 2\n Index : 1"


def test_an_answer_without_end_is_cut() -> None:
    (noise,) = feed(GOOD[:40])
    assert isinstance(noise, Noise)
    assert noise.why is Why.CUT


def test_endless_text_keeps_little_memory() -> None:
    framer = ConsoleFramer()
    items = [item for _ in range(64) for item in framer.feed(b"pylon>pwr\r\n@\r\n" + b"x" * 1024)]
    assert all(isinstance(item, Noise) for item in items)
    assert framer.feed(b"\r\n") is not None
    framer.silence()
    assert answers(framer.feed(GOOD))


def test_what_is_built_is_what_clients_wait_for() -> None:
    framer = ConsoleFramer()
    built = framer.build(Frame(2, 0, PAYLOAD, 0, ANSWER))
    assert built == b"pwr 2\n\r@\r\r\nVolt\r\r\n1\r\n\rCommand completed successfully\r\n\r$$\r\n\rpylon>"
    assert framer.build(Frame(1, 0, b"", 0, PROMPT)) == b"\n\rpylon>"
    assert framer.build(Frame(1, 0, b"pwr", 0, COMMAND)) == b"pwr\r"
    with pytest.raises(EncodeError, match="is no command of a console"):
        framer.build(Frame(1, 0, b"pwr;1\r", 0, COMMAND))
