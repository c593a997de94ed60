"""A console at one end, a host at the other: pages are turned, the module at the plug speaks for all."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from leap import leaping
from talk.talking import talking
from wattstead.catalog.profile import load_profile
from wattstead.host.conversation import Conversation
from wattstead.model.errors import Refused
from wattstead.virtual.bank import Bank
from wattstead.virtual.given import Input
from wattstead.virtual.keep import keep, resume


@asynccontextmanager
async def conversing(packs: int = 1) -> AsyncIterator[tuple[Conversation, Bank]]:
    async with talking("pylontech-console", packs) as (asker, bank):
        bank.input = Input(current_a=0.0)  # nobody charges it but the test
        yield Conversation(asker.port, load_profile("pylontech-console")), bank


def live_through(bank: Bank, times: int) -> None:
    """Charge and discharge so often, half a minute each."""
    for _ in range(times):
        bank.advance(30.0, 20.0)
        bank.advance(30.0, -20.0)


@leaping
async def test_a_host_turns_the_pages_of_a_log() -> None:
    async with conversing() as (host, bank):
        live_through(bank, 5)
        said = await host.ask("log", 1)
        told = await host.ask("pack", 1)
    entries = said.record["entries"]
    assert [one["index"] for one in entries] == list(range(9, -1, -1))
    assert [one["text"] for one in entries[:2]] == ["The device start discharging.", "The device start charging."]
    assert [one["code"] for one in entries[1::2]] == ["5", "4", "3", "2", "1"], "the number of the charge"
    assert told.record["charge_times"] == 5
    assert host.counters.silences == 0


@leaping
async def test_an_alarm_stands_in_the_log_by_its_code() -> None:
    async with conversing() as (host, bank):
        bank.stack.believe(0, 0.5)
        bank.packs[0].records.event(bank.state.time_s, "cell_high_voltage_alarm", began=True, code="BHV")
        entries = (await host.ask("log", 1)).record["entries"]
    assert [(one["code"], one["text"]) for one in entries] == [("0", "BHV")]


@leaping
async def test_an_empty_log_is_an_answer() -> None:
    async with conversing() as (host, _):
        assert (await host.ask("log", 1)).record["entries"] == []


@leaping
async def test_a_module_that_is_not_there_is_refused_by_the_one_at_the_plug() -> None:
    async with conversing(2) as (host, _):
        assert (await host.ask("cells", 2)).record["cell_count"] == 15
        with pytest.raises(Refused, match="Target device is not present") as no:
            await host.ask("cells", 3)
    assert no.value.reason == "not_present"


@leaping
async def test_words_that_a_module_does_not_know() -> None:
    async with conversing() as (host, _):
        with pytest.raises(Refused, match="Unknown command 'unit' - try 'help'"):
            await host.ask("units", 1)


@leaping
async def test_who_types_without_a_number_means_the_module_at_the_plug() -> None:
    async with talking("pylontech-console", 2) as (asker, _):
        await asker.port.send(b"bat\r")
        text = b""
        async with asyncio.timeout(2.0):
            while not text.endswith(b"pylon>"):
                text += (await asker.port.receive()).data
    assert text.startswith(b"bat\n\r@\r\r\nBattery  Volt")


@leaping
async def test_a_kept_console_goes_on_counting_its_charges() -> None:
    async with conversing() as (_, bank):
        live_through(bank, 3)
        kept = json.loads(json.dumps(keep(bank)))
    async with conversing() as (host, again):
        resume(again, kept)
        live_through(again, 1)
        entries = (await host.ask("log", 1)).record["entries"]
    assert [one["code"] for one in entries if one["code"] != "0"] == ["4", "3", "2", "1"]
