"""Bridges in processes of their own, heard by python-can and taken apart by cantools, frame by frame (PWS-11)."""

import json
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import can
import cantools
import pytest

from program import Finished, running
from strangers.serving import lived, standing_still
from strangers.slcan import joined_ports

MAKES = {"seplos-v2": 6, "ps-20016s": 5, "pace": 5}
LIMITS = "limits = { charge_voltage_v = 56, discharge_voltage_v = 46, charge_current_a = 50, discharge_current_a = 80 }"
PROFILES = Path(__file__).parents[2] / "src" / "wattstead" / "profiles"
PATIENCE_S = 40.0
SETS = 3
Said = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Inverter:
    """How an inverter of a protocol behaves. counted: a frame of which each set has one. says: its own frame."""

    counted: int
    says: tuple[int, bytes]
    asks: bool = False


INVERTERS = {
    "pylontech-can": Inverter(0x35E, (0x305, bytes(8))),
    "sma-can": Inverter(0x35E, (0x305, bytes(8))),
    "growatt-can": Inverter(0x320, (0x301, bytes.fromhex("1122334455667788")), asks=True),
}


def configuration(protocol: str, inverter: Path, urls: dict[str, str], banks: dict[str, Any]) -> str:
    lines = [
        f'[inverter]\nurl = "can://slcan/{inverter}"\nprotocol = "{protocol}"',
        "[limits]\ncharge_current_a = 600\n[rules]\nstale_s = 30\n[http]\nport = 0",
    ]
    for make, url in urls.items():
        packs = ", ".join(f"{{ address = {address} }}" for address in banks[make].addresses)
        lines.append(f'[[bus]]\nurl = "{url}"\nprofile = "{make}"\n{LIMITS}\npacks = [{packs}]')
    return "\n".join(lines)


@pytest.mark.slow
def test_sixteen_packs_are_one_battery_for_three_strangers(tmp_path: Path) -> None:
    with ExitStack() as stack:
        banks = {make: lived(make, count, -20.0) for make, count in MAKES.items()}
        lines = {
            make: stack.enter_context(standing_still(bank, ["tcp://127.0.0.1:0"] * len(INVERTERS)))
            for make, bank in banks.items()
        }
        buses, bridges = {}, {}
        for place, protocol in enumerate(INVERTERS):
            folder = tmp_path / protocol
            folder.mkdir()
            here, there = stack.enter_context(joined_ports(folder))
            file = folder / "bridge.toml"
            file.write_text(configuration(protocol, here, {make: urls[place] for make, urls in lines.items()}, banks))
            slcan = can.Bus(channel=str(there), interface="slcan", bitrate=500_000, sleep_after_open=0.1)
            buses[protocol] = stack.enter_context(slcan)
            bridges[protocol] = stack.enter_context(running("bridge", "--config", str(file)))
        for protocol, check in CHECKS.items():
            said = decoded(protocol, heard(buses[protocol], INVERTERS[protocol]))
            check(said)
        with urllib.request.urlopen(bridges["pylontech-can"].url + "status", timeout=60) as answer:
            status = json.load(answer)
        ended: list[Finished] = [bridge.interrupt() for bridge in bridges.values()]
    assert status["asks"]["charge_current_a"]["why"]["en"] == "your limit for the bank"
    assert len(status["packs"]) == 16
    assert [one.status for one in ended] == [0, 0, 0]
    assert all("charge 56.0 V 600.0 A (your limit for the bank)" in one.out for one in ended)


def pylontech(frames: list[Said]) -> None:
    assert {name for name, _ in frames} == {"limits", "charge", "measured", "alarms", "requests", "maker"}
    for name, said in frames:
        if name == "limits":
            limits_are_right(said)
        elif name == "charge":
            assert said["soc_pct"] in (46, 47)
        elif name == "measured":
            assert said["pack_voltage_v"] == pytest.approx(52.5, abs=0.8)
        elif name == "alarms":
            assert (said["module_count"], said["internal_communication_fault"]) == (16, 0)
        elif name == "requests":
            assert (said["charge_enabled"], said["discharge_enabled"]) == (1, 1)


