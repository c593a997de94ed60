"""A support file of a battery on a CAN bus: one round of all that was said, and nothing that tells whose it is."""

import json
import re
import zipfile
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from host.test_can_poller import Adapter
from leap import leaping
from wattstead.catalog.profile import load_profile
from wattstead.cli import support
from wattstead.cli.can_meaning import reader_for
from wattstead.cli.can_verbs import is_can_capture, read_once
from wattstead.cli.setting_source import Places, Wish
from wattstead.host.support.can import READING, gather_bus
from wattstead.host.support.collect import CAPTURE, Gathered, Packed, Recorder, pack, write
from wattstead.host.support.scrub import Scrubber
from wattstead.link.capture import Direction, read_capture
from wattstead.link.memory import memory_pair
from wattstead.link.recordings import Player, read_recording
from wattstead.model.can import CanFrame, unpacked
from wattstead.model.errors import NoAnswer

AT_MS = 1_772_366_400_000
SERIAL, NAME = "WS0000000001000", "WATTSTEAD PACK"


async def heard(adapter: Adapter, *others: str) -> Gathered:
    """Listen to a battery; others: frames that somebody else sends, as candump writes them."""
    port = await adapter.open()
    assert adapter.theirs is not None
    for text in others:
        identifier, _, data = text.partition("#")
        frame = CanFrame(int(identifier, 16), bytes.fromhex(data), extended=len(identifier) == 8)
        await adapter.theirs.send(frame.packed())
    try:
        return await gather_bus(port, adapter.profile, Recorder(0.0), None, now_ms=lambda: AT_MS)
    finally:
        await adapter.hush()
        await port.close()


def written(got: Gathered, path: Path) -> tuple[Packed, dict[str, str]]:
    packed = pack(got, Scrubber(Random(3)))
    write(packed, path)
    return packed, {name: data.decode() for name, data in packed.files.items()}


def payloads(path: Path) -> dict[int, bytes]:
    frames = [unpacked(one.data) for one in read_capture(path).entries]
    return {one.identifier: one.data for one in frames}


@leaping
async def test_a_serial_number_in_two_frames_is_another_one_everywhere(tmp_path: Path) -> None:
    path, got = tmp_path / "bus.zip", await heard(Adapter("victron-can"))
    packed, files = written(got, path)
    was = {one.kind: (one.was, one.now) for one in packed.replaced}
    assert [was["serial"][0], was["name"][0], len(packed.replaced)] == [SERIAL, NAME, 2]
    frames = payloads(path)
    text = {
        name: (frames[low] + frames[low + 1]).rstrip(b"\0 ").decode()
        for name, low in (("name", 0x370), ("serial", 0x380))
    }
    assert text == {name: now for name, (_, now) in was.items()}
    assert len(text["serial"]) == len(SERIAL)
    assert not any(one == other for one, other in zip(text["serial"], SERIAL, strict=True)), "no letter is as it was"
    values = json.loads(files["readings.json"])["values"]
    assert (values["serial_number"], values["device_name"]) == (text["serial"], text["name"])
    assert (values["maker"], values["product_name"]) == ("WATTSTD", "VIRTUAL"), "without them nobody can help"
    assert packed.blanked == 0
    # Nothing of it is anywhere, in no form; all other frames are as they came.
    whole = "".join(files.values()) + b"".join(frames.values()).decode("latin-1")
    assert not re.search(r"WS00000|0001000|WATTSTEA|D PACK", whole)
    before = {unpacked(one.data).identifier: unpacked(one.data).data for one in got.entries}
    assert {one for one in before if before[one] != frames[one]} == {0x370, 0x371, 0x380, 0x381}


@pytest.mark.parametrize("make", ["pylontech-can", "growatt-can", "schneider-can"])
@leaping
async def test_it_plays_and_decodes_as_it_did(make: str, tmp_path: Path) -> None:
    adapter, path = Adapter(make), tmp_path / "bus.zip"
    got = await heard(adapter)
    packed, files = written(got, path)
    assert packed.replaced == ()
    sent = [one for one in got.entries if one.direction is Direction.TO_DEVICE]
    assert bool(sent) == (make == "growatt-can"), "asked only where the battery speaks when it is asked"
    assert [one.data for one in read_capture(path).entries] == [one.data for one in got.entries]
    meanings = list(reader_for(adapter.profile).lines(files[CAPTURE].splitlines()))
    assert len(meanings) == len(got.entries)
    assert not [one for one in meanings if one.failed]
    read = await read_once(f"replay://{path}", adapter.profile, None)
    assert got.read is not None
    assert dict(read.snapshot.values) == dict(got.read.snapshot.values)
    played, ear = memory_pair()
    capture = read_recording(path)
    assert is_can_capture(capture)
    player = Player(capture, speed=0)
    await player.play(played)
    assert player.sent == len(got.entries) - len(sent)
    await ear.close()


