"""Virtual packs of several makes behind a bridge, in memory: for tests of the whole."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Self

import cantools

from wattstead.catalog.profile import load_profile
from wattstead.host.bridge.bank import BridgeBank, BridgedPack, Times
from wattstead.host.bridge.run import Bridge, PackLine
from wattstead.host.bridge.voice import Voice
from wattstead.host.turns import PolledPack
from wattstead.link.answering import serve
from wattstead.link.listener import OnePortListener
from wattstead.link.memory import memory_pair
from wattstead.link.port import Port
from wattstead.model.bridge import Rules, Stated
from wattstead.model.can import unpacked
from wattstead.virtual.bank import Bank
from wattstead.virtual.day import Day
from wattstead.virtual.live import LiveBank

STATED = Stated(56.0, 46.0, 50.0, 80.0)
NOON = datetime(2026, 6, 1, 12)  # noqa: DTZ001 - local time, as a clock on the wall shows it
MAKES = {"seplos-v2": 6, "ps-20016s": 4, "pace": 6}


@dataclass
class Makes:
    """Banks of several makes, each on a line of its own. Time stands still in them. cut: makes whose line is cut."""

    packs: dict[str, int]
    soc_pct: float = 50.0
    banks: dict[str, Bank] = field(default_factory=dict)
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    def __post_init__(self) -> None:
        for make, count in self.packs.items():
            profile = load_profile(make)
            self.banks[make] = Bank(profile, now_ms=lambda: 1_772_366_400_000, packs=count, soc_pct=self.soc_pct)

    def bridged(self) -> list[BridgedPack]:
        return [
            BridgedPack(f"{make}-{address}", bank.profile, STATED)
            for make, bank in self.banks.items()
            for address in bank.addresses
        ]

    def lines(self, interval_s: float = 1.0) -> list[PackLine]:
        return [
            PackLine(
                bank.profile,
                [PolledPack(f"{make}-{address}", address) for address in bank.addresses],
                partial(self._open, bank),
                interval_s,
            )
            for make, bank in self.banks.items()
        ]

    async def _open(self, bank: Bank) -> Port:
        ours, theirs = memory_pair()
        live = LiveBank(bank, Day(0), clock_s=lambda: 0.0, local_s=0.0)
        serving = serve(OnePortListener(theirs.url, theirs), live.responder, turnaround_s=0.01)
        self.tasks.append(asyncio.create_task(serving))
        return ours


TIMES = Times()


def made_bank(makes: Makes, rules: Rules, stated: Stated, times: Times = TIMES) -> BridgeBank:
    return BridgeBank(makes.bridged(), rules, stated, times, now_s=asyncio.get_running_loop().time())


class Wire:
    """The inverter's end of a bus: keeps every frame with its time; asks as its protocol's inverters do."""

    def __init__(self, protocol: str, bank: BridgeBank, lines: Sequence[PackLine] = (), **how: Any) -> None:
        self.profile = load_profile(protocol)
        self.bridge = Bridge(bank, Voice(self.profile, bank.rules, lambda: NOON), lines, lambda: 0, **how)
        self.database: Any = cantools.database.load_file(f"src/wattstead/profiles/{protocol}.dbc")
        self.frames: list[tuple[float, int, bytes]] = []
        self.opened = 0
        self.theirs: Port | None = None
        self._there = asyncio.Event()

    async def open(self) -> Port:
        self.opened += 1
        ours, self.theirs = memory_pair()
        self._there.set()
        return ours

    async def listen(self) -> None:
        """Keep what comes, and ask every second."""
        loop = asyncio.get_running_loop()
        keys = self.profile.link.can
        assert keys is not None
        await self._there.wait()
        assert self.theirs is not None
        asked_at = -1.0
        while True:
            if keys.alive and loop.time() - asked_at >= 1.0:
                asked_at = loop.time()
                await self.theirs.send(self.profile.codec().ask(keys.alive[0], 0)[1])
            try:
                async with asyncio.timeout(0.2):
                    chunk = await self.theirs.receive()
            except TimeoutError:
                continue
            frame = unpacked(chunk.data)
            self.frames.append((chunk.at, frame.identifier, frame.data))

    def decoded(self, from_s: float = 0.0, to_s: float = float("inf")) -> list[tuple[float, str, dict[str, Any]]]:
        """All frames between these times, taken apart by cantools."""
        found = []
        for at_s, identifier, data in self.frames:
            if from_s <= at_s <= to_s:
                message = self.database.get_message_by_frame_id(identifier)
                said = message.decode(data, decode_choices=False, allow_truncated=True)
                found.append((at_s, message.name, said))
        return found

    def limits(self, from_s: float = 0.0, to_s: float = float("inf")) -> list[tuple[float, float]]:
        """Charge and discharge limits of all frames that carry them, amperes."""
        return [
            (said["charge_current_limit_a"], said["discharge_limit_a"])
            for _, name, said in self.decoded(from_s, to_s)
            if name == "limits"
        ]


class Running:
    """Everything at work while the context lasts."""

    def __init__(self, makes: Makes, *wires: Wire) -> None:
        self._makes, self._wires = makes, wires

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._wires[0].bridge.poll())]
        for wire in self._wires:
            self._tasks += [
                asyncio.create_task(wire.bridge.speak(wire.open)),
                asyncio.create_task(wire.listen()),
            ]
        return self

    async def __aexit__(self, *_: object) -> None:
        failed = [one for one in self._tasks if one.done()]
        tasks = [*self._tasks, *self._makes.tasks]
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert not failed, [one.exception() for one in failed]


async def until(at_s: float) -> None:
    """Let the clock run up to then."""
    await asyncio.sleep(at_s - asyncio.get_running_loop().time())
