"""Daly answers that are spread over numbered frames."""

import pytest

from wattstead.model.errors import EncodeError
from wattstead.wire.frame import Frame, Noise, Why
from wattstead.wire.framing.daly import ANSWER, ASK, PHONE, DalyFramer

STATUS = bytes.fromhex("A50194080E0100000200002073")
CELLS = bytes.fromhex(
    "A5019508010EC00EC20EC720D7A5019508020EC80EC80EC620E5A5019508030EC20EC20E9C20B0"
    "A5019508040EC40EC40EC420DDA5019508050EC30EC00EC420D9"
)
PROBES = bytes.fromhex("A5019608013D00000000000082A5019608020000000000000046")


def volts(frame: object) -> list[int]:
    assert isinstance(frame, Frame)
    return [int.from_bytes(frame.payload[k : k + 2]) for k in range(0, len(frame.payload), 2)]


def test_cells_are_joined_as_soon_as_94_said_how_many() -> None:
    framer = DalyFramer()
    status, cells = framer.feed(STATUS + CELLS)
    assert isinstance(status, Frame)
    assert volts(cells) == [3776, 3778, 3783, 3784, 3784, 3782, 3778, 3778, 3740, 3780, 3780, 3780, 3779, 3776]
    assert isinstance(cells, Frame)
    assert (cells.raw, cells.kind, cells.address) == (CELLS, ANSWER, 1)


def test_without_94_they_are_told_when_the_line_goes_quiet_with_places_that_no_cell_fills() -> None:
    framer = DalyFramer()
    assert framer.feed(CELLS) == []
    (cells,) = framer.silence()
    assert volts(cells)[-2:] == [3776, 3780], "the fifteenth of fourteen is left from the frame before"


def test_without_94_another_frame_ends_them_too() -> None:
    cells, status = DalyFramer().feed(CELLS + STATUS)
    assert len(volts(cells)) == 15
    assert isinstance(status, Frame)


def test_empty_frames_after_the_last_probe_are_noise_not_another_answer() -> None:
    _, probes, rest = DalyFramer().feed(STATUS + PROBES)
    assert isinstance(probes, Frame)
    assert probes.payload == b"\x3d"
    assert isinstance(rest, Noise)
    assert rest.why is Why.CUT


def test_each_board_has_its_own_numbers() -> None:
    framer = DalyFramer()
    two = framer.build(Frame(2, 0x94, bytes((3, 1)), kind=ANSWER))
    framer.feed(STATUS + two)
    (cells,) = framer.feed(framer.build(Frame(2, 0x95, bytes(6), kind=ANSWER)))
    assert isinstance(cells, Frame)
    assert cells.address == 2


@pytest.mark.parametrize("before", [STATUS, b""])
def test_an_answer_of_which_a_frame_is_missing_is_none(before: bytes) -> None:
    framer = DalyFramer()
    items = framer.feed(before + CELLS[:13] + CELLS[26:]) + framer.silence()
    assert len(items) > 1
    assert all(isinstance(item, Noise) for item in items[bool(before) :])
    (again, *_) = framer.feed(CELLS) + framer.silence()
    assert volts(again)[:3] == [3776, 3778, 3783]


def test_an_answer_that_ends_too_soon_is_none() -> None:
    framer = DalyFramer()
    assert [type(item) for item in framer.feed(STATUS + CELLS[:13]) + framer.silence()] == [Frame, Noise]


@pytest.mark.parametrize("stray", [b"\0\0\0", b""])
def test_a_glitch_behind_an_answer_takes_nothing_of_it(stray: bytes) -> None:
    framer = DalyFramer()
    frame = next(item for item in framer.feed(CELLS + stray) + framer.silence() if isinstance(item, Frame))
    assert volts(frame)[:3] == [3776, 3778, 3783]


@pytest.mark.parametrize(
    ("wire", "kind", "address"),
    [
        ("A540900800000000000000007D", ASK, 1),
        ("A541900800000000000000007E", ASK, 2),
        ("A58090080000000000000000BD", PHONE, 1),
    ],
)
def test_the_second_byte_says_who_asks_whom(wire: str, kind: int, address: int) -> None:
    (frame,) = DalyFramer().feed(bytes.fromhex(wire))
    assert isinstance(frame, Frame)
    assert (frame.kind, frame.address) == (kind, address)
    assert DalyFramer().build(frame) == bytes.fromhex(wire)


def test_what_does_not_fit_is_refused() -> None:
    for frame in (Frame(16, 0x90, b"", kind=ASK), Frame(0, 0x90, b"", kind=ASK), Frame(1, 0x90, bytes(9), kind=ANSWER)):
        with pytest.raises(EncodeError, match=r"there is no board|does not fit"):
            DalyFramer().build(frame)
