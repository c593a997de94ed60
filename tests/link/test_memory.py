import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cable import drain, joined, take
from leap import leaping, run
from wattstead.link.memory import memory_pair
from wattstead.link.pace import BURST_BYTES
from wattstead.link.port import Chunk
from wattstead.model.errors import LinkLost, UsageError


@leaping
async def test_bytes_cross_in_both_directions_at_once() -> None:
    first, second = memory_pair()
    await first.send(b"ask")
    await second.send(b"answer")
    assert await second.receive() == Chunk(0.0, b"ask")
    assert await first.receive() == Chunk(0.0, b"answer")
    assert (first.url, second.url, first.baud) == ("memory://first", "memory://second", None)


@leaping
async def test_wire_time_is_ten_bits_a_byte() -> None:
    first, second = memory_pair(baud=19200)
    await first.send(bytes(168))
    chunks = await take(second, 168)
    assert chunks[-1].at == pytest.approx(0.0875, abs=1e-9)
    assert chunks[0].at == pytest.approx(BURST_BYTES * 10 / 19200, abs=1e-9)
    assert second.baud == 19200


@leaping
async def test_late_reader_still_sees_when_the_bytes_came() -> None:
    first, second = memory_pair(baud=9600)
    await first.send(bytes(8))
    await asyncio.sleep(60)
    assert (await second.receive()).at == pytest.approx(8 * 10 / 9600, abs=1e-9)


@leaping
async def test_delay_comes_on_top_and_keeps_the_order() -> None:
    first, second = memory_pair(delay_s=0.2)
    for index in range(20):
        await first.send(bytes((index,)))
    chunks = await take(second, 20)
    assert joined(chunks) == bytes(range(20))
    assert {chunk.at for chunk in chunks} == {0.2}


@leaping
async def test_what_is_sent_while_the_line_is_busy_waits() -> None:
    first, second = memory_pair(baud=9600)
    await first.send(bytes(96))
    await asyncio.sleep(0.05)
    await first.send(bytes(96))
    assert (await take(second, 192))[-1].at == pytest.approx(0.2, abs=1e-9)


@pytest.mark.parametrize(("half_duplex", "end_s"), [(False, 0.1), (True, 0.2)])
@leaping
async def test_two_directions(half_duplex: bool, end_s: float) -> None:
    first, second = memory_pair(baud=9600, half_duplex=half_duplex)
    await first.send(bytes(96))
    await second.send(bytes(96))
    assert (await take(second, 96))[-1].at == pytest.approx(0.1, abs=1e-9)
    assert (await take(first, 96))[-1].at == pytest.approx(end_s, abs=1e-9)


@leaping
async def test_a_sender_waits_once_the_buffer_is_full() -> None:
    first, second = memory_pair(baud=9600)
    for _ in range(3):
        await first.send(bytes(4096))
    assert asyncio.get_running_loop().time() == pytest.approx(4096 * 10 / 9600, abs=1e-9)
    assert len(joined(await take(second, 3 * 4096))) == 3 * 4096


@leaping
async def test_a_cancelled_receive_loses_nothing() -> None:
    first, second = memory_pair(baud=9600)
    data = bytes(range(200))
    await first.send(data)
    got = b""
    while len(got) < len(data):
        try:
            async with asyncio.timeout(0.003):
                got += (await second.receive()).data
        except TimeoutError:
            pass
    assert got == data


@leaping
async def test_closing_delivers_what_was_sent_and_then_tells() -> None:
    first, second = memory_pair(baud=9600)
    await first.send(b"last words")
    await first.close()
    await first.close()
    assert (await second.receive()).data == b"last words"
    for _ in range(2):
        with pytest.raises(LinkLost, match="the other end was closed"):
            await second.receive()
    with pytest.raises(LinkLost, match="the other end was closed"):
        await second.send(b"x")
    with pytest.raises(LinkLost, match="memory://first: the port was closed"):
        await first.send(b"x")


@leaping
async def test_closing_wakes_a_waiting_receiver() -> None:
    first, _ = memory_pair()
    waiting = asyncio.create_task(first.receive())
    await asyncio.sleep(1)
    await first.close()
    with pytest.raises(LinkLost, match="the port was closed"):
        await waiting


@leaping
async def test_a_reader_that_stays_away_overruns() -> None:
    first, second = memory_pair()
    for _ in range(5):
        await first.send(bytes(16 * 1024))
    await first.close()
    assert len(await drain(second)) == 64 * 1024


async def through(data: bytes, *, loss: float = 0.0, noise: float = 0.0, seed: int = 0, back: bool = False) -> bytes:
    ends = memory_pair(loss=loss, noise=noise, seed=seed)
    sender, receiver = reversed(ends) if back else ends
    await sender.send(data)
    await sender.close()
    return await drain(receiver)


@given(st.binary(max_size=400), st.integers(1, 5))
def test_a_clean_cable_changes_nothing(data: bytes, parts: int) -> None:
    async def main() -> bytes:
        first, second = memory_pair(baud=9600, delay_s=0.01)
        for part in range(parts):
            await first.send(data[part::parts])
        await first.close()
        return await drain(second)

    assert run(main()) == b"".join(data[part::parts] for part in range(parts))


@leaping
async def test_loss_takes_its_share() -> None:
    assert 700 < len(await through(bytes(1000), loss=0.2)) < 900
    assert await through(bytes(1000), loss=1.0) == b""


@leaping
async def test_noise_flips_and_inserts() -> None:
    got = await through(bytes(1000), noise=0.2)
    assert 1050 < len(got) < 1150
    assert 100 < sum(byte != 0 for byte in got) < 300


@leaping
async def test_the_seed_decides_and_the_directions_differ() -> None:
    data = bytes(1000)
    assert await through(data, noise=0.1, seed=1) == await through(data, noise=0.1, seed=1)
    assert await through(data, noise=0.1, seed=1) != await through(data, noise=0.1, seed=2)
    assert await through(data, noise=0.1, seed=1) != await through(data, noise=0.1, seed=1, back=True)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"baud": 0}, "0 baud cannot be"),
        ({"delay_s": -1.0}, "a delay of -1 s cannot be"),
        ({"loss": 1.5}, "loss is a probability from 0 to 1, not 1.5"),
        ({"noise": -0.1}, "noise is a probability"),
    ],
)
def test_what_no_cable_can_be(options: dict[str, float], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        memory_pair(**options)  # type: ignore[arg-type]
