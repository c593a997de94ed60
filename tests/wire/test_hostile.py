"""Payloads of every kind behind a right checksum: understood, or refused in a sentence, never anything else."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings import captures
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.model.errors import DecodeError, Refused
from wattstead.wire.codec import Question, Said
from wattstead.wire.field import Text
from wattstead.wire.frame import Frame
from wattstead.wire.layout import Part, fields_of
from wattstead.wire.message import Message
from wattstead.wire.read import decode
from wattstead.wire.write import encode

NAMES = [
    name for name in profile_names() if load_profile(name).link.framing in ("ascii_hex", "jbd", "daly", "jk", "console")
]
REAL = [one.frame.payload for one in captures() if one.kind == "frame"]


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """Draw a payload of a real device with some bytes changed and a piece cut off or added."""
    data = bytearray(draw(st.sampled_from(REAL)))
    for at, byte in draw(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), max_size=6)):
        if data:
            data[at % len(data)] = byte
    end = draw(st.integers(0, len(data)))
    return bytes(data[:end] if draw(st.booleans()) else data) + draw(st.binary(max_size=4))


payloads = st.one_of(st.binary(max_size=300), spoilt())


def texts(parts: Sequence[Part]) -> bool:
    return any(isinstance(field.type, Text) for field in fields_of(parts))


def outcome(call: Callable[[], Any]) -> Any:
    """Give what a call gives, or the error with which it refuses; any other error is a fault of ours."""
    try:
        return call()
    except (DecodeError, Refused) as error:
        return error


# What is drawn is tried on every message of a profile: drawing costs more than reading.
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40)
@given(payload=payloads)
def test_a_reply_is_understood_or_refused_in_a_sentence(name: str, payload: bytes) -> None:
    for message in load_profile(name).dialect.messages:
        check_reply(name, message.name, payload)


def check_reply(name: str, about: str, payload: bytes) -> None:
    codec = load_profile(name).codec()
    question = Question(codec.dialect.message(about), 2)
    said = outcome(lambda: codec.understand(codec.family.reply(question, payload), question))
    both_ways = question.message.command_in_reply  # what does not fit its reply may be a neighbour's request
    if isinstance(said, DecodeError):
        begins: tuple[str, ...] = (f"{about} reply of address 2: ", f"{about} request to address 2: ")
        if name == "jbd" and about.startswith("write_"):  # what a register holds stands in no answer to a write
            begins = *begins, f"{about.replace('write', 'read', 1)} reply of address 2: "
            both_ways = True
        assert str(said).startswith(begins if both_ways else begins[0])
        return
    if both_ways and said.direction == "request":
        assert len(payload) <= 1, about
        return
    if load_profile(name).link.framing != "ascii_hex":
        assert isinstance(said, Said)
        return  # their frames do not carry every size of payload: their own tests write what was read
    (frame,) = load_profile(name).framer().feed(codec.encode_reply(question.message, 2, said.record))
    assert isinstance(frame, Frame)
    assert frame.payload == payload or texts(question.message.reply), (
        f"{about}: more than the padding of a text changed"
    )
    assert codec.understand(frame, question).packs == said.packs, about


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40)
@given(payload=payloads)
def test_a_request_is_heard_or_refused_as_a_format_error(name: str, payload: bytes) -> None:
    for message in load_profile(name).dialect.messages:
        check_request(name, message, payload)


def check_request(name: str, message: Message, payload: bytes) -> None:
    codec = load_profile(name).codec()
    frame = codec.family.request(Question(message, 2), payload)
    heard = outcome(lambda: codec.hear(frame))
    if load_profile(name).link.framing != "ascii_hex" and (
        isinstance(heard, Question) or heard.reason == "unknown_command"
    ):
        return
    if isinstance(heard, Question):
        assert encode(message.request, heard.record) == payload or texts(message.request), message.name
        return
    assert heard.reason == "format_error", message.name
    if message.command_in_reply and not isinstance(outcome(lambda: decode(message.reply, payload)), DecodeError):
        assert codec.understand(frame).direction == "reply"  # no request fits, but the reply has the same number
        return
    with pytest.raises(DecodeError, match=f"^{message.name} request to address 2: "):
        codec.understand(frame)


any_frame = st.builds(
    Frame,
    address=st.integers(0, 255),
    command=st.integers(0, 255),
    payload=payloads,
    version=st.just(0x20),
    kind=st.sampled_from([0x46, 0x46, 0x4A, 0x00, 0x01, 0x5A]),
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("asked", [False, True])
@given(frame=any_frame)
def test_any_frame_at_all(name: str, asked: bool, frame: Frame) -> None:
    codec = load_profile(name).codec()
    question = Question(codec.dialect.messages[0], frame.address) if asked else None
    said = outcome(lambda: codec.understand(frame, question))
    assert str(said) if isinstance(said, Exception) else said.address == frame.address
    heard = outcome(lambda: codec.hear(frame))
    assert isinstance(heard, Question) or heard.reason in ("kind_error", "unknown_command", "format_error")
