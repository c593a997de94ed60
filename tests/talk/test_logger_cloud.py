"""A virtual logger reports to a cloud of our own: both ends, over hours."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest

from cable import first_port, listening
from leap import leaping
from loggers import SERIAL, UNIX_S, TinySlave, logger_on, rtu
from wattstead.host.ingest import Ingest
from wattstead.link.port import Port
from wattstead.link.tcp import connect_tcp
from wattstead.link.url import TcpUrl
from wattstead.wire.framing.solarman_payload import Answer, Command, Data, Hello, Payload, Wifi, understand, write
from wattstead.wire.framing.solarman_v5 import SolarmanV5Framer, V5Frame, build
from wattstead.wire.framing.solarman_values import Block, read_blocks

POLLS = (rtu("01 04 0BB8 0003"), rtu("01 03 0C80 0002"), rtu("05 04 0000 0001"))
CLOUD_S = UNIX_S + 86_400.0  # the cloud's clock is a day ahead of what the logger believes


@asynccontextmanager
async def cloud(port: int = 0) -> AsyncIterator[tuple[int, list[dict[str, Any]]]]:
    loop, told = asyncio.get_running_loop(), list[dict[str, Any]]()
    ingest = Ingest(lambda one: told.append(json.loads(json.dumps(one))), unix_s=lambda: CLOUD_S + loop.time())
    async with listening(f"tcp://127.0.0.1:{port}") as listener:
        task = asyncio.create_task(ingest.serve(listener))
        try:
            yield int(listener.url.rpartition(":")[2]), told
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def kinds(told: list[dict[str, Any]]) -> list[str]:
    return [one["kind"] for one in told]


@leaping
async def test_it_introduces_itself_then_beats_and_sends_samples() -> None:
    async with (
        cloud() as (port, told),
        logger_on(TinySlave(), POLLS, cloud=f"127.0.0.1:{port}", clock=False) as running,
    ):
        await asyncio.sleep(20)
        assert kinds(told) == ["hello", "data", "report", "report"]
        hello, data, *reports = told
        assert (hello["serial"], hello["mac"], hello["heartbeat_s"]) == (SERIAL, "e8fdf8a1b2c3", 120)
        assert hello["sampled_at_s"] is None  # it had no clock
        assert data["sampled_at_s"] == pytest.approx(CLOUD_S, abs=10)  # until the cloud told it the time
        assert data["inverter_serial"] == "HSE0000000000001"
        assert data["registers"] == [
            {"unit": 1, "function": 4, "start": 3000, "words": [3000, 3001, 3002]},
            {"unit": 1, "function": 3, "start": 3200, "words": [3200, 3201]},
        ]
        assert [one["report"] for one in reports] == ["01010c", "01052c"]
        assert running.logger.counters.unix_s == pytest.approx(CLOUD_S + 20, abs=2)
        await asyncio.sleep(600)
        later = kinds(told)[4:]
        assert (later.count("heartbeat"), later.count("data")) == (5, 2)
        assert [one["record"] for one in told if one["kind"] == "data"] == [0, 1, 2]


@leaping
async def test_after_three_hours_it_introduces_itself_again() -> None:
    async with cloud() as (port, told), logger_on(TinySlave(), POLLS, cloud=f"127.0.0.1:{port}"):
        await asyncio.sleep(10_800)
        assert kinds(told).count("hello") == 2


@leaping
async def test_samples_wait_while_the_cloud_is_away_and_are_marked() -> None:
    async with cloud() as (port, told):
        pass
    async with logger_on(TinySlave(), POLLS, cloud=f"127.0.0.1:{port}"):
        await asyncio.sleep(1000)
        async with cloud(port) as (_, told):
            await asyncio.sleep(320)
            data = [one for one in told if one["kind"] == "data"]
            assert [one["buffered"] for one in data][:3] == [True, True, True]
            assert kinds(told)[:2] == ["hello", "wifi"]
            assert told[1]["ssid"] == "home"
            assert [one["record"] for one in data] == sorted({one["record"] for one in data})
            sampled = [one["sampled_at_s"] for one in data]
            assert all(later - earlier == 300 for earlier, later in pairwise(sampled[:3]))


@leaping
async def test_an_inverter_that_sleeps_sends_no_sample() -> None:
    async with (
        cloud() as (port, told),
        logger_on(TinySlave(), POLLS, cloud=f"127.0.0.1:{port}", asleep=True),
    ):
        await asyncio.sleep(400)
        assert "data" not in kinds(told)
        assert kinds(told).count("heartbeat") == 3


@leaping
async def test_a_burst_of_local_requests_costs_it_the_cloud_for_a_while() -> None:
    async with cloud() as (port, told), logger_on(cloud=f"127.0.0.1:{port}", burst=3) as running:
        await asyncio.sleep(20)
        client = await connect_tcp(TcpUrl("127.0.0.1", running.port))
        asking = build(V5Frame(0x4510, SERIAL, write(Command(POLLS[0]))))
        for _ in range(3):
            await client.send(asking)
            await client.receive()
        before = len(told)
        await client.send(asking)
        await asyncio.sleep(50)
        assert len(told) == before
        await asyncio.sleep(30)
        assert kinds(told)[before:][:2] == ["hello", "wifi"]


class OwnCloud:
    """A cloud that says what a test wants, over one connection."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._framer = SolarmanV5Framer()
        self._found: list[V5Frame] = []

    async def frame(self) -> V5Frame:
        while not self._found:
            items = self._framer.feed((await self._port.receive()).data)
            self._found += [item for item in items if isinstance(item, V5Frame)]
        return self._found.pop(0)

    async def acknowledge(self, frame: V5Frame, unix_s: int = UNIX_S, sequence: int | None = None) -> None:
        numbers = (frame.sequence + 1 if sequence is None else sequence, frame.logger_sequence)
        payload = b"\0\1" + unix_s.to_bytes(4, "little") + bytes(4)
        await self._port.send(build(V5Frame(frame.control - 0x3000, frame.serial, payload, *numbers)))

    async def command(self, body: bytes, serial: int = SERIAL, frame_type: int = 2) -> None:
        await self._port.send(build(V5Frame(0x4510, serial, write(Command(body, frame_type)), 0x77, 0x12)))