def sma(frames: list[Said]) -> None:
    names = {"limits", "charge", "measured", "alarm_states", "bms_events", "maker", "identity"}
    assert {name for name, _ in frames} <= names
    assert {name for name, _ in frames} >= {"limits", "charge", "measured", "alarm_states", "maker"}
    for name, said in frames:
        if name == "limits":
            limits_are_right(said)
        elif name == "charge":
            assert said["soc_fine_pct"] == pytest.approx(46.5, abs=1.0)
        elif name == "measured":
            assert said["pack_voltage_v"] == pytest.approx(52.5, abs=0.8)
            assert said["cell_temperature_mean_degc"] == pytest.approx(24.0, abs=4.0)
        elif name == "alarm_states":
            assert set(said.values()) == {2}, "each one is said to be off"


def growatt(frames: list[Said]) -> None:
    assert {name for name, _ in frames} == {
        "limits",
        "alarms",
        "measured",
        "capacity",
        "requests",
        "identity",
        "update",
    }
    for name, said in frames:
        if name == "limits":
            assert said["charge_voltage_limit_v"] == 56.0
            assert (said["charge_current_limit_a"], said["discharge_limit_a"]) == (600.0, 16 * 80.0)
            assert (said["charge_mos_on"], said["discharge_mos_on"], said["error_valid"]) == (1, 1, 0)
        elif name == "measured":
            assert said["pack_voltage_v"] == pytest.approx(52.5, abs=0.8)
            assert said["soc_pct"] in (46, 47)
        elif name == "alarms":
            assert said["module_count"] == 16
            assert said["maker_code"] == 0xAABB
            flags = {key: value for key, value in said.items() if key.endswith(("_protection", "_fault", "_alarm"))}
            assert not any(flags.values())
        elif name == "requests":
            assert (said["charge_enabled"], said["discharge_enabled"]) == (1, 1)
            assert 3.0 < said["cell_voltage_min_v"] <= said["cell_voltage_max_v"] < 3.5


CHECKS: dict[str, Callable[[list[Said]], None]] = {"pylontech-can": pylontech, "sma-can": sma, "growatt-can": growatt}


def limits_are_right(said: dict[str, Any]) -> None:
    assert (said["charge_voltage_limit_v"], said["discharge_voltage_limit_v"]) == (56.0, 46.0)
    assert (said["charge_current_limit_a"], said["discharge_limit_a"]) == (600.0, 16 * 80.0)


def heard(bus: can.BusABC, inverter: Inverter) -> list[tuple[int, bytes]]:
    """Listen until some sets have come; say what such an inverter says, again and again where it asks."""
    found: list[tuple[int, bytes]] = []
    number, data = inverter.says
    word = can.Message(arbitration_id=number, data=data, is_extended_id=False)
    until, asked = time.monotonic() + PATIENCE_S, float("-inf")
    while time.monotonic() < until and sum(one == inverter.counted for one, _ in found) < SETS:
        if inverter.asks and time.monotonic() - asked > 0.5:
            bus.send(word)
            asked = time.monotonic()
        message = bus.recv(0.25)
        if message is not None:
            found.append((message.arbitration_id, bytes(message.data)))
    bus.send(word)
    assert sum(one == inverter.counted for one, _ in found) == SETS, "too few sets came"
    return found


def decoded(protocol: str, frames: list[tuple[int, bytes]]) -> list[Said]:
    """Take each frame apart by cantools; one that the file does not know is an error."""
    database: Any = cantools.database.load_file(PROFILES / f"{protocol}.dbc")
    return [
        (
            database.get_message_by_frame_id(number).name,
            database.decode_message(number, data, decode_choices=False, allow_truncated=True),
        )
        for number, data in frames
    ]
