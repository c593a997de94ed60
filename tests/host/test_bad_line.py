import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.line import (
    REQUEST,
    SEPLOS_VALUES,
    TELEMETRY,
    Bursts,
    now_s,
    pylontech,
    seplos,
    talker,
    talking,
    wire_s,
)
from leap import leaping, run
from wattstead.link.uart import garble
from wattstead.model.errors import NoAnswer
from wattstead.wire.frame import Frame


@leaping
async def test_a_silent_line_says_what_was_tried_and_what_helps() -> None:
    bank = seplos()
    async with talking(bank, mangle=lambda *_: ()) as port:
        host = talker(port, bank)
        with pytest.raises(NoAnswer) as no:
            await host.ask("telemetry", 7)
    assert str(no.value) == (
        "memory://first: seplos-v2 at address 7 did not answer telemetry at 19200 baud (asked 2 times, 1.04 s); "
        "the line stayed silent; check that the device is on, its address, the wires A and B, and the speed: "
        "seplos-v2 also speaks 9600; `wattstead discover memory://first` tries them"
    )
    assert (host.counters.requests, host.counters.silences, host.counters.retries) == (2, 1, 1)


@leaping
async def test_where_the_speed_is_unknown_the_serial_server_is_named() -> None:
    bank = seplos()
    async with talking(bank, baud=None, mangle=lambda *_: ()) as port:
        with pytest.raises(NoAnswer, match=r"\(asked once, 0\.50 s\).*set 19200 or 9600 in the serial server"):
            await talker(port, bank, retries=0).ask("telemetry", 0)


@leaping
async def test_a_question_at_the_wrong_speed_is_not_heard() -> None:
    bank = seplos()
    async with talking(bank, baud=9600, hear=lambda data: garble(data, 9600, 19200)) as port:
        with pytest.raises(NoAnswer, match=r"silent.*seplos-v2 also speaks 19200"):
            await talker(port, bank).ask("telemetry", 0)
    assert bank.asked == []


@leaping
async def test_answers_at_the_wrong_speed_are_noise_and_suggest_the_other_speed() -> None:
    bank = seplos()

    def at_19200(_: int, answer: bytes) -> Bursts:
        return [(0.0, garble(answer, 19200, 9600))]

    async with talking(bank, baud=9600, mangle=at_19200) as port:
        host = talker(port, bank)
        with pytest.raises(
            NoAnswer, match=r"only noise came \(outside a frame.* wrong baud rate\? seplos-v2 also speaks 19200"
        ):
            await host.ask("telemetry", 0)
    assert host.counters.noise["stray"] > 0


@leaping
async def test_garbage_on_the_line_is_named_and_counted() -> None:
    bank = seplos()
    async with talking(bank, mangle=lambda *_: [(0.0, b"\xff\x00 hello \xfe\r" * 3)]) as port:
        host = talker(port, bank)
        with pytest.raises(NoAnswer, match=r"only noise came \(outside a frame 6, 66 bytes\): wrong baud rate\?"):
            await host.ask("telemetry", 0)
    assert host.counters.noise == {"stray": 6}


@leaping
async def test_noise_before_and_after_the_answer_does_no_harm() -> None:
    bank = seplos()
    async with talking(bank, mangle=lambda _, answer: [(0.0, b"\xfe\xfe"), (0.03, answer + b"\xff")]) as port:
        host = talker(port, bank)
        for _ in range(3):
            assert (await host.ask("telemetry", 0)).packs[0].values["cycle_count"] == 42
        await asyncio.sleep(1)
        await host.ask("telemetry", 0)
    assert host.counters.retries == 0
    assert host.counters.noise["stray"] >= 4


@leaping
async def test_a_damaged_answer_is_asked_again_as_soon_as_the_line_is_quiet() -> None:
    bank = seplos()

    def first_broken(number: int, answer: bytes) -> Bursts:
        return [(0.0, answer if number else answer.replace(b"2", b"3", 1))]

    async with talking(bank, mangle=first_broken) as port:
        host = talker(port, bank)
        await host.ask("telemetry", 0)
        assert now_s() == pytest.approx(2 * wire_s(REQUEST + TELEMETRY) + 0.1)
    assert host.counters.noise == {"checksum": 1}
    assert (host.counters.retries, host.counters.answers, host.counters.silences) == (1, 1, 0)


@leaping
async def test_a_cut_answer_is_asked_again() -> None:
    bank = seplos()
    async with talking(bank, mangle=lambda number, answer: [(0.0, answer if number else answer[:100])]) as port:
        host = talker(port, bank)
        await host.ask("telemetry", 0)
    assert host.counters.noise == {"cut": 1}
    assert host.counters.retries == 1