@asynccontextmanager
async def own_cloud(**switches: Any) -> AsyncIterator[tuple[OwnCloud, TinySlave]]:
    slave = TinySlave()
    async with listening("tcp://127.0.0.1:0") as listener:
        where = listener.url.removeprefix("tcp://")
        async with logger_on(slave, POLLS, cloud=where, **switches):
            yield OwnCloud(await first_port(listener)), slave


@leaping
async def test_what_is_not_acknowledged_comes_again_as_it_was() -> None:
    async with own_cloud() as (mine, _):
        first = await mine.frame()
        again = await mine.frame()
        assert again.raw == first.raw
        await mine.acknowledge(again, sequence=0x30)
        data: Payload = understand(following := await mine.frame())
        assert isinstance(data, Data)
        assert following.sequence == 0x30  # the cloud's number, as last heard
        assert following.logger_sequence == first.logger_sequence + 1
        assert read_blocks(data.values)[0] == Block(1, 4, 3000, bytes.fromhex("0BB80BB90BBA"))


@leaping
async def test_a_wrong_acknowledgement_does_not_count() -> None:
    async with own_cloud() as (mine, _):
        first = await mine.frame()
        await mine.acknowledge(V5Frame(first.control, first.serial + 1, b"", 0, first.logger_sequence))
        await mine.acknowledge(V5Frame(0x4210, first.serial, b"", 0, first.logger_sequence))
        await mine.acknowledge(V5Frame(first.control, first.serial, b"", 0, first.logger_sequence + 1))
        assert (await mine.frame()).raw == first.raw


@leaping
async def test_without_any_acknowledgement_it_connects_anew() -> None:
    async with listening("tcp://127.0.0.1:0") as listener, logger_on(cloud=listener.url.removeprefix("tcp://")):
        hellos, wifi = 0, 0
        async for port in listener.ports():
            mine = OwnCloud(port)
            for _ in range(3):
                said = understand(await mine.frame())
                hellos += isinstance(said, Hello)
                wifi += isinstance(said, Wifi)
            if hellos == 6:
                break
        assert wifi == 0  # it says what network it is in once it has been heard


@leaping
async def test_the_cloud_may_ask_and_write() -> None:
    async with own_cloud() as (mine, slave):
        await mine.frame()
        await mine.command(rtu("01 06 0BF4 0002"))
        answer = await mine.frame()
        said = understand(answer)
        assert isinstance(said, Answer)
        assert (answer.control, answer.sequence, said.body) == (0x1510, 0x77, rtu("01 06 0BF4 0002"))
        assert slave.registers == {3060: 2}
        await mine.command(b"AT+UART\n", frame_type=1)
        said = understand(await mine.frame())
        assert isinstance(said, Answer)
        assert (said.frame_type, said.body) == (1, b"+ok=9600,8,1,NONE\r\n\r\n")
        await mine.command(rtu("01 06 0BF4 0003"), serial=5)  # another logger's
        assert (await mine.frame()).control == 0x4110
        assert slave.registers == {3060: 2}
