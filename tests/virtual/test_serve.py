"""The device's end of a line: when it answers, whom, and what it does with a request that was cut."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from cable import joined, opened, take
from leap import LeapingLoop, leaping
from virtual.banks import Rig
from wattstead.link.memory import memory_pair
from wattstead.link.open import listen
from wattstead.link.pace import wire_time_s
from wattstead.link.port import Port
from wattstead.model.errors import LinkLost
from wattstead.virtual.serve import Answers, serve


class Room:
    """A listener in memory: clients come in one after the other."""

    url = "memory://room"

    def __init__(self, ports: Sequence[Port]) -> None:
        self._ports = ports
        self._closed = asyncio.Event()

    async def ports(self) -> AsyncIterator[Port]:
        for port in self._ports:
            yield port
        await self._closed.wait()

    async def close(self) -> None:
        self._closed.set()
        for port in self._ports:
            await port.close()


class Echo:
    """Answers each whole line by itself in capitals, and counts the silences."""

    def __init__(self) -> None:
        self.pending = b""
        self.silences: list[float] = []

    def feed(self, data: bytes, at: float = 0.0) -> list[bytes]:  # noqa: ARG002
        *lines, self.pending = (self.pending + data).split(b"\r")
        return [line.upper() + b"\r" for line in lines]

    def silence(self, at: float = 0.0) -> None:
        self.silences.append(at)
        self.pending = b""


@asynccontextmanager
async def served(*ports: Port, turnaround_s: float = 0.0, echo: Echo | None = None) -> AsyncIterator[None]:
    task = asyncio.create_task(serve(Room(ports), lambda: echo or Echo(), turnaround_s=turnaround_s))
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@leaping
async def test_the_answer_begins_a_turnaround_after_the_last_byte() -> None:
    host, device = memory_pair(baud=9600)
    async with served(device, turnaround_s=0.05):
        request = b"x" * 19 + b"\r"
        await host.send(request)
        chunks = await take(host, 20)
        begins_s = chunks[0].at - wire_time_s(len(chunks[0].data), 9600)
        assert begins_s == pytest.approx(wire_time_s(20, 9600) + 0.05, abs=1e-6)
        assert chunks[-1].at == pytest.approx(2 * wire_time_s(20, 9600) + 0.05, abs=1e-6)


@leaping
async def test_without_turnaround_it_answers_at_once() -> None:
    host, device = memory_pair()
    async with served(device):
        await host.send(b"hello\rworld\r")
        assert b"".join(chunk.data for chunk in await take(host, 12)) == b"HELLO\rWORLD\r"
        assert asyncio.get_running_loop().time() == 0.0


@leaping
async def test_a_pause_inside_a_request_ends_it() -> None:
    host, device = memory_pair(baud=19200)
    echo = Echo()
    async with served(device, echo=echo):
        await host.send(b"cut")
        await asyncio.sleep(1.0)
        assert echo.silences == [pytest.approx(wire_time_s(3, 19200) + 0.05, abs=1e-6)]
        await host.send(b"whole\r")
        assert b"".join(chunk.data for chunk in await take(host, 6)) == b"WHOLE\r"


@leaping
async def test_a_slow_line_is_given_the_time_that_its_bursts_take() -> None:
    host, device = memory_pair(baud=300)
    echo = Echo()
    async with served(device, echo=echo):
        await host.send(b"y" * 99 + b"\r")
        assert b"".join(chunk.data for chunk in await take(host, 100)) == b"Y" * 99 + b"\r"
        assert all(at > wire_time_s(100, 300) for at in echo.silences)


@leaping
async def test_each_client_has_its_own_line_and_turnaround() -> None:
    pairs = [memory_pair() for _ in range(3)]
    async with served(*(device for _, device in pairs), turnaround_s=0.1):
        await asyncio.gather(*(host.send(b"a\r") for host, _ in pairs))
        times = [(await host.receive()).at for host, _ in pairs]
        assert times == [pytest.approx(0.1)] * 3
        await pairs[0][0].send(b"b\r")
        await asyncio.sleep(0.05)
        await pairs[1][0].send(b"c\r")
        times = [(await host.receive()).at for host, _ in pairs[:2]]
        assert times == [pytest.approx(0.2), pytest.approx(0.25)]


@leaping
async def test_a_client_that_leaves_does_not_disturb_the_others() -> None:
    first, second = memory_pair(), memory_pair()
    async with served(first[1], second[1]):
        await first[0].send(b"half a requ")
        await first[0].close()
        await second[0].send(b"hi\r")
        assert (await second[0].receive()).data == b"HI\r"


class Deaf:
    """The device's end of a client that asks and never reads: its buffers are full for ever."""

    url = "memory://deaf"
    baud = None

    def __init__(self, port: Port) -> None:
        self.receive = port.receive
        self.close = port.close

    async def send(self, data: bytes) -> None:  # noqa: ARG002
        await asyncio.Event().wait()


@leaping
async def test_a_client_that_does_not_read_does_not_hold_up_the_others() -> None:
    deaf, other = memory_pair(), memory_pair()
    async with served(Deaf(deaf[1]), other[1]):
        await deaf[0].send(b"a\rb\r")
        await asyncio.sleep(1.0)
        await other[0].send(b"hi\r")
        assert (await other[0].receive()).data == b"HI\r"


@leaping
async def test_it_ends_when_the_listener_is_closed() -> None:
    host, device = memory_pair()
    room = Room([device])
    task = asyncio.create_task(serve(room, Echo, turnaround_s=0.0))
    await host.send(b"a\r")
    assert (await host.receive()).data == b"A\r"
    await room.close()
    await task
    with pytest.raises(LinkLost):
        await host.receive()


async def test_many_clients_on_tcp_are_answered_by_one_bank() -> None:
    rig = Rig(packs=2)
    listener = await listen("tcp://127.0.0.1:0")
    responder = rig.live.responder
    task = asyncio.create_task(serve(listener, responder, turnaround_s=0.0))

    async def ask(address: int) -> float:
        question, request = rig.codec.ask("telemetry", address)
        async with opened(listener.url) as port:
            await port.send(request)
            answer = b""
            while not answer.endswith(b"\r"):
                answer += (await port.receive()).data
        return float(rig.understand(question, [answer]).packs[0].values["soc_pct"])  # type: ignore[arg-type]

    assert await asyncio.gather(*(ask(address) for address in (0, 1, 0, 1))) == [50.0] * 4
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_responder_is_what_serve_expects() -> None:
    answers: Answers = Rig().responder
    assert answers.feed(b"~garbage\r") == []


@leaping
async def test_bytes_that_came_while_the_machine_was_busy_are_no_pause() -> None:
    """The rest of the request is there when the machine has time again: long after a pause would have ended it."""
    here, there = memory_pair(delay_s=0.3)
    echo, loop = Echo(), asyncio.get_running_loop()
    assert isinstance(loop, LeapingLoop)
    async with served(there, echo=echo):
        await here.send(b"ab")
        await asyncio.sleep(0.2)
        await here.send(b"c\r")
        loop.call_later(0.2, loop.lose_time, 1.0)
        assert joined(await take(here, 4)) == b"ABC\r"
        assert echo.silences == []
