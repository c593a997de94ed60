"""Our client and a virtual stick logger, over the network of this machine; then a logger that does what it likes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cable import listening
from leap import leaping
from loggers import SERIAL, logger_on, rtu
from wattstead.host.open import open_port
from wattstead.host.solarman import SolarmanPort
from wattstead.link.port import Port
from wattstead.model.errors import LinkLost, UsageError
from wattstead.wire.framing.solarman_payload import Answer, Command, Payload, understand, write
from wattstead.wire.framing.solarman_v5 import SolarmanV5Framer, V5Frame, build

READ, ANSWER = rtu("01 04 0BB8 0002"), rtu("01 04 04 0BB8 0BB9")


async def ask(port: Port, request: bytes = READ) -> bytes:
    await port.send(request)
    async with asyncio.timeout(5):
        return (await port.receive()).data


async def is_silent(port: Port, request: bytes = READ) -> bool:
    try:
        await ask(port, request)
    except TimeoutError:
        return True
    return False


@leaping
async def test_modbus_goes_in_and_comes_out() -> None:
    async with logger_on() as running:
        port = await open_port(f"solarman://127.0.0.1:{running.port}?serial={SERIAL}")
        assert await ask(port) == ANSWER
        assert await ask(port, rtu("01 06 0BF4 0002")) == rtu("01 06 0BF4 0002")
        assert port.baud is None
        assert port.url == f"solarman://127.0.0.1:{running.port}?serial={SERIAL}"
        await port.close()


@pytest.mark.parametrize("zero_serial", [True, False])
@leaping
async def test_without_a_serial_the_logger_is_asked_for_its_own(zero_serial: bool) -> None:
    async with logger_on(zero_serial=zero_serial) as running:
        port = await open_port(f"solarman://127.0.0.1:{running.port}")
        assert isinstance(port, SolarmanPort)
        assert (port.serial, port.url) == (None, f"solarman://127.0.0.1:{running.port}")
        assert [await ask(port), await ask(port)] == [ANSWER, ANSWER]
        assert port.serial == SERIAL
        assert port.url.endswith(f"?serial={SERIAL}")
        await port.close()


@leaping
async def test_a_wrong_serial_is_said_with_the_right_one() -> None:
    async with logger_on() as running:
        port = await open_port(f"solarman://127.0.0.1:{running.port}?serial=1700000001")
        with pytest.raises(LinkLost, match=rf"has the serial number {SERIAL}; write solarman://.*serial={SERIAL}"):
            await ask(port)
        await port.close()


@leaping
async def test_a_silent_inverter_is_silence_and_is_counted() -> None:
    async with logger_on(asleep=True) as running:
        port = await open_port(f"solarman://127.0.0.1:{running.port}?serial={SERIAL}")
        assert isinstance(port, SolarmanPort)
        assert await is_silent(port)
        assert port.unanswered == 1
        await port.close()


@pytest.mark.parametrize("switch", ["double_crc", "glued", "split", "chatter"])
@leaping
async def test_no_quirk_of_a_stick_is_seen_above(switch: str) -> None:
    async with logger_on(**{switch: True}) as running:  # type: ignore[arg-type]
        port = await open_port(f"solarman://127.0.0.1:{running.port}?serial={SERIAL}")
        assert [await ask(port) for _ in range(3)] == [ANSWER] * 3
        await port.close()


@leaping
async def test_heartbeats_between_answers_are_passed_over() -> None:
    async with logger_on(heartbeat_s=1) as running:
        port = await open_port(f"solarman://127.0.0.1:{running.port}?serial={SERIAL}")
        assert isinstance(port, SolarmanPort)
        for _ in range(4):
            await asyncio.sleep(1.5)
            assert await ask(port) == ANSWER
        assert port.passed_over >= 4
        await port.close()


@leaping
async def test_the_stick_gets_a_pause_between_requests() -> None:
    loop = asyncio.get_running_loop()
    async with logger_on() as running:
        port = await open_port(f"solarman://127.0.0.1:{running.port}?serial={SERIAL}")
        await ask(port)
        began_s = loop.time()
        await port.send(READ)
        assert loop.time() - began_s == pytest.approx(0.1)
        await port.close()


@leaping
async def test_what_does_not_open_says_what_helps() -> None:
    with pytest.raises(LinkLost, match=r"solarman://127\.0\.0\.1:1: nothing listens on port 1; loggers listen on 8899"):
        await open_port("solarman://127.0.0.1:1")
    with pytest.raises(UsageError, match="'double_crc' is for virtual loggers"):
        await open_port("solarman://127.0.0.1?double_crc=yes")
    with pytest.raises(UsageError, match="port 0 is for listening only"):
        await open_port("solarman://127.0.0.1:0")


@leaping
async def test_other_urls_open_as_before() -> None:
    async with listening("tcp://127.0.0.1:0") as listener:
        port = await open_port(listener.url)
        assert port.url == listener.url
        await port.close()


class Stick:
    """The other end of the connection."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self._framer = SolarmanV5Framer()

    async def request(self) -> V5Frame:
        while True:
            items = self._framer.feed((await self.port.receive()).data)
            if frames := [item for item in items if isinstance(item, V5Frame)]:
                return frames[0]

    async def answer(
        self, to: V5Frame, body: bytes = ANSWER, *, sequence: int | None = None, serial: int = SERIAL, kind: int = 2
    ) -> None:
        number = to.sequence if sequence is None else sequence
        await self.port.send(build(V5Frame(0x1510, serial, write(Answer(body, frame_type=kind)), number, 9)))


