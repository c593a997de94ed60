"""A host on a Modbus line: noise, cut answers, glued ones, adapters that echo, and writes of single registers."""

from typing import Any

import pytest

from host.line import Bank, Bursts, talker, talking
from leap import leaping
from wattstead.catalog.profile import load_profile
from wattstead.model.errors import NoAnswer, Refused

VALUES: dict[str, Any] = {
    "cell_voltage_v": tuple((3300 + cell) / 1000 for cell in range(16)),
    "cell_temperature_degc": (21.5, 22.0, 22.5, 23.0),
    "ambient_temperature_degc": 20.1,
    "mos_temperature_degc": 24.8,
}


def seplos() -> Bank:
    return Bank(load_profile("seplos-v3"), (1, 2), changed={1: VALUES, 2: VALUES})


@pytest.mark.parametrize("before", [b"", b"\x00", b"\xff\x00\x01\x04", bytes.fromhex("01 04 34 0C FF")])
@pytest.mark.parametrize("after", [b"", b"\x00"])
@leaping
async def test_an_answer_among_noise_is_taken_the_first_time(before: bytes, after: bytes) -> None:
    bank = seplos()
    async with talking(bank, mangle=lambda _, answer: [(0.0, before + answer + after)]) as port:
        host = talker(port, bank, retries=0)
        said = await host.ask("cells", 1)
    assert said.packs[0].values == VALUES
    assert host.counters.requests == 1


@leaping
async def test_a_cut_answer_is_asked_again() -> None:
    def first_cut(number: int, answer: bytes) -> Bursts:
        return [(0.0, answer[:30] if number == 0 else answer)]

    bank = seplos()
    async with talking(bank, mangle=first_cut) as port:
        host = talker(port, bank)
        said = await host.ask("cells", 1)
    assert said.packs[0].values == VALUES
    assert (host.counters.retries, host.counters.noise["cut"]) == (1, 1)


@leaping
async def test_an_answer_of_another_device_is_not_taken() -> None:
    bank = seplos()
    _, question = bank.profile.codec().ask("cells", 2)
    other = bank.responder().feed(question)[0]
    async with talking(bank, mangle=lambda *_: [(0.0, other)]) as port:
        host = talker(port, bank, retries=0)
        with pytest.raises(NoAnswer):
            await host.ask("cells", 1)
    assert host.counters.noise["other_address"] == 1


@pytest.mark.parametrize("echo", [False, True])
@leaping
async def test_writes_are_confirmed_with_and_without_an_echo(echo: bool) -> None:
    bank = seplos()
    async with talking(bank, echo=echo, turnaround_s=0.02) as port:
        host = talker(port, bank)
        await host.ask("write_parameters", 1, {"cell_overvoltage_protection_v": 3.6})
        await host.ask("write_switches", 1, {"enable_buzzer": False})
    assert bank.asked == [("write_parameters", 1), ("write_switches", 1)]
    assert host.counters.echoes == (2 if echo else 0)


@pytest.mark.parametrize("echo", [False, True])
@leaping
async def test_an_answer_that_is_its_request_is_told_from_an_echo_once_echoes_are_known(echo: bool) -> None:
    """Single registers (06) are confirmed by the same bytes."""
    bank = Bank(load_profile("aura"), (1,))
    message, values = bank.profile.dialect.message("write_working_mode"), {"working_mode": "peak_shift"}
    async with talking(bank, echo=echo, turnaround_s=0.02) as port:
        host = talker(port, bank)
        if echo:
            with pytest.raises((Refused, NoAnswer)):
                await host.ask(
                    bank.profile.link.probe, 1
                )  # this bank has nothing to tell; but the adapter is known now
        await host.ask(message.name, 1, values)
    assert bank.count(message.name) == 1
