"""How a virtual logger is found, and the AT commands of whoever has found it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from leap import leaping
from loggers import SERIAL, UNIX_S, logger_on, rtu
from wattstead.host.logger_search import FoundLogger, find_loggers, understand
from wattstead.link.datagram import DatagramPort, open_datagrams
from wattstead.model.errors import LinkLost, NoAnswer
from wattstead.virtual.logger_run import Running

WORD = b"WIFIKIT-214028-READ"
READ, ANSWER = rtu("01 04 0BB8 0002"), rtu("01 04 04 0BB8 0BB9")


async def free_udp_port() -> int:
    port = await open_datagrams("127.0.0.1", 0)
    await port.close()
    return port.address[1]


class Person:
    """Somebody with a UDP socket."""

    def __init__(self, port: DatagramPort, where: int) -> None:
        self._port = port
        self._peer = ("127.0.0.1", where)

    async def ask(self, text: bytes) -> str:
        self._port.send(text, self._peer)
        async with asyncio.timeout(5):
            return (await self._port.receive()).data.decode()

    async def is_silent(self, text: bytes) -> bool:
        try:
            await self.ask(text)
        except TimeoutError:
            return True
        return False

    async def begin(self) -> None:
        await self.ask(WORD)
        self._port.send(b"+ok", self._peer)


@asynccontextmanager
async def searched(**switches: Any) -> AsyncIterator[tuple[Running, Person]]:
    async with logger_on(discovery=await free_udp_port(), **switches) as running:
        port = await open_datagrams("127.0.0.1", 0)
        try:
            yield running, Person(port, running.discovery)
        finally:
            await port.close()


@leaping
async def test_both_words_find_it() -> None:
    async with searched() as (_, person):
        for word in (WORD, b"HF-A11ASSISTHREAD", WORD + b"\n"):
            assert await person.ask(word) == f"127.0.0.1,E8FDF8A1B2C3,{SERIAL}"
        assert await person.is_silent(b"WIFIKIT-214028-WRITE")


@leaping
async def test_our_search_finds_it_once_with_its_url() -> None:
    async with searched() as (running, _):
        found = [one async for one in find_loggers("127.0.0.1", port=running.discovery)]
        assert found == [FoundLogger("127.0.0.1", "E8FDF8A1B2C3", SERIAL)]
        assert found[0].url == f"solarman://127.0.0.1:8899?serial={SERIAL}"


@leaping
async def test_a_search_in_vain_says_what_may_help() -> None:
    port = await free_udp_port()
    with pytest.raises(NoAnswer, match="no logger answered on UDP port"):
        assert not [one async for one in find_loggers("127.0.0.1", port=port)]


@pytest.mark.parametrize(
    "data",
    [
        WORD,
        b"192.168.1.7,E8FDF8A1B2C3,NOTALOGGER",
        b"192.168.1.7,E8FDF8A1B2,5",
        b"192.168.1.777,E8FDF8A1B2C3,5",
        b"192.168.1.7,E8FDF8A1B2C3,4294967296",
        b"\xff",
        b"",
    ],
)
def test_what_is_no_logger_is_passed_over(data: bytes) -> None:
    assert understand(data) is None


def test_an_answer_may_end_in_what_modules_append() -> None:
    assert understand(b"10.0.0.9,ac23f1000001,1771234567\r\n") == FoundLogger("10.0.0.9", "AC23F1000001", 1771234567)


@leaping
async def test_commands_need_a_session() -> None:
    async with searched() as (_, person):
        assert await person.is_silent(b"AT+VER\n")
        await person.ask(WORD)
        assert await person.is_silent(b"AT+VER\n")
        await person.begin()
        assert await person.ask(b"AT+VER\n") == "+ok=LSW3_15_FFFF_1.0.57\r\n\r\n"
        assert await person.ask(b"AT+Q\n") == "+ok\r\n\r\n"
        assert await person.is_silent(b"AT+VER\n")


@leaping
async def test_it_tells_what_it_is_but_no_key() -> None:
    async with searched(ssid="attic") as (_, person):
        await person.begin()
        assert await person.ask(b"AT+WAP\n") == f"+ok=11BGN,AP_{SERIAL},CH1\r\n\r\n"
        assert await person.ask(b"AT+WSSSID\n") == "+ok=attic\r\n\r\n"
        for command in (b"AT+WAKEY\n", b"AT+WSKEY\n"):
            assert await person.ask(command) == "+ok=WPA2PSK,AES,********\r\n\r\n"
        assert await person.ask(b"AT+WANN\n") == "+ok=DHCP,127.0.0.1,255.255.255.0,127.0.0.1\r\n\r\n"
        assert await person.ask(b"AT+UART\n") == "+ok=9600,8,1,NONE\r\n\r\n"
        assert await person.ask(b"AT+NETP\n") == "+ok=TCP,Server,8899,127.0.0.1\r\n\r\n"
        assert await person.ask(b"AT+TIME\n") == f"+ok={UNIX_S}\r\n\r\n"


@leaping
async def test_some_may_be_set_and_a_reset_forgets_them() -> None:
    async with searched() as (running, person):
        await person.begin()
        assert await person.ask(b"AT+WEBU=me,secret\n") == "+ok\r\n\r\n"
        assert await person.ask(b"AT+WEBU\n") == "+ok=me,secret\r\n\r\n"
        assert await person.ask(b"AT+RELD\n") == "+ok=rebooting...\r\n\r\n"
        assert await person.ask(b"AT+WEBU\n") == "+ok=admin,admin\r\n\r\n"
        assert await person.ask(b"AT+MID=x\n") == "+ERR=-5\r\n\r\n"
        assert await person.ask(b"AT+WEBU=\n") == "+ERR=-4\r\n\r\n"
        assert await person.ask(b"AT+NOSUCH\n") == "+ERR=-2\r\n\r\n"
        assert await person.ask(b"hello\n") == "+ERR=-1\r\n\r\n"
        await asyncio.sleep(100)
        before = running.logger.counters
        assert await person.ask(b"AT+Z\n") == "+ok\r\n\r\n"
        after = running.logger.counters
        assert (after.power_on_s, after.total_s, after.unix_s) == (0, before.total_s, before.unix_s)


@leaping
async def test_modbus_passes_through_text() -> None:
    async with searched() as (_, person):
        await person.begin()
        command = f"AT+INVDATA={len(READ)},{READ.hex()}\n".encode()
        assert await person.ask(command) == f"+ok={ANSWER.hex().upper()}\r\n\r\n"
        silent = rtu("07 04 0BB8 0002")
        assert await person.ask(f"AT+INVDATA=8,{silent.hex()}\n".encode()) == "+ok=no data\r\n\r\n"
        for wrong in (b"AT+INVDATA=7," + READ.hex().encode(), b"AT+INVDATA=8", b"AT+INVDATA=1,0", b"AT+INVDATA=1,zz"):
            assert await person.ask(wrong) == "+ERR=-4\r\n\r\n"
    async with searched(dle=True, double_crc=True) as (_, person):
        await person.begin()
        assert await person.ask(command) == f"+ok={(ANSWER + bytes(2)).hex(chr(16)).upper()}\r\n\r\n"


@leaping
async def test_the_channel_can_be_shut() -> None:
    async with searched(at=False) as (_, person):
        await person.begin()
        assert await person.is_silent(b"AT+VER\n")


@leaping
async def test_hundreds_of_seekers_cost_no_memory() -> None:
    async with searched() as (_, person):
        await person.begin()
        for _ in range(100):
            other = await open_datagrams("127.0.0.1", 0)
            assert (await Person(other, person._peer[1]).ask(WORD)).endswith(str(SERIAL))
            await other.close()
        assert await person.is_silent(b"AT+VER\n")  # the oldest session was forgotten


@leaping
async def test_a_port_that_is_in_use_says_so() -> None:
    async with searched() as (running, _):
        with pytest.raises(LinkLost, match="in use by another program"):
            async with logger_on(discovery=running.discovery):
                raise AssertionError