@asynccontextmanager
async def stick(serial: int | None = SERIAL) -> AsyncIterator[tuple[Port, Stick]]:
    async with listening("tcp://127.0.0.1:0") as listener:
        query = "" if serial is None else f"?serial={serial}"
        port = await open_port(listener.url.replace("tcp", "solarman") + query)
        async for other in listener.ports():
            yield port, Stick(other)
            break
        await port.close()


@leaping
async def test_requests_look_as_loggers_know_them_and_number_themselves() -> None:
    async with stick() as (port, other):
        numbers = []
        for _ in range(300):
            await port.send(READ)
            frame = await other.request()
            said: Payload = understand(frame)
            assert said == Command(READ)
            assert (frame.control, frame.serial, frame.logger_sequence) == (0x4510, SERIAL, 0)
            numbers.append(frame.sequence)
        assert numbers[:3] == [1, 2, 3]
        assert numbers[253:257] == [254, 255, 1, 2]


@leaping
async def test_late_foreign_and_broken_answers_are_passed_over() -> None:
    async with stick() as (port, other):
        await port.send(READ)
        first = await other.request()
        await port.send(rtu("01 04 0C80 0001"))
        second = await other.request()
        await other.answer(first)  # late
        await other.answer(second, serial=SERIAL + 1)
        await other.answer(second, kind=1)
        await other.answer(second, b"")
        await other.port.send(build(V5Frame(0x1510, SERIAL, b"\2\1\0", second.sequence)))
        await other.port.send(ANSWER + b"AT+YZCMPVER=1\r\n\r\n")
        await other.answer(second, rtu("01 04 02 1234"))
        await other.answer(second, rtu("01 04 02 9999"))  # twice
        assert (await port.receive()).data == rtu("01 04 02 1234")
        assert await is_silent(port, READ)


@leaping
async def test_a_logger_that_goes_away_is_a_lost_link() -> None:
    async with stick() as (port, other):
        await port.send(READ)
        await other.port.close()
        with pytest.raises(LinkLost):
            await port.receive()


@leaping
async def test_a_logger_that_insists_on_another_serial_is_not_asked_for_ever() -> None:
    async with stick(None) as (port, other):
        await port.send(READ)
        await other.answer(await other.request(), b"\6\0", serial=5)
        receiving = asyncio.create_task(port.receive())
        again = await other.request()
        assert again.serial == 5
        await other.answer(again, b"\6\0", serial=6)
        with pytest.raises(LinkLost, match="serial number 6"):
            await receiving
