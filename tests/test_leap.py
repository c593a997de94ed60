import asyncio
import itertools
import socket
import time

import pytest

import leap
from leap import Stuck, leaping


@leaping
async def test_hours_pass_at_once() -> None:
    loop = asyncio.get_running_loop()
    began = time.monotonic()
    await asyncio.sleep(100 * 3600)
    assert loop.time() == pytest.approx(360_000.0, abs=1e-6)
    assert time.monotonic() - began < 5.0


@leaping
async def test_timers_run_in_their_order() -> None:
    seen: list[tuple[float, str]] = []

    async def speak(delay_s: float, word: str) -> None:
        await asyncio.sleep(delay_s)
        seen.append((asyncio.get_running_loop().time(), word))

    await asyncio.gather(speak(3, "c"), speak(1, "a"), speak(2, "b"))
    assert seen == [(1.0, "a"), (2.0, "b"), (3.0, "c")]


@leaping
async def test_a_deadline_strikes_on_the_leaping_clock() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(60):
            await asyncio.get_running_loop().create_future()
    assert asyncio.get_running_loop().time() == 60.0


@leaping
async def test_the_clock_stands_still_while_a_thread_works() -> None:
    def work() -> str:
        time.sleep(0.05)
        return "done"

    async with asyncio.timeout(10):
        assert await asyncio.to_thread(work) == "done"
    assert asyncio.get_running_loop().time() == 0.0


@leaping
async def test_real_sockets_go_before_leaps() -> None:
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        await loop.sock_sendall(theirs, b"hello")
        async with asyncio.timeout(1):
            assert await loop.sock_recv(ours, 10) == b"hello"
        assert loop.time() == 0.0


async def wait_for_nothing() -> None:
    await asyncio.get_running_loop().create_future()


def test_waiting_for_ever_fails_and_says_where() -> None:
    with pytest.raises(Stuck, match=r"everybody waits for ever at 0 s[\s\S]*test_leap\.py:\d+ in wait_for_nothing"):
        leap.run(wait_for_nothing())


def test_leaping_for_ever_fails() -> None:
    async def tick() -> None:
        for _ in itertools.count():
            await asyncio.sleep(1)

    with pytest.raises(Stuck, match=r"no end after 0\.1 s"):
        leap.run(tick(), patience_s=0.1)


def test_a_thread_that_never_ends_fails() -> None:
    async def main() -> None:
        await asyncio.to_thread(time.sleep, 0.5)

    with pytest.raises(Stuck, match=r"no end after 0\.1 s"):
        leap.run(main(), patience_s=0.1)


def test_a_result_comes_back() -> None:
    async def answer() -> int:
        await asyncio.sleep(1)
        return 42

    assert leap.run(answer()) == 42
