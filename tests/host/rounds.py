"""Helpers for tests of the poller."""

from collections.abc import AsyncIterator
from typing import Any

from host.line import Bank, now_s, talker
from wattstead.host.poller import Poller, Reading
from wattstead.host.turns import PolledPack
from wattstead.link.port import Port
from wattstead.model.reading import Silence, Snapshot


def now_ms() -> int:
    return 1_700_000_000_000 + round(1000 * now_s())


def poller(port: Port, bank: Bank, **how: Any) -> Poller:
    packs = [PolledPack(f"pack-{address}", address) for address in bank.addresses]
    return Poller(talker(port, bank), packs, now_ms, **how)


async def some(rounds: AsyncIterator[list[Reading]], number: int) -> list[list[Reading]]:
    return [await anext(rounds) for _ in range(number)]


async def until(rounds: AsyncIterator[list[Reading]], end_s: float) -> list[list[Reading]]:
    found = []
    while now_s() < end_s:
        found.append(await anext(rounds))
    return found


def snapshots(rounds: list[list[Reading]], pack: str) -> list[Snapshot]:
    return [one for readings in rounds for one in readings if one.pack == pack and isinstance(one, Snapshot)]


def silences(rounds: list[list[Reading]], pack: str) -> list[Silence]:
    return [one for readings in rounds for one in readings if one.pack == pack and isinstance(one, Silence)]
