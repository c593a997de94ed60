"""Both ends of the cable: a living bank at one, a codec that asks at the other, wire time between them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from wattstead.catalog.profile import load_profile
from wattstead.link.listener import OnePortListener
from wattstead.link.memory import memory_pair
from wattstead.link.port import Port
from wattstead.virtual.bank import Bank
from wattstead.virtual.day import Day
from wattstead.virtual.live import LiveBank
from wattstead.virtual.serve import serve
from wattstead.virtual.state_file import StateFile
from wattstead.wire.codec import Codec, Said
from wattstead.wire.frame import Frame, Framer

NOON_S = 1_780_315_200.0  # 2026-06-01 12:00 UTC


class Asker:
    """Asks one question after the other and waits for each answer."""

    def __init__(self, port: Port, codec: Codec, framer: Framer) -> None:
        self.port = port
        self.codec = codec
        self._framer = framer

    async def ask(self, name: str, address: int, values: dict[str, Any] | None = None) -> Said:
        """Raises Refused, or TimeoutError where nobody answers."""
        question, request = self.codec.ask(name, address, values)
        await self.port.send(request)
        async with asyncio.timeout(2.0):
            while True:
                chunk = await self.port.receive()
                for item in self._framer.feed(chunk.data, chunk.at):
                    assert isinstance(item, Frame), item
                    return self.codec.understand(item, question)


@asynccontextmanager
async def talking(
    make: str, packs: int = 1, *, state: Path | None = None, soc_pct: float = 50.0
) -> AsyncIterator[tuple[Asker, Bank]]:
    """Serve a bank on one end of a half-duplex line of the make's speed; give who asks at the other, and the bank."""
    profile = load_profile(make)
    clock_s = asyncio.get_running_loop().time
    bank = Bank(profile, now_ms=lambda: round((NOON_S + clock_s()) * 1000), packs=packs, soc_pct=soc_pct, seed=7)
    live = LiveBank(bank, Day(7), clock_s=clock_s, local_s=NOON_S)
    if state is not None:
        file = StateFile(state, bank, clock_s=clock_s, complain=pytest.fail)
        file.load()
        live.before = file.look
    host, device = memory_pair(baud=profile.baud, half_duplex=True)
    listener = OnePortListener(device.url, device)
    tasks = [asyncio.create_task(serve(listener, live.responder, turnaround_s=profile.link.turnaround_ms / 1000.0))]
    if state is not None:
        tasks.append(asyncio.create_task(live.keep_up()))
    try:
        yield Asker(host, profile.codec(), profile.framer()), bank
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
