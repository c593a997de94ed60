import asyncio
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leap import leaping
from wattstead.link.capture import (
    FIRST_LINE,
    Capture,
    CaptureHeader,
    CaptureWriter,
    Direction,
    Entry,
    entry_text,
    header_text,
    read_capture,
    recording,
)
from wattstead.link.memory import memory_pair
from wattstead.model.errors import FileError, LinkLost, UsageError

STARTED = datetime(2025, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)
HEADER = CaptureHeader("serial:///dev/ttyUSB0?baud=19200", STARTED, 19200, "seplos-v2", "pack 2 of 4\ncharging")

WHOLE = """\
# wattstead capture 1
# url: serial:///dev/ttyUSB0?baud=19200
# baud: 19200
# profile: seplos-v2
# started: 2025-01-31T12:00:00.250Z
# note: pack 2 of 4
# note: charging
0.001250 > 7E 32 30 0D |~20.|
1.500000 < 7E 7C FF |~|.|
"""


def test_the_file_reads_as_the_manual_shows_it(tmp_path: Path) -> None:
    with CaptureWriter(tmp_path / "day.capture", HEADER, began_at=100.0) as writer:
        writer.write(100.00125, Direction.TO_DEVICE, b"~20\r")
        writer.write(101.5, Direction.TO_HOST, b"~|\xff")
    assert (tmp_path / "day.capture").read_text(encoding="utf-8") == WHOLE


def test_it_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "day.capture").write_text(WHOLE, encoding="utf-8")
    entries = (Entry(0.00125, Direction.TO_DEVICE, b"~20\r"), Entry(1.5, Direction.TO_HOST, b"~|\xff"))
    assert read_capture(tmp_path / "day.capture") == Capture(HEADER, entries)


LINES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30)
HEADERS = st.builds(
    CaptureHeader,
    LINES,
    st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)).map(  # noqa: DTZ001 - made aware here
        lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000, tzinfo=UTC)
    ),
    st.none() | st.integers(300, 4_000_000),
    st.none() | LINES,
    st.lists(LINES, max_size=3).map("\n".join),
)
ENTRIES = st.lists(
    st.builds(
        Entry,
        st.integers(0, 10**12).map(lambda time_us: time_us / 1e6),
        st.sampled_from(Direction),
        st.binary(min_size=1, max_size=50),
    )
)


@given(header=HEADERS, entries=ENTRIES)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, header: CaptureHeader, entries: list[Entry]
) -> None:
    path = tmp_path_factory.mktemp("capture") / "day.capture"
    with CaptureWriter(path, header, began_at=0.0) as writer:
        for entry in entries:
            writer.write(entry.at_s, entry.direction, entry.data)
    assert read_capture(path) == Capture(header, tuple(sorted(entries, key=lambda entry: entry.at_s)))


def test_every_entry_is_on_disk_at_once(tmp_path: Path) -> None:
    path = tmp_path / "day.capture"
    with CaptureWriter(path, HEADER, began_at=0.0) as writer:
        writer.write(1.0, Direction.TO_HOST, b"x")
        assert [entry.data for entry in read_capture(path).entries] == [b"x"]


def test_what_waited_before_the_start_counts_as_the_start(tmp_path: Path) -> None:
    with CaptureWriter(tmp_path / "day.capture", HEADER, began_at=10.0) as writer:
        writer.write(9.0, Direction.TO_HOST, b"x")
    assert read_capture(tmp_path / "day.capture").entries[0].at_s == 0.0


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "day.capture").write_text("precious")
    with pytest.raises(UsageError, match=r"day\.capture: this file exists already; choose another name, or remove it"):
        CaptureWriter(tmp_path / "day.capture", HEADER, began_at=0.0)
    assert (tmp_path / "day.capture").read_text() == "precious"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"cannot write here \(No such file or directory\); choose another folder"):
        CaptureWriter(tmp_path / "none" / "day.capture", HEADER, began_at=0.0)


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    class FullDisk(StringIO):
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    writer = CaptureWriter(tmp_path / "day.capture", HEADER, began_at=0.0)
    writer.close()
    writer._out = FullDisk()
    with pytest.raises(FileError, match=r"the capture ends here \(No space left on device\); make room"):
        writer.write(0.0, Direction.TO_HOST, b"x")


def test_times_of_other_zones_become_utc() -> None:
    east = CaptureHeader("tcp://host:1", STARTED.astimezone(timezone(timedelta(hours=2))))
    assert "# started: 2025-01-31T12:00:00.250Z\n" in header_text(east)


def test_a_url_cannot_break_the_lines() -> None:
    text = header_text(CaptureHeader("tcp://host:1\n0.0 > 00", STARTED, note="a\r\nb"))
    assert text.splitlines()[1:] == [
        "# url: tcp://host:1 0.0 > 00",
        "# started: 2025-01-31T12:00:00.250Z",
        "# note: a ",
        "# note: b",
    ]