@leaping
async def test_what_is_said_of_it(tmp_path: Path) -> None:
    got = await heard(Adapter("victron-can"))
    got.header = type(got.header)("can://slcan//dev/serial/by-id/usb-of-Smith?bitrate=250000", got.header.started)
    got.missing["more"] = "/dev/serial/by-id/usb-of-Smith is gone"
    _, files = written(got, tmp_path / "bus.zip")
    about = json.loads(files["about.json"])
    assert (about["profile"], about["line"], about["baud"], about["missing"]["more"]) == (
        "victron-can",
        "can",
        250000,
        "the-line is gone",
    )
    assert "# url: can://slcan/bus?bitrate=250000\n" in files[CAPTURE]
    assert "Smith" not in "".join(files.values())
    assert "settings.toml" not in files
    assert about["frames"]["not_understood"] == 0


def frames_of(got: Gathered, path: Path) -> tuple[Packed, dict[int, bytes]]:
    packed, _ = written(got, path)
    return packed, payloads(path)


@leaping
async def test_texts_that_nobody_understands_are_replaced_and_numbers_stay(tmp_path: Path) -> None:
    others = ("19F20101#5046423031323334", "19F20102#4142434400000000", "7A1#0102030405060708", "7A2#50594C4F4E202020")
    got = await heard(Adapter("pylontech-can"), *others)
    packed, frames = frames_of(got, tmp_path / "bus.zip")
    assert [(one.kind, one.was) for one in packed.replaced] == [("text", "PFB01234"), ("text", "ABCD")]
    assert frames[0x19F20101] != b"PFB01234"
    assert frames[0x19F20102][:4] != b"ABCD"
    assert frames[0x7A1] == bytes(range(1, 9))
    assert frames[0x7A2] == b"PYLON   ", "a make is no serial number"
    assert json.loads(packed.files["about.json"])["frames"]["not_understood"] == 4


@leaping
async def test_bytes_whose_places_no_document_tells(tmp_path: Path) -> None:
    got = await heard(Adapter("schneider-can"), "00000330#3937363534333231", "00000331#00000000000000FE")
    profile = load_profile("schneider-can")
    numbers = [profile.dialect.message(name).command for name in profile.private.messages]
    assert numbers[:2] == [0x330, 0x331]
    packed, frames = frames_of(got, tmp_path / "bus.zip")
    assert frames[0x330] != b"97654321"
    assert frames[0x330].isdigit()
    assert frames[0x331] != bytes(7) + b"\xfe"
    assert {one.kind for one in packed.replaced} == {"serial"}


@leaping
async def test_a_serial_number_that_is_no_text_or_half_there(tmp_path: Path) -> None:
    got = await heard(Adapter("pylontech-can"))
    got.profile = load_profile("victron-can")
    got.read = None
    entry = got.entries[0]
    frames = (CanFrame(0x380, b"\x80\x81AB1234"), CanFrame(0x381, b"77"), CanFrame(0x381, b""))
    got.entries = tuple(type(entry)(0.1 * k, Direction.TO_HOST, one.packed()) for k, one in enumerate(frames))
    packed, _ = written(got, tmp_path / "bus.zip")
    made = [unpacked(one.data).data for one in read_capture(tmp_path / "bus.zip").entries]
    assert made[0] == b"........"
    assert (len(made[1]), made[2]) == (2, b"")
    assert made[1] != b"77"
    assert packed.blanked == 8
    assert [(one.kind, one.was) for one in packed.replaced] == [("serial", "77")]


@leaping
async def test_a_bus_of_others_makes_a_file_and_a_silent_one_does_not(tmp_path: Path) -> None:
    adapter = Adapter("pylontech-can")
    adapter.profile = load_profile("victron-can")
    adapter.speak = lambda: None  # type: ignore[method-assign]
    with pytest.raises(NoAnswer, match="the bus stayed silent"):
        await heard(adapter)
    got = await heard(adapter, "7A1#0102030405060708", "355#42006300EA190000")
    packed, files = written(got, tmp_path / "bus.zip")
    assert "did not come lately" in packed.missing[READING]
    assert json.loads(files["readings.json"]) == {}
    assert json.loads(files["about.json"])["frames"] == {
        "understood": 1,
        "not_understood": 1,
        "noise": {"victron-can has no frame 7A1": 1},
    }


async def opened(adapter: Adapter, url: str, **_: Any) -> Any:
    assert url == "can://socketcan/can0"
    return await adapter.open()


@leaping
async def test_as_a_technician_uses_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    adapter, path = Adapter("victron-can"), tmp_path / "bus.zip"
    wish = Wish(adapter.profile, None, None, tmp_path, "fr")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(support, "open_port", partial(opened, adapter))
        await support._work(Places(wish), "can://socketcan/can0", path)
    await adapter.hush()
    told = capsys.readouterr()
    assert "lecture des mesures …" in told.err
    assert SERIAL in told.out
    with zipfile.ZipFile(path) as packed:
        assert packed.namelist() == ["README.txt", "about.json", "readings.json", CAPTURE]
        assert "settings.toml" not in packed.read("README.txt").decode(), "it names only what is there"
