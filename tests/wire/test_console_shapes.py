"""Answers of a console that look alike: the quick way gives what the walk gives, or leaves it to the walk."""

from functools import partial
from random import Random
from typing import Any

import pytest

from recordings import captures
from wattstead.catalog.profile import load_profile
from wattstead.model.errors import DecodeError
from wattstead.wire.family import console_shapes
from wattstead.wire.family.console import Console, _walk
from wattstead.wire.family.console_shapes import Shapes
from wattstead.wire.frame import Frame
from wattstead.wire.framing.console import ANSWER, ConsoleFramer
from wattstead.wire.framing.console_alike import DIGITS_TO_ZERO
from wattstead.wire.message import Message

PROFILE = load_profile("pylontech-console")
ANSWERS = [
    (one.said["message"], one.wire)
    for one in captures()
    if one.kind == "frame" and one.profile == PROFILE.name and one.said.get("direction") == "reply"
]
TABLE = b"Battery  Volt     SOC          Coulomb\n%s        3301     %s%%          %s mAH"


def message_of(name: str) -> Message:
    return PROFILE.dialect.message(name)


def shapes_of(name: str) -> tuple[Shapes, Any]:
    family, message = PROFILE.dialect.family, message_of(name)
    assert isinstance(family, Console)
    walk = partial(_walk, family._forms[name])
    return Shapes(message.reply, walk), partial(walk, message.reply)


def content_of(wire: bytes) -> bytes:
    (frame,) = [one for one in ConsoleFramer().feed(wire) if isinstance(one, Frame) and one.kind == ANSWER]
    return frame.payload.partition(b"\n")[2]


def outcome(read: Any, content: bytes) -> str:
    try:
        return repr(read(content))
    except DecodeError as error:
        return f"no: {error}"


def other_digits(content: bytes, rng: Random, share: float) -> bytes:
    return bytes(
        [rng.randrange(0x30, 0x3A) if 0x30 <= one <= 0x39 and rng.random() < share else one for one in content]
    )


def changed(content: bytes, rng: Random) -> bytes:
    """Change a byte or some, or leave out a part."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5))):
        data[rng.randrange(len(data))] = rng.choice(b" -0123456789%:\n\0#NYm\xff")
    start = rng.randrange(len(data))
    return bytes(data) if rng.random() < 0.7 else bytes(data[:start] + data[start + rng.randrange(40) :])


@pytest.mark.parametrize("at", range(len(ANSWERS)))
def test_both_ways_give_the_same(at: int) -> None:
    name, wire = ANSWERS[at]
    content, rng = content_of(wire), Random(at)
    shapes, walked = shapes_of(name)
    if read := shapes.learn(content):
        for share in [*(12 * [1.0]), *(12 * [0.1])]:
            other = other_digits(content, rng, share)
            # The function alone: what it refuses, the walk refuses; for all else they agree.
            if (said := outcome(read, other)).startswith("no: "):
                assert outcome(walked, other).startswith("no: "), other
            else:
                assert said == outcome(walked, other), other
    for _ in range(6):
        other = changed(content, rng)
        for _ in range(console_shapes._USES + 2):
            assert outcome(shapes.read, other) == outcome(walked, other), other


def test_what_a_host_asks_of_a_pack_has_a_quick_way() -> None:
    """All recorded answers to pwr N and bat N but refusals: else nothing was won."""
    polled = [(name, content_of(wire)) for name, wire in ANSWERS if name in ("pack", "cells")]
    read = [shapes_of(name)[0].learn(content) for name, content in polled if not content.startswith(b"Invalid")]
    assert len(read) >= 6
    assert all(read)


def test_a_shape_is_walked_until_it_comes_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    name, wire = next(one for one in ANSWERS if one[0] == "cells")
    content, walks = content_of(wire), list[bytes]()
    shapes, walked = shapes_of(name)
    walk = shapes._walk

    def counted(parts: Any, text: bytes) -> Any:
        walks.append(text)
        return walk(parts, text)

    monkeypatch.setattr(shapes, "_walk", counted)
    for _ in range(console_shapes._USES):
        shapes.read(content)
    before = len(walks)
    assert shapes.read(content) == walked(content)
    assert len(walks) == before


def test_shapes_that_never_come_again_cost_little_memory() -> None:
    shapes, _ = shapes_of("cells")
    for cells in range(3 * console_shapes._MOST):
        shapes.read(TABLE % (b"0", b"99", b"9") + b" " * cells)
    assert len(shapes._uses) <= console_shapes._MOST
    assert len(shapes._known) <= console_shapes._MOST


def test_words_that_are_known_by_being_equal_have_no_quick_way() -> None:
    """The walk leaves out every word that equals the share: two of one shape may be equal or not."""
    shapes, walked = shapes_of("cells")
    twice = b"Battery  Volt     SOC  Volt. State\n0        3301     99%%   %s%%"
    assert shapes.learn(twice % b"98") is None
    for share in (b"98", b"99"):
        for _ in range(console_shapes._USES + 2):
            assert outcome(shapes.read, twice % share) == outcome(walked, twice % share)


def test_labels_with_a_number_have_no_quick_way() -> None:
    """COC2 Times and COC3 Times are one shape, and not one counter."""
    shapes, walked = shapes_of("counters")
    text = b" CYCLE Times    :        7\n COC2 Times     :        3\n COC%d Times     :        4"
    assert shapes.learn(text % 7) is None
    assert outcome(shapes.read, text % 8) == outcome(walked, text % 8)


def test_a_second_value_of_a_label_is_looked_at_though_it_is_not_told() -> None:
    shapes, _ = shapes_of("pack")
    twice = b" Voltage : 48328 mV\n Bat Events : 0x%d\n Bat Events : 0x%d"
    assert shapes.learn(twice % (1, 2)) is None
    assert shapes.learn(b" Voltage : 48328 mV\n Bat Events : 0x1") is not None


@pytest.mark.parametrize("number", [b"9" * 12, b"9" * 13, b"9" * 5000])
def test_a_number_of_any_length_is_no_surprise(number: bytes) -> None:
    items = ConsoleFramer().feed(
        b"pylon>pwr " + number + b"\n@\n Power  " + number + b"\n Voltage : 1 mV\nx\n$$\npylon>"
    )
    (frame,) = [one for one in items if isinstance(one, Frame)]
    assert frame.address == 1
    _, walked = shapes_of("pack")
    outcome(walked, frame.payload.partition(b"\n")[2])
    for item in ConsoleFramer().feed(b"pwr " + number + b"\r"):
        assert not isinstance(item, Frame) or outcome(PROFILE.codec().understand, item)  # type: ignore[arg-type]


def test_a_framer_that_has_seen_many_answers_cuts_as_one_that_has_seen_none() -> None:
    rng, framer = Random(7), ConsoleFramer()
    framer.feed(ANSWERS[0][1])
    for _ in range(300):
        wire = rng.choice(ANSWERS)[1]
        wire = other_digits(wire, rng, 0.3) if rng.random() < 0.5 else changed(wire, rng)
        framer.silence()
        alone = ConsoleFramer()
        assert framer.feed(wire) + framer.silence() == alone.feed(wire) + alone.silence(), wire


def test_texts_of_one_shape_are_those_that_differ_in_digits_alone() -> None:
    assert b"Volt 3301 -12".translate(DIGITS_TO_ZERO) == b"Volt 9876 -00".translate(DIGITS_TO_ZERO)
    assert b"Volt 3301".translate(DIGITS_TO_ZERO) != b"Volt 33O1".translate(DIGITS_TO_ZERO)
