import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cable import drain, first_port, joined, listening, opened, take
from leap import leaping, run
from wattstead.link.capture import Capture, CaptureHeader, CaptureWriter, Direction, Entry, read_capture, recording
from wattstead.link.memory import memory_pair
from wattstead.link.open import listen, open_port
from wattstead.link.port import Chunk, Port
from wattstead.link.replay import Replayer, ReplayPort
from wattstead.link.script import Said, script_of
from wattstead.model.errors import LinkLost, UsageError

STARTED = datetime(2025, 1, 31, 12, tzinfo=UTC)


def captured(*lines: tuple[float, str, bytes], baud: int | None = None) -> Capture:
    entries = tuple(Entry(at_s, Direction(way), data) for at_s, way, data in lines)
    return Capture(CaptureHeader("memory://first", STARTED, baud), entries)


def timed(chunks: list[Chunk]) -> list[tuple[float, bytes]]:
    """Give chunks with their times to the microsecond, as a capture keeps them."""
    return [(round(chunk.at, 6), chunk.data) for chunk in chunks]


TALK = captured(
    (1.0, ">", b"ask A"),
    (1.1, "<", b"first "),
    (1.25, "<", b"answer"),
    (2.0, ">", b"ask B"),
    (2.5, "<", b"other answer"),
    (3.0, ">", b"ask A"),
    (3.2, "<", b"second answer"),
    (4.0, ">", b"ask C"),
)


def test_a_capture_is_cut_into_exchanges() -> None:
    script = script_of(captured((0.1, "<", b"hello"), (1.0, ">", b"ask"), (1.5, "<", b"yes"), (2.0, ">", b"bye")))
    assert script.unasked == (Said(0.1, b"hello"),)
    assert [(one.request, one.answers) for one in script.exchanges] == [(b"ask", (Said(0.5, b"yes"),)), (b"bye", ())]


def test_pieces_of_a_request_become_one_and_retries_do_not() -> None:
    pieces = script_of(captured((0.0, ">", b"as"), (0.03, ">", b"k"), (1.0, ">", b"ask"), (1.2, "<", b"yes")))
    assert [one.request for one in pieces.exchanges] == [b"ask", b"ask"]


def test_slow_pieces_are_known_by_the_speed_of_the_line() -> None:
    lines = ((0.5, ">", bytes(16)), (1.0, ">", bytes(16)))
    assert len(script_of(captured(*lines, baud=320)).exchanges) == 1
    assert len(script_of(captured(*lines)).exchanges) == 2


@leaping
async def test_the_device_says_to_the_host_what_it_said_then() -> None:
    port = ReplayPort("replay:///day.capture", TALK)
    await asyncio.sleep(10)
    await port.send(b"ask A")
    assert timed(await take(port, 12)) == [(10.1, b"first "), (10.25, b"answer")]
    await port.send(b"ask B")
    assert timed([await port.receive()]) == [(10.75, b"other answer")]
    await port.send(b"ask A")
    assert timed([await port.receive()]) == [(10.95, b"second answer")]
    await port.send(b"ask C")
    with pytest.raises(LinkLost, match=r"replay:///day\.capture: the recording is over"):
        await port.receive()
    with pytest.raises(LinkLost, match="the recording is over"):
        await port.send(b"ask A")
    assert port.unknown == 0


@leaping
async def test_the_host_may_ask_in_another_order_and_in_pieces() -> None:
    port = ReplayPort("replay:///day.capture", TALK, speed=0)
    await port.send(b"ask")
    await port.send(b" Bask ")
    await port.send(b"A")
    assert joined(await take(port, 24)) == b"other answerfirst answer"


@leaping
async def test_what_was_never_asked_meets_silence_and_is_counted() -> None:
    port = ReplayPort("replay:///day.capture", TALK)
    await port.send(b"ask X")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(60):
            await port.receive()
    assert port.unknown == 1
    await port.send(b"ask B")
    assert (await port.receive()).data == b"other answer"


@pytest.mark.parametrize(("speed", "at_s"), [(1.0, 0.5), (10.0, 0.05), (0.5, 1.0), (0.0, 0.0)])
@leaping
async def test_speed(speed: float, at_s: float) -> None:
    port = ReplayPort("replay:///day.capture", TALK, speed=speed)
    await port.send(b"ask B")
    assert (await port.receive()).at == pytest.approx(at_s)


@leaping
async def test_a_sniffed_recording_plays_by_itself() -> None:
    sniffed = captured(*((index * 0.5, "<", bytes(1000)) for index in range(200)), baud=9600)
    port = ReplayPort("replay:///day.capture", sniffed)
    assert port.baud == 9600
    assert len(await drain(port)) == 200_000
    assert asyncio.get_running_loop().time() == pytest.approx(99.5)
    assert len(await drain(ReplayPort("replay:///day.capture", sniffed, speed=0))) == 200_000


@leaping
async def test_an_empty_recording_is_over_at_once() -> None:
    with pytest.raises(LinkLost, match="the recording is over"):
        await ReplayPort("replay:///day.capture", captured()).receive()


@leaping
async def test_closing_stops_the_play() -> None:
    port = ReplayPort("replay:///day.capture", TALK)
    await port.send(b"ask B")
    await port.close()
    with pytest.raises(LinkLost, match="the port was closed"):
        await port.receive()


