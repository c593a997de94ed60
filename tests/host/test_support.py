"""A support file: all that a device says, and nothing by which a stranger could tell whose it is."""

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from host.setting_lines import NOON_S, Line
from leap import leaping
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.cli.meaning import Reader
from wattstead.host.conversation import Conversation
from wattstead.host.open import open_port
from wattstead.host.read import read_pack
from wattstead.host.records.keep import RecordStore
from wattstead.host.support.collect import CAPTURE, Gathered, Packed, Recorder, gather, pack, write
from wattstead.host.support.scrub import Scrubber
from wattstead.host.support.scrub_capture import clean_capture, learn_capture
from wattstead.link.capture import (
    Capture,
    CaptureHeader,
    Direction,
    Entry,
    entry_text,
    header_text,
    read_capture,
    recording,
)
from wattstead.link.memory import memory_pair
from wattstead.link.port import Port
from wattstead.model.errors import LinkLost, UsageError
from wattstead.virtual.values import ValuesDevice
from wattstead.wire.fill import Report
from wattstead.wire.layout import fields_of

MAKES = (
    "seplos-v2",
    "seplos-v3",
    "pace",
    "pylontech",
    "pylontech-console",
    "ps-20016s",
    "growatt-rs485",
    "jk",
    "jbd",
    "daly",
)
"""Those with a pack behind them that tell who they are."""
AT_MS = round(NOON_S * 1000)
HEADER = CaptureHeader("serial:///dev/serial/by-id/usb-FTDI_A50285BI-if00", datetime(2026, 6, 1, tzinfo=UTC), 9600)


def seen_as(mark: str) -> Iterator[bytes]:
    """Give what a stranger would look for: a mark in all the forms that we can think of."""
    plain = mark.encode()
    swapped = b"".join(plain[k : k + 2][::-1] for k in range(0, len(plain), 2))
    for data in (plain, plain[::-1], swapped):
        yield from (data, data.lower(), data.upper())
        yield from (data.decode().encode("utf-16-le"), data.decode().encode("utf-16-be"))
        yield from (data.hex().encode(), data.hex().upper().encode())
        yield from (data.hex(" ").encode(), data.hex(" ").upper().encode())
        yield from (data.hex().encode().hex().encode(), data.hex().upper().encode().hex(" ").upper().encode())


def whole(path: Path) -> bytes:
    """Give all bytes of a support file, the recorded ones as they went over the wire, too."""
    with zipfile.ZipFile(path) as packed:
        found = b"\0".join(packed.read(name) for name in packed.namelist())
    entries = read_capture(path).entries
    streams = [b"".join(one.data for one in entries if one.direction is side) for side in Direction]
    return b"\0".join([found, path.read_bytes(), *streams])


def hides(path: Path, mark: str) -> bool:
    data = whole(path)
    return not any(form in data for form in seen_as(mark))


async def gathered(line: Line, folder: Path) -> Gathered:
    recorder = Recorder(asyncio.get_running_loop().time())
    port = await line.open()
    conversation = Conversation(recording(port, recorder), line.profile)
    store = RecordStore(folder / "records.jsonl", line.profile)
    try:
        return await gather(conversation, recorder, port, line.address, now_ms=lambda: AT_MS, store=store)
    finally:
        await conversation.close()
        await line.end()


def written(got: Gathered, path: Path) -> Packed:
    packed = pack(got, Scrubber(Random(1)))
    write(packed, path)
    return packed


def as_it_was(got: Gathered, path: Path) -> Path:
    """Write a file from which nothing was taken out."""
    text = header_text(got.header) + "".join(map(entry_text, got.entries))
    write(Packed({CAPTURE: text.encode()}, (), 0, {}), path)
    return path


def marks(line: Line) -> list[str]:
    """Name what a virtual device says of itself that is private."""
    says = line.bank.packs[0].says
    return [str(one) for name, one in says.items() if line.profile.private.kind(name) and str(one)]