@leaping
async def test_answers_that_stay_broken_point_at_the_wiring() -> None:
    bank = seplos()
    async with talking(bank, mangle=lambda _, answer: [(0.0, answer[:-3] + b"00\r")]) as port:
        with pytest.raises(
            NoAnswer, match=r"came broken \(wrong checksum 2\); look for two devices with the same address"
        ):
            await talker(port, bank).ask("telemetry", 0)


@leaping
async def test_two_packs_that_answer_at_once_are_noise() -> None:
    bank = seplos(1, 2)

    def collide(_: int, answer: bytes) -> Bursts:
        other = bank.profile.codec().refuse(2, "format_error").ljust(len(answer), b"\xff")
        return [(0.0, bytes(a & b for a, b in zip(answer, other, strict=True)))]

    async with talking(bank, mangle=collide) as port:
        with pytest.raises(NoAnswer, match=r"broken \(wrong character.*two devices with the same address"):
            await talker(port, bank).ask("telemetry", 1)


@leaping
async def test_an_answer_of_another_address_is_noise_and_its_sender_is_named() -> None:
    bank = seplos(3)
    wrong = bank.profile.codec().refuse(4, "format_error")
    async with talking(bank, mangle=lambda *_: [(0.0, wrong)]) as port:
        host = talker(port, bank)
        with pytest.raises(NoAnswer, match="address 4 spoke instead; check the address"):
            await host.ask("telemetry", 3)
    assert host.counters.noise == {"other_address": 2}


@leaping
async def test_the_echo_of_an_adapter_is_skipped_and_counted() -> None:
    bank = seplos()
    async with talking(bank, echo=True, turnaround_s=0.05) as port:
        host = talker(port, bank)
        for _ in range(3):
            await host.ask("telemetry", 0)
    assert host.counters.echoes == 3
    assert host.counters.retries == 0
    assert not host.counters.noise


@leaping
async def test_only_an_echo_says_that_the_adapter_works() -> None:
    bank = seplos()
    async with talking(bank, echo=True, mangle=lambda *_: ()) as port:
        with pytest.raises(NoAnswer, match="only the echo of our own request came: the adapter works"):
            await talker(port, bank).ask("telemetry", 0)


@leaping
async def test_another_host_on_the_line_is_named() -> None:
    bank = seplos()
    _, foreign = bank.profile.codec().ask("alarms", 0)
    async with talking(bank, mangle=lambda *_: [(0.0, foreign)]) as port:
        host = talker(port, bank)
        with pytest.raises(NoAnswer, match="another program or inverter asks on this line"):
            await host.ask("telemetry", 0)
    assert host.counters.noise == {"other_host": 2}


@leaping
async def test_another_kind_of_device_is_named() -> None:
    bank = seplos()
    other = bank.profile.framer().build(Frame(0, 0, b"", 0x20, 0x4A))
    async with talking(bank, mangle=lambda *_: [(0.0, other)]) as port:
        host = talker(port, bank)
        with pytest.raises(NoAnswer, match="another kind of device answered; `wattstead discover"):
            await host.ask("telemetry", 0)
    assert host.counters.noise == {"other_kind": 2}


@leaping
async def test_an_answer_that_does_not_fit_the_profile_says_so_quickly() -> None:
    device, asked_as = pylontech(2), seplos(2)
    device.changed = {2: {"full_capacity_ah": 74.0}}
    async with talking(device, baud=9600) as port:
        host = talker(port, asked_as)
        with pytest.raises(
            NoAnswer, match=r"does not fit the profile \(telemetry reply of address 2: .*another device"
        ):
            await host.ask("telemetry", 2)
    assert host.counters.noise == {"content": 2}


@leaping
async def test_a_lossy_and_noisy_line_gives_right_values_or_none() -> None:
    bank = seplos()
    async with talking(bank, loss=0.0007, noise=0.0007, seed=3) as port:
        host = talker(port, bank, retries=6)
        for _ in range(100):
            said = await host.ask("telemetry", 0)
            assert said.packs[0].values["pack_voltage_v"] == 52.92
    counters = host.counters
    assert counters.answers == 100
    assert counters.retries > 10
    assert counters.noise["checksum"] + counters.noise["length"] + counters.noise["character"] > 5


@given(before=st.binary(max_size=80), after=st.binary(max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_bytes_around_an_answer_cost_nothing(before: bytes, after: bytes) -> None:
    async def ask() -> None:
        bank = seplos()
        async with talking(bank, mangle=lambda _, answer: [(0.0, before + answer + after)]) as port:
            host = talker(port, bank)
            for _ in range(3):
                said = await host.ask("telemetry", 0)
                assert said.packs[0].values["cell_voltage_v"] == SEPLOS_VALUES["cell_voltage_v"]
                await asyncio.sleep(0.1)
            assert host.counters.retries == 0

    run(ask())