async def test_a_replay_url(tmp_path: Path) -> None:
    with CaptureWriter(tmp_path / "day.capture", TALK.header, began_at=0.0) as writer:
        for entry in TALK.entries:
            writer.write(entry.at_s, entry.direction, entry.data)
    async with opened(f"replay://{tmp_path}/day.capture?speed=0") as port:
        assert port.url == f"replay://{tmp_path}/day.capture?speed=0"
        await port.send(b"ask B")
        assert (await port.receive()).data == b"other answer"
    with pytest.raises(UsageError, match="cannot read the capture"):
        await open_port(f"replay://{tmp_path}/none.capture")
    with pytest.raises(UsageError, match="serve it with 'wattstead replay FILE --on URL'"):
        await listen(f"replay://{tmp_path}/day.capture")


async def replayed(host: Port, device: Port, replayer: Replayer, requests: list[bytes]) -> list[bytes]:
    """Ask a replayed device, and give what it said to each request."""
    serving = asyncio.create_task(replayer.serve(device))
    answers = []
    for request in requests:
        await host.send(request)
        said = b""
        try:
            while True:
                async with asyncio.timeout(0.9):
                    said += (await host.receive()).data
        except TimeoutError:
            answers.append(said)
    await host.close()
    with pytest.raises(LinkLost):
        await serving
    return answers


@leaping
async def test_a_replayed_device_answers_in_turn_and_wraps_round() -> None:
    replayer = Replayer(TALK)
    host, device = memory_pair()
    requests = [b"ask A", b"ask B", b"what?", b"ask A", b"ask A", b"ask C", b"ask B"]
    assert await replayed(host, device, replayer, requests) == [
        b"first answer",
        b"other answer",
        b"",
        b"second answer",
        b"first answer",
        b"",
        b"other answer",
    ]
    assert (replayer.answered, replayer.unknown) == (6, 1)


@leaping
async def test_a_replayed_device_keeps_its_time() -> None:
    host, device = memory_pair()
    serving = asyncio.create_task(Replayer(TALK).serve(device))
    await asyncio.sleep(5)
    await host.send(b"ask A")
    assert [chunk.at for chunk in await take(host, 12)] == [pytest.approx(5.1), pytest.approx(5.25)]
    serving.cancel()


@leaping
async def test_wire_time_is_not_counted_twice(tmp_path: Path) -> None:
    async def talk(host: Port) -> list[Chunk]:
        began = asyncio.get_running_loop().time()
        await host.send(bytes(range(1, 21)))
        return [Chunk(chunk.at - began, chunk.data) for chunk in await take(host, 40)]

    async def answer(device: Port) -> None:
        await take(device, 20)
        await asyncio.sleep(0.03)
        await device.send(bytes(40))

    host, device = memory_pair(baud=9600, half_duplex=True)
    began_at = asyncio.get_running_loop().time()
    with CaptureWriter(tmp_path / "day.capture", TALK.header, began_at=began_at) as writer:
        live, _ = await asyncio.gather(talk(recording(host, writer)), answer(device))
    host, device = memory_pair(baud=9600, half_duplex=True)
    serving = asyncio.create_task(Replayer(read_capture(tmp_path / "day.capture")).serve(device))
    again = await talk(host)
    serving.cancel()
    assert joined(again) == joined(live)
    assert again[-1].at == pytest.approx(live[-1].at, abs=1e-5)


@leaping
async def test_bursts_and_noise_do_not_hide_a_request() -> None:
    replayer = Replayer(TALK, speed=0)
    host, device = memory_pair(baud=9600)
    assert await replayed(host, device, replayer, [b"ask ask ask A", b"\x00\xff" * 20, b"ask B"]) == [
        b"first answer",
        b"",
        b"other answer",
    ]
    assert (replayer.answered, replayer.unknown) == (2, 2)


@leaping
async def test_a_device_that_speaks_unasked_does_so_again() -> None:
    host, device = memory_pair()
    serving = asyncio.create_task(Replayer(captured((0.5, "<", b"hello"), (1.5, "<", b"again"))).serve(device))
    assert [chunk.at for chunk in await take(host, 10)] == [0.5, 1.5]
    serving.cancel()


@given(
    st.lists(st.tuples(st.binary(min_size=4, max_size=8), st.binary(min_size=1, max_size=20)), min_size=1, max_size=6)
)
def test_any_talk_replays_at_both_ends(talk: list[tuple[bytes, bytes]]) -> None:
    talk = [(b"\x7e%d" % index + ask.hex().encode() + b"\r", answer) for index, (ask, answer) in enumerate(talk)]
    lines = [line for at, (ask, said) in enumerate(talk) for line in ((at + 0.0, ">", ask), (at + 0.5, "<", said))]

    async def main() -> None:
        port = ReplayPort("replay:///x", captured(*lines))
        for ask, said in talk:
            await port.send(ask)
            assert joined(await take(port, len(said))) == said
        host, device = memory_pair(baud=9600)
        requests = [ask for ask, _ in talk] * 2
        assert await replayed(host, device, Replayer(captured(*lines)), requests) == [said for _, said in talk] * 2

    run(main())


async def test_a_recording_served_over_tcp() -> None:
    async with listening("tcp://127.0.0.1:0") as listener, opened(listener.url) as host:
        serving = asyncio.create_task(Replayer(TALK, speed=100).serve(await first_port(listener)))
        await host.send(b"ask A")
        assert joined(await take(host, 12)) == b"first answer"
        serving.cancel()