def test_people_may_edit_it(tmp_path: Path) -> None:
    text = WHOLE.replace(
        "0.001250 > 7E 32 30 0D |~20.|", "# the pack wakes up\n\n0.5 > 7e 32\n# started: no header here"
    )
    (tmp_path / "day.capture").write_bytes(text.replace("\n", "\r\n").encode())
    capture = read_capture(tmp_path / "day.capture")
    assert capture.header == HEADER
    assert capture.entries[0] == Entry(0.5, Direction.TO_DEVICE, b"~2")


def test_entries_are_put_in_the_order_of_time(tmp_path: Path) -> None:
    (tmp_path / "day.capture").write_text(WHOLE + "0.5 < 01\n")
    assert [entry.at_s for entry in read_capture(tmp_path / "day.capture").entries] == [0.00125, 0.5, 1.5]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (FIRST_LINE, "# wattstead capture 2", "line 1: this is no capture of a kind we know; it begins with '# watt"),
        (WHOLE, "", "line 1: this is no capture"),
        ("# url: serial:///dev/ttyUSB0?baud=19200\n", "", "header: 'url' is missing; add a line '# url: serial:///"),
        ("# started: 2025-01-31T12:00:00.250Z\n", "", "header: 'started' is missing; add a line '# started: 2025"),
        ("# baud: 19200", "# baud: fast", "line 3: 'fast' is no speed; write a number such as 19200"),
        ("# baud: 19200", "# baud: 5", "line 3: '5' is no speed"),
        ("# baud: 19200", "# url: tcp://host:1", "line 3: 'url' stands twice, first in line 2; keep one"),
        (
            "2025-01-31T12:00:00.250Z",
            "noon",
            "line 5: 'noon' is no time in UTC; write a time with its zone, as in 2025",
        ),
        ("2025-01-31T12:00:00.250Z", "2025-01-31T12:00:00", "line 5: .* is no time in UTC"),
        ("0.001250 > 7E", "0.001250 = 7E", "line 8: cannot understand '0.001250 = 7E .*; a line reads '0.001250 > 7E"),
        ("0.001250 > 7E", "soon > 7E", "line 8: cannot understand"),
        ("0.001250 > 7E", "-1 > 7E", "line 8: cannot understand"),
        ("7E 32 30 0D", "7E 3", "line 8: cannot understand"),
        ("7E 32 30 0D", "", "line 8: cannot understand"),
        ("1.500000 < 7E 7C FF |~|.|\n", "1.500000 < 7", "line 9: cannot understand '1.500000 < 7'"),
    ],
)
def test_a_broken_file_says_where_and_what_is_right(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in WHOLE
    (tmp_path / "day.capture").write_text(WHOLE.replace(old, new))
    with pytest.raises(UsageError, match=rf"day\.capture, {says}"):
        read_capture(tmp_path / "day.capture")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the capture \(No such file or directory\); check the path"):
        read_capture(tmp_path / "none.capture")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "day.capture").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="this is no text; a capture begins with '# wattstead capture 1'"):
        read_capture(tmp_path / "day.capture")


@given(st.binary(max_size=100) | st.text().map(lambda text: f"{WHOLE}{text}".encode()))
def test_any_file_is_a_capture_or_a_usage_error(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = tmp_path_factory.mktemp("capture") / "day.capture"
    path.write_bytes(junk)
    try:
        capture = read_capture(path)
    except UsageError as error:
        assert str(error).startswith(str(path))  # noqa: PT017 - both outcomes are right, and both are checked
    else:
        assert [entry_text(entry) for entry in capture.entries]


@leaping
async def test_recording_writes_down_both_ways_with_their_times(tmp_path: Path) -> None:
    host, device = memory_pair(baud=9600)
    await asyncio.sleep(1.0)
    with CaptureWriter(tmp_path / "day.capture", HEADER, began_at=1.0) as writer:
        port = recording(host, writer)
        assert (port.url, port.baud) == ("memory://first", 9600)
        await asyncio.sleep(0.5)
        await port.send(bytes(12))
        assert (await device.receive()).data == bytes(12)
        await device.send(b"\x01" * 12)
        assert (await port.receive()).data == b"\x01" * 12
        await port.close()
        with pytest.raises(LinkLost):
            await port.receive()
    assert read_capture(tmp_path / "day.capture").entries == (
        Entry(0.5, Direction.TO_DEVICE, bytes(12)),
        Entry(0.525, Direction.TO_HOST, b"\x01" * 12),
    )


@leaping
async def test_recording_at_the_device_turns_the_directions(tmp_path: Path) -> None:
    host, device = memory_pair()
    with CaptureWriter(tmp_path / "day.capture", HEADER, began_at=0.0) as writer:
        port = recording(device, writer, device_side=True)
        await host.send(b"ask")
        await port.receive()
        await port.send(b"answer")
    assert [(entry.direction, entry.data) for entry in read_capture(tmp_path / "day.capture").entries] == [
        (Direction.TO_DEVICE, b"ask"),
        (Direction.TO_HOST, b"answer"),
    ]
