"""Rules for the folder of captures: a birth certificate each, and enough of them for every profile."""

from collections.abc import Iterator

import pytest

from can_facts import sent_in
from folding import each
from recordings import FOLDER, Capture, captures, frames
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.model.errors import DecodeError, Refused
from wattstead.wire.message import Question

SOURCES = ("recorded", "document", "derived", "constructed")
KEYS = {
    *(
        "source",
        "device",
        "by",
        "reason",
        "same_bytes",
        "bytes",
        "direction",
        "message",
        "address",
        "after",
        "by_shape",
    ),
    *("refused", "record", "shared_with", "pack", "why", "window"),
}


@each("capture", captures(), ids=str)
def test_each_capture_says_where_it_comes_from(capture: Capture) -> None:
    said = capture.said
    assert said["source"] in SOURCES
    assert said["device"]
    assert said.get("by") if said["source"] == "recorded" and "reason" not in said else said.get("reason")
    assert set(said) <= KEYS, "a typing slip would pass in silence"


def test_each_folder_is_a_profile() -> None:
    assert {folder.name for folder in FOLDER.iterdir() if folder.is_dir()} <= set(profile_names())


@pytest.mark.parametrize("name", profile_names())
def test_each_profile_has_recordings(name: str) -> None:
    own = [one for one in captures() if one.profile == name]
    assert own
    recorded = any(one.said["source"] == "recorded" for one in own)
    declared = load_profile(name).exceptions.never_recorded
    assert recorded is (declared is None), "a profile without recordings says why, and no other does"
    if not recorded:
        assert all(one.said["reason"] for one in own), "and where nobody has published one, it is said why"


@pytest.mark.parametrize("name", profile_names())
@pytest.mark.parametrize("direction", ["request", "reply"])
def test_each_answered_message_has_a_capture(name: str, direction: str) -> None:
    captured = {
        one.said.get("message") for one in captures() if one.profile == name and one.said.get("direction") == direction
    }
    device = load_profile(name)
    answered = {
        message.name
        for message in device.dialect.messages
        # An echo is known as the answer by the request before it alone; by itself it is the request.
        if message.answered and not (direction == "reply" and device.dialect.family.mirrors(Question(message, 1)))
    }
    if device.link.framing == "can":
        answered &= sent_in(device, direction)
    assert answered <= captured


def meanings(capture: Capture) -> Iterator[tuple[str, list[object]]]:
    """What other profiles read in a reply when they take it for the answer to the same command."""
    command = f"{capture.device.dialect.message(capture.said['message']).command:02X}"
    for name in sorted(set(profile_names()) - {capture.profile}):
        codec = load_profile(name).codec()
        if not any(message.command == int(command, 16) for message in codec.dialect.messages):
            continue
        try:
            said = codec.understand(capture.frame, name=command)
        except (DecodeError, Refused):
            continue
        yield name, [(told.values, told.active) for told in said.packs]


@each("capture", frames(direction="reply"))
def test_no_other_profile_reads_the_same_meaning_unless_the_capture_says_so(capture: Capture) -> None:
    if not any(values for values, _ in capture.packs):
        return  # an acknowledgement or a refusal means the same to all of the family
    same = [name for name, packs in meanings(capture) if packs == capture.packs]
    assert same == capture.said.get("shared_with", [])
