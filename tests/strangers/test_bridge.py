"""A bridge in a process of its own, heard by python-can and taken apart by cantools, frame by frame (PWS-11)."""

import json
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import can
import cantools
import pytest

from program import running
from strangers.serving import lived, standing_still
from strangers.slcan import joined_ports

MAKES = {"seplos-v2": 6, "ps-20016s": 5, "pace": 5}
LIMITS = "limits = { charge_voltage_v = 56, discharge_voltage_v = 46, charge_current_a = 50, discharge_current_a = 80 }"
DBC = Path(__file__).parents[2] / "src" / "wattstead" / "profiles" / "pylontech-can.dbc"
PATIENCE_S = 40.0
SETS = 3


def configuration(inverter: Path, urls: dict[str, str], banks: dict[str, Any]) -> str:
    lines = [
        f'[inverter]\nurl = "can://slcan/{inverter}"\nprotocol = "pylontech-can"',
        "[limits]\ncharge_current_a = 600\n[rules]\nstale_s = 30\n[http]\nport = 0",
    ]
    for make, url in urls.items():
        packs = ", ".join(f"{{ address = {address} }}" for address in banks[make].addresses)
        lines.append(f'[[bus]]\nurl = "{url}"\nprofile = "{make}"\n{LIMITS}\npacks = [{packs}]')
    return "\n".join(lines)


@pytest.mark.slow
def test_sixteen_packs_are_one_pylontech_for_a_stranger(tmp_path: Path) -> None:
    database: Any = cantools.database.load_file(DBC)
    with ExitStack() as stack:
        here, there = stack.enter_context(joined_ports(tmp_path))
        banks = {make: lived(make, count, -20.0) for make, count in MAKES.items()}
        urls = {
            make: stack.enter_context(standing_still(bank, ["tcp://127.0.0.1:0"]))[0] for make, bank in banks.items()
        }
        file = tmp_path / "bridge.toml"
        file.write_text(configuration(here, urls, banks))
        bus = stack.enter_context(can.Bus(channel=str(there), interface="slcan", bitrate=500_000, sleep_after_open=0.1))
        bridge = stack.enter_context(running("bridge", "--config", str(file)))
        frames = heard(bus)
        with urllib.request.urlopen(bridge.url + "status", timeout=60) as answer:
            status = json.load(answer)
        ended = bridge.interrupt()
    decoded = [(database.get_message_by_frame_id(number).name, read(database, number, data)) for number, data in frames]
    assert {name for name, _ in decoded} == {"limits", "charge", "measured", "alarms", "requests", "maker"}
    for name, said in decoded:
        if name == "limits":
            assert (said["charge_voltage_limit_v"], said["discharge_voltage_limit_v"]) == (56.0, 46.0)
            assert (said["charge_current_limit_a"], said["discharge_limit_a"]) == (600.0, 16 * 80.0)
        elif name == "charge":
            assert said["soc_pct"] in (46, 47)
        elif name == "measured":
            assert said["pack_voltage_v"] == pytest.approx(52.5, abs=0.8)
        elif name == "alarms":
            assert (said["module_count"], said["internal_communication_fault"]) == (16, 0)
        elif name == "requests":
            assert (said["charge_enabled"], said["discharge_enabled"]) == (1, 1)
    assert status["asks"]["charge_current_a"]["why"]["en"] == "your limit for the bank"
    assert len(status["packs"]) == 16
    assert ended.status == 0
    assert "charge 56.0 V 600.0 A (your limit for the bank)" in ended.out


def heard(bus: can.BusABC) -> list[tuple[int, bytes]]:
    """Listen until each frame has come some times; say the word that an inverter says."""
    found: list[tuple[int, bytes]] = []
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and sum(number == 0x35E for number, _ in found) < SETS:
        message = bus.recv(0.5)
        if message is not None:
            found.append((message.arbitration_id, bytes(message.data)))
    bus.send(can.Message(arbitration_id=0x305, data=bytes(8), is_extended_id=False))
    return found


def read(database: Any, number: int, data: bytes) -> dict[str, Any]:
    said: dict[str, Any] = database.decode_message(number, data, decode_choices=False, allow_truncated=True)
    return said
