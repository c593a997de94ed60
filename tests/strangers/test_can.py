"""CAN against independent implementations: cantools takes our frames apart by our DBC files, python-can talks to a
virtual battery in another process over slcan."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import can
import cantools
import pytest

from program import PATIENCE_S, first_line
from recordings import Capture, captures
from strangers.slcan import joined_ports
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.model.can import unpacked
from wattstead.wire.can_signal import CanMessage, CanNumber
from wattstead.wire.field import Text
from wattstead.wire.frame import Frame

PROFILES = Path(__file__).parents[2] / "src" / "wattstead" / "profiles"
ON_A_BUS = [name for name in profile_names() if name.endswith("-can")]
FRAMES = [one for one in captures() if one.profile in ON_A_BUS and one.kind == "frame"]


@pytest.mark.parametrize("name", ON_A_BUS)
def test_cantools_opens_each_dbc_as_strictly_as_it_can(name: str) -> None:
    database: Any = cantools.database.load_file(PROFILES / f"{name}.dbc", strict=True)
    assert {node.name for node in database.nodes} == {"Battery", "Inverter"}
    assert all(message.senders for message in database.messages)
    again: Any = cantools.database.load_string(database.as_dbc_string(), "dbc")
    assert len(again.messages) == len(database.messages)


@pytest.mark.parametrize("capture", FRAMES, ids=str)
def test_cantools_reads_the_same_numbers_out_of_each_captured_frame(capture: Capture) -> None:
    database: Any = cantools.database.load_file(PROFILES / f"{capture.profile}.dbc")
    profile = load_profile(capture.profile)
    said = profile.codec().understand(capture.frame)
    assert isinstance(said.message, CanMessage)
    dbc = database.get_message_by_name(said.message.name)
    theirs = dbc.decode(unpacked(capture.wire).data, decode_choices=False, allow_truncated=True)
    signs = profile.link.can.signals if profile.link.can else {}
    compared = 0
    for field in said.message.fields:
        ours = said.record.get(field.name)
        if isinstance(field.type, CanNumber) and ours is not None:
            sign = signs[field.name].sign if field.name in signs else 1
            assert ours == pytest.approx(sign * theirs[field.name], abs=1e-6), field.name
            compared += 1
    numbers = [one for one in said.message.fields if isinstance(one.type, CanNumber)]
    assert compared or not [one for one in numbers if said.record.get(one.name) is not None]


@pytest.mark.parametrize("name", ON_A_BUS)
def test_cantools_writes_what_we_read(name: str) -> None:
    """All signals at a value inside their range: by cantools onto the wire, by us off it."""
    database: Any = cantools.database.load_file(PROFILES / f"{name}.dbc")
    profile = load_profile(name)
    for message in profile.dialect.messages:
        if not isinstance(message, CanMessage):
            continue
        dbc = database.get_message_by_name(message.name)
        if not dbc.signals:
            continue
        texts = {field.name for field in message.fields if isinstance(field.type, Text)}
        raw = {one.name: _raw(one, one.name in texts) for one in dbc.signals}
        data = dbc.encode(raw, scaling=False, strict=False)
        frame = Frame(0, message.command, data, kind=int(message.extended))
        record = profile.codec().understand(frame).record
        for field in message.fields:
            if isinstance(field.type, CanNumber):
                one = dbc.get_signal_by_name(field.name)
                assert abs(record[field.name]) == pytest.approx(abs(one.raw_to_scaled(raw[field.name])))
            elif field.name in texts:
                assert set(record[field.name]) == {"A"}


def _raw(signal: Any, text: bool) -> int:
    if text:
        return int.from_bytes(b"A" * (signal.length // 8))
    return 5 if signal.length > 2 else 1


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    with joined_ports(tmp_path) as ends:
        yield ends


@contextlib.contextmanager
def program(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a verb in a process of its own; it is ended in good order, and killed if it takes too long in all."""
    command = [sys.executable, "-m", "wattstead", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        watchdog = threading.Timer(PATIENCE_S, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            process.terminate()
            assert process.wait(PATIENCE_S) != -signal.SIGKILL, f"still at it after {PATIENCE_S:.0f} s"
            watchdog.cancel()


def heard(bus: can.BusABC, wanted: set[int], within_s: float) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    until = time.monotonic() + within_s
    while not wanted <= set(found) and time.monotonic() < until:
        message = bus.recv(0.2)
        if message is not None:
            found[message.arbitration_id] = bytes(message.data)
    return found


@pytest.mark.slow
def test_python_can_hears_a_virtual_pylontech_in_another_process(cable: tuple[Path, Path]) -> None:
    with program("simulate", "pylontech-can", "--on", f"can://slcan/{cable[0]}", "--packs", "3") as battery:
        assert first_line(battery).startswith("ready can://slcan/")
        with can.Bus(channel=str(cable[1]), interface="slcan", bitrate=500_000, sleep_after_open=0.1) as bus:
            frames = heard(bus, {0x351, 0x355, 0x356, 0x359, 0x35C, 0x35E}, 20)
    database: Any = cantools.database.load_file(PROFILES / "pylontech-can.dbc")
    limits = database.decode_message(0x351, frames[0x351])
    assert (limits["charge_voltage_limit_v"], limits["charge_current_limit_a"]) == (53.2, 75.0)
    assert database.decode_message(0x359, frames[0x359])["module_count"] == 3
    assert database.decode_message(0x355, frames[0x355], allow_truncated=True)["soc_pct"] == 50
    assert frames[0x35E] == b"PYLON   "


@pytest.mark.slow
def test_a_growatt_battery_answers_polls_of_python_can(cable: tuple[Path, Path]) -> None:
    with program("simulate", "growatt-can", "--on", f"can://slcan/{cable[0]}") as battery:
        assert first_line(battery).startswith("ready ")
        with can.Bus(channel=str(cable[1]), interface="slcan", bitrate=500_000, sleep_after_open=0.1) as bus:
            assert not heard(bus, {0x311}, 2.0), "it speaks only when it is asked"
            poll = can.Message(arbitration_id=0x301, data=bytes.fromhex("1122334455667788"), is_extended_id=False)
            bus.send(poll)
            frames = heard(bus, {*range(0x311, 0x320), 0x320, 0x321} - set(range(0x31A, 0x320)), 10)
    assert frames[0x313][6] == 50
    assert set(frames) == {*range(0x311, 0x31A), 0x320, 0x321}


@pytest.mark.slow
def test_read_hears_a_battery_that_python_can_plays(cable: tuple[Path, Path]) -> None:
    stack = {one.said["bytes"] for one in FRAMES if one.profile == "pylontech-can" and "us2000" in one.name}
    messages = []
    for text in stack:
        identifier, _, data = text.partition("#")
        messages.append(can.Message(arbitration_id=int(identifier, 16), data=bytes.fromhex(data), is_extended_id=False))
    with (
        program("read", f"can://slcan/{cable[0]}", "--profile", "pylontech-can", "--json") as reader,
        can.Bus(channel=str(cable[1]), interface="slcan", bitrate=500_000, sleep_after_open=0.1) as bus,
    ):
        while reader.poll() is None:
            for message in messages:
                bus.send(message)
            bus.recv(0.3)
        assert reader.stdout is not None
        said = json.loads(reader.stdout.read())
    assert (said["values"]["soc_pct"], said["values"]["pack_voltage_v"], said["values"]["maker"]) == (
        26,
        48.66,
        "PYLON",
    )
    assert said["active"] == []
    assert reader.returncode == 0
