"""The other end of the cable for tests of the host: devices that answer, on a line as bad as a test wants it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from wattstead.catalog.profile import Profile, load_profile
from wattstead.host.conversation import Conversation
from wattstead.link.memory import memory_pair
from wattstead.link.port import Port
from wattstead.model.errors import LinkLost, Refused
from wattstead.wire.codec import Question
from wattstead.wire.fill import Report
from wattstead.wire.responder import Manners, Responder

REQUEST, TELEMETRY, ALARMS = 20, 168, 116
"""Bytes of Seplos frames."""

Bursts = Sequence[tuple[float, bytes]]
"""What comes on the line: wait so many seconds, then these bytes."""
Mangle = Callable[[int, bytes], Bursts]
"""From the number of an answer, counted from 0, and its bytes to what really comes."""

SEPLOS_VALUES: dict[str, Any] = {
    "cell_voltage_v": tuple((3300 + cell) / 1000 for cell in range(16)),
    "cell_temperature_degc": (21.5, 22.0, 22.5, 23.0),
    "ambient_temperature_degc": 20.1,
    "mos_temperature_degc": 24.8,
    "pack_current_a": -12.34,
    "pack_voltage_v": 52.92,
    "remaining_capacity_ah": 62.5,
    "full_capacity_ah": 100.0,
    "soc_pct": 62.5,
    "rated_capacity_ah": 100.0,
    "cycle_count": 42,
    "soh_pct": 99.5,
    "port_voltage_v": 52.9,
    "cell_voltage_status": ("normal",) * 16,
    "cell_temperature_status": ("normal",) * 4,
    "discharge_mos_on": True,
    "charge_mos_on": True,
    "device_name": "1101-SP76",
    "firmware_version": "16.6",
    "can_protocol": "CAN:PNG_DYE_Luxp_TBB",
}
PYLONTECH_VALUES: dict[str, Any] = {
    "cell_voltage_v": (3.301,) * 15,
    "bms_temperature_degc": 25.0,
    "cell_temperature_degc": (21.0, 21.5, 22.0, 22.5),
    "pack_current_a": 5.0,
    "pack_voltage_v": 49.5,
    "remaining_capacity_ah": 25.0,
    "full_capacity_ah": 50.0,
    "cycle_count": 7,
    "cell_voltage_status": ("normal",) * 15,
    "cell_temperature_status": ("normal",) * 4,
    "charge_voltage_limit_v": 53.25,
    "discharge_voltage_limit_v": 47.0,
    "charge_current_limit_a": 25.0,
    "discharge_current_limit_a": -25.0,
    "charge_enabled": True,
    "device_name": "US2KBPL",
    "firmware_version": "2.3",
    "maker": "Pylon",
    "software_version": "0.6.5",
    "serial_number": "PPTAH02300456789",
}
PACE_VALUES: dict[str, Any] = {
    **{name: value for name, value in SEPLOS_VALUES.items() if name not in ("device_name", "firmware_version")},
    "software_version": "P16S100A-1812-1.00",
    "serial_number": "1812101380000D",
}
VALUES = {"seplos-v2": SEPLOS_VALUES, "pylontech": PYLONTECH_VALUES, "pace": PACE_VALUES}


@dataclass
class Bank:
    """Packs with fixed values on one bus. asked: message and address of each question that reached a device.

    refused: reason by message name. mute: addresses that are there no more, or not yet.
    """

    profile: Profile
    addresses: Sequence[int]
    active: dict[int, Sequence[str]] = field(default_factory=dict)
    changed: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    mute: set[int] = field(default_factory=set)
    mute_messages: set[str] = field(default_factory=set)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def reports(self, question: Question) -> Sequence[Report]:
        name, address = question.message.name, question.address
        self.asked.append((name, address))
        if address in self.mute or name in self.mute_messages:
            return ()
        if name in self.refused:
            raise Refused("as the test says", reason=self.refused[name])
        defaults = {one.name: one.default for one in self.profile.settings.values()}
        values = {**defaults, **VALUES.get(self.profile.name, {}), **self.changed.get(address, {})}
        return (Report(values, self.active.get(address, ())),)

    def write(self, question: Question) -> bool:
        self.asked.append((question.message.name, question.address))
        return question.address not in self.mute

    def responder(self) -> Responder:
        manners = Manners(self.profile.link.refuse_noise, self.profile.link.zero_answers)
        return Responder(self.profile.codec(), self.profile.framer(), self, self.addresses, manners)

    def count(self, message: str, address: int | None = None) -> int:
        return sum(1 for name, who in self.asked if name == message and address in (None, who))


def as_it_is(_: int, answer: bytes) -> Bursts:
    return [(0.0, answer)]


async def serve(
    port: Port,
    bank: Bank,
    *,
    turnaround_s: float = 0.0,
    mangle: Mangle = as_it_is,
    echo: bool = False,
    hear: Callable[[bytes], bytes] = bytes,
) -> None:
    """Answer until the port is lost. echo: the adapter gives our requests back. hear: what the device makes of them."""
    responder, answers = bank.responder(), 0
    while True:
        try:
            chunk = await port.receive()
            if echo:
                await port.send(chunk.data)
            for answer in responder.feed(hear(chunk.data), chunk.at):
                await asyncio.sleep(turnaround_s)
                for wait_s, data in mangle(answers, answer):
                    await asyncio.sleep(wait_s)
                    await port.send(data)
                answers += 1
        except LinkLost:
            return


@asynccontextmanager
async def talking(
    bank: Bank, *, baud: int | None = 19200, loss: float = 0.0, noise: float = 0.0, seed: int = 0, **how: Any
) -> AsyncIterator[Port]:
    """Give the host's end of a line with a bank at the other. how: as for ``serve``."""
    host, device = memory_pair(baud=baud, loss=loss, noise=noise, seed=seed, half_duplex=True)
    task = asyncio.create_task(serve(device, bank, **how), name="bank")
    try:
        yield host
    finally:
        await host.close()
        await device.close()
        await task


def talker(port: Port | None, bank: Bank, *, deadline_s: float | None = None, retries: int = 1) -> Conversation:
    return Conversation(port, bank.profile, deadline_s=deadline_s, retries=retries)


def wire_s(size: int, baud: int = 19200) -> float:
    return 10 * size / baud


def now_s() -> float:
    return asyncio.get_running_loop().time()


def seplos(*addresses: int) -> Bank:
    return Bank(load_profile("seplos-v2"), addresses or (0,))


def pace(*addresses: int) -> Bank:
    return Bank(load_profile("pace"), addresses or (1,))


def pylontech(*addresses: int) -> Bank:
    return Bank(load_profile("pylontech"), addresses or (2,))
