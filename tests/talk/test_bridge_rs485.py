"""A bridge on RS485: an inverter asks, and one battery answers; what nobody knows is not answered (PWS-11)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bridging import NOON, STATED
from leap import leaping
from wattstead.catalog.profile import load_profile
from wattstead.host.bridge.answers import BankAnswers
from wattstead.host.bridge.bank import BridgeBank, BridgedPack, Times
from wattstead.host.bridge.voice import Voice
from wattstead.host.bus import now_s
from wattstead.host.conversation import Conversation
from wattstead.link.answering import serve
from wattstead.link.listener import OnePortListener
from wattstead.link.memory import memory_pair
from wattstead.model.bridge import Rules, Stated
from wattstead.model.errors import NoAnswer, Refused, UsageError
from wattstead.model.reading import Snapshot
from wattstead.virtual.bank import Bank

MAKES = ("seplos-v2", "pace")


def a_bank(times: Times) -> BridgeBank:
    packs = [BridgedPack(make, load_profile(make), STATED) for make in MAKES]
    return BridgeBank(packs, Rules(), Stated(charge_current_a=70.0), times, now_s=0.0)


def reading(make: str, **changed: Any) -> Snapshot:
    told = Bank(load_profile(make), now_ms=lambda: 0, soc_pct=50.0, seed=3).report(0)
    return Snapshot(make, 0, {**told.values, **changed}, tuple(told.active))


@asynccontextmanager
async def asking(protocol: str, bank: BridgeBank) -> AsyncIterator[tuple[Conversation, BankAnswers]]:
    profile = load_profile(protocol)
    voice = Voice(profile, bank.rules, lambda: NOON)
    answers = BankAnswers(voice, lambda: bank.look(now_s()), now_s)
    ours, theirs = memory_pair()
    serving = asyncio.create_task(serve(OnePortListener(theirs.url, theirs), answers.responder, turnaround_s=0.01))
    inverter = Conversation(ours, profile, retries=0)
    try:
        yield inverter, answers
    finally:
        await inverter.close()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


@leaping
async def test_an_inverter_asks_a_pylontech_and_hears_the_bank() -> None:
    bank = a_bank(Times(stale_s=5.0))
    async with asking("pylontech", bank) as (inverter, answers):
        with pytest.raises(NoAnswer):
            await inverter.ask("system_management", 2)
        bank.take(reading("seplos-v2"), now_s())
        bank.take(reading("pace"), now_s())
        limits = (await inverter.ask("system_management", 2)).packs[0].values
        assert (limits["charge_voltage_limit_v"], limits["discharge_voltage_limit_v"]) == (56.0, 46.0)
        assert (limits["charge_current_limit_a"], limits["discharge_current_limit_a"]) == (70.0, -160.0)
        assert limits["charge_enabled"] is limits["discharge_enabled"] is True
        analog = (await inverter.ask("system_analog", 2)).packs[0].values
        assert analog["soc_pct"] == 50.0
        assert analog["cell_voltage_max_v"] == pytest.approx(3.31, abs=0.03)
        alarms = (await inverter.ask("system_alarms", 2)).packs[0]
        assert alarms.active == ()
        one = (await inverter.ask("management", 2)).packs[0].values
        assert one["charge_current_limit_a"] == 70.0
        assert not answers.lost(now_s())
        with pytest.raises(Refused):
            await inverter.ask("set_management", 2, {name: 0 for name in limits if name.endswith(("_v", "_a"))})
        with pytest.raises(NoAnswer):
            await inverter.ask("system_management", 3)
        await asyncio.sleep(6.0)  # the packs have fallen silent
        limits = (await inverter.ask("system_management", 2)).packs[0].values
        assert (limits["charge_current_limit_a"], limits["discharge_current_limit_a"]) == (0.0, 0.0)
        assert limits["charge_enabled"] is limits["discharge_enabled"] is False
        with pytest.raises(NoAnswer):
            await inverter.ask("system_analog", 2)
        assert "nobody knows" in answers.unspoken["system_analog"]
        assert "internal_communication_fault" in ((await inverter.ask("system_alarms", 2)).packs[0].active or ())
        await asyncio.sleep(31.0)
        assert answers.lost(now_s())


@pytest.mark.parametrize("protocol", ["voltronic", "growatt-rs485"])
def test_other_protocols_on_rs485_tell_the_same(protocol: str) -> None:
    from leap import run

    async def ask_all() -> dict[str, Any]:
        bank = a_bank(Times())
        for make in MAKES:
            bank.take(reading(make), 0.0)
        found: dict[str, Any] = {}
        async with asking(protocol, bank) as (inverter, _):
            profile = load_profile(protocol)
            for message in profile.dialect.messages:
                if message.poll == "values":
                    said = await inverter.ask(message.name, profile.addresses.master)
                    found |= said.packs[0].values
        return found

    values = run(ask_all())
    assert values["soc_pct"] == 50.0
    assert values["charge_current_limit_a"] == 70.0
    assert values["discharge_current_limit_a"] == -160.0
    assert values["charge_voltage_limit_v"] == 56.0
    assert len(values["cell_voltage_v"]) == 16


def test_an_address_that_the_protocol_does_not_have_is_refused() -> None:
    voice = Voice(load_profile("pylontech"), Rules(), lambda: NOON)
    with pytest.raises(UsageError, match="pylontech has no address 200; it knows 1 to 125"):
        BankAnswers(voice, lambda: a_bank(Times()).look(0.0), lambda: 0.0, address=200)