@pytest.mark.parametrize("make", MAKES)
@leaping
async def test_nothing_private_is_in_the_file_of_any_make_and_it_still_plays(make: str, tmp_path: Path) -> None:
    line, path = Line(make, paced=False), tmp_path / "support.zip"
    private = marks(line)
    got = await gathered(line, tmp_path)
    packed = written(got, path)
    assert private
    for mark in private:
        piece = mark[:7] if make == "daly" else mark  # seven letters a frame
        assert not hides(as_it_was(got, tmp_path / f"{mark}.zip"), piece)
        assert hides(path, piece), piece
        assert mark in [one.was for one in packed.replaced]
    # The same frames, each of them whole and understood as before.
    before = list(Reader(line.profile).lines(lines_of(Capture(got.header, tuple(got.entries)))))
    after = list(Reader(line.profile).lines(lines_of(read_capture(path))))
    assert [one.headline() for one in after] == [one.headline() for one in before]
    assert not [one.headline() for one in after if one.failed]
    # A host reads the same battery from the file; who it is has changed.
    conversation = Conversation(await open_port(f"replay://{path}"), line.profile)
    read = await read_pack(conversation, line.address, "pack", lambda: AT_MS)
    await conversation.close()
    assert got.read is not None
    was, now = dict(got.read.snapshot.values), dict(read.snapshot.values)
    private_names = [name for name in was if line.profile.private.kind(name)]
    for name in private_names:
        assert was.pop(name) != now.pop(name)
    assert now == was


def lines_of(capture: Capture) -> list[str]:
    hexed = [f"{one.at_s:.6f} {one.direction} {one.data.hex(' ').upper()}" for one in capture.entries]
    return ["# wattstead capture 1", *hexed]


@leaping
async def test_an_inverter_too(tmp_path: Path) -> None:
    profile = load_profile("aura")
    device = ValuesDevice(profile, now_ms=lambda: AT_MS)
    async with answering(device) as host:
        recorder = Recorder(0.0)
        conversation = Conversation(recording(host, recorder), profile)
        got = await gather(conversation, recorder, host, device.address, now_ms=lambda: AT_MS)
    packed = written(got, tmp_path / "support.zip")
    assert [one.was for one in packed.replaced] == ["AU05KM0000000000000001"]
    assert hides(tmp_path / "support.zip", "AU05KM0000000000000001")


@asynccontextmanager
async def answering(device: ValuesDevice) -> AsyncIterator[Port]:
    host, end = memory_pair()

    async def answer() -> None:
        responder = device.responder("")
        try:
            while True:
                chunk = await end.receive()
                for one in responder.feed(chunk.data, chunk.at):
                    await end.send(one)
        except LinkLost:
            return

    task = asyncio.create_task(answer())
    try:
        yield host
    finally:
        await host.close()
        await task


SERIALS = st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789-abcdef", min_size=4, max_size=16).filter(
    lambda text: any(one in "123456789" or one.isalpha() for one in text) and text == text.strip("-")
)


