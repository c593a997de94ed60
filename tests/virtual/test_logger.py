"""A virtual stick logger at its local port: what it answers, how fast, and each of its switches."""

import asyncio

import pytest

from cable import drain
from leap import leaping
from loggers import SERIAL, UNIX_S, TinySlave, logger_on, rtu
from wattstead.link.port import Port
from wattstead.link.tcp import connect_tcp
from wattstead.link.url import TcpUrl
from wattstead.model.errors import LinkLost, UsageError
from wattstead.virtual.logger_manners import Manners, manners
from wattstead.wire.frame import Noise
from wattstead.wire.framing.solarman_payload import Answer, Command, Payload, understand, write
from wattstead.wire.framing.solarman_v5 import SolarmanV5Framer, V5Frame, build

READ = rtu("01 04 0BB8 0002")  # registers 3000 and 3001
ANSWER = rtu("01 04 04 0BB8 0BB9")


def request(body: bytes = READ, *, serial: int = SERIAL, sequence: int = 1, frame_type: int = 2) -> bytes:
    return build(V5Frame(0x4510, serial, write(Command(body, frame_type)), sequence))


class Client:
    """A client of the local port."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self._framer = SolarmanV5Framer()
        self.noise: list[bytes] = []
        self.chunks: list[bytes] = []

    @classmethod
    async def at(cls, tcp_port: int) -> "Client":
        return cls(await connect_tcp(TcpUrl("127.0.0.1", tcp_port)))

    async def frame(self) -> V5Frame:
        while True:
            chunk = await self.port.receive()
            self.chunks.append(chunk.data)
            found = self._framer.feed(chunk.data)
            self.noise += [item.data for item in found if isinstance(item, Noise)]
            frames = [item for item in found if isinstance(item, V5Frame)]
            if frames:
                return frames[-1]

    async def ask(self, data: bytes) -> V5Frame:
        await self.port.send(data)
        async with asyncio.timeout(20):
            return await self.frame()

    async def body(self, data: bytes) -> bytes:
        said = understand(await self.ask(data))
        assert isinstance(said, Answer)
        return said.body

    async def is_silent(self, data: bytes, seconds: float = 10.0) -> bool:
        await self.port.send(data)
        try:
            async with asyncio.timeout(seconds):
                await self.frame()
        except TimeoutError:
            return True
        return False


@leaping
async def test_it_answers_with_its_serial_its_counters_and_the_sequence_of_the_request() -> None:
    async with logger_on(idle_s=7200) as running:
        client = await Client.at(running.port)
        frame = await client.ask(request(sequence=0x42))
        assert (frame.control, frame.serial, frame.sequence) == (0x1510, SERIAL, 0x42)
        said = understand(frame)
        assert isinstance(said, Answer)
        assert said.body == ANSWER
        assert said.counters.unix_s == UNIX_S
        assert (said.frame_type, said.state) == (2, 1)
        await asyncio.sleep(3600)
        later: Payload = understand(await client.ask(request(serial=0)))
        assert isinstance(later, Answer)
        assert later.counters.unix_s == UNIX_S + 3600
        assert later.counters.power_on_s == 3600
        assert later.counters.total_s == said.counters.total_s + 3600


@leaping
async def test_it_counts_its_frames_and_is_no_faster_than_a_stick() -> None:
    loop = asyncio.get_running_loop()
    async with logger_on() as running:
        client = await Client.at(running.port)
        numbers = []
        for _ in range(3):
            began_s = loop.time()
            numbers.append((await client.ask(request())).logger_sequence)
            assert loop.time() - began_s == pytest.approx(0.1)
        assert numbers == [0, 1, 2]
        began_s = loop.time()
        await client.ask(request(rtu("01 04 0000 007D")))
        assert loop.time() - began_s == pytest.approx((8 + 255) * 10 / 9600 + 0.05)  # the line is what takes longer


@leaping
async def test_the_inverter_is_asked_once_and_may_be_written() -> None:
    slave = TinySlave()
    async with logger_on(slave) as running:
        client = await Client.at(running.port)
        assert await client.body(request(rtu("01 06 0BF4 0002"))) == rtu("01 06 0BF4 0002")
        assert slave.registers == {3060: 2}
        assert slave.asked == [rtu("01 06 0BF4 0002")]
        assert await client.body(request(rtu("01 03 0000 007E"))) == b"\5\0"  # more than 125
        assert await client.body(request(rtu("01 2B 0E01 0000"))) == rtu("01 AB 01")


@leaping
async def test_a_silent_inverter_is_said_so() -> None:
    loop = asyncio.get_running_loop()
    async with logger_on() as running:
        client = await Client.at(running.port)
        began_s = loop.time()
        assert await client.body(request(rtu("02 04 0BB8 0002"))) == b"\5\0"
        assert loop.time() - began_s > 1.0
        assert await client.body(request(READ[:-1] + b"\0")) == b"\5\0"
    async with logger_on(asleep=True) as running:
        assert await (await Client.at(running.port)).body(request()) == b"\5\0"
    async with logger_on(most_registers=16) as running:
        client = await Client.at(running.port)
        assert await client.body(request(rtu("01 03 0000 0011"))) == b"\5\0"
        assert len(await client.body(request(rtu("01 03 0000 0010")))) == 37


@leaping
async def test_a_wrong_serial_is_told_the_right_one() -> None:
    async with logger_on() as running:
        client = await Client.at(running.port)
        began_s = asyncio.get_running_loop().time()
        frame = await client.ask(request(serial=SERIAL + 1))
        took_s = asyncio.get_running_loop().time() - began_s
        assert took_s == pytest.approx(0.1), "at once, a client that is not listening yet would miss it"
        said = understand(frame)
        assert isinstance(said, Answer)
        assert (frame.serial, said.body, said.status) == (SERIAL, b"\6\0", 6)
    async with logger_on(zero_serial=False) as running:
        assert await (await Client.at(running.port)).body(request(serial=0)) == b"\6\0"
    async with logger_on(wrong_serial="silence") as running:
        assert await (await Client.at(running.port)).is_silent(request(serial=5))
    async with logger_on(wrong_serial="echo") as running:
        client = await Client.at(running.port)
        assert (await client.ask(request(serial=5))).raw == request(serial=5)
    async with logger_on(wrong_serial="close") as running:
        client = await Client.at(running.port)
        with pytest.raises(LinkLost):
            await client.ask(request(serial=5))


@leaping
async def test_quirks_of_the_wire_are_switches() -> None:
    async with logger_on(double_crc=True) as running:
        assert await (await Client.at(running.port)).body(request()) == ANSWER + b"\0\0"
    async with logger_on(glued=True) as running:
        client = await Client.at(running.port)
        assert (await client.ask(request())).control == 0x1510
        (glued,) = client.chunks
        assert [item.control for item in SolarmanV5Framer().feed(glued) if isinstance(item, V5Frame)] == [
            0x4710,
            0x1510,
        ]
    async with logger_on(split=True) as running:
        client = await Client.at(running.port)
        assert (await client.ask(request())).control == 0x1510
        assert len(client.chunks) == 2
    async with logger_on(chatter=True) as running:
        client = await Client.at(running.port)
        assert (await client.ask(request())).control == 0x1510
        assert b"".join(client.noise).startswith(b"AT+YZCMPVER=")
    async with logger_on(clock=False) as running:
        said = understand(await (await Client.at(running.port)).ask(request()))
        assert isinstance(said, Answer)
        assert said.counters.offset_s == 0


@leaping
async def test_heartbeats_come_unasked_and_their_acknowledgement_is_no_request() -> None:
    async with logger_on(heartbeat_s=60) as running:
        client = await Client.at(running.port)
        beat = await client.frame()
        assert (beat.control, beat.payload, beat.serial) == (0x4710, b"\0", SERIAL)
        assert await client.is_silent(build(V5Frame(0x1710, SERIAL, bytes(10))), 30.0)


@leaping
async def test_a_cut_request_and_noise_do_not_hide_the_next_request() -> None:
    async with logger_on() as running:
        client = await Client.at(running.port)
        assert await client.body(request()[:20] + request(sequence=2)) == ANSWER
        assert await client.body(b"\xa5\xff\x07\x10hello" + request(sequence=3)) == ANSWER
        assert await client.is_silent(request()[:20], 2.0)
        assert await client.body(request(sequence=4)) == ANSWER
        await client.port.send(request()[:9])
        assert await client.body(request()[9:]) == ANSWER
        await client.port.send(request(sequence=5) + request(sequence=6))
        assert [(await client.frame()).sequence, (await client.frame()).sequence] == [5, 6]


@leaping
async def test_one_client_is_served_more_are_sent_away_until_it_leaves() -> None:
    async with logger_on() as running:
        first = await Client.at(running.port)
        assert await first.body(request()) == ANSWER
        assert await drain((await Client.at(running.port)).port) == b""
        await first.port.close()
        await asyncio.sleep(1)
        assert await (await Client.at(running.port)).body(request()) == ANSWER
    async with logger_on(clients=2) as running:
        both = [await Client.at(running.port) for _ in range(2)]
        assert await asyncio.gather(*(one.body(request()) for one in both)) == [ANSWER, ANSWER]


@leaping
async def test_a_client_that_says_nothing_is_sent_away() -> None:
    loop = asyncio.get_running_loop()
    async with logger_on(idle_s=300) as running:
        client = await Client.at(running.port)
        assert await client.body(request()) == ANSWER
        began_s = loop.time()
        assert await drain(client.port) == b""
        assert loop.time() - began_s == pytest.approx(300.0, abs=0.2)


@leaping
async def test_a_burst_of_requests_silences_it_for_a_while() -> None:
    async with logger_on(burst=5, burst_s=20, burst_rest_s=60) as running:
        client = await Client.at(running.port)
        for _ in range(5):
            assert await client.body(request()) == ANSWER
        assert await client.is_silent(request())
        assert running.logger.overloaded.is_set()
        await asyncio.sleep(60)
        assert await client.body(request()) == ANSWER
        for _ in range(8):  # one in five seconds is no burst
            await asyncio.sleep(5)
            assert await client.body(request()) == ANSWER


@leaping
async def test_what_is_no_request_gets_no_answer() -> None:
    async with logger_on() as running:
        client = await Client.at(running.port)
        for data in (
            build(V5Frame(0x4510, SERIAL, b"\2")),
            build(V5Frame(0x7710, SERIAL, b"\2" * 20)),
            request(frame_type=0),
        ):
            assert await client.is_silent(data, 3.0)
        assert await client.body(request()) == ANSWER


@leaping
async def test_at_commands_pass_over_the_local_port_too() -> None:
    async with logger_on() as running:
        client = await Client.at(running.port)
        assert await client.body(request(b"AT+MAXSK\n", frame_type=1)) == b"+ok=1\r\n\r\n"
    async with logger_on(at=False) as running:
        assert await (await Client.at(running.port)).is_silent(request(b"AT+MAXSK\n", frame_type=1), 3.0)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"colour": "red"}, "no switch 'colour'; it has serial, latency_ms"),
        ({"double_crc": "1"}, "double_crc is yes or no"),
        ({"latency_ms": "fast"}, "latency_ms is a whole number such as 100"),
        ({"serial": "0"}, "serial 0 means whoever is asked"),
        ({"wrong_serial": "shout"}, "one of status, silence, close, echo"),
        ({"mac": "E8:FD"}, "twelve hex digits"),
        ({"firmware": "é"}, "40 characters of ASCII"),
        ({"ssid": "x" * 31}, "30 characters"),
        ({"discovery": "70000"}, "UDP port"),
        ({"clients": "0"}, "1 or more"),
        ({"cloud": "nowhere:"}, "host:port"),
        ({"cloud": "access1.solarmanpv.com:10000"}, "maker's own cloud"),
        ({"cloud": "47.88.8.200"}, "maker's own cloud"),
    ],
)
def test_a_wrong_switch_says_what_would_be_right(given: dict[str, str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        manners(given, "here")


def test_no_switch_gives_the_usual_stick() -> None:
    assert manners({}, "here") == Manners()
