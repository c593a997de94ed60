"""Every recorded frame: what it means, by each way in which that can be found, and the same bytes again."""

from collections.abc import Mapping
from typing import Any

import pytest

from folding import each
from recordings import Capture, captures, frames, whole_frame, wire
from wattstead.model.errors import DecodeError, Refused
from wattstead.wire.codec import Codec, Question, Said
from wattstead.wire.frame import Noise

REPLIES = [one for one in frames(direction="reply") if "refused" not in one.values[0].said]
REQUESTS = frames(direction="request")
REFUSALS = [one for one in frames(direction="reply") if "refused" in one.values[0].said]


def asked(capture: Capture, codec: Codec) -> Question:
    """Give the request before a reply: the captured one, else one that we would make."""
    if "after" not in capture.said:
        return question(codec, capture.said["message"], capture.frame.address)
    heard = codec.understand(whole_frame(capture.device, wire(capture.said["after"])))
    assert heard.message is not None
    return Question(heard.message, heard.address, heard.record)


def question(codec: Codec, name: str, address: int) -> Question:
    message = codec.dialect.message(name)
    return Question(message, address)


def how(way: str, capture: Capture) -> str:
    """Give how a reply is understood: by its command where it carries one, whatever else is known."""
    return "command" if capture.device.dialect.family.named(capture.frame) else way


def assert_meaning(said: Said, capture: Capture) -> None:
    assert said.message is not None
    assert (said.message.name, said.direction) == (capture.said["message"], capture.said["direction"])
    assert said.address == capture.said["address"]
    if capture.packs:
        assert [(told.values, told.active) for told in said.packs] == capture.packs
    assert_holds(said.record, capture.said.get("record", {}))


def assert_holds(record: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    for name, value in wanted.items():
        if isinstance(value, dict):
            assert_holds(record[name], value)
        else:
            assert record[name] == (tuple(value) if isinstance(value, list) else value), name


@each("capture", REPLIES)
def test_a_reply_is_understood_by_the_request_before_it(capture: Capture) -> None:
    codec = capture.device.codec()
    said = codec.understand(capture.frame, asked(capture, codec))
    assert said.understood_by == how("request", capture)
    assert_meaning(said, capture)


@each("capture", [one for one in REPLIES if "window" not in one.values[0].said])
def test_a_reply_is_understood_by_the_name_that_a_person_gives(capture: Capture) -> None:
    said = capture.device.codec().understand(capture.frame, name=capture.said["message"])
    assert said.understood_by == how("name", capture)
    assert_meaning(said, capture)


@each("capture", [one for one in REPLIES if one.values[0].said.get("by_shape", True)])
def test_a_reply_is_understood_by_its_shape(capture: Capture) -> None:
    said = capture.device.codec().understand(capture.frame)
    assert said.understood_by == how("shape", capture)
    assert_meaning(said, capture)


@each("capture", [one for one in REPLIES if not one.values[0].said.get("by_shape", True)])
def test_where_the_shape_does_not_tell_nothing_is_guessed(capture: Capture) -> None:
    codec = capture.device.codec()
    if not capture.frame.payload:
        said = codec.understand(capture.frame)
        assert (said.message, said.packs[0].values) == (None, {})
        return
    with pytest.raises(DecodeError, match=r"does not say what it answers and fits .+name the message"):
        codec.understand(capture.frame)


@each("capture", REQUESTS)
def test_a_request_says_what_it_asks(capture: Capture) -> None:
    said = capture.device.codec().understand(capture.frame)
    assert said.understood_by == "command"
    assert_meaning(said, capture)


@each("capture", [*REPLIES, *REQUESTS])
def test_what_was_read_is_written_to_the_same_bytes(capture: Capture) -> None:
    codec = capture.device.codec()
    if "window" in capture.said:
        said = codec.understand(capture.frame, asked(capture, codec))
    else:
        said = codec.understand(capture.frame, name=capture.said["message"])
    assert said.message is not None
    if said.direction == "request" and "window" in capture.said:
        asking = codec.family.request(Question(said.message, said.address, said.record), b"")
        data = capture.device.framer().build(asking)
    elif said.direction == "request":
        _, data = codec.ask(said.message.name, said.address, said.record)
    else:
        data = codec.encode_reply(said.message, said.address, said.record)
    assert (data == capture.wire) is capture.said["same_bytes"]


@each("capture", REFUSALS)
def test_a_refusal_tells_its_reason_and_can_be_said_the_same_way(capture: Capture) -> None:
    codec, reason = capture.device.codec(), capture.said["refused"]
    message, address = capture.said.get("message", "telemetry"), capture.said["address"]
    with pytest.raises(Refused, match=rf"refused {message}: .+ \(") as refused:
        codec.understand(capture.frame, question(codec, message, address))
    assert refused.value.reason == reason
    heard = whole_frame(capture.device, codec.ask(message, address)[1])
    assert codec.refuse(address, reason, heard) == capture.wire


@each("capture", [one for one in captures() if one.kind == "noise"], ids=str)
def test_a_misprint_is_noise_with_its_reason(capture: Capture) -> None:
    (item,) = capture.device.framer().feed(capture.wire)
    assert isinstance(item, Noise)
    assert item.why == capture.said["why"]