@settings(max_examples=10, deadline=None)
@given(serial=SERIALS)
@example(serial="1111")
@example(serial="ABAB-ABAB")
@example(serial="deadbeef01")
def test_no_serial_number_whatever_it_is(serial: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    for make, message in (("seplos-v2", "serial_number"), ("ps-20016s", "identity"), ("pylontech", "serial_number")):
        profile = load_profile(make)
        codec, path = profile.codec(), folder / f"{make}.zip"
        question, asked = codec.ask(message, profile.addresses.master)
        answer = codec.answer(question, [Report({"serial_number": serial})])
        entries = (Entry(0.0, Direction.TO_DEVICE, asked), Entry(0.1, Direction.TO_HOST, answer))
        got = Gathered(profile, profile.addresses.master, AT_MS, HEADER, entries=entries)
        got.missing = {"something": f"the battery {serial} said no"}
        (one,) = written(got, path).replaced
        assert (one.was, len(one.now)) == (serial, len(serial))
        assert hides(path, serial)


@leaping
async def test_readings_settings_records_and_findings_are_there_and_no_place(tmp_path: Path) -> None:
    line = Line("ps-20016s", paced=False)
    log = line.bank.packs[0].records
    log.event(1.0, "cell_overvoltage_protection", began=True, code="OV", values={"cell_voltage_max_v": 3.8})
    got = await gathered(line, tmp_path)
    got.header = replace(got.header, url="tcp://battery.smith.example:8899")
    got.missing["more"] = "tcp://battery.smith.example:8899: no answer from battery.smith.example"
    path = tmp_path / "support.zip"
    written(got, path)
    with zipfile.ZipFile(path) as packed:
        files = {name: packed.read(name).decode() for name in packed.namelist()}
    assert "smith" not in "".join(files.values())
    about = json.loads(files["about.json"])
    assert (about["profile"], about["line"], about["missing"]["more"]) == (
        "ps-20016s",
        "tcp",
        "the-line: no answer from the-line",
    )
    assert {one["kind"] for one in about["replaced"]} == {"serial"}
    assert "was" not in about["replaced"][0]
    assert json.loads(files["readings.json"])["values"]["pack_voltage_v"] > 40.0
    assert "cell_overvoltage_protection_mv = 3750" in files["settings.toml"]
    assert json.loads(files["records.jsonl"].splitlines()[-1])["event"] == "OV"
    assert isinstance(json.loads(files["findings.json"]), list)
    assert "REPLACED" in files["README.txt"]
    with pytest.raises(UsageError, match="exists already"):
        write(Packed({}, (), 0, {}), path)


@pytest.mark.parametrize("name", ["pack", "cell", "1234", "JBD of Smith", "Zoe"])
@leaping
async def test_a_name_that_is_a_common_word_spoils_nothing_else(name: str, tmp_path: Path) -> None:
    line = Line("jbd", paced=False)
    line.bank.packs[0].says["device_name"] = name
    got = await gathered(line, tmp_path)
    packed = written(got, tmp_path / "support.zip")
    assert [one.kind for one in packed.replaced if one.kind != "serial"] == ["name"]
    values = json.loads(packed.files["readings.json"])["values"]
    assert values["pack_voltage_v"] > 40.0
    assert len(values["cell_voltage_v"]) == 16
    assert values.get("device_name", "") != name
    conversation = b"".join(one.data for one in read_capture(tmp_path / "support.zip").entries)
    assert name.encode() not in conversation


def recorded(*frames: bytes) -> Capture:
    asked = bytes.fromhex("7E32303030343641343030303046443946 0D")
    entries = [Entry(0.0, Direction.TO_DEVICE, asked)]
    return Capture(HEADER, (*entries, *(Entry(0.1 * k, Direction.TO_HOST, one) for k, one in enumerate(frames, 1))))


def cleaned(capture: Capture) -> tuple[bytes, int]:
    profile, scrubber = load_profile("seplos-v2"), Scrubber(Random(2))
    learn_capture(profile, capture, scrubber)
    made = clean_capture(profile, capture, scrubber)
    return b"".join(one.data for one in made.capture.entries[1:]), made.blanked


def test_a_piece_of_a_frame_gives_nothing_away() -> None:
    profile = load_profile("seplos-v2")
    serial = "EMU110110S-0000-20220120-00001"
    good = profile.codec().encode_reply(profile.dialect.message("serial_number"), 0, {"serial_number": serial})
    cut, spoilt = good[:40], good[:60] + b"Z" + good[61:]
    data, blanked = cleaned(recorded(good, cut, spoilt, good))
    assert len(data) == len(good + cut + spoilt + good)
    assert blanked >= len(cut) - 18
    for piece in (serial, serial[:6], serial[10:16], serial[-6:]):
        assert piece.encode().hex().upper().encode() not in data, piece
    framer = profile.framer()
    assert len([one for one in framer.feed(data) if type(one).__name__ == "Frame"]) == 2


def test_noise_without_anything_private_stays_as_it_was() -> None:
    noise = b"\x00\xff\x13hello\x80"
    assert cleaned(recorded(noise)) == (noise, 0)


def test_every_field_that_sounds_private_is_declared() -> None:
    for name in profile_names():
        profile = load_profile(name)
        declared = {*profile.private.serials, *profile.private.names, *profile.private.secrets}
        for message in profile.dialect.messages:
            for field in (*fields_of(message.reply), *fields_of(message.request)):
                sounds = any(one in field.name for one in ("serial", "barcode", "password", "user_name", "owner"))
                if sounds and not field.name.endswith(("_fault", "_faults")):
                    assert field.name in declared, (name, field.name)


def test_what_is_no_support_file(tmp_path: Path) -> None:
    broken, empty = tmp_path / "broken.zip", tmp_path / "empty.zip"
    broken.write_bytes(b"PK\x03\x04 and no more")
    with zipfile.ZipFile(empty, "w") as packed:
        packed.writestr("a.txt", "a")
    with pytest.raises(UsageError, match="this zip cannot be read"):
        read_capture(broken)
    with pytest.raises(UsageError, match="0 captures are in this zip"):
        read_capture(empty)
    assert CAPTURE.endswith(".capture")
